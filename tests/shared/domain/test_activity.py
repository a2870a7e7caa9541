"""The order of the activity log, what is still shown of it, and its vocabulary."""

import re
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest

from shared import policy
from shared.domain.activity import ENTRY_CHARACTERS, WORDS, ActivityEntry, Event, entry_id, hour_start, is_entry_id
from shared.domain.activity_search import BEHIND_ALL, Search
from shared.domain.identifiers import BASE62, RECORD_CHARACTERS

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)
FIRST, LAST = "0" * RECORD_CHARACTERS, "z" * RECORD_CHARACTERS
OWASPS = {
    "authn_login_success",
    "authn_login_lock",
    "authn_password_change",
    "authn_token_created",
    "authn_token_delete",
    "session_expired",
    "user_created",
}


def _entry(at: datetime, *, record_id: str = FIRST, last_at: datetime | None = None) -> ActivityEntry:
    """An entry of one event, or of several that are filed under the start of their hour."""
    found = entry_id(record_id, at=hour_start(at) if last_at else at)
    return ActivityEntry(found, "", "", at, Event.LOGIN, "", "", "", "", "", "", last_at=last_at)


def _shows(search: Search, at: datetime, **facts: Any) -> bool:
    """Whether the entry is found: it matches, and is at a place that is looked at."""
    entry = _entry(at, **facts)
    is_looked_at = any(lowest <= entry.entry_id <= highest for lowest, highest in search.bounds(now=NOON))
    assert search.finds(entry, now=NOON) <= is_looked_at
    return search.finds(entry, now=NOON)


def test_an_id_tells_its_time_to_the_millisecond_and_then_its_record():
    assert entry_id(FIRST, at=NOON + timedelta(microseconds=7999)) == f"20260102T120000007-{FIRST}"


def test_ids_sort_as_their_times_do():
    random = Random(1)  # noqa: S311 - chance that can be repeated is the point
    times = sorted({NOON + MOMENT * random.randrange(10 ** random.randrange(12)) for _ in range(500)})
    ids = [entry_id("".join(random.choices(BASE62, k=RECORD_CHARACTERS)), at=at) for at in times]
    assert ids == sorted(ids)


def test_an_id_is_the_same_whatever_the_zone_of_its_time():
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert entry_id(FIRST, at=elsewhere) == entry_id(FIRST, at=NOON)


def test_every_id_is_known_as_one_and_is_of_one_length():
    for record_id in (FIRST, LAST):
        assert is_entry_id(entry_id(record_id, at=NOON))
        assert len(entry_id(record_id, at=NOON)) == ENTRY_CHARACTERS


@pytest.mark.parametrize(
    "text",
    [
        "",
        FIRST,
        f"20260102T120000007-{FIRST}\n",
        f"20260102T120000007-{FIRST}0",
        f"20260102T120000007-{FIRST[1:]}",
        f"20260102T120000007-{FIRST[1:]}ż",
        f"2026010２T120000007-{FIRST}",
        f"20260102 120000007-{FIRST}",
    ],
)
def test_what_is_no_id_is_not_known_as_one(text: str):
    assert not is_entry_id(text)


def test_an_entry_is_shown_until_it_was_kept_for_long_enough():
    oldest = NOON - policy.ACTIVITY_KEPT_FOR
    assert _shows(Search(), oldest + MOMENT)
    for record_id in (FIRST, LAST):
        assert not _shows(Search(), oldest, record_id=record_id)
        assert not _shows(Search(since=oldest - policy.ACTIVITY_KEPT_FOR), oldest, record_id=record_id)


def test_without_a_bound_even_what_was_written_a_moment_later_is_shown():
    assert _shows(Search(), NOON + timedelta(seconds=5), record_id=LAST)


@pytest.mark.parametrize("record_id", [FIRST, LAST])
def test_since_is_included_and_until_is_not(record_id: str):
    at = NOON - timedelta(hours=1)
    assert _shows(Search(since=at), at, record_id=record_id)
    assert not _shows(Search(since=at + MOMENT), at, record_id=record_id)
    assert not _shows(Search(until=at), at, record_id=record_id)
    assert _shows(Search(until=at + MOMENT), at, record_id=record_id)


def test_what_is_before_an_entry_is_all_that_sorts_below_it():
    random = Random(2)  # noqa: S311 - chance that can be repeated is the point
    ids = sorted({"".join(random.choices("01yz", k=3)).rjust(RECORD_CHARACTERS, "0") for _ in range(60)})
    for place, record_id in enumerate(ids):
        search = Search(before=entry_id(record_id, at=NOON - MOMENT))
        shown = [one for one in ids if _shows(search, NOON - MOMENT, record_id=one)]
        assert shown == ids[:place]


def test_all_bounds_hold_together():
    search = Search(since=NOON - MOMENT * 5, until=NOON - MOMENT * 2, before=entry_id(FIRST, at=NOON - MOMENT * 3))
    shown = [moments for moments in range(10) if _shows(search, NOON - MOMENT * moments)]
    assert shown == [4, 5]


def test_times_that_leave_nothing_leave_no_place_to_look_at():
    for since in (NOON, NOON + MOMENT):
        assert Search(since=since, until=NOON).bounds(now=NOON) == []
    assert max(BASE62) < BEHIND_ALL


def test_of_what_stands_for_an_hour_the_last_counts_for_since_and_the_first_for_until():
    first, last = NOON - timedelta(minutes=50), NOON - timedelta(minutes=10)
    for since, until, shown in (
        (last, None, True),
        (last + MOMENT, None, False),
        (first - timedelta(hours=9), None, True),
        (None, first, False),
        (None, first + MOMENT, True),
        (first + MOMENT, last, True),
        (first + MOMENT, first + MOMENT, False),
    ):
        assert _shows(Search(since=since, until=until), first, last_at=last) == shown


@pytest.mark.parametrize("minutes", [0, 1, 59])
def test_of_the_hour_of_since_no_more_is_looked_at_than_what_is_filed_under_its_start(minutes: int):
    since = NOON - timedelta(minutes=minutes)
    shown = [ago for ago in range(120) if _shows(Search(since=since), NOON - timedelta(minutes=ago))]
    looked_at = [
        ago
        for ago in range(120)
        if any(
            low <= _entry(NOON - timedelta(minutes=ago)).entry_id <= high
            for low, high in Search(since=since).bounds(now=NOON)
        )
    ]
    assert shown == list(range(minutes + 1))
    assert looked_at == sorted({*shown, *([60] if minutes else [])})


def test_every_event_has_a_name_of_its_own_in_one_manner():
    names = [event.value for event in Event]
    assert len(set(names)) == len(Event.__members__) == len(names)
    assert all(re.fullmatch("(authn|session|device|user|account)(_[a-z]+)+", name) for name in names)


def test_where_owasp_has_a_name_it_is_used():
    assert {event.value for event in Event} >= OWASPS


def test_no_word_of_a_detail_could_be_a_code_or_a_password():
    assert all(re.fullmatch("[a-z_]+", word) for word in WORDS)


@pytest.mark.parametrize(
    "words",
    [
        "password sms totp recovery_code",
        "logout revoked replaced",
        "smsapi nist",
        "off remind force",
        "panel api trial on off",
        "name description scopes expiration_date hide_codes may_create_people",
        "description permissions hours points senders phonebook",
        "read write send",
        "email phone factors",
        "address_not_allowed break_glass codes_locked password_held sms_limit_reached",
        "too_many_challenges too_many_codes too_many_new_devices",
    ],
)
def test_proofs_ways_to_end_a_session_decisions_lists_and_what_was_changed_have_their_words(words: str):
    assert WORDS.issuperset(words.split())


def test_there_are_no_other_words():
    assert len(WORDS) == 53
