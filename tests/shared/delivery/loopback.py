"""A loopback server that plays AWS or SMSAPI: it notes what it hears and says what it is told to say."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Heard:
    """One request."""

    path: str
    authorization: str
    body: str

    @property
    def form(self) -> dict[str, str]:
        return {name: value for name, (value,) in parse_qs(self.body).items()}


@dataclass(frozen=True)
class Reply:
    """An answer; `hangs` and `hangs_up` are none."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    hangs_up: bool = False


HANGS = Reply(hangs=True)
HANGS_UP = Reply(hangs_up=True)


class Loopback(ThreadingHTTPServer):
    """Answers each request with the next of `replies`, and the last of them for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.heard: list[Heard] = []
        self.replies: list[Reply | Callable[[Heard], Reply]] = [Reply()]
        self.over = threading.Event()

    def leave(self) -> None:
        """From now on nobody listens here. A socket that is still being listened at would not close at once."""
        self.shutdown()
        self.socket.close()

    def reply_to(self, heard: Heard) -> Reply:
        self.heard.append(heard)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return reply if isinstance(reply, Reply) else reply(heard)


class _Conversation(BaseHTTPRequestHandler):
    server: Loopback

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        reply = self.server.reply_to(Heard(self.path, self.headers.get("Authorization", ""), body))
        if reply.hangs:
            self.server.over.wait(60)
        if reply.hangs or reply.hangs_up:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body.encode())), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body.encode())

    def log_message(self, *_: object) -> None:
        """Nobody reads this server's log."""


@contextmanager
def listening() -> Iterator[Loopback]:
    """A server that listens until the block ends."""
    with Loopback() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


TOKEN = "smsapi-token-canary"


class Secrets:
    """Secrets Manager, as far as the token goes."""

    def __init__(self) -> None:
        self.value = f"{TOKEN}\n"

    def get(self, name: str, *, max_age: int) -> str:
        assert (name, max_age) == ("the-token", 60)
        return self.value
