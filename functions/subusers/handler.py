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
from subusers import change_flow, create_flow, delete_flow, read_flow, user_do_door
from subusers.change_flow import Changes
from subusers.create_flow import WantedSubuser
from subusers.requests import (
    SenderShare,
    ShareOrder,
    Shares,
    SubuserChanges,
    SubuserOrder,
    Subusers,
    SubuserView,
    TemplateShare,
    share_view,
    view,
)

routes = Routes()
routes.include(user_do_door.routes)


class Search(Lenient):
    """What the names that are wanted have in them."""

    q: Text = ""


@routes.get("/subusers")
def get_subusers(principal: Principal, search: Search, now: Now) -> Subusers:
    """Which sub-users has my account?"""
    listed = [_view(one, now=now) for one in read_flow.shown_to(principal, search.q)]
    return Subusers(size=len(listed), collection=listed)


@routes.post(
    "/subusers",
    status=201,
    yes="Made.",
    refuses=[WeakPassword, LoginTaken, SubuserQuotaReached, TooManyNames, ExceedsRights, Outrun],
)
def post_subuser(principal: Principal, order: SubuserOrder, origin: From, now: Now) -> Response[SubuserView]:
    """Make a sub-user. He is not active unless it is said. His password opens one session, which has to change it."""
    given = order.credentials
    secrets = Secrets(given.password, given.api_password)
    wanted = WantedSubuser(given.username, given.username, secrets, order.facts, order.points.limits)
    return Response(201, JSON, _view(create_flow.create(principal, wanted, origin=origin, now=now), now=now))


@routes.get("/subusers/{user_id}", refuses=[UnknownSubuser])
def get_subuser(principal: Principal, user_id: str, now: Now) -> SubuserView:
    """Who is he, and what may he do?"""
    return _view(read_flow.find(principal, user_id), now=now)


@routes.put("/subusers/{user_id}", refuses=[UnknownSubuser, WeakPassword, ExceedsRights, Outrun])
def put_subuser(principal: Principal, user_id: str, changes: SubuserChanges, origin: From, now: Now) -> SubuserView:
    """Change what is sent and nothing else. A new password ends his sessions; so does the switch."""
    given = changes.credentials
    wanted = Changes(Secrets(given.password, given.api_password), changes.facts, changes.points.limits)
    before = read_flow.find(principal, user_id)
    return _view(change_flow.change(principal, before, wanted, origin=origin, now=now), now=now)


@routes.delete("/subusers/{user_id}", status=204, refuses=[UnknownSubuser, ExceedsRights, Outrun])
def delete_subuser(principal: Principal, user_id: str, origin: From, now: Now) -> Response[None]:
    """Delete a sub-user. The next request of his, or of his programs, is refused."""
    delete_flow.delete(principal, user_id, origin=origin, now=now)
    return Response(204)


@routes.get("/subusers/{user_id}/shares", refuses=[UnknownSubuser])
def get_shares(principal: Principal, user_id: str) -> Shares:
    """What of the account's is shared with him?"""
    return Shares(sendernames=share_view(read_flow.find(principal, user_id).user.senders))


@routes.get("/subusers/{user_id}/shares/sendernames", refuses=[UnknownSubuser])
def get_sender_share(principal: Principal, user_id: str) -> SenderShare:
    """Which sender names may he use?"""
    return share_view(read_flow.find(principal, user_id).user.senders)


@routes.put("/subusers/{user_id}/shares/sendernames", status=204, refuses=[UnknownSubuser, ExceedsRights, Outrun])
def put_sender_share(principal: Principal, user_id: str, order: ShareOrder, origin: From, now: Now) -> Response[None]:
    """Share all sender names with him, some of them, or none."""
    before = read_flow.find(principal, user_id)
    change_flow.change(principal, before, Changes(facts={"senders": order.share}), origin=origin, now=now)
    return Response(204)


@routes.get("/subusers/{user_id}/shares/templates", refuses=[UnknownSubuser])
def get_template_share(principal: Principal, user_id: str) -> TemplateShare:
    """Which templates may he use? There are none."""
    read_flow.find(principal, user_id)
    return TemplateShare()


@routes.put("/subusers/{user_id}/shares/templates", refuses=[UnknownSubuser, Outrun])
def put_template_share(principal: Principal, user_id: str) -> TemplateShare:
    """Taken, so that a client goes on; but there are no templates that could be shared."""
    read_flow.find(principal, user_id)
    return TemplateShare()


def _view(subuser: Subuser, *, now: datetime) -> SubuserView:
    """As it is now: in a new month there are new points."""
    return view(replace(subuser, purse=subuser.purse.at(now) if subuser.purse else None))


lambda_handler = serve(routes)
