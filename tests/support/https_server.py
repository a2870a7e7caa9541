"""A customer's server on loopback, with a certificate that an authority of the test's own has issued."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

AUTHORITY = "test authority"

type Answer = Callable[[ssl.SSLSocket], None]


@dataclass
class HttpsServer:
    """What was asked of the server: the first line and the headers of each request, and the names that clients gave."""

    port: int
    authority: str
    requests: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)


def said(body: bytes, status: str = "200 OK", *more: str) -> Answer:
    """Return an answer with *body*, a status line and *more* headers."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *more])
    return lambda connection: connection.sendall(f"{head}\r\n\r\n".encode() + body)


def drip(connection: ssl.SSLSocket) -> None:
    """Send one byte after the other, none of them late, for longer than anybody waits."""
    for _ in range(200):
        connection.sendall(b"H")
        sleep(0.05)


@contextmanager
def serving(folder: Path, host: str, answer: Answer) -> Iterator[HttpsServer]:
    """Serve HTTPS as *host* on loopback, with *answer* for every request."""
    authority, context = certified(folder, host)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = HttpsServer(listening.getsockname()[1], authority)
        context.sni_callback = lambda _, name, __: server.names.append(name)
        thread = threading.Thread(target=_serve, args=[listening, context, server, answer], daemon=True)
        thread.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _serve(listening: socket.socket, context: ssl.SSLContext, server: HttpsServer, answer: Answer) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        try:
            with context.wrap_socket(plain, server_side=True) as connection:
                server.requests.append(connection.recv(16_000).decode())
                answer(connection)
        except OSError:
            continue


def certified(folder: Path, host: str) -> tuple[str, ssl.SSLContext]:
    """Return the certificate of an authority, and the context of a server whose certificate it issued for *host*."""
    issuer, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _signed(AUTHORITY, issuer, issuer, x509.BasicConstraints(ca=True, path_length=0))
    own = _signed(host, key, issuer, x509.SubjectAlternativeName([x509.DNSName(host)]))
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + own.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return authority.public_bytes(serialization.Encoding.PEM).decode(), context


def _signed(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType
) -> x509.Certificate:
    """Return a certificate with what RFC 5280 asks for, which Python insists on."""
    signs = key is issuer
    usage = x509.KeyUsage(not signs, False, False, False, False, signs, False, False, False)
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_called(name))
        .issuer_name(_called(AUTHORITY))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(extension, critical=signs)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)
        .sign(issuer, hashes.SHA256())
    )


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
