"""What customers send: how many parts a text takes, and what an id says."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.instants import month_of
from shared.domain.messages import Recipient, Shipment, is_message_id, is_plain, parts, shipment_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("x" * 159 + "€", 2),
        ("\n@£Ω" * 40, 1),
        ("ż" * 70, 1),
        ("\uffff" * 70, 1),
        ("\U00010000" * 35, 1),
        ("\U00010000" * 36, 2),
        ("ż" * 71, 2),
        ("ż" * 134, 2),
        ("ż" * 135, 3),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("x" * 69 + "ż", 1),
        ("x" * 70 + "ż", 2),
        ("`", 1),
    ],
    ids=lambda value: value if isinstance(value, int) else f"{value[:1]}{len(value)}",
)
def test_a_text_takes_as_many_parts_as_the_carrier_makes_of_it(text: str, expected: int):
    assert parts(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("x" * 152 + "€" + "x" * 152, 3), ("ż" * 66 + "🙂" + "ż" * 66, 3)])
def test_no_character_is_cut_in_two(text: str, expected: int):
    """Whose two halves would have been the last of one part and the first of the next."""
    assert parts(text) == expected


@given(st.text(max_size=400), st.text(max_size=20))
def test_more_text_never_takes_fewer_parts(text: str, more: str):
    assert parts(text) <= parts(text + more)


@given(st.text(max_size=700))
def test_a_part_holds_no_more_than_it_can(text: str):
    if is_plain(text):
        assert parts(text) * 160 >= len(text)
    else:
        assert parts(text) * 70 >= len(text.encode("utf-16-le")) / 2


@pytest.mark.parametrize(
    ("text", "plain"), [("Hello {you} €5", True), ("Zażółć", False), ("ąż`", False), ("Ü?§", True)]
)
def test_it_is_known_what_the_alphabet_of_phones_holds(text: str, *, plain: bool):
    assert is_plain(text) == plain


def test_a_messages_id_leads_to_its_shipment_and_place():
    shipment = shipment_of_two()
    ids = [shipment.message_id(place) for place in range(2)]
    assert ids == ["ab" * 11 + "00", "ab" * 11 + "01"]
    assert all(map(is_message_id, ids))
    assert [shipment_of(one) for one in ids] == [("ab" * 11, 0), ("ab" * 11, 1)]


@pytest.mark.parametrize(
    "text", ["", "garbage", "AB" * 11 + "00", "ab" * 11 + "0a", "ab" * 12 + "\n", "ab" * 13, "٣" * 24]
)
def test_garbage_is_no_messages_id(text: str):
    assert not is_message_id(text)


def shipment_of_two() -> Shipment:
    recipients = (
        Recipient("+48600100200", "PL", points=5, parts=2),
        Recipient("+48600100201", "PL", text="", points=3),
    )
    return Shipment("account", "ab" * 11, "user", "sms", "Test", "hello", recipients, NOON, NOON, "leaving", left=2)


def test_a_shipment_costs_what_its_messages_cost_and_says_nobodys_number():
    shipment = shipment_of_two()
    assert (shipment.points, shipment.parts, shipment.words(0), shipment.words(1)) == (8, 2, "hello", "")
    assert not any(secret in repr(shipment) for secret in ("600100", "hello"))


@pytest.mark.parametrize("name", ["user_id", "kind", "sender", "text", "state", "became"])
def test_what_lacks_a_part_is_no_shipment(name: str):
    with pytest.raises(ValueError, match="no shipment"):
        replace(shipment_of_two(), **{name: None})


def test_a_shipment_to_nobody_is_none():
    with pytest.raises(ValueError, match="no shipment"):
        replace(shipment_of_two(), recipients=())


def test_a_month_is_a_calendar_month_by_utc():
    assert month_of(datetime(2026, 11, 30, 23, 59, 59, 999999, tzinfo=UTC)) == "2026-11"
    assert month_of(datetime(2026, 12, 1, tzinfo=UTC)) == "2026-12"
