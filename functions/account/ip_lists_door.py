"""The door to the IP lists: from where people may open the panel, from where machines may call, and the way out."""

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
    CodesLocked,
    MalformedList,
    NothingThere,
    Outrun,
    OwnerOnly,
    TooManyCodes,
    TooManyPasswords,
    TrialOver,
    WrongCode,
    WrongPassword,
)
from shared.http.dependencies import From, Now, Person
from shared.http.fields import Instant, LoginName, Password, Strict
from shared.http.routing import Routes

routes = Routes()


class AddressEntry(BaseModel):
    """Addresses that may come, whose they are, and who let them in."""

    source: Annotated[str, Field(description="An address, a CIDR, or a range of last octets, in one spelling.")]
    note: str
    added_by: Annotated[str, Field(description="The login that added it.")]
    added_at: Instant


class AddressList(BaseModel):
    """A list as it counts now. While it is off everybody may come in.

    With `trial_until` it is only tried: then the one before it holds again, unless it is confirmed from inside.
    `apply_to_subusers` is about the list for the API: whether it holds for the tokens of sub-users too.
    """

    enabled: bool
    entries: list[AddressEntry]
    trial_until: Instant | None
    changed_at: Instant | None
    apply_to_subusers: bool | None


class AddressLists(BaseModel):
    """Both lists, the address that you come from, and whether the one for the panel holds it."""

    panel: AddressList
    api: AddressList
    your_address: str
    admits_you: bool


class LastSeen(BaseModel):
    """When somebody was last at an address: a user, by his login, or a program, by its token."""

    address: str
    at: Instant
    login: str | None
    token_id: str | None
    token_name: str | None


class SavedList(AddressList):
    """The list as it was `saved`, or as it would be. `would_refuse` are calls that came lately, the newest first."""

    saved: bool
    refuses_you: bool
    would_refuse: list[LastSeen]


class WantedEntry(Strict):
    """Addresses that may come: one, a CIDR, or SMSAPI's range of last octets; and whose they are."""

    source: Annotated[
        str, Field(max_length=policy.MAX_SOURCE_CHARACTERS, examples=["192.0.2.7", "2001:db8::/32", "10.0.0.0-255"])
    ]
    note: Annotated[str, Field(max_length=policy.LIST_NOTE_CHARACTERS)] = ""


class WantedList(Strict):
    """The whole list, as it is to be. With `dry_run` nothing is saved. `apply_to_subusers` is for the API's alone."""

    enabled: StrictBool
    entries: Annotated[list[WantedEntry], Field(max_length=policy.LIST_ENTRIES)]
    dry_run: StrictBool = False
    apply_to_subusers: StrictBool | None = None


class Glass(Strict):
    """The owner's login and password, and one of his recovery codes."""

    login: LoginName
    password: Password
    recovery_code: Annotated[
        str,
        Field(max_length=64, examples=["0123-4567-89AB-CDEF-GHJK-MNPQ"]),
        AfterValidator(recovery.clean),
        Field(pattern=f"^{recovery.PATTERN}$"),
    ]


@routes.get("/account/ip-lists")
def get_lists(person: Person, origin: From, now: Now) -> AddressLists:
    """From where may people open the panel, and machines call the API? Only the owner is told."""
    shown = set_ip_lists_flow.both(person.account, origin=origin, now=now)
    return AddressLists(
        panel=AddressList(**_list(PANEL, shown[PANEL])),
        api=AddressList(**_list(API, shown[API])),
        your_address=canonical(origin.address),
        admits_you=shown[PANEL].admits_you,
    )


@routes.put("/account/ip-lists/{name}", refuses=[NothingThere, Outrun])
def put_list(person: Person, name: str, wanted: WantedList, origin: From, now: Now) -> SavedList:
    """Say from where people (`panel`) or machines (`api`) may come. Only the owner may.

    A list for the panel that refuses your own address is only tried: it rolls back by itself, unless you confirm it
    from an address in it.
    """
    shown = set_ip_lists_flow.save(person, name, _wanted(name, wanted), dry_run=wanted.dry_run, origin=origin, now=now)
    return SavedList(
        saved=not wanted.dry_run,
        refuses_you=not shown.admits_you,
        would_refuse=[_last_seen(call) for call in shown.would_refuse],
        **_list(name, shown),
    )


@routes.post("/account/ip-lists/{name}/confirm", refuses=[NothingThere, Outrun, TrialOver])
def post_list_confirmation(person: Person, name: str, origin: From, now: Now) -> AddressList:
    """Keep the list that is on trial, from an address in it. Only the owner may."""
    return AddressList(**_list(name, set_ip_lists_flow.confirm(person, name, origin=origin, now=now)))


@routes.post(
    "/ip-lists/break-glass",
    status=204,
    refuses=[WrongPassword, WrongCode, TooManyPasswords, TooManyCodes, CodesLocked, OwnerOnly, Outrun],
)
def post_broken_glass(glass: Glass, origin: From, now: Now) -> Response[None]:
    """Switch both lists off, from anywhere, with the owner's password and a recovery code. Everybody is told of it."""
    break_glass_flow.break_glass(glass.login, glass.password, glass.recovery_code, origin=origin, now=now)
    return Response(204)


def _wanted(name: str, wanted: WantedList) -> Wanted:
    """Sub-users fall under the panel's list as everybody does. Raises MalformedList where that is to be changed."""
    if name == PANEL and wanted.apply_to_subusers is not None:
        raise MalformedList({"apply_to_subusers": "extra_forbidden"})
    typed, notes = [one.source for one in wanted.entries], [one.note for one in wanted.entries]
    return Wanted(wanted.enabled, typed, notes, wanted.apply_to_subusers)


def _list(name: str, shown: ListState) -> dict[str, Any]:
    gate = shown.gate
    return {
        "enabled": gate.on,
        "entries": [AddressEntry(**vars(entry)) for entry in shown.entries],
        "trial_until": gate.trial_until,
        "changed_at": None if gate.changed_at == NEVER else gate.changed_at,
        "apply_to_subusers": shown.for_subusers if name == API else None,
    }


def _last_seen(call: LastCall) -> LastSeen:
    return LastSeen(**vars(call))
