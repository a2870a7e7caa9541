"""A password that an owner gives: it opens one session, in time, and that one can only choose another."""

from datetime import timedelta

import pytest

from shared import policy
from shared.domain.users import User
from shared.storage import engine, users
from shared.storage.mapping import record
from tests.subusers.asking import (
    GIVEN,
    OWN,
    ask,
    hexed,
    is_in,
    made,
    owners,
    put,
    session_of,
    settled,
    sign_in,
    user_do,
)
from tests.support.factors import SECOND, shown, with_app
from tests.support.routes import HARMLESS, OPEN_TO_OVERDUE, SENSITIVE
from tests.support.tokens import make
from tests.support.world import World

CHOICE = {"current_password": GIVEN, "password": OWN}


def test_it_opens_a_session_that_can_do_nothing_but_choose_another(world: World):
    made(world)
    session = session_of(sign_in(world))
    assert world.me(session).body["must_change_password"] is True
    routes = SENSITIVE | HARMLESS
    for line in sorted(routes.keys() - OPEN_TO_OVERDUE):
        answer = ask(world, session, *line.split(), routes[line])
        assert (line, answer.status) == (line, 403)
        assert answer.error in ("password_change_required", "owner_only")


def test_once_it_is_changed_everything_works(world: World):
    _, session = settled(world)
    assert world.me(session).body["must_change_password"] is False
    assert ask(world, session, "GET", "/account/sessions").status == 200
    assert is_in(world, session_of(sign_in(world, password=OWN)))
    assert sign_in(world, password=OWN).status == 200


def test_it_is_not_the_api_password_as_well(world: World):
    both = {"username": "shop", "password": GIVEN, "api_password": GIVEN}
    refused = ask(world, owners(world), "POST", "/subusers", {"credentials": both})
    assert (refused.status, refused.error) == (400, "invalid_domain_logic")
    subuser = made(world)
    assert put(world, subuser, {"credentials": {"password": OWN, "api_password": OWN}}).status == 400


def test_it_opens_no_second_session(world: World):
    made(world)
    first = session_of(sign_in(world))
    world.wait(SECOND)
    again = sign_in(world)
    assert (again.status, again.error) == (401, "invalid_credentials")
    assert is_in(world, first)


def test_it_opens_no_second_session_either_when_the_first_has_ended(world: World):
    made(world)
    ask(world, session_of(sign_in(world)), "POST", "/logout")
    world.wait(SECOND)
    assert sign_in(world).status == 401


def test_one_that_was_used_looks_like_a_wrong_one(world: World):
    made(world)
    sign_in(world)
    world.wait(SECOND)
    assert sign_in(world).text == sign_in(world, password="Wrong-Horse-7").text


def test_it_works_for_three_days_to_the_second(world: World):
    made(world, "early")
    made(world, "late")
    world.wait(policy.GIVEN_PASSWORD_LIFETIME - SECOND)
    assert sign_in(world, "early").status == 200
    world.wait(SECOND)
    assert (sign_in(world, "late").status, sign_in(world, "late").error) == (401, "invalid_credentials")


def test_who_takes_their_time_confirms_their_session_and_then_changes_it(world: World):
    made(world)
    session = session_of(sign_in(world))
    world.wait(policy.CONFIRMED_FOR)
    assert ask(world, session, "POST", "/account/password", CHOICE).error == "insufficient_user_authentication"
    confirmed = session_of(ask(world, session, "POST", "/session/confirm", {"password": GIVEN}))
    assert (is_in(world, session), world.me(confirmed).body["must_change_password"]) == (False, True)
    assert ask(world, confirmed, "POST", "/account/password", CHOICE).status == 200


def test_it_is_not_taken_for_the_new_one(world: World):
    made(world)
    session = session_of(sign_in(world))
    same = ask(world, session, "POST", "/account/password", {"current_password": GIVEN, "password": GIVEN})
    assert [miss["error"] for miss in same.body["errors"]] == ["used_before"]


def test_their_last_password_is_not_taken_again_after_one_was_given(world: World):
    subuser, _ = settled(world)
    assert put(world, subuser, {"credentials": {"password": "Monday-Train-52"}}).status == 200
    world.wait(SECOND)
    session = session_of(sign_in(world, password="Monday-Train-52"))
    chosen = {"current_password": "Monday-Train-52", "password": OWN}
    assert ask(world, session, "POST", "/account/password", chosen).status == 422


def test_another_one_ends_sessions_and_challenges_and_leaves_tokens(world: World):
    subuser, session = settled(world)
    secret = with_app(world, session)
    waiting = sign_in(world, password=OWN).body["challenge"]["id"]
    token = make(subuser["id"], now=world.now)
    world.wait(SECOND)
    put(world, subuser, {"credentials": {"password": "Monday-Train-52"}})
    world.wait(policy.TOTP_STEP)
    assert not is_in(world, session)
    assert world.verify(waiting, shown(world, secret)).status == 410
    assert sign_in(world, password=OWN).status == 401
    assert ask(world, token.secret, "GET", "/tokens").status == 200


def test_it_opens_one_session_behind_a_second_factor_too(world: World):
    subuser, session = settled(world)
    secret = with_app(world, session)
    put(world, subuser, {"credentials": {"password": "Monday-Train-52"}})
    world.wait(policy.TOTP_STEP)
    one, other = (sign_in(world, password="Monday-Train-52").body["challenge"]["id"] for _ in range(2))
    opened = world.verify(one, shown(world, secret))
    world.wait(policy.TOTP_STEP)
    late = world.verify(other, shown(world, secret))
    assert (late.status, late.error) == (410, "challenge_closed")
    assert world.me(session_of(opened)).body["must_change_password"] is True
    assert sign_in(world, password="Monday-Train-52").status == 401


def test_behind_a_second_factor_it_must_be_in_time_as_well(world: World):
    subuser, session = settled(world)
    secret = with_app(world, session)
    put(world, subuser, {"credentials": {"password": "Monday-Train-52"}})
    world.wait(policy.GIVEN_PASSWORD_LIFETIME - SECOND)
    challenge = sign_in(world, password="Monday-Train-52").body["challenge"]["id"]
    world.wait(SECOND)
    assert world.verify(challenge, shown(world, secret)).status == 410


def test_a_code_by_sms_is_not_sent_for_one_that_was_used(world: World):
    subuser, session = settled(world)
    phone = ask(world, session, "POST", "/account/factors/sms", {"phone": "+48600100299"}).body["challenge"]["id"]
    ask(world, session, "POST", "/account/factors/sms/confirm", {"challenge_id": phone, "code": world.code()})
    put(world, subuser, {"credentials": {"password": "Monday-Train-52"}})
    world.wait(timedelta(minutes=1))
    challenge = sign_in(world, password="Monday-Train-52").body["challenge"]["id"]
    assert world.verify(challenge, world.code()).status == 200
    sent = len(world.sms)
    world.wait(timedelta(minutes=1))
    assert sign_in(world, password="Monday-Train-52").status == 401
    assert len(world.sms) == sent


def test_one_that_was_used_is_followed_by_another(world: World):
    subuser = made(world)
    first = session_of(sign_in(world))
    world.wait(SECOND)
    put(world, subuser, {"credentials": {"password": "Monday-Train-52"}})
    world.wait(SECOND)
    assert not is_in(world, first)
    assert sign_in(world).status == 401
    assert sign_in(world, password="Monday-Train-52").status == 200


def test_a_link_from_their_own_mailbox_sets_one_for_good(world: World):
    made(world, "bob@example.com")
    world.post("/password-reset", {"login": "bob@example.com"})
    answer = world.post("/password-reset/confirm", {"token": world.link("reset"), "password": OWN})
    assert world.me(session_of(answer)).body["must_change_password"] is False
    world.wait(SECOND)
    assert sign_in(world, "bob@example.com").status == 401
    assert sign_in(world, "bob@example.com", OWN).status == 200


def test_their_owner_gets_no_link_that_sets_their_password(world: World):
    made(world)
    mails = len(world.mails)
    assert world.post("/password-reset", {"login": "shop"}).status == 204
    assert len(world.mails) == mails


def test_it_was_not_them_is_a_link_for_their_owner_without_one_to_a_new_password(world: World):
    made(world)
    session = session_of(sign_in(world))
    (address, _, _) = world.mails[-1]
    world.wait(SECOND)
    assert world.post("/not-me", {"token": world.link("notme")}).status == 204
    assert not is_in(world, session)
    assert address == "ann@example.com"
    assert "furtka_reset" not in world.mails[-1][2]


def test_who_has_an_address_of_their_own_by_now_gets_links_themselves(world: World):
    _, session = settled(world)
    ask(world, session, "POST", "/account/email", {"email": "bob@example.org"})
    assert world.post("/email/confirm", {"token": world.link("email")}).status == 204
    world.post("/password-reset", {"login": "shop"})
    assert world.mails[-1][0] == "bob@example.org"


def test_letters_of_those_without_an_address_follow_their_owner(world: World):
    subuser = made(world)
    made(world, "bob@example.com")
    session = session_of(world.verify(world.challenge(), world.code()))
    ask(world, session, "POST", "/account/email", {"email": "ann@example.org"})
    assert world.post("/email/confirm", {"token": world.link("email")}).status == 204
    emails = {user.login: user.email for user in users.of_account(world.ann.user_id[:10])}
    assert emails == {"ann": "ann@example.org", "shop": "ann@example.org", "bob@example.com": "bob@example.com"}
    put(world, subuser, {"credentials": {"password": "Monday-Train-52"}})
    world.wait(SECOND)
    sign_in(world, password="Monday-Train-52")
    assert world.mails[-1][0] == "ann@example.org"


# --- Of older clients, which send the MD5 -------------------------------------------------------------------


def test_the_md5_of_an_older_client_lets_the_password_itself_in_once(world: World):
    user_do(world, add_user="shop", pass_=hexed(), active=1, without_prefix=1)
    session = session_of(sign_in(world))
    assert world.me(session).body["must_change_password"] is True
    world.wait(SECOND)
    assert sign_in(world).status == 401
    assert ask(world, session, "POST", "/account/password", CHOICE).status == 200


@pytest.mark.parametrize("typed", [hexed(), hexed().upper(), "md5:" + hexed(), GIVEN.lower()])
def test_nothing_else_is_taken_for_that_password(world: World, typed: str):
    user_do(world, add_user="shop", pass_=hexed(), active=1, without_prefix=1)
    assert sign_in(world, password=typed).status == 401


def test_it_cannot_be_chosen_again_either(world: World):
    user_do(world, add_user="shop", pass_=hexed().upper(), active=1, without_prefix=1)
    session = session_of(sign_in(world))
    same = ask(world, session, "POST", "/account/password", {"current_password": GIVEN, "password": GIVEN})
    assert same.status == 422


def test_no_secret_lies_in_a_row_as_it_was_sent(world: World):
    subuser = made(world, credentials={"username": "shop", "password": GIVEN, "api_password": "Machine-Room-12"})
    item = engine.fetch_one(users.key(subuser["id"]))
    assert record(User, item) is not None
    assert GIVEN not in repr(record(User, item))
    assert "Machine-Room-12" not in str(ask(world, owners(world), "GET", f"/subusers/{subuser['id']}").body)
