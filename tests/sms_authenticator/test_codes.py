"""POST /mfa/codes: a code goes out, is paid for and voids the one before, or nothing of it happens."""

import re
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urlencode

import pytest

from shared import policy, settings
from shared.delivery import queue
from shared.domain import points
from shared.domain.sender_names import SenderName
from shared.domain.sending_hours import Hours
from shared.domain.shares import Share
from shared.errors import Unavailable
from shared.storage import engine, sender_names, tokens
from shared.storage.engine import commit
from tests.sms_authenticator.mfa import (
    CODES,
    NUMBER,
    OTHER_NUMBER,
    PRICE,
    WRONG,
    Shop,
    decide,
    put_code,
    shop,
)
from tests.support.calls import preceded
from tests.support.deaths import Killed
from tests.support.events import Reply
from tests.support.sending import GERMAN, allow, give_points, subuser
from tests.support.tokens import make
from tests.support.world import Person, World

MULTIPART = '--x\r\nContent-Disposition: form-data; name="phone_number"\r\n\r\n48600100200\r\n--x--\r\n'
A_SECOND = timedelta(seconds=1)
PLENTY = points.read("10")


@pytest.fixture
def ann(world: World) -> Shop:
    """A program of ann's, whose account has plenty of points."""
    its = shop(world)
    give_points(its.account_id, PLENTY)
    return its


def add_sender(ann: Shop, sender: str, *, active: bool = True, default: bool = False) -> None:
    commit(*sender_names.adding(SenderName(ann.account_id, sender, active, ann.world.now)))
    if default:
        commit(*sender_names.making_default(ann.account_id, sender))


def test_a_code_is_sent_and_told_and_good_once(world: World, ann: Shop):
    answer = ann.send()
    assert answer.status == 201
    assert set(answer.body) == {"id", "code", "phone_number", "from"}
    assert re.fullmatch("[0-9]{6}", answer.body["code"])
    assert world.sms == [
        (NUMBER, f"Your code is {answer.body['code']}. It is valid for 5 min. Do not give it to anybody.")
    ]
    code = answer.body["code"]
    assert [ann.verify(code, id=answer.body["id"]).status, ann.verify(code).status] == [204, 404]


@pytest.mark.parametrize("number", ["48600100200", "+48600100200", "600100200", "0048600100200", "+48 600-100-200"])
def test_the_number_is_told_as_the_digits_that_were_sent(world: World, ann: Shop, number: str):
    answer = ann.send(number)
    assert answer.body["phone_number"] == re.sub("[^0-9]", "", number)
    assert [to for to, _ in world.sms] == [NUMBER]


def test_all_encodings_are_taken(world: World, ann: Shop):
    form = urlencode({"phone_number": "48600100200", "fast": "0", "format": "json"})
    bodies = {
        "application/x-www-form-urlencoded": form,
        "application/json": {"phone_number": "48600100200", "fast": False},
        "multipart/form-data; boundary=x": MULTIPART,
    }
    for content_type, body in bodies.items():
        assert ann.post(CODES, body, headers={"Content-Type": content_type}).status == 201
        world.wait(policy.MFA_RESEND_AFTER)


@pytest.mark.parametrize("number", ["48327201201", "+48327201201", "123", ""])
def test_a_number_that_is_no_mobile_is_refused_in_the_words_that_clients_look_for(ann: Shop, number: str):
    answer = ann.send(number)
    assert (answer.status, answer.error) == (400, "invalid_request_data")
    assert answer.body["message"] == answer.body["errors"][0]["message"] == "The value is not valid mobile number."


def test_without_a_number_the_request_is_refused_with_a_list_of_errors(ann: Shop):
    answer = ann.post(CODES, {})
    assert (answer.status, answer.error) == (400, "invalid_request_data")
    assert [told["path"] for told in answer.body["errors"]] == ["phone_number"]


# --- The text and its sender ------------------------------------------------------------------------------


def test_a_text_of_ones_own_has_the_code_wherever_it_is_to_stand(world: World, ann: Shop):
    code = ann.send(content="[%code%] opens the shop. Really: [%code%]").body["code"]
    assert world.sms[-1][1] == f"{code} opens the shop. Really: {code}"


@pytest.mark.parametrize("content", ["No code here", "", "[%CODE%]", "[code]"])
def test_a_text_without_a_place_for_the_code_is_refused(world: World, ann: Shop, content: str):
    answer = ann.send(content=content)
    assert (answer.status, answer.error, answer.body["errors"][0]["path"]) == (400, "invalid_request_data", "content")
    assert (ann.balance, world.sms) == (PLENTY, [])


def test_a_long_text_costs_as_many_points_as_it_has_parts(ann: Shop):
    assert ann.send(content="[%code%]" + "a" * 154).status == 201
    assert ann.balance == PLENTY - PRICE
    assert ann.send(OTHER_NUMBER, content="[%code%]" + "a" * 155).status == 201
    assert ann.balance == PLENTY - 3 * PRICE


def test_a_user_who_speaks_polish_has_the_text_in_polish(world: World):
    clerk = subuser(world.ann.user_id, from_account=PLENTY, now=world.now, language="pl")
    give_points(clerk.account_id, PLENTY)
    code = shop(world, Person("clerk", clerk.user_id, "", None)).send().body["code"]
    assert world.sms[-1][1] == f"Twoj kod to {code}. Jest wazny 5 min. Nie podawaj go nikomu."


@pytest.mark.parametrize("sender", sorted(policy.SENDERS_FOR_EVERYBODY))
def test_a_sender_name_of_everybodys_may_be_asked_for(ann: Shop, sender: str):
    answer = ann.send(**{"from": sender})
    assert (answer.status, answer.body["from"]) == (201, sender)


def test_an_active_sender_name_of_the_accounts_own_may_be_asked_for(ann: Shop):
    add_sender(ann, "Shop")
    assert ann.send(**{"from": "Shop"}).body["from"] == "Shop"


def test_a_sender_name_that_is_inactive_somebody_elses_or_none_is_refused(world: World, ann: Shop):
    add_sender(ann, "Waiting", active=False)
    add_sender(shop(world, world.add("bob")), "Bobs")
    for sender in ("Waiting", "Bobs", "?", "Unknown"):
        answer = ann.send(**{"from": sender})
        assert (answer.status, answer.error) == (403, "sender_not_allowed")
    assert ann.balance == PLENTY


def test_a_sub_user_may_ask_for_the_sender_names_that_were_shared_with_them(world: World, ann: Shop):
    add_sender(ann, "Shop")
    add_sender(ann, "Bank")
    clerk = subuser(world.ann.user_id, from_account=PLENTY, now=world.now, senders=Share("selected", ("Shop",)))
    his = shop(world, Person("clerk", clerk.user_id, "", None))
    assert [his.send(**{"from": "Bank"}).status, his.send(**{"from": "Shop"}).status] == [403, 201]


@pytest.mark.parametrize("asked", [{}, {"from": ""}, {"from": None}], ids=str)
@pytest.mark.parametrize("default", [False, True])
def test_without_a_sender_name_it_is_the_default_and_nothing_is_told(
    ann: Shop, default: bool, asked: dict[str, str | None]
):
    add_sender(ann, "Shop", default=default)
    with patch.object(queue, "put") as put:
        answer = ann.send(**asked)
    (notice,) = put.call_args.args
    assert (notice.sender, answer.body["from"]) == ("Shop" if default else "Test", None)


# --- What it costs ----------------------------------------------------------------------------------------


def test_a_code_costs_what_a_message_costs(ann: Shop):
    ann.send()
    assert ann.balance == PLENTY - PRICE


def test_without_points_nothing_is_sent_and_the_code_before_stays_good(world: World):
    poor = shop(world)
    put_code(poor.person.user_id, code=WRONG, now=world.now)
    world.wait(policy.MFA_RESEND_AFTER)
    answer = poor.send()
    assert (answer.status, answer.error) == (402, "not_enough_points")
    assert world.sms == []
    assert poor.verify(WRONG).status == 204


def test_a_sub_user_pays_from_what_they_were_given(world: World, ann: Shop):
    clerk = subuser(world.ann.user_id, from_account=PRICE, now=world.now)
    his = shop(world, Person("clerk", clerk.user_id, "", None))
    assert his.send().status == 201
    refused = his.send(OTHER_NUMBER)
    assert (refused.status, refused.error) == (402, "limit_reached")


def test_a_sub_user_sends_codes_in_their_hours_only(world: World, ann: Shop):
    night = Hours(
        "mon tue wed thu fri sat sun", world.now.replace(hour=1).time(), world.now.replace(hour=2).time(), "UTC"
    )
    clerk = subuser(world.ann.user_id, from_account=PLENTY, now=world.now, hours=night)
    answer = shop(world, Person("clerk", clerk.user_id, "", None)).send()
    assert (answer.status, answer.error) == (403, "outside_hours")


def test_codes_go_abroad_only_where_the_account_may_send(world: World, ann: Shop):
    assert ann.send(GERMAN).error == "abroad_not_allowed"
    allow(ann.account_id, "GB")
    assert ann.send(GERMAN).error == "country_not_allowed"
    allow(ann.account_id, "DE")
    assert ann.send(GERMAN).status == 201
    assert ann.balance == PLENTY - points.read("0.5")


# --- How often --------------------------------------------------------------------------------------------


def test_a_second_code_so_soon_is_refused_and_costs_nothing(world: World, ann: Shop):
    code = ann.send().body["code"]
    world.wait(A_SECOND)
    answer = ann.send()
    assert (answer.status, answer.error, answer.retry_after) == (429, "resend_too_soon", 29)
    assert ann.balance == PLENTY - PRICE
    assert ann.verify(code).status == 204


def test_a_newer_code_voids_the_one_before(world: World, ann: Shop):
    older = ann.send().body["code"]
    world.wait(policy.MFA_RESEND_AFTER)
    newer = ann.send().body["code"]
    statuses = [ann.verify(older).status] if older != newer else []
    assert [*statuses, ann.verify(newer).status][-2:] in ([404, 204], [204])


def test_a_number_gets_so_many_codes_an_hour_and_no_more(world: World, ann: Shop):
    for _ in range(policy.MFA_SMS_PER_NUMBER_AND_HOUR):
        assert ann.send().status == 201
        world.wait(policy.MFA_RESEND_AFTER)
    refused = ann.send()
    assert (refused.status, refused.error) == (429, "sms_limit_reached")
    world.wait(timedelta(seconds=refused.retry_after))
    assert ann.send().status == 201


def test_a_number_gets_so_many_codes_a_day_and_no_more(world: World, ann: Shop):
    for _ in range(policy.MFA_SMS_PER_NUMBER_AND_DAY):
        assert ann.send().status == 201
        world.wait(timedelta(minutes=13))
    refused = ann.send()
    assert (refused.status, refused.error) == (429, "sms_limit_reached")
    world.wait(timedelta(seconds=refused.retry_after))
    assert ann.send().status == 201


def test_no_account_uses_up_what_another_may_send_to_the_same_number(world: World, ann: Shop):
    bob = shop(world, world.add("bob"))
    give_points(bob.account_id, PLENTY)
    first = ann.send().body["code"]
    second = bob.send().body["code"]
    assert [ann.verify(first).status, bob.verify(second).status] == [204, 204]


def test_a_code_of_one_user_neither_voids_nor_delays_that_of_another_to_the_same_number(world: World, ann: Shop):
    clerk = subuser(world.ann.user_id, from_account=PLENTY, now=world.now)
    his = shop(world, Person("clerk", clerk.user_id, "", None))
    codes = [its.send().body["code"] for its in (ann, his)]
    world.wait(policy.MFA_RESEND_AFTER)
    assert his.send().status == 201
    assert ann.verify(codes[0]).status == 204


# --- What an account may choose ---------------------------------------------------------------------------


@pytest.mark.parametrize("digits", [4, 10])
def test_an_account_chooses_how_long_its_codes_are(world: World, ann: Shop, digits: int):
    decide(world.ann, digits=digits)
    code = ann.send().body["code"]
    assert len(code) == digits
    assert ann.verify(code).status == 204


def test_an_account_chooses_how_long_its_codes_live(world: World, ann: Shop):
    decide(world.ann, lifetime=timedelta(minutes=1))
    code = ann.send().body["code"]
    assert "1 min" in world.sms[-1][1]
    world.wait(timedelta(minutes=1))
    assert ann.verify(code).status == 408


def test_a_token_may_be_kept_from_seeing_codes(world: World, ann: Shop):
    blind = shop(world, hides_codes=True)
    answer = blind.send()
    assert (answer.status, answer.body["code"]) == (201, "")
    code = re.findall("[0-9]{6}", world.sms[-1][1])[0]
    assert blind.verify(code).status == 204


# --- Faults -----------------------------------------------------------------------------------------------


def test_where_the_queue_takes_nothing_all_is_as_before_but_for_the_code_that_is_void(world: World, ann: Shop):
    older = ann.send().body["code"]
    world.wait(policy.MFA_RESEND_AFTER)
    with patch.object(queue, "put", side_effect=Unavailable):
        assert ann.send(key="k").status == 503
    assert ann.balance == PLENTY - PRICE
    assert ann.verify(older).status == 404
    again = ann.send(key="k")
    assert again.status == 201
    assert ann.verify(again.body["code"]).status == 204


def test_a_code_that_never_left_does_not_count_as_sent(world: World, ann: Shop):
    for _ in range(policy.MFA_SMS_PER_NUMBER_AND_HOUR + 1):
        with patch.object(queue, "put", side_effect=Unavailable):
            assert ann.send().status == 503
    assert ann.send().status == 201


# --- The same request again -------------------------------------------------------------------------------


def test_the_same_key_gets_the_same_answer_and_no_second_message(world: World, ann: Shop):
    answers = [ann.send(key="order-7") for _ in range(3)]
    assert {(answer.status, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert len(world.sms) == 1
    assert ann.balance == PLENTY - PRICE
    assert ann.verify(answers[0].body["code"]).status == 204


def test_a_key_gets_its_answer_for_a_day(world: World, ann: Shop):
    first = ann.send(key="order-7")
    assert len(world.sms) == 1
    world.wait(policy.MFA_KEY_REMEMBERED_FOR - A_SECOND)
    assert ann.send(key="order-7").text == first.text
    assert len(world.sms) == 1
    world.wait(A_SECOND)
    assert ann.send(key="order-7").body["id"] != first.body["id"]
    assert len(world.sms) == 2


def test_a_key_is_good_for_one_number_of_one_account(world: World, ann: Shop):
    bob = shop(world, world.add("bob"))
    give_points(bob.account_id, PLENTY)
    ids = {ann.send(key="k").body["id"], ann.send(OTHER_NUMBER, key="k").body["id"], bob.send(key="k").body["id"]}
    assert len(ids) == 3


def test_a_key_is_good_for_one_user_of_the_account(world: World, ann: Shop):
    clerk = subuser(world.ann.user_id, from_account=PLENTY, now=world.now)
    his = shop(world, Person("clerk", clerk.user_id, "", None))
    ids = [its.send(key="order-7").body["id"] for its in (ann, his, ann, his)]
    assert (ids[:2], len(set(ids))) == (ids[2:], 2)
    assert len(world.sms) == 2


def test_every_program_of_a_user_gets_the_answer_to_a_key(world: World, ann: Shop):
    assert ann.send(key="order-7").text == shop(world).send(key="order-7").text


def test_a_code_that_is_hidden_from_one_token_is_told_to_no_other_by_the_same_key(world: World, ann: Shop):
    blind = shop(world, hides_codes=True)
    hidden = blind.send(key="order-7")
    assert (hidden.status, hidden.body["code"]) == (201, "")
    refused = ann.send(key="order-7")
    assert (refused.status, refused.error) == (429, "resend_too_soon")
    world.wait(policy.MFA_RESEND_AFTER)
    seen = ann.send(key="order-7").body
    assert seen["id"] != hidden.body["id"]
    repeats = [blind.send(key="order-7").body, ann.send(key="order-7").body]
    assert repeats == [hidden.body, seen]
    assert len(world.sms) == 2


def test_a_token_that_sees_codes_from_now_on_is_not_told_those_that_were_hidden(world: World, ann: Shop):
    token = make(world.ann.user_id, now=world.now, scopes="sms_authenticator", hides_codes=True, used_at=world.now)
    blind = Shop(world, world.ann, token.secret)
    assert blind.send(key="order-7").body["code"] == ""
    held = tokens.find(ann.account_id, token.id)
    assert held
    commit(tokens.changing(held, replace(held, hides_codes=False), now=world.now))
    assert blind.send(key="order-7").error == "resend_too_soon"


def test_a_key_that_comes_with_another_text_or_sender_is_refused(ann: Shop):
    ann.send(key="k", content="One [%code%]")
    for other in ({"content": "Two [%code%]"}, {}, {"content": "One [%code%]", "from": "Test"}):
        answer = ann.send(key="k", **other)
        assert (answer.status, answer.error) == (422, "idempotency_key_reused")


def test_of_two_requests_at_once_with_one_key_the_later_gets_the_others_answer_when_it_asks_again(
    world: World, ann: Shop
):
    first: list[Reply] = []
    with preceded("TransactWriteItems", lambda: first.append(ann.send(key="k"))):
        refused = ann.send(key="k")
    assert (refused.status, refused.error) == (409, "outrun")
    assert ann.send(key="k").text == first[0].text
    assert len(world.sms) == 1
    assert ann.balance == PLENTY - PRICE


def test_a_message_that_was_lost_before_it_was_on_the_queue_leaves_when_the_request_comes_again(
    world: World, ann: Shop
):
    """The function died between the write and the queue: nothing was given back, and nobody got an answer."""
    with patch.object(queue, "put", side_effect=Killed), pytest.raises(Killed):
        ann.send(key="k")
    code = ann.send(key="k").body["code"]
    assert [text for _, text in world.sms] == [
        f"Your code is {code}. It is valid for 5 min. Do not give it to anybody."
    ]
    assert ann.verify(code).status == 204


def test_a_token_that_may_not_see_codes_sees_none_when_it_asks_again(world: World, ann: Shop):
    shown = ann.send(key="k")
    world.wait(policy.MFA_RESEND_AFTER)
    hidden = shop(world, hides_codes=True).send(key="k")
    assert (hidden.body["code"], hidden.body["id"] != shown.body["id"]) == ("", True)


@pytest.mark.parametrize("key", ["x" * 256, "ä", "a\tb"], ids=ascii)
def test_a_key_that_cannot_be_remembered_is_refused(ann: Shop, key: str):
    assert ann.send(key=key).status == 400


# --- What is kept -----------------------------------------------------------------------------------------


def test_the_code_lies_in_no_table(world: World, ann: Shop):
    dynamodb = engine._connection
    code = ann.send(key="k", content="Pssst: [%code%]").body["code"]
    kept = "".join(
        str(dynamodb.dispatch("Scan", {"TableName": table})["Items"])
        for table in (settings.PROVED_NUMBERS_TABLE, settings.SHIPMENTS_TABLE, settings.BUDGETS_TABLE)
    )
    assert code not in re.sub("[0-9T:.+-]{19,}|[A-Za-z0-9+/]{30,}", "", kept)
    assert "Pssst" not in kept


def test_no_session_sends_codes_and_no_token_without_the_scope(world: World, ann: Shop):
    token = world.session()["session"]["token"]
    assert world.post(CODES, {"phone_number": NUMBER}, headers={"Authorization": f"Bearer {token}"}).status == 401
    assert shop(world, scopes="sms").send().status == 403
    assert ann.balance == PLENTY
