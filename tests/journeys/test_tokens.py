"""API tokens over HTTP: a program gets one, does what it may, and is warned, rotated and ended in time."""

from datetime import timedelta

from tests.journeys.people import NEW_PASSWORD, Person

DAY = timedelta(days=1)
OFFICE = "192.0.2.0/24"


def _make(person: Person, session: str, **order: object) -> dict[str, object]:
    return dict(person.gets(session, "POST", "/tokens", {"name": "Cron", "scopes": "sms tokens", **order}))


def _works(person: Person, secret: object) -> bool:
    return person.asks(str(secret), "GET", "/tokens").status_code == 200


def test_the_demo_accounts_token_works_from_the_start(newcomer: Person):
    listed = newcomer.gets(newcomer.stack.demo["api_token"], "GET", "/tokens")
    assert [token["name"] for token in listed["collection"]] == ["Demo"]


def test_a_token_does_what_it_was_given_and_nothing_else(person: Person):
    session = person.sign_in()
    made = _make(person, session)
    assert person.mail("An API token was made")
    secret = str(made["access_token"])
    assert _works(person, secret)
    assert person.asks(secret, "GET", "/account/sessions").json()["error"] == "session_only"
    more = person.asks(secret, "POST", "/tokens", {"name": "Child", "scopes": "contacts"})
    assert (more.status_code, more.json()["error"]) == (403, "exceeds_own_rights")
    child = person.gets(secret, "POST", "/tokens", {"name": "Child", "scopes": "sms"})
    refused = person.asks(child["access_token"], "GET", "/tokens")
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    assert 'scope="tokens"' in refused.headers["WWW-Authenticate"]


def test_a_token_outlives_a_password_and_every_session(person: Person):
    session = person.sign_in()
    secret = _make(person, session)["access_token"]
    change = {"current_password": person.password, "password": NEW_PASSWORD}
    session = person.gets(session, "POST", "/account/password", change)["session"]["token"]
    person.gets(session, "POST", "/account/logout-everywhere")
    assert not person.is_in(session)
    assert _works(person, secret)


def test_a_secret_is_rotated_with_a_day_in_which_both_work(person: Person):
    session = person.sign_in()
    made = _make(person, session)
    turned = person.gets(session, "POST", f"/tokens/{made['id']}/rotate")
    assert [_works(person, one["access_token"]) for one in (made, turned)] == [True, True]
    person.stack.let(DAY)
    assert [_works(person, one["access_token"]) for one in (made, turned)] == [False, True]


def test_whoever_has_a_token_that_ends_is_told_a_month_a_week_and_a_day_before(person: Person):
    session = person.sign_in()
    until = person.stack.now + 40 * DAY
    secret = _make(person, session, expiration_date=f"{until:%Y-%m-%dT%H:%M:%SZ}")["access_token"]
    for _ in range(41):
        person.stack.fire("Daily")
        person.stack.let(DAY)
    person.sign_in()  # what it sends lies behind all else on the queue
    assert len(person.stack.sent("email", person.email, about="is about to end")) == 3
    assert not _works(person, secret)


def test_a_leaked_token_is_killed_by_whoever_finds_it(person: Person):
    secret = _make(person, person.sign_in())["access_token"]
    assert person.stack.post("/tokens/found", {"token": secret}).status_code == 204
    assert not _works(person, secret)
    assert person.mail("Cron")


def test_a_token_is_good_from_its_own_addresses_alone(person: Person):
    secret = _make(person, person.sign_in(), ip_list=[OFFICE])["access_token"]
    refused = person.asks(str(secret), "GET", "/tokens")
    assert (refused.status_code, refused.json()["error"]) == (403, "address_not_allowed")


def test_a_token_is_listed_narrowed_switched_off_and_deleted(person: Person):
    session = person.sign_in()
    made = _make(person, session)
    path = f"/tokens/{made['id']}"
    assert person.gets(session, "PATCH", path, {"scopes": ["tokens"]})["scope"][0]["scope"] == "tokens"
    assert person.gets(session, "PATCH", path, {"active": False})["active"] is False
    assert not _works(person, made["access_token"])
    assert [token["id"] for token in person.gets(session, "GET", "/tokens")["collection"]] == [made["id"]]
    person.gets(session, "DELETE", path)
    assert person.asks(session, "GET", path).json()["error"] == "not_found"
