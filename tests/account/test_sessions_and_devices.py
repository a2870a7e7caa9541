"""The Security tab: sessions and devices, each seen and ended by the one they belong to, and by nobody else."""

from datetime import timedelta

import pytest

from shared import policy
from shared.auth import devices
from shared.crypto import randomness
from shared.domain.identifiers import RECORD_CHARACTERS
from shared.domain.origins import Origin
from shared.storage import devices as stored
from shared.storage.devices import DevicesFull
from shared.storage.engine import commit
from tests.support.calls import overheard
from tests.support.events import Reply
from tests.support.sessions import open_session
from tests.support.world import FROM_PANEL, Person, World

SECOND = timedelta(seconds=1)


def _token(world: World, person: Person | None = None, **more: object) -> str:
    return str(world.session(person, **more)["session"]["token"])


def _as(world: World, token: str, method: str, path: str) -> Reply:
    return world.call(method, path, headers={"Authorization": f"Bearer {token}"})


def _sessions(world: World, token: str) -> list[dict[str, object]]:
    return list(_as(world, token, "GET", "/account/sessions").body["sessions"])


def _id(token: str) -> str:
    return token.rpartition("_")[2][:RECORD_CHARACTERS]


def _mallory(world: World) -> Person:
    return world.add("mallory", phone="+48600100299")


def test_a_user_sees_their_sessions_the_last_used_first_and_this_one_marked(world: World):
    phone = _token(world, headers={"User-Agent": "Phone"}, address="203.0.113.5")
    world.wait(timedelta(minutes=5))
    desk = _token(world, headers={"User-Agent": "Desk"})
    seen = _sessions(world, desk)
    assert [(one["id"], one["current"]) for one in seen] == [(_id(desk), True), (_id(phone), False)]
    assert seen[1]["created_at"] == seen[1]["used_at"] == f"{world.now - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    world.wait(timedelta(minutes=5))
    world.me(phone)
    assert [one["id"] for one in _sessions(world, phone)] == [_id(phone), _id(desk)]


def test_a_session_shows_the_address_and_the_program_that_opened_it(world: World):
    token = _token(world)
    (one,) = _sessions(world, token)
    assert (one["address"], one["user_agent"], one["factors"]) == ("198.51.100.7", "Check/1.0", ["password", "sms"])


def test_no_list_tells_a_secret(world: World):
    opened = world.session()
    token = opened["session"]["token"]
    for path in ("/account/sessions", "/account/devices"):
        text = _as(world, token, "GET", path).text
        assert token[-20:] not in text
        assert opened["device_token"][-20:] not in text
        assert "sealed" not in text


def test_a_session_that_has_ended_is_not_listed(world: World):
    _token(world)
    world.wait(policy.SESSION_IDLE)
    fresh = _token(world)
    assert [one["id"] for one in _sessions(world, fresh)] == [_id(fresh)]


def test_one_session_is_ended_and_the_others_go_on(world: World):
    lost, mine = _token(world), _token(world)
    assert _as(world, mine, "DELETE", f"/account/sessions/{_id(lost)}").status == 204
    assert (world.me(lost).status, world.me(mine).status) == (401, 200)
    again = _as(world, mine, "DELETE", f"/account/sessions/{_id(lost)}")
    assert (again.status, again.error) == (404, "not_found")


def test_nobody_ends_or_sees_what_is_somebody_elses(world: World):
    mine = _token(world)
    mallory = _token(world, _mallory(world))
    device = _as(world, mine, "GET", "/account/devices").body["devices"][0]["id"]
    for path in (f"/account/sessions/{_id(mine)}", f"/account/devices/{device}"):
        answer = _as(world, mallory, "DELETE", path)
        assert (answer.status, answer.error) == (404, "not_found")
    assert world.me(mine).status == 200
    assert [one["id"] for one in _sessions(world, mallory)] == [_id(mallory)]
    assert len(_as(world, mallory, "GET", "/account/devices").body["devices"]) == 1


@pytest.mark.parametrize("identifier", ["x", "0" * 28, "0" * 3000, "%2e%2e", "\u017c" * 28, "null", ">\u00f1X", 'a"b'])
@pytest.mark.parametrize("kind", ["sessions", "devices"])
def test_what_is_no_id_is_not_there(world: World, kind: str, identifier: str):
    assert _as(world, _token(world), "DELETE", f"/account/{kind}/{identifier}").status == 404


def test_an_id_of_mine_that_nobody_made_is_not_there(world: World):
    made_up = randomness.record_id(world.ann.user_id)
    assert _as(world, _token(world), "DELETE", f"/account/sessions/{made_up}").status == 404


def test_logging_out_everywhere_ends_every_session_and_every_sign_in_under_way(world: World):
    tokens = [_token(world) for _ in range(3)]
    pending = world.challenge()
    code = world.code()
    world.wait(SECOND)
    assert _as(world, tokens[0], "POST", "/account/logout-everywhere").status == 204
    assert [world.me(token).status for token in tokens] == [401, 401, 401]
    assert world.verify(pending, code).status == 410
    world.wait(SECOND)
    assert world.me(_token(world)).status == 200


def test_logging_out_of_the_others_keeps_this_one_and_only_this_one(world: World):
    other, mine = _token(world), _token(world)
    pending = world.challenge()
    code = world.code()
    world.wait(SECOND)
    assert _as(world, mine, "POST", "/account/logout-others").status == 204
    assert (world.me(other).status, world.me(mine).status) == (401, 200)
    assert world.verify(pending, code).status == 410
    assert [one["id"] for one in _sessions(world, mine)] == [_id(mine)]
    world.wait(SECOND)
    assert _as(world, mine, "POST", "/account/logout-others").status == 204
    assert world.me(mine).status == 200


def test_a_session_that_was_kept_still_ends_in_its_own_time(world: World):
    mine = _token(world)
    _as(world, mine, "POST", "/account/logout-others")
    world.wait(policy.SESSION_IDLE)
    assert world.me(mine).status == 401


def test_ending_my_sessions_leaves_other_users_alone(world: World):
    mallory = _token(world, _mallory(world))
    mine = _token(world)
    world.wait(SECOND)
    _as(world, mine, "POST", "/account/logout-everywhere")
    assert world.me(mallory).status == 200


def test_a_browser_that_logs_out_everywhere_loses_its_cookie(world: World):
    challenge_id = world.challenge(transport="cookie", headers=FROM_PANEL)
    line = world.verify(challenge_id, world.code(), headers=FROM_PANEL).cookie("__Host-furtka-session")
    cookie = {"Cookie": line.partition(";")[0]}
    assert world.post("/account/logout-everywhere", headers=cookie).status == 403
    answer = world.post("/account/logout-everywhere", headers=cookie | FROM_PANEL)
    assert "Max-Age=0" in answer.cookie("__Host-furtka-session")


def test_a_user_sees_their_devices_and_when_they_were_last_seen(world: World):
    opened = world.session(headers={"User-Agent": "Desk"})
    world.wait(timedelta(hours=2))
    token = _token(world, device_token=opened["device_token"])
    (device,) = _as(world, token, "GET", "/account/devices").body["devices"]
    assert device["id"] == _id(opened["device_token"])
    assert device["first_seen_at"] < device["seen_at"] == f"{world.now:%Y-%m-%dT%H:%M:%SZ}"


def _strangers(world: World, person: Person, number: int) -> None:
    """So many sign-ins, an hour between them, from devices that show no token, without their passwords."""
    for _ in range(number):
        world.wait(timedelta(hours=1))
        token, writes = devices.remembering(person.user_id, Origin("198.51.100.7", "Stranger"), now=world.now)
        full = DevicesFull(policy.DEVICES_OF_A_USER)
        while True:
            try:
                commit(*writes)
                break
            except DevicesFull:
                assert devices.make_room(token.user_id, full, now=world.now)


def _devices(world: World, token: str) -> list[dict[str, str]]:
    return list(_as(world, token, "GET", "/account/devices").body["devices"])


def test_a_program_that_never_shows_its_token_does_not_fill_the_list_without_end(world: World):
    bob = world.add("bob", phone=None)
    for _ in range(2):
        _strangers(world, bob, policy.DEVICES_OF_A_USER)
        opened = world.sign_in(bob).body
        assert opened["device_token"]
        assert len(_devices(world, opened["session"]["token"])) <= policy.DEVICES_OF_A_USER


def test_a_device_that_was_seen_on_several_days_is_not_dropped_for_strangers(world: World):
    bob = world.add("bob", phone=None)
    mine = world.sign_in(bob).body["device_token"]
    world.wait(timedelta(days=1))
    world.sign_in(bob, device_token=mine)
    _strangers(world, bob, 2 * policy.DEVICES_OF_A_USER)
    opened = world.sign_in(bob, device_token=mine).body
    assert opened["device_token"] is None
    assert _id(mine) in [device["id"] for device in _devices(world, opened["session"]["token"])]


@pytest.mark.parametrize("phone", ["+48600100233", None])
def test_who_has_too_many_devices_that_are_used_signs_in_and_the_new_one_is_not_remembered(
    world: World, phone: str | None
):
    bob = world.add("bob", phone=phone)
    _strangers(world, bob, policy.DEVICES_OF_A_USER)
    used, _ = stored.of_user(bob.user_id)
    world.wait(timedelta(days=1))
    for device in used:
        commit(stored.seeing(device, now=world.now))
    opened = world.session(bob) if phone else world.sign_in(bob).body
    assert opened["device_token"] is None
    assert {device["id"] for device in _devices(world, opened["session"]["token"])} == {one.device_id for one in used}


def test_devices_that_are_forgotten_make_room_for_others(world: World):
    bob = world.add("bob", phone=None)
    _strangers(world, bob, policy.DEVICES_OF_A_USER)
    used, _ = stored.of_user(bob.user_id)
    world.wait(timedelta(days=1))
    for device in used[1:]:
        commit(stored.seeing(device, now=world.now))
    token = world.sign_in(bob).body["session"]["token"]
    _as(world, token, "DELETE", f"/account/devices/{used[-1].device_id}")
    assert world.sign_in(bob).body["device_token"]


def test_a_list_of_devices_from_before_its_end_was_set_comes_in_pages(world: World):
    bob = world.add("bob", phone=None)
    token = world.sign_in(bob).body["session"]["token"]
    for _ in range(policy.DEVICES_OF_A_USER + 1):
        _, (adding, _) = devices.remembering(bob.user_id, Origin("198.51.100.7", "Old"), now=world.now)
        commit(adding)
    first = _as(world, token, "GET", "/account/devices").body
    headers = {"Authorization": f"Bearer {token}"}
    second = world.call("GET", "/account/devices", headers=headers, query={"cursor": first["next"]}).body
    assert second["next"] is None
    pages = (first["devices"], second["devices"])
    assert [len(page) for page in pages] == [policy.DEVICES_OF_A_USER, 2]
    assert len({device["id"] for page in pages for device in page}) == policy.DEVICES_OF_A_USER + 2
    wrong = world.call("GET", "/account/devices", headers=headers, query={"cursor": "x"})
    assert (wrong.status, wrong.error) == (422, "invalid_request")
    other = world.call("GET", "/account/devices", headers=headers, query={"cursor": "0" * RECORD_CHARACTERS})
    assert len(other.body["devices"]) in (0, policy.DEVICES_OF_A_USER)


def test_a_list_of_sessions_is_read_in_one_round_trip_however_many_there_are(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    bob = world.add("bob", phone=None)
    monkeypatch.setattr(policy, "SESSIONS_READ", 3)
    origin = Origin("198.51.100.7", "Check/1.0")
    tokens = [open_session(bob.user_id, login="bob", origin=origin, now=world.now) for _ in range(5)]
    for token in tokens:
        with overheard() as made:
            listed = _sessions(world, token)
        assert [one["current"] for one in listed].count(True) == 1
        assert len(listed) in (3, 4)
        assert [str(call) for call in made] == ["BatchGetItem sessions users accounts", "Query sessions"]


def test_a_forgotten_device_is_a_stranger_again(world: World):
    opened = world.session()
    token = opened["session"]["token"]
    heard = len(world.mails)
    assert _as(world, token, "DELETE", f"/account/devices/{_id(opened['device_token'])}").status == 204
    assert _as(world, token, "GET", "/account/devices").body["devices"] == []
    world.session(device_token=opened["device_token"])
    assert len(world.mails) == heard + 1
    assert world.me(token).status == 200


def test_a_device_that_is_forgotten_during_a_sign_in_does_not_spoil_it(world: World):
    opened = world.session()
    challenge_id, code = world.challenge(device_token=opened["device_token"]), world.code()
    _as(world, opened["session"]["token"], "DELETE", f"/account/devices/{_id(opened['device_token'])}")
    assert world.verify(challenge_id, code).status == 200


def _choose(world: World, token: str, minutes: object) -> Reply:
    headers = {"Authorization": f"Bearer {token}"}
    return world.call("PUT", "/account/session-length", {"idle_minutes": minutes}, headers=headers)


@pytest.mark.parametrize("minutes", policy.SESSION_IDLE_MINUTES)
def test_a_user_chooses_how_long_an_unused_session_lives(world: World, minutes: int):
    token = _token(world)
    told = _choose(world, token, minutes)
    assert (told.status, told.body["idle_seconds"]) == (200, minutes * 60)
    later = _token(world)
    world.wait(min(timedelta(minutes=minutes), policy.SESSION_LIFETIME) - SECOND)
    assert (world.me(token).status, world.me(later).status) == (200, 200)
    fresh = _token(world)
    world.wait(min(timedelta(minutes=minutes), policy.SESSION_LIFETIME))
    assert {world.me(each).status for each in (token, later, fresh)} == {401}


def test_an_open_browser_cannot_be_kept_open_by_whoever_finds_it(world: World):
    token = _token(world)
    assert _choose(world, token, 30).status == 200
    world.wait(policy.CONFIRMED_FOR)
    longer = [_choose(world, token, minutes) for minutes in (60, 1440)]
    assert {(answer.status, answer.error) for answer in longer} == {(401, "insufficient_user_authentication")}
    assert [_choose(world, token, minutes).status for minutes in (30, 15)] == [200, 200]


def test_other_sessions_keep_the_length_they_were_opened_with(world: World):
    other, mine = _token(world), _token(world)
    _choose(world, mine, 5)
    world.wait(timedelta(minutes=5))
    assert (world.me(other).status, world.me(mine).status) == (200, 401)


@pytest.mark.parametrize("minutes", [0, 1, 6, -5, 10**9, 5.0, "5", True, None, [5]])
def test_only_the_choices_can_be_chosen(world: World, minutes: object):
    answer = _choose(world, _token(world), minutes)
    assert (answer.status, answer.error) == (422, "invalid_request")
    assert answer.body["errors"][0]["path"] == "body.idle_minutes"


def test_a_thief_with_a_session_cannot_cancel_the_owners_sign_in_without_end(world: World):
    thief = _token(world)
    ended = []
    for _ in range(policy.ENDINGS_OF_OTHERS_AN_HOUR):
        challenge_id = world.challenge(address="203.0.113.5")
        world.wait(SECOND)
        ended.append(_as(world, thief, "POST", "/account/logout-others").status)
        assert world.verify(challenge_id, world.code()).status == 410
        world.wait(SECOND)
    challenge_id = world.challenge(address="203.0.113.5")
    world.wait(SECOND)
    refused = _as(world, thief, "POST", "/account/logout-others")
    assert ended == [204] * policy.ENDINGS_OF_OTHERS_AN_HOUR
    assert (refused.status, refused.error) == (429, "too_many_attempts")
    assert 3500 < refused.retry_after <= 3600
    assert world.verify(challenge_id, world.code()).status == 200


def test_another_session_of_the_same_user_has_no_more_of_them(world: World):
    mine, other = _token(world), _token(world)
    for _ in range(policy.ENDINGS_OF_OTHERS_AN_HOUR):
        world.wait(SECOND)
        assert _as(world, mine, "POST", "/account/logout-others").status == 204
    world.wait(SECOND)
    assert _as(world, mine, "POST", "/account/logout-others").status == 429
    assert _as(world, other, "GET", "/session").status == 401
    assert _as(world, mine, "POST", "/account/logout-everywhere").status == 204
