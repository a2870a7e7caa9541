"""Delivery: how the words of a language become a message that is safe to send."""

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
"""Where in the panel the link of such a letter leads."""

_NUMBERS = {
    "not_me_days": policy.NOT_ME_LIFETIME.days,
    "trial_minutes": policy.LIST_TRIAL // timedelta(minutes=1),
    "given_days": policy.GIVEN_PASSWORD_LIFETIME.days,
}
"""What our own policy says, and an e-mail repeats."""


def sms(notice: CodeSent, *, now: datetime) -> str:
    """The message that carries a code, and how long it is still good."""
    host = urlsplit(settings.PANEL_ORIGIN).hostname
    left = max(1, round((notice.expires_at - now).total_seconds() / 60))
    return _words(notice.language).sms.format(code=notice.code, minutes=left, host=host)


def customers_sms(language: str, code: str, *, lifetime: timedelta) -> str:
    """The message with a customer's code, where he has no text of his own."""
    return _words(language).mfa.format(code=code, minutes=lifetime // timedelta(minutes=1))


def mail(letter: Letter) -> Mail:
    """The e-mail that tells of *letter*."""
    words = _words(letter.language)
    chosen = words.mails[name_of(letter)]
    filled = chosen.text.format(link=_link(letter), **_NUMBERS, **_particulars(letter))
    return Mail(chosen.subject, f"{filled}\n{words.never}\n")


def name_of(letter: Letter) -> str:
    """What its words are called: one kind of letter may have several."""
    match letter:
        case ChangeMade():
            return f"ChangeMade.{letter.change}"
        case PasswordDue(forced=True):
            return "PasswordDue.forced"
        case TokenChanged():
            return f"TokenChanged.{letter.change}"
        case SubuserChanged():
            return f"SubuserChanged.{letter.change}"
    return type(letter).__name__


def _words(asked: str) -> Words:
    return LANGUAGES.get(asked, ENGLISH)


def _link(letter: Letter) -> str:
    """Empty for a letter that has none."""
    token = getattr(letter, "token", "")
    # After the #, so that it is in no server's log and in no Referer header.
    return f"{settings.PANEL_ORIGIN}/{_PAGES[type(letter)]}#token={token}" if token else ""


def _particulars(letter: Letter) -> dict[str, str]:
    return {name: clean(getattr(letter, name)) for name, clean in _CLEAN.items() if hasattr(letter, name)}


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _login(login: str) -> str:
    return re.sub(r"[^\w.@+-]", "", login)


def _address(address: str) -> str:
    return re.sub(r"[^0-9A-Fa-f.:]", "", address) or "?"


def _device(device: str) -> str:
    """Plain words, in which no mail program finds a link or a telephone number."""
    short_numbers = re.sub(r"([0-9]{1,4})[0-9]*(?:[\W_]+[0-9]+)*", r"\1", device)
    words = re.sub(r"[^A-Za-z0-9();,-]+", " ", short_numbers)
    return words.strip()[: policy.DEVICE_MAX_CHARACTERS].rstrip() or "?"


def _name(name: str) -> str:
    """Plain words, as of a device, but with the letters of our languages. Without its dots a host is none."""
    short_numbers = re.sub(r"([0-9]{1,4})[0-9]*(?:[\W_]+[0-9]+)*", r"\1", unicodedata.normalize("NFC", name))
    words = re.sub(r"[^A-Za-z\u00c0-\u024f0-9();,-]+", " ", short_numbers)
    return words.strip()[: policy.MAX_TOKEN_NAME_CHARACTERS].rstrip() or "?"


def _last_four(characters: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", characters)


def _by(actor: str) -> str:
    """A login, or a token and its id."""
    return " ".join(map(_login, actor.split(":", 1)))


_CLEAN: dict[str, Callable[[Any], str]] = {
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
"""Every field of a letter that gets into a text, and how it is made safe to stand there."""
