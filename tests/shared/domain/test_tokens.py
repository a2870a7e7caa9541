"""API tokens: what one may do, whether that is within what another may, and when its end is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import policy
from shared.domain.identifiers import RECORD_CHARACTERS
from shared.domain.rights import Rights
from shared.domain.scopes import ROLES, SCOPES
from shared.domain.tokens import AccessToken, ApiToken, next_warning, warning_due, written
from shared.domain.users import User

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SECOND, HOUR, A_DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
TOKEN = ApiToken(
    account_id="a" * 10,
    token_id="0123456789" * 2 + "A" * (RECORD_CHARACTERS - 20),
    kind="api",
    sealed_secret="canary-1",
    name="robot",
    description="",
    scopes="sms tokens",
    enabled=True,
    created_at=NOON,
    created_by="ann",
    last_four="abcd",
)
OWNER = User("a" * 10, "a" * 16, "ann", True, NOON)

SOURCES = ("192.0.2.1", "192.0.2.0/24", "192.0.0.0/16", "2001:db8::/32")
EVERY_RIGHTS = st.builds(
    Rights,
    scopes=st.frozensets(st.sampled_from(sorted(SCOPES))),
    expires_at=st.none() | st.integers(0, 3).map(lambda hours: NOON + hours * HOUR),
    sources=st.lists(st.sampled_from(SOURCES), max_size=2).map(" ".join),
    rate_limit=st.none() | st.integers(1, 3),
)


# --- Rights -----------------------------------------------------------------------------------------------

FULL = Rights(frozenset({"sms", "tokens"}), NOON + HOUR, "192.0.2.0/24", 60)
MORE = {
    "another scope": replace(FULL, scopes=FULL.scopes | {"profile"}),
    "a later end": replace(FULL, expires_at=NOON + HOUR + SECOND),
    "no end": replace(FULL, expires_at=None),
    "a wider network": replace(FULL, sources="192.0.2.0/23"),
    "another address": replace(FULL, sources="192.0.2.0/24 192.0.3.1"),
    "any address": replace(FULL, sources=""),
    "a higher rate": replace(FULL, rate_limit=61),
    "any rate": replace(FULL, rate_limit=None),
}


@pytest.mark.parametrize("more", MORE.values(), ids=MORE.keys())
def test_whoever_has_more_of_one_thing_is_not_within(more: Rights):
    assert FULL.is_within(more)
    assert not more.is_within(FULL)
    assert not replace(more, scopes=more.scopes - {"sms"}, rate_limit=more.rate_limit).is_within(FULL)


@given(EVERY_RIGHTS)
def test_everything_is_within_itself_and_nothing_is_outside_of_all(rights: Rights):
    assert rights.is_within(rights)
    assert rights.is_within(Rights(frozenset(SCOPES)))


@given(EVERY_RIGHTS, EVERY_RIGHTS, EVERY_RIGHTS)
def test_what_is_given_on_and_on_never_grows(first: Rights, second: Rights, third: Rights):
    if first.is_within(second) and second.is_within(third):
        assert first.is_within(third)


@given(EVERY_RIGHTS, st.integers(0, 3))
def test_rights_until_an_instant_are_within_what_they_were(rights: Rights, hours: int):
    until = rights.until(NOON + hours * HOUR)
    assert until.is_within(rights)
    assert until.expires_at
    assert until.expires_at <= NOON + hours * HOUR


@given(EVERY_RIGHTS, st.frozensets(st.sampled_from(sorted(SCOPES))))
def test_an_access_token_is_within_its_client(rights: Rights, scopes: frozenset[str]):
    access = AccessToken("c", "c-1", "canary-1", written(scopes), NOON, NOON + HOUR)
    narrowed = access.narrowing(rights)
    assert narrowed.is_within(rights)
    assert narrowed.scopes == scopes & rights.scopes
    assert narrowed.expires_at
    assert narrowed.expires_at <= NOON + HOUR


@pytest.mark.parametrize("owner", [True, False])
def test_a_token_may_do_what_its_users_role_allows_now(owner: bool):
    user = replace(OWNER, owner=owner)
    token = replace(TOKEN, scopes=written(frozenset(SCOPES)))
    assert token.rights_of(user).scopes == ROLES[user.role]
    assert token.rights.scopes == frozenset(SCOPES)


def test_scopes_are_written_in_one_order():
    assert written(frozenset({"tokens", "sms", "contacts"})) == "contacts sms tokens"


# --- Life -------------------------------------------------------------------------------------------------


def test_a_token_lives_until_its_end_or_its_switch():
    ending = replace(TOKEN, expires_at=NOON)
    assert TOKEN.lives(now=NOON)
    assert ending.lives(now=NOON - SECOND)
    assert not ending.lives(now=NOON)
    assert not replace(TOKEN, enabled=False).lives(now=NOON)


def test_a_token_is_shown_for_a_while_after_its_end():
    ended = replace(TOKEN, expires_at=NOON)
    assert ended.is_kept(now=NOON + policy.TOKEN_KEPT_AFTER_EXPIRY - SECOND)
    assert not ended.is_kept(now=NOON + policy.TOKEN_KEPT_AFTER_EXPIRY)
    assert TOKEN.is_kept(now=NOON + 10_000 * A_DAY)


def test_its_beginning_tells_a_token_from_the_others_of_its_user():
    assert TOKEN.prefix == "furtka_api_01234567890123456789"
    assert replace(TOKEN, kind="client").prefix.startswith("furtka_client_")


def test_no_secret_stands_in_its_repr():
    assert "canary" not in repr(TOKEN.rotated("canary-2", "efgh", overlap=HOUR, now=NOON))


def test_both_secrets_count_until_the_overlap_ends():
    rotated = TOKEN.rotated("canary-2", "efgh", overlap=HOUR, now=NOON)
    assert rotated.sealed(now=NOON + HOUR - SECOND) == ["canary-2", "canary-1"]
    assert rotated.sealed(now=NOON + HOUR) == ["canary-2"]
    assert rotated.overlap_until(now=NOON) == NOON + HOUR
    assert rotated.overlap_until(now=NOON + HOUR) is None
    used = replace(rotated, secret_used=True)
    assert used.rotated("canary-3", "ijkl", overlap=HOUR, now=NOON).sealed(now=NOON) == ["canary-3", "canary-2"]
    assert rotated.rotated("canary-3", "ijkl", overlap=HOUR, now=NOON).sealed(now=NOON) == ["canary-3", "canary-1"]


def test_without_overlap_nothing_is_left_of_the_old_secret():
    assert TOKEN.rotated("canary-2", "efgh", overlap=timedelta(0), now=NOON).sealed_before is None


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        ({}, {}, False),
        ({}, {"name": "x", "scopes": "sms", "enabled": False, "expires_at": NOON}, False),
        ({"enabled": False}, {"enabled": True}, True),
        ({"expires_at": NOON}, {"expires_at": NOON + SECOND}, True),
        ({"expires_at": NOON}, {"expires_at": None}, True),
        ({"expires_at": NOON}, {"expires_at": NOON - SECOND}, False),
    ],
)
def test_more_is_what_works_where_it_did_not_before(before: dict[str, object], after: dict[str, object], more: bool):
    old = replace(TOKEN, **before)  # type: ignore[arg-type]
    assert replace(old, **after).gives_more_than(old) == more  # type: ignore[arg-type]


# --- Warnings ---------------------------------------------------------------------------------------------


def test_a_warning_is_due_one_look_of_the_schedule_before_so_many_days_are_left():
    warnings = [NOON - (days + 1) * A_DAY for days in policy.TOKEN_EXPIRY_TOLD_DAYS]
    seen, at = [], NOON - 400 * A_DAY
    while following := next_warning(NOON, after=at):
        seen.append(at := following)
    assert seen == warnings


def test_what_has_no_end_is_told_of_nothing():
    assert next_warning(None, after=NOON) is None
    assert warning_due(None, now=NOON) is None


@pytest.mark.parametrize(
    ("left", "days"), [(31.001, None), (31, 30), (8.001, 30), (8, 7), (2.001, 7), (2, 1), (0, 1), (-20, 1)]
)
def test_only_the_last_step_that_has_come_is_told(left: float, days: int | None):
    assert warning_due(NOON, now=NOON - left * A_DAY) == days


@given(st.floats(-10, 100))
def test_whoever_is_told_now_is_told_next_of_a_later_step(left: float):
    now = NOON - left * A_DAY
    due, following = warning_due(NOON, now=now), next_warning(NOON, after=now)
    if due and following:
        assert (warning_due(NOON, now=following) or 0) < due
