"""IP lists as their owner handles them, and the places that they come from."""

from dataclasses import replace
from typing import Any

from shared import policy
from shared.crypto import randomness
from shared.domain.accounts import Account
from shared.domain.identifiers import account_of
from shared.domain.ip_lists import IpList, ListEntry
from shared.domain.logins import Login
from shared.domain.users import User
from shared.storage import accounts, engine, ip_lists, logins, users
from tests.support.events import HOME, Reply
from tests.support.factors import ask
from tests.support.world import Person, World

PATH = "/account/ip-lists"
OFFICE, ABROAD = "192.0.2.7", "203.0.113.9"


def show(world: World, token: str, *, address: str = HOME) -> dict[str, Any]:
    answer = ask(world, token, "GET", PATH, address=address)
    assert answer.status == 200, answer
    return dict(answer.body)


def save(
    world: World,
    token: str,
    *sources: str,
    name: str = "panel",
    enabled: bool = True,
    address: str = HOME,
    **more: object,
) -> Reply:
    """*sources* stand without notes; *more* goes into the body."""
    body = {"enabled": enabled, "entries": [{"source": source} for source in sources], **more}
    return ask(world, token, "PUT", f"{PATH}/{name}", body, address=address)


def confirm(world: World, token: str, *, name: str = "panel", address: str = HOME) -> Reply:
    return ask(world, token, "POST", f"{PATH}/{name}/confirm", address=address)


def sources(listed: dict[str, Any]) -> list[str]:
    return [entry["source"] for entry in listed["entries"]]


def account_at(person: Person) -> Account:
    """What lies in the account's row."""
    account = accounts.find(account_of(person.user_id))
    assert account
    return account


def decide_meanwhile(world: World, person: Person, *sources: str, name: str = "panel") -> None:
    """What another save does, between what a request has read and what it writes."""
    account = account_at(person)
    before: IpList = getattr(account, name)
    ip_list = before.proposing(on=True, sources=" ".join(sources), on_trial=False, now=world.now)
    entries = [ListEntry(source, "", person.login, world.now) for source in sources]
    engine.commit(
        accounts.setting_lists(account, **{name: ip_list}), ip_lists.keeping(account.account_id, name, entries)
    )


def colleague(world: World, owner: Person, name: str, **facts: object) -> Person:
    """A sub-user in the account of *owner*, with the same password and no second factor. *facts* are of the user."""
    account_id, email = account_of(owner.user_id), f"{name}@example.com"
    user_id = randomness.user_id(account_id)
    found = logins.find(owner.login)
    assert found
    login = Login(name, account_id, user_id, email, None, "en", True, policy.SESSION_IDLE)
    user = User(account_id, user_id, name, True, world.now, email, owner=False, password_set_at=world.now)
    user = replace(user, **facts)
    engine.commit(
        logins.adding(replace(login, password_hash=found.password_hash, enabled=user.enabled)), users.adding(user)
    )
    return Person(name, user_id, email, None)
