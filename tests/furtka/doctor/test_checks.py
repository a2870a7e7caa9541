"""What doctor says of each thing that may be wrong: one account in order, with one answer of AWS changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from furtka.doctor import command, domain, sms
from tests.furtka.doctor.accounts_of_aws import (
    ARN,
    DOMAIN,
    ORDERLY,
    STACK,
    certificate,
    function,
    number,
    resource,
    sender,
    stack,
    subscription,
)
from tests.furtka.doctor.conftest import Examine
from tests.support.pretend_aws import PretendAws

IDENTITY: dict[str, Any] = ORDERLY["sesv2.GetEmailIdentity"]
ABSENT = "NotFoundException: none"
SPEND = "pinpoint-sms-voice-v2.DescribeSpendLimits"
VOICE = {"cloudformation.DescribeStacks": stack(SmsProvider="smsapi")}


def limits(enforced: int, most: int) -> dict[str, Any]:
    told = {"EnforcedLimit": enforced, "MaxLimit": most, "Overridden": False}
    return {"SpendLimits": [{"Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT", **told}]}


def parameters(**given: str) -> dict[str, Any]:
    return {"cloudformation.DescribeStacks": stack(**given)}


CASES = {
    "a parameter that is not live": (
        {"lambda.GetFunctionConfiguration": [function(SMS_PER_SECOND="50"), function(SMS_PER_SECOND="20")]},
        "versions",
        "fault: LoginFunction: called with the code or settings of an earlier deployment",
    ),
    "code that is not live": (
        {"lambda.GetFunctionConfiguration": [function() | {"CodeSha256": "new="}, function()]},
        "versions",
        "fault: LoginFunction: called with",
    ),
    "all is live": ({}, "versions", "ok: all 1 functions are called as they were deployed last"),
    "no stack policy": ({"cloudformation.GetStackPolicy": {}}, "stack policy", "warning: no stack policy refuses"),
    "a policy that guards nothing": (
        {
            "cloudformation.GetStackPolicy": {
                "StackPolicyBody": '{"Statement": [{"Effect": "Allow", "Resource": "*", "Action": "Update:*"}]}'
            }
        },
        "stack policy",
        "warning: no stack policy refuses",
    ),
    "paused": (
        {"sesv2.GetAccount": {"ProductionAccessEnabled": True, "SendingEnabled": False}},
        "mail account",
        "fault: sending is paused",
    ),
    "on probation": (
        {"sesv2.GetAccount": {"ProductionAccessEnabled": True, "EnforcementStatus": "PROBATION"}},
        "mail account",
        "warning: AWS has put sending under PROBATION",
    ),
    "shut down": (
        {"sesv2.GetAccount": {"ProductionAccessEnabled": True, "EnforcementStatus": "SHUTDOWN"}},
        "mail account",
        "fault: AWS has put sending under SHUTDOWN",
    ),
    "unknown sender": ({"sesv2.GetEmailIdentity": ABSENT}, "mail identity", "fault: SES does not know example.com"),
    "waiting sender": (
        {"sesv2.GetEmailIdentity": {"VerifiedForSendingStatus": False}},
        "mail identity",
        "fault: example.com waits to be verified",
    ),
    "address only": (
        {"sesv2.GetEmailIdentity": [ABSENT, {"VerifiedForSendingStatus": True}]},
        "mail identity",
        "ok: no-reply@example.com is verified",
    ),
    "not signed": (
        {"sesv2.GetEmailIdentity": [ABSENT, {"VerifiedForSendingStatus": True}]},
        "mail signature",
        "warning: mail is not signed for example.com",
    ),
    "default set": (
        {"sesv2.GetEmailIdentity": IDENTITY | {"ConfigurationSetName": "my-first-configuration-set"}},
        "mail configuration",
        "fault: example.com has the default configuration set my-first-configuration-set",
    ),
    "little to spend": (
        {"sns.GetSMSAttributes": {"attributes": {"MonthlySpendLimit": "20"}}},
        "sms spend",
        "warning: SMS stop at 20 USD a month, without a word",
    ),
    "what SNS does not say, the account does": (
        {"sns.GetSMSAttributes": {"attributes": {}}, SPEND: limits(1, 500)},
        "sms spend",
        "fault: SMS stop at 1 USD a month",
    ),
    "alarms for another limit": (
        parameters(SmsMonthlySpendUSD="1"),
        "sms spend",
        "warning: the alarms of the SMS spend are set for 1 USD a month, the limit is 500",
    ),
    "no number": (
        {"pinpoint-sms-voice-v2.DescribePhoneNumbers": {"PhoneNumbers": [number("US", "PENDING")]}},
        "sms senders",
        "warning: SMS to US do not arrive",
    ),
    "no name": (
        {"pinpoint-sms-voice-v2.DescribeSenderIds": {"SenderIds": [sender("GB"), sender("ES", registered=False)]}},
        "sms senders",
        "warning: SMS to ES may not arrive",
    ),
    "spend of sms-voice": (
        parameters(SmsProvider="sms-voice", SmsMonthlySpendUSD="20") | {SPEND: limits(20, 500)},
        "sms spend",
        "warning: SMS stop at 20 USD a month",
    ),
    "sandbox of sms-voice": (
        parameters(SmsProvider="sms-voice")
        | {
            "pinpoint-sms-voice-v2.DescribeAccountAttributes": {
                "AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "SANDBOX"}]
            }
        },
        "sms account",
        "fault: SMS are in the sandbox",
    ),
    "every country": (
        parameters(SmsProvider="sms-voice"),
        "sms countries",
        "option: AWS lets SMS go to every country",
    ),
    "countries chosen": (
        parameters(SmsProvider="sms-voice", SmsProtection="protect-1"),
        "sms countries",
        "ok: SMS go where the protect configuration protect-1 lets them",
    ),
    "no such protection": (
        parameters(SmsProvider="sms-voice", SmsProtection="protect-1")
        | {"pinpoint-sms-voice-v2.DescribeProtectConfigurations": "ResourceNotFoundException: none"},
        "sms countries",
        "fault: there is no protect configuration protect-1",
    ),
    "no certificate": (parameters(DomainName=DOMAIN), "certificate", f"fault: {DOMAIN} has no certificate"),
    "certificate gone": (
        {"acm.DescribeCertificate": "ResourceNotFoundException: none"},
        "certificate",
        "fault: there is no such certificate",
    ),
    "certificate waits": (
        {"acm.DescribeCertificate": certificate(Status="PENDING_VALIDATION")},
        "certificate",
        "fault: the certificate is PENDING_VALIDATION",
    ),
    "certificate of another": (
        {"acm.DescribeCertificate": certificate(SubjectAlternativeNames=["*.other.example", "*.com"])},
        "certificate",
        f"fault: the certificate is not for {DOMAIN}",
    ),
    "certificate ends": (
        {"acm.DescribeCertificate": certificate(NotAfter=datetime.now(UTC) + timedelta(days=3))},
        "certificate",
        "warning: it ends on",
    ),
    "certificate ended": (
        {"acm.DescribeCertificate": certificate(NotAfter=datetime.now(UTC) - timedelta(days=3))},
        "certificate",
        "fault: it ends on",
    ),
    "no panel": (parameters(), "panel", "fault: PanelOrigin is not set"),
    "dead panel": (
        parameters(DomainName=DOMAIN, CertificateArn=ARN, PanelOrigin="https://x.execute-api.eu-central-1.amazonaws.com/live"),
        "panel",
        "fault: links lead to the default address",
    ),
    "foreign panel": (
        parameters(DomainName=DOMAIN, CertificateArn=ARN, PanelOrigin="https://panel.example.com"),
        "panel",
        "warning: the panel is at https://panel.example.com",
    ),
    "default address": (
        {"apigateway.GetRestApi": {"id": "abc123", "disableExecuteApiEndpoint": False}},
        "default address",
        "fault: the default address still answers",
    ),
    "nobody told": ({"sns.ListSubscriptionsByTopic": {"Subscriptions": []}}, "alarms", "fault: nobody is told"),
    "nobody confirmed": (
        {"sns.ListSubscriptionsByTopic": {"Subscriptions": [subscription("PendingConfirmation")]}},
        "alarms",
        "fault: nobody has confirmed",
    ),
    "one confirmed": (
        {
            "sns.ListSubscriptionsByTopic": {
                "Subscriptions": [subscription("PendingConfirmation"), subscription("arn:aws:sns:x")]
            }
        },
        "alarms",
        "warning: 1 of 2 have not confirmed",
    ),
    "all reserved": (
        {
            "lambda.GetAccountSettings": {
                "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 100}
            }
        },
        "functions at once",
        "warning: of 1000 functions at once only 100 are not reserved",
    ),
    "no role for logs": ({"apigateway.GetAccount": {}}, "gateway logs", "warning: API Gateway has no role"),
    "random token": (
        VOICE | {"secretsmanager.DescribeSecret": {"VersionIdsToStages": {"1" * 32: ["AWSCURRENT"]}}},
        "carrier token",
        "fault: the secret of the carrier's token has the random value",
    ),
    "filled token": (VOICE, "carrier token", "ok: somebody has put the carrier's token"),
    "token gone": (
        VOICE | {"secretsmanager.DescribeSecret": "ResourceNotFoundException: none"},
        "carrier token",
        "fault: the secret of the carrier's token is gone",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("differs", "check", "said"), CASES.values(), ids=CASES)
def test_it_says_what_is_wrong(differs: dict[str, Any], check: str, said: str, examine: Examine):
    status, found = examine(ORDERLY | differs, "--stack", STACK)
    assert [line for line in found[check] if line.startswith(said)]
    assert (status == command.ILL) == any(line.startswith("fault") for lines in found.values() for line in lines)


def test_a_stack_with_a_configuration_set_of_its_own_may_have_an_identity_with_a_default(examine: Examine):
    answers: dict[str, Any] = {
        "sesv2.GetEmailIdentity": IDENTITY | {"ConfigurationSetName": "my-first-configuration-set"},
        "cloudformation.ListStackResources": {
            "StackResourceSummaries": [
                resource("Api", "abc123", "AWS::ApiGateway::RestApi"),
                resource("Mail", "furtka", "AWS::SES::ConfigurationSet"),
            ]
        },
    }
    assert "mail configuration" not in examine(ORDERLY | answers, "--stack", STACK)[1]


def test_who_sends_by_smsapi_is_asked_nothing_about_sms_of_aws(examine: Examine, aws: PretendAws):
    examine(ORDERLY | VOICE, "--stack", STACK)
    asked = {name for name, _ in aws.asked}
    assert not [name for name in asked if name.startswith(("pinpoint", "sns.GetSMS"))]


def test_before_the_first_deployment_the_token_is_announced(examine: Examine):
    _, found = examine(ORDERLY, "--parameter", "SmsProvider=smsapi")
    assert found["carrier token"][0].startswith("warning: the carrier's token has to be put into a secret")


def test_a_name_that_dns_does_not_know_is_told_with_the_record(
    examine: Examine, aws: PretendAws, monkeypatch: pytest.MonkeyPatch
):
    def unknown(_: str) -> None:
        raise OSError

    monkeypatch.setattr(domain, "resolve", unknown)
    assert examine(ORDERLY, "--stack", STACK)[1]["domain name"] == [f"fault: DNS does not know {DOMAIN}"]


def test_every_country_of_the_price_table_is_judged_home_first(examine: Examine):
    everywhere = " ".join(f"{country}=1" for country in sorted(sms.NEED_A_NUMBER | sms.NEED_REGISTRATION))
    senders = {"pinpoint-sms-voice-v2.DescribeSenderIds": {"SenderIds": []}}
    numbers = {"pinpoint-sms-voice-v2.DescribePhoneNumbers": {"PhoneNumbers": []}}
    answers = ORDERLY | senders | numbers | parameters(Prices=everywhere, HomeCountry="US")
    told = examine(answers, "--stack", STACK)[1]["sms senders"]
    assert len(told) == len(sms.NEED_A_NUMBER | sms.NEED_REGISTRATION)
    assert "SMS to US do not arrive" in told[0]
