"""Delivery: the words, in English and in Polish. Subjects are constants: nobody writes into a header."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from shared import policy, settings
from shared.delivery.notices import AccountInvited, CodeSent, CodesWereLocked, NewDeviceSeen

type Letter = NewDeviceSeen | AccountInvited | CodesWereLocked


@dataclass(frozen=True)
class Mail:
    """A subject and a text."""

    subject: str
    text: str


# The words of an SMS stay within GSM's 7-bit alphabet, or one message would cost two: no Polish letters.
# The last line binds the code to our origin: a browser fills it in there and nowhere else.
_SMS = {
    "en": (
        "Furtka code: {code} (valid {minutes} min). "
        "No employee will ever ask you for a password or a code.\n"
        "@{host} #{code}"
    ),
    "pl": (
        "Kod Furtka: {code} (wazny {minutes} min). "
        "Zaden pracownik nigdy nie poprosi Cie o haslo ani o kod.\n"
        "@{host} #{code}"
    ),
}

_NEVER = {
    "en": "No employee will ever ask you for a password or a code.",
    "pl": "Żaden pracownik nigdy nie poprosi Cię o hasło ani o kod.",
}

_MAIL: dict[type[Letter], dict[str, Mail]] = {
    NewDeviceSeen: {
        "en": Mail(
            "A sign-in from a new device",
            """\
There was a sign-in with your login {login} from a device that we have not seen before.

When: {at}
From: {address}
Device, in its own words: {device}

If this was you, there is nothing to do.

If it was not you, somebody knows your password. Open the panel by typing its address yourself, change the
password, end all other sessions, and tell the administrator of your account.
""",
        ),
        "pl": Mail(
            "Logowanie z nowego urządzenia",
            """\
Odnotowaliśmy logowanie na Twój login {login} z urządzenia, którego wcześniej nie widzieliśmy.

Kiedy: {at}
Skąd: {address}
Urządzenie, według niego samego: {device}

Jeśli to Ty, nie musisz nic robić.

Jeśli to nie Ty, ktoś zna Twoje hasło. Otwórz panel, wpisując jego adres samodzielnie, zmień hasło, zakończ
wszystkie inne sesje i powiadom administratora konta.
""",
        ),
    },
    AccountInvited: {
        "en": Mail(
            "Set the password of your new login",
            """\
The login {login} was made for you. Set its password here:

{link}

The link works once, until {until}. If you did not expect it, do nothing: without a password nobody gets in.
""",
        ),
        "pl": Mail(
            "Ustaw hasło do nowego loginu",
            """\
Utworzono dla Ciebie login {login}. Ustaw do niego hasło tutaj:

{link}

Link działa jeden raz, do {until}. Jeśli się go nie spodziewasz, nie rób nic: bez hasła nikt się nie zaloguje.
""",
        ),
    },
    CodesWereLocked: {
        "en": Mail(
            "Codes for your login are locked",
            """\
Too many wrong codes in a row were typed for your login {login}, so no code opens it any longer.

When: {at}

Ask the administrator of your account to open codes again. If it was not you who typed the wrong codes,
somebody knows your password: say so, and set a new one.
""",
        ),
        "pl": Mail(
            "Kody do Twojego loginu są zablokowane",
            """\
Dla loginu {login} wpisano zbyt wiele błędnych kodów z rzędu, więc żaden kod już go nie otworzy.

Kiedy: {at}

Poproś administratora konta o odblokowanie kodów. Jeśli to nie Ty wpisywałeś błędne kody, ktoś zna Twoje
hasło: powiedz o tym i ustaw nowe.
""",
        ),
    },
}


def sms(notice: CodeSent, *, now: datetime) -> str:
    """The message that carries a code, and how long it is still good."""
    host = urlsplit(settings.PANEL_ORIGIN).hostname
    left = max(1, round((notice.expires_at - now).total_seconds() / 60))
    return _SMS[_language(notice.language)].format(code=notice.code, minutes=left, host=host)


def mail(letter: Letter) -> Mail:
    """The e-mail that tells of *letter*."""
    language = _language(letter.language)
    words = _MAIL[type(letter)][language]
    told = words.text.format(login=_login(letter.login), **_particulars(letter))
    return Mail(words.subject, f"{told}\n{_NEVER[language]}\n")


def _language(asked: str) -> str:
    return asked if asked in _NEVER else "en"


def _particulars(letter: Letter) -> dict[str, str]:
    match letter:
        case NewDeviceSeen():
            at, address = _when(letter.at), _address(letter.address)
            return {"at": at, "address": address, "device": _device(letter.device)}
        case AccountInvited():
            return {"link": _link(letter.token), "until": _when(letter.expires_at)}
        case CodesWereLocked():
            return {"at": _when(letter.at)}


def _link(token: str) -> str:
    # After the #, so that it is in no server's log and in no Referer header.
    return f"{settings.PANEL_ORIGIN}/invitation#token={token}"


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _login(login: str) -> str:
    return re.sub(r"[^\w.@+-]", "", login)


def _address(address: str) -> str:
    return re.sub(r"[^0-9A-Fa-f.:]", "", address)


def _device(device: str) -> str:
    """Plain words, in which no mail program finds a link or a telephone number."""
    short_numbers = re.sub(r"([0-9]{1,4})[0-9]*(?:[\W_]+[0-9]+)*", r"\1", device)
    words = re.sub(r"[^A-Za-z0-9();,-]+", " ", short_numbers)
    return words.strip()[: policy.DEVICE_MAX_CHARACTERS].rstrip() or "?"
