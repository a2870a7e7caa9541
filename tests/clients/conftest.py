"""The stack of this machine, and who has registered there: a client of OAuth, and a customer of the platform."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import requests

from tests.clients.customer import Customer
from tests.journeys.client import Stack
from tests.journeys.people import Person
from tests.support import npm
from tests.support.local import PATIENCE, Local

HERE = Path(__file__).parent
INSTALLED = npm.ROOT / ".furtka" / "clients"

NUMBERS = count(500_100_100)


@dataclass(frozen=True)
class Registered:
    """A client, and where it finds the rest."""

    url: str
    client_id: str
    client_secret: str

    @property
    def metadata(self) -> dict[str, str]:
        found = requests.get(f"{self.url}/.well-known/oauth-authorization-server", timeout=PATIENCE)
        assert found.ok, found.text
        return dict(found.json())

    def is_taken(self, token: str) -> bool:
        """Whether the API takes *token*."""
        answer = requests.get(f"{self.url}/tokens", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE)
        assert answer.status_code in (200, 401), answer.text
        return answer.ok


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Local(tmp_path_factory.mktemp("stack"), program="tests.support.quick_local") as local:
        yield Stack(local.url)


@pytest.fixture(scope="session")
def person(stack: Stack) -> Person:
    """Who owns an account, and signs in with a password alone."""
    return Person(stack, phone=False)


@pytest.fixture(scope="session")
def client(person: Person) -> Registered:
    """With the right to manage tokens, which the tests try their access tokens on, and one more."""
    order = {"kind": "client", "name": "Shop", "scopes": ["sms", "tokens"]}
    made = person.gets(person.sign_in(device_token=person.device), "POST", "/tokens", order)
    return Registered(person.stack.url, made["client_id"], made["client_secret"])


@pytest.fixture(scope="session")
def customer(person: Person) -> Customer:
    """The same account as a customer of the platform: it has points and may send abroad, and a token may do all."""
    return Customer.of(person)


@pytest.fixture
def number() -> str:
    """A mobile number that nobody was sent anything to."""
    return f"48{next(NUMBERS)}"


@pytest.fixture(scope="session")
def modules() -> Path:
    """A folder with the npm packages that are pinned here. Where they can't be had the tests fail, and say why."""
    npm.install(HERE, INSTALLED)
    return INSTALLED
