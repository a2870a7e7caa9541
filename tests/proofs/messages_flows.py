"""Requests of the guarded SMS API: who sends them, in which state, and how they are answered."""

from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

from furtka import accounts
from shared import policy, settings
from shared.crypto import randomness
from shared.delivery import carrier_reports
from shared.domain import points
from shared.domain.contact_access import Group
from shared.domain.contacts import Contact
from shared.domain.identifiers import account_of
from shared.storage import contacts, groups
from shared.storage.engine import commit
from tests.proofs.token_flows import access_token, secret_of, with_access_token
from tests.proofs.turns import Flow, Turn, as_somebody, bearer, newcomer
from tests.support import programs, sending
from tests.support.events import Reply
from tests.support.tokens import make
from tests.support.world import Person, World

NAMES = "/sms/sendernames"
SMS = {"message": "hello", "format": "json"}
HOUR = timedelta(hours=1)

texts = count(1)


def _as_program(
    world: World, method: str, path: str, body: object = None, person: Person | None = None, **facts: Any
) -> Turn:
    person = person or newcomer(world)
    headers = bearer(secret_of(world, person, **facts))
    return Turn(person, lambda: world.call(method, path, body, headers=headers))


# --- sms.do -----------------------------------------------------------------------------------------------


def customer(world: World) -> Person:
    """Somebody with points."""
    person = newcomer(world)
    sending.give_points(account_of(person.user_id), points.read("100"))
    return person


def _sms(world: World, person: Person | None = None, **fields: Any) -> Turn:
    """Each request has a text of its own: one that comes twice was sent twice."""
    person = person or customer(world)
    headers = bearer(secret_of(world, person))
    order = {"to": person.phone, "format": "json", **fields}
    return Turn(person, lambda: world.post("/sms.do", {"message": f"hello {next(texts)}", **order}, headers=headers))


def sms(world: World) -> Turn:
    return _sms(world)


def sms_to_two(world: World) -> Turn:
    return _sms(world, to="48600900900,48600900901")


MANY = ",".join(f"486009{place:05}" for place in range(2 * policy.RECIPIENTS_AT_ONCE))


def sms_to_many(world: World) -> Turn:
    return _sms(world, to=MANY)


def sms_to_many_by_a_subuser(world: World) -> Turn:
    person = customer(world)
    clerk = sending.subuser(person.user_id, per_month=points.read("50"), now=world.now)
    return _sms(world, Person(clerk.login, clerk.user_id, "", person.phone), to=MANY)


def sms_for_later(world: World) -> Turn:
    return _sms(world, date=int((world.now + HOUR).timestamp()))


def sms_abroad(world: World) -> Turn:
    person = customer(world)
    sending.allow(account_of(person.user_id), "DE")
    return _sms(world, person, to=sending.GERMAN)


def sms_with_an_idx(world: World) -> Turn:
    """Of which there is one a day: it is used each time by somebody else."""
    return _sms(world, idx="7", check_idx=1)


def sms_of_a_test(world: World) -> Turn:
    return _sms(world, test=1)


def sms_under_a_name(world: World) -> Turn:
    person = customer(world)
    _named(world, person, "SHOP")
    return _sms(world, person, **{"from": "SHOP"})


def sms_under_nobodys_name(world: World) -> Turn:
    return _sms(world, **{"from": "NOBODYS"})


def sms_by_a_subuser(world: World) -> Turn:
    person = customer(world)
    clerk = sending.subuser(person.user_id, per_month=points.read("50"), now=world.now)
    return _sms(world, Person(clerk.login, clerk.user_id, "", person.phone))


def sms_to_a_group(world: World) -> Turn:
    person = customer(world)
    account_id = account_of(person.user_id)
    group = Group(account_id, randomness.record_id(account_id), "friends", world.now, world.now, person.login)
    commit(*groups.adding(group))
    facts = {"phone_number": str(person.phone)}
    contact = Contact(
        account_id,
        randomness.contact_id(account_id, 0, now=world.now),
        world.now,
        world.now,
        facts,
        groups=frozenset({group.group_id}),
    )
    commit(*contacts.adding(contact))
    return _sms(world, person, to=None, group="friends")


def sms_to_a_wrong_number(world: World) -> Turn:
    return _sms(world, to="123")


def sms_without_points(world: World) -> Turn:
    return _sms(world, newcomer(world))


def sms_without_the_scope(world: World) -> Turn:
    return _as_program(world, "POST", "/sms.do", SMS, scopes="tokens")


def _sent(world: World, person: Person, **fields: Any) -> str:
    """The id of a message of theirs."""
    answer = _sms(world, person, **fields).ask()
    return str(answer.body["list"][0]["id"])


def status(world: World) -> Turn:
    person = customer(world)
    return _as_program(world, "POST", "/sms.do", {"status": _sent(world, person), "format": "json"}, person)


def status_by_get(world: World) -> Turn:
    person = customer(world)
    headers, query = bearer(secret_of(world, person)), {"status": _sent(world, person), "format": "json"}
    return Turn(person, partial(world.call, "GET", "/sms.do", headers=headers, query=query))


def removal(world: World) -> Turn:
    person = customer(world)
    waits = _sent(world, person, date=int((world.now + HOUR).timestamp()), idx="7", check_idx=1)
    return _as_program(world, "POST", "/sms.do", {"sch_del": waits, "format": "json"}, person)


def removal_of_one_of_many(world: World) -> Turn:
    person = customer(world)
    waits = _sent(world, person, to=MANY, date=int((world.now + HOUR).timestamp()))
    return _as_program(world, "POST", "/sms.do", {"sch_del": waits, "format": "json"}, person)


def scheduled_by(world: World) -> tuple[Person, str]:
    person = customer(world)
    return person, sending.scheduled(world, person.user_id).message_id(0)


def list_of_messages(world: World) -> Turn:
    person, _ = scheduled_by(world)
    return _as_program(world, "GET", "/messages", person=person)


def withdrawal_of_all(world: World) -> Turn:
    person, _ = scheduled_by(world)
    headers = bearer(secret_of(world, person))
    return Turn(person, lambda: world.call("DELETE", "/messages", headers=headers, query={"state": "waiting"}))


def _order_for_later(world: World, method: str, **more: Any) -> Turn:
    person = customer(world)
    waits = _sent(world, person, date=int((world.now + HOUR).timestamp()), **more)
    headers = bearer(secret_of(world, person))
    return Turn(person, lambda: world.call(method, "/messages", headers=headers, query={"order": waits}))


def list_of_an_order(world: World) -> Turn:
    return _order_for_later(world, "GET")


def list_of_a_large_order(world: World) -> Turn:
    return _order_for_later(world, "GET", to=MANY)


def withdrawal_of_a_large_order(world: World) -> Turn:
    return _order_for_later(world, "DELETE", to=MANY)


def withdrawal(world: World) -> Turn:
    person, message_id = scheduled_by(world)
    return _as_program(world, "DELETE", f"/messages/{message_id}", person=person)


def removal_of_what_has_left(world: World) -> Turn:
    person = customer(world)
    return _as_program(world, "POST", "/sms.do", {"sch_del": _sent(world, person), "format": "json"}, person)


# --- Sender names -----------------------------------------------------------------------------------------


def _named(world: World, person: Person, sender: str) -> None:
    """They have that name, approved."""
    assert _as_program(world, "POST", NAMES, {"sender": sender}, person).ask().status == 201
    accounts.approve(person.login, sender, active=True, now=world.now)


def _with_name(world: World) -> Person:
    person = newcomer(world)
    _named(world, person, "SHOP")
    return person


def _listed(world: World, person: Person) -> list[str]:
    answer = world.call("GET", NAMES, headers=bearer(secret_of(world, person)))
    return [one["sender"] for one in answer.body["collection"]]


def names(world: World) -> Turn:
    return _as_program(world, "GET", NAMES, person=_with_name(world))


def names_for_a_person(world: World) -> Turn:
    return as_somebody(world, "GET", NAMES)


def name(world: World) -> Turn:
    return _as_program(world, "GET", f"{NAMES}/SHOP", person=_with_name(world))


def new_name(world: World) -> Turn:
    person = newcomer(world)
    turn = _as_program(world, "POST", NAMES, {"sender": "SHOP"}, person)
    return Turn(person, turn.ask, lambda _: "SHOP" in _listed(world, person))


def new_name_that_is_none(world: World) -> Turn:
    return _as_program(world, "POST", NAMES, {"sender": "twelve chars"})


def new_name_by_a_person(world: World) -> Turn:
    return as_somebody(world, "POST", NAMES, body={"sender": "SHOP"})


def new_name_with_a_password(world: World) -> Turn:
    person = newcomer(world)
    headers = {"Authorization": programs.with_api_password(world, person)}
    return Turn(person, partial(world.post, NAMES, {"sender": "SHOP"}, headers=headers))


def new_name_with_an_access_token(world: World) -> Turn:
    return with_access_token(world, "POST", NAMES, {"sender": "SHOP"})


def removed_name(world: World) -> Turn:
    person = _with_name(world)
    turn = _as_program(world, "DELETE", f"{NAMES}/SHOP", person=person)
    return Turn(person, turn.ask, lambda _: "SHOP" not in _listed(world, person))


def default_name(world: World) -> Turn:
    return _as_program(world, "POST", f"{NAMES}/SHOP/commands/make_default", person=_with_name(world))


def statement(world: World) -> Turn:
    return _as_program(world, "GET", f"{NAMES}/statement")


def _sender_do(world: World, **command: Any) -> Turn:
    return _as_program(world, "POST", "/sender.do", {**command, "format": "json"}, _with_name(world))


def list_by_get(world: World) -> Turn:
    person = _with_name(world)
    headers, query = bearer(secret_of(world, person)), {"list": "True", "format": "json"}
    return Turn(person, partial(world.call, "GET", "/sender.do", headers=headers, query=query))


def added(world: World) -> Turn:
    return _sender_do(world, add="MORE")


def deleted(world: World) -> Turn:
    return _sender_do(world, delete="SHOP")


def chosen(world: World) -> Turn:
    return _sender_do(world, default="SHOP")


# --- The rest ---------------------------------------------------------------------------------------------


def profile(world: World) -> Turn:
    return _as_program(world, "GET", "/profile", person=customer(world))


def profile_of_a_subuser(world: World) -> Turn:
    clerk = sending.subuser(customer(world).user_id, now=world.now)
    return _as_program(world, "GET", "/profile", person=Person(clerk.login, clerk.user_id, "", None))


def prices(world: World) -> Turn:
    return _as_program(world, "GET", "/profile/prices")


def ping(world: World) -> Turn:
    return _as_program(world, "GET", "/ping")


def ping_with_garbage(world: World) -> Turn:
    ask = partial(world.call, "GET", "/ping", headers=bearer("garbage"))
    return Turn(newcomer(world), ask, _is_not_authorized)


def ping_after_five_minutes(world: World) -> Turn:
    return _as_program(world, "GET", "/ping", used_at=world.now - policy.TOKEN_USE_NOTED_EVERY)


def ping_with_an_access_token(world: World) -> Turn:
    person = newcomer(world)
    client = make(person.user_id, "client", now=world.now, used_at=world.now)
    headers = bearer(access_token(world, {"client_id": client.id, "client_secret": client.secret}))
    return Turn(person, partial(world.call, "GET", "/ping", headers=headers))


def ping_with_a_password(world: World) -> Turn:
    person = newcomer(world)
    headers = {"Authorization": programs.with_api_password(world, person)}
    return Turn(person, partial(world.call, "GET", "/ping", headers=headers))


def _is_not_authorized(answer: Reply) -> bool:
    return answer.body["authorized"] is False


def _anybody(method: str, path: str) -> Any:
    return lambda world: Turn(newcomer(world), partial(world.call, method, path))


# --- What the carrier says --------------------------------------------------------------------------------


def carrier_report(world: World) -> Turn:
    person = customer(world)
    turn = _sms(world, person, notify_url="https://shop.example/report")
    message_id = turn.ask().body["list"][0]["id"]
    world.deliver()
    name = carrier_reports.name_of(account_of(person.user_id), message_id)
    path = carrier_reports.url().removeprefix(settings.API_URL)
    return Turn(person, lambda: world.call("GET", path, query={"idx": name, "status": "404"}))


FLOWS = {
    "POST /sms.do": Flow(sms, 200),
    "POST /sms.do: to two numbers": Flow(sms_to_two, 200),
    "POST /sms.do: to many numbers": Flow(sms_to_many, 200),
    "POST /sms.do: to many numbers, by a sub-user": Flow(sms_to_many_by_a_subuser, 200),
    "POST /sms.do: for later": Flow(sms_for_later, 200),
    "POST /sms.do: abroad": Flow(sms_abroad, 200),
    "POST /sms.do: with an idx for once": Flow(sms_with_an_idx, 200),
    "POST /sms.do: a test": Flow(sms_of_a_test, 200),
    "POST /sms.do: under a sender name of the account": Flow(sms_under_a_name, 200),
    "POST /sms.do: under a name that nobody has": Flow(sms_under_nobodys_name, 400),
    "POST /sms.do: by a sub-user": Flow(sms_by_a_subuser, 200),
    "POST /sms.do: to a group": Flow(sms_to_a_group, 200),
    "POST /sms.do: to a wrong number": Flow(sms_to_a_wrong_number, 400),
    "POST /sms.do: without points": Flow(sms_without_points, 400),
    "POST /sms.do: without the scope": Flow(sms_without_the_scope, 403),
    "POST /sms.do: status": Flow(status, 200),
    "POST /sms.do: removal": Flow(removal, 200),
    "POST /sms.do: removal of one of many": Flow(removal_of_one_of_many, 200),
    "POST /sms.do: removal of what has left": Flow(removal_of_what_has_left, 400),
    "GET /sms.do": Flow(status_by_get, 200),
    "GET /messages": Flow(list_of_messages, 200),
    "GET /messages: of an order": Flow(list_of_an_order, 200),
    "GET /messages: of a large order": Flow(list_of_a_large_order, 200),
    "DELETE /messages": Flow(withdrawal_of_all, 200),
    "DELETE /messages: of a large order": Flow(withdrawal_of_a_large_order, 200),
    "DELETE /messages/{message_id}": Flow(withdrawal, 204),
    "GET /sms/sendernames": Flow(names, 200),
    "GET /sms/sendernames: by a person": Flow(names_for_a_person, 200),
    "GET /sms/sendernames/{sender}": Flow(name, 200),
    "GET /sms/sendernames/statement": Flow(statement, 200),
    "POST /sms/sendernames": Flow(new_name, 201),
    "POST /sms/sendernames: by a person": Flow(new_name_by_a_person, 201),
    "POST /sms/sendernames: with a password": Flow(new_name_with_a_password, 201),
    "POST /sms/sendernames: access token": Flow(new_name_with_an_access_token, 201),
    "POST /sms/sendernames: no name": Flow(new_name_that_is_none, 400),
    "DELETE /sms/sendernames/{sender}": Flow(removed_name, 204),
    "POST /sms/sendernames/{sender}/commands/make_default": Flow(default_name, 204),
    "GET /sender.do": Flow(list_by_get, 200),
    "POST /sender.do": Flow(added, 200),
    "POST /sender.do: delete": Flow(deleted, 200),
    "POST /sender.do: default": Flow(chosen, 200),
    "GET /profile": Flow(profile, 200),
    "GET /profile: of a sub-user": Flow(profile_of_a_subuser, 200),
    "GET /profile/prices": Flow(prices, 200),
    "GET /carriers/smsapi/{secret}": Flow(carrier_report, 200),
    "GET /ping": Flow(ping, 200),
    "GET /ping: five minutes after the last use": Flow(ping_after_five_minutes, 200),
    "GET /ping: access token": Flow(ping_with_an_access_token, 200),
    "GET /ping: login and password": Flow(ping_with_a_password, 200),
    "GET /ping: garbage": Flow(ping_with_garbage, 200),
    "HEAD /ping": Flow(_anybody("HEAD", "/ping"), 204),
}
