"""Requests about SMS Authenticator: who sends them, in which state, and how they are answered."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from unittest.mock import patch

from shared import policy
from shared.delivery import queue
from shared.domain import points
from shared.domain.identifiers import account_of
from shared.errors import Unavailable
from shared.sending import payments
from shared.storage import counters
from shared.storage.engine import commit
from tests.proofs.turns import Flow, Turn, newcomer
from tests.sms_authenticator.mfa import CODE, CODES, VERIFICATIONS, WRONG, put_code
from tests.support import sending
from tests.support.calls import failing
from tests.support.deaths import Killed, killed_before
from tests.support.events import Reply
from tests.support.programs import access_token, basic, with_api_password
from tests.support.sending import give_points, subuser
from tests.support.tokens import make
from tests.support.world import Person, World

PLENTY = points.read("10")


def number_of(person: Person) -> str:
    return str(person.phone)


def program_of(world: World, person: Person, **facts: Any) -> dict[str, str]:
    """What a program of *person* shows: a token whose last use need not be written down."""
    facts = {"scopes": "sms_authenticator", "used_at": world.now, **facts}
    return make(person.user_id, now=world.now, **facts).bearer


def customer(world: World, *, at: float = 10) -> Person:
    """The owner of an account with so many points."""
    person = newcomer(world)
    give_points(account_of(person.user_id), points.read(at))
    return person


# --- Sending ----------------------------------------------------------------------------------------------


def _sending(world: World, person: Person, headers: dict[str, str], number: str, **more: Any) -> Turn:
    def keeps(made: Reply) -> bool:
        if made.status != 201:
            return True
        proof = {"phone_number": number, "code": made.body["code"]}
        return world.post(VERIFICATIONS, proof, headers=headers).status == 204

    shown = headers | more.pop("shown", {})
    return Turn(person, lambda: world.post(CODES, {"phone_number": number, **more}, headers=shown), keeps)


def code(world: World) -> Turn:
    person = customer(world)
    return _sending(world, person, program_of(world, person), number_of(person))


def code_with_a_key(world: World) -> Turn:
    person = customer(world)
    return _sending(world, person, program_of(world, person), number_of(person), shown={"Idempotency-Key": "k"})


def code_with_the_same_key(world: World) -> Turn:
    turn = code_with_a_key(world)
    assert turn.ask().status == 201
    return turn


def code_after_an_order_that_ended_halfway(world: World) -> Turn:
    """A process that died holds some of the account's points."""
    person = customer(world)
    order = sending.order(person.user_id, now=world.now - policy.HOLD_ENDS_AFTER)
    with failing(1, killed_before), suppress(Killed):
        payments.pay(order, now=order.created_at)
    return _sending(world, person, program_of(world, person), number_of(person))


def code_of_a_subuser(world: World) -> Turn:
    owner = customer(world)
    clerk = subuser(owner.user_id, per_month=PLENTY, now=world.now)
    person = Person(clerk.login, clerk.user_id, "", owner.phone)
    return _sending(world, person, program_of(world, person), number_of(owner))


def code_without_points(world: World) -> Turn:
    person = customer(world, at=0)
    return _sending(world, person, program_of(world, person), number_of(person))


def code_too_soon(world: World) -> Turn:
    turn = code(world)
    assert turn.ask().status == 201
    return turn


def code_to_no_mobile(world: World) -> Turn:
    person = customer(world)
    return _sending(world, person, program_of(world, person), "48327201201")


def code_while_the_queue_is_down(world: World) -> Turn:
    turn = code_with_a_key(world)

    def ask() -> Reply:
        with patch.object(queue, "put", side_effect=Unavailable):
            return turn.ask()

    return Turn(turn.person, ask)


# --- Checking ---------------------------------------------------------------------------------------------


def _checking(
    world: World,
    guess: str = CODE,
    *,
    person: Person | None = None,
    shown: Callable[[World, Person], dict[str, str]] = program_of,
    sent: bool = True,
) -> Turn:
    person = person or newcomer(world)
    if sent:
        put_code(person.user_id, number=number_of(person), now=world.now)
    headers = shown(world, person)
    body = {"phone_number": number_of(person), "code": guess}
    return Turn(person, lambda: world.post(VERIFICATIONS, body, headers=headers))


def right(world: World) -> Turn:
    return _checking(world)


def wrong(world: World) -> Turn:
    return _checking(world, WRONG)


def never_sent(world: World) -> Turn:
    return _checking(world, WRONG, sent=False)


def used(world: World) -> Turn:
    turn = right(world)
    assert turn.ask().status == 204
    return turn


def too_late(world: World) -> Turn:
    turn = right(world)
    world.wait(policy.CODE_LIFETIME)
    return turn


def too_often(world: World) -> Turn:
    turn = wrong(world)
    for _ in range(policy.FREE_CODE_ATTEMPTS):
        turn.ask()
    return turn


def one_too_many(world: World) -> Turn:
    """The wrong codes of this hour are used up: with this request the user's numbers have half their tries."""
    return _one_too_many(world, wrong(world))


def one_too_many_of_a_subuser(world: World) -> Turn:
    owner = newcomer(world)
    clerk = subuser(owner.user_id, from_account=PLENTY, now=world.now)
    return _one_too_many(world, _checking(world, WRONG, person=Person(clerk.login, clerk.user_id, "", owner.phone)))


def _one_too_many(world: World, turn: Turn) -> Turn:
    def ask() -> Reply:
        with patch.object(policy, "MFA_WRONG_PER_USER_AND_HOUR_OF_LONGER", 1):
            return turn.ask()

    commit(counters.counting_wrong_code(turn.person.user_id, 1, now=world.now))
    return Turn(turn.person, ask)


def malformed(world: World) -> Turn:
    return _checking(world, "invalid")


def by_a_password(world: World) -> Turn:
    def shown(world: World, person: Person) -> dict[str, str]:
        with_api_password(world, person)
        return {"Authorization": basic(person.login)}

    return _checking(world, shown=shown)


def by_an_access_token(world: World) -> Turn:
    def shown(world: World, person: Person) -> dict[str, str]:
        client = make(person.user_id, "client", now=world.now, scopes="sms_authenticator", used_at=world.now)
        return {"Authorization": f"Bearer {access_token(world, client.token, 'sms_authenticator')}"}

    return _checking(world, shown=shown)


def first_use_in_five_minutes(world: World) -> Turn:
    def shown(world: World, person: Person) -> dict[str, str]:
        return program_of(world, person, used_at=world.now - policy.TOKEN_USE_NOTED_EVERY)

    return _checking(world, shown=shown)


FLOWS = {
    "POST /mfa/codes": Flow(code, 201),
    "POST /mfa/codes: after an order that ended halfway": Flow(code_after_an_order_that_ended_halfway, 201),
    "POST /mfa/codes: with a key": Flow(code_with_a_key, 201),
    "POST /mfa/codes: with the same key": Flow(code_with_the_same_key, 201),
    "POST /mfa/codes: by a sub-user": Flow(code_of_a_subuser, 201),
    "POST /mfa/codes: no points": Flow(code_without_points, 402),
    "POST /mfa/codes: too soon": Flow(code_too_soon, 429),
    "POST /mfa/codes: no mobile": Flow(code_to_no_mobile, 400),
    "POST /mfa/codes: queue down": Flow(code_while_the_queue_is_down, 503),
    "POST /mfa/codes/verifications": Flow(right, 204),
    "POST /mfa/codes/verifications: wrong code": Flow(wrong, 404),
    "POST /mfa/codes/verifications: never sent": Flow(never_sent, 404),
    "POST /mfa/codes/verifications: used": Flow(used, 404),
    "POST /mfa/codes/verifications: too late": Flow(too_late, 408),
    "POST /mfa/codes/verifications: too often": Flow(too_often, 429),
    "POST /mfa/codes/verifications: one wrong code too many": Flow(one_too_many, 404),
    "POST /mfa/codes/verifications: one wrong code too many of a sub-user": Flow(one_too_many_of_a_subuser, 404),
    "POST /mfa/codes/verifications: no code": Flow(malformed, 400),
    "POST /mfa/codes/verifications: by a password": Flow(by_a_password, 204),
    "POST /mfa/codes/verifications: by an access token": Flow(by_an_access_token, 204),
    "POST /mfa/codes/verifications: first use in five minutes": Flow(first_use_in_five_minutes, 204),
}
