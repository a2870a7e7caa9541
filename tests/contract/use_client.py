"""How a stranger uses the client that openapi-python-client made: checked by mypy, never run."""

from furtka_client import AuthenticatedClient, Client
from furtka_client.api.api_tokens import create_token, list_tokens
from furtka_client.api.sign_in import sign_in
from furtka_client.models import (
    Challenged,
    Credentials,
    NewToken,
    SignedIn,
    TokenOrder,
    TokenOrderScopesItem,
    Tokens,
)

ANYBODY = Client(base_url="https://api.furtka.example")


def signed_in(login: str, password: str) -> str:
    """The token of a session, or the id of a challenge."""
    match sign_in.sync(client=ANYBODY, body=Credentials(login=login, password=password)):
        case SignedIn() as opened:
            return opened.session.token
        case Challenged() as asked:
            return asked.challenge.id
        case refusal:
            raise ValueError(refusal)


def names(token: str) -> list[str]:
    client = AuthenticatedClient(base_url="https://api.furtka.example", token=token)
    listed = list_tokens.sync(client=client)
    return [one.name for one in listed.collection] if isinstance(listed, Tokens) else []


def new_secret(token: str) -> str:
    client = AuthenticatedClient(base_url="https://api.furtka.example", token=token)
    made = create_token.sync(client=client, body=TokenOrder(name="Shop", scopes=[TokenOrderScopesItem.SMS]))
    assert isinstance(made, NewToken)
    return made.access_token
