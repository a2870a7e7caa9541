"""Delivery: the texts in English."""

from functools import partial

from shared.delivery.words import Mail, Words, told, told_of_subuser, told_of_token
from shared.domain.challenges import CONFIRMATION, LOGIN, PHONE, RESET

# Only characters of the GSM 7-bit alphabet, so no Polish letters: otherwise the text would cost two messages.
# The last line binds the code to our origin: a browser fills it in only there (WICG "origin-bound one-time codes").
_SMS = (
    "Furtka code {purpose}: {code} (valid {left}). "
    "No employee will ever ask you for a password or a code.\n"
    "@{host} #{code}"
)
_PURPOSES = {
    LOGIN: "to sign in",
    RESET: "to sign in",
    CONFIRMATION: "to confirm a change",
    PHONE: "to add this phone",
}

# Sent under a customer's sender name for the customer's own site, so ours is not named.
_MFA = "Your code is {code}. It is valid for {minutes} min. Do not give it to anybody."

_WARNINGS = {
    "recovery_asked": "Furtka: somebody asks our operators for your login. If it was not you, cancel it by the e-mail "
    "that we sent, or ask support now.",
    "phone_replaced": "Furtka: this number no longer gets the codes of your login. If it was not you, see the e-mail "
    "that we sent you.",
    "password_held": "Furtka: somebody is setting a new password for your login. It works in {held_hours} hours. If it "
    "was not you, ask the platform's support now.",
}

_NEVER = "No employee will ever ask you for a password or a code."

_told = partial(told, when="When", where="From")
_told_of_token = partial(told_of_token, _told, which="Token", ends="its secret ends in", by="By")
_told_of_subuser = partial(told_of_subuser, _told, which="Sub-user", by="By")

_TAKE_BACK = """\
If it was not you, somebody else can sign in with your login. Open the panel by typing its address yourself,
change the password, end all other sessions, undo this change, and tell the administrator of your account."""

_ASK_ANEW = """\
If it was not you, somebody else can sign in with your login. Open the panel by typing its address yourself,
ask for a link to set a new password, and tell the administrator of your account."""

_UNDO = """\
If it was not you, open this link: it puts back the address and the phone of before, and ends all sessions. It asks for
the password, or a code of the app, of before the change.

{link}

The link works once, for {undo_hours} hours. Somebody can sign in with your login: tell the administrator of your
account."""

_UNDOABLE = {
    "email_changed": _told(
        "Your e-mail address was changed",
        """\
The e-mail address of your login {login} was changed. From now on our e-mails go to the new one. This one goes
to the old address.""",
        _UNDO,
    ),
    "sms_on": _told(
        "Codes by SMS were switched on",
        "Codes by SMS were switched on for your login {login}. From now on a sign-in needs a code.",
        _UNDO,
    ),
    "sms_changed": _told(
        "Your codes go to another phone",
        "The phone number for the codes of your login {login} was changed. From now on they go to the new one.",
        _UNDO,
    ),
    "sms_off": _told(
        "Codes by SMS were switched off",
        "Codes by SMS were switched off for your login {login}. No more of them will be sent.",
        _UNDO,
    ),
}

_CHANGES = {
    "password_changed": _told(
        "Your password was changed",
        "The password of your login {login} was changed. All other sessions were ended.",
        _ASK_ANEW,
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
The e-mail address of your login {login} was changed to this one. From now on our e-mails come here.""",
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
no longer opens the login. E-mail address, phone, app, recovery codes and lists of addresses are as they were before
that sign-in, and API tokens, sub-users and the password for programs that came from it are suspended until you confirm
or delete them in the panel. A link to set a new password comes in an e-mail of its own.""",
        """\
If it was not you who opened the link, somebody else reads your mail. Set a new password for your mailbox first,
and only then for your login.""",
    ),
    "not_me_for_subuser": _told(
        "All devices of a sub-user were signed out",
        """\
The link that says "it was not me" was opened for the login {login}, whose e-mails come to you. All its sessions were
ended, and its password no longer works. What came from that sign-in is suspended until it is confirmed or deleted.
The owner of the account gives the sub-user another password, in the panel or by the API.""",
        """\
If it was not you who opened the link, somebody else reads your mail. Set a new password for your mailbox first.""",
    ),
    "not_me_earlier": _told(
        "An earlier sign-in was reported too",
        """\
The link that says "it was not me" was opened for an earlier sign-in to your login {login}. You reported a later one
before, and set a new password after it. So only what came from the earlier one until then is taken back or suspended;
what was done since stays, and so do the password and the sessions.""",
        """\
If the newest sign-in or the newest password is not yours, open the link in the e-mail about that one.""",
    ),
    "not_me_elsewhere": _told(
        "Your login has its earlier e-mail address again",
        """\
The link that says "it was not me" was opened in an earlier mailbox of your login {login}. All sessions were ended, the
password no longer opens the login, and our e-mails go to that earlier address again.""",
        """\
If that mailbox is no longer yours, ask the platform's support at once.""",
    ),
    "not_me_left": _told(
        "All devices were signed out",
        """\
The link that says "it was not me" was opened for your login {login}, in a mailbox that the login has left since, from a
device that was known before. All sessions were ended, and API tokens, sub-users and the password for programs that
came from that sign-in are suspended until you confirm or delete them in the panel. The e-mail address and the password
are unchanged.""",
        """\
If it was not you who opened the link, somebody reads your earlier mailbox. They got no further with it.""",
    ),
    "password_held": _told(
        "No password opens your login for now",
        """\
The link that says "it was not me" was opened for your login {login}, and it switched off the only second factor. It may
be yours, so for {held_hours} hours no password opens the login, also a new one. Every address and phone of before and
after gets this message.""",
        """\
If it was not you, somebody reads your mail. Ask the platform's support at once, and set a new password for your
mailbox.""",
    ),
    "recovered": _told(
        "Your login was recovered",
        """\
The platform's operators changed address, phone or second factors of your login {login}, as was asked of them. All
sessions were ended. A link to set a new password comes in an e-mail of its own, if one is needed.""",
        """\
If you did not ask for it, tell the platform's support at once.""",
    ),
    "recovery_cancelled": _told(
        "A recovery was cancelled",
        "The recovery of your login {login} was cancelled. Nothing was changed.",
        """\
If it was not you who cancelled it, ask the platform's support.""",
    ),
    "change_undone": _told(
        "A change was undone",
        """\
The change of the address or the phone of your login {login} was undone, with a link from an e-mail. Both are as they
were before. All sessions were ended.""",
        _ASK_ANEW,
    ),
    "panel_list_changed": _told(
        "The addresses for the panel were changed",
        "The list of addresses from which people may open the panel was changed with your login {login}.",
        _TAKE_BACK,
    ),
    "panel_list_tried": _told(
        "New addresses for the panel are on trial",
        """\
A list of addresses from which people may open the panel was saved with your login {login}, from an address that
is not on it. It counts for {trial_minutes} minutes. Then what was before holds again, unless the list is confirmed in
the panel from an address that is on it.""",
        _TAKE_BACK,
    ),
    "panel_list_confirmed": _told(
        "The addresses for the panel were confirmed",
        """\
The list of addresses from which people may open the panel was confirmed with your login {login}. It is no longer
on trial.""",
        _TAKE_BACK,
    ),
    "api_list_changed": _told(
        "The addresses for the API were changed",
        "The list of addresses from which machines may call the API was changed with your login {login}.",
        _TAKE_BACK,
    ),
    "lists_opened": _told(
        "The lists of addresses were switched off",
        """\
Both lists of addresses of your account were switched off in an emergency, with a recovery code of its owner or by
an operator. From now on the panel can be opened and the API called from everywhere. Everybody in the account gets
this e-mail, you with your login {login}.""",
        """\
If you do not know why, ask the owner of your account at once. If you are the owner and it was not you, somebody has
your password and your recovery codes. Open the panel by typing its address yourself, change the password, make new
recovery codes, end all other sessions, and switch the lists on again.""",
    ),
    "glass_refused": _told(
        "Somebody tried to switch off the lists of addresses",
        """\
Somebody gave the right password of your login {login} on the page that switches the lists of addresses off in an
emergency. The rest was refused there, and the lists are as they were. It takes a recovery code that is not used yet,
and only the owner of the account can do it.""",
        """\
If it was not you, somebody knows your password. Open the panel by typing its address yourself, set a new password,
end all other sessions, and tell the administrator of your account.""",
    ),
    "api_password_set": _told(
        "A password for programs was set",
        """\
A password with which programs call the API was set for your login {login}. One from before no longer works. It
opens no session, and it works only while your account takes such passwords.""",
        _TAKE_BACK,
    ),
    "api_password_removed": _told(
        "The password for programs was removed",
        "The password with which programs call the API was removed from your login {login}. It no longer works.",
        _TAKE_BACK,
    ),
    "legacy_api_on": _told(
        "The API now takes passwords",
        """\
With your login {login} your account was set to take a login and a password from programs that call the API. They
are taken only from the addresses on your list for the API. Tokens are safer.""",
        _TAKE_BACK,
    ),
    "legacy_api_off": _told(
        "The API no longer takes passwords",
        """\
With your login {login} your account was set to take no more passwords from programs that call the API. Tokens
work as before.""",
        _TAKE_BACK,
    ),
    "sending_off": _told(
        "Messages of your programs are stopped",
        """\
With your login {login} all messages of your account, and the codes that your programs send, were stopped. What is
due meanwhile is not sent, and its points come back. Codes for a sign-in to the panel are sent as before.""",
        _TAKE_BACK,
    ),
    "sending_on": _told(
        "Messages of your programs are sent again",
        """\
With your login {login} the messages of your account, and the codes that your programs send, were switched on again.
What is scheduled leaves at its time. If you do not know all of it, withdraw it in the panel first.""",
        _TAKE_BACK,
    ),
    "changes_by_get_on": _told(
        "The API now sends by GET",
        """\
With your login {login} your account was set to let old programs send, remove and change with GET, where the number
and the text stand in the address of the request. POST is safer.""",
        _TAKE_BACK,
    ),
    "changes_by_get_off": _told(
        "The API no longer sends by GET",
        """\
With your login {login} your account was set to let programs send, remove and change with POST alone. Old programs
that use GET are refused.""",
        _TAKE_BACK,
    ),
    "notify_url_changed": _told(
        "Reports on your messages go to another address",
        """\
With your login {login} the address of the server that is told what became of your account's messages was changed or
removed. Each report has the number of the phone that a message went to.""",
        _TAKE_BACK,
    ),
    "session_found": _told(
        "One of your sessions was ended",
        """\
Somebody found the secret of a session of your login {login} where it should not be, and handed it in to us.
That session was ended. Who held the secret until then could do what you can.""",
        """\
Look for the place where the secret got out. Open the panel by typing its address yourself, and see in the activity
log what was done. If there is anything that you do not know, change the password and end all other sessions.""",
    ),
    "password_given": _told(
        "A password was given to you",
        """\
The owner of your account, or somebody who acts for the owner, set a password for your login {login}. It works once,
for {given_days} days: whoever signs in with it can only choose another. All sessions were ended.""",
        """\
If you do not know why, ask the owner of your account. Nobody but you should know the password that you choose.""",
    ),
    "password_leaked": _told(
        "Your password is among leaked ones",
        """\
The password of your login {login} is on a list of passwords that other services have lost. It did not leak from us.
Whoever signs in with it from now on can only choose another. The sign-in after which it was found was this one:""",
        """\
Open the panel by typing its address yourself, and choose a new password that you use nowhere else. Change it at the
other services too. If it was not you who signed in, ask for a link to set a new password instead.""",
    ),
    "account_suspended": _told(
        "Your account was suspended",
        """\
An operator suspended your account. Nobody can sign in, programs that call the API are refused, and messages that were
to be sent are not sent: their points are given back. Everybody in the account gets this e-mail, you with your
login {login}.""",
        """\
If you do not know why, ask the platform's support. Whoever signs in with the right password is told its address.""",
    ),
    "account_resumed": _told(
        "Your account is no longer suspended",
        """\
An operator ended the suspension of your account. Passwords, tokens and sessions work as before. Everybody in the
account gets this e-mail, you with your login {login}.""",
        """\
Messages that were to be sent meanwhile were not sent. Order them again if they are still needed.""",
    ),
}

_DELETE_IT = """\
If it was not you, somebody else can sign in with your login or holds one of your tokens. Open the panel by typing its
address yourself, delete this token and every other that you do not know, change the password, end all other sessions,
and tell the administrator of your account."""

_TOKENS = {
    "many": _told_of_token(
        "Many API tokens were changed",
        """\
More than {changes_told} times within an hour, API tokens of your login {login} were made, deleted or given a new
secret. No other e-mail tells of each change of this hour: the activity log in the panel does. The first of the others
is this.""",
        _DELETE_IT,
    ),
    "created": _told_of_token(
        "An API token was made",
        "An API token was made for your login {login}. Until it ends, programs that hold it act for you.",
        _DELETE_IT,
    ),
    "rotated": _told_of_token(
        "An API token got a new secret",
        "An API token of your login {login} got a new secret. The old one stops by itself, if it has not already.",
        _DELETE_IT,
    ),
    "deleted": _told_of_token(
        "An API token was deleted",
        "An API token of your login {login} was deleted. Programs that hold it can do nothing with it any longer.",
        """\
If it was not you, ask the administrator of your account. If nobody knows of it, somebody else can sign in with your
login: open the panel by typing its address yourself, change the password, and end all other sessions.""",
    ),
    "found": _told_of_token(
        "The secret of an API token was found",
        """\
Somebody found a secret of an API token of your login {login} where it should not be, and handed it in to us.
That secret no longer works. Who held it until then could act for you.""",
        """\
Look for the place where the secret got out: a repository, a log, a chat. Then open the panel by typing its address
yourself, see in the activity log what was done with the token, and give your programs a new one.""",
    ),
}

_CHECK_SUBUSER = """\
If it was not you, somebody else can sign in with your login or holds one of your tokens. Open the panel by typing its
address yourself, switch this sub-user off or give them another password, change your own, end all other sessions, and
delete every token that you do not know."""

_SUBUSERS = {
    "many": _told_of_subuser(
        "Many sub-users were changed",
        """\
More than {changes_told} times within an hour, sub-users were made, changed or deleted with your login {login}. No other
e-mail tells of each change of this hour: the activity log in the panel does. The first of the others is this.""",
        _CHECK_SUBUSER,
    ),
    "created": _told_of_subuser(
        "A sub-user was made",
        "A sub-user was made with your login {login}. The first password works once, for {given_days} days.",
        _CHECK_SUBUSER,
    ),
    "password_given": _told_of_subuser(
        "A sub-user was given a password",
        """\
A sub-user was given another password with your login {login}. It works once, for {given_days} days. All sessions of the
sub-user were ended.""",
        _CHECK_SUBUSER,
    ),
    "disabled": _told_of_subuser(
        "A sub-user was switched off",
        """\
A sub-user was switched off with your login {login}. All sessions of the sub-user were ended, and the tokens do nothing
until the sub-user is switched on again.""",
        _CHECK_SUBUSER,
    ),
    "enabled": _told_of_subuser(
        "A sub-user was switched on",
        "A sub-user was switched on with your login {login}. The sub-user's tokens work again.",
        _CHECK_SUBUSER,
    ),
    "deleted": _told_of_subuser(
        "A sub-user was deleted",
        "A sub-user was deleted with your login {login}. Sessions and tokens of the sub-user ended with that.",
        _CHECK_SUBUSER,
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
Device: {device}

If this was you, there is nothing to do.

If it was not you, open this link: it signs out every device and ends the password, and an e-mail says how to set
another.

{link}

The link works once, for {not_me_days} days. Somebody knows your password: tell the administrator of your account.
""",
    ),
    "PasswordGiven": Mail(
        "Your password was given on a new device",
        """\
Somebody gave the right password of your login {login} on a device that we have not seen before, and did not get in:
the right code was not given after it, or the sign-in was refused. The activity in the panel says more.

When: {at}
From: {address}
Device: {device}

In each hour of the clock we write once of what comes from there.

If this was you, also if you began anew and are in by now, there is nothing to do.

If it was not you, open this link: it signs out every device and ends the password, and an e-mail says how to set
another.

{link}

The link works once, for {not_me_days} days. Somebody knows your password: tell the administrator of your account.
""",
    ),
    "PasswordGiven.many": Mail(
        "Your password was given in many places",
        """\
Somebody gave the right password of your login {login} from many networks, or with many browsers, within one hour, and
did not get in. Until the next hour of the clock we write of no others. The activity in the panel says more.

When: {at}

If it was not you, open this link: it signs out every device and ends the password, and an e-mail says how to set
another.

{link}

The link works once, for {not_me_days} days. Somebody knows your password: tell the administrator of your account.
""",
    ),
    "NewDevicesStopped": Mail(
        "No more new devices for now",
        """\
More than {new_devices} sessions of your login {login} were to be opened on new devices within an hour, so no other is
opened for a while. A device that you signed in with before still works.

When: {at}
From: {address}

We wrote to you of each of those sessions. If they are not yours, open the link in one of those e-mails: it signs out
every device, and sends you a link to set a new password. If a program of yours signs in so often, let it keep its
device token, or give it an API token.
""",
    ),
    "PasswordWasReset": Mail(
        "A new password was set",
        """\
A new password was set for your login {login}, with a link from an e-mail. All sessions were ended.

When: {at}
From: {address}

If it was not you, somebody else reads your mail. Set a new password for your mailbox first. Then open this link: it
signs out every device, takes back what was changed since, ends the new password, and an e-mail says how to set another.

{link}

The link works once, for {not_me_days} days. Tell the administrator of your account.
""",
    ),
    "AccountInvited": Mail(
        "Set the password of your login",
        """\
You are invited to set the password of the login {login} here:

{link}

The link works once, until {expires_at}. If the login was in use before, this ends its sessions and unlocks its codes.
If you did not expect it, do nothing: as long as nobody opens the link, nothing changes.
""",
    ),
    "CodesWereLocked": Mail(
        "Codes for your login are locked",
        """\
Too many wrong codes in a row were typed for your login {login}, so no code opens it any longer.

When: {at}

Ask the platform's support for a new invitation link: accepting it unlocks codes.
If it was not you who typed the wrong codes, somebody knows your password: tell
support, and set a new one.
""",
    ),
    "CodesGuessed": Mail(
        "Many wrong codes in SMS Authenticator",
        """\
Many wrong codes were typed in place of codes that {by} sends with SMS Authenticator,
in the account of your login {login}. Somebody may be guessing codes at a page of yours.

When: {at}

Codes are sent and checked as before. Until this ends, each phone number has half its
tries before it has to wait. Limit at your page how often one visitor may try a code;
if your codes have fewer than six digits, ask the platform's support for longer ones.
At most one such e-mail is sent to you in a day for each user who sends codes.
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
    "SignInPassAsked": Mail(
        "Your pass to sign in",
        """\
Somebody has typed wrong passwords for your login {login}, so sign-ins have to wait. We were asked for a pass for you.

When: {at}
From: {address}

Sign in with it, without waiting, here:

{link}

The pass is good for one attempt, until {expires_at}. It needs your password and your second factor as ever.

If you did not ask for it, do nothing: without your password the pass lets nobody in.
""",
    ),
    "EmailChangeAsked": Mail(
        "Confirm your e-mail address",
        """\
This is to be the new e-mail address of a login of yours. Confirm it here:

{link}

The link works once, until {expires_at}. If you did not expect it, do nothing: without the link nothing changes.
""",
    ),
    "RecoveryAsked": Mail(
        "Somebody asks to recover your login",
        """\
The platform's operators were asked to change address, phone or second factors of your login {login}, because its user
lost them. They will do so at the time below, and not before. Every address and phone of the login gets this message.

When asked: {at}
When it may be done: {due_at}

If you did not ask for it, open this link, which cancels it:

{link}

Then tell the platform's support that somebody tries to take your login.
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
    "FactorDue": Mail(
        "Your account will require a second factor",
        """\
The owner of your account decided that everybody in it needs a second factor. With your login {login} you have none yet.

From: {due_at}

Open the panel by typing its address yourself, and enable an authenticator app or codes by SMS before that. Who has no
second factor then can do nothing but enable one.
""",
    ),
    "FactorDue.has_one": Mail(
        "Your account will require a second factor",
        """\
The owner of your account decided that everybody in it needs a second factor. With your login {login} you have one, so
there is nothing to do. The last one cannot be switched off any more.

From: {due_at}
""",
    ),
    "TokenExpiring": Mail(
        "An API token is about to end",
        """\
An API token of your login {login} has an end. Programs that still hold it then can do nothing any longer.

Token: {name} (its secret ends in {last_four})
End: {expires_at}

If you still need it, open the panel by typing its address yourself. There you can give it more time, or a new secret
while the old one still works. If you do not, there is nothing to do.
""",
    ),
}

ENGLISH = Words(
    _SMS,
    _PURPOSES,
    _MFA,
    _NEVER,
    "an unknown browser",
    _WARNINGS,
    _MAILS
    | {f"ChangeMade.{change}": mail for change, mail in _CHANGES.items()}
    | {f"UndoableChangeMade.{change}": mail for change, mail in _UNDOABLE.items()}
    | {f"TokenChanged.{change}": mail for change, mail in _TOKENS.items()}
    | {f"SubuserChanged.{change}": mail for change, mail in _SUBUSERS.items()},
)
