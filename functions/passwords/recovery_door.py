"""The door of a recovery by operators: see it, and cancel it."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field

from passwords import cancel_recovery_flow
from shared import policy
from shared.errors import AccountSuspended, LinkClosed, NotFound, Outrun
from shared.http.dependencies import From, Now, Person
from shared.http.fields import Instant, Strict
from shared.http.routing import Routes

routes = Routes()


class CancelRecoveryRequest(Strict):
    """The token from the link in the e-mail about the recovery."""

    token: Annotated[str, Field(min_length=1, max_length=policy.MAX_LOGIN_CHARACTERS)]


class RecoveryResponse(BaseModel):
    """A recovery of the caller's login by operators, who may carry it out from `due_at` on."""

    asked_at: Instant
    due_at: Instant


@routes.get("/account/recovery", refuses=[NotFound])
def get_recovery(person: Person) -> RecoveryResponse:
    """Get the recovery of the caller's login that is pending."""
    if person.user.recovery is None:
        raise NotFound
    return RecoveryResponse(asked_at=person.user.recovery.asked_at, due_at=person.user.recovery.due_at)


@routes.delete("/account/recovery", status=204, refuses=[NotFound, Outrun])
def delete_recovery(person: Person, origin: From, now: Now) -> Response[None]:
    """Cancel the recovery of the caller's login. Every address of it is told."""
    cancel_recovery_flow.cancel_by_session(person, origin=origin, now=now)
    return Response(204)


@routes.post("/recovery/cancel", status=204, refuses=[AccountSuspended, LinkClosed, Outrun])
def post_cancellation(request: CancelRecoveryRequest, origin: From, now: Now) -> Response[None]:
    """Cancel a recovery with the link from the e-mail about it. Every address of the login is told."""
    cancel_recovery_flow.cancel_by_link(request.token, origin=origin, now=now)
    return Response(204)
