"""One canonical form of a number, wherever it was typed."""

import pytest

from shared import policy
from shared.domain import phone_numbers
from shared.errors import NotMobile


@pytest.mark.parametrize("typed", ["+48600100200", "0048600100200", " +48 600-100-200 ", "+48 (600) 100 200"])
def test_one_number_has_one_form(typed: str):
    assert phone_numbers.canonical(typed) == "+48600100200"


PASTED = [
    "+48\u00a0600\u00a0100\u00a0200",
    "+48\u202f600\u202f100\u202f200",
    "\u202d+48 600 100 200\u202c",
    "\u202a+48600100200\u202c",
    "\u2068+48 600 100 200\u2069",
    "+48600100200\u200b",
    "+48600100200\ufeff",
    "\u200e+48\u2011600\u2013100\u2212200\ufe0d",
    "\uff0b\uff14\uff18\uff16\uff10\uff10 100 200",
    "tel:+48-600-100-200",
    "TEL:+48600100200",
    "+48 \u0666\u0660\u0660 100 200",
    "+48\t600100200".replace("\t", "\u2009"),
]


@pytest.mark.parametrize("typed", PASTED)
def test_a_number_is_read_as_it_looks_at_every_door(typed: str):
    assert phone_numbers.canonical(typed) == "+48600100200"
    assert phone_numbers.recipient(typed, home="PL") == ("+48600100200", "PL")


@pytest.mark.parametrize(
    "typed", ["+48 600 TAX 200", "+48600100200 ext. 5", "+48600100200x", "+48600100200;1", "tel:", "+"]
)
def test_a_word_among_numbers_is_a_mistake_at_every_door(typed: str):
    with pytest.raises(NotMobile):
        phone_numbers.canonical(typed)
    with pytest.raises(NotMobile):
        phone_numbers.recipient(typed, home="PL")


@pytest.mark.parametrize("typed", ["", "600100200", "+48327201201", "+48600", "+999600100200", "x", "+48600100200000"])
def test_what_cannot_get_an_sms_is_refused(typed: str):
    with pytest.raises(NotMobile):
        phone_numbers.canonical(typed)


@pytest.mark.parametrize(
    "typed", ["600100200", "600 100-200", "48600100200", "+48600100200", "0048600100200", " 48 600100200"]
)
def test_a_recipient_at_home_is_written_in_any_of_the_clients_ways(typed: str):
    assert phone_numbers.recipient(typed, home="PL") == ("+48600100200", "PL")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("4915112345678", ("+4915112345678", "DE")),
        ("+447400123456", ("+447400123456", "GB")),
        ("0012025550123", ("+12025550123", "US")),
        ("14165550123", ("+14165550123", "CA")),
    ],
)
def test_a_recipients_country_is_known(typed: str, expected: tuple[str, str]):
    assert phone_numbers.recipient(typed, home="PL") == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "+",
        "x",
        "327201201",
        "48327201201",
        "+600100200",
        "999600100200",
        "600100",
        "881612345678",
        "6001002003",
        "++48600100200",
        "48600100200x",
        "600 TAX CAB",
        "4" * 33,
    ],
)
def test_who_cannot_get_an_sms_is_no_recipient(typed: str):
    with pytest.raises(NotMobile):
        phone_numbers.recipient(typed, home="PL")


def test_a_recipient_may_be_typed_with_as_many_spaces_as_there_is_room_for():
    spaced = "6" + " " * (policy.MAX_PHONE_CHARACTERS - 9) + "00100200"
    assert len(spaced) == policy.MAX_PHONE_CHARACTERS
    assert phone_numbers.recipient(spaced, home="PL") == ("+48600100200", "PL")
    with pytest.raises(NotMobile):
        phone_numbers.recipient(spaced.replace(" ", "  ", 1), home="PL")


@pytest.mark.parametrize(
    ("number", "country"), [("+48600100200", "PL"), ("+4915123456789", "DE"), ("+12025550143", "US")]
)
def test_a_number_belongs_to_a_country(number: str, country: str):
    assert phone_numbers.country_of(number) == country


@pytest.mark.parametrize("number", ["+881612345678", "+870773123456", "+883510000000094"])
def test_a_number_of_a_satellite_phone_belongs_to_none(number: str):
    with pytest.raises(NotMobile):
        phone_numbers.country_of(number)
