"""What a function is handed and what a caller gets, as API Gateway and Lambda would have it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.support.local import PATIENCE, soon

MEBIBYTE = 1024 * 1024


class FromAddress(HTTPAdapter):
    """Connects from another of this machine's own addresses."""

    def __init__(self, address):
        self._address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self._address, 0), **options)


def event(toy, **options):
    return toy.door("echo", **options).json()


def clock(toy):
    """What the stack takes for now, in milliseconds: other tests may have moved it."""
    return datetime.fromisoformat(toy.get("/_local/clock").json()["now"]).timestamp() * 1000


def test_a_request_carries_its_own_time_in_milliseconds_and_its_own_id(toy):
    before = clock(toy)
    first, second = event(toy)["requestContext"], event(toy)["requestContext"]
    assert before - 1 <= first["requestTimeEpoch"] <= second["requestTimeEpoch"] <= clock(toy)
    assert first["requestId"] != second["requestId"]


def test_the_answer_names_the_request_by_the_id_that_the_function_saw(toy):
    answer = toy.door("echo")
    assert answer.headers["x-amzn-RequestId"] == answer.json()["requestContext"]["requestId"]


def test_the_path_and_the_browser_are_those_of_the_request(toy):
    seen = event(toy, headers={"User-Agent": "a browser"})
    assert seen["requestContext"]["identity"]["userAgent"] == "a browser"
    assert (seen["path"], seen["requestContext"]["path"]) == ("/door/echo", "/door/echo")
    assert seen["pathParameters"] == {"room": "echo"}


def test_the_path_arrives_as_it_was_sent_in_percents(toy):
    with closing(HTTPConnection(toy.url.removeprefix("http://"), timeout=10)) as line:
        line.request("GET", "/door/ech%6F?a=%20")
        seen = json.loads(line.getresponse().read())
    assert (seen["path"], seen["requestContext"]["path"]) == ("/door/ech%6F", "/door/ech%6F")
    assert seen["queryStringParameters"] == {"a": " "}


def test_the_address_is_that_of_the_connection_whatever_the_caller_claims(toy):
    with requests.Session() as http:
        http.mount("http://", FromAddress("127.0.0.2"))
        answer = http.post(f"{toy.url}/door/echo", headers={"X-Forwarded-For": "8.8.8.8"}, timeout=PATIENCE)
    assert answer.json()["requestContext"]["identity"]["sourceIp"] == "127.0.0.2"
    assert answer.json()["headers"]["X-Forwarded-For"] == "8.8.8.8, 127.0.0.2"


def test_a_body_that_is_no_text_arrives_with_replacement_characters(toy):
    assert event(toy, body=b"caf\xe9")["body"] == "caf\ufffd"


def test_a_query_that_is_no_text_arrives_with_replacement_characters_too(toy):
    with closing(HTTPConnection(toy.url.removeprefix("http://"), timeout=10)) as line:
        line.request("GET", "/door/echo?a=a%B9b&%e9=1&whole=%C5%BC+%25B9&a=")
        seen = json.loads(line.getresponse().read())
    assert seen["multiValueQueryStringParameters"] == {"a": ["a\ufffdb", ""], "\ufffd": ["1"], "whole": ["ż %B9"]}


def test_each_cookie_that_a_function_sets_is_set(toy):
    answer = toy.door("cookies")
    assert answer.status_code == 204
    assert answer.raw.headers.getlist("Set-Cookie") == ["a=1", "b=2"]


def test_each_function_has_its_own_environment(toy):
    assert toy.get("/second").json() == {"greeting": "another", "name": "SecondFunction"}
    assert toy.door("environment").json()["GREETING"] == f"hello from {toy.stack}"


def test_an_environment_names_the_things_that_were_made_for_it(toy):
    seen = toy.door("environment").json()
    assert seen["NOTES_TABLE"] in toy.aws("dynamodb").list_tables()["TableNames"]
    assert seen["WORK_QUEUE_URL"] in toy.aws("sqs").list_queues()["QueueUrls"]
    assert seen["DEAD_LETTERS_ARN"].startswith("arn:aws:sqs:")
    assert seen["KEY"].startswith("arn:aws:kms:")
    assert seen["SECRET_LENGTH"] == "40"
    assert seen["PANEL_ORIGIN"] == toy.url


def test_a_table_forgets_by_itself_where_the_template_says_so(toy):
    lifetime = toy.aws("dynamodb").describe_time_to_live(TableName=f"{toy.stack}-NotesTable")
    assert lifetime["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "forget_at"}


def test_what_a_condition_takes_away_is_not_made(toy):
    assert toy.aws("dynamodb").list_tables()["TableNames"] == [f"{toy.stack}-NotesTable"]


def test_a_function_keeps_its_process_between_requests(toy):
    assert toy.door("calls").json() + 1 == toy.door("calls").json()


def test_a_function_handles_one_event_at_a_time(toy):
    began = time.monotonic()
    with ThreadPoolExecutor() as callers:
        assert all(answer.ok for answer in callers.map(toy.door, ["sleep"] * 3, ["0.3"] * 3))
    assert time.monotonic() - began > 0.9


def test_what_a_function_prints_or_reads_disturbs_nobody(toy):
    assert toy.door("chatter").json() == ""
    soon(lambda: {"printed", "written"} <= set(toy.log.splitlines()))


@pytest.mark.parametrize("room", ["break", "crash", "unspeakable"])
def test_a_function_that_fails_is_a_502_that_does_not_say_why(toy, room):
    answer = toy.door(room)
    assert answer.status_code == 502
    assert answer.json() == {"error": "Internal server error", "id": answer.headers["x-amzn-RequestId"]}
    assert toy.door("calls").ok


def test_why_a_function_failed_is_in_the_log(toy):
    toy.door("break")
    soon(lambda: "ValueError: a secret that no caller may learn" in toy.log)


def test_a_function_that_takes_too_long_is_ended_and_starts_afresh(toy):
    began = time.monotonic()
    assert toy.post("/impatient/sleep", data="60").status_code == 502
    assert 1.9 < time.monotonic() - began < 60
    assert toy.post("/impatient/calls").json() == 1
    assert "ImpatientFunction failed: timed out after 2 seconds" in toy.log


def test_a_function_knows_how_much_time_it_has_left(toy):
    assert 0 < toy.door("sleep", "0.1").json()["remaining"] < 69_950  # ten seconds more than its timeout


@pytest.mark.parametrize(
    "answer",
    [None, [], "text", {"statusCode": "x"}, {"statusCode": -1}, {"statusCode": 200, "unknown": 1}, {"headers": 1}],
)
def test_what_is_no_http_answer_is_a_502(toy, answer):
    assert toy.door("nonsense", json.dumps(answer)).status_code == 502


def test_a_path_that_is_not_there_gets_the_templates_own_refusal(toy):
    answer = toy.get("/nowhere")
    assert (answer.status_code, answer.json()) == (404, {"error": "not_found"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/json"


def test_a_method_that_is_not_there_gets_the_same_refusal(toy):
    assert toy.post("/second").json() == {"error": "not_found"}


@pytest.mark.parametrize("size", [7 * MEBIBYTE, 10 * MEBIBYTE + 1])
def test_what_lambda_or_the_gateway_can_not_carry_is_too_large(toy, size):
    answer = toy.door("echo", b"x" * size)
    assert (answer.status_code, answer.json()) == (413, {"message": "Request Too Long"})
