"""Codes that customers send to their own users: many guesses at once, and codes sent meanwhile."""

from datetime import datetime
from functools import partial

from shared import policy
from shared.auth.api_clients import ApiClient
from shared.domain import points
from shared.domain.accounts import Account
from shared.domain.logins import Login
from shared.domain.messages import Recipient
from shared.domain.mfa_codes import MfaCode
from shared.domain.rights import Rights
from shared.domain.scopes import SCOPES
from shared.domain.users import User
from shared.errors import CodeNotFound, Outrun, ResendTooSoon, TooManyCodes
from shared.storage import mfa_codes, wallets
from sms_authenticator.flow import Sent, WantedCode, about, send, verify
from tests.races.arena import BEFORE, CODE, FEW, HOME, LATER, MANY, NOON, WRONG, Arena, of, tally
from tests.sms_authenticator.mfa import PRICE, put_code
from tests.support.sending import give_points

MUCH = points.read("100")


def test_of_many_verifications_of_one_right_code_exactly_one_is_told_so(arena: Arena):
    ann = arena.person()
    put_code(ann.user_id, number=str(ann.phone), code=CODE, now=NOON)
    answers = arena.race(*[partial(check, ann, CODE, now=arena.instant()) for _ in range(MANY)])
    assert tally(answers) == {type(None): 1, CodeNotFound: MANY - 1}
    assert held(ann).is_proved


def test_of_many_wrong_guesses_only_the_free_ones_are_judged(arena: Arena):
    ann = arena.person()
    put_code(ann.user_id, number=str(ann.phone), code=CODE, now=NOON)
    answers = arena.race(*[partial(check, ann, WRONG, now=arena.instant()) for _ in range(MANY)])
    assert tally(answers) == {CodeNotFound: policy.FREE_CODE_ATTEMPTS, TooManyCodes: MANY - policy.FREE_CODE_ATTEMPTS}
    assert held(ann).failures == policy.FREE_CODE_ATTEMPTS


def test_a_right_code_among_many_wrong_ones_is_right_once_at_most(arena: Arena):
    ann = arena.person()
    put_code(ann.user_id, number=str(ann.phone), code=CODE, now=NOON)
    guesses = [CODE] * 2 + [WRONG] * (arena.crowd - 2)
    answers = arena.race(*[partial(check, ann, guess, now=arena.instant()) for guess in guesses])
    seen = tally(answers)
    assert seen[type(None)] == held(ann).is_proved
    assert held(ann).failures <= policy.FREE_CODE_ATTEMPTS


def test_of_many_codes_that_are_asked_for_at_once_one_is_sent_and_it_counts(arena: Arena):
    ann = arena.person()
    give_points(ann.account_id, MUCH)
    answers = arena.race(*[partial(ask_for, ann, now=arena.instant()) for _ in range(arena.crowd)])
    (sent,) = of(Sent, answers)
    assert tally(answers) == {Sent: 1, ResendTooSoon: arena.crowd - 1}
    assert wallets.balance(ann.account_id) == MUCH - PRICE
    check(ann, sent.code, now=LATER)
    assert held(ann).is_proved


def test_of_many_requests_with_one_key_one_sends_a_code(arena: Arena):
    ann = arena.person()
    give_points(ann.account_id, MUCH)
    answers = arena.race(*[partial(ask_for, ann, key="order-7", now=arena.instant()) for _ in range(FEW)])
    seen = tally(answers)
    assert len({sent.code for sent in of(Sent, answers)}) == 1
    assert set(seen) <= {Sent, Outrun, ResendTooSoon}
    assert wallets.balance(ann.account_id) == MUCH - PRICE
    assert ask_for(ann, key="order-7", now=LATER) == of(Sent, answers)[0]


def test_a_new_code_among_many_guesses_gives_no_more_tries_and_the_newest_counts(arena: Arena):
    ann = arena.person()
    give_points(ann.account_id, MUCH)
    put_code(ann.user_id, number=str(ann.phone), code=CODE, now=BEFORE - policy.MFA_RESEND_AFTER)
    guesses = [partial(check, ann, WRONG, now=arena.instant()) for _ in range(arena.crowd)]
    answers = arena.race(*guesses, partial(ask_for, ann, now=arena.instant()))
    sent = of(Sent, answers)
    assert tally(answers)[CodeNotFound] == policy.FREE_CODE_ATTEMPTS
    assert held(ann).failures == policy.FREE_CODE_ATTEMPTS
    assert [one.code_id for one in sent] == [held(ann).code_id] * len(sent)


def test_a_right_code_that_meets_a_new_one_is_right_once_or_void(arena: Arena):
    ann = arena.person()
    give_points(ann.account_id, MUCH)
    put_code(ann.user_id, number=str(ann.phone), code=CODE, now=BEFORE - policy.MFA_RESEND_AFTER)
    proofs = [partial(check, ann, CODE, now=arena.instant()) for _ in range(FEW)]
    answers = arena.race(*proofs, partial(ask_for, ann, now=arena.instant()))
    (sent,) = of(Sent, answers)
    assert tally(answers)[type(None)] <= 1 + (sent.code == CODE)
    assert not held(ann).is_proved or sent.code == CODE


def ask_for(person: Login, *, key: str | None = None, now: datetime) -> Sent:
    """POST /mfa/codes, as its door does it."""
    number = str(person.phone)
    return send(program_of(person), WantedCode(Recipient(number, "PL", number), None, None, key), now=now)


def check(person: Login, code: str, *, now: datetime) -> None:
    """POST /mfa/codes/verifications, as its door does it."""
    verify(program_of(person), str(person.phone), code, None, origin=HOME, now=now)


def program_of(person: Login) -> ApiClient:
    """A program of *person* that may do everything."""
    user = User(person.account_id, person.user_id, person.login, enabled=True, created_at=NOON, email=person.email)
    return ApiClient(user, Account(person.account_id), None, Rights(frozenset(SCOPES)))


def held(person: Login) -> MfaCode:
    found, _, _ = mfa_codes.find_with(about(person.user_id, str(person.phone)), None)
    assert found
    return found
