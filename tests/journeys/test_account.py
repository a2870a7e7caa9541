"""The Security tab over HTTP: where am I signed in, for how long, at which address, and what happened."""

from datetime import datetime, timedelta

from tests.journeys.people import CONFIRMED_FOR, NEW_PASSWORD, Person

POLICY = {
    "password_profile": "nist",
    "password_change": "remind",
    "password_change_days": 60,
    "longest_idle_minutes": 30,
}
MINUTE = timedelta(minutes=1)
NEW_DEVICE = "A sign-in from a new device"


# --- Sessions -----------------------------------------------------------------------------------------------


def test_a_user_finds_a_strange_session_and_ends_it_and_then_all(person: Person):
    strange, mine = person.sign_in(), person.sign_in()
    listed = person.gets(mine, "GET", "/account/sessions")["sessions"]
    assert sorted(session["current"] for session in listed) == [False, True]
    other = next(session["id"] for session in listed if not session["current"])
    assert person.asks(mine, "DELETE", f"/account/sessions/{other}").status_code == 204
    assert not person.is_in(strange)
    assert person.asks(mine, "DELETE", f"/account/sessions/{other}").json()["error"] == "not_found"
    assert person.asks(mine, "POST", "/account/logout-everywhere").status_code == 204
    assert not person.is_in(mine)


def test_a_session_lasts_as_long_without_use_as_its_user_chose(newcomer: Person):
    token = newcomer.sign_in()
    assert newcomer.gets(token, "PUT", "/account/session-length", {"idle_minutes": 5})["idle_seconds"] == 300
    newcomer.stack.let(4 * MINUTE)
    assert newcomer.is_in(token)
    newcomer.stack.let(5 * MINUTE)
    assert not newcomer.is_in(token)
    later = newcomer.sign_in()
    assert newcomer.me(later).json()["session"]["idle_seconds"] == 300
    odd = newcomer.asks(later, "PUT", "/account/session-length", {"idle_minutes": 6})
    assert (odd.status_code, odd.json()["error"]) == (422, "invalid_request")


def test_where_one_session_too_many_is_opened_the_oldest_ends(newcomer: Person):
    tokens = [newcomer.sign_in(device_token=newcomer.device) for _ in range(21)]
    assert [newcomer.is_in(token) for token in tokens] == [False] + [True] * 20


def test_a_device_that_is_forgotten_is_a_stranger_again(newcomer: Person):
    token = newcomer.sign_in()
    (device,) = newcomer.gets(token, "GET", "/account/devices")["devices"]
    newcomer.gets(token, "DELETE", f"/account/devices/{device['id']}")
    assert newcomer.is_in(token)
    before = len(newcomer.stack.outbox())
    newcomer.sign_in(device_token=newcomer.device)
    assert newcomer.mail(NEW_DEVICE, after=before)


# --- E-mail and what the account asks -----------------------------------------------------------------------


def test_a_new_address_counts_once_its_link_is_opened_and_both_addresses_are_told(newcomer: Person):
    token, new = newcomer.sign_in(), f"new-{newcomer.email}"
    assert newcomer.asks(token, "POST", "/account/email", {"email": new}).status_code == 204
    link = newcomer.link_for("email", to=new)
    assert newcomer.stack.post("/email/confirm", {"token": link}).status_code == 204
    for address in (newcomer.email, new):
        assert newcomer.stack.message("email", address, about="Your e-mail address was changed")
    assert newcomer.is_in(token)
    again = newcomer.stack.post("/email/confirm", {"token": link})
    assert (again.status_code, again.json()["error"]) == (410, "link_closed")
    before = len(newcomer.stack.outbox())
    assert newcomer.stack.post("/password-reset", {"login": newcomer.login}).status_code == 204
    assert newcomer.link_for("reset", after=before, to=new)


def test_a_link_to_a_new_address_is_void_once_its_owner_ended_everything(newcomer: Person):
    """Whoever had the account for a while keeps nothing that would give it back to them."""
    token, new = newcomer.sign_in(), f"thief-{newcomer.email}"
    newcomer.gets(token, "POST", "/account/email", {"email": new})
    link = newcomer.link_for("email", to=new)
    newcomer.gets(newcomer.sign_in(), "POST", "/account/logout-everywhere")
    assert newcomer.stack.post("/email/confirm", {"token": link}).json()["error"] == "link_closed"


def test_what_is_sensitive_is_refused_until_the_password_was_given_once_more(newcomer: Person):
    token, email = newcomer.sign_in(), {"email": "elsewhere@example.com"}
    newcomer.stack.let(CONFIRMED_FOR)
    for method, path, body in (("POST", "/account/email", email), ("PUT", "/account/policy", POLICY)):
        refused = newcomer.asks(token, method, path, body)
        assert (refused.status_code, refused.json()["error"]) == (401, "insufficient_user_authentication")
    confirmed = newcomer.confirm(token)
    assert [newcomer.is_in(one) for one in (token, confirmed)] == [False, True]
    assert newcomer.asks(confirmed, "PUT", "/account/policy", POLICY).ok


def test_what_the_owner_decides_holds_from_then_on(newcomer: Person):
    token = newcomer.sign_in()
    decided = POLICY | {"check_breached_passwords": False, "second_factor_required_from": None}
    assert newcomer.gets(token, "PUT", "/account/policy", POLICY) == decided
    assert newcomer.gets(token, "GET", "/account/policy") == decided
    assert newcomer.mail("The rules for passwords were changed")
    longer = newcomer.asks(token, "PUT", "/account/session-length", {"idle_minutes": 60})
    assert (longer.status_code, longer.json()["error"]) == (403, "account_policy")
    short = {"current_password": newcomer.password, "password": "kotkotkot-8-A"}
    refused = newcomer.asks(token, "POST", "/account/password", short)
    assert [miss["error"] for miss in refused.json()["errors"]] == ["too_short"]
    newcomer.stack.let(30 * MINUTE)
    assert not newcomer.is_in(token)


# --- Activity -----------------------------------------------------------------------------------------------


def test_a_user_reads_what_happened_newest_first_and_page_by_page(newcomer: Person):
    token = newcomer.sign_in()
    newcomer.adds_app(token)
    for minutes in (5, 15, 30, 60, 120):
        newcomer.gets(token, "PUT", "/account/session-length", {"idle_minutes": minutes})
    read, cursor = [], ""
    while cursor is not None:
        page = newcomer.gets(token, "GET", f"/account/activity?limit=3{cursor and f'&cursor={cursor}'}")
        assert len(page["entries"]) <= 3
        read += page["entries"]
        cursor = page["next"]
    assert [entry["event"] for entry in read] == [
        *["session_length_changed"] * 5,
        "authn_factor_enabled",
        "authn_login_success",
        "user_invitation_accepted",
        "user_created",
    ]
    assert [entry["at"] for entry in read] == sorted((entry["at"] for entry in read), reverse=True)
    assert {entry["actor"] for entry in read} == {newcomer.login, "link", "operator"}
    assert all(entry["request_id"] and entry["address"] for entry in read if entry["actor"] != "operator")


def test_a_user_looks_for_one_kind_and_for_one_time(newcomer: Person):
    newcomer.sign_in()
    newcomer.stack.let(timedelta(days=2))
    token, noon = newcomer.sign_in(), newcomer.stack.now - timedelta(days=1)
    assert [entry["event"] for entry in found(newcomer, token, f"since={instant(noon)}")] == ["authn_login_success"]
    earlier = found(newcomer, token, f"until={instant(noon)}&event=authn_login_success")
    assert [entry["event"] for entry in earlier] == ["authn_login_success"]
    assert earlier[0]["at"] < instant(noon)
    unknown = newcomer.asks(token, "GET", "/account/activity?kind=authn_login_success")
    assert (unknown.status_code, unknown.json()["error"]) == (422, "invalid_request")


def test_what_happened_is_kept_for_a_year(newcomer: Person):
    newcomer.stack.let(timedelta(days=364))
    assert found(newcomer, newcomer.sign_in(), "event=user_created")
    newcomer.stack.let(timedelta(days=1))
    assert found(newcomer, newcomer.sign_in(), "event=user_created") == []


def test_nothing_secret_is_in_what_a_user_reads(person: Person):
    token = person.sign_in()
    codes = person.gets(token, "POST", "/account/factors/recovery-codes")["recovery_codes"]
    order = {"current_password": person.password, "password": NEW_PASSWORD}
    token = person.gets(token, "POST", "/account/password", order)["session"]["token"]
    read = person.asks(token, "GET", "/account/activity?scope=account").text
    assert "authn_recovery_codes_created" in read
    for secret in (*codes, person.password, NEW_PASSWORD, person.phone, token):
        assert secret not in read


def found(person: Person, token: str, query: str) -> list[dict[str, str]]:
    return list(person.gets(token, "GET", f"/account/activity?{query}")["entries"])


def instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
