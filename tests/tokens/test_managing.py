"""Programs that manage tokens: each acts as its user, and whatever it does, nothing comes of it that may do more."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.rights import Rate, Rights
from shared.domain.scopes import LEGACY_SCOPES
from shared.domain.users import User
from shared.storage import logins, tokens, users
from shared.storage.engine import commit
from tests.proofs import tables
from tests.support.events import HOME, Reply
from tests.support.sessions import open_session
from tests.support.world import NOON, World, new_world
from tests.tokens.asking import (
    FROM_HOME,
    access,
    ask,
    colleague,
    made,
    manager,
    post,
    seen,
    signed_in,
    while_it_is_written,
)

END = "2098-01-01T00:00:00Z"
LIMITED = {"expiration_date": END, "ip_list": ["198.51.100.0/24"], "rate_limit": 60}
"""What a manager may be limited in, beside its scopes."""


def id_of(secret: str) -> str:
    return secret.removeprefix("furtka_api_")[:28]


# --- What it may make -------------------------------------------------------------------------------------

WITHIN: dict[str, dict[str, Any]] = {
    "the same": {},
    "fewer scopes": {"scopes": "sms"},
    "a nearer end": {"expiration_date": "2097-12-31"},
    "one address of the many": {"ip_list": ["198.51.100.7"]},
    "a lower rate": {"rate_limit": 59},
    "a client": {"kind": "client"},
}
BEYOND: dict[str, dict[str, Any]] = {
    "another scope": {"scopes": "sms profile"},
    "no end": {"expiration_date": None},
    "a later end": {"expiration_date": "2098-01-01T00:00:01Z"},
    "any address": {"ip_list": []},
    "an address more": {"ip_list": ["198.51.100.7", "198.51.101.7"]},
    "a wider network": {"ip_list": ["198.51.100.0/23"]},
    "any rate": {"rate_limit": None},
    "a higher rate": {"rate_limit": 61},
    "a client that may do more": {"kind": "client", "scopes": "contacts"},
}
SAME = {"scopes": "sms tokens", **LIMITED}


@pytest.mark.parametrize("facts", WITHIN.values(), ids=WITHIN.keys())
def test_a_program_makes_what_can_do_no_more_than_itself(world: World, facts: dict[str, Any]):
    assert post(world, manager(world, **LIMITED), **(SAME | facts)).status == 201


@pytest.mark.parametrize("facts", BEYOND.values(), ids=BEYOND.keys())
def test_a_program_makes_nothing_that_could_do_more(world: World, facts: dict[str, Any]):
    secret = manager(world, **LIMITED)
    rows = tables.rows("tokens")
    refused = post(world, secret, **(SAME | facts))
    assert (refused.status, refused.error) == (403, "exceeds_own_rights")
    assert without_uses(tables.rows("tokens")) == without_uses(rows)


def without_uses(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    uses = ("used_", "secret_used")
    return [{name: value for name, value in row.items() if not name.startswith(uses)} for row in rows]


def test_what_it_makes_is_its_users_and_says_who_made_it(world: World):
    bob = colleague(world)
    bobs = made(world, signed_in(world, bob), scopes="sms tokens")["access_token"]
    answer = made(world, bobs)
    assert (answer["user_id"], answer["created_by"]) == (bob.user_id, f"token:{id_of(bobs)}")
    (entry, *_) = [
        one
        for one in ask(world, signed_in(world, bob), "GET", "/account/activity").body["entries"]
        if one["about"] == answer["id"]
    ]
    assert (entry["actor"], entry["event"]) == (f"token:{id_of(bobs)}", "authn_token_created")
    assert f"By: token {id_of(bobs)}\n" in world.mails[-1][2]


def test_no_fresh_proofs_are_asked_of_a_program(world: World):
    secret = manager(world)
    world.wait(timedelta(days=300))
    token_id = post(world, secret).body["id"]
    assert ask(world, secret, "PATCH", f"/tokens/{token_id}", {"expiration_date": END}).status == 200
    assert ask(world, secret, "PATCH", f"/tokens/{token_id}", {"expiration_date": None}).status == 200


# --- What it may lay hands on -----------------------------------------------------------------------------

HANDS: dict[str, tuple[str, str, object]] = {
    "rename": ("PATCH", "", {"name": "mine"}),
    "narrow": ("PATCH", "", {"scopes": "sms"}),
    "switch off": ("PATCH", "", {"active": False}),
    "end": ("PATCH", "", {"expiration_date": "2090-01-01"}),
    "rotate": ("POST", "/rotate", None),
    "delete": ("DELETE", "", None),
}


@pytest.mark.parametrize("hand", HANDS.values(), ids=HANDS.keys())
@pytest.mark.parametrize("facts", [{}, *BEYOND.values()], ids=["the same", *BEYOND.keys()])
def test_a_program_has_its_hands_on_no_token_that_may_do_more(
    world: World, facts: dict[str, Any], hand: tuple[str, str, object]
):
    method, rest, body = hand
    target = made(world, signed_in(world), **({"scopes": "sms tokens", **LIMITED} | facts))
    secret = manager(world, **LIMITED)
    rows = tables.rows("tokens")
    answer = ask(world, secret, method, f"/tokens/{target['id']}{rest}", body)
    if not facts:
        assert answer.status < 300
        return
    assert (answer.status, answer.error) == (403, "exceeds_own_rights")
    assert without_uses(tables.rows("tokens")) == without_uses(rows)


def test_a_program_sees_what_its_user_sees(world: World):
    bob = colleague(world)
    bobs = made(world, signed_in(world, bob), scopes="tokens")
    anns = manager(world)
    ids = {one["id"] for one in ask(world, anns, "GET", "/tokens").body["collection"]}
    assert ids == {bobs["id"], id_of(anns)}
    assert [one["id"] for one in ask(world, bobs["access_token"], "GET", "/tokens").body["collection"]] == [bobs["id"]]
    for method in ("GET", "DELETE"):
        assert ask(world, bobs["access_token"], method, f"/tokens/{id_of(anns)}").status == 404


def test_the_owners_program_sees_no_secret_of_a_sub_user(world: World):
    bobs = made(world, signed_in(world, colleague(world)))
    refused = ask(world, manager(world), "POST", f"/tokens/{bobs['id']}/rotate")
    assert (refused.status, refused.error) == (403, "exceeds_own_rights")


def test_a_program_may_make_itself_less_but_not_more(world: World):
    secret = manager(world, **LIMITED)
    path = f"/tokens/{id_of(secret)}"
    assert ask(world, secret, "PATCH", path, {"expiration_date": None}).error == "exceeds_own_rights"
    assert ask(world, secret, "PATCH", path, {"expiration_date": "2090-01-01"}).status == 200
    assert ask(world, secret, "PATCH", path, {"expiration_date": "2090-01-02"}).error == "exceeds_own_rights"
    assert ask(world, secret, "PATCH", path, {"scopes": "tokens"}).status == 200
    assert post(world, secret, **(SAME | {"expiration_date": "2090-01-01"})).error == "exceeds_own_rights"
    assert ask(world, secret, "DELETE", path).status == 204
    assert ask(world, secret, "GET", path).status == 401


def test_a_clients_access_token_makes_nothing_that_outlives_it(world: World):
    client = made(world, signed_in(world), kind="client", scopes="sms tokens")
    secret = access(world, client["id"], "sms tokens")
    assert post(world, secret).error == "exceeds_own_rights"
    assert ask(world, secret, "POST", f"/tokens/{client['id']}/rotate").error == "exceeds_own_rights"
    soon = f"{world.now + timedelta(minutes=60):%Y-%m-%dT%H:%M:%SZ}"
    assert post(world, secret, expiration_date=soon).body["created_by"] == f"token:{client['id']}"
    assert post(world, access(world, client["id"], "tokens"), expiration_date=soon).error == "exceeds_own_rights"


# --- What happens to it meanwhile -------------------------------------------------------------------------

DEEDS: dict[str, Callable[[World, str, str], Reply]] = {
    "make": lambda world, secret, _: post(world, secret),
    "rename": lambda world, secret, other: ask(world, secret, "PATCH", f"/tokens/{other}", {"name": "mine"}),
    "rotate": lambda world, secret, other: ask(world, secret, "POST", f"/tokens/{other}/rotate"),
    "delete": lambda world, secret, other: ask(world, secret, "DELETE", f"/tokens/{other}"),
}
BLOWS: dict[str, tuple[str, object]] = {
    "narrowed": ("PATCH", {"scopes": "tokens"}),
    "switched off": ("PATCH", {"active": False}),
    "deleted": ("DELETE", None),
}


@pytest.mark.parametrize("blow", BLOWS.values(), ids=BLOWS.keys())
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS.keys())
def test_what_befalls_the_manager_at_the_same_moment_wins(
    world: World, deed: Callable[[World, str, str], Reply], blow: tuple[str, object]
):
    by = signed_in(world)
    other, secret = made(world, by)["id"], manager(world)
    method, body = blow
    with while_it_is_written(lambda: ask(world, by, method, f"/tokens/{id_of(secret)}", body)) as others:
        refused = deed(world, secret, other)
    assert (refused.status, refused.error) == (409, "outrun")
    assert others[0].status in (200, 204)
    assert seen(world, by, other)["name"] == "robot"
    assert ask(world, by, "GET", "/tokens").body["size"] == (1 if method == "DELETE" else 2)


@pytest.mark.parametrize("deed", ["rename", "rotate", "delete"])
def test_what_becomes_stronger_meanwhile_is_out_of_reach(world: World, deed: str):
    by, secret = signed_in(world), manager(world, **LIMITED)
    other = made(world, by, **LIMITED)["id"]
    with while_it_is_written(lambda: ask(world, by, "PATCH", f"/tokens/{other}", {"expiration_date": None})):
        refused = DEEDS[deed](world, secret, other)
    assert (refused.status, refused.error) == (409, "outrun")
    assert DEEDS[deed](world, secret, other).error == "exceeds_own_rights"


# --- Whatever it tries ------------------------------------------------------------------------------------

SCOPES = st.sets(st.sampled_from(["sms", "tokens", "profile", "subusers"]), min_size=1).map(sorted)
DAYS = st.one_of(st.none(), st.integers(1, 6))
ADDRESSES = st.lists(st.sampled_from(["198.51.100.7", "198.51.100.0/24", "198.51.0.0/16", "::1"]), max_size=2)
RATES = st.one_of(st.none(), st.integers(100, 103))


def _until(days: int | None) -> str | None:
    return None if days is None else f"{NOON + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


FACTS = {"scopes": SCOPES, "expiration_date": DAYS.map(_until), "ip_list": ADDRESSES, "rate_limit": RATES}
HOMES = st.sampled_from([[], ["198.51.100.7"], ["198.51.100.0/24"]])
MANAGERS = st.fixed_dictionaries(FACTS | {"ip_list": HOMES})
VARIATIONS = st.fixed_dictionaries({}, optional=FACTS)
"""Of the manager: what is close to it tells more than what is far away."""

CHANGES = st.fixed_dictionaries(
    {}, optional={"scopes": SCOPES, "expiration_date": DAYS.map(_until), "active": st.booleans()}
)
PERMISSIONS = st.sets(st.sampled_from(["sms", "tokens", "profile"])).map(sorted)
GIFTS = st.one_of(
    st.booleans().map(lambda active: {"active": active}),
    PERMISSIONS.map(lambda names: {"permissions": names}),
    st.sampled_from(["password", "api_password"]).map(lambda kind: {"credentials": {kind: f"Sunday-{kind}-31"}}),
)
"""What a manager may give a sub-user."""

PLACE = st.integers(0, 5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("people"), PLACE, PLACE, PERMISSIONS.map(lambda names: {"permissions": names})),
        st.tuples(st.just("give"), PLACE, PLACE, GIFTS),
        st.tuples(st.just("let them make"), PLACE, PLACE, VARIATIONS),
        st.tuples(st.just("make"), PLACE, PLACE, VARIATIONS),
        st.tuples(st.just("patch"), PLACE, PLACE, CHANGES),
        st.tuples(st.just("rotate"), PLACE, PLACE, st.just({})),
    ),
    min_size=1,
    max_size=8,
)


def chosen(user_id: str) -> User:
    """The sub-user, who chose a password and so may do more than that in a session."""
    commit(users.changing(user_id, by=None, given_until=None))
    user, _ = users.find(user_id)
    assert user
    return user


@dataclass
class Attack:
    """Whoever holds one manager, every secret that they got with it, and every sub-user whose password they gave."""

    world: World
    own: dict[str, Any]
    manager: Rights
    secrets: list[str]
    ids: list[str]
    touched: set[str] = field(default_factory=set)
    people: list[str] = field(default_factory=list)

    def try_(self, deed: str, by: int, at: int, body: dict[str, Any]) -> None:
        """With one of their secrets on one of the account's tokens."""
        secret, token_id = self.secrets[by % len(self.secrets)], self.ids[at % len(self.ids)]
        if deed == "people":
            return self._make_people(secret, body)
        if deed in ("give", "let them make"):
            return self._use_people(deed, secret, at, body)
        if deed == "make":
            answer = post(self.world, secret, **(self.own | body))
        elif deed == "patch":
            answer = ask(self.world, secret, "PATCH", f"/tokens/{token_id}", body)
        else:
            answer = ask(self.world, secret, "POST", f"/tokens/{token_id}/rotate")
        return self._gain(answer.body) if answer.status in (200, 201) else None

    def _make_people(self, secret: str, body: dict[str, Any]) -> None:
        credentials = {"username": f"shop-{len(self.people)}", "password": "Sunday-Ferry-31"}
        answer = ask(self.world, secret, "POST", "/subusers", {**body, "credentials": credentials, "active": True})
        if answer.status == 201:
            self.people.append(answer.body["id"])

    def _use_people(self, deed: str, secret: str, at: int, body: dict[str, Any]) -> None:
        """Give something to a sub-user, or make a token in their session."""
        if not self.people:
            return
        user_id = self.people[at % len(self.people)]
        if deed == "give":
            ask(self.world, secret, "PUT", f"/subusers/{user_id}", body)
            return
        self.world.wait(timedelta(seconds=1))
        user = chosen(user_id)
        if not user.enabled:
            return
        opened = open_session(
            user_id,
            login=user.login,
            factors="password",
            origin=FROM_HOME,
            now=self.world.now,
            credentials_at=user.credentials_at,
        )
        address = (user.bounds.sources.split() if user.bounds else []) or [HOME]
        answer = post(self.world, opened, address=address[0].partition("/")[0], **(self.own | body))
        if answer.status == 201:
            self._gain(answer.body)

    def _gain(self, token: dict[str, Any]) -> None:
        self.touched.add(token["id"])
        if token["id"] not in self.ids:
            self.ids.append(token["id"])
        if "access_token" in token:
            self.secrets.append(token["access_token"])


@pytest.fixture(scope="module")
def stack() -> Any:
    with new_world() as world:
        yield world


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(own=MANAGERS, others=st.lists(VARIATIONS, min_size=1, max_size=3), steps=STEPS)
def test_no_sequence_of_requests_leads_to_a_token_that_may_do_more(
    stack: World, own: dict[str, Any], others: list[dict[str, Any]], steps: list[tuple[str, int, int, dict[str, Any]]]
):
    tables.empty()
    stack.ann = stack.add("ann")
    by, own = signed_in(stack), own | {"scopes": sorted({*own["scopes"], "tokens"})}
    mine, before = made(stack, by, **own), [made(stack, by, **(own | other))["id"] for other in others]
    attack = Attack(stack, own, rights_of(stack, mine["id"]), [mine["access_token"]], [mine["id"], *before])
    stronger = {token_id for token_id in before if not rights_of(stack, token_id).is_within(attack.manager)}
    for step in steps:
        attack.try_(*step)
    for token_id in attack.touched:
        assert rights_of(stack, token_id).is_within(attack.manager)
    assert attack.touched.isdisjoint(stronger)
    for token_id in map(id_of, attack.secrets):
        assert shares_the_rate(rights_of(stack, token_id).rates_of(token_id), mine)
    for user_id in attack.people:
        for rights in rights_of_person(user_id):
            assert rights.is_within(attack.manager)
            assert shares_the_rate(rights.shared_rates, mine)


def shares_the_rate(rates: Iterable[Rate], manager: dict[str, Any]) -> bool:
    """Whether what is counted for *rates* counts for the manager, if that has a limit."""
    return manager["rate_limit"] is None or (manager["id"], manager["rate_limit"]) in rates


def rights_of(world: World, token_id: str) -> Rights:
    """As they lie in the tables: what its user leaves of them."""
    token, user, _ = tokens.find_with_holder(token_id)
    assert token
    assert user
    return token.rights_of(user)


def rights_of_person(user_id: str) -> list[Rights]:
    """What a sub-user may do in a session, and by a program that shows their API password."""
    user, _ = users.find(user_id)
    assert user
    login = logins.find(user.login)
    assert login
    by_password = user.limiting(Rights(LEGACY_SCOPES).within(login.api_bounds))
    return [user.limiting(Rights(user.scopes)), *([by_password] if login.api_password_hash else [])]
