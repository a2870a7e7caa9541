"""Delivery: messages from the texts of a language, with every field made safe."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from shared import policy, settings
from shared.delivery.notices import (
    AccountInvited,
    ChangeMade,
    CodeSent,
    EmailChangeAsked,
    FactorDue,
    Letter,
    NewDeviceSeen,
    PasswordDue,
    PasswordResetAsked,
    SubuserChanged,
    TokenChanged,
)
from shared.delivery.words import Mail, Words
from shared.delivery.words_en import ENGLISH
from shared.delivery.words_pl import POLISH

LANGUAGES = {"en": ENGLISH, "pl": POLISH}

_PAGES: dict[type[Letter], str] = {
    NewDeviceSeen: "not-me",
    AccountInvited: "invitation",
    PasswordResetAsked: "password-reset",
    EmailChangeAsked: "email",
}
"""The page of the panel that the link in an e-mail leads to, by kind of e-mail."""

_POLICY_NUMBERS = {
    "not_me_days": policy.NOT_ME_LIFETIME.days,
    "trial_minutes": policy.LIST_TRIAL // timedelta(minutes=1),
    "given_days": policy.GIVEN_PASSWORD_LIFETIME.days,
}
"""Numbers of the policy that the texts name."""


def sms(notice: CodeSent, *, now: datetime) -> str:
    """Return the SMS that carries a code, with the minutes for which it is still valid."""
    host = urlsplit(settings.PANEL_ORIGIN).hostname
    left = max(1, round((notice.expires_at - now).total_seconds() / 60))
    return _words(notice.language).sms.format(code=notice.code, minutes=left, host=host)


def customers_sms(language: str, code: str, *, lifetime: timedelta) -> str:
    """Return the SMS with a code of SMS Authenticator, for a customer without a text of their own."""
    return _words(language).mfa.format(code=code, minutes=lifetime // timedelta(minutes=1))


def mail(letter: Letter) -> Mail:
    """Return the e-mail for *letter*, in its language."""
    words = _words(letter.language)
    chosen = words.mails[name_of(letter)]
    filled = chosen.text.format(link=_link(letter), **_POLICY_NUMBERS, **_safe_fields(letter))
    return Mail(chosen.subject, f"{filled}\n{words.never}\n")


def name_of(letter: Letter) -> str:
    """Return the name of the letter's text in `Words.mails`: some kinds have several texts."""
    match letter:
        case ChangeMade():
            return f"ChangeMade.{letter.change}"
        case PasswordDue(forced=True):
            return "PasswordDue.forced"
        case FactorDue(has_one=True):
            return "FactorDue.has_one"
        case TokenChanged():
            return f"TokenChanged.{letter.change}"
        case SubuserChanged():
            return f"SubuserChanged.{letter.change}"
    return type(letter).__name__


def _words(asked: str) -> Words:
    return LANGUAGES.get(asked, ENGLISH)


def _link(letter: Letter) -> str:
    """Return the link of a letter, empty if it has none."""
    token = getattr(letter, "token", "")
    # In the fragment, so that the token is in no server's log and in no Referer header.
    return f"{settings.PANEL_ORIGIN}/{_PAGES[type(letter)]}#token={token}" if token else ""


def _safe_fields(letter: Letter) -> dict[str, str]:
    return {name: clean(getattr(letter, name)) for name, clean in _CLEANERS.items() if hasattr(letter, name)}


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _login(login: str) -> str:
    return re.sub(r"[^\w.@+-]", "", login)


def _address(address: str) -> str:
    return re.sub(r"[^0-9A-Fa-f.:]", "", address) or "?"


def _device(device: str) -> str:
    """Return *device* without anything that a mail program could show as a link or a telephone number."""
    short_numbers = re.sub(r"([0-9]{1,4})[0-9]*(?:[\W_]+[0-9]+)*", r"\1", device)
    words = re.sub(r"[^A-Za-z0-9();,-]+", " ", short_numbers)
    return words.strip()[: policy.DEVICE_MAX_CHARACTERS].rstrip() or "?"


def _name(name: str) -> str:
    """Do what `_device` does, but keep accented letters. Without dots no host name is left."""
    short_numbers = re.sub(r"([0-9]{1,4})[0-9]*(?:[\W_]+[0-9]+)*", r"\1", unicodedata.normalize("NFC", name))
    words = re.sub(r"[^A-Za-z\u00c0-\u024f0-9();,-]+", " ", short_numbers)
    return words.strip()[: policy.MAX_TOKEN_NAME_CHARACTERS].rstrip() or "?"


def _last_four(characters: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", characters)


def _by(actor: str) -> str:
    """Return an actor of the activity log, a login or `token:<id>`, as words."""
    return " ".join(map(_login, actor.split(":", 1)))


_CLEANERS: dict[str, Callable[[Any], str]] = {
    "login": _login,
    "at": _when,
    "expires_at": _when,
    "due_at": _when,
    "address": _address,
    "device": _device,
    "left": str,
    "name": _name,
    "last_four": _last_four,
    "by": _by,
    "subuser": _login,
}
"""Every field of a letter that a text may contain, and the function that makes it safe."""
