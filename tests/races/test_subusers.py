"""Sub-users on the real engine: made once and no more than allowed, and whoever is out is out with the next request."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count

import pytest

from passwords.flow import change_password
from shared import policy, settings
from shared.auth import api_clients
from shared.auth.session_opening import NewSession
from shared.auth.sessions import Person
from shared.crypto import password_hash
from shared.domain.holds import Hold
from shared.domain.logins import Login
from shared.domain.subusers import Limits, Secrets, Subuser
from shared.errors import (
    ChallengeClosed,
    FailedProof,
    LimitReached,
    LoginTaken,
    NotSignedIn,
    Outrun,
    Refusal,
    SubuserQuotaReached,
    TooManyCodes,
    TooManyPasswords,
    Unavailable,
    UnknownSubuser,
    WrongPassword,
    WrongPresentPassword,
)
from shared.storage import logins, subusers, users, wallets
from shared.storage.engine import commit
from subusers import change_flow, create_flow, delete_flow
from subusers.change_flow import Changes
from subusers.create_flow import WantedSubuser
from tests.races.arena import (
    BEFORE,
    CODE,
    FEW,
    HOME,
    LATER,
    NOON,
    SOME_SEEDS,
    Arena,
    answer,
    caller,
    let_in,
    log_in,
    of,
    tally,
)
from tests.support.tokens import make

GIVEN, ANOTHER, CHOSEN = "Sunday-Ferry-31", "Monday-Train-52", "Tulip-Wagon-42"
A_CROWD = 12  # more would only wait for one another: each insists on the account's own row
_names = count()


def owner(arena: Arena) -> Person:
    """Somebody who has just signed in."""
    (session,) = arena.sessions(arena.person(), 1, at=NOON)
    return caller(session)


def order(by: Person, name: str = "") -> WantedSubuser:
    name = name or f"{by.user.login}-{next(_names)}"
    return WantedSubuser(name, name, Secrets(GIVEN), {"enabled": True}, Limits(5, 0))


def create(by: Person, wanted: WantedSubuser) -> Subuser:
    return create_flow.create(by, wanted, origin=HOME, now=BEFORE)


def change(by: Person, before: Subuser, wanted: Changes) -> Subuser:
    return change_flow.change(by, before, wanted, origin=HOME, now=NOON)


def delete(by: Person, subuser: Subuser) -> None:
    delete_flow.delete(by, subuser.user.user_id, origin=HOME, now=NOON)


def login_of(subuser: Subuser) -> Login:
    found = logins.find(subuser.user.login)
    assert found
    return found


def uses(secret: str) -> bool:
    try:
        api_clients.by_token(secret, origin=HOME, now=LATER)
    except FailedProof:
        return False
    return True


# --- Made -------------------------------------------------------------------------------------------------


@SOME_SEEDS
def test_of_many_who_ask_for_one_login_one_gets_it(arena: Arena):
    owners = [owner(arena) for _ in range(A_CROWD)]
    name = f"wanted-{next(_names)}-{owners[0].user.login}"
    answers = arena.race(*[partial(create, by, order(by, name)) for by in owners])
    assert tally(answers) == {Subuser: 1, LoginTaken: A_CROWD - 1}
    (winner,) = of(Subuser, answers)
    assert login_of(winner).user_id == winner.user.user_id
    assert sum(len(subusers.of_account(by.user.account_id)) for by in owners) == 1


@SOME_SEEDS
def test_an_account_has_no_more_than_it_may_have_however_many_it_asks_for_at_once(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(policy, "SUBUSERS_PER_ACCOUNT", 3)
    by = owner(arena)
    create(by, order(by))
    answers: list[Subuser | Refusal] = []
    for _ in range(3):
        answers += arena.race(*[partial(create, by, order(by)) for _ in range(A_CROWD)])
    assert set(tally(answers)) <= {Subuser, SubuserQuotaReached, Unavailable}
    assert len(of(Subuser, answers)) == 2
    assert len(subusers.of_account(by.user.account_id)) == 3


@SOME_SEEDS
def test_limits_that_are_set_while_they_send_are_set_and_no_point_is_lost(arena: Arena):
    by = owner(arena)
    subuser = create(by, replace(order(by), limits=Limits(0, 5)))
    user_id = subuser.user.user_id

    def send(place: int) -> None:
        wallets.take_share(user_id, Hold(f"order-{place}", NOON, 1), most_abroad=1, now=NOON)

    answers = arena.race(
        lambda: change(by, subuser, Changes(limits=Limits(per_month=40))),
        lambda: change(by, subuser, Changes(facts={"description": "Web shop"})),
        *[partial(send, place) for place in range(A_CROWD)],
    )
    assert set(tally(answers)) <= {Subuser, type(None), LimitReached}
    assert len(of(Subuser, answers)) == 2
    found = subusers.find(subuser.user.user_id)
    assert found
    assert found.purse
    assert (found.purse.per_month, found.user.description) == (40, "Web shop")
    assert found.purse.left == 40 - len(of(type(None), answers))


# --- A given password -------------------------------------------------------------------------------------


@SOME_SEEDS
def test_of_many_who_sign_in_with_a_given_password_one_gets_a_session(arena: Arena):
    by = owner(arena)
    subuser = login_of(create(by, order(by)))
    answers = arena.race(*[partial(log_in, subuser, GIVEN, now=NOON) for _ in range(A_CROWD)])
    assert set(tally(answers)) <= {NewSession, WrongPassword, TooManyPasswords}
    (admitted,) = of(NewSession, answers)
    assert let_in([admitted.token]) == [admitted.token]
    assert arena.rows(settings.SESSIONS_TABLE, subuser.user_id) == 1


@SOME_SEEDS
def test_of_many_challenges_of_a_given_password_one_leads_to_a_session(arena: Arena):
    person = arena.person()
    commit(users.ending_everything(person.user_id, now=BEFORE, given_until=NOON + policy.GIVEN_PASSWORD_LIFETIME))
    asked = arena.challenges(person, 8)
    answers = arena.race(*[partial(answer, arena.looks(challenge), CODE, now=NOON) for challenge in asked])
    assert set(tally(answers)) <= {NewSession, ChallengeClosed, TooManyCodes}
    assert len(of(NewSession, answers)) == 1
    assert arena.rows(settings.SESSIONS_TABLE, person.user_id) == 1


@SOME_SEEDS
def test_of_a_password_given_and_one_chosen_at_once_one_wins_whole(arena: Arena):
    by = owner(arena)
    subuser = create(by, order(by))
    admitted = log_in(login_of(subuser), GIVEN, now=NOON)
    assert isinstance(admitted, NewSession)
    him = caller(admitted.token)
    answers = arena.race(
        lambda: change(by, subuser, Changes(Secrets(ANOTHER))),
        lambda: change_password(him, GIVEN, CHOSEN, origin=HOME, now=NOON),
    )
    assert set(tally(answers)) <= {Subuser, NewSession, Outrun, NotSignedIn, WrongPresentPassword, WrongPassword}
    found, (user, _) = login_of(subuser), users.find(subuser.user.user_id)
    assert user
    assert (found.given_until, found.credentials_at) == (user.given_until, user.credentials_at)
    assert password_hash.is_password(found.password_hash, CHOSEN if found.given_until is None else ANOTHER)


# --- Their end -------------------------------------------------------------------------------------------

ENDS: dict[str, Callable[[Person, Subuser], object]] = {
    "switched off": lambda by, subuser: change(by, subuser, Changes(facts={"enabled": False})),
    "deleted": delete,
}


@SOME_SEEDS
@pytest.mark.parametrize("end", sorted(ENDS))
def test_who_signs_in_while_they_are_put_out_is_out(arena: Arena, end: str):
    by = owner(arena)
    subuser = create(by, order(by))
    person = login_of(subuser)
    commit(users.ending_everything(person.user_id, now=BEFORE, given_until=None, credentials_at=person.credentials_at))
    answers = arena.race(
        lambda: ENDS[end](by, subuser), *[partial(log_in, person, GIVEN, now=LATER) for _ in range(FEW // 6)]
    )
    assert not of(Outrun, answers)
    assert let_in([admitted.token for admitted in of(NewSession, answers)]) == []
    with pytest.raises((WrongPassword, TooManyPasswords)):
        log_in(person, GIVEN, now=LATER)


@SOME_SEEDS
@pytest.mark.parametrize("end", sorted(ENDS))
def test_the_next_request_with_a_token_of_one_who_was_put_out_is_refused(arena: Arena, end: str):
    by = owner(arena)
    subuser = create(by, order(by))
    secret = make(subuser.user.user_id, now=NOON).secret
    done: list[bool] = []

    def put_out() -> None:
        ENDS[end](by, subuser)
        done.append(True)

    def is_let_in_afterwards() -> bool:
        return bool(done) and uses(secret)

    assert uses(secret)
    got = arena.race(put_out, *[is_let_in_afterwards] * (policy.FREE_FORGERIES // 2))  # so that none has to wait
    assert not of(Refusal, got)
    assert not any(one is True for one in got)
    assert not uses(secret)


@SOME_SEEDS
def test_of_many_who_delete_one_one_did(arena: Arena, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "SUBUSERS_PER_ACCOUNT", 2)
    by = owner(arena)
    create(by, order(by))
    subuser = create(by, order(by))
    answers = arena.race(*[partial(delete, by, subuser)] * A_CROWD)
    assert tally(answers) == {type(None): 1, UnknownSubuser: A_CROWD - 1}
    assert create(by, order(by))
    with pytest.raises(SubuserQuotaReached):
        create(by, order(by))


@SOME_SEEDS
def test_who_is_deleted_while_all_else_happens_to_them_stays_deleted(arena: Arena):
    by = owner(arena)
    subuser = create(by, order(by))
    answers = arena.race(
        lambda: delete(by, subuser),
        lambda: change(by, subuser, Changes(Secrets(ANOTHER))),
        lambda: change(by, subuser, Changes(facts={"enabled": False})),
        lambda: change(by, subuser, Changes(limits=Limits(7, 7))),
        lambda: change(by, subuser, Changes(facts={"permissions": "sms"})),
    )
    assert set(tally(answers)) <= {type(None), Subuser, Outrun, UnknownSubuser}
    assert logins.find(subuser.user.login) is None
    assert subusers.find(subuser.user.user_id) is None
    assert arena.row(settings.WALLETS_TABLE, subuser.user.user_id) == {}
    assert arena.row(settings.REMINDERS_TABLE, subuser.user.user_id) == {}
