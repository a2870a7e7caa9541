"""Harness: a loopback port for a program that is told which one to listen at."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ours() -> Iterator[int]:
    """Nobody else is given it meanwhile. A server's socket, which reuses addresses, can listen there all the same."""
    with socket.socket() as placeholder:
        placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        placeholder.bind(("127.0.0.1", 0))
        yield placeholder.getsockname()[1]
