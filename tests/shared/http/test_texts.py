"""What cannot be carried, as each route refuses it: text that is no text, and numbers that are too long."""

import json
from typing import Any

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.errors import NotCarried, Refusal, TooDeep, Uncarried
from shared.http import bodies, texts
from tests.support import programs
from tests.support.events import Reply
from tests.support.world import World

NO_TEXT = ("\ud800", "x\udfff", "\ud83d", "\0", "a\x1b[31m", "\x7f", "\uffff", "\ufffe", "\ufffd")

CARRIED = ("", "ł", "🔑", "a\tb\r\nc\f", "\u202e", "\ue000", "\U0010fffd")


@pytest.mark.parametrize("text", CARRIED)
def test_text_is_let_through_as_it_is(text: str):
    texts.must_be_carried({"a": [text, {text or "b": text}]})


@pytest.mark.parametrize("text", NO_TEXT)
@pytest.mark.parametrize("wrap", [lambda x: {"a": x}, lambda x: {"a": [1, {"b": x}]}, lambda x: {x: 1}])
def test_what_is_no_text_is_refused_wherever_it_stands(text: str, wrap: Any):
    with pytest.raises((NotCarried, Uncarried)):
        texts.must_be_carried(wrap(text))


@pytest.mark.parametrize(("depth", "refused"), [(8, False), (9, True), (900, True)])
def test_arrays_and_objects_are_nested_only_so_deep(depth: int, refused: bool):
    body = {"a": json.loads("[" * (depth - 1) + "]" * (depth - 1))}
    if refused:
        with pytest.raises(TooDeep):
            texts.must_be_carried(body)
    else:
        texts.must_be_carried(body)


def _parsed(number: str) -> Any:
    headers = {"Content-Type": "application/json"}
    event = {"httpMethod": "POST", "path": "/x", "body": '{"n": ' + number + "}", "headers": headers}
    return bodies.json_object(event)["n"]


@pytest.mark.parametrize("number", ["0", "-1", "48600100200", "0.0001", "1.5e3", "100000000"])
def test_an_honest_number_is_read(number: str):
    assert _parsed(number) == json.loads(number)


@pytest.mark.parametrize("number", ["9" * 25, "9" * 5000, "1e999", "-1e999", "1E+900000", "1e16", "0." + "1" * 60])
def test_a_number_that_is_too_long_or_too_large_is_refused_and_its_field_named(number: str):
    with pytest.raises(NotCarried) as refused:
        _parsed(number)
    assert (refused.value.place, refused.value.error) == (("body", "n"), "number_too_long")


def test_a_header_that_is_stored_is_cleaned_and_not_refused(world: World):
    agent = "Check\x00/1\ud800\n\x1b[31m"
    opened = world.sign_in(world.add("bob", phone=None), headers={"User-Agent": agent})
    assert opened.status == 200
    bearer = {"Authorization": f"Bearer {opened.body['session']['token']}"}
    told = world.call("GET", "/account/activity", headers=bearer)
    assert told.status == 200
    assert not set("\x00\x1b\ud800") & set(told.text.encode().decode("unicode_escape"))


def test_a_header_that_is_stored_is_cut_and_no_part_of_a_token_stands_before_the_cut():
    most, token = policy.MAX_USER_AGENT_CHARACTERS, identifiers.write(randomness.token("api", "A" * 16))
    assert texts.user_agent("x " * most) == "x " * (most // 2)
    assert texts.user_agent("x " * (most // 2 - 20) + token) == "x " * (most // 2 - 20) + "[secret]"
    assert [texts.user_agent(nothing) for nothing in (None, "")] == ["", ""]


PLACES: dict[str, tuple[str, str, str]] = {
    "the text of a message": ("POST", "/sms.do", "message"),
    "its idx": ("POST", "/sms.do", "idx"),
    "ids": ("POST", "/sms.do", "status"),
    "words of a recipient": ("POST", "/sms.do", "param1"),
    "a code's text": ("POST", "/mfa/codes", "content"),
    "a contact": ("POST", "/contacts", "first_name"),
    "a group": ("POST", "/contacts/groups", "description"),
    "a sub-user": ("PUT", "/subusers/x", "description"),
    "a sender name": ("POST", "/sms/sendernames", "sender"),
    "a note": ("POST", "/user.do", "info"),
    "a token": ("PATCH", "/tokens/x", "name"),
}


def _is_refused(answer: Reply, field: str) -> bool:
    if answer.status == 200:
        return int(answer.body["error"]) > 0
    return answer.status in (400, 422) and field in answer.text


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", ["\ud83d", "a\0b", "\uffff"])
def test_no_route_takes_what_is_no_text(world: World, place: str, value: str):
    method, path, field = PLACES[place]
    scopes = "sms sms_authenticator contacts subusers sms_sender tokens"
    headers = {"Authorization": programs.bearer(programs.api_token(world, world.ann, scopes=scopes)[0])}
    answer = world.call(method, path, {field: value, "format": "json", "to": "48600100200"}, headers=headers)
    assert _is_refused(answer, field), answer
    answer = world.call(method, path, query={field: value, "format": "json"}, headers=headers)
    assert answer.status in (200, 400, 404, 409, 422), answer
    assert answer.status != 200 or answer.body["error"] > 0


REFUSALS: tuple[type[Refusal], ...] = (NotCarried, Uncarried, TooDeep)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_says_what_to_do(refusal: type[Refusal]):
    assert refusal.message.endswith(".")
