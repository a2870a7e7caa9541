"""GET /session and POST /logout: a session lives exactly as long as it was told."""

import re
from collections.abc import Callable
from datetime import timedelta

import boto3
import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.storage import engine, logins, users
from tests.support.world import FROM_PANEL, PASSWORD, World

SECOND = timedelta(seconds=1)


def test_a_session_tells_whose_it_is_and_until_when(world: World):
    token = _token(world)
    assert world.me(token).body == {
        "account_id": world.ann.user_id[:10],
        "login": "ann",
        "session": {
            "user_id": world.ann.user_id,
            "created_at": _stamp(world.now),
            "idle_seconds": 3600,
            "idle_until": _stamp(world.now + policy.SESSION_IDLE),
            "ends_at": _stamp(world.now + policy.SESSION_LIFETIME),
            "factors": ["password", "sms"],
        },
        "owner": True,
        "confirmed_until": _stamp(world.now + policy.CONFIRMED_FOR),
        "password_due_at": None,
        "must_change_password": False,
        "second_factor_required_from": None,
        "must_enable_second_factor": False,
    }


def test_an_idle_session_ends_to_the_second(world: World):
    token, other = _token(world), _token(world)
    world.wait(policy.SESSION_IDLE - SECOND)
    assert world.me(token).status == 200
    world.wait(SECOND)
    answer = world.me(other)
    assert (answer.status, answer.error) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"] == ['Bearer realm="furtka", error="invalid_token"']


def test_use_keeps_a_session_alive_from_then_on(world: World):
    token = _token(world)
    world.wait(policy.SESSION_IDLE - SECOND)
    assert world.me(token).body["session"]["idle_until"] == _stamp(world.now + policy.SESSION_IDLE)
    world.wait(policy.SESSION_IDLE - SECOND)
    assert world.me(token).status == 200
    world.wait(policy.SESSION_IDLE)
    assert world.me(token).status == 401


def test_no_use_keeps_a_session_beyond_its_absolute_end(world: World):
    token = _token(world)
    used = timedelta(0)
    while used < policy.SESSION_LIFETIME - SECOND:
        step = min(timedelta(minutes=59), policy.SESSION_LIFETIME - SECOND - used)
        world.wait(step)
        used += step
        assert world.me(token).status == 200
    assert world.me(token).body["session"]["idle_until"] == world.me(token).body["session"]["ends_at"]
    world.wait(SECOND)
    assert world.me(token).status == 401


def test_use_within_a_minute_is_not_written_and_the_session_says_so(world: World):
    token = _token(world)
    told = world.me(token).body["session"]["idle_until"]
    world.wait(policy.SESSION_TOUCHED_EVERY - SECOND)
    assert world.me(token).body["session"]["idle_until"] == told
    world.wait(SECOND)
    assert world.me(token).body["session"]["idle_until"] > told


def test_another_idle_time_is_the_sessions_own(world: World):
    quick = world.add("quick", idle=timedelta(minutes=5), phone="+48600100201")
    token = world.session(quick)["session"]["token"]
    world.wait(timedelta(minutes=5) - SECOND)
    assert world.me(token).status == 200
    world.wait(timedelta(minutes=5))
    assert world.me(token).status == 401


def test_a_session_is_worth_nothing_after_logout(world: World):
    token = _token(world)
    assert world.post("/logout", headers=_bearer(token)).status == 204
    assert world.me(token).status == 401


OVER: dict[str, Callable[[World, str], object]] = {
    "idle": lambda world, _: world.wait(policy.SESSION_IDLE),
    "ended": lambda world, token: world.post("/logout", headers=_bearer(token)),
    "ended with all others": lambda world, token: world.post("/account/logout-everywhere", headers=_bearer(token)),
}


@pytest.mark.parametrize("end", OVER.values(), ids=OVER.keys())
def test_who_asks_to_be_out_is_out_and_loses_the_cookie_whatever_it_was_worth(
    world: World, end: Callable[[World, str], object]
):
    cookie = _cookie(world)
    token = cookie.partition("=")[2]
    end(world, token)
    answer = world.post("/logout", headers=FROM_PANEL | {"Cookie": cookie})
    assert (answer.status, answer.text) == (204, "")
    assert "Max-Age=0" in answer.cookie("__Host-furtka-session")
    answer = world.post("/logout", headers=_bearer(token))
    assert (answer.status, "Set-Cookie" in answer.headers) == (204, False)


@pytest.mark.parametrize("cookie", ["", "__Host-furtka-session=", "__Host-furtka-session=garbage", "other=1"])
def test_a_browser_without_a_session_is_logged_out(world: World, cookie: str):
    answer = world.post("/logout", headers=FROM_PANEL | {"Cookie": cookie})
    assert answer.status == 204
    assert "Max-Age=0" in answer.cookie("__Host-furtka-session")


def test_logging_out_is_not_refused_for_too_many_unknown_tokens(world: World):
    for _ in range(policy.FREE_FORGERIES + 2):
        unknown = identifiers.write(randomness.token("session", world.ann.user_id))
        assert world.post("/logout", headers=_bearer(unknown)).status == 204


@pytest.mark.parametrize("credentials", ["Basic YW5uOng=", "Bearer furtka_api_x"])
def test_programs_do_not_log_out(world: World, credentials: str):
    assert world.post("/logout", headers={"Authorization": credentials}).status in (401, 403)


@pytest.mark.parametrize("end", [OVER["idle"], OVER["ended with all others"]])
def test_logging_out_everywhere_and_of_oneself_succeeds_if_nothing_is_left_to_end(
    world: World, end: Callable[[World, str], object]
):
    cookie = _cookie(world)
    token = cookie.partition("=")[2]
    end(world, token)
    own = token.rpartition("_")[2][: identifiers.RECORD_CHARACTERS]
    for method, path in (("POST", "/account/logout-everywhere"), ("DELETE", f"/account/sessions/{own}")):
        answer = world.call(method, path, headers=FROM_PANEL | {"Cookie": cookie})
        assert answer.status == 204
        assert "Max-Age=0" in answer.cookie("__Host-furtka-session")


def test_nobody_is_told_that_all_sessions_ended_while_one_is_open(world: World):
    cookie = _cookie(world)
    world.wait(policy.SESSION_IDLE)
    other = _token(world)
    answer = world.post("/account/logout-everywhere", headers=FROM_PANEL | {"Cookie": cookie})
    assert (answer.status, answer.error) == (401, "invalid_token")
    assert "Max-Age=0" in answer.cookie("__Host-furtka-session")
    assert world.me(other).status == 200


@pytest.mark.parametrize("end", OVER.values(), ids=OVER.keys())
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/account/logout-everywhere"), ("DELETE", f"/account/sessions/{'0' * 28}")]
)
def test_ending_sessions_with_one_that_is_over_is_refused_and_takes_the_cookie_back(
    world: World, end: Callable[[World, str], object], method: str, path: str
):
    cookie = _cookie(world)
    end(world, cookie.partition("=")[2])
    world.wait(SECOND)
    _token(world)
    answer = world.call(method, path, headers=FROM_PANEL | {"Cookie": cookie})
    assert (answer.status, answer.error) == (401, "invalid_token")
    assert "Max-Age=0" in answer.cookie("__Host-furtka-session")


def test_a_browser_that_ends_its_own_session_in_the_list_loses_its_cookie(world: World):
    cookie = _cookie(world)
    (own,) = world.call("GET", "/account/sessions", headers={"Cookie": cookie}).body["sessions"]
    answer = world.call("DELETE", f"/account/sessions/{own['id']}", headers=FROM_PANEL | {"Cookie": cookie})
    assert answer.status == 204
    assert "Max-Age=0" in answer.cookie("__Host-furtka-session")


def test_a_browser_forgets_a_session_that_is_over_by_its_time_and_a_program_is_only_told(world: World):
    cookie = _cookie(world)
    world.wait(policy.SESSION_IDLE)
    assert "Max-Age=0" in world.call("GET", "/session", headers={"Cookie": cookie}).cookie("__Host-furtka-session")
    assert "Set-Cookie" not in world.me(cookie.partition("=")[2]).headers


def test_a_late_request_with_the_session_before_does_not_take_the_new_cookie_back(world: World):
    cookie = _cookie(world)
    headers = FROM_PANEL | {"Cookie": cookie}
    challenge_id = world.post("/session/confirm", {"password": PASSWORD}, headers=headers).body["challenge"]["id"]
    assert world.verify(challenge_id, world.code(), headers=headers).status == 200
    late = world.call("GET", "/session", headers=headers)
    assert (late.status, "Set-Cookie" in late.headers) == (401, False)


def test_logout_ends_this_session_and_no_other(world: World):
    first, second = _token(world), _token(world)
    world.post("/logout", headers=_bearer(first))
    assert world.me(second).status == 200


def test_a_browsers_logout_takes_the_cookie_back(world: World):
    cookie = _cookie(world)
    answer = world.post("/logout", headers=FROM_PANEL | {"Cookie": cookie})
    assert "__Host-furtka-session=; Path=/; Max-Age=0" in answer.cookie("__Host-furtka-session")
    assert world.call("GET", "/session", headers={"Cookie": cookie}).status == 401


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}])
def test_a_cookie_alone_changes_nothing_without_proof_of_the_same_origin(world: World, headers: dict[str, str]):
    cookie = _cookie(world)
    answer = world.post("/logout", headers=headers | {"Cookie": cookie})
    assert (answer.status, answer.error) == (403, "cross_site_request")
    assert world.call("GET", "/session", headers={"Cookie": cookie}).status == 200


def test_an_old_browser_proves_its_origin_by_the_origin_header(world: World):
    answer = world.post("/logout", headers={"Cookie": _cookie(world), "Origin": "https://panel.example.com"})
    assert answer.status == 204


def test_nobody_is_signed_in_without_a_token(world: World):
    answer = world.call("GET", "/session")
    assert (answer.status, answer.error) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == ['Bearer realm="furtka"']


def test_a_token_in_another_case_of_header_or_scheme_is_read(world: World):
    token = _token(world)
    assert world.call("GET", "/session", headers={"authorization": f"bearer {token}"}).status == 200


def test_no_part_of_a_token_can_be_changed(world: World):
    token = _token(world)
    for place in range(0, len(token), 7):
        changed = token[:place] + ("x" if token[place] != "x" else "y") + token[place + 1 :]
        assert world.me(changed).status == 401


def test_a_device_token_is_no_session(world: World):
    assert world.me(world.session()["device_token"]).status == 401


def test_ending_everything_voids_sessions_and_challenges_at_once(world: World):
    tokens = [_token(world), _token(world)]
    pending = world.challenge()
    code = world.code()
    world.wait(SECOND)
    engine.commit(users.ending_everything(world.ann.user_id, now=world.now))
    assert [world.me(token).status for token in tokens] == [401, 401]
    assert world.verify(pending, code).status == 410
    world.wait(SECOND)
    assert world.me(_token(world)).status == 200


def test_a_disabled_user_is_out_at_once_and_stays_out(world: World):
    token = _token(world)
    pending = world.challenge()
    code = world.code()
    engine.commit(
        logins.switching("ann", enabled=False, now=world.now),
        users.switching(world.ann.user_id, enabled=False, now=world.now),
    )
    assert world.me(token).status == 401
    assert world.verify(pending, code).status == 410
    assert world.sign_in().error == "invalid_credentials"


def test_nothing_in_the_tables_opens_a_session(world: World):
    opened = world.session()
    secrets = [opened["session"]["token"], opened["device_token"], world.ann.password]
    secrets += [token.rpartition("_")[2][28:] for token in secrets[:2]]
    client = boto3.client("dynamodb")
    tables = client.list_tables()["TableNames"]
    stored = str([client.scan(TableName=table)["Items"] for table in tables])
    assert world.ann.user_id in stored
    assert not [secret for secret in secrets if secret in stored]
    assert not re.search(rf"\b{world.code()}\b", stored), "long numbers and ids may hold its digits"


def _token(world: World) -> str:
    return str(world.session()["session"]["token"])


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _cookie(world: World) -> str:
    challenge_id = world.challenge(transport="cookie", headers=FROM_PANEL)
    line = world.verify(challenge_id, world.code(), headers=FROM_PANEL).cookie("__Host-furtka-session")
    return line.partition(";")[0]


def _stamp(at: object) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
