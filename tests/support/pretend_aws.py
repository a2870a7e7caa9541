"""An AWS that answers what a test says, for calls that moto does not know.

What it is asked, and what it answers, must be as the SDK's own description of the service says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.validate import ParamValidator
from urllib3 import HTTPResponse

ACCOUNT = "123456789012"
REGION = "eu-central-1"

_new_session = boto3.Session  # a test may put `PretendAws.session` in its place


@dataclass
class PretendAws:
    """Answers by `service.Operation`: what is returned, or the code of an error. What has no answer is not allowed."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def session(self, region_name: str | None = None) -> boto3.Session:
        """Stand in for `boto3.Session`: whoever asks from now on is answered by this one."""
        _answering[:] = [self]
        return _session(region_name)

    def answer(self, model: Any) -> tuple[AWSResponse, Mapping[str, Any]]:
        told = self.answers.get(_named(model), "AccessDeniedException")
        if isinstance(told, list):  # one page after the other
            told = told.pop(0) if len(told) > 1 else told[0]
        if isinstance(told, str):
            code, _, message = told.partition(": ")
            return _response(400), {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {}}
        if model.output_shape:  # some calls return nothing
            report = ParamValidator().validate(told, model.output_shape)
            assert not report.has_errors(), report.generate_report()
        return _response(200), {**told, "ResponseMetadata": {}}


_answering: list[PretendAws] = []


@cache
def _session(region_name: str | None) -> boto3.Session:
    """One for all tests, since it takes a while to make the clients that are kept by session."""
    session = _new_session("test", "test", region_name=region_name)
    session.events.register("provide-client-params", lambda params, model, **_: _remember(model, params))
    session.events.register("before-call", lambda model, **_: _answering[0].answer(model))
    return session


def _remember(model: Any, params: dict[str, Any]) -> None:
    _answering[0].asked.append((_named(model), params))


def _named(model: Any) -> str:
    return f"{model.service_model.service_name}.{model.name}"


def _response(status: int) -> AWSResponse:
    return AWSResponse("", status, {}, HTTPResponse(BytesIO()))
