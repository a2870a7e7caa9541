"""A suspended account is off for everybody: no route does anything for it, and nothing is written or queued."""

from typing import Any

import pytest

from shared.domain.identifiers import account_of
from shared.http.route_rules import RULES, SMSAPI, rule_of
from shared.storage import accounts
from shared.storage.engine import commit
from tests.proofs import tables, waiting
from tests.proofs.flows import FLOWS
from tests.support.events import Reply
from tests.support.world import World

type Rows = dict[str, list[dict[str, Any]]]

PROVED_SO_FAR = {
    "GET /session: crowded out",
    "POST /account/password: wrong present password",
    "POST /login: given password, used",
    "POST /undo: wrong password",
    "POST /verify-code: the last wrong code",
    "POST /verify-code: wrong code",
    "POST /verify-code: wrong code of an app",
    "POST /verify-code: wrong code, repeated sign-in",
}
"""Requests with a right password, session, challenge or link that fail for another reason."""

UNPROVED = {flow for flow, one in FLOWS.items() if one.status == 401} - PROVED_SO_FAR
"""Requests that prove nothing, or whose proof is bad: they are answered as ever."""

FOR_ANYBODY = {
    *(route for route, rule in RULES.items() if rule == SMSAPI),
    "GET /.well-known/oauth-authorization-server",
    "GET /carriers/smsapi/{secret}",
    "POST /tokens/found",
    "POST /login/pass",
    "POST /password-reset",
}
"""Routes that answer a suspended account as anybody: a leaked secret is revoked, what the carrier reports of messages
that it took is stored, and who asks for a reset or a pass is told nothing about a login."""

COUNTED = ("strikes", "budgets")
"""Tables of attempts and of requests, which are counted before anything is decided."""

USED_UP = {"POST /login: right password, with a pass": ("links",)}
"""Tables in which an attempt uses something up before anything is decided, by flow."""


def _route(flow: str) -> str:
    return flow.partition(":")[0]


def _is_proved(flow: str) -> bool:
    return flow not in UNPROVED and _route(flow) not in FOR_ANYBODY and FLOWS[flow].status != 429


WALKED = [flow for flow in FLOWS if _is_proved(flow)]


def _everything(flow: str) -> Rows:
    left_out = (*COUNTED, *USED_UP.get(flow, ()))
    return {name: tables.rows(name) for name in tables.names() if name not in left_out}


def _says_suspended(flow: str, answer: Reply) -> bool:
    """Whether the answer says so in the form that the route's callers read."""
    if _route(flow).endswith(".do"):
        return answer.status == 200 and "110" in answer.text
    if rule_of(*_route(flow).split()).client:
        return (answer.status, answer.error) == (400, "unauthorized_client") and "suspended" in answer.text
    return (answer.status, answer.error) == (403, "account_suspended") and "support@example.com" in answer.text


def test_every_route_that_is_not_public_is_walked():
    assert {_route(flow) for flow in WALKED} >= {route for route, rule in RULES.items() if not rule.is_public}


@pytest.mark.parametrize("flow", WALKED)
def test_a_suspended_account_gets_nothing_from_any_route_and_nothing_is_written_or_queued(stack: World, flow: str):
    tables.empty()
    turn = FLOWS[flow].ready(stack)
    stack.deliver()
    commit(accounts.suspending(account_of(turn.person.user_id), on=True))
    waiting.forget()
    before = _everything(flow)
    answer = turn.ask()
    assert _says_suspended(flow, answer), (answer.status, answer.text)
    assert _everything(flow) == before
    assert waiting.taken() == []


@pytest.mark.parametrize("flow", sorted(UNPROVED))
def test_whoever_proves_nothing_is_answered_as_ever(stack: World, flow: str):
    tables.empty()
    turn = FLOWS[flow].ready(stack)
    stack.deliver()
    commit(accounts.suspending(account_of(turn.person.user_id), on=True))
    waiting.forget()
    answer = turn.ask()
    assert answer.outcome == 401
    assert "suspended" not in answer.text
