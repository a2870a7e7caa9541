"""E-mails about a user's own account go to their address, in their language; a new address does not silence the old."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.crypto import randomness
from shared.delivery import account_mail
from shared.delivery.notices import ChangeMade, RecoveryCodeUsed
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.users import User
from tests.shared.delivery.samples import NOON

USER_ID = randomness.user_id(randomness.account_id())
ANN = User(USER_ID[:10], USER_ID, "ann", enabled=True, created_at=NOON, email="ann@example.com", language="pl")
LOGIN = Login(
    "ann",
    ANN.account_id,
    USER_ID,
    "ann@example.com",
    phone=None,
    language="pl",
    enabled=True,
    idle=timedelta(minutes=5),
)
HERE = Origin("192.0.2.1", "Check/1.0")


def changes(
    change: str = "totp_on", reader: User | Login = ANN, also: str | None = None, **later: int
) -> list[ChangeMade]:
    return account_mail.change_made(change, reader, also=also, origin=HERE, now=NOON + timedelta(**later))


def test_an_e_mail_is_addressed_to_its_reader_and_tells_what_its_kind_tells():
    for sent in (
        account_mail.addressed(RecoveryCodeUsed, "n-1", ANN, left=9, at=NOON, address="192.0.2.1"),
        account_mail.addressed(RecoveryCodeUsed, "n-1", ANN, 9, NOON, "192.0.2.1"),
    ):
        assert sent == RecoveryCodeUsed("n-1", "ann@example.com", "pl", "ann", 9, NOON, "192.0.2.1")


@pytest.mark.parametrize("reader", [ANN, LOGIN])
def test_a_change_is_told_once_to_the_readers_own_address(reader: User | Login):
    [sent] = changes("totp_on", reader)
    assert sent == ChangeMade(sent.id, "ann@example.com", "pl", "ann", "totp_on", NOON, "192.0.2.1")


def test_another_address_is_told_the_same_and_not_in_place_of_the_readers():
    one, other = changes("email_changed", also="old@example.com")
    assert (one.email, other.email) == ("ann@example.com", "old@example.com")
    assert other == replace(one, id=other.id, email="old@example.com")


def test_an_empty_address_is_none():
    assert len(changes(also="")) == 1


def test_the_same_change_has_the_same_ids_when_it_is_told_again():
    assert changes(also="old@example.com") == changes(also="old@example.com")


def test_two_e_mails_have_two_ids_whatever_they_differ_in():
    bob = replace(ANN, user_id=randomness.user_id(ANN.account_id))
    told = [
        *changes(also="old@example.com"),
        *changes("totp_off"),
        *changes(reader=bob),
        *changes(milliseconds=1),
    ]
    assert len({one.id for one in told}) == len(told) == 5
