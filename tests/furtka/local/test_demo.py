"""`furtka demo` plays a whole sign-in and gives no secret away, here and against any other address."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from furtka.local.seed import INVITATION
from tests.support.local import Local, soon

TOKEN = "furtka_session_" + "s" * 40


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The real template, with its demo account."""
    with Local(tmp_path_factory.mktemp("real")) as local:
        yield local


class Elsewhere(BaseHTTPRequestHandler):
    """An address that has no outbox, as Furtka in AWS has none."""

    signed_out = False

    def do_GET(self):
        known = self.path == "/session" and self.headers["Authorization"] == f"Bearer {TOKEN}"
        self.answer({"login": "ann"} if known else {}, 200 if known and not Elsewhere.signed_out else 401)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or "{}")
        if self.path == "/login" and body["password"] == "right":
            channel, phone = ("totp", None) if body["login"] == "with-an-app" else ("sms", "+48******123")
            self.answer({"challenge": {"id": "c1", "channel": channel, "phone": phone}})
        elif self.path == "/verify-code" and body == {"challenge_id": "c1", "code": "123456"}:
            self.answer({"session": {"token": TOKEN}})
        elif self.path == "/logout":
            Elsewhere.signed_out = True
            self.answer({}, 200)
        elif self.path == "/login" and body["login"] == "too-often":
            self.answer({"error": "limit", "message": "Too many codes were sent."}, 429, wait=3000)
        else:
            self.answer({"error": "wrong", "message": "That is wrong."}, 401)

    def answer(self, body, status=200, wait=None):
        self.send_response(status)
        if wait:
            self.send_header("Retry-After", str(wait))
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        """Nothing to say."""


@pytest.fixture
def elsewhere():
    Elsewhere.signed_out = False
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def steps(output):
    return re.findall(r"^→ (.*)|^← ([0-9]+)", output, re.MULTILINE)


def test_the_demo_signs_in_and_out_of_the_stack_on_this_machine(real, furtka):
    played = furtka("demo", "--url", real.url)
    assert (played.returncode, played.stderr) == (0, "")
    assert "✉ SMS to +48500100200" in played.stdout
    assert [asked or answered for asked, answered in steps(played.stdout)] == [
        *("POST /login", "200"),
        *("POST /verify-code", "200"),
        *("GET /session", "200"),
        *("POST /logout", "204"),
        *("GET /session", "401"),
    ]


def test_the_demo_shows_neither_the_password_nor_a_whole_token(real, furtka):
    played = furtka("demo", "--url", real.url)
    assert real.get("/_local/demo").json()["password"] not in played.stdout
    assert re.findall(r"furtka_(?:session|device)_\w+", played.stdout)
    assert not re.findall(r"furtka_(?:session|device)_\w{15,}", played.stdout)


def test_the_demo_account_has_a_password_of_this_start_only(real):
    account = real.get("/_local/demo").json()
    assert account["login"] == "demo"
    assert len(account["password"]) > 12
    assert account["password"] not in real.log


def test_whoever_plays_it_too_often_is_told_how_the_clock_is_moved_and_goes_on(real, furtka):
    played = [furtka("demo", "--url", real.url) for _ in range(6)][-1]
    assert played.returncode == 2
    (seconds,) = re.findall(r"/_local/clock -H .* -d '{\"advance_seconds\": ([0-9]+)}'", played.stderr)
    real.advance(int(seconds))
    assert furtka("demo", "--url", real.url).returncode == 0


def test_an_operator_can_reach_the_stack_by_its_address(real, furtka):
    made = furtka(*("accounts", "create", "--url", real.url, "--login", "second", "--email", "second@example.com"))
    assert (made.returncode, made.stderr) == (0, "")


def test_an_operators_link_is_good_on_a_stack_whose_clock_was_moved(real, furtka):
    real.advance(7 * 24 * 60 * 60)
    made = furtka(*("accounts", "create", "--url", real.url, "--login", "late", "--email", "late@example.com"))
    assert made.returncode == 0
    (token,) = soon(
        lambda: [token for text in real.texts() if "login late " in text for token in INVITATION.findall(text)]
    )
    accepted = real.post("/invitations/accept", json={"token": token, "password": "Trzy-Sowy-4-Razy"})
    assert accepted.status_code == 204


def test_where_there_is_no_outbox_the_demo_asks_for_the_code(elsewhere, furtka):
    played = furtka("demo", "--url", elsewhere, "--login", "ann", "--password", "right", typed="123456\n")
    assert (played.returncode, played.stderr) == (0, "")
    assert "The code sent to +48******123: " in played.stdout
    assert "right" not in played.stdout


def test_whoever_has_an_authenticator_app_is_asked_for_its_code(elsewhere, furtka):
    played = furtka("demo", "--url", elsewhere, "--login", "with-an-app", "--password", "right", typed="123456\n")
    assert (played.returncode, played.stderr) == (0, "")
    assert "The code of your authenticator app: " in played.stdout


@pytest.mark.parametrize(
    ("options", "typed", "said"),
    [
        (["--login", "ann", "--password", "wrong"], "", "POST /login was answered 401: That is wrong."),
        (["--login", "ann", "--password", "right"], "1\n", "POST /verify-code was answered 401: That is wrong."),
        (["--login", "ann", "--password", "right"], "", "no code was typed"),
        (
            ["--login", "too-often", "--password", "any"],
            "",
            "POST /login was answered 429: Too many codes were sent. It takes 50 minutes.",
        ),
        ([], "", "this stack has no demo account: name a login with --login"),
    ],
)
def test_a_sign_in_that_fails_is_said_in_one_line(elsewhere, furtka, options, typed, said):
    played = furtka("demo", "--url", elsewhere, *options, typed=typed)
    assert (played.returncode, played.stderr) == (2, f"furtka: {said}\n")


def test_an_address_where_nothing_answers_is_said(furtka):
    played = furtka("demo", "--url", "http://127.0.0.1:9")
    assert played.stderr == "furtka: nothing answers at http://127.0.0.1:9: is it started (`make run`)?\n"
