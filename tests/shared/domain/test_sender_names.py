"""Sender names: what networks carry, and which of them wait for an operator."""

from datetime import UTC, datetime

import pytest

from shared import policy
from shared.domain import sender_names
from shared.errors import SenderInvalid

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", ["a", "Shop", "A.B-C_d&@ %", "!+", "x" * 11, "12345678", "1" * 16])
def test_what_networks_carry_is_a_sender_name(name: str):
    assert sender_names.is_sender(name)


@pytest.mark.parametrize("name", ["", " ", " Shop", "Shop ", "x" * 12, "1" * 17, "Łódź", "a/b", "Shop\n"])
def test_what_networks_do_not_carry_is_none(name: str):
    assert not sender_names.is_sender(name)
    with pytest.raises(SenderInvalid):
        sender_names.made("A" * 10, name, now=NOON)


def test_a_name_of_ones_own_waits_and_one_that_is_everybodys_does_not():
    own = sender_names.made("A" * 10, "Shop", now=NOON)
    assert (own.active, own.status, own.created_at) == (False, "INACTIVE", NOON)
    for name in policy.SENDERS_FOR_EVERYBODY:
        made = sender_names.made("A" * 10, name, now=NOON)
        assert (made.active, made.status) == (True, "ACTIVE")
