"""What a sub-user may do and see, what ends with them, and who may manage them."""

from typing import Any

import pytest

from shared.crypto import randomness
from shared.storage import users
from tests.proofs import tables
from tests.subusers.asking import (
    GIVEN,
    OWN,
    ask,
    is_in,
    made,
    order,
    owners,
    put,
    seen,
    session_of,
    settled,
    sign_in,
    token_id,
)
from tests.support.factors import SECOND, shown, with_app, with_codes
from tests.support.programs import basic, is_let_in, limit_machines
from tests.support.tokens import get_token, given, make
from tests.support.world import World

ROUTES: dict[str, Any] = {
    "GET /subusers": None,
    "POST /subusers": order("mine"),
    "GET /subusers/{}": None,
    "PUT /subusers/{}": {"points": {"from_account": 1000}},
    "DELETE /subusers/{}": None,
    "GET /subusers/{}/shares": None,
    "GET /subusers/{}/shares/sendernames": None,
    "PUT /subusers/{}/shares/sendernames": {"access": "all"},
    "GET /subusers/{}/shares/templates": None,
    "PUT /subusers/{}/shares/templates": {"access": "all"},
}
OF_ONE = sorted(route for route in ROUTES if "{}" in route)


def send(world: World, secret: str, route: str, user_id: str) -> Any:
    return ask(world, secret, *route.format(user_id).split(), ROUTES[route])


# --- A sub-user -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_sub_user_manages_nobody_and_not_themselves(world: World, route: str):
    subuser, session = settled(world)
    token = make(subuser["id"], now=world.now)
    for secret in (session, token.secret):
        answer = send(world, secret, route, subuser["id"])
        assert (answer.status, answer.error) == (403, "owner_only")
    assert seen(world, subuser) == subuser


def test_a_sub_user_sees_nothing_of_their_siblings(world: World):
    subuser, session = settled(world)
    sibling, _ = settled(world, "sibling")
    hidden = make(sibling["id"], now=world.now, name="hidden")
    seen_by_him = [
        ask(world, session, "GET", path).text
        for path in ("/session", "/tokens", "/account/activity", "/account/sessions", "/account/devices")
    ]
    assert not any(secret in text for text in seen_by_him for secret in (sibling["id"], "sibling", hidden.id))
    assert ask(world, session, "GET", f"/tokens/{hidden.id}").status == 404
    assert ask(world, session, "GET", "/account/activity", query={"scope": "account"}).error == "owner_only"
    assert ask(world, session, "GET", "/account/ip-lists").error == "owner_only"
    assert subuser["id"] in seen_by_him[0]


def test_nothing_that_they_may_ask_tells_them_their_limits(world: World):
    facts: dict[str, Any] = {"points": {"from_account": 31337, "per_month": 2718}, "description": "Untrustworthy"}
    hours = {"days": ["sat"], "begin": "03:14", "end": "04:15", "zone": "Asia/Tokyo"}
    _, session = settled(world, hours=hours, **facts)
    for path in ("/session", "/tokens", "/account/activity", "/account/policy", "/account/factors"):
        told = ask(world, session, "GET", path).text
        assert not any(word in told for word in ("31337", "2718", "Untrustworthy", "Tokyo", "03:14"))


def test_their_tokens_may_do_no_more_than_they_were_left(world: World):
    subuser, session = settled(world, permissions=["sms", "tokens"])
    beyond = ask(world, session, "POST", "/tokens", {"name": "Cron", "scopes": "profile"})
    assert (beyond.status, beyond.error) == (403, "exceeds_own_rights")
    token = ask(world, session, "POST", "/tokens", {"name": "Cron", "scopes": "tokens"}).body["access_token"]
    assert ask(world, token, "GET", "/tokens").status == 200
    put(world, subuser, {"permissions": ["sms"]})
    assert ask(world, token, "GET", "/tokens").error == "insufficient_scope"
    assert ask(world, session, "GET", "/tokens").error == "insufficient_scope"
    put(world, subuser, {"permissions": ["sms", "tokens"]})
    assert ask(world, token, "GET", "/tokens").status == 200


def test_their_programs_show_a_password_where_the_account_takes_such(world: World):
    subuser = made(world, credentials={"username": "shop", "password": GIVEN, "api_password": "Machine-Room-12"})
    assert not is_let_in(world, basic("shop", "Machine-Room-12"))
    limit_machines(world, world.ann, legacy_api=True)
    assert is_let_in(world, basic("shop", "Machine-Room-12"))
    put(world, subuser, {"credentials": {"api_password": "Machine-Room-34"}})
    assert [is_let_in(world, basic("shop", one)) for one in ("Machine-Room-12", "Machine-Room-34")] == [False, True]
    assert sign_in(world, password="Machine-Room-34").status == 401


# --- Their end -------------------------------------------------------------------------------------------


def test_switched_off_they_are_out_with_the_very_next_request(world: World):
    subuser, session = settled(world)
    app = with_app(world, session)
    challenge = sign_in(world, password=OWN).body["challenge"]["id"]
    token = make(subuser["id"], now=world.now)
    client = make(subuser["id"], "client", now=world.now)
    access = get_token(world, client)
    assert put(world, subuser, {"active": False}).body["active"] is False
    assert not is_in(world, session)
    assert world.verify(challenge, shown(world, app)).status == 410
    assert [ask(world, one, "GET", "/tokens").status for one in (token.secret, access)] == [401, 401]
    assert sign_in(world, password=OWN).status == 401


def test_switched_on_again_their_tokens_work_and_old_sessions_do_not(world: World):
    subuser, session = settled(world)
    token = make(subuser["id"], now=world.now)
    world.wait(SECOND)
    put(world, subuser, {"active": False})
    put(world, subuser, {"active": True})
    world.wait(SECOND)
    assert not is_in(world, session)
    assert ask(world, token.secret, "GET", "/tokens").status == 200
    assert sign_in(world, password=OWN).status == 200


def test_who_is_off_can_be_given_a_password_for_the_day_they_are_on(world: World):
    subuser = made(world, active=False)
    put(world, subuser, {"credentials": {"password": "Monday-Train-52"}})
    assert sign_in(world, password="Monday-Train-52").status == 401
    world.wait(SECOND)
    put(world, subuser, {"active": True})
    world.wait(SECOND)
    assert sign_in(world, password="Monday-Train-52").status == 200


def test_deleted_they_are_out_with_the_very_next_request(world: World):
    subuser, session = settled(world)
    app = with_app(world, session)
    challenge = sign_in(world, password=OWN).body["challenge"]["id"]
    token = make(subuser["id"], now=world.now)
    client = make(subuser["id"], "client", now=world.now)
    access = get_token(world, client)
    answer = ask(world, owners(world), "DELETE", f"/subusers/{subuser['id']}")
    assert (answer.status, answer.text) == (204, "")
    assert not is_in(world, session)
    assert world.verify(challenge, shown(world, app)).status in (401, 410)
    assert [ask(world, one, "GET", "/tokens").status for one in (token.secret, access)] == [401, 401]
    assert sign_in(world, password=OWN).status == 401
    again = ask(world, owners(world), "DELETE", f"/subusers/{subuser['id']}")
    assert (again.status, again.error, again.body["message"]) == (404, "not_found", "Not found")


def test_nothing_secret_is_left_of_one_who_is_deleted(world: World):
    subuser, session = settled(world, "bob@example.com", points={"from_account": 5})
    with_app(world, session)
    with_codes(world, session)
    make(subuser["id"], now=world.now)
    ask(world, owners(world), "DELETE", f"/subusers/{subuser['id']}")
    for table in ("logins", "users", "wallets", "reminders", "passwords", "factors", "tokens"):
        assert subuser["id"] not in str(tables.rows(table)), table
    session = world.session()["session"]["token"]
    assert subuser["id"] not in ask(world, session, "GET", "/tokens").text


def test_whoever_gets_their_login_inherits_nothing(world: World):
    subuser, session = settled(world, permissions=["sms"], points={"from_account": 5}, description="Old")
    token = make(subuser["id"], now=world.now)
    world.post("/password-reset", {"login": "shop"})
    ask(world, owners(world), "DELETE", f"/subusers/{subuser['id']}")
    world.wait(SECOND)
    other = made(world)
    assert other["id"] != subuser["id"]
    assert (other["points"]["from_account"], other["description"]) == (0.0, "")
    assert not is_in(world, session)
    assert ask(world, token.secret, "GET", "/tokens").status == 401
    assert sign_in(world, password=OWN).status == 401
    assert world.me(session_of(sign_in(world))).status == 200


def test_an_old_link_opens_nothing_of_the_one_who_has_their_login_now(world: World):
    subuser = made(world, "bob@example.com")
    world.post("/password-reset", {"login": "bob@example.com"})
    link = world.link("reset")
    ask(world, owners(world), "DELETE", f"/subusers/{subuser['id']}")
    world.wait(SECOND)
    made(world, "bob@example.com")
    answer = world.post("/password-reset/confirm", {"token": link, "password": OWN})
    assert (answer.status, answer.error) == (410, "link_closed")


# --- Who may manage them ---------------------------------------------------------------------------------


def nobodies(world: World) -> list[str]:
    """Ids that are no sub-user's of ann."""
    bob = world.add("bob")
    his = ask(world, given(world, bob), "POST", "/subusers", order("bobs")).body["id"]
    made_up = randomness.user_id(world.ann.user_id[:10])
    return [bob.user_id, his, world.ann.user_id, made_up, "x", made_up + "0" * 12, "%00"]


@pytest.mark.parametrize("route", OF_ONE)
def test_nobody_but_a_sub_user_of_the_account_is_found(world: World, route: str):
    rows = len(tables.rows("users"))
    secret = owners(world)
    for user_id in nobodies(world):
        answer = send(world, secret, route, user_id)
        assert (answer.status, answer.error, answer.body["message"]) == (404, "not_found", "Not found")
    assert len(tables.rows("users")) == rows + 2
    owner, _ = users.find(world.ann.user_id)
    assert owner
    assert owner.enabled


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_person_confirms_themselves_before_they_change_anything(world: World, route: str):
    subuser = made(world)
    session = world.session()["session"]["token"]
    world.wait(SECOND * 700)
    answer = send(world, session, route, subuser["id"])
    if route.startswith("GET"):
        assert answer.status == 200
    else:
        assert (answer.status, answer.error) == (401, "insufficient_user_authentication")


def test_a_program_makes_nobody_who_may_do_more_than_itself(world: World):
    weak = given(world, scopes="subusers sms")
    beyond = ask(world, weak, "POST", "/subusers", order(permissions=["sms", "profile"]))
    assert (beyond.status, beyond.error) == (403, "exceeds_own_rights")
    answer = ask(world, weak, "POST", "/subusers", order())
    assert (answer.status, answer.body["permissions"]) == (201, ["sms"])


@pytest.mark.parametrize("route", ["PUT /subusers/{}", "DELETE /subusers/{}", "PUT /subusers/{}/shares/sendernames"])
def test_a_program_has_its_hands_on_nobody_who_may_do_more(world: World, route: str):
    subuser = made(world)
    weak = given(world, scopes="subusers sms")
    answer = send(world, weak, route, subuser["id"])
    assert (answer.status, answer.error) == (403, "exceeds_own_rights")
    assert seen(world, subuser) == subuser


def test_a_program_gives_no_password_to_one_who_may_do_more(world: World):
    subuser, session = settled(world)
    weak = given(world, scopes="subusers sms")
    body = {"credentials": {"password": "Monday-Train-52"}}
    assert ask(world, weak, "PUT", f"/subusers/{subuser['id']}", body).error == "exceeds_own_rights"
    assert is_in(world, session)


def test_a_token_that_is_gone_meanwhile_manages_nobody(world: World):
    secret = owners(world)
    session = world.session()["session"]["token"]
    ask(world, session, "DELETE", f"/tokens/{token_id(secret)}")
    assert ask(world, secret, "POST", "/subusers", order()).status == 401
