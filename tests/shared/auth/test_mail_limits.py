"""Limits on e-mails: counted by kind, recipient and who asks, so that no stranger uses up what the recipient needs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from shared import policy
from shared.auth import devices, mail_limits, networks
from shared.auth.mail_limits import LADDERS, RESET, Asker
from shared.crypto import randomness
from shared.domain.devices import Device
from shared.domain.links import Link
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import TooManyResets
from shared.storage import users
from shared.storage.engine import Write, commit
from tests.proofs import tables
from tests.support.calls import overheard
from tests.support.world import NOON, Person, World

HERE, THERE = Origin("198.51.100.7", "Check/1.0"), Origin("203.0.113.9", "Check/1.0")
ANN = randomness.user_id(randomness.account_id())
LAPTOP = Device(ANN, randomness.record_id(ANN), "sealed", "Firefox", NOON, NOON)
STRANGER, NEIGHBOUR, KNOWN = Asker("ann", HERE), Asker("ann", HERE, familiar=True), Asker("ann", HERE, LAPTOP)

type Recording = Callable[[], Sequence[Write]]

numbers = count(1)


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


def elsewhere() -> Origin:
    return Origin(f"10.0.0.{next(numbers)}", "Check/1.0")


def asks(asker: Asker, kind: str = RESET) -> Recording:
    return lambda: mail_limits.recording(kind, asker, now=NOON)


def strangers(kind: str = RESET, login: str = "ann") -> Recording:
    """Each of them in a network of their own."""
    return lambda: mail_limits.recording(kind, Asker(login, elsewhere()), now=NOON)


def wait(recording: Recording) -> timedelta | None:
    """Return how long the next request has to wait; None if it need not, and was counted."""
    try:
        commit(*recording())
    except TooManyResets as refusal:
        return refusal.retry_after
    return None


def free(recording: Recording) -> int:
    """Ask until one has to wait, and return how many did not."""
    return next(made for made in range(1000) if wait(recording) is not None)


@pytest.mark.parametrize("kind", LADDERS)
@pytest.mark.parametrize("asker", [STRANGER, NEIGHBOUR, KNOWN])
def test_each_asker_has_a_few_and_then_waits(asker: Asker, kind: str):
    assert free(asks(asker, kind)) == LADDERS[kind].free
    assert wait(asks(asker, kind)) == policy.FIRST_RESET_WAIT


@pytest.mark.parametrize("kind", LADDERS)
def test_strangers_have_so_many_together_whom_others_do_not_wait_for(kind: str):
    assert free(strangers(kind)) == policy.MAILS_FROM_STRANGERS_AN_HOUR
    assert wait(strangers(kind)) == timedelta(hours=1)
    for asker in (NEIGHBOUR, KNOWN):
        assert free(asks(asker, kind)) == LADDERS[kind].free


def test_strangers_wait_for_what_others_asked_for_so_that_a_mailbox_is_not_flooded():
    free(asks(NEIGHBOUR))
    assert free(strangers()) == policy.MAILS_FROM_STRANGERS_AN_HOUR - policy.FREE_RESETS


def test_kinds_and_logins_do_not_make_each_other_wait():
    kind, other = LADDERS
    free(strangers(kind))
    assert free(strangers(other)) == free(strangers(kind, "bob")) == policy.MAILS_FROM_STRANGERS_AN_HOUR


@pytest.mark.parametrize("known", [False, True])
def test_a_network_asks_for_so_many_logins_in_an_hour_and_only_a_known_device_does_not_wait(known: bool):
    def another() -> list[Write]:
        return mail_limits.recording(RESET, Asker(f"somebody-{next(numbers)}", HERE, familiar=known), now=NOON)

    assert free(another) == policy.RESETS_FROM_ADDRESS_AND_HOUR
    assert wait(another) == timedelta(hours=1)
    assert [wait(asks(asker)) is None for asker in (NEIGHBOUR, KNOWN)] == [False, True]


def test_all_who_ask_make_the_same_writes_and_no_row_shows_a_login():
    seen = []
    for asker in (STRANGER, NEIGHBOUR, KNOWN):
        with overheard() as calls:
            commit(*mail_limits.recording(RESET, replace(asker, login="ann@example.com"), now=NOON))
        seen.append([str(call) for call in calls])
    assert seen == [["TransactWriteItems strikes strikes strikes"]] * 3
    assert "example" not in str(tables.rows("strikes"))


def link(asker: Asker, *, detail: str | None = None) -> Link:
    return Link("id", asker.login, "sealed", NOON, NOON, asker.place if detail is None else detail, kind=RESET)


@pytest.mark.parametrize("asker", [STRANGER, NEIGHBOUR, KNOWN])
def test_a_reset_that_was_used_takes_back_its_own_share(asker: Asker):
    free(strangers())
    commit(*mail_limits.giving_back_reset(link(NEIGHBOUR), now=NOON))
    free(asks(asker))
    commit(*mail_limits.giving_back_reset(link(asker), now=NOON))
    assert free(asks(asker)) >= 1
    assert free(strangers()) <= 1


def test_a_link_that_nobody_asked_for_takes_nothing_back():
    assert mail_limits.giving_back_reset(link(STRANGER, detail=""), now=NOON) == []


# --- Who asks ---------------------------------------------------------------------------------------------


@pytest.fixture
def ann(world: World) -> Person:
    return world.ann


def find(login: str = "ann", origin: Origin = HERE, *, later: timedelta = timedelta(0)) -> Asker:
    return mail_limits.find(login, [], origin=origin, now=NOON + later)[1]


def test_a_network_that_the_login_signed_in_from_is_familiar_for_its_time(ann: Person):
    assert not find().familiar
    commit(networks.remembering("ann", ann.user_id, HERE, now=NOON))
    last = policy.NETWORK_REMEMBERED_FOR - timedelta(seconds=1)
    assert find(later=last).familiar
    assert not find(later=policy.NETWORK_REMEMBERED_FOR).familiar
    assert not find(origin=THERE).familiar
    assert not find("nobody").familiar


def test_a_device_is_known_to_its_own_login_alone(world: World, ann: Person):
    token, adding = devices.remembering(ann.user_id, HERE, now=NOON)
    commit(*adding)
    world.add("bob")
    found = {login: mail_limits.find(login, [token], origin=THERE, now=NOON)[1] for login in ("ann", "bob", "nobody")}
    device = found["ann"].device
    assert device
    assert device.device_id == token.id
    assert found["bob"].device is found["nobody"].device is None


@pytest.mark.parametrize("shown", [0, 1])
def test_a_login_that_does_not_exist_costs_the_same_read(ann: Person, shown: int):
    tokens = [randomness.token("device", ann.user_id)][:shown]
    seen = []
    for login in ("ann", "nobody"):
        with overheard() as calls:
            mail_limits.find(login, tokens, origin=HERE, now=NOON)
        seen.append([str(call) for call in calls])
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


# --- Changes of the address -------------------------------------------------------------------------------


@pytest.fixture
def user(ann: Person) -> User:
    found, _ = users.find(ann.user_id)
    assert found
    return found


def changes(user: User, email: str = "victim@example.org") -> Recording:
    return lambda: mail_limits.recording_email_change(user, email, now=NOON)


def anybody_of(account_id: str, user: User) -> Recording:
    """Each of them a user of that account, about the same mailbox."""

    def one() -> Sequence[Write]:
        colleague = replace(user, account_id=account_id, user_id=randomness.user_id(account_id))
        return changes(colleague)()

    return one


def to_many(user: User) -> Recording:
    """Each of them to a mailbox of its own."""

    def one() -> Sequence[Write]:
        return changes(user, f"{next(numbers)}@example.org")()

    return one


def test_a_user_orders_a_few_changes_and_then_waits(user: User):
    assert free(to_many(user)) == policy.FREE_RESETS
    assert wait(changes(user)) == policy.FIRST_RESET_WAIT
    assert wait(anybody_of(user.account_id, user)) is None


def test_an_account_orders_a_few_changes_to_one_mailbox_and_another_account_as_many(user: User):
    assert free(anybody_of(user.account_id, user)) == policy.FREE_RESETS
    assert wait(changes(user, "VICTIM+x@example.org")) == policy.FIRST_RESET_WAIT
    assert free(anybody_of(randomness.account_id(), user)) == policy.FREE_RESETS
    assert "victim" not in str(tables.rows("strikes")).casefold()


def test_a_change_that_was_proved_takes_one_back(user: User):
    free(changes(user))
    commit(*mail_limits.giving_back_email_change(user, "victim@example.org", now=NOON))
    assert wait(changes(user)) is None
    assert wait(changes(user)) is not None
