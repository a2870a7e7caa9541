"""Harness, run by ministack's own Python: `launch_ministack.py INTERPRETER` starts it and puts four things right.

Functions are run with INTERPRETER. Left alone, ministack runs them with its own, where they see its packages: a layer
that lacks boto3 or Pydantic would pass here and break in Lambda.

A function may answer `"body": null`, and Powertools does so for a 204. AWS sends no body then, ministack breaks.

A gateway response may name `$context.authorizer.NAME`, which an authorizer that denied has said. AWS puts it in,
ministack leaves the name.

A template's parameter of type Number is a text to ministack, and a queue's MaximumConcurrency that refers to one stops
all queues. AWS makes a number of it.
"""

import re
import sys
from contextvars import ContextVar
from typing import Any

import ministack.app
from ministack.services import apigateway_v1, lambda_svc

_send_response = ministack.app._send_response
_invoke_authorizer = apigateway_v1._invoke_authorizer_lambda
_error_response = apigateway_v1._gateway_error_response
_concurrency = lambda_svc._sqs_esm_concurrency

_said: ContextVar[dict[str, Any]] = ContextVar("said")  # by the authorizer of this request


async def _send_any_response(send: Any, status: int, headers: Any, body: Any, **more: Any) -> None:
    await _send_response(send, status, headers, body or b"", **more)


async def _invoke_and_listen(*arguments: Any) -> Any:
    result = await _invoke_authorizer(*arguments)
    answer = result.get("body") if result else None
    _said.set(answer.get("context") or {} if isinstance(answer, dict) else {})
    return result


def _error_response_with_what_was_said(*arguments: Any) -> tuple[int, dict[str, str], bytes]:
    status, headers, body = _error_response(*arguments)
    return status, headers, re.sub(rb"\$context\.authorizer\.(\w+)", _word, body)


def _word(name: re.Match[bytes]) -> bytes:
    return str(_said.get({}).get(name[1].decode(), "")).encode()


def _concurrency_as_number(*arguments: Any) -> int:
    return int(_concurrency(*arguments))


ministack.app._send_response = _send_any_response
apigateway_v1._invoke_authorizer_lambda = _invoke_and_listen
apigateway_v1._gateway_error_response = _error_response_with_what_was_said
lambda_svc._sqs_esm_concurrency = _concurrency_as_number
sys.executable = sys.argv.pop(1)
ministack.app.main()
