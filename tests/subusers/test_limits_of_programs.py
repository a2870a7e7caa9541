"""A program with limits makes nothing with fewer: no sub-user, session, token or password of a sub-user."""

from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.domain.scopes import SCOPES
from tests.subusers.asking import GIVEN, OWN, ask, hexed, order, session_of, settled, sign_in, user_do
from tests.support.factors import SECOND, signed_in
from tests.support.programs import basic, is_let_in, limit_machines
from tests.support.tokens import Held, get_token, make
from tests.support.world import HOME, World

ELSEWHERE = "203.0.113.9"
EVERY = " ".join(SCOPES)
CHOICE = {"current_password": GIVEN, "password": OWN}


def limited(world: World, **facts: Any) -> Held:
    """A token of ann's with every scope and these limits."""
    return make(world.ann.user_id, now=world.now, scopes=EVERY, **facts)


def made_by(world: World, program: Held, **facts: Any) -> dict[str, Any]:
    answer = ask(world, program.secret, "POST", "/subusers", order(**facts))
    assert answer.status == 201, answer
    return dict(answer.body)


def session(world: World) -> str:
    """The session of the sub-user, in which they have chosen a password of their own."""
    chosen = session_of(ask(world, session_of(sign_in(world)), "POST", "/account/password", CHOICE))
    world.wait(SECOND)
    return chosen


def their_token(world: World, by: str, **facts: Any) -> dict[str, Any]:
    answer = ask(world, by, "POST", "/tokens", {"name": "theirs", "scopes": "profile tokens", **facts})
    assert answer.status == 201, answer
    return dict(answer.body)


def confirm(world: World, subuser: dict[str, Any], by: str | None = None) -> int:
    return ask(world, by or signed_in(world), "POST", f"/account/suspended/{subuser['id']}/confirm").status


def bounded(world: World, by: str | None = None) -> list[dict[str, Any]]:
    return list(ask(world, by or signed_in(world), "GET", "/account/suspended").body["bounded"])


# --- Each limit holds for sessions and programs, until the owner says who they are ---------------------------------


def test_from_elsewhere_neither_their_session_nor_their_program_is_let_in(world: World):
    subuser = made_by(world, limited(world, sources=HOME))
    theirs = session(world)
    token = their_token(world, theirs)["access_token"]
    for secret, path in ((theirs, "/session"), (token, "/profile")):
        assert ask(world, secret, "GET", path).status == 200
        refused = ask(world, secret, "GET", path, address=ELSEWHERE)
        assert (refused.status, refused.error) == (403, "address_not_allowed")
    assert confirm(world, subuser) == 204
    for secret, path in ((theirs, "/session"), (token, "/profile")):
        assert ask(world, secret, "GET", path, address=ELSEWHERE).status == 200


def test_they_end_with_the_program_and_come_back_when_they_are_confirmed(world: World):
    subuser = made_by(world, limited(world, expires_at=world.now + timedelta(minutes=10)))
    theirs = session(world)
    token = their_token(world, theirs)["access_token"]
    world.wait(timedelta(minutes=10))
    assert [ask(world, theirs, "GET", "/session").status, ask(world, token, "GET", "/profile").status] == [401, 401]
    assert confirm(world, subuser) == 204
    assert ask(world, token, "GET", "/profile").status == 200


def test_their_requests_count_for_the_rate_of_the_program(world: World):
    program = limited(world, rate_limit=4)
    made_by(world, program)
    world.wait(timedelta(minutes=1))
    theirs = session(world)
    world.wait(timedelta(minutes=1))
    token = their_token(world, theirs)["access_token"]
    assert ask(world, theirs, "GET", "/session").status == 200
    assert ask(world, token, "GET", "/profile").status == 200
    assert ask(world, program.secret, "GET", "/profile").status == 200
    for secret, path in ((theirs, "/session"), (token, "/profile"), (program.secret, "/profile")):
        refused = ask(world, secret, "GET", path)
        assert (refused.status, refused.error) == (429, "rate_limit_reached")


def test_a_token_of_theirs_sees_no_codes_that_the_program_may_not_see(world: World):
    subuser = made_by(world, limited(world, hides_codes=True), points={"from_account": 5})
    token = their_token(world, session(world), scopes="sms_authenticator tokens")
    child = ask(world, token["access_token"], "POST", "/tokens", {"name": "x", "scopes": "sms_authenticator"})
    assert (child.status, child.error) == (403, "exceeds_own_rights")
    assert bounded(world)[0]["hide_codes"] is True
    assert confirm(world, subuser) == 204
    child = ask(world, token["access_token"], "POST", "/tokens", {"name": "x", "scopes": "sms_authenticator"})
    assert child.status == 201


def test_scopes_that_the_owner_gives_them_wait_for_the_word_too(world: World):
    program = make(world.ann.user_id, now=world.now, scopes="subusers tokens profile")
    subuser = made_by(world, program)
    theirs = session(world)
    body = {"permissions": ["contacts", "profile", "tokens"]}
    assert ask(world, signed_in(world), "PUT", f"/subusers/{subuser['id']}", body).status == 200
    assert ask(world, theirs, "GET", "/contacts").status == 403
    assert confirm(world, subuser) == 204
    assert ask(world, theirs, "GET", "/contacts").status == 200


@pytest.mark.parametrize("changes", ["password", "enabled", "permissions", "phonebook"])
def test_whom_it_gives_more_is_bound_as_whom_it_makes(world: World, changes: str):
    subuser, theirs = settled(world, permissions=["profile", "tokens", "contacts"])
    program = limited(world, sources=HOME)
    path = f"/subusers/{subuser['id']}"
    sent: dict[str, Any] = {
        "password": {"credentials": {"password": "Monday-Train-52"}},
        "enabled": {"active": True},
        "permissions": {"permissions": ["profile", "tokens", "contacts", "sms"]},
    }
    if changes == "enabled":
        assert ask(world, program.secret, "PUT", path, {"active": False}).status == 200
        assert bounded(world) == []
    if changes == "phonebook":
        assert "error" not in user_do(world, secret=program.secret, set_user="shop", phonebook=1).body
    else:
        assert ask(world, program.secret, "PUT", path, sent[changes]).status == 200
    assert [one["id"] for one in bounded(world)] == [subuser["id"]]
    if changes in ("permissions", "phonebook"):
        assert ask(world, theirs, "GET", "/session", address=ELSEWHERE).status == 403


def test_what_takes_away_or_tells_nothing_binds_nobody(world: World):
    subuser, theirs = settled(world, permissions=["profile", "contacts"])
    program = limited(world, sources=HOME)
    for body in ({"description": "x"}, {"permissions": ["profile"]}, {"points": {"from_account": 1}}):
        assert ask(world, program.secret, "PUT", f"/subusers/{subuser['id']}", body).status == 200
    assert bounded(world) == []
    assert ask(world, theirs, "GET", "/session", address=ELSEWHERE).status == 200


def test_of_two_programs_the_limits_of_both_bind(world: World):
    subuser = made_by(world, limited(world, sources="198.51.100.0/24", hides_codes=True))
    other = limited(world, sources=f"{HOME} 192.0.2.1", expires_at=world.now + timedelta(days=1))
    body = {"credentials": {"password": "Monday-Train-52"}}
    assert ask(world, other.secret, "PUT", f"/subusers/{subuser['id']}", body).status == 200
    (waiting,) = bounded(world)
    assert waiting["ip_list"] == [HOME]
    assert waiting["hide_codes"] is True
    assert waiting["expiration_date"] is not None


def test_an_api_password_that_a_program_gives_is_within_its_limits_for_life(world: World):
    program = limited(world, sources="198.51.100.0/24", rate_limit=3)
    subuser = made_by(world, program)
    body = {"credentials": {"api_password": "Machine-Room-12"}}
    assert ask(world, program.secret, "PUT", f"/subusers/{subuser['id']}", body).status == 200
    assert confirm(world, subuser) == 204
    limit_machines(world, world.ann, sources=f"{HOME} {ELSEWHERE}", legacy_api=True)
    world.wait(timedelta(minutes=1))
    shown = basic("shop")
    assert not is_let_in(world, shown, address=ELSEWHERE)
    assert [is_let_in(world, shown) for _ in range(3)] == [True] * 3
    assert ask(world, program.secret, "GET", "/profile").error == "rate_limit_reached"
    theirs = session(world)
    assert ask(world, theirs, "PUT", "/account/api-password", {"password": "Engine-House-77"}).status == 204
    assert is_let_in(world, basic("shop", "Engine-House-77"), address=ELSEWHERE)


def test_neither_a_wider_program_nor_a_deleted_one_frees_what_it_made(world: World):
    program = limited(world, sources=HOME, expires_at=world.now + timedelta(days=1))
    made_by(world, program)
    by = signed_in(world)
    assert ask(world, by, "PATCH", f"/tokens/{program.id}", {"expiration_date": None}).status == 200
    assert bounded(world, by)[0]["expiration_date"] is not None
    assert ask(world, by, "DELETE", f"/tokens/{program.id}").status == 204
    assert ask(world, session(world), "GET", "/session", address=ELSEWHERE).status == 403


def test_a_sub_user_that_a_client_makes_by_an_access_token_ends_with_that(world: World):
    client = make(world.ann.user_id, "client", now=world.now, scopes=EVERY)
    assert ask(world, get_token(world, client), "POST", "/subusers", order()).status == 201
    theirs = session(world)
    world.call("PUT", "/account/session-length", {"idle_minutes": 1440}, headers={"Authorization": f"Bearer {theirs}"})
    world.wait(policy.ACCESS_TOKEN_LIFETIME)
    assert ask(world, theirs, "GET", "/session").status == 401


def test_user_do_binds_as_well(world: World):
    program = limited(world, sources=HOME)
    assert "error" not in user_do(world, secret=program.secret, add_user="shop", pass_=hexed(), active=1).body
    assert [one["username"] for one in bounded(world)] == ["ann_shop"]


def test_a_program_without_limits_and_a_person_bind_nobody(world: World):
    made_by(world, limited(world))
    assert ask(world, signed_in(world), "POST", "/subusers", order("cron")).status == 201
    assert bounded(world) == []


# --- The word of the owner --------------------------------------------------------------------------------


def test_all_that_wait_are_confirmed_at_once_by_the_owner_with_fresh_proofs(world: World):
    program = limited(world, sources=HOME)
    for name in ("shop", "cron"):
        made_by(world, program, username=name)
    by = signed_in(world)
    assert sorted(one["username"] for one in bounded(world, by)) == ["cron", "shop"]
    world.wait(policy.CONFIRMED_FOR + SECOND)
    stale = ask(world, by, "POST", "/account/suspended/confirm")
    assert (stale.status, stale.error) == (401, "insufficient_user_authentication")
    by = signed_in(world)
    assert ask(world, by, "POST", "/account/suspended/confirm").body == {"confirmed": 2}
    assert bounded(world, by) == []
    assert ask(world, by, "POST", "/account/suspended/confirm").body == {"confirmed": 0}
    log = ask(world, by, "GET", "/account/activity", query={"scope": "account", "event": "user_confirmed"}).body
    assert len(log["entries"]) == 2


def test_nobody_confirms_themselves_nor_does_a_program(world: World):
    subuser = made_by(world, limited(world, sources=HOME))
    theirs = session(world)
    assert confirm(world, subuser, by=theirs) == 404
    assert ask(world, theirs, "POST", "/account/suspended/confirm").error == "owner_only"
    assert bounded(world, theirs) == []
    assert confirm(world, subuser, by=limited(world).secret) in (401, 403)
    assert [one["id"] for one in bounded(world)] == [subuser["id"]]


def test_a_token_may_be_told_in_advance_by_an_owner_with_fresh_proofs_and_by_nobody_else(world: World):
    by = signed_in(world)
    asked = {"name": "hr", "scopes": "subusers tokens profile", "ip_list": [HOME], "may_create_people": True}
    token = ask(world, by, "POST", "/tokens", asked)
    assert (token.status, token.body["may_create_people"]) == (201, True)
    secret = token.body["access_token"]
    assert ask(world, secret, "POST", "/tokens", asked).error == "exceeds_own_rights"
    assert ask(world, secret, "POST", "/subusers", order()).status == 201
    assert bounded(world, by) == []
    assert ask(world, session(world), "GET", "/session", address=ELSEWHERE).status == 200
    weaker = make(world.ann.user_id, now=world.now, scopes="subusers tokens profile", sources=HOME)
    for path, body in (("", {"name": "mine"}), ("/rotate", None)):
        method = "POST" if path else "PATCH"
        answer = ask(world, weaker.secret, method, f"/tokens/{token.body['id']}{path}", body)
        assert answer.error == "exceeds_own_rights"
    assert ask(world, weaker.secret, "PATCH", f"/tokens/{weaker.id}", {"may_create_people": True}).status == 403
    world.wait(policy.CONFIRMED_FOR + SECOND)
    refused = ask(world, by, "PATCH", f"/tokens/{weaker.id}", {"may_create_people": True})
    assert refused.error == "insufficient_user_authentication"
    assert ask(world, signed_in(world), "PATCH", f"/tokens/{weaker.id}", {"may_create_people": True}).status == 200


def test_an_api_password_is_within_the_limits_of_a_program_that_may_create_people_too(world: World):
    program = limited(world, sources=HOME, may_create_people=True)
    credentials = {"username": "shop", "password": GIVEN, "api_password": "Machine-Room-12"}
    body = {"credentials": credentials, "active": True}
    assert ask(world, program.secret, "POST", "/subusers", body).status == 201
    limit_machines(world, world.ann, sources=f"{HOME} {ELSEWHERE}", legacy_api=True)
    assert [is_let_in(world, basic("shop"), address=address) for address in (HOME, ELSEWHERE)] == [True, False]


# --- Whoever looks at the tokens sees what binds them ---------------------------------------------------------------


def limits_shown(world: World, by: str, token_id: str) -> list[dict[str, Any] | None]:
    """What binds the token by its user, in each answer that shows it."""
    listed = ask(world, by, "GET", "/tokens").body["collection"]
    answers = [
        next(one for one in listed if one["id"] == token_id),
        ask(world, by, "GET", f"/tokens/{token_id}").body,
        ask(world, by, "PATCH", f"/tokens/{token_id}", {"description": "seen"}).body,
    ]
    return [one["user_limits"] for one in answers]


def test_a_token_is_listed_with_the_limits_that_its_user_is_within_until_they_are_confirmed(world: World):
    program = limited(world, sources=HOME, rate_limit=50, hides_codes=True, expires_at=world.now + timedelta(days=9))
    subuser = made_by(world, program)
    theirs = session(world)
    token = their_token(world, theirs)
    told = token["user_limits"]
    assert (told["ip_list"], told["rate_limit"], told["hide_codes"]) == ([HOME], 50, True)
    assert (told["expiration_date"] is None, told["shares_rate_with"]) == (False, [program.id])
    assert "sms" in told["scopes"]
    owners = signed_in(world)
    assert limits_shown(world, theirs, token["id"]) == [told] * 3
    assert limits_shown(world, owners, token["id"]) == [told] * 3
    assert ask(world, owners, "GET", f"/tokens/{program.id}").body["user_limits"] is None
    assert confirm(world, subuser) == 204
    assert limits_shown(world, owners, token["id"]) == [None] * 3


def test_a_page_of_tokens_tells_of_each_whose_limits_they_are(world: World):
    made_by(world, limited(world, sources=HOME))
    their_token(world, session(world))
    world.wait(SECOND)
    listed, cursor = [], {}
    for _ in range(2):
        page = ask(world, signed_in(world), "GET", "/tokens", query={"limit": "1", **cursor}).body
        listed += page["collection"]
        cursor = {"cursor": page["next"]} if page["next"] else {}
    assert [one["user_limits"] is not None for one in listed].count(True) == 1
