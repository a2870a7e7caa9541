"""The activity table: pages in order, nothing twice, nothing of anybody else's, and never too many reads."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from shared import audit, policy
from shared.crypto import randomness
from shared.domain.activity import ActivityEntry, Event
from shared.domain.activity_search import Search
from shared.domain.identifiers import account_of
from shared.domain.origins import Origin
from shared.storage import activity, engine
from tests.support.calls import overheard
from tests.support.world import HOME, World

SECOND = timedelta(seconds=1)
FROM_HOME = Origin(HOME, "Check/1.0", "request-1")

type Look = Callable[[Search, datetime], tuple[list[ActivityEntry], str | None]]


def _note(user_id: str, at: datetime, event: Event = Event.LOGIN) -> str:
    """Returns the new entry's id."""
    write = audit.noting(event, user_id, actor="ann", proof="password", origin=FROM_HOME, now=at)
    engine.commit(write)
    return str(write.arguments["Item"]["entry_id"]["S"])


def _of_user(user_id: str) -> Look:
    return lambda search, now: activity.page_of_user(user_id, search, now=now)


def _of_account(user_id: str) -> Look:
    return lambda search, now: activity.page_of_account(account_of(user_id), search, now=now)


BOTH = pytest.mark.parametrize("seen_by", [_of_user, _of_account])


def _all(look: Look, search: Search, now: datetime) -> list[str]:
    """The ids on every page, in the order in which they are shown."""
    seen: list[str] = []
    while True:
        page, before = look(search, now)
        assert len(page) <= search.limit
        seen += [entry.entry_id for entry in page]
        if before is None:
            return seen
        search = replace(search, before=before)


def _queries(look: Look, search: Search, now: datetime) -> list[dict[str, Any]]:
    with overheard() as calls:
        look(search, now)
    assert {call.operation for call in calls} <= {"Query"}
    return [call.arguments for call in calls]


@BOTH
def test_the_newest_comes_first(world: World, seen_by: Callable[[str], Look]):
    ids = [_note(world.ann.user_id, world.now - SECOND * age) for age in (3, 0, 5, 1)]
    assert _all(seen_by(world.ann.user_id), Search(), world.now) == sorted(ids, reverse=True)


def test_an_entry_comes_back_as_it_went_in(world: World):
    entry_id = _note(world.ann.user_id, world.now)
    assert activity.page_of_user(world.ann.user_id, Search(), now=world.now) == (
        [
            ActivityEntry(
                entry_id=entry_id,
                account_id=account_of(world.ann.user_id),
                user_id=world.ann.user_id,
                at=world.now,
                event="authn_login_success",
                actor="ann",
                address=HOME,
                device="Check/1.0",
                outcome="success",
                request_id="request-1",
                detail="",
                about="",
                proof="password",
            )
        ],
        None,
    )


def test_an_entry_from_before_there_was_anything_to_be_about_is_about_nothing(world: World):
    write = audit.noting(Event.LOGIN, world.ann.user_id, actor="ann", proof="password", origin=FROM_HOME, now=world.now)
    del write.arguments["Item"]["about"]
    engine.commit(write)
    ((entry,), _) = activity.page_of_user(world.ann.user_id, Search(), now=world.now)
    assert entry.about == ""


@BOTH
def test_pages_show_everything_once_even_while_more_is_written(world: World, seen_by: Callable[[str], Look]):
    for limit in (1, 2, 3, 6, 7, 8):
        user_id = randomness.user_id(randomness.account_id())
        ids = [_note(user_id, world.now - SECOND * (age // 2)) for age in range(7)]  # two in one moment
        assert _seen_while_more_is_written(world, user_id, seen_by(user_id), limit) == sorted(ids, reverse=True)


def _seen_while_more_is_written(world: World, user_id: str, look: Look, limit: int) -> list[str]:
    search, seen = Search(limit=limit), list[str]()
    while True:
        page, before = look(search, world.now)
        seen += [entry.entry_id for entry in page]
        if before is None:
            return seen
        world.wait(SECOND)
        _note(user_id, world.now)
        search = replace(search, before=before)


@BOTH
def test_a_last_page_that_is_full_is_known_as_the_last(world: World, seen_by: Callable[[str], Look]):
    for age in range(3):
        _note(world.ann.user_id, world.now - SECOND * age)
    page, before = seen_by(world.ann.user_id)(Search(limit=3), world.now)
    assert (len(page), before) == (3, None)


@BOTH
def test_only_what_is_asked_for_is_shown(world: World, seen_by: Callable[[str], Look]):
    events = [Event.LOGIN, Event.PASSWORD_CHANGED]
    ids = {age: _note(world.ann.user_id, world.now - SECOND * age, events[age % 2]) for age in range(8)}
    look = seen_by(world.ann.user_id)
    search = Search(event=Event.PASSWORD_CHANGED, since=world.now - SECOND * 5, until=world.now - SECOND, limit=1)
    assert _all(look, search, world.now) == [ids[3], ids[5]]


@BOTH
def test_an_entry_is_forgotten_in_time_also_where_its_row_is_still_there(world: World, seen_by: Callable[[str], Look]):
    entry_id = _note(world.ann.user_id, world.now)
    look = seen_by(world.ann.user_id)
    world.wait(policy.ACTIVITY_KEPT_FOR - SECOND)
    assert _all(look, Search(), world.now) == [entry_id]
    world.wait(SECOND)
    assert _all(look, Search(), world.now) == []


def test_a_row_is_removed_when_it_is_not_shown_any_more(world: World):
    write = audit.noting(Event.LOGIN, world.ann.user_id, actor="ann", proof="password", origin=FROM_HOME, now=world.now)
    forget_at = world.now + policy.ACTIVITY_KEPT_FOR
    assert write.arguments["Item"]["forget_at"] == {"N": str(int(forget_at.timestamp()))}


@BOTH
def test_a_page_is_one_read_of_no_more_rows_than_it_needs(world: World, seen_by: Callable[[str], Look]):
    for age in range(5):
        _note(world.ann.user_id, world.now - SECOND * age)
    assert [query["Limit"] for query in _queries(seen_by(world.ann.user_id), Search(limit=2), world.now)] == [3]


@BOTH
def test_bounds_that_leave_nothing_cost_nothing(world: World, seen_by: Callable[[str], Look]):
    empty = Search(since=world.now, until=world.now - SECOND)
    assert _queries(seen_by(world.ann.user_id), empty, world.now) == []


@BOTH
def test_a_search_for_what_is_rare_stops_and_can_go_on(
    world: World, seen_by: Callable[[str], Look], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(policy, "ACTIVITY_ROWS_A_READ", 3)
    rare = _note(world.ann.user_id, world.now - SECOND * 100, Event.EMAIL_CHANGED)
    for age in range(policy.ACTIVITY_READS * 3 + 1):
        _note(world.ann.user_id, world.now - SECOND * age)
    look, search = seen_by(world.ann.user_id), Search(event=Event.EMAIL_CHANGED)
    assert len(_queries(look, search, world.now)) == policy.ACTIVITY_READS
    page, before = look(search, world.now)
    assert page == []
    assert before is not None
    assert _all(look, search, world.now) == [rare]


@BOTH
def test_what_is_rare_is_found_once_wherever_a_read_ends(
    world: World, seen_by: Callable[[str], Look], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(policy, "ACTIVITY_ROWS_A_READ", 3)
    rare, user_id = [0, 2, 3, 4, 11, 20], world.ann.user_id
    events = [Event.NOT_ME if age in rare else Event.LOGIN for age in range(24)]
    ids = [_note(user_id, world.now - SECOND * age, event) for age, event in enumerate(events)]
    for limit in (1, 2, 5, 6, 7):
        found = _all(seen_by(user_id), Search(event=Event.NOT_ME, limit=limit), world.now)
        assert found == [ids[age] for age in rare]


def test_what_a_user_sees_of_themselves_is_never_late_and_an_index_cannot_promise_that(world: World):
    (own,) = _queries(_of_user(world.ann.user_id), Search(), world.now)
    (all_of_account,) = _queries(_of_account(world.ann.user_id), Search(), world.now)
    assert (own["ConsistentRead"], all_of_account["ConsistentRead"]) == (True, False)


@pytest.mark.parametrize("seed", range(3))
def test_nobody_sees_what_is_somebody_elses_whatever_they_ask_for(world: World, seed: int):
    random = Random(seed)  # noqa: S311 - chance that can be repeated is the point
    users = [randomness.user_id(account) for account in (randomness.account_id() for _ in range(3)) for _ in range(3)]
    events = [Event.LOGIN, Event.PASSWORD_CHANGED, Event.DEVICE_FORGOTTEN]
    noted: dict[str, tuple[str, datetime, Event]] = {}
    for _ in range(60):
        user, at, event = random.choice(users), world.now - SECOND * random.randrange(20), random.choice(events)
        noted[_note(user, at, event)] = (user, at, event)
    for _ in range(60):
        since, until = (random.choice([None, world.now - SECOND * random.randrange(20)]) for _ in range(2))
        before = random.choice([None, *noted])
        search = Search(before, random.choice([None, *events]), since, until, limit=random.randrange(1, 9))
        user, whole = random.choice(users), random.random() < 0.5
        wanted = [
            entry_id
            for entry_id, (owner, at, event) in noted.items()
            if (account_of(owner) == account_of(user) if whole else owner == user)
            and (before is None or entry_id < before)
            and search.event in (None, event)
            and (since is None or at >= since)
            and (until is None or at < until)
        ]
        look = _of_account(user) if whole else _of_user(user)
        assert _all(look, search, world.now) == sorted(wanted, reverse=True)
