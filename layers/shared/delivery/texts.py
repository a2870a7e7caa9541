"""Delivery: messages from the texts of a language, with every field made safe."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from shared import policy, settings
from shared.delivery.letters import (
    AccountInvited,
    ChangeMade,
    EmailChangeAsked,
    FactorDue,
    Letter,
    NewDeviceSeen,
    PasswordDue,
    PasswordGiven,
    PasswordResetAsked,
    PasswordWasReset,
    RecoveryAsked,
    SignInPassAsked,
    SubuserChanged,
    TokenChanged,
    UndoableChangeMade,
)
from shared.delivery.notices import CodeSent, PhoneTold
from shared.delivery.sending import SendingFailed
from shared.delivery.words import Mail, Words
from shared.delivery.words_en import ENGLISH
from shared.delivery.words_pl import POLISH
from shared.domain import browsers, logins
from shared.domain.email_addresses import with_ascii_domain

LANGUAGES = {"en": ENGLISH, "pl": POLISH}

_PAGES: dict[type[Letter], str] = {
    NewDeviceSeen: "not-me",
    PasswordGiven: "not-me",
    PasswordWasReset: "not-me",
    AccountInvited: "invitation",
    PasswordResetAsked: "password-reset",
    SignInPassAsked: "sign-in",
    EmailChangeAsked: "email",
    UndoableChangeMade: "undo",
    RecoveryAsked: "recovery",
}
"""The page of the panel that the link in an e-mail leads to, by kind of e-mail."""

_POLICY_NUMBERS = {
    "not_me_days": policy.NOT_ME_LIFETIME.days,
    "trial_minutes": policy.LIST_TRIAL // timedelta(minutes=1),
    "undo_hours": policy.UNDO_LIFETIME // timedelta(hours=1),
    "held_hours": policy.PASSWORD_HELD_FOR // timedelta(hours=1),
    "new_devices": policy.NEW_DEVICES_AN_HOUR,
    "given_days": policy.GIVEN_PASSWORD_LIFETIME.days,
    "changes_told": policy.CHANGES_TOLD_AN_HOUR,
}
"""Numbers of the policy that the texts name."""


def sms(notice: CodeSent, *, now: datetime) -> str:
    """Return the SMS that carries a code: what it is for, and for how long it is still valid."""
    words, host = _words(notice.language), urlsplit(settings.PANEL_ORIGIN).hostname
    text = words.sms.format(
        purpose=words.purposes[notice.purpose], code=notice.code, left=_left(notice.expires_at - now), host=host
    )
    return text if host else text.rpartition("\n")[0]  # a browser would bind the code to a host that is not there


def _left(time: timedelta) -> str:
    """Return *time* rounded down, so that a text promises no more than there is."""
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    return f"{minutes} min" if minutes else f"{seconds} s"


def told_by_sms(notice: PhoneTold) -> str:
    """Return the SMS that warns of a change."""
    return _words(notice.language).warnings[notice.what].format(**_POLICY_NUMBERS)


def customers_sms(language: str, code: str, *, lifetime: timedelta) -> str:
    """Return the SMS with a code of SMS Authenticator, for a customer without a text of their own."""
    return _words(language).mfa.format(code=code, minutes=lifetime // timedelta(minutes=1))


def mail(letter: Letter) -> Mail:
    """Return the e-mail for *letter*, in its language.

    Raises SendingFailed if it needs a link and PanelOrigin is not set: it stays on the queue, and can leave later.
    """
    words = _words(letter.language)
    chosen = words.mails[name_of(letter)]
    text = chosen.text.replace(" {login}", "") if _is_for_login(letter) else chosen.text
    fields = _safe_fields(letter)
    if fields.get("device") == "":
        fields["device"] = words.unknown_device
    filled = text.format(link=_link(letter), **_POLICY_NUMBERS, **fields)
    return Mail(chosen.subject, f"{filled}\n{words.never}\n")


def name_of(letter: Letter) -> str:
    """Return the name of the letter's text in `Words.mails`: some kinds have several texts."""
    match letter:
        case ChangeMade() | UndoableChangeMade() | TokenChanged() | SubuserChanged():
            return f"{type(letter).__name__}.{letter.change}"
        case PasswordGiven(many=True):
            return "PasswordGiven.many"
        case PasswordDue(forced=True):
            return "PasswordDue.forced"
        case FactorDue(has_one=True):
            return "FactorDue.has_one"
    return type(letter).__name__


def _words(asked: str) -> Words:
    return LANGUAGES.get(asked, ENGLISH)


def _link(letter: Letter) -> str:
    """Return the link of a letter, empty if it has none. Raises SendingFailed if nobody has set the panel's address."""
    token = getattr(letter, "token", "")
    if token and not settings.PANEL_ORIGIN:
        raise SendingFailed("PanelOrigin is not set, so a link leads nowhere")
    # In the fragment, so that the token is in no server's log and in no Referer header.
    return f"{settings.PANEL_ORIGIN}/{_PAGES[type(letter)]}#token={token}" if token else ""


def _is_for_login(letter: Letter) -> bool:
    """Whether the address that the letter goes to is a part of the login, so that it does not have to name the login.

    Such a sub-user was made by an owner, who may have written anything into a stranger's address, and nobody has proved
    yet that the mailbox is the sub-user's. An operator wrote the login of an invitation.
    """
    address = logins.canonical(with_ascii_domain(letter.email))
    named = letter.login == address or letter.login.endswith(f"_{address}")
    return named and not isinstance(letter, AccountInvited)


def _safe_fields(letter: Letter) -> dict[str, str]:
    return {name: clean(getattr(letter, name)) for name, clean in _CLEANERS.items() if hasattr(letter, name)}


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _login(login: str) -> str:
    """Return *login* as it is, if a user may be created with it today; otherwise its words, as `_name` does."""
    return login if logins.fault(login) is None else _disarmed_login(login)


def _disarmed_login(login: str) -> str:
    words = re.sub(r"[^\w@+'&#/-]+|(?![0-9])\d", " ", _with_short_numbers(login))
    return words.strip()[: policy.SUBUSER_ADDRESS_MAX_CHARACTERS].rstrip() or "?"


def _address(address: str) -> str:
    return re.sub(r"[^0-9A-Fa-f.:]", "", address) or "?"


def _name(name: str) -> str:
    """Return *name* without anything that a mail program could show as a link or a telephone number.

    Without dots no host name is left.
    """
    short_numbers = _with_short_numbers(unicodedata.normalize("NFC", name))
    words = re.sub(r"[^A-Za-z\u00c0-\u024f0-9();,-]+", " ", short_numbers)
    return words.strip()[: policy.MAX_TOKEN_NAME_CHARACTERS].rstrip() or "?"


def _with_short_numbers(text: str) -> str:
    """Return *text* with four digits at most of each number, whatever signs stand between its digits."""
    return re.sub(r"([0-9]{1,4})[0-9]*(?:[\W_]+[0-9]+)*", r"\1", text)


def _last_four(characters: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", characters)


def _by(actor: str) -> str:
    """Return an actor of the activity log, a login or `token:<id>`, as words."""
    kind, colon, token_id = actor.partition(":")
    return f"{kind} {_last_four(token_id)}" if kind == "token" and colon else _login(actor)


_CLEANERS: dict[str, Callable[[Any], str]] = {
    "login": _login,
    "at": _when,
    "expires_at": _when,
    "due_at": _when,
    "address": _address,
    "device": browsers.named,
    "left": str,
    "name": _name,
    "last_four": _last_four,
    "by": _by,
    "subuser": _login,
}
"""Every field of a letter that a text may contain, and the function that makes it safe."""
