"""The door of the IP lists: which addresses may open the panel and call the API, and how to switch both off."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import AfterValidator, BaseModel, Field, StrictBool

from account import break_glass_flow, set_ip_lists_flow
from account.set_ip_lists_flow import LastCall, ListState, Wanted
from shared import policy
from shared.domain import recovery
from shared.domain.instants import NEVER
from shared.domain.ip_lists import API, PANEL
from shared.domain.ip_ranges import canonical
from shared.errors import (
    AccountSuspended,
    MalformedList,
    NotFound,
    Outrun,
    TooManyPasswords,
    TrialOver,
    WrongGlassProof,
)
from shared.http.dependencies import From, Now, Person
from shared.http.fields import Instant, LoginName, Password, Strict
from shared.http.routing import Routes

routes = Routes()


class IpListEntry(BaseModel):
    """Addresses that a list allows, and who added them."""

    source: Annotated[str, Field(description="An address, a CIDR, or a range of last octets, in canonical form.")]
    note: str
    added_by: Annotated[str, Field(description="The login of the user who added the entry.")]
    added_at: Instant


class IpListResponse(BaseModel):
    """A list as it is in force now. A list that is off allows every address.

    A list with `trial_until` is on trial: the previous one returns at that time, unless the list is confirmed from an
    address in it. `apply_to_subusers` is null for the panel's list.
    """

    enabled: bool
    entries: list[IpListEntry]
    trial_until: Instant | None
    changed_at: Instant | None
    apply_to_subusers: bool | None


class IpListsResponse(BaseModel):
    """Both lists, the caller's own address, and whether the panel's list allows it."""

    panel: IpListResponse
    api: IpListResponse
    your_address: str
    admits_you: bool


class RecentCaller(BaseModel):
    """The last use of an address: by a user (`login`) or by a program (`token_id`)."""

    address: str
    at: Instant
    login: str | None
    token_id: str | None
    token_name: str | None


class SavedIpListResponse(IpListResponse):
    """The list as it was saved, or as it would be saved without `dry_run`."""

    saved: bool
    refuses_you: bool
    would_refuse: list[RecentCaller]


class IpListEntryRequest(Strict):
    """Addresses to allow."""

    source: Annotated[
        str, Field(max_length=policy.MAX_SOURCE_CHARACTERS, examples=["192.0.2.7", "2001:db8::/32", "10.0.0.0-255"])
    ]
    note: Annotated[str, Field(max_length=policy.LIST_NOTE_CHARACTERS)] = ""


class ReplaceIpListRequest(Strict):
    """The whole new list. Only the API's list accepts `apply_to_subusers`; left out, it keeps its value."""

    enabled: StrictBool
    entries: Annotated[list[IpListEntryRequest], Field(max_length=policy.LIST_ENTRIES)]
    dry_run: StrictBool = False
    apply_to_subusers: StrictBool | None = None


class BreakGlassRequest(Strict):
    """The owner's login, password and one of their recovery codes."""

    login: LoginName
    password: Password
    recovery_code: Annotated[
        str,
        Field(max_length=64, examples=["0123-4567-89AB-CDEF-GHJK-MNPQ"]),
        AfterValidator(recovery.clean),
        Field(pattern=f"^{recovery.PATTERN}$"),
    ]


@routes.get("/account/ip-lists")
def get_lists(person: Person, origin: From, now: Now) -> IpListsResponse:
    """Get the IP lists: from which addresses people may open the panel and programs may call the API.

    Only the owner may read them.
    """
    shown = set_ip_lists_flow.both(person.account, origin=origin, now=now)
    return IpListsResponse(
        panel=IpListResponse(**_list(PANEL, shown[PANEL])),
        api=IpListResponse(**_list(API, shown[API])),
        your_address=canonical(origin.address),
        admits_you=shown[PANEL].admits_you,
    )


@routes.put("/account/ip-lists/{name}", refuses=[NotFound, Outrun])
def put_list(person: Person, name: str, request: ReplaceIpListRequest, origin: From, now: Now) -> SavedIpListResponse:
    """Replace the IP list of the panel (`panel`) or of the API (`api`).

    Only the owner may do this. A list for the panel that refuses the caller's own address is saved on trial: it is
    rolled back unless it is confirmed from an address in it.
    """
    shown = set_ip_lists_flow.save(
        person, name, _wanted(name, request), dry_run=request.dry_run, origin=origin, now=now
    )
    return SavedIpListResponse(
        saved=not request.dry_run,
        refuses_you=not shown.admits_you,
        would_refuse=[_last_seen(call) for call in shown.would_refuse],
        **_list(name, shown),
    )


@routes.post("/account/ip-lists/{name}/confirm", refuses=[NotFound, Outrun, TrialOver])
def post_list_confirmation(person: Person, name: str, origin: From, now: Now) -> IpListResponse:
    """Confirm an IP list that is on trial, from an address in it. Only the owner may do this."""
    return IpListResponse(**_list(name, set_ip_lists_flow.confirm(person, name, origin=origin, now=now)))


@routes.post(
    "/ip-lists/break-glass",
    status=204,
    refuses=[AccountSuspended, WrongGlassProof, TooManyPasswords, Outrun],
)
def post_break_glass(request: BreakGlassRequest, origin: From, now: Now) -> Response[None]:
    """Switch both IP lists off.

    This works from any address, with the owner's password and a recovery code, for an owner whom a list has locked
    out. Every user of the account is notified by e-mail. Whatever is wrong, the answer is the same; if the password was
    right, its user is notified by e-mail and in the activity log, at most once an hour.
    """
    break_glass_flow.break_glass(request.login, request.password, request.recovery_code, origin=origin, now=now)
    return Response(204)


def _wanted(name: str, request: ReplaceIpListRequest) -> Wanted:
    """Return the list as the flow knows it.

    Raises MalformedList for `apply_to_subusers` on the panel's list, which always applies to sub-users.
    """
    if name == PANEL and request.apply_to_subusers is not None:
        raise MalformedList({"apply_to_subusers": "extra_forbidden"})
    typed, notes = [one.source for one in request.entries], [one.note for one in request.entries]
    return Wanted(request.enabled, typed, notes, request.apply_to_subusers)


def _list(name: str, shown: ListState) -> dict[str, Any]:
    ip_list = shown.ip_list
    return {
        "enabled": ip_list.on,
        "entries": [IpListEntry(**vars(entry)) for entry in shown.entries],
        "trial_until": ip_list.trial_until,
        "changed_at": None if ip_list.changed_at == NEVER else ip_list.changed_at,
        "apply_to_subusers": shown.for_subusers if name == API else None,
    }


def _last_seen(call: LastCall) -> RecentCaller:
    return RecentCaller(**vars(call))
