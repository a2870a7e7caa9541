"""An older official client, unmodified: a line of stdin is a call, a line of stdout is what came of it.

Both are JSON. The folder that holds the client comes before all others, so that no other release is found.
"""

import json
import sys
from datetime import datetime
from typing import Any

folder, url, token = sys.argv[1:]
sys.path.insert(0, folder)

from smsapi.client import Client  # noqa: E402
from smsapi.exception import SmsApiException  # noqa: E402


def told(value: Any) -> Any:
    """Return what the client made of an answer, as JSON can hold it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [told(one) for one in value]
    if hasattr(value, "__dict__"):
        return {name: told(one) for name, one in vars(value).items() if not name.startswith("_")}
    return value


def outcome(call: str, given: dict[str, Any]) -> dict[str, Any]:
    at: Any = Client(url, access_token=token)
    for name in call.split("."):
        at = getattr(at, name)
    try:
        return {"value": told(at(**given))}
    except SmsApiException as refused:
        return {"code": getattr(refused, "code", None), "message": getattr(refused, "message", "")}


for line in sys.stdin:
    print(json.dumps(outcome(**json.loads(line)), default=str), flush=True)
