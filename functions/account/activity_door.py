"""The door to the activity log: what happened, who did it, and from where."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from math import ceil
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from account import read_activity_flow
from shared import policy
from shared.domain import instants
from shared.domain.activity import ENTRY_CHARACTERS, WORDS, Event, Search, is_entry_id
from shared.errors import (
    InvalidRequest,
    OwnerOnly,
)
from shared.http.dependencies import Now, Person, Raw
from shared.http.fields import Instant
from shared.http.routing import Routes

routes = Routes()

PARAMETERS = frozenset({"scope", "event", "since", "until", "cursor", "limit"})

CURSOR = f"^[A-Za-z0-9_-]{{{ceil(ENTRY_CHARACTERS * 4 / 3)}}}$"
"""The last entry's id in base64 without padding. It says from where to go on, and opens nothing."""


class ListedEntry(BaseModel):
    """Something that happened to a user."""

    id: str
    at: Instant
    event: Annotated[str, Field(description="One of the names that the parameter `event` takes.")]
    actor: Annotated[
        str,
        Field(description="The login that did it, `token:` and a token's id, `operator`, or `link` for an e-mail's."),
    ]
    address: str
    device: Annotated[str, Field(description="What the program called itself.")]
    outcome: Annotated[str, Field(description="`success`, or `started` where another proof was asked for.")]
    request_id: str
    detail: Annotated[str, Field(description=f"None or some of the words {', '.join(sorted(WORDS))}.")]
    user_id: Annotated[str, Field(description="To whom it happened.")]
    about: Annotated[str, Field(description="The id of the token it happened with, where it was about one.")]


class Activity(BaseModel):
    """A page of the log. It may be short, or empty, and not the last: while there is a `next`, it goes on."""

    entries: list[ListedEntry]
    next: str | None


def _instant(text: object) -> datetime:
    """Pydantic by itself would take a bare number as well."""
    try:
        return instants.instant(text)
    except ValueError:
        raise PydanticCustomError("not_an_instant", "not an instant") from None


def _entry_id(cursor: str) -> str:
    entry_id = urlsafe_b64decode(cursor + "=").decode(errors="replace")
    if not is_entry_id(entry_id):
        raise PydanticCustomError("not_a_cursor", "not a cursor")
    return entry_id


At = Annotated[datetime, BeforeValidator(_instant)]
Cursor = Annotated[str, Field(pattern=CURSOR), AfterValidator(_entry_id)]
Length = Annotated[int, Field(ge=1, le=policy.ACTIVITY_LONGEST_PAGE)]


@routes.get("/account/activity", refuses=[OwnerOnly, InvalidRequest])
def get_activity(
    person: Person,
    now: Now,
    request: Raw,
    *,
    scope: Annotated[Literal["own", "account"], Query(description="The whole account's is for its owner.")] = "own",
    event: Annotated[Event | None, Query(description="Only what is called so.")] = None,
    since: Annotated[At | None, Query(description="Not what was earlier.")] = None,
    until: Annotated[At | None, Query(description="Only what was earlier.")] = None,
    cursor: Annotated[Cursor | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[Length, Query(description="Entries on a page.")] = policy.ACTIVITY_PAGE,
) -> Activity:
    """What happened to me, or in my account, the newest first?"""
    _must_know(request.get("queryStringParameters") or {})
    search = Search(before=cursor, event=event, since=since, until=until, limit=limit)
    look = read_activity_flow.of_account if scope == "account" else read_activity_flow.own
    entries, last = look(person.user, search, now=now)
    listed = [ListedEntry(id=entry.entry_id, **vars(entry)) for entry in entries]
    return Activity(entries=listed, next=_cursor(last) if last else None)


def _must_know(parameters: dict[str, str]) -> None:
    """A filter with a typing error must not show everything."""
    unknown = sorted(parameters.keys() - PARAMETERS)
    if unknown:
        raise RequestValidationError([{"type": "extra_forbidden", "loc": ("query", name)} for name in unknown])


def _cursor(entry_id: str) -> str:
    return urlsafe_b64encode(entry_id.encode()).decode().rstrip("=")
