"""Flows of work that a request leaves behind: contacts that are deleted with their group or moved, rows that are swept.

Each step is a transaction of its own and leaves less to do. So a task that ended too early goes on where it ended.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from contacts.reach import in_transactions, made_less
from shared import policy
from shared.domain.contact_access import Reach, Shares
from shared.domain.contacts import Contact, after_move
from shared.domain.users import User
from shared.errors import Outrun, Refusal, Unavailable
from shared.observability import logger, reason_of
from shared.storage import contact_tasks, contacts, groups, memberships, users
from shared.storage.contact_tasks import ContactTask
from shared.storage.contacts import ContactState
from shared.storage.engine import Write, again, commit

type HasTime = Callable[[], bool]


def run_all(*, now: datetime, has_time: HasTime) -> None:
    """Do all tasks. What is left for lack of time or by a failure is done by the next run.

    Raises Unavailable at the end if one failed, so that the alarm rings.
    """
    failed = 0
    for task in contact_tasks.waiting():
        if not has_time():
            logger.warning("contact_tasks_out_of_time")
            break
        try:
            run(task, now=now, has_time=has_time)
        except Exception as failure:  # noqa: BLE001 - one task must not stop those of other accounts
            failed += 1
            logger.warning("contact_task_left", account_id=task.about, reason=reason_of(failure))
    if failed:
        raise Unavailable


def run(task: ContactTask, *, now: datetime, has_time: HasTime = lambda: True) -> bool:
    """Do the task, and return whether nothing of it is left. Raises Outrun or Unavailable."""
    state = contacts.state_of(task.about)
    match task.kind:
        case "sweep":
            is_done = _until_done(lambda: contact_tasks.sweep_generation(task.about, state.generation), has_time)
        case "ungroup":
            is_done = _until_done(lambda: _ungroup(task, state), has_time)
        case "delete":
            is_done = _until_done(lambda: again(lambda: _delete_some(task, state)), has_time)
        case _:
            is_done = _move(task, now=now, has_time=has_time)
    if is_done:
        commit(
            *([contacts.undooming(task.about, task.group_id)] if task.kind == "delete" else []),
            contact_tasks.ending(task),
        )
    return is_done


def _until_done(step: Callable[[], bool], has_time: HasTime) -> bool:
    """Repeat *step* while it returns that something is left. Return whether nothing is."""
    while has_time():
        if not step():
            return True
    return False


def _ungroup(task: ContactTask, state: ContactState) -> bool:
    return contact_tasks.sweep_group(task.about, state.generation, task.group_id)


def _delete_some(task: ContactTask, state: ContactState) -> bool:
    """Delete some contacts of a deleted group. Return whether there were any."""
    members = memberships.members(task.about, state.generation, task.group_id, most=policy.CONTACTS_LONGEST_PAGE)
    ids = [member.contact_id for member in islice(members, policy.CONTACTS_LONGEST_PAGE)]
    found = contacts.with_ids(task.about, ids)
    living = groups.known(task.about, {one for contact in found for one in contact.groups})
    for some in in_transactions((contact, contact) for contact in found):
        gone = [contact for contact, _ in some]
        made = made_less(gone).items()
        counted = [groups.counting_made(one, more, generation=state.generation) for one, more in made]
        commit(*contacts.removing(gone, frozenset(living)), *counted)
    there = {contact.contact_id for contact in found}
    begin = memberships.of_group(state.generation, task.group_id)
    stray = [memberships.removing(task.about, f"{begin}{one}") for one in ids if one not in there]
    if stray:
        commit(*stray)
    return bool(ids)


def _move(task: ContactTask, *, now: datetime, has_time: HasTime) -> bool:
    """Move the contacts of a task by the rights that its user has now. Without them nothing is left to do."""
    left = list(task.ids)
    while left and has_time():
        user, account = users.find(task.user_id)
        if user is None or not user.enabled or account is None or account.suspended:
            return True
        some = tuple(left[: policy.CONTACTS_LONGEST_PAGE])
        try:
            again(lambda: _move_some(user, task, some, now=now))  # noqa: B023 - run at once
        except Outrun:
            raise
        except Refusal:
            return True
        left = left[len(some) :]
        commit(contact_tasks.shortening(task, left))
    return not left


def _move_some(user: User, task: ContactTask, ids: Sequence[str], *, now: datetime) -> None:
    """Move contacts, as far as the user may. Raises NoSuchGroup or GroupNotYours."""
    reach, _ = contacts.reach_of(user, [task.group_id])
    reach.writable(task.group_id)
    found = contacts.with_ids(user.account_id, ids)
    reach = contacts.with_groups_of(reach, found)
    for some in in_transactions(moves(reach, task.kind, task.group_id, found, now=now)):
        commit(*contacts.changing_all(some, frozenset(reach.groups)), *_insisting(user, reach.shares))


def moves(
    reach: Reach, move: str, group_id: str, found: Sequence[Contact], *, now: datetime
) -> Iterator[tuple[Contact, Contact]]:
    """Yield each contact that a move changes and that the user may move, before and after. *move* is a ContactMove."""
    for before in found:
        may_move = reach.sees(before) if move == "leave" else reach.may_change(before)
        moved = after_move(move, reach.living(before), group_id)
        if may_move and len(moved) <= policy.GROUPS_PER_CONTACT and moved != before.groups:
            yield before, before.moved(moved, now=now)


def _insisting(user: User, shares: Shares) -> list[Write]:
    standing = [users.welcoming(user.user_id)]
    return standing if user.owner else [*standing, groups.insisting(shares)]
