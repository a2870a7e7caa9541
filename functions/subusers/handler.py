"""The door to sub-users: /subusers, what is shared with them, and the older user.do."""

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
    UnknownSubuser,
    WeakPassword,
)
from shared.http.app import serve
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Principal
from shared.http.routing import Routes
from shared.http.smsapi.parameters import Lenient, Text
from subusers import manage_flow, user_do_door
from subusers.manage_flow import Changes, WantedSubuser
from subusers.requests import (
    CreateSubuserRequest,
    ReplaceSenderShareRequest,
    SenderShareResponse,
    SharesResponse,
    SubuserResponse,
    SubusersResponse,
    TemplateShareResponse,
    UpdateSubuserRequest,
    share_view,
    view,
)

routes = Routes()
routes.include(user_do_door.routes)


class ListSubusersRequest(Lenient):
    """What the names that are wanted have in them."""

    q: Text = ""


@routes.get("/subusers")
def get_subusers(principal: Principal, search: ListSubusersRequest, now: Now) -> SubusersResponse:
    """Which sub-users has my account?"""
    listed = [_view(one, now=now) for one in manage_flow.shown_to(principal, search.q)]
    return SubusersResponse(size=len(listed), collection=listed)


@routes.post(
    "/subusers",
    status=201,
    success="Made.",
    refuses=[WeakPassword, LoginTaken, SubuserQuotaReached, TooManyNames, ExceedsRights, Outrun],
)
def post_subuser(
    principal: Principal, order: CreateSubuserRequest, origin: From, now: Now
) -> Response[SubuserResponse]:
    """Make a sub-user. He is not active unless it is said. His password opens one session, which has to change it."""
    given = order.credentials
    secrets = Secrets(given.password, given.api_password)
    wanted = WantedSubuser(given.username, given.username, secrets, order.facts, order.points.limits)
    return Response(201, JSON, _view(manage_flow.create(principal, wanted, origin=origin, now=now), now=now))


@routes.get("/subusers/{user_id}", refuses=[UnknownSubuser])
def get_subuser(principal: Principal, user_id: str, now: Now) -> SubuserResponse:
    """Who is he, and what may he do?"""
    return _view(manage_flow.find(principal, user_id), now=now)


@routes.put("/subusers/{user_id}", refuses=[UnknownSubuser, WeakPassword, ExceedsRights, Outrun])
def put_subuser(
    principal: Principal, user_id: str, changes: UpdateSubuserRequest, origin: From, now: Now
) -> SubuserResponse:
    """Change what is sent and nothing else. A new password ends his sessions; so does the switch."""
    given = changes.credentials
    wanted = Changes(Secrets(given.password, given.api_password), changes.facts, changes.points.limits)
    before = manage_flow.find(principal, user_id)
    return _view(manage_flow.change(principal, before, wanted, origin=origin, now=now), now=now)


@routes.delete("/subusers/{user_id}", status=204, refuses=[UnknownSubuser, ExceedsRights, Outrun])
def delete_subuser(principal: Principal, user_id: str, origin: From, now: Now) -> Response[None]:
    """Delete a sub-user. The next request of his, or of his programs, is refused."""
    manage_flow.delete(principal, user_id, origin=origin, now=now)
    return Response(204)


@routes.get("/subusers/{user_id}/shares", refuses=[UnknownSubuser])
def get_shares(principal: Principal, user_id: str) -> SharesResponse:
    """What of the account's is shared with him?"""
    return SharesResponse(sendernames=share_view(manage_flow.find(principal, user_id).user.senders))


@routes.get("/subusers/{user_id}/shares/sendernames", refuses=[UnknownSubuser])
def get_sender_share(principal: Principal, user_id: str) -> SenderShareResponse:
    """Which sender names may he use?"""
    return share_view(manage_flow.find(principal, user_id).user.senders)


@routes.put("/subusers/{user_id}/shares/sendernames", status=204, refuses=[UnknownSubuser, ExceedsRights, Outrun])
def put_sender_share(
    principal: Principal, user_id: str, order: ReplaceSenderShareRequest, origin: From, now: Now
) -> Response[None]:
    """Share all sender names with him, some of them, or none."""
    before = manage_flow.find(principal, user_id)
    manage_flow.change(principal, before, Changes(facts={"senders": order.share}), origin=origin, now=now)
    return Response(204)


@routes.get("/subusers/{user_id}/shares/templates", refuses=[UnknownSubuser])
def get_template_share(principal: Principal, user_id: str) -> TemplateShareResponse:
    """Which templates may he use? There are none."""
    manage_flow.find(principal, user_id)
    return TemplateShareResponse()


@routes.put("/subusers/{user_id}/shares/templates", refuses=[UnknownSubuser, Outrun])
def put_template_share(principal: Principal, user_id: str) -> TemplateShareResponse:
    """Taken, so that a client goes on; but there are no templates that could be shared."""
    manage_flow.find(principal, user_id)
    return TemplateShareResponse()


def _view(subuser: Subuser, *, now: datetime) -> SubuserResponse:
    """As it is now: in a new month there are new points."""
    return view(replace(subuser, purse=subuser.purse.at(now) if subuser.purse else None))


lambda_handler = serve(routes)
