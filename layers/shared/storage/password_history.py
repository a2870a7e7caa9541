"""The passwords table: hashes of the passwords that a user had before his present one."""

from collections.abc import Sequence

from pynamodb.attributes import ListAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.storage import engine


class PasswordsItem(Model):
    class Meta:
        table_name = settings.PASSWORDS_TABLE

    user_id = UnicodeAttribute(hash_key=True)
    before: ListAttribute[str] = ListAttribute(of=UnicodeAttribute)  # type: ignore[arg-type] # of text, not attributes


def key(user_id: str) -> engine.Key:
    return engine.Key(PasswordsItem, user_id)


def before(item: Model | None) -> list[str]:
    """The hashes in the row that lies under `key`, newest first."""
    return list(item.before) if isinstance(item, PasswordsItem) else []


def remembering(user_id: str, known: Sequence[str], *, replaced: str | None) -> engine.Write:
    """Puts *replaced* in front of *known*, what was read before; the oldest go where there are too many.

    None stands for no password to remember. Refused as Outrun where the row does not hold *known* any more: of two
    changes at once only one may rest on it.
    """
    longer = [replaced, *known] if replaced else list(known)
    return engine.change(
        PasswordsItem(user_id),
        [PasswordsItem.before.set(longer[: policy.PASSWORDS_REMEMBERED])],
        guard=_still(known),
    )


def removing(user_id: str) -> engine.Write:
    return engine.remove(PasswordsItem(user_id))


def _still(known: Sequence[str]) -> Condition:
    """Where nothing was known there may be a row with nothing in it."""
    unchanged: Condition = PasswordsItem.before == list(known)
    return unchanged if known else unchanged | PasswordsItem.user_id.does_not_exist()
