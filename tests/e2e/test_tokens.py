"""API tokens, OAuth clients and IP lists on the deployed stack: its roles let it do what it promises."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from tests.e2e.deployment import Stack
from tests.e2e.people import HTTP, PASSWORD, Answer, Person, bearer
from tests.e2e.test_reminders import fire

HERE = {"enabled": True, "entries": [{"source": "127.0.0.1"}]}
ELSEWHERE = {"enabled": True, "entries": [{"source": "203.0.113.0/24"}]}
OFF = {"enabled": False, "entries": []}
ENDS = "An API token is about to end"


def make(owner: Person, session: str, **order: Any) -> Any:
    made = owner.sends("POST", "/tokens", {"name": "sklep", "scopes": "sms tokens", **order}, bearer(session))
    assert made.status == 201, made
    return made.body


def works(owner: Person, secret: str) -> bool:
    return owner.sends("GET", "/tokens", headers=bearer(secret)).status == 200


def send_form(owner: Person, path: str, **form: str) -> Answer:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = HTTP.request("POST", owner.stack.url + path, body=urlencode(form), headers=headers)
    return Answer(answer.status, answer.data.decode(), answer.headers)


def test_a_token_is_made_used_narrowed_rotated_and_deleted(owner: Person):
    session = owner.opens_session()
    made = make(owner, session)
    assert works(owner, made["access_token"])
    path = f"/tokens/{made['id']}"
    assert owner.may(session, "GET", path)["last_authorization"]
    assert owner.may(session, "PATCH", path, {"scopes": "tokens"})["scope"][0]["scope"] == "tokens"
    turned = owner.sends("POST", f"{path}/rotate", {"overlap_minutes": 0}, bearer(session)).body
    assert [works(owner, one["access_token"]) for one in (made, turned)] == [False, True]
    owner.may(session, "DELETE", path)
    assert not works(owner, turned["access_token"])
    for subject in ("An API token was made", "An API token got a new secret", "An API token was deleted"):
        assert "sklep" in owner.letter(subject)


def test_a_limit_of_requests_is_counted(owner: Person):
    secret = make(owner, owner.opens_session(), rate_limit=1)["access_token"]
    statuses = [owner.sends("GET", "/tokens", headers=bearer(secret)).status for _ in range(3)]
    assert 429 in statuses  # not always the second: a new minute may have begun


def test_whoever_finds_a_token_kills_it(owner: Person):
    secret = make(owner, owner.opens_session())["access_token"]
    assert owner.sends("POST", "/tokens/found", {"token": secret}).status == 204
    assert not works(owner, secret)


def test_a_client_gets_a_token_asks_about_it_and_gives_it_back(owner: Person):
    made = make(owner, owner.opens_session(), kind="client")
    client = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    secret = send_form(owner, "/oauth/token", grant_type="client_credentials", **client).body["access_token"]
    assert works(owner, secret)
    assert send_form(owner, "/oauth/introspect", token=secret, **client).body["active"] is True
    assert send_form(owner, "/oauth/revoke", token=secret, **client).status == 200
    assert send_form(owner, "/oauth/introspect", token=secret, **client).body == {"active": False}
    assert not works(owner, secret)


def test_a_token_that_ends_is_told_of_once_however_often_the_schedule_fires(stack: Stack, owner: Person):
    until = datetime.now(UTC) + timedelta(days=20)
    make(owner, owner.opens_session(), expiration_date=f"{until:%Y-%m-%dT%H:%M:%SZ}")
    for _ in range(2):
        fire(stack, at=datetime.now(UTC) + timedelta(days=14))
    assert "sklep" in owner.letter(ENDS)
    assert [subject for subject, _ in owner.letters()].count(ENDS) == 1


def test_a_list_that_refuses_its_owner_is_only_tried_and_the_glass_can_be_broken(owner: Person):
    session = owner.opens_session()
    code, *_ = owner.may(session, "POST", "/account/factors/recovery-codes")["recovery_codes"]
    assert owner.may(session, "PUT", "/account/ip-lists/panel", HERE)["trial_until"] is None
    assert owner.may(session, "PUT", "/account/ip-lists/panel", ELSEWHERE)["trial_until"]
    assert owner.sends("GET", "/session", headers=bearer(session)).body["error"] == "address_not_allowed"
    assert owner.signs_in().body["error"] == "address_not_allowed"
    glass = {"login": owner.login, "password": PASSWORD, "recovery_code": code}
    assert owner.sends("POST", "/ip-lists/break-glass", glass).status == 204
    assert owner.is_in(session)
    assert owner.letter("The lists of addresses were switched off")


def test_the_list_for_machines_counts_on_the_next_request(owner: Person):
    session = owner.opens_session()
    secret = make(owner, session)["access_token"]
    for wanted, lets_in in ((ELSEWHERE, False), (HERE, True), (OFF, True)):
        owner.may(session, "PUT", "/account/ip-lists/api", wanted)
        assert works(owner, secret) is lets_in
