"""`furtka keys`: sealing keys are replaced while everything goes on, and none is removed that somebody needs."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count

import boto3
import pytest

from furtka import rotation
from furtka.cli import main
from shared import policy, secret_store
from shared.crypto import randomness, seal, vault
from tests.messages.conftest import program
from tests.sms_authenticator import mfa
from tests.support import programs, sending, tokens
from tests.support.calls import preceded
from tests.support.rotations import Function, hurried, past
from tests.support.world import World

type Check = Callable[[], None]

NEW_PASSWORD = "Tulip-Wagon-42"
SPREAD = policy.KEYS_KNOWN_AFTER
A_MOMENT = timedelta(seconds=20)
"""How long the tests themselves take at most, and moto rounds dates."""

numbers = count(1)


@pytest.fixture(autouse=True)
def _keys_are_read_again(world: World) -> Iterator[None]:
    secret_store.provider().clear_cache()
    yield
    secret_store.provider().clear_cache()


def secret() -> dict[str, str]:
    """The keys as the secret store has them."""
    return dict(json.loads(boto3.client("secretsmanager").get_secret_value(SecretId="sealing-keys")["SecretString"]))


# --- A rotation under load --------------------------------------------------------------------------------


def lasting(world: World) -> Check:
    """Make one of everything that lasts. The check promises that it is still good, or still counted."""
    person = world.add(f"person{next(numbers)}", phone=None)
    sending.give_points(programs.account_of_person(person).account_id, sending.PLENTY)
    session = world.sign_in(person).body["session"]["token"]
    held = tokens.rotated(old := tokens.make(person.user_id, now=world.now), before_until=world.now + timedelta(days=9))
    client = tokens.make(person.user_id, "client", now=world.now)
    access = tokens.get_token(world, client)
    password = programs.with_api_password(world, person)
    codes, messages = mfa.shop(world, person), program(world, person.user_id)
    first = codes.send(key="order 1").body
    assert messages.sms(idx="order-1", check_idx=1)["count"] == 1
    number = next(numbers)
    guess = {"login": f"guessed{number}", "password": "Wrong-Horse-7"}, f"198.51.{number}.7"
    while guessing(world, *guess) != 429:
        pass
    codes.send(mfa.OTHER_NUMBER)
    while codes.verify("000000", mfa.OTHER_NUMBER).status != 429:
        pass
    shut = vault.shut("before", place="here")

    def shown(secret: str) -> int:
        return world.call("GET", "/profile", headers={"Authorization": f"Bearer {secret}"}).status

    def check() -> None:
        assert world.me(session).status == 200
        assert [shown(one) for one in (old.secret, held.secret, access)] == [200, 200, 200]
        assert tokens.get_token(world, client)
        assert programs.is_let_in(world, password)
        assert codes.send(key="order 1").body == first
        assert codes.send().status == 429  # too soon after the last one
        assert messages.sms(idx="order-1", check_idx=1)["error"] == 53
        assert guessing(world, *guess) == 429
        assert codes.verify("000000", mfa.OTHER_NUMBER).status == 429
        assert vault.opened(shut, place="here") == "before"

    return check


def guessing(world: World, login: dict[str, str], address: str) -> int:
    return world.post("/login", login, address=address).status


def once(world: World) -> Check:
    """Make one of everything that works once. The check uses it up."""
    number = next(numbers)
    person = world.add(f"person{number}", phone=f"+48600{number:06}")
    clerk = world.add(f"clerk{number}", phone=None)
    sending.give_points(programs.account_of_person(person).account_id, sending.PLENTY)
    challenge = world.challenge(person)
    digits = world.code()
    codes = mfa.shop(world, person)
    code = codes.send(mfa.OTHER_NUMBER).body["code"]
    device = world.sign_in(clerk).body["device_token"]
    world.post("/password-reset", {"login": clerk.login})
    link = world.link("reset")

    def use_up() -> None:
        assert world.verify(challenge, "000000" if digits != "000000" else "000001").status == 401
        assert world.verify(challenge, digits).status == 200
        assert codes.verify("000000" if code != "000000" else "000001", mfa.OTHER_NUMBER).status == 404
        assert codes.verify(code, mfa.OTHER_NUMBER).status == 204
        assert codes.verify(code, mfa.OTHER_NUMBER).status == 404
        assert world.sign_in(clerk, device_token=device).body["device_token"] is None
        assert world.post("/password-reset/confirm", {"token": link, "password": NEW_PASSWORD}).status == 200

    return use_up


def test_a_rotation_refuses_nothing_and_forgets_nothing(world: World):
    slow, quick = Function(), Function()
    kept: list[Check] = []
    waiting: list[tuple[Function, Check]] = []

    def go_on() -> None:
        """Use up what the other function made, check what lasts, and make more, in both functions."""
        due, waiting[:] = waiting[:], []
        for function, check in due:
            with function.running():
                check()
        for here, there in ((slow, quick), (quick, slow)):
            with here.running():
                for check in kept:
                    check()
                kept[:] = [*kept[-1:], lasting(world)]
                waiting.append((there, once(world)))

    def wait(seconds: float) -> None:
        if not slept:  # one function knows the new key, which is not yet the newest
            quick.read_again()
            go_on()
            slow.read_again()
        slept.append(seconds)

    go_on()
    with hurried() as slept:
        assert rotation.rotate(sleep=wait, tell=str) == "2"
    quick.read_again()  # for a while they disagree about the newest
    go_on()
    slow.read_again()
    go_on()


# --- The command ------------------------------------------------------------------------------------------


def test_a_key_is_added_and_is_the_newest_only_when_every_function_knows_it(
    world: World, capsys: pytest.CaptureFixture[str]
):
    with hurried() as slept:
        assert main(["keys", "rotate"]) == 0
    assert SPREAD - A_MOMENT <= timedelta(seconds=sum(slept)) <= SPREAD + A_MOMENT
    assert (secret().keys(), secret()["newest"]) == ({"1", "2", "newest"}, "2")
    assert len(secret()["2"]) == 64
    out, progress = capsys.readouterr()
    assert "Key 2 is the newest." in out
    assert progress.count("Every function knows key 2 in ") == len(slept)
    with past(SPREAD), hurried():
        assert main(["keys", "rotate"]) == 0
    assert (secret().keys(), secret()["newest"]) == ({"1", "2", "3", "newest"}, "3")


class Died(BaseException):
    """The command ended in the middle."""


def test_a_rotation_that_died_goes_on_with_the_key_that_it_added(world: World):
    def die(_: float) -> None:
        raise Died

    with pytest.raises(Died):
        rotation.rotate(sleep=die, tell=str)
    added = secret()
    assert added["newest"] == "1"
    secret_store.provider().clear_cache()
    assert seal.token(randomness.token("session", "A" * 16)).startswith("1.")
    with hurried() as slept:
        assert rotation.rotate(sleep=slept.append, tell=str) == "2"
    assert timedelta(seconds=sum(slept)) >= SPREAD - A_MOMENT
    assert secret() == added | {"newest": "2"}


def rotated() -> None:
    with hurried():
        assert main(["keys", "rotate"]) == 0
    secret_store.provider().clear_cache()


def retired(version: str, world: World, *, void: bool = False) -> str:
    """Why the key is not retired; empty if it is."""
    try:
        with past(SPREAD):
            rotation.retire(version, void=void, now=world.now, tell=str)
    except rotation.CannotRetire as refusal:
        return str(refusal)
    secret_store.provider().clear_cache()
    return ""


def test_no_key_is_retired_that_a_living_row_needs_and_what_is_used_needs_only_the_newest(world: World):
    opened = world.session()
    session = opened["session"]["token"]
    held = tokens.make(world.ann.user_id, now=world.now)
    new = tokens.rotated(held, before_until=world.now + timedelta(days=9))
    client = tokens.make(world.ann.user_id, "client", now=world.now)
    idle = tokens.make(world.ann.user_id, now=world.now)
    bob = world.add("bob", phone=None)
    device = world.sign_in(bob).body["device_token"]
    rotated()
    assert "rows need key 1" in retired("1", world)
    world.wait(max(policy.TOKEN_USE_NOTED_EVERY, policy.SESSION_TOUCHED_EVERY))
    for shown in (session, held.secret, new.secret):
        assert world.call("GET", "/profile", headers={"Authorization": f"Bearer {shown}"}).status == 200
        world.wait(policy.TOKEN_USE_NOTED_EVERY)
    tokens.get_token(world, client)
    assert world.sign_in(bob, device_token=device).body["device_token"] is None
    assert world.sign_in(device_token=opened["device_token"]).status == 200
    counted = rotation.count(now=world.now, tell=str)
    assert (counted.rows["sessions", "1"], counted.rows["sessions", "2"]) == (1, 2)  # that of bob's first sign-in
    assert [counted.rows["known devices", version] for version in "12"] == [0, 2]
    assert [counted.rows["secrets of before a rotation", version] for version in "12"] == [0, 1]
    world.wait(timedelta(days=8))  # all that only lives for a while is over, but not a token without an end
    assert retired("1", world).splitlines()[1:] == [f"  API tokens and OAuth clients: {idle.id}"]
    assert world.call("GET", "/profile", headers=idle.bearer).status == 200
    assert retired("1", world) == ""
    assert secret().keys() == {"2", "newest"}
    for one in (new, held):
        assert world.call("GET", "/profile", headers=one.bearer).status == 200
    assert tokens.get_token(world, client)


def test_no_key_is_retired_while_functions_may_still_seal_with_it_and_never_the_newest(
    world: World, capsys: pytest.CaptureFixture[str]
):
    rotated()
    assert main(["keys", "retire", "1"]) == 2
    assert "functions may still seal with key 1: try again in" in capsys.readouterr().err
    with past(SPREAD):
        assert main(["keys", "retire", "2"]) == main(["keys", "retire", "7"]) == 2
        assert secret().keys() == {"1", "2", "newest"}
        assert main(["keys", "retire", "1"]) == 0
    assert secret().keys() == {"2", "newest"}
    rotated()
    assert secret().keys() == {"2", "3", "newest"}


def test_after_a_leak_a_key_is_retired_with_all_that_needs_it(world: World, capsys: pytest.CaptureFixture[str]):
    held = tokens.make(world.ann.user_id, now=world.now)
    rotated()
    with past(SPREAD):
        assert main(["keys", "retire", "1"]) == 2
        assert f"API tokens and OAuth clients: {held.id}" in capsys.readouterr().err
        assert main(["keys", "retire", "1", "--void"]) == 0
    secret_store.provider().clear_cache()
    assert world.call("GET", "/profile", headers=held.bearer).status == 401
    assert world.session()


def test_the_status_counts_what_lives_under_each_key(world: World, capsys: pytest.CaptureFixture[str]):
    tokens.make(world.ann.user_id, now=world.now)
    rotated()
    tokens.make(world.ann.user_id, now=world.now)
    tokens.make(world.ann.user_id, now=world.now, expires_at=world.now - timedelta(days=5))
    capsys.readouterr()
    assert main(["keys", "status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "key                                 1        2",
        "API tokens and OAuth clients        1        1",
        "Key 2 is the newest.",
    ]


# --- Two things at once -----------------------------------------------------------------------------------


def test_a_rotation_of_a_token_is_not_taken_back_by_a_use_that_seals_anew(world: World):
    held = tokens.make(world.ann.user_id, now=world.now)
    rotated()
    world.wait(policy.TOKEN_USE_NOTED_EVERY)
    new: list[tokens.Held] = []
    with preceded("UpdateItem", lambda: new.append(tokens.rotated(held, before_until=world.now + timedelta(days=1)))):
        assert world.call("GET", "/profile", headers=held.bearer).status == 200
    for one in (held, new[0]):
        assert world.call("GET", "/profile", headers=one.bearer).status == 200
