"""Requests of people who sign in or are signed in: who sends them, in which state, and how they are answered."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from unittest.mock import patch

import pyotp

from furtka import recovery
from furtka.recovery import Wanted
from shared import policy, settings
from shared.auth import attempt_limits, devices
from shared.crypto import randomness
from shared.domain.identifiers import account_of
from shared.domain.origins import Origin
from shared.domain.rights import Rights
from shared.domain.scopes import SCOPES
from shared.domain.sessions import A_MOMENT
from shared.storage import engine, logins, message_budgets, users
from shared.storage.attempts import AttemptItem
from shared.storage.devices import DeviceCountItem
from shared.storage.mapping import row
from tests.proofs.turns import (
    NEW_PASSWORD,
    OLD_HASH,
    WRONG_PASSWORD,
    Flow,
    Turn,
    as_somebody,
    bearer,
    id_of,
    linked,
    newcomer,
    numbers,
    signed_in,
    token_of,
)
from tests.support.events import HOME, Reply
from tests.support.pots import use_up
from tests.support.world import FROM_PANEL, PASSWORD, Person, World


def right_password(world: World) -> Turn:
    person = newcomer(world)
    return Turn(person, lambda: world.sign_in(person), lambda answer: _leads_to_a_session(world, answer))


def known_device(world: World) -> Turn:
    person = newcomer(world)
    device = world.session(person)["device_token"]
    ask = partial(world.sign_in, person, device_token=device)
    return Turn(person, ask, lambda answer: _leads_to_a_session(world, answer))


def right_password_alone(world: World) -> Turn:
    person = newcomer(world, phone=None)
    return Turn(person, lambda: world.sign_in(person), lambda answer: _is_a_session(world, answer))


def right_password_of_one_with_too_many_devices(world: World) -> Turn:
    turn = right_password_alone(world)
    _fill_devices(world, turn.person)
    return turn


def _fill_devices(world: World, person: Person) -> None:
    """So many devices, none of which was seen on another day, that there is no room for one more."""
    made = [
        devices.remembering(person.user_id, Origin("198.51.100.7", "Stranger"), now=world.now)[1]
        for _ in range(policy.DEVICES_OF_A_USER)
    ]
    engine.commit(*(adding for adding, _ in made))
    counted = [DeviceCountItem.devices.set(policy.DEVICES_OF_A_USER)]
    engine.commit(engine.change(DeviceCountItem(person.user_id), counted))


def password_looked_for(world: World) -> Turn:
    """The account asks for it to be looked for among leaked ones; a list is configured while the request runs."""
    person = newcomer(world, checks_breaches=True)

    def ask() -> Reply:
        with patch.object(settings, "BREACHED_PASSWORDS_URL", "https://range.example.com"):
            return world.sign_in(person)

    return Turn(person, ask, lambda answer: _leads_to_a_session(world, answer))


def hash_of_yesterday(world: World) -> Turn:
    """It was made with less than policy asks for today."""
    person = newcomer(world, password_hash=OLD_HASH)
    return Turn(person, lambda: world.sign_in(person), lambda answer: _leads_to_a_session(world, answer))


def wrong_password(world: World) -> Turn:
    person = newcomer(world)
    return Turn(person, lambda: world.sign_in(person, password=WRONG_PASSWORD))


def unknown_login(world: World) -> Turn:
    person = newcomer(world)
    return Turn(person, lambda: world.sign_in(person, login=f"not-{person.login}"))


def disabled_login(world: World) -> Turn:
    person = newcomer(world, enabled=False)
    return Turn(person, lambda: world.sign_in(person))


def login_that_must_wait(world: World) -> Turn:
    turn = wrong_password(world)
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        turn.ask()
    return turn


def asked_pass(world: World) -> Turn:
    person = newcomer(world)
    return Turn(person, lambda: world.post("/login/pass", {"login": person.login}))


def asked_pass_of_nobody(world: World) -> Turn:
    person = newcomer(world)
    return Turn(person, lambda: world.post("/login/pass", {"login": f"not-{person.login}"}))


def password_with_pass(world: World) -> Turn:
    person = newcomer(world)
    shown = linked(world, person, "pass")
    ask = partial(world.sign_in, person, **{"pass": shown})
    return Turn(person, ask, lambda answer: _leads_to_a_session(world, answer))


def locked_codes(world: World) -> Turn:
    person = newcomer(world)
    codes = AttemptItem(f"code:{person.user_id}")
    tried = [AttemptItem.failures.set(attempt_limits.CODES.most), AttemptItem.last_at.set(world.now)]
    engine.commit(engine.change(codes, tried, guard=AttemptItem.about.does_not_exist()))
    return Turn(person, lambda: world.sign_in(person))


def too_many_messages(world: World) -> Turn:
    person = newcomer(world)
    use_up(world, person, "unknown-device")
    return Turn(person, lambda: world.sign_in(person))


def right_password_again(world: World) -> Turn:
    """The same browser was sent a code just now, which answers this challenge too."""
    person = newcomer(world)
    world.sign_in(person)
    return Turn(person, lambda: world.sign_in(person), lambda answer: _leads_to_a_session(world, answer))


def right_password_after_a_session(world: World) -> Turn:
    """The same browser was sent a code just now, and has answered it."""
    person = newcomer(world)
    world.session(person)
    return Turn(person, lambda: world.sign_in(person), lambda answer: _leads_to_a_session(world, answer))


def right_password_to_a_given_number(world: World) -> Turn:
    person = newcomer(world, phone_given=True)
    return Turn(person, lambda: world.sign_in(person))


def right_password_to_a_given_number_again(world: World) -> Turn:
    """The first sign-in was not finished, so the number is not proved."""
    turn = right_password_to_a_given_number(world)
    turn.ask()
    world.wait(policy.RESEND_AFTER)
    return turn


def right_code_to_a_given_number(world: World) -> Turn:
    person = newcomer(world, phone_given=True)
    challenge_id, code = world.challenge(person), world.code()
    return Turn(person, lambda: world.verify(challenge_id, code))


def right_code_of_a_sign_in_that_was_repeated(world: World) -> Turn:
    person = newcomer(world)
    world.challenge(person)
    challenge_id, code = world.challenge(person), world.code()
    return Turn(person, lambda: world.verify(challenge_id, code))


def wrong_code_of_a_sign_in_that_was_repeated(world: World) -> Turn:
    person = newcomer(world)
    world.challenge(person)
    challenge_id, code = world.challenge(person), world.wrong_code()
    return Turn(person, lambda: world.verify(challenge_id, code))


def too_many_challenges(world: World) -> Turn:
    person = newcomer(world)
    for _ in range(policy.CHALLENGES_AT_ONCE):
        about = f"challenges:{person.user_id}:unknown-device"
        engine.commit(message_budgets.beginning_challenge(about, now=world.now))
    return Turn(person, lambda: world.sign_in(person))


def right_code(world: World) -> Turn:
    """If the answer is lost, the person can still sign in again."""
    person = newcomer(world)
    challenge_id, code = world.challenge(person), world.code()

    def keeps(answer: Reply) -> bool:
        return _is_a_session(world, answer) if answer.status == 200 else bool(world.session(person))

    return Turn(person, lambda: world.verify(challenge_id, code), keeps)


def right_code_of_one_with_too_many_devices(world: World) -> Turn:
    turn = right_code(world)
    _fill_devices(world, turn.person)
    return turn


def right_code_from_known_device(world: World) -> Turn:
    person = newcomer(world)
    device = world.session(person)["device_token"]
    challenge_id, code = world.challenge(person, device_token=device), world.code()
    return Turn(person, lambda: world.verify(challenge_id, code))


def known_device_alone(world: World) -> Turn:
    person = newcomer(world, phone=None)
    device = world.sign_in(person).body["device_token"]
    ask = partial(world.sign_in, person, device_token=device)
    return Turn(person, ask, lambda answer: _is_a_session(world, answer))


def wrong_code(world: World) -> Turn:
    person = newcomer(world)
    challenge_id, code = world.challenge(person), world.wrong_code()
    return Turn(person, lambda: world.verify(challenge_id, code))


def last_wrong_code(world: World) -> Turn:
    """After which no other is taken."""
    turn = wrong_code(world)
    tried = [
        AttemptItem.failures.set(policy.MAX_CODE_ATTEMPTS - 1),
        AttemptItem.last_at.set(world.now - policy.LONGEST_WAIT),
    ]
    engine.commit(engine.change(AttemptItem(f"code:{turn.person.user_id}"), tried))
    return turn


def resend(world: World) -> Turn:
    person = newcomer(world)
    challenge_id = world.challenge(person)
    world.wait(policy.RESEND_AFTER)
    ask = partial(world.post, "/verify-code/resend", {"challenge_id": challenge_id})
    return Turn(person, ask, lambda _: world.verify(challenge_id, world.code()).status == 200)


def resend_of_a_sign_in_that_was_repeated(world: World) -> Turn:
    person = newcomer(world)
    world.challenge(person)
    challenge_id = world.challenge(person)
    world.wait(policy.RESEND_AFTER)
    ask = partial(world.post, "/verify-code/resend", {"challenge_id": challenge_id})
    return Turn(person, ask, lambda _: world.verify(challenge_id, world.code()).status == 200)


def resend_too_late(world: World) -> Turn:
    """A new code could not live as long as it takes to read it."""
    person = newcomer(world)
    challenge_id = world.challenge(person)
    for _ in range(3):
        world.wait(policy.CODE_LIFETIME - timedelta(seconds=20))
        world.post("/verify-code/resend", {"challenge_id": challenge_id})
    world.wait(policy.RESEND_AFTER)
    return Turn(person, partial(world.post, "/verify-code/resend", {"challenge_id": challenge_id}))


def fresh_session(world: World) -> Turn:
    person = newcomer(world)
    token = world.session(person)["session"]["token"]
    return Turn(person, lambda: world.me(token))


def worn_session(world: World, method: str = "GET", path: str = "/session", body: object = None) -> Turn:
    """Its use is worth writing down."""
    person = newcomer(world)
    headers = signed_in(world, person)
    world.wait(policy.SESSION_TOUCHED_EVERY)
    return Turn(person, lambda: world.call(method, path, body, headers=headers))


def session_crowded_out(world: World, method: str = "GET", path: str = "/session", body: object = None) -> Turn:
    """So many newer ones live that this one ends."""
    person = newcomer(world, phone=None)
    opened = world.sign_in(person).body
    headers = bearer(opened["session"]["token"])
    for _ in range(policy.SESSIONS_AT_ONCE):
        world.wait(A_MOMENT)
        world.sign_in(person, device_token=opened["device_token"])
    return Turn(person, lambda: world.call(method, path, body, headers=headers))


def logout(world: World) -> Turn:
    person = newcomer(world)
    token = world.session(person)["session"]["token"]
    ask = partial(world.call, "POST", "/logout", headers={"Authorization": f"Bearer {token}"})
    return Turn(person, ask, lambda _: world.me(token).status == 401)


def list_of_sessions(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/sessions")


def end_of_a_session(world: World) -> Turn:
    person = newcomer(world)
    other = token_of(world, person)
    path = f"/account/sessions/{id_of(other)}"
    return as_somebody(world, "DELETE", path, person, lambda _: world.me(other).status == 401)


def logout_everywhere(world: World) -> Turn:
    person = newcomer(world)
    other = token_of(world, person)
    return as_somebody(world, "POST", "/account/logout-everywhere", person, lambda _: world.me(other).status == 401)


def logout_others(world: World) -> Turn:
    person = newcomer(world)
    other = token_of(world, person)
    return as_somebody(world, "POST", "/account/logout-others", person, lambda _: world.me(other).status == 401)


def choice_of_session_length(world: World) -> Turn:
    return as_somebody(world, "PUT", "/account/session-length", body={"idle_minutes": 5})


def list_of_devices(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/devices")


def activity_log(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/activity")


def activity_of_the_account(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/activity", query={"scope": "account"})


def end_of_a_device(world: World) -> Turn:
    person = newcomer(world)
    device = id_of(world.session(person)["device_token"])
    return as_somebody(world, "DELETE", f"/account/devices/{device}", person)


# --- Second factors ---------------------------------------------------------------------------------------


def app_of(world: World, person: Person) -> pyotp.TOTP:
    """An authenticator app of *person*, switched on as they do it, and a moment after that."""
    headers = signed_in(world, person)
    app = pyotp.TOTP(world.post("/account/factors/totp", headers=headers).body["secret"])
    proof = {"code": app.at(world.now)}
    assert world.post("/account/factors/totp/confirm", proof, headers=headers).status == 200
    world.wait(policy.TOTP_STEP)
    return app


def recovery_codes_of(world: World, person: Person) -> list[str]:
    made = world.post("/account/factors/recovery-codes", headers=signed_in(world, person))
    world.wait(A_MOMENT)
    return list(made.body["recovery_codes"])


def password_of_one_with_an_app(world: World) -> Turn:
    person = newcomer(world, phone=None)
    app_of(world, person)
    return Turn(person, lambda: world.sign_in(person))


def code_of_an_app(world: World) -> Turn:
    person = newcomer(world, phone=None)
    app = app_of(world, person)
    challenge_id, code = world.challenge(person), app.at(world.now)
    return Turn(person, lambda: world.verify(challenge_id, code), lambda answer: _opens_or_is_over(world, answer))


def recovery_code(world: World) -> Turn:
    person = newcomer(world)
    code, *_ = recovery_codes_of(world, person)
    challenge_id = world.challenge(person)
    return Turn(person, lambda: world.verify(challenge_id, code), lambda answer: _opens_or_is_over(world, answer))


def wrong_code_of_an_app(world: World) -> Turn:
    person = newcomer(world, phone=None)
    app = app_of(world, person)
    challenge_id, late = world.challenge(person), app.at(world.now - 10 * policy.TOTP_STEP)
    return Turn(person, lambda: world.verify(challenge_id, late))


def list_of_factors(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/factors")


def new_phone(world: World) -> Turn:
    person = newcomer(world, phone=None)
    body = {"phone": _another_number()}
    return as_somebody(world, "POST", "/account/factors/sms", person, body=body)


def phone_of_a_country_that_is_closed(world: World) -> Turn:
    person = newcomer(world, phone=None)
    return as_somebody(world, "POST", "/account/factors/sms", person, body={"phone": "+447911123456"})


def ones_own_phone(world: World) -> Turn:
    person = newcomer(world)
    return as_somebody(world, "POST", "/account/factors/sms", person, body={"phone": person.phone})


def phone_that_is_changed(world: World) -> Turn:
    person = newcomer(world)
    headers = signed_in(world, person)
    asked = world.post("/account/factors/sms", {"phone": _another_number()}, headers=headers)
    proof = {"challenge_id": asked.body["challenge"]["id"], "code": world.code()}
    return Turn(person, lambda: world.post("/account/factors/sms/confirm", proof, headers=headers))


def proof_of_a_phone(world: World) -> Turn:
    person = newcomer(world, phone=None)
    headers = signed_in(world, person)
    asked = world.post("/account/factors/sms", {"phone": _another_number()}, headers=headers)
    proof = {"challenge_id": asked.body["challenge"]["id"], "code": world.code()}
    return Turn(person, lambda: world.post("/account/factors/sms/confirm", proof, headers=headers))


def end_of_sms(world: World) -> Turn:
    return as_somebody(world, "DELETE", "/account/factors/sms")


def new_app(world: World) -> Turn:
    return as_somebody(world, "POST", "/account/factors/totp", newcomer(world, phone=None))


def proof_of_an_app(world: World) -> Turn:
    person = newcomer(world, phone=None)
    headers = signed_in(world, person)
    app = pyotp.TOTP(world.post("/account/factors/totp", headers=headers).body["secret"])
    proof = {"code": app.at(world.now)}
    return Turn(person, lambda: world.post("/account/factors/totp/confirm", proof, headers=headers))


def end_of_an_app(world: World) -> Turn:
    person = newcomer(world, phone=None)
    app = app_of(world, person)
    opened = world.verify(world.challenge(person), app.at(world.now))
    headers = bearer(opened.body["session"]["token"])
    return Turn(person, lambda: world.call("DELETE", "/account/factors/totp", headers=headers))


def new_recovery_codes(world: World) -> Turn:
    return as_somebody(world, "POST", "/account/factors/recovery-codes")


def _another_number() -> str:
    return f"+48600{next(numbers):06}"


def _opens_or_is_over(world: World, answer: Reply) -> bool:
    """If the answer was lost, the proof is used up all the same."""
    return answer.status == 410 or _is_a_session(world, answer)


# --- Step-up, passwords, links ----------------------------------------------------------------------------


def confirmation(world: World) -> Turn:
    return as_somebody(world, "POST", "/session/confirm", body={"password": PASSWORD})


def code_of_a_confirmation(world: World) -> Turn:
    """What comes of it takes the place of the session that was to be confirmed."""
    person = newcomer(world)
    before = token_of(world, person)
    asked = world.post("/session/confirm", {"password": PASSWORD}, headers=bearer(before))
    challenge_id, code = asked.body["challenge"]["id"], world.code()
    return Turn(person, lambda: world.verify(challenge_id, code), lambda _: world.me(before).status == 401)


def confirmation_alone(world: World) -> Turn:
    return as_somebody(world, "POST", "/session/confirm", newcomer(world, phone=None), body={"password": PASSWORD})


def new_password(world: World) -> Turn:
    person = newcomer(world)
    body = {"current_password": PASSWORD, "password": NEW_PASSWORD}

    def keeps(answer: Reply) -> bool:
        return answer.status == 401 or world.sign_in(person, password=NEW_PASSWORD).status == 200

    return as_somebody(world, "POST", "/account/password", person, keeps, body=body)


def new_password_by_one_who_is_mistaken(world: World) -> Turn:
    body = {"current_password": WRONG_PASSWORD, "password": NEW_PASSWORD}
    return as_somebody(world, "POST", "/account/password", body=body)


def forgotten_password(world: World) -> Turn:
    person = newcomer(world)
    return Turn(person, lambda: world.post("/password-reset", {"login": person.login}))


def forgotten_password_on_a_known_device(world: World) -> Turn:
    person = newcomer(world)
    cookie = {"Cookie": f"__Host-furtka-device={world.session(person)['device_token']}"}
    ask = partial(world.post, "/password-reset", {"login": person.login}, headers=FROM_PANEL | cookie)
    return Turn(person, ask)


def forgotten_login(world: World) -> Turn:
    person = newcomer(world)
    return Turn(person, lambda: world.post("/password-reset", {"login": f"not-{person.login}"}))


def password_by_link(world: World) -> Turn:
    person = newcomer(world)
    body = {"token": linked(world, person, "reset", detail=HOME), "password": NEW_PASSWORD}
    world.wait(A_MOMENT)

    def keeps(answer: Reply) -> bool:
        return answer.status == 410 or _leads_to_a_session(world, answer)

    return Turn(person, partial(world.post, "/password-reset/confirm", body), keeps)


def password_by_link_alone(world: World) -> Turn:
    person = newcomer(world, phone=None)
    body = {"token": linked(world, person, "reset", detail=HOME), "password": NEW_PASSWORD}
    world.wait(A_MOMENT)

    def keeps(answer: Reply) -> bool:
        return answer.status == 410 or _is_a_session(world, answer)

    return Turn(person, partial(world.post, "/password-reset/confirm", body), keeps)


def password_by_link_of_one_with_too_many_devices(world: World) -> Turn:
    turn = password_by_link_alone(world)
    _fill_devices(world, turn.person)
    return turn


def not_me(world: World) -> Turn:
    person = newcomer(world)
    token, thief = linked(world, person, "notme"), token_of(world, person)
    return Turn(person, partial(world.post, "/not-me", {"token": token}), lambda _: world.me(thief).status == 401)


def not_me_of_one_with_another_app(world: World) -> Turn:
    """A thief has replaced the app, and made recovery codes."""
    person = newcomer(world)
    app_of(world, person)
    thief, link = bearer(world.session(person, factor="sms")["session"]["token"]), world.link("notme")
    new = pyotp.TOTP(world.post("/account/factors/totp", headers=thief).body["secret"])
    assert world.post("/account/factors/totp/confirm", {"code": new.at(world.now)}, headers=thief).status == 200
    assert world.post("/account/factors/recovery-codes", headers=thief).status == 200
    world.wait(A_MOMENT)
    return Turn(person, partial(world.post, "/not-me", {"token": link}))


def acceptance(world: World) -> Turn:
    person = newcomer(world, password_hash=None)
    token = linked(world, person, "invitation")
    ask = partial(world.post, "/invitations/accept", {"token": token, "password": NEW_PASSWORD})
    return Turn(person, ask, lambda _: world.sign_in(person, password=NEW_PASSWORD).status == 200)


# --- Settings ---------------------------------------------------------------------------------------------


def new_email(world: World) -> Turn:
    return as_somebody(world, "POST", "/account/email", body={"email": "new@example.com"})


def proof_of_an_email(world: World) -> Turn:
    person = newcomer(world)
    token = linked(world, person, "email", detail="new@example.com")
    return Turn(person, partial(world.post, "/email/confirm", {"token": token}))


def look_at_an_email(world: World) -> Turn:
    """While another one waits to be proved."""
    person = newcomer(world)
    linked(world, person, "email", detail="new@example.com")
    return as_somebody(world, "GET", "/account/email", person)


def cancelled_email(world: World) -> Turn:
    person = newcomer(world)
    headers = signed_in(world, person)
    linked(world, person, "email", detail="new@example.com")
    return Turn(person, lambda: world.call("DELETE", "/account/email", headers=headers))


def undone_email(world: World) -> Turn:
    """By one whose address was changed just now."""
    turn = proof_of_an_email(world)
    turn.ask()
    body = {"token": world.link("undo"), "password": PASSWORD}
    return Turn(turn.person, partial(world.post, "/undo", body))


def undone_email_by_a_guess(world: World) -> Turn:
    turn = undone_email(world)
    return Turn(turn.person, partial(world.post, "/undo", {"token": world.link("undo"), "password": WRONG_PASSWORD}))


def undone_email_by_a_code(world: World) -> Turn:
    person = newcomer(world, phone=None)
    app = app_of(world, person)
    opened = world.verify(world.challenge(person), app.at(world.now)).body
    world.post("/account/email", {"email": "new@example.com"}, headers=bearer(opened["session"]["token"]))
    world.post("/email/confirm", {"token": world.link("email")})
    body = {"token": world.link("undo"), "code": app.at(world.now)}
    return Turn(person, partial(world.post, "/undo", body))


def rescued(world: World) -> tuple[Person, str, dict[str, str]]:
    """Somebody whose rescue suspended a token: they, its id, and the headers of their session of after it."""
    person = newcomer(world)
    thief = signed_in(world, person)
    made = world.post("/tokens", {"name": "x", "scopes": ["profile"]}, headers=thief).body["id"]
    link = world.link("notme")
    world.wait(A_MOMENT)
    assert world.post("/not-me", {"token": link}).status == 204
    world.wait(2 * A_MOMENT)
    asked = world.post("/password-reset/confirm", {"token": world.link("reset"), "password": NEW_PASSWORD})
    opened = world.verify(asked.body["challenge"]["id"], world.code())
    return person, made, bearer(opened.body["session"]["token"])


def list_of_suspended(world: World) -> Turn:
    person, _, headers = rescued(world)
    return Turn(person, lambda: world.call("GET", "/account/suspended", headers=headers))


def confirmed_token(world: World) -> Turn:
    person, token_id, headers = rescued(world)
    return Turn(person, partial(world.post, f"/account/suspended/{token_id}/confirm", headers=headers))


def confirmed_people(world: World) -> Turn:
    owner = newcomer(world, phone=None)
    headers = signed_in(world, owner)
    bounded_person(world, owner)
    keeps = partial(_nobody_waits, world, owner)
    return Turn(owner, partial(world.post, "/account/suspended/confirm", headers=headers), keeps)


def _nobody_waits(_: World, owner: Person, __: Reply) -> bool:
    return not any(user.bounds for user in users.of_account(account_of(owner.user_id)))


def bounded_person(world: World, owner: Person | None = None) -> Person:
    """A sub-user whom a program with a rate limit made."""
    owner = owner or newcomer(world)
    person = newcomer(world)
    bounds = Rights(frozenset(SCOPES), rate_limit=1000, shared_rates=(("maker", 1000),))
    user_id = randomness.user_id(account_of(owner.user_id))
    login = logins.find(person.login)
    user = users.find(person.user_id)[0]
    assert login
    assert user
    account_id = account_of(owner.user_id)
    bound = replace(user, account_id=account_id, user_id=user_id, owner=False, bounds=bounds)
    mine = replace(login, account_id=account_id, user_id=user_id)
    engine.commit(engine.put(row(users.UserItem, bound)), engine.put(row(logins.LoginItem, mine)))
    return replace(person, user_id=user_id)


def session_that_shares_a_rate(world: World) -> Turn:
    return as_somebody(world, "GET", "/session", bounded_person(world))


def sessions_of_one_who_shares_a_rate(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/sessions", bounded_person(world))


def sign_in_after_a_rescue(world: World) -> Turn:
    person, _, _ = rescued(world)
    world.wait(policy.RESEND_AFTER)  # otherwise it shares the code of the reset's sign-in
    ask = partial(world.sign_in, person, password=NEW_PASSWORD)
    return Turn(person, ask, lambda answer: _leads_to_a_session(world, answer))


def recovering(world: World) -> Person:
    """Somebody whose login operators are to recover."""
    person = newcomer(world)
    recovery.ask(person.login, Wanted(drop_factors=True), now=world.now)
    return person


def pending_recovery(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/recovery", recovering(world))


def cancelled_recovery(world: World) -> Turn:
    return as_somebody(world, "DELETE", "/account/recovery", recovering(world))


def recovery_cancelled_by_link(world: World) -> Turn:
    person = recovering(world)
    return Turn(person, partial(world.post, "/recovery/cancel", {"token": world.link("recovery")}))


def look_at_the_policy(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/policy")


def look_at_missing_factors(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/factors/missing")


def new_policy(world: World) -> Turn:
    return as_somebody(world, "PUT", "/account/policy", body=POLICY)


POLICY = {
    "password_profile": "smsapi",
    "password_change": "remind",
    "password_change_days": 30,
    "longest_idle_minutes": 480,
}


def _leads_to_a_session(world: World, challenged: Reply) -> bool:
    """The code that was sent last opens the challenge that was answered."""
    return world.verify(challenged.body["challenge"]["id"], world.code()).status == 200


def _is_a_session(world: World, opened: Reply) -> bool:
    return world.me(opened.body["session"]["token"]).status == 200


FLOWS = {
    "POST /login: right password": Flow(right_password, 200),
    "POST /login: right password, known device": Flow(known_device, 200),
    "POST /login: right password, no second factor": Flow(right_password_alone, 200),
    "POST /login: right password, known device, no second factor": Flow(known_device_alone, 200),
    "POST /login: right password, no second factor, too many devices": Flow(
        right_password_of_one_with_too_many_devices, 200
    ),
    "POST /login: right password, looked for among leaked ones": Flow(password_looked_for, 200),
    "POST /login: right password, hash of yesterday": Flow(hash_of_yesterday, 200),
    "POST /login: right password, codes locked": Flow(locked_codes, 403),
    "POST /login: right password, too many messages": Flow(too_many_messages, 429),
    "POST /login: right password, too many challenges": Flow(too_many_challenges, 429),
    "POST /login: right password, once more at once": Flow(right_password_again, 200),
    "POST /login: right password, just after a session": Flow(right_password_after_a_session, 200),
    "POST /login: right password, given number": Flow(right_password_to_a_given_number, 200),
    "POST /login: right password, given number for the second time": Flow(right_password_to_a_given_number_again, 200),
    "POST /login: wrong password": Flow(wrong_password, 401),
    "POST /login: unknown login": Flow(unknown_login, 401),
    "POST /login: disabled login": Flow(disabled_login, 401),
    "POST /login: too many wrong passwords": Flow(login_that_must_wait, 429),
    "POST /verify-code: right code": Flow(right_code, 200),
    "POST /verify-code: right code, too many devices": Flow(right_code_of_one_with_too_many_devices, 200),
    "POST /verify-code: right code, known device": Flow(right_code_from_known_device, 200),
    "POST /verify-code: right code, given number": Flow(right_code_to_a_given_number, 200),
    "POST /verify-code: right code, repeated sign-in": Flow(right_code_of_a_sign_in_that_was_repeated, 200),
    "POST /verify-code: wrong code, repeated sign-in": Flow(wrong_code_of_a_sign_in_that_was_repeated, 401),
    "POST /verify-code: wrong code": Flow(wrong_code, 401),
    "POST /verify-code: the last wrong code": Flow(last_wrong_code, 401),
    "POST /login: right password, authenticator app": Flow(password_of_one_with_an_app, 200),
    "POST /verify-code: code of an app": Flow(code_of_an_app, 200),
    "POST /verify-code: recovery code": Flow(recovery_code, 200),
    "POST /verify-code: wrong code of an app": Flow(wrong_code_of_an_app, 401),
    "POST /verify-code: right code, confirmation": Flow(code_of_a_confirmation, 200),
    "POST /verify-code/resend": Flow(resend, 200),
    "POST /verify-code/resend: repeated sign-in": Flow(resend_of_a_sign_in_that_was_repeated, 200),
    "POST /verify-code/resend: too late": Flow(resend_too_late, 410),
    "GET /session": Flow(fresh_session, 200),
    "GET /session: a minute after the last use": Flow(worn_session, 200),
    "GET /session: crowded out": Flow(session_crowded_out, 401),
    "POST /session/confirm": Flow(confirmation, 200),
    "POST /session/confirm: no second factor": Flow(confirmation_alone, 200),
    "POST /logout": Flow(logout, 204),
    "POST /account/password": Flow(new_password, 200),
    "POST /account/password: wrong present password": Flow(new_password_by_one_who_is_mistaken, 401),
    "POST /invitations/accept": Flow(acceptance, 204),
    "POST /login/pass": Flow(asked_pass, 204),
    "POST /login/pass: unknown login": Flow(asked_pass_of_nobody, 204),
    "POST /login: right password, with a pass": Flow(password_with_pass, 200),
    "POST /password-reset": Flow(forgotten_password, 204),
    "POST /password-reset: known device": Flow(forgotten_password_on_a_known_device, 204),
    "POST /password-reset: unknown login": Flow(forgotten_login, 204),
    "POST /password-reset/confirm": Flow(password_by_link, 200),
    "POST /password-reset/confirm: no second factor": Flow(password_by_link_alone, 200),
    "POST /password-reset/confirm: no second factor, too many devices": Flow(
        password_by_link_of_one_with_too_many_devices, 200
    ),
    "POST /not-me": Flow(not_me, 204),
    "POST /not-me: another app": Flow(not_me_of_one_with_another_app, 204),
    "POST /undo": Flow(undone_email, 204),
    "POST /undo: wrong password": Flow(undone_email_by_a_guess, 401),
    "POST /undo: code of an app": Flow(undone_email_by_a_code, 204),
    "POST /login: right password, after a rescue": Flow(sign_in_after_a_rescue, 200),
    "GET /account/recovery": Flow(pending_recovery, 200),
    "DELETE /account/recovery": Flow(cancelled_recovery, 204),
    "POST /recovery/cancel": Flow(recovery_cancelled_by_link, 204),
    "GET /account/suspended": Flow(list_of_suspended, 200),
    "POST /account/suspended/{record_id}/confirm": Flow(confirmed_token, 204),
    "POST /account/suspended/confirm": Flow(confirmed_people, 200),
    "GET /session: of a sub-user who shares a rate": Flow(session_that_shares_a_rate, 200),
    "GET /account/sessions: of a sub-user who shares a rate": Flow(sessions_of_one_who_shares_a_rate, 200),
    "GET /account/factors": Flow(list_of_factors, 200),
    "POST /account/factors/sms": Flow(new_phone, 200),
    "POST /account/factors/sms: country closed": Flow(phone_of_a_country_that_is_closed, 422),
    "POST /account/factors/sms: own number": Flow(ones_own_phone, 200),
    "POST /account/factors/sms/confirm": Flow(proof_of_a_phone, 200),
    "POST /account/factors/sms/confirm: another number": Flow(phone_that_is_changed, 200),
    "DELETE /account/factors/sms": Flow(end_of_sms, 204),
    "POST /account/factors/totp": Flow(new_app, 200),
    "POST /account/factors/totp/confirm": Flow(proof_of_an_app, 200),
    "DELETE /account/factors/totp": Flow(end_of_an_app, 204),
    "POST /account/factors/recovery-codes": Flow(new_recovery_codes, 200),
    "GET /account/email": Flow(look_at_an_email, 200),
    "POST /account/email": Flow(new_email, 204),
    "DELETE /account/email": Flow(cancelled_email, 204),
    "POST /email/confirm": Flow(proof_of_an_email, 204),
    "GET /account/factors/missing": Flow(look_at_missing_factors, 200),
    "GET /account/policy": Flow(look_at_the_policy, 200),
    "PUT /account/policy": Flow(new_policy, 200),
    "GET /account/activity": Flow(activity_log, 200),
    "GET /account/activity: the whole account": Flow(activity_of_the_account, 200),
    "GET /account/sessions": Flow(list_of_sessions, 200),
    "DELETE /account/sessions/{session_id}": Flow(end_of_a_session, 204),
    "POST /account/logout-everywhere": Flow(logout_everywhere, 204),
    "POST /account/logout-others": Flow(logout_others, 204),
    "PUT /account/session-length": Flow(choice_of_session_length, 200),
    "GET /account/devices": Flow(list_of_devices, 200),
    "DELETE /account/devices/{device_id}": Flow(end_of_a_device, 204),
}
