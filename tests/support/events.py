"""The events that AWS passes to our functions, and their answers."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.support.template import resource_of

ORIGIN = "https://panel.example.com"
HOME = "198.51.100.7"


@dataclass
class Context:
    """The context object that Lambda passes to a function."""

    milliseconds_left: int = 15_000
    aws_request_id: str = "request-1"
    function_name: str = "furtka"
    function_version: str = "1"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:furtka"

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds_left


@dataclass(frozen=True)
class Call:
    """A request to the REST API. *base* is the base path of a domain, which API Gateway leaves in `path` only."""

    method: str
    path: str
    at: datetime
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    address: str = HOME
    query: dict[str, str] = field(default_factory=dict)
    base: str = ""

    @property
    def event(self) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "User-Agent": "Check/1.0", **self.headers}
        return {
            "resource": resource_of(self.path),
            "path": f"{self.base}{self.path}",
            "httpMethod": self.method,
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": self.query or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in self.query.items()} or None,
            "pathParameters": None,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": resource_of(self.path),
                "httpMethod": self.method,
                "path": f"{self.base or '/live'}{self.path}",
                "stage": "live",
                "requestId": "request-1",
                "requestTimeEpoch": int(self.at.timestamp() * 1000),
                "domainName": "api.example.com",
                "identity": {"sourceIp": self.address, "userAgent": headers["User-Agent"]},
            },
            "body": self.body if self.body is None or isinstance(self.body, str) else json.dumps(self.body),
            "isBase64Encoded": False,
        }


LEGACY_STATUS = {101: 401, 105: 403, 110: 403, 201: 503, 203: 429, 401: 403, 1000: 403}
LEGACY_CODES = {101: "unauthorized", 401: "insufficient_scope", 1000: "owner_only"}
"""The codes of the other routes that correspond to error numbers of the `*.do`."""


@dataclass(frozen=True)
class Reply:
    """An answer as the caller gets it."""

    status: int
    headers: dict[str, list[str]]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text) if self.text else None

    @property
    def error(self) -> str:
        return LEGACY_CODES.get(self._number or 0) or str(self.body["error"])

    @property
    def outcome(self) -> int:
        """The status; for an error of a `*.do`, which comes under 200, the status that other routes would have."""
        return self.status if self._number is None else LEGACY_STATUS.get(self._number, 400)

    @property
    def _number(self) -> int | None:
        """The error number in the answer of a `*.do`; None if there is none."""
        if self.text.startswith("ERROR:"):
            return int(self.text.removeprefix("ERROR:"))
        number = json.loads(self.text).get("error") if self.text.startswith("{") else None
        return number if isinstance(number, int) else None

    @property
    def retry_after(self) -> int:
        return int(self.headers["Retry-After"][0])

    def cookie(self, name: str) -> str:
        """Return the whole Set-Cookie line of cookie *name*."""
        return next(line for line in self.headers.get("Set-Cookie", []) if line.startswith(name))


def reply(answer: dict[str, Any]) -> Reply:
    return Reply(answer["statusCode"], answer["multiValueHeaders"], answer["body"] or "")


METHOD_ARN = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/live/GET/messages"


def authorizer_event(
    shown: str | None,
    *,
    at: datetime,
    address: str = HOME,
    header: str = "Authorization",
    variables: dict[str, str] | None = None,
    agent: str = "Check/1.0",
) -> dict[str, Any]:
    """Return the event of a REQUEST authorizer of another REST API. *shown* is the value of *header*."""
    headers = {"User-Agent": agent} | ({} if shown is None else {header: shown})
    return {
        "type": "REQUEST",
        "methodArn": METHOD_ARN,
        "resource": "/messages",
        "path": "/messages",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        "pathParameters": {},
        "stageVariables": variables or {},
        "requestContext": {
            "resourceId": "a1b2c3",
            "resourcePath": "/messages",
            "httpMethod": "GET",
            "path": "/live/messages",
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": "live",
            "requestTimeEpoch": int(at.timestamp() * 1000),
            "requestId": "request-1",
            "identity": {"sourceIp": address, "userAgent": headers["User-Agent"]},
            "apiId": "abcdef1234",
        },
    }


def records(
    bodies: list[str], *, at: datetime, queue: str = "notices", receipts: int = 1, sent: datetime | None = None
) -> dict[str, Any]:
    """Return the event by which SQS passes messages to a function. They were queued at *sent*, else just now."""
    return {
        "Records": [
            {
                "messageId": f"message-{place}",
                "receiptHandle": f"handle-{place}",
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": str(receipts),
                    "SentTimestamp": str(int((sent or at).timestamp() * 1000)),
                    "ApproximateFirstReceiveTimestamp": str(int(at.timestamp() * 1000)),
                },
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:eu-central-1:123456789012:{queue}",
                "awsRegion": "eu-central-1",
            }
            for place, body in enumerate(bodies)
        ]
    }
