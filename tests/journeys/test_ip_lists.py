"""The IP lists over HTTP, from the one address that this machine has: an owner is never out for long."""

from datetime import timedelta

from tests.journeys.people import Person

ELSEWHERE = {"enabled": True, "entries": [{"source": "192.0.2.0/24", "note": "the other office"}]}
HERE = {"enabled": True, "entries": [{"source": "127.0.0.0/8"}]}
OFF = {"enabled": False, "entries": []}

TRIAL = timedelta(minutes=10)
"""As the contract says: then a list that nobody confirmed rolls back."""


def _is_refused(person: Person, token: str) -> bool:
    answer = person.me(token)
    return (answer.status_code, answer.json().get("error")) == (403, "address_not_allowed")


def test_a_list_that_would_lock_its_owner_out_rolls_back_by_itself(person: Person):
    session = person.sign_in()
    dry = person.gets(session, "PUT", "/account/ip-lists/panel", ELSEWHERE | {"dry_run": True})
    assert (dry["saved"], dry["refuses_you"]) == (False, True)
    assert [call["login"] for call in dry["would_refuse"]] == [person.login]
    assert person.is_in(session)
    tried = person.gets(session, "PUT", "/account/ip-lists/panel", ELSEWHERE)
    assert tried["trial_until"]
    assert _is_refused(person, session)
    assert person.login_with().json()["error"] == "address_not_allowed"
    person.stack.let(TRIAL)
    assert person.is_in(session)
    assert person.gets(session, "GET", "/account/ip-lists")["panel"]["enabled"] is False


def test_a_list_that_holds_its_owner_counts_at_once(person: Person):
    session = person.sign_in()
    saved = person.gets(session, "PUT", "/account/ip-lists/panel", HERE)
    assert (saved["trial_until"], saved["refuses_you"]) == (None, False)
    person.stack.let(TRIAL)
    assert person.gets(session, "GET", "/account/ip-lists")["panel"]["entries"][0]["source"] == "127.0.0.0/8"
    assert person.sign_in()


def test_the_list_for_machines_leaves_people_alone(person: Person):
    session = person.sign_in()
    secret = person.gets(session, "POST", "/tokens", {"name": "Cron", "scopes": "tokens"})["access_token"]
    assert person.asks(secret, "GET", "/tokens").ok
    shown = person.gets(session, "PUT", "/account/ip-lists/api", ELSEWHERE)
    assert [call["token_name"] for call in shown["would_refuse"]] == ["Cron"]
    assert person.asks(secret, "GET", "/tokens").json()["error"] == "address_not_allowed"
    assert person.is_in(session)
    person.gets(session, "PUT", "/account/ip-lists/api", OFF)
    assert person.asks(secret, "GET", "/tokens").ok


def test_the_glass_is_broken_with_a_password_and_a_recovery_code(person: Person):
    session = person.sign_in()
    code, *_ = person.gets(session, "POST", "/account/factors/recovery-codes")["recovery_codes"]
    person.gets(session, "PUT", "/account/ip-lists/panel", ELSEWHERE)
    assert _is_refused(person, session)
    glass = {"login": person.login, "password": person.password, "recovery_code": code}
    assert person.stack.post("/ip-lists/break-glass", glass).status_code == 204
    assert person.is_in(session)
    assert person.mail("The lists of addresses were switched off")
    assert person.stack.post("/ip-lists/break-glass", glass).json()["error"] == "invalid_credentials"


def test_an_operator_opens_the_lists(person: Person):
    session = person.sign_in()
    person.gets(session, "PUT", "/account/ip-lists/panel", ELSEWHERE)
    opened = person.stack.furtka("accounts", "open-lists", "--url", person.stack.url, "--login", person.login)
    assert (opened.returncode, opened.stderr) == (0, "")
    assert person.is_in(session)
