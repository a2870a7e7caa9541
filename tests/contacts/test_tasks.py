"""Many contacts that are deleted or moved: gone or decided at once, done by the schedule, and resumed after a death."""

from contextlib import suppress
from typing import Any

import pytest

import contacts.tasks
from shared import policy
from shared.errors import Unavailable
from shared.storage import engine, groups
from tests.contacts.company import Asker, remove
from tests.contacts.crowds import crowd
from tests.proofs import tables
from tests.proofs.test_rights import Rights
from tests.proofs.test_rights import _granted as granted
from tests.proofs.test_rights import _rights as rights_of
from tests.support.calls import Answer, AwsCall, Proceed, failing, intercepted, overheard
from tests.support.deaths import Killed, killed_before
from tests.support.events import Context

MANY = 40


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few dozen contacts are many."""
    monkeypatch.setattr(policy, "CONTACTS_CHANGED_AT_ONCE", 3)
    monkeypatch.setattr(policy, "CONTACT_ROWS_SWEPT_AT_ONCE", 30)
    monkeypatch.setattr(policy, "CONTACTS_LONGEST_PAGE", 10)


def minute(ann: Asker, milliseconds_left: int = 55_000) -> None:
    """The schedule comes around."""
    contacts.tasks.lambda_handler({"time": f"{ann.world.now:%Y-%m-%dT%H:%M:%SZ}"}, Context(milliseconds_left))  # type: ignore[arg-type]


def kinds() -> set[str]:
    """What rows about contacts are left, by the beginnings of their keys."""
    places = [row["contact_id"]["S"] for row in tables.rows("contacts") if row["account_id"]["S"] != "tasks"]
    return {place.partition(":")[0] if ":" in place else place[:5] for place in places}


def waiting() -> int:
    return sum(row["account_id"]["S"] == "tasks" for row in tables.rows("contacts"))


def size(ann: Asker, **query: str) -> int:
    return int(ann.get("/contacts", **query).body["size"])


def test_all_are_gone_with_one_write_however_many_they_are_and_their_rows_are_swept(ann: Asker):
    group = ann.group()
    first = crowd(ann, MANY, group=group)[0]
    with overheard() as calls:
        assert ann.delete("/contacts").status == 202
    assert [call.operation for call in calls if call.operation != "BatchGetItem"] == ["TransactWriteItems"]
    assert (size(ann), size(ann, group_id=group), size(ann, q="600")) == (0, 0, 0)
    assert ann.get("/contacts/groups").body["collection"][0]["contacts_count"] == 0
    for method in ("GET", "PUT", "DELETE"):
        assert ann.ask(method, f"/contacts/{first.contact_id}").status == 404
    anew = ann.contact(first.number, group_id=group)
    minute(ann)
    assert (waiting(), size(ann)) == (0, 1)
    assert ann.get(f"/contacts/{anew}").body["groups"][0]["contacts_count"] == 1
    ann.delete("/contacts")
    minute(ann)
    assert kinds() == {"state"}


def test_what_is_left_for_lack_of_time_is_done_by_the_next_run(ann: Asker):
    crowd(ann, MANY)
    ann.delete("/contacts")
    minute(ann, 9_000)
    assert waiting() == 1
    minute(ann)
    assert (waiting(), kinds()) == (0, {"state"})


def test_the_contacts_of_a_deleted_group_are_gone_at_once_and_removed_by_the_schedule(ann: Asker):
    group, other = ann.group(), ann.group("Others")
    crowd(ann, MANY, group=group)
    kept = ann.contact("600100201", group_id=other)
    both = ann.contact("600100202", group_id=[group, other])
    answer = ann.delete(f"/contacts/groups/{group}", delete_contacts=True)
    assert (answer.status, answer.body) == (202, {"remaining": MANY + 1})
    assert (size(ann), ann.numbers()) == (1, ["48600100201"])
    assert (size(ann, q="600"), size(ann, group_id=other), size(ann, phone_number="600100202")) == (1, 1, 0)
    for method in ("GET", "PUT", "DELETE"):
        assert ann.ask(method, f"/contacts/{both}").status == 404
    assert ann.put(f"/contacts/groups/{other}/members/{both}").status == 404
    anew = ann.contact("48600500000")
    minute(ann)
    assert (waiting(), size(ann)) == (0, 2)
    assert {one["id"] for one in ann.get("/contacts").body["collection"]} == {kept, anew}
    assert ann.get(f"/contacts/groups/{other}").body["contacts_count"] == 1
    assert sum(row["contact_id"]["S"].startswith("in:") for row in tables.rows("contacts")) == 3


def test_no_more_groups_are_deleted_with_their_contacts_than_can_wait(ann: Asker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "CONTACT_TASKS_DOOMED", 1)
    ids = [ann.group(name) for name in "AB"]
    crowd(ann, MANY, group=ids[0])
    assert ann.delete(f"/contacts/groups/{ids[0]}", delete_contacts=True).status == 202
    answer = ann.delete(f"/contacts/groups/{ids[1]}", delete_contacts=True)
    assert (answer.status, answer.error) == (409, "deletions_pending")
    minute(ann)
    assert ann.delete(f"/contacts/groups/{ids[1]}", delete_contacts=True).status == 204


def test_of_a_group_that_is_deleted_alone_no_row_is_left_and_its_contacts_stay(ann: Asker):
    group = ann.group()
    crowd(ann, MANY, group=group)
    assert ann.delete(f"/contacts/groups/{group}").status == 204
    minute(ann)
    assert (waiting(), size(ann), size(ann, group_id=group)) == (0, MANY, 0)
    assert not [row for row in tables.rows("contacts") if group in row["contact_id"]["S"]]


@pytest.mark.parametrize(
    ("method", "left"), sorted([("POST", [MANY, MANY]), ("PUT", [0, MANY]), ("DELETE", [MANY, 0])])
)
def test_many_that_match_are_moved_by_the_schedule(ann: Asker, method: str, left: list[int]):
    one, other = ann.group("A"), ann.group("B")
    crowd(ann, MANY, group=one)
    if method == "DELETE":
        ann.ask("POST", f"/contacts/groups/{other}/members", {"q": "600"})
        minute(ann)
    answer = ann.ask(method, f"/contacts/groups/{other}/members", {"q": "Name"})
    assert (answer.status, answer.body) == (202, {"remaining": MANY})
    minute(ann)
    sizes = [group["contacts_count"] for group in ann.get("/contacts/groups").body["collection"]]
    assert (waiting(), sizes) == (0, left)
    assert [size(ann, group_id=group) for group in (one, other)] == left


@pytest.mark.parametrize("what", sorted(["right", "user", "group"]))
def test_nothing_is_moved_any_more_by_somebody_who_may_not(ann: Asker, bob: Asker, what: str):
    one, other = ann.group("A"), ann.group("B")
    crowd(ann, MANY, group=one)
    for group in (one, other):
        ann.share(group, bob, "read", "write")
    assert bob.ask("POST", f"/contacts/groups/{other}/members", {"q": "Name"}).status == 202
    match what:
        case "right":
            ann.delete(f"/contacts/groups/{other}/permissions/bob")
        case "user":
            remove(bob.person)
        case "group":
            ann.delete(f"/contacts/groups/{other}")
    minute(ann)
    assert (waiting(), size(ann, group_id=other), size(ann, group_id=one)) == (0, 0, MANY)


ORDERS: dict[str, Any] = {
    "all": lambda ann, _: ann.delete("/contacts"),
    "a group": lambda ann, group: ann.delete(f"/contacts/groups/{group}", delete_contacts=True),
    "a move": lambda ann, _: ann.ask("POST", f"/contacts/groups/{ann.group('B')}/members", {"q": "Name"}),
}


@pytest.mark.parametrize("order", sorted(ORDERS))
def test_whoever_dies_at_any_call_leaves_what_the_next_run_does(ann: Asker, order: str):
    group = ann.group("A")
    crowd(ann, 12, group=group)
    assert ORDERS[order](ann, group).status == 202
    place = 0
    while waiting():
        with suppress(Killed, Unavailable), failing(place, killed_before):
            minute(ann)
        place += 1
        assert place < 200
    assert place > 1
    assert size(ann) == (12 if order == "a move" else 0)
    if order == "a move":
        assert [one["contacts_count"] for one in ann.get("/contacts/groups").body["collection"]] == [12, 12]
    else:
        assert "in" not in kinds()
        assert "numbe" not in kinds()


def test_a_death_right_after_the_order_leaves_all_of_it_to_the_schedule(ann: Asker):
    group = ann.group()
    crowd(ann, 3, group=group)
    done = False

    def die_after(call: AwsCall, proceed: Proceed) -> Answer:
        nonlocal done
        if done:
            raise Killed
        answer = proceed()
        done = call.operation == "TransactWriteItems"
        return answer

    with suppress(Killed), intercepted(die_after):
        ann.delete(f"/contacts/groups/{group}", delete_contacts=True)
    assert size(ann) == 0
    minute(ann)
    assert (waiting(), kinds()) == (0, {"state"})


def test_the_role_grants_what_tasks_need_and_nothing_else(ann: Asker, bob: Asker):
    used: Rights = set()

    def run() -> None:
        with overheard() as calls:
            minute(ann)
        used.update(right for call in calls for right in rights_of(call))

    one, other = ann.group("A"), ann.group("B")
    for group in (one, other):
        ann.share(group, bob, "read", "write")
    crowd(ann, 4, group=one)
    bob.contact("600100201", group_id=one)
    assert bob.ask("POST", f"/contacts/groups/{other}/members", {"q": "600"}).status == 202
    run()
    ann.delete(f"/contacts/groups/{other}")
    remove(bob.person)
    engine.commit(groups.forgetting_user(bob.person.user_id))
    ann.delete(f"/contacts/groups/{one}", delete_contacts=True)
    run()
    ann.contact()
    ann.delete("/contacts")
    run()
    assert granted("ContactTasksFunction") == used
