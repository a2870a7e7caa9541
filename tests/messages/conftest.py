"""People with points who send, and the programs that do it for them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from shared.domain import points
from shared.domain.identifiers import account_of
from shared.domain.users import User
from tests.support import sending, tokens
from tests.support.events import Reply
from tests.support.world import Person, World

FORM = "application/x-www-form-urlencoded"
START = points.read("10")


@dataclass
class Shop:
    """A program with a token of *user_id*, as the clients of the platform send: by form, and wanting JSON."""

    world: World
    user_id: str
    secret: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    @property
    def account_id(self) -> str:
        return account_of(self.user_id)

    @property
    def points(self) -> float:
        return points.told(sending.balance(self.user_id))

    def form(self, path: str, parameters: object, **more: Any) -> Reply:
        headers = {"Content-Type": FORM, **self.bearer, **more.pop("headers", {})}
        return self.world.post(path, urlencode(parameters, doseq=True), headers=headers, **more)  # type: ignore[arg-type]

    def legacy(self, path: str, **parameters: object) -> Any:
        """What a `*.do` says: always under 200."""
        answer = self.form(path, {"format": "json", **parameters})
        assert (answer.status, answer.headers["Content-Type"]) == (200, ["application/json; charset=utf-8"]), answer
        return answer.body

    def sms(self, **parameters: object) -> Any:
        """A message to one number, unless *parameters* say otherwise."""
        return self.legacy("/sms.do", **{"to": "48600100201", "message": "hello", **parameters})

    def rest(self, method: str, path: str, body: object = None, **more: Any) -> Reply:
        return self.world.call(method, path, body, headers=self.bearer, **more)


def program(world: World, user_id: str, **facts: Any) -> Shop:
    """With every scope, unless *facts* of its token say otherwise. Its use need not be written down."""
    return Shop(world, user_id, tokens.make(user_id, now=world.now, **{"used_at": world.now, **facts}).secret)


@pytest.fixture
def shop(world: World) -> Shop:
    """Of ann, whose account has ten points: 62 messages at home, and some."""
    sending.give_points(account_of(world.ann.user_id), START)
    return program(world, world.ann.user_id)


@pytest.fixture
def stranger(world: World) -> Shop:
    """Of somebody with an account of their own, and as many points."""
    person: Person = world.add("stranger")
    sending.give_points(account_of(person.user_id), START)
    return program(world, person.user_id)


def clerk(shop: Shop, **facts: Any) -> Shop:
    """Of a new sub-user in the account of *shop*, who may use five of its points. *facts* are fields of the user."""
    user: User = sending.subuser(shop.user_id, from_account=points.read("5"), now=shop.world.now, **facts)
    return program(shop.world, user.user_id)
