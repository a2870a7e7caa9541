"""Tokens that may not see the codes of SMS Authenticator: nobody gets around it by making or changing one."""

from datetime import timedelta

import pytest

from shared import policy
from tests.support.tokens import get_token, make
from tests.support.world import World
from tests.tokens.asking import ask, made, manager, post, seen, signed_in

HIDDEN, SHOWN = {"hide_codes": True}, {"hide_codes": False}


def test_a_token_is_made_so_and_shown_so(world: World):
    by = signed_in(world)
    assert made(world, by)["hide_codes"] is False
    answer = made(world, by, **HIDDEN)
    assert answer["hide_codes"] is True
    assert seen(world, by, answer["id"])["hide_codes"] is True


@pytest.mark.parametrize("value", [1, "true", None])
def test_it_is_yes_or_no_and_nothing_that_looks_like_it(world: World, value: object):
    assert post(world, signed_in(world), hide_codes=value).status == 422


def test_a_token_that_sees_no_codes_makes_none_that_does(world: World):
    by = manager(world, **HIDDEN)
    assert post(world, by, **HIDDEN).status == 201
    refused = post(world, by, **SHOWN)
    assert (refused.status, refused.error) == (403, "exceeds_own_rights")


def test_a_token_that_sees_no_codes_changes_no_token_to_see_them(world: World):
    by = manager(world, **HIDDEN)
    blind, seeing = (
        make(world.ann.user_id, now=world.now, scopes="sms", hides_codes=True),
        made(world, signed_in(world)),
    )
    assert ask(world, by, "PATCH", f"/tokens/{blind.id}", SHOWN).status == 403
    assert ask(world, by, "PATCH", f"/tokens/{seeing['id']}", {"name": "other"}).status == 403


def test_whoever_lets_a_token_see_codes_again_needs_fresh_proofs(world: World):
    by = signed_in(world)
    token_id = made(world, by)["id"]
    world.wait(policy.CONFIRMED_FOR + timedelta(seconds=1))
    assert ask(world, by, "PATCH", f"/tokens/{token_id}", HIDDEN).body["hide_codes"] is True
    refused = ask(world, by, "PATCH", f"/tokens/{token_id}", SHOWN)
    assert (refused.status, refused.error) == (401, "insufficient_user_authentication")
    assert ask(world, signed_in(world), "PATCH", f"/tokens/{token_id}", SHOWN).body["hide_codes"] is False


def test_the_log_says_that_it_was_changed_and_nothing_more(world: World):
    by = signed_in(world)
    token_id = made(world, by)["id"]
    ask(world, by, "PATCH", f"/tokens/{token_id}", HIDDEN)
    log = ask(world, by, "GET", "/account/activity").body["entries"]
    assert "hide_codes" in [entry["detail"] for entry in log]


def test_what_a_client_gets_for_its_secret_sees_as_little_as_the_client(world: World):
    client = make(world.ann.user_id, "client", now=world.now, scopes="sms tokens", hides_codes=True)
    access = get_token(world, client)
    assert post(world, access, **SHOWN).status == 403
