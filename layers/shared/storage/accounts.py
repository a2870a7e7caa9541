"""The accounts table: each account's settings, which its owner decides, and whether an operator suspended it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any, cast

from pynamodb.attributes import Attribute, BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.constants import STRING
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.accounts import Account
from shared.domain.ip_lists import IpList
from shared.domain.provenance import Rescue, joined
from shared.errors import AccountSuspended, AddressNotAllowed, Outrun, Refusal, SubuserQuotaReached
from shared.storage import engine
from shared.storage.mapping import CountAttribute, DurationAttribute, facts_set, record, row

DECIDED = ("profile", "change", "change_every", "longest_idle", "factor_from", "checks_breaches")
"""Fields that `deciding` writes. The IP lists are not among them: each has a write of its own."""

NO_LIST = IpList()
MOMENTS = ("changed_at", "trial_until")
OFF = '{"on":false'
"""The beginning of a stored list that is off. No trial has to be considered for one: it admits everybody."""


class IpListAttribute(Attribute[IpList]):
    """An IP list as one JSON text, without the fields that have their defaults.

    Equal lists give equal texts, so that a guard can compare them.
    """

    attr_type = STRING

    def serialize(self, value: IpList) -> str:
        facts = {name: fact for name, fact in vars(value).items() if name == "on" or fact != getattr(NO_LIST, name)}
        return json.dumps(facts, separators=(",", ":"), default=datetime.isoformat)

    def deserialize(self, value: str) -> IpList:
        facts: dict[str, Any] = json.loads(value)
        return IpList(**facts | {name: datetime.fromisoformat(facts[name]) for name in MOMENTS if name in facts})


class RescuesAttribute(Attribute[tuple[Rescue, ...]]):
    """The rescues of an account's users as one JSON text, the oldest first."""

    attr_type = STRING

    def serialize(self, value: tuple[Rescue, ...]) -> str:
        return json.dumps(
            [[rescue.user_id, rescue.since, rescue.until] for rescue in value],
            separators=(",", ":"),
            default=datetime.isoformat,
        )

    def deserialize(self, value: str) -> tuple[Rescue, ...]:
        return tuple(
            Rescue(user_id, datetime.fromisoformat(since), datetime.fromisoformat(until))
            for user_id, since, until in json.loads(value)
        )


class AccountItem(Model):
    """Attributes with a default are missing in older rows."""

    class Meta:
        table_name = settings.ACCOUNTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    company = UnicodeAttribute()
    profile = UnicodeAttribute()
    change = UnicodeAttribute()
    change_every = DurationAttribute()
    longest_idle = DurationAttribute()
    panel = IpListAttribute(default=IpList)
    api = IpListAttribute(default=IpList)
    api_for_subusers = BooleanAttribute(default=True)
    legacy_api = BooleanAttribute(default=False)
    changes_by_get = BooleanAttribute(default=False)
    notify_url = UnicodeAttribute(default="")
    rescues = RescuesAttribute(null=True)
    abroad = UnicodeAttribute(default="")
    abroad_per_day = CountAttribute(null=True)
    code_digits = CountAttribute(default=policy.CODE_DIGITS)
    code_lifetime = DurationAttribute(default=policy.CODE_LIFETIME)
    subusers = CountAttribute(null=True)
    suspended = BooleanAttribute(default=False)
    sending_off = BooleanAttribute(default=False)
    sending_switched_at = UTCDateTimeAttribute(null=True)
    factor_from = UTCDateTimeAttribute(null=True)
    checks_breaches = BooleanAttribute(default=False)


_EXISTS = AccountItem.account_id.exists()
_IS_ACTIVE = cast(Condition, AccountItem.suspended.does_not_exist() | (AccountItem.suspended == False))  # noqa: E712 - for DynamoDB


class AdmitsNotEverybody(AddressNotAllowed):
    """The panel's list is on or on trial, or a rescue suspends something. `account`, as it is now, tells what."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account


def key(account_id: str) -> engine.Key:
    return engine.Key(AccountItem, account_id)


def find(account_id: str) -> Account | None:
    return read(engine.fetch_one(key(account_id)))


def read(item: Model | None) -> Account | None:
    """Return the account in *item*, a row that was fetched under `key`."""
    found = record(Account, item)
    return found and replace(found, rescues=found.rescues or ())


def adding(account: Account) -> engine.Write:
    item = row(AccountItem, account)
    item.rescues = account.rescues or None  # no attribute where there is none, as `admitting_everybody` expects
    return engine.add(item)


def must_be_active(account: Account) -> None:
    """Raise AccountSuspended if *account* is suspended."""
    if account.suspended:
        raise suspension()


def suspension() -> AccountSuspended:
    """Return the refusal of everybody who belongs to a suspended account. It says where they can write to."""
    return AccountSuspended(settings.SUPPORT_ADDRESS)


def being_active(account_id: str) -> engine.Write:
    """Require that the account is not suspended. Refused as AccountSuspended if it is."""
    return engine.check(key(account_id), guard=_IS_ACTIVE, refused=_refusal)


def suspending(account_id: str, *, on: bool) -> engine.Write:
    """Suspend an account, or end that. Refused as Outrun if it does not exist, or is so already."""
    guard = _IS_ACTIVE if on else cast(Condition, AccountItem.suspended == True)  # noqa: E712 - for DynamoDB
    return engine.change(AccountItem(account_id), [AccountItem.suspended.set(on)], guard=_EXISTS & guard)


def switching_sending(account_id: str, *, on: bool, now: datetime) -> engine.Write:
    """Let messages of customers leave, or stop them. Refused as `_changing` says, and as Outrun if it is so already."""
    off = AccountItem.sending_off
    guard = off == True if on else off.does_not_exist() | (off == False)  # noqa: E712 - for DynamoDB
    actions = [off.set(not on), AccountItem.sending_switched_at.set(now)]
    return _changing(account_id, actions, cast(Condition, guard))


def suspended_among(account_ids: Iterable[str]) -> set[str]:
    """Return which of *account_ids*, at most a hundred, are suspended, in one round trip."""
    wanted = [key(account_id) for account_id in sorted(set(account_ids))]
    found = [read(item) for item in engine.fetch(*wanted)] if wanted else []
    return {account.account_id for account in found if account and account.suspended}


def deciding(after: Account) -> engine.Write:
    """Write the fields DECIDED of an account. Refused as `_changing` says."""
    return _changing(after.account_id, facts_set(AccountItem, {name: getattr(after, name) for name in DECIDED}))


def switching_legacy(before: Account, **facts: bool) -> engine.Write:
    """Write `legacy_api` and `changes_by_get`, those of them that are among *facts*.

    Refused as `_changing` says, and as Outrun if one of the two changed since *before* was read, or if API passwords
    are switched on and the API's IP list, which that requires, did.
    """
    guards = [_is_unchanged(AccountItem.api, before.api)] if facts.get("legacy_api") else []
    return _changing(before.account_id, facts_set(AccountItem, facts), _allows_the_same(before), *guards)


def setting_notify_url(before: Account, url: str) -> engine.Write:
    """Write where delivery reports go, empty for nowhere.

    Refused as `_changing` says, and as Outrun if it changed since *before* was read.
    """
    return _changing(before.account_id, [AccountItem.notify_url.set(url)], _reports_to_the_same(before))


def allowing_abroad(account_id: str, countries: str) -> engine.Write:
    """Write to which countries abroad the account may send. Refused as Outrun if it does not exist."""
    return engine.change(
        AccountItem(account_id), [AccountItem.abroad.set(countries)], guard=AccountItem.account_id.exists()
    )


def limiting_abroad(account_id: str, messages: int) -> engine.Write:
    """Write how many messages may go to each country abroad in a day. Refused as Outrun if it does not exist."""
    return engine.change(
        AccountItem(account_id), [AccountItem.abroad_per_day.set(messages)], guard=AccountItem.account_id.exists()
    )


def setting_lists(before: Account, **facts: Any) -> engine.Write:
    """Write *facts*, fields of the account by name: `panel`, `api` and what belongs to them.

    Refused as `_changing` says, and as Outrun if either list changed since *before* was read, so that two simultaneous
    changes never mix.
    """
    unchanged = _is_unchanged(AccountItem.panel, before.panel), _is_unchanged(AccountItem.api, before.api)
    return _changing(before.account_id, facts_set(AccountItem, facts), *unchanged)


def setting_codes(account_id: str, *, digits: int, lifetime: timedelta) -> engine.Write:
    """Write digits and lifetime of SMS Authenticator's codes. Refused as Outrun if the account does not exist."""
    facts = {"code_digits": digits, "code_lifetime": lifetime}
    return engine.change(AccountItem(account_id), facts_set(AccountItem, facts), guard=AccountItem.account_id.exists())


def counting_subuser(account_id: str) -> engine.Write:
    """Count one sub-user more, of `policy.SUBUSERS_PER_ACCOUNT`.

    Refused as SubuserQuotaReached, or as `_changing` says.
    """
    fewer = AccountItem.subusers.does_not_exist() | (AccountItem.subusers < policy.SUBUSERS_PER_ACCOUNT)
    return _changing(account_id, [AccountItem.subusers.add(1)], fewer, otherwise=SubuserQuotaReached())


def discounting_subuser(account_id: str) -> engine.Write:
    """Count one sub-user less. Refused as `_changing` says."""
    return _changing(account_id, [AccountItem.subusers.add(-1)])


def admitting_everybody(account_id: str) -> engine.Write:
    """Require that the account is not suspended, that the panel's IP list is off, and that no user reported a sign-in.

    Refused as AccountSuspended, or as AdmitsNotEverybody, which carries the account.
    """
    panel = Path(AccountItem.panel.attr_name)
    return engine.check(
        key(account_id),
        guard=_IS_ACTIVE & (panel.does_not_exist() | panel.startswith(OFF)) & AccountItem.rescues.does_not_exist(),
        refused=lambda raw: _refusal(raw) if _is_suspended(raw) else AdmitsNotEverybody(_account_in(raw)),
    )


def still_admitting(before: Account) -> engine.Write:
    """Require that the account is not suspended, and that its panel's IP list and rescues are still those of *before*.

    Refused as AccountSuspended or Outrun if not.
    """
    guard = _IS_ACTIVE & _is_unchanged(AccountItem.panel, before.panel) & _has_rescues(before.rescues)
    return engine.check(key(before.account_id), guard=guard, refused=_refusal)


def written_list(ip_list: IpList) -> str:
    """Return an IP list as text, for `read_list`."""
    return IpListAttribute().serialize(ip_list)


def read_list(text: str) -> IpList:
    return IpListAttribute().deserialize(text)


def rescuing(before: Account, rescue: Rescue, **facts: Any) -> engine.Write:
    """Add *rescue*, and write *facts*, fields by name.

    Of each user the last policy.RESCUES_APART are kept apart; older ones become one, which covers the time between.
    Refused as AccountSuspended, or as Outrun if a rescue, or something that rescues put back, changed since *before*.
    """
    rescues = joined([*before.rescues, rescue], apart=policy.RESCUES_APART)
    return _changing(
        before.account_id,
        facts_set(AccountItem, {"rescues": rescues, **facts}),
        _has_rescues(before.rescues),
        _is_unchanged(AccountItem.panel, before.panel),
        _is_unchanged(AccountItem.api, before.api),
        # A thief's change that came after the kept values were read would stay.
        _allows_the_same(before),
        _reports_to_the_same(before),
    )


def _allows_the_same(before: Account) -> Condition:
    """Return the condition that old programs may do what they might in *before*, so that what is kept was replaced."""
    by_password = _is(AccountItem.legacy_api, before.legacy_api)
    return cast(Condition, by_password & _is(AccountItem.changes_by_get, before.changes_by_get))


def _reports_to_the_same(before: Account) -> Condition:
    return _is(AccountItem.notify_url, before.notify_url)


def _is(attribute: Attribute[Any], value: object) -> Condition:
    """Return the condition that the stored value is *value*. One that is false or empty may not be stored at all."""
    same = cast(Condition, attribute == value)
    return same if value else cast(Condition, same | attribute.does_not_exist())


def _has_rescues(rescues: tuple[Rescue, ...]) -> Condition:
    return cast(Condition, AccountItem.rescues == rescues if rescues else AccountItem.rescues.does_not_exist())


def _changing(
    account_id: str, actions: Sequence[Action], *guards: Condition, otherwise: Refusal | None = None
) -> engine.Write:
    """Do *actions* for a caller of the account, if *guards* hold.

    Refused as AccountSuspended if it is suspended, otherwise as *otherwise* or, if that is None, as Outrun.
    """
    guard = reduce(and_, guards, _EXISTS & _IS_ACTIVE)
    return engine.change(
        AccountItem(account_id), actions, guard=guard, refused=lambda raw: _refusal(raw, otherwise or Outrun())
    )


def _refusal(raw: engine.Raw, otherwise: Refusal | None = None) -> Refusal:
    """Return AccountSuspended if the row says so, otherwise *otherwise* or, if that is None, Outrun."""
    return suspension() if _is_suspended(raw) else otherwise or Outrun()


def _is_suspended(raw: engine.Raw) -> bool:
    return bool(raw.get(AccountItem.suspended.attr_name, {}).get("BOOL"))


def _is_unchanged(attribute: IpListAttribute, ip_list: IpList) -> Condition:
    """Return the condition that the stored list equals *ip_list*. A default list may not be stored at all."""
    same = cast(Condition, attribute == ip_list)
    return same | attribute.does_not_exist() if ip_list == NO_LIST else same


def _account_in(raw: engine.Raw) -> Account:
    return cast(Account, read(AccountItem.from_raw_data(raw)))
