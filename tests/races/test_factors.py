"""Second factors, however many use one at once: a step, a recovery code and an enrolment are good once each."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from shared import policy, settings
from shared.auth import attempt_limits
from shared.crypto import kms, randomness, seal
from shared.domain import totp
from shared.domain.totp import Authenticator, Enrolment
from shared.errors import Outrun, WrongCode
from shared.storage import factors
from shared.storage.engine import commit
from tests.races.arena import APP, HAVE_LOOKED, NOON, Arena, enrolment_of, give_app, give_codes, of, tally

ROUNDS = 4


def test_of_many_who_use_a_step_one_is_accepted(arena: Arena):
    app = give_app(arena.nobody().user_id)
    answers = arena.race(*[partial(use_app, looks(arena, app), APP.at(NOON)) for _ in range(arena.crowd)])
    assert tally(answers) == {int: 1, WrongCode: arena.crowd - 1}
    assert [app_of(app.user_id).last_step] == of(int, answers)


def test_every_step_anew_one_is_accepted(arena: Arena):
    app = give_app(arena.nobody().user_id)
    for now in (NOON + place * policy.TOTP_STEP for place in range(ROUNDS)):
        crowd = range(arena.crowd // ROUNDS)
        answers = arena.race(*[partial(use_app, looks(arena, app), APP.at(now), now=now) for _ in crowd])
        assert [app_of(app.user_id).last_step] == of(int, answers) == [APP.timecode(now)]


def test_of_several_steps_at_once_each_is_accepted_at_most_once_and_the_latest_stays(arena: Arena):
    app = give_app(arena.nobody().user_id)
    around = [APP.at(NOON + away * policy.TOTP_STEP) for away in (-1, 0, 1)]
    crowd = around * (arena.crowd // len(around))
    answers = arena.race(*[partial(use_app, looks(arena, app), code) for code in crowd])
    accepted = of(int, answers)
    assert len(accepted) == len(set(accepted))
    assert app_of(app.user_id).last_step == max(accepted) == APP.timecode(NOON) + 1


def test_of_many_who_use_a_recovery_code_one_is_let_in(arena: Arena):
    user_id, codes = with_codes(arena)
    answers = arena.race(*[partial(use_code, user_id, codes[0])] * arena.crowd)
    assert tally(answers) == {str: 1, WrongCode: arena.crowd - 1}
    assert left(user_id) == policy.RECOVERY_CODES - 1


def test_all_recovery_codes_at_once_work_once_each(arena: Arena):
    user_id, codes = with_codes(arena)
    crowd = codes * (arena.crowd // len(codes))
    answers = arena.race(*[partial(use_code, user_id, code) for code in crowd])
    assert sorted(of(str, answers)) == sorted(codes)
    assert left(user_id) == 0


def test_a_new_list_is_whole_whoever_uses_the_old_one_meanwhile(arena: Arena):
    user_id, codes = with_codes(arena)
    newer = randomness.recovery_codes()
    arena.race(partial(give_codes, user_id, newer), *[partial(use_code, user_id, code) for code in codes])
    assert left(user_id) == policy.RECOVERY_CODES
    assert [use_code(user_id, code) for code in newer] == newer


def test_of_many_who_confirm_an_app_one_comes_first(arena: Arena):
    enrolment = enrolment_of(arena.nobody().user_id)
    commit(factors.enrolling(enrolment))
    answers = arena.race(*[partial(confirm, enrolment, APP.at(NOON))] * arena.crowd)
    assert tally(answers) == {int: 1, Outrun: arena.crowd - 1}
    assert arena.rows(settings.FACTORS_TABLE, enrolment.user_id) == 1


def test_an_app_that_comes_while_an_older_one_is_confirmed_can_be_confirmed_next(arena: Arena):
    older = enrolment_of(arena.nobody().user_id)
    newer = enrolment_of(older.user_id)
    commit(factors.enrolling(older))
    arena.race(partial(confirm, older, APP.at(NOON)), partial(commit, factors.enrolling(newer)))
    confirm(newer, APP.at(NOON))
    assert app_of(newer.user_id).secret_blob == newer.secret_blob


# --- Who is in the arena ----------------------------------------------------------------------------------


def with_codes(arena: Arena) -> tuple[str, list[str]]:
    """Somebody new, and their recovery codes."""
    user_id, codes = arena.nobody().user_id, randomness.recovery_codes()
    give_codes(user_id, codes)
    return user_id, codes


def looks(arena: Arena, app: Authenticator) -> Callable[[], Authenticator]:
    """How a caller knows *app*: they look when it is their turn, or have looked before all others came."""
    if arena.chance.random() < HAVE_LOOKED:
        return lambda: app
    return partial(app_of, app.user_id)


def app_of(user_id: str) -> Authenticator:
    app, _ = factors.of_user(user_id)
    assert app
    return app


def left(user_id: str) -> int:
    _, codes = factors.of_user(user_id)
    assert codes
    return codes.left


# --- What they do -----------------------------------------------------------------------------------------


def use_app(look: Callable[[], Authenticator], code: str, *, now: datetime = NOON) -> int:
    """The step that was accepted, in one write with what else a proof brings about."""
    app = look()
    secret = kms.decrypt(app.secret_blob, user_id=app.user_id)
    step = totp.matching_step(secret, code, after=app.last_step, now=now)
    if step is None:
        raise WrongCode
    commit(factors.accepting_step(app, step=step), attempt_limits.resetting_code_attempts(app.user_id, now=NOON))
    return step


def confirm(enrolment: Enrolment, code: str) -> int:
    secret = kms.decrypt(enrolment.secret_blob, user_id=enrolment.user_id)
    step = totp.matching_step(secret, code, after=0, now=NOON)
    assert step
    commit(*factors.confirming(enrolment, step=step, now=NOON))
    return step


def use_code(user_id: str, code: str) -> str:
    digest = seal.digest("recovery", user_id, code)
    commit(factors.using_code(user_id, digest), attempt_limits.resetting_code_attempts(user_id, now=NOON))
    return code
