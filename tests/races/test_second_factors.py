"""Second factors, however many sign-ins give one at once: what is good once lets one of them in."""

from functools import partial

from shared import settings
from shared.auth.session_opening import NewSession
from shared.crypto import randomness, seal
from shared.errors import TooManyCodes, WrongCode
from shared.storage import factors
from tests.races.arena import APP, NOON, SOME_SEEDS, Arena, answer, give_app, give_codes, tally


@SOME_SEEDS
def test_of_many_sign_ins_that_give_the_code_of_one_step_one_gets_in(arena: Arena):
    ann = arena.person(phone=None, has_totp=True)
    give_app(ann.user_id)
    looks = [arena.looks(challenge, "totp") for challenge in arena.challenges(ann, arena.crowd)]
    seen = tally(arena.race(*[partial(answer, look, APP.at(NOON)) for look in looks]))
    assert seen[NewSession] == arena.rows(settings.SESSIONS_TABLE, ann.user_id) == 1
    assert set(seen) <= {NewSession, WrongCode, TooManyCodes}


@SOME_SEEDS
def test_of_many_sign_ins_that_give_one_recovery_code_one_gets_in(arena: Arena):
    ann = arena.person(has_recovery_codes=True)
    codes = randomness.recovery_codes()
    held = give_codes(ann.user_id, codes)
    looks = [arena.looks(challenge, "recovery_code") for challenge in arena.challenges(ann, arena.crowd)]
    seen = tally(arena.race(*[partial(answer, look, codes[0]) for look in looks]))
    assert seen[NewSession] == arena.rows(settings.SESSIONS_TABLE, ann.user_id) == 1
    assert set(seen) <= {NewSession, WrongCode, TooManyCodes}
    _, left = factors.of_user(ann.user_id)
    assert left
    assert left.codes == held.codes - {seal.digest("recovery", ann.user_id, codes[0])}
