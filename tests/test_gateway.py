"""What template.yaml puts in front of the functions: gateway, domain, and parameters that need each other."""

import re
from typing import Any

import pytest

from tests.support.template import resources, statements, template, transformed

GIVEN = {"PanelOrigin": "https://panel.example.com", "MailFrom": "no-reply@example.com"}
ZONE = "Z0123456789ABCDEFGHIJ"
CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
DOMAIN = {"DomainName": "panel.example.com", "CertificateArn": CERTIFICATE}


def _parameters(given: dict[str, str]) -> dict[str, str]:
    declared = template()["Parameters"]
    return {name: str(given.get(name, about.get("Default", ""))) for name, about in declared.items()}


def _holds(expression: Any, values: dict[str, str]) -> Any:
    """Evaluate a condition of `Rules`."""
    if not isinstance(expression, dict):
        return str(expression)
    ((function, given),) = expression.items()
    if function == "Ref":
        return values[given]
    parts = [_holds(part, values) for part in given]
    if function == "Fn::Equals":
        return parts[0] == parts[1]
    return {"Fn::Not": not parts[0], "Fn::And": all(parts), "Fn::Or": any(parts)}[function]


def _refused(**given: str) -> list[str]:
    """Return what CloudFormation would say about these parameters before it makes anything."""
    values = _parameters(given)
    asked = [rule for rule in template()["Rules"].values() if _holds(rule["RuleCondition"], values)]
    assertions = [one for rule in asked for one in rule["Assertions"]]
    return [one["AssertDescription"] for one in assertions if not _holds(one["Assert"], values)]


def test_parameters_that_are_left_out_are_no_contradiction():
    assert _refused() == []
    assert _refused(**DOMAIN) == []
    assert _refused(**DOMAIN, HostedZoneId=ZONE) == []
    assert _refused(**DOMAIN, HostedZoneId=ZONE, TrustedProxy="prepare") == []
    assert _refused(**DOMAIN, TrustedProxy="cloudfront") == []


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"DomainName": "panel.example.com"}, "CertificateArn"),
        ({"CertificateArn": CERTIFICATE}, "DomainName"),
        ({"HostedZoneId": ZONE}, "DomainName"),
        ({"TrustedProxy": "prepare"}, "DomainName"),
        ({"TrustedProxy": "cloudfront"}, "DomainName"),
        (DOMAIN | {"TrustedProxy": "cloudfront", "HostedZoneId": ZONE}, "HostedZoneId"),
    ],
)
def test_a_parameter_without_the_one_it_needs_is_refused_by_name_before_anything_is_made(
    given: dict[str, str], missing: str
):
    (said,) = _refused(**given)
    assert missing in said


TAKEN = {
    "PanelOrigin": [
        "",
        "https://panel.example.com",
        "https://p.example.com:8443",
        "https://abc.execute-api.eu-central-1.amazonaws.com/live",
        "http://127.0.0.1:3000",
        "http://localhost",
    ],
    "MailFrom": ["no-reply@smsapi.pl", "SMSAPI <no-reply@smsapi.pl>", "A & B's SMS-1 <a@b.pl>"],
    "DomainName": ["", "panel.example.com", "a.b-c.example.co"],
    "CertificateArn": ["", CERTIFICATE, CERTIFICATE.replace("arn:aws:", "arn:aws-cn:")],
    "HostedZoneId": ["", ZONE],
}
REFUSED = {
    "PanelOrigin": [
        "http://panel.example.com",
        "https://panel.example.com/",
        "https://panel.example.com/live/",
        "https://panel.example.com//live",
        "https://panel.example.com/live?a=b",
        "panel.example.com",
        "https://",
        "ftp://a",
    ],
    "MailFrom": [
        "no-reply",
        "SMSAPI no-reply@smsapi.pl",
        "<a@b.pl>",
        "SMSAPI <a@b.pl> x",
        "a\n<a@b.pl>",
        "a@b.pl, c@d.pl",
    ],
    "DomainName": ["https://panel.example.com", "panel.example.com/api", "*.example.com", "Panel.example.com", "panel"],
    "CertificateArn": ["01234567-89ab", CERTIFICATE.replace(":acm:", ":iam:")],
    "HostedZoneId": ["example.com", "/hostedzone/Z1"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in TAKEN.items() for value in values])
def test_a_good_value_of_a_parameter_is_taken(name: str, value: str):
    assert re.fullmatch(template()["Parameters"][name]["AllowedPattern"], value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_a_wrong_value_of_a_parameter_is_refused(name: str, value: str):
    assert not re.fullmatch(template()["Parameters"][name]["AllowedPattern"], value)


def test_a_default_fits_its_own_pattern():
    for name, about in template()["Parameters"].items():
        if "Default" in about and "AllowedPattern" in about:
            assert re.fullmatch(about["AllowedPattern"], about["Default"]), name


def test_a_deployment_takes_effect_even_where_only_the_domain_or_the_tls_policy_changed():
    """Both are inside conditions, which the name of the deployment does not see: each deployment is made anew."""
    names = set()
    for given in (GIVEN, GIVEN | DOMAIN):
        made = transformed(given)["Resources"]
        (name,) = (name for name, one in made.items() if one["Type"] == "AWS::ApiGateway::Deployment")
        names.add(name)
    assert len(names) == 2
    assert resources("AWS::Serverless::Api")["Api"]["AlwaysDeploy"] is True


def test_the_output_url_is_the_address_that_answers():
    domain, default = template()["Outputs"]["Url"]["Value"]["Fn::If"][1:]
    assert domain == {"Fn::Sub": "https://${DomainName}"}
    assert "execute-api" in default["Fn::Sub"]
    switched_off = resources("AWS::Serverless::Api")["Api"]["DisableExecuteApiEndpoint"]
    assert switched_off == {"Fn::If": ["HasDomain", True, False]}


def test_one_limit_of_the_whole_api_can_be_raised_without_an_edit():
    (settings,) = resources("AWS::Serverless::Api")["Api"]["MethodSettings"]
    assert settings["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "RequestsAtOnce"}


def test_reserved_concurrency_is_a_parameter_and_nothing_reserves_any_by_itself():
    """A fresh account has 10 in all, of which none can be reserved."""
    functions = resources("AWS::Serverless::Function")
    reserved = {
        name: one["ReservedConcurrentExecutions"]
        for name, one in functions.items()
        if "ReservedConcurrentExecutions" in one
    }
    assert {"LoginFunction", "AuthorizerFunction", "NotifyFunction", "ShipmentsFunction"} <= set(reserved)
    for name, value in reserved.items():
        stem = name.removesuffix("Function")
        assert value == {"Fn::If": [f"Reserves{stem}", {"Ref": f"{stem}Concurrency"}, {"Ref": "AWS::NoValue"}]}
        assert template()["Parameters"][f"{stem}Concurrency"]["Default"] == 0
        assert template()["Conditions"][f"Reserves{stem}"] == {
            "Fn::Not": [{"Fn::Equals": [{"Ref": f"{stem}Concurrency"}, 0]}]
        }


def test_who_sends_sms_can_publish_to_no_topic_of_the_account():
    (publishing,) = [one for one in statements("NotifyFunction") if one["Action"] == "sns:Publish"]
    assert publishing["NotResource"] == {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}
    assert not {"Resource", "Condition"} & set(publishing)
