"""Breached passwords: asked for by five digits of a hash, believed when they answer, done without when they do not."""

import io
import json
import logging
from collections.abc import Iterator
from hashlib import sha1
from socket import socket

import pytest
import urllib3

from shared import policy, settings
from shared.auth import breached_passwords
from shared.auth.breached_passwords import is_breached
from shared.observability import logger, metrics
from tests.shared.delivery import loopback
from tests.shared.delivery.loopback import HANGS, HANGS_UP, Loopback, Reply, listening

PASSWORD = "Zażółć-gęślą-1"
DIGITS = sha1(PASSWORD.encode(), usedforsecurity=False).hexdigest().upper()
FIRST, REST = DIGITS[:5], DIGITS[5:]
OTHERS = [f"{number:035X}:{number}" for number in range(1, 800)]


class Conversation(loopback._Conversation):
    """The loopback server is asked by GET here, and every word of the question matters."""

    def do_GET(self) -> None:  # noqa: N802 - http.server looks for this name
        self.server.questions.append((self.requestline, dict(self.headers)))
        self.do_POST()


POLICY = breached_passwords._HTTP.connection_pool_kw["timeout"]
PATIENT, HASTY = urllib3.Timeout(total=60), urllib3.Timeout(total=1)
"""For answers that must come however busy this machine is, and for those that never do."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """The loopback server in the place of the range API."""
    monkeypatch.setitem(breached_passwords._HTTP.connection_pool_kw, "timeout", PATIENT)
    with listening() as server:
        server.RequestHandlerClass, server.questions = Conversation, []
        monkeypatch.setattr(settings, "BREACHED_PASSWORDS_URL", f"{server.url}/range")
        yield server
        breached_passwords._HTTP.clear()
    metrics.clear_metrics()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Every line that our logger, and that of any library from WARNING on, would write."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(logger.registered_formatter)
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)


def a_list(*lines: str) -> Reply:
    """As the API writes it, the lines in order and each with its end."""
    return Reply(body="".join(f"{line}\r\n" for line in sorted([*OTHERS, *lines])))


def skipped() -> bool:
    return "BreachCheckSkipped" in metrics.metric_set


def reasons(log: io.StringIO) -> list[str]:
    """Why the list could not be asked, as operators read it."""
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line["reason"] for line in lines if line["message"] == "breaches_unreachable"]


@pytest.mark.parametrize("count", ["1", "9", "10", "2254650"])
def test_a_password_on_the_list_is_breached(service: Loopback, count: str):
    service.replies = [a_list(f"{REST}:{count}")]
    assert is_breached(PASSWORD)
    assert not skipped()


def test_a_password_that_is_not_on_the_list_is_not_breached(service: Loopback):
    service.replies = [a_list(f"{REST[:-1]}{'0' if REST[-1] != '0' else '1'}:5")]
    assert not is_breached(PASSWORD)
    assert not skipped()


@pytest.mark.parametrize("count", ["0", "00"])
def test_padding_is_nobodys_password(service: Loopback, count: str):
    service.replies = [a_list(f"{REST}:{count}")]
    assert not is_breached(PASSWORD)
    assert not skipped()


def test_the_last_line_needs_no_end(service: Loopback):
    service.replies = [Reply(body=f"{OTHERS[0]}\n{REST}:3")]
    assert is_breached(PASSWORD)


def test_one_password_in_two_unicode_forms_is_one_breach(service: Loopback):
    service.replies = [a_list(f"{REST}:3")]
    assert is_breached("Zaz\u0307o\u0301ł\u0063\u0301-ge\u0328s\u0301la\u0328-1")


def test_five_digits_of_the_hash_are_all_that_is_told(service: Loopback):
    service.replies = [a_list()]
    is_breached(PASSWORD)
    ((question, headers),) = service.questions
    assert question == f"GET /range/{FIRST} HTTP/1.1"
    assert headers.pop("User-Agent").startswith("python-urllib3/")
    assert headers == {
        "Host": service.url.removeprefix("http://"),
        "Accept-Encoding": "identity",
        "Add-Padding": "true",
        "Connection": "close",
    }
    assert service.heard[0].body == ""


def test_unless_a_list_is_set_up_no_connection_is_made(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(breached_passwords, "_HTTP", None)
    assert settings.BREACHED_PASSWORDS_URL == ""
    assert not is_breached(PASSWORD)
    assert not skipped()


NO_ANSWERS = {
    "an error of theirs": (Reply(500, f"{REST}:1\r\n"), "HTTP 500"),
    "too many questions": (Reply(429, "", {"Retry-After": "3600"}), "HTTP 429"),
    "a success under another status": (Reply(203, f"{REST}:1\r\n"), "HTTP 203"),
    "nothing": (Reply(), "no list of hashes"),
    "a page": (Reply(body="<html>Sign in to the hotel's network</html>"), "no list of hashes"),
    "a list with garbage in it": (Reply(body=f"{OTHERS[0]}\r\n{REST}:1\r\n{REST}\r\n"), "no list of hashes"),
    "a list of something shorter": (Reply(body=f"{REST[1:]}:1\r\n"), "no list of hashes"),
    "no ASCII": (Reply(body=f"{REST}:١\r\n"), "no list of hashes"),
    "a list that is cut off": (Reply(body=f"{REST}:1\r\n", headers={"Content-Length": "4000"}), "ProtocolError"),
    "silence": (HANGS, "ReadTimeoutError"),
    "a hung-up line": (HANGS_UP, "ProtocolError"),
}


@pytest.mark.parametrize(("reply", "reason"), NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_without_an_answer_the_password_passes_and_operators_hear_of_it(
    service: Loopback, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, reply: Reply, reason: str
):
    monkeypatch.setitem(breached_passwords._HTTP.connection_pool_kw, "timeout", HASTY if reply is HANGS else PATIENT)
    service.replies = [reply]
    assert not is_breached(PASSWORD)
    assert skipped()
    assert reasons(log) == [reason]
    assert len(service.questions) == 1


def test_a_service_that_is_not_there_lets_the_password_pass(
    service: Loopback, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
):
    with socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        monkeypatch.setattr(settings, "BREACHED_PASSWORDS_URL", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        assert not is_breached(PASSWORD)
    assert skipped()
    assert reasons(log) == ["NewConnectionError"]


@pytest.mark.parametrize("url", ["http://", "ftp://127.0.0.1", "http://127.0.0.1:99999"])
def test_an_address_that_makes_no_sense_lets_the_password_pass(
    service: Loopback, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, url: str
):
    monkeypatch.setattr(settings, "BREACHED_PASSWORDS_URL", url)
    assert not is_breached(PASSWORD)
    assert skipped()
    assert len(reasons(log)) == 1


def test_the_digits_are_not_sent_on_to_where_a_redirection_points(service: Loopback, log: io.StringIO):
    service.replies = [Reply(302, headers={"Location": f"{service.url}/elsewhere/{FIRST}"}), a_list(f"{REST}:1")]
    assert not is_breached(PASSWORD)
    assert [question for question, _ in service.questions] == [f"GET /range/{FIRST} HTTP/1.1"]
    assert reasons(log) == ["HTTP 302"]


@pytest.mark.parametrize("reply", [HANGS_UP, Reply(500), Reply(body=f"{REST}:1\r\n{REST}")])
def test_nothing_of_the_password_or_its_hash_is_logged(service: Loopback, log: io.StringIO, reply: Reply):
    service.replies = [reply]
    is_breached(PASSWORD)
    assert reasons(log)
    pieces = [text[place : place + 5] for text in (PASSWORD, DIGITS) for place in range(len(text) - 4)]
    assert not any(piece.casefold() in log.getvalue().casefold() for piece in pieces)


def test_a_person_does_not_wait_longer_than_policy_says():
    assert POLICY.total == policy.BREACHES_ANSWER_WITHIN.total_seconds()


@pytest.mark.usefixtures("world")  # for the sealing keys
def test_what_is_left_of_a_password_finds_it_on_the_list_later_and_no_other(service: Loopback):
    traced = breached_passwords.trace("user-1", PASSWORD)
    service.replies = [a_list(f"{REST}:3"), a_list(f"{REST}:3"), a_list(f"{REST}:0"), Reply(500, "")]
    found = [breached_passwords.is_listed(user_id, traced) for user_id in ("user-1", "user-2", "user-1", "user-1")]
    assert found == [True, False, False, False]  # sealed for one user; padding has a count of 0
    assert [question.split()[1] for question, _ in service.questions] == [f"/range/{FIRST}"] * 4


def test_without_a_list_nothing_is_looked_for_later() -> None:
    assert not breached_passwords.is_listed("user-1", breached_passwords.Trace(FIRST, "1.seal"))
