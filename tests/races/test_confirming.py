"""A sub-user within a program's limits who is confirmed as they, or that program, do something: one story, no half."""

from dataclasses import replace
from functools import partial
from itertools import count

from account.review_suspended_flow import confirm, confirm_people
from shared.auth import api_clients
from shared.auth.sessions import Person
from shared.domain.rights import Rights
from shared.domain.subusers import Secrets, Subuser
from shared.domain.users import User
from shared.errors import NotFound, Outrun, TooManyRequests
from shared.storage import subusers, users
from shared.storage.engine import commit
from subusers import change_flow, create_flow, delete_flow
from subusers.change_flow import Changes
from subusers.create_flow import WantedSubuser
from tests.races.arena import BEFORE, HOME, NOON, SOME_SEEDS, Arena, caller, of, tally
from tests.support.tokens import make
from tokens import flow
from tokens.flow import WantedToken

FEW, SOME = 3, 6
LIMIT = 600
GIVEN = "Sunday-Ferry-31"
BOUNDS = Rights(frozenset({"sms", "tokens", "profile"}), rate_limit=LIMIT)
_names = count()


@SOME_SEEDS
def test_of_many_who_confirm_them_one_did_and_they_are_free(arena: Arena):
    by = owner(arena)
    joe = bounded(by)
    answers = arena.race(
        *[partial(confirm, by, joe.user_id, origin=HOME, now=NOON)] * FEW,
        *[partial(confirm_people, by, origin=HOME, now=NOON)] * FEW,
    )
    assert set(tally(answers)) <= {type(None), int, NotFound, Outrun}
    assert of(type(None), answers) + [one for one in of(int, answers) if one] in ([None], [1])
    assert found(joe).bounds is None


@SOME_SEEDS
def test_what_they_do_while_they_are_confirmed_is_done_or_refused_and_afterwards_they_are_free(arena: Arena):
    by = owner(arena)
    joe = bounded(by)
    secret = make(joe.user_id, now=NOON, scopes="sms tokens profile", used_at=NOON).secret
    wanted = WantedToken("api", "robot", "", replace(BOUNDS, rate_limit=1))

    def asks() -> object:
        program = api_clients.by_token(secret, origin=HOME, now=NOON)
        return flow.create(program, wanted, origin=HOME, now=NOON)

    answers = arena.race(partial(confirm, by, joe.user_id, origin=HOME, now=NOON), *[asks] * SOME)
    assert set(tally(answers)) <= {type(None), tuple, Outrun, TooManyRequests}
    assert found(joe).bounds is None
    assert api_clients.by_token(secret, origin=HOME, now=NOON).rates == ()


@SOME_SEEDS
def test_a_program_that_gives_them_more_meanwhile_does_it_before_they_are_free_or_binds_them_again(arena: Arena):
    by = owner(arena)
    joe = bounded(by)
    program = api_clients.by_token(
        make(by.user.user_id, now=NOON, rate_limit=LIMIT, used_at=NOON).secret, origin=HOME, now=NOON
    )
    before = subuser(joe)
    confirmed: list[bool] = []

    def confirms() -> None:
        confirm(by, joe.user_id, origin=HOME, now=NOON)
        confirmed.append(True)

    answers = arena.race(
        confirms,
        lambda: change_flow.change(program, before, Changes(Secrets("Monday-Train-52")), origin=HOME, now=NOON),
    )
    assert set(tally(answers)) <= {type(None), Subuser, Outrun}
    assert len(of(Outrun, answers)) < len(answers)
    assert (found(joe).bounds is None) == bool(confirmed)


@SOME_SEEDS
def test_who_is_deleted_while_they_are_confirmed_is_gone(arena: Arena):
    by = owner(arena)
    joe = bounded(by)
    answers = arena.race(
        partial(confirm, by, joe.user_id, origin=HOME, now=NOON),
        partial(confirm_people, by, origin=HOME, now=NOON),
        partial(delete_flow.delete, by, joe.user_id, origin=HOME, now=NOON),
    )
    assert set(tally(answers)) <= {type(None), int, NotFound, Outrun}
    if subusers.find(joe.user_id):  # the deletion was outrun
        delete_flow.delete(by, joe.user_id, origin=HOME, now=NOON)
    assert subusers.find(joe.user_id) is None


def owner(arena: Arena) -> Person:
    """Somebody who has just signed in."""
    (session,) = arena.sessions(arena.person(), 1, at=NOON)
    return caller(session)


def bounded(by: Person) -> User:
    """A sub-user within the limits of a program."""
    name = f"{by.user.login}-confirmed-{next(_names)}"
    wanted = WantedSubuser(name, name, Secrets(GIVEN), {"enabled": True})
    user = create_flow.create(by, wanted, origin=HOME, now=BEFORE).user
    commit(users.deciding(user, bounds=BOUNDS))
    return found(user)


def found(joe: User) -> User:
    user, _ = users.find(joe.user_id)
    assert user
    return user


def subuser(joe: User) -> Subuser:
    there = subusers.find(joe.user_id)
    assert there
    return there
