"""A sub-user's life over HTTP: made by an owner, let in once, then on their own, limited, switched off, deleted."""

from datetime import timedelta
from itertools import count

import requests

from tests.journeys.client import Stack
from tests.journeys.people import Person

GIVEN, ANOTHER, OWN = "Sunday-Ferry-31", "Monday-Train-52", "Tulip-Wagon-42"
NAMES = count(1)
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
EVERYTHING = "sms sms_sender sms_authenticator contacts profile subusers tokens"


class Subuser:
    """Somebody whom *owner* has made, with a password of hers to begin with."""

    def __init__(self, owner: Person, session: str, *, email: bool = False, **facts: object) -> None:
        self.stack, self.owner = owner.stack, owner
        self.login = f"shop-{next(NAMES)}-of-{owner.login}" + ("@example.com" if email else "")
        order = {"credentials": {"username": self.login, "password": GIVEN}, "active": True, **facts}
        self.made = owner.gets(session, "POST", "/subusers", order)
        self.path = f"/subusers/{self.made['id']}"

    def login_with(self, password: str) -> requests.Response:
        return self.stack.post("/login", {"login": self.login, "password": password})

    def sign_in(self, password: str = OWN) -> str:
        answer = self.login_with(password)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["session"]["token"])

    def settles(self, password: str = GIVEN) -> str:
        """Chooses a password of their own; the token of the session that goes on."""
        change = {"current_password": password, "password": OWN}
        return str(self.gets(self.sign_in(password), "POST", "/account/password", change)["session"]["token"])

    def asks(self, secret: str, method: str, path: str, body: object = None) -> requests.Response:
        return self.owner.asks(secret, method, path, body)

    def gets(self, secret: str, method: str, path: str, body: object = None) -> dict[str, dict[str, str]]:
        return dict(self.owner.gets(secret, method, path, body))


def _is_in(stack: Stack, session: str) -> bool:
    return stack.call("GET", "/session", headers={"Authorization": f"Bearer {session}"}).status_code == 200


def test_a_password_that_was_given_is_changed_at_the_first_sign_in_and_good_for_no_other(newcomer: Person):
    subuser = Subuser(newcomer, newcomer.sign_in())
    assert newcomer.mail("A sub-user was made")
    session = subuser.sign_in(GIVEN)
    for path in ("/account/sessions", "/tokens", "/account/factors", "/account/activity"):
        refused = subuser.asks(session, "GET", path)
        assert (refused.status_code, refused.json()["error"]) == (403, "password_change_required")
    again = subuser.login_with(GIVEN)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_credentials")
    change = {"current_password": GIVEN, "password": OWN}
    own = subuser.gets(session, "POST", "/account/password", change)["session"]["token"]
    assert subuser.asks(own, "GET", "/account/sessions").ok
    assert subuser.login_with(GIVEN).status_code == 401
    assert subuser.asks(subuser.sign_in(), "GET", "/tokens").ok


def test_a_password_that_was_given_is_good_for_three_days(newcomer: Person):
    session = newcomer.sign_in()
    early, late = Subuser(newcomer, session), Subuser(newcomer, session)
    newcomer.stack.let(timedelta(days=3, minutes=-5))
    assert early.login_with(GIVEN).status_code == 200
    newcomer.stack.let(timedelta(minutes=5))
    assert late.login_with(GIVEN).status_code == 401
    newcomer.gets(newcomer.sign_in(), "PUT", late.path, {"credentials": {"password": ANOTHER}})
    assert late.settles(ANOTHER)


def test_what_their_owner_leaves_them_bounds_their_tokens_at_once(newcomer: Person):
    session = newcomer.sign_in()
    subuser = Subuser(newcomer, session, permissions=["sms", "tokens"])
    own = subuser.settles()
    refused = subuser.asks(own, "POST", "/tokens", {"name": "Shop", "scopes": "contacts"})
    assert (refused.status_code, refused.json()["error"]) == (403, "exceeds_own_rights")
    token = str(subuser.gets(own, "POST", "/tokens", {"name": "Shop", "scopes": "tokens sms"})["access_token"])
    assert subuser.asks(token, "GET", "/tokens").ok
    newcomer.gets(session, "PUT", subuser.path, {"permissions": ["sms"]})
    assert subuser.asks(token, "GET", "/tokens").json()["error"] == "insufficient_scope"
    for method in ("GET", "PUT", "DELETE"):
        refused = subuser.asks(token, method, subuser.path, {"points": {"from_account": 1000}})
        assert (refused.status_code, refused.json()["error"]) == (403, "owner_only")


def test_they_send_in_their_hours_and_only_then(newcomer: Person):
    added = newcomer.stack.furtka("accounts", "points", "--url", newcomer.stack.url, "--login", newcomer.login, "10")
    assert added.returncode == 0, added.stderr
    session, hour = newcomer.sign_in(), newcomer.stack.now.hour
    hours = {"days": DAYS, "begin": f"{hour:02}:00", "end": f"{(hour + 2) % 24:02}:00", "zone": "UTC"}
    subuser = Subuser(newcomer, session, hours=hours, points={"from_account": 1})
    assert newcomer.gets(session, "GET", subuser.path)["hours"] == hours
    own = subuser.settles()
    token = str(subuser.gets(own, "POST", "/tokens", {"name": "Shop", "scopes": "sms"})["access_token"])
    message = {"to": newcomer.phone, "message": "Hello", "format": "json"}
    assert subuser.gets(token, "POST", "/sms.do", message)["count"] == 1
    assert newcomer.stack.message("sms", newcomer.phone) == "Hello"
    newcomer.stack.let(timedelta(hours=2))
    assert subuser.gets(token, "POST", "/sms.do", message)["error"] == 74
    newcomer.gets(newcomer.sign_in(), "PUT", subuser.path, {"hours": ""})
    assert subuser.gets(token, "POST", "/sms.do", message)["count"] == 1


def test_points_of_a_month_are_there_again_in_the_next(newcomer: Person):
    session = newcomer.sign_in()
    subuser = Subuser(newcomer, session, points={"from_account": 3, "per_month": 5})
    newcomer.stack.let(timedelta(days=31))
    session = newcomer.sign_in()
    told = newcomer.gets(session, "GET", subuser.path)["points"]
    assert told == {"from_account": 3.0, "per_month": 5.0}


def test_switched_off_they_are_out_at_once_and_on_again_they_sign_in_anew(newcomer: Person):
    session = newcomer.sign_in()
    subuser = Subuser(newcomer, session)
    own = subuser.settles()
    token = str(subuser.gets(own, "POST", "/tokens", {"name": "Shop", "scopes": "tokens"})["access_token"])
    newcomer.gets(session, "PUT", subuser.path, {"active": False})
    assert not _is_in(newcomer.stack, own)
    assert subuser.asks(token, "GET", "/tokens").status_code == 401
    assert subuser.login_with(OWN).status_code == 401
    newcomer.gets(session, "PUT", subuser.path, {"active": True})
    assert not _is_in(newcomer.stack, own)
    assert subuser.asks(token, "GET", "/tokens").ok
    assert _is_in(newcomer.stack, subuser.sign_in())


def test_deleted_they_are_gone_and_their_login_leads_to_nothing_of_theirs(newcomer: Person):
    session = newcomer.sign_in()
    subuser = Subuser(newcomer, session)
    own = subuser.settles()
    token = str(subuser.gets(own, "POST", "/tokens", {"name": "Shop", "scopes": "tokens"})["access_token"])
    assert newcomer.asks(session, "DELETE", subuser.path).status_code == 204
    assert not _is_in(newcomer.stack, own)
    assert subuser.asks(token, "GET", "/tokens").status_code == 401
    assert newcomer.asks(session, "GET", subuser.path).json()["message"] == "Not found"
    order = {"credentials": {"username": subuser.login, "password": ANOTHER}, "active": True}
    other = newcomer.gets(session, "POST", "/subusers", order)
    assert other["id"] != subuser.made["id"]
    assert subuser.login_with(OWN).status_code == 401
    assert _is_in(newcomer.stack, subuser.sign_in(ANOTHER))


def test_they_have_a_second_factor_of_their_own(newcomer: Person):
    session = newcomer.sign_in()
    subuser = Subuser(newcomer, session)
    own = subuser.settles()
    made = subuser.gets(own, "POST", "/account/factors/totp")
    assert str(made["provisioning_uri"]).startswith("otpauth://")
    assert newcomer.login_with().json().get("session")


def test_a_token_of_the_owner_manages_them_as_the_owner_does(newcomer: Person):
    session = newcomer.sign_in()
    made = newcomer.gets(session, "POST", "/tokens", {"name": "Admin", "scopes": EVERYTHING})
    token = str(made["access_token"])
    subuser = Subuser(newcomer, token, email=True)
    assert newcomer.stack.sent("email", subuser.login) == []
    assert newcomer.gets(token, "GET", "/subusers")["size"] == 1
    newcomer.gets(token, "PUT", subuser.path, {"credentials": {"password": ANOTHER}})
    assert newcomer.stack.message("email", subuser.login, about="A password was given to you")
    assert newcomer.asks(token, "DELETE", subuser.path).status_code == 204
    assert newcomer.gets(token, "GET", "/subusers") == {"size": 0, "collection": []}
