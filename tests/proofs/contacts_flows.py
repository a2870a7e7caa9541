"""Requests about contacts, groups and permissions: who sends them, and how they are answered."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

from shared import policy
from shared.crypto import randomness
from shared.domain.identifiers import account_of
from shared.domain.logins import Login
from shared.domain.users import User
from shared.storage import engine, groups, logins, users
from tests.proofs.token_flows import access_token, secret_of, with_access_token
from tests.proofs.turns import Flow, Turn, as_somebody, bearer, newcomer
from tests.support.programs import with_api_password
from tests.support.tokens import make
from tests.support.world import Person, World

type Path = Callable[["Scene"], str]

_numbers = count(200_000)


class Scene:
    """An account with a contact in a group of it; one that is in none; and a sub-user who may do all with the group."""

    def __init__(self, world: World) -> None:
        self.world, self.owner = world, newcomer(world)
        self.by_owner = self.program(self.owner)
        self.subuser = _subuser(world, self.owner)
        self.by_subuser = self.program(self.subuser)
        self.group = self.id_of(self.owner_asks("POST", "/contacts/groups", {"name": "VIP"}))
        self.contact, self.other = (self.id_of(self.owner_asks("POST", "/contacts", new())) for _ in range(2))
        self.owner_asks("PUT", f"/contacts/groups/{self.group}/members/{self.contact}")
        rights = {"username": self.subuser.login, "read": True, "write": True, "send": True}
        self.owner_asks("POST", f"/contacts/groups/{self.group}/permissions", rights)

    def program(self, person: Person, scopes: str = "contacts") -> dict[str, str]:
        return bearer(secret_of(self.world, person, scopes=scopes))

    def owner_asks(self, method: str, path: str, body: object = None) -> Any:
        answer = self.world.call(method, path, body, headers=self.by_owner)
        assert answer.status < 300, answer
        return answer.body

    @staticmethod
    def id_of(told: dict[str, str]) -> str:
        return told["id"]


def new() -> dict[str, str]:
    """A contact with a number that nobody has."""
    return {"phone_number": f"+48601{next(_numbers):06}"}


def _subuser(world: World, owner: Person) -> Person:
    account_id = account_of(owner.user_id)
    user_id = randomness.user_id(account_id)
    name = user_id.casefold()
    login = Login(name, account_id, user_id, "", None, "en", enabled=True, idle=policy.SESSION_IDLE)
    user = User(account_id, user_id, name, enabled=True, created_at=world.now, owner=False)
    engine.commit(logins.adding(login), users.adding(user))
    return Person(name, user_id, "", None)


def owners(method: str, path: Path, body: Callable[[Scene], object] = lambda _: None) -> Callable[[World], Turn]:
    """A request of the owner's program."""

    def ready(world: World) -> Turn:
        scene = Scene(world)
        ask = partial(world.call, method, path(scene), body(scene), headers=scene.by_owner)
        return Turn(scene.owner, ask)

    return ready


def subusers(method: str, path: Path, body: Callable[[Scene], object] = lambda _: None) -> Callable[[World], Turn]:
    """The same of a sub-user's."""

    def ready(world: World) -> Turn:
        scene = Scene(world)
        ask = partial(world.call, method, path(scene), body(scene), headers=scene.by_subuser)
        return Turn(scene.subuser, ask)

    return ready


def without_the_scope(world: World) -> Turn:
    scene = Scene(world)
    headers = scene.program(scene.owner, "sms")
    return Turn(scene.owner, partial(world.call, "GET", "/contacts", headers=headers))


def by_a_person(world: World) -> Turn:
    return as_somebody(world, "GET", "/contacts")


def with_a_password(world: World) -> Turn:
    person = newcomer(world)
    headers = {"Authorization": with_api_password(world, person)}
    return Turn(person, partial(world.call, "GET", "/contacts", headers=headers))


def new_by_a_person(world: World) -> Turn:
    return as_somebody(world, "POST", "/contacts", body=new())


def new_with_a_password(world: World) -> Turn:
    person = newcomer(world)
    headers = {"Authorization": with_api_password(world, person)}
    return Turn(person, partial(world.post, "/contacts", new(), headers=headers))


def new_with_an_access_token(world: World) -> Turn:
    return with_access_token(world, "POST", "/contacts", new(), scopes="contacts")


def _by_program(world: World, **facts: Any) -> Turn:
    person = newcomer(world)
    headers = bearer(secret_of(world, person, scopes="contacts", **facts))
    return Turn(person, partial(world.call, "GET", "/contacts", headers=headers))


def first_use_in_five_minutes(world: World) -> Turn:
    return _by_program(world, used_at=world.now - policy.TOKEN_USE_NOTED_EVERY)


def use_of_a_limited_token(world: World) -> Turn:
    return _by_program(world, rate_limit=1000)


def use_of_an_access_token(world: World) -> Turn:
    person = newcomer(world)
    client = make(person.user_id, "client", now=world.now, used_at=world.now, scopes="contacts")
    headers = bearer(access_token(world, {"client_id": client.id, "client_secret": client.secret}))
    world.wait(timedelta(seconds=1))
    return Turn(person, partial(world.call, "GET", "/contacts", headers=headers))


def with_the_phonebook(world: World) -> Turn:
    scene = Scene(world)
    engine.commit(groups.sharing_all(scene.subuser.user_id, on=True))
    return Turn(scene.subuser, partial(world.call, "GET", "/contacts", headers=scene.by_subuser))


def contact(scene: Scene) -> str:
    return f"/contacts/{scene.contact}"


def other(scene: Scene) -> str:
    """A contact that is in no group."""
    return f"/contacts/{scene.other}"


def group(scene: Scene) -> str:
    return f"/contacts/groups/{scene.group}"


def members(scene: Scene) -> str:
    return f"{group(scene)}/members"


def member(scene: Scene) -> str:
    return f"{members(scene)}/{scene.contact}"


def not_yet(scene: Scene) -> str:
    """Of a contact that is not in the group."""
    return f"{members(scene)}/{scene.other}"


def groups_of(scene: Scene) -> str:
    return f"{contact(scene)}/groups"


def group_of(scene: Scene) -> str:
    return f"{groups_of(scene)}/{scene.group}"


def group_of_other(scene: Scene) -> str:
    return f"{other(scene)}/groups/{scene.group}"


def permissions(scene: Scene) -> str:
    return f"{group(scene)}/permissions"


def permission(scene: Scene) -> str:
    return f"{permissions(scene)}/{scene.subuser.login}"


def everything(_: Scene) -> str:
    return "/contacts"


def all_groups(_: Scene) -> str:
    return "/contacts/groups"


def renamed(_: Scene) -> object:
    return {"name": "Very"}


FLOWS = {
    "GET /contacts": Flow(owners("GET", everything), 200),
    "GET /contacts: by a person": Flow(by_a_person, 200),
    "GET /contacts: with a password": Flow(with_a_password, 200),
    "GET /contacts: five minutes after the last use": Flow(first_use_in_five_minutes, 200),
    "GET /contacts: by a program with a limit": Flow(use_of_a_limited_token, 200),
    "GET /contacts: access token": Flow(use_of_an_access_token, 200),
    "GET /contacts: by a sub-user": Flow(subusers("GET", everything), 200),
    "GET /contacts: by a sub-user with the phonebook": Flow(with_the_phonebook, 200),
    "GET /contacts: without the scope": Flow(without_the_scope, 403),
    "POST /contacts": Flow(owners("POST", everything, lambda _: new()), 201),
    "POST /contacts: by a person": Flow(new_by_a_person, 201),
    "POST /contacts: with a password": Flow(new_with_a_password, 201),
    "POST /contacts: access token": Flow(new_with_an_access_token, 201),
    "POST /contacts: by a sub-user": Flow(subusers("POST", everything, lambda _: new()), 201),
    "DELETE /contacts": Flow(owners("DELETE", everything), 202),
    "DELETE /contacts: by a sub-user": Flow(subusers("DELETE", everything), 403),
    "GET /contacts/{contact_id}": Flow(owners("GET", contact), 200),
    "GET /contacts/{contact_id}: that a sub-user may not see": Flow(subusers("GET", other), 404),
    "PUT /contacts/{contact_id}": Flow(owners("PUT", contact, lambda _: {"city": "Gdynia"}), 200),
    "PUT /contacts/{contact_id}: another number": Flow(owners("PUT", contact, lambda _: new()), 200),
    "PUT /contacts/{contact_id}: by a sub-user": Flow(subusers("PUT", contact, lambda _: new()), 200),
    "DELETE /contacts/{contact_id}": Flow(owners("DELETE", contact), 204),
    "DELETE /contacts/{contact_id}: by a sub-user": Flow(subusers("DELETE", contact), 204),
    "GET /contacts/groups": Flow(owners("GET", all_groups), 200),
    "GET /contacts/groups: by a sub-user": Flow(subusers("GET", all_groups), 200),
    "POST /contacts/groups": Flow(owners("POST", all_groups, renamed), 201),
    "GET /contacts/groups/{group_id}": Flow(owners("GET", group), 200),
    "PUT /contacts/groups/{group_id}": Flow(owners("PUT", group, renamed), 200),
    "DELETE /contacts/groups/{group_id}": Flow(owners("DELETE", group), 204),
    "DELETE /contacts/groups/{group_id}: with its contacts": Flow(
        owners("DELETE", group, lambda _: {"delete_contacts": True}), 204
    ),
    "GET /contacts/{contact_id}/groups": Flow(owners("GET", groups_of), 200),
    "POST /contacts/{contact_id}/groups": Flow(
        owners("POST", lambda scene: f"{other(scene)}/groups", lambda scene: {"0": scene.group}), 201
    ),
    "GET /contacts/{contact_id}/groups/{group_id}": Flow(owners("GET", group_of), 200),
    "PUT /contacts/{contact_id}/groups/{group_id}": Flow(owners("PUT", group_of_other), 200),
    "DELETE /contacts/{contact_id}/groups/{group_id}": Flow(owners("DELETE", group_of), 204),
    "POST /contacts/groups/{group_id}/members": Flow(owners("POST", members, lambda _: {"q": "601"}), 204),
    "PUT /contacts/groups/{group_id}/members": Flow(owners("PUT", members, lambda _: {"q": "601"}), 204),
    "DELETE /contacts/groups/{group_id}/members": Flow(owners("DELETE", members, lambda _: {"q": "601"}), 204),
    "GET /contacts/groups/{group_id}/members/{contact_id}": Flow(owners("GET", member), 200),
    "PUT /contacts/groups/{group_id}/members/{contact_id}": Flow(owners("PUT", not_yet), 200),
    "DELETE /contacts/groups/{group_id}/members/{contact_id}": Flow(owners("DELETE", member), 204),
    "DELETE /contacts/groups/{group_id}/members/{contact_id}: by a sub-user": Flow(subusers("DELETE", member), 204),
    "GET /contacts/groups/{group_id}/permissions": Flow(owners("GET", permissions), 200),
    "GET /contacts/groups/{group_id}/permissions: by a sub-user": Flow(subusers("GET", permissions), 200),
    "POST /contacts/groups/{group_id}/permissions": Flow(
        owners("POST", permissions, lambda scene: {"username": scene.subuser.login, "read": True}), 201
    ),
    "POST /contacts/groups/{group_id}/permissions: for nobody": Flow(
        owners("POST", permissions, lambda _: {"username": "nobody", "read": True}), 404
    ),
    "GET /contacts/groups/{group_id}/permissions/{username}": Flow(owners("GET", permission), 200),
    "POST /contacts/groups/{group_id}/permissions/{username}": Flow(
        owners("POST", permission, lambda _: {"read": True}), 201
    ),
    "PUT /contacts/groups/{group_id}/permissions/{username}": Flow(
        owners("PUT", permission, lambda _: {"write": False}), 200
    ),
    "DELETE /contacts/groups/{group_id}/permissions/{username}": Flow(owners("DELETE", permission), 204),
}
