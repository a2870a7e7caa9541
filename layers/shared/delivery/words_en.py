"""Delivery: the words in English."""

from functools import partial

from shared.delivery.words import Mail, Words, told

# The words of an SMS stay within GSM's 7-bit alphabet, or one message would cost two: no Polish letters.
# The last line binds the code to our origin: a browser fills it in there and nowhere else.
_SMS = (
    "Furtka code: {code} (valid {minutes} min). "
    "No employee will ever ask you for a password or a code.\n"
    "@{host} #{code}"
)

_NEVER = "No employee will ever ask you for a password or a code."

_told = partial(told, when="When", where="From")

_TAKE_BACK = """\
If it was not you, somebody else can sign in with your login. Open the panel by typing its address yourself,
change the password, end all other sessions, undo this change, and tell the administrator of your account."""

_ASK_ANEW = """\
If it was not you, somebody else can sign in with your login. Open the panel by typing its address yourself,
ask for a link to set a new password, and tell the administrator of your account."""

_MAILBOX_FIRST = """\
If it was not you, somebody else reads your mail. Set a new password for your mailbox first. Then open the panel
by typing its address yourself, ask for a link to set a new password, and tell the administrator of your account."""

_CHANGES = {
    "password_changed": _told(
        "Your password was changed",
        "The password of your login {login} was changed. All other sessions were ended.",
        _ASK_ANEW,
    ),
    "password_reset": _told(
        "A new password was set",
        "A new password was set for your login {login}, with a link from an e-mail. All sessions were ended.",
        _MAILBOX_FIRST,
    ),
    "sms_on": _told(
        "Codes by SMS were switched on",
        "Codes by SMS were switched on for your login {login}. From now on a sign-in needs a code.",
        _TAKE_BACK,
    ),
    "sms_changed": _told(
        "Your codes go to another phone",
        "The phone number for the codes of your login {login} was changed. From now on they go to the new one.",
        _TAKE_BACK,
    ),
    "sms_off": _told(
        "Codes by SMS were switched off",
        "Codes by SMS were switched off for your login {login}. No more of them will be sent.",
        _TAKE_BACK,
    ),
    "totp_on": _told(
        "An authenticator app was added",
        "An authenticator app was added to your login {login}. From now on a sign-in needs a code.",
        _TAKE_BACK,
    ),
    "totp_off": _told(
        "The authenticator app was removed",
        "The authenticator app was removed from your login {login}. Its codes no longer work.",
        _TAKE_BACK,
    ),
    "recovery_codes_made": _told(
        "New recovery codes were made",
        "New recovery codes were made for your login {login}. Those from before, if there were any, no longer work.",
        _TAKE_BACK,
    ),
    "email_changed": _told(
        "Your e-mail address was changed",
        """\
The e-mail address of your login {login} was changed. From now on our e-mails go to the new one. This one goes
to the old address and to the new one.""",
        _TAKE_BACK,
    ),
    "password_policy_changed": _told(
        "The rules for passwords were changed",
        "The rules for passwords in your account were changed with your login {login}.",
        _TAKE_BACK,
    ),
    "not_me": _told(
        "All devices were signed out",
        """\
The link that says "it was not me" was opened for your login {login}. All sessions were ended, and the password
no longer opens the login. A link to set a new password comes in an e-mail of its own.""",
        """\
If it was not you who opened the link, somebody else reads your mail. Set a new password for your mailbox first,
and only then for your login.""",
    ),
}

_DUE = """\
Your account asks for a new password from time to time. That of your login {login} is to be changed.

Due: {due_at}
"""

_DUE_WHERE = """
There is no link in this e-mail, on purpose. Open the panel by typing its address yourself, and change the
password there.
"""

_MAILS = {
    "NewDeviceSeen": Mail(
        "A sign-in from a new device",
        """\
There was a sign-in with your login {login} from a device that we have not seen before.

When: {at}
From: {address}
Device, in its own words: {device}

If this was you, there is nothing to do.

If it was not you, open this link: it signs out every device, and sends you a link to set a new password.

{link}

The link works once, for {not_me_days} days. Somebody knows your password: tell the administrator of your account.
""",
    ),
    "AccountInvited": Mail(
        "Set the password of your new login",
        """\
The login {login} was made for you. Set its password here:

{link}

The link works once, until {expires_at}. If you did not expect it, do nothing: without a password nobody gets in.
""",
    ),
    "CodesWereLocked": Mail(
        "Codes for your login are locked",
        """\
Too many wrong codes in a row were typed for your login {login}, so no code opens it any longer.

When: {at}

Ask the administrator of your account to open codes again. If it was not you who typed the wrong codes,
somebody knows your password: say so, and set a new one.
""",
    ),
    "PasswordResetAsked": Mail(
        "Set a new password",
        """\
We were asked to let you set a new password for your login {login}.

When: {at}
From: {address}

Set the password here:

{link}

The link works once, until {expires_at}. The sign-in after it asks for your second factor as ever, if you have one.

If you did not ask for it, do nothing: without this link nobody sets a new password.
""",
    ),
    "EmailChangeAsked": Mail(
        "Confirm your e-mail address",
        """\
This is to be the new e-mail address of the login {login}. Confirm it here:

{link}

The link works once, until {expires_at}. If you did not expect it, do nothing: without the link nothing changes.
""",
    ),
    "RecoveryCodeUsed": _told(
        "A recovery code was used",
        "One of the recovery codes of your login {login} was used. Codes left: {left}.",
        """\
If this was you, strike it off. New ones can be made in the panel at any time.

If it was not you, somebody knows your password and has your codes. Open the panel by typing its address yourself,
change the password, make new recovery codes, end all other sessions, and tell the administrator of your account.""",
    ),
    "PasswordDue": Mail("Time for a new password", f"{_DUE}{_DUE_WHERE}"),
    "PasswordDue.forced": Mail(
        "Time for a new password",
        f"{_DUE}\nWho signs in after that can do nothing but set a new password.\n{_DUE_WHERE}",
    ),
}

ENGLISH = Words(_SMS, _NEVER, _MAILS | {f"ChangeMade.{change}": mail for change, mail in _CHANGES.items()})
