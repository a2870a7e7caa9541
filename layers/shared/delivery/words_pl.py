"""Delivery: the words in Polish."""

from functools import partial

from shared.delivery.words import Mail, Words, told

# As in English: no letter that GSM's 7-bit alphabet lacks, and so no Polish one.
_SMS = (
    "Kod Furtka: {code} (wazny {minutes} min). "
    "Zaden pracownik nigdy nie poprosi Cie o haslo ani o kod.\n"
    "@{host} #{code}"
)

_NEVER = "Żaden pracownik nigdy nie poprosi Cię o hasło ani o kod."

_told = partial(told, when="Kiedy", where="Skąd")

_TAKE_BACK = """\
Jeśli to nie Ty, ktoś inny może logować się na Twój login. Otwórz panel, wpisując jego adres samodzielnie,
zmień hasło, zakończ wszystkie inne sesje, cofnij tę zmianę i powiadom administratora konta."""

_ASK_ANEW = """\
Jeśli to nie Ty, ktoś inny może logować się na Twój login. Otwórz panel, wpisując jego adres samodzielnie,
poproś o link do ustawienia nowego hasła i powiadom administratora konta."""

_MAILBOX_FIRST = """\
Jeśli to nie Ty, ktoś inny czyta Twoją pocztę. Najpierw ustaw nowe hasło do skrzynki pocztowej. Potem otwórz
panel, wpisując jego adres samodzielnie, poproś o link do ustawienia nowego hasła i powiadom administratora konta."""

_CHANGES = {
    "password_changed": _told(
        "Twoje hasło zostało zmienione",
        "Hasło do Twojego loginu {login} zostało zmienione. Wszystkie inne sesje zostały zakończone.",
        _ASK_ANEW,
    ),
    "password_reset": _told(
        "Ustawiono nowe hasło",
        """\
Do Twojego loginu {login} ustawiono nowe hasło za pomocą linku z e-maila. Wszystkie sesje zostały zakończone.""",
        _MAILBOX_FIRST,
    ),
    "sms_on": _told(
        "Włączono kody SMS",
        "Dla Twojego loginu {login} włączono kody SMS. Od teraz logowanie wymaga kodu.",
        _TAKE_BACK,
    ),
    "sms_changed": _told(
        "Twoje kody przychodzą na inny telefon",
        "Zmieniono numer telefonu dla kodów do Twojego loginu {login}. Od teraz przychodzą one na nowy numer.",
        _TAKE_BACK,
    ),
    "sms_off": _told(
        "Wyłączono kody SMS",
        "Dla Twojego loginu {login} wyłączono kody SMS. Nie będą już wysyłane.",
        _TAKE_BACK,
    ),
    "totp_on": _told(
        "Dodano aplikację uwierzytelniającą",
        "Do Twojego loginu {login} dodano aplikację uwierzytelniającą. Od teraz logowanie wymaga kodu.",
        _TAKE_BACK,
    ),
    "totp_off": _told(
        "Usunięto aplikację uwierzytelniającą",
        "Z Twojego loginu {login} usunięto aplikację uwierzytelniającą. Jej kody już nie działają.",
        _TAKE_BACK,
    ),
    "recovery_codes_made": _told(
        "Utworzono nowe kody zapasowe",
        "Do Twojego loginu {login} utworzono nowe kody zapasowe. Wcześniejsze, jeśli były, już nie działają.",
        _TAKE_BACK,
    ),
    "email_changed": _told(
        "Twój adres e-mail został zmieniony",
        """\
Adres e-mail Twojego loginu {login} został zmieniony. Od teraz nasze wiadomości będą przychodzić na nowy adres.
Tę wysyłamy na stary i na nowy.""",
        _TAKE_BACK,
    ),
    "password_policy_changed": _told(
        "Zasady dotyczące haseł zostały zmienione",
        "Za pomocą Twojego loginu {login} zmieniono zasady dotyczące haseł na Twoim koncie.",
        _TAKE_BACK,
    ),
    "not_me": _told(
        "Wylogowano wszystkie urządzenia",
        """\
Otwarto link „to nie ja” dla Twojego loginu {login}. Wszystkie sesje zostały zakończone, a hasło już nie otwiera
loginu. Link do ustawienia nowego hasła przyjdzie w osobnym e-mailu.""",
        """\
Jeśli link otworzył ktoś inny, czyta on Twoją pocztę. Najpierw ustaw nowe hasło do skrzynki pocztowej, a dopiero
potem do loginu.""",
    ),
}

_DUE = """\
Na Twoim koncie hasła zmienia się co pewien czas. Hasło do Twojego loginu {login} jest do zmiany.

Termin: {due_at}
"""

_DUE_WHERE = """
Ten e-mail celowo nie zawiera linku. Otwórz panel, wpisując jego adres samodzielnie, i zmień tam hasło.
"""

_MAILS = {
    "NewDeviceSeen": Mail(
        "Logowanie z nowego urządzenia",
        """\
Odnotowaliśmy logowanie na Twój login {login} z urządzenia, którego wcześniej nie widzieliśmy.

Kiedy: {at}
Skąd: {address}
Urządzenie, według niego samego: {device}

Jeśli to Ty, nie musisz nic robić.

Jeśli to nie Ty, otwórz ten link: wyloguje on wszystkie urządzenia i wyśle Ci link do ustawienia nowego hasła.

{link}

Link działa jeden raz, przez {not_me_days} dni. Ktoś zna Twoje hasło: powiadom administratora konta.
""",
    ),
    "AccountInvited": Mail(
        "Ustaw hasło do nowego loginu",
        """\
Utworzono dla Ciebie login {login}. Ustaw do niego hasło tutaj:

{link}

Link działa jeden raz, do {expires_at}. Jeśli się go nie spodziewasz, nie rób nic: bez hasła nikt się nie zaloguje.
""",
    ),
    "CodesWereLocked": Mail(
        "Kody do Twojego loginu są zablokowane",
        """\
Dla loginu {login} wpisano zbyt wiele błędnych kodów z rzędu, więc żaden kod już go nie otworzy.

Kiedy: {at}

Poproś administratora konta o odblokowanie kodów. Jeśli to nie Ty wpisywałeś błędne kody, ktoś zna Twoje
hasło: powiedz o tym i ustaw nowe.
""",
    ),
    "PasswordResetAsked": Mail(
        "Ustaw nowe hasło",
        """\
Otrzymaliśmy prośbę o nowe hasło do Twojego loginu {login}.

Kiedy: {at}
Skąd: {address}

Ustaw hasło tutaj:

{link}

Link działa jeden raz, do {expires_at}. Jeśli masz drugi składnik logowania, poprosimy o niego potem jak zawsze.

Jeśli to nie Twoja prośba, nie rób nic: bez tego linku nikt nie ustawi nowego hasła.
""",
    ),
    "EmailChangeAsked": Mail(
        "Potwierdź swój adres e-mail",
        """\
To ma być nowy adres e-mail loginu {login}. Potwierdź go tutaj:

{link}

Link działa jeden raz, do {expires_at}. Jeśli się go nie spodziewasz, nie rób nic: bez linku nic się nie zmieni.
""",
    ),
    "RecoveryCodeUsed": _told(
        "Użyto kodu zapasowego",
        "Użyto jednego z kodów zapasowych do Twojego loginu {login}. Pozostałe kody: {left}.",
        """\
Jeśli to Ty, skreśl go z listy. Nowe kody możesz w każdej chwili utworzyć w panelu.

Jeśli to nie Ty, ktoś zna Twoje hasło i ma Twoje kody. Otwórz panel, wpisując jego adres samodzielnie, zmień hasło,
utwórz nowe kody zapasowe, zakończ wszystkie inne sesje i powiadom administratora konta.""",
    ),
    "PasswordDue": Mail("Czas na nowe hasło", f"{_DUE}{_DUE_WHERE}"),
    "PasswordDue.forced": Mail(
        "Czas na nowe hasło",
        f"{_DUE}\nKto zaloguje się po tym terminie, może tylko ustawić nowe hasło.\n{_DUE_WHERE}",
    ),
}

POLISH = Words(_SMS, _NEVER, _MAILS | {f"ChangeMade.{change}": mail for change, mail in _CHANGES.items()})
