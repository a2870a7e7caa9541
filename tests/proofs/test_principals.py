"""Principals: nothing is changed by one who was signed out, switched off or narrowed while their request was made."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any

import boto3
import pytest

from shared import settings
from shared.http.route_rules import RULES, rule_of
from tests.proofs import tables
from tests.proofs.flows import FLOWS
from tests.proofs.moments import Moment
from tests.support.calls import Answer, AwsCall, Proceed, intercepted
from tests.support.world import World

type Key = dict[str, Any]
type Rows = dict[str, list[dict[str, Any]]]

REMOVAL = "POST /sms.do: removal"

PAID_SENDS = {flow for flow in FLOWS if flow.startswith(("POST /sms.do", "POST /mfa/codes")) and flow != REMOVAL}
"""Judged by their consistent read, and messages again when they leave; a code is checked by one update. The reasons
are with `Principal.still_allowed`."""

ONLY_THE_FIRST = {"DELETE /subusers/{user_id}": 1, "DELETE /contacts/groups/{group_id}: with its contacts": 1}
"""So many writes decide; those after them change nothing for anybody: the tokens of a user who is gone are removed, or
the rows of contacts that are gone.
"""


def _has_principal(flow: str) -> bool:
    method, path = flow.partition(":")[0].split()
    return not rule_of(method, path).is_public


GUARDED = [flow for flow in FLOWS if _has_principal(flow) and flow not in PAID_SENDS and not flow.startswith("GET ")]
"""Every kind of request that a principal sends and that may change something."""

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")

TRIES = {settings.STRIKES_TABLE, settings.BUDGETS_TABLE}
"""Attempts and requests are counted before anything is decided, whoever makes them."""

COUNTED = {"tries_left", "used_at", "used_from"}
"""What is written down of an attempt at a challenge, and of the use of a session or token."""


@dataclass
class Credentials:
    """The rows by which the request was judged, as it read them."""

    keys: dict[str, Key] = field(default_factory=dict)

    def hear(self, call: AwsCall) -> None:
        """Whoever is calling is known once their user was read."""
        if settings.USERS_TABLE in self.keys:
            return
        for name, asked in call.arguments.get("RequestItems", {}).items():
            if "Keys" in asked:
                self.keys.setdefault(name, asked["Keys"][0])
        if call.operation == "GetItem":
            self.keys.setdefault(call.arguments["TableName"], call.arguments["Key"])


def _set(credentials: Credentials, table: str, **facts: Any) -> None:
    """The row of the principal in *table* is otherwise from now on."""
    boto3.client("dynamodb").update_item(
        TableName=table,
        Key=credentials.keys[table],
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in facts),
        ExpressionAttributeNames={f"#{name}": name for name in facts},
        ExpressionAttributeValues={f":{name}": value for name, value in facts.items()},
    )


def sign_out(credentials: Credentials) -> None:
    """The session has ended, the token is deleted, or the API password is another one."""
    shown = (settings.SESSIONS_TABLE, settings.ACCESS_TOKENS_TABLE, settings.TOKENS_TABLE)
    for table in credentials.keys:  # what was shown is read first; a token to be revoked comes after it
        if table in shown:
            boto3.client("dynamodb").delete_item(TableName=table, Key=credentials.keys[table])
            return
    _set(credentials, settings.LOGINS_TABLE, api_password_hash={"S": "another"})


def switch_off(credentials: Credentials) -> None:
    _set(credentials, settings.USERS_TABLE, enabled={"BOOL": False})


def suspend(credentials: Credentials) -> None:
    """An operator suspends the account."""
    _set(credentials, settings.ACCOUNTS_TABLE, suspended={"BOOL": True})


def narrow(credentials: Credentials) -> None:
    """The user may do less."""
    _set(credentials, settings.USERS_TABLE, permissions={"S": "profile"})


def narrow_token(credentials: Credentials) -> None:
    """The token may do less; whoever shows none is narrowed as a user."""
    if settings.TOKENS_TABLE not in credentials.keys:
        return narrow(credentials)
    return _set(credentials, settings.TOKENS_TABLE, scopes={"S": "profile"}, revision={"N": "99"})


DONE_ALREADY = {("POST /oauth/revoke", "signed out"), ("POST /logout", "signed out"), ("POST /logout", "switched off")}
"""An access token is dead with its client, and to revoke a dead one succeeds (RFC 7009 2.2). A session is alike."""

TURNS: dict[str, Callable[[Credentials], None]] = {
    "signed out": sign_out,
    "switched off": switch_off,
    "suspended": suspend,
    "narrowed": narrow,
    "narrowed by their token": narrow_token,
}


@contextmanager
def turning_before_write(place: int, turn: Callable[[Credentials], None]) -> Iterator[list[Rows]]:
    """*turn* happens just before the write at *place*. What lies in the tables then is put into the list."""
    credentials, passed, seen = Credentials(), 0, []
    is_turning = False

    def how(call: AwsCall, proceed: Proceed) -> Answer:
        nonlocal passed, is_turning
        if is_turning:
            return proceed()
        if call.service == "dynamodb" and call.operation in WRITES:
            if passed == place:
                is_turning = True
                turn(credentials)
                is_turning = False
                seen.append(_everything())
            passed += 1
        elif not passed:
            credentials.hear(call)
        return proceed()

    with intercepted(how):
        yield seen


def _everything() -> Rows:
    """All rows, but what is counted of tries."""
    return {
        name: [{key: value for key, value in row.items() if key not in COUNTED} for row in tables.rows(name)]
        for name in tables.names()
        if f"test-{name}" not in TRIES
    }


def test_every_route_that_somebody_may_change_something_by_is_held_against_its_principals():
    changing = {route for route, rule in RULES.items() if not (rule.is_public or route.startswith("GET "))}
    assert {flow.partition(":")[0] for flow in GUARDED} == changing - {
        "POST /mfa/codes",
        "POST /mfa/codes/verifications",
    }


@pytest.fixture(scope="module", params=GUARDED)
def moment(stack: World, request: pytest.FixtureRequest) -> Moment:
    return Moment(stack, request.param)


@pytest.mark.parametrize("what", TURNS)
def test_nothing_is_changed_from_the_moment_on_at_which_a_principal_is_no_longer_what_they_were(
    moment: Moment, what: str
):
    for place in islice(count(), ONLY_THE_FIRST.get(moment.flow)):
        turn = moment.come_back()
        with turning_before_write(place, TURNS[what]) as seen:
            answer = turn.ask()
        if not seen:
            break  # so many writes there are not
        assert _everything() == seen[0], f"write {place}: {answer}"
        assert answer.outcome >= 400 or (moment.flow, what) in DONE_ALREADY
    moment.world.deliver()
