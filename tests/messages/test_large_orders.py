"""One request sends to thousands: each gets the message once, it is paid for once, and what waits can be removed."""

import json
from datetime import timedelta
from typing import Any

import pytest

from furtka import accounts as operator
from shared import deadline, policy
from shared.domain import points
from shared.storage import accounts
from shared.storage.engine import commit
from tests.messages.conftest import START, Shop, clerk, program
from tests.messages.test_found_messages import listed
from tests.messages.test_sms import _refused
from tests.messages.test_sms_groups import _group
from tests.messages.test_taken_away import fire, session, status
from tests.proofs import tables
from tests.support import sending
from tests.support.calls import Answer, AwsCall, Proceed, intercepted, overheard, refuse, time_out_after
from tests.support.world import World

A_MINUTE, AN_HOUR = timedelta(minutes=1), timedelta(hours=1)
MANY = 100
"""More than one shipment has, so that there are three of them."""

POLISH = [f"486{place:08}" for place in range(MANY)]
GERMAN = [f"49151{place:08}" for place in range(MANY)]
PRICE = points.read("0.16")


@pytest.fixture
def shop(shop: Shop) -> Shop:
    sending.give_points(shop.account_id, 10 * START)
    return shop


@pytest.fixture(autouse=True)
def _no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of rows take moto long where other tests run beside: no time passes for the code."""
    monkeypatch.setattr(deadline, "clock", lambda: 0.0)


def order(shop: Shop, numbers: list[str], **parameters: object) -> dict[str, Any]:
    answer = shop.sms(to=",".join(numbers), **parameters)
    assert "list" in answer, answer
    return dict(answer)


def numbers_told(world: World) -> list[str]:
    return sorted(number.removeprefix("+") for number, _ in world.sms)


def in_an_hour(shop: Shop) -> int:
    return int((shop.world.now + AN_HOUR).timestamp())


def states(shop: Shop, **query: str) -> set[str]:
    return {one["state"] for one in listed(shop, limit="100", **query)}


def test_wrong_numbers_among_many_are_told(shop: Shop):
    answer = order(shop, ["12", *POLISH, "48327201201"])
    assert (answer["count"], numbers_told(shop.world)) == (MANY, POLISH)
    assert [one["submitted_number"] for one in answer["invalid_numbers"]] == ["12", "48327201201"]


def test_each_of_many_gets_the_message_once_and_it_is_paid_for_once(shop: Shop):
    before = sending.balance(shop.user_id)
    answer = order(shop, POLISH)
    assert (answer["count"], [one["submitted_number"] for one in answer["list"]]) == (MANY, POLISH)
    assert len({one["id"] for one in answer["list"]}) == MANY
    assert before - sending.balance(shop.user_id) == MANY * PRICE
    assert numbers_told(shop.world) == POLISH
    assert {status(shop, one["id"]) for one in answer["list"]} == {"SENT"}
    assert before - sending.balance(shop.user_id) == MANY * PRICE


def test_ten_thousand_are_taken_at_once_and_one_more_is_not(shop: Shop):
    sending.give_points(shop.account_id, policy.RECIPIENTS_OF_ORDER * PRICE)
    numbers = [f"48600{place:06}" for place in range(policy.RECIPIENTS_OF_ORDER + 1)]
    _refused(shop, 18, to=",".join(numbers))
    with overheard() as made:
        answer = order(shop, numbers[1:])
    assert answer["count"] == policy.RECIPIENTS_OF_ORDER
    trips = [call.operation for call in made if call.service == "dynamodb"]
    assert (trips.count("BatchWriteItem"), len(trips)) == (10, 14), trips
    assert len({one["id"] for one in answer["list"]}) == policy.RECIPIENTS_OF_ORDER


@pytest.mark.parametrize("by", ["form", "json", "lines"])
def test_a_body_of_up_to_a_megabyte_is_read_here_and_nowhere_else(shop: Shop, by: str):
    numbers = [f"48600{place:06}" for place in range(9_000)]
    headers = {**shop.bearer, "Content-Type": "application/json"}
    if by == "json":
        wanted: dict[str, object] = {"to": numbers, "message": "hello", "format": "json", "test": 1}
        answer = shop.world.post("/sms.do", json.dumps(wanted), headers=headers).body
    else:
        answer = shop.sms(to=("," if by == "form" else "\r\n").join(numbers), test=1)
    assert answer["count"] == 9_000, answer
    large = json.dumps({"message": "x" * policy.MAX_ORDER_BYTES, "format": "json"})
    refused = shop.world.post("/sms.do", large, headers=headers).body
    assert refused == {"error": 8, "message": "The body is larger than 1,024 KiB."}
    elsewhere = shop.world.post("/contacts", "x" * (policy.MAX_BODY_BYTES + 1), headers=headers)
    assert (elsewhere.status, elsewhere.body["message"]) == (413, "The body is larger than 64 KiB.")


@pytest.mark.parametrize("name", ["to[]", "to", "to[{}]"])
def test_a_program_may_send_a_field_for_each_number(shop: Shop, name: str):
    fields = [(name.format(place), number) for place, number in enumerate(POLISH * 20)]
    answer = shop.form("/sms.do", [("format", "json"), ("message", "hello"), ("test", "1"), *fields]).body
    assert answer["count"] == MANY, answer


def test_empty_parameters_for_each_number_are_none(shop: Shop):
    assert order(shop, POLISH, idx="", param1="", param2="")["count"] == MANY


@pytest.mark.parametrize("junk", ['"', "\x01", "ą", "😀", "5"])
@pytest.mark.parametrize(("count", "length"), [(1, 250_000), (9_000, 28)])
def test_what_is_accepted_is_answered_whatever_stands_beside_it(shop: Shop, junk: str, count: int, length: int):
    """A function's answer may have 6 MB, and is encoded once more."""
    before = sending.balance(shop.user_id)
    body = {"to": [*POLISH, *[junk * length] * count], "message": "hello", "date": in_an_hour(shop), "format": "json"}
    sent = json.dumps(body, ensure_ascii=False)[: policy.MAX_ORDER_BYTES]
    answer = shop.world.post("/sms.do", sent, headers={**shop.bearer, "Content-Type": "application/json"})
    paid = before - sending.balance(shop.user_id)
    assert paid == (MANY * PRICE if "list" in answer.body else 0)
    assert len(json.dumps(answer.text)) < 6_000_000


def test_an_order_whose_answer_was_lost_is_answered_once_it_is_found(shop: Shop):
    before = sending.balance(shop.user_id)
    for numbers, operation in ((POLISH, "PutItem"), (POLISH[:1], "TransactWriteItems")):

        def lose(call: AwsCall, proceed: Proceed, operation: str = operation) -> Answer:
            return time_out_after(call, proceed) if call.operation == operation else proceed()

        with intercepted(lose):
            answer = order(shop, numbers, date=in_an_hour(shop))
        assert answer["count"] == len(numbers)
    assert before - sending.balance(shop.user_id) == (MANY + 1) * PRICE
    assert len(listed(shop, limit="100")) == MANY + 1


def test_a_stranger_is_told_so_before_a_large_body_is_read(world: World):
    body = "[" * 900_000
    for token in ("", "furtka_live_nonsense"):
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        assert world.post("/sms.do", body, headers=headers).body["error"] == 101


def test_a_price_for_all_is_told_without_sending(shop: Shop):
    before = sending.balance(shop.user_id)
    answer = order(shop, POLISH, test=1)
    assert (answer["count"], sum(one["points"] for one in answer["list"])) == (MANY, pytest.approx(MANY * 0.16))
    assert (sending.balance(shop.user_id), numbers_told(shop.world)) == (before, [])


# --- What refuses the whole -------------------------------------------------------------------------------


def test_what_costs_more_than_there_is_is_refused_whole(shop: Shop):
    before = sending.balance(shop.user_id)
    numbers = [f"48600{place:06}" for place in range(before // PRICE + 1)]
    _refused(shop, 103, to=",".join(numbers))
    assert (sending.balance(shop.user_id), numbers_told(shop.world), tables.rows("shipments")) == (before, [], [])


def test_more_abroad_than_the_account_may_send_in_a_day_is_refused_whole(shop: Shop):
    sending.give_points(shop.account_id, 100 * START)
    sending.allow(shop.account_id, "DE")
    numbers = [f"49151{place:08}" for place in range(policy.SMS_ABROAD_PER_DAY + 1)]
    before = sending.balance(shop.user_id)
    _refused(shop, 112, to=",".join(numbers))
    assert sending.balance(shop.user_id) == before
    commit(accounts.limiting_abroad(shop.account_id, len(numbers)))
    order(shop, numbers)
    assert numbers_told(shop.world) == numbers
    assert shop.sms(to=GERMAN[0])["error"] == 112


def test_more_to_one_number_than_may_be_in_a_minute_is_refused_whole(shop: Shop):
    _refused(shop, 52, to=",".join([*POLISH, *[POLISH[0]] * policy.SMS_REPEATS]), allow_duplicates=1)
    assert numbers_told(shop.world) == []


@pytest.mark.parametrize("what", ["sender", "country", "text"])
def test_one_wrong_thing_refuses_the_whole(shop: Shop, what: str):
    before = sending.balance(shop.user_id)
    wrong: dict[str, Any] = {"sender": {"from": "Nobody"}, "country": {}, "text": {"message": "x" * 2000}}[what]
    answer = shop.sms(**{"to": ",".join([*POLISH, *(GERMAN[:1] if what == "country" else [])]), **wrong})
    assert "error" in answer
    assert (sending.balance(shop.user_id), numbers_told(shop.world)) == (before, [])


# --- What the fan-out judges ------------------------------------------------------------------------------


def test_a_number_that_got_too_many_lately_is_given_back_alone(shop: Shop):
    twice = POLISH[50]
    shop.sms(to=",".join([twice] * policy.SMS_REPEATS), allow_duplicates=1)
    before = sending.balance(shop.user_id)
    answer = order(shop, POLISH)
    told = numbers_told(shop.world)
    assert told.count(twice) == policy.SMS_REPEATS
    assert sorted({*told}) == POLISH
    assert before - sending.balance(shop.user_id) == (MANY - 1) * PRICE
    stopped = answer["list"][50]["id"]
    assert {one["id"]: status(shop, one["id"]) for one in answer["list"]} == {
        one["id"]: "STOP" if one["id"] == stopped else "SENT" for one in answer["list"]
    }
    (found,) = listed(shop, state="stopped")
    assert (found["id"], found["reason"]) == (stopped, "number_repeated")


def test_a_number_counts_again_once_a_message_to_it_is_given_back(shop: Shop):
    """What is stopped after it was counted is uncounted, at the time at which it was counted."""
    order(shop, POLISH)
    assert shop.legacy("/sms.do", to=POLISH[0], message="again")["count"] == 1
    shop.world.wait(policy.SMS_REPEATS_WITHIN)
    assert shop.legacy("/sms.do", to=",".join([POLISH[0]] * 10), message="x", allow_duplicates=1)["count"] == 10


def test_a_sub_user_pays_with_the_month_first_and_gets_back_what_came_from_where(shop: Shop):
    user = sending.subuser(shop.user_id, from_account=points.read("10"), per_month=points.read("8"), now=shop.world.now)
    joe = program(shop.world, user.user_id)
    at = in_an_hour(shop)
    order(joe, POLISH, date=at)
    assert sending.purse(user.user_id, now=shop.world.now) == (points.read("2"), 0)
    assert joe.rest("DELETE", "/messages", query={"state": "waiting", "number": POLISH[99]}).body["withdrawn"] == 1
    assert sending.purse(user.user_id, now=shop.world.now) == (points.read("2.16"), 0)
    assert joe.rest("DELETE", "/messages", query={"state": "waiting", "number": POLISH[0]}).body["withdrawn"] == 1
    assert sending.purse(user.user_id, now=shop.world.now) == (points.read("2.16"), points.read("0.16"))


# --- What waits -------------------------------------------------------------------------------------------


def test_what_waits_is_seen_and_leaves_at_its_time(shop: Shop):
    answer = order(shop, POLISH, date=in_an_hour(shop))
    assert {one["id"] for one in listed(shop, limit="100")} == {one["id"] for one in answer["list"]}
    assert states(shop) == {"waiting"}
    fire(shop.world)
    assert numbers_told(shop.world) == []
    shop.world.wait(AN_HOUR)
    fire(shop.world)
    assert numbers_told(shop.world) == POLISH
    assert states(shop) == {"sent"}


def test_single_messages_of_it_and_all_of_it_can_be_removed_while_it_waits(shop: Shop):
    before = sending.balance(shop.user_id)
    answer = order(shop, POLISH, date=in_an_hour(shop))
    ids = [str(one["id"]) for one in answer["list"]]
    assert shop.legacy("/sms.do", sch_del=",".join(ids[30:60]))["count"] == 30
    assert shop.rest("DELETE", f"/messages/{ids[0]}").status == 204
    assert before - sending.balance(shop.user_id) == (MANY - 31) * PRICE
    assert {status(shop, one) for one in ids[30:60]} == {"NOT_FOUND"}
    shop.world.wait(AN_HOUR)
    fire(shop.world)
    assert numbers_told(shop.world) == [*POLISH[1:30], *POLISH[60:]]
    assert before - sending.balance(shop.user_id) == (MANY - 31) * PRICE


def test_all_that_waits_is_withdrawn_with_one_filter(shop: Shop):
    before = sending.balance(shop.user_id)
    order(shop, POLISH, date=in_an_hour(shop))
    answer = shop.rest("DELETE", "/messages", query={"state": "waiting"}).body
    assert answer == {"withdrawn": MANY, "next": None}
    assert sending.balance(shop.user_id) == before
    shop.world.wait(AN_HOUR)
    fire(shop.world)
    assert numbers_told(shop.world) == []


def test_what_was_not_reached_yet_can_still_be_removed_although_the_order_is_leaving(shop: Shop):
    answer = order(shop, POLISH)
    last = str(answer["list"][-1]["id"])
    assert status(shop, last) == "QUEUE"
    assert shop.rest("DELETE", f"/messages/{last}").status == 204
    assert numbers_told(shop.world) == POLISH[:-1]


def test_a_token_that_is_taken_away_stops_what_it_ordered(shop: Shop):
    before = sending.balance(shop.user_id)
    order(shop, POLISH, date=in_an_hour(shop))
    assert shop.world.post("/tokens/found", {"token": shop.secret}).status == 204
    shop.world.wait(AN_HOUR)
    fire(shop.world)
    assert numbers_told(shop.world) == []
    assert sending.balance(shop.user_id) == before
    found = listed(shop, session(shop.world), limit="100")
    assert {(one["state"], one["reason"]) for one in found} == {("stopped", "token_revoked")}


def test_one_switch_stops_a_campaign_for_good_wherever_it_is(shop: Shop):
    before = sending.balance(shop.user_id)
    order(shop, POLISH)
    for on in (False, True):
        operator.switch_sending("ann", on=on, now=shop.world.now)
    assert numbers_told(shop.world) == []
    assert states(shop) == {"stopped"}
    assert sending.balance(shop.user_id) == before


def test_a_withdrawal_that_fails_in_the_middle_says_how_many_it_withdrew_and_goes_on(shop: Shop):
    before = sending.balance(shop.user_id)
    order(shop, POLISH, date=in_an_hour(shop))
    done: list[str] = []

    def fail_later(call: AwsCall, proceed: Proceed) -> Answer:
        if call.operation != "TransactWriteItems":
            return proceed()
        done.append(call.operation)
        return refuse("InternalServerError")(call, proceed) if len(done) > 1 else proceed()

    query = {"state": "waiting"}
    with intercepted(fail_later):
        first = shop.rest("DELETE", "/messages", query=query).body
    assert 0 < first["withdrawn"] < MANY
    rest = shop.rest("DELETE", "/messages", query={**query, "cursor": first["next"]}).body
    assert (first["withdrawn"] + rest["withdrawn"], rest["next"]) == (MANY, None)
    assert sending.balance(shop.user_id) == before


def test_others_know_nothing_of_it(shop: Shop, stranger: Shop):
    joe = clerk(shop)
    answer = order(shop, POLISH, date=in_an_hour(shop))
    some = str(answer["list"][50]["id"])
    for other in (joe, stranger):
        assert listed(other) == []
        assert status(other, some) == "NOT_FOUND"
        assert other.rest("DELETE", f"/messages/{some}").status == 404
        assert other.legacy("/sms.do", sch_del=some)["error"] == 301


# --- Groups -----------------------------------------------------------------------------------------------


def test_a_large_group_gets_a_message(shop: Shop):
    _group(shop, "all", *[f"+{number}" for number in POLISH[:60]])
    assert shop.legacy("/sms.do", group="all", message="hello")["count"] == 60
    assert numbers_told(shop.world) == POLISH[:60]
