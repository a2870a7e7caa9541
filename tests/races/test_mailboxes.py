"""Mailboxes, however many events of AWS come at once: all of them count, and none for an address that was left."""

from datetime import datetime, timedelta
from functools import partial

from notify.delivery_event_flow import take
from shared.delivery.carrier_events import MailEvent
from shared.domain.logins import Login
from shared.domain.mail_trouble import ARRIVED, BOUNCED, COMPLAINED, MailNews, MailTrouble
from shared.domain.users import User
from shared.errors import Outrun
from shared.storage import mailboxes, users
from shared.storage.engine import commit
from tests.races.arena import NOON, SOME_SEEDS, Arena, tally

SECOND, LATER = timedelta(seconds=1), NOON + timedelta(hours=1)
NEW = "ann@new.example.com"
FEW = 3
"""Events of one mailbox that come at the same moment: it takes a mail for each."""


def told(person: Login, what: str, at: datetime) -> None:
    take(MailEvent(person.user_id, person.email, MailNews(what, at, at)), now=LATER)


def move(person: Login, email: str) -> None:
    commit(users.changing(person.user_id, by=None, email=email, email_at=NOON + 9 * SECOND))


def user_of(person: Login) -> User:
    found = mailboxes.reader(person.user_id)
    assert found
    return found


@SOME_SEEDS
def test_whatever_is_told_at_once_the_last_of_each_kind_is_known(arena: Arena):
    ann = arena.person()
    events = [partial(told, ann, what, NOON + place * SECOND) for place, what in enumerate((BOUNCED, COMPLAINED) * 2)]
    assert set(tally(arena.race(*events))) <= {type(None), Outrun}
    for event in events:  # the queue brings again what was outrun
        event()
    assert user_of(ann).mail_trouble == MailTrouble(user_of(ann).email_at, NOON + 2 * SECOND, NOON + 3 * SECOND)


@SOME_SEEDS
def test_an_address_that_changes_meanwhile_has_no_trouble_that_the_old_one_had(arena: Arena):
    for email in (NEW, None):
        ann = arena.person()
        events = [partial(told, ann, BOUNCED, NOON + place * SECOND) for place in range(FEW)]
        answers = arena.race(partial(move, ann, email or ann.email), *events)
        assert set(tally(answers)) <= {type(None), Outrun}
        for event in events:
            event()
        assert user_of(ann).mailbox_trouble is None


@SOME_SEEDS
def test_an_e_mail_that_arrives_ends_only_what_was_before_it(arena: Arena):
    ann = arena.person()
    told(ann, BOUNCED, NOON)
    after, between = partial(told, ann, BOUNCED, NOON + 2 * SECOND), partial(told, ann, ARRIVED, NOON + SECOND)
    assert set(tally(arena.race(after, between, between))) <= {type(None), Outrun}
    after()
    trouble = user_of(ann).mailbox_trouble
    assert trouble
    assert trouble.bounced_at == NOON + 2 * SECOND
