"""sms.do from outside: a message is sent, told of and paid for, or refused with its number and nothing is spent."""

import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from furtka import accounts
from shared import policy
from shared.domain.shares import Share
from shared.storage import wallets
from shared.storage.engine import commit
from tests.messages.conftest import FORM, Shop, clerk, program
from tests.support import sending
from tests.support.calls import FAULTS, Answer, AwsCall, Proceed, intercepted, overheard
from tests.support.sending import ANN_CALLS, BOB_CALLS, GERMAN
from tests.support.world import World

ANN, BOB = ANN_CALLS.lstrip("+"), BOB_CALLS.lstrip("+")


def _sent(world: World) -> list[tuple[str, str]]:
    return world.sms


def _refused(shop: Shop, number: int, **parameters: object) -> dict[str, Any]:
    """With that number; and it costs nothing, and nobody gets anything."""
    before = shop.points
    answer: dict[str, Any] = shop.sms(**parameters)
    assert answer["error"] == number, answer
    assert shop.points == before
    assert _sent(shop.world) == []
    return answer


# --- A message --------------------------------------------------------------------------------------------


def test_a_message_is_sent_and_paid_for_and_told_of(shop: Shop):
    answer = shop.sms(to=ANN, message="hello")
    (item,) = answer.pop("list")
    assert answer == {"count": 1}
    assert len(item.pop("id")) == 24
    assert item == {
        "points": 0.16,
        "number": ANN,
        "date_sent": int(shop.world.now.timestamp()),
        "submitted_number": ANN,
        "status": "QUEUE",
        "error": None,
        "idx": None,
        "parts": 1,
    }
    assert _sent(shop.world) == [(ANN_CALLS, "hello")]
    assert shop.points == 9.84


@pytest.mark.parametrize("details", ["1", "True", "true"])
def test_details_tell_the_text_and_its_length(shop: Shop, details: str):
    answer = shop.sms(message="żółw" * 20, details=details)
    assert {name: answer[name] for name in ("message", "length", "parts")} == {
        "message": "żółw" * 20,
        "length": 80,
        "parts": 2,
    }
    assert "error" not in answer
    assert answer["list"][0]["points"] == 0.32


@pytest.mark.parametrize("details", ["0", "False", "false"])
def test_without_details_there_is_nothing_that_could_be_taken_for_an_error(shop: Shop, details: str):
    """The JavaScript client takes any `message` for one, unless it asked for it."""
    assert shop.sms(details=details).keys() == {"count", "list"}


@pytest.mark.parametrize("number", [ANN, ANN_CALLS, f"00{ANN}", ANN[2:], f" {ANN} "])
def test_a_number_may_be_written_in_any_way(shop: Shop, number: str):
    (item,) = shop.sms(to=number)["list"]
    assert (item["number"], item["submitted_number"]) == (ANN, number.strip())
    assert _sent(shop.world) == [(ANN_CALLS, "hello")]


def test_an_older_client_reads_of_several_messages_whose_each_is(shop: Shop):
    answer = shop.form("/sms.do", {"to": f"{ANN},{BOB}", "message": "hello"})
    assert answer.headers["Content-Type"] == ["text/plain; charset=utf-8"]
    told = [one.split(":") for one in answer.text.split(";")]
    assert [(word, points, number) for word, _, points, number in told] == [("OK", "0.16", ANN), ("OK", "0.16", BOB)]
    assert len({message_id for _, message_id, _, _ in told}) == 2


@pytest.mark.parametrize("form", ["json", "JSON", "Json"])
def test_the_format_is_read_without_regard_to_case(shop: Shop, form: str):
    assert shop.form("/sms.do", {"to": ANN, "message": "hello", "format": form}).body["count"] == 1
    assert shop.form("/sms.do", {"to": ANN, "format": form}).body["error"] == 11


@pytest.mark.parametrize("between", [",", ";", "\n", "\r\n", ", ", " ;"])
def test_numbers_stand_in_a_list_of_any_kind(shop: Shop, between: str):
    assert shop.sms(to=f"{ANN}{between}{BOB}")["count"] == 2


POLISH = "Zażółć gęślą jaźń"


@pytest.mark.parametrize(
    ("encoding", "charset", "text"),
    [
        ("windows-1250", "cp1250", POLISH),
        ("Windows-1250", "cp1250", POLISH),
        ("iso-8859-2", "iso-8859-2", POLISH),
        ("iso-8859-1", "iso-8859-1", "Grüße"),
        ("utf-8", "utf-8", POLISH),
        ("", "utf-8", POLISH),
    ],
)
def test_the_bytes_of_a_form_are_decoded_as_it_says(shop: Shop, encoding: str, charset: str, text: str):
    form = urlencode({"to": ANN, "message": text, "encoding": encoding, "format": "json"}, encoding=charset)
    answer = shop.world.post("/sms.do", form, headers={**shop.bearer, "Content-Type": FORM})
    assert answer.body["count"] == 1
    assert _sent(shop.world) == [(ANN_CALLS, text)]


@pytest.mark.parametrize(
    "form",
    [
        "message=%B9%EA%B3",  # no UTF-8
        "message=%81&encoding=windows-1250",  # a byte that this encoding does not have
        "message=%9C&encoding=iso-8859-2",  # a control character: this is windows-1250
        "message=a&encoding=utf-16",
        "message=a&encoding=iso-8859-5",
        "message=\ufffd",  # bytes that were no UTF-8 when the gateway read them
    ],
)
def test_text_is_never_garbled_but_refused_with_what_to_do(shop: Shop, form: str):
    headers = {**shop.bearer, "Content-Type": FORM}
    answer = shop.world.post("/sms.do", f"to={ANN}&format=json&{form}", headers=headers)
    assert answer.body["error"] == 8
    assert "encoding" in answer.body["message"].lower()
    assert _sent(shop.world) == []


def test_a_text_in_an_address_whose_bytes_the_gateway_could_not_read_is_refused_and_named(shop: Shop):
    query = {"to": ANN, "message": "a\ufffdb", "encoding": "iso-8859-2", "format": "json"}
    answer = shop.world.call("POST", "/sms.do", headers=shop.bearer, query=query)
    assert answer.body["error"] == 8
    assert answer.body["message"].startswith("message: ")
    assert _sent(shop.world) == []


def test_an_older_client_reads_the_number_of_an_error(shop: Shop):
    assert shop.form("/sms.do", {"to": ANN}).text == "ERROR:11"


# --- Recipients -------------------------------------------------------------------------------------------


def test_each_of_several_numbers_gets_it_once(shop: Shop):
    answer = shop.sms(to=f"{ANN},{BOB},{ANN_CALLS},{ANN[2:]}")
    assert [item["number"] for item in answer["list"]] == [ANN, BOB]
    assert sorted(_sent(shop.world)) == [(ANN_CALLS, "hello"), (BOB_CALLS, "hello")]
    assert shop.points == 9.68


def test_unless_it_is_to_get_it_as_often_as_it_is_named(shop: Shop):
    assert shop.sms(to=f"{ANN},{ANN}", allow_duplicates=1)["count"] == 2
    assert _sent(shop.world) == [(ANN_CALLS, "hello")] * 2


def test_wrong_numbers_are_left_out_where_there_are_right_ones(shop: Shop):
    answer = shop.sms(to=f"123,{ANN},48327201201", idx="a|b|c", param1="x|y|z", message="[%1%]")
    assert [(item["submitted_number"], item["idx"]) for item in answer["list"]] == [(ANN, "b")]
    assert _sent(shop.world) == [(ANN_CALLS, "y")]
    assert answer["count"] == 1
    assert "error" not in answer  # clients would take all of it as refused
    assert answer["invalid_numbers"] == [
        {"number": one, "submitted_number": one, "message": "Invalid phone number"} for one in ("123", "48327201201")
    ]


def test_where_all_numbers_are_right_no_wrong_ones_are_told(shop: Shop):
    assert "invalid_numbers" not in shop.sms(to=f"{ANN},{ANN},{BOB}")


@pytest.mark.parametrize("parameters", [{}, {"test": 1}, {"details": 1}])
def test_wrong_numbers_are_told_in_plain_text_behind_the_messages(shop: Shop, parameters: dict[str, object]):
    answer = shop.form("/sms.do", {"to": f"12:3,{ANN},48327201201", "message": "hello", **parameters})
    first, *others = answer.text.split(";")
    assert re.fullmatch(rf"OK:[0-9a-f]+:0\.16:{ANN}", first)
    assert others == ["ERROR:13:123", "ERROR:13:48327201201"]


def test_where_all_are_wrong_they_are_named(shop: Shop):
    answer = _refused(shop, 13, to="123,48327201201")
    assert answer["message"] == "No correct phone numbers"
    assert answer["invalid_numbers"] == [
        {"number": one, "submitted_number": one, "message": "Invalid phone number"} for one in ("123", "48327201201")
    ]


@pytest.mark.parametrize("to", ["", " , "])
def test_somebody_must_be_sent_to(shop: Shop, to: str):
    assert _refused(shop, 13, to=to)["message"] == "Recipients list cannot be empty"


def test_so_many_are_sent_to_at_once_and_no_more(shop: Shop):
    numbers = [f"48600{place:06}" for place in range(policy.RECIPIENTS_AT_ONCE + 1)]
    idx = "|".join(numbers)
    said = _refused(shop, 18, to=",".join(numbers), idx=idx)["message"]
    assert "10,000 recipients (40 with idx or param1 to param4), in 15 countries" in said
    _refused(shop, 18, to=",".join(numbers), param1=idx)
    assert shop.sms(to=",".join(numbers[1:]), idx=idx.partition("|")[2])["count"] == policy.RECIPIENTS_AT_ONCE
    assert len(_sent(shop.world)) == policy.RECIPIENTS_AT_ONCE


def test_messages_abroad_are_left_out_on_demand(shop: Shop):
    answer = shop.sms(to=f"{GERMAN},{ANN}", skip_foreign=1)
    assert [item["number"] for item in answer["list"]] == [ANN]
    assert shop.sms(to=GERMAN, skip_foreign=1)["error"] == 13


def test_an_account_sends_abroad_only_where_it_was_allowed_to(shop: Shop):
    _refused(shop, 32, to=GERMAN)
    sending.allow(shop.account_id, "GB")
    assert _refused(shop, 112, to=f"{GERMAN},{ANN}")["message"] == "No messages of this account may go to DE."
    sending.allow(shop.account_id, "DE GB")
    assert shop.sms(to=GERMAN)["list"][0]["points"] == 0.5


def test_a_day_of_messages_abroad_is_told_from_a_country_that_is_closed(shop: Shop):
    sending.allow(shop.account_id, "DE")
    accounts.limit_abroad("ann", 2, now=shop.world.now)
    said = "The limit of 2 messages a day to one country abroad is reached."
    assert _refused(shop, 112, to=[GERMAN] * 3, allow_duplicates=1)["message"] == said
    assert shop.sms(to=[GERMAN] * 2, allow_duplicates=1)["count"] == 2
    answer = shop.sms(to=GERMAN)
    assert (answer["error"], answer["message"]) == (112, said)


def test_one_number_is_not_flooded(shop: Shop):
    for _ in range(policy.SMS_REPEATS):
        assert shop.sms()["count"] == 1
    assert shop.sms()["error"] == 52
    shop.world.wait(policy.SMS_REPEATS_WITHIN)
    assert shop.sms()["count"] == 1


# --- The text ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", [{}, {"message": ""}])
def test_there_must_be_a_text(shop: Shop, message: dict[str, str]):
    answer = shop.legacy("/sms.do", to=ANN, **message)
    assert (answer["error"], answer["message"]) == (11, "Content is empty")


def test_each_number_gets_words_of_its_own(shop: Shop):
    shop.sms(to=f"{ANN},{BOB}", message="Dear [%1%], [%2%]! [%4%]", param1="Ann|Bob", param2="[%1%]|pay 5 zł")
    assert sorted(_sent(shop.world)) == [
        (ANN_CALLS, "Dear Ann, [%1%]! [%4%]"),
        (BOB_CALLS, "Dear Bob, pay 5 zł! [%4%]"),
    ]


def test_who_gets_longer_words_is_sent_a_longer_message(shop: Shop):
    answer = shop.sms(to=f"{ANN},{BOB}", message="[%1%]", param1=f"short|{'long' * 50}")
    assert [(item["parts"], item["points"]) for item in answer["list"]] == [(1, 0.16), (2, 0.32)]


@pytest.mark.parametrize("words", ["one", "one|two|three"])
def test_words_are_as_many_as_numbers(shop: Shop, words: str):
    _refused(shop, 17, to=f"{ANN},{BOB}", message="[%1%]", param1=words)


def test_letters_are_made_plain_on_demand(shop: Shop):
    answer = shop.sms(message="Zażółć gęślą jaźń „ok” – 5 €…", normalize=1, nounicode=1, details=1)
    assert (answer["message"], answer["parts"]) == ('Zazolc gesla jazn "ok" - 5 €...', 1)
    assert _sent(shop.world) == [(ANN_CALLS, 'Zazolc gesla jazn "ok" - 5 €...')]


@pytest.mark.parametrize("name", ["no_unicode", "nounicode"])
def test_what_costs_more_can_be_refused(shop: Shop, name: str):
    _refused(shop, 11, message="gęś", **{name: 1})
    _refused(shop, 11, message="語", normalize=1, **{name: 1})
    _refused(shop, 11, message="[%1%]", param1="gęś", **{name: 1})


LONG = {"single": {"single": 1}, "max_parts": {"max_parts": 1}, "ten parts": {"message": "x" * 1531}}


@pytest.mark.parametrize("why", LONG)
def test_a_text_has_so_many_parts_and_no_more(shop: Shop, why: str):
    said = _refused(shop, 12, **{"message": "x" * 161, **LONG[why]})["message"]
    assert said == "The text has more than 10 parts, or more than max_parts or single allows."


def test_a_limit_that_is_higher_than_any_message_is_none(shop: Shop):
    assert shop.sms(message="x" * 1530, max_parts=99)["list"][0]["parts"] == 10


@pytest.mark.parametrize("max_parts", ["0", "many"])
def test_a_limit_is_a_number(shop: Shop, max_parts: str):
    _refused(shop, 12, max_parts=max_parts)


def test_what_no_row_could_hold_is_refused_and_nothing_is_paid(shop: Shop):
    """Every number is stored with its own words and idx: 40 of the longest are more than a row may have."""
    sending.give_points(shop.account_id, sending.PLENTY)
    before, numbers = shop.points, [f"486001002{place:02}" for place in range(40)]
    large = {"to": ",".join(numbers), "message": "Δ" * 1529 + "[%1%]", "param1": ["1"] * 40, "idx": ["語" * 255] * 40}
    headers = {**shop.bearer, "Content-Type": "application/json"}

    def ask(**less: object) -> Any:
        body = json.dumps({**large, **less, "format": "json"}, ensure_ascii=False)
        return shop.world.post("/sms.do", body, headers=headers).body

    refused = ask()
    assert (refused["error"], "too large" in refused["message"]) == (18, True), refused
    assert (shop.points, _sent(shop.world)) == (before, [])
    assert ask(message="Δ" * 139 + "[%1%]")["count"] == 40


# --- idx --------------------------------------------------------------------------------------------------


def test_every_number_has_an_idx_of_its_own(shop: Shop):
    answer = shop.sms(to=f"{ANN},{BOB}", idx="a|")
    assert [item["idx"] for item in answer["list"]] == ["a", None]


@pytest.mark.parametrize("idx", ["a", "a|b|c"])
def test_there_are_as_many_as_numbers(shop: Shop, idx: str):
    _refused(shop, 20, to=f"{ANN},{BOB}", idx=idx)


def test_an_empty_one_is_none(shop: Shop):
    assert [item["idx"] for item in shop.sms(to=f"{ANN},{BOB}", idx="")["list"]] == [None, None]


def test_an_idx_has_so_many_characters(shop: Shop):
    assert shop.sms(idx="x" * 255)["list"][0]["idx"] == "x" * 255
    assert shop.sms(idx="x" * 256)["error"] == 27


def test_an_idx_can_be_used_once_a_day(shop: Shop):
    assert shop.sms(idx="a", check_idx=1)["count"] == 1
    assert shop.sms(idx="a", check_idx=1)["error"] == 53
    assert shop.sms(idx="a")["count"] == 1
    shop.world.wait(timedelta(days=1))
    assert shop.sms(idx="a", check_idx=1)["count"] == 1


# --- Under which name -------------------------------------------------------------------------------------


def _senders(world: World) -> list[str]:
    """The name of each message that goes to the carrier from now on."""
    names: list[str] = []

    def listen(call: AwsCall, proceed: Proceed) -> Answer:
        if call.operation == "Publish":
            names.append(call.arguments["MessageAttributes"]["AWS.SNS.SMS.SenderID"]["StringValue"])
        return proceed()

    with intercepted(listen):
        world.deliver()
    return names


def _has(shop: Shop, sender: str, *, approved: bool = True) -> None:
    shop.legacy("/sender.do", add=sender)
    accounts.approve("ann", sender, active=approved, now=shop.world.now)


def test_it_goes_under_the_name_that_is_asked_for(shop: Shop):
    _has(shop, "SHOP")
    shop.sms(**{"from": "SHOP"})
    assert _senders(shop.world) == ["SHOP"]


@pytest.mark.parametrize("unsaid", [{}, {"from": ""}])
def test_or_under_the_default_or_under_everybodys(shop: Shop, unsaid: dict[str, str]):
    shop.sms(**unsaid)
    _has(shop, "SHOP")
    shop.legacy("/sender.do", default="SHOP")
    shop.sms(**unsaid)
    assert sorted(_senders(shop.world)) == ["SHOP", "Test"]


def test_a_subuser_for_whom_the_default_is_not_sends_under_everybodys(shop: Shop):
    _has(shop, "SHOP")
    shop.legacy("/sender.do", default="SHOP")
    clerk(shop, senders=Share("none")).sms()
    clerk(shop, senders=Share("selected", ("SHOP",))).sms()
    assert sorted(_senders(shop.world)) == ["SHOP", "Test"]


@pytest.mark.parametrize("sender", ["NOBODYS", "WAITS", "twelve chars"])
def test_no_other_name_is_allowed(shop: Shop, sender: str):
    _has(shop, "WAITS", approved=False)
    _refused(shop, 14, **{"from": sender})


@pytest.mark.parametrize("sender", ["Eco", "ECO", "eco", "2way", "2WAY"])
def test_kinds_of_message_that_there_were_mean_the_default_sender(shop: Shop, sender: str):
    shop.sms(**{"from": sender})
    assert _senders(shop.world) == ["Test"]


def test_nor_another_accounts(shop: Shop, stranger: Shop):
    _has(shop, "SHOP")
    assert stranger.sms(**{"from": "SHOP"})["error"] == 14


def test_nor_one_that_is_not_shared_with_a_subuser(shop: Shop):
    _has(shop, "SHOP")
    sub = clerk(shop, senders=Share("selected", ("OTHER",)))
    assert sub.sms(**{"from": "SHOP"})["error"] == 14
    assert shop.points == 10


# --- Whose points -----------------------------------------------------------------------------------------


def test_without_points_nothing_is_sent(stranger: Shop):
    commit(wallets.adding(stranger.account_id, -sending.balance(stranger.user_id)))
    _refused(stranger, 103)


def test_a_subuser_sends_for_what_they_were_given_and_no_more(shop: Shop):
    sub = clerk(shop)
    for _ in range(31):
        assert sub.sms()["count"] == 1
        shop.world.wait(timedelta(minutes=1))
    assert sub.sms()["error"] == 96
    assert shop.sms()["count"] == 1


def test_all_of_a_request_is_paid_for_or_nothing_of_it(shop: Shop):
    seven = ",".join(f"48600{place:06}" for place in range(7))
    _refused(shop, 103, to=seven, message="x" * 1530)


def test_a_test_sends_nothing_and_costs_nothing_and_answers_as_ever(shop: Shop):
    real = shop.sms(details=1)
    before = shop.points
    tried = shop.sms(details=1, test=1)
    assert shop.points == before
    assert len(_sent(shop.world)) == 1
    assert tried["list"][0].pop("id") != real["list"][0].pop("id")
    assert tried == real


def test_a_test_is_refused_as_the_message_would_be(shop: Shop):
    _refused(shop, 14, test=1, **{"from": "NOBODYS"})
    _refused(shop, 13, test=1, to="123")


# --- What there is not ------------------------------------------------------------------------------------

ABSENT = {
    "datacoding": ({"datacoding": "bin"}, 110),
    "fallback": ({"fallback[0]": "vms"}, 110),
    "flash": ({"flash": 1}, 110),
    "template": ({"template": "welcome"}, 104),
    "udh": ({"udh": "0605041582"}, 110),
}


@pytest.mark.parametrize("what", ABSENT)
def test_what_would_be_another_message_than_was_asked_for_is_refused(shop: Shop, what: str):
    parameters, number = ABSENT[what]
    _refused(shop, number, **parameters)


def test_what_means_nothing_here_is_passed_over(shop: Shop):
    more = {"encoding": "utf-8", "fast": 1, "flash": 0, "partner_id": "7", "discount_group": "x", "udh": ""}
    assert shop.sms(**more, notify_url="https://shop.example/report")["count"] == 1


# --- Who may ----------------------------------------------------------------------------------------------


def test_a_message_is_not_sent_by_what_is_only_an_address(shop: Shop):
    query = {"to": ANN, "message": "hello", "format": "json"}
    answer = shop.world.call("GET", "/sms.do", query=query, headers=shop.bearer)
    assert (answer.status, answer.body["error"]) == (200, 8)
    assert _sent(shop.world) == []


def test_a_token_needs_the_scope_to_send(shop: Shop):
    other = program(shop.world, shop.user_id, scopes="contacts profile sms_authenticator sms_sender subusers")
    assert other.sms()["error"] == 401


def test_nobody_sends_without_a_token(world: World):
    body = "to=48600100201&message=hello&format=json"
    answer = world.post("/sms.do", body, headers={"Content-Type": FORM})
    assert (answer.status, answer.body["error"]) == (200, 101)


def test_nor_from_elsewhere(shop: Shop):
    other = program(shop.world, shop.user_id, sources="203.0.113.9")
    assert other.sms()["error"] == 105


# --- When -------------------------------------------------------------------------------------------------


def _in(shop: Shop, wait: timedelta) -> datetime:
    return shop.world.now + wait


HOUR = timedelta(hours=1)
SPELLINGS = {
    "seconds (Java)": lambda at: str(int(at.timestamp())),
    "with an offset (PHP)": lambda at: at.astimezone(datetime.strptime("+02:00", "%z").tzinfo).isoformat(),
    "with milliseconds (JavaScript)": lambda at: f"{at:%Y-%m-%dT%H:%M:%S.000Z}",
    "RFC 3339 (Go)": lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}",
    "without a zone": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}",
    "with a blank before the time": lambda at: f"{at:%Y-%m-%d %H:%M}",
    "with an offset that a form lost": lambda at: f"{at + HOUR:%Y-%m-%dT%H:%M:%S} 01:00",
    "with an offset that a form lost, and blanks": lambda at: f"{at + HOUR:%Y-%m-%d %H:%M} 01:00",
    "with short offset that a form lost": lambda at: f"{at + HOUR:%Y-%m-%dT%H:%M:%S} 0100",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_message_waits_for_its_time(shop: Shop, spelling: Any):
    at = _in(shop, HOUR)
    answer = shop.sms(date=spelling(at), date_validate=1)
    assert answer["list"][0]["date_sent"] == int(at.timestamp())
    assert _sent(shop.world) == []
    assert shop.points == 9.84


@pytest.mark.parametrize("date", ["0", "1", "2020-01-01T00:00:00Z"])
def test_what_is_past_is_now(shop: Shop, date: str):
    assert shop.sms(date=date)["list"][0]["date_sent"] == int(shop.world.now.timestamp())
    assert len(_sent(shop.world)) == 1


@pytest.mark.parametrize("date", ["-1", "9" * 30, "soon", "2026-13-01", "٣"])
@pytest.mark.parametrize("validate", ["0", "1"])
def test_what_is_no_time_is_refused_and_not_taken_for_now(shop: Shop, date: str, validate: str):
    said = _refused(shop, 54, date=date, date_validate=validate)["message"]
    assert "seconds since 1970" in said
    assert "ISO 8601" in said


def test_nothing_waits_for_more_than_three_months(shop: Shop):
    _refused(shop, 50, date=int((_in(shop, policy.SCHEDULED_AHEAD) + timedelta(seconds=1)).timestamp()))


def _expiring(shop: Shop, wait: timedelta, **parameters: object) -> Any:
    return shop.sms(expiration_date=int(_in(shop, wait).timestamp()), **parameters)


def test_a_message_expires_in_a_quarter_of_an_hour_to_three_days(shop: Shop):
    for wait in (policy.EXPIRES_SOONEST, policy.EXPIRES_LATEST):
        assert _expiring(shop, wait)["count"] == 1
        assert _expiring(shop, HOUR + wait, date=int(_in(shop, HOUR).timestamp()))["count"] == 1
    second = timedelta(seconds=1)
    for wait in (policy.EXPIRES_SOONEST - second, policy.EXPIRES_LATEST + second, -second):
        assert _expiring(shop, wait)["error"] == 56
    assert shop.sms(expiration_date="soon")["error"] == 56


def test_an_offset_in_a_form_that_does_not_encode_it_is_read_all_the_same(shop: Shop):
    at = _in(shop, HOUR)
    written = f"{at + HOUR:%Y-%m-%dT%H:%M:%S}+01:00"
    body = f"to={ANN}&message=hello&format=json&date={written}"
    headers = {"Content-Type": FORM, **shop.bearer}
    answer = shop.world.post("/sms.do", body, headers=headers).body
    assert answer["list"][0]["date_sent"] == int(at.timestamp())
    assert shop.world.post("/sms.do", f"{body}&expiration_date={written}", headers=headers).body["error"] == 56
    later = written.replace(f"{at + HOUR:T%H}", f"{at + 2 * HOUR:T%H}")
    assert shop.world.post("/sms.do", f"{body}&expiration_date={later}", headers=headers).body["count"] == 1


# --- What became of it ------------------------------------------------------------------------------------


def _status(shop: Shop, *ids: str) -> list[tuple[str, str]]:
    answer = shop.legacy("/sms.do", status="|".join(ids))
    assert answer["count"] == len(answer["list"])
    return [(one["number"], one["status"]) for one in answer["list"]]


def test_what_became_of_a_message_is_told(shop: Shop):
    (item,) = shop.sms(idx="7")["list"]
    expected = {"id": item["id"], "number": ANN, "points": 0.16, "status": "QUEUE", "error": None, "idx": "7"}
    assert shop.legacy("/sms.do", status=item["id"]) == {"count": 1, "list": [expected]}
    _sent(shop.world)
    query = {"format": "json", "status": item["id"]}
    answer = shop.world.call("GET", "/sms.do", query=query, headers=shop.bearer)  # as Go does
    assert answer.body["list"] == [expected | {"status": "SENT"}]


def test_of_several_in_the_order_that_was_asked_for(shop: Shop):
    first, second = (item["id"] for item in shop.sms(to=f"{ANN},{BOB}")["list"])
    assert _status(shop, second, "0" * 24, first, "garbage") == [
        (BOB, "QUEUE"),
        ("", "NOT_FOUND"),
        (ANN, "QUEUE"),
        ("", "NOT_FOUND"),
    ]


@pytest.mark.parametrize("action", ["status", "sch_del"])
def test_so_many_ids_are_taken_at_once_and_no_more(shop: Shop, action: str):
    ids = [f"{place:024}" for place in range(policy.MESSAGES_ASKED_AT_ONCE + 1)]
    answer = shop.legacy("/sms.do", **{action: "|".join(ids)})
    said = "One request has at most 100 ids of messages. Send several requests."
    assert (answer["error"], answer["message"]) == (18, said)
    assert shop.legacy("/sms.do", **{action: "|".join(ids[1:])}).get("error") != 18


def test_an_older_client_reads_a_line_for_each_status(shop: Shop):
    (item,) = shop.sms()["list"]
    assert shop.form("/sms.do", {"status": item["id"]}).text == f"OK:{item['id']}:QUEUE"


def test_another_account_is_told_nothing(shop: Shop, stranger: Shop):
    (item,) = shop.sms()["list"]
    assert _status(stranger, item["id"]) == [("", "NOT_FOUND")]


def test_a_subuser_is_told_of_their_own_messages_only(shop: Shop):
    (owners,) = shop.sms()["list"]
    sub, sibling = clerk(shop), clerk(shop)
    (his,) = sub.sms()["list"]
    assert _status(sub, owners["id"], his["id"]) == [("", "NOT_FOUND"), (ANN, "QUEUE")]
    assert _status(sibling, his["id"]) == [("", "NOT_FOUND")]
    assert _status(shop, owners["id"], his["id"]) == [(ANN, "QUEUE"), (ANN, "QUEUE")]


# --- Taking it back ---------------------------------------------------------------------------------------


def _scheduled(shop: Shop, **parameters: object) -> list[str]:
    at = int(_in(shop, HOUR).timestamp())
    return [item["id"] for item in shop.sms(date=at, **parameters)["list"]]


def test_a_message_that_waits_is_taken_back_and_its_points_are_given_back(shop: Shop):
    (one,) = _scheduled(shop)
    assert shop.legacy("/sms.do", sch_del=one) == {"count": 1, "list": [{"id": one}]}
    assert shop.points == 10
    assert _status(shop, one) == [(ANN, "NOT_FOUND")]


LISTS = {"commas": ",".join, "repeated": list, "strokes": "|".join}


@pytest.mark.parametrize("spelled", LISTS)
def test_several_are_taken_back_at_once(shop: Shop, spelled: str):
    ids = [*_scheduled(shop), *_scheduled(shop, to=f"{ANN},{BOB}")]
    answer = shop.legacy("/sms.do", sch_del=LISTS[spelled](ids))
    assert answer == {"count": 3, "list": [{"id": one} for one in ids]}
    assert shop.points == 10


def test_an_older_client_reads_a_line_for_each_that_is_taken_back(shop: Shop):
    (one,) = _scheduled(shop)
    assert shop.form("/sms.do", {"sch_del": one}).text == f"OK:{one}"


def test_what_does_not_wait_is_not_taken_back(shop: Shop, stranger: Shop):
    (left,) = shop.sms()["list"]
    (waits,) = _scheduled(shop)
    for one in (left["id"], "0" * 24, "garbage", f"{waits},{left['id']}"):
        answer = shop.legacy("/sms.do", sch_del=one)
        assert (answer["error"], answer["message"]) == (301, "Not exists ID message")
    assert stranger.legacy("/sms.do", sch_del=waits)["error"] == 301
    assert clerk(shop).legacy("/sms.do", sch_del=waits)["error"] == 301
    assert shop.legacy("/sms.do", sch_del=waits)["count"] == 1
    assert shop.legacy("/sms.do", sch_del=waits)["error"] == 301
    assert shop.points == 9.84


def test_nothing_is_taken_back_on_get(shop: Shop):
    (one,) = _scheduled(shop)
    answer = shop.world.call("GET", "/sms.do", query={"sch_del": one, "format": "json"}, headers=shop.bearer)
    assert answer.body["error"] == 8
    assert _status(shop, one) == [(ANN, "QUEUE")]


# --- What it costs, and what goes wrong -------------------------------------------------------------------


def _operations(shop: Shop, **parameters: object) -> list[str]:
    """What is asked of AWS once it is known who calls."""
    shop.sms()  # so that keys are read
    with overheard() as calls:
        shop.sms(**parameters)
    return [call.operation for call in calls][1:]


def test_a_message_is_a_read_two_writes_and_one_word_to_the_queue(shop: Shop):
    _has(shop, "SHOP")
    for parameters in ({}, {"from": "SHOP"}, {"to": f"{ANN},{BOB}"}):
        assert _operations(shop, **parameters) == ["BatchGetItem", "UpdateItem", "TransactWriteItems", "SendMessage"]
    assert _operations(shop, **{"from": "Test"}) == ["UpdateItem", "TransactWriteItems", "SendMessage"]


CHEAP = {
    "nobody to send to": {"to": ""},
    "a wrong number": {"to": "123"},
    "no text": {"message": ""},
    "a name that is none": {"from": "twelve chars"},
    "a time that is none": {"date": "soon"},
    "what there is not": {"flash": 1},
}


@pytest.mark.parametrize("why", sorted(CHEAP))
def test_what_is_wrong_by_itself_costs_nothing(shop: Shop, why: str):
    assert _operations(shop, **CHEAP[why]) == []


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_where_the_queue_fails_the_points_come_back(shop: Shop, fault: str):
    def break_queue(call: AwsCall, proceed: Proceed) -> Answer:
        return FAULTS[fault](call, proceed) if call.operation == "SendMessage" else proceed()

    with intercepted(break_queue):
        answer = shop.sms()
    assert answer["error"] == 201
    assert shop.points == 10
    assert _sent(shop.world) == []
