"""The door of the activity log: what happened, who did it, and from where."""

from datetime import datetime
from math import ceil
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from account import read_activity_flow
from shared import policy
from shared.domain import instants
from shared.domain.activity import ENTRY_CHARACTERS, WORDS, Event, is_entry_id
from shared.domain.activity_search import Search
from shared.errors import (
    InvalidRequest,
    OwnerOnly,
)
from shared.http import cursors
from shared.http.cursors import must_know
from shared.http.dependencies import Now, Person, Raw
from shared.http.fields import WHOLE, Instant
from shared.http.routing import Routes

routes = Routes()

PARAMETERS = frozenset({"scope", "event", "since", "until", "cursor", "limit"})

CURSOR = f"^[A-Za-z0-9_-]{{{ceil(ENTRY_CHARACTERS * 4 / 3)}}}$"
"""The id of a page's last entry in base64 without padding. It marks a place and grants no access."""


class ActivityLogEntry(BaseModel):
    """An event of the activity log."""

    id: str
    at: Instant
    event: Annotated[str, Field(description="One of the names that the parameter `event` takes.")]
    actor: Annotated[
        str,
        Field(
            description="Who did it: a login, `token:` and a token's id, `operator`, `link` for an e-mail's link, "
            "`finder` of a leaked secret, or `platform` for what happens by itself. Empty for failed attempts."
        ),
    ]
    address: Annotated[
        str,
        Field(
            description="The IP address. For failed attempts and access tokens the network, empty if the detail is "
            "`many_networks`."
        ),
    ]
    device: Annotated[
        str, Field(description="The name of the browser or program, from its User-Agent. Empty for failed attempts.")
    ]
    outcome: Annotated[
        str,
        Field(description="`success`, `started` if it still has to be confirmed, or `failure` for failed attempts."),
    ]
    request_id: str
    detail: Annotated[
        str, Field(description=f"More about the event: no or several of the words {', '.join(sorted(WORDS))}.")
    ]
    user_id: Annotated[str, Field(description="The id of the user to whom it happened.")]
    about: Annotated[str, Field(description="The id of the token that the event is about, or empty.")]
    count: Annotated[
        int,
        Field(
            description="How many failed attempts, or access tokens that were issued or revoked within an hour, the "
            "entry stands for; 1 for any other event. Failed attempts are shown for "
            f"{policy.FAILURES_SHOWN_FOR.days} days, and {policy.NETWORKS_SHOWN_AN_HOUR} networks of an hour apart."
        ),
    ] = 1
    last_at: Annotated[
        Instant | None,
        Field(description="When the last came, if the entry stands for several. `at` is the first."),
    ] = None


class ActivityResponse(BaseModel):
    """A page of the log, the newest entry first. Even a short or empty page is not the last while it has a `next`."""

    entries: list[ActivityLogEntry]
    next: str | None


def _instant(text: object) -> datetime:
    """Return the instant. Pydantic by itself would accept a bare number too."""
    try:
        return instants.instant(text)
    except ValueError:
        raise PydanticCustomError("not_an_instant", "not an instant") from None


def _entry_id(cursor: str) -> str:
    entry_id = cursors.read(cursor)
    if not is_entry_id(entry_id):
        raise PydanticCustomError("not_a_cursor", "not a cursor")
    return entry_id


SINCE = (
    "Only events at this time or later. An entry that stands for several is found if the last of them, `last_at`, came "
    "then: it comes again, with the same `id`, when more were counted."
)

At = Annotated[datetime, BeforeValidator(_instant)]
Cursor = Annotated[str, Field(pattern=CURSOR), AfterValidator(_entry_id)]
Length = Annotated[int, Field(ge=1, le=policy.ACTIVITY_LONGEST_PAGE), WHOLE]


@routes.get("/account/activity", refuses=[OwnerOnly, InvalidRequest])
def get_activity(
    person: Person,
    now: Now,
    request: Raw,
    *,
    scope: Annotated[
        Literal["own", "account"],
        Query(description="The caller's own events, or, for the owner, those of the whole account."),
    ] = "own",
    event: Annotated[Event | None, Query(description="Only events with this name.")] = None,
    since: Annotated[At | None, Query(description=SINCE)] = None,
    until: Annotated[At | None, Query(description="Only events before this time.")] = None,
    cursor: Annotated[Cursor | None, Query(description="The value of `next` on the previous page.")] = None,
    limit: Annotated[Length, Query(description="How many entries a page has at most.")] = policy.ACTIVITY_PAGE,
) -> ActivityResponse:
    """List the activity log, the newest entry first.

    It has what happened to the caller or, for the owner with `scope=account`, to every user of the account. Failed
    sign-ins (`authn_login_fail`) and wrong codes (`authn_code_fail`) are shown only to the user whom they concern: one
    entry for a network and an hour, and a last one for further networks of that hour. A right password that opened
    nothing (`authn_login_refused`) has an entry an hour for each reason, network and browser. Access tokens that a
    client gets, or that are revoked, have one for each client, network and hour.
    """
    must_know(request, PARAMETERS)
    search = Search(before=cursor, event=event, since=since, until=until, limit=limit)
    look = read_activity_flow.of_account if scope == "account" else read_activity_flow.own
    entries, last = look(person.user, search, now=now)
    listed = [ActivityLogEntry(id=entry.entry_id, count=entry.times, **vars(entry)) for entry in entries]
    return ActivityResponse(entries=listed, next=cursors.written(last) if last else None)
