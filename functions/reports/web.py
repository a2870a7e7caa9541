"""Requests to customers' servers: to the very address that was judged, with a limit on time and on what is read."""

import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from time import monotonic

from shared import policy
from shared.domain import notify_urls
from shared.domain.notify_urls import HTTPS_PORT, NotifyUrl

CONFIRMED = b"OK"


class NotConfirmed(Exception):
    """The server did not confirm the reports. The message says why, without the URL."""


def get(url: NotifyUrl) -> None:
    """Make one GET request, and return if the answer is 200 with the text OK. No redirect is followed.

    The name is resolved once, and the connection goes to the address that was judged, so that no second answer of a
    name server can lead elsewhere (DNS rebinding). The certificate must be that of the name. Raises NotConfirmed.
    """
    until = monotonic() + policy.REPORT_ANSWERED_WITHIN.total_seconds()
    try:
        with _connected(_address(url.host, until), url.host, until) as connection:
            connection.request("GET", url.target, headers={"User-Agent": "Furtka", "Connection": "close"})
            with connection.getresponse() as answer:
                _must_confirm(answer.status, answer.read(policy.REPORT_ANSWER_BYTES))
    except (OSError, HTTPException) as failure:
        raise NotConfirmed(type(failure).__name__) from None


def _must_confirm(status: int, body: bytes) -> None:
    """Raise NotConfirmed unless that is what a server answers that has taken the reports."""
    if status != HTTPStatus.OK:
        raise NotConfirmed(f"HTTP {status}")
    if body.strip() != CONFIRMED:
        raise NotConfirmed("another answer than OK")


def _address(host: str, until: float) -> str:
    """Return an address of *host*. Raises NotConfirmed unless all of its addresses may be connected to."""
    # All of them: a name that leads both outside and inside is not one of a customer who means well.
    with _left_behind(ThreadPoolExecutor(1)) as resolver:
        found = resolver.submit(socket.getaddrinfo, host, HTTPS_PORT, type=socket.SOCK_STREAM)
        try:
            addresses = [str(one[4][0]) for one in found.result(_left(until))]
        except (OSError, UnicodeError):
            raise NotConfirmed("the name has no address") from None
    if not addresses or not all(map(notify_urls.is_reachable, addresses)):
        raise NotConfirmed("the name has an address that is not called")
    return addresses[0]


@contextmanager
def _left_behind(pool: ThreadPoolExecutor) -> Iterator[ThreadPoolExecutor]:
    """Yield *pool*, and do not wait for it at the end: a name server may be silent for longer than we have."""
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _connected(address: str, host: str, until: float) -> Iterator[HTTPSConnection]:
    """Yield a connection to *address* whose certificate is that of *host*. At *until* it is cut, whatever it does."""
    plain = socket.create_connection((address, HTTPS_PORT), timeout=_left(until))
    with _trust().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False) as secured:
        # A timeout of the socket alone counts anew at each byte: a server that sends one a second would never meet it.
        cut = threading.Timer(_left(until), _cut, [secured])
        cut.daemon = True
        cut.start()
        try:
            secured.do_handshake()
            connection = HTTPSConnection(host, HTTPS_PORT, context=_trust())
            connection.sock = secured
            yield connection
        finally:
            cut.cancel()


def _cut(connection: socket.socket) -> None:
    """End whatever another thread does with *connection*."""
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return  # it has ended


def _left(until: float) -> float:
    """Return how many seconds are left. Raises NotConfirmed if none are."""
    if (left := until - monotonic()) > 0:
        return left
    raise NotConfirmed("no time left")


@cache
def _trust() -> ssl.SSLContext:
    """Return what makes a certificate valid: TLS 1.2 or newer, and the authorities of the system."""
    return ssl.create_default_context()
