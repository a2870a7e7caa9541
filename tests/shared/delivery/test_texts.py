"""The words: whole, in both languages, in the folder `golden`, and safe whatever a stranger put into them."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from string import Formatter

import pytest

from shared import policy, settings
from shared.delivery import texts
from shared.delivery.letters import UNDOABLE_CHANGES, Letter
from shared.delivery.notices import PhoneTold
from shared.delivery.sending import SendingFailed
from shared.domain.challenges import PURPOSES
from tests.shared.delivery.samples import (
    CODE,
    DEVICE,
    DUE,
    EMAIL,
    ENDING,
    INVITATION,
    LETTERS,
    NOON,
    PASS,
    PASSWORD_GIVEN,
    RECOVERY,
    RECOVERY_ASKED,
    RESET,
    SET_BY_LINK,
    SUBUSER,
    TOKEN,
    UNDOABLE,
    WARNINGS,
)

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = sorted(texts.LANGUAGES)
NEVER = {
    "en": "No employee will ever ask you for a password or a code.",
    "pl": "Żaden pracownik nigdy nie poprosi Cię o hasło ani o kod.",
}
# The basic table of GSM 03.38, without its escape character; each of these is 7 bits.
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


@pytest.fixture(autouse=True)
def _panel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PANEL_ORIGIN", "https://panel.example.com:8443")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_code_message_reads_as_agreed_and_ends_in_the_origin_bound_line(purpose: str, language: str) -> None:
    sms = texts.sms(replace(CODE, purpose=purpose, language=language), now=NOON)
    assert sms == (GOLDEN / f"CodeSent.{purpose}.{language}.txt").read_text().removesuffix("\n")
    assert sms.splitlines()[-1] == "@panel.example.com #123456"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(LETTERS))
def test_each_letter_reads_as_agreed(name: str, language: str) -> None:
    mail = texts.mail(replace(LETTERS[name], language=language))
    assert f"{mail.subject}\n\n{mail.text}" == (GOLDEN / f"{name}.{language}.txt").read_text()


def test_there_are_no_words_but_those_that_were_agreed_on() -> None:
    codes = [f"CodeSent.{purpose}" for purpose in PURPOSES]
    agreed = {f"{name}.{language}.txt" for name in (*LETTERS, *codes) for language in LANGUAGES}
    assert {path.name for path in GOLDEN.iterdir()} == agreed
    assert all(set(words.mails) == set(LETTERS) for words in texts.LANGUAGES.values())


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_each_language_tells_the_same(name: str) -> None:
    told = [sorted(_gaps(words.mails[name].text)) for words in texts.LANGUAGES.values()]
    assert all(gaps == told[0] for gaps in told)


def _gaps(text: str) -> list[str]:
    return [gap for _, gap, _, _ in Formatter().parse(text) if gap]


def test_nobody_writes_into_a_subject() -> None:
    subjects = [mail.subject for words in texts.LANGUAGES.values() for mail in words.mails.values()]
    assert [subject for subject in subjects if not re.fullmatch(r"[\w -]+", subject)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_code_message_is_one_sms_for_hosts_of_up_to_40_characters(
    purpose: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PANEL_ORIGIN", f"https://{'p' * 36}.com")
    sms = texts.sms(replace(CODE, purpose=purpose, language=language), now=NOON)
    assert len(sms) <= 160
    assert set(sms) <= GSM_7


@pytest.mark.parametrize(
    ("left", "said"),
    [(timedelta(minutes=5), "5 min"), (timedelta(minutes=4, seconds=59), "4 min"), (timedelta(seconds=3), "3 s")],
)
def test_a_code_message_promises_no_more_time_than_there_is(left: timedelta, said: str) -> None:
    assert f"(valid {said})" in texts.sms(replace(CODE, expires_at=NOON + left), now=NOON)


@pytest.mark.parametrize("name", sorted(LETTERS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_ends_in_saying_that_no_employee_asks_for_a_password_or_a_code(name: str, language: str) -> None:
    assert texts.mail(replace(LETTERS[name], language=language)).text.endswith(f"\n\n{NEVER[language]}\n")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("warning", WARNINGS, ids=lambda warning: str(warning.what))
def test_a_warning_by_sms_is_one_message_without_a_link(warning: PhoneTold, language: str) -> None:
    sms = texts.told_by_sms(replace(warning, language=language))
    assert len(sms) <= 160
    assert set(sms) <= GSM_7
    assert "://" not in sms


def test_a_code_message_says_it_too() -> None:
    assert NEVER["en"] in texts.sms(CODE, now=NOON)


def test_a_language_that_we_do_not_speak_is_answered_in_english() -> None:
    assert texts.sms(replace(CODE, language="tlh"), now=NOON) == texts.sms(CODE, now=NOON)
    assert texts.mail(replace(RESET, language="tlh")) == texts.mail(RESET)


LINKS = {
    "PasswordGiven": f"https://panel.example.com:8443/not-me#token={PASSWORD_GIVEN.token}",
    "PasswordWasReset": f"https://panel.example.com:8443/not-me#token={SET_BY_LINK.token}",
    "PasswordGiven.many": f"https://panel.example.com:8443/not-me#token={PASSWORD_GIVEN.token}",
    "NewDeviceSeen": f"https://panel.example.com:8443/not-me#token={DEVICE.token}",
    "AccountInvited": f"https://panel.example.com:8443/invitation#token={INVITATION.token}",
    "PasswordResetAsked": f"https://panel.example.com:8443/password-reset#token={RESET.token}",
    "SignInPassAsked": f"https://panel.example.com:8443/sign-in#token={PASS.token}",
    "EmailChangeAsked": f"https://panel.example.com:8443/email#token={EMAIL.token}",
    "RecoveryAsked": f"https://panel.example.com:8443/recovery#token={RECOVERY_ASKED.token}",
    **{
        f"UndoableChangeMade.{change}": f"https://panel.example.com:8443/undo#token={UNDOABLE.token}"
        for change in UNDOABLE_CHANGES
    },
}


@pytest.mark.parametrize("name", sorted(LETTERS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_has_its_one_link_on_a_line_of_its_own_or_none(name: str, language: str) -> None:
    text = texts.mail(replace(LETTERS[name], language=language)).text
    links = [line for line in text.splitlines() if "://" in line or "#" in line]
    assert links == ([LINKS[name]] if name in LINKS else [])


@pytest.mark.parametrize("left", [0, 1, 9])
def test_a_spent_recovery_code_tells_how_many_are_left(left: int) -> None:
    assert f"Codes left: {left}.\n" in texts.mail(replace(RECOVERY, left=left)).text


def test_only_a_forced_change_threatens() -> None:
    threat = "can do nothing but set a new password"
    assert threat in texts.mail(replace(DUE, forced=True)).text
    assert threat not in texts.mail(DUE).text


HOSTILE = {
    "a link": "https://evil.example/login",
    "a host": "www.evil.example evil.com",
    "an address": "help@evil.example",
    "a message of its own": "Firefox\r\n\r\nYour account is closed: call +48 500 100 200 or 0500100200",
    "an IP address": "Firefox 198.51.100.66:8080/x",
    "terminal control": "\x1b[2J\x00\u202eFirefox\u2066",
    "markup": "<a href=//evil.example>click</a>[x](http://e.vil)",
    "other alphabets": "еvil。com",
    "placeholders": "{login} {0} %s {link}",
    "length": "Mozilla " * 1000,
    "one word": "x" * 5000,
}


@pytest.mark.parametrize("device", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("letter", [DEVICE, PASSWORD_GIVEN])
def test_a_device_has_the_name_of_a_browser_and_a_system_and_no_words_of_its_own(letter: Letter, device: str) -> None:
    mail = texts.mail(replace(letter, device=device))  # type: ignore[call-arg]
    (line,) = [line for line in mail.text.splitlines() if line.startswith("Device: ")]
    assert line.removeprefix("Device: ") in {"Firefox", "an unknown browser"}
    assert len(mail.text.splitlines()) == len(texts.mail(letter).text.splitlines())


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("letter", [TOKEN, ENDING])
def test_a_tokens_name_holds_no_link_no_number_and_no_line_of_its_own(letter: Letter, name: str) -> None:
    mail = texts.mail(replace(letter, name=name))  # type: ignore[call-arg]
    (line,) = [line for line in mail.text.splitlines() if line.startswith("Token: ")]
    words = line.removeprefix("Token: ").removesuffix(" (its secret ends in 2QkZ)")
    assert 0 < len(words) <= policy.MAX_TOKEN_NAME_CHARACTERS
    assert not re.search(r"[^A-Za-z0-9();, ?-]|[0-9]{5}|[0-9][ -]+[0-9]", words)
    assert len(mail.text.splitlines()) == len(texts.mail(letter).text.splitlines())


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Zażółć gęślą jaźń", "Zażółć gęślą jaźń"), ("Wysylka z\u0307", "Wysylka ż"), ("Größe №5", "Größe 5")],
)
def test_a_tokens_name_keeps_the_letters_of_our_languages(name: str, shown: str) -> None:
    assert f"Token: {shown} (its" in texts.mail(replace(TOKEN, name=name)).text


@pytest.mark.parametrize(
    ("by", "shown"),
    [("ann@example.com", "ann@example.com"), ("token:Ab1", "token Ab1"), ("a b\nhttp://c:d", "a b http //c d")],
)
def test_who_did_it_is_a_login_or_a_token_and_no_line_of_its_own(by: str, shown: str) -> None:
    assert f"\nBy: {shown}\n" in texts.mail(replace(TOKEN, by=by)).text


@pytest.mark.parametrize("address", ["", "localhost", "\n\n"])
def test_an_address_that_is_none_is_a_question_mark_or_what_is_left_of_it(address: str) -> None:
    assert re.search(r"^From: (\?|[0-9A-Fa-f.:]+)$", texts.mail(replace(RESET, address=address)).text, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_a_login_and_an_address_bring_no_line_and_no_link_of_their_own(name: str) -> None:
    letter = LETTERS[name]
    hostile = _with(letter, login="ann\n\nhttps://evil {link}", address="198.51.100.7\nhttp://x")
    text, usual = texts.mail(hostile).text, texts.mail(letter).text
    assert text.count("ann https //evil link") == usual.count("ann.nowak")
    assert ("ann.nowak" in usual) == (name != "EmailChangeAsked")
    assert text.count("://") == usual.count("://")
    assert len(text.splitlines()) == len(usual.splitlines())


@pytest.mark.parametrize("login", [hostile for kind, hostile in HOSTILE.items() if kind != "an address"])
def test_a_login_from_before_its_rule_holds_no_link_no_number_and_no_line_of_its_own(login: str) -> None:
    mail = texts.mail(replace(SUBUSER, subuser=login))
    (line,) = [line for line in mail.text.splitlines() if line.startswith("Sub-user: ")]
    words = line.removeprefix("Sub-user: ")
    assert 0 < len(words) <= policy.SUBUSER_ADDRESS_MAX_CHARACTERS
    assert not re.search(r"[.:<>\[\](){}\x00-\x1f\u202e\u3002]|[0-9]{5}|[0-9][ -]+[0-9]", words)
    assert len(mail.text.splitlines()) == len(texts.mail(SUBUSER).text.splitlines())


@pytest.mark.parametrize("login", ["o'brien", "o'brien@example.org", "jan.kowalski", "r+d_1-2", "shop-eu-2026"])
@pytest.mark.parametrize("name", sorted(LETTERS.keys() - {"EmailChangeAsked"}))
def test_a_login_stands_in_a_letter_as_it_is(name: str, login: str) -> None:
    assert login in texts.mail(replace(LETTERS[name], login=login)).text


@pytest.mark.parametrize("login", ["anna maria", "jan/kowalski", "r&d-team", "strasse#1", "żółw"])
def test_a_login_from_before_its_rule_is_told_by_its_words(login: str) -> None:
    assert f"Sub-user: {login}\n" in texts.mail(replace(SUBUSER, subuser=login)).text


@pytest.mark.parametrize("login", ["mia@example.org", "ann_mia@example.org"])
@pytest.mark.parametrize("name", sorted(LETTERS.keys() - {"AccountInvited"}))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_login_that_was_made_of_an_address_is_not_told_to_that_address(name: str, login: str, language: str) -> None:
    letter = replace(LETTERS[name], login=login, email="Mia@example.org", language=language)
    usual = (GOLDEN / f"{name}.{language}.txt").read_text().partition("\n\n")[2]
    assert texts.mail(letter).text == usual.replace(" ann.nowak", "")


def _with(letter: Letter, **hostile: str) -> Letter:
    return replace(letter, **{name: words for name, words in hostile.items() if hasattr(letter, name)})


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_a_letter_repeats_neither_its_id_nor_whom_it_is_for(name: str) -> None:
    text = texts.mail(LETTERS[name]).text
    assert [said for said in ("n-", "@example.com") if re.search(rf"\b{said}", text)] == []


def test_the_device_in_the_letter_is_the_one_that_was_seen() -> None:
    assert "\nDevice: Firefox, Linux\n" in texts.mail(DEVICE).text
    assert "\nUrządzenie: nieznana przeglądarka\n" in texts.mail(replace(DEVICE, device="", language="pl")).text


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_a_letter_with_a_link_is_not_sent_before_the_panels_address_is_known(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_link = "https://panel.example.com" in texts.mail(LETTERS[name]).text
    monkeypatch.setattr(settings, "PANEL_ORIGIN", "")
    if with_link:
        with pytest.raises(SendingFailed, match="PanelOrigin"):
            texts.mail(LETTERS[name])
    else:
        assert "http" not in texts.mail(LETTERS[name]).text


def test_links_keep_the_path_of_the_panel_and_codes_are_bound_to_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PANEL_ORIGIN", "https://abc.example.com/live")
    assert "https://abc.example.com/live/invitation#token=" in texts.mail(LETTERS["AccountInvited"]).text
    assert texts.sms(CODE, now=NOON).splitlines()[-1] == "@abc.example.com #123456"


def test_a_code_is_bound_to_no_host_before_the_panels_address_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PANEL_ORIGIN", "")
    assert "@" not in texts.sms(CODE, now=NOON)
    assert "123456" in texts.sms(CODE, now=NOON)
