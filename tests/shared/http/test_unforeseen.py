"""Mistakes of ours: caught once at the entry, answered in the route's shape, counted, and never told why."""

import json
from typing import Any

import pytest
import yaml

from messages import sms_door
from shared.auth import api_clients, sessions
from shared.http import route_rules
from shared.http.app import serve
from shared.http.dependencies import Now
from shared.http.routing import Routes
from tests.support import events, programs
from tests.support.calls import intercepted, refuse
from tests.support.events import Call, Context, Reply
from tests.support.metrics import unforeseen
from tests.support.world import ROUTES, World, door

SECRET = "canary-3141592653"

BREAKS = {
    "ArithmeticError": ArithmeticError(SECRET),
    "RecursionError": RecursionError(SECRET),
    "KeyError": KeyError(SECRET),
    "UnicodeEncodeError": UnicodeEncodeError("utf-8", SECRET, 0, 1, "no"),
}

FORM = "application/x-www-form-urlencoded"


def _asked(world: World, route: str, body: str | None = None, kind: str = FORM, **headers: str) -> Reply:
    method, path = route.split()
    call = Call(method, path.replace("{", "").replace("}", ""), world.now, body, {"Content-Type": kind} | headers)
    return events.reply(door(call.path)(call.event, Context()))  # type: ignore[arg-type]


def _broken(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def broken(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(sessions, "by_session", broken)
    monkeypatch.setattr(api_clients, "by_token", broken)


@pytest.mark.parametrize("kind", BREAKS)
def test_it_is_answered_in_the_shape_of_every_route_and_counted(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
):
    token, _ = programs.api_token(world, world.ann)
    session = world.sign_in(world.add("bob", phone=None)).body["session"]["token"]
    _broken(monkeypatch, BREAKS[kind])
    for route in sorted(ROUTES):
        rule = route_rules.rule_of(*route.split())
        if rule.is_public or rule.client:
            continue
        shown = token if rule.scope and not rule.session else session
        capsys.readouterr()
        answer = _asked(world, route, Authorization=f"Bearer {shown}")
        said = capsys.readouterr().out
        if ".do" in route:
            assert (answer.status, answer.text) == (200, "ERROR:999"), route
        else:
            assert (answer.status, answer.error, answer.body["request_id"]) == (500, "internal_error", "request-1"), (
                route
            )
        assert unforeseen(said) == 1, route
        assert SECRET not in said + answer.text
        assert answer.headers["Cache-Control"] == ["no-store"]


@pytest.mark.parametrize("body", ["format=json", "format=JSON&to=1"])
def test_on_a_do_it_has_the_format_that_was_asked_for(world: World, monkeypatch: pytest.MonkeyPatch, body: str):
    token, _ = programs.api_token(world, world.ann)
    monkeypatch.setattr(sms_door.send_flow, "send", lambda *_, **__: 1 / 0)
    answer = _asked(world, "POST /sms.do", body + "&message=x&to=48600100200", Authorization=f"Bearer {token}")
    assert (answer.status, answer.body["error"], answer.body["request_id"]) == (200, 999, "request-1")


MALFORMED = ["ValidationException", "SerializationException"]


@pytest.mark.parametrize("code", MALFORMED)
def test_a_call_that_dynamodb_takes_for_malformed_is_a_mistake_of_ours_and_never_busy(
    world: World, capsys: pytest.CaptureFixture[str], code: str
):
    token, _ = programs.api_token(world, world.ann)
    for route, body in ("POST /sms.do", "format=json&to=48600100200&message=x"), ("GET /contacts", None):
        capsys.readouterr()
        with intercepted(refuse(code)):
            answer = _asked(world, route, body, Authorization=f"Bearer {token}")
        assert (answer.status, answer.body["error"]) == ((200, 999) if body else (500, "internal_error")), answer
        assert "busy" not in answer.text
        assert "Retry-After" not in answer.headers
        assert unforeseen(capsys.readouterr().out) == 1


routes = Routes()


@routes.get("/ping")
def get_ping(now: Now) -> dict[str, int]:
    return {"now": f"{now} {SECRET}"}  # type: ignore[dict-item] # no answer of this route


def test_an_answer_that_does_not_fit_its_model_is_a_mistake_of_ours(capsys: pytest.CaptureFixture[str], world: World):
    answer = serve(routes)(Call("GET", "/ping", world.now).event, Context())
    assert (answer["statusCode"], json.loads(answer["body"])["error"]) == (500, "internal_error")
    said = capsys.readouterr().out
    assert unforeseen(said) == 1
    assert SECRET not in said + answer["body"]


class _Loader(yaml.SafeLoader):
    """Reads a template without CloudFormation's own tags."""


_Loader.add_multi_constructor("!", lambda *_: None)


def test_an_alarm_reads_the_metric():
    with open("template.yaml") as file:
        resources: dict[str, Any] = yaml.load(file, _Loader)["Resources"]  # noqa: S506 - a SafeLoader
    alarms = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    (alarm,) = [one for one in alarms if one.get("MetricName") == "Unforeseen"]
    assert (alarm["Namespace"], alarm["Threshold"], alarm["Statistic"]) == ("Furtka", 0, "Sum")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": None}]  # AWS::StackName, see test_alarms
