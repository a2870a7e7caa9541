"""IP lists, however many decide at once: one wins whole, and no sign-in slips past the list that counts."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count

from account.break_glass_flow import break_glass
from shared import policy, settings
from shared.domain.accounts import Account
from shared.domain.challenges import Challenge
from shared.domain.ip_lists import PANEL, IpList, ListEntry
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import AddressNotAllowed, Outrun, TooManyMessages, TooManyPasswords, WrongPassword
from shared.storage import accounts, ip_lists
from shared.storage.engine import commit
from tests.races.arena import (
    HOME,
    NOON,
    PASSWORD,
    SOME_SEEDS,
    Arena,
    codes_to,
    give_codes,
    log_in,
    messages_to,
    of,
    places,
    tally,
)

_networks = count(1)
MINUTE = timedelta(minutes=1)


@SOME_SEEDS
def test_of_many_lists_one_is_saved_whole(arena: Arena):
    ann = arena.person()
    seen = account_of(ann)
    answers = arena.race(*[partial(save, seen, place) for place in range(arena.crowd)])
    assert tally(answers) == {str: 1, Outrun: arena.crowd - 1}
    (source,) = of(str, answers)
    assert account_of(ann).panel.sources == source
    entries = ip_lists.entries_of(ann.account_id)[PANEL]
    assert [entry.source for entry in entries] == [source]


@SOME_SEEDS
def test_whoever_is_on_the_list_signs_in_as_often_as_without_one(arena: Arena):
    ann = arena.person()
    decide(ann, IpList(on=True, sources="203.0.113.0/24"))
    seen = tally(arena.race(*[partial(log_in, ann, origin=place) for place in places(arena.crowd)]))
    allowed = policy.SMS_PER_NUMBER_AND_HOUR
    assert seen[Challenge] == messages_to(arena, ann) == len(codes_to(ann)) == allowed
    assert set(seen) <= {Challenge, TooManyMessages, TooManyPasswords}


@SOME_SEEDS
def test_whoever_is_not_on_it_gets_nothing_and_as_many_tries_as_a_wrong_password(arena: Arena):
    ann = arena.person()
    decide(ann, IpList(on=True, sources=HOME.address))
    abroad = elsewhere()
    seen = tally(arena.race(*[partial(log_in, ann, origin=abroad)] * arena.crowd))
    allowed = policy.FREE_PASSWORD_ATTEMPTS
    assert seen == {AddressNotAllowed: allowed, TooManyPasswords: arena.crowd - allowed}
    assert codes_to(ann) == []


@SOME_SEEDS
def test_once_a_list_is_switched_on_nobody_else_signs_in(arena: Arena):
    ann, abroad = arena.person(phone=None), elsewhere()
    switching: list[Callable[[], object]] = [partial(decide, ann, IpList(on=True, sources=HOME.address))]
    arena.race(*switching, *[partial(log_in, ann, origin=abroad)] * policy.FREE_PASSWORD_ATTEMPTS)
    opened = arena.rows(settings.SESSIONS_TABLE, ann.user_id)
    answers = arena.race(*[partial(log_in, ann, origin=abroad, now=NOON + MINUTE)] * policy.FREE_PASSWORD_ATTEMPTS)
    assert set(tally(answers)) <= {AddressNotAllowed, TooManyPasswords}
    assert arena.rows(settings.SESSIONS_TABLE, ann.user_id) == opened


@SOME_SEEDS
def test_a_code_breaks_the_glass_once(arena: Arena):
    ann, abroad = arena.person(), elsewhere()
    code, *_ = codes = [f"{place:024}" for place in range(policy.RECOVERY_CODES)]
    give_codes(ann.user_id, codes)
    decide(ann, IpList(on=True, sources=HOME.address))
    glass = partial(break_glass, ann.login, PASSWORD, code, origin=abroad, now=NOON)
    seen = tally(arena.race(*[glass] * arena.crowd))
    assert seen[type(None)] == 1
    assert set(seen) <= {type(None), WrongPassword, Outrun, TooManyPasswords}
    assert not account_of(ann).panel.on


def account_of(person: Login) -> Account:
    account = accounts.find(person.account_id)
    assert account
    return account


def save(seen: Account, place: int) -> str:
    """A list of one address, by somebody who has seen the account before all others came."""
    source = f"10.0.0.{place}"
    ip_list = seen.panel.proposing(on=True, sources=source, on_trial=False, now=NOON)
    entry = ListEntry(source, "", "ann", NOON)
    commit(accounts.setting_lists(seen, panel=ip_list), ip_lists.keeping(seen.account_id, PANEL, [entry]))
    return source


def decide(person: Login, ip_list: IpList) -> None:
    commit(accounts.setting_lists(account_of(person), panel=ip_list))


def elsewhere() -> Origin:
    """An address off every list, in a network from which nobody has failed."""
    return Origin(f"100.{next(_networks)}.0.9", "Check/1.0")
