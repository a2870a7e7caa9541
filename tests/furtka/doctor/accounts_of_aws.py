"""Accounts of AWS as doctor may meet them: fresh, in order, and with everything wrong."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from furtka import guard, parameters
from tests.support.pretend_aws import ACCOUNT, REGION

STACK = "furtka-prod"
DOMAIN, MAIL = "api.example.com", "Furtka <no-reply@example.com>"
ARN = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:{STACK}-AlarmTopic-1"
NOBODY = {"sts.GetCallerIdentity": {"Account": ACCOUNT}}

FRESH: dict[str, Any] = {
    **NOBODY,
    "sesv2.GetAccount": {"ProductionAccessEnabled": False, "SendingEnabled": True, "EnforcementStatus": "HEALTHY"},
    "sesv2.GetEmailIdentity": "NotFoundException: Email identity does not exist.",
    "sns.GetSMSSandboxAccountStatus": {"IsInSandbox": True},
    "sns.GetSMSAttributes": {"attributes": {}},
    "pinpoint-sms-voice-v2.DescribeAccountAttributes": {
        "AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "SANDBOX"}]
    },
    "pinpoint-sms-voice-v2.DescribeSpendLimits": {
        "SpendLimits": [
            {"Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT", "EnforcedLimit": 1, "MaxLimit": 1, "Overridden": False}
        ]
    },
    "pinpoint-sms-voice-v2.DescribePhoneNumbers": {"PhoneNumbers": []},
    "pinpoint-sms-voice-v2.DescribeSenderIds": {"SenderIds": []},
    "lambda.GetAccountSettings": {"AccountLimit": {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}},
    "apigateway.GetAccount": {"throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0}},
    "acm.DescribeCertificate": "ResourceNotFoundException: Could not find certificate",
}


def number(country: str, status: str = "ACTIVE") -> dict[str, Any]:
    return {
        "PhoneNumberArn": "arn:aws:sms-voice:x",
        "PhoneNumber": "+15550100",
        "Status": status,
        "IsoCountryCode": country,
        "MessageType": "TRANSACTIONAL",
        "NumberCapabilities": ["SMS"],
        "NumberType": "TOLL_FREE",
        "MonthlyLeasingPrice": "2.00",
        "TwoWayEnabled": False,
        "SelfManagedOptOutsEnabled": False,
        "OptOutListName": "Default",
        "DeletionProtectionEnabled": False,
        "CreatedTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
    }


def sender(country: str, *, registered: bool = True) -> dict[str, Any]:
    return {
        "SenderIdArn": "arn:aws:sms-voice:x",
        "SenderId": "FURTKA",
        "IsoCountryCode": country,
        "MessageTypes": ["TRANSACTIONAL"],
        "MonthlyLeasingPrice": "0.00",
        "DeletionProtectionEnabled": False,
        "Registered": registered,
    }


def certificate(**differs: Any) -> dict[str, Any]:
    usual = {
        "CertificateArn": ARN,
        "DomainName": "example.com",
        "SubjectAlternativeNames": ["example.com", "*.example.com"],
        "Status": "ISSUED",
        "NotAfter": datetime.now(UTC) + timedelta(days=200),
        "Type": "AMAZON_ISSUED",
    }
    return {"Certificate": usual | differs}


def subscription(arn: str) -> dict[str, Any]:
    return {"SubscriptionArn": arn, "Owner": ACCOUNT, "Protocol": "email", "Endpoint": "a@b.c", "TopicArn": TOPIC}


def stack(status: str = "UPDATE_COMPLETE", **given: str) -> dict[str, Any]:
    values = {**parameters.defaults(), "MailFrom": MAIL, "SmsMonthlySpendUSD": "500", **given}
    return {
        "Stacks": [
            {
                "StackName": STACK,
                "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
                "StackStatus": status,
                "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
                "Outputs": [
                    {"OutputKey": "Url", "OutputValue": f"https://{DOMAIN}"},
                    {"OutputKey": "LoginFunction", "OutputValue": f"{STACK}-LoginFunction-1"},
                    {"OutputKey": "DomainTarget", "OutputValue": "d-1.execute-api.example"},
                ],
            }
        ]
    }


def resource(name: str, physical: str, kind: str) -> dict[str, Any]:
    return {
        "LogicalResourceId": name,
        "PhysicalResourceId": physical,
        "ResourceType": kind,
        "ResourceStatus": "CREATE_COMPLETE",
        "LastUpdatedTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
    }


def function(**settings: str) -> dict[str, Any]:
    return {"CodeSha256": "abc=", "MemorySize": 1024, "Environment": {"Variables": {"MAIL_FROM": MAIL, **settings}}}


ORDERLY: dict[str, Any] = {
    **NOBODY,
    "cloudformation.DescribeStacks": stack(DomainName=DOMAIN, CertificateArn=ARN),
    "cloudformation.ListStackResources": [
        {"StackResourceSummaries": [resource("Api", "abc123", "AWS::ApiGateway::RestApi")], "NextToken": "2"},
        {
            "StackResourceSummaries": [
                resource("AlarmTopic", TOPIC, "AWS::SNS::Topic"),
                resource("LoginFunction", f"{STACK}-LoginFunction-1", "AWS::Lambda::Function"),
                resource("LoginFunctionAliaslive", f"arn:aws:lambda:{REGION}:x:live", "AWS::Lambda::Alias"),
                resource("SmsapiToken", "arn:aws:secretsmanager:x", "AWS::SecretsManager::Secret"),
            ]
        },
    ],
    "cloudformation.GetStackPolicy": {"StackPolicyBody": json.dumps(guard.policy())},
    "sesv2.GetAccount": {"ProductionAccessEnabled": True, "SendingEnabled": True, "EnforcementStatus": "HEALTHY"},
    "sesv2.GetEmailIdentity": {
        "IdentityType": "DOMAIN",
        "VerifiedForSendingStatus": True,
        "DkimAttributes": {"SigningEnabled": True, "Status": "SUCCESS"},
    },
    "sns.GetSMSSandboxAccountStatus": {"IsInSandbox": False},
    "sns.GetSMSAttributes": {"attributes": {"MonthlySpendLimit": "500"}},
    "pinpoint-sms-voice-v2.DescribeAccountAttributes": {
        "AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"}]
    },
    "pinpoint-sms-voice-v2.DescribeSpendLimits": {
        "SpendLimits": [
            {"Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT", "EnforcedLimit": 500, "MaxLimit": 500, "Overridden": False}
        ]
    },
    "pinpoint-sms-voice-v2.DescribePhoneNumbers": {"PhoneNumbers": [number("US")]},
    "pinpoint-sms-voice-v2.DescribeSenderIds": {"SenderIds": [sender("ES"), sender("GB")]},
    "lambda.GetFunctionConfiguration": function(),
    "pinpoint-sms-voice-v2.DescribeProtectConfigurations": {},
    "lambda.GetAccountSettings": {
        "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900}
    },
    "apigateway.GetAccount": {"cloudwatchRoleArn": f"arn:aws:iam::{ACCOUNT}:role/logs"},
    "apigateway.GetRestApi": {"id": "abc123", "disableExecuteApiEndpoint": True},
    "acm.DescribeCertificate": certificate(),
    "sns.ListSubscriptionsByTopic": {"Subscriptions": [subscription(f"{TOPIC}:1")]},
    "secretsmanager.DescribeSecret": {"VersionIdsToStages": {"1" * 32: ["AWSPREVIOUS"], "2" * 32: ["AWSCURRENT"]}},
}
