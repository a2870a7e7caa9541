"""Who reaches what: the owner all, a sub-user what was shared with them, a stranger nothing, and a token its scope."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from shared.domain.scopes import SCOPES
from shared.http.route_rules import RULES
from tests.contacts.company import PHONE, Asker, asker
from tests.support.factors import signed_in
from tests.support.tokens import given
from tests.support.world import World

RIGHTS = ("read", "write", "send")
SECRET = "48600100299"

BODIES: dict[str, Any] = {
    "POST /contacts": {"phone_number": "600100250"},
    "PUT /contacts/{contact_id}": {"city": "Gdynia"},
    "POST /contacts/groups": {"name": "New"},
    "PUT /contacts/groups/{group_id}": {"name": "New"},
    "DELETE /contacts/groups/{group_id}": {"delete_contacts": True},
    "POST /contacts/groups/{group_id}/permissions": {"username": "bob", "read": True},
    "POST /contacts/groups/{group_id}/permissions/{username}": {"read": True},
    "PUT /contacts/groups/{group_id}/permissions/{username}": {"read": True},
    "DELETE /contacts/groups/{group_id}/members": {"q": "600"},
    "POST /contacts/groups/{group_id}/members": {"q": "600"},
    "PUT /contacts/groups/{group_id}/members": {"q": "600"},
}
ROUTES = sorted(route for route in RULES if route.partition(" ")[2].startswith("/contacts"))
WITH_AN_ID = [route for route in ROUTES if "_id}" in route]
OWNERS = [route for route in ROUTES if RULES[route].owner]


def ask(who: Asker, route: str, *, contact: str, group: str, username: str = "bob") -> Any:
    method, _, path = route.partition(" ")
    path = path.format(contact_id=contact, group_id=group, username=username)
    body = BODIES.get(route)
    if route == "POST /contacts/{contact_id}/groups":
        body = {"0": group}
    return who.ask(method, path, body)


def snapshot(ann: Asker) -> Any:
    """All that the owner can see."""
    found = ann.get("/contacts", limit="100").body
    groups = ann.get("/contacts/groups").body
    return found, groups


@pytest.fixture
def vip(ann: Asker) -> tuple[str, str]:
    """A contact, and the group that it is in. Beside it lies a secret one, in a secret group."""
    ann.group("Secret", ann.contact(SECRET, first_name="Secret"))
    contact_id = ann.contact(first_name="Ola")
    return contact_id, ann.group("VIP", contact_id)


# --- Another account --------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", WITH_AN_ID)
def test_another_account_finds_nothing_and_changes_nothing(ann: Asker, vip: tuple[str, str], route: str):
    stranger = asker(ann.world, ann.world.add("mallory"))
    before = snapshot(ann)
    contact, group = vip
    answer = ask(stranger, route, contact=contact, group=group)
    assert (answer.status, answer.error) == (404, "not_found")
    assert "VIP" not in answer.text
    assert PHONE not in answer.text
    assert snapshot(ann) == before


@pytest.mark.parametrize("route", [route for route in WITH_AN_ID if route.count("_id}") == 2])
def test_what_is_ones_own_does_not_lead_to_what_is_anothers(ann: Asker, vip: tuple[str, str], route: str):
    stranger = asker(ann.world, ann.world.add("mallory"))
    contact, group = stranger.contact(), stranger.group()
    before = snapshot(ann)
    for mixed in ({"contact": vip[0], "group": group}, {"contact": contact, "group": vip[1]}):
        assert ask(stranger, route, **mixed).status == 404
    assert snapshot(ann) == before


def test_another_accounts_lists_are_its_own(ann: Asker, vip: tuple[str, str]):
    stranger = asker(ann.world, ann.world.add("mallory"))
    assert stranger.numbers() == []
    assert stranger.get("/contacts", group_id=vip[1]).body["size"] == 0
    assert stranger.get("/contacts/groups").body["size"] == 0
    assert stranger.post("/contacts", phone_number=PHONE).status == 201
    assert stranger.delete("/contacts").status == 202
    assert ann.numbers() == [PHONE, SECRET]


# --- Tokens -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
def test_a_token_without_the_scope_may_send_and_reads_no_contact(ann: Asker, vip: tuple[str, str], route: str):
    before = snapshot(ann)
    others = asker(ann.world, ann.person, " ".join(sorted(set(SCOPES) - {"contacts"})))
    answer = ask(others, route, contact=vip[0], group=vip[1])
    assert (answer.status, answer.error) == (403, "insufficient_scope")
    assert snapshot(ann) == before


@pytest.mark.parametrize("route", ROUTES)
def test_nobody_is_told_anything_without_a_proof(world: World, ann: Asker, vip: tuple[str, str], route: str):
    nobody = Asker(world, world.ann, "garbage")
    assert ask(nobody, route, contact=vip[0], group=vip[1]).status == 401


def test_a_person_who_is_signed_in_may_do_it_too(ann: Asker, vip: tuple[str, str]):
    headers = {"Authorization": f"Bearer {signed_in(ann.world, ann.person)}"}
    assert ann.world.call("GET", "/contacts", headers=headers).body["size"] == 2
    assert ann.world.post("/contacts", {"phone_number": "600100201"}, headers=headers).status == 201


# --- Sub-users --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", OWNERS)
def test_only_the_owner_decides_about_groups_and_what_is_shared(ann: Asker, vip: tuple[str, str], route: str):
    bob = ann.colleague()
    ann.share(vip[1], bob, *RIGHTS)
    before = snapshot(ann)
    answer = ask(bob, route, contact=vip[0], group=vip[1])
    assert (answer.status, answer.error) == (403, "owner_only")
    assert snapshot(ann) == before


@pytest.mark.parametrize("route", sorted(set(WITH_AN_ID) - set(OWNERS)))
def test_a_sub_user_with_whom_nothing_is_shared_finds_nothing(ann: Asker, bob: Asker, vip: tuple[str, str], route: str):
    before = snapshot(ann)
    answer = ask(bob, route, contact=vip[0], group=vip[1])
    assert (answer.status, answer.error) == (404, "not_found")
    assert snapshot(ann) == before


def test_a_sub_user_with_whom_nothing_is_shared_sees_empty_lists(ann: Asker, bob: Asker, vip: tuple[str, str]):
    assert bob.get("/contacts").body == {"size": 0, "collection": []}
    assert bob.get("/contacts", q="600").body["size"] == 0
    assert bob.get("/contacts", group_id=vip[1]).body["size"] == 0
    assert bob.get("/contacts/groups").body == {"size": 0, "collection": []}
    assert bob.post("/contacts", phone_number="600100250").status == 400
    assert ann.numbers() == [PHONE, SECRET]


def test_a_sub_user_may_use_only_their_group(ann: Asker, bob: Asker, vip: tuple[str, str]):
    contact, group = vip
    ann.share(group, bob, *RIGHTS)
    seen = [bob.get("/contacts", limit="100"), bob.get("/contacts/groups"), bob.get(f"/contacts/groups/{group}")]
    seen += [bob.get(f"/contacts/{contact}"), bob.get("/contacts", q=""), bob.get("/contacts", first_name="Secret")]
    assert all(answer.status == 200 for answer in seen)
    assert not any("Secret" in answer.text or SECRET in answer.text for answer in seen)
    assert bob.numbers() == [PHONE]


def test_a_sub_user_is_not_told_of_a_contacts_other_groups(ann: Asker, bob: Asker, vip: tuple[str, str]):
    contact, group = vip
    other = ann.group("Debtors", contact)
    ann.share(group, bob, "read")
    assert [one["id"] for one in bob.get(f"/contacts/{contact}").body["groups"]] == [group]
    assert bob.get(f"/contacts/{contact}/groups").body["size"] == 1
    assert bob.get(f"/contacts/{contact}/groups/{other}").status == 404
    assert bob.get(f"/contacts/groups/{other}/members/{contact}").status == 404
    assert bob.get("/contacts", group_id=other).body["size"] == 0


def test_they_are_not_told_what_is_shared_with_others(ann: Asker, bob: Asker, vip: tuple[str, str]):
    eve, group = ann.colleague("eve"), vip[1]
    ann.share(group, bob, "read")
    ann.share(group, eve, *RIGHTS)
    seen = [bob.get(f"/contacts/groups/{group}/permissions"), bob.get(f"/contacts/groups/{group}")]
    assert [answer.body.get("size", 1) for answer in seen] == [1, 1]
    assert not any("eve" in answer.text for answer in seen)
    assert bob.get(f"/contacts/groups/{group}/permissions/bob").body["read"]
    hidden = [bob.get(f"/contacts/groups/{group}/permissions/{login}").text for login in ("eve", "ann", "nobody")]
    assert len(set(hidden)) == 1


EACH = [rights for number in range(4) for rights in combinations(RIGHTS, number)]

DEEDS: dict[str, tuple[Callable[[Asker, str, str], Any], str]] = {
    "see": (lambda bob, contact, _: bob.get(f"/contacts/{contact}"), "read"),
    "see as a member": (lambda bob, contact, group: bob.get(f"/contacts/groups/{group}/members/{contact}"), "read"),
    "change": (lambda bob, contact, _: bob.put(f"/contacts/{contact}", city="Gdynia"), "read write"),
    "delete": (lambda bob, contact, _: bob.delete(f"/contacts/{contact}"), "read write"),
    "take out": (lambda bob, contact, group: bob.delete(f"/contacts/groups/{group}/members/{contact}"), "read write"),
    "add a new one": (
        lambda bob, _, group: bob.post("/contacts", email="a@example.com", group_id=group),
        "write",
    ),
    "empty": (lambda bob, _, group: bob.delete(f"/contacts/groups/{group}/members", q="600"), "write"),
}


@pytest.mark.parametrize("rights", EACH, ids=lambda rights: " ".join(rights) or "none")
@pytest.mark.parametrize("deed", sorted(DEEDS))
def test_each_right_opens_what_it_says_and_no_more(
    ann: Asker, bob: Asker, vip: tuple[str, str], deed: str, rights: tuple[str, ...]
):
    do, needed = DEEDS[deed]
    ann.share(vip[1], bob, *rights)
    before = snapshot(ann)
    answer = do(bob, *vip)
    allowed = set(needed.split()) <= set(rights)
    assert (answer.status < 300) == allowed, answer
    assert answer.status in {200, 201, 204, 403, 404}
    if not allowed:
        assert snapshot(ann) == before


@pytest.mark.parametrize("deed", sorted(["change", "delete"]))
def test_a_contact_that_is_in_another_group_too_is_not_theirs_to_change(
    ann: Asker, bob: Asker, vip: tuple[str, str], deed: str
):
    ann.share(vip[1], bob, *RIGHTS)
    ann.group("Others", vip[0])
    before = snapshot(ann)
    answer = DEEDS[deed][0](bob, *vip)
    assert (answer.status, answer.error) == (403, "group_not_allowed")
    assert snapshot(ann) == before


def test_a_deleted_group_ties_nobodys_hands(ann: Asker, bob: Asker, vip: tuple[str, str]):
    ann.share(vip[1], bob, *RIGHTS)
    ann.delete(f"/contacts/groups/{ann.group('Others', vip[0])}")
    assert bob.put(f"/contacts/{vip[0]}", city="Gdynia").status == 200


def test_they_can_take_it_out_of_their_own_group_all_the_same(ann: Asker, bob: Asker, vip: tuple[str, str]):
    ann.share(vip[1], bob, *RIGHTS)
    other = ann.group("Others", vip[0])
    assert bob.delete(f"/contacts/{vip[0]}/groups/{vip[1]}").status == 204
    assert [one["id"] for one in ann.get(f"/contacts/{vip[0]}").body["groups"]] == [other]


def test_they_bring_no_contact_into_their_group_that_they_do_not_see(ann: Asker, bob: Asker, vip: tuple[str, str]):
    ann.share(vip[1], bob, *RIGHTS)
    secret = ann.get("/contacts", first_name="Secret").body["collection"][0]["id"]
    assert bob.put(f"/contacts/groups/{vip[1]}/members/{secret}").status == 404
    for method in ("POST", "PUT"):
        assert bob.ask(method, f"/contacts/groups/{vip[1]}/members", {"q": "600"}).status == 204
    assert bob.numbers() == [PHONE]


def test_they_move_contacts_among_their_groups_only(ann: Asker, bob: Asker, vip: tuple[str, str]):
    other = ann.group("Others")
    ann.share(vip[1], bob, *RIGHTS)
    assert bob.put(f"/contacts/groups/{other}/members/{vip[0]}").status == 404
    ann.share(other, bob, "read")
    assert bob.put(f"/contacts/groups/{other}/members/{vip[0]}").status == 403
    ann.share(other, bob, "read", "write")
    assert bob.put(f"/contacts/groups/{other}/members/{vip[0]}").status == 200


def test_their_new_contact_goes_to_the_one_group_that_they_may_fill(ann: Asker, bob: Asker, vip: tuple[str, str]):
    ann.share(vip[1], bob, "read", "write")
    told = bob.post("/contacts", phone_number="600100250").body
    assert [one["id"] for one in told["groups"]] == [vip[1]]


def test_of_several_they_must_name_one(ann: Asker, bob: Asker, vip: tuple[str, str]):
    other = ann.group("Others")
    for group in (vip[1], other):
        ann.share(group, bob, "read", "write")
    assert bob.post("/contacts", phone_number="600100250").status == 400
    told = bob.post("/contacts", phone_number="600100250", group_id=other).body
    assert [one["id"] for one in told["groups"]] == [other]


def test_a_new_contact_goes_to_no_group_that_is_not_theirs(ann: Asker, bob: Asker, vip: tuple[str, str]):
    ann.share(vip[1], bob, *RIGHTS)
    other = ann.group("Others")
    before = snapshot(ann)
    assert bob.post("/contacts", phone_number="600100250", group_id=[vip[1], other]).status == 404
    assert snapshot(ann) == before


def test_they_hide_nothing_from_the_owner(ann: Asker, bob: Asker, vip: tuple[str, str]):
    ann.share(vip[1], bob, "write")
    assert bob.post("/contacts", phone_number="600100250").status == 201
    assert "48600100250" in ann.numbers()


def test_how_many_are_in_a_group_is_for_those_who_may_read_it(ann: Asker, bob: Asker, vip: tuple[str, str]):
    ann.share(vip[1], bob, "send")
    assert bob.get(f"/contacts/groups/{vip[1]}").body["contacts_count"] == 0


def test_what_is_taken_back_is_gone_with_the_next_request(ann: Asker, bob: Asker, vip: tuple[str, str]):
    ann.share(vip[1], bob, "read")
    assert bob.numbers() == [PHONE]
    ann.delete(f"/contacts/groups/{vip[1]}/permissions/bob")
    assert bob.numbers() == []


def test_a_sub_user_whose_permissions_leave_contacts_out_reads_none(ann: Asker, bob: Asker, vip: tuple[str, str]):
    ann.share(vip[1], bob, *RIGHTS)
    without = Asker(ann.world, bob.person, given(ann.world, bob.person, scopes="sms", used_at=ann.world.now))
    assert without.get("/contacts").status == 403
