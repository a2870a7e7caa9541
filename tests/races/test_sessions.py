"""Sessions, however many are opened, used and ended at once: no more live than allowed, and the end is for good."""

from datetime import datetime, timedelta
from functools import partial
from time import sleep

import pytest

from account.end_sessions_flow import end_all, end_others
from login.flow import confirm
from shared import policy, settings
from shared.auth.session_opening import NewSession
from shared.auth.sessions import Person, SessionOver
from shared.crypto import randomness, seal
from shared.domain.challenges import Challenge
from shared.domain.devices import Device
from shared.domain.identifiers import Token
from shared.domain.logins import Login
from shared.domain.sessions import A_MOMENT
from shared.errors import (
    ChallengeClosed,
    NotSignedIn,
    Outrun,
    TooManyCodes,
    TooManyEndings,
    TooManyNewDevices,
    TooManyPasswords,
)
from shared.storage import devices, users
from shared.storage.engine import commit
from tests.races.arena import (
    BEFORE,
    CODE,
    FEW,
    HOME,
    NOON,
    ONE_SEED,
    PASSWORD,
    SOME_SEEDS,
    Arena,
    answer,
    caller,
    code_for,
    let_in,
    log_in,
    of,
    places,
    tally,
)

VERIFICATIONS = 50
VERY_MANY = 10_000
SLOWEST = timedelta(seconds=15)  # as long as template.yaml lets a function take
A_RACE_LASTS = 0.2  # seconds, about


def test_a_session_that_many_requests_use_is_written_down_once(arena: Arena):
    [token] = arena.sessions(arena.person(), 1, at=NOON)
    now = NOON + policy.SESSION_TOUCHED_EVERY
    arena.wire.answered.clear()
    answers = arena.race(*[partial(caller, token, now=now)] * arena.crowd)
    assert tally(answers) == {Person: arena.crowd}
    assert arena.wire.answered.count(("UpdateItem", 200)) == 1


def test_after_everything_was_ended_no_proof_from_before_is_honoured(arena: Arena):
    ann = arena.person()
    early, late, *places = arena.challenges(ann, VERIFICATIONS)
    opened = [answer(arena.looks(early), CODE)]
    now = NOON + timedelta(seconds=1)
    wait = arena.chance.random() * A_RACE_LASTS

    def end() -> None:
        sleep(wait)  # so that with some seeds sessions are opened first
        commit(users.ending_everything(ann.user_id, now=now))

    answers = arena.race(end, *[partial(answer, arena.looks(challenge), CODE) for challenge in places])
    assert set(tally(answers)) <= {type(None), NewSession, ChallengeClosed, TooManyCodes, TooManyNewDevices}
    assert let_in([admitted.token for admitted in [*opened, *of(NewSession, answers)]]) == []
    with pytest.raises((ChallengeClosed, TooManyCodes, TooManyNewDevices)):
        answer(arena.looks(late), CODE, now=now)


@SOME_SEEDS
def test_of_sessions_that_end_each_other_one_goes_on(arena: Arena):
    tokens = arena.sessions(arena.person(), FEW)
    answers = arena.race(*[partial(end, token, arena.instant()) for token in tokens])
    assert set(tally(answers)) <= {tuple, Outrun, NotSignedIn, SessionOver}
    [(winner, _)] = of(tuple, answers)
    assert let_in(tokens) == [winner]


def test_of_all_that_one_session_ends_at_once_the_latest_counts(arena: Arena):
    ann = arena.person()
    [token] = arena.sessions(ann, 1)
    answers = arena.race(*[partial(end, token, arena.instant()) for _ in range(FEW)])
    assert set(tally(answers)) <= {tuple, Outrun, NotSignedIn, SessionOver, TooManyEndings}
    user, _ = users.find(ann.user_id)
    assert user
    assert user.epoch == max(now for _, now in of(tuple, answers))


@SOME_SEEDS
def test_of_many_who_confirm_a_session_one_gets_another_in_its_place(arena: Arena):
    ann = arena.person()
    [token] = arena.sessions(ann, 1)
    asked = [put_to(token) for _ in range(2)]
    answers = arena.race(
        *[partial(answer, arena.looks(one), code_for(one)) for one in asked * (arena.crowd // len(asked))]
    )
    assert set(tally(answers)) <= {NewSession, ChallengeClosed, TooManyCodes}
    [admitted] = of(NewSession, answers)
    assert let_in([token, admitted.token]) == [admitted.token]
    assert arena.rows(settings.SESSIONS_TABLE, ann.user_id) == 1


@SOME_SEEDS
def test_of_many_new_devices_at_once_ten_an_hour_get_in(arena: Arena):
    ann = arena.person(phone=None)
    answers = arena.race(*[partial(log_in, ann, origin=place) for place in places(FEW)])
    seen = tally(answers)
    # So many strangers at once also wait for each other's passwords, which are counted before they are found right.
    assert set(seen) <= {NewSession, TooManyNewDevices, TooManyPasswords, Outrun}
    assert seen[NewSession] == len(let_in([one.token for one in of(NewSession, answers)])) <= policy.NEW_DEVICES_AN_HOUR
    assert seen[NewSession]


@SOME_SEEDS
def test_however_many_sign_in_at_once_the_newest_stay_and_no_more_than_allowed(arena: Arena):
    ann = arena.person(phone=None)
    known = devices_of(ann, FEW)  # each may try, whatever the others do
    answers = arena.race(*[partial(log_in, ann, device=device, now=arrival(arena)) for device in known])
    assert tally(answers) == {NewSession: FEW}
    opened = sorted(of(NewSession, answers), key=lambda one: (one.session.created_at, one.token.id))
    tokens = [admitted.token for admitted in opened]
    assert let_in(tokens) == tokens[-policy.SESSIONS_AT_ONCE :]


@ONE_SEED
def test_all_of_very_many_sessions_are_ended_with_one_call(arena: Arena):
    tokens = arena.sessions(arena.person(), VERY_MANY)
    assert let_in(tokens, now=NOON) == tokens
    who = caller(arena.chance.choice(tokens))
    arena.wire.answered.clear()
    end_all(who, origin=HOME, now=NOON)
    assert arena.wire.answered == [("TransactWriteItems", 200)]
    assert let_in(tokens, now=NOON + A_MOMENT) == []


def end(token: Token, now: datetime) -> tuple[Token, datetime]:
    end_others(caller(token), origin=HOME, now=now)
    return token, now


def put_to(token: Token) -> Challenge:
    """The challenge of a session that is to be confirmed."""
    asked, _ = confirm(caller(token), PASSWORD, factor=None, origin=HOME, now=NOON)
    assert isinstance(asked, Challenge)
    return asked


def devices_of(person: Login, number: int) -> list[Token]:
    """Devices that they have signed in with before."""
    tokens = [randomness.token("device", person.user_id) for _ in range(number)]
    for token in tokens:
        device = Device(person.user_id, token.id, seal.token(token), "Check/1.0", BEFORE, BEFORE)
        commit(devices.adding(device))
    return tokens


def arrival(arena: Arena) -> datetime:
    """When a sign-in arrived that is done only now, as the first of a function's instance is."""
    return NOON - arena.chance.randrange(SLOWEST // A_MOMENT) * A_MOMENT
