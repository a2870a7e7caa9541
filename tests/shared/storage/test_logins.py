"""The logins table: a password is changed by whoever saw the one before, and only where the login is still theirs."""

from dataclasses import replace

import boto3
import pytest

from shared import settings
from shared.crypto import randomness
from shared.domain.logins import Login
from shared.domain.users import User
from shared.errors import (
    FactorNeeded,
    LinkClosed,
    LoginTaken,
    NotFound,
    Outrun,
    TokenRefused,
    UnknownLogin,
    UnknownSubuser,
)
from shared.storage import logins, users
from shared.storage.engine import commit
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

HASH, OTHER = "hash-1", "hash-2"


@pytest.fixture
def ann(world: World) -> Login:
    return found("ann")


@pytest.fixture
def user(world: World) -> User:
    user, _ = users.find(world.ann.user_id)
    assert user
    return user


def found(login: str) -> Login:
    found = logins.find(login)
    assert found
    return found


def test_a_login_is_there_once(ann: Login):
    assert refusal(logins.adding(replace(ann, user_id="other"))) is LoginTaken


def test_of_two_who_change_a_password_one_comes_first(ann: Login):
    writes = [
        logins.setting_password(ann, OTHER, now=NOON),
        logins.setting_password(ann, None, now=NOON),
        logins.renewing_hash(ann, OTHER),
        logins.setting_api_password(ann, OTHER, provenance=""),
    ]
    commit(logins.setting_password(ann, HASH, now=NOON))
    assert [refusal(write) for write in writes] == [Outrun] * 4


def test_where_there_was_no_password_one_is_set_once(ann: Login):
    commit(logins.setting_password(ann, None, now=NOON))
    without = found("ann")
    write = logins.setting_password(without, HASH, now=NOON)
    assert "attribute_not_exists" in write.arguments["ConditionExpression"]  # to moto, not to AWS, nothing equals null
    commit(write)
    assert refusal(logins.setting_password(without, OTHER, now=NOON)) is Outrun


def test_a_login_that_is_switched_off_gets_no_password(ann: Login):
    commit(logins.switching("ann", enabled=False, now=NOON))
    assert refusal(logins.setting_password(ann, HASH, now=NOON)) is LinkClosed
    assert refusal(logins.setting_api_password(ann, HASH, provenance="")) is Outrun


def test_where_the_login_is_gone_nothing_is_written(world: World, ann: Login, user: User):
    commit(logins.removing(user))
    assert refusal(logins.setting_password(ann, HASH, now=NOON)) is LinkClosed
    assert refusal(logins.renewing_hash(ann, HASH)) is Outrun
    assert refusal(logins.setting_api_password(ann, HASH, provenance="")) is Outrun
    assert refusal(logins.removing_api_password("ann")) is NotFound
    assert refusal(logins.changing("ann", phone="+48600100200")) is Outrun
    assert refusal(logins.having_codes("ann")) is FactorNeeded
    assert refusal(logins.switching("ann", enabled=True, now=NOON)) is UnknownLogin
    assert refusal(logins.deciding(user, enabled=False)) is UnknownSubuser
    assert refusal(logins.giving_password(ann, user, password_hash=HASH)) is UnknownSubuser
    assert refusal(logins.removing(user)) is UnknownSubuser


def test_a_login_that_is_somebody_elses_by_now_is_left_alone(ann: Login, user: User):
    before = replace(user, user_id=randomness.user_id(user.account_id))
    assert refusal(logins.deciding(before, enabled=False)) is UnknownSubuser
    assert refusal(logins.giving_password(ann, before, password_hash=HASH)) is Outrun
    assert refusal(logins.removing(before)) is UnknownSubuser


def test_a_password_is_given_in_place_of_the_one_that_was_seen(ann: Login, user: User):
    commit(logins.giving_password(ann, user, password_hash=HASH))
    assert refusal(logins.giving_password(ann, user, password_hash=OTHER)) is Outrun
    assert found("ann").password_hash == HASH


def test_recovery_codes_stand_in_for_a_phone_or_an_app(world: World):
    bob = world.add("bob", phone=None)
    assert refusal(logins.having_codes(bob.login)) is FactorNeeded
    for factor in ({"has_totp": True}, {"has_totp": False, "phone": "+48600100200"}):
        commit(logins.changing(bob.login, **factor))
        commit(logins.having_codes(bob.login))


def test_an_api_password_is_removed_once(ann: Login):
    assert refusal(logins.insisting_api_password("ann", HASH)) is TokenRefused
    commit(logins.setting_api_password(ann, HASH, provenance=""))
    commit(logins.insisting_api_password("ann", HASH))
    assert refusal(logins.insisting_api_password("ann", OTHER)) is TokenRefused
    commit(logins.removing_api_password("ann"))
    assert refusal(logins.removing_api_password("ann")) is NotFound


def test_the_keeper_of_a_login_is_its_user_and_nobody_else(world: World):
    bob = world.add("bob")
    keeper = logins.find_keeper("ann", world.ann.user_id)
    assert keeper
    assert (keeper.login.login, keeper.account.account_id) == ("ann", world.ann.user_id[:10])
    assert logins.find_keeper("ann", bob.user_id) is None
    assert logins.find_keeper("nobody", bob.user_id) is None


def test_whoever_has_a_row_from_before_addresses_were_shared_has_an_address_of_their_own(ann: Login):
    commit(logins.changing("ann", own_email=False))
    assert not found("ann").own_email
    boto3.client("dynamodb").update_item(
        TableName=settings.LOGINS_TABLE, Key={"login": {"S": "ann"}}, UpdateExpression="REMOVE own_email"
    )
    assert found("ann").own_email
