"""The time of an event: what AWS says, but not what a stopped clock or an old file says on a laptop."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from samcli.local.events.api_event import RequestContext

from authorizer import handler
from login.handler import lambda_handler
from shared import arrival
from tests.support import programs
from tests.support.events import Call, Context, authorizer_event, reply
from tests.support.template import resources, template
from tests.support.world import World

LONG_AGO = datetime(2015, 4, 9, 12, 34, 56, tzinfo=UTC)
TO_COME = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def sam_local(monkeypatch: pytest.MonkeyPatch):
    """The variable that SAM CLI gives to functions in its containers."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")


def requested(at: datetime) -> datetime:
    return arrival.request_time(arrival.settled(Call("GET", "/session", at).event))


def test_in_lambda_a_request_has_the_gateways_time_and_a_schedule_its_own():
    for at in (LONG_AGO, TO_COME):
        assert requested(at) == at
        assert arrival.schedule_time({"time": at.isoformat()}) == at


def test_under_sam_local_what_is_past_happens_now(sam_local: None):
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= requested(LONG_AGO) <= datetime.now(UTC)
    assert before <= arrival.schedule_time({"time": LONG_AGO.isoformat()}) <= datetime.now(UTC)


def test_under_sam_local_a_clock_that_was_moved_ahead_still_counts(sam_local: None):
    assert requested(TO_COME) == TO_COME
    assert arrival.schedule_time({"time": TO_COME.isoformat()}) == TO_COME


def test_all_that_asks_for_the_time_of_a_request_is_told_the_same(sam_local: None):
    settled = arrival.settled(Call("GET", "/session", LONG_AGO).event)
    assert {arrival.request_time(settled) for _ in range(1000)} == {arrival.request_time(settled)}


def test_the_event_itself_is_not_changed(sam_local: None):
    event = Call("GET", "/session", LONG_AGO).event
    arrival.settled(event)
    assert arrival.request_time(event) == LONG_AGO


def test_no_function_is_deployed_as_if_it_were_on_a_laptop():
    declared = [template()["Globals"]["Function"], *resources("AWS::Serverless::Function").values()]
    assert "AWS_SAM_LOCAL" not in json.dumps([one.get("Environment") for one in declared])


def test_if_somebody_set_the_variable_in_lambda_no_wait_would_end_sooner_than_its_clock_says(sam_local: None):
    moment = datetime.now(UTC)
    assert timedelta(0) <= requested(moment) - moment.replace(microsecond=0) <= timedelta(minutes=1)


def test_a_session_idles_away_though_sam_says_that_all_requests_came_at_its_start(world: World, sam_local: None):
    """The events of `sam local start-api` have the time at which the module of SAM CLI was loaded."""
    token = world.session()["session"]["token"]
    stopped = RequestContext().to_dict()["requestTimeEpoch"]
    assert stopped == RequestContext().to_dict()["requestTimeEpoch"]
    event = Call("GET", "/session", LONG_AGO, headers={"Authorization": f"Bearer {token}"}).event
    event["requestContext"]["requestTimeEpoch"] = stopped
    assert arrival.request_time(arrival.settled(event)) > arrival.request_time(event)


def test_the_authorizer_counts_with_the_same_time(world: World, sam_local: None):
    shown, _ = programs.api_token(world, world.ann)
    told = handler.lambda_handler(authorizer_event(programs.bearer(shown), at=LONG_AGO), Context())  # type: ignore[arg-type]
    assert told["policyDocument"]["Statement"][0]["Effect"] == "Allow"


def generated(body: str) -> dict[str, Any]:
    """Return a `POST /login` as `sam local generate-event apigateway aws-proxy` prints it."""
    what = ["local", "generate-event", "apigateway", "aws-proxy", "--path", "login", "--method", "POST", "--body", body]
    done = subprocess.run(
        [sys.executable, "-m", "samcli", *what],
        env={**os.environ, "SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def test_an_event_that_sam_generates_lacks_a_content_type_and_is_told_so(world: World):
    event = generated(json.dumps({"login": "ann", "password": "x"}))
    answer = reply(lambda_handler(event, Context()))  # type: ignore[arg-type]
    assert (answer.status, answer.body["error"]) == (415, "unsupported_media_type")
    assert "application/json" in answer.body["message"]


def test_with_one_it_is_a_sign_in_of_today(world: World, sam_local: None):
    sent = json.dumps({"login": "ann", "password": world.ann.password})
    event = generated(sent)
    event["headers"]["Content-Type"] = "application/json"
    answer = reply(lambda_handler(event, Context()))  # type: ignore[arg-type]
    assert answer.status == 200
    assert answer.body["challenge"]["id"]
