"""The passwords table: hashes of a user's earlier passwords."""

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
    """Return the hashes in *item*, the row under `key`, newest first."""
    return list(item.before) if isinstance(item, PasswordsItem) else []


def remembering(user_id: str, known: Sequence[str], *, replaced: str | None) -> engine.Write:
    """Add *replaced* to *known*, the history as it was read, and drop the oldest beyond `policy.PASSWORDS_REMEMBERED`.

    None adds nothing, but checks as well: refused as Outrun if the history is not *known* any more, because the new
    password was checked against *known* only.
    """
    longer = [replaced, *known] if replaced else list(known)
    return engine.change(
        PasswordsItem(user_id),
        [PasswordsItem.before.set(longer[: policy.PASSWORDS_REMEMBERED])],
        guard=_is_unchanged(known),
    )


def removing(user_id: str) -> engine.Write:
    return engine.remove(PasswordsItem(user_id))


def _is_unchanged(known: Sequence[str]) -> Condition:
    """Return the condition that the history is *known*. An empty one may have a row or none."""
    unchanged: Condition = PasswordsItem.before == list(known)
    return unchanged if known else unchanged | PasswordsItem.user_id.does_not_exist()
