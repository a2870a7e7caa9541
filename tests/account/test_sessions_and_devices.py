"""The Security tab: sessions and devices, each seen and ended by the one they belong to, and by nobody else."""

from datetime import timedelta

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain.identifiers import RECORD_CHARACTERS
from tests.support.events import Reply
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


def test_a_forgotten_device_is_a_stranger_again(world: World):
    opened = world.session()
    token = opened["session"]["token"]
    heard = len(world.mails)
    assert _as(world, token, "DELETE", f"/account/devices/{_id(opened['device_token'])}").status == 204
    assert _as(world, token, "GET", "/account/devices").body["devices"] == []
    world.sign_in(device_token=opened["device_token"])
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
