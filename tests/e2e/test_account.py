"""The Security tab on the deployed stack: its function's role lets it do what it promises."""

from tests.e2e.people import Person, bearer


def test_a_user_sees_his_sessions_and_devices_and_logs_out_everywhere(owner: Person):
    token = owner.opens_session()
    sessions = owner.sends("GET", "/account/sessions", headers=bearer(token))
    assert [session["current"] for session in sessions.body["sessions"]] == [True]
    (device,) = owner.sends("GET", "/account/devices", headers=bearer(token)).body["devices"]
    assert owner.sends("DELETE", f"/account/devices/{device['id']}", headers=bearer(token)).status == 204
    assert owner.sends("POST", "/account/logout-others", headers=bearer(token)).status == 204
    assert owner.sends("GET", "/session", headers=bearer(token)).status == 200
    assert owner.sends("POST", "/account/logout-everywhere", headers=bearer(token)).status == 204
    assert owner.sends("GET", "/session", headers=bearer(token)).status == 401


def test_a_user_ends_one_of_his_sessions(owner: Person):
    token = owner.opens_session()
    (session,) = owner.sends("GET", "/account/sessions", headers=bearer(token)).body["sessions"]
    assert owner.sends("DELETE", f"/account/sessions/{session['id']}", headers=bearer(token)).status == 204
    assert owner.sends("GET", "/session", headers=bearer(token)).status == 401
