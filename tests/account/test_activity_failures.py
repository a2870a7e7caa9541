"""Failed sign-ins and wrong codes from outside: their user sees from where they came, when, and how many."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from shared import policy
from shared.domain.activity import is_entry_id
from shared.domain.ip_lists import IpList
from shared.domain.origins import Origin
from shared.storage import accounts
from shared.storage.engine import commit
from tests.account.ip_lists import account_at, colleague
from tests.proofs.turns import newcomer
from tests.support.calls import overheard
from tests.support.sessions import open_session
from tests.support.world import Person, World

WRONG = "Wrong-Horse-7"
FAILED, CODES = "authn_login_fail", "authn_code_fail"
OWN, THIEF = "198.51.100.7", "203.0.113.5"
HERE = Origin(OWN, "Firefox/140")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bob(world: World) -> Person:
    """Without a second factor, so that a right password opens a session."""
    return newcomer(world, phone=None)


def guess(world: World, person: Person, address: str = THIEF, **more: Any) -> None:
    answer = world.sign_in(person, password=WRONG, address=address, **more)
    assert answer.status == 401, answer


def pages(world: World, person: Person, **query: str) -> list[list[dict[str, Any]]]:
    """The entries of every page that *person* sees, who signs in beside the counts."""
    token = open_session(person.user_id, login=person.login, origin=HERE, now=world.now)
    found = []
    while True:
        answer = world.call("GET", "/account/activity", headers={"Authorization": f"Bearer {token}"}, query=query)
        assert answer.status == 200, answer
        found.append(answer.body["entries"])
        if answer.body["next"] is None:
            return found
        query["cursor"] = answer.body["next"]


def seen(world: World, person: Person, event: str = FAILED, **query: str) -> list[tuple[str, int]]:
    """From where how many attempts failed, as *person* sees it, the newest first."""
    found = [entry for page in pages(world, person, event=event, **query) for entry in page]
    return [(entry["address"] or entry["detail"], entry["count"]) for entry in found]


def written(world: World, ago: timedelta = timedelta(0)) -> str:
    return f"{world.now - ago:%Y-%m-%dT%H:%M:%SZ}"


def test_wrong_passwords_from_three_networks_are_seen_with_network_and_times(world: World, bob: Person):
    for address in (THIEF, "192.0.2.7", "2001:db8:1:2:3:4:5:6"):
        guess(world, bob, address)
        world.wait(MINUTE)
    guess(world, bob, THIEF)
    assert world.sign_in(bob, address=OWN).status == 200
    (entries,) = pages(world, bob, event=FAILED)
    assert [entry["address"] for entry in entries] == ["2001:db8:1:2::/64", "192.0.2.7", THIEF]
    assert is_entry_id(entries[2].pop("id"))
    assert entries[2] == {
        "at": written(world, MINUTE * 3),
        "last_at": written(world),
        "count": 2,
        "event": FAILED,
        "actor": "",
        "address": THIEF,
        "device": "",
        "outcome": "failure",
        "request_id": "",
        "detail": "",
        "user_id": bob.user_id,
        "about": "",
    }


def test_a_right_password_is_no_failure_and_erases_none(world: World, bob: Person):
    for address in (OWN, THIEF):
        guess(world, bob, address)
    for _ in range(3):
        world.wait(MINUTE)
        assert world.sign_in(bob, address=OWN).status == 200
    (entries,) = pages(world, bob, event=FAILED)
    assert sorted((entry["address"], entry["count"]) for entry in entries) == [(OWN, 1), (THIEF, 1)]
    assert {entry["last_at"] for entry in entries} == {written(world, MINUTE * 3)}
    guess(world, bob, OWN)
    assert sorted(seen(world, bob)) == [(OWN, 2), (THIEF, 1)]


def test_a_failure_after_a_right_password_has_its_own_time(world: World, bob: Person):
    assert world.sign_in(bob, address=OWN).status == 200
    world.wait(MINUTE)
    guess(world, bob, OWN)
    ((entry,),) = pages(world, bob, event=FAILED)
    assert (entry["at"], entry["last_at"], entry["count"]) == (written(world), written(world), 1)


def test_wrong_passwords_on_a_known_device_are_seen_too(world: World, bob: Person):
    device = world.sign_in(bob, address=OWN).body["device_token"]
    for _ in range(2):
        guess(world, bob, THIEF, device_token=device)
    assert world.sign_in(bob, address=OWN, device_token=device).status == 200
    assert seen(world, bob) == [(THIEF, 2)]


def test_the_right_password_from_outside_the_list_is_a_failed_sign_in(world: World, bob: Person):
    commit(accounts.setting_lists(account_at(bob), panel=IpList(on=True, sources=OWN)))
    assert world.sign_in(bob, address=THIEF).status == 403
    assert world.sign_in(bob, address=OWN).status == 200
    assert seen(world, bob) == [(THIEF, 1)]


def test_wrong_codes_are_seen_and_right_ones_are_not(world: World):
    challenge_id = world.challenge()
    code = world.code()
    for place in range(3):
        assert world.verify(challenge_id, world.wrong_code(), address=f"192.0.2.{place % 2}").status == 401
        world.wait(MINUTE)
    assert world.verify(challenge_id, code, address="192.0.2.1").status == 200
    assert seen(world, world.ann, CODES) == [("192.0.2.1", 1), ("192.0.2.0", 2)]
    assert seen(world, world.ann) == []
    assert seen(world, world.ann, since=written(world)) == []


def test_they_are_seen_for_a_stated_time(world: World, bob: Person):
    guess(world, bob)
    world.wait(policy.FAILURES_SHOWN_FOR - MINUTE)
    assert world.sign_in(bob, address=OWN).status == 200
    assert seen(world, bob) == [(THIEF, 1)]
    world.wait(MINUTE)
    assert seen(world, bob) == []


def test_a_stranger_of_many_networks_fills_an_hour_and_no_more(world: World, bob: Person):
    limit = policy.NETWORKS_SHOWN_AN_HOUR
    for place in range(limit):
        guess(world, bob, f"192.0.2.{place}")
    for place in range(2):
        world.wait(policy.FIRST_WAIT * 2**place)
        guess(world, bob, f"203.0.113.{place}")
    found = seen(world, bob)
    assert found[0] == ("many_networks", 2)
    assert sorted(found[1:]) == sorted((f"192.0.2.{place}", 1) for place in range(limit))
    world.wait(timedelta(hours=1))
    guess(world, bob)
    assert seen(world, bob)[:2] == [(THIEF, 1), ("many_networks", 2)]


def test_a_row_never_remembers_more_than_a_stated_number(world: World, bob: Person):
    for hour in range(policy.FAILURE_MARKS + 3):
        guess(world, bob, f"192.0.2.{hour}")
        world.wait(timedelta(hours=1))
    found = seen(world, bob)
    assert len(found) == policy.FAILURE_MARKS
    assert found[0] == (f"192.0.2.{policy.FAILURE_MARKS + 2}", 1)


def test_everybody_sees_their_own_and_an_owner_not_those_of_sub_users(world: World, bob: Person):
    clerk = colleague(world, bob, "clerk")
    guess(world, bob, "192.0.2.1")
    guess(world, clerk, "192.0.2.2")
    assert seen(world, clerk) == [("192.0.2.2", 1)]
    for scope in ("own", "account"):
        assert seen(world, bob, scope=scope) == [("192.0.2.1", 1)]
    assert seen(world, world.ann) == []


def test_who_takes_over_a_login_does_not_see_what_failed_before(world: World, bob: Person):
    guess(world, replace(bob, login="later"))
    world.wait(MINUTE)
    later = world.add("later", phone=None)
    guess(world, later, OWN)
    assert seen(world, later) == [(OWN, 1)]


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_pages_have_each_entry_once_in_order_with_those_of_the_log(world: World, bob: Person, limit: int):
    random = Random(limit)  # noqa: S311 - chance that can be repeated is the point
    for _ in range(12):
        if random.random() < 0.5:
            guess(world, bob, f"192.0.2.{random.randrange(4)}")
        else:
            assert world.sign_in(bob, address=OWN).status == 200
        world.wait(timedelta(minutes=20))
    whole = [entry for page in pages(world, bob, limit="100") for entry in page]
    found = pages(world, bob, limit=str(limit))
    ids = [entry["id"] for page in found for entry in page]
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert ids[-len(whole) + 1 :] == [entry["id"] for entry in whole][1:]
    assert ids == sorted(set(ids), reverse=True)
    assert {FAILED, "authn_login_success"} <= {entry["event"] for entry in whole}


def test_an_event_of_the_log_is_found_without_reading_the_counts(world: World, bob: Person):
    guess(world, bob)
    token = open_session(bob.user_id, login=bob.login, origin=HERE, now=world.now)
    for event, read in ((FAILED, "BatchGetItem strikes"), ("authn_login_success", "Query activity")):
        with overheard() as calls:
            headers = {"Authorization": f"Bearer {token}"}
            world.call("GET", "/account/activity", headers=headers, query={"event": event})
        assert [str(call) for call in calls][1:] == [read]
