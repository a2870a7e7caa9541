"""API clients: who calls the API with a token, and what they may do, read in one round trip.

An account may also allow its programs to authenticate with a login and an API password, as they did before tokens.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.auth import attempt_limits, authorization_header, networks, password_rules
from shared.auth.attempt_limits import ApiPasswordAttempts
from shared.auth.principals import OwnRow, Principal
from shared.crypto import password_hash, seal
from shared.domain import audit_events, identifiers
from shared.domain.accounts import Account
from shared.domain.activity import actor_of_token
from shared.domain.identifiers import BASE62, USER_CHARACTERS, Token
from shared.domain.logins import Login
from shared.domain.messages import BY_PASSWORD
from shared.domain.origins import Origin
from shared.domain.provenance import UNKNOWN, Provenance, merged
from shared.domain.rights import Rate, Rights
from shared.domain.scopes import LEGACY_SCOPES
from shared.domain.tokens import AccessToken, ApiToken
from shared.domain.users import User
from shared.errors import (
    AddressNotAllowed,
    ExceedsRights,
    LegacyApiOff,
    LoginDisabled,
    Outrun,
    Refusal,
    TokenForged,
    TokenRefused,
    TokenSuspended,
    UnknownLogin,
    UnknownToken,
    WrongPassword,
)
from shared.observability import caller_is
from shared.storage import access_tokens, accounts, counters, logins, tokens, users
from shared.storage.engine import Write, commit

API_PASSWORDS = "api-password"
"""What failures with API passwords are counted as: apart from those at the panel."""

NOBODY = BASE62[0] * USER_CHARACTERS
"""The id that is read if a login does not exist, so that the answer takes as long as for one that does."""


@dataclass(frozen=True)
class ApiClient(Principal):
    """A program that calls the API, and what it may do now.

    `held` is its API token, or the OAuth client that its access token `access` was issued to. It is None if the program
    showed a login and an API password; then `password_hash` is that password's hash. `own` are the rights of what it
    showed, and `rights` what its user leaves of them.
    """

    held: ApiToken | None
    own: Rights
    access: AccessToken | None = None
    shows_old: bool = False
    """Whether it showed the secret from before the last rotation."""
    password_hash: str | None = field(default=None, repr=False)
    password_provenance: Provenance = UNKNOWN

    @property
    def rights(self) -> Rights:
        return self.user.limiting(self.own)

    @property
    def rates(self) -> tuple[Rate, ...]:
        """The counts that its requests have to fit into."""
        return self.rights.rates_of(self.held.token_id) if self.held else self.rights.shared_rates

    @property
    def bounds(self) -> Rights | None:
        if not self.own.is_bounded(self.user.scopes):
            return None
        return replace(self.own, shared_rates=self.own.rates_of(self.held.token_id) if self.held else ())

    @property
    def provenance(self) -> Provenance:
        return merged(self.held.provenance if self.held else self.password_provenance, super().provenance)

    @property
    def token(self) -> ApiToken:
        """Return `held`. Raises LookupError, a programming error, on a route that takes API passwords."""
        if self.held is None:
            raise LookupError("a password is no token")
        return self.held

    @property
    def actor(self) -> str:
        """Return the token's name in the activity log, or the user's login if the program showed a password."""
        return actor_of_token(self.held.token_id) if self.held else self.user.login

    @property
    def proof(self) -> str:
        return _proof_of(self.held, self.access)

    @property
    def credential(self) -> str:
        """Return the name under which an order keeps by what it was ordered, see `Shipment.ordered_by`."""
        return self.held.token_id if self.held else BY_PASSWORD

    @property
    def scopes(self) -> frozenset[str]:
        return self.rights.scopes

    def still_allowed(self, *, writing: Collection[OwnRow] = ()) -> list[Write]:
        """Guards: the credential is unchanged, its user is enabled and has the same rights, and the account is not
        suspended.
        """
        guards = {
            OwnRow.USER: users.allowing_client(self.user),
            OwnRow.TOKEN: self._credential(),
            OwnRow.ACCOUNT: accounts.being_active(self.account.account_id),
        }
        issued = [access_tokens.insisting(self.access)] if self.access and OwnRow.ACCESS not in writing else []
        return [*(guard for row, guard in guards.items() if row not in writing), *issued]

    def must_exceed(self, rights: Rights) -> None:
        """Raise ExceedsRights if *rights* contain anything that this client does not have."""
        if not rights.is_within(self.rights):
            raise ExceedsRights

    def _credential(self) -> Write:
        if self.held:
            return tokens.insisting(self.held)
        return logins.insisting_api_password(self.user.login, self.password_hash)


def _proof_of(held: ApiToken | None, access: AccessToken | None) -> str:
    """Return the word of `audit_events.PROOF_WORDS` for what a program showed."""
    if held is None:
        return audit_events.API_PASSWORD
    if access:
        return audit_events.ACCESS_TOKEN
    return audit_events.CLIENT_SECRET if held.kind == "client" else audit_events.API_TOKEN


def by_token(text: str, *, origin: Origin, now: datetime) -> ApiClient:
    """Return the client that holds this API token or access token. A malformed token is refused without a read.

    Raises TokenRefused if it is unknown, expired or disabled; AccountSuspended; TooManyForgeries if the address showed
    too many unknown secrets; AddressNotAllowed; TooManyRequests if the token's own rate limit is reached.
    """
    return _within_limits(_client_of_token(text, origin, now=now), origin, now=now)


def by_client_secret(client_id: str, secret: str, *, origin: Origin, now: datetime) -> ApiClient:
    """Return the OAuth client with this id and secret (RFC 6749 2.3.1). Raises as `by_token`."""
    token = identifiers.read(secret, kind="client")
    if token is None or token.id != client_id:
        raise TokenForged
    client, user, account = tokens.find_with_holder(token.id)
    return _within_limits(_client_by_secret(token, client, user, account, origin, now=now), origin, now=now)


def by_basic(header: str, *, origin: Origin, now: datetime) -> ApiClient:
    """Return the client by an Authorization header of the scheme Basic (RFC 7617). Raises as `by_password`.

    A malformed header is refused without a read.
    """
    shown = authorization_header.basic(header)
    if shown is None:
        raise WrongPassword
    return by_password(shown.login, shown.password, origin=origin, now=now)


def by_password(login: str, password: str, *, origin: Origin, now: datetime) -> ApiClient:
    """Return the client that shows this API password; *login* is canonical. It has LEGACY_SCOPES at most.

    Raises WrongPassword or TooManyPasswords; for the right password AccountSuspended, or AddressNotAllowed from another
    address. Unknown, wrong and disabled look the same and cost the same reads, writes and hash.
    """
    owner, (failed,) = logins.find_beside(login, [networks.failures_key(API_PASSWORDS, origin)])
    user, account = users.find(owner.user_id if owner else NOBODY)
    attempts = ApiPasswordAttempts(
        login,
        origin,
        failing=networks.failing(API_PASSWORDS, login, origin, failed),
        user_id=owner.user_id if owner else "",
    )
    if not (owner and user and account):
        commit(*attempts.recording(now=now))
        with attempts.judged(now=now):
            password_hash.is_password(None, password)  # hashes all the same, so that the time does not tell
            raise UnknownLogin
    hindrance = _why_refused(owner, user, account, origin, now=now)
    # A password that was right for this very hash is not hashed again: a busy program pays for the slow hash once.
    if hindrance or not password_hash.was_verified(owner.api_password_hash, password):
        _check_password(owner, password, account, hindrance, attempts, now=now)
    client = ApiClient(
        user,
        account,
        None,
        _rights_of_password(owner),
        password_hash=owner.api_password_hash,
        password_provenance=owner.api_provenance,
    )
    caller_is(user.user_id, client.actor, client.proof)
    if client.rates:
        commit(*counters.counting_requests(client.rates, now=now))
    return client


def _rights_of_password(owner: Login) -> Rights:
    return Rights(LEGACY_SCOPES).within(owner.api_bounds)


def _client_of_token(text: str, origin: Origin, *, now: datetime) -> ApiClient:
    """Return the client of this token. Its address and rate limit are not checked yet."""
    if token := identifiers.read(text, kind="api"):
        return _client_by_secret(token, *tokens.find_with_holder(token.id), origin, now=now)
    if token := identifiers.read(text, kind="access"):
        return _client_by_access_token(token, origin, now=now)
    raise TokenForged


def _client_by_secret(
    token: Token, held: ApiToken | None, user: User | None, account: Account | None, origin: Origin, *, now: datetime
) -> ApiClient:
    """Return the client that *token*, an API token or a client secret, belongs to.

    Raises TokenRefused or AccountSuspended.
    """
    sealed = seal.matching(held.sealed(now=now), token) if held else None
    if not (held and user and account and held.kind == token.kind and sealed):
        raise _count_forgery(UnknownToken(), origin, now=now)
    caller_is(user.user_id, actor_of_token(held.token_id), _proof_of(held, None))
    if not (held.lives(now=now) and user.enabled):
        raise TokenRefused
    accounts.must_be_active(account)
    _must_not_be_suspended(held, user, account)
    own, is_old = held.bounded_rights, sealed != held.sealed_secret
    if seal.is_outdated(sealed):
        held = held.sealed_anew(sealed, seal.token(token))
    # Nothing that is made with the old secret of a rotated token may outlive it.
    return ApiClient(user, account, held, own.until(held.before_until) if is_old else own, shows_old=is_old)


def _client_by_access_token(token: Token, origin: Origin, *, now: datetime) -> ApiClient:
    """Return the OAuth client that the access token *token* was issued to. Raises TokenRefused or AccountSuspended."""
    access, client, user, account = access_tokens.find_with_holder(token.id)
    if not (access and client and user and account and seal.is_token(access.sealed_secret, token)):
        raise _count_forgery(UnknownToken(), origin, now=now)
    caller_is(user.user_id, actor_of_token(client.token_id), _proof_of(client, access))
    if not (access.lives(now=now) and client.covers(access, now=now) and client.lives(now=now) and user.enabled):
        raise TokenRefused
    accounts.must_be_active(account)
    _must_not_be_suspended(client, user, account)
    return ApiClient(user, account, client, client.narrowed(access), access)


def _must_not_be_suspended(held: ApiToken, user: User, account: Account) -> None:
    """Raise TokenSuspended if the token, or its user, came from a sign-in that was reported."""
    if account.suspends(held.provenance, user.provenance):
        raise TokenSuspended


def _within_limits(client: ApiClient, origin: Origin, *, now: datetime) -> ApiClient:
    """Check what bounds the client's user and the address, then count the request against the rate limits."""
    if not client.rights.last(now=now):
        raise TokenRefused
    _must_be_admitted(client, origin, now=now)
    if client.rates:
        commit(*counters.counting_requests(client.rates, now=now))
    _record_use(client, origin, now=now)
    return client


def _record_use(client: ApiClient, origin: Origin, *, now: datetime) -> None:
    """Note the token's last use, and the first of its secret. Raises TokenRefused if a rotation replaced that."""
    token = client.token
    shows_present = client.access is None and not client.shows_old
    if shows_present and not token.secret_used:
        commit(tokens.using_first(token, address=origin.address, now=now))
    elif token.is_worth_noting(now=now):
        with suppress(Outrun):  # another request noted its use first
            commit(tokens.touching(token, address=origin.address, now=now))


def _must_be_admitted(client: ApiClient, origin: Origin, *, now: datetime) -> None:
    """Raise AddressNotAllowed unless the account's IP list and the token's own list admit the address."""
    account = client.account
    is_bound = client.user.owner or account.api_for_subusers
    if is_bound and not account.api.admits(origin.address, now=now):
        raise AddressNotAllowed
    if not client.rights.admit(origin.address):
        raise AddressNotAllowed


def _why_refused(owner: Login, user: User, account: Account, origin: Origin, *, now: datetime) -> Refusal | None:
    """Return why even the right API password would be refused, or None.

    The IP list binds sub-users here too, whatever the account decided for tokens: API passwords need a list.
    """
    rights = user.limiting(_rights_of_password(owner))
    is_suspended = account.suspends(owner.api_provenance, user.provenance)
    if not (owner.enabled and user.enabled and rights.last(now=now)) or is_suspended:
        return LoginDisabled()
    if account.suspended:
        return accounts.suspension()
    if not account.accepts_api_passwords(now=now):
        return LegacyApiOff()
    is_admitted = account.api.admits(origin.address, now=now) and rights.admit(origin.address)
    return None if is_admitted else AddressNotAllowed()


def _check_password(
    owner: Login,
    password: str,
    account: Account,
    hindrance: Refusal | None,
    attempts: ApiPasswordAttempts,
    *,
    now: datetime,
) -> None:
    """Check the API password. Raises WrongPassword, TooManyPasswords or *hindrance*."""
    hashed = owner.api_password_hash
    # From an address on the account's list nobody waits for what others at that address did.
    attempts = replace(attempts, secret=hashed, admitted=hindrance is None, familiar=hindrance is None)
    commit(*attempts.recording(now=now))  # count the attempt before looking, so that parallel guesses are all counted
    with attempts.judged(now=now):
        right = password_hash.is_password(hashed, password)  # at the same cost if there is no hash
        if hashed is None or not right or _is_weak(owner, password, account):
            raise WrongPassword
        # Only someone with the right password learns of the hindrance, and the attempt stays counted.
        if hindrance:
            raise hindrance
    commit(*attempts.resetting(now=now))
    password_hash.remember_verified(hashed, password)


def _is_weak(owner: Login, password: str, account: Account) -> bool:
    """Whether an API password that was set by its MD5 breaks the rules, which nobody could see before it is shown."""
    if not (owner.api_password_hash and password_hash.is_unjudged(owner.api_password_hash)):
        return False
    words = [owner.login, owner.email]
    return bool(password_rules.cheap_weaknesses(password, account=account, second_factor=False, words=words))


def _count_forgery(refusal: Refusal, origin: Origin, *, now: datetime) -> Refusal:
    """Count a well-formed but unknown secret against the address, and return *refusal*. Raises TooManyForgeries."""
    commit(attempt_limits.recording_forgery(origin, now=now))
    return refusal
