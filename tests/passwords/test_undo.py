"""POST /undo: the link in the e-mail about a new address or phone puts back those of before, for a proof of before."""

from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.domain.identifiers import account_of
from shared.storage import kept_values, users
from tests.support.calls import overheard
from tests.support.events import Reply
from tests.support.factors import SECOND, ask, shown, signed_in, with_app, with_phone
from tests.support.world import PASSWORD, Person, World

THIEFS = "stranger@evil.example"
NEWER = "Burglar-Sled-91"


def _moves(world: World, token: str, email: str = THIEFS) -> str:
    """Change the address, and return the link that the address of before got."""
    assert ask(world, token, "POST", "/account/email", {"email": email}).status == 204
    assert world.post("/email/confirm", {"token": world.link("email")}).status == 204
    world.wait(SECOND)
    return world.link("undo")


def _undo(world: World, link: str, **proof: Any) -> Reply:
    answer = world.post("/undo", {"token": link, **(proof or {"password": PASSWORD})})
    world.wait(SECOND)
    return answer


def _email(person: Person) -> str:
    user, _ = users.find(person.user_id)
    assert user
    return user.email


def _is_closed(answer: Reply) -> bool:
    return (answer.status, answer.error) == (410, "link_closed")


def test_the_address_of_before_is_back_and_all_sessions_are_out(world: World, bob: Person):
    token = signed_in(world, bob)
    link = _moves(world, token)
    heard = len(world.mails)
    assert _undo(world, link).status == 204
    assert _email(bob) == bob.email
    assert world.me(token).status == 401
    told = [(address, subject) for address, subject, _ in world.mails[heard:]]
    assert sorted(told) == [(bob.email, "A change was undone"), (THIEFS, "A change was undone")]


def test_address_and_phone_are_those_of_before_the_oldest_of_the_changes(world: World, cat: Person):
    token = signed_in(world, cat)
    first = _moves(world, token)
    with_phone(world, token, "+48600100888")
    _moves(world, token, "stranger2@evil.example")
    assert _undo(world, first).status == 204
    assert _email(cat) == cat.email
    world.sign_in(cat)
    assert world.sms[-1][0] == cat.phone


def test_the_mail_about_a_phone_has_the_link_and_the_old_phone_is_told_without_one(world: World, cat: Person):
    token = signed_in(world, cat)
    with_phone(world, token, "+48600100888")
    assert [text for phone, text in world.sms if phone == cat.phone][-1].startswith("Furtka: this number no longer")
    assert all("furtka_" not in text for _, text in world.sms)
    assert _undo(world, world.link("undo")).status == 204
    world.sign_in(cat)
    assert world.sms[-1][0] == cat.phone


def test_a_phone_that_was_removed_can_be_put_back(world: World, cat: Person):
    ask(world, signed_in(world, cat), "DELETE", "/account/factors/sms")
    world.wait(SECOND)
    assert _undo(world, world.link("undo")).status == 204
    assert world.sign_in(cat).body["challenge"]["factors"] == ["sms"]


# --- The proof --------------------------------------------------------------------------------------------


def test_the_password_is_that_of_before_the_change_whatever_a_thief_has_set_since(world: World, bob: Person):
    token = signed_in(world, bob)
    link = _moves(world, token)
    body = {"current_password": PASSWORD, "password": NEWER}
    assert ask(world, token, "POST", "/account/password", body).status == 200
    world.wait(SECOND)
    wrong = _undo(world, link, password=NEWER)
    assert (wrong.status, wrong.error) == (401, "wrong_proof")
    assert _undo(world, link).status == 204


def test_a_code_of_the_app_of_before_the_change_is_a_proof_too(world: World, bob: Person):
    token = signed_in(world, bob)
    mine = with_app(world, token)
    link = _moves(world, token)
    thiefs = with_app(world, token)
    assert _undo(world, link, code=shown(world, thiefs)).status == 401
    assert _undo(world, link, code=shown(world, mine)).status == 204


def test_a_reader_of_the_mailbox_alone_undoes_nothing_and_has_to_wait(world: World, bob: Person):
    link = _moves(world, signed_in(world, bob))
    for _ in range(policy.FREE_UNDO_ATTEMPTS):
        assert _undo(world, link, password="Wrong-Wrong-31").status == 401
    refused = _undo(world, link)
    assert (refused.status, refused.error) == (429, "too_many_attempts")
    assert _email(bob) == THIEFS


@pytest.mark.parametrize("proof", [{}, {"password": PASSWORD, "code": "123456"}])
def test_one_proof_is_asked_for(world: World, bob: Person, proof: dict[str, str]):
    link = _moves(world, signed_in(world, bob))
    answer = world.post("/undo", {"token": link, **proof})
    assert (answer.status, answer.error) == (422, "invalid_request")


# --- The link ---------------------------------------------------------------------------------------------


def test_a_link_is_good_once_and_for_three_days_to_the_second(world: World, bob: Person):
    token = signed_in(world, bob)
    link = _moves(world, token)
    world.wait(policy.UNDO_LIFETIME - 2 * SECOND)
    assert _undo(world, link).status == 204
    assert _is_closed(_undo(world, link))
    late = _moves(world, signed_in(world, bob))
    world.wait(policy.UNDO_LIFETIME)
    assert _is_closed(_undo(world, late))


def test_links_that_went_to_the_wrong_address_are_void_after_it(world: World, bob: Person):
    token = signed_in(world, bob)
    link = _moves(world, token)
    later = _moves(world, token, "stranger2@evil.example")
    world.post("/password-reset", {"login": "bob"})
    reset = world.link("reset")
    world.wait(SECOND)
    assert _undo(world, link).status == 204
    assert _is_closed(_undo(world, later))
    assert _is_closed(world.post("/password-reset/confirm", {"token": reset, "password": NEWER}))


def test_garbage_is_refused_without_a_read(world: World):
    with overheard() as made:
        assert _is_closed(_undo(world, "furtka_undo_" + "0" * 77))
    assert made == []


def test_a_made_up_link_undoes_nothing(world: World, bob: Person):
    _moves(world, signed_in(world, bob))
    assert _is_closed(_undo(world, identifiers.write(randomness.token("undo", bob.user_id))))


def test_it_is_in_the_activity_log(world: World, bob: Person):
    _undo(world, _moves(world, signed_in(world, bob)))
    answer = ask(world, signed_in(world, bob), "GET", "/account/activity", query={"event": "user_change_undone"})
    assert [entry["actor"] for entry in answer.body["entries"]] == ["link"]


# --- What is kept -----------------------------------------------------------------------------------------


def test_what_was_replaced_is_kept_sealed_and_for_a_week(world: World, cat: Person):
    token = signed_in(world, cat)
    _moves(world, token)
    with_phone(world, token, "+48600100888")
    kept = kept_values.of_user(cat.user_id, now=world.now)
    assert {value.kind for value in kept} == {"email", "phone"}
    assert all(cat.email not in value.sealed and str(cat.phone) not in value.sealed for value in kept)
    assert kept_values.of_user(cat.user_id, now=world.now + policy.NOT_ME_LIFETIME) == []


def test_erasure_removes_what_was_kept_of_a_sub_user(world: World):
    owner = signed_in(world)
    order = {"credentials": {"username": "shop", "password": "Sunday-Ferry-31"}, "active": True}
    subuser = ask(world, owner, "POST", "/subusers", order).body
    opened = world.post("/login", {"login": subuser["username"], "password": "Sunday-Ferry-31"}).body
    body = {"current_password": "Sunday-Ferry-31", "password": NEWER}
    ask(world, opened["session"]["token"], "POST", "/account/password", body)
    assert kept_values.of_user(subuser["id"], now=world.now)
    assert ask(world, owner, "DELETE", f"/subusers/{subuser['id']}").status == 204
    assert kept_values.of_user(subuser["id"], now=world.now) == []
    assert account_of(subuser["id"]) == account_of(world.ann.user_id)


def test_nothing_to_undo_is_left_alone_after_three_days(world: World, cat: Person):
    token = signed_in(world, cat)
    with_phone(world, token, "+48600100888")
    world.wait(policy.UNDO_LIFETIME - timedelta(hours=1))
    link = _moves(world, signed_in(world, cat))
    world.wait(timedelta(hours=2))
    assert _undo(world, link).status == 204
    world.sign_in(cat)
    assert world.sms[-1][0] == "+48600100888"
