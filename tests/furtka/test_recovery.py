"""Operators help a user who lost address, phone or factors, and nobody who only says so: told, held, cancellable."""

from datetime import UTC, datetime, timedelta

import pytest

from furtka import cli, operate, recovery
from furtka.complaint import Complaint
from furtka.recovery import Wanted
from shared import policy
from shared.domain.identifiers import account_of
from shared.domain.users import User
from shared.errors import AccountSuspended, HoldNeeded, NoRecovery, NotMobile, StillHeld, UnknownLogin
from shared.storage import accounts, users
from shared.storage.engine import commit
from tests.support.events import Reply
from tests.support.factors import SECOND, ask, signed_in, with_app, with_codes
from tests.support.world import Person, World

NEW = "cat@new.example.com"
NEW_PHONE = "+48600100777"
PASSWORD = "Trzy-Sowy-4-Razy"


@pytest.fixture
def cat(world: World) -> Person:
    return world.add("cat", phone="+48600100203")


def _user(person: Person) -> User:
    user, _ = users.find(person.user_id)
    assert user
    return user


def _told(world: World, since: int) -> set[tuple[str, str]]:
    return {(address, subject) for address, subject, _ in world.mails[since:]}


def _cancel(world: World, token: str) -> Reply:
    return world.post("/recovery/cancel", {"token": token})


# --- One change at once -----------------------------------------------------------------------------------


def test_one_thing_is_changed_at_once_told_at_both_addresses_and_can_be_undone(world: World, cat: Person):
    session = signed_in(world, cat)
    heard = len(world.mails)
    recovery.change("cat", Wanted(email=NEW), now=world.now)
    assert _user(cat).email == NEW
    assert world.me(session).status == 401
    assert _told(world, heard) == {(cat.email, "Your e-mail address was changed"), (NEW, "Your login was recovered")}
    world.wait(SECOND)
    assert world.post("/undo", {"token": world.link("undo"), "password": cat.password}).status == 204
    assert _user(cat).email == cat.email


@pytest.mark.parametrize("second", [Wanted(phone=NEW_PHONE), Wanted(drop_factors=True)])
def test_a_second_thing_within_three_days_needs_the_hold(world: World, cat: Person, second: Wanted):
    recovery.change("cat", Wanted(email=NEW), now=world.now)
    world.wait(policy.RECOVERY_HELD_FOR - SECOND)
    with pytest.raises(HoldNeeded):
        recovery.change("cat", second, now=world.now)
    world.wait(SECOND)
    recovery.change("cat", second, now=world.now)
    assert _user(cat).phone != cat.phone


def test_the_same_thing_again_needs_no_hold_and_two_at_once_do(world: World, cat: Person):
    recovery.change("cat", Wanted(phone=NEW_PHONE), now=world.now)
    recovery.change("cat", Wanted(phone="+48600100778"), now=world.now + SECOND)
    with pytest.raises(HoldNeeded):
        recovery.change("cat", Wanted(email=NEW, phone=NEW_PHONE), now=world.now + SECOND)


def test_the_old_phone_is_told_without_a_link(world: World, cat: Person):
    recovery.change("cat", Wanted(phone=NEW_PHONE), now=world.now)
    assert [phone for phone, text in world.sms if "no longer gets the codes" in text] == [cat.phone]


# --- The recovery -----------------------------------------------------------------------------------------


def test_a_user_who_lost_everything_is_back_after_the_hold(world: World, cat: Person):
    with_codes(world, signed_in(world, cat))
    due = recovery.ask("cat", Wanted(email=NEW, drop_factors=True), now=world.now)
    assert due == world.now + policy.RECOVERY_HELD_FOR
    with pytest.raises(StillHeld):
        recovery.finish("cat", now=due - SECOND)
    world.wait(policy.RECOVERY_HELD_FOR)
    recovery.finish("cat", now=world.now)
    assert (NEW, "Set the password of your login") in [mail[:2] for mail in world.mails]
    body = {"token": world.link("invitation"), "password": PASSWORD}
    world.wait(SECOND)
    assert world.post("/invitations/accept", body).status == 204
    world.wait(SECOND)
    token = world.sign_in(cat, password=PASSWORD).body["session"]["token"]
    assert ask(world, token, "GET", "/account/factors").body["recovery_codes_left"] == 0


def test_every_address_and_phone_of_now_and_before_is_told(world: World, cat: Person):
    token = signed_in(world, cat)
    ask(world, token, "POST", "/account/email", {"email": NEW})
    world.post("/email/confirm", {"token": world.link("email")})
    world.wait(SECOND)
    heard, texts = len(world.mails), len(world.sms)
    recovery.ask("cat", Wanted(drop_factors=True), now=world.now)
    assert _told(world, heard) == {(email, "Somebody asks to recover your login") for email in (cat.email, NEW)}
    assert [phone for phone, _ in world.sms[texts:]] == [cat.phone]


def test_the_user_cancels_it_by_the_link_and_nothing_is_changed(world: World, cat: Person):
    due = recovery.ask("cat", Wanted(email="thief@evil.example", drop_factors=True), now=world.now)
    link = world.link("recovery")
    assert _cancel(world, link).status == 204
    with pytest.raises(NoRecovery):
        recovery.finish("cat", now=due)
    assert (_user(cat).email, _user(cat).phone) == (cat.email, cat.phone)
    assert (_cancel(world, link).status, _cancel(world, link).error) == (410, "link_closed")
    assert (cat.email, "A recovery was cancelled") in _told(world, 0)


def test_the_user_cancels_it_by_a_session(world: World, cat: Person):
    token = signed_in(world, cat)
    due = recovery.ask("cat", Wanted(drop_factors=True), now=world.now)
    shown = ask(world, token, "GET", "/account/recovery").body
    assert shown["due_at"] == f"{due:%Y-%m-%dT%H:%M:%SZ}"
    assert ask(world, token, "DELETE", "/account/recovery").status == 204
    assert ask(world, token, "DELETE", "/account/recovery").error == "not_found"
    assert ask(world, token, "GET", "/account/recovery").error == "not_found"
    with pytest.raises(NoRecovery):
        recovery.finish("cat", now=due)


def test_a_link_of_a_recovery_that_another_has_replaced_cancels_that(world: World, cat: Person):
    recovery.ask("cat", Wanted(email=NEW), now=world.now)
    older = world.link("recovery")
    due = recovery.ask("cat", Wanted(drop_factors=True), now=world.now + SECOND)
    assert _cancel(world, older).status == 204
    assert _cancel(world, older).error == "link_closed"
    assert _cancel(world, world.link("recovery")).error == "link_closed"
    with pytest.raises(NoRecovery):
        recovery.finish("cat", now=due)


def test_where_the_factors_are_dropped_the_password_goes_too_and_a_link_sets_another(world: World, cat: Person):
    recovery.change("cat", Wanted(drop_factors=True), now=world.now)
    world.wait(SECOND)
    assert world.sign_in(cat).error == "invalid_credentials"
    token = world.link("invitation")
    used = world.post("/invitations/accept", {"token": token, "password": cat.password})
    assert [missed["error"] for missed in used.body["errors"]] == ["used_before"]
    assert world.post("/invitations/accept", {"token": token, "password": "Trzy-Sowy-4-Razy"}).status == 204
    world.wait(SECOND)
    assert world.sign_in(cat, password="Trzy-Sowy-4-Razy").body["session"]["factors"] == ["password"]


def test_an_undo_after_a_rescue_brings_no_password_back(world: World, cat: Person):
    world.session(cat, address="203.0.113.9")
    not_me = world.link("notme")
    recovery.change("cat", Wanted(drop_factors=True), now=world.now)
    undo = world.link("undo")
    world.wait(SECOND)
    assert world.post("/not-me", {"token": not_me}).status == 204
    world.wait(SECOND)
    world.post("/undo", {"token": undo, "password": cat.password})
    assert world.sign_in(cat).error == "invalid_credentials"


def test_operators_cancel_it_too(world: World, cat: Person):
    due = recovery.ask("cat", Wanted(drop_factors=True), now=world.now)
    recovery.cancel("cat", now=world.now)
    with pytest.raises(NoRecovery):
        recovery.cancel("cat", now=world.now)
    with pytest.raises(NoRecovery):
        recovery.finish("cat", now=due)


@pytest.mark.parametrize("end", ["--finish", "--cancel"])
def test_whoever_ends_it_does_not_say_again_what_is_changed(end: str):
    typed = ["accounts", "recover", "--login", "cat", end, "--email", "new@example.com"]
    with pytest.raises(Complaint, match="--finish and --cancel go alone"):
        operate._recover(operate, cli._parser().parse_args(typed), now=datetime.now(UTC))


def test_while_the_account_is_suspended_it_is_neither_cancelled_nor_finished(world: World, cat: Person):
    due = recovery.ask("cat", Wanted(email=NEW), now=world.now)
    link = world.link("recovery")
    commit(accounts.suspending(account_of(cat.user_id), on=True))
    assert _cancel(world, link).error == "account_suspended"
    with pytest.raises(AccountSuspended):
        recovery.finish("cat", now=due)
    commit(accounts.suspending(account_of(cat.user_id), on=False))
    assert _cancel(world, link).status == 204


def test_a_wrong_number_and_an_unknown_login_are_refused_at_once(world: World, cat: Person):
    with pytest.raises(NotMobile):
        recovery.ask("cat", Wanted(phone="112"), now=world.now)
    for act in (recovery.finish, recovery.cancel):
        with pytest.raises(UnknownLogin):
            act("nobody", now=world.now)


def test_it_is_in_the_activity_log_of_the_user(world: World, cat: Person):
    recovery.ask("cat", Wanted(email=NEW), now=world.now)
    world.wait(policy.RECOVERY_HELD_FOR)
    recovery.finish("cat", now=world.now)
    world.wait(SECOND)
    entries = ask(world, signed_in(world, cat), "GET", "/account/activity").body["entries"]
    told = {entry["event"]: (entry["actor"], entry["detail"]) for entry in entries}
    assert told["user_recovery_request"] == ("operator", "email")
    assert told["user_recovered"] == ("operator", "email")


def test_an_app_that_operators_switched_off_is_a_proof_for_the_undo(world: World, cat: Person):
    with_app(world, signed_in(world, cat))
    recovery.change("cat", Wanted(drop_factors=True), now=world.now)
    world.wait(timedelta(hours=1))
    assert world.post("/undo", {"token": world.link("undo"), "password": cat.password}).status == 204
    assert world.sign_in(cat).body["challenge"]["factors"] == ["sms"]


def test_where_factors_were_dropped_twice_an_undo_brings_the_newest_password_back_and_no_older_one(
    world: World, cat: Person
):
    recovery.change("cat", Wanted(drop_factors=True), now=world.now)
    first = world.link("undo")
    world.wait(SECOND)
    accepted = world.post("/invitations/accept", {"token": world.link("invitation"), "password": "Trzy-Sowy-4-Razy"})
    assert accepted.status == 204
    world.wait(timedelta(hours=1))
    recovery.change("cat", Wanted(drop_factors=True), now=world.now)
    second = world.link("undo")
    world.wait(SECOND)
    assert world.post("/undo", {"token": first, "password": cat.password}).status == 204
    world.wait(SECOND)
    assert world.sign_in(cat).error == "invalid_credentials"
    assert world.sign_in(cat, password="Trzy-Sowy-4-Razy").status == 200
    world.post("/undo", {"token": second, "password": "Trzy-Sowy-4-Razy"})
    world.wait(SECOND)
    assert world.sign_in(cat).error == "invalid_credentials"
