"""The door of sub-users: /subusers, what is shared with them, and the older user.do."""

from dataclasses import replace
from datetime import datetime

from aws_lambda_powertools.event_handler import Response

from shared.domain.subusers import Secrets, Subuser
from shared.errors import (
    ExceedsRights,
    LoginTaken,
    Outrun,
    SubuserQuotaReached,
    TooManyNames,
    TooManyNewPasswords,
    UnknownSubuser,
    WeakPassword,
)
from shared.http.app import serve
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Principal
from shared.http.routing import Routes
from shared.http.smsapi.parameters import Filters, Text
from subusers import change_flow, create_flow, delete_flow, read_flow, user_do_door
from subusers.change_flow import Changes
from subusers.create_flow import WantedSubuser
from subusers.requests import (
    CreateSubuserRequest,
    ReplaceSenderShareRequest,
    SenderShareResponse,
    SharesResponse,
    SubuserResponse,
    SubusersResponse,
    TemplateShareResponse,
    UpdateSubuserRequest,
    sender_share_response,
    subuser_response,
)

routes = Routes()
routes.include(user_do_door.routes)


class ListSubusersRequest(Filters):
    """Which sub-users to list: those whose login contains `q`."""

    q: Text = ""


@routes.get("/subusers")
def get_subusers(principal: Principal, request: ListSubusersRequest, now: Now) -> SubusersResponse:
    """List sub-users."""
    listed = [_response(one, now=now) for one in read_flow.shown_to(principal, request.q)]
    return SubusersResponse(size=len(listed), collection=listed)


@routes.post(
    "/subusers",
    status=201,
    success="Created.",
    refuses=[WeakPassword, LoginTaken, SubuserQuotaReached, TooManyNames, ExceedsRights, Outrun],
)
def post_subuser(
    principal: Principal, request: CreateSubuserRequest, origin: From, now: Now
) -> Response[SubuserResponse]:
    """Create a sub-user.

    They are inactive unless `active` is true. Their password opens one session, in which they must change it.
    """
    credentials = request.credentials
    secrets = Secrets(credentials.password, credentials.api_password)
    wanted = WantedSubuser(credentials.username, credentials.username, secrets, request.facts, request.points.limits)
    return Response(201, JSON, _response(create_flow.create(principal, wanted, origin=origin, now=now), now=now))


@routes.get("/subusers/{user_id}", refuses=[UnknownSubuser])
def get_subuser(principal: Principal, user_id: str, now: Now) -> SubuserResponse:
    """Get a sub-user."""
    return _response(read_flow.find(principal, user_id), now=now)


@routes.put("/subusers/{user_id}", refuses=[UnknownSubuser, WeakPassword, TooManyNewPasswords, ExceedsRights, Outrun])
def put_subuser(
    principal: Principal, user_id: str, request: UpdateSubuserRequest, origin: From, now: Now
) -> SubuserResponse:
    """Update a sub-user. What is left out does not change.

    Their sessions end if their password is changed or `active` changes.
    """
    credentials = request.credentials
    wanted = Changes(Secrets(credentials.password, credentials.api_password), request.facts, request.points.limits)
    before = read_flow.find(principal, user_id)
    return _response(change_flow.change(principal, before, wanted, origin=origin, now=now), now=now)


@routes.delete("/subusers/{user_id}", status=204, refuses=[UnknownSubuser, ExceedsRights, Outrun])
def delete_subuser(principal: Principal, user_id: str, origin: From, now: Now) -> Response[None]:
    """Delete a sub-user. The next request of theirs, or of their programs, is refused."""
    delete_flow.delete(principal, user_id, origin=origin, now=now)
    return Response(204)


@routes.get("/subusers/{user_id}/shares", refuses=[UnknownSubuser])
def get_shares(principal: Principal, user_id: str) -> SharesResponse:
    """Get what is shared with a sub-user."""
    return SharesResponse(sendernames=sender_share_response(read_flow.find(principal, user_id).user.senders))


@routes.get("/subusers/{user_id}/shares/sendernames", refuses=[UnknownSubuser])
def get_sender_share(principal: Principal, user_id: str) -> SenderShareResponse:
    """Get which sender names are shared with a sub-user."""
    return sender_share_response(read_flow.find(principal, user_id).user.senders)


@routes.put("/subusers/{user_id}/shares/sendernames", status=204, refuses=[UnknownSubuser, ExceedsRights, Outrun])
def put_sender_share(
    principal: Principal, user_id: str, request: ReplaceSenderShareRequest, origin: From, now: Now
) -> Response[None]:
    """Replace which sender names are shared with a sub-user: all, some or none."""
    before = read_flow.find(principal, user_id)
    change_flow.change(principal, before, Changes(facts={"senders": request.share}), origin=origin, now=now)
    return Response(204)


@routes.get("/subusers/{user_id}/shares/templates", refuses=[UnknownSubuser])
def get_template_share(principal: Principal, user_id: str) -> TemplateShareResponse:
    """Get which templates are shared with a sub-user. This service has no templates."""
    read_flow.find(principal, user_id)
    return TemplateShareResponse()


@routes.put("/subusers/{user_id}/shares/templates", refuses=[UnknownSubuser, Outrun])
def put_template_share(principal: Principal, user_id: str) -> TemplateShareResponse:
    """Replace which templates are shared with a sub-user. This has no effect: this service has no templates."""
    read_flow.find(principal, user_id)
    return TemplateShareResponse()


def _response(subuser: Subuser, *, now: datetime) -> SubuserResponse:
    """Return the sub-user with the points of the present month."""
    return subuser_response(replace(subuser, purse=subuser.purse.at(now) if subuser.purse else None))


lambda_handler = serve(routes)
