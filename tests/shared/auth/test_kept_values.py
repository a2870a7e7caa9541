"""What a change replaces is kept with its user, sealed, and opened again as it was."""

from datetime import timedelta

import pytest

from shared import policy
from shared.auth import kept_values
from shared.domain.kept_values import EMAIL, PHONE
from shared.domain.provenance import of
from shared.domain.recovery import RecoveryCodes
from shared.domain.totp import Authenticator
from shared.storage import kept_values as records
from shared.storage import users
from shared.storage.engine import commit
from tests.proofs import tables
from tests.support.world import NOON, World

THEIRS = of("ann", NOON)


def _keep(world: World, kind: str, value: object) -> None:
    commit(kept_values.keeping(kind, value, world.ann.user_id, provenance=THEIRS, now=NOON))


@pytest.mark.parametrize("value", ["+48600100200", None, False, {"codes": ["a"], "of": 10}])
def test_a_value_is_opened_as_it_was_kept(world: World, value: object):
    _keep(world, PHONE, value)
    (kept,) = records.of_user(world.ann.user_id, now=NOON)
    assert (kept.kind, kept.at, kept.provenance, kept_values.opened(kept)) == (PHONE, NOON, THEIRS, value)


def test_the_row_does_not_show_it(world: World):
    _keep(world, PHONE, "+48600100233")
    assert "600100233" not in str(tables.rows("keptvalues"))


def test_a_row_that_was_moved_to_another_user_or_kind_cannot_be_opened(world: World):
    _keep(world, PHONE, "+48600100200")
    (kept,) = records.of_user(world.ann.user_id, now=NOON)
    for moved in ({"user_id": "bob"}, {"kind": EMAIL}):
        with pytest.raises(ValueError, match="not shut for this place"):
            kept_values.opened(type(kept)(**vars(kept) | moved))


def test_it_is_kept_as_long_as_a_link_may_put_it_back(world: World):
    _keep(world, PHONE, "+48600100200")
    until = NOON + policy.NOT_ME_LIFETIME
    assert len(records.of_user(world.ann.user_id, now=until - timedelta(seconds=1))) == 1
    assert records.of_user(world.ann.user_id, now=until) == []
    (row,) = tables.rows("keptvalues")
    assert int(row["forget_at"]["N"]) == int(until.timestamp())


def test_an_address_is_kept_with_the_time_it_was_proved(world: World):
    user, _ = users.find(world.ann.user_id)
    assert user
    commit(kept_values.keeping_email(user, provenance=THEIRS, now=NOON))
    (kept,) = records.of_user(user.user_id, now=NOON)
    assert kept_values.opened(kept) == {
        "email": user.email,
        "email_at": user.email_at.isoformat(),
        "own_email": user.own_email,
    }


def test_no_app_and_no_codes_are_kept_as_none():
    assert kept_values.totp_facts(None) is None
    assert kept_values.codes_facts(None) is None


def test_an_app_and_codes_are_kept_whole():
    app, codes = Authenticator("ann", "blob", 7, NOON), RecoveryCodes("ann", frozenset({"b", "a"}), 10, NOON)
    assert kept_values.totp_facts(app) == {"blob": "blob", "last_step": 7, "since": NOON.isoformat()}
    assert kept_values.codes_facts(codes) == {"codes": ["a", "b"], "of": 10, "since": NOON.isoformat()}
