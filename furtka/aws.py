"""How a command reaches AWS, and what it says where AWS cannot be asked: one sentence, whoever asks."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound
from botocore.parsers import ResponseParserError

from furtka import regions
from furtka.complaint import Complaint

SILENT = (BotoCoreError, ClientError, ResponseParserError)
"""Everything that the SDK raises where AWS refuses, does not answer, or answers what nobody can read."""

MISCONFIGURED = (*SILENT, ValueError, OSError)
"""What the SDK raises, before anything is asked, for settings that it can't use: an endpoint or a number in AWS_…"""


UNREADABLE = "its answer can't be read; perhaps a proxy answered in its place (HTTPS_PROXY, AWS_ENDPOINT_URL)"
PAGE = re.compile(rb"\s*<(!doctype|html|head|body)\b", re.IGNORECASE)
"""How a page for people begins. AWS answers programs by none; a proxy, or another server, does."""


class CannotAsk(Complaint):
    """AWS refused, gave no answer, or one that nobody can read; or it could not be asked at all."""


def session(region: str | None, *, command: str) -> boto3.Session:
    """Return a session of *region*, else that of the AWS configuration.

    Raises Complaint if there is no region, or none of that name, or the configuration can't be used. *command* shows
    how a region is named.
    """
    with _configured():
        made = boto3.Session(region_name=region or None)
    if region == "" or not made.region_name:
        raise CannotAsk(f"name the region: {command}")
    _must_be_a_region(made)
    with _configured():
        made.client("sts")  # settings that no service could be asked with are found here
    made.events.register("before-parse", _refuse_page)
    made.events.register("after-call", _tell_page)
    return made


@contextmanager
def _configured() -> Iterator[None]:
    try:
        yield
    except MISCONFIGURED as failure:
        raise CannotAsk(f"AWS can't be asked: {told(failure)}") from failure


def _must_be_a_region(made: boto3.Session) -> None:
    """Raise CannotAsk for what can't be a region. One that may be newer than the SDK is only pointed at."""
    name = made.region_name
    if name in regions.known(made):
        return
    guess = regions.guess(made, name)
    if not regions.is_like_one(name):
        raise CannotAsk(f"{name} is no region of AWS{guess}")
    print(f"furtka: the SDK does not know {name}{guess}; it is taken for a newer region", file=sys.stderr, flush=True)


def _refuse_page(response_dict: dict[str, Any], **_: Any) -> None:
    """Raise ResponseParserError for a page, which the SDK would take for an answer that has nothing in it."""
    # One that tells of a server's trouble is for the SDK: it asks again, and `_tell_page` has what it ends with.
    if response_dict["status_code"] < HTTPStatus.INTERNAL_SERVER_ERROR and _is_page(response_dict["body"]):
        raise ResponseParserError(UNREADABLE)


def _tell_page(http_response: Any, model: Any, **_: Any) -> None:
    """Raise ResponseParserError for a page, which the SDK would repeat as the message of an error."""
    if not model.has_streaming_output and _is_page(http_response.content):
        raise ResponseParserError(UNREADABLE)


def _is_page(body: Any) -> bool:
    """Whether a body is a page for people, and no answer of AWS. What is streamed is none."""
    return isinstance(body, bytes) and bool(PAGE.match(body))


@contextmanager
def answering(what: str = "AWS can't be asked") -> Iterator[None]:
    """Turn what AWS refuses, and its silence, into CannotAsk, which begins with *what*."""
    try:
        yield
    except SILENT as failure:
        raise CannotAsk(f"{what}: {told(failure)}") from failure


def told(failure: Exception) -> str:
    """Return what went wrong, in one line: why, and what to do where that is known."""
    if isinstance(failure, ProfileNotFound):
        return f"{failure}: AWS_PROFILE names one that `aws configure list-profiles` does not have"
    if isinstance(failure, NoCredentialsError):
        return "nobody is signed in: set AWS_PROFILE, or run `aws configure`"
    if isinstance(failure, ResponseParserError) or (isinstance(failure, ClientError) and _is_page(_message(failure))):
        return UNREADABLE
    return " ".join(str(failure).split())


def _message(refusal: ClientError) -> bytes:
    return str(refusal.response["Error"].get("Message", "")).encode()
