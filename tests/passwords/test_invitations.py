"""POST /invitations/accept: the first password, chosen by its owner."""

import re
from datetime import timedelta

import pytest

from furtka import accounts
from shared import policy
from tests.support.world import World

NEW = "Trzy-Sowy-4-Razy"


def invited(world: World, **more: object) -> str:
    """The token in the link that the owner of a new account got by e-mail."""
    facts = {"login": "bob", "email": "bob@example.com", "phone": "+48 600-100-202", "language": "en"} | more
    accounts.create(**facts, now=world.now)  # type: ignore[arg-type]
    return link(world)


def link(world: World) -> str:
    """Return the newest link of an invitation: mails with links go by another queue than those that only tell."""
    link = r"https://panel\.example\.com/invitation#token=(furtka_invitation_[0-9A-Za-z]+)"
    invitations = [mail for mail in world.mails if re.search(link, mail[2])]
    address, _, text = invitations[-1]
    assert address == "bob@example.com"
    return re.findall(link, text)[0]


def accept(world: World, token: str, password: str = NEW):
    """Whoever signs in does so later than they set their password."""
    answer = world.post("/invitations/accept", {"token": token, "password": password})
    world.wait(timedelta(milliseconds=1))
    return answer


def test_the_link_sets_a_password_and_then_a_code_is_asked_for(world: World):
    token = invited(world)
    assert world.post("/login", {"login": "bob", "password": NEW}).status == 401
    assert accept(world, token).status == 204
    answer = world.post("/login", {"login": "bob", "password": NEW})
    assert answer.body["challenge"]["phone"] == "+48******202"
    assert world.sms[-1][0] == "+48600100202"


def test_an_account_without_a_phone_signs_in_with_its_password_alone(world: World):
    accept(world, invited(world, phone=None))
    assert world.post("/login", {"login": "bob", "password": NEW}).body["session"]["factors"] == ["password"]


def test_the_link_works_once(world: World):
    token = invited(world)
    accept(world, token)
    answer = accept(world, token, "Another-Good-1")
    assert (answer.status, answer.error) == (410, "link_closed")
    assert world.post("/login", {"login": "bob", "password": NEW}).status == 200


def test_the_link_expires(world: World):
    token = invited(world)
    world.wait(policy.INVITATION_LIFETIME)
    assert accept(world, token).status == 410


@pytest.mark.parametrize("token", ["x", "furtka_invitation_x", "furtka_session_" + "0" * 77])
def test_a_made_up_link_is_closed(world: World, token: str):
    assert accept(world, token).status == 410


@pytest.mark.parametrize(
    ("password", "misses"),
    [
        ("Ab1", ["too_short"]),
        ("zielonysłoń", ["no_capital", "no_digit"]),
        ("zielonysłoń1", ["no_capital"]),
        ("Zielonysłoń", ["no_digit"]),
        ("Password-1", ["contains_known_word"]),
        ("My-bOb@-Example-1", ["contains_known_word"]),
        ("My-Wedlinex-1", ["contains_known_word"]),
        ("Password1", ["contains_known_word", "too_common"]),
        ("BASEBALL1", ["too_common"]),
        ("123456", ["too_short", "no_capital", "too_common"]),
    ],
)
def test_a_weak_password_is_refused_with_each_reason(world: World, password: str, misses: list[str]):
    token = invited(world, company="Wędlinex")
    answer = accept(world, token, password)
    assert (answer.status, answer.error) == (422, "weak_password")
    assert [miss["error"] for miss in answer.body["errors"]] == misses
    assert password not in answer.text
    assert accept(world, token).status == 204


def test_a_password_is_taken_as_typed_up_to_256_characters(world: World):
    password = " Ż1" + "x" * 253
    assert accept(world, invited(world), password).status == 204
    assert world.post("/login", {"login": "bob", "password": password}).status == 200
    assert world.post("/login", {"login": "bob", "password": password.strip()}).status == 401
    assert accept(world, "x", password + "x").status == 422


def test_one_password_typed_in_two_unicode_forms_is_one_password(world: World):
    accept(world, invited(world), "Zażółć-gęślą-1")
    assert world.post("/login", {"login": "bob", "password": "Zażółć-gęślą-1"}).status == 200


def test_a_password_of_before_is_not_taken_by_a_new_invitation(world: World):
    accept(world, invited(world))
    accounts.invite("bob", now=world.now)
    answer = accept(world, link(world))
    assert [miss["error"] for miss in answer.body["errors"]] == ["used_before"]
    assert accept(world, link(world), "Cztery-Sowy-5").status == 204
    accounts.invite("bob", now=world.now)
    assert accept(world, link(world)).error == "weak_password"


def test_a_newer_invitation_voids_the_older_ones(world: World):
    older = invited(world)
    accounts.invite("bob", now=world.now)
    answer = accept(world, older, "Cztery-Sowy-5")
    assert (answer.status, answer.error) == (410, "link_closed")
    assert accept(world, link(world)).status == 204
    assert world.post("/login", {"login": "bob", "password": NEW}).status == 200


def test_an_invitation_in_a_mailbox_that_the_user_left_is_void(world: World):
    accept(world, invited(world, phone=None))
    token = world.post("/login", {"login": "bob", "password": NEW}).body["session"]["token"]
    accounts.invite("bob", now=world.now)
    invitation = link(world)
    world.post("/account/email", {"email": "bob@new.example.com"}, headers={"Authorization": f"Bearer {token}"})
    assert world.post("/email/confirm", {"token": world.link("email")}).status == 204
    answer = accept(world, invitation, "Cztery-Sowy-5")
    assert (answer.status, answer.error) == (410, "link_closed")


def test_a_password_set_by_an_invitation_is_in_the_activity_log(world: World):
    accept(world, invited(world, phone=None))
    token = world.post("/login", {"login": "bob", "password": NEW}).body["session"]["token"]
    answer = world.call("GET", "/account/activity", headers={"Authorization": f"Bearer {token}"})
    told = {entry["event"]: entry["actor"] for entry in answer.body["entries"]}
    assert told == {"authn_login_success": "bob", "user_invitation_accepted": "link", "user_created": "operator"}


def test_a_new_password_ends_what_the_old_one_had_opened(world: World):
    accept(world, invited(world))
    challenge_id = world.post("/login", {"login": "bob", "password": NEW}).body["challenge"]["id"]
    token = world.verify(challenge_id, world.code()).body["session"]["token"]
    pending = world.post("/login", {"login": "bob", "password": NEW}).body["challenge"]["id"]
    code = world.code()
    accounts.invite("bob", now=world.now)
    accept(world, link(world), "Cztery-Sowy-5")
    assert world.me(token).status == 401
    assert world.verify(pending, code).status == 410


def test_a_new_invitation_opens_codes_that_were_locked(world: World, monkeypatch: pytest.MonkeyPatch):
    accept(world, invited(world))
    challenge_id = world.post("/login", {"login": "bob", "password": NEW}).body["challenge"]["id"]
    for _ in range(policy.ATTEMPTS_PER_CHALLENGE):
        world.verify(challenge_id, world.wrong_code())
    accounts.invite("bob", now=world.now)
    accept(world, link(world), "Cztery-Sowy-5")
    world.wait(timedelta(seconds=1))
    for _ in range(2):
        challenge_id = world.post("/login", {"login": "bob", "password": "Cztery-Sowy-5"}).body["challenge"]["id"]
        for _ in range(policy.ATTEMPTS_PER_CHALLENGE):
            assert world.verify(challenge_id, world.wrong_code()).status == 401
