"""One canonical form of a number, wherever it was typed."""

import pytest

from shared import policy
from shared.domain import phone_numbers
from shared.errors import NotMobile


@pytest.mark.parametrize("typed", ["+48600100200", "0048600100200", " +48 600-100-200 ", "+48 (600) 100 200"])
def test_one_number_has_one_form(typed: str):
    assert phone_numbers.canonical(typed) == "+48600100200"


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
