"""An account with an owner and sub-users, who ask about its contacts with tokens of theirs."""

from dataclasses import dataclass
from typing import Any

from shared import policy
from shared.crypto import randomness
from shared.domain.identifiers import account_of
from shared.domain.logins import Login
from shared.domain.users import User
from shared.storage import engine, logins, users
from tests.support import tokens
from tests.support.events import Reply
from tests.support.world import Person, World

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PHONE = "48600100200"


@dataclass(frozen=True)
class Asker:
    """Somebody with a token that has the scope `contacts`."""

    world: World
    person: Person
    secret: str

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> Reply:
        headers = {"Authorization": f"Bearer {self.secret}", **more.pop("headers", {})}
        return self.world.call(method, path, body, headers=headers, **more)

    def get(self, path: str, **query: str) -> Reply:
        return self.ask("GET", path, query=query)

    def post(self, path: str, **body: object) -> Reply:
        return self.ask("POST", path, body)

    def put(self, path: str, **body: object) -> Reply:
        return self.ask("PUT", path, body)

    def delete(self, path: str, **body: object) -> Reply:
        return self.ask("DELETE", path, body or None)

    def contact(self, number: str = PHONE, **facts: object) -> str:
        """The id of a new one."""
        return made(self.post("/contacts", phone_number=number, **facts))

    def group(self, name: str = "VIP", *members: str) -> str:
        """The id of a new one, with contacts in it."""
        group_id = made(self.post("/contacts/groups", name=name))
        for contact_id in members:
            assert self.put(f"/contacts/groups/{group_id}/members/{contact_id}").status == 200
        return group_id

    def share(self, group_id: str, colleague: "Asker", *rights: str) -> None:
        """Exactly these."""
        given = dict.fromkeys(rights, True)
        path = f"/contacts/groups/{group_id}/permissions"
        answer = self.post(path, username=colleague.person.login, **given)
        assert answer.status == 201, answer

    def numbers(self) -> list[str]:
        """Of all the contacts that they are told of."""
        found = self.get("/contacts", limit="100").body["collection"]
        return sorted(contact["phone_number"] for contact in found)

    def colleague(self, name: str = "bob") -> "Asker":
        """A sub-user in the same account."""
        return asker(self.world, subuser(self.world, self.person, name))


def made(answer: Reply) -> str:
    assert answer.status == 201, answer
    return str(answer.body["id"])


def asker(world: World, person: Person, scopes: str = "contacts", **facts: Any) -> Asker:
    return Asker(world, person, tokens.given(world, person, scopes=scopes, used_at=world.now, **facts))


def subuser(world: World, owner: Person, name: str) -> Person:
    """One who could sign in."""
    account_id = account_of(owner.user_id)
    user_id = randomness.user_id(account_id)
    login = Login(name, account_id, user_id, f"{name}@example.com", None, "en", enabled=True, idle=policy.SESSION_IDLE)
    user = User(account_id, user_id, name, enabled=True, created_at=world.now, email=login.email, owner=False)
    engine.commit(logins.adding(login), users.adding(user))
    return Person(name, user_id, login.email, None)


def remove(person: Person) -> None:
    """They are deleted, as far as contacts are concerned."""
    user = users.UserItem(account_of(person.user_id), person.user_id)
    engine.commit(engine.remove(user), engine.remove(logins.LoginItem(person.login)))
