"""Handler of the Lambda authorizer that API Gateway asks before it passes a request to another API of the platform."""

import re
from math import ceil
from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from authorizer.flow import Caller, authenticate
from shared import arrival, deadline
from shared.auth import surges
from shared.domain.origins import Origin
from shared.domain.tokens import written
from shared.errors import FailedProof, InsufficientScope, Refusal, Unavailable
from shared.http import security_refusals, texts
from shared.observability import logger, metrics, raising_unforeseen

type Event = dict[str, Any]
type Answer = dict[str, Any]
type Context = dict[str, str | int]

SCOPE = "furtka_scope"
"""The stage variable in which an API lists the scopes its callers need, separated by commas."""


@deadline.kept
@metrics.log_metrics
@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True)
def lambda_handler(event: Event, _context: LambdaContext) -> Answer:
    """Return an IAM policy: Allow with the caller's context, or Deny with the reason.

    API Gateway answers 401 or 500 if the function raises, so those are raised.
    """
    metrics.add_metric("Served", MetricUnit.Count, 1)
    logger.append_keys(api=_stage(event), resource=event["resource"], address=_identity(event)["sourceIp"])
    try:
        with raising_unforeseen(Refusal):
            return _allow(_authorize(event), event)
    except Refusal as refusal:
        _record(refusal, event)
        return _deny(refusal, event)


def _authorize(event: Event) -> Caller:
    """Identify the caller, and require every scope that the stage asks for."""
    now = arrival.request_time(arrival.settled(event))
    caller = authenticate(_authorization(event), origin=_origin(event), now=now)
    for scope in re.findall(r"[^\s,]+", (event.get("stageVariables") or {}).get(SCOPE, "")):
        caller.must_have(scope)
    return caller


def _deny(refusal: Refusal, event: Event) -> Answer:
    """Deny (403), or raise for 401 and 500."""
    if isinstance(refusal, Unavailable):
        raise refusal
    if isinstance(refusal, FailedProof):
        metrics.add_metric("Unauthorized", MetricUnit.Count, 1)  # Lambda counts what is raised here as an error
        raise Exception("Unauthorized") from None  # API Gateway answers 401 to exactly this text, 500 to any other
    return _policy("Deny", "nobody", _reason(refusal), event)


def _allow(caller: Caller, event: Event) -> Answer:
    return _policy("Allow", caller.user.user_id, _context(caller), event)


def _policy(effect: str, principal: str, context: Context, event: Event) -> Answer:
    """Return a policy for the whole stage: API Gateway caches it by token and uses it for other methods too."""
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": _stage(event)}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }


def _stage(event: Event) -> str:
    """Return the ARN of every method of the stage that was called."""
    api, stage, *_ = event["methodArn"].split("/")
    return f"{api}/{stage}/*/*"


def _context(caller: Caller) -> Context:
    """Return what the API behind is told of the caller. API Gateway accepts no null, so unset fields are left out."""
    user, rights = caller.user, caller.rights
    known: dict[str, str | int | None] = {
        "account_id": user.account_id,
        "user_id": user.user_id,
        "login": user.login,
        "role": user.role,
        "kind": caller.kind,
        "scopes": written(rights.scopes),
        "token_id": caller.token_id,
        "client_id": caller.client_id,
        "expires_at": f"{rights.expires_at:%Y-%m-%dT%H:%M:%SZ}" if rights.expires_at else None,
        "rate_limit": rights.rate_limit,
    }
    return {name: value for name, value in known.items() if value is not None}


def _reason(refusal: Refusal) -> Context:
    """Return why the caller is refused, for the gateway response of the API that asked."""
    reason: Context = {"error": refusal.code, "message": refusal.message}
    if isinstance(refusal, InsufficientScope):
        reason["scope"] = refusal.scope
    if refusal.retry_after is not None:
        reason["retry_after"] = ceil(refusal.retry_after.total_seconds())
    return reason


def _record(refusal: Refusal, event: Event) -> None:
    """Log and count the refusal."""
    name = type(refusal).__name__
    logger.info("refused", **security_refusals.marks(refusal, _origin(event).user_agent))
    for counted in ("Refused", name):
        metrics.add_metric(counted, MetricUnit.Count, 1)
    surges.count(refusal)


def _authorization(event: Event) -> str:
    """Return the header whatever the case of its name, which API Gateway keeps as the client sent it."""
    headers: dict[str, str] = event.get("headers") or {}
    return next((value for name, value in headers.items() if name.lower() == "authorization"), "")


def _origin(event: Event) -> Origin:
    """Return the peer's address as the gateway saw it. No forwarding header is trusted (ASVS V4.1.3)."""
    identity = _identity(event)
    return Origin(
        address=identity["sourceIp"],
        user_agent=texts.user_agent(identity.get("userAgent")),
        request_id=event["requestContext"].get("requestId") or "",
    )


def _identity(event: Event) -> dict[str, Any]:
    identity: dict[str, Any] = event["requestContext"]["identity"]
    return identity
