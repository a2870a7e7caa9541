"""The drill of docs/recovery.md on AWS's own engine: a table is lost, restored under another name, and brought back.

DynamoDB Local has no restore: here the restored table is a copy, with the keys alone, as its indexes, TTL, protection
and point-in-time recovery are what a restore may leave out.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from furtka import restoring
from shared import audit, settings
from shared.auth import email_links
from shared.auth.session_opening import NewSession
from shared.domain.activity import OPERATOR, Event
from shared.domain.audit_events import AWS
from shared.domain.challenges import Challenge
from shared.domain.links import UNDO
from shared.domain.origins import Origin
from shared.storage import links, users
from shared.storage import tokens as stored
from shared.storage.engine import commit
from tests.races.arena import LATER, NOON, ONE_SEED, Arena, answer, code_for, let_in, log_in
from tests.support import tokens

TABLES = restoring.tables()
MINUTE = timedelta(minutes=1)


class Account:
    """A client of the engine that also takes what only AWS knows, and remembers for which table."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.recoverable: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_continuous_backups(self, **wanted: Any) -> None:
        assert wanted["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        self.recoverable.add(wanted["TableName"])


@pytest.fixture
def account(arena: Arena) -> Iterator[Account]:
    made = Account(arena.dynamodb)
    yield made
    for table in TABLES:  # the engine outlives this test
        made.update_table(TableName=_name(table), DeletionProtectionEnabled=False)


def _name(table: str) -> str:
    return str(getattr(settings, restoring.setting_of(table)))


def _restored(account: Account, table: str) -> str:
    """Copy the table under another name, as a restore makes it, and lose the table."""
    name, copy = _name(table), f"restored-{table}"
    keys = [part["AttributeName"] for part in TABLES[table]["KeySchema"]]
    account.create_table(
        TableName=copy,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=TABLES[table]["KeySchema"],
        AttributeDefinitions=[one for one in TABLES[table]["AttributeDefinitions"] if one["AttributeName"] in keys],
    )
    for page in account.get_paginator("scan").paginate(TableName=name):
        for row in page["Items"]:
            account.put_item(TableName=copy, Item=row)
    account.delete_table(TableName=name)
    return copy


def _bring_back(account: Account, table: str) -> None:
    copy = _restored(account, table)
    try:
        restoring.bring_back(account, table, copy, tell=print)
    finally:
        account.delete_table(TableName=copy)


@ONE_SEED
def test_every_table_is_lost_and_comes_back_and_people_sign_in(arena: Arena, account: Account):
    ann = arena.person()
    for table in TABLES:
        _bring_back(account, table)
    challenge = log_in(ann, now=LATER)
    assert isinstance(challenge, Challenge)
    opened = answer(arena.looks(challenge), code_for(challenge), now=LATER)
    assert isinstance(opened, NewSession)
    assert account.recoverable == {_name(table) for table in TABLES}


@ONE_SEED
@pytest.mark.parametrize("table", ["TokensTable", "ActivityTable"])
def test_a_table_comes_back_in_the_shape_of_the_template(arena: Arena, account: Account, table: str):
    _bring_back(account, table)
    found = account.describe_table(TableName=_name(table))["Table"]
    wanted = TABLES[table]
    assert found["KeySchema"] == wanted["KeySchema"]
    assert {one["IndexName"] for one in found["GlobalSecondaryIndexes"]} == {
        one["IndexName"] for one in wanted["GlobalSecondaryIndexes"]
    }
    assert found["DeletionProtectionEnabled"] is wanted["DeletionProtectionEnabled"]
    lifetime = account.describe_time_to_live(TableName=_name(table))["TimeToLiveDescription"]
    assert (lifetime["TimeToLiveStatus"], lifetime["AttributeName"]) == ("ENABLED", "forget_at")


@ONE_SEED
def test_what_is_newer_in_a_table_that_is_there_stays_and_it_can_be_repeated(arena: Arena, account: Account):
    ann = arena.person()
    key = {"login": {"S": ann.login}}
    row = account.get_item(TableName=settings.LOGINS_TABLE, Key=key)["Item"]
    shape = {name: TABLES["LoginsTable"][name] for name in ("KeySchema", "AttributeDefinitions", "BillingMode")}
    account.create_table(TableName="restored-old", **shape)
    account.put_item(TableName="restored-old", Item=row | {"email": {"S": "old@example.com"}})
    account.put_item(TableName="restored-old", Item=row | {"login": {"S": "lost"}})
    assert restoring.bring_back(account, "LoginsTable", "restored-old", tell=print) == 1
    told: list[str] = []
    assert restoring.bring_back(account, "LoginsTable", "restored-old", tell=told.append) == 0
    assert f"0 rows were copied into {settings.LOGINS_TABLE}; 2 were there already, and stay as they are" in told
    assert account.get_item(TableName=settings.LOGINS_TABLE, Key=key)["Item"] == row
    account.delete_table(TableName="restored-old")


@ONE_SEED
def test_the_restore_of_another_table_and_a_name_without_a_table_are_refused(arena: Arena, account: Account):
    with pytest.raises(restoring.CannotRestore, match="other keys"):
        restoring.bring_back(account, "LoginsTable", settings.USERS_TABLE, tell=print)
    with pytest.raises(restoring.CannotRestore, match="no table nowhere"):
        restoring.bring_back(account, "LoginsTable", "nowhere", tell=print)


@ONE_SEED
def test_what_an_older_moment_would_revive_is_void(arena: Arena):
    """A session that had ended, a link that was used, and a token that was deleted are in the restored rows again."""
    ann = arena.person()
    sessions = arena.sessions(ann, 2, at=NOON)
    deleted, kept = (tokens.make(ann.user_id, now=NOON) for _ in range(2))
    user, _ = users.find(ann.user_id)
    assert user
    link = email_links.issue(UNDO, user, now=NOON)
    commit(link.adding)
    origin = Origin("", "furtka accounts")
    told = {"actor": OPERATOR, "proof": AWS, "origin": origin, "now": LATER}
    commit(audit.noting(Event.API_TOKEN_DELETED, ann.user_id, about=deleted.id, **told))
    commit(audit.noting(Event.USER_DISABLED, ann.user_id, **told))
    done = restoring.void(since=LATER - MINUTE, now=LATER, tell=print)
    assert let_in(sessions, now=LATER + MINUTE) == []
    assert stored.find(deleted.token.account_id, deleted.id) is None
    assert stored.find(kept.token.account_id, kept.id) is not None
    assert deleted.id in done.tokens
    assert Event.USER_DISABLED in {one.event for one in done.to_look_at if one.user_id == ann.user_id}
    assert done.links >= 1
    assert links.find(link.id) is None
    assert restoring.void(since=LATER - MINUTE, now=LATER + MINUTE, tell=print).links == 0
