"""POST /password-reset and its confirmation: a new password for one who reads the mail of their login."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

from furtka import accounts
from shared import policy
from shared.auth import attempt_limits
from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.storage import engine, logins
from tests.proofs import tables
from tests.support.calls import overheard
from tests.support.events import Reply
from tests.support.factors import ask, with_app
from tests.support.pots import use_up
from tests.support.world import FROM_PANEL, PASSWORD, Person, World

NEW = "Trzy-Sowy-4-Razy"
THIEF = "203.0.113.66"
NEWER = "Cztery-Sowy-5"
SECOND = timedelta(seconds=1)


def _ask(world: World, login: str = "bob", **more: str) -> Reply:
    return world.post("/password-reset", {"login": login}, **more)


def _link(world: World, login: str = "bob") -> str:
    """The token in the link that the user of *login* got."""
    assert _ask(world, login).status == 204
    return world.link("reset")


def _set(world: World, link: str, password: str = NEW, **more: str) -> Reply:
    """Whoever signs in afterwards does so later than they set their password."""
    aside = {name: more.pop(name) for name in ("headers",) if name in more}
    answer = world.post("/password-reset/confirm", {"token": link, "password": password, **more}, **aside)
    world.wait(SECOND)
    return answer


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _token(world: World, person: Person) -> str:
    """Of a session that was opened just now, with the person's password alone."""
    return str(world.sign_in(person).body["session"]["token"])


def _is_closed(answer: Reply) -> bool:
    return (answer.status, answer.error) == (410, "link_closed")


def test_the_link_in_the_mail_sets_a_password_that_opens(world: World, bob: Person):
    assert _set(world, _link(world)).status == 200
    assert world.sign_in(bob, password=NEW).status == 200
    assert world.sign_in(bob).status == 401


def test_the_mail_goes_to_the_logins_address_and_its_link_leads_to_the_panel(world: World, bob: Person):
    _ask(world, address="203.0.113.5")
    ((address, subject, text),) = world.mails
    assert (address, subject) == ("bob@example.com", "Set a new password")
    assert re.search(
        r"^https://panel\.example\.com/password-reset#token=furtka_reset_[0-9A-Za-z]+$", text, re.MULTILINE
    )
    assert "203.0.113.5" in text
    assert f"{world.now + timedelta(minutes=30):%Y-%m-%d %H:%M} UTC" in text


def test_nothing_changes_before_the_link_is_followed(world: World, bob: Person):
    token = _token(world, bob)
    _ask(world)
    assert world.me(token).status == 200
    assert world.sign_in(bob).status == 200


def test_the_owner_is_told_that_a_new_password_was_set_and_nothing_of_a_new_device(world: World, bob: Person):
    _set(world, _link(world))
    assert [subject for _, subject, _ in world.mails] == ["Set a new password", "A new password was set"]


# --- Enumeration ------------------------------------------------------------------------------------------


@pytest.fixture
def hashes(world: World, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a slow hash was computed, to make one or to compare with one. The keys are read before."""
    seal.fingerprint("any", "any")
    counted: Counter[str] = Counter()
    for name in ("hash", "verify"):
        monkeypatch.setattr(PasswordHasher, name, lambda *_, name=name: counted.update([name]))
    return counted


def _invited(world: World) -> str:
    accounts.create(login="invited", email="invited@example.com", phone=None, language="pl", now=world.now)
    return "invited"


KINDS: dict[str, Callable[[World], str]] = {
    "disabled": lambda world: world.add("disabled", enabled=False).login,
    "invited, without a password yet": _invited,
    "no second factor": lambda world: world.add("alone", phone=None).login,
    "second factor": lambda world: world.add("both").login,
    "unknown": lambda _: "nobody",
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_asking_looks_and_costs_the_same_whoever_it_is_for(world: World, hashes: Counter[str], kind: str):
    unknown, somebody = (_history(world, login) for login in ("stranger", KINDS[kind](world)))
    assert somebody == unknown
    assert [answer.status for answer, _ in unknown] == [204] * policy.FREE_RESETS + [429, 204, 429]
    assert [answer.retry_after for answer, _ in unknown if answer.status == 429] == [300, 600]
    assert {repr(answer) for answer, _ in unknown if answer.status == 204} == {repr(unknown[0][0])}
    assert not hashes


def _history(world: World, login: str) -> list[tuple[Reply, list[str]]]:
    """All that somebody outside sees or measures who asks as often as they may, and once more, and waits as told."""
    seen = [_seen(world, login) for _ in range(policy.FREE_RESETS + 1)]
    began, world.now = world.now, world.now + policy.FIRST_RESET_WAIT
    seen += [_seen(world, login) for _ in range(2)]
    world.now = began
    return seen


def _seen(world: World, login: str) -> tuple[Reply, list[str]]:
    with overheard() as made:
        answer = _ask(world, login)
    return answer, [str(call) for call in made]


def test_mail_goes_to_those_who_exist_and_may_sign_in(world: World):
    asked = {kind: login(world) for kind, login in KINDS.items()}
    heard = len(world.mails)
    for login in asked.values():
        _ask(world, login)
    assert sorted(address for address, _, _ in world.mails[heard:]) == [
        "alone@example.com",
        "both@example.com",
        "invited@example.com",
    ]


def test_a_login_is_the_same_however_it_is_spelled(world: World, bob: Person):
    for spelled in ("BOB", " ｂｏｂ ", "bob"):
        assert _ask(world, spelled).status == 204
    assert [address for address, _, _ in world.mails] == ["bob@example.com"] * 3
    assert _ask(world, "Bob").error == "too_many_resets"


# --- Waits ------------------------------------------------------------------------------------------------


def test_who_asks_too_often_for_one_login_waits_longer_and_longer(world: World, bob: Person):
    for _ in range(policy.FREE_RESETS):
        assert _ask(world).status == 204
    waits = []
    for _ in range(6):
        refused = _ask(world)
        assert (refused.status, refused.error) == (429, "too_many_resets")
        waits.append(refused.retry_after)
        world.wait(timedelta(seconds=waits[-1] - 1))
        assert _ask(world).retry_after == 1
        world.wait(SECOND)
        assert _ask(world).status == 204
    assert waits == [300, 600, 1200, 2400, 3600, 3600]
    assert len(world.mails) == policy.FREE_RESETS + len(waits)


def _use_up(world: World, login: str = "bob") -> None:
    """Strangers ask for *login*, from one network after the other, until none of them is sent any more."""
    for place in range(policy.MAILS_FROM_STRANGERS_AN_HOUR):
        assert _ask(world, login, address=f"203.0.113.{place}").status == 204
    assert _ask(world, login, address="203.0.113.250").status == 429


def _cookie(*tokens: str) -> dict[str, str]:
    return FROM_PANEL | {"Cookie": f"__Host-furtka-device={'.'.join(tokens)}"}


def test_one_who_asks_too_often_does_not_make_others_wait(world: World, bob: Person):
    for _ in range(policy.FREE_RESETS):
        _ask(world, address="203.0.113.1")
    assert [_ask(world, address=f"203.0.113.{place}").status for place in (1, 2)] == [429, 204]


@pytest.mark.parametrize("login", ["bob", "nobody"])
def test_strangers_together_send_so_many_links_to_a_mailbox(world: World, bob: Person, login: str):
    _use_up(world, login)
    refused = _ask(world, login)
    assert (refused.error, refused.retry_after) == ("too_many_resets", 3600)
    world.wait(timedelta(hours=1))
    more = policy.MAILS_FROM_STRANGERS_A_DAY - policy.MAILS_FROM_STRANGERS_AN_HOUR
    for place in range(more):
        assert _ask(world, login, address=f"192.0.2.{place}").status == 204
    world.wait(timedelta(hours=1))
    assert _ask(world, login).retry_after == 22 * 3600
    assert len(world.mails) == (policy.MAILS_FROM_STRANGERS_A_DAY if login == "bob" else 0)


def test_strangers_do_not_make_an_owner_wait_in_a_network_that_they_signed_in_from(world: World, bob: Person):
    world.sign_in(bob)
    _use_up(world)
    for _ in range(policy.FREE_RESETS):
        assert _ask(world).status == 204
    assert _ask(world).retry_after == policy.FIRST_RESET_WAIT.total_seconds()


def test_a_network_is_known_for_a_quarter_and_for_its_own_login_alone(world: World, bob: Person):
    world.sign_in(bob)
    _use_up(world, "ann")
    assert _ask(world, "ann").status == 429
    world.wait(policy.NETWORK_REMEMBERED_FOR)
    _use_up(world)
    assert _ask(world).status == 429


def test_strangers_do_not_make_an_owner_wait_on_a_known_device_wherever_it_is(world: World, bob: Person):
    device = world.sign_in(bob).body["device_token"]
    _use_up(world)
    elsewhere = "192.0.2.9"
    for number in range(policy.RESETS_FROM_ADDRESS_AND_HOUR):
        _ask(world, f"nobody-{number}", address=elsewhere)
    assert _ask(world, address=elsewhere).status == 429
    for _ in range(policy.FREE_RESETS):
        assert _ask(world, address=elsewhere, headers=_cookie(device)).status == 204
    assert _ask(world, address="192.0.2.10", headers=_cookie(device)).status == 429


def test_a_device_of_another_login_or_a_forged_one_is_a_strangers(world: World, bob: Person):
    other = world.sign_in(world.add("alone", phone=None)).body["device_token"]
    token = identifiers.read(world.sign_in(bob).body["device_token"], kind="device")
    assert token
    forged = identifiers.write(replace(token, secret=randomness.token("device", bob.user_id).secret))
    _use_up(world)
    for shown in (other, forged, "garbage"):
        assert _ask(world, address="192.0.2.9", headers=_cookie(shown)).status == 429


def test_a_device_of_ones_own_does_not_tell_who_exists(world: World, bob: Person):
    own = _cookie(world.sign_in(world.add("alone", phone=None)).body["device_token"])
    seen = []
    for login in ("bob", "nobody"):
        with overheard() as made:
            answer = _ask(world, login, address="192.0.2.9", headers=own)
        seen.append((answer, [str(call) for call in made]))
    assert seen[0] == seen[1]


def test_what_the_owner_asked_for_and_used_is_given_back_from_wherever_they_use_it(world: World, bob: Person):
    device = world.sign_in(bob).body["device_token"]
    for number in range(2 * policy.FREE_RESETS):
        assert _ask(world, headers=_cookie(device)).status == 204
        assert _set(world, world.link("reset"), f"Tulip-{number}-Wagon", headers={}).status == 200
    assert _set(world, _link(world)).status == 200
    rows = [row for row in tables.rows("strikes") if row["about"]["S"].startswith("reset")]
    asked = [value["S"] for row in rows for name, value in row.items() if name.startswith("asked_")]
    assert {value for value in asked if value > f"{world.now:%Y}"} == set()


def test_an_address_that_asks_for_many_logins_has_to_wait(world: World, bob: Person):
    for place in range(policy.RESETS_FROM_ADDRESS_AND_HOUR):
        assert _ask(world, f"nobody{place}").status == 204
    refused = _ask(world)
    assert (refused.status, refused.error, refused.retry_after) == (429, "too_many_resets", 3600)
    assert _ask(world, address="203.0.113.9").status == 204
    world.wait(timedelta(hours=1))
    assert _ask(world).status == 204


def test_an_address_from_which_somebody_asks_now_and_then_never_has_to_wait(world: World):
    for number in range(30):
        assert _ask(world, f"nobody{number}").status == 204
        world.wait(timedelta(hours=2))
    assert [_ask(world, f"colleague{number}").status for number in range(2)] == [204, 204]


def test_an_address_may_ask_for_so_many_in_a_day(world: World):
    for number in range(policy.RESETS_FROM_ADDRESS_AND_DAY):
        assert _ask(world, f"nobody{number}").status == 204
        world.wait(timedelta(minutes=4))
    assert (_ask(world).error, _ask(world).retry_after) == ("too_many_resets", 20 * 3600)


def test_a_link_that_was_used_takes_its_share_back(world: World, bob: Person):
    for number in range(policy.RESETS_FROM_ADDRESS_AND_HOUR - 1):
        _ask(world, f"nobody{number}")
    for new in (NEW, NEWER):
        assert _set(world, _link(world), new).status == 200
        world.wait(SECOND)
    assert _ask(world, "nobody").status == 204
    assert _ask(world, "nobody").status == 429


def test_who_resets_every_day_with_success_is_never_told_to_wait(world: World, bob: Person):
    for number in range(policy.FREE_RESETS + 3):
        assert _set(world, _link(world), f"Tulip-{number}-Wagon").status == 200
        world.wait(timedelta(hours=20))


def test_a_link_takes_so_many_passwords_and_then_only_after_a_wait(world: World, bob: Person):
    link = _link(world)
    for _ in range(policy.FREE_NEW_PASSWORDS):
        assert _set(world, link, "short").status == 422  # costs nothing, and does not count
    for _ in range(policy.FREE_NEW_PASSWORDS):
        assert _set(world, link, PASSWORD).error == "weak_password"
    answer = _set(world, link)
    assert (answer.status, answer.error, answer.retry_after) == (429, "too_many_attempts", 29)
    world.wait(policy.FIRST_WAIT)
    assert _set(world, link).status == 200


def test_waiting_for_a_link_does_not_keep_the_owner_from_signing_in(world: World, bob: Person):
    for _ in range(policy.FREE_RESETS + 1):
        _ask(world)
    assert world.sign_in(bob).status == 200


# --- The link ---------------------------------------------------------------------------------------------


def test_a_link_is_good_once(world: World, bob: Person):
    link = _link(world)
    assert _set(world, link).status == 200
    assert _is_closed(_set(world, link, NEWER))
    assert world.sign_in(bob, password=NEW).status == 200


def test_a_link_is_good_for_half_an_hour_to_the_second(world: World, bob: Person):
    early, late = _link(world), _link(world)
    world.wait(policy.RESET_LIFETIME - SECOND)
    assert _set(world, early, "weak").error == "weak_password"
    assert _is_closed(_set(world, late))
    assert world.sign_in(bob).status == 200


def test_a_newer_link_does_not_matter_until_one_is_used(world: World, bob: Person):
    older, newer = _link(world), _link(world)
    assert _set(world, older).status == 200
    assert _is_closed(_set(world, newer, NEWER))


def _made_up(world: World, bob: Person) -> str:
    return identifiers.write(randomness.token("reset", bob.user_id))


def _with_another_secret(world: World, bob: Person) -> str:
    """The link's id is no secret of its own."""
    token = identifiers.read(_link(world), kind="reset")
    assert token
    return identifiers.write(replace(token, secret=randomness.token("reset", bob.user_id).secret))


def _of_another_kind(world: World, bob: Person) -> str:
    world.sign_in(bob)
    return world.link("notme")


@pytest.mark.parametrize("make", [_made_up, _of_another_kind, _with_another_secret])
def test_what_was_not_sent_for_this_opens_nothing(world: World, bob: Person, make: Callable[[World, Person], str]):
    assert _is_closed(_set(world, make(world, bob)))
    assert world.sign_in(bob).status == 200


def test_garbage_costs_no_read(world: World, bob: Person):
    with overheard() as made:
        assert _is_closed(_set(world, "furtka_reset_" + "0" * 77))
    assert made == []


def _changes_password(world: World, bob: Person, token: str) -> None:
    body = {"current_password": PASSWORD, "password": NEWER}
    assert world.post("/account/password", body, headers=_bearer(token)).status == 200


def _logs_out_everywhere(world: World, bob: Person, token: str) -> None:
    assert world.post("/account/logout-everywhere", headers=_bearer(token)).status == 204


def _logs_out_of_the_others(world: World, bob: Person, token: str) -> None:
    assert world.post("/account/logout-others", headers=_bearer(token)).status == 204


def _says_that_it_was_not_him(world: World, bob: Person, token: str) -> None:
    assert world.post("/not-me", {"token": world.link("notme")}).status == 204


def _is_switched_off(world: World, bob: Person, token: str) -> None:
    accounts.switch(bob.login, enabled=False, now=world.now)


def _is_switched_off_and_on(world: World, bob: Person, token: str) -> None:
    for enabled in (False, True):
        accounts.switch(bob.login, enabled=enabled, now=world.now)


def _moves_to_another_address(world: World, bob: Person, token: str) -> None:
    world.post("/account/email", {"email": "bob@new.example.com"}, headers=_bearer(token))
    assert world.post("/email/confirm", {"token": world.link("email")}).status == 204


@pytest.mark.parametrize(
    "happens",
    [
        _changes_password,
        _is_switched_off,
        _is_switched_off_and_on,
        _moves_to_another_address,
        _says_that_it_was_not_him,
    ],
)
def test_what_voids_everything_voids_links_too(
    world: World, bob: Person, happens: Callable[[World, Person, str], None]
):
    token, link = _token(world, bob), _link(world)
    world.wait(SECOND)
    happens(world, bob, token)
    answer = _set(world, link)
    assert _is_closed(answer)
    assert world.sign_in(bob, password=NEW).status == 401


@pytest.mark.parametrize("happens", [_logs_out_everywhere, _logs_out_of_the_others])
def test_a_thief_who_ends_sessions_does_not_void_the_owners_way_back(
    world: World, bob: Person, happens: Callable[[World, Person, str], None]
):
    token, link = _token(world, bob), _link(world)
    world.wait(SECOND)
    happens(world, bob, token)
    assert _set(world, link).status == 200


def test_a_link_in_a_mailbox_that_the_user_left_stays_void_when_they_move_back(world: World, bob: Person):
    token, link = _token(world, bob), _link(world)
    for email in ("bob@new.example.com", bob.email):
        world.wait(SECOND)
        assert world.post("/account/email", {"email": email}, headers=_bearer(token)).status == 204
        assert world.post("/email/confirm", {"token": world.link("email")}).status == 204
    assert _is_closed(_set(world, link))


def test_a_login_that_was_switched_off_gets_no_password_by_an_old_link(world: World, bob: Person):
    link = _link(world)
    engine.commit(logins.switching("bob", enabled=False, now=world.now))
    assert _is_closed(_set(world, link))


# --- What it does -----------------------------------------------------------------------------------------


def test_who_has_no_second_factor_is_signed_in(world: World, bob: Person):
    answer = _set(world, _link(world))
    assert answer.body["session"]["factors"] == ["password"]
    assert world.me(answer.body["session"]["token"]).body["login"] == "bob"
    assert answer.body["device_token"].startswith("furtka_device_")


def test_a_mailbox_is_no_second_factor(world: World, cat: Person):
    answer = _set(world, _link(world, "cat"))
    assert set(answer.body) == {"challenge"}
    assert answer.body["challenge"]["factors"] == ["sms"]
    assert world.sms[-1][0] == cat.phone
    wrong = world.verify(answer.body["challenge"]["id"], world.wrong_code())
    assert (wrong.status, wrong.error) == (401, "wrong_code")
    opened = world.verify(answer.body["challenge"]["id"], world.code())
    assert opened.body["session"]["factors"] == ["password", "sms"]
    assert world.me(opened.body["session"]["token"]).status == 200


def test_a_reset_ends_every_session_and_every_sign_in_under_way(world: World, cat: Person):
    token = world.session(cat)["session"]["token"]
    pending, code = world.challenge(cat), world.code()
    world.wait(SECOND)
    _set(world, _link(world, "cat"))
    assert world.me(token).status == 401
    assert world.verify(pending, code).status == 410


def test_a_weak_password_does_not_use_up_the_link(world: World, bob: Person):
    link = _link(world)
    for weak, reason in (("Ab-3456", "too_short"), ("Baseball1", "too_common"), (PASSWORD, "used_before")):
        answer = _set(world, link, weak)
        assert (answer.status, answer.error) == (422, "weak_password")
        assert [miss["error"] for miss in answer.body["errors"]] == [reason]
    assert _set(world, link).status == 200


def test_the_old_password_does_not_come_back_by_another_reset(world: World, bob: Person):
    _set(world, _link(world))
    answer = _set(world, _link(world), PASSWORD)
    assert [miss["error"] for miss in answer.body["errors"]] == ["used_before"]


def test_an_invited_user_may_set_their_first_password_so_too(world: World):
    link = _link(world, _invited(world))
    assert _set(world, link).status == 200
    assert world.post("/login", {"login": "invited", "password": NEW}).status == 200
    invitation = {"token": world.link("invitation"), "password": NEWER}
    assert _is_closed(world.post("/invitations/accept", invitation))


def test_a_browser_gets_its_session_as_a_cookie_and_only_on_the_panels_page(world: World, bob: Person):
    link = _link(world)
    assert _set(world, link, transport="cookie").error == "cross_site_request"
    answer = _set(world, link, transport="cookie", headers=FROM_PANEL)
    assert "token" not in answer.body["session"]
    cookie = answer.cookie("__Host-furtka-session").partition(";")[0]
    assert world.call("GET", "/session", headers={"Cookie": cookie}).body["login"] == "bob"


def test_it_is_in_the_activity_log(world: World, bob: Person):
    token = _set(world, _link(world)).body["session"]["token"]
    answer = world.call("GET", "/account/activity", headers=_bearer(token))
    told = [(entry["event"], entry["actor"]) for entry in answer.body["entries"]]
    assert ("authn_password_reset", "link") in told
    assert ("authn_login_success", "bob") in told
    assert NEW not in answer.text
    assert "furtka_reset" not in answer.text


# --- All or nothing ---------------------------------------------------------------------------------------


@pytest.fixture
def dan(world: World) -> tuple[Person, pyotp.TOTP, list[str]]:
    """Somebody with a phone, an authenticator app and recovery codes."""
    dan = world.add("dan", phone="+48600100204")
    headers = _bearer(world.session(dan)["session"]["token"])
    app = pyotp.TOTP(world.post("/account/factors/totp", headers=headers).body["secret"])
    world.post("/account/factors/totp/confirm", {"code": _at(app, world.now)}, headers=headers)
    codes = world.post("/account/factors/recovery-codes", headers=headers).body["recovery_codes"]
    world.wait(timedelta(hours=2))
    return dan, app, codes


def _at(app: pyotp.TOTP, now: datetime) -> str:
    return str(app.at(now))


def test_when_no_message_may_go_out_nothing_is_changed(world: World, cat: Person):
    token = world.session(cat)["session"]["token"]
    use_up(world, cat, "reset")
    world.wait(timedelta(minutes=45))
    link = _link(world, "cat")
    heard = len(world.mails)
    refused = _set(world, link)
    assert (refused.status, refused.error, refused.retry_after) == (429, "sms_limit_reached", 900)
    assert len(world.mails) == heard
    assert world.me(token).status == 200
    assert world.sign_in(cat, password=NEW).error == "invalid_credentials"
    world.wait(timedelta(minutes=15))
    assert _set(world, link).status == 200


@pytest.mark.parametrize("factor", ["recovery_code", "totp"])
def test_another_factor_helps_when_no_message_may_go_out(
    world: World, dan: tuple[Person, pyotp.TOTP, list[str]], factor: str
):
    person, app, codes = dan
    use_up(world, person, "reset")
    link = _link(world, "dan")
    assert _set(world, link, factor="sms").error == "sms_limit_reached"
    challenge = _set(world, link, factor=factor).body["challenge"]
    assert (challenge["channel"], challenge["factors"]) == (factor, ["totp", "sms", "recovery_code"])
    opened = world.verify(challenge["id"], codes[0] if factor == "recovery_code" else _at(app, world.now))
    assert opened.body["session"]["factors"] == ["password", factor]


def test_a_mailbox_does_not_open_codes_that_are_locked(world: World, cat: Person, monkeypatch: pytest.MonkeyPatch):
    tries = replace(attempt_limits.CODES, free=policy.ATTEMPTS_PER_CHALLENGE, most=policy.ATTEMPTS_PER_CHALLENGE)
    monkeypatch.setattr(attempt_limits, "CODES", tries)
    challenge_id = world.challenge(cat)
    for _ in range(policy.ATTEMPTS_PER_CHALLENGE):
        assert world.verify(challenge_id, world.wrong_code()).status == 401
    link = _link(world, "cat")
    refused = _set(world, link)
    assert (refused.status, refused.error) == (403, "codes_locked")
    assert world.sign_in(cat).error == "codes_locked"
    assert world.sign_in(cat, password=NEW).error == "invalid_credentials"


# --- A reset by somebody else -------------------------------------------------------------------------------


def test_what_somebody_did_who_reset_the_password_is_taken_back_by_the_link_in_the_mail_about_it(world: World):
    """A thief who reads the mailbox for a moment, and has the phone in hand for one code."""
    world.post("/password-reset", {"login": "ann"}, address=THIEF)
    body = {"token": world.link("reset"), "password": NEW}
    challenge = world.post("/password-reset/confirm", body, address=THIEF).body["challenge"]["id"]
    token = world.verify(challenge, world.code(), address=THIEF).body["session"]["token"]
    with_app(world, token)
    made = ask(world, token, "POST", "/tokens", {"name": "Evil", "scopes": ["sms", "profile"]}, address=THIEF).body
    world.wait(SECOND)
    assert world.post("/not-me", {"token": world.link("notme")}).status == 204
    assert world.me(token).status == 401
    assert ask(world, made["access_token"], "GET", "/profile").status == 401
    again = world.post("/password-reset/confirm", {"token": world.link("reset"), "password": "Cztery-Sowy-5-Razy"})
    assert again.body["challenge"]["factors"] == ["sms"]


def test_a_reset_that_is_not_finished_is_told_with_that_link_too(world: World):
    world.post("/password-reset", {"login": "ann"}, address=THIEF)
    world.post("/password-reset/confirm", {"token": world.link("reset"), "password": NEW}, address=THIEF)
    assert world.mails[-1][1] == "A new password was set"
    assert world.post("/not-me", {"token": world.link("notme")}).status == 204
    world.wait(SECOND)
    assert world.sign_in(password=NEW, address=THIEF).error == "invalid_credentials"


def test_an_invitation_that_sets_another_password_is_told_with_that_link_and_the_first_one_is_not(world: World):
    accounts.invite("ann", now=world.now)
    world.post("/invitations/accept", {"token": world.link("invitation"), "password": NEW}, address=THIEF)
    assert world.mails[-1][1] == "A new password was set"
    world.wait(SECOND)
    assert world.post("/not-me", {"token": world.link("notme")}).status == 204
    assert world.sign_in(password=NEW).error == "invalid_credentials"
    world.add("new", password_hash=None)
    accounts.invite("new", now=world.now)
    heard = len(world.mails)
    token = world.link("invitation")
    assert world.post("/invitations/accept", {"token": token, "password": "Piec-Sow-6-Razy"}).status == 204
    assert len(world.mails) == heard
