"""Requests to customers' servers: only to addresses of the world, only https, only so long and so much."""

import socket
import ssl
from datetime import timedelta

import pytest

from reports import web
from shared import policy
from shared.domain import notify_urls
from tests.support.https_server import drip, said, serving

HOST = "shop.example"
URL = notify_urls.read(f"https://{HOST}/report?key=1")


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the name server answers, by name."""
    found: dict[str, list[str]] = {HOST: ["8.8.8.8"]}

    def resolve(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        if host[0].isdigit():
            found[host] = [host]
        if host not in found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found[host]]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return found


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a connection was tried to. None is made."""
    tried: list[str] = []

    def connect(address: tuple[str, int], timeout: float) -> None:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return tried


@pytest.fixture
def at_home(names, monkeypatch):
    """A name that leads to the test's own server, whose authority is trusted, once `serve` has begun it."""
    monkeypatch.setattr(notify_urls, "is_reachable", lambda _: True)
    names[HOST] = ["127.0.0.1"]

    def lead(server, *, trust: bool = True) -> None:
        context = ssl.create_default_context(cadata=server.authority) if trust else ssl.create_default_context()
        monkeypatch.setattr(web, "_trust", lambda: context)
        monkeypatch.setattr(web, "HTTPS_PORT", server.port)

    return lead


def _reason(url=URL) -> str:
    with pytest.raises(web.NotConfirmed) as refused:
        web.get(url)
    return str(refused.value)


# --- Where a request may go ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.5"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["::1"],
        ["::ffff:169.254.169.254"],
        ["64:ff9b::a9fe:a9fe"],
        ["2002:a9fe:a9fe::1"],
        ["8.8.8.8", "10.0.0.5"],
        [],
    ],
)
def test_a_name_that_leads_inside_is_not_called_even_if_it_leads_outside_too(names, connections, addresses):
    names[HOST] = addresses
    _reason()
    assert connections == []


def test_a_name_without_an_address_is_not_called(names, connections):
    del names[HOST]
    assert _reason() == "the name has no address"
    assert connections == []


def test_the_connection_goes_to_the_address_that_was_judged_whatever_the_name_server_says_next(names, connections):
    names[HOST] = ["8.8.4.4"]
    _reason()
    assert connections == ["8.8.4.4"]


# --- What is asked, and what counts as confirmed --------------------------------------------------------------


def test_a_server_that_answers_ok_was_asked_by_its_name_with_the_whole_target(at_home, tmp_path):
    with serving(tmp_path, HOST, said(b"OK\n")) as server:
        at_home(server)
        web.get(URL)
    line, *headers = server.requests[0].split("\r\n")
    assert line == "GET /report?key=1 HTTP/1.1"
    assert server.names == [HOST]
    assert [header for header in headers if header.startswith("Host:")] == [f"Host: {HOST}:{server.port}"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said(b"ok"), "another answer than OK"),
        (said(b""), "another answer than OK"),
        (said(b"<html>OK</html>"), "another answer than OK"),
        (said(b"OK" + b"x" * policy.REPORT_ANSWER_BYTES), "another answer than OK"),
        (said(b"OK", "500 Internal Server Error"), "HTTP 500"),
        (said(b"OK", "204 No Content"), "HTTP 204"),
        (said(b"OK", "302 Found", "Location: https://shop.example/elsewhere"), "HTTP 302"),
        (lambda connection: connection.sendall(b"no HTTP\r\n\r\n"), "BadStatusLine"),
        (lambda connection: connection.close(), "RemoteDisconnected"),
    ],
)
def test_only_200_with_ok_confirms_and_nothing_is_followed(at_home, tmp_path, answer, reason):
    with serving(tmp_path, HOST, answer) as server:
        at_home(server)
        assert _reason() == reason
    assert len(server.requests) == 1


def test_a_certificate_of_another_name_or_of_an_unknown_authority_is_refused(at_home, tmp_path):
    with serving(tmp_path, "other.example", said(b"OK")) as server:
        at_home(server)
        assert _reason() == "SSLCertVerificationError"
        at_home(server, trust=False)
        assert _reason() == "SSLCertVerificationError"
    assert server.requests == []


def test_a_server_that_sends_a_byte_at_a_time_is_cut_off(at_home, tmp_path, monkeypatch):
    monkeypatch.setattr(policy, "REPORT_ANSWERED_WITHIN", timedelta(seconds=0.3))
    with serving(tmp_path, HOST, drip) as server:
        at_home(server)
        assert _reason() in {"BadStatusLine", "RemoteDisconnected", "SSLEOFError", "TimeoutError", "OSError"}


def test_no_reason_tells_the_url(at_home, tmp_path):
    with serving(tmp_path, HOST, said(b"no")) as server:
        at_home(server)
        reason = _reason()
    assert HOST not in reason
    assert "key" not in reason
