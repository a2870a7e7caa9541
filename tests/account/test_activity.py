"""The activity log from outside: everybody sees what happened to them, an owner what happened in their account."""

from datetime import timedelta
from random import Random

import pytest

from shared import audit, policy
from shared.crypto import randomness
from shared.domain.accounts import Account
from shared.domain.activity import Event
from shared.domain.identifiers import account_of
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.storage import accounts, users
from shared.storage.engine import commit
from tests.support import events
from tests.support.calls import overheard
from tests.support.events import Call, Context, Reply
from tests.support.sessions import open_session
from tests.support.world import World, door

PATH = "/account/activity"
SECOND = timedelta(seconds=1)
ABROAD = Origin("203.0.113.5", "Phone/2.0", "request-7")


def _user(world: World, account_id: str, *, owner: bool) -> str:
    """The id of a new user of the account."""
    user_id = randomness.user_id(account_id)
    commit(users.adding(User(account_id, user_id, f"login-{user_id}", True, world.now, owner=owner)))
    if owner:
        commit(accounts.adding(Account(account_id)))
    return user_id


def _token(world: World, user_id: str) -> str:
    """Of a session that they have just opened."""
    return open_session(user_id, login="ann", origin=ABROAD, now=world.now)


def _note(world: World, user_id: str, event: Event = Event.PASSWORD_CHANGED, *, ago: timedelta = SECOND) -> None:
    commit(audit.noting(event, user_id, actor="ann", proof="password", origin=ABROAD, now=world.now - ago))


def _ask(world: World, token: str, **query: str) -> Reply:
    return world.call("GET", PATH, headers={"Authorization": f"Bearer {token}"}, query=query)


def _all(world: World, token: str, **query: str) -> list[dict[str, str]]:
    """The entries of every page."""
    entries: list[dict[str, str]] = []
    while True:
        answer = _ask(world, token, **query)
        assert answer.status == 200, answer
        entries += answer.body["entries"]
        if answer.body["next"] is None:
            return entries
        query["cursor"] = answer.body["next"]


def _own(world: World, token: str, event: Event = Event.PASSWORD_CHANGED, **query: str) -> list[dict[str, str]]:
    return _all(world, token, event=event, **query)


def test_an_entry_tells_what_happened_who_did_it_and_from_where(world: World):
    token = _token(world, world.ann.user_id)
    writing = audit.noting(
        Event.FACTOR_ADDED, world.ann.user_id, actor="ann", proof="password", origin=ABROAD, now=world.now, detail="sms"
    )
    commit(writing)
    (entry,) = _own(world, token, Event.FACTOR_ADDED)
    assert entry == {
        "id": writing.arguments["Item"]["entry_id"]["S"],
        "at": f"{world.now:%Y-%m-%dT%H:%M:%SZ}",
        "event": "authn_factor_enabled",
        "actor": "ann",
        "address": "203.0.113.5",
        "device": "Phone/2.0",
        "outcome": "success",
        "request_id": "request-7",
        "detail": "sms",
        "user_id": world.ann.user_id,
        "about": "",
        "count": 1,
        "last_at": None,
    }


def test_the_newest_comes_first_a_page_at_a_time(world: World):
    for age in range(policy.ACTIVITY_PAGE + 2):
        _note(world, world.ann.user_id, ago=SECOND * age)
    token = _token(world, world.ann.user_id)
    first = _ask(world, token, event="authn_password_change").body
    assert len(first["entries"]) == policy.ACTIVITY_PAGE
    whole = [entry["at"] for entry in _own(world, token)]
    assert len(whole) == policy.ACTIVITY_PAGE + 2
    assert whole == sorted(whole, reverse=True)
    assert len({entry["id"] for entry in _own(world, token, limit="7")}) == policy.ACTIVITY_PAGE + 2


def test_a_page_may_be_long_but_not_endless(world: World):
    token = _token(world, world.ann.user_id)
    assert _ask(world, token, limit=str(policy.ACTIVITY_LONGEST_PAGE)).status == 200
    assert _ask(world, token, limit=str(policy.ACTIVITY_LONGEST_PAGE + 1)).status == 422


def test_entries_can_be_had_by_kind_and_time(world: World):
    for age in range(6):
        _note(world, world.ann.user_id, [Event.PASSWORD_CHANGED, Event.NOT_ME][age % 2], ago=SECOND * age)
    token = _token(world, world.ann.user_id)
    since = f"{world.now - SECOND * 4:%Y-%m-%dT%H:%M:%SZ}"
    until = f"{world.now + timedelta(hours=2):%Y-%m-%dT%H:%M:%S.000+02:00}"  # now, on another clock
    found = _own(world, token, since=since, until=until)
    assert [entry["at"] for entry in found] == [f"{world.now - SECOND * age:%Y-%m-%dT%H:%M:%SZ}" for age in (2, 4)]


# --- What stands for an hour ------------------------------------------------------------------------------


def _count(world: World, user_id: str) -> None:
    """Another access token that a client got, in the entry of its hour."""
    about = randomness.record_id(user_id)[: len(user_id)] + "0" * 12
    event = Event.ACCESS_TOKEN_ISSUED
    commit(
        audit.counting(
            event, user_id, actor=f"token:{about}", proof="password", origin=ABROAD, now=world.now, about=about
        )
    )


def _at(world: World) -> str:
    return f"{world.now:%Y-%m-%dT%H:%M:%S.%fZ}"


@pytest.mark.parametrize("scope", ["own", "account"])
@pytest.mark.parametrize("limit", ["1", "100"])
def test_who_asks_for_what_is_new_sees_an_entry_again_when_more_was_counted(world: World, scope: str, limit: str):
    ann = world.ann.user_id
    world.wait(timedelta(minutes=60 - world.now.minute))
    token, query = _token(world, ann), {"scope": scope, "limit": limit, "event": Event.ACCESS_TOKEN_ISSUED}
    _count(world, ann)
    first = _all(world, token, **query)
    assert [entry["count"] for entry in first] == [1]
    for minutes in (10, 10):
        world.wait(timedelta(minutes=minutes))
        asked_at = _at(world)
        assert _all(world, token, since=asked_at, **query) == []
        world.wait(SECOND)
        _count(world, ann)
        _note(world, ann, ago=timedelta(0))
        (again,) = _all(world, token, since=asked_at, **query)
        assert again["id"] == first[0]["id"]
        assert again["count"] > first[0]["count"]
        del query["event"]
        everything = _all(world, token, since=asked_at, **query)
        assert [entry["event"] for entry in everything] == [Event.PASSWORD_CHANGED, Event.ACCESS_TOKEN_ISSUED]
        query["event"] = Event.ACCESS_TOKEN_ISSUED


def test_who_asks_for_what_is_new_costs_one_read_more(world: World):
    token = _token(world, world.ann.user_id)
    world.wait(timedelta(minutes=1))
    with overheard() as calls:
        _ask(world, token, since=_at(world))
    assert [str(call) for call in calls].count("Query activity") == 2


def test_failed_attempts_are_seen_again_too(world: World):
    token = _token(world, world.ann.user_id)
    for wrong in ("Wrong-Horse-1", "Wrong-Horse-2"):
        world.wait(SECOND)
        asked_at = _at(world)
        assert _own(world, token, Event.LOGIN_FAILED, since=asked_at) == []
        assert world.post("/login", {"login": "ann", "password": wrong}, address="192.0.2.9").status == 401
        (entry,) = _own(world, token, Event.LOGIN_FAILED, since=asked_at)
    assert entry["count"] == 2


def test_entries_are_forgotten_after_a_stated_time(world: World):
    _note(world, world.ann.user_id, ago=timedelta(0))
    world.wait(policy.ACTIVITY_KEPT_FOR - SECOND)
    assert len(_own(world, _token(world, world.ann.user_id))) == 1
    world.wait(SECOND)
    assert _own(world, _token(world, world.ann.user_id)) == []


def test_an_owner_sees_the_whole_account_and_another_user_only_themselves(world: World):
    account_id = account_of(world.ann.user_id)
    clerk = _user(world, account_id, owner=False)
    for user_id in (world.ann.user_id, clerk):
        _note(world, user_id)
    owners, clerks = _token(world, world.ann.user_id), _token(world, clerk)
    seen = [entry["user_id"] for entry in _own(world, owners, scope="account")]
    assert sorted(seen) == sorted([world.ann.user_id, clerk])
    assert [entry["user_id"] for entry in _own(world, owners)] == [world.ann.user_id]
    assert [entry["user_id"] for entry in _own(world, clerks)] == [clerk]
    refused = _ask(world, clerks, scope="account")
    assert (refused.status, refused.error) == (403, "owner_only")


def test_a_cursor_of_somebody_else_opens_nothing_of_theirs(world: World):
    mallory = _user(world, randomness.account_id(), owner=True)
    for user_id in (world.ann.user_id, mallory):
        for age in range(4):
            _note(world, user_id, ago=SECOND * age)
    stolen = _ask(world, _token(world, world.ann.user_id), limit="1").body["next"]
    for scope in ("own", "account"):
        seen = _all(world, _token(world, mallory), cursor=stolen, scope=scope)
        assert seen
        assert {entry["user_id"] for entry in seen} == {mallory}


@pytest.mark.parametrize("seed", range(2))
def test_no_user_and_no_account_sees_anothers_log(world: World, seed: int):
    random = Random(seed)  # noqa: S311 - chance that can be repeated is the point
    companies = [randomness.account_id() for _ in range(3)]
    people = {_user(world, account_id, owner=place == 0): place == 0 for account_id in companies for place in range(3)}
    for _ in range(40):
        _note(world, random.choice(list(people)), ago=SECOND * random.randrange(20))
    tokens = {user_id: _token(world, user_id) for user_id in people}
    cursors = [_ask(world, token, limit="1").body["next"] for token in tokens.values()]
    for user_id, owner in people.items():
        query = {"limit": str(random.randrange(1, 30)), **({"scope": "account"} if owner else {})}
        if cursor := random.choice([None, *cursors]):
            query["cursor"] = cursor
        seen = {entry["user_id"] for entry in _all(world, tokens[user_id], **query)}
        may = {other for other in people if account_of(other) == account_of(user_id)} if owner else {user_id}
        assert seen <= may


def test_a_page_of_the_log_costs_one_read_and_one_of_failed_attempts_after_the_caller_is_known(world: World):
    token = _token(world, world.ann.user_id)
    for scope in ("own", "account"):
        with overheard() as calls:
            _ask(world, token, scope=scope)
        assert [str(call) for call in calls] == [
            "BatchGetItem sessions users accounts",
            "Query activity",
            "BatchGetItem strikes",
        ]


def test_the_log_tells_no_secret(world: World):
    opened = world.session()
    token, device = opened["session"]["token"], opened["device_token"]
    _note(world, world.ann.user_id)
    text = _ask(world, token, scope="account").text
    for secret in (token[-20:], device[-20:], world.ann.password, world.ann.phone, "sealed_", "_hash"):
        assert secret not in text


@pytest.mark.parametrize("header", [None, "Bearer x"])
def test_the_log_is_for_those_who_are_signed_in(world: World, header: str | None):
    headers = {"Authorization": header} if header else {}
    assert world.call("GET", PATH, headers=headers).status == 401


BAD = [
    ("cursor", ""),
    ("cursor", "canary"),
    ("cursor", "A" * 63),
    ("cursor", "ż" * 63),
    ("cursor", "A" * 5000),
    ("event", ""),
    ("event", "canary"),
    ("event", "LOGIN"),
    ("limit", ""),
    ("limit", "0"),
    ("limit", "-1"),
    ("limit", "canary"),
    ("limit", "9" * 5000),
    ("scope", "canary"),
    ("since", "2026-01-01"),
    ("since", "2026-01-01T12:00:00"),
    ("since", "1767268800"),
    ("since", "0001-01-01T00:00:00+23:59"),
    ("until", "2026-06-31T00:00:00Z"),
    ("until", "2026-06-30T00:00:00+99:00"),
    ("until", "9999-12-31T23:59:59-23:59"),
    ("until", "canary"),
    ("evnt", "canary"),
]


def test_a_parameter_that_is_wrong_is_named_and_not_repeated(world: World):
    token = _token(world, world.ann.user_id)
    for name, value in BAD:
        answer = _ask(world, token, **{name: value})
        assert (answer.status, answer.error) == (422, "invalid_request"), (name, value)
        assert [miss["path"] for miss in answer.body["errors"]] == [f"query.{name}"]
        assert "canary" not in answer.text


def test_a_parameter_with_an_odd_name_is_not_repeated_at_all(world: World):
    answer = _ask(world, _token(world, world.ann.user_id), **{"Correct-Horse-7": "x"})
    assert (answer.status, answer.body["errors"][0]["path"]) == (422, "query.?")
    assert "Horse" not in answer.text


def test_who_asks_for_an_unknown_event_is_told_which_there_are(world: World):
    (miss,) = _ask(world, _token(world, world.ann.user_id), event="login").body["errors"]
    assert all(f"'{event}'" in miss["message"] for event in Event)


def test_a_parameter_given_twice_is_refused(world: World):
    headers = {"Authorization": f"Bearer {_token(world, world.ann.user_id)}"}
    event = Call("GET", PATH, world.now, headers=headers, query={"limit": "2"}).event
    event["multiValueQueryStringParameters"] = {"limit": ["1", "2"]}
    answer = events.reply(door(PATH)(event, Context()))
    assert (answer.status, answer.body["errors"][0]["path"]) == (422, "query.limit")
