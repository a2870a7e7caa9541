"""POST /oauth/revoke: a client gives back what it got, and touches nothing that is another's."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.crypto import randomness
from shared.domain import identifiers
from tests.support import tokens
from tests.support.calls import overheard
from tests.support.events import Reply
from tests.support.tokens import Held, get_token, is_there, look, send
from tests.support.world import World


def _revoke(world: World, client: Held, token: str, **more: str) -> Reply:
    return send(world, "/oauth/revoke", {"token": token, **more}, client)


def _refused(answer: Reply, error: str) -> None:
    assert (answer.status, answer.error) == (400, error)


def test_a_client_gives_back_its_token_and_the_next_question_finds_it_dead(world: World, client: Held):
    token, other = get_token(world, client), get_token(world, client)
    answer = _revoke(world, client, token)
    assert (answer.status, answer.text) == (200, "")
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == (["no-store"], ["no-cache"])
    assert look(world, client, token) == {"active": False}
    assert look(world, client, other)["active"]


def test_giving_it_back_twice_is_no_mistake(world: World, client: Held):
    token = get_token(world, client)
    assert [_revoke(world, client, token).status for _ in range(3)] == [200, 200, 200]


def test_an_expired_token_may_be_given_back(world: World, client: Held):
    token = get_token(world, client)
    world.wait(timedelta(hours=2))
    assert _revoke(world, client, token).status == 200


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "canary"])
def test_a_hint_changes_nothing(world: World, client: Held, hint: str):
    token = get_token(world, client)
    assert _revoke(world, client, token, token_type_hint=hint).status == 200
    assert look(world, client, token) == {"active": False}


def _unknown(world: World, client: Held) -> str:
    return identifiers.write(randomness.access_token(client.id))


def _forged(world: World, client: Held) -> str:
    token = tokens.make(world.ann.user_id, now=world.now)
    return identifiers.write(replace(randomness.token("api", world.ann.user_id), id=token.id))


def _garbage(world: World, client: Held) -> str:
    return "canary"


def _long(world: World, client: Held) -> str:
    return "x" * 10_000


@pytest.mark.parametrize("token", [_unknown, _forged, _garbage, _long])
def test_what_nobody_holds_is_dead_already(world: World, client: Held, token: Callable[[World, Held], str]):
    for _ in range(2):
        answer = _revoke(world, client, token(world, client))
        assert (answer.status, answer.text) == (200, "")


def test_another_accounts_token_is_nobodys_here_and_lives_on(world: World, client: Held):
    eve = world.add("eve")
    others = tokens.make(eve.user_id, "client", now=world.now)
    token, access = tokens.make(eve.user_id, now=world.now), get_token(world, others)
    for secret in (token.secret, access):
        with overheard() as calls:
            assert _revoke(world, client, secret).status == 200
        assert not [call for call in calls if call.operation in ("DeleteItem", "TransactWriteItems")]
        assert look(world, others, secret)["active"]


def test_another_clients_token_is_refused(world: World, client: Held):
    token = get_token(world, tokens.make(world.ann.user_id, "client", now=world.now))
    _refused(_revoke(world, client, token), "unauthorized_client")
    assert look(world, client, token)["active"]


def test_a_client_that_may_manage_tokens_deletes_an_api_token_and_its_user_is_told(world: World, client: Held):
    token = tokens.make(world.ann.user_id, now=world.now, scopes="sms")
    assert _revoke(world, client, token.secret).status == 200
    assert not is_there(token)
    (mail,) = world.mails
    assert mail[:2] == ("ann@example.com", "An API token was deleted")
    assert client.id in mail[2]
    assert token.secret[-20:] not in mail[2]
    assert _revoke(world, client, token.secret).status == 200
    assert len(world.mails) == 1


def test_a_token_that_is_switched_off_is_deleted_all_the_same(world: World, client: Held):
    token = tokens.make(world.ann.user_id, now=world.now, enabled=False)
    assert _revoke(world, client, token.secret).status == 200
    assert not is_there(token)


LESS = [
    {"scopes": "sms"},
    {"scopes": "contacts tokens"},
    {"sources": "198.51.100.0/24"},
    {"rate_limit": 10},
    {"expires_at": timedelta(days=1)},
]


@pytest.mark.parametrize("less", LESS)
def test_but_only_one_that_can_do_no_more_than_itself(world: World, less: dict[str, object]):
    limits = {name: world.now + value if isinstance(value, timedelta) else value for name, value in less.items()}
    client = tokens.make(world.ann.user_id, "client", now=world.now, **limits)
    token = tokens.make(world.ann.user_id, now=world.now, scopes="sms")
    _refused(_revoke(world, client, token.secret), "unauthorized_client")
    assert is_there(token)


def test_a_sub_users_client_touches_nobody_elses_tokens(world: World):
    bob = tokens.colleague(world, world.ann)
    client = tokens.make(bob.user_id, "client", now=world.now)
    anns = tokens.make(world.ann.user_id, now=world.now, scopes="sms")
    _refused(_revoke(world, client, anns.secret), "unauthorized_client")
    assert is_there(anns)
    bobs = tokens.make(bob.user_id, now=world.now, scopes="sms")
    assert _revoke(world, client, bobs.secret).status == 200
    assert not is_there(bobs)


def _own_secret(world: World, client: Held) -> str:
    return client.secret


def _session(world: World, client: Held) -> str:
    return str(world.session()["session"]["token"])


def _others_session(world: World, client: Held) -> str:
    return str(world.session(world.add("eve"))["session"]["token"])


@pytest.mark.parametrize("token", [_own_secret, _session, _others_session])
def test_a_secret_of_another_kind_is_refused_unread(world: World, client: Held, token: Callable[[World, Held], str]):
    secret = token(world, client)
    get_token(world, client)
    with overheard() as calls:
        _refused(_revoke(world, client, secret), "unsupported_token_type")
    assert [str(call) for call in calls] == ["BatchGetItem tokens users accounts"]


@pytest.mark.parametrize("form", ["", "token=", "token=a&token=b"])
def test_without_one_token_the_request_is_none(world: World, client: Held, form: str):
    _refused(send(world, "/oauth/revoke", form, client), "invalid_request")


def test_nobody_gives_back_a_token_by_showing_it(world: World, client: Held):
    token = get_token(world, client)
    answer = send(world, "/oauth/revoke", {"token": token}, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status, answer.error) == (401, "invalid_client")
    assert look(world, client, token)["active"]
