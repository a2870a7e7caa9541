"""The web ACLs, at the API and at CloudFront: limits by address and by caller, in our words, and none on contents."""

import json
import re
from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse

from shared import errors
from shared.http import app
from shared.http.route_rules import RULES
from shared.http.smsapi.errors import NUMBERS
from tests.support.template import ROOT, resources, template

EXAMPLE = dict(yaml_parse((ROOT / "examples/cloudfront/template.yaml").read_text()))
AT_API = resources("AWS::WAFv2::WebACL")["WebAcl"]
AT_CLOUDFRONT = EXAMPLE["Resources"]["WebAcl"]["Properties"]
NOTHING = {"Ref": "AWS::NoValue"}

SIGN_INS = {
    *("POST /login", "POST /login/pass", "POST /session/confirm", "POST /verify-code", "POST /verify-code/resend"),
    *("POST /invitations/accept", "POST /not-me", "POST /undo", "POST /recovery/cancel", "POST /email/confirm"),
    *("POST /password-reset", "POST /password-reset/confirm", "POST /ip-lists/break-glass"),
}
"""Every route at which somebody may guess a password, a code or a link."""


def _rules(acl: dict[str, Any], *, behind_cloudfront: bool = False) -> dict[str, dict[str, Any]]:
    found = {}
    for declared in acl["Rules"]:
        condition, yes, no = declared.get("Fn::If", ("BehindCloudFront", declared, declared))
        assert condition == "BehindCloudFront"
        rule = yes if behind_cloudfront else no
        if rule != NOTHING:
            found[rule["Name"]] = rule
    return found


EVERY = [*_rules(AT_API).values(), *_rules(AT_API, behind_cloudfront=True).values(), *_rules(AT_CLOUDFRONT).values()]


def test_there_is_none_unless_it_is_asked_for():
    declared = template()
    assert declared["Parameters"]["Waf"]["Default"] == "off"
    assert declared["Resources"]["WebAcl"]["Condition"] == "HasWaf"
    assert declared["Resources"]["WebAclOfTheStage"]["Condition"] == "HasWaf"


def test_it_is_attached_to_the_stage_after_the_stage_is_made():
    attached = resources("AWS::WAFv2::WebACLAssociation")["WebAclOfTheStage"]["ResourceArn"]["Fn::Sub"]
    assert attached.endswith("::/restapis/${Api}/stages/${Api.Stage}")


def test_no_rule_looks_into_what_people_send():
    """A text that people pay for, a password or a note is refused by no rule of AWS's sets."""
    for rule in EVERY:
        statement = json.dumps(rule["Statement"])
        assert not [
            word for word in ("ManagedRuleGroup", "Body", "QueryString", "AllQueryArguments") if word in statement
        ]


def test_no_request_is_kept_as_a_sample():
    for acl in (AT_API, AT_CLOUDFRONT):
        shown = [acl["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in EVERY)]
        assert {one["SampledRequestsEnabled"] for one in shown} == {False}


@pytest.mark.parametrize("acl", [AT_API, AT_CLOUDFRONT], ids=["api", "cloudfront"])
@pytest.mark.parametrize("prefix", ["", "/live", "/api", "/"])
def test_the_stricter_limit_is_for_whatever_can_be_guessed_at_and_for_nothing_else(acl: dict[str, Any], prefix: str):
    scope = _rules(acl)["sign-ins-of-an-address"]["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
    pattern = re.compile(scope["RegexMatchStatement"]["RegexString"])
    found = {route for route in RULES if pattern.search(prefix + route.split()[1])}
    assert found == SIGN_INS
    open_to_all = {route for route, rule in RULES.items() if rule.is_public and route.startswith("POST")}
    assert open_to_all - {"POST /tokens/found"} < found
    assert [one["Type"] for one in scope["RegexMatchStatement"]["TextTransformations"]] == [
        "URL_DECODE",
        "NORMALIZE_PATH",
    ]


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule["Name"])
def test_a_refusal_is_in_our_words_and_as_safe_as_ours(rule: dict[str, Any]):
    said = rule["Action"]["Block"]["CustomResponse"]
    bodies = AT_API["CustomResponseBodies"]
    assert bodies["TooMany"] == AT_CLOUDFRONT["CustomResponseBodies"]["TooMany"]
    headers = {one["Name"]: one["Value"] for one in said["ResponseHeaders"]}
    assert app.SAFE_HEADERS.items() <= headers.items()
    status, body = said["ResponseCode"], bodies[said["CustomResponseBodyKey"]]["Content"]
    if status == 200:
        assert body == f"ERROR:{NUMBERS[errors.TooMany]}"
    elif status == 403:
        refusal = errors.NotThroughProxy
        assert json.loads(body) == {"error": refusal.code, "message": refusal.message}
    else:
        gateway = resources("AWS::Serverless::Api")["Api"]["GatewayResponses"]["THROTTLED"]
        assert (status, body) == (429, gateway["ResponseTemplates"]["application/json"])
        assert headers["Retry-After"] == "60"


def test_every_rule_has_a_place_of_its_own():
    for rules in (_rules(AT_API), _rules(AT_API, behind_cloudfront=True), _rules(AT_CLOUDFRONT)):
        places = [rule["Priority"] for rule in rules.values()]
        assert len(set(places)) == len(places)


def test_behind_cloudfront_nobodys_address_is_counted_where_it_is_not_the_viewers():
    by_address = {
        name for name, rule in _rules(AT_API).items() if '"AggregateKeyType": "IP"' in json.dumps(rule["Statement"])
    }
    assert by_address == {"sign-ins-of-an-address", "requests-of-an-address"} == set(_rules(AT_CLOUDFRONT))
    behind = _rules(AT_API, behind_cloudfront=True)
    assert not by_address & set(behind)
    assert "past-cloudfront" in behind
    assert "past-cloudfront" not in _rules(AT_API)
    assert "ForwardedIPConfig" not in json.dumps([rule["Statement"] for rule in EVERY])


def test_the_rules_at_cloudfront_are_those_at_the_api():
    at_api = json.dumps(_rules(AT_API)).replace('"Waf', '"')
    assert {name: json.dumps(rule) in at_api for name, rule in _rules(AT_CLOUDFRONT).items()} == dict.fromkeys(
        _rules(AT_CLOUDFRONT), True
    )


def test_a_caller_is_counted_by_the_authorization_header_whatever_the_address():
    for name in ("legacy-requests-of-a-caller", "requests-of-a-caller"):
        counted = _rules(AT_API)[name]["Statement"]["RateBasedStatement"]
        assert [key["Header"]["Name"] for key in counted["CustomKeys"]] == ["authorization"]


def test_cloudfront_keeps_no_answer_squeezes_none_and_says_where_its_viewer_is():
    behaviour = EXAMPLE["Resources"]["Distribution"]["Properties"]["DistributionConfig"]["DefaultCacheBehavior"]
    assert behaviour["Compress"] is False
    assert behaviour["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "CachingDisabled"
    assert behaviour["OriginRequestPolicyId"] == "33f36d7e-f396-46d9-90e0-52428a34d9dc", "with CloudFront's headers"
    assert len(behaviour["AllowedMethods"]) == 7
