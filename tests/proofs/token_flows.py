"""Requests about API tokens and OAuth clients: who sends them, in which state, and how they are answered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.domain.rights import Rights
from shared.domain.scopes import SCOPES
from tests.proofs.turns import Flow, Turn, as_somebody, bearer, newcomer
from tests.support.events import Reply
from tests.support.tokens import EVERY, colleague, make
from tests.support.world import Person, World

ORDER = {"name": "Cron", "scopes": "sms tokens"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def secret_of(world: World, person: Person, **facts: Any) -> str:
    """The secret of an API token of *person*, whose last use need not be written down."""
    return make(person.user_id, now=world.now, **{"used_at": world.now, **facts}).secret


def id_of_a_token(world: World, person: Person, **facts: Any) -> str:
    return make(person.user_id, now=world.now, **facts).id


def works(world: World, secret: str) -> bool:
    return world.call("GET", "/tokens", headers=bearer(secret)).status == 200


# --- A person's -------------------------------------------------------------------------------------------


def order(world: World) -> Turn:
    return as_somebody(world, "POST", "/tokens", body=ORDER, keeps=lambda made: works(world, made.body["access_token"]))


def list_of_tokens(world: World) -> Turn:
    return as_somebody(world, "GET", "/tokens")


def list_with_those_of_a_sub_user(world: World) -> Turn:
    person = newcomer(world)
    id_of_a_token(world, colleague(world, person, f"of-{person.login}"))
    return as_somebody(world, "GET", "/tokens", person)


def change_of_a_sub_users(world: World) -> Turn:
    person = newcomer(world)
    path = f"/tokens/{id_of_a_token(world, colleague(world, person, f'of-{person.login}'))}"
    return as_somebody(world, "PATCH", path, person, body={"active": False})


def look(world: World) -> Turn:
    person = newcomer(world)
    return as_somebody(world, "GET", f"/tokens/{id_of_a_token(world, person)}", person)


def change(world: World) -> Turn:
    person = newcomer(world)
    path = f"/tokens/{id_of_a_token(world, person)}"
    return as_somebody(world, "PATCH", path, person, body={"active": False, "scopes": ["sms"]})


def end(world: World) -> Turn:
    person = newcomer(world)
    held = make(person.user_id, now=world.now)
    return as_somebody(world, "DELETE", f"/tokens/{held.id}", person, lambda _: not works(world, held.secret))


def end_keeping_what_waits(world: World) -> Turn:
    person = newcomer(world)
    held = make(person.user_id, now=world.now)
    path = f"/tokens/{held.id}"
    query = {"scheduled": "keep"}
    return as_somebody(world, "DELETE", path, person, lambda _: not works(world, held.secret), query=query)


def rotation(world: World) -> Turn:
    person = newcomer(world)
    path = f"/tokens/{id_of_a_token(world, person)}/rotate"
    return as_somebody(world, "POST", path, person, lambda made: works(world, made.body["access_token"]))


# --- A program's ------------------------------------------------------------------------------------------


def _as_program(
    world: World, method: str, path: str, body: object = None, person: Person | None = None, **facts: Any
) -> Turn:
    person = person or newcomer(world)
    headers = bearer(secret_of(world, person, **facts))
    return Turn(person, lambda: world.call(method, path, body, headers=headers))


def order_by_a_program(world: World) -> Turn:
    return _as_program(world, "POST", "/tokens", ORDER)


def order_of_more_than_it_has(world: World) -> Turn:
    return _as_program(world, "POST", "/tokens", ORDER, scopes="tokens")


def list_for_a_program(world: World) -> Turn:
    return _as_program(world, "GET", "/tokens")


def list_without_the_scope(world: World) -> Turn:
    return _as_program(world, "GET", "/tokens", scopes="sms")


def first_use_in_five_minutes(world: World) -> Turn:
    return _as_program(world, "GET", "/tokens", used_at=world.now - policy.TOKEN_USE_NOTED_EVERY)


def use_of_a_limited_token(world: World) -> Turn:
    return _as_program(world, "GET", "/tokens", rate_limit=1000)


def use_from_elsewhere(world: World) -> Turn:
    return _as_program(world, "GET", "/tokens", sources="192.0.2.1")


def use_of_one_that_is_off(world: World) -> Turn:
    return _as_program(world, "GET", "/tokens", enabled=False)


def made_up_token(world: World) -> Turn:
    person = newcomer(world)
    forged = identifiers.write(randomness.token("api", person.user_id))
    return Turn(person, lambda: world.call("GET", "/tokens", headers=bearer(forged)))


def change_by_a_program(world: World) -> Turn:
    person = newcomer(world)
    path = f"/tokens/{id_of_a_token(world, person, scopes='sms')}"
    return _as_program(world, "PATCH", path, {"active": False}, person)


def rotation_by_a_program(world: World) -> Turn:
    person = newcomer(world)
    path = f"/tokens/{id_of_a_token(world, person, scopes='sms')}/rotate"
    return _as_program(world, "POST", path, None, person)


def end_by_a_program(world: World) -> Turn:
    person = newcomer(world)
    path = f"/tokens/{id_of_a_token(world, person, scopes='sms')}"
    return _as_program(world, "DELETE", path, None, person)


# --- A finder's -------------------------------------------------------------------------------------------


def found(world: World) -> Turn:
    person = newcomer(world)
    secret = secret_of(world, person)
    return Turn(person, partial(world.post, "/tokens/found", {"token": secret}), lambda _: not works(world, secret))


def found_nothing(world: World) -> Turn:
    person = newcomer(world)
    made_up = identifiers.write(randomness.token("api", person.user_id))
    return Turn(person, partial(world.post, "/tokens/found", {"token": made_up}))


# --- A client's -------------------------------------------------------------------------------------------


def _as_client(
    world: World,
    path: str,
    form: Callable[[dict[str, str]], dict[str, str]],
    keeps: Callable[[Reply], bool] = bool,
    **facts: Any,
) -> Turn:
    """*form* makes the body of what the client shows of itself; *facts* are fields of the client."""
    person = newcomer(world)
    client = make(person.user_id, "client", now=world.now, **{"used_at": world.now, **facts})
    shown = {"client_id": client.id, "client_secret": client.secret}
    return Turn(person, partial(world.post, path, urlencode(form(shown)), headers=FORM), keeps)


def access_token(world: World, shown: dict[str, str]) -> str:
    """What a client gets for its secret."""
    form = urlencode({**shown, "grant_type": "client_credentials"})
    return str(world.post("/oauth/token", form, headers=FORM).body["access_token"])


def client_credentials(world: World, **facts: Any) -> Turn:
    def form(shown: dict[str, str]) -> dict[str, str]:
        return {**shown, "grant_type": "client_credentials"}

    return _as_client(world, "/oauth/token", form, lambda made: works(world, made.body["access_token"]), **facts)


def client_after_five_minutes(world: World) -> Turn:
    return client_credentials(world, used_at=world.now - policy.TOKEN_USE_NOTED_EVERY)


def client_with_a_limit(world: World) -> Turn:
    return client_credentials(world, rate_limit=1000)


def wrong_client_secret(world: World) -> Turn:
    def form(shown: dict[str, str]) -> dict[str, str]:
        user_id = identifiers.user_of(shown["client_id"])
        other = identifiers.write(replace(randomness.token("client", user_id), id=shown["client_id"]))
        return {"client_id": shown["client_id"], "client_secret": other, "grant_type": "client_credentials"}

    return _as_client(world, "/oauth/token", form)


def introspection(world: World) -> Turn:
    return _as_client(world, "/oauth/introspect", lambda shown: {**shown, "token": access_token(world, shown)})


def introspection_of_garbage(world: World) -> Turn:
    return _as_client(world, "/oauth/introspect", lambda shown: {**shown, "token": "garbage"})


def revocation(world: World) -> Turn:
    return _as_client(world, "/oauth/revoke", lambda shown: {**shown, "token": access_token(world, shown)})


def revocation_of_an_api_token(world: World) -> Turn:
    """Of the same user, with fewer scopes: a client that manages tokens may end it."""

    def form(shown: dict[str, str]) -> dict[str, str]:
        held = make(identifiers.user_of(shown["client_id"]), now=world.now, scopes="sms")
        return {**shown, "token": held.secret}

    return _as_client(world, "/oauth/revoke", form, scopes="sms tokens")


def metadata(world: World) -> Turn:
    ask = partial(world.call, "GET", "/.well-known/oauth-authorization-server")
    return Turn(newcomer(world), ask)


def use_of_an_access_token(world: World) -> Turn:
    person = newcomer(world)
    client = make(person.user_id, "client", now=world.now, used_at=world.now)
    token = access_token(world, {"client_id": client.id, "client_secret": client.secret})
    world.wait(timedelta(seconds=1))
    return Turn(person, lambda: world.call("GET", "/tokens", headers=bearer(token)))


def with_access_token(
    world: World, method: str, path: str, body: object = None, *, scopes: str = EVERY, person: Person | None = None
) -> Turn:
    """A request of a program that shows what an OAuth client got, for those scopes."""
    person = person or newcomer(world)
    client = make(person.user_id, "client", now=world.now, used_at=world.now, scopes=scopes)
    headers = bearer(access_token(world, {"client_id": client.id, "client_secret": client.secret}))
    world.wait(timedelta(seconds=1))
    return Turn(person, partial(world.call, method, path, body, headers=headers))


def order_with_an_access_token(world: World) -> Turn:
    """Of a token that ends before it does."""
    soon = f"{world.now + policy.ACCESS_TOKEN_LIFETIME / 2:%Y-%m-%dT%H:%M:%SZ}"
    return with_access_token(world, "POST", "/tokens", ORDER | {"expiration_date": soon})


def first_use_of_a_new_secret(world: World) -> Turn:
    return _as_program(world, "GET", "/tokens", secret_used=False)


def use_of_one_that_shares_a_rate(world: World) -> Turn:
    """Of a program with a limit that made it, and with a lower one of its own."""
    bounds = Rights(frozenset(SCOPES), shared_rates=(("maker", 1000),))
    return _as_program(world, "GET", "/tokens", rate_limit=900, bounds=bounds)


def _with_access_tokens(world: World, method: str, rest: str = "", *, one: bool = False) -> Turn:
    """About the access tokens of a client of somebody who has signed in just now: one of them, or all."""
    person = newcomer(world)
    client = make(person.user_id, "client", now=world.now, used_at=world.now)
    text = access_token(world, {"client_id": client.id, "client_secret": client.secret})
    path = rest or f"/tokens/{client.id}/access-tokens"
    world.wait(timedelta(seconds=1))
    name = f"/{text.removeprefix('furtka_access_')[: identifiers.ACCESS_CHARACTERS]}" if one else ""
    keeps = partial(_is_over, world, text) if method == "DELETE" else bool
    return as_somebody(world, method, path + name, person, keeps)


def _is_over(world: World, text: str, _: Reply) -> bool:
    return not works(world, text)


def list_of_access_tokens(world: World) -> Turn:
    return _with_access_tokens(world, "GET", "/access-tokens")


def list_of_a_clients_access_tokens(world: World) -> Turn:
    return _with_access_tokens(world, "GET")


def end_of_access_tokens(world: World) -> Turn:
    return _with_access_tokens(world, "DELETE")


def end_of_one_access_token(world: World) -> Turn:
    return _with_access_tokens(world, "DELETE", one=True)


FLOWS = {
    "POST /tokens": Flow(order, 201),
    "POST /tokens: by a program": Flow(order_by_a_program, 201),
    "POST /tokens: access token": Flow(order_with_an_access_token, 201),
    "POST /tokens: by a program that may do less": Flow(order_of_more_than_it_has, 403),
    "GET /tokens": Flow(list_of_tokens, 200),
    "GET /tokens: those of a sub-user too": Flow(list_with_those_of_a_sub_user, 200),
    "GET /tokens: by a program": Flow(list_for_a_program, 200),
    "GET /tokens: by a program without the scope": Flow(list_without_the_scope, 403),
    "GET /tokens: five minutes after the last use": Flow(first_use_in_five_minutes, 200),
    "GET /tokens: by a program with a limit": Flow(use_of_a_limited_token, 200),
    "GET /tokens: by a program that shares a rate": Flow(use_of_one_that_shares_a_rate, 200),
    "GET /tokens: first use of a new secret": Flow(first_use_of_a_new_secret, 200),
    "GET /access-tokens": Flow(list_of_access_tokens, 200),
    "GET /tokens/{token_id}/access-tokens": Flow(list_of_a_clients_access_tokens, 200),
    "DELETE /tokens/{token_id}/access-tokens": Flow(end_of_access_tokens, 204),
    "DELETE /tokens/{token_id}/access-tokens/{access_id}": Flow(end_of_one_access_token, 204),
    "GET /tokens: by a program that is elsewhere": Flow(use_from_elsewhere, 403),
    "GET /tokens: token switched off": Flow(use_of_one_that_is_off, 401),
    "GET /tokens: token made up": Flow(made_up_token, 401),
    "GET /tokens: access token": Flow(use_of_an_access_token, 200),
    "GET /tokens/{token_id}": Flow(look, 200),
    "PATCH /tokens/{token_id}: of a sub-user": Flow(change_of_a_sub_users, 200),
    "PATCH /tokens/{token_id}": Flow(change, 200),
    "PATCH /tokens/{token_id}: by a program": Flow(change_by_a_program, 200),
    "DELETE /tokens/{token_id}": Flow(end, 204),
    "DELETE /tokens/{token_id}: keeping what waits": Flow(end_keeping_what_waits, 204),
    "DELETE /tokens/{token_id}: by a program": Flow(end_by_a_program, 204),
    "POST /tokens/{token_id}/rotate": Flow(rotation, 201),
    "POST /tokens/{token_id}/rotate: by a program": Flow(rotation_by_a_program, 201),
    "POST /tokens/found": Flow(found, 204),
    "POST /tokens/found: token made up": Flow(found_nothing, 204),
    "POST /oauth/token": Flow(client_credentials, 200),
    "POST /oauth/token: wrong secret": Flow(wrong_client_secret, 401),
    "POST /oauth/token: five minutes after the last use": Flow(client_after_five_minutes, 200),
    "POST /oauth/token: client with a limit": Flow(client_with_a_limit, 200),
    "POST /oauth/introspect": Flow(introspection, 200),
    "POST /oauth/introspect: garbage": Flow(introspection_of_garbage, 200),
    "POST /oauth/revoke": Flow(revocation, 200),
    "POST /oauth/revoke: an API token": Flow(revocation_of_an_api_token, 200),
    "GET /.well-known/oauth-authorization-server": Flow(metadata, 200),
}
