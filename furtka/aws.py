"""How a command reaches AWS, and what it says where AWS cannot be asked: one sentence, whoever asks."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound
from botocore.parsers import ResponseParserError

from furtka.complaint import Complaint

SILENT = (BotoCoreError, ClientError, ResponseParserError)
"""Everything that the SDK raises where AWS refuses, does not answer, or answers what nobody can read."""

MISCONFIGURED = (*SILENT, ValueError, OSError)
"""What the SDK raises, before anything is asked, for settings that it can't use: an endpoint or a number in AWS_…"""


class CannotAsk(Complaint):
    """AWS refused, gave no answer, or one that nobody can read; or it could not be asked at all."""


def session(region: str | None, *, command: str) -> boto3.Session:
    """Return a session of *region*, else that of the AWS configuration.

    Raises Complaint if there is no region, or the configuration can't be used. *command* shows how a region is named.
    """
    try:
        made = boto3.Session(region_name=region or None)
        if made.region_name:
            made.client("sts")  # settings that no service could be asked with are found here
    except MISCONFIGURED as failure:
        raise CannotAsk(f"AWS can't be asked: {told(failure)}") from failure
    if not made.region_name:
        raise CannotAsk(f"name the region: {command}")
    return made


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
    if isinstance(failure, ResponseParserError):
        return "its answer can't be read; perhaps a proxy answered in its place (HTTPS_PROXY, AWS_ENDPOINT_URL)"
    return " ".join(str(failure).split())
