"""AWS on this machine: moto on a loopback port, and optionally a DynamoDB Local beside it."""

import socket
from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)

from furtka.complaint import Complaint
from furtka.local.server import Server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REGION = "eu-central-1"
ACCOUNT = "123456789012"  # moto's own
CREDENTIALS = "local"  # moto asks for some and believes any

PATIENCE = Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 1})


class OneAtATime:
    """A WSGI application that lets one request at a time through to moto's DynamoDB.

    moto puts whole tables back when a transaction is refused, and with them whatever others wrote meanwhile.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app, self._lock = app, Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB_"):
            return self._app(environ, start_response)
        with self._lock:
            return list(self._app(environ, start_response))


class Cloud:
    """The emulated AWS services. *dynamodb* is the address of a DynamoDB to use in place of moto's."""

    def __init__(self, dynamodb: str | None = None) -> None:
        self._dynamodb = dynamodb
        self._clients: dict[str, Any] = {}
        self._session = boto3.session.Session(
            aws_access_key_id=CREDENTIALS, aws_secret_access_key=CREDENTIALS, region_name=REGION
        )

    def start(self) -> None:
        if self._dynamodb:
            self._must_answer()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            app = OneAtATime(DomainDispatcherApplication(create_backend_app))
            self._server = Server(app, listener, MotoRequestHandler)
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
        elsewhere = {"AWS_ENDPOINT_URL_DYNAMODB": self._dynamodb} if self._dynamodb else {}
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": CREDENTIALS,
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            **elsewhere,
        }
