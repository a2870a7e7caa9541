"""The budgets table: how many codes of an account's own users were wrong, whatever their numbers."""

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.errors import TooManyCodes
from shared.storage import engine

HOUR = timedelta(hours=1)


class WrongCodesItem(Model):
    """Those of one hour."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    wrong = NumberAttribute()
    forget_at = TTLAttribute()


def counting(account_id: str, *, now: datetime) -> engine.Write:
    """One more in this hour. Refused as TooManyCodes, which tells when the hour is over, where there were too many."""
    begun = now.replace(minute=0, second=0, microsecond=0)
    return engine.change(
        WrongCodesItem(f"wrong-codes:{account_id}:{begun:%Y-%m-%dT%H}"),
        [WrongCodesItem.wrong.add(1), WrongCodesItem.forget_at.set(begun + 2 * HOUR)],
        guard=WrongCodesItem.about.does_not_exist() | (WrongCodesItem.wrong < policy.MFA_WRONG_PER_ACCOUNT_AND_HOUR),
        refused=lambda _: TooManyCodes(retry_after=begun + HOUR - now),
    )
