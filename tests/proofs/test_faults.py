"""Faults: any call to AWS may fail, in any way that calls fail, and nobody is left with half of anything."""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import boto3
import pytest

import notify.handler
from shared import policy, settings
from shared.crypto import randomness
from shared.delivery import notices
from shared.delivery.letters import NewDeviceSeen
from shared.delivery.notices import CodeSent, Notice
from shared.storage import engine
from tests.proofs import moments, tables
from tests.proofs.flows import FLOWS
from tests.proofs.moments import Moment
from tests.proofs.turns import Turn
from tests.support import calls, events
from tests.support.calls import FAULTS, failing, intercepted, overheard
from tests.support.events import Context, Reply
from tests.support.world import NOON, World

BUSY = "The service is busy. Try again in a moment."
CLEAN = (
    {"error": "unavailable", "message": BUSY},
    {"error": "temporarily_unavailable", "error_description": BUSY},
    {"error": "unavailable", "message": BUSY, "developer_description": None, "errors": None},
    {"error": 201, "message": BUSY},
)
"""As everybody is told, as OAuth clients are (RFC 6749), and as those of SMSAPI are, on REST routes and by `*.do`."""

HAPPENED_ALL_THE_SAME = {
    ("POST /verify-code: right code", -2): 410,
    ("POST /verify-code: right code, too many devices", -2): 410,
    ("POST /verify-code: right code, known device", -1): 410,
    ("POST /verify-code: code of an app", -2): 410,
    ("POST /verify-code: right code, confirmation", -1): 410,
    ("POST /verify-code: recovery code", -2): 410,
    ("POST /verify-code: the last wrong code", -4): 403,
    ("POST /verify-code: right code, given number", -2): 410,
    ("POST /verify-code: right code, repeated sign-in", -2): 410,
    ("POST /verify-code/resend", -2): 429,
    ("POST /verify-code/resend: repeated sign-in", -2): 429,
    ("POST /session/confirm: no second factor", -1): 401,
    ("POST /account/password", -2): 401,
    ("POST /invitations/accept", -1): 410,
    ("POST /password-reset/confirm", -2): 410,
    ("POST /password-reset/confirm: no second factor", -2): 410,
    ("POST /password-reset/confirm: no second factor, too many devices", -2): 410,
    ("POST /not-me", -2): 410,
    ("POST /not-me: another app", -2): 410,
    ("POST /undo", -2): 410,
    ("POST /undo: code of an app", -2): 410,
    ("POST /recovery/cancel", -2): 410,
    ("DELETE /account/recovery", -2): 404,
    ("POST /account/suspended/{record_id}/confirm", -1): 404,
    ("DELETE /tokens/{token_id}/access-tokens/{access_id}", -1): 404,
    ("DELETE /account/email", -1): 404,
    ("DELETE /account/sessions/{session_id}", -1): 404,
    ("DELETE /account/devices/{device_id}", -1): 404,
    ("POST /account/factors/sms/confirm", -2): 410,
    ("POST /account/factors/sms/confirm: another number", -2): 410,
    ("DELETE /account/factors/sms", -2): 404,
    ("POST /account/factors/totp/confirm", -2): 410,
    ("DELETE /account/factors/totp", -2): 404,
    ("POST /email/confirm", -3): 410,
    ("POST /account/ip-lists/{name}/confirm", -2): 409,
    ("POST /ip-lists/break-glass", -3): 401,
    ("DELETE /account/api-password", -2): 404,
    ("DELETE /tokens/{token_id}", -2): 404,
    ("DELETE /tokens/{token_id}: keeping what waits", -2): 404,
    ("DELETE /tokens/{token_id}: by a program", -2): 404,
    ("POST /mfa/codes/verifications: by an access token", -1): 404,
    ("POST /sms.do: removal", -1): 400,
    ("POST /sms.do: removal of one of many", -1): 400,
    ("DELETE /messages/{message_id}", -1): 409,
    ("DELETE /sms/sendernames/{sender}", -1): 404,
    ("POST /sms/sendernames: access token", -1): 409,
    ("POST /sms/sendernames: by a person", -1): 409,
    ("POST /subusers", -2): 409,
    ("POST /subusers: by a program", -2): 409,
    ("POST /subusers: access token", -2): 409,
    ("POST /user.do", -2): 400,
    ("DELETE /subusers/{user_id}", -5): 404,
    ("POST /login: given password", -2): 401,
    ("POST /account/password: given password", -2): 401,
    ("POST /contacts", -1): 409,
    ("POST /contacts: access token", -1): 409,
    ("POST /contacts: by a person", -1): 409,
    ("POST /contacts: by a sub-user", -1): 409,
    ("DELETE /contacts/{contact_id}", -1): 404,
    ("DELETE /contacts/{contact_id}: by a sub-user", -1): 404,
    ("DELETE /contacts/groups/{group_id}", -1): 404,
    ("DELETE /contacts/groups/{group_id}: with its contacts", -8): 404,
    ("DELETE /contacts/groups/{group_id}/members/{contact_id}: by a sub-user", -1): 404,
}
"""What works once, was done, and nobody heard of it: the repeat is told that it is over, or to wait.

The numbers count the flow's calls from its end. After the wait, a code can be sent again; after a lost answer to a
right code, the person signs in again.
"""

LEFT_BEHIND = {
    ("POST /password-reset/confirm", -1): 410,
    ("POST /password-reset/confirm: no second factor", -1): 410,
    ("POST /password-reset/confirm: no second factor, too many devices", -1): 410,
    ("POST /not-me", -1): 410,
    ("POST /not-me: another app", -1): 410,
    ("POST /email/confirm", -1): 410,
    ("POST /login: given password", -1): 401,
    ("POST /verify-code: the last wrong code", -2): 403,
    ("POST /verify-code: the last wrong code", -3): 403,
}
"""What works once and was done before its message could be queued. The new password opens the door; a link is sent
again by POST /password-reset. A new address is in force, and its link works again while a sub-user has the old one.
The last attempt at a code is paid for before it is looked at; a lock that could not be written down is written down by
whoever is refused for it.
"""

FOUND_ALL_THE_SAME = {
    ("POST /mfa/codes", -2),
    ("POST /mfa/codes: with a key", -2),
    ("POST /mfa/codes: by a sub-user", -2),
    ("POST /mfa/codes: after an order that ended halfway", -4),
    ("POST /sms.do", -2),
    ("POST /sms.do: to two numbers", -2),
    ("POST /sms.do: to many numbers", -2),
    ("POST /sms.do: to many numbers, by a sub-user", -2),
    ("POST /sms.do: by a sub-user", -2),
    ("POST /sms.do: to a group", -2),
}
"""What was done, and nobody heard of it: an order is looked for before anybody is told to repeat it."""

LEFT_TO_A_TASK = {("DELETE /contacts/groups/{group_id}: with its contacts", place): 202 for place in range(-7, 0)}
"""What is decided and stored, and done by a task: the answer says so. tests/contacts/test_tasks.py holds that."""

ONLY_TOLD = {
    ("DELETE /messages: of a large order", -1),  # the answer says how many were withdrawn, and where to go on
    ("POST /mfa/codes/verifications: one wrong code too many", -1),
    ("POST /mfa/codes/verifications: one wrong code too many of a sub-user", -1),
    ("POST /verify-code: right code", -1),
    ("POST /verify-code: right code, too many devices", -1),
    ("POST /verify-code: code of an app", -1),
    ("POST /verify-code: right code, given number", -1),
    ("POST /verify-code: right code, repeated sign-in", -1),
    ("POST /login: right password, codes locked", -3),
    ("POST /login: right password, too many messages", -1),
    ("POST /login: right password, too many challenges", -1),
    ("POST /login: right password, from outside the list", -1),
    ("POST /oauth/revoke: an API token", -1),
    ("POST /login: right password, looked for among leaked ones", -1),
    ("POST /verify-code: recovery code", -1),
    ("POST /account/password", -1),
    ("POST /account/factors/sms/confirm", -1),
    ("POST /account/factors/sms/confirm: another number", -1),
    ("DELETE /account/factors/sms", -1),
    ("POST /account/factors/totp/confirm", -1),
    ("DELETE /account/factors/totp", -1),
    ("POST /account/factors/recovery-codes", -1),
    ("POST /email/confirm", -2),
    ("POST /undo", -1),
    ("POST /undo: code of an app", -1),
    ("POST /recovery/cancel", -1),
    ("DELETE /account/recovery", -1),
    ("PUT /account/policy", -1),
    ("PUT /account/ip-lists/{name}", -1),
    ("PUT /account/ip-lists/{name}: for machines", -1),
    ("POST /account/ip-lists/{name}/confirm", -1),
    ("POST /ip-lists/break-glass", -1),
    ("POST /ip-lists/break-glass", -2),
    ("POST /ip-lists/break-glass: wrong recovery code", -1),
    ("POST /verify-code: the last wrong code", -1),
    ("POST /login: right password, codes locked", -1),
    ("PUT /account/legacy-api", -1),
    ("PUT /account/sending", -1),
    ("PUT /account/delivery-reports", -1),
    ("PUT /account/api-password", -1),
    ("DELETE /account/api-password", -1),
    ("POST /tokens", -1),
    ("POST /tokens: by a program", -1),
    ("POST /tokens: access token", -1),
    ("DELETE /tokens/{token_id}", -1),
    ("DELETE /tokens/{token_id}: keeping what waits", -1),
    ("DELETE /tokens/{token_id}: by a program", -1),
    ("POST /tokens/{token_id}/rotate", -1),
    ("POST /tokens/{token_id}/rotate: by a program", -1),
    ("POST /tokens/found", -1),
    ("GET /carriers/smsapi/{secret}", -1),
    ("POST /mfa/codes: after an order that ended halfway", -2),
    ("POST /mfa/codes: after an order that ended halfway", -3),
    ("POST /subusers", -1),
    ("POST /subusers: by a program", -1),
    ("POST /subusers: access token", -1),
    ("POST /user.do", -1),
    ("PUT /subusers/{user_id}: password", -1),
    ("PUT /subusers/{user_id}: switched off", -1),
    ("DELETE /subusers/{user_id}", -1),
    ("DELETE /subusers/{user_id}", -2),
    ("DELETE /subusers/{user_id}", -3),
    ("DELETE /subusers/{user_id}", -4),
    ("PUT /user.do", -1),
    ("POST /account/password: given password", -1),
}
"""News of what is done: where the queue does not take it the answer is yes all the same, and an alarm rings.

What a dead order holds is given back by whoever finds it next. The tokens of a sub-user who was deleted are dead
without them; that their rows go as well, and what was kept of changes, is housekeeping.
"""


@pytest.fixture(scope="module", params=moments.ALL_CALLS)
def moment(stack: World, request: pytest.FixtureRequest) -> Moment:
    return Moment(stack, request.param)


@pytest.mark.parametrize("fault", FAULTS)
def test_whichever_call_fails_the_answer_is_a_clean_503_and_a_repeat_succeeds(moment: Moment, fault: str):
    world, flow = moment.world, moment.flow
    for place in range(moment.length):
        turn = moment.come_back()
        with failing(place, FAULTS[fault]):
            answer = turn.ask()
        if status := LEFT_TO_A_TASK.get((flow, place - moment.length)):
            assert answer.outcome == status
            continue
        is_found = fault == "is done but not heard of" and (flow, place - moment.length) in FOUND_ALL_THE_SAME
        if is_found or (flow, place - moment.length) in ONLY_TOLD:
            assert answer.outcome == FLOWS[flow].status
            continue
        _must_be_clean(answer)
        _must_have_proofs_for_its_sessions(turn)
        world.wait(timedelta(seconds=answer.retry_after))
        again = turn.ask()
        assert again.outcome == _status_of_repeat(flow, fault, place - moment.length), f"call {place}: {again}"
        _must_work(world, turn, again)
        _must_have_proofs_for_its_sessions(turn)
    _must_have_sent_nothing_twice(world, turn)


def _status_of_repeat(flow: str, fault: str, place: int) -> int:
    if fault == "is done but not heard of" and (flow, place) in HAPPENED_ALL_THE_SAME:
        return HAPPENED_ALL_THE_SAME[flow, place]
    return LEFT_BEHIND.get((flow, place), FLOWS[flow].status)


def _must_be_clean(answer: Reply) -> None:
    """Nothing but the refusal: no challenge, no session, no cookie."""
    assert (answer.outcome, answer.retry_after) == (503, 1)
    assert answer.body in CLEAN
    assert answer.headers["Content-Type"] == ["application/json; charset=utf-8"]
    assert answer.headers["Cache-Control"] == ["no-store"]
    assert "Set-Cookie" not in answer.headers


def _must_have_proofs_for_its_sessions(turn: Turn) -> None:
    """A session stands behind an answered challenge each, but where the password alone is the proof."""
    if turn.person.phone:
        (epoch,) = {row["epoch"]["S"] for row in tables.rows("users") if row["user_id"]["S"] == turn.person.user_id}
        answered = [row for row in tables.rows("challenges") if row["answered"]["BOOL"]]
        sessions = [row for row in tables.rows("sessions") if row["user_id"]["S"] == turn.person.user_id]
        honoured = [row for row in sessions if row["proved_at"]["S"] > epoch]
        assert len(honoured) <= len(answered)


def _must_work(world: World, turn: Turn, answer: Reply) -> None:
    """What the repeat promised is kept, if need be after the wait that it asks for."""
    if answer.outcome == 429:
        world.wait(timedelta(seconds=answer.retry_after))
        answer = turn.ask()
    assert turn.keeps(answer)


def _must_have_sent_nothing_twice(world: World, turn: Turn) -> None:
    """Every code is another one, so a text with one that came twice was one notice sent twice."""
    texts = Counter(text for number, text in world.sms if number == turn.person.phone and CODE.search(text))
    assert set(texts.values()) <= {1}


@pytest.mark.parametrize("flow", moments.SAME_CALLS)
def test_a_flow_that_is_not_broken_here_makes_no_calls_of_its_own(world: World, flow: str):
    assert set(Moment(world, flow).calls) <= set(Moment(world, moments.SAME_CALLS[flow]).calls)


CODE = re.compile(r"\b[0-9]{6}\b")

BATCHES = [
    ("POST /login: right password, known device", 0),
    ("POST /login: right password", -1),
]
"""Calls that AWS may do by half, counted as above."""


@pytest.mark.parametrize(("flow", "place"), BATCHES)
def test_half_an_answer_is_none(world: World, flow: str, place: int):
    moment = Moment(world, flow)
    turn = moment.come_back()
    with failing(place % moment.length, calls.answer_by_half):
        answer = turn.ask()
    _must_be_clean(answer)
    assert turn.keeps(turn.ask())


def test_what_a_busy_table_leaves_out_is_asked_for_again_and_nobody_notices(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(randomness, "pause", lambda _: 0)
    moment = Moment(world, "GET /session: a minute after the last use")
    for place in range(moment.length):
        turn = moment.come_back()
        busy = calls.answer_by_half if "BatchGetItem" in moment.calls[place] else calls.collide
        with failing(place, busy):
            assert turn.ask().outcome == FLOWS[moment.flow].status


CROWDED = ["POST /login: right password, known device", "POST /verify-code: right code", "POST /logout"]
"""Flows that write in every way there is: alone, together, and to remove."""


@pytest.mark.parametrize("flow", CROWDED)
def test_who_collides_with_another_is_tried_again_and_notices_nothing(
    world: World, flow: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(randomness, "pause", lambda _: 0)
    moment = Moment(world, flow)
    for place in range(moment.length):
        turn = moment.come_back()
        with failing(place, calls.collide):
            answer = turn.ask()
        assert answer.outcome == FLOWS[flow].status
        assert turn.keeps(answer)


@pytest.mark.parametrize("flow", CROWDED)
def test_who_collides_for_ever_is_told_to_come_back(world: World, flow: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(randomness, "pause", lambda _: 0)
    turn = Moment(world, flow).come_back()
    with intercepted(calls.collide):
        answer = turn.ask()
    _must_be_clean(answer)
    assert turn.keeps(turn.ask())


def test_a_transaction_that_the_sdk_repeats_counts_once(world: World):
    """The token by which DynamoDB knows a repeat: without it, a right answer lost on its way would be refused."""
    sent: list[str] = []
    hook = ("before-send.dynamodb.TransactWriteItems", lambda request, **_: sent.append(request.body.decode()))
    engine._connection.client.meta.events.register_first(*hook)
    world.session()
    engine._connection.client.meta.events.unregister(*hook)
    tokens = {json.loads(body)["ClientRequestToken"] for body in sent}
    assert len(tokens) == len(sent) == 4


# --- Notices ----------------------------------------------------------------------------------------------

_ids = count(1)


def _code() -> Notice:
    number = next(_ids)
    return CodeSent(f"code-{number}", "+48700100200", "en", f"{number:06}", NOON + policy.CODE_LIFETIME)


def _mail() -> Notice:
    number = next(_ids)
    return NewDeviceSeen(
        f"mail-{number}", f"m{number}@example.com", "en", "ann", NOON, "198.51.100.7", "Firefox", "a-token"
    )


def _take(*told: Notice) -> list[Notice]:
    """Hand a batch to `notify`; those that stay on the queue come back."""
    event = events.records([notices.write(one) for one in told], at=NOON)
    failures = notify.handler.lambda_handler(event, Context(60_000))["batchItemFailures"]
    return [told[int(failure["itemIdentifier"].removeprefix("message-"))] for failure in failures]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("new", [_code, _mail])
def test_whichever_call_fails_a_notice_goes_out_once_and_holds_no_other_back(
    world: World, new: Callable[[], Notice], fault: str
):
    with overheard() as made:
        assert _take(new()) == []
    for place in range(len(made)):
        notice, neighbour = new(), new()
        with failing(place, FAULTS[fault]):
            left = _take(notice, neighbour)
        assert left in ([], [notice])
        assert _times_sent(world, neighbour) == 1
        _take(notice)  # a queue may repeat itself
        _end_of_the_invocation()
        assert not left or _take(*left) == []
        assert _times_sent(world, notice) == 1


def _times_sent(world: World, notice: Notice) -> int:
    if isinstance(notice, CodeSent):
        return sum(f"#{notice.code}" in text for _, text in world.sms)
    return sum(address == notice.email for address, _, _ in world.mails)


def _end_of_the_invocation() -> None:
    """Its time is up, so that a place which it took and left as it was is free again."""
    for row in tables.rows("deliveries"):
        if row["status"]["S"] == "INPROGRESS":
            boto3.client("dynamodb").update_item(
                TableName=settings.DELIVERIES_TABLE,
                Key={"id": row["id"]},
                UpdateExpression="SET in_progress_expiration = :past",
                ExpressionAttributeValues={":past": {"N": "0"}},
            )
