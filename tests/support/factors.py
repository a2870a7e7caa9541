"""Second factors from the user's side: requests of a signed-in user, and the codes that their app shows."""

from datetime import timedelta
from typing import Any

import pyotp

from shared import policy
from tests.support.events import Reply
from tests.support.world import Person, World

SECOND = timedelta(seconds=1)


def ask(world: World, token: str, method: str, path: str, body: object = None, **more: Any) -> Reply:
    """Send a request with a session's token."""
    return world.call(method, path, body, headers={"Authorization": f"Bearer {token}"}, **more)


def token_of(answer: Reply) -> str:
    """Return the token of the session in *answer*."""
    assert answer.status == 200, answer
    return str(answer.body["session"]["token"])


def signed_in(world: World, person: Person | None = None, **more: Any) -> str:
    """Sign in, with the code of an SMS if one was sent, and return the token of the session."""
    answer = world.sign_in(person, **more)
    if "challenge" in answer.body:
        answer = world.verify(answer.body["challenge"]["id"], world.code())
    return token_of(answer)


def factors_of(world: World, token: str) -> dict[str, Any]:
    return dict(ask(world, token, "GET", "/account/factors").body)


def shown(world: World, secret: str, *, steps: int = 0) -> str:
    """Return what an app with *secret* shows, on a clock that is wrong by so many *steps*."""
    return pyotp.TOTP(secret).at(world.now + steps * policy.TOTP_STEP)


def not_shown(world: World, secret: str) -> str:
    """Return a code that no app with *secret* shows about now."""
    near = [shown(world, secret, steps=steps) for steps in range(-2, 3)]
    return next(code for code in map("{:06}".format, range(6)) if code not in near)


def with_app(world: World, token: str) -> str:
    """Enrol an authenticator app, wait until it shows an unused code, and return its secret."""
    secret = str(ask(world, token, "POST", "/account/factors/totp").body["secret"])
    answer = ask(world, token, "POST", "/account/factors/totp/confirm", {"code": shown(world, secret)})
    assert answer.status == 200, answer
    world.wait(policy.TOTP_STEP)
    return secret


def with_phone(world: World, token: str, phone: str) -> None:
    """Enable SMS, or change the number to *phone*."""
    answer = ask(world, token, "POST", "/account/factors/sms", {"phone": phone})
    proof = {"challenge_id": answer.body["challenge"]["id"], "code": world.code()}
    assert ask(world, token, "POST", "/account/factors/sms/confirm", proof).status == 200
    world.wait(SECOND)


def with_codes(world: World, token: str) -> list[str]:
    """Make and return new recovery codes."""
    answer = ask(world, token, "POST", "/account/factors/recovery-codes")
    assert answer.status == 200, answer
    world.wait(SECOND)
    return list(answer.body["recovery_codes"])
