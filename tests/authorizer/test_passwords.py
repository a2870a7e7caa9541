"""Guessing a program's password: every no is the same, guesses are limited, and nobody is locked out by strangers."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from authorizer.handler import lambda_handler
from shared import policy
from shared.auth import attempt_limits
from shared.crypto import password_hash, seal
from shared.domain.ip_lists import IpList
from shared.storage import accounts, logins, users
from shared.storage.engine import commit
from tests.support import programs
from tests.support.calls import overheard
from tests.support.events import HOME, Context, authorizer_event
from tests.support.programs import API_PASSWORD, ELSEWHERE, basic, is_let_in, with_api_password
from tests.support.world import PASSWORD, Person, World

WRONG = "Wrong-Machine-1"
FEW = 3

type Seen = tuple[str, list[str], int]


@pytest.fixture
def bob(world: World) -> Person:
    """The owner of an account, without a second factor."""
    return world.add("bob", phone=None)


@pytest.fixture(autouse=True)
def hashes(world: World, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a slow hash was looked at. The keys are read before."""
    seal.fingerprint("any", "any")
    counted: Counter[str] = Counter()
    real = PasswordHasher.verify

    def counting(*arguments: Any) -> bool:
        counted["verify"] += 1
        return real(*arguments)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    return counted


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes are counted here, and how slow they are is proved elsewhere."""
    monkeypatch.setattr(password_hash, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def another_function() -> Callable[[], None]:
    """Has nothing in mind yet."""
    return password_hash._known.clear


def _answer(world: World, shown: str, address: str) -> str:
    """What API Gateway gets to hear."""
    try:
        return repr(lambda_handler(authorizer_event(shown, at=world.now, address=address), Context()))
    except Exception as refused:  # noqa: BLE001 - as API Gateway wants it
        return str(refused)


def _seen(world: World, shown: str, hashes: Counter[str], address: str = HOME) -> Seen:
    """Everything about an answer that somebody outside can see or measure."""
    hashes.clear()
    with overheard() as made:
        answer = _answer(world, shown, address)
    return answer, [str(call) for call in made], hashes["verify"]


def _person(world: World, name: str, **facts: Any) -> Person:
    """With an API password, at HOME."""
    person = world.add(name, phone=None)
    with_api_password(world, person)
    commit(logins.changing(name, **facts)) if facts else None
    return person


def _disabled(world: World) -> str:
    person = _person(world, "disabled")
    commit(users.switching(person.user_id, enabled=False, now=world.now))
    commit(logins.switching("disabled", enabled=False, now=world.now))
    return "disabled"


def _out_of_the_mode(world: World) -> str:
    person = _person(world, "outside")
    commit(accounts.switching_legacy(programs.account_of_person(person), legacy_api=False))
    return "outside"


def _without_a_list(world: World) -> str:
    person = _person(world, "everywhere")
    commit(accounts.setting_lists(programs.account_of_person(person), api=IpList(sources=HOME)))
    return "everywhere"


def _on_a_trial_that_ended(world: World) -> str:
    person = _person(world, "trial")
    ip_list = IpList(on=True, sources=HOME, trial_until=world.now)
    commit(accounts.setting_lists(programs.account_of_person(person), api=ip_list))
    return "trial"


def _without_a_password(world: World) -> str:
    _person(world, "unset")
    commit(logins.removing_api_password("unset"))
    return "unset"


KINDS: dict[str, Callable[[World], str]] = {
    "unknown": lambda _: "nobody",
    "wrong password": lambda world: _person(world, "wrong").login,
    "disabled": _disabled,
    "the mode is off": _out_of_the_mode,
    "no list": _without_a_list,
    "a list whose trial has ended": _on_a_trial_that_ended,
    "no password": _without_a_password,
    "never heard of the mode": lambda world: world.add("panel-only").login,
}
"""Those who can't get in, and who must all look alike."""


@pytest.mark.parametrize("kind", KINDS)
def test_every_no_looks_and_costs_the_same(world: World, hashes: Counter[str], kind: str):
    login = KINDS[kind](world)
    answer, made, looked = _seen(world, basic(login, WRONG), hashes)
    assert answer == "Unauthorized"
    assert made == [
        "BatchGetItem logins strikes",
        "BatchGetItem users accounts",
        "TransactWriteItems strikes strikes",
        "UpdateItem strikes",
    ]
    assert looked == 1


RIGHT_ALL_THE_SAME = ["disabled", "the mode is off", "no list", "a list whose trial has ended"]


@pytest.mark.parametrize("kind", RIGHT_ALL_THE_SAME)
def test_so_does_the_right_password_where_none_is_taken(world: World, hashes: Counter[str], kind: str):
    login = KINDS[kind](world)
    wrong = _seen(world, basic(login, WRONG), hashes)
    assert _seen(world, basic(login), hashes) == wrong


def test_so_do_all_tries_after_it_with_their_waits(world: World, hashes: Counter[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attempt_limits, "API_PASSWORDS", replace(attempt_limits.API_PASSWORDS, free=FEW))
    histories = {kind: list(_history(world, ready(world), hashes)) for kind, ready in KINDS.items()}
    assert histories == dict.fromkeys(KINDS, histories["unknown"])
    answers = [answer for answer, _, _ in histories["unknown"]]
    assert set(answers[:FEW]) == {"Unauthorized"}
    assert "'error': 'too_many_attempts'" in answers[-1]


def _history(world: World, login: str, hashes: Counter[str]) -> Iterator[Seen]:
    for _ in range(FEW + 2):
        yield _seen(world, basic(login, WRONG), hashes, ELSEWHERE)


def test_who_guesses_is_told_to_wait_and_then_longer(world: World, bob: Person):
    with_api_password(world, bob)
    _guess(world, policy.FREE_API_PASSWORD_ATTEMPTS)
    for seconds in (30, 60, 120):
        assert f"'retry_after': {seconds}" in _answer(world, basic("bob"), HOME)
        world.wait(timedelta(seconds=seconds))
        assert _answer(world, basic("bob", WRONG), HOME) == "Unauthorized"


def _guess(world: World, times: int, address: str = HOME) -> None:
    for _ in range(times):
        assert not is_let_in(world, basic("bob", WRONG), address=address)


def test_one_api_password_cannot_be_tried_for_many_logins_from_one_address(world: World, bob: Person):
    shown, there = with_api_password(world, bob), ELSEWHERE
    free = policy.FREE_FAILURES_FROM_NETWORK
    for number in range(free):
        assert _answer(world, basic(f"target-{number}", WRONG), there) == "Unauthorized"
    for login in ("target", "bob"):
        assert "'error': 'too_many_attempts'" in _answer(world, basic(login, WRONG), there)
    for number in range(free):
        assert _answer(world, basic(f"target-{number}", WRONG), HOME) == "Unauthorized"
    password_hash._known.clear()
    assert is_let_in(world, shown)  # from an address on the account's list


def test_a_new_api_password_starts_the_count_anew(world: World, bob: Person):
    with_api_password(world, bob)
    _guess(world, policy.FREE_API_PASSWORD_ATTEMPTS)
    assert "'error': 'too_many_attempts'" in _answer(world, basic("bob", WRONG), HOME)
    another = password_hash.hash_password("Another-Wagon-42")
    commit(logins.changing("bob", api_password_hash=another))
    assert is_let_in(world, basic("bob", "Another-Wagon-42"))


def test_a_day_after_the_last_guess_they_are_free_again(world: World, bob: Person):
    with_api_password(world, bob)
    for _ in range(2):
        for _ in range(policy.FREE_API_PASSWORD_ATTEMPTS):
            assert _answer(world, basic("bob", WRONG), HOME) == "Unauthorized"
        assert "'error': 'too_many_attempts'" in _answer(world, basic("bob", WRONG), HOME)
        world.wait(policy.ATTEMPTS_FORGOTTEN_AFTER)


def test_a_right_password_forgives_the_wrong_ones_before_it(world: World, bob: Person):
    shown = with_api_password(world, bob)
    for _ in range(2):
        password_hash._known.clear()
        _guess(world, policy.FREE_API_PASSWORD_ATTEMPTS - 1)
        assert is_let_in(world, shown)


def test_guesses_at_the_api_do_not_lock_the_panel_and_guesses_at_the_panel_do_not_lock_the_api(
    world: World, bob: Person, another_function: Callable[[], None]
):
    shown = with_api_password(world, bob)
    _guess(world, policy.FREE_API_PASSWORD_ATTEMPTS + 1)
    assert world.sign_in(bob).status == 200
    carol = world.add("carol", phone=None)
    shown = with_api_password(world, carol)
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS + 1):
        world.sign_in(carol, password=WRONG)
    assert world.sign_in(carol).status == 429
    another_function()
    assert is_let_in(world, shown)


def test_strangers_cannot_lock_a_program_out(world: World, bob: Person, another_function: Callable[[], None]):
    shown = with_api_password(world, bob)
    strangers = [f"203.0.113.{place}" for place in range(policy.FREE_API_PASSWORD_ATTEMPTS_FROM_ANYWHERE + 2)]
    for address in strangers:
        _guess(world, 1, address)
    assert "too_many_attempts" in _answer(world, basic("bob", WRONG), "203.0.113.250")
    another_function()
    assert is_let_in(world, shown)


def test_from_elsewhere_the_right_password_is_told_apart_no_more_often_than_from_within(world: World, bob: Person):
    shown = with_api_password(world, bob)
    assert "address_not_allowed" in _answer(world, shown, ELSEWHERE)
    _guess(world, policy.FREE_API_PASSWORD_ATTEMPTS - 1, ELSEWHERE)
    assert "too_many_attempts" in _answer(world, shown, ELSEWHERE)


def test_a_busy_program_is_not_kept_waiting_by_somebody_who_guesses_beside_it(
    world: World, bob: Person, another_function: Callable[[], None]
):
    shown = with_api_password(world, bob)
    assert is_let_in(world, shown)
    _guess(world, policy.FREE_API_PASSWORD_ATTEMPTS + 1)
    assert is_let_in(world, shown)
    another_function()
    assert not is_let_in(world, shown)


def test_many_requests_of_a_program_pay_for_one_slow_hash(world: World, bob: Person, hashes: Counter[str]):
    shown = with_api_password(world, bob)
    for _ in range(5):
        assert is_let_in(world, shown)
    assert hashes["verify"] == 1


def test_what_is_kept_in_mind_is_no_password_and_has_an_end(monkeypatch: pytest.MonkeyPatch, world: World):
    monkeypatch.setattr(policy, "API_PASSWORDS_KNOWN", 3)
    monkeypatch.setattr(password_hash, "_known", set())
    for number in range(4):
        password_hash.remember_verified(f"hash-{number}", API_PASSWORD)
    assert [password_hash.was_verified(f"hash-{number}", API_PASSWORD) for number in range(4)] == [
        False,
        False,
        False,
        True,
    ]
    assert not password_hash.was_verified("hash-3", WRONG)
    assert not password_hash.was_verified(None, API_PASSWORD)
    assert API_PASSWORD not in repr(password_hash._known)


def test_a_sub_user_shows_a_password_only_from_the_accounts_list_whatever_their_tokens_may(world: World, bob: Person):
    shown = with_api_password(world, bob)
    token = programs.bearer(programs.api_token(world, bob)[0])
    commit(users.ending_everything(bob.user_id, now=world.now, owner=False))
    programs.limit_machines(world, bob, api_for_subusers=False)
    assert [is_let_in(world, one) for one in (shown, token)] == [True, True]
    assert [is_let_in(world, one, address=ELSEWHERE) for one in (shown, token)] == [False, True]


@pytest.mark.parametrize("name", ["bob", "BOB", " bob ", "Ｂob"])
def test_a_login_is_the_same_however_it_is_spelled(world: World, bob: Person, name: str):
    with_api_password(world, bob)
    assert is_let_in(world, basic(name))


@pytest.mark.parametrize("password", ["Colon:In-It-12", "Łódź-Maszyna-12", " Blank-Around-12 "])
def test_a_password_is_taken_as_it_was_set(world: World, bob: Person, password: str):
    assert is_let_in(world, with_api_password(world, bob, password))
    assert not is_let_in(world, basic("bob", password.strip() + "x"))


def test_the_panels_password_is_none(world: World, bob: Person):
    with_api_password(world, bob)
    assert not is_let_in(world, basic("bob", PASSWORD))


def test_a_password_is_no_better_than_its_hash(world: World, bob: Person):
    """A row that was broken lets nobody in."""
    shown = with_api_password(world, bob)
    commit(logins.changing("bob", api_password_hash="$argon2id$broken"))
    assert not is_let_in(world, shown)


def test_two_users_may_have_the_same_password(world: World, bob: Person):
    shown = with_api_password(world, bob)
    found, other = logins.find("bob"), world.add("dan", phone=None)
    assert found
    with_api_password(world, other, "Engine-Room-34")
    assert is_let_in(world, shown)
    assert not is_let_in(world, basic("dan"))
    commit(logins.changing("dan", api_password_hash=found.api_password_hash))
    assert is_let_in(world, basic("dan"))
