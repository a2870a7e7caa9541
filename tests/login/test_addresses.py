"""The panel's list at each way in: who is not on it learns nothing without the right password, and nothing is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import boto3
import pytest

from furtka import accounts as operators
from shared import policy, settings
from shared.crypto import seal
from shared.domain.ip_lists import IpList
from shared.storage import accounts
from shared.storage.engine import commit
from tests.account.ip_lists import ABROAD, OFFICE, account_at, colleague, decide_meanwhile
from tests.support.calls import Answer, AwsCall, Proceed, intercepted, overheard
from tests.support.events import HOME, Reply
from tests.support.factors import SECOND, ask, signed_in, token_of, with_app
from tests.support.world import FROM_PANEL, PASSWORD, Person, World

NEW = "Trzy-Sowy-4-Razy"
KEPT = ("CHALLENGES", "DEVICES", "LINKS", "SESSIONS")


def _set(person: Person, ip_list: IpList) -> None:
    commit(accounts.setting_lists(account_at(person), panel=ip_list))


@pytest.fixture
def ann(world: World) -> Person:
    """A code by SMS is asked of her, and her list is on."""
    _set(world.ann, IpList(on=True, sources=f"{HOME} {OFFICE}"))
    return world.ann


@pytest.fixture
def bob(world: World) -> Person:
    """Without a second factor, and with the list on."""
    bob = world.add("bob", phone=None)
    _set(bob, IpList(on=True, sources=f"{HOME} {OFFICE}"))
    return bob


def _is_refused(answer: Reply) -> bool:
    return (answer.status, answer.error) == (403, "address_not_allowed")


def _rows() -> dict[str, int]:
    """How many rows there are of what a sign-in leaves behind."""
    scan = boto3.client("dynamodb").scan
    return {place: scan(TableName=getattr(settings, f"{place}_TABLE"))["Count"] for place in KEPT}


def _trips(calls: list[AwsCall]) -> int:
    return len([call for call in calls if call.service == "dynamodb"])


@contextmanager
def _meanwhile(*what: Callable[[], None]) -> Iterator[None]:
    """Each in its turn, as a write is about to insist on the account's list."""
    waiting = list(what)

    def meanwhile(call: AwsCall, proceed: Proceed) -> Answer:
        if "accounts" in call.tables and call.operation == "TransactWriteItems" and waiting:
            waiting.pop(0)()
        return proceed()

    with intercepted(meanwhile):
        yield


# --- POST /login ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [HOME, OFFICE, f"::ffff:{OFFICE}"])
def test_who_is_on_the_list_signs_in_as_ever(world: World, ann: Person, bob: Person, address: str):
    challenge = world.challenge(ann, address=address)
    assert world.verify(challenge, world.code(), address=address).status == 200
    assert world.sign_in(bob, address=address).status == 200


@pytest.mark.parametrize("address", [ABROAD, "192.0.2.8", "2001:db8::1", f"::ffff:{ABROAD}"])
def test_who_is_not_on_it_is_refused_and_nothing_is_done_but_telling(
    world: World, ann: Person, bob: Person, address: str
):
    before, told = _rows(), (len(world.sms), len(world.mails))
    for person in (ann, bob):
        assert _is_refused(world.sign_in(person, address=address))
    assert _rows() == before
    assert (len(world.sms), len(world.mails)) == (told[0], told[1] + 2)


def test_a_browser_gets_no_cookie(world: World, bob: Person):
    answer = world.sign_in(bob, address=ABROAD, transport="cookie", headers=FROM_PANEL)
    assert _is_refused(answer)
    assert "Set-Cookie" not in answer.headers


def test_without_the_right_password_the_list_is_not_told_of(world: World, bob: Person):
    seal.fingerprint("any", "any")
    seen = []
    for login, address in (("bob", ABROAD), ("bob", HOME), ("nobody", ABROAD)):
        with overheard() as calls:
            answer = world.post("/login", {"login": login, "password": "Wrong-Horse-7"}, address=address)
        seen.append((answer, [str(call) for call in calls]))
    assert all(one == seen[0] for one in seen)
    assert (seen[0][0].status, seen[0][0].error) == (401, "invalid_credentials")


def test_a_right_password_from_elsewhere_is_not_forgiven(world: World, bob: Person):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        assert _is_refused(world.sign_in(bob, address=ABROAD))
    answer = world.sign_in(bob, address=ABROAD)
    assert (answer.status, answer.error) == (429, "too_many_attempts")
    assert world.sign_in(bob).status == 200


def test_a_sub_user_falls_under_the_list_of_their_account(world: World, bob: Person):
    clerk = colleague(world, bob, "clerk")
    assert _is_refused(world.sign_in(clerk, address=ABROAD))
    assert world.sign_in(clerk, address=OFFICE).status == 200


def test_a_list_of_another_account_does_not_count(world: World, bob: Person):
    assert world.sign_in(world.ann, address=ABROAD).status == 200


def test_a_list_that_is_off_does_not_count_and_neither_does_the_one_for_machines(world: World):
    ip_list = IpList(on=True, sources=OFFICE)
    commit(accounts.setting_lists(account_at(world.ann), panel=IpList(sources=OFFICE), api=ip_list))
    assert world.sign_in(address=ABROAD).status == 200


def test_a_trial_counts_until_it_ends(world: World, bob: Person):
    tried = account_at(bob).panel.proposing(on=True, sources=ABROAD, on_trial=True, now=world.now)
    _set(bob, tried)
    assert _is_refused(world.sign_in(bob))
    assert world.sign_in(bob, address=ABROAD).status == 200
    world.wait(policy.LIST_TRIAL)
    assert _is_refused(world.sign_in(bob, address=ABROAD))
    assert world.sign_in(bob).status == 200


def test_a_trial_that_has_ended_leaves_an_open_account_open(world: World):
    _set(world.ann, IpList().proposing(on=True, sources=OFFICE, on_trial=True, now=world.now))
    world.wait(policy.LIST_TRIAL)
    assert world.sign_in(address=ABROAD).status == 200


def test_where_no_list_is_on_nothing_is_read_for_it(world: World):
    with overheard() as calls:
        world.sign_in()
    assert _trips(calls) == 3
    assert [str(call) for call in calls].count("SendMessageBatch") == 1


@pytest.mark.parametrize("address", [ABROAD, HOME])
def test_where_it_is_on_one_round_trip_more_is_made_also_to_note_a_refusal(world: World, ann: Person, address: str):
    with overheard() as calls:
        world.sign_in(ann, address=address)
    assert _trips(calls) == 4


def test_a_list_that_is_switched_on_meanwhile_counts(world: World):
    with _meanwhile(lambda: decide_meanwhile(world, world.ann, OFFICE)):
        assert _is_refused(world.sign_in())
    assert world.sign_in(address=OFFICE).status == 200


def test_a_list_that_changes_as_it_is_insisted_on_is_looked_at_again(world: World, ann: Person):
    changes = [lambda: None, lambda: decide_meanwhile(world, ann, OFFICE)]
    before = _rows()
    with _meanwhile(*changes):
        assert _is_refused(world.sign_in(ann))
    assert _rows() == before


def test_a_sign_in_gets_through_a_list_that_changes_and_still_holds_them(world: World, ann: Person):
    changes = [lambda: None, lambda: decide_meanwhile(world, ann, HOME)]
    with _meanwhile(*changes):
        assert world.sign_in(ann).status == 200


# --- POST /session/confirm --------------------------------------------------------------------------------


def _confirm(world: World, token: str, address: str) -> Reply:
    return ask(world, token, "POST", "/session/confirm", {"password": PASSWORD}, address=address)


def test_a_session_is_confirmed_from_the_list_and_from_nowhere_else(world: World, bob: Person):
    token = signed_in(world, bob)
    world.wait(SECOND)
    assert _is_refused(_confirm(world, token, ABROAD))
    with overheard() as calls:
        answer = _confirm(world, token, OFFICE)
    assert answer.status == 200
    assert _trips(calls) == 4


def test_a_session_is_not_confirmed_past_a_list_that_changes_meanwhile(world: World, bob: Person):
    token = signed_in(world, bob)
    world.wait(SECOND)
    with _meanwhile(lambda: decide_meanwhile(world, bob, HOME)):
        answer = _confirm(world, token, OFFICE)
    assert (answer.status, answer.error) == (409, "outrun")
    assert _confirm(world, token, HOME).status == 200


# --- POST /verify-code ------------------------------------------------------------------------------------


def test_a_code_is_taken_from_the_list_and_costs_no_more_than_without_one(world: World, ann: Person):
    challenge = world.challenge(ann)
    code = world.code()
    with overheard() as calls:
        assert world.verify(challenge, code, address=OFFICE).status == 200
    assert _trips(calls) == 3


@pytest.mark.parametrize("right", [False, True])
def test_a_code_from_elsewhere_is_neither_judged_nor_counted(world: World, ann: Person, right: bool):
    challenge = world.challenge(ann)
    code = world.code() if right else world.wrong_code()
    for _ in range(policy.ATTEMPTS_PER_CHALLENGE + 1):
        with overheard() as calls:
            assert _is_refused(world.verify(challenge, code, address=ABROAD))
        assert [call.operation for call in calls] == ["BatchGetItem"]
    assert world.verify(challenge, world.code()).status == 200


def test_a_list_that_is_switched_on_after_the_password_counts_for_the_code(world: World):
    challenge = world.challenge()
    code = world.code()
    _set(world.ann, IpList(on=True, sources=OFFICE))
    assert _is_refused(world.verify(challenge, code))
    assert world.verify(challenge, code, address=OFFICE).status == 200


def test_the_code_of_an_app_is_no_way_around(world: World, bob: Person):
    with_app(world, signed_in(world, bob))
    challenge = world.challenge(bob)
    assert _is_refused(world.verify(challenge, "000000", address=ABROAD))


# --- Links ------------------------------------------------------------------------------------------------


def _reset(world: World, link: str, address: str, **more: Any) -> Reply:
    return world.post("/password-reset/confirm", {"token": link, "password": NEW, **more}, address=address)


def test_a_password_is_not_reset_from_elsewhere_and_the_link_stays_good(world: World, bob: Person):
    assert world.post("/password-reset", {"login": "bob"}, address=ABROAD).status == 204
    link = world.link("reset")
    assert _is_refused(_reset(world, link, ABROAD))
    assert world.sign_in(bob).status == 200
    with overheard() as calls:
        assert token_of(_reset(world, link, OFFICE))
    assert _trips(calls) == 4
    world.wait(SECOND)
    assert world.sign_in(bob).status == 401


def test_a_password_is_not_reset_past_a_list_that_changes_meanwhile(world: World, bob: Person):
    world.post("/password-reset", {"login": "bob"})
    link = world.link("reset")
    with _meanwhile(lambda: decide_meanwhile(world, bob, HOME)):
        answer = _reset(world, link, OFFICE)
    assert (answer.status, answer.error) == (409, "outrun")
    assert _reset(world, link, HOME).status == 200


def test_an_invitation_opens_no_session_and_is_taken_from_anywhere(world: World, bob: Person):
    operators.invite("bob", now=world.now)
    body = {"token": world.link("invitation"), "password": NEW}
    assert world.post("/invitations/accept", body, address=ABROAD).status == 204
    world.wait(timedelta(seconds=1))
    assert _is_refused(world.post("/login", {"login": "bob", "password": NEW}, address=ABROAD))


def test_it_was_not_me_is_said_from_anywhere(world: World, bob: Person):
    signed_in(world, bob)
    world.wait(SECOND)
    assert world.post("/not-me", {"token": world.link("notme")}, address=ABROAD).status == 204
