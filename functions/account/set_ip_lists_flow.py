"""Flows of IP lists: an owner restricts the addresses of the panel and of the API, and can't lock themselves out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared import policy
from shared.auth import kept_values, sessions
from shared.auth.principals import OwnRow
from shared.auth.sessions import Person
from shared.delivery import account_mail, queue
from shared.domain import ip_lists
from shared.domain.accounts import Account
from shared.domain.activity import Event
from shared.domain.activity_search import Search
from shared.domain.ip_lists import NAMES, PANEL, IpList, ListEntry
from shared.domain.origins import Origin
from shared.errors import NotFound
from shared.storage import accounts, activity, tokens, users
from shared.storage import ip_lists as records
from shared.storage.engine import commit


@dataclass(frozen=True)
class Wanted:
    """A list to be saved: the entries as typed, and a note for each. `for_subusers` is None for no change."""

    on: bool
    typed: list[str]
    notes: list[str]
    for_subusers: bool | None = None


@dataclass(frozen=True)
class LastCall:
    """When an address was last used: by a user, named by login, or by a program, named by its token."""

    address: str
    at: datetime
    login: str | None = None
    token_id: str | None = None
    token_name: str | None = None

    @property
    def who(self) -> tuple[str, str | None, str | None]:
        return self.address, self.login, self.token_id


@dataclass(frozen=True)
class ListState:
    """A list in force, or a proposed one. `would_refuse` are recent calls that it does not admit, newest first."""

    ip_list: IpList
    entries: list[ListEntry]
    for_subusers: bool
    admits_you: bool
    would_refuse: list[LastCall] = field(default_factory=list)


def both(account: Account, *, origin: Origin, now: datetime) -> dict[str, ListState]:
    """Return both lists by name, as they are in force now."""
    known = records.entries_of(account.account_id)
    lists = {name: list_of(account, name).in_force(now=now) for name in NAMES}
    return {name: _list_state(account, ip_list, known[name], origin, now=now) for name, ip_list in lists.items()}


def save(person: Person, name: str, wanted: Wanted, *, dry_run: bool, origin: Origin, now: datetime) -> ListState:
    """Replace a whole list. A dry run saves nothing and only returns which recent calls it would refuse.

    A list for the panel that does not admit the owner's own address is only on trial: it rolls back by itself unless it
    is confirmed. Raises NotFound, MalformedList, or Outrun if a list changed meanwhile.
    """
    account = person.account
    before, sources = list_of(account, name), ip_lists.canonical_entries(wanted.typed, on=wanted.on)
    ip_list = _new_list(before, name, wanted.on, " ".join(sources), origin, now=now)
    known = records.entries_of(account.account_id)[name]
    entries = ip_lists.with_notes(sources, wanted.notes, known, by=person.user.login, now=now)
    facts: dict[str, Any] = {name: ip_list}
    if wanted.for_subusers is not None:
        facts["api_for_subusers"] = wanted.for_subusers
    shown = ListState(
        ip_list,
        entries,
        facts.get("api_for_subusers", account.api_for_subusers),
        ip_list.admits(origin.address, now=now),
        _would_refuse(account, name, ip_list, now=now),
    )
    if not dry_run:
        _store(person, name, facts, [*entries, *_entries_for_rollback(ip_list, known, sources)], origin, now=now)
    return shown


def confirm(person: Person, name: str, *, origin: Origin, now: datetime) -> ListState:
    """Keep a list that is on trial. Raises NotFound, TrialOver, AddressNotAllowed or Outrun."""
    account = person.account
    ip_list = list_of(account, name).confirmed(origin.address, now=now)
    known = records.entries_of(account.account_id)[name]
    commit(
        accounts.setting_lists(account, **{name: ip_list}),
        kept_values.keeping_list(person, name, now=now),
        person.noting(Event.LIST_CONFIRMED, origin, now=now, detail=name),
        *person.still_allowed(writing=[OwnRow.ACCOUNT]),
    )
    queue.tell(*account_mail.change_made("panel_list_confirmed", person.user, origin=origin, now=now))
    return _list_state(account, ip_list, known, origin, now=now)


def list_of(account: Account, name: str) -> IpList:
    """Return the account's list of this name. Raises NotFound if there is none."""
    match name:
        case "panel":
            return account.panel
        case "api":
            return account.api
    raise NotFound


def _new_list(before: IpList, name: str, on: bool, sources: str, origin: Origin, *, now: datetime) -> IpList:
    """Return the list to be saved. One for the API is never on trial: it cannot lock anybody out of the panel."""
    if name == PANEL:
        return before.saved_from(origin.address, on=on, sources=sources, now=now)
    return before.proposing(on=on, sources=sources, on_trial=False, now=now)


def _entries_for_rollback(ip_list: IpList, known: Iterable[ListEntry], sources: Iterable[str]) -> list[ListEntry]:
    """Return the old entries that a rollback of the trial would restore, so that their notes are kept."""
    returning = set(ip_list.before_sources.split()) - set(sources)
    return [entry for entry in known if entry.source in returning]


def _store(
    person: Person, name: str, facts: dict[str, Any], entries: list[ListEntry], origin: Origin, *, now: datetime
) -> None:
    """Store the list with its entries, and tell the owner. Raises Outrun if one of the lists changed meanwhile."""
    user, ip_list = person.user, facts[name]
    commit(
        accounts.setting_lists(person.account, **facts),
        records.keeping(user.account_id, name, entries),
        kept_values.keeping_list(person, name, now=now),
        person.noting(Event.LIST_CHANGED, origin, now=now, detail=f"{name} {_state_word(ip_list)}"),
        *person.still_allowed(writing=[OwnRow.ACCOUNT]),
    )
    change = "panel_list_tried" if ip_list.trial_until else f"{name}_list_changed"
    queue.tell(*account_mail.change_made(change, user, origin=origin, now=now))


def _state_word(ip_list: IpList) -> str:
    return "trial" if ip_list.trial_until else "on" if ip_list.on else "off"


def _list_state(
    account: Account, ip_list: IpList, known: Iterable[ListEntry], origin: Origin, *, now: datetime
) -> ListState:
    entries = ip_lists.as_entries(ip_list.sources, known, since=ip_list.changed_at)
    return ListState(ip_list, entries, account.api_for_subusers, ip_list.admits(origin.address, now=now))


def _would_refuse(account: Account, name: str, ip_list: IpList, *, now: datetime) -> list[LastCall]:
    """Return the recent calls that *ip_list* does not admit, the last of each user or token at each address."""
    if not ip_list.on:
        return []
    calls = _calls_to_panel(account, now=now) if name == PANEL else _calls_to_api(account)
    refused = [call for call in calls if not ip_list.admits(call.address, now=now)]
    newest = {call.who: call for call in sorted(refused, key=lambda call: call.at)}
    return sorted(newest.values(), key=lambda call: call.at, reverse=True)


def _calls_to_panel(account: Account, *, now: datetime) -> list[LastCall]:
    """Return recent activity of users, and where they are signed in. Operators' actions have no address."""
    entries, _ = activity.page_of_account(account.account_id, Search(limit=policy.LIST_LOOKS_BACK), now=now)
    seen = {entry.user_id for entry in entries}
    # Each user costs a read, so those who were active recently come first and the rest may be cut off.
    people = sorted(users.of_account(account.account_id), key=lambda user: user.user_id not in seen)
    logins = {user.user_id: user.login for user in people}
    did = [LastCall(entry.address, entry.at, logins.get(entry.user_id)) for entry in entries if entry.address]
    signed_in = [
        LastCall(session.address, session.used_at, user.login)
        for user in people[: policy.LIST_LOOKS_AT_USERS]
        for session in sessions.living_sessions(user, account, now=now)
    ]
    return [*did, *signed_in]


def _calls_to_api(account: Account) -> list[LastCall]:
    """Return where each token was used last."""
    return [
        LastCall(token.used_from, token.used_at, token_id=token.token_id, token_name=token.name)
        for token in tokens.of_account(account.account_id)
        if token.used_from
    ]
