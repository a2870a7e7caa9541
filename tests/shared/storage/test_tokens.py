"""The tokens table: whose a token is stands in its id, a change says what it rests on, and few are looked at daily."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared import policy
from shared.crypto import randomness
from shared.domain.identifiers import account_of
from shared.domain.tokens import ApiToken
from shared.errors import NotFound, Outrun, TokenRefused, TooManyRequests
from shared.storage import counters, tokens, users
from shared.storage.engine import commit
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support.calls import overheard
from tests.support.template import create_tables

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND, A_DAY = timedelta(seconds=1), timedelta(days=1)
ANN = randomness.user_id(randomness.account_id())
BOB = randomness.user_id(account_of(ANN))
EVE = randomness.user_id(randomness.account_id())


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        yield


@pytest.fixture(autouse=True)
def _empty(aws: None) -> None:
    tables.empty()


def add(user_id: str = ANN, **facts: Any) -> ApiToken:
    secret = randomness.token("api", user_id)
    token = ApiToken(
        account_id=secret.account_id,
        token_id=secret.id,
        kind="api",
        sealed_secret="sealed-1",
        name="robot",
        description="",
        scopes="sms",
        enabled=True,
        created_at=NOON,
        created_by="ann",
        last_four="abcd",
    )
    token = replace(token, **facts)
    commit(tokens.adding(token))
    return token


def found(token: ApiToken) -> ApiToken | None:
    return tokens.find(token.account_id, token.token_id)


def row(token: ApiToken) -> dict[str, Any]:
    return tables.row("tokens", {"token_id": {"S": token.token_id}})


def expiring(**later: float) -> list[str]:
    return [token_id for page in tokens.expiring(now=NOON + timedelta(**later)) for token_id in page]


def test_a_token_comes_back_as_it_went_in():
    for facts in (
        {},
        {"expires_at": NOON + A_DAY, "sources": "192.0.2.1 ::1", "rate_limit": 5, "kind": "client", "description": "x"},
        {"sealed_before": "sealed-0", "before_until": NOON, "used_at": NOON, "used_from": "::1", "revision": 7},
    ):
        token = add(**facts)
        assert found(token) == token


def test_a_token_is_found_in_its_own_account_alone():
    token = add()
    assert tokens.find(account_of(EVE), token.token_id) is None


def test_a_user_has_their_own_and_an_account_everybodys():
    anns, bobs, eves = [add(ANN), add(ANN)], [add(BOB)], [add(EVE)]
    commit(tokens.numbering(ANN, 0), tokens.numbering(BOB, 0))
    assert sorted(tokens.of_user(ANN)[0], key=str) == sorted(anns, key=str)
    assert tokens.of_user(BOB)[0] == bobs
    assert sorted(tokens.of_account(account_of(ANN)), key=str) == sorted(anns + bobs, key=str)
    assert tokens.of_account(account_of(EVE)) == eves


def test_of_two_that_number_the_same_token_one_is_refused():
    assert tokens.of_user(ANN) == ([], 0)
    for made in range(3):
        commit(tokens.numbering(ANN, made))
        with pytest.raises(Outrun):
            commit(tokens.numbering(ANN, made))
        assert tokens.of_user(ANN) == ([], made + 1)


def test_the_number_of_a_users_tokens_is_no_token():
    commit(tokens.numbering(ANN, 0))
    assert tokens.of_account(account_of(ANN)) == []


def test_only_what_changed_is_written():
    token = add(expires_at=NOON + 90 * A_DAY)
    write = tokens.changing(token, replace(token, name="other"), now=NOON)
    assert sorted(write.arguments["ExpressionAttributeNames"].values()) == ["name", "revision"]
    commit(write)
    assert found(token) == replace(token, name="other", revision=1)


def test_a_change_takes_away_what_is_none_any_more():
    token = add(expires_at=NOON + 90 * A_DAY, sealed_before="sealed-0")
    after = replace(token, expires_at=None, sealed_before=None)
    commit(tokens.changing(token, after, now=NOON))
    assert found(token) == replace(after, revision=1)
    assert row(token).keys().isdisjoint({"expires_at", "sealed_before", "shard", "warn_at", "forget_at"})


def test_what_was_changed_meanwhile_is_not_changed_again_and_what_is_gone_is_not_there():
    token = add()
    commit(tokens.changing(token, replace(token, enabled=False), now=NOON))
    for write in (
        tokens.changing(token, replace(token, name="late"), now=NOON),
        tokens.insisting(token),
        tokens.removing_as_seen(token),
    ):
        with pytest.raises(Outrun):
            commit(write)
    commit(tokens.removing(token))
    for write in (tokens.changing(token, replace(token, name="late"), now=NOON), tokens.removing(token)):
        with pytest.raises(NotFound):
            commit(write)
    assert found(token) is None


def test_the_secret_that_was_seen_is_removed_and_no_newer_one():
    token = add()
    commit(tokens.changing(token, replace(token, sealed_secret="sealed-2", sealed_before="sealed-1"), now=NOON))
    assert refusal(tokens.removing_secret(token)) is Outrun
    commit(tokens.removing_secret(replace(token, sealed_secret="sealed-2")))
    assert refusal(tokens.removing_secret(token)) is Outrun


def test_the_old_secret_that_was_seen_is_forgotten_and_no_newer_one():
    token = add(sealed_before="sealed-0")
    again = replace(token, sealed_secret="sealed-2", sealed_before="sealed-1")
    commit(tokens.changing(token, again, now=NOON))
    assert refusal(tokens.forgetting_old(token, now=NOON)) is Outrun
    commit(tokens.forgetting_old(again, now=NOON))
    assert found(token) == replace(again, sealed_before=None, leaked_at=NOON, revision=2)


def test_of_a_token_that_is_gone_no_old_secret_is_forgotten():
    token = add(sealed_before="sealed-0")
    commit(tokens.removing(token))
    assert refusal(tokens.forgetting_old(token, now=NOON)) is Outrun
    assert refusal(tokens.removing_as_seen(token)) is Outrun


def test_a_token_is_added_once():
    assert refusal(tokens.adding(replace(add(), name="other"))) is Outrun


def test_a_use_is_no_change_and_of_two_that_write_it_down_one_is_refused():
    token = add()
    commit(tokens.touching(token, address="192.0.2.1", now=NOON))
    commit(tokens.insisting(token))
    with pytest.raises(Outrun):
        commit(tokens.touching(token, address="192.0.2.2", now=NOON))
    assert found(token) == replace(token, used_at=NOON, used_from="192.0.2.1")


def test_a_use_of_what_was_deleted_brings_nothing_back():
    token = add()
    commit(tokens.removing(token))
    with pytest.raises(Outrun):
        commit(tokens.touching(token, address="192.0.2.1", now=NOON))
    with pytest.raises(Outrun):
        commit(tokens.warned(token, now=NOON))
    assert tables.rows("tokens") == []


def test_a_limit_is_for_each_minute():
    token = add()
    for second in (0, 59):
        commit(*counters.counting_requests([(token.token_id, 2)], now=NOON + second * SECOND))
    with pytest.raises(TooManyRequests) as refused:
        commit(*counters.counting_requests([(token.token_id, 2)], now=NOON + 59 * SECOND))
    assert refused.value.retry_after == SECOND
    commit(*counters.counting_requests([(token.token_id, 2)], now=NOON + 60 * SECOND))


def test_a_user_who_is_switched_off_warrants_nothing_more():
    with pytest.raises(TokenRefused):
        commit(users.welcoming(ANN))


# --- Those that end soon ----------------------------------------------------------------------------------


def test_a_token_is_looked_at_from_one_day_before_its_step_and_no_sooner():
    token = add(expires_at=NOON + 40 * A_DAY)
    assert expiring(days=9, microseconds=-1) == []
    assert expiring(days=9) == [token.token_id]


def test_who_was_told_is_looked_at_again_at_the_next_step_and_in_the_end_no_more():
    token = add(expires_at=NOON + 40 * A_DAY)
    for days, following in ((9, 32), (32, 38)):
        commit(tokens.warned(token, now=NOON + days * A_DAY))
        assert expiring(days=following, microseconds=-1) == []
        assert expiring(days=following) == [token.token_id]
    commit(tokens.warned(token, now=NOON + 38 * A_DAY))
    assert expiring(days=1000) == []
    assert row(token).keys().isdisjoint({"shard", "warn_at"})


def test_of_two_that_told_the_same_one_is_refused():
    token = add(expires_at=NOON + 40 * A_DAY)
    commit(tokens.warned(token, now=NOON + 9 * A_DAY))
    with pytest.raises(Outrun):
        commit(tokens.warned(token, now=NOON + 9 * A_DAY))


def test_what_ends_at_another_time_by_now_is_not_moved_on():
    token = add(expires_at=NOON + 40 * A_DAY)
    commit(tokens.changing(token, replace(token, expires_at=NOON + 39 * A_DAY), now=NOON))
    with pytest.raises(Outrun):
        commit(tokens.warned(token, now=NOON + 9 * A_DAY))
    assert expiring(days=8) == [token.token_id]


def test_the_index_holds_no_secret_no_name_and_no_scope():
    add(expires_at=NOON + 40 * A_DAY)
    (index,) = boto3.client("dynamodb").describe_table(TableName="test-tokens")["Table"]["GlobalSecondaryIndexes"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_everything_is_found_once_page_by_page(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "REMINDERS_PAGE", 3)
    due = {add(expires_at=NOON + timedelta(days=41, seconds=-place)).token_id for place in range(20)}
    for place in range(20):
        add(expires_at=NOON + timedelta(days=41, seconds=1 + place))
    with overheard() as calls:
        assert sorted(expiring(days=10)) == sorted(due)
    assert {call.operation for call in calls} == {"Query"}


def test_a_row_is_removed_when_nothing_that_it_ordered_can_wait_any_more():
    forget_at = NOON + A_DAY + policy.TOKEN_KEPT_AFTER_EXPIRY + policy.SCHEDULED_AHEAD
    assert row(add(expires_at=NOON + A_DAY))["forget_at"] == {"N": str(int(forget_at.timestamp()))}
    assert "forget_at" not in row(add())


def test_the_rows_of_a_user_are_read_in_one_go_those_that_are_over_too():
    with overheard() as made:
        tokens.of_user(ANN)
    assert [call.arguments["Limit"] for call in made] == [tokens.MOST_ROWS_OF_USER]


def test_a_row_from_before_codes_could_be_hidden_hides_none():
    token = add(hides_codes=True)
    key = {"account_id": {"S": token.account_id}, "token_id": {"S": token.token_id}}
    boto3.client("dynamodb").update_item(TableName="test-tokens", Key=key, UpdateExpression="REMOVE hides_codes")
    found = tokens.find(token.account_id, token.token_id)
    assert found
    assert found.hides_codes is False
