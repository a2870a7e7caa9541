"""No answer tells a sub-user whether a number is in a group that they may not read."""

import pytest

from shared import policy
from shared.domain.scopes import SCOPES
from tests.contacts.company import PHONE, Asker, asker, subuser
from tests.proofs import tables

SECRET, FREE = "48600100299", "48600100298"


@pytest.fixture
def own(ann: Asker, bob: Asker) -> str:
    """A group of bob's. SECRET is in another."""
    ann.group("Secret", ann.contact(SECRET, first_name="Secret", email="secret@example.com"))
    group = ann.group("Own")
    ann.share(group, bob, "read", "write")
    return group


def told(bob: Asker, number: str) -> object:
    """What a sub-user is told when they add a number, change a contact to it, look for it and send it about."""
    other = bob.contact("600100277")
    seen: list[object] = []
    for answer in (
        bob.post("/contacts", phone_number=number, first_name="Mine"),
        bob.post("/contacts", phone_number=number),
        bob.put(f"/contacts/{other}", phone_number=number),
        bob.delete(f"/contacts/{other}"),
        bob.get("/contacts", phone_number=number),
        bob.get("/contacts", q=number[-6:]),
        bob.get("/contacts/groups"),
        bob.ask(
            "POST", f"/contacts/groups/{bob.get('/contacts/groups').body['collection'][0]['id']}/members", {"q": number}
        ),
    ):
        seen.append((answer.status, _without_ids(answer.body if answer.text else None, number)))
    return seen


def _without_ids(body: object, number: str) -> object:
    if isinstance(body, dict):
        return {name: _without_ids(value, number) for name, value in body.items() if name != "id"}
    if isinstance(body, list):
        return [_without_ids(one, number) for one in body]
    return "the number" if body == number else body


def test_a_number_in_a_hidden_group_is_answered_like_one_that_nobody_has(ann: Asker, bob: Asker, own: str):
    hidden = told(bob, SECRET)
    mine = bob.get("/contacts", phone_number=SECRET).body["collection"]
    assert [(one["first_name"], "email" in one) for one in mine] == [("Mine", False)]
    bob.delete(f"/contacts/{mine[0]['id']}")
    assert hidden == told(bob, FREE)


def test_whoever_may_only_write_or_send_finds_out_nothing_either(ann: Asker, own: str):
    eve = ann.colleague("eve")
    secret = ann.group("Sent", ann.contact(PHONE))
    ann.share(secret, eve, "write", "send")
    answers = [eve.post("/contacts", phone_number=number) for number in (PHONE, FREE)]
    assert [answer.status for answer in answers] == [201, 201]
    # Whoever adds a number twice is told, also where they see none: they know that they did.
    assert [eve.post("/contacts", phone_number=number).status for number in (PHONE, FREE)] == [409, 409]
    assert eve.get("/contacts/groups").body["collection"][0]["contacts_count"] == 0


def test_the_owner_sees_both_and_is_refused_a_third(ann: Asker, bob: Asker, own: str):
    bob.contact(SECRET)
    assert ann.get("/contacts", phone_number=SECRET).body["size"] == 2
    answer = ann.post("/contacts", phone_number=SECRET)
    assert (answer.status, answer.error) == (409, "contact_exists")
    for contact in ann.get("/contacts", phone_number=SECRET).body["collection"]:
        assert ann.delete(f"/contacts/{contact['id']}").status == 204
    ann.contact(SECRET)


def test_a_sub_user_is_refused_a_number_that_they_see(ann: Asker, bob: Asker, own: str):
    ann.contact(PHONE, group_id=own)
    other = bob.contact("600100201")
    for answer in (bob.post("/contacts", phone_number=PHONE), bob.put(f"/contacts/{other}", phone_number=PHONE)):
        assert (answer.status, answer.error) == (409, "contact_exists")


def test_a_number_has_so_many_contacts_and_no_more(ann: Asker, own: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "CONTACTS_WITH_ONE_NUMBER", 2)
    answers = []
    for name in ("eve", "dan"):
        clerk = ann.colleague(name)
        ann.share(ann.group(name), clerk, "read", "write")
        answers.append(clerk.post("/contacts", phone_number=SECRET).status)
    assert answers == [201, 409]


def test_what_was_shared_with_a_sub_user_goes_with_them(ann: Asker, bob: Asker, own: str):
    owner = asker(ann.world, ann.person, " ".join(sorted(SCOPES)))
    answer = owner.delete(f"/subusers/{bob.person.user_id}")
    assert answer.status == 204, answer
    permissions = ann.get(f"/contacts/groups/{own}/permissions").body
    assert (permissions["size"], ann.get(f"/contacts/groups/{own}").body["permissions"]) == (0, [])
    assert not [row for row in _rows_of_groups() if bob.person.user_id in row]
    again = asker(ann.world, subuser(ann.world, ann.person, "bob"))
    assert again.get("/contacts/groups").body["size"] == 0


def _rows_of_groups() -> list[str]:
    return [str(row) for row in tables.rows("groups")]


def test_the_right_to_send_to_a_group_does_not_tell_who_is_in_it(ann: Asker, bob: Asker):
    contact_id = ann.contact()
    read, send = ann.group("own", contact_id), ann.group("VIP", contact_id)
    ann.share(read, bob, "read")
    ann.share(send, bob, "send")
    assert [group["id"] for group in bob.get(f"/contacts/{contact_id}").body["groups"]] == [read]
    assert [group["id"] for group in bob.get(f"/contacts/{contact_id}/groups").body["collection"]] == [read]
    for path in (f"/contacts/{contact_id}/groups/{send}", f"/contacts/groups/{send}/members/{contact_id}"):
        assert bob.get(path).status == 404
