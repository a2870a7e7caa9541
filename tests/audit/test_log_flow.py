"""Refusals that leave only a line in the log are told from it, with who it was as far as it was proved."""

import json
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from audit import handler, log_flow
from notify import delivery_events
from shared import policy, settings
from shared.delivery import carrier_reports, event_bus
from shared.domain.audit_events import Refused
from tests.support import audit as support
from tests.support import programs, tokens
from tests.support.audit import Desk
from tests.support.delivery_events import of_mail
from tests.support.events import HOME, Context, Reply, records
from tests.support.world import FROM_PANEL, PASSWORD, World

TYPED = "my-Secret-Passw0rd"


def _told(world: World, audit: Desk) -> dict[str, Any]:
    audit.tell_log(at=world.now)
    (told,) = audit.told()
    assert told["outcome"] == "failure"
    return told


def _signed_in(world: World) -> dict[str, str]:
    token = world.session()["session"]["token"]
    return {"Authorization": f"Bearer {token}"}


def _policy(world: World, headers: dict[str, str]) -> Reply:
    return world.call("PUT", "/account/codes", {"code_digits": 6, "code_minutes": 5}, headers=headers)


def test_a_step_up_that_is_missing_is_told_with_the_session_that_was_shown(world: World, audit: Desk):
    headers = _signed_in(world)
    world.wait(policy.CONFIRMED_FOR + timedelta(minutes=1))
    refused = world.post("/tokens", {"name": "Shop", "scopes": ["sms"]}, headers=headers)
    assert refused.error == "insufficient_user_authentication"
    told = _told(world, audit)
    assert (told["event"], told["reason"]) == (Refused.ACCESS_DENIED, "StepUpNeeded")
    assert (told["actor"], told["proof"], told["subject"]) == ("ann", "password sms", world.ann.user_id)
    assert (told["address"], told["request_id"], told["times"]) == (HOME, "request-1", 1)


def test_a_scope_that_a_token_has_not_is_told(world: World, audit: Desk):
    held = tokens.make(world.ann.user_id, now=world.now, scopes="sms")
    assert world.call("GET", "/contacts", headers=held.bearer).error == "insufficient_scope"
    told = _told(world, audit)
    assert (told["event"], told["reason"]) == (Refused.ACCESS_DENIED, "InsufficientScope")
    assert (told["actor"], told["proof"]) == (f"token:{held.id}", "api_token")


def test_an_address_that_is_not_on_the_list_is_told(world: World, audit: Desk):
    programs.limit_machines(world, world.ann, "192.0.2.1")
    held = tokens.make(world.ann.user_id, now=world.now)
    assert world.call("GET", "/profile", headers=held.bearer).outcome == 403
    told = _told(world, audit)
    assert (told["event"], told["reason"]) == (Refused.ACCESS_DENIED, "AddressNotAllowed")
    assert (told["subject"], told["address"]) == (world.ann.user_id, HOME)


def test_a_token_that_is_disabled_is_told_with_whose_it_is(world: World, audit: Desk):
    held = tokens.make(world.ann.user_id, now=world.now, enabled=False)
    assert world.call("GET", "/profile", headers=held.bearer).outcome == 401
    told = _told(world, audit)
    assert (told["event"], told["reason"]) == (Refused.TOKEN_REFUSED, "TokenRefused")
    assert told["subject"] == world.ann.user_id


def test_a_session_that_is_over_is_told(world: World, audit: Desk):
    headers = _signed_in(world)
    world.wait(policy.SESSION_LIFETIME)
    world.call("GET", "/session", headers=headers)
    told = _told(world, audit)
    assert (told["event"], told["subject"]) == (Refused.TOKEN_REFUSED, world.ann.user_id)


def test_a_rate_limit_that_is_reached_is_told(world: World, audit: Desk):
    held = tokens.make(world.ann.user_id, now=world.now, rate_limit=1)
    answers = [world.call("GET", "/profile", headers=held.bearer).outcome for _ in range(2)]
    assert answers == [200, 429]
    told = _told(world, audit)
    assert (told["event"], told["reason"]) == (Refused.RATE_LIMITED, "TooManyRequests")


def test_a_wait_after_wrong_passwords_is_told_for_its_address_without_what_was_typed(world: World, audit: Desk):
    while world.post("/login", {"login": TYPED, "password": "Wrong-Horse-7"}).status != 429:
        pass
    told = _told(world, audit)
    assert (told["event"], told["reason"]) == (Refused.RATE_LIMITED, "TooManyPasswords")
    assert (told["subject"], told["address"]) == ("none", HOME)
    assert TYPED.casefold() not in audit.log.getvalue().casefold()


def test_a_page_of_another_origin_is_told(world: World, audit: Desk):
    answer = world.post("/login", {"login": "ann", "password": PASSWORD, "transport": "cookie"}, headers=FROM_PANEL)
    assert answer.status == 200
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Cookie": "__Host-session=x"}
    assert world.post("/account/logout-everywhere", {}, headers=foreign).error == "cross_site_request"
    assert _told(world, audit)["event"] == Refused.CROSS_SITE


def test_a_link_that_was_used_is_told(world: World, audit: Desk):
    challenge = world.challenge()
    assert world.verify(challenge, world.code()).status == 200
    assert world.verify(challenge, world.code()).status == 410
    told = _told(world, audit)
    assert (told["event"], told["reason"]) == (Refused.LINK_REFUSED, "ChallengeAnswered")


def test_a_wrong_password_of_somebody_who_is_signed_in_is_told(world: World, audit: Desk):
    headers = _signed_in(world)
    assert world.post("/session/confirm", {"password": "Wrong-Horse-7"}, headers=headers).status == 401
    told = _told(world, audit)
    assert (told["event"], told["actor"], told["address"]) == (Refused.PROOF_FAILED, "ann", HOME)


def test_the_authorizer_tells_too(world: World, audit: Desk):
    held = tokens.make(world.ann.user_id, now=world.now, enabled=False)
    assert not programs.is_let_in(world, programs.bearer(held.secret))
    assert _told(world, audit)["event"] == Refused.TOKEN_REFUSED


def test_a_wrong_password_of_a_stranger_is_told_by_its_count_alone(world: World, audit: Desk):
    assert world.post("/login", {"login": "ann", "password": "Wrong-Horse-7"}).status == 401
    assert audit.lines() == []


def test_whoever_is_let_in_leaves_no_such_line(world: World, audit: Desk):
    held = tokens.make(world.ann.user_id, now=world.now)
    assert world.call("GET", "/profile", headers=held.bearer).status == 200
    assert world.call("GET", "/tokens/no-such-token", headers=held.bearer).status == 404
    assert audit.lines() == []


def test_lines_that_are_alike_are_one_event_with_their_number(world: World, audit: Desk):
    held = tokens.make(world.ann.user_id, now=world.now, enabled=False)
    for _ in range(5):
        world.call("GET", "/profile", headers=held.bearer)
    assert _told(world, audit)["times"] == 5


def test_lines_that_come_twice_are_told_under_the_same_id(world: World, audit: Desk):
    world.call("GET", "/session", headers={"Authorization": "Bearer furtka_session_x"})
    brought = support.batch(audit.lines(), at=world.now)
    for _ in range(2):
        handler.lambda_handler(brought, Context())  # type: ignore[arg-type]
    first, second = audit.told()
    assert first == second


def test_lines_that_the_bus_does_not_take_come_again(world: World, audit: Desk):
    world.call("GET", "/session", headers={"Authorization": "Bearer furtka_session_x"})
    failure = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "PutEvents")
    with patch.object(event_bus._events(), "put_events", side_effect=failure), pytest.raises(handler.NotTold):
        audit.tell_log(at=world.now)


def test_a_line_of_somebody_else_and_a_test_message_are_passed_over(audit: Desk):
    for line in ("not json", "[]", '{"audit_event": "no_such"}', '{"audit_event": 7}'):
        said = {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "timestamp": 0, "message": line}]}
        assert log_flow.tell(support.packed(said)) == set()
    assert log_flow.tell(support.packed({"messageType": "CONTROL_MESSAGE", "logEvents": []})) == set()
    assert audit.told() == []


NETWORK = "2001:db8:0:7"


def _lines(count: int, **said: str) -> list[str]:
    facts = {"audit_event": Refused.TOKEN_REFUSED, "reason": "SessionForged"}
    return [json.dumps(facts | {"address": f"203.0.{place // 250}.{place % 250}"} | said) for place in range(count)]


def _tell(world: World, lines: list[str]) -> None:
    handler.lambda_handler(support.batch(lines, at=world.now), Context())  # type: ignore[arg-type]


def test_strangers_of_one_network_are_one_event(world: World, audit: Desk):
    for place in range(20):
        forged = {"Authorization": "Bearer furtka_session_x"}
        assert world.call("GET", "/session", headers=forged, address=f"{NETWORK}::{place:x}").outcome == 401
    told = _told(world, audit)
    assert (told["address"], told["times"], told["subject"]) == (f"{NETWORK}::/64", 20, "none")


def test_the_address_of_somebody_with_a_right_credential_is_exact(world: World, audit: Desk):
    held = tokens.make(world.ann.user_id, now=world.now, enabled=False)
    for place in ("1", "2"):
        world.call("GET", "/profile", headers=held.bearer, address=f"{NETWORK}::{place}")
    audit.tell_log(at=world.now)
    assert {one["address"] for one in audit.told()} == {f"{NETWORK}::1", f"{NETWORK}::2"}


@pytest.mark.parametrize("subject", ["none", "A" * 16])
def test_what_is_beyond_the_limit_of_a_batch_is_one_event_about_many(
    world: World, audit: Desk, monkeypatch: pytest.MonkeyPatch, subject: str
):
    monkeypatch.setattr(policy, "REFUSALS_TOLD_A_MINUTE", 3)
    _tell(world, _lines(9, subject=subject, device="Firefox"))
    *some, many = audit.told()
    assert [one["times"] for one in some] == [1] * 3
    assert (many["times"], many["address"], many["subject"], many["account"]) == (6, "many", "many", "none")
    assert (many["reason"], many["actor"], many["proof"], many["device"]) == ("SessionForged", "none", "none", "none")


@pytest.mark.parametrize("whose", ["none", "A" * 16])
def test_the_loop_of_a_stranger_or_of_another_customer_does_not_hide_what_a_user_was_refused(
    world: World, audit: Desk, monkeypatch: pytest.MonkeyPatch, whose: str
):
    monkeypatch.setattr(policy, "REFUSALS_TOLD_A_MINUTE", 3)
    _tell(world, [*_lines(9, subject=whose), *_lines(1, subject=world.ann.user_id)])
    assert [one["subject"] for one in audit.told()].count(world.ann.user_id) == 1


def test_what_has_no_address_or_only_a_word_for_one_is_told(world: World, audit: Desk):
    _tell(world, [*_lines(1, address=""), *_lines(1, address="test-invoke-source-ip")])
    assert [one["address"] for one in audit.told()] == ["none", "test-invoke-source-ip"]


def test_a_wrong_secret_in_the_carriers_address_is_told_without_it(world: World, audit: Desk):
    right = carrier_reports.url().removeprefix(settings.API_URL)
    for path in (f"{carrier_reports.PATH}/{TYPED}", right[:-2] + "x=", right):
        world.call("GET", path, query={"idx": "1", "status": "404"}, address=f"{NETWORK}::1")
    told = _told(world, audit)
    assert (told["event"], told["reason"], told["times"]) == (Refused.CARRIER_REFUSED, "CarrierRefused", 2)
    assert (told["subject"], told["address"]) == ("none", f"{NETWORK}::/64")
    assert TYPED not in audit.log.getvalue()


def test_whoever_guesses_the_carriers_secret_learns_no_fields_and_is_told_of_without_any(world: World, audit: Desk):
    answer = world.call("GET", f"{carrier_reports.PATH}/{TYPED}")
    assert (answer.status, answer.error) == (404, "not_found")
    assert _told(world, audit)["event"] == Refused.CARRIER_REFUSED


def test_a_mailbox_that_e_mails_come_back_from_is_told(world: World, audit: Desk):
    for what in ("Bounce", "Delivery"):
        body = of_mail(what, world.ann.email, world.ann.user_id, sent_at=world.now)
        delivery_events.lambda_handler(records([body], at=world.now, queue="events"), Context())  # type: ignore[arg-type]
        world.wait(timedelta(minutes=1))
    told = _told(world, audit)
    assert (told["event"], told["reason"]) == (Refused.MAILBOX_REFUSED, "bounced")
    assert (told["actor"], told["proof"], told["subject"]) == ("platform", "platform", world.ann.user_id)
    assert world.ann.email not in json.dumps(told)
