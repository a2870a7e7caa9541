"""Harness: calls of the SDK that go to moto without the way to HTTP and back, and clients that are opened once.

That way takes the SDK longer than most handlers take moto: it resolves the endpoint, signs, writes and reads headers,
and emits a dozen events. It is spared where nobody listens but moto and those who watch the deadline, and where moto
refuses nothing; any other call goes the whole way.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.loaders import Loader
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import botocore_stubber
from moto.core.responses import BaseResponse
from moto.dynamodb.responses import DynamoHandler
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.sesv2.responses import SESV2Response
from moto.sns.responses import SNSResponse
from moto.sqs.responses import SQSResponse

type Method = Callable[[BaseResponse], Any]

HANDLERS: dict[str, type[BaseResponse]] = {
    "dynamodb": DynamoHandler,
    "secretsmanager": SecretsManagerResponse,
    "sqs": SQSResponse,
    "sns": SNSResponse,
    "sesv2": SESV2Response,
}
METHODS: dict[tuple[str, str], Method] = {
    ("dynamodb", "GetItem"): DynamoHandler.get_item,
    ("dynamodb", "BatchGetItem"): DynamoHandler.batch_get_item,
    ("dynamodb", "Query"): DynamoHandler.query,
    ("dynamodb", "PutItem"): DynamoHandler.put_item,
    ("dynamodb", "UpdateItem"): DynamoHandler.update_item,
    ("dynamodb", "DeleteItem"): DynamoHandler.delete_item,
    ("dynamodb", "TransactWriteItems"): DynamoHandler.transact_write_items,
    ("secretsmanager", "GetSecretValue"): SecretsManagerResponse.get_secret_value,
    ("sqs", "SendMessage"): SQSResponse.send_message,
    ("sqs", "SendMessageBatch"): SQSResponse.send_message_batch,
    ("sqs", "ReceiveMessage"): SQSResponse.receive_message,
    ("sqs", "DeleteMessage"): SQSResponse.delete_message,
    ("sns", "Publish"): SNSResponse.publish,
    ("sesv2", "SendEmail"): SESV2Response.send_email,
}
"""moto's handler of each service, and its method for each operation that is called often."""

AS_WRITTEN = ("dynamodb", "sqs", "sns")
"""Services whose answers, to these operations, hold no value that the SDK makes another of, but for binary ones."""

WATCHING = ("shared.clients", "pynamodb.connection.base")
"""Modules of listeners that want nothing of a request, and only say by an exception that it must not be sent."""

_make_api_call = BaseClient._make_api_call
_new_client = boto3.client
_new_loader = Loader.__init__
_loaded: dict[tuple[str, ...], dict[Any, Any]] = {}
_answers = BotocoreStubber.process_request


def install() -> None:
    """To be called after `quick_moto.install`: another answerer than that one is somebody who listens."""
    global _answers  # noqa: PLW0603 - what stands there now
    _answers = BotocoreStubber.process_request
    BaseClient._make_api_call = _call
    Loader.__init__ = _share_what_is_loaded
    boto3.client = _open


def _open(service: str, **how: Any) -> Any:
    """Tests ask for the same client a thousand times. None is opened here for the code, which names how it waits."""
    return _new_client(service, **how) if how else _open_once(service)


@cache
def _open_once(service: str) -> Any:
    return _new_client(service)


def _share_what_is_loaded(loader: Loader, *how: Any, **more: Any) -> None:
    """Read AWS's descriptions of its services once a process. A new session has a loader of its own."""
    _new_loader(loader, *how, **more)
    loader._cache = _loaded.setdefault((*loader.search_paths,), {})


def _call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    answer = _answer(client, operation, arguments)
    return _make_api_call(client, operation, arguments) if answer is None else answer


def _answer(client: BaseClient, operation: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
    """Return moto's answer as the SDK would, or None where the call is to go the whole way. Then nothing is changed."""
    service = client.meta.service_model
    method = METHODS.get((service.service_name, operation))
    if method is None or not _is_free(client, operation):
        return None
    model = service.operation_model(operation)
    if not _is_sound(client, model, arguments):
        return None
    try:
        said = method(_handler(client, arguments))
    except Exception:  # noqa: BLE001 - whatever it is, the SDK is to hear it in moto's words
        return None
    return _read(client, model, said if isinstance(said, str) else _written(model, said.result or {}))


def _is_sound(client: BaseClient, model: Any, arguments: dict[str, Any]) -> bool:
    """Whether the SDK would send the arguments as they are."""
    if not {*model.idempotent_members} <= arguments.keys() <= model.input_shape.members.keys():
        return False
    validator = getattr(client._serializer, "_param_validator", None)
    return validator is None or not validator.validate(arguments, model.input_shape).has_errors()


def _handler(client: BaseClient, arguments: dict[str, Any]) -> BaseResponse:
    """Return a handler of moto that has been given the request."""
    service = client.meta.service_model.service_name
    handler = HANDLERS[service]()
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, client.meta.region_name
    handler.querystring, handler.uri_match = {}, {}
    handler.body = json.dumps(arguments, default=_encode)
    handler.params = json.loads(handler.body)
    if service == "dynamodb":
        handler.body = handler.params
    return handler


def _is_free(client: BaseClient, operation: str) -> bool:
    """Whether a request would be answered by moto, and heard by nobody else but those who watch, who let it pass."""
    meta = client.meta
    if (
        not botocore_stubber.enabled
        or BotocoreStubber.process_request is not _answers
        or "amazonaws.com" not in meta.endpoint_url
    ):
        return False
    event = f"before-send.{meta.service_model.service_id.hyphenize()}.{operation}"
    listeners = [one for one in _listeners(meta.events._emitter, event) if one is not botocore_stubber]
    if any(one.__module__ not in WATCHING for one in listeners):
        return False
    try:
        return all(one(request=None) is None for one in listeners)
    except Exception:  # noqa: BLE001 - the SDK is to hear it where it expects it
        return False


def _listeners(emitter: Any, event: str) -> Any:
    """Return what the SDK's emitter would call, and note it as it does."""
    if (known := emitter._lookup_cache.get(event)) is None:
        known = emitter._lookup_cache[event] = emitter._handlers.prefix_search(event)
    return known


def _written(model: Any, answer: dict[str, Any]) -> str:
    """Return the fields that AWS has as well."""
    known = model.output_shape.members if model.output_shape else ()
    said = {name: part for name, part in answer.items() if part is not None and name in known}
    return json.dumps(said, default=_encode)


def _read(client: BaseClient, model: Any, body: str) -> dict[str, Any]:
    """Return what the SDK makes of *body*. Rows are as they are on the wire, but for binary values."""
    if model.service_model.service_name in AS_WRITTEN and '"B' not in body:
        about = {"RetryAttempts": 0, "HTTPStatusCode": 200, "HTTPHeaders": {}}
        return {**json.loads(body), "ResponseMetadata": about}
    response = {"body": body.encode(), "headers": {}, "status_code": 200}
    answer: dict[str, Any] = client._response_parser.parse(response, model.output_shape)
    answer["ResponseMetadata"]["RetryAttempts"] = 0
    return answer


def _encode(value: bytes) -> str:
    return b64encode(value).decode()
