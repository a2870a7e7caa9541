"""A free loopback port for a program that is told where to listen."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ours() -> Iterator[int]:
    """Yield a port that no other process is given meanwhile. A server that reuses addresses can still listen there."""
    with socket.socket() as placeholder:
        placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        placeholder.bind(("127.0.0.1", 0))
        yield placeholder.getsockname()[1]
