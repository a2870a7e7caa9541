"""`smsapi-client` 2.4.1 and 2.9.2 for Python, unmodified: what they send by GET, and what they read.

Sending by GET is refused unless the account's owner allows it: docs/migrate-from-smsapi.md says which calls that is.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.clients.conftest import HERE
from tests.clients.customer import SENDER, Customer
from tests.support import pip

RELEASES = ("2.4.1", "2.9.2")
BY_GET = {
    "2.4.1": ("sms.send", "sms.send_fast", "sms.send_to_group", "sms.remove_scheduled"),
    "2.9.2": ("sms.send_fast", "sms.send_to_group", "sms.remove_scheduled"),
}
"""The calls of each release that send or remove by GET."""

NUMBERS = count(503_100_100)
NAMES = count(1)


class OldClient:
    """A release of the client, in a process of its own."""

    def __init__(self, release: str, customer: Customer) -> None:
        folder = pip.ROOT / ".furtka" / f"smsapi-client-{release}"
        pip.install(pip.ROOT / "requirements" / "smsapi-client" / f"{release}.txt", folder)
        command = [sys.executable, str(HERE / "smsapi_old.py"), str(folder), customer.url, customer.token]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.release = release

    def call(self, name: str, /, **given: Any) -> dict[str, Any]:
        """What the call came to: `value`, or `code` and `message`."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({"call": name, "given": given}), file=self._process.stdin, flush=True)
        return dict(json.loads(self._process.stdout.readline()))

    def gets(self, name: str, /, **given: Any) -> Any:
        """The value, where the answer is yes."""
        outcome = self.call(name, **given)
        assert "value" in outcome, outcome
        return outcome["value"]

    def end(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module", params=RELEASES)
def old(request: pytest.FixtureRequest, customer: Customer) -> Iterator[OldClient]:
    client = OldClient(request.param, customer)
    yield client
    client.end()


@pytest.fixture
def number() -> str:
    return f"48{next(NUMBERS)}"


@pytest.fixture
def allowed(customer: Customer) -> Iterator[None]:
    """An account that allows changes by GET."""
    customer.allow_changes_by_get(on=True)
    yield
    customer.allow_changes_by_get(on=False)


def _order(name: str, number: str) -> dict[str, Any]:
    match name:
        case "sms.remove_scheduled":
            return {"id": "x"}
        case "sms.send_to_group":
            return {"group": "nobody", "message": "Hello"}
    return {"to": number, "message": "Hello"}


def test_what_goes_by_get_is_refused_and_says_what_to_do(old: OldClient, number: str):
    for name in BY_GET[old.release]:
        refused = old.call(name, **_order(name, number))
        assert refused["code"] == 8, name
        assert (
            refused["message"] == "Use POST to send, remove or change. Only the account's owner can allow GET for that."
        )


def test_where_get_is_allowed_messages_are_sent_scheduled_and_removed(
    old: OldClient, customer: Customer, number: str, allowed: None
):
    outbox = len(customer.stack.outbox())
    for name, text in (("sms.send", "Zażółć"), ("sms.send_fast", "a & b + c%")):
        sent = old.gets(name, to=number, message=text, from_=SENDER)
        assert sent["count"] == 1
        assert customer.stack.message("sms", f"+{number}", after=outbox) == text
        outbox = len(customer.stack.outbox())
    later = str(int(customer.stack.now.timestamp()) + 7200)
    waits = old.gets("sms.send", to=number, message="later", date=later)["results"][0]["id"]
    removed = old.call("sms.remove_scheduled", id=waits)
    if old.release == "2.4.1":
        assert removed["code"] == 13  # it never says what to remove, so that it asks to send to nobody
    else:
        assert removed["value"]["count"] == 1
    group = f"old {next(NAMES)}"
    made = customer.made("/contacts/groups", name=group)["id"]
    contact = customer.made("/contacts", phone_number=number)["id"]
    customer.put(f"/contacts/groups/{made}/members/{contact}")
    assert old.gets("sms.send_to_group", group=group, message="Hello")["count"] == 1


def test_where_get_is_allowed_sub_users_and_sender_names_are_changed(old: OldClient, customer: Customer, allowed: None):
    name = f"old{next(NAMES)}"
    customer.post("/user.do", data={"add_user": name, "pass": "0cc175b9c0f1b6a831c399e269772661", "format": "json"})
    changed = old.gets("account.update_user", name=name, info="Till")
    assert (changed["username"], changed["info"]) == (f"{customer.owner.login}_{name}", "Till")
    assert old.gets("account.user", name=name)["info"] == "Till"
    assert old.gets("sender.add", name=name)["count"] == 1
    assert old.gets("sender.remove", name=name)["count"] == 1


def test_what_it_only_reads_needs_no_leave(old: OldClient, customer: Customer):
    assert old.gets("account.balance")["points"] == customer.points
    assert SENDER in [value for one in old.gets("sender.list")["results"] for value in one.values()]
    assert old.gets("account.list_users")["results"] is not None


def test_instants_of_contacts_and_groups_are_read(old: OldClient, customer: Customer, number: str):
    """Releases before 2.4.0 fail on a `Z`."""
    contact = old.gets("contacts.create_contact", phone_number=number)
    assert contact["date_created"].endswith("+00:00")
    group = old.gets("contacts.create_group", name=f"dated {next(NAMES)}")
    assert group["date_created"].endswith("+00:00")
    assert old.gets("contacts.get_contact", contact_id=contact["id"])["id"] == contact["id"]


def test_a_group_that_is_looked_up_by_its_name_is_that_group(old: OldClient):
    names = [f"looked up {next(NAMES)}" for _ in range(3)]
    for name in names:
        old.gets("contacts.create_group", name=name)
    assert [one["name"] for one in old.gets("contacts.list_groups", name=names[1])["collection"]] == names[1:2]
