"""API clients: which secret or API password is let in, from where, how often, and with which rights."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.auth import api_clients, attempt_limits
from shared.auth.api_clients import ApiClient
from shared.auth.principals import OwnRow
from shared.crypto import password_hash, randomness, seal
from shared.domain import identifiers
from shared.domain.identifiers import account_of
from shared.domain.ip_lists import IpList
from shared.domain.origins import Origin
from shared.domain.scopes import LEGACY_SCOPES
from shared.errors import (
    AccountSuspended,
    AddressNotAllowed,
    ExceedsRights,
    LegacyApiOff,
    LoginDisabled,
    Outrun,
    Refusal,
    TokenForged,
    TokenRefused,
    TooManyForgeries,
    TooManyPasswords,
    TooManyRequests,
    UnknownLogin,
    UnknownToken,
    WrongPassword,
)
from shared.storage import accounts, logins, users
from shared.storage.engine import commit
from shared.storage.tokens import find, removing, touching
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support import programs, tokens
from tests.support.calls import overheard, preceded
from tests.support.events import HOME
from tests.support.programs import API_PASSWORD, ELSEWHERE, limit_machines
from tests.support.tokens import Held
from tests.support.world import NOON, Person, World

A_MINUTE, A_MOMENT = timedelta(minutes=1), timedelta(microseconds=1)
FEW = 3
WRONG = "Wrong-Machine-1"

BOUND = [(True, True, True), (True, False, True), (False, True, True), (False, False, False)]
"""Whether the caller is the owner, whether the account's list is for sub-users too, and whether it binds a token."""


@pytest.fixture(autouse=True)
def _prepared(world: World) -> None:
    """The sealing keys are read before calls are counted, and no API password is remembered."""
    seal.fingerprint("any", "any")
    password_hash._known.clear()


def origin(address: str = HOME) -> Origin:
    return Origin(address, "Check/1.0", "request-1")


FORGED: dict[type[Refusal], type[Refusal]] = {TokenForged: TokenRefused, UnknownToken: TokenRefused}
"""How kinds that only we tell apart look to callers."""


def outcome(ask: Callable[[], ApiClient]) -> type[Refusal] | None:
    """Return why it is refused; None if it is let in."""
    try:
        ask()
    except Refusal as refused:
        return FORGED.get(type(refused), type(refused))
    return None


def narrow(person: Person, permissions: str) -> None:
    """Set the scopes of a sub-user."""
    user, _ = users.find(person.user_id)
    assert user
    commit(users.deciding(user, permissions=permissions))


# --- Tokens -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A secret, how it is shown, and the API token or OAuth client behind it."""

    world: World
    held: Held
    secret: str
    show: Callable[..., ApiClient] = api_clients.by_token

    def client(self, *, secret: str | None = None, address: str = HOME, wait: timedelta = timedelta(0)) -> ApiClient:
        return self.show(self.secret if secret is None else secret, origin=origin(address), now=self.world.now + wait)

    def refusal(self, **how: Any) -> type[Refusal] | None:
        return outcome(lambda: self.client(**how))


def api_token(world: World, user_id: str, **facts: Any) -> Shown:
    held = tokens.make(user_id, now=world.now, **facts)
    return Shown(world, held, held.secret)


def client_secret(world: World, user_id: str, **facts: Any) -> Shown:
    held = tokens.make(user_id, "client", now=world.now, **facts)

    def show(secret: str, **more: Any) -> ApiClient:
        return api_clients.by_client_secret(held.id, secret, **more)

    return Shown(world, held, held.secret, show)


def access_token(world: World, user_id: str, **facts: Any) -> Shown:
    held = tokens.make(user_id, "client", now=world.now, **facts)
    return Shown(world, held, programs.access_token(world, held.token))


type Shows = Callable[..., Shown]
SECRETS: list[Shows] = [api_token, client_secret, access_token]

each_secret = pytest.mark.parametrize("shows", SECRETS)
each_own_secret = pytest.mark.parametrize("shows", [api_token, client_secret])


def forged(secret: str) -> str:
    """Return another secret with the same id."""
    kind = secret.split("_")[1]
    token = identifiers.read(secret, kind=kind)
    assert token
    return identifiers.write(replace(token, secret=randomness.token(kind, token.user_id).secret))


def test_what_is_malformed_or_of_another_kind_is_refused_without_a_read(world: World):
    token, client, other = (shows(world, world.ann.user_id) for shows in (api_token, client_secret, client_secret))
    with overheard() as made:
        for secret in ("garbage", "", client.secret, token.secret + "x"):
            assert token.refusal(secret=secret) is TokenRefused
        for secret in ("garbage", token.secret, other.secret):
            assert client.refusal(secret=secret) is TokenRefused
    assert made == []


VOID: dict[str, Callable[[Shown], object]] = {
    "disabled": lambda shown: tokens.change(shown.held, enabled=False),
    "expired": lambda shown: tokens.change(shown.held, expires_at=shown.world.now),
    "user disabled": lambda shown: commit(users.switching(shown.world.ann.user_id, enabled=False, now=shown.world.now)),
}

UNKNOWN: dict[str, Callable[[Shown], object]] = {
    "deleted": lambda shown: commit(removing(shown.held.token)),
    "user gone": lambda _: tables.remove_all("users"),
    "account gone": lambda _: tables.remove_all("accounts"),
}


@each_secret
@pytest.mark.parametrize("what", VOID)
def test_a_secret_that_does_not_live_is_refused_and_not_counted_as_a_forgery(world: World, shows: Shows, what: str):
    shown = shows(world, world.ann.user_id)
    assert shown.refusal() is None
    VOID[what](shown)
    assert shown.refusal() is TokenRefused
    assert tables.rows("strikes") == []


@each_secret
@pytest.mark.parametrize("what", UNKNOWN)
def test_a_secret_that_nobody_holds_is_refused_and_counted(world: World, shows: Shows, what: str):
    shown = shows(world, world.ann.user_id)
    assert shown.refusal() is None
    UNKNOWN[what](shown)
    assert shown.refusal() is TokenRefused
    assert [row["about"]["S"] for row in tables.rows("strikes")] == [f"forged-from:{HOME}"]


@each_secret
def test_a_wrong_secret_is_refused_then_told_to_wait_and_hinders_no_right_one(
    world: World, shows: Shows, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(attempt_limits, "FORGERIES", replace(attempt_limits.FORGERIES, free=FEW))
    shown = shows(world, world.ann.user_id)
    wrong = forged(shown.secret)
    assert [shown.refusal(secret=wrong) for _ in range(FEW + 1)] == [TokenRefused] * FEW + [TooManyForgeries]
    assert shown.refusal(secret=wrong, address=ELSEWHERE) is TokenRefused
    assert shown.refusal() is None


@each_own_secret
def test_a_secret_is_of_the_kind_that_its_row_says(world: World, shows: Shows):
    shown = shows(world, world.ann.user_id)
    tokens.change(shown.held, kind="client" if shown.held.token.kind == "api" else "api")
    assert shown.refusal() is TokenRefused


@each_secret
def test_a_token_lives_until_it_expires_and_no_longer(world: World, shows: Shows):
    shown = shows(world, world.ann.user_id, expires_at=world.now + A_MINUTE)
    assert shown.refusal(wait=A_MINUTE - A_MOMENT) is None
    assert shown.refusal(wait=A_MINUTE) is TokenRefused


def test_an_access_token_lives_as_long_as_policy_says_and_is_void_once_it_is_revoked(world: World):
    shown = access_token(world, world.ann.user_id)
    assert shown.refusal(wait=policy.ACCESS_TOKEN_LIFETIME - A_MOMENT) is None
    assert shown.refusal(wait=policy.ACCESS_TOKEN_LIFETIME) is TokenRefused
    tables.remove_all("accesstokens")
    assert shown.refusal() is TokenRefused


@each_own_secret
def test_an_old_secret_works_until_the_overlap_ends_and_nothing_made_with_it_outlives_it(world: World, shows: Shows):
    until = world.now + A_MINUTE
    shown = shows(world, world.ann.user_id, expires_at=until + A_MINUTE)
    new = tokens.rotated(shown.held, before_until=until)
    assert shown.client(wait=A_MINUTE - A_MOMENT).rights.expires_at == until
    assert shown.refusal(wait=A_MINUTE) is TokenRefused
    assert shown.client(secret=new.secret, wait=A_MINUTE).rights.expires_at == until + A_MINUTE


@each_own_secret
def test_an_old_secret_without_an_overlap_is_refused_at_once(world: World, shows: Shows):
    shown = shows(world, world.ann.user_id)
    new = tokens.rotated(shown.held)
    assert (shown.refusal(), shown.refusal(secret=new.secret)) == (TokenRefused, None)


@each_secret
@pytest.mark.parametrize(("owner", "for_subusers", "is_bound"), BOUND)
def test_the_accounts_list_binds_an_owners_token_always_and_a_sub_users_unless_it_is_off_for_them(
    world: World, shows: Shows, owner: bool, for_subusers: bool, is_bound: bool
):
    person = world.ann if owner else tokens.colleague(world, world.ann)
    shown = shows(world, person.user_id)
    limit_machines(world, world.ann, api_for_subusers=for_subusers)
    assert shown.refusal() is None
    assert shown.refusal(address=ELSEWHERE) is (AddressNotAllowed if is_bound else None)


@each_secret
def test_a_tokens_own_list_binds_as_well(world: World, shows: Shows):
    """Alone, beside the account's list, and where that list does not bind a sub-user."""
    shown = shows(world, world.ann.user_id, sources=ELSEWHERE)
    clerks = shows(world, tokens.colleague(world, world.ann).user_id, sources=ELSEWHERE)
    assert (shown.refusal(), shown.refusal(address=ELSEWHERE)) == (AddressNotAllowed, None)
    limit_machines(world, world.ann, api_for_subusers=False)
    assert (shown.refusal(), shown.refusal(address=ELSEWHERE)) == (AddressNotAllowed, AddressNotAllowed)
    assert (clerks.refusal(), clerks.refusal(address=ELSEWHERE)) == (AddressNotAllowed, None)


@each_secret
def test_a_rate_limit_is_reached_by_requests_that_are_admitted_and_no_others(world: World, shows: Shows):
    shown = shows(world, world.ann.user_id, sources=HOME, rate_limit=2, used_at=world.now)
    with overheard() as made:
        assert shown.refusal(address=ELSEWHERE) is AddressNotAllowed
    assert [call.operation for call in made] == ["BatchGetItem"]
    assert [shown.refusal() for _ in range(3)] == [None, None, TooManyRequests]


@each_secret
def test_the_last_use_is_noted_at_most_once_in_a_while_and_costs_one_read_otherwise(world: World, shows: Shows):
    shown, every = shows(world, world.ann.user_id, used_at=world.now), policy.TOKEN_USE_NOTED_EVERY
    for wait, operations in ((every - A_MOMENT, ["BatchGetItem"]), (every, ["BatchGetItem", "UpdateItem"])):
        with overheard() as made:
            shown.client(address=ELSEWHERE, wait=wait)
        assert [call.operation for call in made] == operations
    noted = find(shown.held.token.account_id, shown.held.id)
    assert noted
    assert (noted.used_at, noted.used_from) == (world.now + every, ELSEWHERE)


def test_who_is_outrun_in_noting_a_use_is_let_in_all_the_same(world: World):
    shown = api_token(world, world.ann.user_id)
    with preceded("UpdateItem", lambda: commit(touching(shown.held.token, address=ELSEWHERE, now=world.now))):
        assert shown.refusal() is None


def test_a_client_has_what_its_token_allows_its_user_now(world: World):
    clerk, until = tokens.colleague(world, world.ann), world.now + A_MINUTE
    narrow(clerk, "sms contacts")
    facts = {"scopes": "profile sms", "expires_at": until, "sources": HOME, "rate_limit": 5, "hides_codes": True}
    shown = api_token(world, clerk.user_id, **facts)
    client = shown.client()
    assert client.rights == replace(shown.held.token.rights, scopes=frozenset({"sms"}))
    assert (client.user.login, client.token.token_id, client.access) == ("bob", shown.held.id, None)
    assert (client.scopes, client.actor) == ({"sms"}, f"token:{shown.held.id}")


def test_an_access_token_narrows_what_its_client_may_do_for_its_user_now(world: World):
    clerk, until = tokens.colleague(world, world.ann), world.now + policy.ACCESS_TOKEN_LIFETIME
    client = tokens.make(clerk.user_id, "client", now=world.now, scopes="sms contacts", sources=HOME)
    narrower, full = (
        Shown(world, client, programs.access_token(world, client.token, scopes))
        for scopes in ("sms profile", "contacts sms")
    )
    rights = narrower.client().rights
    assert (rights.scopes, rights.expires_at, rights.sources) == ({"sms"}, until, HOME)
    narrow(clerk, "contacts")
    tokens.change(client, expires_at=until - A_MINUTE)
    rights = full.client().rights
    assert (rights.scopes, rights.expires_at) == ({"contacts"}, until - A_MINUTE)


def test_a_client_gives_no_more_than_its_user_has_now(world: World):
    clerk = tokens.colleague(world, world.ann)
    shown = api_token(world, clerk.user_id, scopes="sms contacts")
    shown.client().must_exceed(shown.held.token.rights)
    narrow(clerk, "sms")
    with pytest.raises(ExceedsRights):
        shown.client().must_exceed(shown.held.token.rights)


CHANGES: dict[str, tuple[Callable[[Shown], object], type[Refusal]]] = {
    "token changed": (lambda shown: tokens.change(shown.held, name="other"), Outrun),
    "user disabled": (VOID["user disabled"], TokenRefused),
    "user narrowed": (
        lambda shown: commit(users.ending_everything(shown.world.ann.user_id, now=shown.world.now, permissions="sms")),
        Outrun,
    ),
    "account suspended": (
        lambda shown: commit(accounts.suspending(account_of(shown.world.ann.user_id), on=True)),
        AccountSuspended,
    ),
}


@each_secret
@pytest.mark.parametrize("what", CHANGES)
def test_a_client_is_still_allowed_until_its_token_or_its_user_is_changed(world: World, shows: Shows, what: str):
    shown, (change, refused) = shows(world, world.ann.user_id), CHANGES[what]
    client = shown.client()
    commit(*client.still_allowed())
    change(shown)
    assert refusal(*client.still_allowed()) is refused


def test_a_client_is_not_allowed_any_more_once_its_access_token_is_revoked(world: World):
    client = access_token(world, world.ann.user_id).client()
    tables.remove_all("accesstokens")
    assert refusal(*client.still_allowed()) is TokenRefused


@pytest.mark.parametrize(
    ("writing", "guarded"),
    [
        ((), ["users", "tokens", "accounts", "accesstokens"]),
        ((OwnRow.USER,), ["tokens", "accounts", "accesstokens"]),
        ((OwnRow.TOKEN,), ["users", "accounts", "accesstokens"]),
        ((OwnRow.ACCOUNT,), ["users", "tokens", "accesstokens"]),
    ],
)
def test_only_the_row_that_is_written_anyway_is_not_guarded(
    world: World, writing: tuple[OwnRow, ...], guarded: list[str]
):
    client = access_token(world, world.ann.user_id).client()
    asserted = [write.arguments["TableName"] for write in client.still_allowed(writing=writing)]
    assert asserted == [f"test-{table}" for table in guarded]


# --- API passwords ----------------------------------------------------------------------------------------


@pytest.fixture
def ann(world: World) -> Person:
    """The owner of an account that takes API passwords from HOME, with one."""
    programs.with_api_password(world, world.ann)
    return world.ann


def by_password(world: World, password: str = API_PASSWORD, *, address: str = HOME) -> type[Refusal] | None:
    return outcome(lambda: api_clients.by_password("ann", password, origin=origin(address), now=world.now))


def demote(world: World, person: Person, **facts: Any) -> None:
    """Make the person a sub-user of their account."""
    commit(users.ending_everything(person.user_id, now=world.now, owner=False, **facts))


def test_an_api_password_gives_its_user_no_right_over_others(world: World, ann: Person):
    client = api_clients.by_password("ann", API_PASSWORD, origin=origin(), now=world.now)
    assert (client.scopes, client.rights.expires_at, client.actor) == (LEGACY_SCOPES, None, "ann")
    with pytest.raises(LookupError):
        _ = client.token
    demote(world, ann, permissions="sms tokens")
    assert api_clients.by_password("ann", API_PASSWORD, origin=origin(), now=world.now).scopes == {"sms"}


@pytest.mark.parametrize(("owner", "for_subusers", "_"), BOUND)
def test_an_api_password_is_bound_by_the_list_whoever_shows_it(
    world: World, ann: Person, owner: bool, for_subusers: bool, _: bool
):
    if not owner:
        demote(world, ann)
    limit_machines(world, ann, api_for_subusers=for_subusers)
    assert by_password(world, address=ELSEWHERE) is AddressNotAllowed
    assert by_password(world) is None
    assert by_password(world, address=ELSEWHERE) is AddressNotAllowed


def _save_list(world: World, ip_list: IpList) -> None:
    commit(accounts.setting_lists(programs.account_of_person(world.ann), api=ip_list))


HINDRANCES: dict[str, tuple[Callable[[World], object], type[Refusal]]] = {
    "login disabled": (lambda _: commit(logins.switching("ann", enabled=False, now=NOON)), LoginDisabled),
    "user disabled": (
        lambda world: commit(users.switching(world.ann.user_id, enabled=False, now=world.now)),
        LoginDisabled,
    ),
    "API passwords off": (
        lambda world: commit(accounts.switching_legacy(programs.account_of_person(world.ann), legacy_api=False)),
        LegacyApiOff,
    ),
    "list off": (lambda world: _save_list(world, IpList(sources=HOME)), LegacyApiOff),
    "trial of the list over": (
        lambda world: _save_list(world, IpList(on=True, sources=HOME, trial_until=world.now)),
        LegacyApiOff,
    ),
    "not on the list": (lambda world: _save_list(world, IpList(on=True, sources=ELSEWHERE)), AddressNotAllowed),
    "no API password": (lambda _: commit(logins.removing_api_password("ann")), WrongPassword),
    "login gone": (lambda _: tables.remove_all("logins"), UnknownLogin),
    "user gone": (lambda _: tables.remove_all("users"), UnknownLogin),
    "account gone": (lambda _: tables.remove_all("accounts"), UnknownLogin),
}


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the slow hash was computed, and how many counters of attempts there were before."""
    counted: Counter[str] = Counter()
    real = password_hash.is_password

    def is_password(*pair: Any) -> bool:
        counted["hashes"] += 1
        counted["counters before"] += len(tables.rows("strikes"))
        return real(*pair)

    monkeypatch.setattr(password_hash, "is_password", is_password)
    return counted


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("what", HINDRANCES)
def test_each_hindrance_alone_refuses_the_right_password_at_the_cost_of_a_wrong_one(
    world: World, ann: Person, hashed: Counter[str], what: str, is_known: bool
):
    if is_known:
        assert by_password(world) is None
    hinder, refused = HINDRANCES[what]
    hinder(world)
    for password, told in (
        (API_PASSWORD, refused),
        (WRONG, UnknownLogin if refused is UnknownLogin else WrongPassword),
    ):
        hashed.clear()
        tables.remove_all("strikes")
        with overheard() as made:
            assert by_password(world, password) is told
        reads = ["BatchGetItem logins strikes", "BatchGetItem users accounts"]
        assert [str(call) for call in made] == [*reads, "TransactWriteItems strikes strikes", "UpdateItem strikes"]
        assert hashed == {"hashes": 1, "counters before": 2}


def test_a_right_password_is_hashed_once_and_a_wrong_one_each_time(world: World, ann: Person, hashed: Counter[str]):
    assert [by_password(world) for _ in range(3)] == [None] * 3
    assert hashed["hashes"] == 1
    assert [by_password(world, WRONG) for _ in range(2)] == [WrongPassword] * 2
    assert hashed["hashes"] == 3
    programs.with_api_password(world, ann)
    assert by_password(world) is None
    assert hashed["hashes"] == 4


def test_a_right_password_forgives_wrong_ones_before_it_and_too_many_keep_it_waiting(
    world: World, ann: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(attempt_limits, "API_PASSWORDS", replace(attempt_limits.API_PASSWORDS, free=FEW))
    assert [by_password(world, WRONG) for _ in range(FEW - 1)] == [WrongPassword] * (FEW - 1)
    assert by_password(world) is None
    assert not any(name.startswith(("failures", "share_")) for row in tables.rows("strikes") for name in row)
    password_hash._known.clear()
    assert [by_password(world, WRONG) for _ in range(FEW)] == [WrongPassword] * FEW
    assert by_password(world) is TooManyPasswords


def test_the_right_password_from_outside_stays_counted(world: World, ann: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attempt_limits, "API_PASSWORDS", replace(attempt_limits.API_PASSWORDS, free=FEW))
    refused = [by_password(world, address=ELSEWHERE) for _ in range(FEW + 1)]
    assert refused == [AddressNotAllowed] * FEW + [TooManyPasswords]


def test_guesses_from_outside_keep_no_program_on_the_list_waiting(
    world: World, ann: Person, monkeypatch: pytest.MonkeyPatch
):
    anywhere = replace(attempt_limits.API_PASSWORDS_FROM_ANYWHERE, free=FEW)
    monkeypatch.setattr(attempt_limits, "API_PASSWORDS_FROM_ANYWHERE", anywhere)
    refused = [by_password(world, WRONG, address=f"203.0.113.{place}") for place in range(FEW + 1)]
    assert refused == [WrongPassword] * FEW + [TooManyPasswords]
    assert by_password(world) is None


def test_a_client_by_password_is_still_allowed_until_the_password_is_another(world: World, ann: Person):
    client = api_clients.by_password("ann", API_PASSWORD, origin=origin(), now=world.now)
    commit(*client.still_allowed())
    programs.with_api_password(world, ann)
    assert refusal(*client.still_allowed()) is TokenRefused


def test_a_header_is_read_as_login_and_password_and_garbage_is_refused_without_a_read(world: World, ann: Person):
    def by_basic(header: str) -> ApiClient:
        return api_clients.by_basic(header, origin=origin(), now=world.now)

    assert by_basic(programs.basic(" ANN ")).user.login == "ann"
    assert outcome(lambda: by_basic(programs.basic("ann", WRONG))) is WrongPassword
    with overheard() as made:
        assert outcome(lambda: by_basic("Basic garbage")) is WrongPassword
    assert made == []
