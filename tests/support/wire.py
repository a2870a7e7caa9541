"""Harness: DynamoDB's protocol and nothing else, so that callers meet in the engine and not before it."""

import json
from typing import Any

import urllib3
from botocore.exceptions import ClientError

HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20261123/eu-central-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=none",
}


class Wire:
    """Stands in for PynamoDB's connection. botocore needs some 2 ms of Python a call, one thread at a time."""

    answered: list[tuple[str, int]]
    """(operation, HTTP status) of every answer so far."""

    def __init__(self, address: str, *, at_once: int) -> None:
        self._pool = urllib3.connection_from_url(address, maxsize=at_once, block=True, timeout=60, retries=False)
        self.answered = []

    def dispatch(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """DynamoDB's answer; what it refuses is raised as botocore would."""
        status, said = self.ask(operation, json.dumps(arguments))
        if status != 200:
            raise ClientError(said | {"Error": {"Code": said["__type"].partition("#")[2]}}, operation)
        return said

    def ask(self, operation: str, body: str | bytes) -> tuple[int, dict[str, Any]]:
        """The HTTP status and the JSON of DynamoDB's answer to *body*, which is JSON too."""
        target = {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        answer = self._pool.request("POST", "/", body=body, headers=HEADERS | target)
        self.answered.append((operation, answer.status))
        return answer.status, dict(answer.json())

    def close(self) -> None:
        self._pool.close()
