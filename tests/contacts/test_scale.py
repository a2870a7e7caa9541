"""What requests about contacts read: what they answer, however many contacts the account has and however large."""

from collections.abc import Callable

import pytest

from shared import policy
from shared.storage import contacts
from tests.contacts.company import Asker
from tests.contacts.crowds import LARGE, crowd, reading
from tests.contacts.test_audience import user_of

FEW, MANY = 20, 200

ASKED: dict[str, Callable[[Asker, str], object]] = {
    "a page": lambda ann, _: ann.get("/contacts", limit="5"),
    "a page of a group": lambda ann, group: ann.get("/contacts", group_id=group, limit="5"),
    "a contact by its number": lambda ann, _: ann.get("/contacts", phone_number="48600500007"),
    "the size of a group": lambda ann, group: ann.get(f"/contacts/groups/{group}"),
    "all groups": lambda ann, _: ann.get("/contacts/groups"),
    "a group by its name": lambda ann, _: ann.get("/contacts/groups", name="VIP"),
    "a new contact": lambda ann, group: ann.post("/contacts", phone_number="600600600", group_id=group),
    "the numbers of a few": lambda ann, _: contacts.numbers_of_group(user_of(ann), "Few", most=40),
}


@pytest.mark.parametrize("asked", sorted(ASKED))
@pytest.mark.parametrize("size", [0, LARGE], ids=["small", "large"])
def test_what_is_read_does_not_depend_on_how_many_contacts_there_are(ann: Asker, asked: str, size: int):
    seen = []
    group = ann.group("VIP")
    ann.group("Few", ann.contact("600700700"))
    for count in (FEW, MANY):
        crowd(ann, count, group=group, size=size)
        with reading() as reads:
            ASKED[asked](ann, group)
        seen.append(reads)
        for made in ann.get("/contacts", phone_number="600600600").body["collection"]:
            ann.delete(f"/contacts/{made['id']}")
    few, many = seen
    assert many.trips == few.trips <= 5
    assert abs(many.size - few.size) < 200 + 0.1 * few.size


def test_an_offset_costs_small_rows_and_one_round_trip(ann: Asker):
    crowd(ann, MANY, size=LARGE)
    with reading() as first:
        ann.get("/contacts", limit="5")
    with reading() as last:
        page = ann.get("/contacts", limit="5", offset=str(MANY - 5)).body
    assert (page["size"], [one["first_name"] for one in page["collection"]]) == (
        MANY,
        [f"Name{place:05}" for place in range(MANY - 5, MANY)],
    )
    assert last.trips == first.trips
    assert last.size - first.size < 300 * MANY < LARGE * MANY / 10


def test_a_filter_by_name_reads_small_rows_and_those_that_match(ann: Asker):
    crowd(ann, MANY, size=LARGE)
    with reading() as reads:
        found = ann.get("/contacts", first_name="name00007").body
    assert [one["first_name"] for one in found["collection"]] == ["Name00007"]
    assert (reads.trips, reads.size < LARGE * MANY / 8) == (3, True)


def test_a_send_to_a_group_reads_its_small_rows_alone(ann: Asker):
    group = ann.group("VIP")
    crowd(ann, MANY, group=group, size=LARGE)
    with reading() as reads:
        audience = contacts.numbers_of_group(user_of(ann), "VIP", most=MANY)
    assert (len(audience.numbers), reads.trips) == (MANY, 2)
    assert reads.size < 300 * MANY


def test_no_answer_is_larger_than_lambda_carries(ann: Asker, monkeypatch: pytest.MonkeyPatch):
    crowd(ann, policy.CONTACTS_LONGEST_PAGE, size=LARGE)
    answer = ann.get("/contacts", limit="100")
    assert (answer.status, len(answer.text) < 6 * 1024 * 1024) == (200, True)
    monkeypatch.setattr(policy, "CONTACTS_ANSWER_BYTES", len(answer.text) // 2)
    refused = ann.get("/contacts", limit="100")
    assert (refused.status, refused.error, "limit" in refused.body["message"]) == (400, "invalid_request_data", True)
    assert ann.get("/contacts", limit="10").status == 200


def test_a_contact_has_so_many_bytes_and_no_more(ann: Asker):
    fields = {f"field{chr(97 + place)}": "\N{PILE OF POO}" * 255 for place in range(5)}
    answer = ann.post("/contacts", phone_number="600100200", **fields)
    assert (answer.status, answer.error) == (400, "invalid_request_data")
    for _ in range(2):
        fields.popitem()
    contact_id = ann.contact("600100200", **fields)
    assert ann.put(f"/contacts/{contact_id}", other="\N{PILE OF POO}" * 255).status == 400
    assert "other" not in ann.get(f"/contacts/{contact_id}").body


def test_a_contact_is_in_so_many_groups_and_no_more(ann: Asker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "GROUPS_PER_CONTACT", 2)
    contact_id = ann.contact()
    ids = [ann.group(name, *([contact_id] if name < "C" else [])) for name in "ABC"]
    for answer in (
        ann.put(f"/contacts/{contact_id}/groups/{ids[2]}"),
        ann.post(f"/contacts/{contact_id}/groups", **{"0": ids[2]}),
        ann.post("/contacts", phone_number="600100209", group_id=ids),
    ):
        assert (answer.status, answer.error) == (409, "too_many_groups_of_contact")
    assert ann.ask("POST", f"/contacts/groups/{ids[2]}/members", {"q": "600"}).status == 204
    assert ann.get(f"/contacts/groups/{ids[2]}").body["contacts_count"] == 0
    assert ann.delete(f"/contacts/{contact_id}/groups/{ids[0]}").status == 204
    assert ann.put(f"/contacts/{contact_id}/groups/{ids[2]}").status == 200


def test_a_sub_user_makes_so_many_contacts_that_exist_and_no_more(
    ann: Asker, bob: Asker, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(policy, "CONTACTS_PER_SUBUSER", 2)
    group = ann.group()
    ann.share(group, bob, "read", "write")
    first = bob.contact("600100201")
    second = bob.contact("600100202")
    answer = bob.post("/contacts", phone_number="600100203")
    assert (answer.status, answer.error) == (409, "too_many_contacts")
    assert bob.delete(f"/contacts/{first}").status == 204
    bob.contact("600100203")
    assert ann.delete(f"/contacts/{second}").status == 204
    bob.contact("600100204")
    assert bob.post("/contacts", phone_number="600100205").status == 409
    assert ann.delete("/contacts").status == 202
    bob.contact("600100205")
    ann.contact("600100206")


def test_sizes_are_right_after_each_change(ann: Asker):
    first, second = ann.contact("600100201"), ann.contact("600100202")
    one, other = ann.group("A", first, second), ann.group("B", first)

    def sizes() -> list[int]:
        listed = ann.get("/contacts/groups").body["collection"]
        assert [group["contacts_count"] for group in listed] == [
            ann.get("/contacts", group_id=group["id"]).body["size"] for group in listed
        ]
        return [group["contacts_count"] for group in listed]

    assert sizes() == [2, 1]
    assert ann.get(f"/contacts/{first}").body["groups"][0]["contacts_count"] == 2
    answer = ann.put(f"/contacts/{second}/groups/{other}").body
    assert answer["collection"][0]["contacts_count"] == 2
    ann.ask("PUT", f"/contacts/groups/{other}/members", {"phone_number": "600100201"})
    assert sizes() == [1, 2]
    ann.delete(f"/contacts/{second}")
    assert sizes() == [0, 1]
    ann.delete("/contacts")
    assert sizes() == [0, 0]
    ann.contact("600100201", group_id=one)
    assert sizes() == [1, 0]
