"""The accounts table: what an owner decided for everybody in his account."""

import json
from datetime import datetime, timedelta
from typing import Any, cast

from pynamodb.attributes import Attribute, BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.constants import STRING
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.accounts import Account
from shared.domain.instants import NEVER
from shared.domain.ip_lists import Gate
from shared.errors import AddressNotAllowed, Outrun, SubuserQuotaReached
from shared.storage import engine
from shared.storage.mapping import CountAttribute, DurationAttribute, facts_set, record, row

DECIDED = ("profile", "change", "change_every", "longest_idle")
"""What is decided together. The lists are not among it: each is swapped for itself."""

NO_GATE = Gate()
MOMENTS = ("changed_at", "trial_until")
OFF = '{"on":false'
"""How a gate begins that lets everybody in, and that no trial has to be looked at for."""


class GateAttribute(Attribute[Gate]):
    """A gate as one text: what is as ever left out, and equal gates written alike, so that a swap can be guarded."""

    attr_type = STRING

    def serialize(self, value: Gate) -> str:
        facts = {name: fact for name, fact in vars(value).items() if name == "on" or fact != getattr(NO_GATE, name)}
        return json.dumps(facts, separators=(",", ":"), default=datetime.isoformat)

    def deserialize(self, value: str) -> Gate:
        facts: dict[str, Any] = json.loads(value)
        return Gate(**facts | {name: datetime.fromisoformat(facts[name]) for name in MOMENTS if name in facts})


class AccountItem(Model):
    """Rows from before there were lists have no attributes for them."""

    class Meta:
        table_name = settings.ACCOUNTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    company = UnicodeAttribute()
    profile = UnicodeAttribute()
    change = UnicodeAttribute()
    change_every = DurationAttribute()
    longest_idle = DurationAttribute()
    panel = GateAttribute(default=Gate)
    api = GateAttribute(default=Gate)
    api_for_subusers = BooleanAttribute(default=True)
    legacy_api = BooleanAttribute(default=False)
    abroad = UnicodeAttribute(default="")
    codes_closed_until = UTCDateTimeAttribute(default=NEVER)
    code_digits = CountAttribute(default=policy.CODE_DIGITS)
    code_lifetime = DurationAttribute(default=policy.CODE_LIFETIME)
    subusers = CountAttribute(null=True)


class ListIsOn(AddressNotAllowed):
    """Not everybody may come in: `account` has to say who may."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account


def key(account_id: str) -> engine.Key:
    return engine.Key(AccountItem, account_id)


def find(account_id: str) -> Account | None:
    return read(engine.fetch_one(key(account_id)))


def read(item: Model | None) -> Account | None:
    """What lies in a row that was fetched together with others."""
    return record(Account, item)


def adding(account: Account) -> engine.Write:
    return engine.add(row(AccountItem, account))


def deciding(after: Account) -> engine.Write:
    """Refused as Outrun where there is no such account."""
    facts = {name: getattr(after, name) for name in DECIDED}
    return engine.change(
        AccountItem(after.account_id), facts_set(AccountItem, facts), guard=AccountItem.account_id.exists()
    )


def switching_legacy(before: Account, *, on: bool) -> engine.Write:
    """Whether programs may show passwords. Refused as Outrun where there is no such account.

    So it is where it is switched on and the list for machines, without which it must not be, is not what it was.
    """
    exists = AccountItem.account_id.exists()
    return engine.change(
        AccountItem(before.account_id),
        [AccountItem.legacy_api.set(on)],
        guard=exists & _is(AccountItem.api, before.api) if on else exists,
    )


def allowing_abroad(account_id: str, countries: str) -> engine.Write:
    """From now on it may send to these countries besides home. Refused as Outrun where there is no such account."""
    return engine.change(
        AccountItem(account_id), [AccountItem.abroad.set(countries)], guard=AccountItem.account_id.exists()
    )


def setting_lists(before: Account, **facts: Any) -> engine.Write:
    """*facts* are fields of the account by name, `panel`, `api` and what belongs to them.

    Refused as Outrun where one of the lists is not what it was in *before*: of two changes at once one wins whole.
    """
    return engine.change(
        AccountItem(before.account_id),
        facts_set(AccountItem, facts),
        guard=AccountItem.account_id.exists() & _is(AccountItem.panel, before.panel) & _is(AccountItem.api, before.api),
    )


def setting_codes(account_id: str, *, digits: int, lifetime: timedelta) -> engine.Write:
    """How long SMS Authenticator's codes are, and how long they live. Refused as Outrun where there is no account."""
    facts = {"code_digits": digits, "code_lifetime": lifetime}
    return engine.change(AccountItem(account_id), facts_set(AccountItem, facts), guard=AccountItem.account_id.exists())


def closing_codes(account_id: str, *, until: datetime) -> engine.Write:
    """SMS Authenticator takes no codes until then. Refused as Outrun where another request has seen to it."""
    closed = AccountItem.codes_closed_until
    return engine.change(
        AccountItem(account_id),
        [closed.set(until)],
        guard=AccountItem.account_id.exists() & (closed.does_not_exist() | (closed < until)),
    )


def counting_subuser(account_id: str) -> engine.Write:
    """One sub-user more. Refused as TooManySubusers where there are as many as there may be."""
    fewer = AccountItem.subusers.does_not_exist() | (AccountItem.subusers < policy.SUBUSERS_PER_ACCOUNT)
    return engine.change(
        AccountItem(account_id),
        [AccountItem.subusers.add(1)],
        guard=AccountItem.account_id.exists() & fewer,
        refused=lambda _: SubuserQuotaReached(),
    )


def discounting_subuser(account_id: str) -> engine.Write:
    """One sub-user less. Refused as Outrun where there is no such account."""
    return engine.change(AccountItem(account_id), [AccountItem.subusers.add(-1)], guard=AccountItem.account_id.exists())


def admitting_everybody(account_id: str) -> engine.Write:
    """Insists that the panel's list is off. Refused as ListIsOn, which brings the account along."""
    panel = Path(AccountItem.panel.attr_name)
    return engine.check(
        key(account_id),
        guard=panel.does_not_exist() | panel.startswith(OFF),
        refused=lambda raw: ListIsOn(_account(AccountItem.from_raw_data(raw))),
    )


def still_admitting(before: Account) -> engine.Write:
    """Insists that the panel's list is the one that was looked at. Refused as Outrun."""
    return engine.check(key(before.account_id), guard=_is(AccountItem.panel, before.panel), refused=lambda _: Outrun())


def _is(attribute: GateAttribute, gate: Gate) -> Condition:
    """Where nothing was decided yet there may be no such attribute."""
    same = cast(Condition, attribute == gate)
    return same | attribute.does_not_exist() if gate == NO_GATE else same


def _account(item: AccountItem) -> Account:
    return cast(Account, record(Account, item))
