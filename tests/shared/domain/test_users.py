"""What every request must know of its user: whether a proof counts, and whether a session may have to go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared import policy
from shared.domain.instants import NEVER
from shared.domain.users import User

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)
ANN = User("a" * 10, "a" * 16, "ann", enabled=True, created_at=NOON)


def test_what_was_proved_before_the_epoch_or_in_its_moment_is_void():
    ann = replace(ANN, epoch=NOON)
    proofs = [NOON - MOMENT, NOON, NOON + MOMENT]
    assert [ann.honours(proved_at=proved_at, credentials_at=NEVER) for proved_at in proofs] == [False, False, True]


@pytest.mark.parametrize("other", [NEVER, NOON - MOMENT, NOON + MOMENT])
def test_what_was_proved_with_other_credentials_is_void_whenever_that_was(other: datetime):
    ann = replace(ANN, epoch=NOON, credentials_at=NOON)
    late = NOON + timedelta(days=1)
    assert ann.honours(proved_at=late, credentials_at=NOON)
    assert not ann.honours(proved_at=late, credentials_at=other)


def test_one_who_never_ended_anything_is_always_honoured():
    assert ANN.epoch == NEVER
    assert ANN.honours(proved_at=NEVER + MOMENT, credentials_at=NEVER)


def test_no_proof_of_one_who_is_switched_off_counts():
    assert not replace(ANN, enabled=False).honours(proved_at=NOON, credentials_at=NEVER)


def test_only_a_session_as_old_as_the_last_ones_that_fit_or_begun_beside_them_may_have_to_go():
    ann, beside = replace(ANN, crowded_since=NOON), NOON + policy.REQUEST_LASTS
    opened = [NOON - MOMENT, beside, beside + MOMENT]
    assert [ann.may_be_crowded_out(opened_at=opened_at) for opened_at in opened] == [True, True, False]


def test_nobody_has_to_go_where_few_sessions_were_opened():
    assert not ANN.may_be_crowded_out(opened_at=NOON)
    assert not replace(ANN, crowded_since=NEVER).may_be_crowded_out(opened_at=NOON)


def test_neither_an_address_nor_a_phone_stands_in_a_repr():
    shown = repr(replace(ANN, email="ann@example.com", phone="+48600100200"))
    assert "example.com" not in shown
    assert "600100200" not in shown


def test_somebody_new_is_an_owner_without_a_second_factor():
    user = User("account", "user", "ann", enabled=True, created_at=NOON)
    assert (user.owner, user.phone, user.has_totp) == (True, None, False)
