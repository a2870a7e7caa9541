"""Each answer as each client reads it, with the strictness of its language: see `readers`."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.clients import readers
from tests.clients.customer import SENDER, Customer
from tests.clients.readers import misread

NUMBERS = count(48_502_100_100)
NAMES = count(1)
MD5 = "0cc175b9c0f1b6a831c399e269772661"

type Answer = Callable[[Customer], Any]


def _number() -> str:
    return str(next(NUMBERS))


def _name() -> str:
    return f"read-{next(NAMES)}"


def _got(path: str) -> Answer:
    return lambda customer: customer.get(path).json()


def _sms(customer: Customer, **fields: str) -> Any:
    return customer.post("/sms.do?format=json", data={"to": _number(), "message": "Hello", **fields}).json()


def _scheduled(customer: Customer) -> str:
    return str(_sms(customer, date=str(int(customer.stack.now.timestamp()) + 7200))["list"][0]["id"])


def _user(customer: Customer) -> Any:
    facts = {"add_user": _name(), "pass": MD5, "limit": "1.5", "active": "1", "info": "Clerk", "format": "json"}
    return customer.post("/user.do", data=facts).json()


def _sub_user(customer: Customer, **more: Any) -> dict[str, Any]:
    return customer.made("/subusers", credentials={"username": _name(), "password": "Kwiat-Paproci-7"}, **more)


def _share(customer: Customer, what: str = "") -> Any:
    return customer.get(f"/subusers/{_sub_user(customer)['id']}/shares{what}").json()


def _grouped(customer: Customer, *paths: str) -> list[Any]:
    """A contact that is in a group which is shared. *paths* are looked at, with the ids of both and the user's name."""
    user, contact = _sub_user(customer)["username"], customer.made("/contacts", phone_number=_number(), nickname="E")
    group = customer.made("/contacts/groups", name=_name())
    customer.put(f"/contacts/{contact['id']}/groups/{group['id']}")
    customer.made(f"/contacts/groups/{group['id']}/permissions", username=user, read=True)
    where = [path.format(contact=contact["id"], group=group["id"], user=user) for path in paths]
    return [customer.get(path).json() for path in where]


def _refused(method: str, path: str, **request: Any) -> Answer:
    return lambda customer: customer.ask(method, path, **request).json()


ANSWERS: dict[str, tuple[dict[str, Any], Answer]] = {
    "a balance": (readers.BALANCE, _got("/user.do?credits=1&details=1&format=json")),
    "a code": (readers.CODE, lambda customer: customer.made("/mfa/codes", phone_number=_number())),
    "a code from a sender": (
        readers.CODE,
        lambda customer: customer.made("/mfa/codes", phone_number=_number(), **{"from": SENDER}),
    ),
    "a contact": (readers.CONTACT, lambda customer: customer.made("/contacts", phone_number=_number())),
    "a contact by mail alone": (
        readers.CONTACT,
        lambda customer: customer.made("/contacts", email=f"{_name()}@example.com", birthday_date="1990-05-04"),
    ),
    "a contact in a group": (readers.CONTACT, lambda customer: _grouped(customer, "/contacts/{contact}")[0]),
    "a contact's group": (
        readers.BARE_GROUP,
        lambda customer: _grouped(customer, "/contacts/{contact}/groups/{group}")[0],
    ),
    "a contact's groups": (readers.GROUPS, lambda customer: _grouped(customer, "/contacts/{contact}/groups")[0]),
    "a count": (
        readers.COUNT,
        lambda customer: customer.post("/sender.do", data={"add": _name(), "format": "json"}).json(),
    ),
    "a group": (readers.GROUP, lambda customer: customer.made("/contacts/groups", name=_name())),
    "a group that is shared": (readers.GROUP, lambda customer: _grouped(customer, "/contacts/groups/{group}")[0]),
    "a member": (
        readers.CONTACT,
        lambda customer: _grouped(customer, "/contacts/groups/{group}/members/{contact}")[0],
    ),
    "a message": (readers.SENT, lambda customer: _sms(customer, details="1")),
    "a message with an idx": (readers.SENT, lambda customer: _sms(customer, details="1", idx="42")),
    "a number that is none": (readers.LEGACY_NO, lambda customer: _sms(customer, to="nobody")),
    "a permission": (
        readers.PERMISSION,
        lambda customer: _grouped(customer, "/contacts/groups/{group}/permissions/{user}")[0],
    ),
    "a ping": (readers.PING, _got("/ping")),
    "a profile": (readers.PROFILE, _got("/profile")),
    "a sender": (readers.SENDER, lambda customer: customer.made("/sms/sendernames", sender=_name())),
    "a sender's status": (readers.LEGACY_STATUS, _got(f"/sender.do?status={SENDER}&format=json")),
    "a share of sender names": (readers.SHARE, lambda customer: _share(customer, "/sendernames")),
    "a share of templates": (readers.SHARE, lambda customer: _share(customer, "/templates")),
    "a statement": (readers.STATEMENT, _got("/sms/sendernames/statement")),
    "a sub-user": (readers.SUBUSER, _sub_user),
    "a sub-user with points": (
        readers.SUBUSER,
        lambda customer: _sub_user(customer, active=True, points={"from_account": 0.5, "per_month": 2}),
    ),
    "a user": (readers.USER, _user),
    "an invalid code": (
        readers.INVALID,
        _refused("POST", "/mfa/codes/verifications", json={"phone_number": "48500100099", "code": "x"}),
    ),
    "an invalid number": (readers.INVALID, _refused("POST", "/mfa/codes", json={"phone_number": "48327201201"})),
    "an invalid sub-user": (readers.INVALID, _refused("POST", "/subusers", json={"active": "maybe"})),
    "contacts": (readers.CONTACTS, _got("/contacts?limit=100")),
    "groups": (readers.GROUPS, _got("/contacts/groups")),
    "messages in bulk": (
        readers.SENT_IN_BULK,
        lambda customer: _sms(customer, to=f"{_number()},{_number()}", encoding="utf-8"),
    ),
    "messages' states": (
        readers.STATES,
        lambda customer: customer.post("/sms.do?format=json", data={"status": f"{_scheduled(customer)}|1"}).json(),
    ),
    "no contact": (readers.REST_NO, _refused("GET", "/contacts/unknown")),
    "no message": (readers.LEGACY_NO, _refused("POST", "/sms.do?format=json", data={"sch_del": "1"})),
    "no rights": (readers.REST_NO, _refused("GET", "/profile", token="0" * 40)),
    "no rights to the older": (readers.LEGACY_NO, _refused("GET", "/user.do?list=1&format=json", token="0" * 40)),
    "nothing of the kind": (readers.REST_NO, _refused("GET", "/sms/templates")),
    "older senders": (readers.LEGACY_SENDERS, _got("/sender.do?list=1&format=json")),
    "permissions": (
        readers.PERMISSIONS,
        lambda customer: _grouped(customer, "/contacts/groups/{group}/permissions")[0],
    ),
    "prices": (readers.PRICES, _got("/profile/prices")),
    "removed messages": (
        readers.REMOVED,
        lambda customer: customer.post("/sms.do?format=json", data={"sch_del": _scheduled(customer)}).json(),
    ),
    "senders": (readers.SENDERS, _got("/sms/sendernames")),
    "shares": (readers.SHARES, _share),
    "sub-users": (readers.SUBUSERS, _got("/subusers")),
    "users": (readers.USERS, _got("/user.do?list=1&format=json")),
}
"""What is answered, how it is read, and how it is had."""


@pytest.mark.parametrize("what", sorted(ANSWERS))
def test_every_client_can_read(customer: Customer, what: str):
    how, ask = ANSWERS[what]
    answer = ask(customer)
    assert {client: found for client, kind in how.items() if (found := list(misread(kind, answer)))} == {}, answer


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (readers.SUBUSER["Java"], {"id": "1", "username": "a", "active": 1, "description": "", "points": {}}),
        (readers.CONTACT["PHP"], {"id": "1", "city": None}),
        (readers.USER["Python"], {"username": "a", "more": 1}),
        (readers.PROFILE["PHP"], []),
        (readers.SENDERS["Go"], {"size": "1", "collection": {}}),
    ],
)
def test_these_readers_are_strict(kind: readers.Kind, value: object):
    assert list(misread(kind, value))
