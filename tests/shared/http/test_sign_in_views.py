"""The answers to a sign-in: a secret is shown once, and to a browser only in cookies."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import Response

from shared import policy
from shared.auth.session_opening import NewSession
from shared.crypto import randomness
from shared.domain import identifiers
from shared.domain.challenges import Challenge
from shared.domain.sessions import Session
from shared.http import cookies
from shared.http.sign_in_views import (
    challenge_details,
    session_opened_response,
    session_response,
    sign_in_response,
)
from shared.observability import logger

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANN = randomness.user_id(randomness.account_id())
TOKEN, DEVICE = randomness.token("session", ANN), randomness.token("device", ANN)
SESSION = Session(
    user_id=ANN,
    session_id=TOKEN.id,
    sealed_secret="sealed-1",
    created_at=NOON,
    proved_at=NOON,
    confirmed_at=NOON,
    used_at=NOON + MINUTE,
    ends_at=NOON + policy.SESSION_LIFETIME,
    idle=15 * MINUTE,
    transport="bearer",
    factors="password sms",
    address="192.0.2.1",
    user_agent="Check/1.0",
)
SHOWN = {
    "user_id": ANN,
    "created_at": "2026-11-23T12:00:00Z",
    "idle_seconds": 900,
    "idle_until": "2026-11-23T12:16:00Z",
    "ends_at": "2026-11-24T12:00:00Z",
    "factors": ["password", "sms"],
}
CHALLENGE = Challenge(
    challenge_id="challenge-1",
    purpose="login",
    login="ann",
    email="ann@example.com",
    phone="+48600100200",
    language="en",
    channel="sms",
    factors="sms totp",
    sealed_code="sealed-2",
    created_at=NOON,
    expires_at=NOON + 5 * MINUTE,
    resend_at=NOON + MINUTE,
    tries_left=5,
    answered=False,
    idle=15 * MINUTE,
    transport="bearer",
    device_known=False,
)
ASKED = {
    "id": "challenge-1",
    "channel": "sms",
    "factors": ["sms", "totp"],
    "phone": "+48******200",
    "expires_at": "2026-11-23T12:05:00Z",
    "resend_at": "2026-11-23T12:01:00Z",
    "sms_delayed": False,
}


def opened(**facts: Any) -> NewSession:
    device = facts.pop("device", DEVICE)
    return NewSession(replace(SESSION, **facts), TOKEN, device, [])


def body(response: Response[Any]) -> Any:
    assert (response.status_code, response.content_type) == (200, "application/json; charset=utf-8")
    return json.loads(response.body.model_dump_json())


def test_a_session_is_shown_without_its_secret_and_without_where_it_was_opened():
    assert json.loads(session_response(SESSION).model_dump_json()) == SHOWN


def test_a_program_gets_its_secrets_in_the_body_and_no_cookie():
    response = session_opened_response(opened(), shown=[])
    shown = SHOWN | {"token": identifiers.write(TOKEN)}
    assert body(response) == {"session": shown, "device_token": identifiers.write(DEVICE)}
    assert response.cookies == []


def test_a_known_device_gets_no_other_token():
    assert body(session_opened_response(opened(device=None), shown=[]))["device_token"] is None
    [cookie] = session_opened_response(opened(device=None, transport="cookie"), shown=[]).cookies
    assert cookie.name == cookies.SESSION


def test_a_browser_gets_its_secrets_in_cookies_and_nothing_of_them_in_the_body():
    response = session_opened_response(opened(transport="cookie"), shown=[])
    assert body(response) == {"session": SHOWN}
    given = [cookies.session(identifiers.write(TOKEN)), cookies.device(DEVICE)]
    assert [str(cookie) for cookie in response.cookies] == [str(cookie) for cookie in given]


@pytest.mark.parametrize("transport", ["bearer", "cookie"])
def test_the_log_tells_who_signed_in_and_by_what_and_no_secret(transport: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, logger=logger.name)
    session_opened_response(opened(transport=transport), shown=[])
    [record] = caplog.records
    said = vars(record)
    assert (record.getMessage(), said["user_id"], said["session_id"]) == ("signed_in", ANN, TOKEN.id)
    assert said["factors"] == "password sms"
    assert not any(secret in f"{said}" for secret in (TOKEN.secret, DEVICE.secret, SESSION.sealed_secret))


def test_a_challenge_shows_what_to_answer_and_only_the_ends_of_the_phone():
    assert json.loads(challenge_details(CHALLENGE).model_dump_json()) == ASKED


def test_without_a_phone_nothing_is_sent_again_and_no_carrier_is_to_blame():
    by_app = replace(CHALLENGE, channel="totp", factors="totp", phone=None)
    shown = json.loads(challenge_details(by_app, sms_delayed=True).model_dump_json())
    other = {"channel": "totp", "factors": ["totp"], "phone": None, "resend_at": None}
    assert shown == ASKED | other


def test_a_right_password_is_answered_with_the_challenge_and_its_carriers_troubles():
    assert body(sign_in_response(CHALLENGE, shown=[])) == {"challenge": ASKED}
    assert body(sign_in_response(CHALLENGE, shown=[], sms_delayed=True)) == {"challenge": ASKED | {"sms_delayed": True}}


def test_a_right_password_is_answered_with_a_session_where_no_second_factor_is_needed():
    response = sign_in_response(opened(transport="cookie"), shown=[], sms_delayed=True)
    assert body(response) == {"session": SHOWN}
    assert len(response.cookies) == 2
