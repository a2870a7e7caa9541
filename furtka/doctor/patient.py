"""What doctor looks at: an account in a region, the parameters of a stack, and the stack itself if it is there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError
from botocore.parsers import ResponseParserError

from furtka import aws
from furtka.complaint import Complaint

PATIENCE = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 3})

PREFIXES = {"sesv2": "ses", "pinpoint-sms-voice-v2": "sms-voice"}
"""What IAM calls a service, where that differs from the SDK's name."""

STRANGERS = {"InvalidClientTokenId", "UnrecognizedClientException", "ExpiredToken", "ExpiredTokenException"}
"""Codes by which AWS says that it does not know who asks. In a region that is switched off it says so to everybody."""


class NotAllowed(Exception):
    """AWS does not let this operator look. The text is the action that a policy must allow."""


class NotThere(Exception):
    """What was asked about does not exist."""


class Unanswered(Exception):
    """AWS gave no answer that says anything. The text is the reason."""


@dataclass(frozen=True)
class StackFacts:
    """What CloudFormation tells of a stack."""

    name: str
    status: str
    outputs: Mapping[str, str]
    resources: Mapping[str, str]


@dataclass(frozen=True)
class Patient:
    """An account in a region, with the parameters that a stack has or is to get."""

    session: boto3.Session = field(repr=False)
    account: str
    parameters: Mapping[str, str]
    stack: StackFacts | None
    kinds: frozenset[str]
    """The types of the stack's resources; before the first deployment, those of the template."""

    @property
    def region(self) -> str:
        return str(self.session.region_name)

    def parameter(self, name: str) -> str:
        """Return the parameter's value; empty if the template, or the stack, does not have it."""
        return self.parameters.get(name, "")

    def ask(self, service: str, operation: str, **about: Any) -> dict[str, Any]:
        """Return AWS's answer. Raises NotAllowed, NotThere or Unanswered."""
        return ask(self.session, service, operation, **about)

    def listed(self, service: str, operation: str, key: str, **about: Any) -> list[dict[str, Any]]:
        """Return the list *key* of all pages of AWS's answer. Raises NotAllowed, NotThere or Unanswered."""
        found: list[dict[str, Any]] = []
        page = self.ask(service, operation, **about)
        while token := page.get("NextToken"):
            found += page[key]
            page = self.ask(service, operation, **about, NextToken=token)
        return [*found, *page[key]]

    @cached_property
    def countries(self) -> list[str]:
        """The countries that messages can be sent to, home first."""
        priced = [entry.partition("=")[0] for entry in self.parameter("Prices").split()]
        return sorted(priced, key=lambda country: (country != self.parameter("HomeCountry"), country))


def ask(session: boto3.Session, service: str, operation: str, **about: Any) -> dict[str, Any]:
    """Return AWS's answer to one call. Raises NotAllowed, NotThere, Unanswered; Complaint if AWS knows nobody."""
    try:
        return dict(getattr(_client(session, service), operation)(**about))
    except NoCredentialsError as failure:
        raise Complaint("nobody is signed in to AWS: set AWS_PROFILE, or run `aws configure`") from failure
    except ClientError as refusal:
        raise _told(refusal, service) from refusal
    except EndpointConnectionError as silence:
        raise Unanswered(f"{service} does not answer in {session.region_name}") from silence
    except (BotoCoreError, ResponseParserError) as failure:
        raise Unanswered(aws.told(failure)) from failure


@cache
def _client(session: Any, service: str) -> Any:
    return session.client(service, config=PATIENCE)


def _told(refusal: ClientError, service: str) -> Exception:
    code, text = refusal.response["Error"]["Code"], refusal.response["Error"].get("Message", "")
    if code in STRANGERS:
        return Complaint(f"AWS does not accept who asks ({code}): sign in again; perhaps the region is switched off")
    if re.search("AccessDenied|NotAuthorized|Unauthorized|AuthorizationError", code):
        return NotAllowed(_action(service, refusal.operation_name))
    if "NotFound" in code or "does not exist" in text:
        return NotThere(text)
    return Unanswered(f"{code}: {text}")


def _action(service: str, operation: str) -> str:
    """Return the action of IAM that *operation* needs. API Gateway's are named after HTTP methods."""
    return "apigateway:GET" if service == "apigateway" else f"{PREFIXES.get(service, service)}:{operation}"
