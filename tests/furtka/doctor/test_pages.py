"""Where a server answers doctor by pages for people, no line shows one: each says that a proxy may have answered."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from furtka import aws
from furtka.cli import main
from furtka.doctor import command
from tests.support.pretend_aws import ACCOUNT, REGION

IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""
PAGES = ("<!DOCTYPE html>\n<html><body>Not found</body></html>", "<html><body><p>Sign in</p></body></html>")


class Proxy(BaseHTTPRequestHandler):
    """Lets through who asks, and nothing else."""

    page, status = "", 200

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_who = b"GetCallerIdentity" in asked
        self.send_response(200 if is_who else self.status)
        self.end_headers()
        self.wfile.write((IDENTITY if is_who else self.page).encode())

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: Any) -> None:
        """Nothing to say."""


@pytest.fixture(params=[200, 403, 404], ids=str)
def proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Proxy]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setattr(Proxy, "status", request.param)
        yield Proxy
        server.shutdown()


@pytest.mark.parametrize("page", PAGES, ids=["of html", "as xml"])
def test_a_page_in_the_place_of_an_answer_is_told_and_not_shown(
    page: str, proxy: type[Proxy], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(proxy, "page", page)
    assert main(["doctor", "--region", REGION, "--mail", "furtka@example.com", "--json"]) == command.UNSEEN
    found = json.loads(capsys.readouterr().out)["findings"]
    unknown = {one["means"] for one in found if one["level"] == "unknown"}
    assert unknown == {f"could not be looked at: {aws.UNREADABLE}"}
    assert "<" not in json.dumps(found)


@pytest.mark.usefixtures("proxy")
@pytest.mark.parametrize("page", PAGES, ids=["of html", "as xml"])
@pytest.mark.parametrize("ask", [["doctor"], ["stop"], ["leftovers"], ["keys", "status"]], ids=" ".join)
def test_a_stack_is_looked_for_behind_it_in_vain(
    ask: list[str], page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(Proxy, "page", page)
    assert main([*ask, "--region", REGION, "--stack", "furtka-dev"]) == 2
    said = capsys.readouterr()
    assert (said.out, aws.UNREADABLE in said.err, "<" in said.err) == ("", True, False), said.err
