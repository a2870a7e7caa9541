"""Changes of what guards a login, made by several requests at once: one wins whole, and all rows tell one story."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest
from pynamodb.attributes import UTCDateTimeAttribute

from factors.flow import drop, make_codes, prove_app, prove_phone
from passwords.flow import change_password
from shared import policy, settings
from shared.auth import second_factor
from shared.auth.sessions import Person, SessionOver
from shared.crypto import password_hash, randomness, seal
from shared.domain.challenges import PHONE
from shared.domain.identifiers import Token
from shared.domain.logins import Login
from shared.domain.users import User
from shared.errors import (
    ChallengeClosed,
    EnrolmentClosed,
    FactorNeeded,
    NotFound,
    NotSignedIn,
    Outrun,
    TooManyNewPasswords,
    TooManyPasswords,
    WrongPassword,
)
from shared.storage import challenges, factors, logins, users
from shared.storage.engine import commit
from tests.races.arena import (
    APP,
    CODE,
    FEW,
    HOME,
    NOON,
    PASSWORD,
    SOME_SEEDS,
    Arena,
    caller,
    enrolment_of,
    give_app,
    give_codes,
    let_in,
    of,
    tally,
)

SOME = 8
WAITS = (TooManyPasswords, TooManyNewPasswords)
DONE_BEFORE = (ChallengeClosed, EnrolmentClosed)

type Look = Callable[[], Person]
type Switch = Callable[..., object]


@SOME_SEEDS
@pytest.mark.parametrize("crowd", [2, FEW])
def test_of_password_changes_at_once_one_wins_whole(arena: Arena, crowd: int):
    ann = arena.person()
    tokens = arena.sessions(ann, crowd)
    orders = [(looks(arena, token), f"Rzeka-{place:03}-Most", arena.instant()) for place, token in enumerate(tokens)]
    answers = arena.race(*[partial(change, *order) for order in orders])
    assert set(tally(answers)) <= {tuple, NotSignedIn, SessionOver, Outrun, WrongPassword, *WAITS}
    [(password, now, token)] = of(tuple, answers)
    login, user = known(ann)
    assert password_hash.is_password(login.password_hash, password)
    assert login.credentials_at == user.credentials_at == user.password_set_at == user.epoch == now
    assert arena.row(settings.PASSWORDS_TABLE, ann.user_id)["before"] == {"L": [{"S": ann.password_hash}]}
    assert due(arena, ann) == now + policy.PASSWORD_CHANGED_EVERY
    assert let_in([token, *tokens]) == [token]


def test_of_sessions_that_switch_factors_at_once_one_goes_on(arena: Arena):
    ann = everything_on(arena)
    wanted = [*changes(arena, ann), make_codes]
    tokens = arena.sessions(ann, len(wanted))
    places = zip(map(partial(looks, arena), tokens), wanted, strict=True)
    answers = arena.race(*[partial(switch, *place, arena.instant()) for place in places])
    assert set(tally(answers)) <= {Person, Outrun, NotSignedIn, SessionOver}
    [winner] = of(Person, answers)
    assert [token.id for token in let_in(tokens)] == [winner.session.session_id]


def test_whatever_one_session_switches_at_once_all_rows_tell_one_story(arena: Arena):
    ann = everything_on(arena)
    [token] = arena.sessions(ann, 1)
    wanted = arena.chance.choices([*changes(arena, ann), make_codes], k=SOME)
    answers = arena.race(*[partial(switch, looks(arena, token), one, arena.instant()) for one in wanted])
    assert set(tally(answers)) <= {Person, Outrun, NotSignedIn, SessionOver, NotFound, FactorNeeded, *DONE_BEFORE}
    must_tell_one_story(ann)


def test_no_recovery_codes_are_left_where_the_last_factor_goes_as_they_are_made(arena: Arena):
    ann = arena.person()
    [token] = arena.sessions(ann, 1)
    who = caller(token)
    arena.race(*[partial(switch, lambda: who, one, arena.instant()) for one in (partial(drop, name="sms"), make_codes)])
    must_tell_one_story(ann)


# --- Who is in the arena, and what they do ----------------------------------------------------------------


def everything_on(arena: Arena) -> Login:
    """Somebody with every factor, and with one more app that waits for its first code."""
    ann = arena.person(has_totp=True, has_recovery_codes=True)
    give_app(ann.user_id)
    give_codes(ann.user_id, randomness.recovery_codes())
    commit(factors.enrolling(enrolment_of(ann.user_id)))
    return ann


def changes(arena: Arena, person: Login) -> list[Switch]:
    """All factors off, and on again: the phone is another one."""
    challenge_id = randomness.challenge_id(person.user_id)
    asked = replace(arena.challenge(person), challenge_id=challenge_id, purpose=PHONE, phone=arena.nobody().phone)
    commit(challenges.adding(replace(asked, sealed_code=seal.code(challenges.code_row(asked), CODE))))
    return [
        partial(drop, name="sms"),
        partial(drop, name="totp"),
        partial(prove_phone, challenge_id=challenge_id, code=CODE),
        partial(prove_app, code=APP.at(NOON)),
    ]


def looks(arena: Arena, token: Token) -> Look:
    """How they are known at the door: they are looked up when it is their turn, or were before all others came."""
    if arena.chance.choice([True, False]):
        who = caller(token)
        return lambda: who
    return partial(caller, token)


def change(look: Look, password: str, now: datetime) -> tuple[str, datetime, Token]:
    """What came of it: the password, its time, and the token of the session that goes on."""
    return password, now, change_password(look(), PASSWORD, password, origin=HOME, now=now).token


def switch(look: Look, wanted: Switch, now: datetime) -> Person:
    """Who did it."""
    who = look()
    wanted(who, origin=HOME, now=now)
    return who


def known(person: Login) -> tuple[Login, User]:
    """What sign-ins read of them, and what requests do."""
    login, (user, _) = logins.find(person.login), users.find(person.user_id)
    assert login
    assert user
    return login, user


def must_tell_one_story(person: Login) -> None:
    login, user = known(person)
    assert (login.phone, login.has_totp, login.credentials_at) == (user.phone, user.has_totp, user.credentials_at)
    app, codes = factors.of_user(person.user_id)
    assert (login.has_totp, login.has_recovery_codes) == (app is not None, codes is not None)
    assert second_factor.of(login) or not login.has_recovery_codes


def due(arena: Arena, person: Login) -> datetime:
    """When their password gets old."""
    return UTCDateTimeAttribute().deserialize(arena.row(settings.REMINDERS_TABLE, person.user_id)["due_at"]["S"])
