"""`smsapi`, the official client for JavaScript, unmodified, run with Node: each of its calls, granted and refused."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import HERE
from tests.clients.customer import SENDER, Customer
from tests.support import npm

NAMES = count(1)
PASSWORD = "Kwiat-Paproci-7"
WEAK = "Your password is too weak (use combination of lowercase, uppercase and numeric characters)"

type Call = Callable[..., Any]


@dataclass
class Thrown(Exception):
    """An error of the client's."""

    name: str
    message: str
    status: int | None = None
    body: str | None = None
    data: dict[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.message} {self.body or self.data}"

    @property
    def told(self) -> dict[str, Any]:
        """What the server said."""
        assert self.body
        return dict(json.loads(self.body))


class Node:
    """The client, in a process of its own."""

    def __init__(self, modules: Path, url: str) -> None:
        command = [npm.NODE, str(HERE / "smsapi.mjs"), str(modules), url]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, token: str, call: str, *given: object) -> Any:
        """What `client.<call>(...given)` resolves to. Raises Thrown."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({"token": token, "call": call, "given": given}), file=self._process.stdin, flush=True)
        outcome = json.loads(self._process.stdout.readline())
        if error := outcome.get("error"):
            raise Thrown(**error)
        return outcome["value"]

    def end(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def node(modules: Path, customer: Customer) -> Iterator[Node]:
    node = Node(modules, customer.stack.url)
    yield node
    node.end()


@pytest.fixture
def smsapi(node: Node, customer: Customer) -> Call:
    return partial(node.call, customer.token)


@pytest.fixture
def stranger(node: Node) -> Call:
    return partial(node.call, "0" * 40)


@pytest.fixture
def narrow(node: Node, customer: Customer) -> Call:
    """Whose token may see the profile and nothing else."""
    return partial(node.call, customer.another_token(scopes=["profile"]))


@pytest.fixture
def name() -> str:
    return f"js-{next(NAMES)}"


def _date(moment: datetime) -> dict[str, str]:
    """A Date of JavaScript's."""
    return {"$date": moment.isoformat()}


def _moment(told: str) -> datetime:
    """What the client made a Date of; null would be an invalid one."""
    return datetime.fromisoformat(told)


# --- sms.do -----------------------------------------------------------------------------------------------


def test_a_message_is_sent_and_described(customer: Customer, smsapi: Call, number: str):
    before, outbox = customer.points, len(customer.stack.outbox())
    sent = smsapi("sms.sendSms", f"+{number}", "  Your parcel has come ", {"from": SENDER, "idx": "order-1"})
    assert (sent["count"], sent["message"], sent["length"], sent["parts"]) == (1, "Your parcel has come", 20, 1)
    (message,) = sent["list"]
    assert (message["number"], message["submittedNumber"]) == (number, f"+{number}")
    assert (message["status"], message["idx"], message["parts"]) == ("QUEUE", "order-1", 1)
    assert message["points"] == pytest.approx(before - customer.points)
    assert abs(_moment(message["dateSent"]) - customer.stack.now) < timedelta(minutes=1)
    assert customer.stack.message("sms", f"+{number}", after=outbox) == "Your parcel has come"


def test_several_numbers_are_one_request(smsapi: Call, number: str):
    numbers = [number, f"49151{number[-8:]}"]
    assert [one["number"] for one in smsapi("sms.sendSms", numbers, "Hello")["list"]] == numbers


def test_every_option_of_the_client_is_understood(smsapi: Call, number: str):
    options = {
        "encoding": "utf-8",
        "test": True,
        "fast": True,
        "normalize": True,
        "noUnicode": True,
        "skipForeign": True,
        "allowDuplicates": True,
        "checkIdx": True,
        "idx": f"all-{number}",
        "maxParts": 2,
        "partnerId": "P-1",
        "discountGroup": "main",
        "notifyUrl": "https://example.com/reports",
        "timeRestriction": "follow",
        "param1": "Ann",
    }
    sent = smsapi("sms.sendSms", number, "Dear [%1%]: zażółć", options)
    assert (sent["message"], sent["list"][0]["idx"]) == ("Dear Ann: zazolc", f"all-{number}")


def test_a_test_is_neither_sent_nor_paid_for(customer: Customer, smsapi: Call, number: str):
    before, outbox = customer.points, len(customer.stack.outbox())
    assert smsapi("sms.sendSms", number, "Only a test", {"test": True})["count"] == 1
    assert customer.points == before
    assert not customer.stack.sent("sms", f"+{number}", after=outbox)


@pytest.mark.parametrize("several", [False, True])
def test_scheduled_messages_are_taken_back(customer: Customer, smsapi: Call, number: str, several: bool):
    """The client sends milliseconds and expects the second."""
    when = (customer.stack.now + timedelta(hours=2)).astimezone(UTC).replace(microsecond=250_000)
    ids = []
    for _ in range(1 + several):
        (message,) = smsapi("sms.sendSms", number, "Later", {"date": _date(when)})["list"]
        assert _moment(message["dateSent"]) == when.replace(microsecond=0)
        ids.append(message["id"])
    removed = smsapi("sms.removeScheduledSms", ids if several else ids[0])
    assert (removed["count"], sorted(one["id"] for one in removed["list"])) == (len(ids), sorted(ids))


def test_what_cannot_be_taken_back_is_told_in_the_answer(smsapi: Call):
    """Here the client doesn't look for an error."""
    assert smsapi("sms.removeScheduledSms", "1") == {"error": 301, "message": "Not exists ID message"}


def test_a_message_goes_to_everybody_in_a_group(smsapi: Call, number: str, name: str):
    group = smsapi("contacts.groups.create", name)
    contact = smsapi("contacts.create", number)
    smsapi("contacts.assignContactToGroup", contact["id"], group["id"])
    sent = smsapi("sms.sendSmsToGroup", name, "To all of you")
    assert [one["number"] for one in sent["list"]] == [number]


def test_a_wrong_number_is_named(smsapi: Call):
    with pytest.raises(Thrown) as refused:
        smsapi("sms.sendSms", "not-a-number", "Hello")
    assert refused.value.name == "MessageError"
    data = refused.value.data
    assert data
    assert (data["error"], data["message"]) == (13, "No correct phone numbers")
    (wrong,) = data["invalidNumbers"]
    assert (wrong["submittedNumber"], wrong["message"]) == ("not-a-number", "Invalid phone number")


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("", {}, 11),
        ("x" * 161, {"maxParts": 1}, 12),
        ("Hello", {"from": "Nobody"}, 14),
        ("zażółć", {"noUnicode": True}, 11),
        ("Hello", {"date": {"$date": "2100-01-01T12:00:00Z"}}, 50),
    ],
)
def test_why_nothing_was_sent_is_a_number(smsapi: Call, text: str, options: dict[str, Any], code: int):
    with pytest.raises(Thrown) as refused:
        smsapi("sms.sendSms", "48500100099", text, options)
    assert (refused.value.name, (refused.value.data or {})["error"]) == ("MessageError", code)


def test_a_flash_message_is_not_to_be_had(smsapi: Call):
    for call, to in (("sms.sendFlashSms", "48500100099"), ("sms.sendFlashSmsToGroup", "Friends")):
        with pytest.raises(Thrown) as refused:
            smsapi(call, to, "On the screen at once")
        assert (refused.value.data or {})["error"] == 110


def test_who_may_not_send_is_told_in_the_same_way(stranger: Call, narrow: Call):
    for smsapi, code in ((stranger, 101), (narrow, 401)):
        with pytest.raises(Thrown) as refused:
            smsapi("sms.sendSms", "48500100099", "Hello")
        assert (refused.value.name, (refused.value.data or {})["error"]) == ("MessageError", code)


# --- SMS Authenticator ------------------------------------------------------------------------------------


def test_a_code_is_sent_told_and_right_once(customer: Customer, smsapi: Call, number: str):
    outbox = len(customer.stack.outbox())
    options = {"content": "Code: [%code%]", "fast": True, "from": SENDER}
    sent = smsapi("mfa.generateCode", f"+{number}", options)
    assert (sent["phoneNumber"], sent["from"]) == (number, SENDER)
    assert sent["id"]
    assert customer.stack.message("sms", f"+{number}", after=outbox) == f"Code: {sent['code']}"
    smsapi("mfa.verifyCode", number, sent["code"])
    with pytest.raises(Thrown) as refused:
        smsapi("mfa.verifyCode", number, sent["code"])
    assert (refused.value.name, refused.value.status) == ("HttpError", 404)


def test_without_options_the_sender_is_null_or_the_accounts(smsapi: Call, number: str):
    assert set(smsapi("mfa.generateCode", number)) == {"id", "code", "phoneNumber", "from"}


def test_a_code_that_came_too_late_is_told_by_its_status(customer: Customer, smsapi: Call, number: str):
    sent = smsapi("mfa.generateCode", number)
    customer.stack.let(timedelta(minutes=11))
    with pytest.raises(Thrown) as refused:
        smsapi("mfa.verifyCode", number, sent["code"])
    assert refused.value.status == 408


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("", 400, "MFA code cannot be empty"),
        ("123456", 404, "Not found"),
        ("invalid", 400, "MFA code has invalid format"),
    ],
)
def test_a_code_that_was_never_sent_is_not_found(smsapi: Call, number: str, code: str, status: int, message: str):
    with pytest.raises(Thrown) as refused:
        smsapi("mfa.verifyCode", number, code)
    assert (refused.value.status, refused.value.told["message"]) == (status, message)


def test_a_landline_gets_no_code(smsapi: Call):
    with pytest.raises(Thrown) as refused:
        smsapi("mfa.generateCode", "48327201201")
    told = refused.value.told
    assert (refused.value.status, told["message"]) == (400, "The value is not valid mobile number.")
    assert told["error"] == "invalid_request_data"


# --- Sub-users --------------------------------------------------------------------------------------------


def _order(name: str, **more: Any) -> dict[str, Any]:
    return {"credentials": {"username": name, "password": PASSWORD}, **more}


def test_a_sub_user_is_made_read_changed_listed_and_deleted(smsapi: Call, name: str):
    order = _order(name, active=True, description="Clerk", points={"fromAccount": 5, "perMonth": 2.5})
    made = smsapi("subusers.create", order)
    assert (made["username"], made["active"], made["description"]) == (name, True, "Clerk")
    assert made["points"] == {"fromAccount": 5, "perMonth": 2.5}
    assert smsapi("subusers.getById", made["id"]) == made
    changed = smsapi("subusers.update", made["id"], {"description": "Chief", "points": {"perMonth": 3}})
    assert (changed["description"], changed["active"]) == ("Chief", True)
    assert changed["points"] == {"fromAccount": 5, "perMonth": 3}
    listed = smsapi("subusers.get")
    assert changed in listed["collection"]
    assert listed["size"] == len(listed["collection"])
    smsapi("subusers.remove", made["id"])
    with pytest.raises(Thrown) as refused:
        smsapi("subusers.getById", made["id"])
    assert (refused.value.status, refused.value.told["error"]) == (404, "not_found")


def test_points_that_are_both_zero_change_none(smsapi: Call, name: str):
    """The client leaves them out, and credentials that are empty as well."""
    made = smsapi("subusers.create", _order(name, points={"fromAccount": 5, "perMonth": 1}))
    nothing = {"points": {"fromAccount": 0, "perMonth": 0}, "credentials": {}, "active": True}
    assert smsapi("subusers.update", made["id"], nothing) == made | {"active": True}


def test_who_is_made_without_a_word_about_it_is_not_active(smsapi: Call, name: str):
    made = smsapi("subusers.create", _order(name))
    assert (made["active"], made["description"]) == (False, "")
    assert made["points"] == {"fromAccount": 0, "perMonth": 0}


def test_a_weak_password_is_told_in_the_words_of_the_platform(smsapi: Call, name: str):
    with pytest.raises(Thrown) as refused:
        smsapi("subusers.create", {"credentials": {"username": name, "password": "weak"}})
    told = refused.value.told
    assert (refused.value.status, told["error"], told["message"]) == (400, "invalid_domain_logic", WEAK)
    assert told["errors"][0]["path"] == "credentials[password]"


def test_a_name_is_taken_once(smsapi: Call, name: str):
    smsapi("subusers.create", _order(name))
    with pytest.raises(Thrown) as refused:
        smsapi("subusers.create", _order(name))
    assert refused.value.status in (400, 409)


def test_who_is_not_there_is_not_found(smsapi: Call):
    unknown = "0123456789abcdef01234567"
    for call, more in (("getById", ()), ("update", ({"active": True},)), ("remove", ())):
        with pytest.raises(Thrown) as refused:
            smsapi(f"subusers.{call}", unknown, *more)
        told = refused.value.told
        assert (refused.value.status, told["error"], told["message"]) == (404, "not_found", "Not found")


# --- Sender names -----------------------------------------------------------------------------------------


def test_a_sender_name_is_asked_for_looked_at_and_given_back(smsapi: Call, name: str):
    made = smsapi("sendernames.create", f"{name} & Co")
    assert (made["sender"], made["isDefault"], made["status"]) == (f"{name} & Co", False, "INACTIVE")
    assert _moment(made["createdAt"])
    assert smsapi("sendernames.getBySender", made["sender"]) == made
    listed = smsapi("sendernames.get")
    assert made in listed["collection"]
    assert listed["size"] == len(listed["collection"])
    smsapi("sendernames.remove", made["sender"])
    with pytest.raises(Thrown) as refused:
        smsapi("sendernames.getBySender", made["sender"])
    assert (refused.value.status, refused.value.told["message"]) == (404, "Not found resource")
    with pytest.raises(Thrown) as refused:
        smsapi("sendernames.remove", made["sender"])
    assert (refused.value.status, refused.value.told["message"]) == (404, "Not found sender")


def test_a_name_becomes_the_default_once_it_is_approved(smsapi: Call, name: str):
    smsapi("sendernames.makeDefault", SENDER)
    assert smsapi("sendernames.getBySender", SENDER)["isDefault"]
    smsapi("sendernames.create", name)
    with pytest.raises(Thrown) as refused:
        smsapi("sendernames.makeDefault", name)
    told = refused.value.told
    assert (told["error"], told["message"]) == ("sender_not_active", "Cannot set to default not active sendername")


def test_a_name_that_everybody_has_is_active_at_once(smsapi: Call):
    assert smsapi("sendernames.create", "INFOSMS")["status"] == "ACTIVE"


def test_a_name_that_is_too_long_is_none(smsapi: Call):
    with pytest.raises(Thrown) as refused:
        smsapi("sendernames.create", "far-too-long-for-a-name")
    assert (refused.value.told["error"], refused.value.told["message"]) == ("invalid_sender", "Sendername is not valid")


# --- Contacts ---------------------------------------------------------------------------------------------


def test_a_contact_is_made_read_changed_found_and_deleted(smsapi: Call, number: str):
    facts = {"firstName": "Ewa", "lastName": f"Nowak {number}", "gender": "female", "city": "Gdynia", "source": "shop"}
    born = {"birthdayDate": {"$date": "1990-05-04T00:00:00Z"}}
    made = smsapi("contacts.create", number, facts | born)
    assert {name: made[name] for name in facts} == facts
    assert (made["phoneNumber"], made["birthdayDate"]) == (number, "1990-05-04")
    assert _moment(made["dateCreated"])
    assert _moment(made["dateUpdated"])
    assert smsapi("contacts.getById", made["id"]) == made
    changed = smsapi("contacts.update", made["id"], {"firstName": "Eva"})
    assert (changed["firstName"], changed["city"]) == ("Eva", "Gdynia")
    query = {"lastName": [facts["lastName"], "Nobody"], "phoneNumber": number, **born, "orderBy": "last_name"}
    found = smsapi("contacts.get", query)
    assert (found["size"], [one["id"] for one in found["collection"]]) == (1, [made["id"]])
    smsapi("contacts.remove", made["id"])
    assert smsapi("contacts.get", query) == {"size": 0, "collection": []}
    with pytest.raises(Thrown) as refused:
        smsapi("contacts.getById", made["id"])
    assert (refused.value.status, refused.value.told["message"]) == (404, "Cannot find contact")


def test_a_group_is_made_read_changed_listed_and_deleted(smsapi: Call, name: str):
    made = smsapi("contacts.groups.create", name, {"description": "Friends", "idx": "g-1", "contactExpireAfter": 30})
    assert (made["name"], made["description"], made["idx"], made["contactExpireAfter"]) == (name, "Friends", "g-1", 30)
    assert smsapi("contacts.groups.getById", made["id"])["name"] == name
    changed = smsapi("contacts.groups.update", made["id"], {"name": f"{name} B"})
    assert (changed["name"], changed["description"]) == (f"{name} B", "Friends")
    assert made["id"] in [one["id"] for one in smsapi("contacts.groups.get")["collection"]]
    smsapi("contacts.groups.remove", made["id"])
    with pytest.raises(Thrown) as refused:
        smsapi("contacts.groups.getById", made["id"])
    assert (refused.value.status, refused.value.told["message"]) == (404, "Group not found")


def test_a_contact_is_in_groups(smsapi: Call, number: str, name: str):
    contact, group = smsapi("contacts.create", number), smsapi("contacts.groups.create", name)
    assigned = smsapi("contacts.assignContactToGroup", contact["id"], group["id"])
    assert [one["id"] for one in assigned["collection"]] == [group["id"]]
    assert [one["id"] for one in smsapi("contacts.getGroups", contact["id"])["collection"]] == [group["id"]]
    assert smsapi("contacts.getGroupById", contact["id"], group["id"])["name"] == name
    assert [one["id"] for one in smsapi("contacts.get", {"groupId": [group["id"]]})["collection"]] == [contact["id"]]
    smsapi("contacts.unpinContactFromGroup", contact["id"], group["id"])
    assert smsapi("contacts.getGroups", contact["id"])["collection"] == []


@pytest.mark.parametrize("together", [False, True])
def test_a_group_goes_with_its_contacts_or_without(smsapi: Call, number: str, name: str, together: bool):
    contact, group = smsapi("contacts.create", number), smsapi("contacts.groups.create", name)
    smsapi("contacts.assignContactToGroup", contact["id"], group["id"])
    smsapi("contacts.groups.remove", group["id"], together)
    assert smsapi("contacts.get", {"phoneNumber": number})["size"] == int(not together)


# --- The rest ---------------------------------------------------------------------------------------------


def test_the_profile_says_who_asks(customer: Customer, smsapi: Call):
    profile = smsapi("profile.get")
    assert (profile["username"], profile["email"]) == (customer.owner.login, customer.owner.email)
    assert (profile["paymentType"], profile["userType"]) == ("prepaid", "native")
    assert profile["points"] == customer.points
    assert {"id", "name", "phoneNumber"} <= set(profile)


@pytest.mark.parametrize(
    ("call", "given"),
    [
        ("contacts.get", ()),
        ("contacts.groups.get", ()),
        ("mfa.generateCode", ("48500100099",)),
        ("profile.get", ()),
        ("sendernames.get", ()),
        ("subusers.get", ()),
    ],
)
def test_who_is_not_known_gets_401_and_who_may_not_403(
    stranger: Call, narrow: Call, call: str, given: tuple[object, ...]
):
    with pytest.raises(Thrown) as refused:
        stranger(call, *given)
    assert (refused.value.name, refused.value.status) == ("HttpError", 401)
    if call != "profile.get":
        with pytest.raises(Thrown) as refused:
            narrow(call, *given)
        assert (refused.value.status, refused.value.told["error"]) == (403, "insufficient_scope")


def test_what_is_not_here_is_refused_as_not_available(smsapi: Call):
    for call, given in (("mms.sendMms", ("48500100099", "Hello", "<smil/>")), ("vms.sendVms", ("48500100099", "Hi"))):
        with pytest.raises(Thrown) as refused:
            smsapi(call, *given)
        assert (refused.value.data or {})["error"] == 110
    assert smsapi("hlr.check", "48500100099")["error"] == 110
    for call in ("templates.get", "contacts.fields.get"):
        with pytest.raises(Thrown) as refused:
            smsapi(call)
        assert (refused.value.status, refused.value.told["error"]) == (403, "not_available")
