"""POST /not-me takes back what a thief changed, and suspends what they made: from outside, thief against owner."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from tests.support.events import Reply
from tests.support.factors import SECOND, ask, shown, with_app, with_codes, with_phone
from tests.support.world import PASSWORD, Person, World

NEW = "Trzy-Sowy-4-Razy"
THIEF = "203.0.113.66"
THIEFS = "thief@evil.example"
THIEFS_PHONE = "+48600100888"
LIST = {"enabled": True, "entries": [{"source": THIEF}, {"source": "198.51.100.0/24"}]}
CLOSED = (410, "link_closed")


def _owner(world: World, person: Person) -> dict[str, Any]:
    """Sign in from a device that is known from then on, before any thief: its session and its device token."""
    opened = _session(world, person)
    world.wait(SECOND)
    return opened


def _session(world: World, person: Person, **more: Any) -> dict[str, Any]:
    answer = world.sign_in(person, **more)
    if "challenge" in answer.body:
        address = {"address": more["address"]} if "address" in more else {}
        answer = world.verify(answer.body["challenge"]["id"], world.code(), **address)
    assert answer.status == 200, answer
    return dict(answer.body)


def _token(opened: dict[str, Any]) -> str:
    return str(opened["session"]["token"])


def _thief(world: World, person: Person) -> tuple[str, str]:
    """A thief's session, opened with the password and one code, and the link that the owner got about it."""
    token = _token(_session(world, person, address=THIEF))
    link = world.link("notme")
    world.wait(SECOND)
    return token, link


def _changes_address(world: World, token: str, email: str = THIEFS) -> None:
    assert ask(world, token, "POST", "/account/email", {"email": email}).status == 204
    assert world.post("/email/confirm", {"token": world.link("email")}).status == 204
    world.wait(SECOND)


def _rescue(world: World, link: str) -> Reply:
    answer = world.post("/not-me", {"token": link})
    world.wait(SECOND)
    return answer


def _reset(world: World, password: str = NEW) -> Reply:
    answer = world.post("/password-reset/confirm", {"token": world.link("reset"), "password": password})
    world.wait(SECOND)
    return answer


def _is_closed(answer: Reply) -> bool:
    return (answer.status, answer.error) == CLOSED


def _back_in(world: World) -> str:
    """The owner sets a new password with the link that came last, gives the code if asked, and has a session."""
    answer = _reset(world)
    if "challenge" in answer.body:
        answer = world.verify(answer.body["challenge"]["id"], world.code())
    assert answer.status == 200, answer
    return str(answer.body["session"]["token"])


# --- Address and factors ----------------------------------------------------------------------------------


def test_an_owner_gets_back_a_login_whose_address_and_phone_a_thief_changed(world: World, cat: Person):
    thief, link = _thief(world, cat)
    with_phone(world, thief, THIEFS_PHONE)
    _changes_address(world, thief)
    heard = len(world.mails)
    assert _rescue(world, link).status == 204
    told = [(address, subject) for address, subject, _ in world.mails[heard:]]
    assert (cat.email, "Set a new password") in told
    assert (THIEFS, "Set a new password") not in told
    assert (THIEFS, "Your login has its earlier e-mail address again") in told
    token = _back_in(world)
    assert world.sms[-1][0] == cat.phone
    assert ask(world, token, "GET", "/account/email").body["email"] == cat.email
    assert world.me(thief).status == 401


def test_a_thief_gets_no_link_any_more_by_the_address_that_they_set(world: World, cat: Person):
    thief, link = _thief(world, cat)
    _changes_address(world, thief)
    world.post("/password-reset", {"login": "cat"})
    thiefs = world.link("reset")
    world.wait(SECOND)
    _rescue(world, link)
    assert _is_closed(world.post("/password-reset/confirm", {"token": thiefs, "password": NEW}))
    heard = len(world.mails)
    world.post("/password-reset", {"login": "cat"})
    assert [address for address, _, _ in world.mails[heard:]] == [cat.email]


def test_an_app_that_a_thief_replaced_or_removed_is_that_of_before_again(world: World, cat: Person):
    secret = with_app(world, _token(_owner(world, cat)))
    answer = world.sign_in(cat, address=THIEF)
    thief = world.verify(answer.body["challenge"]["id"], shown(world, secret), address=THIEF).body
    link = world.link("notme")
    world.wait(policy.TOTP_STEP)
    with_app(world, _token(thief))
    ask(world, _token(thief), "DELETE", "/account/factors/totp")
    ask(world, _token(thief), "DELETE", "/account/factors/sms")
    world.wait(SECOND)
    _rescue(world, link)
    answer = _reset(world)
    assert answer.body["challenge"]["factors"] == ["totp", "sms"]
    assert world.verify(answer.body["challenge"]["id"], shown(world, secret)).status == 200


def test_recovery_codes_that_a_thief_replaced_are_those_of_before_again(world: World, cat: Person):
    mine = with_codes(world, _token(_owner(world, cat)))
    thief, link = _thief(world, cat)
    thiefs = with_codes(world, thief)
    _rescue(world, link)
    challenge = _reset(world).body["challenge"]["id"]
    body = {"challenge_id": challenge, "factor": "recovery_code"}
    assert world.post("/verify-code", {**body, "code": thiefs[0]}).status == 401
    assert world.post("/verify-code", {**body, "code": mine[0]}).status == 200


def test_a_phone_that_the_owner_set_from_a_known_device_stays(world: World, cat: Person):
    known = _owner(world, cat)
    thief, link = _thief(world, cat)
    with_phone(world, thief, THIEFS_PHONE)
    mine = _session(world, cat, device_token=known["device_token"])
    with_phone(world, _token(mine), "+48600100777")
    _rescue(world, link)
    _back_in(world)
    assert world.sms[-1][0] == "+48600100777"


# --- What a thief made ------------------------------------------------------------------------------------


def _makes_token(world: World, token: str, **facts: Any) -> dict[str, Any]:
    answer = ask(world, token, "POST", "/tokens", {"name": "x", "scopes": ["profile", "tokens", "subusers"], **facts})
    assert answer.status == 201, answer
    return dict(answer.body)


def _calls(world: World, secret: str) -> int:
    return int(ask(world, secret, "GET", "/profile").status)


def test_tokens_that_a_thief_made_are_suspended_until_the_owner_confirms_them(world: World, cat: Person):
    mine = _makes_token(world, _token(_owner(world, cat)))
    thief, link = _thief(world, cat)
    made = _makes_token(world, thief)
    child = _makes_token(world, made["access_token"])
    _rescue(world, link)
    assert [_calls(world, one["access_token"]) for one in (mine, made, child)] == [200, 401, 401]
    token = _back_in(world)
    listed = ask(world, token, "GET", "/account/suspended").body
    assert {one["id"] for one in listed["tokens"]} == {made["id"], child["id"]}
    assert ask(world, token, "PATCH", f"/tokens/{made['id']}", {"active": True}).error == "unconfirmed"
    assert ask(world, token, "POST", f"/tokens/{made['id']}/rotate").error == "unconfirmed"
    assert ask(world, token, "POST", f"/account/suspended/{made['id']}/confirm").status == 204
    assert [_calls(world, one["access_token"]) for one in (made, child)] == [200, 401]
    assert ask(world, token, "DELETE", f"/tokens/{child['id']}").status == 204
    assert ask(world, token, "GET", "/account/suspended").body == {
        "tokens": [],
        "subusers": [],
        "api_password": False,
        "bounded": [],
    }


def test_a_token_of_the_owner_that_a_thief_rotated_is_suspended(world: World, cat: Person):
    mine = _makes_token(world, _token(_owner(world, cat)))
    thief, link = _thief(world, cat)
    secret = ask(world, thief, "POST", f"/tokens/{mine['id']}/rotate").body["access_token"]
    _rescue(world, link)
    assert [_calls(world, one) for one in (mine["access_token"], secret)] == [401, 401]


def test_what_a_thief_did_on_a_device_that_the_first_sign_in_made_known_is_suspended_too(world: World, cat: Person):
    first = _session(world, cat, address=THIEF)
    link = world.link("notme")
    world.wait(SECOND)
    again = _session(world, cat, address=THIEF, device_token=first["device_token"])
    made = _makes_token(world, _token(again))
    _rescue(world, link)
    assert _calls(world, made["access_token"]) == 401


def test_an_oauth_client_of_a_thief_gets_nothing_and_what_it_got_is_void(world: World, cat: Person):
    thief, link = _thief(world, cat)
    client = _makes_token(world, thief, kind="client")
    form = {"grant_type": "client_credentials", "client_id": client["id"], "client_secret": client["client_secret"]}
    sent = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    body = "&".join(f"{name}={value}" for name, value in form.items())
    access = world.call("POST", "/oauth/token", body, **sent).body["access_token"]
    _rescue(world, link)
    assert _calls(world, access) == 401
    assert world.call("POST", "/oauth/token", body, **sent).status == 401


SHOP = {"credentials": {"username": "shop", "password": "Sunday-Ferry-31"}, "active": True}


def test_a_sub_user_that_a_thief_made_cannot_sign_in_until_the_owner_confirms_them(world: World, cat: Person):
    thief, link = _thief(world, cat)
    subuser = ask(world, thief, "POST", "/subusers", SHOP).body
    login = {"login": subuser["username"], "password": "Sunday-Ferry-31"}
    world.wait(SECOND)
    _rescue(world, link)
    refused = world.post("/login", login)
    assert (refused.status, refused.error) == (403, "user_suspended")
    assert world.post("/login", {**login, "password": "Wrong-Wrong-31"}).error == "invalid_credentials"
    token = _back_in(world)
    assert [one["id"] for one in ask(world, token, "GET", "/account/suspended").body["subusers"]] == [subuser["id"]]
    body = {"description": "mine"}
    assert ask(world, token, "PUT", f"/subusers/{subuser['id']}", body).error == "unconfirmed"
    assert ask(world, token, "POST", f"/account/suspended/{subuser['id']}/confirm").status == 204
    assert world.post("/login", login).status == 200


def test_a_sub_user_whose_password_a_thief_gave_is_out_with_their_session_and_tokens(world: World, cat: Person):
    subuser = ask(world, _token(_owner(world, cat)), "POST", "/subusers", SHOP).body
    thief, link = _thief(world, cat)
    body = {"credentials": {"password": "Monday-Ferry-32"}}
    assert ask(world, thief, "PUT", f"/subusers/{subuser['id']}", body).status == 200
    world.wait(SECOND)
    opened = world.post("/login", {"login": subuser["username"], "password": "Monday-Ferry-32"}).body
    _rescue(world, link)
    assert world.me(_token(opened)).status == 401


def test_a_sub_user_of_the_owner_stays_as_they_are(world: World, cat: Person):
    subuser = ask(world, _token(_owner(world, cat)), "POST", "/subusers", SHOP).body
    login = {"login": subuser["username"], "password": "Sunday-Ferry-31"}
    _, link = _thief(world, cat)
    _rescue(world, link)
    assert world.post("/login", login).status == 200


# --- What belongs to the account --------------------------------------------------------------------------


def test_what_a_thief_changed_of_the_account_is_that_of_before_again(world: World, cat: Person):
    thief, link = _thief(world, cat)
    for name in ("panel", "api"):
        assert ask(world, thief, "PUT", f"/account/ip-lists/{name}", LIST, address=THIEF).status == 200
    old_programs = {"enabled": True, "changes_by_get": True}
    assert ask(world, thief, "PUT", "/account/legacy-api", old_programs, address=THIEF).status == 200
    reports = {"notify_url": "https://thief.example/numbers"}
    assert ask(world, thief, "PUT", "/account/delivery-reports", reports, address=THIEF).status == 200
    password = {"password": "Quiet-Harbour-93-Lamps"}
    assert ask(world, thief, "PUT", "/account/api-password", password, address=THIEF).status == 204
    world.wait(SECOND)
    _rescue(world, link)
    token = _back_in(world)
    lists = ask(world, token, "GET", "/account/ip-lists").body
    assert [lists[name]["enabled"] for name in ("panel", "api")] == [False, False]
    allowed = ask(world, token, "GET", "/account/legacy-api").body
    assert (allowed["enabled"], allowed["changes_by_get"]) == (False, False)
    assert ask(world, token, "GET", "/account/delivery-reports").body == {"notify_url": None}
    assert ask(world, token, "GET", "/account/suspended").body["api_password"]
    assert ask(world, token, "POST", "/account/suspended/api-password/confirm").status == 204
    assert not ask(world, token, "GET", "/account/suspended").body["api_password"]


def test_lists_that_the_owner_changed_from_a_known_device_stay(world: World, cat: Person):
    known = _owner(world, cat)
    _, link = _thief(world, cat)
    mine = _session(world, cat, device_token=known["device_token"])
    assert ask(world, _token(mine), "PUT", "/account/ip-lists/api", LIST).status == 200
    world.wait(SECOND)
    _rescue(world, link)
    token = _back_in(world)
    assert ask(world, token, "GET", "/account/ip-lists").body["api"]["enabled"]


# --- Which link outranks which ----------------------------------------------------------------------------


def test_an_owner_who_left_a_stolen_mailbox_is_not_put_back_into_it(world: World, cat: Person):
    known = _owner(world, cat)
    _, old = _thief(world, cat)
    mine = _session(world, cat, device_token=known["device_token"])
    _changes_address(world, _token(mine), "cat@new.example.com")
    heard = len(world.mails)
    assert _rescue(world, old).status == 204
    told = {(address, subject) for address, subject, _ in world.mails[heard:]}
    assert told == {(email, "All devices were signed out") for email in (cat.email, "cat@new.example.com")}
    assert world.me(_token(mine)).status == 401
    again = _session(world, cat, device_token=known["device_token"])
    assert ask(world, _token(again), "GET", "/account/email").body["email"] == "cat@new.example.com"


@pytest.mark.parametrize("owner_first", [True, False])
def test_the_link_to_the_older_address_outranks_in_any_order_of_pressing(world: World, cat: Person, owner_first: bool):
    thief, owners = _thief(world, cat)
    _changes_address(world, thief)
    _, thiefs = _thief(world, cat)
    presses = [owners, thiefs] if owner_first else [thiefs, owners]
    answers = {link: _rescue(world, link).status for link in presses}
    assert answers == {owners: 204, thiefs: 410 if owner_first else 204}
    assert ask(world, _back_in(world), "GET", "/account/email").body["email"] == cat.email


def test_a_thief_does_not_end_the_owners_link_by_a_reset_and_another_address_of_their_own(world: World, bob: Person):
    thief, link = _thief(world, bob)
    _changes_address(world, thief)
    world.post("/password-reset", {"login": "bob"})
    answer = world.post("/password-reset/confirm", {"token": world.link("reset"), "password": "Burglar-Sled-91"})
    world.wait(SECOND)
    _changes_address(world, _token(answer.body), "thief2@evil.example")
    assert _rescue(world, link).status == 204
    assert ask(world, _back_in(world), "GET", "/account/email").body["email"] == bob.email


def test_a_link_ends_once_the_owner_has_reset_the_password_and_then_moved_to_another_address(world: World, bob: Person):
    _, link = _thief(world, bob)
    world.post("/password-reset", {"login": "bob"})
    token = _back_in(world)
    _changes_address(world, token, "bob@new.example.com")
    assert _is_closed(_rescue(world, link))
    assert world.me(token).status == 200


def test_opening_the_link_alone_does_nothing(world: World, bob: Person):
    thief, link = _thief(world, bob)
    assert world.call("GET", "/not-me", query={"token": link}).status == 405
    assert world.me(thief).status == 200


# --- Where the only factor is suspended -------------------------------------------------------------------


def _loses_the_only_factor(world: World, bob: Person) -> None:
    """Whoever reads bob's mail presses a link about a device of his own, on which he has added his first factor."""
    opened = _session(world, bob)
    link = world.link("notme")
    world.wait(SECOND)
    with_phone(world, _token(opened), "+48600100555")
    assert _rescue(world, link).status == 204


def test_a_new_password_waits_a_day_where_the_only_factor_was_switched_off(world: World, bob: Person):
    _loses_the_only_factor(world, bob)
    answer = _reset(world)
    assert (answer.status, list(answer.body)) == (202, ["password_works_from"])
    refused = world.sign_in(bob, password=NEW)
    assert (refused.status, refused.error) == (403, "password_held")
    assert world.sign_in(bob, password="Wrong-Wrong-31").error == "invalid_credentials"
    world.wait(policy.PASSWORD_HELD_FOR - timedelta(seconds=3))
    assert world.sign_in(bob, password=NEW).status == 403
    world.wait(timedelta(seconds=3))
    assert world.sign_in(bob, password=NEW).status == 200


def test_every_address_and_phone_is_told_of_it(world: World, bob: Person):
    heard = len(world.sms)
    _loses_the_only_factor(world, bob)
    assert [(address, subject) for address, subject, _ in world.mails if "No password" in subject] == [
        (bob.email, "No password opens your login for now")
    ]
    assert "+48600100555" in {phone for phone, text in world.sms[heard:] if "new password" in text}


def test_a_user_who_had_a_factor_before_waits_for_nothing(world: World, cat: Person):
    thief, link = _thief(world, cat)
    with_app(world, thief)
    _rescue(world, link)
    assert _reset(world).body["challenge"]["factors"] == ["sms"]


# --- A sub-user's own rescue ------------------------------------------------------------------------------


def _has_nothing(world: World, token: str) -> None:
    assert ask(world, token, "POST", "/account/suspended/api-password/confirm").error == "not_found"


def _names_the_owner(world: World, token: str) -> None:
    me = world.me(token).body["session"]["user_id"]
    assert ask(world, token, "POST", f"/account/suspended/{me}/confirm").error == "not_found"


def _names_somebody_elses(world: World, token: str) -> None:
    other = _makes_token(world, _token(_session(world, world.ann)))
    assert ask(world, token, "POST", f"/account/suspended/{other['id']}/confirm").error == "not_found"


@pytest.mark.parametrize("does", [_has_nothing, _names_the_owner, _names_somebody_elses])
def test_only_what_is_suspended_and_ones_own_can_be_confirmed(
    world: World, cat: Person, does: Callable[[World, str], None]
):
    _, link = _thief(world, cat)
    _rescue(world, link)
    does(world, _back_in(world))


def test_the_password_of_before_is_not_chosen_again(world: World, bob: Person):
    _, link = _thief(world, bob)
    _rescue(world, link)
    assert [miss["error"] for miss in _reset(world, PASSWORD).body["errors"]] == ["used_before"]


# --- A link of an earlier sign-in, after a rescue and a reset -----------------------------------------------


def test_links_of_earlier_sign_ins_take_back_nothing_that_the_owner_did_since(world: World, cat: Person):
    """A thief kept links of sign-ins that opened nothing, from one look at the mailbox."""
    world.sign_in(cat, address="203.0.113.1")
    world.wait(policy.CHALLENGE_LIFETIME)
    kept = world.link("notme")
    world.wait(timedelta(hours=1))
    thief, link = _thief(world, cat)
    assert _rescue(world, link).status == 204
    owner = _back_in(world)
    with_app(world, owner)
    with_codes(world, owner)
    made = ask(world, owner, "POST", "/tokens", {"name": "Mine", "scopes": ["profile"]}).body["access_token"]
    world.wait(SECOND)
    assert _rescue(world, kept).status == 204
    assert world.mails[-1][1] == "An earlier sign-in was reported too"
    assert world.me(owner).status == 200
    assert ask(world, made, "GET", "/profile").status == 200
    factors = ask(world, owner, "GET", "/account/factors").body
    assert (factors["totp"], factors["recovery_codes_left"]) == (True, policy.RECOVERY_CODES)
    assert world.me(thief).status == 401


def test_they_still_take_back_what_the_earlier_sign_in_left(world: World, cat: Person):
    thief, first = _thief(world, cat)
    with_app(world, thief)
    made = ask(world, thief, "POST", "/tokens", {"name": "Evil", "scopes": ["profile"]}).body["access_token"]
    world.wait(timedelta(hours=1))
    _, second = _thief_by_sms(world, cat)
    assert _rescue(world, second).status == 204
    body = {"token": world.link("reset"), "password": NEW, "factor": "sms"}
    challenge = world.post("/password-reset/confirm", body).body["challenge"]["id"]
    owner = str(world.verify(challenge, world.code()).body["session"]["token"])
    world.wait(SECOND)
    assert ask(world, made, "GET", "/profile").status == 200, "from a device that was known before"
    assert _rescue(world, first).status == 204
    assert ask(world, made, "GET", "/profile").status == 401
    assert world.me(owner).status == 200
    assert ask(world, owner, "GET", "/account/factors").body["totp"] is False


def _thief_by_sms(world: World, person: Person) -> tuple[str, str]:
    """Another session of the thief, by the code of the phone, and its link."""
    challenge = world.sign_in(person, address="203.0.113.67", factor="sms").body["challenge"]["id"]
    token = world.verify(challenge, world.code(), address="203.0.113.67").body["session"]["token"]
    link = world.link("notme")
    world.wait(SECOND)
    return str(token), link


def test_a_rescue_that_the_thief_pressed_at_an_address_of_their_own_does_not_weaken_the_owners_link(
    world: World, cat: Person
):
    thief, first = _thief(world, cat)
    _changes_address(world, thief)
    world.wait(timedelta(minutes=1))
    _, second = _thief(world, cat)
    assert _rescue(world, second).status == 204
    theirs = _back_in(world)
    assert _rescue(world, first).status == 204
    assert world.me(theirs).status == 401
    assert world.mails[-1][0] == cat.email
