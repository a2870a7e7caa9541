"""API tokens from outside: each is made and shown once, found by its user alone, and only ever given what is theirs."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.domain.scopes import ROLES, SCOPES
from shared.http.validation import UNEXPLAINED
from tests.proofs import tables
from tests.support.calls import overheard
from tests.support.events import Reply
from tests.support.world import World
from tests.tokens.asking import ask, colleague, made, manager, post, seen, signed_in, while_it_is_written, works

A_DAY = timedelta(days=1)
TOO_OLD = policy.CONFIRMED_FOR
"""After so long a person is still signed in, and their proofs are not fresh any more."""


def day(world: World, days: float) -> str:
    return f"{world.now + timedelta(days=days):%Y-%m-%d}"


def instant(world: World, days: float) -> str:
    return f"{world.now + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


# --- Made -------------------------------------------------------------------------------------------------


def test_a_token_is_made_as_it_was_asked_for_and_its_secret_is_shown_once(world: World):
    by = signed_in(world)
    answer = made(
        world,
        by,
        name="  Newsletter ",
        description="Sends on Fridays",
        scopes=["sms", "contacts"],
        expiration_date=instant(world, 90),
        ip_list=["10.0.0.0/24", "::ffff:192.0.2.1", "192.0.2.1"],
        rate_limit=60,
    )
    secret, token_id = answer.pop("access_token"), answer["id"]
    assert answer == {
        "id": token_id,
        "kind": "token",
        "name": "Newsletter",
        "description": "Sends on Fridays",
        "active": True,
        "scope": [{"scope": s, "name": SCOPES[s][0], "description": SCOPES[s][1]} for s in ("contacts", "sms")],
        "user_id": world.ann.user_id,
        "created_at": instant(world, 0),
        "created_by": "ann",
        "expiration_date": instant(world, 90),
        "last_authorization": None,
        "last_address": None,
        "prefix": secret[: len("furtka_api_") + 20],
        "last_four": secret[-4:],
        "ip_list": ["10.0.0.0/24", "192.0.2.1"],
        "rate_limit": 60,
        "hide_codes": False,
        "may_create_people": False,
        "shares_rate_with": [],
        "overlap_until": None,
        "user_limits": None,
    }
    token = identifiers.read(secret, kind="api")
    assert token
    assert token.id == token_id
    assert seen(world, by, token_id) == answer
    assert ask(world, by, "GET", "/tokens").body == {"size": 1, "collection": [answer], "next": None}


def test_a_client_is_told_its_id_and_its_secret(world: World):
    answer = made(world, signed_in(world), kind="client")
    assert answer["kind"] == "client"
    assert answer["client_id"] == answer["id"]
    secret = identifiers.read(answer["client_secret"], kind="client")
    assert secret
    assert secret.id == answer["id"]
    assert "access_token" not in answer


def test_without_more_a_token_has_no_end_no_addresses_and_no_limit(world: World):
    answer = made(world, signed_in(world))
    assert (answer["expiration_date"], answer["ip_list"], answer["rate_limit"]) == (None, [], None)


@pytest.mark.parametrize("scopes", ["sms,profile", "profile  sms", " sms , profile", ["sms", "profile", "sms"]])
def test_scopes_may_be_written_in_any_way_that_clients_write_them(world: World, scopes: object):
    answer = made(world, signed_in(world), scopes=scopes)
    assert [scope["scope"] for scope in answer["scope"]] == ["profile", "sms"]


def test_a_day_is_meant_to_its_end_in_utc_and_an_instant_to_the_second(world: World):
    by = signed_in(world)
    assert made(world, by, expiration_date=day(world, 0))["expiration_date"] == f"{day(world, 0)}T23:59:59Z"
    tomorrow = f"{day(world, 1)}T01:00:00.999999+02:00"
    assert made(world, by, expiration_date=tomorrow)["expiration_date"] == f"{day(world, 0)}T23:00:00Z"


MALFORMED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no name": ({"name": " "}, "body.name", "string_too_short"),
    "a long name": ({"name": "x" * 65}, "body.name", "string_too_long"),
    "a name of two lines": ({"name": "a\nb"}, "body.name", "not_one_line"),
    "a name that turns around": ({"name": "a\u202eb"}, "body.name", "not_one_line"),
    "a long description": ({"description": "x" * 257}, "body.description", "string_too_long"),
    "a kind that is none": ({"kind": "api"}, "body.kind", "literal_error"),
    "no scope": ({"scopes": []}, "body.scopes", "too_short"),
    "no scope in words": ({"scopes": " , "}, "body.scopes", "too_short"),
    "a scope that is none": ({"scopes": ["sms", "root"]}, "body.scopes.1", "unknown_scope"),
    "a scope that is none in words": ({"scopes": "sms,root"}, "body.scopes.1", "unknown_scope"),
    "scopes that are a number": ({"scopes": 7}, "body.scopes", "list_type"),
    "a time without a zone": (
        {"expiration_date": "2099-01-01T00:00:00"},
        "body.expiration_date",
        "not_a_day_or_instant",
    ),
    "a day that is none": ({"expiration_date": "2098-02-30"}, "body.expiration_date", "not_a_day_or_instant"),
    "a number": ({"expiration_date": 4102444800}, "body.expiration_date", "not_a_day_or_instant"),
    "the past": ({"expiration_date": "2026-01-01"}, "body.expiration_date", "not_in_the_future"),
    "an address that is none": ({"ip_list": ["192.0.2.1", "here"]}, "body.ip_list.1", "not_an_address"),
    "everybody": ({"ip_list": ["0.0.0.0/0"]}, "body.ip_list.0", "everybody"),
    "everybody in halves": ({"ip_list": ["0.0.0.0/1", "128.0.0.0/1"]}, "body.ip_list", "everybody"),
    "too many addresses": ({"ip_list": ["192.0.2.1"] * 51}, "body.ip_list", "too_long"),
    "a rate of nothing": ({"rate_limit": 0}, "body.rate_limit", "greater_than_equal"),
    "a rate without end": ({"rate_limit": 60_001}, "body.rate_limit", "less_than_equal"),
    "a rate that is a yes": ({"rate_limit": True}, "body.rate_limit", "int_type"),
    "a field that there is not": ({"user_id": "me"}, "body.user_id", "extra_forbidden"),
}


@pytest.mark.parametrize("facts", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_malformed_is_named_and_nothing_is_made(world: World, facts: tuple[dict[str, Any], str, str]):
    sent, path, error = facts
    answer = post(world, signed_in(world), **sent)
    assert answer.status == 422
    assert [(miss["path"], miss["error"]) for miss in answer.body["errors"]] == [(path, error)]
    assert UNEXPLAINED not in answer.text
    assert tables.rows("tokens") == []


def test_now_is_too_late(world: World):
    by = signed_in(world)
    assert post(world, by, expiration_date=instant(world, 0)).status == 422
    assert post(world, by, expiration_date=instant(world, 0.00002)).status == 201


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_a_person_gives_what_their_role_has_and_no_more(world: World, scope: str):
    owner, subuser = signed_in(world), signed_in(world, colleague(world))
    assert post(world, owner, scopes=[scope]).status == 201
    refused = post(world, subuser, scopes=["sms", scope])
    assert refused.status == (201 if scope in ROLES["subuser"] else 403)
    assert refused.status == 201 or refused.error == "exceeds_own_rights"


def test_a_new_secret_asks_for_fresh_proofs(world: World):
    by = signed_in(world)
    token_id = made(world, by)["id"]
    world.wait(TOO_OLD)
    for answer in (post(world, by), ask(world, by, "POST", f"/tokens/{token_id}/rotate")):
        assert (answer.status, answer.error) == (401, "insufficient_user_authentication")


def test_a_user_has_so_many_tokens_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "TOKENS_PER_USER", 3)
    by, other = signed_in(world), signed_in(world, colleague(world))
    ids = [made(world, by)["id"] for _ in range(3)]
    assert (post(world, by).status, post(world, by).error) == (409, "too_many_tokens")
    assert post(world, other).status == 201
    assert ask(world, by, "DELETE", f"/tokens/{ids[1]}").status == 204
    assert post(world, by).status == 201
    assert post(world, by).status == 409


def test_many_requests_at_once_are_no_way_past_that(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "TOKENS_PER_USER", 1)
    by = signed_in(world)
    with while_it_is_written(lambda: post(world, by)) as others:
        answer = post(world, by)
    assert [answer.error, *[other.status for other in others]] == ["outrun", 201]
    assert ask(world, by, "GET", "/tokens").body["size"] == 1


def test_a_token_that_has_long_expired_is_neither_shown_nor_counted(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "TOKENS_PER_USER", 1)
    old = made(world, signed_in(world), expiration_date=instant(world, 1))
    world.wait(A_DAY + policy.TOKEN_KEPT_AFTER_EXPIRY - timedelta(seconds=1))
    by = signed_in(world)
    assert seen(world, by, old["id"])["active"]
    assert post(world, by).status == 409
    world.wait(timedelta(seconds=1))
    assert ask(world, by, "GET", "/tokens").body == {"size": 0, "collection": [], "next": None}
    assert ask(world, by, "GET", f"/tokens/{old['id']}").status == 404
    assert post(world, by).status == 201


# --- Shown ------------------------------------------------------------------------------------------------


def test_everybody_sees_their_own_the_newest_first_and_the_owner_everybodys(world: World):
    bob = colleague(world)
    anns, bobs = signed_in(world), signed_in(world, bob)
    ids = []
    for by in (anns, bobs, anns, bobs):
        ids.append(made(world, by)["id"])
        world.wait(timedelta(seconds=1))
    newest_first = ids[::-1]
    of_ann, of_bob = newest_first[1::2], newest_first[::2]
    assert [one["id"] for one in ask(world, bobs, "GET", "/tokens").body["collection"]] == of_bob
    collection = ask(world, anns, "GET", "/tokens").body["collection"]
    by_user = {bob.user_id: of_bob, world.ann.user_id: of_ann}
    assert [one["id"] for one in collection] == [one for user in sorted(by_user) for one in by_user[user]]


@pytest.mark.parametrize("request_", ["GET ", "PATCH ", "DELETE ", "POST /rotate"])
def test_what_is_somebody_elses_is_not_there(world: World, request_: str):
    method, _, rest = request_.partition(" ")
    eve, bob = signed_in(world, world.add("eve")), signed_in(world, colleague(world))
    anns = made(world, signed_in(world))["id"]
    for by, token_id in (
        (eve, anns),
        (bob, anns),
        (bob, bob_s_count := world.ann.user_id),
        (eve, bob_s_count),
        (eve, randomness.record_id(world.ann.user_id)),
        (bob, "nonsense"),
        (bob, anns[:-1]),
    ):
        answer = ask(world, by, method, f"/tokens/{token_id}{rest}", {} if method in ("PATCH", "POST") else None)
        assert (answer.status, answer.error) == (404, "not_found")
    assert ask(world, signed_in(world), "GET", f"/tokens/{anns}").status == 200


def test_the_last_use_is_told_with_its_address_and_written_down_now_and_then(world: World):
    secret = manager(world)
    token_id = identifiers.read(secret, kind="api").id  # type: ignore[union-attr]
    assert works(world, secret, address="203.0.113.5")
    first = world.now
    with overheard() as made_calls:
        world.wait(policy.TOKEN_USE_NOTED_EVERY - timedelta(seconds=1))
        assert works(world, secret)
    assert "UpdateItem tokens" not in map(str, made_calls)
    by = signed_in(world)
    last = seen(world, by, token_id)
    assert (last["last_authorization"], last["last_address"]) == (f"{first:%Y-%m-%dT%H:%M:%SZ}", "203.0.113.5")
    world.wait(timedelta(seconds=1))
    assert works(world, secret)
    assert seen(world, by, token_id)["last_address"] == "198.51.100.7"


def test_no_row_and_no_answer_but_the_first_holds_the_secret(world: World):
    by = signed_in(world)
    answer = made(world, by)
    token = identifiers.read(answer["access_token"], kind="api")
    assert token
    told = ask(world, by, "GET", "/tokens").text + ask(world, by, "GET", "/account/activity").text
    rows = json.dumps({name: tables.rows(name) for name in tables.names()}, default=str)
    mails = " ".join(text for _, _, text in world.mails)
    assert token.secret not in told + rows + mails
    assert answer["access_token"] not in told + rows + mails


def test_a_program_without_the_scope_is_told_which_it_needs(world: World):
    secret = made(world, signed_in(world), scopes="sms")["access_token"]
    asked = [ask(world, secret, "GET", "/tokens"), post(world, secret), patch(world, secret, "x")]
    asked += [ask(world, secret, "DELETE", "/tokens/x"), ask(world, secret, "POST", "/tokens/x/rotate")]
    for answer in asked:
        assert (answer.status, answer.error) == (403, "insufficient_scope")
        (challenge,) = answer.headers["WWW-Authenticate"]
        assert 'scope="tokens"' in challenge


# --- Changed ----------------------------------------------------------------------------------------------


def patch(world: World, by: str, token_id: str, **changes: Any) -> Reply:
    return ask(world, by, "PATCH", f"/tokens/{token_id}", changes)


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the name": ({"name": " other "}, {"name": "other"}),
    "the description": ({"description": ""}, {"description": ""}),
    "off": ({"active": False}, {"active": False}),
    "no end": ({"expiration_date": None}, {"expiration_date": None}),
    "another end": ({"expiration_date": "2098-01-01"}, {"expiration_date": "2098-01-01T23:59:59Z"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_only_what_is_given_changes(world: World, change: tuple[dict[str, Any], dict[str, Any]]):
    by = signed_in(world)
    before = made(world, by, description="old", expiration_date=day(world, 30), rate_limit=5, ip_list=["192.0.2.1"])
    del before["access_token"]
    answer = patch(world, by, before["id"], **change[0])
    assert (answer.status, answer.body) == (200, before | change[1])
    assert seen(world, by, before["id"]) == before | change[1]


def test_a_change_that_changes_nothing_is_written_nowhere(world: World):
    by = signed_in(world)
    token_id = made(world, by)["id"]
    for nothing in ({}, {"name": "robot"}, {"active": True, "scopes": "sms", "expiration_date": None}):
        with overheard() as calls:
            assert patch(world, by, token_id, **nothing).status == 200
        assert [call.operation for call in calls] == ["BatchGetItem", "GetItem"]


def test_scopes_become_fewer_and_never_more(world: World):
    by = signed_in(world)
    token_id = made(world, by, scopes="sms profile contacts")["id"]
    assert [one["scope"] for one in patch(world, by, token_id, scopes="contacts sms").body["scope"]] == [
        "contacts",
        "sms",
    ]
    for wider in ("sms profile", "sms contacts profile", "tokens"):
        refused = patch(world, by, token_id, scopes=wider)
        assert (refused.status, refused.error) == (403, "exceeds_own_rights")
    none = patch(world, by, token_id, scopes=[])
    assert (none.status, none.body["errors"][0]["path"]) == (422, "body.scopes")
    assert [one["scope"] for one in seen(world, by, token_id)["scope"]] == ["contacts", "sms"]


@pytest.mark.parametrize(
    "nonsense",
    [
        {"name": None},
        {"active": "yes"},
        {"active": None},
        {"scopes": None},
        {"expiration_date": "2026-01-01"},
        {"id": "x"},
    ],
)
def test_a_malformed_change_changes_nothing(world: World, nonsense: dict[str, Any]):
    by = signed_in(world)
    token_id = made(world, by)["id"]
    before = seen(world, by, token_id)
    assert patch(world, by, token_id, description="new", **nonsense).status == 422
    assert seen(world, by, token_id) == before


def test_what_gives_more_than_there_was_asks_for_fresh_proofs_and_what_gives_less_does_not(world: World):
    by = signed_in(world)
    token_id = made(world, by, scopes="sms profile", expiration_date=day(world, 30))["id"]
    world.wait(TOO_OLD)
    for less in ({"name": "x"}, {"scopes": "sms"}, {"expiration_date": day(world, 29)}, {"active": False}):
        assert patch(world, by, token_id, **less).status == 200
    for more in ({"active": True}, {"expiration_date": day(world, 31)}, {"expiration_date": None}):
        refused = patch(world, by, token_id, **more)
        assert (refused.status, refused.error) == (401, "insufficient_user_authentication")
    assert patch(world, signed_in(world), token_id, active=True, expiration_date=None).status == 200


def test_what_has_expired_can_be_dated_anew(world: World):
    secret = manager(world, expiration_date=instant(world, 1))
    world.wait(A_DAY)
    assert not works(world, secret)
    later = {"expiration_date": instant(world, 1)}
    assert patch(world, signed_in(world), secret.removeprefix("furtka_api_")[:28], **later).status == 200
    assert works(world, secret)


def test_of_two_changes_at_once_one_wins_and_the_other_is_told(world: World):
    by = signed_in(world)
    token_id = made(world, by)["id"]
    with while_it_is_written(lambda: patch(world, by, token_id, active=False)) as others:
        answer = patch(world, by, token_id, name="second")
    assert [answer.status, answer.error, others[0].status] == [409, "outrun", 200]
    after = seen(world, by, token_id)
    assert (after["name"], after["active"]) == ("robot", False)


def test_a_use_meanwhile_is_no_change_and_is_not_forgotten(world: World):
    secret = manager(world)
    by, token_id = signed_in(world), secret.removeprefix("furtka_api_")[:28]
    with while_it_is_written(lambda: ask(world, secret, "GET", "/tokens")):
        assert patch(world, by, token_id, name="other").status == 200
    assert seen(world, by, token_id)["last_address"] == "198.51.100.7"


def test_what_was_deleted_meanwhile_is_not_there_to_be_changed(world: World):
    by = signed_in(world)
    token_id = made(world, by)["id"]
    with while_it_is_written(lambda: ask(world, by, "DELETE", f"/tokens/{token_id}")):
        assert patch(world, by, token_id, name="second").status == 404
    assert ask(world, by, "GET", f"/tokens/{token_id}").status == 404


# --- Deleted ----------------------------------------------------------------------------------------------


def test_what_is_deleted_is_gone(world: World):
    by, secret = signed_in(world), manager(world)
    token_id = secret.removeprefix("furtka_api_")[:28]
    assert works(world, secret)
    assert ask(world, by, "DELETE", f"/tokens/{token_id}").status == 204
    assert not works(world, secret)
    for method in ("GET", "DELETE", "PATCH"):
        assert ask(world, by, method, f"/tokens/{token_id}", {} if method == "PATCH" else None).status == 404


def test_a_persons_word_that_it_is_to_be_deleted_counts_whatever_it_has_become(world: World):
    by = signed_in(world)
    token_id = made(world, by)["id"]
    with while_it_is_written(lambda: patch(world, by, token_id, name="second")):
        assert ask(world, by, "DELETE", f"/tokens/{token_id}").status == 204
    assert ask(world, by, "GET", f"/tokens/{token_id}").status == 404


def test_of_two_that_delete_at_once_one_is_told_that_it_is_not_there(world: World):
    by = signed_in(world)
    token_id = made(world, by)["id"]
    with while_it_is_written(lambda: ask(world, by, "DELETE", f"/tokens/{token_id}")) as others:
        assert ask(world, by, "DELETE", f"/tokens/{token_id}").status == 404
    assert others[0].status == 204


# --- Written down, and told -------------------------------------------------------------------------------


def test_each_change_stands_in_the_log_with_the_token_that_it_was_about(world: World):
    by = signed_in(world)
    token_id = made(world, by, expiration_date=day(world, 30))["id"]
    patch(world, by, token_id, name="other", active=False, expiration_date=None)
    patch(world, by, token_id, active=True)
    patch(world, by, token_id, description="of the shop", hide_codes=True)
    ask(world, by, "POST", f"/tokens/{token_id}/rotate")
    ask(world, by, "DELETE", f"/tokens/{token_id}")
    entries = ask(world, by, "GET", "/account/activity").body["entries"]
    about = [entry for entry in entries if entry["about"]]
    assert {entry["about"] for entry in about} == {token_id}
    assert {(entry["actor"], entry["user_id"]) for entry in about} == {("ann", world.ann.user_id)}
    assert sorted((entry["event"], entry["detail"]) for entry in about) == [
        ("authn_token_changed", "description hide_codes"),
        ("authn_token_changed", "name expiration_date off"),
        ("authn_token_changed", "on"),
        ("authn_token_created", ""),
        ("authn_token_delete", ""),
        ("authn_token_rotated", ""),
    ]


WRITES: dict[str, Callable[[World, str, str], Reply]] = {
    "made": lambda world, by, _: post(world, by),
    "changed": lambda world, by, token_id: patch(world, by, token_id, name="x"),
    "rotated": lambda world, by, token_id: ask(world, by, "POST", f"/tokens/{token_id}/rotate"),
    "deleted": lambda world, by, token_id: ask(world, by, "DELETE", f"/tokens/{token_id}"),
}


@pytest.mark.parametrize("done", sorted(WRITES))
def test_who_is_calling_what_there_is_one_write_and_the_letter_are_all_that_it_costs(world: World, done: str):
    by = signed_in(world)
    token_id = made(world, by)["id"]
    with overheard() as calls:
        assert WRITES[done](world, by, token_id).status < 300
    read = {"made": ["Query"], "deleted": ["GetItem", "Query"]}.get(done, ["GetItem"])
    told = [] if done == "changed" else ["SendMessage"]
    assert [call.operation for call in calls] == ["BatchGetItem", *read, "TransactWriteItems", *told]


@pytest.mark.parametrize("done", sorted(WRITES))
def test_a_session_that_is_voided_meanwhile_does_nothing_more(world: World, done: str):
    world.wait(timedelta(seconds=1))
    by = signed_in(world)
    token_id = made(world, by)["id"]
    rows = tables.rows("tokens")
    world.wait(timedelta(seconds=1))
    with while_it_is_written(lambda: ask(world, by, "POST", "/account/logout-everywhere")) as others:
        refused = WRITES[done](world, by, token_id)
    assert (refused.status, others[0].status) == (401, 204)
    assert tables.rows("tokens") == rows


def test_its_user_is_told_when_a_token_is_made_rotated_and_deleted(world: World):
    by = signed_in(world)
    answer = made(world, by, name="Wysyłka www.evil.example/x 0500100200")
    patch(world, by, answer["id"], active=False)
    rotated = ask(world, by, "POST", f"/tokens/{answer['id']}/rotate").body
    ask(world, by, "DELETE", f"/tokens/{answer['id']}")
    letters = world.mails
    assert [(to, subject) for to, subject, _ in letters] == [
        ("ann@example.com", "An API token was made"),
        ("ann@example.com", "An API token got a new secret"),
        ("ann@example.com", "An API token was deleted"),
    ]
    ends = (answer["last_four"], rotated["last_four"], rotated["last_four"])
    for (_, _, text), end in zip(letters, ends, strict=True):
        assert f"Token: Wysyłka www evil example x 0500 (its secret ends in {end})\nBy: ann\n" in text
        assert "From: 198.51.100.7" in text


def test_a_sub_user_is_told_what_the_owner_did_and_the_owner_sees_none_of_their_secrets(world: World):
    bob = colleague(world)
    token_id = made(world, signed_in(world, bob))["id"]
    by = signed_in(world)
    refused = ask(world, by, "POST", f"/tokens/{token_id}/rotate")
    assert (refused.status, refused.error) == (403, "exceeds_own_rights")
    assert patch(world, by, token_id, active=False).status == 200
    assert ask(world, by, "DELETE", f"/tokens/{token_id}").status == 204
    (_, (to, subject, text)) = world.mails
    assert (to, subject) == ("bob@example.com", "An API token was deleted")
    assert "your login bob" in text
    assert "By: ann\n" in text
    entries = ask(world, by, "GET", "/account/activity", query={"scope": "account"}).body["entries"]
    assert [(one["actor"], one["user_id"]) for one in entries if one["event"] == "authn_token_delete"] == [
        ("ann", bob.user_id)
    ]
