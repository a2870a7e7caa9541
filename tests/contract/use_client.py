"""How a stranger uses the client that openapi-python-client made: checked by mypy, never run."""

from furtka_client import AuthenticatedClient, Client
from furtka_client.api.api_tokens import create_token, list_tokens
from furtka_client.api.sign_in import sign_in
from furtka_client.models import (
    ChallengeResponse,
    CreatedTokenResponse,
    CreateTokenRequest,
    CreateTokenRequestScopesItem,
    SignedInResponse,
    SignInRequest,
    TokensResponse,
)

ANYBODY = Client(base_url="https://api.furtka.example")


def signed_in(login: str, password: str) -> str:
    """The token of a session, or the id of a challenge."""
    match sign_in.sync(client=ANYBODY, body=SignInRequest(login=login, password=password)):
        case SignedInResponse() as opened:
            return opened.session.token
        case ChallengeResponse() as asked:
            return asked.challenge.id
        case refusal:
            raise ValueError(refusal)


def names(token: str) -> list[str]:
    client = AuthenticatedClient(base_url="https://api.furtka.example", token=token)
    listed = list_tokens.sync(client=client)
    return [one.name for one in listed.collection] if isinstance(listed, TokensResponse) else []


def new_secret(token: str) -> str:
    client = AuthenticatedClient(base_url="https://api.furtka.example", token=token)
    made = create_token.sync(
        client=client, body=CreateTokenRequest(name="Shop", scopes=[CreateTokenRequestScopesItem.SMS])
    )
    assert isinstance(made, CreatedTokenResponse)
    return made.access_token
