"""The access tokens table: what a client got is found with the client, and ends once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.crypto import randomness
from shared.domain.tokens import AccessToken
from shared.errors import NotFound, Outrun
from shared.storage import access_tokens
from shared.storage.engine import commit
from tests.shared.storage.refusals import refusal
from tests.support import tokens
from tests.support.tokens import Held
from tests.support.world import NOON, World


@pytest.fixture
def client(world: World) -> Held:
    return tokens.make(world.ann.user_id, "client", now=NOON)


@pytest.fixture
def access(client: Held) -> AccessToken:
    token = randomness.access_token(client.id)
    got = AccessToken(client.id, token.id, "sealed", "sms", NOON, NOON + timedelta(hours=1))
    commit(access_tokens.adding(got))
    return got


def test_it_is_found_with_its_client_their_user_and_the_account(world: World, client: Held, access: AccessToken):
    found, its_client, user, account = access_tokens.find_with_holder(access.access_id)
    assert (found, its_client) == (access, client.token)
    assert (user and user.user_id, account and account.account_id) == (world.ann.user_id, world.ann.user_id[:10])


def test_it_is_added_once(access: AccessToken):
    assert refusal(access_tokens.adding(replace(access, scopes="sms contacts"))) is Outrun


def test_it_ends_once(access: AccessToken):
    commit(access_tokens.removing(access))
    assert refusal(access_tokens.removing(access)) is NotFound
    assert refusal(access_tokens.removing(access, refused=Outrun())) is Outrun
