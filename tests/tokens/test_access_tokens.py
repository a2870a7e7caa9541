"""Access tokens of OAuth clients: listed, bounded, written down, and revoked by whoever manages the client."""

from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from tests.support.events import Reply
from tests.support.tokens import Held, colleague, get_token, look, make, send
from tests.support.world import World
from tests.tokens.asking import ask, made, manager, signed_in

MINUTE = timedelta(minutes=1)
ASKED = {"grant_type": "client_credentials"}


@pytest.fixture
def client(world: World) -> Held:
    return make(world.ann.user_id, "client", now=world.now, scopes="sms profile tokens")


def of(world: World, client: Held, by: str, **query: Any) -> Reply:
    return ask(world, by, "GET", f"/tokens/{client.id}/access-tokens", query=query)


def ids(answer: Reply) -> list[str]:
    return [one["id"] for one in answer.body["collection"]]


def works(world: World, access: str) -> bool:
    return ask(world, access, "GET", "/ping").status == 200 and ask(world, access, "GET", "/profile").status == 200


def test_what_a_client_got_is_listed_without_its_text_while_it_is_valid(world: World, client: Held):
    by, access = signed_in(world), get_token(world, client, "profile sms")
    (listed,) = of(world, client, by).body["collection"]
    assert listed["client_id"] == client.id
    assert (listed["client_name"], listed["scope"]) == ("Shop", "profile sms")
    assert access not in str(listed)
    assert look(world, client, access)["jti"] == listed["id"]
    world.wait(policy.ACCESS_TOKEN_LIFETIME)
    assert of(world, client, signed_in(world)).body == {"size": 0, "collection": [], "next": None}


def test_pages_lead_through_one_client_and_through_all_of_the_account(world: World, client: Held):
    bob = colleague(world, world.ann)
    others = [make(user, "client", now=world.now) for user in (world.ann.user_id, bob.user_id, bob.user_id)]
    for one in (client, client, client, others[0], others[2], others[2]):
        get_token(world, one)
    by = signed_in(world)
    everything: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(9):
        page = ask(world, by, "GET", "/access-tokens", query={"limit": "2", **cursor})
        everything += ids(page)
        if page.body["next"] is None:
            break
        cursor = {"cursor": page.body["next"]}
    assert len(everything) == len(set(everything)) == 6
    first = of(world, client, by, limit="2")
    second = of(world, client, by, limit="2", cursor=first.body["next"])
    assert (len(ids(first)), len(ids(second)), second.body["next"]) == (2, 1, None)


def test_a_sub_user_sees_those_of_their_own_clients_and_no_others(world: World, client: Held):
    bob = colleague(world, world.ann)
    theirs = make(bob.user_id, "client", now=world.now)
    for one in (client, theirs):
        get_token(world, one)
    by = signed_in(world, bob)
    assert [one["client_id"] for one in ask(world, by, "GET", "/access-tokens").body["collection"]] == [theirs.id]
    assert of(world, client, by).status == 404
    stranger = world.add("stranger")
    assert ask(world, signed_in(world, stranger), "GET", "/access-tokens").body["size"] == 0


@pytest.mark.parametrize(
    "query",
    [{"cursor": "x"}, {"cursor": "A" * 200}, {"limit": "0"}, {"limit": "101"}, {"client": "x"}, {"cursor": "é"}],
)
def test_a_wrong_question_is_refused(world: World, client: Held, query: dict[str, str]):
    by = signed_in(world)
    for path in ("/access-tokens", f"/tokens/{client.id}/access-tokens"):
        assert ask(world, by, "GET", path, query=query).status == 422


def test_one_or_all_are_revoked_and_new_ones_are_got(world: World, client: Held):
    first, second, third = (get_token(world, client) for _ in range(3))
    by = signed_in(world)
    revoked = look(world, client, first)["jti"]
    path = f"/tokens/{client.id}/access-tokens"
    assert ask(world, by, "DELETE", f"{path}/{revoked}").status == 204
    assert [works(world, one) for one in (first, second, third)] == [False, True, True]
    assert ask(world, by, "DELETE", f"{path}/{revoked}").status == 404
    assert ask(world, by, "DELETE", path).status == 204
    assert [works(world, one) for one in (second, third)] == [False, False]
    assert look(world, client, second) == {"active": False}
    assert of(world, client, by).body["size"] == 0
    world.wait(MINUTE)
    assert works(world, get_token(world, client))


def test_a_program_revokes_only_those_of_clients_within_its_rights_and_its_own(world: World, client: Held):
    access = get_token(world, client)
    weak = manager(world, scopes="tokens")
    for rest in ("", f"/{look(world, client, access)['jti']}"):
        refused = ask(world, weak, "DELETE", f"/tokens/{client.id}/access-tokens{rest}")
        assert (refused.status, refused.error) == (403, "exceeds_own_rights")
    assert works(world, access)
    strong = manager(world, scopes="tokens sms profile")
    own = look(world, client, access)["jti"]
    assert ask(world, access, "DELETE", f"/tokens/{client.id}/access-tokens/{own}").error == "exceeds_own_rights"
    assert ask(world, strong, "DELETE", f"/tokens/{client.id}/access-tokens/{own}").status == 204
    assert not works(world, access)


def test_the_log_has_one_entry_for_a_client_an_hour_and_a_network(world: World, client: Held):
    accesses = [get_token(world, client) for _ in range(3)]
    world.wait(MINUTE)
    get_token(world, client, address="203.0.113.9")
    send(world, "/oauth/revoke", {"token": accesses[0]}, client)
    by = signed_in(world)
    log = ask(world, by, "GET", "/account/activity").body["entries"]
    issued = {one["address"]: one for one in log if one["event"] == "authn_access_token_created"}
    assert {address: one["count"] for address, one in issued.items()} == {"198.51.100.7": 3, "203.0.113.9": 1}
    assert all(one["about"] == client.id and one["actor"] == f"token:{client.id}" for one in issued.values())
    assert [one["count"] for one in log if one["event"] == "authn_access_token_revoked"] == [1]
    world.wait(timedelta(hours=1))
    get_token(world, client)
    log = ask(world, signed_in(world), "GET", "/account/activity").body["entries"]
    assert len([one for one in log if one["event"] == "authn_access_token_created"]) == 3


def test_a_client_gets_so_many_in_an_hour_and_no_more(world: World, client: Held, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "ACCESS_TOKENS_AN_HOUR", 3)
    for _ in range(3):
        get_token(world, client)
    refused = send(world, "/oauth/token", ASKED, client)
    assert (refused.status, refused.error) == (429, "rate_limit_reached")
    assert refused.headers["Retry-After"] == ["3600"]
    assert of(world, client, signed_in(world)).body["size"] == 3
    get_token(world, make(world.ann.user_id, "client", now=world.now))
    world.wait(timedelta(hours=1))
    assert get_token(world, client)


# --- They end with the secret that they were got with -------------------------------------------------------


def rotated(world: World, client: Held, **order: int) -> Held:
    answer = ask(world, signed_in(world), "POST", f"/tokens/{client.id}/rotate", order)
    assert answer.status == 201, answer
    return Held(client.token, answer.body["client_secret"])


def test_without_overlap_what_was_got_with_the_old_secret_ends_at_once(world: World, client: Held):
    access = get_token(world, client)
    new = rotated(world, client, overlap_minutes=0)
    assert not works(world, access)
    assert look(world, new, access) == {"active": False}
    assert works(world, get_token(world, new))


def test_with_overlap_it_ends_with_the_old_secret(world: World, client: Held):
    access = get_token(world, client)
    new = rotated(world, client, overlap_minutes=10)
    late = get_token(world, client)
    fresh = get_token(world, new)
    assert [works(world, one) for one in (access, late, fresh)] == [True, True, True]
    ends = world.now + timedelta(minutes=10)
    assert look(world, new, access)["exp"] == int(ends.timestamp())
    world.wait(timedelta(minutes=10))
    assert [works(world, one) for one in (access, late, fresh)] == [False, False, True]


def test_a_repeated_rotation_ends_what_was_got_with_neither_of_the_secrets(world: World, client: Held):
    access = get_token(world, client)
    rotated(world, client)
    new = rotated(world, client)
    assert works(world, access)
    assert works(world, get_token(world, new))


def test_an_old_secret_that_leaked_takes_its_access_tokens_along(world: World, client: Held):
    access = get_token(world, client)
    new = rotated(world, client)
    assert world.post("/tokens/found", {"token": client.secret}).status == 204
    assert not works(world, access)
    assert works(world, get_token(world, new))


# --- The list of tokens, a page at a time -------------------------------------------------------------------


def test_tokens_come_a_page_at_a_time_each_users_together_the_newest_first(world: World):
    bob = colleague(world, world.ann)
    for minute in range(3):
        for person in (world.ann, bob):
            make(person.user_id, now=world.now + minute * MINUTE)
    by, seen, cursor = signed_in(world), [], {}
    for _ in range(9):
        page = ask(world, by, "GET", "/tokens", query={"limit": "2", **cursor}).body
        assert page["size"] == len(page["collection"]) <= 2
        seen += [(one["user_id"], one["created_at"], one["id"]) for one in page["collection"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(set(seen)) == 6
    users = [user for user, _, _ in seen]
    assert users == sorted(users)
    for user in set(users):
        times = [at for one, at, _ in seen if one == user]
        assert times == sorted(times, reverse=True)


def test_a_page_is_no_longer_than_a_gateway_can_carry(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "TOKENS_PAGE_BYTES", 1500)
    for _ in range(4):
        make(world.ann.user_id, now=world.now, scopes="sms", description="\U0001f41d" * 64)
    by, seen, cursor = signed_in(world), [], {}
    for _ in range(9):
        page = ask(world, by, "GET", "/tokens", query=cursor).body
        assert 0 < page["size"] < 4
        seen += [one["id"] for one in page["collection"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(set(seen)) == len(seen) == 4


def test_an_owner_sees_those_of_one_user_and_nobody_else_sees_others(world: World):
    bob = colleague(world, world.ann)
    mine, theirs = make(world.ann.user_id, now=world.now), make(bob.user_id, now=world.now)
    stranger = world.add("stranger")

    def of_user(user_id: str, by: str) -> list[str]:
        return ids(ask(world, by, "GET", "/tokens", query={"user_id": user_id}))

    by = signed_in(world)
    assert of_user(bob.user_id, by) == [theirs.id]
    assert of_user(world.ann.user_id, by) == [mine.id]
    assert of_user(world.ann.user_id, signed_in(world, bob)) == []
    assert of_user(bob.user_id, signed_in(world, bob)) == [theirs.id]
    assert of_user(world.ann.user_id, signed_in(world, stranger)) == []
    for query in ({"user_id": "x"}, {"users_id": bob.user_id}, {"cursor": "x"}, {"limit": "101"}):
        assert ask(world, by, "GET", "/tokens", query=query).status == 422


def test_a_token_that_is_deleted_between_two_pages_loses_no_other(world: World):
    by = signed_in(world)
    for minute in range(4):
        make(world.ann.user_id, now=world.now + minute * MINUTE)
    first = ask(world, by, "GET", "/tokens", query={"limit": "2"}).body
    ask(world, by, "DELETE", f"/tokens/{first['collection'][-1]['id']}")
    second = ask(world, by, "GET", "/tokens", query={"cursor": first["next"]}).body
    assert (second["size"], second["next"]) == (2, None)
    assert made(world, by)["id"] not in [one["id"] for one in second["collection"]]
