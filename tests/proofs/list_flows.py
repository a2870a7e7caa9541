"""Requests about where from people and machines may come: who sends them, and how they are answered."""

from dataclasses import replace
from functools import partial
from typing import Any

from shared.domain.identifiers import account_of
from shared.domain.ip_lists import IpList
from shared.domain.sessions import A_MOMENT
from shared.storage import accounts, engine
from tests.proofs.session_flows import recovery_codes_of
from tests.proofs.turns import NEW_PASSWORD, WRONG_PASSWORD, Flow, Turn, as_somebody, newcomer, signed_in
from tests.support.events import HOME
from tests.support.world import PASSWORD, Person, World

INSIDE = [{"source": HOME, "note": "the office"}]
ELSEWHERE = [{"source": "192.0.2.0/24"}]
API_PASSWORD = "Quiet-Harbour-93-Lamps"


def decide(person: Person, **lists: Any) -> None:
    """The account's lists are such; *lists* are fields of the account by name."""
    account = accounts.find(account_of(person.user_id))
    assert account
    engine.commit(accounts.setting_lists(account, **lists))


def at_home(world: World) -> IpList:
    return IpList(on=True, sources=HOME, changed_at=world.now)


def password_within_a_list(world: World) -> Turn:
    person = newcomer(world)
    decide(person, panel=at_home(world))
    return Turn(person, lambda: world.sign_in(person))


def password_from_outside(world: World) -> Turn:
    person = newcomer(world)
    decide(person, panel=at_home(world))
    return Turn(person, lambda: world.sign_in(person, address="192.0.2.1"))


def code_from_outside(world: World) -> Turn:
    person = newcomer(world)
    challenge_id, code = world.challenge(person), world.code()
    decide(person, panel=at_home(world))
    return Turn(person, lambda: world.verify(challenge_id, code, address="192.0.2.1"))


def session_from_outside(world: World) -> Turn:
    person = newcomer(world)
    headers = signed_in(world, person)
    decide(person, panel=at_home(world))
    return Turn(person, lambda: world.call("GET", "/session", headers=headers, address="192.0.2.1"))


def look(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/ip-lists")


def list_for_people(world: World) -> Turn:
    return as_somebody(world, "PUT", "/account/ip-lists/panel", body={"enabled": True, "entries": INSIDE})


def list_on_trial(world: World) -> Turn:
    return as_somebody(world, "PUT", "/account/ip-lists/panel", body={"enabled": True, "entries": ELSEWHERE})


def list_for_machines(world: World) -> Turn:
    return as_somebody(world, "PUT", "/account/ip-lists/api", body={"enabled": True, "entries": ELSEWHERE})


def dry_run(world: World) -> Turn:
    body = {"enabled": True, "entries": ELSEWHERE, "dry_run": True}
    return as_somebody(world, "PUT", "/account/ip-lists/panel", body=body)


def confirmation(world: World) -> Turn:
    person = newcomer(world)
    headers = signed_in(world, person)
    decide(person, panel=IpList().proposing(on=True, sources=HOME, on_trial=True, now=world.now))
    ask = partial(world.post, "/account/ip-lists/panel/confirm", headers=headers)
    return Turn(person, ask)


def broken_glass(world: World) -> Turn:
    person = newcomer(world)
    code, *_ = recovery_codes_of(world, person)
    decide(person, panel=replace(at_home(world), sources="192.0.2.1"))
    body = {"login": person.login, "password": PASSWORD, "recovery_code": code}
    return Turn(person, partial(world.post, "/ip-lists/break-glass", body))


def wrong_password_at_the_glass(world: World) -> Turn:
    person = newcomer(world)
    code, *_ = recovery_codes_of(world, person)
    body = {"login": person.login, "password": WRONG_PASSWORD, "recovery_code": code}
    return Turn(person, partial(world.post, "/ip-lists/break-glass", body))


def wrong_code_at_the_glass(world: World) -> Turn:
    person = newcomer(world)
    recovery_codes_of(world, person)
    body = {"login": person.login, "password": PASSWORD, "recovery_code": "0" * 24}
    return Turn(person, partial(world.post, "/ip-lists/break-glass", body))


def wrong_code_at_the_glass_again(world: World) -> Turn:
    """Its user was told of one before it."""
    turn = wrong_code_at_the_glass(world)
    turn.ask()
    return turn


# --- The legacy mode --------------------------------------------------------------------------------------


def look_at_sending(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/sending")


def stop_sending(world: World) -> Turn:
    return as_somebody(world, "PUT", "/account/sending", body={"enabled": False})


def look_at_the_legacy_mode(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/legacy-api")


def legacy_mode(world: World) -> Turn:
    person = newcomer(world)
    decide(person, api=at_home(world))
    return as_somebody(world, "PUT", "/account/legacy-api", person, body={"enabled": True})


def api_password(world: World) -> Turn:
    return as_somebody(world, "PUT", "/account/api-password", body={"password": API_PASSWORD})


def end_of_an_api_password(world: World) -> Turn:
    person = newcomer(world)
    headers = signed_in(world, person)
    assert world.call("PUT", "/account/api-password", {"password": NEW_PASSWORD}, headers=headers).status == 204
    world.wait(A_MOMENT)
    return Turn(person, lambda: world.call("DELETE", "/account/api-password", headers=headers))


# --- Delivery reports -------------------------------------------------------------------------------------


def look_at_the_reports_url(world: World) -> Turn:
    return as_somebody(world, "GET", "/account/delivery-reports")


def reports_url(world: World) -> Turn:
    return as_somebody(world, "PUT", "/account/delivery-reports", body={"notify_url": "https://shop.example/report"})


FLOWS = {
    "POST /login: right password, from within the list": Flow(password_within_a_list, 200),
    "POST /login: right password, from outside the list": Flow(password_from_outside, 403),
    "POST /verify-code: right code, from outside the list": Flow(code_from_outside, 403),
    "GET /session: from outside the list": Flow(session_from_outside, 403),
    "GET /account/ip-lists": Flow(look, 200),
    "PUT /account/ip-lists/{name}": Flow(list_for_people, 200),
    "PUT /account/ip-lists/{name}: on trial": Flow(list_on_trial, 200),
    "PUT /account/ip-lists/{name}: for machines": Flow(list_for_machines, 200),
    "PUT /account/ip-lists/{name}: dry run": Flow(dry_run, 200),
    "POST /account/ip-lists/{name}/confirm": Flow(confirmation, 200),
    "POST /ip-lists/break-glass": Flow(broken_glass, 204),
    "POST /ip-lists/break-glass: wrong password": Flow(wrong_password_at_the_glass, 401),
    "POST /ip-lists/break-glass: wrong recovery code": Flow(wrong_code_at_the_glass, 401),
    "POST /ip-lists/break-glass: wrong recovery code, told before": Flow(wrong_code_at_the_glass_again, 401),
    "GET /account/sending": Flow(look_at_sending, 200),
    "PUT /account/sending": Flow(stop_sending, 200),
    "GET /account/delivery-reports": Flow(look_at_the_reports_url, 200),
    "PUT /account/delivery-reports": Flow(reports_url, 200),
    "GET /account/legacy-api": Flow(look_at_the_legacy_mode, 200),
    "PUT /account/legacy-api": Flow(legacy_mode, 200),
    "PUT /account/api-password": Flow(api_password, 204),
    "DELETE /account/api-password": Flow(end_of_an_api_password, 204),
}
