"""The Security tab on the deployed stack: its function's role lets it do what it promises."""

from tests.e2e.people import PASSWORD, Person, bearer

POLICY = {
    "password_profile": "nist",
    "password_change": "off",
    "password_change_days": 30,
    "longest_idle_minutes": 60,
}


def test_a_user_sees_their_sessions_and_devices_and_logs_out_everywhere(owner: Person):
    token = owner.opens_session()
    sessions = owner.sends("GET", "/account/sessions", headers=bearer(token))
    assert [session["current"] for session in sessions.body["sessions"]] == [True]
    (device,) = owner.sends("GET", "/account/devices", headers=bearer(token)).body["devices"]
    assert owner.sends("DELETE", f"/account/devices/{device['id']}", headers=bearer(token)).status == 204
    assert owner.sends("POST", "/account/logout-others", headers=bearer(token)).status == 204
    assert owner.sends("GET", "/session", headers=bearer(token)).status == 200
    assert owner.sends("POST", "/account/logout-everywhere", headers=bearer(token)).status == 204
    assert owner.sends("GET", "/session", headers=bearer(token)).status == 401


def test_a_user_ends_one_of_their_sessions(owner: Person):
    token = owner.opens_session()
    (session,) = owner.sends("GET", "/account/sessions", headers=bearer(token)).body["sessions"]
    assert owner.sends("DELETE", f"/account/sessions/{session['id']}", headers=bearer(token)).status == 204
    assert owner.sends("GET", "/session", headers=bearer(token)).status == 401


def test_a_user_confirms_their_session_and_decides_what_their_account_asks(owner: Person):
    token, got = owner.opens_session(), len(owner.messages())
    asked = owner.may(token, "POST", "/session/confirm", {"password": PASSWORD})["challenge"]["id"]
    confirmed = owner.answers(asked, owner.code(got + 1)).body["session"]["token"]
    assert [owner.is_in(one) for one in (token, confirmed)] == [False, True]
    decided = POLICY | {"check_breached_passwords": False, "second_factor_required_from": None}
    assert owner.may(confirmed, "PUT", "/account/policy", POLICY) == decided
    assert owner.may(confirmed, "GET", "/account/policy") == decided
    assert owner.may(confirmed, "PUT", "/account/session-length", {"idle_minutes": 5})["idle_seconds"] == 300


def test_a_new_address_is_proved_by_its_link_and_stands_in_the_log(owner: Person):
    token, another = owner.opens_session(), Person(owner.stack)
    owner.may(token, "POST", "/account/email", {"email": another.email})
    link = another.link("email", "Confirm your e-mail address")
    assert owner.sends("POST", "/email/confirm", {"token": link}).status == 204
    for reader in (owner, another):
        assert reader.letter("Your e-mail address was changed")
    for scope in ("own", "account"):
        page = owner.may(token, "GET", f"/account/activity?scope={scope}&limit=2")
        assert [entry["event"] for entry in page["entries"]] == ["user_email_changed", "user_email_change_request"]
        assert page["next"]
