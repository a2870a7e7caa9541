"""Which program is calling: known by its token, found in one round trip with all that is to be known of it.

An account may let its programs show a login and a password as well, the way they did before there were tokens.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from shared.auth import attempt_limits, authorization_header
from shared.auth.attempt_limits import ApiPasswordTries
from shared.auth.principals import OwnRow, Principal
from shared.crypto import password_hash, seal
from shared.domain import identifiers, ip_ranges
from shared.domain.accounts import Account
from shared.domain.activity import actor_of_token
from shared.domain.identifiers import BASE62, USER_CHARACTERS, Token
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.scopes import LEGACY_SCOPES
from shared.domain.tokens import ApiToken, Rights
from shared.domain.users import User
from shared.errors import (
    AddressNotAllowed,
    ExceedsRights,
    LegacyApiOff,
    LoginDisabled,
    Outrun,
    Refusal,
    TokenRefused,
    UnknownLogin,
    WrongPassword,
)
from shared.storage import access_tokens, counters, logins, tokens, users
from shared.storage.engine import Write, commit

NOBODY = BASE62[0] * USER_CHARACTERS
"""Read in place of the user whose login does not exist, so that asking takes as long."""


@dataclass(frozen=True)
class ApiClient(Principal):
    """A program that calls the API, and what it may do now.

    `held` is the API token, or the OAuth client that an access token was given to; None where the program showed a
    login and an API password, whose hash is `password_hash`.
    """

    held: ApiToken | None
    rights: Rights
    password_hash: str | None = field(default=None, repr=False)

    @property
    def token(self) -> ApiToken:
        """`held`, for routes whose scope no password gives. Raises LookupError where it is None: a mistake of ours."""
        if self.held is None:
            raise LookupError("a password is no token")
        return self.held

    @property
    def actor(self) -> str:
        """The token's name in the log. A program that showed a password acts under its user's name."""
        return actor_of_token(self.held.token_id) if self.held else self.user.login

    @property
    def scopes(self) -> frozenset[str]:
        return self.rights.scopes

    def still_allowed(self, *, writing: Collection[OwnRow] = ()) -> list[Write]:
        """The credential is what it was, and its user is let in and has the same rights."""
        guards = {OwnRow.USER: users.allowing_client(self.user), OwnRow.TOKEN: self._credential()}
        return [guard for row, guard in guards.items() if row not in writing]

    def must_exceed(self, rights: Rights) -> None:
        """Raise ExceedsRights where *rights* hold anything that this client does not have."""
        if not rights.is_within(self.rights):
            raise ExceedsRights

    def _credential(self) -> Write:
        if self.held:
            return tokens.insisting(self.held)
        return logins.insisting_api_password(self.user.login, self.password_hash)


def by_token(text: str, *, origin: Origin, now: datetime) -> ApiClient:
    """The program that holds an API token or an access token. Garbage costs no round trip.

    Raises TokenRefused, TooManyForgeries, AddressNotAllowed, or TooManyRequests where the token's own limit is reached.
    """
    return _admitted(_program(text, origin, now=now), origin, now=now)


def by_client_secret(client_id: str, secret: str, *, origin: Origin, now: datetime) -> ApiClient:
    """The OAuth client with that id and secret (RFC 6749 2.3.1). Raises as `by_token`."""
    token = identifiers.read(secret, kind="client")
    if token is None or token.id != client_id:
        raise TokenRefused
    client, user, account = tokens.find_with_holder(token.id)
    return _admitted(_holding(token, client, user, account, origin, now=now), origin, now=now)


def by_basic(header: str, *, origin: Origin, now: datetime) -> ApiClient:
    """As `by_password`, by an Authorization header of the scheme Basic. Garbage costs no round trip."""
    shown = authorization_header.basic(header)
    if shown is None:
        raise WrongPassword
    return by_password(shown.login, shown.password, origin=origin, now=now)


def by_password(login: str, password: str, *, origin: Origin, now: datetime) -> ApiClient:
    """The program that shows an API password, with its user's login in canonical form. It has LEGACY_SCOPES at most.

    Whatever is wrong, but for the address, looks the same and costs the same reads, writes and hash. A password that
    was right before is neither counted nor hashed again, as long as its hash is the one that was read just now.
    Raises WrongPassword, TooManyPasswords, or AddressNotAllowed for the right password from elsewhere.
    """
    owner = logins.find(login)
    user, account = users.find(owner.user_id if owner else NOBODY)
    if not (owner and user and account):
        commit(*ApiPasswordTries(login, origin).paying(now=now))
        password_hash.is_password(None, password)
        raise UnknownLogin
    hindrance = _hindrance(owner, user, account, origin, now=now)
    if hindrance or not password_hash.is_known(owner.api_password_hash, password):
        _prove(owner, password, hindrance, origin, now=now)
    return ApiClient(user, account, None, Rights(LEGACY_SCOPES & user.scopes), owner.api_password_hash)


def _program(text: str, origin: Origin, *, now: datetime) -> ApiClient:
    """Without regard to the address and to the token's own limit."""
    if token := identifiers.read(text, kind="api"):
        return _holding(token, *tokens.find_with_holder(token.id), origin, now=now)
    if token := identifiers.read(text, kind="access"):
        return _client_of(token, origin, now=now)
    raise TokenRefused


def _holding(
    token: Token, held: ApiToken | None, user: User | None, account: Account | None, origin: Origin, *, now: datetime
) -> ApiClient:
    if not (held and user and account and held.kind == token.kind and _is_one_of(held.sealed(now=now), token)):
        raise _forgery(TokenRefused(), origin, now=now)
    if not (held.lives(now=now) and user.enabled):
        raise TokenRefused
    rights = held.rights_of(user)
    if not seal.is_token(held.sealed_secret, token):  # what was rotated away gives nothing that outlives it
        rights = rights.until(held.before_until)
    return ApiClient(user, account, held, rights)


def _client_of(token: Token, origin: Origin, *, now: datetime) -> ApiClient:
    access, client, user, account = access_tokens.find_with_holder(token.id)
    if not (access and client and user and account and seal.is_token(access.sealed_secret, token)):
        raise _forgery(TokenRefused(), origin, now=now)
    if not (access.lives(now=now) and client.lives(now=now) and user.enabled):
        raise TokenRefused
    return ApiClient(user, account, client, access.narrowing(client.rights_of(user)))


def _is_one_of(sealed: list[str], token: Token) -> bool:
    return any(seal.is_token(one, token) for one in sealed)


def _admitted(client: ApiClient, origin: Origin, *, now: datetime) -> ApiClient:
    """From this address, and this often."""
    _must_be_admitted(client, origin, now=now)
    if client.held:
        _use(client.held, client.rights.rate_limit, origin, now=now)
    return client


def _use(token: ApiToken, limit: int | None, origin: Origin, *, now: datetime) -> None:
    if limit is not None:
        commit(counters.counting_request(token.token_id, limit, now=now))
    if token.is_worth_noting(now=now):
        with suppress(Outrun):  # another request wrote its use down first
            commit(tokens.touching(token, address=origin.address, now=now))


def _must_be_admitted(client: ApiClient, origin: Origin, *, now: datetime) -> None:
    account, sources = client.account, client.rights.sources
    is_bound = client.user.owner or account.api_for_subusers
    if is_bound and not account.api.admits(origin.address, now=now):
        raise AddressNotAllowed
    if sources and not ip_ranges.admits(sources, origin.address):
        raise AddressNotAllowed


def _hindrance(owner: Login, user: User, account: Account, origin: Origin, *, now: datetime) -> Refusal | None:
    """Why not even the right password is taken. The list binds sub-users too: without one there are no passwords."""
    if not (owner.enabled and user.enabled):
        return LoginDisabled()
    if not account.takes_passwords(now=now):
        return LegacyApiOff()
    return None if account.api.admits(origin.address, now=now) else AddressNotAllowed()


def _prove(owner: Login, password: str, hindrance: Refusal | None, origin: Origin, *, now: datetime) -> None:
    """Pays for the try, then looks. Only a try that succeeds forgives those before it."""
    tries = ApiPasswordTries(owner.login, origin, admitted=hindrance is None)
    commit(*tries.paying(now=now))
    hashed = owner.api_password_hash
    right = password_hash.is_password(hashed, password)  # without a hash as well, at the same cost
    if hashed is None or not right:
        raise WrongPassword
    if hindrance:
        raise hindrance
    commit(*tries.forgiving())
    password_hash.keep_in_mind(hashed, password)


def _forgery(refusal: Refusal, origin: Origin, *, now: datetime) -> Refusal:
    """A secret that nobody holds is counted by address. Raises TooManyForgeries where that is too much."""
    commit(attempt_limits.paying_for_forgery(origin, now=now))
    return refusal
