"""Messages, codes, sub-users and contacts on the deployed stack: what a program sends is paid for and leaves once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any
from urllib.parse import urlencode

import pytest

from shared import policy
from shared.delivery import notices
from shared.delivery.notices import MessageQueued
from shared.domain.identifiers import account_of
from shared.domain.sending_hours import DAYS
from tests.e2e import people
from tests.e2e.deployment import Stack
from tests.e2e.people import HTTP, Answer, Person, bearer
from tests.e2e.test_notices import put, wait_until_taken
from tests.e2e.test_reminders import fire
from tests.e2e.test_tokens import make

EVERYTHING = "sms sms_sender sms_authenticator contacts profile subusers tokens"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GIVEN, OWN = "Sunday-Ferry-31", "Tulip-Wagon-42"
TEXT = "Zażółć gęślą jaźń"
WARSAW = "Europe/Warsaw"


class Shop:
    """A program with a token of *person*, who made it with *session*."""

    def __init__(self, person: Person, session: str, scopes: str = EVERYTHING) -> None:
        self.person, self.session = person, session
        self.secret = make(person, session, scopes=scopes)["access_token"]

    def asks(self, method: str, path: str, body: object = None) -> Answer:
        return self.person.sends(method, path, body, bearer(self.secret))

    def gets(self, method: str, path: str, body: object = None) -> Any:
        answer = self.asks(method, path, body)
        assert answer.status in {200, 201}, answer
        return answer.body

    def form(self, path: str, **form: object) -> Answer:
        """As most clients send."""
        return self._posts(path, body=urlencode(form), headers=bearer(self.secret) | FORM)

    def multipart(self, path: str, **form: str) -> Answer:
        """As the client for C# sends everything."""
        return self._posts(path, fields=form, headers=bearer(self.secret))

    def sms(self, to: Person | None = None, **parameters: object) -> Any:
        """What sms.do says of a message to somebody, always under 200."""
        reader = {"to": to.phone.lstrip("+")} if to else {}
        answer = self.form("/sms.do", format="json", message="hello", **reader, **parameters)
        assert answer.status == 200, answer
        return answer.body

    def sends(self, to: Person | None = None, **parameters: object) -> Any:
        """The only message that it took."""
        answer = self.sms(to, **parameters)
        assert "list" in answer, answer
        (item,) = answer["list"]
        return item

    def status(self, message: Any) -> str:
        answer = self.asks("GET", f"/sms.do?format=json&status={message['id']}")
        return str(answer.body["list"][0]["status"])

    @property
    def points(self) -> float:
        return float(self.gets("GET", "/profile")["points"])

    def _posts(self, path: str, **request: Any) -> Answer:
        answer = HTTP.request("POST", self.person.stack.url + path, **request)
        return Answer(answer.status, answer.data.decode(), answer.headers)


@pytest.fixture
def shop(owner: Person) -> Shop:
    """Of somebody whose account has ten points."""
    people.operate(owner, "points", "10")
    return Shop(owner, owner.opens_session())


@pytest.fixture
def reader(stack: Stack) -> Person:
    """Somebody with a phone, and no more than that."""
    return Person(stack)


def subuser(shop: Shop, **facts: object) -> tuple[Person, str]:
    """Somebody new in the account of *shop*, whose password was given to them; and where they are found."""
    person = Person(shop.person.stack)
    order = {"credentials": {"username": person.login, "password": GIVEN}, "active": True, **facts}
    made = shop.person.sends("POST", "/subusers", order, bearer(shop.session))
    assert made.status == 201, made
    return person, f"/subusers/{made.body['id']}"


def session_of(person: Person, password: str) -> str:
    """They have no second factor."""
    return str(person.signs_in(password).body["session"]["token"])


def settled(person: Person) -> str:
    """The session of a sub-user who has chosen a password of their own."""
    change = {"current_password": GIVEN, "password": OWN}
    return str(person.may(session_of(person, GIVEN), "POST", "/account/password", change)["session"]["token"])


def comes_again(shop: Shop, reader: Person, message: Any) -> None:
    """A copy of its notice is on the queue, as queues sometimes have them, and is taken."""
    account_id = account_of(shop.gets("GET", "/profile")["id"])
    body = notices.write(MessageQueued(message["id"], account_id, reader.phone, "hello", "Test", 1))
    put(reader.stack, body)
    wait_until_taken(reader.stack, body)


# --- Messages ---------------------------------------------------------------------------------------------


def test_a_message_is_sent_and_paid_for_and_leaves_once(shop: Shop, reader: Person):
    message = shop.sends(reader)
    assert reader.text() == "hello"
    comes_again(shop, reader, message)
    assert (reader.messages(), shop.status(message), shop.points) == (["hello"], "SENT", 9.84)


def test_several_who_get_it_get_it_once_each(shop: Shop, stack: Stack):
    readers = [Person(stack) for _ in range(3)]
    answer = shop.form("/sms.do", format="json", message="hello", to=",".join(one.phone for one in readers)).body
    assert answer["count"] == len(readers)
    assert {one.text() for one in readers} == {"hello"}
    assert [one.messages() for one in readers] == [["hello"]] * len(readers)


def test_more_than_leave_at_once_get_it_once_each_and_what_waits_of_them_is_withdrawn(shop: Shop, stack: Stack):
    readers = [Person(stack) for _ in range(policy.RECIPIENTS_AT_ONCE + 2)]
    to = ",".join(one.phone for one in readers)
    answer = shop.form("/sms.do", format="json", message="hello", to=to).body
    assert (answer["count"], round(shop.points, 2)) == (42, 3.28)
    assert {one.text() for one in readers} == {"hello"}
    later = datetime.now(UTC) + timedelta(hours=1)
    people.operate(shop.person, "points", "10")
    shop.form("/sms.do", format="json", message="later", to=to, date=int(later.timestamp()))
    assert shop.gets("DELETE", "/messages?state=waiting")["withdrawn"] == len(readers)
    fire(stack, "ShipmentsFunction", at=later + timedelta(minutes=1))
    assert [one.messages() for one in readers] == [["hello"]] * len(readers)
    assert round(shop.points, 2) == 13.28


@pytest.mark.parametrize("send", [Shop.form, Shop.multipart], ids=["form", "multipart"])
def test_letters_of_all_kinds_arrive_in_each_encoding(shop: Shop, reader: Person, send: Callable[..., Answer]):
    answer = send(shop, "/sms.do", to=reader.phone, message=TEXT, format="json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert "list" in answer.body, answer
    assert reader.text() == TEXT


def test_a_message_for_later_leaves_when_the_schedule_of_its_minute_fires(shop: Shop, reader: Person):
    later = datetime.now(UTC) + timedelta(hours=1)
    message = shop.sends(reader, date=int(later.timestamp()))
    fire(reader.stack, "ShipmentsFunction", at=later - timedelta(minutes=1))
    assert (reader.messages(), shop.status(message)) == ([], "QUEUE")
    fire(reader.stack, "ShipmentsFunction", at=later + timedelta(minutes=1))
    assert reader.text() == "hello"
    fire(reader.stack, "ShipmentsFunction", at=later + timedelta(minutes=2))
    comes_again(shop, reader, message)
    assert (reader.messages(), shop.status(message), shop.points) == (["hello"], "SENT", 9.84)


def test_a_message_for_later_is_taken_back_and_its_points_are_there_again(shop: Shop, reader: Person):
    later = datetime.now(UTC) + timedelta(hours=1)
    message = shop.sends(reader, date=int(later.timestamp()))
    assert shop.points == 9.84
    assert shop.sms(sch_del=message["id"])["list"] == [{"id": message["id"]}]
    fire(reader.stack, "ShipmentsFunction", at=later + timedelta(minutes=1))
    assert (shop.points, reader.messages()) == (10, [])


def test_the_schedule_of_each_minute_leads_to_the_shipments(stack: Stack):
    events = stack.emulator.client("events")
    rule = events.describe_rule(Name=stack.resources["ShipmentsFunctionEveryMinute"])
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert target["Arn"] == stack.resources["ShipmentsFunctionAliaslive"]


# --- SMS Authenticator ------------------------------------------------------------------------------------


def test_a_code_proves_a_number_once(shop: Shop, reader: Person):
    sent = shop.form("/mfa/codes", phone_number=reader.phone, format="json")
    assert (sent.status, sent.body["code"]) == (201, reader.code())
    shown = {"phone_number": reader.phone, "code": reader.code()}
    proved, again = (shop.multipart("/mfa/codes/verifications", **shown) for _ in range(2))
    assert (proved.status, proved.text) == (204, "")
    assert (again.status, again.body["error"]) == (404, "not_found")


def test_neither_text_nor_code_nor_token_is_in_any_log(shop: Shop, reader: Person):
    code = shop.gets("POST", "/mfa/codes", {"phone_number": reader.phone, "content": "Tulipan: [%code%]"})["code"]
    assert reader.code() == code
    assert shop.asks("POST", "/mfa/codes/verifications", {"phone_number": reader.phone, "code": code}).status == 204
    logs = reader.stack.logs()
    for secret in (shop.secret, code, "Tulipan", reader.phone.lstrip("+")):
        assert not re.search(rf"\b{secret}\b", logs)


# --- Sub-users --------------------------------------------------------------------------------------------


def test_a_subuser_comes_in_sends_within_their_points_and_is_out_at_once(shop: Shop, stack: Stack):
    person, path = subuser(shop, points={"from_account": 0.32}, permissions=["sms", "tokens"])
    given = session_of(person, GIVEN)
    refused = person.sends("GET", "/account/sessions", headers=bearer(given))
    assert (refused.status, refused.body["error"]) == (403, "password_change_required")
    assert person.signs_in(GIVEN).status == 401
    change = {"current_password": GIVEN, "password": OWN}
    own = person.may(given, "POST", "/account/password", change)["session"]["token"]
    clerk = Shop(person, own, "sms")
    assert [clerk.sms(Person(stack)).get("error") for _ in range(3)] == [None, None, 96]
    assert shop.person.may(shop.session, "PUT", path, {"active": False})["active"] is False
    assert clerk.sms(Person(stack))["error"] == 101
    assert not person.is_in(own)
    assert person.signs_in(OWN).status == 401


def test_a_subuser_sends_in_the_hours_of_their_own_zone_alone(shop: Shop, reader: Person):
    in_three_days = DAYS[(datetime.now(UTC).weekday() + 3) % len(DAYS)]
    hours = {"days": [in_three_days], "begin": "08:00", "end": "16:00", "zone": WARSAW}
    person, path = subuser(shop, points={"from_account": 1}, hours=hours)
    clerk = Shop(person, settled(person), "sms")
    assert clerk.sms(reader)["error"] == 74
    shop.person.may(shop.session, "PUT", path, {"hours": {}})
    assert clerk.sends(reader)
    assert reader.text() == "hello"


def test_one_who_was_made_with_an_md5_by_the_older_way_signs_in_with_what_it_was_made_of(shop: Shop):
    person, digest = Person(shop.person.stack), md5(GIVEN.encode(), usedforsecurity=False).hexdigest()
    order = {"add_user": person.login, "without_prefix": 1, "pass": digest, "active": 1}
    made = shop.form("/user.do", format="json", **order)
    assert made.body["username"] == person.login
    assert person.is_in(settled(person))


# --- Contacts ---------------------------------------------------------------------------------------------


def test_a_subuser_sends_to_a_group_as_long_as_they_may_and_sees_nobody_in_it(shop: Shop, reader: Person):
    contact = shop.gets("POST", "/contacts", {"phone_number": reader.phone, "first_name": "Ola"})
    group = shop.gets("POST", "/contacts/groups", {"name": "VIP"})
    shop.gets("PUT", f"/contacts/groups/{group['id']}/members/{contact['id']}")
    person, _ = subuser(shop, points={"from_account": 1})
    clerk, rights = Shop(person, settled(person), "sms contacts"), f"/contacts/groups/{group['id']}/permissions"
    assert clerk.sms(group="VIP")["error"] == 40
    given = {"username": person.login, "send": True}
    assert shop.person.sends("POST", rights, given, bearer(shop.session)).status == 201
    assert clerk.sends(group="VIP")["number"] == ""
    assert reader.text() == "hello"
    assert clerk.asks("GET", f"/contacts/{contact['id']}").status == 404
    assert clerk.gets("GET", "/contacts")["size"] == 0
    shop.person.may(shop.session, "DELETE", f"{rights}/{person.login}")
    assert clerk.sms(group="VIP")["error"] == 40
