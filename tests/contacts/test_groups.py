"""Groups of contacts: made, named and deleted, and who is in them."""

from datetime import timedelta

import pytest

from shared import policy
from shared.domain.activity_search import Search
from shared.storage import activity
from tests.contacts.company import FORM, Asker

NOWHERE = "0" * 28


def test_a_group_is_told_with_every_key_that_a_client_needs(ann: Asker):
    answer = ann.post("/contacts/groups", name="VIP")
    assert answer.status == 201
    assert answer.body == {
        "id": answer.body["id"],
        "name": "VIP",
        "description": "",
        "contacts_count": 0,
        "date_created": f"{ann.world.now:%Y-%m-%dT%H:%M:%S+00:00}",
        "date_updated": f"{ann.world.now:%Y-%m-%dT%H:%M:%S+00:00}",
        "created_by": "ann",
        "idx": None,
        "contact_expire_after": None,
        "permissions": [],
    }
    assert ann.get(f"/contacts/groups/{answer.body['id']}").body == answer.body


@pytest.mark.parametrize("misspelt", sorted(["description", "desciption"]))
def test_a_group_is_kept_as_it_was_sent(ann: Asker, misspelt: str):
    body = f"name=VIP&{misspelt}=Best&idx=7&contact_expire_after=30"
    told = ann.ask("POST", "/contacts/groups", body, headers=FORM).body
    assert (told["description"], told["idx"], told["contact_expire_after"]) == ("Best", "7", 30)


@pytest.mark.parametrize("path", sorted(["/contacts/groups", "/contacts/groups/"]))
def test_groups_are_listed_by_name_with_how_many_are_in_them(ann: Asker, path: str):
    contact_id = ann.contact()
    ann.group("VIP", contact_id, ann.contact("600100201"))
    ann.group("Others", contact_id)
    ann.group("Empty")
    found = ann.get(path, **{"with": "contacts_count"}).body
    told = [(group["name"], group["contacts_count"]) for group in found["collection"]]
    assert (found["size"], told) == (3, [("Empty", 0), ("Others", 1), ("VIP", 2)])


def test_a_list_of_groups_has_those_that_were_asked_for_and_no_others(ann: Asker):
    first, second = ann.group("VIP"), ann.group("Press and radio")
    for query, expected in (
        ({"name": "VIP"}, [first]),
        ({"name": "Press and radio"}, [second]),
        ({"name": "vip"}, []),
        ({"name": "VIP", "id": second}, []),
        ({"id": first}, [first]),
        ({"group_id": second}, [second]),
        ({"group_id": f"{first},{second}", "with": "contacts_count"}, [second, first]),
        ({"group_id": first, "id": second}, []),
        ({"id": ""}, []),
        ({"name": ""}, []),
    ):
        found = ann.get("/contacts/groups", **query).body
        assert ([one["id"] for one in found["collection"]], found["size"]) == (expected, len(expected))
    assert ann.get("/contacts/groups", idx="7").status == 400


def test_a_sub_user_finds_no_group_by_its_name_that_is_not_theirs(ann: Asker, bob: Asker):
    ann.share(ann.group("VIP"), bob, "read")
    secret = ann.group("Secret")
    assert bob.get("/contacts/groups", name="VIP").body["size"] == 1
    assert bob.get("/contacts/groups", name="Secret").body == bob.get("/contacts/groups", id=secret).body
    assert bob.get("/contacts/groups", name="Secret").body["size"] == 0


def test_a_name_is_there_once(ann: Asker):
    ann.group("VIP")
    other = ann.group("Others")
    for answer in (ann.post("/contacts/groups", name=" VIP "), ann.put(f"/contacts/groups/{other}", name="VIP")):
        assert (answer.status, answer.error) == (409, "group_exists")
    assert ann.put(f"/contacts/groups/{other}", name="Others").status == 200


def test_only_what_is_sent_changes(ann: Asker):
    group_id = ann.post("/contacts/groups", name="VIP", description="Best", idx="7").body["id"]
    ann.world.wait(timedelta(minutes=1))
    told = ann.put(f"/contacts/groups/{group_id}", name="Very").body
    assert (told["name"], told["description"], told["idx"]) == ("Very", "Best", "7")
    assert told["date_updated"] > told["date_created"]
    assert ann.put(f"/contacts/groups/{group_id}", description="").body["description"] == ""


WRONG = {
    "no name": {"description": "x"},
    "empty name": {"name": " "},
    "comma": {"name": "a, b"},
    "long name": {"name": "x" * (policy.GROUP_NAME_CHARACTERS + 1)},
    "two lines": {"name": "a\nb"},
    "long text": {"name": "a", "description": "x" * (policy.GROUP_TEXT_CHARACTERS + 1)},
    "days": {"name": "a", "contact_expire_after": -1},
}


@pytest.mark.parametrize("wrong", sorted(WRONG))
def test_what_is_not_of_its_form_is_refused(ann: Asker, wrong: str):
    answer = ann.post("/contacts/groups", **WRONG[wrong])
    assert (answer.status, answer.error) == (400, "invalid_request_data")
    assert ann.get("/contacts/groups").body["size"] == 0


def test_an_account_has_no_more_groups_than_so_many(ann: Asker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "GROUPS_PER_ACCOUNT", 1)
    group_id = ann.group()
    answer = ann.post("/contacts/groups", name="Others")
    assert (answer.status, answer.error) == (409, "too_many_groups")
    ann.delete(f"/contacts/groups/{group_id}")
    ann.group("Others")


@pytest.mark.parametrize("method", sorted(["GET", "PUT", "DELETE"]))
def test_a_group_that_is_none_is_not_found(ann: Asker, method: str):
    answer = ann.ask(method, f"/contacts/groups/{NOWHERE}")
    assert (answer.status, answer.error, answer.body["message"]) == (404, "not_found", "Group not found")


# --- Deleted ----------------------------------------------------------------------------------------------


def test_whoever_was_in_a_deleted_group_is_in_it_no_longer(ann: Asker):
    contact_id = ann.contact()
    group_id = ann.group("VIP", contact_id)
    assert ann.delete(f"/contacts/groups/{group_id}").status == 204
    assert ann.get(f"/contacts/{contact_id}").body["groups"] == []
    assert ann.get("/contacts", group_id=group_id).body["size"] == 0
    assert ann.get(f"/contacts/groups/{group_id}/members/{contact_id}").status == 404
    again = ann.group("VIP")
    assert ann.get(f"/contacts/groups/{again}").body["contacts_count"] == 0


@pytest.mark.parametrize("how", sorted(["body", "query"]))
@pytest.mark.parametrize("spelling", sorted(["1", "true", "True"]))
def test_its_contacts_are_deleted_too_where_that_is_asked_for(ann: Asker, how: str, spelling: str):
    inside, outside = ann.contact(), ann.contact("600100201")
    group_id = ann.group("VIP", inside)
    asked = {"query": {"delete_contacts": spelling}} if how == "query" else {"body": {"delete_contacts": spelling}}
    assert ann.ask("DELETE", f"/contacts/groups/{group_id}", **asked).status == 204
    assert ann.get(f"/contacts/{inside}").status == 404
    assert ann.get(f"/contacts/{outside}").status == 200
    ann.contact()


def test_the_log_says_which_group_was_deleted_by_whom(ann: Asker):
    group_id = ann.group("VIP", ann.contact())
    ann.delete(f"/contacts/groups/{group_id}", delete_contacts=True)
    entries, _ = activity.page_of_user(ann.person.user_id, Search(), now=ann.world.now + timedelta(seconds=1))
    assert {(entry.event, entry.about) for entry in entries} == {
        ("account_contacts_deleted", group_id),
        ("account_group_deleted", group_id),
    }
    assert all(entry.actor.startswith("token:") for entry in entries)
