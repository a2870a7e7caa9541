"""Requests about sub-users, and those of sub-users whose password was given: who sends them, and how they end."""

from functools import partial
from hashlib import md5
from typing import Any
from urllib.parse import urlencode

from shared import policy
from shared.auth import kept_values
from shared.domain.kept_values import PHONE
from shared.domain.provenance import UNKNOWN
from shared.storage.engine import commit
from tests.proofs.token_flows import FORM, access_token, secret_of, with_access_token
from tests.proofs.turns import NEW_PASSWORD, Flow, Turn, as_somebody, bearer, newcomer, numbers, signed_in
from tests.support.events import Reply
from tests.support.tokens import make
from tests.support.world import Person, World

GIVEN = "Sunday-Ferry-31"
MD5 = md5(GIVEN.encode(), usedforsecurity=False).hexdigest()


def order(**facts: Any) -> dict[str, Any]:
    """A sub-user whom nobody knows from before, and who is active."""
    credentials = {"username": f"shop{next(numbers):04}", "password": GIVEN}
    return {"credentials": credentials, "active": True, "points": {"from_account": 5}, **facts}


def subuser_of(world: World, owner: Person, **facts: Any) -> Person:
    """A new one, as they sign in."""
    headers = bearer(secret_of(world, owner))
    answer = world.post("/subusers", order(**facts), headers=headers)
    assert answer.status == 201, answer
    return Person(answer.body["username"], answer.body["id"], "", None, GIVEN)


def _by_owner(world: World, method: str, rest: str = "", body: object = None, **facts: Any) -> Turn:
    """By a session of the owner, about a sub-user of hers."""
    owner = newcomer(world)
    path = f"/subusers/{subuser_of(world, owner, **facts).user_id}{rest}"
    return as_somebody(world, method, path, owner, body=body)


def _by_program(world: World, method: str, path: str, body: object = None, owner: Person | None = None) -> Turn:
    owner = owner or newcomer(world)
    headers = bearer(secret_of(world, owner))
    return Turn(owner, lambda: world.call(method, path, body, headers=headers))


def _by_form(world: World, owner: Person, method: str = "POST", **given: Any) -> Turn:
    headers = bearer(secret_of(world, owner))
    body = urlencode({**given, "format": "json"})
    return Turn(owner, lambda: world.call(method, "/user.do", body, headers=headers | FORM))


# --- The account's owner ----------------------------------------------------------------------------------


def made(world: World) -> Turn:
    wanted = order()
    name = wanted["credentials"]["username"]

    def can_sign_in(_: Reply) -> bool:
        return world.post("/login", {"login": name, "password": GIVEN}).status == 200

    return as_somebody(world, "POST", "/subusers", body=wanted, keeps=can_sign_in)


def made_by_a_program(world: World) -> Turn:
    return _by_program(world, "POST", "/subusers", order())


def made_under_a_login_that_is_taken(world: World) -> Turn:
    owner = newcomer(world)
    body = order(credentials={"username": owner.login, "password": GIVEN})
    return _by_program(world, "POST", "/subusers", body, owner)


def made_with_a_weak_password(world: World) -> Turn:
    return _by_program(world, "POST", "/subusers", order(credentials={"username": "shop", "password": "weak"}))


def listed(world: World) -> Turn:
    owner = newcomer(world)
    subuser_of(world, owner)
    return as_somebody(world, "GET", "/subusers", owner)


def listed_by_a_sub_user(world: World) -> Turn:
    subuser = subuser_of(world, newcomer(world))
    headers = bearer(secret_of(world, subuser))
    return Turn(subuser, lambda: world.call("GET", "/subusers", headers=headers))


def _listed_with(world: World, **facts: Any) -> Turn:
    """By a program of the owner's, whose token is as *facts* say."""
    owner = newcomer(world)
    headers = bearer(secret_of(world, owner, **facts))
    return Turn(owner, lambda: world.call("GET", "/subusers", headers=headers))


def listed_with_a_limit(world: World) -> Turn:
    return _listed_with(world, rate_limit=1000)


def listed_after_a_while(world: World) -> Turn:
    return _listed_with(world, used_at=world.now - policy.TOKEN_USE_NOTED_EVERY)


def listed_with_an_access_token(world: World) -> Turn:
    owner = newcomer(world)
    client = make(owner.user_id, "client", now=world.now, used_at=world.now)
    token = access_token(world, {"client_id": client.id, "client_secret": client.secret})
    return Turn(owner, lambda: world.call("GET", "/subusers", headers=bearer(token)))


def made_with_an_access_token(world: World) -> Turn:
    return with_access_token(world, "POST", "/subusers", order())


def look(world: World) -> Turn:
    return _by_owner(world, "GET")


def look_at_nobody(world: World) -> Turn:
    return _by_program(world, "GET", "/subusers/" + "0" * 16)


def limited(world: World) -> Turn:
    return _by_owner(world, "PUT", body={"points": {"per_month": 7}, "permissions": ["sms"]})


def changed_in_nothing(world: World) -> Turn:
    return _by_owner(world, "PUT", body={"description": ""})


def given_a_password(world: World) -> Turn:
    """To one with an e-mail address of their own, which nobody has proved."""
    theirs = {"username": f"shop{next(numbers):04}@example.com", "password": GIVEN}
    return _by_owner(world, "PUT", body={"credentials": {"password": NEW_PASSWORD}}, credentials=theirs)


def given_an_api_password(world: World) -> Turn:
    return _by_owner(world, "PUT", body={"credentials": {"api_password": NEW_PASSWORD}})


def switched_off(world: World) -> Turn:
    owner = newcomer(world)
    subuser = subuser_of(world, owner)
    token = secret_of(world, subuser)

    def is_out(_: Reply) -> bool:
        return world.call("GET", "/tokens", headers=bearer(token)).status == 401

    return as_somebody(world, "PUT", f"/subusers/{subuser.user_id}", owner, is_out, body={"active": False})


def deleted(world: World) -> Turn:
    owner = newcomer(world)
    subuser = subuser_of(world, owner)
    token = secret_of(world, subuser)
    commit(kept_values.keeping(PHONE, None, subuser.user_id, provenance=UNKNOWN, now=world.now))

    def is_out(_: Reply) -> bool:
        return world.call("GET", "/tokens", headers=bearer(token)).status == 401

    return as_somebody(world, "DELETE", f"/subusers/{subuser.user_id}", owner, is_out)


def all_shares(world: World) -> Turn:
    return _by_owner(world, "GET", "/shares")


def sender_share(world: World) -> Turn:
    return _by_owner(world, "GET", "/shares/sendernames")


def template_share(world: World) -> Turn:
    return _by_owner(world, "GET", "/shares/templates")


def senders_shared(world: World) -> Turn:
    return _by_owner(world, "PUT", "/shares/sendernames", {"access": "selected", "senders": ["SHOP"]})


def templates_shared(world: World) -> Turn:
    return _by_owner(world, "PUT", "/shares/templates", {"access": "all"})


# --- Older clients ----------------------------------------------------------------------------------------


def balance(world: World) -> Turn:
    owner = newcomer(world)
    headers = bearer(secret_of(world, owner))
    return Turn(
        owner, partial(world.call, "GET", "/user.do", headers=headers, query={"credits": "1", "format": "json"})
    )


def balance_of_a_sub_user(world: World) -> Turn:
    subuser = subuser_of(world, newcomer(world))
    headers = bearer(secret_of(world, subuser))
    asked = {"credits": "1", "format": "json"}
    return Turn(subuser, partial(world.call, "GET", "/user.do", headers=headers, query=asked))


def added(world: World) -> Turn:
    return _by_form(world, newcomer(world), add_user=f"shop{next(numbers):04}", phonebook=1, **{"pass": MD5})


def set_anew(world: World) -> Turn:
    owner = newcomer(world)
    return _by_form(world, owner, "PUT", set_user=subuser_of(world, owner).login, active=0)


# --- The sub-user -----------------------------------------------------------------------------------------


def given_password(world: World) -> Turn:
    subuser = subuser_of(world, newcomer(world))
    return Turn(subuser, lambda: world.sign_in(subuser))


def given_password_again(world: World) -> Turn:
    turn = given_password(world)
    turn.ask()
    return turn


def given_password_is_changed(world: World) -> Turn:
    subuser = subuser_of(world, newcomer(world))
    headers = signed_in(world, subuser)
    body = {"current_password": GIVEN, "password": NEW_PASSWORD}
    return Turn(subuser, lambda: world.post("/account/password", body, headers=headers))


FLOWS = {
    "POST /subusers": Flow(made, 201),
    "POST /subusers: by a program": Flow(made_by_a_program, 201),
    "POST /subusers: access token": Flow(made_with_an_access_token, 201),
    "POST /subusers: login taken": Flow(made_under_a_login_that_is_taken, 409),
    "POST /subusers: weak password": Flow(made_with_a_weak_password, 400),
    "GET /subusers": Flow(listed, 200),
    "GET /subusers: by a sub-user": Flow(listed_by_a_sub_user, 403),
    "GET /subusers: by a program with a limit": Flow(listed_with_a_limit, 200),
    "GET /subusers: five minutes after the last use": Flow(listed_after_a_while, 200),
    "GET /subusers: access token": Flow(listed_with_an_access_token, 200),
    "GET /subusers/{user_id}": Flow(look, 200),
    "GET /subusers/{user_id}: nobody": Flow(look_at_nobody, 404),
    "PUT /subusers/{user_id}": Flow(limited, 200),
    "PUT /subusers/{user_id}: nothing new": Flow(changed_in_nothing, 200),
    "PUT /subusers/{user_id}: password": Flow(given_a_password, 200),
    "PUT /subusers/{user_id}: API password": Flow(given_an_api_password, 200),
    "PUT /subusers/{user_id}: switched off": Flow(switched_off, 200),
    "DELETE /subusers/{user_id}": Flow(deleted, 204),
    "GET /subusers/{user_id}/shares": Flow(all_shares, 200),
    "GET /subusers/{user_id}/shares/sendernames": Flow(sender_share, 200),
    "GET /subusers/{user_id}/shares/templates": Flow(template_share, 200),
    "PUT /subusers/{user_id}/shares/sendernames": Flow(senders_shared, 204),
    "PUT /subusers/{user_id}/shares/templates": Flow(templates_shared, 200),
    "GET /user.do": Flow(balance, 200),
    "GET /user.do: sub-user": Flow(balance_of_a_sub_user, 200),
    "POST /user.do": Flow(added, 200),
    "PUT /user.do": Flow(set_anew, 200),
    "POST /login: given password": Flow(given_password, 200),
    "POST /login: given password, used": Flow(given_password_again, 401),
    "POST /account/password: given password": Flow(given_password_is_changed, 200),
}
