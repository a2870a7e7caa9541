"""Who is in which group, from either side, one by one and by filter."""

import pytest

from tests.contacts.company import FORM, Asker

NOWHERE = "0" * 28


def names_of(answered: dict[str, list[dict[str, object]]]) -> list[object]:
    return [group["name"] for group in answered["collection"]]


def test_a_list_of_groups_has_their_members_and_nobody_else(ann: Asker):
    inside, beside, _ = ann.contact("600100201"), ann.contact("600100202"), ann.contact("600100203")
    vip, press = ann.group("VIP", inside), ann.group("Press", beside)
    for query, expected in (
        (f"group_id={vip}", {inside}),
        (f"group_id={press}", {beside}),
        (f"group_id={vip}&group_id={press}", {inside, beside}),
        (f"group_id={vip}&phone_number=600100202", set()),
    ):
        found = ann.ask("GET", "/contacts", query, headers=FORM).body
        assert {one["id"] for one in found["collection"]} == expected


def test_a_contact_is_put_into_a_group_and_its_groups_are_told(ann: Asker):
    contact_id, group_id = ann.contact(), ann.group()
    answer = ann.put(f"/contacts/{contact_id}/groups/{group_id}")
    assert (answer.status, answer.body["size"], names_of(answer.body)) == (200, 1, ["VIP"])
    assert ann.get(f"/contacts/{contact_id}/groups").body == answer.body
    assert ann.get(f"/contacts/{contact_id}/groups/{group_id}").body["name"] == "VIP"


def test_a_contact_is_put_into_a_group_and_told_itself(ann: Asker):
    contact_id, group_id = ann.contact(), ann.group()
    path = f"/contacts/groups/{group_id}/members/{contact_id}"
    assert ann.get(path).status == 404
    answer = ann.put(path)
    assert (answer.status, answer.body["id"], answer.body["groups"][0]["id"]) == (200, contact_id, group_id)
    assert ann.get(path).body == answer.body
    assert ann.get("/contacts", group_id=group_id).body["size"] == 1


def test_the_list_that_answers_has_the_one_group_that_was_assigned(ann: Asker):
    contact_id, group_id = ann.contact(), ann.group("B")
    ann.group("A", contact_id)
    answer = ann.put(f"/contacts/{contact_id}/groups/{group_id}").body
    assert (answer["size"], names_of(answer)) == (1, ["B"])
    assert ann.get(f"/contacts/{contact_id}/groups").body["size"] == 2


@pytest.mark.parametrize("method", sorted(["GET", "DELETE"]))
def test_a_contact_that_is_not_in_the_group_is_not_found_in_it(ann: Asker, method: str):
    group_id = ann.group()
    for contact_id in (ann.contact(), NOWHERE, "x"):
        answer = ann.ask(method, f"/contacts/groups/{group_id}/members/{contact_id}")
        assert (answer.status, answer.error) == (404, "contact_not_found")


@pytest.mark.parametrize("number", sorted(["9" * 5000, "-1", "٣"]))
def test_a_parameter_that_is_no_place_in_a_list_names_no_group(ann: Asker, number: str):
    contact_id, group_id = ann.contact(), ann.group()
    assert ann.post(f"/contacts/{contact_id}/groups", **{number: group_id}).status == 200
    assert ann.get(f"/contacts/{contact_id}").body["groups"] == []


@pytest.mark.parametrize("side", sorted(["contact", "group"]))
def test_a_contact_leaves_a_group_and_stays_in_the_others(ann: Asker, side: str):
    contact_id = ann.contact()
    leaves, stays = ann.group("A", contact_id), ann.group("B", contact_id)
    path = f"/contacts/{contact_id}/groups/{leaves}"
    if side == "group":
        path = f"/contacts/groups/{leaves}/members/{contact_id}"
    assert ann.delete(path).status == 204
    assert ann.get(f"/contacts/{contact_id}/groups").body["collection"][0]["id"] == stays
    assert ann.delete(path).status == 404


def test_many_groups_at_once_are_numbered(ann: Asker):
    contact_id, first, second = ann.contact(), ann.group("A"), ann.group("B")
    path = f"/contacts/{contact_id}/groups"
    answer = ann.ask("POST", path, f"0={first}&1={second}", headers=FORM)
    assert (answer.status, names_of(answer.body)) == (201, ["A", "B"])
    again = ann.post(path, **{"1": first})
    assert (again.status, again.body) == (200, {"size": 0, "collection": []})


def test_if_one_of_many_groups_is_none_nothing_is_done(ann: Asker):
    contact_id, group_id = ann.contact(), ann.group()
    answer = ann.post(f"/contacts/{contact_id}/groups", **{"0": group_id, "1": NOWHERE})
    assert (answer.status, answer.body["message"]) == (404, "Group not found")
    assert ann.get(f"/contacts/{contact_id}").body["groups"] == []


def test_neither_a_contact_nor_a_group_that_is_none_is_found(ann: Asker):
    contact_id, group_id = ann.contact(), ann.group()
    for method in ("GET", "PUT", "DELETE"):
        for path in (f"/contacts/groups/{group_id}/members/{NOWHERE}", f"/contacts/{NOWHERE}/groups/{group_id}"):
            assert ann.ask(method, path).body["message"] == "Cannot find contact"
        for path in (f"/contacts/groups/{NOWHERE}/members/{contact_id}", f"/contacts/{contact_id}/groups/{NOWHERE}"):
            assert ann.ask(method, path).body["message"] == "Group not found"


# --- By filter --------------------------------------------------------------------------------------------


@pytest.fixture
def three(ann: Asker) -> Asker:
    """With three contacts: Ela and Ola are in A, Ola and Ula in B."""
    ela, ola, ula = (
        ann.contact(f"60010020{place}", first_name=name) for place, name in enumerate(["Ela", "Ola", "Ula"])
    )
    ann.group("A", ela, ola)
    ann.group("B", ola, ula)
    return ann


def id_of(asker: Asker, name: str) -> str:
    return next(str(group["id"]) for group in asker.get("/contacts/groups").body["collection"] if group["name"] == name)


def members(asker: Asker) -> dict[object, set[object]]:
    """Who is in which group, by their names."""
    found: dict[object, set[object]] = {"A": set(), "B": set()}
    for contact in asker.get("/contacts").body["collection"]:
        for group in contact["groups"]:
            found[group["name"]].add(contact["first_name"])
    return found


def test_whom_a_filter_takes_is_added(three: Asker):
    answer = three.ask("POST", f"/contacts/groups/{id_of(three, 'A')}/members", query={"first_name": "Ula"})
    assert answer.status == 204
    assert members(three) == {"A": {"Ela", "Ola", "Ula"}, "B": {"Ola", "Ula"}}


def test_whom_a_filter_takes_is_moved_out_of_all_other_groups(three: Asker):
    path = f"/contacts/groups/{id_of(three, 'A')}/members"
    assert three.ask("PUT", path, f"group_id={id_of(three, 'B')}", headers=FORM).status == 204
    assert members(three) == {"A": {"Ela", "Ola", "Ula"}, "B": set()}


@pytest.mark.parametrize("how", sorted(["body", "query"]))
def test_whom_a_filter_takes_leaves(three: Asker, how: str):
    path = f"/contacts/groups/{id_of(three, 'A')}/members"
    asked = {"query": {"q": "ola"}} if how == "query" else {"body": "q=ola", "headers": FORM}
    assert three.ask("DELETE", path, **asked).status == 204
    assert members(three) == {"A": {"Ela"}, "B": {"Ola", "Ula"}}


@pytest.mark.parametrize("method", sorted(["DELETE", "POST", "PUT"]))
def test_a_misspelt_filter_is_not_everybody(three: Asker, method: str):
    answer = three.ask(method, f"/contacts/groups/{id_of(three, 'A')}/members", query={"frist_name": "Ula"})
    assert (answer.status, answer.error) == (400, "invalid_request_data")
    assert members(three) == {"A": {"Ela", "Ola"}, "B": {"Ola", "Ula"}}


def test_a_filter_for_a_group_that_is_none_takes_nobody(three: Asker):
    path = f"/contacts/groups/{id_of(three, 'A')}/members"
    assert three.ask("POST", path, query={"group_id": NOWHERE}).status == 204
    assert members(three) == {"A": {"Ela", "Ola"}, "B": {"Ola", "Ula"}}
