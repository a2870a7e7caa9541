"""Every kind of request there is: who sends it, in which state, and how it is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count

from argon2 import PasswordHasher

from shared import chance, gatekeeper, policy, seal
from shared.domain import identifiers
from shared.domain.invitations import Invitation
from shared.storage import engine, invitations
from shared.storage.strikes import StrikeItem
from tests.support.events import Reply
from tests.support.world import PASSWORD, Person, World

WRONG_PASSWORD = "Wrong-Horse-7"
NEW_PASSWORD = "Tulip-Wagon-42"

QUICK_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""A password that takes no time to check: here hashes are counted, and how slow they are is proved elsewhere."""

_numbers = count(1)


@dataclass(frozen=True)
class Turn:
    """Somebody who is about to send a request, and may send it again.

    `keeps` tells whether the answer is as good as it sounds: whether what it granted can be used.
    """

    person: Person
    ask: Callable[[], Reply]
    keeps: Callable[[Reply], bool] = lambda _: True


@dataclass(frozen=True)
class Flow:
    """A kind of request. `ready` brings a new person to where it can be sent; `status` answers it."""

    ready: Callable[[World], Turn]
    status: int


def newcomer(world: World, **facts: object) -> Person:
    """A user whom nobody knows from before, with a phone of his own."""
    number = next(_numbers)
    return world.add(f"person{number:04}", **{"phone": f"+48600{number:06}", "password_hash": QUICK_HASH, **facts})


def right_password(world: World) -> Turn:
    person = newcomer(world)
    return Turn(person, lambda: world.sign_in(person), lambda answer: _leads_to_a_session(world, answer))


def known_device(world: World) -> Turn:
    person = newcomer(world)
    device = world.session(person)["device_token"]
    ask = partial(world.sign_in, person, device_token=device)
    return Turn(person, ask, lambda answer: _leads_to_a_session(world, answer))


def right_password_alone(world: World) -> Turn:
    person = newcomer(world, phone=None)
    return Turn(person, lambda: world.sign_in(person), lambda answer: _is_a_session(world, answer))


def wrong_password(world: World) -> Turn:
    person = newcomer(world)
    return Turn(person, lambda: world.sign_in(person, password=WRONG_PASSWORD))


def unknown_login(world: World) -> Turn:
    person = newcomer(world)
    return Turn(person, lambda: world.sign_in(person, login=f"not-{person.login}"))


def disabled_login(world: World) -> Turn:
    person = newcomer(world, enabled=False)
    return Turn(person, lambda: world.sign_in(person))


def login_that_must_wait(world: World) -> Turn:
    turn = wrong_password(world)
    for _ in range(policy.FREE_PASSWORD_TRIES):
        turn.ask()
    return turn


def locked_codes(world: World) -> Turn:
    person = newcomer(world)
    codes = StrikeItem(f"code:{person.user_id}")
    tried = [StrikeItem.failures.set(gatekeeper.CODES.most), StrikeItem.last_at.set(world.now)]
    engine.commit(engine.change(codes, tried, guard=StrikeItem.about.does_not_exist()))
    return Turn(person, lambda: world.sign_in(person))


def too_many_messages(world: World) -> Turn:
    person = newcomer(world)
    for _ in range(policy.SMS_PER_NUMBER_AND_HOUR):
        engine.commit(*gatekeeper.charging_message(str(person.phone), person.user_id, now=world.now))
    return Turn(person, lambda: world.sign_in(person))


def right_code(world: World) -> Turn:
    """If the answer is lost, the person can still sign in again."""
    person = newcomer(world)
    challenge_id, code = world.challenge(person), world.code()

    def keeps(answer: Reply) -> bool:
        return _is_a_session(world, answer) if answer.status == 200 else bool(world.session(person))

    return Turn(person, lambda: world.verify(challenge_id, code), keeps)


def right_code_from_known_device(world: World) -> Turn:
    person = newcomer(world)
    device = world.session(person)["device_token"]
    challenge_id, code = world.challenge(person, device_token=device), world.code()
    return Turn(person, lambda: world.verify(challenge_id, code))


def known_device_alone(world: World) -> Turn:
    person = newcomer(world, phone=None)
    device = world.sign_in(person).body["device_token"]
    ask = partial(world.sign_in, person, device_token=device)
    return Turn(person, ask, lambda answer: _is_a_session(world, answer))


def wrong_code(world: World) -> Turn:
    person = newcomer(world)
    challenge_id, code = world.challenge(person), world.wrong_code()
    return Turn(person, lambda: world.verify(challenge_id, code))


def resend(world: World) -> Turn:
    person = newcomer(world)
    challenge_id = world.challenge(person)
    world.wait(policy.RESEND_AFTER)
    ask = partial(world.post, "/verify-code/resend", {"challenge_id": challenge_id})
    return Turn(person, ask, lambda _: world.verify(challenge_id, world.code()).status == 200)


def fresh_session(world: World) -> Turn:
    person = newcomer(world)
    token = world.session(person)["session"]["token"]
    return Turn(person, lambda: world.me(token))


def session_worth_touching(world: World) -> Turn:
    turn = fresh_session(world)
    world.wait(policy.SESSION_TOUCHED_EVERY)
    return turn


def logout(world: World) -> Turn:
    person = newcomer(world)
    token = world.session(person)["session"]["token"]
    ask = partial(world.call, "POST", "/logout", headers={"Authorization": f"Bearer {token}"})
    return Turn(person, ask, lambda _: world.me(token).status == 401)


def list_of_sessions(world: World) -> Turn:
    return _as_somebody(world, "GET", "/account/sessions")


def end_of_a_session(world: World) -> Turn:
    person = newcomer(world)
    other = _token(world, person)
    path = f"/account/sessions/{_id(other)}"
    return _as_somebody(world, "DELETE", path, person, lambda _: world.me(other).status == 401)


def logout_everywhere(world: World) -> Turn:
    person = newcomer(world)
    other = _token(world, person)
    return _as_somebody(world, "POST", "/account/logout-everywhere", person, lambda _: world.me(other).status == 401)


def logout_others(world: World) -> Turn:
    person = newcomer(world)
    other = _token(world, person)
    return _as_somebody(world, "POST", "/account/logout-others", person, lambda _: world.me(other).status == 401)


def choice_of_session_length(world: World) -> Turn:
    person = newcomer(world)
    headers = _bearer(_token(world, person))
    return Turn(person, lambda: world.call("PUT", "/account/session-length", {"idle_minutes": 5}, headers=headers))


def list_of_devices(world: World) -> Turn:
    return _as_somebody(world, "GET", "/account/devices")


def end_of_a_device(world: World) -> Turn:
    person = newcomer(world)
    device = _id(world.session(person)["device_token"])
    return _as_somebody(world, "DELETE", f"/account/devices/{device}", person)


def _as_somebody(
    world: World,
    method: str,
    path: str,
    person: Person | None = None,
    keeps: Callable[[Reply], bool] = lambda _: True,
) -> Turn:
    """A request of someone who has signed in."""
    person = person or newcomer(world)
    headers = _bearer(_token(world, person))
    return Turn(person, lambda: world.call(method, path, headers=headers), keeps)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _token(world: World, person: Person) -> str:
    return str(world.session(person)["session"]["token"])


def _id(token: str) -> str:
    """The id in a token."""
    return token.rpartition("_")[2][: identifiers.RECORD_CHARACTERS]


def acceptance(world: World) -> Turn:
    person = newcomer(world, password_hash=None)
    token = invited(world, person)
    ask = partial(world.post, "/invitations/accept", {"token": token, "password": NEW_PASSWORD})
    return Turn(person, ask, lambda _: world.sign_in(person, password=NEW_PASSWORD).status == 200)


def invited(world: World, person: Person, *, lasts: timedelta = policy.INVITATION_LIFETIME) -> str:
    """The token in the link that *person* got."""
    token = chance.token("invitation", person.user_id)
    engine.commit(
        invitations.adding(Invitation(token.id, person.login, seal.token(token), expires_at=world.now + lasts))
    )
    return identifiers.write(token)


def _leads_to_a_session(world: World, challenged: Reply) -> bool:
    """The code that was sent last opens the challenge that was answered."""
    return world.verify(challenged.body["challenge"]["id"], world.code()).status == 200


def _is_a_session(world: World, opened: Reply) -> bool:
    return world.me(opened.body["session"]["token"]).status == 200


FLOWS = {
    "POST /login: right password": Flow(right_password, 200),
    "POST /login: right password, known device": Flow(known_device, 200),
    "POST /login: right password, no second factor": Flow(right_password_alone, 200),
    "POST /login: right password, known device, no second factor": Flow(known_device_alone, 200),
    "POST /login: right password, codes locked": Flow(locked_codes, 403),
    "POST /login: right password, too many messages": Flow(too_many_messages, 429),
    "POST /login: wrong password": Flow(wrong_password, 401),
    "POST /login: unknown login": Flow(unknown_login, 401),
    "POST /login: disabled login": Flow(disabled_login, 401),
    "POST /login: too many wrong passwords": Flow(login_that_must_wait, 429),
    "POST /verify-code: right code": Flow(right_code, 200),
    "POST /verify-code: right code, known device": Flow(right_code_from_known_device, 200),
    "POST /verify-code: wrong code": Flow(wrong_code, 401),
    "POST /verify-code/resend": Flow(resend, 200),
    "GET /session": Flow(fresh_session, 200),
    "GET /session: a minute after the last use": Flow(session_worth_touching, 200),
    "POST /logout": Flow(logout, 204),
    "POST /invitations/accept": Flow(acceptance, 204),
    "GET /account/sessions": Flow(list_of_sessions, 200),
    "DELETE /account/sessions/{session_id}": Flow(end_of_a_session, 204),
    "POST /account/logout-everywhere": Flow(logout_everywhere, 204),
    "POST /account/logout-others": Flow(logout_others, 204),
    "PUT /account/session-length": Flow(choice_of_session_length, 200),
    "GET /account/devices": Flow(list_of_devices, 200),
    "DELETE /account/devices/{device_id}": Flow(end_of_a_device, 204),
}
