"""What is shared with whom: decided by the account's owner, told by login, kept by whose login it is."""

from datetime import timedelta

import pytest

from shared.domain.activity_search import Search
from shared.storage import activity, engine, groups
from tests.contacts.company import FORM, Asker, remove
from tests.support.factors import signed_in

NOWHERE = "0" * 28


@pytest.mark.parametrize(
    "body",
    sorted(
        [
            "username=bob&read=1&write=0&send=1",
            "GroupId=x&Username=bob&Read=true&Write=false&Send=true",
            '{"username": "bob", "read": true, "write": false, "send": true}',
            '{"username": " BOB ", "read": "True", "send": 1, "format": "json"}',
        ]
    ),
)
def test_every_client_gives_rights_in_its_own_spelling(ann: Asker, bob: Asker, body: str):
    group_id = ann.group()
    headers = {} if body.startswith("{") else FORM
    answer = ann.ask("POST", f"/contacts/groups/{group_id}/permissions", body, headers=headers)
    told = {"group_id": group_id, "username": "bob", "read": True, "write": False, "send": True}
    assert (answer.status, answer.body) == (201, told)
    assert ann.get(f"/contacts/groups/{group_id}/permissions/bob").body == told
    assert ann.get(f"/contacts/groups/{group_id}/permissions").body == {"size": 1, "collection": [told]}
    assert ann.get(f"/contacts/groups/{group_id}").body["permissions"] == [told]


def test_the_login_may_stand_in_the_path(ann: Asker, bob: Asker):
    group_id = ann.group()
    answer = ann.ask("POST", f"/contacts/groups/{group_id}/permissions/bob", "read=1", headers=FORM)
    assert (answer.status, answer.body["read"], answer.body["write"]) == (201, True, False)


@pytest.mark.parametrize("path", sorted(["eve@example.com", "eve%40example.com", "EVE@example.com"]))
def test_a_login_that_is_an_address_is_found(ann: Asker, path: str):
    ann.colleague("eve@example.com")
    answer = ann.post(f"/contacts/groups/{ann.group()}/permissions/{path}", read=True)
    assert answer.body["username"] == "eve@example.com"


def test_a_change_leaves_what_it_does_not_name(ann: Asker, bob: Asker):
    group_id = ann.group()
    ann.share(group_id, bob, "read")
    told = ann.put(f"/contacts/groups/{group_id}/permissions/bob", send=True).body
    assert (told["read"], told["write"], told["send"]) == (True, False, True)


def test_what_is_given_anew_is_exactly_that(ann: Asker, bob: Asker):
    group_id = ann.group()
    ann.share(group_id, bob, "read", "write")
    ann.share(group_id, bob, "send")
    told = ann.get(f"/contacts/groups/{group_id}/permissions/bob").body
    assert (told["read"], told["write"], told["send"]) == (False, False, True)


def test_what_is_taken_back_is_gone(ann: Asker, bob: Asker):
    group_id = ann.group()
    ann.share(group_id, bob, "read")
    path = f"/contacts/groups/{group_id}/permissions/bob"
    assert ann.delete(path).status == 204
    assert [ann.ask(method, path).status for method in ("GET", "PUT", "DELETE")] == [404, 404, 404]
    assert ann.get(f"/contacts/groups/{group_id}/permissions").body["size"] == 0


@pytest.mark.parametrize("login", sorted(["ann", "carol", "nobody", "x" * 300]))
def test_nothing_is_given_but_to_sub_users_of_the_account(ann: Asker, login: str):
    ann.world.add("carol")
    group_id = ann.group()
    path = f"/contacts/groups/{group_id}/permissions"
    answers = [ann.ask(method, f"{path}/{login}") for method in ("DELETE", "GET", "POST", "PUT")]
    assert {(answer.status, answer.body["message"]) for answer in answers} == {(404, "Not found")}
    assert ann.post(path, username=login, read=True).status in {400, 404}
    assert ann.get(path).body["size"] == 0


@pytest.mark.parametrize("method", sorted(["DELETE", "GET", "POST", "PUT"]))
def test_a_group_that_is_none_is_not_found(ann: Asker, bob: Asker, method: str):
    answer = ann.ask(method, f"/contacts/groups/{NOWHERE}/permissions/bob")
    assert (answer.status, answer.body["message"]) == (404, "Group not found")


@pytest.mark.parametrize("wrong", sorted([{"read": "maybe"}.items(), {"send": "2"}.items()], key=str))
def test_what_is_neither_yes_nor_no_is_refused(ann: Asker, bob: Asker, wrong: object):
    path = f"/contacts/groups/{ann.group()}/permissions"
    assert ann.post(path, username="bob", **dict(wrong)).status == 400  # type: ignore[call-overload]
    assert ann.get(path).body["size"] == 0


def test_a_login_that_is_taken_anew_inherits_nothing(ann: Asker, bob: Asker):
    ann.contact()
    group_id = ann.group("VIP", ann.contact("600100201"))
    ann.share(group_id, bob, "read", "write", "send")
    remove(bob.person)
    assert ann.get(f"/contacts/groups/{group_id}").body["permissions"] == []
    heir = ann.colleague("bob")
    assert ann.get(f"/contacts/groups/{group_id}").body["permissions"] == []
    assert ann.get(f"/contacts/groups/{group_id}/permissions/bob").status == 404
    assert (heir.numbers(), heir.get("/contacts/groups").body["size"]) == ([], 0)


def test_rights_go_with_their_group(ann: Asker, bob: Asker):
    group_id = ann.group("VIP", ann.contact())
    ann.share(group_id, bob, "read")
    ann.delete(f"/contacts/groups/{group_id}")
    assert bob.numbers() == []
    ann.group("VIP", ann.get("/contacts").body["collection"][0]["id"])
    assert bob.numbers() == []


def test_whoever_is_concerned_reads_in_their_log_what_was_decided(ann: Asker, bob: Asker):
    group_id = ann.group()
    ann.share(group_id, bob, "read", "send")
    ann.world.wait(timedelta(seconds=1))
    ann.share(group_id, bob, "read", "send")
    ann.delete(f"/contacts/groups/{group_id}/permissions/bob")
    entries, _ = activity.page_of_user(bob.person.user_id, Search(), now=ann.world.now + timedelta(seconds=1))
    assert [(one.event, one.detail, one.about) for one in entries] == [
        ("account_group_shared", "off", group_id),
        ("account_group_shared", "read send", group_id),
    ]


def test_a_person_gives_rights_with_fresh_proofs_only(ann: Asker, bob: Asker):
    session = {"Authorization": f"Bearer {signed_in(ann.world, ann.person)}"}
    path = f"/contacts/groups/{ann.group()}/permissions"
    ann.world.wait(timedelta(minutes=11))
    answer = ann.world.post(path, {"username": "bob", "read": True}, headers=session)
    assert (answer.status, answer.error) == (401, "insufficient_user_authentication")
    assert ann.world.call("GET", path, headers=session).body["size"] == 0


# --- The whole phonebook ----------------------------------------------------------------------------------


def test_the_phonebook_is_every_group_there_is_and_will_be(ann: Asker, bob: Asker):
    ann.contact("600100203")
    before = ann.group("A", ann.contact("600100201"))
    engine.commit(groups.sharing_all(bob.person.user_id, on=True))
    ann.group("B", ann.contact("600100202"))
    assert bob.numbers() == ["48600100201", "48600100202"]
    told = ann.get(f"/contacts/groups/{before}/permissions/bob").body
    assert (told["read"], told["write"], told["send"]) == (True, False, True)
    assert bob.post("/contacts", phone_number="600100204").status == 400
    engine.commit(groups.sharing_all(bob.person.user_id, on=False))
    assert bob.numbers() == []


def test_the_phonebook_can_be_shared_before_there_is_any_group(ann: Asker, bob: Asker):
    engine.commit(groups.sharing_all(bob.person.user_id, on=True))
    engine.commit(groups.sharing_all(bob.person.user_id, on=True))
    ann.group("A", ann.contact())
    assert len(bob.numbers()) == 1


def test_what_was_shared_by_itself_outlives_the_phonebook(ann: Asker, bob: Asker):
    shared = ann.group("A", ann.contact())
    ann.group("B", ann.contact("600100201"))
    ann.share(shared, bob, "read")
    for on in (True, False):
        engine.commit(groups.sharing_all(bob.person.user_id, on=on))
    assert bob.numbers() == ["48600100200"]
