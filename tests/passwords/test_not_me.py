"""POST /not-me: the link in the e-mail about a new device ends what a stranger began with a stolen password."""

import re
from datetime import timedelta

import pytest

from furtka import accounts
from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from tests.subusers import asking
from tests.support.calls import overheard
from tests.support.events import Reply
from tests.support.world import PASSWORD, Person, World

NEW = "Trzy-Sowy-4-Razy"
SECOND = timedelta(seconds=1)
THIEF = "203.0.113.66"


def _disavow(world: World, link: str, **more: object) -> Reply:
    """Whoever signs in afterwards does so later."""
    answer = world.post("/not-me", {"token": link}, **more)
    world.wait(SECOND)
    return answer


def _stolen(world: World, person: Person) -> tuple[str, str]:
    """A thief's session, opened with the password alone, and the token of the link that its owner got."""
    token = world.sign_in(person, address=THIEF).body["session"]["token"]
    link = world.link("notme")
    world.wait(SECOND)
    return token, link


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _reset(world: World, password: str = NEW) -> Reply:
    """With the link that came last."""
    answer = world.post("/password-reset/confirm", {"token": world.link("reset"), "password": password})
    world.wait(SECOND)
    return answer


def _is_closed(answer: Reply) -> bool:
    return (answer.status, answer.error) == (410, "link_closed")


def test_an_owner_gets_their_login_back_without_signing_in(world: World, bob: Person):
    thief, link = _stolen(world, bob)
    assert _disavow(world, link).status == 204
    assert world.me(thief).status == 401
    assert world.sign_in(bob, address=THIEF).error == "invalid_credentials"
    assert _reset(world).status == 200
    assert world.sign_in(bob, password=NEW).status == 200


def test_the_link_is_in_the_mail_about_a_new_device_and_leads_to_the_panel(world: World, bob: Person):
    world.sign_in(bob, address=THIEF)
    ((address, subject, text),) = world.mails
    assert (address, subject) == ("bob@example.com", "A sign-in from a new device")
    assert re.search(r"^https://panel\.example\.com/not-me#token=furtka_notme_[0-9A-Za-z]+$", text, re.MULTILINE)
    assert "works once, for 7 days" in text


def test_all_sessions_end_whoever_opened_them(world: World, bob: Person):
    tokens = [world.sign_in(bob).body["session"]["token"] for _ in range(2)]
    mallory = world.sign_in(world.add("mallory", phone=None)).body["session"]["token"]
    thief, link = _stolen(world, bob)
    _disavow(world, link)
    assert [world.me(token).status for token in (*tokens, thief)] == [401, 401, 401]
    assert world.me(mallory).status == 200


def test_a_code_that_a_thief_gets_hold_of_is_worth_nothing_afterwards(world: World, cat: Person):
    world.challenge(cat, address=THIEF)
    world.wait(policy.CHALLENGE_LIFETIME)
    link = world.link("notme")
    pending, code = world.challenge(cat, address=THIEF), world.code()
    world.wait(SECOND)
    assert _disavow(world, link).status == 204
    answer = world.verify(pending, code, address=THIEF)
    assert (answer.status, answer.error) == (410, "challenge_closed")


def test_the_device_of_a_thief_is_a_stranger_again(world: World, bob: Person):
    opened = world.sign_in(bob, address=THIEF).body
    link = world.link("notme")
    world.wait(SECOND)
    _disavow(world, link)
    token = _reset(world).body["session"]["token"]
    heard = len(world.mails)
    world.sign_in(bob, password=NEW, device_token=opened["device_token"])
    assert [subject for _, subject, _ in world.mails[heard:]] == ["A sign-in from a new device"]
    listed = world.call("GET", "/account/devices", headers=_bearer(token)).body["devices"]
    assert opened["device_token"].rpartition("_")[2][:28] not in [device["id"] for device in listed]
    assert len(listed) == 2


def test_the_stolen_password_cannot_be_chosen_again(world: World, bob: Person):
    _, link = _stolen(world, bob)
    _disavow(world, link)
    answer = _reset(world, PASSWORD)
    assert [miss["error"] for miss in answer.body["errors"]] == ["used_before"]
    assert _reset(world).status == 200


def test_the_second_factor_is_still_asked_for_after_the_reset(world: World, cat: Person):
    world.challenge(cat, address=THIEF)
    world.wait(policy.CHALLENGE_LIFETIME)
    _disavow(world, world.link("notme"))
    assert set(_reset(world).body) == {"challenge"}


def test_a_sub_user_without_a_mailbox_is_promised_no_link_and_their_owner_reads_what_to_do(world: World):
    subuser = asking.person(asking.made(world))
    assert world.sign_in(subuser, address=THIEF).status == 200
    link, heard = world.link("notme"), len(world.mails)
    world.wait(SECOND)
    assert _disavow(world, link).status == 204
    ((address, subject, text),) = world.mails[heard:]
    assert (address, subject) == (world.ann.email, "All devices of a sub-user were signed out")
    assert "gives the sub-user another password" in text


def test_who_misses_the_reset_link_asks_for_another(world: World, bob: Person):
    _, link = _stolen(world, bob)
    _disavow(world, link)
    world.wait(policy.RESET_LIFETIME)
    assert _is_closed(_reset(world))
    assert world.post("/password-reset", {"login": "bob"}).status == 204
    assert _reset(world).status == 200


def test_a_link_that_a_thief_asked_for_sets_no_password_afterwards(world: World, bob: Person):
    _, link = _stolen(world, bob)
    world.post("/password-reset", {"login": "bob"}, address=THIEF)
    thiefs = world.link("reset")
    world.wait(SECOND)
    _disavow(world, link)
    assert _is_closed(world.post("/password-reset/confirm", {"token": thiefs, "password": NEW}))


def test_an_address_that_a_thief_asked_for_is_not_set_afterwards(world: World, bob: Person):
    thief, link = _stolen(world, bob)
    assert world.post("/account/email", {"email": "thief@example.net"}, headers=_bearer(thief)).status == 204
    thiefs = world.link("email")
    world.wait(SECOND)
    _disavow(world, link)
    assert _is_closed(world.post("/email/confirm", {"token": thiefs}))
    assert [address for address, _, _ in world.mails[-2:]] == ["bob@example.com"] * 2


def test_a_link_is_good_once(world: World, bob: Person):
    _, link = _stolen(world, bob)
    assert _disavow(world, link).status == 204
    _reset(world)
    assert _is_closed(_disavow(world, link))
    assert world.sign_in(bob, password=NEW).status == 200


def test_a_link_about_a_later_sign_in_ends_with_the_rescue_that_went_further_back(world: World, bob: Person):
    _, first = _stolen(world, bob)
    _, second = _stolen(world, bob)
    assert first != second
    assert _disavow(world, first).status == 204
    assert _is_closed(_disavow(world, second))
    assert _reset(world).status == 200


def test_a_link_about_an_earlier_sign_in_goes_further_back_than_the_rescue_before(world: World, bob: Person):
    _, first = _stolen(world, bob)
    _, second = _stolen(world, bob)
    assert _disavow(world, second).status == 204
    older = world.link("reset")
    assert _disavow(world, first).status == 204
    assert _is_closed(world.post("/password-reset/confirm", {"token": older, "password": NEW}))
    assert _reset(world).status == 200


def test_a_link_is_good_for_a_week_to_the_second(world: World, bob: Person):
    _, early = _stolen(world, bob)
    _, late = _stolen(world, bob)
    world.wait(policy.NOT_ME_LIFETIME - 3 * SECOND)
    assert _disavow(world, early).status == 204
    world.wait(SECOND)
    assert _is_closed(_disavow(world, late))


def test_a_link_outlives_a_change_of_the_password(world: World, bob: Person):
    thief, link = _stolen(world, bob)
    body = {"current_password": PASSWORD, "password": "Thiefs-Choice-9"}
    assert world.post("/account/password", body, headers=_bearer(thief)).status == 200
    world.wait(SECOND)
    assert _disavow(world, link).status == 204
    assert world.sign_in(bob, password="Thiefs-Choice-9").status == 401
    assert _reset(world).status == 200


@pytest.mark.parametrize("text", ["x", "furtka_notme_x", "furtka_notme_" + "0" * 77])
def test_garbage_is_refused_without_a_read(world: World, text: str):
    with overheard() as made:
        assert _is_closed(_disavow(world, text))
    assert made == []


def test_a_made_up_link_ends_nothing(world: World, bob: Person):
    token = world.sign_in(bob).body["session"]["token"]
    assert _is_closed(_disavow(world, identifiers.write(randomness.token("notme", bob.user_id))))
    assert world.me(token).status == 200


def test_a_login_that_was_switched_off_stays_as_it_is(world: World, bob: Person):
    _, link = _stolen(world, bob)
    accounts.switch("bob", enabled=False, now=world.now)
    heard = len(world.mails)
    assert _is_closed(_disavow(world, link))
    assert len(world.mails) == heard


def test_the_owner_is_told_what_happened_and_gets_a_link(world: World, bob: Person):
    _, link = _stolen(world, bob)
    heard = len(world.mails)
    _disavow(world, link)
    told = {subject: address for address, subject, _ in world.mails[heard:]}
    assert told == {"All devices were signed out": "bob@example.com", "Set a new password": "bob@example.com"}


def test_it_is_in_the_activity_log(world: World, bob: Person):
    _, link = _stolen(world, bob)
    _disavow(world, link, address="192.0.2.9")
    token = _reset(world).body["session"]["token"]
    answer = world.call("GET", "/account/activity", headers=_bearer(token), query={"event": "authn_not_me"})
    ((event, actor, address),) = [(one["event"], one["actor"], one["address"]) for one in answer.body["entries"]]
    assert (event, actor, address) == ("authn_not_me", "link", "192.0.2.9")


def test_a_known_device_sends_no_such_link(world: World, bob: Person):
    known = world.sign_in(bob).body["device_token"]
    heard = len(world.mails)
    world.sign_in(bob, device_token=known)
    assert len(world.mails) == heard


def test_however_many_dead_links_came_from_an_address_a_live_one_is_taken_there(world: World, bob: Person):
    thief, link = _stolen(world, bob)
    dead = link[:-1] + ("A" if link[-1] != "A" else "B")
    made_up = [identifiers.write(randomness.token("notme", bob.user_id)) for _ in range(policy.FREE_FORGERIES + 5)]
    for token in (dead, *made_up):
        assert world.post("/not-me", {"token": token}).status == 410
    accounts.invite("bob", now=world.now)
    for token in made_up:
        world.post("/invitations/accept", {"token": token, "password": NEW})
    assert world.post("/not-me", {"token": link}).status == 204
    assert world.me(thief).status == 401
