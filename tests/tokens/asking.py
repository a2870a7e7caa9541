"""How tests of tokens ask: as a person who has just signed in, or as a program."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from aws_lambda_powertools.metrics import MetricUnit

import tokens.handler
from shared import policy
from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.domain.identifiers import account_of
from shared.domain.origins import Origin
from shared.domain.tokens import AccessToken
from shared.domain.users import User
from shared.http.app import serve
from shared.observability import metrics
from shared.storage import access_tokens, users
from shared.storage.engine import commit
from tests.support.calls import Answer, AwsCall, Proceed, intercepted
from tests.support.events import HOME, Reply
from tests.support.sessions import open_session
from tests.support.world import Person, World

FROM_HOME = Origin(HOME, "Check/1.0", "request-1")


def signed_in(world: World, person: Person | None = None) -> str:
    """The token of a session that they have just opened with every proof that is asked of them."""
    person = person or world.ann
    return open_session(person.user_id, login=person.login, factors="password sms", origin=FROM_HOME, now=world.now)


def colleague(world: World, name: str = "bob") -> Person:
    """A sub-user of ann's account."""
    account_id = account_of(world.ann.user_id)
    user_id, email = randomness.user_id(account_id), f"{name}@example.com"
    commit(users.adding(User(account_id, user_id, name, True, world.now, email=email, owner=False)))
    return Person(name, user_id, email, None)


def ask(world: World, secret: str, method: str, path: str, body: object = None, **more: Any) -> Reply:
    return world.call(method, path, body, headers={"Authorization": f"Bearer {secret}"}, **more)


def post(world: World, secret: str, **facts: Any) -> Reply:
    """POST /tokens for one that may send SMS, unless *facts* say otherwise."""
    return ask(world, secret, "POST", "/tokens", {"name": "robot", "scopes": "sms", **facts})


def made(world: World, secret: str, **facts: Any) -> dict[str, Any]:
    """What POST /tokens answered."""
    answer = post(world, secret, **facts)
    assert answer.status == 201, answer
    return dict(answer.body)


def manager(world: World, **facts: Any) -> str:
    """The secret of ann's token that may manage tokens and send SMS, unless *facts* say otherwise."""
    by = signed_in(world)
    return str(made(world, by, **{"name": "manager", "scopes": "sms tokens", **facts})["access_token"])


def access(world: World, client_id: str, scopes: str) -> str:
    """An access token that the client got just now."""
    token, until = randomness.access_token(client_id), world.now + policy.ACCESS_TOKEN_LIFETIME
    commit(access_tokens.adding(AccessToken(client_id, token.id, seal.token(token), scopes, world.now, until)))
    return identifiers.write(token)


def seen(world: World, secret: str, token_id: str) -> dict[str, Any]:
    """What GET /tokens/{id} answers."""
    return dict(ask(world, secret, "GET", f"/tokens/{token_id}").body)


def works(world: World, secret: str, **more: Any) -> bool:
    """Whether a token with the scope `tokens` opens a door."""
    status = ask(world, secret, "GET", "/tokens", **more).status
    assert status in (200, 401), status
    return status == 200


@contextmanager
def a_request_of_its_own() -> Iterator[None]:
    """Lambda never begins a request within another, so neither Powertools nor our metrics keep two apart."""
    around, event = tokens.handler.lambda_handler, BaseRouter.current_event
    tokens.handler.lambda_handler = serve(tokens.handler.routes)
    yield
    tokens.handler.lambda_handler, BaseRouter.current_event = around, event
    metrics.add_metric("Served", MetricUnit.Count, 1)  # that of the request around it went out with this one's


@contextmanager
def while_it_is_written(do: Callable[[], Reply]) -> Iterator[list[Reply]]:
    """*do* comes in between: when all was read, and before the first transaction. What it answered is in the list."""
    answers: list[Reply] = []
    begun: list[AwsCall] = []

    def come_first(call: AwsCall, proceed: Proceed) -> Answer:
        if call.operation == "TransactWriteItems" and not begun:
            begun.append(call)
            with a_request_of_its_own():
                answers.append(do())
        return proceed()

    with intercepted(come_first):
        yield answers
    assert answers
