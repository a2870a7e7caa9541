"""POST /tokens/found: whoever holds a secret that leaked may end it, and its user is told at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from furtka import accounts
from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.storage import tokens as storage
from shared.storage import users
from shared.storage.engine import commit
from tests.support import tokens
from tests.support.calls import FAULTS, failing, overheard, preceded
from tests.support.events import Reply
from tests.support.tokens import Held, get_token, is_there, look
from tests.support.world import World

PATH = "/tokens/found"
FINDER = "203.0.113.9"


def _hand_in(world: World, token: object, **more: Any) -> Reply:
    return world.post(PATH, {"token": token}, **{"address": FINDER, **more})


def _is_dead(world: World, client: Held, token: str) -> bool:
    return look(world, client, token) == {"active": False}


def _log(world: World) -> list[dict[str, Any]]:
    """What ann's activity log says of what somebody else did, the newest first."""
    headers = {"Authorization": f"Bearer {world.session()['session']['token']}"}
    entries = world.call("GET", "/account/activity", headers=headers).body["entries"]
    return [entry for entry in entries if entry["actor"] == "finder"]


def test_a_token_that_was_found_is_dead_and_its_user_is_told(world: World, client: Held):
    token = tokens.make(world.ann.user_id, now=world.now, name="Shop in Kraków")
    answer = _hand_in(world, token.secret)
    assert (answer.status, answer.text) == (204, "")
    assert not is_there(token)
    assert _is_dead(world, client, token.secret)
    ((address, subject, text),) = world.mails
    assert (address, subject) == ("ann@example.com", "The secret of an API token was found")
    for told in ("Shop in Kraków", token.secret[-4:], FINDER, f"{world.now:%Y-%m-%d %H:%M}"):
        assert told in text
    assert token.secret[-20:] not in text


def test_the_activity_log_says_so(world: World):
    token = tokens.make(world.ann.user_id, now=world.now)
    _hand_in(world, token.secret)
    (entry,) = _log(world)
    assert (entry["event"], entry["about"], entry["address"]) == ("authn_token_found", token.id, FINDER)
    assert entry["user_id"] == world.ann.user_id


def test_a_clients_secret_dies_with_all_that_it_got(world: World, client: Held):
    leaked = tokens.make(world.ann.user_id, "client", now=world.now)
    access = get_token(world, leaked)
    assert _hand_in(world, leaked.secret).status == 204
    assert not is_there(leaked)
    assert _is_dead(world, client, access)


def test_an_access_token_dies_alone(world: World, client: Held):
    leaked, other = get_token(world, client), get_token(world, client)
    assert _hand_in(world, leaked).status == 204
    assert _is_dead(world, client, leaked)
    assert look(world, client, other)["active"]
    assert leaked[-4:] in world.mails[-1][2]
    assert _log(world)[0]["about"] == client.id


def test_a_session_ends_and_no_other(world: World):
    leaked = str(world.session()["session"]["token"])
    mine = str(world.session()["session"]["token"])
    assert _hand_in(world, leaked).status == 204
    assert world.me(leaked).status == 401
    assert world.me(mine).status == 200
    assert world.mails[-1][1] == "One of your sessions was ended"
    assert (_log(world)[0]["event"], _log(world)[0]["detail"]) == ("session_expired", "revoked")


def test_an_old_secret_dies_and_the_new_one_lives(world: World, client: Held):
    old = tokens.make(world.ann.user_id, now=world.now)
    new = tokens.rotated(old, before_until=world.now + timedelta(hours=1))
    assert _hand_in(world, old.secret).status == 204
    assert _is_dead(world, client, old.secret)
    assert look(world, client, new.secret)["active"]
    assert old.secret[-4:] in world.mails[-1][2]


def test_a_new_secret_takes_the_old_one_with_it(world: World, client: Held):
    old = tokens.make(world.ann.user_id, now=world.now)
    new = tokens.rotated(old, before_until=world.now + timedelta(hours=1))
    _hand_in(world, new.secret)
    assert _is_dead(world, client, old.secret)
    assert not is_there(new)


@pytest.mark.parametrize("fact", ["disabled", "expired", "user disabled"])
def test_what_could_come_to_life_again_does_not(world: World, fact: str):
    facts: dict[str, Any] = {"disabled": {"enabled": False}, "expired": {"expires_at": world.now}}.get(fact, {})
    token = tokens.make(world.ann.user_id, now=world.now, **facts)
    if fact == "user disabled":
        accounts.switch("ann", enabled=False, now=world.now)
    assert _hand_in(world, token.secret).status == 204
    assert not is_there(token)
    assert len(world.mails) == 1


def test_its_users_own_addresses_and_limits_do_not_save_it(world: World):
    token = tokens.make(world.ann.user_id, now=world.now, sources="192.0.2.1", rate_limit=1)
    assert _hand_in(world, token.secret).status == 204
    assert not is_there(token)


def _unknown(world: World) -> str:
    return identifiers.write(randomness.token("api", world.ann.user_id))


def _forged(world: World) -> str:
    token = tokens.make(world.ann.user_id, now=world.now)
    return identifiers.write(replace(randomness.token("api", world.ann.user_id), id=token.id))


def _forged_session(world: World) -> str:
    opened = identifiers.read(world.session()["session"]["token"], kind="session")
    assert opened
    return identifiers.write(replace(randomness.token("session", world.ann.user_id), id=opened.id))


def _of_one_who_is_gone(world: World) -> str:
    """A session outlives the row of its user, until it is removed."""
    clerk = world.add("clerk", owner=False, phone=None)
    secret = str(world.sign_in(clerk).body["session"]["token"])
    user, _ = users.find(clerk.user_id)
    assert user
    commit(users.removing(user))
    return secret


def _rotated_away(world: World) -> str:
    token = tokens.make(world.ann.user_id, now=world.now)
    tokens.rotated(token, before_until=world.now)
    return token.secret


def _twice(world: World) -> str:
    token = tokens.make(world.ann.user_id, now=world.now)
    _hand_in(world, token.secret)
    return token.secret


def _garbage(world: World) -> str:
    return "canary"


def _odd(world: World) -> str:
    return "\u017c \n"


@pytest.mark.parametrize(
    "token", [_unknown, _forged, _forged_session, _of_one_who_is_gone, _rotated_away, _twice, _garbage, _odd]
)
def test_whatever_is_handed_in_gets_the_same_answer(world: World, token: Callable[[World], str]):
    secret = token(world)
    before = len(world.mails)
    right = _hand_in(world, tokens.make(world.ann.user_id, now=world.now).secret)
    answer = _hand_in(world, secret)
    assert (answer.status, answer.text, answer.headers) == (204, "", right.headers)
    assert len(world.mails) == before + 1


def test_what_nobody_holds_is_counted_by_address_and_what_leaked_is_always_taken(world: World):
    for _ in range(policy.FREE_FORGERIES):
        assert _hand_in(world, _unknown(world)).status == 204
    limited = _hand_in(world, _unknown(world))
    assert (limited.status, limited.error) == (429, "too_many_attempts")
    assert 0 < limited.retry_after <= 30
    assert _hand_in(world, _unknown(world), address="192.0.2.7").status == 204
    assert _hand_in(world, "canary").status == 204
    token = tokens.make(world.ann.user_id, now=world.now)
    assert _hand_in(world, token.secret).status == 204
    assert not is_there(token)


def _calls(world: World, secret: str) -> list[str]:
    with overheard() as calls:
        _hand_in(world, secret)
    return [str(call) for call in calls]


def test_garbage_costs_nothing_and_the_rest_a_read_and_a_write(world: World):
    token = tokens.make(world.ann.user_id, now=world.now)
    assert _calls(world, "canary") == []
    assert _calls(world, _unknown(world)) == ["BatchGetItem tokens users accounts", "UpdateItem strikes"]
    assert _calls(world, token.secret) == [
        "BatchGetItem tokens users accounts",
        "TransactWriteItems tokens activity",
        "SendMessage",
    ]


def test_a_rotation_at_the_same_moment_does_not_save_the_secret_nor_cost_the_new_one(world: World, client: Held):
    """The old secret is looked at while it is still the only one, and ended when it is the old one."""
    token, new = tokens.make(world.ann.user_id, now=world.now), []

    def rotate() -> None:
        new.append(tokens.rotated(token, before_until=world.now + timedelta(hours=1)))

    with preceded("TransactWriteItems", rotate):
        assert _hand_in(world, token.secret).status == 204
    assert _is_dead(world, client, token.secret)
    assert look(world, client, new[0].secret)["active"]
    assert len(world.mails) == 1


def test_a_rotation_at_the_same_moment_as_an_old_secret_is_found_keeps_its_overlap(world: World, client: Held):
    """What was the old secret when it was looked at is none by then, and another is the old one."""
    oldest, until = tokens.make(world.ann.user_id, now=world.now), world.now + timedelta(hours=1)
    old, new = tokens.rotated(oldest, before_until=until), []
    with preceded("TransactWriteItems", lambda: new.append(tokens.rotated(old, before_until=until))):
        assert _hand_in(world, oldest.secret).status == 204
    assert _is_dead(world, client, oldest.secret)
    assert [look(world, client, secret)["active"] for secret in (old.secret, new[0].secret)] == [True, True]
    assert world.mails == []


@pytest.mark.parametrize("rotate", [False, True])
def test_one_that_is_deleted_at_the_same_moment_is_found_by_nobody(world: World, *, rotate: bool):
    token = tokens.make(world.ann.user_id, now=world.now)
    if rotate:
        tokens.rotated(token, before_until=world.now + timedelta(hours=1))
    with preceded("TransactWriteItems", lambda: commit(storage.removing(token.token))):
        assert _hand_in(world, token.secret).status == 204
    assert not is_there(token)
    assert world.mails == []


BAD: list[Any] = [None, 1, "", [], {}, True, "x" * (policy.MAX_FOUND_CHARACTERS + 1)]


@pytest.mark.parametrize("token", BAD)
def test_what_is_no_text_of_a_fair_length_is_refused(world: World, token: object):
    answer = _hand_in(world, token)
    assert (answer.status, answer.error) == (422, "invalid_request")


def test_a_page_cannot_make_a_browser_hand_in(world: World):
    token = tokens.make(world.ann.user_id, now=world.now)
    assert _hand_in(world, token.secret, headers={"Origin": "https://evil.example"}).status == 403
    assert is_there(token)


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_secret_is_dead_even_where_nobody_can_be_told(world: World, fault: str):
    token = tokens.make(world.ann.user_id, now=world.now)
    with failing(2, FAULTS[fault]):
        assert _hand_in(world, token.secret).status == 204
    assert not is_there(token)
    assert _log(world)[0]["about"] == token.id


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("place", [0, 1])
def test_where_the_tables_do_not_answer_the_finder_comes_back(world: World, place: int, fault: str):
    token = tokens.make(world.ann.user_id, now=world.now)
    with failing(place, FAULTS[fault]):
        answer = _hand_in(world, token.secret)
    assert (answer.status, answer.error, answer.retry_after) == (503, "unavailable", 1)
    assert _hand_in(world, token.secret).status == 204
    assert not is_there(token)
