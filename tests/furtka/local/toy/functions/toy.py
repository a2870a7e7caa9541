"""The toy's functions: each room of the first does one thing that a test wants to see."""

import itertools
import json
import os
import sys
import time
from typing import Any

import toybox

calls_so_far = itertools.count(1)


def door(event: dict[str, Any], context: Any) -> Any:
    return ROOMS[event["pathParameters"]["room"]](event, context)


def second(event: dict[str, Any], context: Any) -> Any:
    return answer({"greeting": os.environ["GREETING"], "name": context.function_name})


def work(event: dict[str, Any], context: Any) -> Any:
    if "Records" not in event:
        toybox.remember("schedule", json.dumps(event))
        return None
    failed = [record for record in event["Records"] if not worked(record)]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def worked(record: dict[str, Any]) -> bool:
    if record["body"] == "break everything":
        raise RuntimeError
    toybox.send_sms("+48500100200", f"{record['body']} {record['attributes']['ApproximateReceiveCount']}")
    return bool(record["body"] != "fail")


def answer(body: Any, status: int = 200) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}


def echo(event: dict[str, Any], context: Any) -> Any:
    return answer(event)


def environment(event: dict[str, Any], context: Any) -> Any:
    return answer({**os.environ, "SECRET_LENGTH": str(len(json.loads(toybox.secret())["1"]))})


def calls(event: dict[str, Any], context: Any) -> Any:
    return answer(next(calls_so_far))


def crash(event: dict[str, Any], context: Any) -> Any:
    os._exit(3)


def break_down(event: dict[str, Any], context: Any) -> Any:
    raise ValueError("a secret that no caller may learn")


def sleep(event: dict[str, Any], context: Any) -> Any:
    print("asleep", flush=True)
    time.sleep(float(event["body"] or 60))
    return answer({"remaining": context.get_remaining_time_in_millis()})


def chatter(event: dict[str, Any], context: Any) -> Any:
    """Whatever a function prints or reads disturbs nobody."""
    print("printed", flush=True)
    os.write(1, b"written\n")
    return answer(sys.stdin.read())


def nonsense(event: dict[str, Any], context: Any) -> Any:
    return json.loads(event["body"])


def unspeakable(event: dict[str, Any], context: Any) -> Any:
    return {"statusCode": 200, "body": object()}


def cookies(event: dict[str, Any], context: Any) -> Any:
    return {"statusCode": 204, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "body": None}


def messages(event: dict[str, Any], context: Any) -> Any:
    toybox.send_sms("+48500100200", "first")
    toybox.send_email("someone@example.com", "Second", "the <b>second</b>")
    return answer("sent")


def enqueue(event: dict[str, Any], context: Any) -> Any:
    toybox.enqueue(event["body"])
    return answer("queued")


ROOMS = {
    "echo": echo,
    "environment": environment,
    "calls": calls,
    "crash": crash,
    "break": break_down,
    "sleep": sleep,
    "chatter": chatter,
    "nonsense": nonsense,
    "unspeakable": unspeakable,
    "cookies": cookies,
    "messages": messages,
    "enqueue": enqueue,
}
