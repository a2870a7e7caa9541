"""The words: whole, in both languages, in the folder `golden`, and safe whatever a stranger put into them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared import policy, settings
from shared.delivery import texts
from shared.delivery.notices import AccountInvited, CodeSent, CodesWereLocked, NewDeviceSeen

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"
CODE = CodeSent("n-1", "+48500100200", "en", "123456", NOON + policy.CODE_LIFETIME)
DEVICE = NewDeviceSeen("n-2", "ann@example.com", "en", "ann.nowak", NOON, "198.51.100.7", FIREFOX)
INVITATION = AccountInvited(
    "n-3", "ann@example.com", "en", "ann.nowak", "furtka_inv_0123456789", NOON + policy.INVITATION_LIFETIME
)
LOCKED = CodesWereLocked("n-4", "ann@example.com", "en", "ann.nowak", NOON)

GOLDEN = Path(__file__).parent / "golden"
# The basic table of GSM 03.38, without its escape character; each of these is 7 bits.
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


@pytest.fixture(autouse=True)
def _panel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PANEL_ORIGIN", "https://panel.example.com:8443")


@pytest.mark.parametrize("language", ["en", "pl"])
def test_the_code_message_reads_as_agreed_and_ends_in_the_origin_bound_line(language: str) -> None:
    sms = texts.sms(replace(CODE, language=language), now=NOON)
    assert sms == (GOLDEN / f"CodeSent.{language}.txt").read_text().removesuffix("\n")
    assert sms.splitlines()[-1] == "@panel.example.com #123456"


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("letter", [DEVICE, INVITATION, LOCKED])
def test_each_letter_reads_as_agreed(letter: texts.Letter, language: str) -> None:
    mail = texts.mail(replace(letter, language=language))
    assert f"{mail.subject}\n\n{mail.text}" == (GOLDEN / f"{type(letter).__name__}.{language}.txt").read_text()


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_code_message_is_one_sms_for_hosts_of_up_to_40_characters(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PANEL_ORIGIN", f"https://{'p' * 36}.com")
    sms = texts.sms(replace(CODE, language=language), now=NOON)
    assert len(sms) <= 160
    assert set(sms) <= GSM_7


@pytest.mark.parametrize(
    ("left", "said"),
    [(timedelta(minutes=5), 5), (timedelta(minutes=4, seconds=59), 5), (timedelta(seconds=3), 1)],
)
def test_a_code_message_says_how_long_the_code_is_still_good(left: timedelta, said: int) -> None:
    assert f"(valid {said} min)" in texts.sms(replace(CODE, expires_at=NOON + left), now=NOON)


def test_every_message_says_that_no_employee_asks_for_a_password_or_a_code() -> None:
    english = [
        texts.sms(CODE, now=NOON),
        *(texts.mail(letter).text for letter in (DEVICE, INVITATION, LOCKED)),
    ]
    assert all("No employee will ever ask you for a password or a code." in text for text in english)


def test_a_language_that_we_do_not_speak_is_answered_in_english() -> None:
    assert texts.sms(replace(CODE, language="tlh"), now=NOON) == texts.sms(CODE, now=NOON)


HOSTILE = {
    "a link": "https://evil.example/login",
    "a host": "www.evil.example evil.com",
    "an address": "help@evil.example",
    "a message of its own": "Firefox\r\n\r\nYour account is closed: call +48 500 100 200 or 0500100200",
    "an IP address": "Firefox 198.51.100.66:8080/x",
    "terminal control": "\x1b[2J\x00\u202eFirefox\u2066",
    "markup": "<a href=//evil.example>click</a>[x](http://e.vil)",
    "other alphabets": "еvil。com",
    "placeholders": "{login} {0} %s",
    "length": "Mozilla " * 1000,
    "one word": "x" * 5000,
}


@pytest.mark.parametrize("device", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_devices_own_words_hold_no_link_no_number_and_no_line_of_their_own(device: str) -> None:
    mail = texts.mail(replace(DEVICE, device=device))
    (line,) = [line for line in mail.text.splitlines() if line.startswith("Device")]
    words = line.removeprefix("Device, in its own words: ")
    assert 0 < len(words) <= policy.DEVICE_MAX_CHARACTERS
    assert not re.search(r"[^A-Za-z0-9();, ?-]|[0-9]{5}|[0-9][ -]+[0-9]", words)
    assert len(mail.text.splitlines()) == len(texts.mail(DEVICE).text.splitlines())


def test_a_device_that_says_nothing_is_a_question_mark() -> None:
    assert "in its own words: ?\n" in texts.mail(replace(DEVICE, device="")).text


def test_a_login_and_an_address_bring_no_line_of_their_own() -> None:
    mail = texts.mail(replace(DEVICE, login="ann\n\nhttps://evil", address="198.51.100.7\nhttp://x"))
    assert "your login annhttpsevil from" in mail.text
    assert len(mail.text.splitlines()) == len(texts.mail(DEVICE).text.splitlines())
