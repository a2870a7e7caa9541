"""Harness, run by ministack's own Python: `launch_ministack.py INTERPRETER` starts it and puts two things right.

Functions are run with INTERPRETER. Left alone, ministack runs them with its own, where they see its packages: a layer
that lacks boto3 or Pydantic would pass here and break in Lambda.

A function may answer `"body": null`, and Powertools does so for a 204. AWS sends no body then, ministack breaks.
"""

import sys
from typing import Any

import ministack.app

_send_response = ministack.app._send_response


async def _send_any_response(send: Any, status: int, headers: Any, body: Any, **more: Any) -> None:
    await _send_response(send, status, headers, body or b"", **more)


ministack.app._send_response = _send_any_response
sys.executable = sys.argv.pop(1)
ministack.app.main()
