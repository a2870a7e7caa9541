"""The accounts table: what an owner decided for everybody in his account."""

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from shared import settings
from shared.domain.accounts import Account
from shared.storage import engine
from shared.storage.mapping import DurationAttribute, facts_set, record, row


class AccountItem(Model):
    class Meta:
        table_name = settings.ACCOUNTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    company = UnicodeAttribute()
    profile = UnicodeAttribute()
    change = UnicodeAttribute()
    change_every = DurationAttribute()
    longest_idle = DurationAttribute()


def key(account_id: str) -> engine.Key:
    return engine.Key(AccountItem, account_id)


def read(item: Model | None) -> Account | None:
    """What lies in a row that was fetched together with others."""
    return record(Account, item)


def adding(account: Account) -> engine.Write:
    return engine.add(row(AccountItem, account))


def deciding(after: Account) -> engine.Write:
    """Refused as Outrun where there is no such account."""
    facts = {name: value for name, value in vars(after).items() if name not in ("account_id", "company")}
    return engine.change(
        AccountItem(after.account_id), facts_set(AccountItem, facts), guard=AccountItem.account_id.exists()
    )
