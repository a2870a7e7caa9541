"""Work about contacts that a request leaves behind: a few rows under one key, which a schedule goes through.

A task is written in the transaction that it follows from, and removed when nothing of it is left. Whoever dies in
between leaves it, and the next run goes on where the rows say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, islice
from typing import Literal

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.crypto import randomness
from shared.domain.contacts import ContactMove
from shared.domain.users import User
from shared.storage import bulk, engine, memberships
from shared.storage.contacts import ContactItem

TASKS = "tasks"
"""The partition key of all tasks. No account has it as its id."""

type Kind = Literal["sweep", "ungroup", "delete", "add", "leave", "be_only_in"]


class ContactTaskItem(Model):
    class Meta:
        table_name = settings.CONTACTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    contact_id = UnicodeAttribute(range_key=True)
    about = UnicodeAttribute()
    kind = UnicodeAttribute()
    user_id = UnicodeAttribute(default="")
    group_id = UnicodeAttribute(default="")
    ids = UnicodeAttribute(default="")


@dataclass(frozen=True)
class ContactTask:
    """What is left to do for the account `about`.

    `sweep` removes rows of contacts that were all deleted, `ungroup` rows of a deleted group's members, and `delete`
    its contacts too. The other kinds move the contacts `ids`, as far as the user may.
    """

    task_id: str
    about: str
    kind: str
    user_id: str = ""
    group_id: str = ""
    ids: tuple[str, ...] = ()


def new(about: str, kind: Kind, *, user_id: str = "", group_id: str = "", ids: Sequence[str] = ()) -> ContactTask:
    return ContactTask(f"{about}{randomness.shipment_id()}", about, kind, user_id, group_id, tuple(ids))


def moves(move: ContactMove, user: User, group_id: str, ids: Sequence[str]) -> list[ContactTask]:
    """Return the tasks that move the contacts, each with as many ids as a row holds."""
    some = batched(ids, policy.CONTACT_TASK_IDS, strict=False)
    return [new(user.account_id, move, user_id=user.user_id, group_id=group_id, ids=few) for few in some]


def leaving(task: ContactTask) -> engine.Write:
    """Leave the task behind."""
    return engine.add(_item(task))


def shortening(task: ContactTask, ids: Sequence[str]) -> engine.Write:
    """Leave only *ids* to be done. Refused as Outrun if the task is done."""
    there = ContactTaskItem.kind.exists()
    return engine.change(_item(task), [ContactTaskItem.ids.set(" ".join(ids))], guard=there)


def ending(task: ContactTask) -> engine.Write:
    """Remove the task. Never refused."""
    return engine.remove(_item(task))


def waiting() -> Iterator[ContactTask]:
    """Yield all tasks, a round trip for each megabyte of them."""
    for rows in engine.pages(ContactTaskItem, ContactTaskItem.account_id == TASKS):
        for item in map(ContactTaskItem.from_raw_data, rows):
            ids = tuple(item.ids.split())
            yield ContactTask(item.contact_id, item.about, item.kind, item.user_id, item.group_id, ids)


def sweep_generation(account_id: str, generation: int) -> bool:
    """Remove some of the rows about contacts older than *generation*. Return whether any are left."""
    ranges = [(account_id, memberships.first_id(account_id, generation))]
    ranges += [(f"{kind}:", memberships.of_generation(kind, generation)) for kind in ("in", "number")]
    return any(_sweep(account_id, begin, end) for begin, end in ranges)


def sweep_group(account_id: str, generation: int, group_id: str) -> bool:
    """Remove some of the rows that say who was in a deleted group. Return whether any are left."""
    begin = memberships.of_group(generation, group_id)
    return _sweep(account_id, begin, f"{begin}~")


def _sweep(account_id: str, begin: str, end: str) -> bool:
    """Remove some rows whose sort keys are from *begin* to before *end*. Return whether there were any."""
    place = (ContactItem.account_id == account_id) & ContactItem.contact_id.between(begin, end)
    pages = engine.pages(ContactItem, place, limit=policy.CONTACT_ROWS_SWEPT_AT_ONCE)
    places = [str(raw["contact_id"]["S"]) for rows in islice(pages, 1) for raw in rows]
    bulk.remove(memberships.MembershipItem(account_id, one) for one in places if one < end)
    return bool(places)


def _item(task: ContactTask) -> ContactTaskItem:
    return ContactTaskItem(
        TASKS,
        task.task_id,
        about=task.about,
        kind=task.kind,
        user_id=task.user_id,
        group_id=task.group_id,
        ids=" ".join(task.ids),
    )
