"""The canary: it does what a customer does, says which step failed, and can do nothing else."""

import json
import re
import signal
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import pyotp
import pytest
import urllib3

from canary import flow, handler, keys
from furtka import accounts, canary, cli, target
from furtka.complaint import Complaint
from shared import policy, secret_store, settings
from shared.domain.identifiers import account_of
from shared.errors import Unavailable
from shared.storage import logins, tokens, users, wallets
from tests.support.alarms import STACK, Alarm, Metric, Metrics, embedded
from tests.support.events import Context, Reply
from tests.support.template import resources
from tests.support.world import World
from tests.test_alarms_ring import NOW

ADDRESS = "https://api.example.com"
TEAM = "team@example.com"


class _Gateway:
    """API Gateway in front of the world's functions, for the canary. `broken` answers for a path."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.broken: dict[str, Any] = {}

    def request(self, method: str, url: str, *, json: Any, headers: dict[str, str], **_: Any) -> Any:
        path = url.removeprefix(ADDRESS)
        if answer := self.broken.get(path):
            return answer()
        reply = self.world.call(method, path, json, headers=headers)
        return SimpleNamespace(status=int(reply.status), data=reply.text.encode())


class _Session:
    """The same for the command, which has another HTTP client."""

    def __init__(self, world: World) -> None:
        self.world = world

    def request(self, method: str, url: str, *, json: Any, headers: dict[str, str], **_: Any) -> Any:
        self.world.wait(timedelta(seconds=1))  # each answer takes its time
        return _Response(self.world.call(method, url.removeprefix(ADDRESS), json, headers=headers))


class _Response:
    def __init__(self, reply: Reply) -> None:
        self.ok, self.status_code, self.content = reply.status < 400, reply.status, reply.text
        self.json = lambda: reply.body


@pytest.fixture
def gateway(world: World) -> Iterator[_Gateway]:
    gateway = _Gateway(world)
    boto3.client("secretsmanager").create_secret(Name=settings.CANARY_SECRET, SecretString="{}")
    with (
        patch.object(flow, "_http", lambda: gateway),
        patch("requests.Session", lambda: _Session(world)),
        patch.object(target, "connect", lambda _: world.now),
    ):
        yield gateway
    secret_store.provider().clear_cache()


@pytest.fixture
def made(gateway: _Gateway, world: World, capsys: pytest.CaptureFixture[str]) -> keys.Keys:
    """The account that the command made, a while ago."""
    _create()
    capsys.readouterr()
    world.wait(timedelta(minutes=5))
    return keys.read()


def _create() -> None:
    canary.run(Namespace(stack=None, url=None, email=TEAM, address=ADDRESS))


def _run(world: World) -> None:
    event = {"source": "aws.events", "time": f"{world.now:%Y-%m-%dT%H:%M:%SZ}"}
    handler.lambda_handler(event, Context(60_000))  # type: ignore[arg-type]


def _counted(printed: str) -> dict[str, float]:
    return {metric.name: value for metric, _, value in embedded(printed) if metric.name.startswith("Canary")}


def _reason(caplog: pytest.LogCaptureFixture) -> tuple[str, str]:
    (failed,) = [vars(record) for record in caplog.records if record.message == "canary_failed"]
    return failed["step"], failed["reason"]


# --- What it does ------------------------------------------------------------------------------------------


def test_it_signs_in_with_its_app_and_tries_to_send(made: keys.Keys, world: World, capsys: pytest.CaptureFixture[str]):
    _run(world)
    assert _counted(capsys.readouterr().out) == {"CanarySucceeded": 1, "CanaryFailed": 0}
    assert world.sms == []


def test_its_session_is_over_after_each_run(made: keys.Keys, world: World):
    opened: list[str] = []
    given = flow._give
    with patch.object(flow, "_give", lambda *args: opened.append(given(*args)) or opened[-1]):
        _run(world)
    assert [world.me(token).status for token in opened] == [401]


def test_it_is_a_known_device_so_nobody_is_told_of_its_sign_ins(made: keys.Keys, world: World):
    before = len(world.mails)
    for _ in range(3):
        _run(world)
        world.wait(timedelta(minutes=5))
    assert len(world.mails) == before


def test_no_limit_stops_a_sign_in_every_five_minutes(made: keys.Keys, world: World, capsys: pytest.CaptureFixture[str]):
    """For hours, longer than any count of sign-ins lasts; and after a year of it no password is overdue."""
    for _ in range(40):
        _run(world)
        world.wait(timedelta(minutes=5))
    for _ in range(13):
        world.wait(timedelta(days=30))
        _run(world)
    counted = [value for metric, _, value in embedded(capsys.readouterr().out) if metric.name == "CanarySucceeded"]
    assert counted == [1] * 53


def test_a_schedule_that_fires_twice_at_once_is_no_failure(
    made: keys.Keys, world: World, capsys: pytest.CaptureFixture[str]
):
    """AWS promises at least once, and a code of the app works once."""
    _run(world)
    _run(world)
    counted = [value for metric, _, value in embedded(capsys.readouterr().out) if metric.name == "CanarySucceeded"]
    assert counted == [1, 1]


# --- What it says of a failure ----------------------------------------------------------------------------------

BROKEN = SimpleNamespace(status=500, data=b'{"error": "internal_error", "message": "..."}')
STEPS = {
    "/login": "sign_in",
    "/verify-code": "second_factor",
    "/session": "session",
    "/sms.do": "send",
    "/logout": "sign_out",
}


@pytest.mark.parametrize("path", STEPS)
def test_the_step_that_fails_is_named_and_counted(  # noqa: PLR0917 - fixtures
    path: str,
    made: keys.Keys,
    gateway: _Gateway,
    world: World,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
):
    gateway.broken[path] = lambda: BROKEN
    _run(world)
    assert _counted(capsys.readouterr().out) == {"CanarySucceeded": 0, "CanaryFailed": 1}
    assert _reason(caplog) == (STEPS[path], "500 internal_error")


def test_silence_is_a_failure(made: keys.Keys, gateway: _Gateway, world: World, caplog: pytest.LogCaptureFixture):
    def silent() -> None:
        raise urllib3.exceptions.ReadTimeoutError(None, "/login", "")  # type: ignore[arg-type]

    gateway.broken["/login"] = silent
    _run(world)
    assert _reason(caplog) == ("sign_in", "ReadTimeoutError")


@pytest.mark.parametrize(
    ("path", "answer", "told"),
    [
        ("/sms.do", b'{"error": 94, "message": "..."}', ("send", "error 94")),
        ("/login", b'{"session": {}}', ("sign_in", "no challenge.id in the answer")),
        ("/login", b"<html>", ("sign_in", "no challenge.id in the answer")),
        ("/verify-code", b"[]", ("second_factor", "no session.token in the answer")),
    ],
)
def test_an_answer_that_means_no_is_a_failure(  # noqa: PLR0917 - fixtures
    path: str,
    answer: bytes,
    told: tuple[str, str],
    made: keys.Keys,
    gateway: _Gateway,
    world: World,
    caplog: pytest.LogCaptureFixture,
):
    gateway.broken[path] = lambda: SimpleNamespace(status=200, data=answer)
    _run(world)
    assert _reason(caplog) == told


def test_a_redirection_is_a_failure(made: keys.Keys, gateway: _Gateway, world: World, caplog: pytest.LogCaptureFixture):
    gateway.broken["/login"] = lambda: SimpleNamespace(status=301, data=b"")
    _run(world)
    assert _reason(caplog) == ("sign_in", "301")


def test_no_secret_is_logged_whatever_is_answered(
    made: keys.Keys, gateway: _Gateway, world: World, capsys: pytest.CaptureFixture[str], caplog: Any
):
    held = [made.password, made.totp, made.device_token, made.api_token]
    for path in STEPS:
        repeated = json.dumps({"error": " ".join(held), "message": " ".join(held)}).encode()
        gateway.broken = {path: lambda said=repeated: SimpleNamespace(status=400, data=said)}
        _run(world)
    said = "".join(capsys.readouterr()) + "".join(str(vars(record)) for record in caplog.records)
    assert [secret for secret in held if secret in said + repr(made)] == []


def test_an_alarm_rings_when_it_fails_and_when_it_does_not_run(
    made: keys.Keys, gateway: _Gateway, world: World, capsys: pytest.CaptureFixture[str]
):
    alarm, metric = Alarm.named("CanaryAlarm"), Metric("Furtka", "CanarySucceeded", frozenset({("service", STACK)}))
    found: dict[str, Metrics] = {}
    for name, broken in (("fails", {"/login": lambda: BROKEN}), ("works", {})):
        gateway.broken = broken
        found[name] = Metrics()
        for back in (1, 2, 3):
            world.wait(timedelta(minutes=5))
            _run(world)
            for printed, _, value in embedded(capsys.readouterr().out):
                found[name].add(printed, NOW - back * alarm.period, value)
    assert metric in found["works"].values
    assert alarm.rings(found["fails"], at=NOW)
    assert alarm.rings(Metrics(), at=NOW)
    assert not alarm.rings(found["works"], at=NOW)


@pytest.mark.parametrize(("held", "reason"), [("{}", "furtka canary create was not run"), ("no", "unreadable")])
def test_without_an_account_it_says_what_to_do(
    held: str, reason: str, gateway: _Gateway, world: World, caplog: pytest.LogCaptureFixture
):
    boto3.client("secretsmanager").put_secret_value(SecretId=settings.CANARY_SECRET, SecretString=held)
    _run(world)
    step, told = _reason(caplog)
    assert step == "secret"
    assert told.startswith(reason)


# --- What it can do --------------------------------------------------------------------------------------------


def test_its_account_has_no_points_no_phone_and_one_token_that_can_only_try_and_seldom(made: keys.Keys):
    login = logins.find(made.login)
    assert login
    assert (login.phone, login.has_totp, login.email) == (None, True, TEAM)
    assert wallets.balance(account_of(login.user_id)) == 0
    ((token,), _) = tokens.of_user(login.user_id)
    assert (token.scopes, token.expires_at, token.rate_limit) == ("sms:test", None, policy.CANARY_REQUESTS_A_MINUTE)
    user, account = users.find(login.user_id)
    assert user
    assert account
    assert (account.abroad, user.owner, user.permissions) == ("", False, "sms:test")


def _stolen(made: keys.Keys, world: World) -> dict[str, str]:
    """Sign in with the canary's secret, as a thief of it; the headers of a session in which everything was proved."""
    challenge = world.post("/login", {"login": made.login, "password": made.password}).body["challenge"]["id"]
    code = pyotp.TOTP(made.totp).at(world.now)
    opened = world.post("/verify-code", {"challenge_id": challenge, "code": code})
    return {"Authorization": f"Bearer {opened.body['session']['token']}"}


WANTED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a token": ("POST", "/tokens", {"name": "thief", "scopes": "sms:test"}),
    "tokens": ("GET", "/tokens", {}),
    "a sub-user": ("POST", "/subusers", {"credentials": {"username": "thief-of-it", "password": "Sunday-Ferry-31"}}),
    "sub-users": ("GET", "/subusers", {}),
    "a sender name": ("POST", "/sms/sendernames", {"sender": "Bank"}),
    "delivery reports": ("PUT", "/account/delivery-reports", {"notify_url": "https://thief.example/"}),
    "contacts": ("GET", "/contacts", {}),
    "messages": ("GET", "/messages", {}),
}


@pytest.mark.parametrize("what", WANTED)
def test_whoever_steals_its_secret_gets_nothing_that_lasts_or_sends(what: str, made: keys.Keys, world: World):
    method, path, body = WANTED[what]
    answer = world.call(method, path, body or None, headers=_stolen(made, world))
    assert answer.status == 403, answer.text


def test_its_token_stops_for_the_minute_at_its_rate_limit(made: keys.Keys, world: World):
    order = {"to": flow.PHONE, "message": "hello", "format": "json", "test": "1"}
    bearer = {"Authorization": f"Bearer {made.api_token}"}
    most = policy.CANARY_REQUESTS_A_MINUTE
    errors = [world.post("/sms.do", order, headers=bearer).body.get("error") for _ in range(most + 1)]
    assert errors == [None] * most + [203]


def test_the_owner_of_its_account_cannot_sign_in(made: keys.Keys):
    owner = logins.find(f"{made.login}-owner")
    assert owner
    assert (owner.enabled, account_of(owner.user_id)) == (False, logins.find(made.login).account_id)


def test_its_token_sends_nothing_and_its_function_may_read_its_secret_alone(made: keys.Keys, world: World):
    order = {"to": flow.PHONE, "message": "hello", "format": "json"}
    answer = world.post("/sms.do", order, headers={"Authorization": f"Bearer {made.api_token}"})
    assert (answer.outcome, answer.error) == (403, "insufficient_scope")
    (policy_of_role,) = resources("AWS::Serverless::Function")["CanaryFunction"]["Policies"]
    assert policy_of_role["Statement"] == [
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": {"Ref": "CanarySecret"}}
    ]


def test_a_canary_that_is_off_leaves_nothing_in_the_stack():
    from tests.support.template import template  # noqa: PLC0415

    parts = [name for name in template()["Resources"] if name.startswith("Canary")]
    assert sorted(parts) == ["CanaryAlarm", "CanaryFunction", "CanaryLog", "CanarySecret"]
    assert {template()["Resources"][name]["Condition"] for name in parts} == {"CanaryIsOn"}


# --- The command ----------------------------------------------------------------------------------------------


def test_made_anew_nobody_of_the_account_before_gets_in(made: keys.Keys, world: World):
    """Neither with its secret, nor with a session that a thief opened, nor as somebody else of that account."""
    thief = _stolen(made, world)
    accounts.switch(f"{made.login}-owner", enabled=True, now=world.now)
    _create()
    now = keys.read()
    assert now.login != made.login
    (before,) = {account_of(logins.find(name).user_id) for name in (made.login, f"{made.login}-owner")}
    _, account = users.find(logins.find(made.login).user_id)
    assert account.suspended
    assert account_of(logins.find(now.login).user_id) != before
    order = {"to": flow.PHONE, "message": "hello", "format": "json", "test": "1"}
    answer = world.post("/sms.do", order, headers={"Authorization": f"Bearer {made.api_token}"})
    assert (answer.status, answer.body["error"]) == (200, 110)
    assert world.call("GET", "/session", headers=thief).error == "account_suspended"


def test_made_anew_after_the_account_before_was_suspended_by_hand(made: keys.Keys, world: World):
    accounts.suspend(made.login, on=True, now=world.now)
    _create()
    assert keys.read().login != made.login


def test_made_anew_after_the_account_before_is_gone(gateway: _Gateway):
    held = json.dumps({"login": "canary-of-other-tables"})
    boto3.client("secretsmanager").put_secret_value(SecretId=settings.CANARY_SECRET, SecretString=held)
    _create()
    assert keys.read().login.startswith("canary-")


def test_an_account_made_before_canaries_were_sub_users_is_suspended_as_well(gateway: _Gateway, world: World):
    """Then the secret held the owner's password, with which a thief could make sub-users: they are out too."""
    owner = accounts.new_owner("canary-of-before", email=TEAM, phone=None, language="en")
    accounts.add(owner, now=world.now)
    held = json.dumps({"login": owner.login})
    boto3.client("secretsmanager").put_secret_value(SecretId=settings.CANARY_SECRET, SecretString=held)
    _create()
    _, account = users.find(owner.user_id)
    assert account.suspended


ASKED = (
    "/invitations/accept",
    "/login",
    "/subusers",
    "/account/password",
    "/account/factors/totp",
    "/tokens",
    "/logout",
)


@pytest.mark.parametrize("step", ASKED)
def test_of_an_attempt_that_fails_nobody_gets_in_and_no_secret_is_told(
    step: str, gateway: _Gateway, world: World, named: str
):
    """Whoever reads the team's mailbox, or that of a mistyped address, could set a password for the owner."""
    with _answering_to(step, lambda: _Response(_refused())), pytest.raises(Complaint) as told:
        _create()
    assert str(told.value) == f"POST {step} was answered 410: The link is not valid."
    assert _is_suspended(f"{named}-owner")
    world.deliver()
    before = len(world.mails)
    assert world.post("/password-reset", {"login": f"{named}-owner"}).status == 204
    world.deliver()
    assert len(world.mails) == before


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_of_an_attempt_that_is_stopped_nobody_gets_in_however_often_it_is_told(
    ending: signal.Signals, gateway: _Gateway, named: str
):
    suspend = accounts.suspend

    def told_again(*who: Any, **how: Any) -> None:
        signal.raise_signal(ending)
        suspend(*who, **how)

    hurried = patch.object(accounts, "suspend", told_again)
    with hurried, _answering_to("/tokens", lambda: signal.raise_signal(ending)), pytest.raises(KeyboardInterrupt):
        _create()
    assert _is_suspended(f"{named}-owner")


def test_of_an_account_whose_secrets_cannot_be_kept_nobody_gets_in(gateway: _Gateway, named: str):
    with patch.object(canary.Secret, "write", side_effect=Complaint("full")), pytest.raises(Complaint, match="full"):
        _create()
    assert _is_suspended(named)


def test_an_account_that_cannot_be_suspended_is_told_with_what_to_do(gateway: _Gateway, named: str):
    down = patch.object(accounts, "suspend", side_effect=Unavailable)
    with down, _answering_to("/login", lambda: _Response(_refused())), pytest.raises(Complaint) as told:
        _create()
    (line,) = re.findall("`furtka ([^`]+)`", str(told.value))
    assert cli._parser().parse_args(line.split()).login == f"{named}-owner"


def test_of_two_made_at_once_one_is_left(gateway: _Gateway, world: World):
    """Whoever writes last is the canary; the account of the other is suspended, although nobody had read its name."""
    write, first = canary.Secret.write, []

    def after_another(secret: canary.Secret, held: dict[str, str]) -> None:
        if not first:
            first.append(held["login"])
            _create()
            first.append(keys.read().login)
        write(secret, held)

    with patch.object(canary.Secret, "write", after_another):
        _create()
    secret_store.provider().clear_cache()
    left, lost = first
    assert keys.read().login == left
    assert not _is_suspended(left)
    assert _is_suspended(lost)


@pytest.fixture
def named() -> Iterator[str]:
    """The canary that will be made has this name."""
    with patch.object(canary, "_letters", lambda _: "abcdefgh"):
        yield "canary-abcdefgh"


def _is_suspended(login: str) -> bool:
    _, account = users.find(logins.find(login).user_id)
    return bool(account.suspended)


def _answering_to(step: str, answer: Callable[[], Any]) -> Any:
    """Let *answer* answer the command's requests to one path, and the world all others."""
    real = _Session.request

    def request(self: _Session, method: str, url: str, **sent: Any) -> Any:
        return answer() if url == ADDRESS + step else real(self, method, url, **sent)

    return patch.object(_Session, "request", request)


def _refused() -> Reply:
    return Reply(410, {}, json.dumps({"error": "link_closed", "message": "The link is not valid."}))  # type: ignore[arg-type]


def test_whoever_was_overwritten_is_told_and_suspended(gateway: _Gateway, named: str):
    other = json.dumps({"login": "canary-of-another"})
    write = canary.Secret.write

    def overwritten(secret: canary.Secret, held: dict[str, str]) -> None:
        write(secret, held)
        for _ in range(2):  # by two others, so that the secret names this one no more, now or before
            boto3.client("secretsmanager").put_secret_value(SecretId=settings.CANARY_SECRET, SecretString=other)

    with patch.object(canary.Secret, "write", overwritten), pytest.raises(Complaint, match="at the same time"):
        _create()
    assert _is_suspended(named)


def test_without_a_canary_in_the_stack_the_command_says_how_to_get_one(
    gateway: _Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CANARY_SECRET", "")
    with pytest.raises(Complaint, match="Canary=on"):
        _create()


def test_the_password_meets_every_profile():
    made = f"{'x' * 32}-Q7"
    assert len(made) >= max(policy.PASSWORD_MIN_CHARACTERS, policy.PASSWORD_MIN_CHARACTERS_NIST)


def test_keys_hide_themselves():
    held = keys.Keys(ADDRESS, "canary-1", "password", "totp", "device", "token")
    assert repr(replace(held)) == f"Keys(url='{ADDRESS}', login='canary-1')"
