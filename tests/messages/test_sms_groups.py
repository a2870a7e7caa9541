"""A message to a group of contacts: who may send to it need not be one who may see who is in it."""

from collections.abc import Mapping

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain.contact_access import Group, Permission
from shared.domain.contacts import Contact
from shared.storage import contacts, groups
from shared.storage.engine import commit
from tests.messages.conftest import Shop, clerk, program
from tests.support import sending
from tests.support.calls import overheard
from tests.support.sending import ANN_CALLS, BOB_CALLS, GERMAN

ANN, BOB = ANN_CALLS.lstrip("+"), BOB_CALLS.lstrip("+")


def _group(shop: Shop, name: str, *numbers: str, shared: Mapping[str, Permission] | None = None) -> None:
    """With a contact for each of *numbers*."""
    now = shop.world.now
    group = Group(shop.account_id, randomness.record_id(shop.user_id), name, now, now, "ann")
    commit(*groups.adding(group))
    for user_id, permission in (shared or {}).items():
        before = groups.shares_of(user_id)
        commit(groups.storing_shares(before, before.changed(group.group_id, permission)))
    for number in numbers:
        facts = {"phone_number": number, "first_name": "Zdzisław"}
        contact_id = randomness.contact_id(shop.account_id, 0, now=now)
        slot = len(contacts.slots(contacts.state_of(shop.account_id), number))
        contact = Contact(shop.account_id, contact_id, now, now, facts, groups=frozenset({group.group_id}), slot=slot)
        commit(*contacts.adding(contact))


def _numbers(answer: dict[str, list[dict[str, str]]]) -> list[tuple[str, str]]:
    return sorted((item["number"], item["submitted_number"]) for item in answer["list"])


def _to(shop: Shop, group: str, **parameters: object) -> dict[str, list[dict[str, str]]]:
    answer: dict[str, list[dict[str, str]]] = shop.legacy("/sms.do", group=group, message="hello", **parameters)
    return answer


def test_everybody_in_it_gets_it(shop: Shop):
    _group(shop, "friends", ANN_CALLS, BOB_CALLS)
    _group(shop, "others", GERMAN)
    assert _numbers(_to(shop, "friends")) == [(ANN, ANN), (BOB, BOB)]
    assert sorted(shop.world.sms) == [(ANN_CALLS, "hello"), (BOB_CALLS, "hello")]
    assert shop.points == 9.68


def test_several_groups_get_it_together(shop: Shop):
    _group(shop, "friends", ANN_CALLS)
    _group(shop, "family", BOB_CALLS)
    assert _numbers(_to(shop, "friends,family,friends")) == [(ANN, ANN), (BOB, BOB)]


def test_but_no_more_than_each_may_cost_a_look(shop: Shop):
    assert _to(shop, ",".join(f"g{place}" for place in range(policy.GROUPS_AT_ONCE + 1)))["error"] == 18


def test_a_group_that_is_not_there_or_empty_is_refused(shop: Shop, stranger: Shop):
    _group(shop, "friends", ANN_CALLS)
    _group(shop, "empty")
    _group(shop, "landlines", "+48327201201")
    assert _to(shop, "nobody")["error"] == 40
    assert _to(shop, "empty")["error"] == 41
    assert _to(shop, "landlines")["error"] == 41
    assert _to(stranger, "friends")["error"] == 40


ALONE = {"numbers": {"to": ANN}, "params": {"param1": "x"}, "idx": {"idx": "a"}}


@pytest.mark.parametrize("with_what", ALONE)
def test_a_group_goes_alone(shop: Shop, with_what: str):
    _group(shop, "friends", ANN_CALLS)
    assert _to(shop, "friends", **ALONE[with_what])["error"] == 93


def test_a_group_may_be_too_large(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "RECIPIENTS_OF_ORDER", 1)
    _group(shop, "friends", ANN_CALLS, BOB_CALLS)
    assert _to(shop, "friends")["error"] == 18


def test_who_is_in_a_group_is_not_told_by_the_repeats_of_another(shop: Shop):
    """A sub-user may write contacts into a group that they may not read, and send to it."""
    sub = clerk(shop)
    write = Permission(write=True, send=True)
    _group(shop, "hidden", ANN_CALLS, shared={sub.user_id: Permission(send=True)})
    for name, number in (("with", ANN_CALLS), ("without", BOB_CALLS)):
        _group(shop, name, number, shared={sub.user_id: write})
    for _ in range(policy.SMS_REPEATS):
        assert _to(sub, "hidden")["count"] == 1
    assert _to(sub, "hidden")["error"] == 52
    assert [_to(sub, name).get("count") for name in ("with", "without")] == [1, 1]


SEND, SEE_AND_SEND = Permission(send=True), Permission(read=True, send=True)


def test_a_subuser_sends_to_the_groups_that_were_shared_with_them_for_that(shop: Shop):
    sub = clerk(shop)
    _group(shop, "his", ANN_CALLS, shared={sub.user_id: SEE_AND_SEND})
    _group(shop, "seen", BOB_CALLS, shared={sub.user_id: Permission(read=True, write=True)})
    _group(shop, "hers", BOB_CALLS[:-1] + "3")
    assert _numbers(_to(sub, "his")) == [(ANN, ANN)]
    assert _to(sub, "seen")["error"] == 40
    assert _to(sub, "hers")["error"] == 40


def test_who_may_send_and_not_read_is_told_no_number_then_or_later(shop: Shop):
    sub = clerk(shop)
    _group(shop, "his", ANN_CALLS, shared={sub.user_id: SEND})
    answer = _to(sub, "his", details=1)
    assert _numbers(answer) == [("", "")]
    (state,) = sub.legacy("/sms.do", status=answer["list"][0]["id"])["list"]
    assert state["number"] == ""
    assert shop.world.sms == [(ANN_CALLS, "hello")]


def test_who_may_not_read_a_group_sends_to_it_without_another_so_that_no_count_tells_who_is_in_it(shop: Shop):
    sender = clerk(shop)
    read = Permission(read=True, write=True, send=True)
    _group(shop, "VIP", ANN_CALLS, BOB_CALLS, shared={sender.user_id: Permission(send=True)})
    _group(shop, "own", BOB_CALLS, GERMAN, shared={sender.user_id: read})
    _group(shop, "more", BOB_CALLS, shared={sender.user_id: read})
    assert _to(sender, "VIP,own", test=1)["error"] == 93
    assert _to(sender, "own,more", test=1, skip_foreign=1)["count"] == 1


def test_nor_is_a_program_that_may_send_sms_and_not_read_contacts(shop: Shop):
    _group(shop, "friends", ANN_CALLS)
    other = program(shop.world, shop.user_id, scopes="sms")
    assert _numbers(_to(other, "friends", test=1)) == [("", "")]
    assert _numbers(_to(other, "friends")) == [("", "")]


def test_who_may_not_read_a_group_is_not_told_in_which_countries_its_numbers_are(shop: Shop):
    sending.allow(shop.account_id, "GB")
    _group(shop, "friends", ANN_CALLS, GERMAN)
    hidden = _to(program(shop.world, shop.user_id, scopes="sms"), "friends")
    general = "Sending to this country is not allowed, or its daily limit is reached."
    assert hidden == {"error": 112, "message": general}
    assert _to(shop, "friends") == {"error": 112, "message": "No messages of this account may go to DE."}


def test_a_group_costs_two_reads_more(shop: Shop):
    _group(shop, "friends", ANN_CALLS, BOB_CALLS)
    shop.sms()
    with overheard() as calls:
        _to(shop, "friends")
    assert [call.operation for call in calls][1:] == [
        "BatchGetItem",
        "Query",
        "BatchGetItem",
        "UpdateItem",
        "TransactWriteItems",
        "SendMessage",
    ]
