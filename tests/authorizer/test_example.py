"""The example and its page: what another API copies from there is right."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse

from authorizer import handler
from shared import errors
from shared.http import app
from tests.support import programs
from tests.support.events import Context, authorizer_event
from tests.support.template import ROOT, resources, template
from tests.support.world import World

EXAMPLE = ROOT / "examples" / "protected-api"
PAGE = (ROOT / "docs" / "authorizer.md").read_text()

RESOURCES = yaml_parse((EXAMPLE / "template.yaml").read_text())["Resources"]
API = RESOURCES["Api"]["Properties"]


def _messages(**context: str) -> dict[str, Any]:
    """What the function behind answers to somebody with that *context*."""
    spec = importlib.util.spec_from_file_location("protected_api", EXAMPLE / "messages" / "app.py")
    assert spec
    assert spec.loader
    app = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(app)
    return dict(app.lambda_handler({"requestContext": {"authorizer": context}}, None))


def test_answers_are_kept_for_no_time_and_would_be_kept_by_token_and_address():
    furtka = API["Auth"]["Authorizers"]["Furtka"]
    assert furtka["FunctionPayloadType"] == "REQUEST"
    assert furtka["Identity"] == {"Headers": ["Authorization"], "Context": ["identity.sourceIp"], "ReauthorizeEvery": 0}


def test_every_route_asks_furtka():
    assert API["Auth"]["DefaultAuthorizer"] == "Furtka"
    for function in (one for one in RESOURCES.values() if one["Type"] == "AWS::Serverless::Function"):
        for event in function["Properties"]["Events"].values():
            assert "Auth" not in event["Properties"]


def test_furtkas_stack_lets_every_api_of_its_account_ask_and_nobody_else():
    assert API["Auth"]["Authorizers"]["Furtka"]["DisableFunctionDefaultPermissions"] is True
    permission = resources("AWS::Lambda::Permission")["AuthorizerPermission"]
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["FunctionName"] == {"Ref": "AuthorizerFunction.Alias"}
    everywhere = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:*/authorizers/*"
    assert permission["SourceArn"] == {"Fn::Sub": everywhere}
    assert template()["Outputs"]["AuthorizerArn"]["Value"] == permission["FunctionName"]


@pytest.mark.parametrize("kind", sorted(API["GatewayResponses"]))
def test_the_gateways_own_answers_are_as_safe_as_ours_and_look_alike(kind: str):
    response = API["GatewayResponses"][kind]
    said = response["ResponseParameters"]["Headers"]
    assert {name: said[name].strip("'") for name in app.SAFE_HEADERS} == app.SAFE_HEADERS
    assert set(json.loads(response["ResponseTemplates"]["application/json"])) == {"error", "message"}
    asks = kind in ("UNAUTHORIZED", "ACCESS_DENIED")
    assert said.get("WWW-Authenticate") == ("'Bearer realm=\"furtka\"'" if asks else None)


def test_a_denial_is_told_in_furtkas_words():
    said = json.loads(API["GatewayResponses"]["ACCESS_DENIED"]["ResponseTemplates"]["application/json"])
    told = handler._reason(errors.TooManyRequests())
    assert {word.removeprefix("$context.authorizer.") for word in said.values()} <= set(told)


def test_the_stage_variable_is_the_one_that_furtka_reads():
    assert {handler.SCOPE} == set(API["Variables"]["Fn::If"][1])
    assert f"`{handler.SCOPE}`" in PAGE


def test_the_function_behind_tells_who_called():
    answer = _messages(scopes="contacts sms", login="ann")
    assert (answer["statusCode"], json.loads(answer["body"])["login"]) == (200, "ann")


@pytest.mark.parametrize("scopes", ["", "contacts", "sms_sender", "contacts sms_authenticator"])
def test_the_function_behind_refuses_whoever_may_not_send_sms(scopes: str):
    answer = _messages(scopes=scopes)
    assert (answer["statusCode"], json.loads(answer["body"])["error"]) == (403, "insufficient_scope")
    assert 'scope="sms"' in answer["headers"]["WWW-Authenticate"]


# --- The page ---------------------------------------------------------------------------------------------


def _named(heading: str) -> set[str]:
    """What the first columns of the tables under *heading* name."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall("`([a-zA-Z_]+)`", cell)}


def test_the_page_names_all_that_the_api_behind_gets_to_know(world: World):
    shown, _ = programs.api_token(world, world.ann, expires_at=world.now + timedelta(days=9), rate_limit=60)
    _, client = programs.api_token(world, world.ann, kind="client")
    told: set[str] = {"principalId"}
    for one in (shown, programs.access_token(world, client)):
        event = authorizer_event(programs.bearer(one), at=world.now)
        told |= set(handler.lambda_handler(event, Context())["context"])  # type: ignore[arg-type]
    assert _named("What the API behind gets") == told


def test_the_page_names_every_reason_for_a_403():
    reasons = {
        errors.AccountSuspended,
        errors.AddressNotAllowed,
        errors.TooManyRequests,
        errors.TooManyForgeries,
        errors.TooManyPasswords,
        errors.PasswordChangeNeeded,
        errors.SecondFactorRequired,
        errors.InsufficientScope,
    }
    assert _named("How it refuses") == {reason.code for reason in reasons}


def test_the_page_attaches_it_as_the_example_does():
    shown = yaml_parse(re.findall("```yaml\n(.*?)```", PAGE, re.DOTALL)[0])["Auth"]
    assert shown == API["Auth"]


def test_a_cold_authorizer_loads_no_web_framework():
    heavy = ("pydantic", "aws_lambda_powertools.event_handler")
    code = f"import authorizer.handler, sys; print([name for name in {heavy} if name in sys.modules])"
    where = {"PYTHONPATH": f"{ROOT / 'functions'}:{ROOT / 'layers'}"}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **where}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
