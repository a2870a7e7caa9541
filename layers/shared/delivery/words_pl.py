"""Delivery: the texts in Polish."""

from functools import partial

from shared.delivery.words import Mail, Words, told, told_of_subuser, told_of_token
from shared.domain.challenges import CONFIRMATION, LOGIN, PHONE, RESET

# As in English: only characters of the GSM 7-bit alphabet, so no Polish letters.
_SMS = (
    "Kod Furtka {purpose}: {code} (wazny {left}). "
    "Zaden pracownik nigdy nie poprosi Cie o haslo ani o kod.\n"
    "@{host} #{code}"
)
_PURPOSES = {
    LOGIN: "do logowania",
    RESET: "do logowania",
    CONFIRMATION: "do zmiany ustawien",
    PHONE: "do dodania telefonu",
}

_MFA = "Twoj kod to {code}. Jest wazny {minutes} min. Nie podawaj go nikomu."

_WARNINGS = {
    "recovery_asked": "Furtka: ktos prosi naszych operatorow o Twoj login. Jesli to nie Ty, odwolaj to linkiem "
    "z e-maila albo zapytaj teraz pomoc.",
    "phone_replaced": "Furtka: kody do Twojego loginu nie przychodza juz na ten numer. Jesli to nie Ty, zobacz e-mail, "
    "ktory wyslalismy.",
    "password_held": "Furtka: ktos ustawia nowe haslo do Twojego loginu. Zadziala za {held_hours} godz. Jesli to nie "
    "Ty, zapytaj teraz pomoc platformy.",
}

_NEVER = "Żaden pracownik nigdy nie poprosi Cię o hasło ani o kod."

_told = partial(told, when="Kiedy", where="Skąd")
_told_of_token = partial(told_of_token, _told, which="Token", ends="jego sekret kończy się na", by="Kto")
_told_of_subuser = partial(told_of_subuser, _told, which="Podużytkownik", by="Kto")

_TAKE_BACK = """\
Jeśli to nie Ty, ktoś inny może logować się na Twój login. Otwórz panel, wpisując jego adres samodzielnie,
zmień hasło, zakończ wszystkie inne sesje, cofnij tę zmianę i powiadom administratora konta."""

_ASK_ANEW = """\
Jeśli to nie Ty, ktoś inny może logować się na Twój login. Otwórz panel, wpisując jego adres samodzielnie,
poproś o link do ustawienia nowego hasła i powiadom administratora konta."""

_UNDO = """\
Jeśli to nie Ty, otwórz ten link: przywróci on poprzedni adres i telefon i zakończy wszystkie sesje. Poprosi o hasło
albo kod z aplikacji sprzed zmiany.

{link}

Link działa jeden raz, przez {undo_hours} godz. Ktoś może logować się na Twój login: powiadom administratora konta."""

_UNDOABLE = {
    "email_changed": _told(
        "Zmieniono Twój adres e-mail",
        """\
Zmieniono adres e-mail do Twojego loginu {login}. Od teraz nasze e-maile przychodzą na nowy. Ten wysłaliśmy na stary
adres.""",
        _UNDO,
    ),
    "sms_on": _told(
        "Włączono kody SMS",
        "Dla Twojego loginu {login} włączono kody SMS. Od teraz logowanie wymaga kodu.",
        _UNDO,
    ),
    "sms_changed": _told(
        "Twoje kody przychodzą na inny telefon",
        "Zmieniono numer telefonu dla kodów do Twojego loginu {login}. Od teraz przychodzą one na nowy numer.",
        _UNDO,
    ),
    "sms_off": _told(
        "Wyłączono kody SMS",
        "Dla Twojego loginu {login} wyłączono kody SMS. Nie będą już wysyłane.",
        _UNDO,
    ),
}

_CHANGES = {
    "password_changed": _told(
        "Twoje hasło zostało zmienione",
        "Hasło do Twojego loginu {login} zostało zmienione. Wszystkie inne sesje zostały zakończone.",
        _ASK_ANEW,
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
        "Zmieniono Twój adres e-mail",
        "Zmieniono adres e-mail do Twojego loginu {login} na ten. Od teraz nasze e-maile przychodzą tutaj.",
        _TAKE_BACK,
    ),
    "password_policy_changed": _told(
        "Zasady dotyczące haseł zostały zmienione",
        "Za pomocą Twojego loginu {login} zmieniono zasady dotyczące haseł na Twoim koncie.",
        _TAKE_BACK,
    ),
    "not_me": _told(
        "Wszystkie urządzenia zostały wylogowane",
        """\
Otwarto link „to nie ja” do Twojego loginu {login}. Wszystkie sesje zostały zakończone, a hasło już nie otwiera loginu.
Adres e-mail, telefon, aplikacja, kody zapasowe i listy adresów są takie, jak przed tamtym logowaniem, a tokeny API,
podużytkownicy i hasło dla programów, które z niego pochodzą, są wstrzymane, dopóki ich w panelu nie potwierdzisz albo
nie usuniesz. Link do ustawienia nowego hasła przyjdzie w osobnym e-mailu.""",
        """\
Jeśli to nie Ty otworzyłeś link, ktoś inny czyta Twoją pocztę. Najpierw ustaw nowe hasło do skrzynki pocztowej,
a dopiero potem do loginu.""",
    ),
    "not_me_for_subuser": _told(
        "Wylogowano wszystkie urządzenia podużytkownika",
        """\
Otwarto link „to nie ja” dla loginu {login}, którego wiadomości przychodzą do Ciebie. Wszystkie jego sesje zakończono,
a jego hasło już nie działa. To, co pochodzi z tamtego logowania, jest zawieszone, dopóki nie zostanie potwierdzone albo
usunięte. Właściciel konta nadaje podużytkownikowi nowe hasło, w panelu albo przez API.""",
        """\
Jeśli to nie Ty otwierasz ten link, ktoś inny czyta Twoją pocztę. Najpierw ustaw nowe hasło do skrzynki.""",
    ),
    "not_me_earlier": _told(
        "Zgłoszono też wcześniejsze logowanie",
        """\
Otwarto link „to nie ja” dla wcześniejszego logowania na Twój login {login}. Późniejsze zgłoszono już przedtem, a potem
ustawiono nowe hasło. Dlatego cofnięte albo zawieszone jest tylko to, co do tamtej chwili przyszło z wcześniejszego
logowania; to, co zrobiono później, zostaje, tak samo jak hasło i sesje.""",
        """\
Jeśli najnowsze logowanie albo najnowsze hasło nie jest Twoje, otwórz link z wiadomości o nim.""",
    ),
    "not_me_elsewhere": _told(
        "Twój login ma znowu wcześniejszy adres e-mail",
        """\
Link „to nie ja” do Twojego loginu {login} otwarto we wcześniejszej skrzynce. Wszystkie sesje zostały zakończone, hasło
już nie otwiera loginu, a nasze e-maile przychodzą znowu na tamten adres.""",
        """\
Jeśli tamta skrzynka nie jest już Twoja, natychmiast zapytaj pomoc techniczną platformy.""",
    ),
    "not_me_left": _told(
        "Wszystkie urządzenia zostały wylogowane",
        """\
Link „to nie ja” do Twojego loginu {login} otwarto w skrzynce, którą login od tamtej pory opuścił, ze znanego wcześniej
urządzenia. Wszystkie sesje zostały zakończone, a tokeny API, podużytkownicy i hasło dla programów, które pochodzą
z tamtego logowania, są wstrzymane, dopóki ich w panelu nie potwierdzisz albo nie usuniesz. Adres e-mail i hasło się nie
zmieniły.""",
        """\
Jeśli to nie Ty otworzyłeś link, ktoś czyta Twoją wcześniejszą skrzynkę. Nic więcej nim nie zdziałał.""",
    ),
    "password_held": _told(
        "Na razie żadne hasło nie otwiera Twojego loginu",
        """\
Otwarto link „to nie ja” do Twojego loginu {login}, który wyłączył jedyny drugi składnik. Może on być Twój, więc przez
{held_hours} godz. żadne hasło nie otwiera loginu, także nowe. Tę wiadomość dostaje każdy wcześniejszy i obecny adres
i telefon.""",
        """\
Jeśli to nie Ty, ktoś czyta Twoją pocztę. Natychmiast zapytaj pomoc techniczną platformy i ustaw nowe hasło do skrzynki
pocztowej.""",
    ),
    "recovered": _told(
        "Odzyskano Twój login",
        """\
Operatorzy platformy zmienili adres, telefon albo drugie składniki Twojego loginu {login}, o co ich poproszono.
Wszystkie sesje zostały zakończone. Link do ustawienia nowego hasła, jeśli jest potrzebny, przyjdzie w osobnym
e-mailu.""",
        """\
Jeśli to nie Ty o to prosisz, natychmiast powiedz o tym pomocy technicznej platformy.""",
    ),
    "recovery_cancelled": _told(
        "Odwołano odzyskiwanie loginu",
        "Odwołano odzyskiwanie Twojego loginu {login}. Nic się nie zmieniło.",
        """\
Jeśli to nie Ty je odwołałeś, zapytaj pomoc techniczną platformy.""",
    ),
    "change_undone": _told(
        "Cofnięto zmianę",
        """\
Cofnięto zmianę adresu albo telefonu do Twojego loginu {login}, za pomocą linku z e-maila. Oba są takie jak przedtem.
Wszystkie sesje zostały zakończone.""",
        _ASK_ANEW,
    ),
    "panel_list_changed": _told(
        "Zmieniono listę adresów dla panelu",
        "Za pomocą Twojego loginu {login} zmieniono listę adresów, z których można otwierać panel.",
        _TAKE_BACK,
    ),
    "panel_list_tried": _told(
        "Nowa lista adresów dla panelu działa na próbę",
        """\
Za pomocą Twojego loginu {login} zapisano listę adresów, z których można otwierać panel, z adresu, którego na niej
nie ma. Lista obowiązuje przez {trial_minutes} minut. Potem wraca to, co było przedtem, chyba że ktoś potwierdzi ją
w panelu z adresu, który na niej jest.""",
        _TAKE_BACK,
    ),
    "panel_list_confirmed": _told(
        "Potwierdzono listę adresów dla panelu",
        """\
Za pomocą Twojego loginu {login} potwierdzono listę adresów, z których można otwierać panel. Lista nie działa już
na próbę.""",
        _TAKE_BACK,
    ),
    "api_list_changed": _told(
        "Zmieniono listę adresów dla API",
        "Za pomocą Twojego loginu {login} zmieniono listę adresów, z których programy mogą wywoływać API.",
        _TAKE_BACK,
    ),
    "lists_opened": _told(
        "Wyłączono listy adresów",
        """\
Obie listy adresów Twojego konta zostały awaryjnie wyłączone, kodem zapasowym jego właściciela albo przez operatora.
Od teraz panel można otwierać, a API wywoływać z każdego adresu. Ten e-mail dostają wszyscy użytkownicy konta,
Ty ze swoim loginem {login}.""",
        """\
Jeśli nie wiesz dlaczego, od razu zapytaj właściciela konta. Jeśli to Ty jesteś właścicielem, a zrobił to ktoś inny,
ma on Twoje hasło i Twoje kody zapasowe. Otwórz panel, wpisując jego adres samodzielnie, zmień hasło, utwórz nowe
kody zapasowe, zakończ wszystkie inne sesje i włącz listy z powrotem.""",
    ),
    "glass_refused": _told(
        "Ktoś próbował wyłączyć listy adresów",
        """\
Na stronie, która awaryjnie wyłącza listy adresów, ktoś podał właściwe hasło do Twojego loginu {login}. Reszta została
tam odrzucona, a listy są takie, jak były. Potrzebny jest kod zapasowy, którego jeszcze nie użyto, i może to zrobić
tylko właściciel konta.""",
        """\
Jeśli to nie Ty, ktoś zna Twoje hasło. Otwórz panel, wpisując jego adres samodzielnie, ustaw nowe hasło, zakończ
wszystkie inne sesje i powiadom administratora konta.""",
    ),
    "api_password_set": _told(
        "Ustawiono hasło dla programów",
        """\
Do Twojego loginu {login} ustawiono hasło, którym programy wywołują API. Wcześniejsze, jeśli było, już nie działa.
Nie otwiera ono sesji i działa tylko wtedy, gdy Twoje konto przyjmuje takie hasła.""",
        _TAKE_BACK,
    ),
    "api_password_removed": _told(
        "Usunięto hasło dla programów",
        "Z Twojego loginu {login} usunięto hasło, którym programy wywołują API. Już nie działa.",
        _TAKE_BACK,
    ),
    "legacy_api_on": _told(
        "API przyjmuje teraz hasła",
        """\
Za pomocą Twojego loginu {login} włączono na Twoim koncie logowanie programów do API loginem i hasłem. Hasła są
przyjmowane tylko z adresów na Twojej liście dla API. Tokeny są bezpieczniejsze.""",
        _TAKE_BACK,
    ),
    "legacy_api_off": _told(
        "API nie przyjmuje już haseł",
        """\
Za pomocą Twojego loginu {login} wyłączono na Twoim koncie logowanie programów do API loginem i hasłem. Tokeny
działają jak dotąd.""",
        _TAKE_BACK,
    ),
    "sending_off": _told(
        "Wysyłka Twoich programów jest zatrzymana",
        """\
Za pomocą Twojego loginu {login} zatrzymano wszystkie wiadomości konta i kody, które wysyłają Twoje programy. To, na co
w tym czasie przypada termin, nie zostanie wysłane, a punkty wrócą. Kody do logowania w panelu działają jak dotąd.""",
        _TAKE_BACK,
    ),
    "sending_on": _told(
        "Wysyłka Twoich programów jest znów włączona",
        """\
Za pomocą Twojego loginu {login} włączono ponownie wiadomości konta i kody, które wysyłają Twoje programy. Zaplanowane
wiadomości wyjdą w swoim czasie. Jeśli nie znasz ich wszystkich, najpierw wycofaj je w panelu.""",
        _TAKE_BACK,
    ),
    "changes_by_get_on": _told(
        "API wysyła teraz także metodą GET",
        """\
Za pomocą Twojego loginu {login} pozwolono na Twoim koncie starszym programom wysyłać, usuwać i zmieniać metodą GET,
w której numer i treść stoją w adresie zapytania. Metoda POST jest bezpieczniejsza.""",
        _TAKE_BACK,
    ),
    "changes_by_get_off": _told(
        "API nie wysyła już metodą GET",
        """\
Za pomocą Twojego loginu {login} pozwolono na Twoim koncie programom wysyłać, usuwać i zmieniać tylko metodą POST.
Starsze programy, które używają GET, dostają odmowę.""",
        _TAKE_BACK,
    ),
    "notify_url_changed": _told(
        "Raporty o Twoich wiadomościach trafiają pod inny adres",
        """\
Za pomocą Twojego loginu {login} zmieniono lub usunięto adres serwera, który dowiaduje się, co stało się
z wiadomościami Twojego konta. Każdy raport zawiera numer telefonu, na który wysłano wiadomość.""",
        _TAKE_BACK,
    ),
    "session_found": _told(
        "Zakończono jedną z Twoich sesji",
        """\
Ktoś znalazł sekret sesji Twojego loginu {login} tam, gdzie nie powinno go być, i nam go przekazał. Ta sesja została
zakończona. Kto miał ten sekret do tej pory, mógł robić to, co Ty.""",
        """\
Ustal, skąd sekret wyciekł. Otwórz panel, wpisując jego adres samodzielnie, i sprawdź w dzienniku aktywności, co się
działo. Jeśli jest tam coś, czego nie znasz, zmień hasło i zakończ wszystkie inne sesje.""",
    ),
    "password_given": _told(
        "Nadano Ci hasło",
        """\
Właściciel Twojego konta, albo ktoś w jego imieniu, ustawił hasło do Twojego loginu {login}. Działa ono jeden raz, przez
{given_days} dni: po zalogowaniu się nim można tylko wybrać inne. Wszystkie sesje zostały zakończone.""",
        """\
Jeśli nie wiesz dlaczego, zapytaj właściciela konta. Hasła, które wybierzesz, nie powinien znać nikt oprócz Ciebie.""",
    ),
    "password_leaked": _told(
        "Twoje hasło jest na liście haseł z wycieków",
        """\
Hasło Twojego loginu {login} jest na liście haseł, które wyciekły z innych serwisów. Nie wyciekło od nas. Kto zaloguje
się nim od teraz, może tylko wybrać inne. Znaleziono je po tym logowaniu:""",
        """\
Otwórz panel, wpisując jego adres samodzielnie, i wybierz nowe hasło, którego nie używasz nigdzie indziej. Zmień je
także w innych serwisach. Jeśli to nie Ty się logujesz, poproś zamiast tego o link do ustawienia nowego hasła.""",
    ),
    "account_suspended": _told(
        "Twoje konto zostało zawieszone",
        """\
Operator zawiesił Twoje konto. Nikt nie może się zalogować, programy wywołujące API są odrzucane, a wiadomości, które
miały zostać wysłane, nie są wysyłane: ich punkty wracają na konto. Ten e-mail dostają wszyscy użytkownicy konta,
Ty z loginem {login}.""",
        """\
Jeśli nie wiesz dlaczego, zapytaj dział pomocy platformy. Jego adres poda strona logowania po wpisaniu dobrego
hasła.""",
    ),
    "account_resumed": _told(
        "Twoje konto nie jest już zawieszone",
        """\
Operator zakończył zawieszenie Twojego konta. Hasła, tokeny i sesje działają jak przedtem. Ten e-mail dostają wszyscy
użytkownicy konta, Ty z loginem {login}.""",
        """\
Wiadomości, które miały zostać wysłane w tym czasie, nie zostały wysłane. Jeśli są nadal potrzebne, zleć je
ponownie.""",
    ),
}

_DELETE_IT = """\
Jeśli to nie Ty, ktoś inny może logować się na Twój login albo ma jeden z Twoich tokenów. Otwórz panel, wpisując jego
adres samodzielnie, usuń ten token i każdy inny, którego nie znasz, zmień hasło, zakończ wszystkie inne sesje
i powiadom administratora konta."""

_TOKENS = {
    "many": _told_of_token(
        "Zmieniono wiele tokenów API",
        """\
W ciągu godziny ponad {changes_told} razy utworzono, usunięto lub odnowiono tokeny API Twojego loginu {login}. O każdej
innej zmianie z tej godziny mówi już tylko dziennik zdarzeń w panelu. Pierwszą z nich jest ta.""",
        _DELETE_IT,
    ),
    "created": _told_of_token(
        "Utworzono token API",
        "Dla Twojego loginu {login} utworzono token API. Dopóki działa, programy, które go mają, działają za Ciebie.",
        _DELETE_IT,
    ),
    "rotated": _told_of_token(
        "Token API ma nowy sekret",
        "Token API Twojego loginu {login} ma nowy sekret. Stary sam przestanie działać, jeśli jeszcze działa.",
        _DELETE_IT,
    ),
    "deleted": _told_of_token(
        "Usunięto token API",
        "Usunięto token API Twojego loginu {login}. Programy, które go mają, nic już z nim nie zrobią.",
        """\
Jeśli to nie Ty, zapytaj administratora konta. Jeśli nikt o tym nie wie, ktoś inny może logować się na Twój login:
otwórz panel, wpisując jego adres samodzielnie, zmień hasło i zakończ wszystkie inne sesje.""",
    ),
    "found": _told_of_token(
        "Znaleziono sekret tokenu API",
        """\
Ktoś znalazł sekret tokenu API Twojego loginu {login} tam, gdzie nie powinno go być, i nam go przekazał. Ten sekret już
nie działa. Kto miał go do tej pory, mógł działać za Ciebie.""",
        """\
Ustal, skąd sekret wyciekł: z repozytorium, z dziennika, z czatu. Potem otwórz panel, wpisując jego adres samodzielnie,
sprawdź w dzienniku aktywności, co robiono z tokenem, i daj swoim programom nowy.""",
    ),
}

_CHECK_SUBUSER = """\
Jeśli to nie Ty, ktoś inny może logować się na Twój login albo ma jeden z Twoich tokenów. Otwórz panel, wpisując jego
adres samodzielnie, wyłącz tego użytkownika lub nadaj mu inne hasło, zmień własne, zakończ wszystkie inne sesje i usuń
każdy token, którego nie znasz."""

_SUBUSERS = {
    "many": _told_of_subuser(
        "Zmieniono wielu podużytkowników",
        """\
W ciągu godziny za pomocą Twojego loginu {login} ponad {changes_told} razy utworzono, zmieniono lub usunięto
podużytkowników. O każdej innej zmianie z tej godziny mówi już tylko dziennik zdarzeń w panelu. Pierwszą z nich jest
ta.""",
        _CHECK_SUBUSER,
    ),
    "created": _told_of_subuser(
        "Utworzono podużytkownika",
        """\
Za pomocą Twojego loginu {login} utworzono podużytkownika. Pierwsze hasło działa jeden raz, przez {given_days} dni.""",
        _CHECK_SUBUSER,
    ),
    "password_given": _told_of_subuser(
        "Podużytkownikowi nadano hasło",
        """\
Za pomocą Twojego loginu {login} podużytkownikowi nadano inne hasło. Działa ono jeden raz, przez {given_days} dni.
Wszystkie sesje podużytkownika zostały zakończone.""",
        _CHECK_SUBUSER,
    ),
    "disabled": _told_of_subuser(
        "Wyłączono podużytkownika",
        """\
Za pomocą Twojego loginu {login} wyłączono podużytkownika. Wszystkie jego sesje zostały zakończone, a tokeny nie
działają, dopóki nie zostanie włączony z powrotem.""",
        _CHECK_SUBUSER,
    ),
    "enabled": _told_of_subuser(
        "Włączono podużytkownika",
        "Za pomocą Twojego loginu {login} włączono podużytkownika. Jego tokeny znów działają.",
        _CHECK_SUBUSER,
    ),
    "deleted": _told_of_subuser(
        "Usunięto podużytkownika",
        "Za pomocą Twojego loginu {login} usunięto podużytkownika. Jego sesje i tokeny przestały działać.",
        _CHECK_SUBUSER,
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
Urządzenie: {device}

Jeśli to Ty, nie musisz nic robić.

Jeśli to nie Ty, otwórz ten link: wyloguje on wszystkie urządzenia i unieważni hasło, a z wiadomości dowiesz się, jak
ustawić nowe.

{link}

Link działa jeden raz, przez {not_me_days} dni. Ktoś zna Twoje hasło: powiadom administratora konta.
""",
    ),
    "PasswordGiven": Mail(
        "Podano Twoje hasło na nowym urządzeniu",
        """\
Ktoś podał właściwe hasło do Twojego loginu {login} na urządzeniu, którego wcześniej nie widzieliśmy, i nie wszedł:
nie podał potem właściwego kodu albo logowanie zostało odrzucone. Więcej jest w dzienniku aktywności w panelu.

Kiedy: {at}
Skąd: {address}
Urządzenie: {device}

O tym, co przychodzi stamtąd, piszemy raz w każdej godzinie zegara.

Jeśli to Ty, także jeśli zaczynasz jeszcze raz i już się udało, nie musisz nic robić.

Jeśli to nie Ty, otwórz ten link: wyloguje on wszystkie urządzenia i unieważni hasło, a z wiadomości dowiesz się, jak
ustawić nowe.

{link}

Link działa jeden raz, przez {not_me_days} dni. Ktoś zna Twoje hasło: powiadom administratora konta.
""",
    ),
    "PasswordGiven.many": Mail(
        "Twoje hasło podano w wielu miejscach",
        """\
Ktoś podał właściwe hasło do Twojego loginu {login} w ciągu jednej godziny z wielu sieci albo w wielu przeglądarkach,
i nie wszedł. Do następnej godziny zegara nie napiszemy o kolejnych. Więcej jest w dzienniku aktywności w panelu.

Kiedy: {at}

Jeśli to nie Ty, otwórz ten link: wyloguje on wszystkie urządzenia i unieważni hasło, a z wiadomości dowiesz się, jak
ustawić nowe.

{link}

Link działa jeden raz, przez {not_me_days} dni. Ktoś zna Twoje hasło: powiadom administratora konta.
""",
    ),
    "NewDevicesStopped": Mail(
        "Na razie bez nowych urządzeń",
        """\
W ciągu godziny na nowych urządzeniach miało się zacząć więcej niż {new_devices} sesji loginu {login}, więc przez
pewien czas nie zaczniemy kolejnej. Urządzenie, na którym już się logowano, działa nadal.

Kiedy: {at}
Skąd: {address}

O każdej z tych sesji napisaliśmy. Jeśli nie są Twoje, otwórz link z jednej z tych wiadomości: wyloguje on wszystkie
urządzenia i wyśle Ci link do ustawienia nowego hasła. Jeśli to Twój program loguje się tak często, niech zachowuje
token urządzenia albo używa tokenu API.
""",
    ),
    "PasswordWasReset": Mail(
        "Ustawiono nowe hasło",
        """\
Do Twojego loginu {login} ustawiono nowe hasło za pomocą linku z e-maila. Wszystkie sesje zostały zakończone.

Kiedy: {at}
Skąd: {address}

Jeśli to nie Ty, ktoś inny czyta Twoją pocztę. Najpierw ustaw nowe hasło do skrzynki pocztowej. Potem otwórz ten link:
wyloguje on wszystkie urządzenia, cofnie to, co od tego czasu zmieniono, i unieważni nowe hasło, a z wiadomości dowiesz
się, jak ustawić kolejne.

{link}

Link działa jeden raz, przez {not_me_days} dni. Powiadom administratora konta.
""",
    ),
    "AccountInvited": Mail(
        "Ustaw hasło do swojego loginu",
        """\
Zapraszamy do ustawienia hasła loginu {login} tutaj:

{link}

Link działa jeden raz, do {expires_at}. Jeśli login był już używany, zakończy to jego sesje i odblokuje kody.
Jeśli nie spodziewasz się tej wiadomości, nie rób nic: dopóki nikt nie otworzy linku, nic się nie zmieni.
""",
    ),
    "CodesWereLocked": Mail(
        "Kody do Twojego loginu są zablokowane",
        """\
Dla Twojego loginu {login} wpisano zbyt wiele błędnych kodów z rzędu, więc żaden kod już go nie otworzy.

Kiedy: {at}

Poproś pomoc techniczną platformy o nowy link z zaproszeniem: przyjęcie go odblokowuje kody.
Jeśli to nie Ty wpisywałeś błędne kody, ktoś zna Twoje hasło: powiedz o tym
pomocy technicznej i ustaw nowe.
""",
    ),
    "CodesGuessed": Mail(
        "Wiele błędnych kodów w SMS Authenticatorze",
        """\
Zamiast kodów, które {by} wysyła przez SMS Authenticator na koncie Twojego loginu {login},
wpisano wiele błędnych kodów. Być może ktoś zgaduje kody na Twojej stronie.

Kiedy: {at}

Kody są wysyłane i sprawdzane jak dotąd. Dopóki to trwa, każdy numer telefonu ma połowę
prób, zanim będzie musiał czekać. Ogranicz na swojej stronie, jak często jeden gość może
próbować kodu; jeśli Twoje kody mają mniej niż sześć cyfr, poproś pomoc techniczną o dłuższe.
Taki e-mail wysyłamy Ci najwyżej raz dziennie dla każdego użytkownika, który wysyła kody.
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
    "SignInPassAsked": Mail(
        "Przepustka do logowania",
        """\
Ktoś wpisywał błędne hasła do Twojego loginu {login}, więc z logowaniem trzeba czekać. Poproszono nas o przepustkę.

Kiedy: {at}
Skąd: {address}

Zaloguj się z nią, bez czekania, tutaj:

{link}

Przepustka jest na jedną próbę, do {expires_at}. Hasło i drugi składnik będą potrzebne jak zawsze.

Jeśli to nie Twoja prośba, nie rób nic: bez hasła przepustka nikogo nie wpuści.
""",
    ),
    "EmailChangeAsked": Mail(
        "Potwierdź swój adres e-mail",
        """\
To ma być nowy adres e-mail Twojego loginu. Potwierdź go tutaj:

{link}

Link działa jeden raz, do {expires_at}. Jeśli się go nie spodziewasz, nie rób nic: bez linku nic się nie zmieni.
""",
    ),
    "RecoveryAsked": Mail(
        "Ktoś prosi o odzyskanie Twojego loginu",
        """\
Poproszono operatorów platformy o zmianę adresu, telefonu albo drugich składników Twojego loginu {login}, bo jego
użytkownik je utracił. Zrobią to w podanym czasie i nie wcześniej. Tę wiadomość dostaje każdy adres i telefon loginu.

Kiedy poproszono: {at}
Kiedy można to zrobić: {due_at}

Jeśli to nie Ty o to prosisz, otwórz ten link, który to odwoła:

{link}

Potem powiedz pomocy technicznej platformy, że ktoś próbuje przejąć Twój login.
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
    "FactorDue": Mail(
        "Twoje konto będzie wymagać drugiego składnika",
        """\
Właściciel Twojego konta zdecydował, że każdy jego użytkownik musi mieć drugi składnik logowania. Twój login {login}
jeszcze go nie ma.

Od: {due_at}

Otwórz panel, wpisując jego adres samodzielnie, i przed tym terminem włącz aplikację uwierzytelniającą albo kody SMS.
Kto nie będzie miał wtedy drugiego składnika, będzie mógł tylko go włączyć.
""",
    ),
    "FactorDue.has_one": Mail(
        "Twoje konto będzie wymagać drugiego składnika",
        """\
Właściciel Twojego konta zdecydował, że każdy jego użytkownik musi mieć drugi składnik logowania. Twój login {login}
już go ma, więc nie musisz nic robić. Ostatniego składnika nie będzie można wyłączyć.

Od: {due_at}
""",
    ),
    "TokenExpiring": Mail(
        "Kończy się ważność tokenu API",
        """\
Token API Twojego loginu {login} jest ważny do podanego terminu. Programy, które nadal go mają, potem nic już z nim
nie zrobią.

Token: {name} (jego sekret kończy się na {last_four})
Koniec: {expires_at}

Jeśli nadal go potrzebujesz, otwórz panel, wpisując jego adres samodzielnie. Możesz tam przedłużyć jego ważność albo
nadać mu nowy sekret, gdy stary jeszcze działa. Jeśli nie, nie musisz nic robić.
""",
    ),
}

POLISH = Words(
    _SMS,
    _PURPOSES,
    _MFA,
    _NEVER,
    "nieznana przeglądarka",
    _WARNINGS,
    _MAILS
    | {f"ChangeMade.{change}": mail for change, mail in _CHANGES.items()}
    | {f"UndoableChangeMade.{change}": mail for change, mail in _UNDOABLE.items()}
    | {f"TokenChanged.{change}": mail for change, mail in _TOKENS.items()}
    | {f"SubuserChanged.{change}": mail for change, mail in _SUBUSERS.items()},
)
