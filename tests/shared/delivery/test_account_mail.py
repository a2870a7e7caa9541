"""E-mails about a user's own account go to their address, in their language; a new address does not silence the old."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.crypto import randomness
from shared.delivery import account_mail
from shared.delivery.letters import ChangeMade, RecoveryCodeUsed, UndoableChangeMade
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


def changes(change: str = "totp_on", reader: User | Login = ANN, **later: int) -> list[ChangeMade]:
    return account_mail.change_made(change, reader, origin=HERE, now=NOON + timedelta(**later))


def elsewhere(email: str, place: int = 0) -> ChangeMade:
    return account_mail.change_to(email, "totp_on", ANN, place, origin=HERE, now=NOON)


def test_an_e_mail_is_addressed_to_its_reader_and_tells_what_its_kind_tells():
    for sent in (
        account_mail.addressed(RecoveryCodeUsed, "n-1", ANN, left=9, at=NOON, address="192.0.2.1"),
        account_mail.addressed(RecoveryCodeUsed, "n-1", ANN, 9, NOON, "192.0.2.1"),
    ):
        assert sent == RecoveryCodeUsed("n-1", "ann@example.com", "pl", "ann", 9, NOON, "192.0.2.1", reader_id=USER_ID)


@pytest.mark.parametrize("reader", [ANN, LOGIN])
def test_a_change_is_told_once_to_the_readers_own_address(reader: User | Login):
    [sent] = changes("totp_on", reader)
    assert sent == ChangeMade(sent.id, "ann@example.com", "pl", "ann", "totp_on", NOON, "192.0.2.1", reader_id=USER_ID)


def test_an_address_of_before_can_be_told_in_the_readers_language():
    assert elsewhere("old@example.com") == replace(changes()[0], email="old@example.com")


def test_a_change_that_can_be_undone_is_told_with_its_link_to_the_address_of_before():
    [sent] = account_mail.change_undoable("email_changed", ANN, "token", origin=HERE, now=NOON)
    assert sent == UndoableChangeMade(
        sent.id, "ann@example.com", "pl", "ann", "email_changed", NOON, "192.0.2.1", "token", reader_id=USER_ID
    )


def test_the_same_change_has_the_same_ids_when_it_is_told_again():
    assert changes() == changes()


def test_two_e_mails_have_two_ids_whatever_they_differ_in():
    bob = replace(ANN, user_id=randomness.user_id(ANN.account_id))
    told = [
        *changes(),
        elsewhere("old@example.com", 1),
        *changes("totp_off"),
        *changes(reader=bob),
        *changes(milliseconds=1),
    ]
    assert len({one.id for one in told}) == len(told) == 5
