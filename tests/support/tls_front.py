"""HTTPS in front of the stack of this machine, for clients that know nothing else."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.https_server import certified


@dataclass(frozen=True)
class Front:
    """Where it listens, as `localhost`, and the file with the authority that issued its certificate."""

    port: int
    authority: Path


@contextmanager
def fronting(url: str, folder: Path) -> Iterator[Front]:
    """Hand on to *url* whatever comes by TLS, and the answers back."""
    issued, context = certified(folder, "localhost")
    authority = folder / "authority.pem"
    authority.write_text(issued)
    stack = (str(urlsplit(url).hostname), int(urlsplit(url).port or 80))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_serve, args=[listening, context, stack], daemon=True)
        thread.start()
        yield Front(listening.getsockname()[1], authority)
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _serve(listening: socket.socket, context: ssl.SSLContext, stack: tuple[str, int]) -> None:
    """Serve one connection after the other, which is enough for one client."""
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        with (
            suppress(OSError),
            context.wrap_socket(plain, server_side=True) as secure,
            socket.create_connection(stack) as beyond,
        ):
            threading.Thread(target=_pump, args=[secure, beyond], daemon=True).start()
            _pump(beyond, secure)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Hand on until the source ends."""
    with suppress(OSError, ValueError):
        while data := source.recv(16_384):
            sink.sendall(data)
