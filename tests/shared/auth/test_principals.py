"""Principals: what a user may do, by role, scopes and whose a record is, and under which name it is noted."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.auth.principals import Principal
from shared.crypto import randomness
from shared.domain.accounts import Account
from shared.domain.activity import Event
from shared.domain.activity_search import Search
from shared.domain.origins import Origin
from shared.domain.scopes import ROLES
from shared.domain.users import User
from shared.errors import ExceedsOwnScopes, InsufficientScope, NotFound, OwnerOnly
from shared.storage import activity
from shared.storage.engine import commit
from tests.support.world import World

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORIGIN = Origin("198.51.100.7", "Check/1.0", "request-1")
ACCOUNT = randomness.account_id()
ANN, BOB = (randomness.user_id(ACCOUNT) for _ in range(2))
EVE = randomness.user_id(randomness.account_id())


class Caller(Principal):
    """A principal with nothing of its own."""

    proof = "password"

    def still_allowed(self, **_: Any) -> list[Any]:
        return []


def caller(**facts: Any) -> Caller:
    return Caller(replace(User(ACCOUNT, ANN, "ann", True, NOON), **facts), Account(ACCOUNT))


def test_a_principal_says_what_guards_its_writes():
    with pytest.raises(TypeError, match="still_allowed"):
        Principal(caller().user, caller().account)  # type: ignore[abstract]


def test_a_principal_is_its_user_by_login_and_scopes():
    assert (caller().actor, caller().scopes) == ("ann", ROLES["owner"])
    clerk = caller(owner=False, permissions="sms subusers")
    assert clerk.scopes == {"sms"}


def test_a_scope_that_is_missing_is_named():
    clerk = caller(owner=False, permissions="sms")
    clerk.must_have("sms")
    with pytest.raises(InsufficientScope) as refused:
        clerk.must_have("contacts")
    assert refused.value.scope == "contacts"


@pytest.mark.parametrize(
    ("scopes", "is_refused"), [("", False), ("sms", False), ("sms profile", False), ("sms contacts", True)]
)
def test_nobody_manages_a_user_with_more_scopes_than_their_own(scopes: str, is_refused: bool):
    clerk = caller(owner=False, permissions="sms profile")
    if is_refused:
        with pytest.raises(ExceedsOwnScopes):
            clerk.must_have_all(frozenset(scopes.split()))
    else:
        clerk.must_have_all(frozenset(scopes.split()))


def test_a_sub_user_is_no_owner_whatever_their_scopes():
    caller().must_be_owner()
    with pytest.raises(OwnerOnly):
        caller(owner=False).must_be_owner()


def test_a_record_is_the_users_whose_id_it_begins_with():
    caller().must_own(randomness.record_id(ANN))
    foreign = [randomness.record_id(user_id) for user_id in (BOB, EVE)]
    malformed = [ANN, randomness.record_id(ANN) + "x", randomness.record_id(ANN)[:-1] + "-", ""]
    for identifier in (*foreign, *malformed):
        with pytest.raises(NotFound):
            caller().must_own(identifier)


def test_what_a_principal_did_is_noted_under_its_name_in_the_log_of_the_user_concerned(world: World):
    about = randomness.record_id(BOB)
    for user_id, more in ((ANN, {}), (BOB, {"outcome": "started", "detail": "name scopes", "about": about})):
        commit(caller().noting(Event.USER_CHANGED, ORIGIN, now=NOON, **({"user_id": BOB} if more else {}), **more))
        ((entry,), _) = activity.page_of_user(user_id, Search(), now=NOON)
        told = {"outcome": "success", "detail": "", "about": ""} | more
        assert {name: getattr(entry, name) for name in told} == told
        assert (entry.event, entry.actor, entry.user_id, entry.at) == (Event.USER_CHANGED, "ann", user_id, NOON)
        assert (entry.address, entry.device, entry.request_id) == ("198.51.100.7", "Check/1.0", "request-1")
