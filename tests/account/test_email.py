"""POST /account/email and its confirmation: an address counts once its owner has opened a link that went there."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from furtka import accounts
from notify.reminders import remind
from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.storage import engine, users
from tests.account.ip_lists import colleague
from tests.support.calls import overheard
from tests.support.events import Reply
from tests.support.world import Person, World

NEW = "bob@new.example.com"
SECOND = timedelta(seconds=1)


@pytest.fixture
def bob(world: World) -> Person:
    """Somebody without a second factor."""
    return world.add("bob", phone=None)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _token(world: World, person: Person) -> str:
    """Of a session that was opened just now; no mail about it waits to be read."""
    token = str(world.sign_in(person).body["session"]["token"])
    world.deliver()
    return token


def _ask(world: World, token: str, email: object = NEW, **more: str) -> Reply:
    return world.post("/account/email", {"email": email}, headers=_bearer(token), **more)


def _link(world: World, token: str, email: str = NEW) -> str:
    assert _ask(world, token, email).status == 204
    return world.link("email")


def _confirm(world: World, link: str, **more: str) -> Reply:
    return world.post("/email/confirm", {"token": link}, **more)


def _is_closed(answer: Reply) -> bool:
    return (answer.status, answer.error) == (410, "link_closed")


def _mailed(world: World, since: int) -> list[tuple[str, str]]:
    """(address, subject) of the mails that left after the first so many."""
    return [(address, subject) for address, subject, _ in world.mails[since:]]


def _next_sign_in_is_told_to(world: World, person: Person) -> str:
    heard = len(world.mails)
    world.sign_in(person)
    ((address, _),) = _mailed(world, heard)
    return address


def test_mails_go_to_the_new_address_once_its_link_was_opened(world: World, bob: Person):
    link = _link(world, _token(world, bob))
    assert _next_sign_in_is_told_to(world, bob) == "bob@example.com"
    assert _confirm(world, link).status == 204
    assert _next_sign_in_is_told_to(world, bob) == NEW
    assert world.post("/password-reset", {"login": "bob"}).status == 204
    assert _mailed(world, -1) == [(NEW, "Set a new password")]


def test_the_mail_to_a_new_address_does_not_name_the_login(world: World):
    ben = world.add("ben-who-knows", phone=None)
    _link(world, _token(world, ben))
    assert [text for address, _, text in world.mails if address == NEW and "ben" in text] == []


@pytest.mark.parametrize("email", ["mia5@żółw.pl", "mia5@xn--w-uga1v8h.pl", "mia5@ŻÓŁW.PL", " mia5@ｘn--w-uga1v8h.pl"])
def test_letters_to_an_international_domain_leave_in_punycode(world: World, bob: Person, email: str):
    assert _confirm(world, _link(world, _token(world, bob), email)).status == 204
    assert world.mails[-1][0] == "mia5@xn--w-uga1v8h.pl"
    assert _next_sign_in_is_told_to(world, bob) == "mia5@xn--w-uga1v8h.pl"


@pytest.mark.parametrize("email", ["łukasz@example.org", "ａｂ@example.org", "żółw@żółw.pl"])
def test_an_address_that_no_letter_reaches_is_refused_at_once(world: World, bob: Person, email: str):
    answer = _ask(world, _token(world, bob), email)
    assert answer.status == 422
    assert [(one["path"], one["error"]) for one in answer.body["errors"]] == [("body.email", "local_part_not_ascii")]


@pytest.mark.parametrize("email", ["Mia <mia@example.org>", "<mia@example.org>", '"Mia" mia@example.org', "mia", 7])
def test_what_is_more_than_an_address_is_refused(world: World, bob: Person, email: object):
    answer = _ask(world, _token(world, bob), email)
    assert answer.status == 422
    assert [(one["path"], one["error"]) for one in answer.body["errors"]] == [("body.email", "not_an_email")]


def test_the_link_goes_to_the_new_address_and_nowhere_else(world: World, bob: Person):
    token = _token(world, bob)
    heard = len(world.mails)
    _ask(world, token)
    ((address, subject, text),) = world.mails[heard:]
    assert (address, subject) == (NEW, "Confirm your e-mail address")
    assert re.search(r"^https://panel\.example\.com/email#token=furtka_email_[0-9A-Za-z]+$", text, re.MULTILINE)


def test_both_addresses_are_told_of_the_change(world: World, bob: Person):
    link = _link(world, _token(world, bob))
    heard = len(world.mails)
    _confirm(world, link, address="203.0.113.5")
    told = {address: text for address, _, text in world.mails[heard:]}
    assert sorted(told) == ["bob@example.com", NEW]
    assert {subject for _, subject, _ in world.mails[heard:]} == {"Your e-mail address was changed"}
    assert all("203.0.113.5" in text for text in told.values())
    assert ["furtka_undo_" in told[address] for address in ("bob@example.com", NEW)] == [True, False]


def test_sessions_go_on_after_a_change_of_the_address(world: World, bob: Person):
    token = _token(world, bob)
    _confirm(world, _link(world, token))
    assert world.me(token).status == 200


def test_the_change_back_is_told_to_both_as_well(world: World, bob: Person):
    token = _token(world, bob)
    _confirm(world, _link(world, token))
    world.wait(SECOND)
    heard = len(world.mails)
    _confirm(world, _link(world, token, "bob@example.com"))
    assert _mailed(world, heard)[0] == ("bob@example.com", "Confirm your e-mail address")
    assert sorted(address for address, _ in _mailed(world, heard)[1:]) == ["bob@example.com", NEW]
    assert _next_sign_in_is_told_to(world, bob) == "bob@example.com"


def test_reminders_of_an_old_password_go_to_the_new_address(world: World, bob: Person):
    assert world.call("PUT", "/account/policy", REMIND, headers=_bearer(_token(world, bob))).status == 200
    _confirm(world, _link(world, _token(world, bob)))
    world.wait(policy.PASSWORD_CHANGED_EVERY)
    heard = len(world.mails)
    remind(now=world.now, has_time=lambda: True)
    assert _mailed(world, heard) == [(NEW, "Time for a new password")]


REMIND = {
    "password_profile": "smsapi",
    "password_change": "remind",
    "password_change_days": 30,
    "longest_idle_minutes": 1440,
}


def test_the_login_in_the_new_address_is_no_password_from_then_on(world: World, bob: Person):
    token = _token(world, bob)
    _confirm(world, _link(world, token, "zebra@new.example.com"))
    body = {"current_password": bob.password, "password": "Zebra-Rides-7"}
    answer = world.post("/account/password", body, headers=_bearer(token))
    assert [miss["error"] for miss in answer.body["errors"]] == ["contains_known_word"]


# --- Who may, and how often -------------------------------------------------------------------------------


def test_only_a_session_that_was_proved_just_now_asks_for_it(world: World, bob: Person):
    token = _token(world, bob)
    world.wait(policy.CONFIRMED_FOR)
    heard = len(world.mails)
    answer = _ask(world, token)
    assert (answer.status, answer.error) == (401, "insufficient_user_authentication")
    assert _ask(world, "garbage").error == "invalid_token"
    assert _mailed(world, heard) == []


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "bob",
        "bob@",
        "@example.com",
        "bob@localhost",
        "bob@example.com\r\nBcc: eve@example.com",
        "bob@example.com, eve@example.com",
        f"{'b' * 250}@example.com",
        ["bob@example.com"],
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(world: World, bob: Person, email: object):
    token = _token(world, bob)
    heard = len(world.mails)
    answer = _ask(world, token, email)
    assert (answer.status, answer.error) == (422, "invalid_request")
    assert {miss["path"] for miss in answer.body["errors"]} <= {"body.email", "body.email.?"}
    assert "eve" not in answer.text
    assert _mailed(world, heard) == []


def test_who_asks_too_often_has_to_wait(world: World, bob: Person):
    token = _token(world, bob)
    for place in range(policy.FREE_RESETS):
        assert _ask(world, token, f"bob{place}@example.com").status == 204
    refused = _ask(world, token, address="203.0.113.9")
    assert (refused.status, refused.error, refused.retry_after) == (429, "too_many_resets", 300)
    world.wait(policy.FIRST_RESET_WAIT)
    assert _ask(world, token).status == 204


def test_a_change_that_was_proved_takes_back_its_share_and_no_others(world: World, bob: Person):
    token = _token(world, bob)
    assert _ask(world, token, "stranger@example.com").status == 204
    for number in range(2 * policy.FREE_RESETS):
        assert _confirm(world, _link(world, token, f"bob{number}@example.com")).status == 204
    for number in range(policy.FREE_RESETS - 1):
        assert _ask(world, token, f"stranger{number}@example.com").status == 204
    assert _ask(world, token, "stranger@example.com").status == 429


def test_users_of_one_account_send_a_stranger_no_more_than_one_of_them(world: World, bob: Person):
    victim = "victim@example.org"
    spelled = (victim, "Victim@example.org", "victim+shop@example.org", victim)
    answers = []
    for place, email in enumerate(spelled):
        token = _token(world, colleague(world, bob, f"clerk{place}"))
        answers.append((_ask(world, token, email).status, _ask(world, token, f"other{place}@example.org").status))
    assert answers == [(204, 204)] * policy.FREE_RESETS + [(429, 204)]
    assert len([address for address, _, _ in world.mails if address.casefold().startswith("victim")]) == 3


def test_an_account_does_not_use_up_what_another_may_send_to_a_mailbox(world: World, bob: Person):
    token = _token(world, bob)
    for _ in range(policy.FREE_RESETS):
        _ask(world, token, "ben@example.org")
    assert _ask(world, token, "ben@example.org").error == "too_many_resets"
    assert _ask(world, _token(world, world.add("ben", phone=None)), "ben@example.org").status == 204


def test_an_address_that_was_proved_is_asked_for_again_without_a_wait(world: World, bob: Person):
    token = _token(world, bob)
    for _ in range(policy.FREE_RESETS + 1):
        assert _confirm(world, _link(world, token)).status == 204


# --- The link ---------------------------------------------------------------------------------------------


def test_a_link_is_good_once(world: World, bob: Person):
    token = _token(world, bob)
    link = _link(world, token)
    assert _confirm(world, link).status == 204
    assert _is_closed(_confirm(world, link))


@pytest.mark.parametrize(("late", "status"), [(SECOND, 204), (timedelta(0), 410)])
def test_a_link_is_good_for_a_day_to_the_second(world: World, bob: Person, late: timedelta, status: int):
    link = _link(world, _token(world, bob))
    world.wait(policy.EMAIL_LIFETIME - late)
    assert _confirm(world, link).status == status


@pytest.mark.parametrize("older_first", [True, False])
def test_the_newest_request_voids_the_older_ones_in_both_orders_of_opening(
    world: World, bob: Person, older_first: bool
):
    token = _token(world, bob)
    mistyped, right = _link(world, token, "stranger@typo.example"), _link(world, token)
    answers = {link: _confirm(world, link).status for link in ([mistyped, right] if older_first else [right, mistyped])}
    assert answers == {mistyped: 410, right: 204}
    assert _next_sign_in_is_told_to(world, bob) == NEW


def test_an_order_of_the_present_address_takes_back_an_order_of_another(world: World, bob: Person):
    token = _token(world, bob)
    mistyped = _link(world, token, "stranger@typo.example")
    _ask(world, token, bob.email)
    assert _is_closed(_confirm(world, mistyped))


def test_a_pending_change_is_shown_and_can_be_cancelled(world: World, bob: Person):
    token = _token(world, bob)
    link = _link(world, token)
    shown = world.call("GET", "/account/email", headers=_bearer(token)).body
    assert (shown["email"], shown["own"], shown["pending"]["email"]) == (bob.email, True, NEW)
    assert world.call("DELETE", "/account/email", headers=_bearer(token)).status == 204
    assert world.call("GET", "/account/email", headers=_bearer(token)).body["pending"] is None
    assert _is_closed(_confirm(world, link))
    assert world.call("DELETE", "/account/email", headers=_bearer(token)).error == "not_found"
    told = world.call(
        "GET", "/account/activity", headers=_bearer(token), query={"event": "user_email_change_cancelled"}
    )
    assert len(told.body["entries"]) == 1


def test_whose_mail_the_owner_gets_is_not_told_the_owners_address(world: World, bob: Person):
    engine.commit(users.changing(bob.user_id, by=None, own_email=False))
    shown = world.call("GET", "/account/email", headers=_bearer(_token(world, bob))).body
    assert (shown["email"], shown["own"]) == ("", False)


def test_nothing_is_pending_once_the_link_was_opened_or_is_over(world: World, bob: Person):
    token = _token(world, bob)
    _confirm(world, _link(world, token))
    assert world.call("GET", "/account/email", headers=_bearer(token)).body == {
        "email": NEW,
        "own": True,
        "mail_trouble": None,
        "pending": None,
    }
    world.call("PUT", "/account/session-length", {"idle_minutes": 1440}, headers=_bearer(token))
    _ask(world, token, bob.email)
    world.wait(policy.EMAIL_LIFETIME)
    later = _token(world, bob)
    assert world.call("GET", "/account/email", headers=_bearer(later)).body["pending"] is None


@pytest.mark.parametrize("text", ["x", "furtka_email_x", "furtka_email_" + "0" * 77])
def test_garbage_is_refused_without_a_read(world: World, text: str):
    with overheard() as made:
        assert _is_closed(_confirm(world, text))
    assert made == []


def test_what_was_not_sent_for_this_changes_nothing(world: World, bob: Person):
    _token(world, bob)
    made_up = identifiers.write(randomness.token("email", bob.user_id))
    for text in (made_up, world.link("notme")):
        assert _is_closed(_confirm(world, text))
    assert _next_sign_in_is_told_to(world, bob) == "bob@example.com"


def _changes_password(world: World, bob: Person, token: str) -> None:
    body = {"current_password": bob.password, "password": "Trzy-Sowy-4-Razy"}
    assert world.post("/account/password", body, headers=_bearer(token)).status == 200


def _logs_out_everywhere(world: World, bob: Person, token: str) -> None:
    assert world.post("/account/logout-everywhere", headers=_bearer(token)).status == 204


def _logs_out_of_the_others(world: World, bob: Person, token: str) -> None:
    assert world.post("/account/logout-others", headers=_bearer(token)).status == 204


def _resets_password(world: World, bob: Person, token: str) -> None:
    world.post("/password-reset", {"login": "bob"})
    body = {"token": world.link("reset"), "password": "Trzy-Sowy-4-Razy"}
    assert world.post("/password-reset/confirm", body).status == 200


def _is_switched_off(world: World, bob: Person, token: str) -> None:
    accounts.switch("bob", enabled=False, now=world.now)


@pytest.mark.parametrize(
    "happens",
    [_changes_password, _is_switched_off, _logs_out_everywhere, _logs_out_of_the_others, _resets_password],
)
def test_what_voids_everything_voids_the_link_too(
    world: World, bob: Person, happens: Callable[[World, Person, str], None]
):
    token = _token(world, bob)
    link = _link(world, token, "thief@example.net")
    world.wait(SECOND)
    happens(world, bob, token)
    world.wait(SECOND)
    heard = len(world.mails)
    assert _is_closed(_confirm(world, link))
    assert _mailed(world, heard) == []


def test_asking_and_changing_are_in_the_activity_log_without_the_address(world: World, bob: Person):
    token = _token(world, bob)
    _confirm(world, _link(world, token), address="203.0.113.5")
    answer = world.call("GET", "/account/activity", headers=_bearer(token))
    told = {entry["event"]: (entry["actor"], entry["address"]) for entry in answer.body["entries"]}
    assert told["user_email_change_request"] == ("bob", "198.51.100.7")
    assert told["user_email_changed"] == ("link", "203.0.113.5")
    assert NEW not in answer.text
