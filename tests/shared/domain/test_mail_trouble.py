"""Trouble with a mailbox: in whatever order news of e-mails come, the same is known in the end."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from shared.domain.mail_trouble import ARRIVED, BOUNCED, COMPLAINED, MailNews, MailTrouble, after

NOON, HOUR = datetime(2026, 12, 1, 12, tzinfo=UTC), timedelta(hours=1)
BOUNCE = MailNews(BOUNCED, NOON, NOON)
SPAM = MailNews(COMPLAINED, NOON, NOON)


def _told(*news: MailNews, email_at: datetime = NOON - HOUR) -> MailTrouble | None:
    trouble = None
    for one in news:
        trouble = after(trouble, one, email_at=email_at)
    return trouble


def _worst(*news: MailNews, **more: datetime) -> str | None:
    trouble = _told(*news, **more)
    return trouble.worst[0] if trouble and trouble.worst else None


@pytest.mark.parametrize("again", [1, 2, 3])
def test_a_bounce_and_a_complaint_are_both_known_however_often_and_in_whatever_order_they_are_told(again: int):
    told = {_told(*order) for order in permutations([BOUNCE, SPAM] * again)}
    assert told == {MailTrouble(NOON - HOUR, NOON, NOON)}


def test_a_mailbox_that_gets_nothing_is_worse_than_one_that_complains():
    assert _worst(SPAM, BOUNCE) == BOUNCED


def test_the_last_time_counts_whatever_came_first():
    later = MailNews(BOUNCED, NOON + HOUR, NOON + HOUR)
    assert _told(later, BOUNCE) == _told(BOUNCE, later) == MailTrouble(NOON - HOUR, NOON + HOUR)


def test_only_an_e_mail_that_was_sent_after_a_bounce_ends_it_and_nothing_that_arrives_ends_a_complaint():
    late = MailNews(ARRIVED, NOON + 2 * HOUR, NOON)
    after_it = MailNews(ARRIVED, NOON + 2 * HOUR, NOON + HOUR)
    assert _worst(BOUNCE, late) == BOUNCED
    assert _worst(BOUNCE, after_it) is None
    assert _worst(BOUNCE, SPAM, after_it) == COMPLAINED


def test_what_was_sent_before_the_address_was_set_says_nothing_of_it():
    assert _worst(BOUNCE, email_at=NOON + HOUR) is None
    assert _worst(BOUNCE, email_at=NOON) == BOUNCED


def test_trouble_with_an_earlier_version_of_the_address_is_forgotten():
    assert after(MailTrouble(NOON - 2 * HOUR, NOON), SPAM, email_at=NOON - HOUR) == MailTrouble(NOON - HOUR, None, NOON)
