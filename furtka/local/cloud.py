"""AWS on this machine: moto on a loopback port, and optionally a DynamoDB Local beside it."""

import json
import socket
from collections.abc import Callable, Iterable
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from moto.core.common_models import BaseModel
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)

from furtka.complaint import Complaint
from furtka.local.carriers import Carriers
from furtka.local.server import Server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REGION = "eu-central-1"
ACCOUNT = "123456789012"  # moto's own
CREDENTIALS = "local"  # moto asks for some and believes any

TRANSACTIONS_REMEMBERED = 1000
"""Transactions whose answer is kept for another try: a try follows within seconds."""

PATIENCE = Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 1})


class OneAtATime:
    """A WSGI application that lets one request at a time through to moto's DynamoDB, and each transaction once.

    moto puts whole tables back when a transaction is refused, and with them whatever others wrote meanwhile. And it
    knows no `ClientRequestToken`, so the SDK's second try of a transaction whose answer came late would be refused: as
    at AWS, it gets the answer of the first.
    """

    def __init__(self, app: "WSGIApplication", after_each: Callable[[], None]) -> None:
        """*after_each* is called after each request, before the next one."""
        self._app, self._lock, self._after_each = app, Lock(), after_each
        self._done: dict[str, tuple[str, list[tuple[str, str]], list[bytes]]] = {}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB_"):
            return self._app(environ, start_response)
        with self._lock:
            try:
                return self._answer(environ, start_response)
            finally:
                self._after_each()

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        token = _token_of_transaction(environ)
        if token in self._done:
            status, headers, body = self._done[token]
            start_response(status, headers)
            return body
        heard: list[Any] = []

        def hear(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            heard[:] = [status, headers]
            return start_response(status, headers, *more)

        body = list(self._app(environ, hear))
        if token and heard[0].startswith("200"):
            self._remember(token, (*heard, body))
        return body

    def _remember(self, token: str, answer: Any) -> None:
        self._done[token] = answer
        if len(self._done) > TRANSACTIONS_REMEMBERED:
            del self._done[next(iter(self._done))]


def _token_of_transaction(environ: "WSGIEnvironment") -> str:
    """Return the `ClientRequestToken` of a transaction, empty for any other request."""
    if not environ["HTTP_X_AMZ_TARGET"].endswith(".TransactWriteItems"):
        return ""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    return str(json.loads(body).get("ClientRequestToken", ""))


class Cloud:
    """The emulated AWS services. *dynamodb* is the address of a DynamoDB to use in place of moto's.

    *after_each* is called after each request to moto's DynamoDB.
    """

    def __init__(self, dynamodb: str | None = None, after_each: Callable[[], None] = lambda: None) -> None:
        self._dynamodb = dynamodb
        self._after_each = after_each
        self._clients: dict[str, Any] = {}
        self._session = boto3.session.Session(
            aws_access_key_id=CREDENTIALS, aws_secret_access_key=CREDENTIALS, region_name=REGION
        )

    def start(self) -> None:
        if self._dynamodb:
            self._must_answer()
        BaseModel.__new__ = new_model  # type: ignore[assignment, method-assign]
        with socket.create_server(("127.0.0.1", 0)) as listener:
            app = OneAtATime(DomainDispatcherApplication(create_backend_app), self._after_each)
            self.carriers = Carriers(app)
            self._server = Server(self.carriers, listener, MotoRequestHandler)
        self.url = self._server.url
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def _must_answer(self) -> None:
        """Raise Complaint unless a DynamoDB answers at the address given."""
        try:
            client = self._session.client("dynamodb", endpoint_url=self._dynamodb, config=PATIENCE)
            client.list_tables(Limit=1)
        except (BotoCoreError, ClientError, ValueError) as error:
            raise Complaint(f"no DynamoDB answers at {self._dynamodb}") from error

    def client(self, service: str) -> Any:
        """Return the client of a service. It is kept, since making one takes longer than most calls."""
        if service not in self._clients:
            self._clients[service] = self._new_client(service)
        return self._clients[service]

    def _new_client(self, service: str) -> Any:
        elsewhere = self._dynamodb if service == "dynamodb" else None
        return self._session.client(service, endpoint_url=elsewhere or self.url)  # type: ignore[call-overload]

    def environment(self) -> dict[str, str]:
        """Return the environment variables that send any AWS client to this emulation and to no real account."""
        return {
            "AWS_ACCESS_KEY_ID": CREDENTIALS,
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            **self.endpoints(),
        }

    def endpoints(self) -> dict[str, str]:
        """Return the environment variables that name the addresses of the services."""
        elsewhere = {"AWS_ENDPOINT_URL_DYNAMODB": self._dynamodb} if self._dynamodb else {}
        return {"AWS_ENDPOINT_URL": self.url, **elsewhere}


def new_model(kind: type[BaseModel], *_: Any, **__: Any) -> BaseModel:
    """Make an object of moto's without listing it in its class, as moto does for a page that shows its data.

    Each transaction copies its tables, and each query its rows: a list of all copies would hold gigabytes.
    """
    return super(BaseModel, kind).__new__(kind)
