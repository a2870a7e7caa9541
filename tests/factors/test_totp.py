"""An authenticator app: it is told its secret once, shows that it works, and each of its steps is good once."""

from datetime import timedelta

import pyotp
import pytest

from shared import policy
from tests.support.events import Reply
from tests.support.factors import SECOND, ask, factors_of, not_shown, shown, signed_in, token_of, with_app
from tests.support.world import Person, World

PATH = "/account/factors/totp"


@pytest.fixture
def bob(world: World) -> Person:
    """Somebody without a second factor."""
    return world.add("bob", phone=None)


def _enrol(world: World, token: str) -> str:
    """The secret of an app that waits for its first code."""
    return str(ask(world, token, "POST", PATH).body["secret"])


def _prove(world: World, token: str, code: str) -> Reply:
    return ask(world, token, "POST", f"{PATH}/confirm", {"code": code})


def _sign_in(world: World, person: Person, code: str) -> Reply:
    """A whole sign-in with the code of an app."""
    return world.verify(world.challenge(person), code)


def _confirmed(world: World, token: str, person: Person) -> str:
    """Of the session that takes the place of one without a second factor."""
    return token_of(ask(world, token, "POST", "/session/confirm", {"password": person.password}))


def test_an_app_is_told_all_that_it_needs_as_text_and_as_a_picture(world: World, bob: Person):
    made = ask(world, signed_in(world, bob), "POST", PATH).body
    app = pyotp.parse_uri(made["provisioning_uri"])
    assert isinstance(app, pyotp.TOTP)
    assert (app.secret, app.name, app.issuer) == (made["secret"], "bob", "Furtka")
    assert app.at(world.now) == shown(world, made["secret"])
    assert made["qr_svg"].startswith("<svg")
    assert made["qr_svg"].endswith("</svg>")


def test_an_app_counts_only_once_a_code_of_it_has_come_back(world: World, bob: Person):
    token = signed_in(world, bob)
    secret = _enrol(world, token)
    assert factors_of(world, token)["totp"] is False
    assert "session" in world.sign_in(bob).body
    answer = _prove(world, token, shown(world, secret))
    assert (answer.status, answer.body) == (200, {"sms": None, "totp": True, "recovery_codes_left": 0})
    world.wait(SECOND)
    assert world.sign_in(bob).body["challenge"]["factors"] == ["totp"]


def test_the_session_that_switched_the_app_on_has_proved_it(world: World, bob: Person):
    token = signed_in(world, bob)
    with_app(world, token)
    assert world.me(token).body["session"]["factors"] == ["password", "totp"]


def test_every_app_has_a_secret_of_its_own(world: World, bob: Person):
    token = signed_in(world, bob)
    assert len({_enrol(world, token) for _ in range(3)}) == 3


def test_the_secret_is_told_once_and_never_again(world: World, bob: Person):
    token = signed_in(world, bob)
    secret = _enrol(world, token)
    answers = [_prove(world, token, shown(world, secret))]
    world.wait(policy.TOTP_STEP)
    answers += [world.sign_in(bob), _sign_in(world, bob, shown(world, secret)), world.me(token)]
    answers += [ask(world, token, "GET", path) for path in ("/account/factors", "/account/activity")]
    assert {answer.status for answer in answers} == {200}
    assert secret not in f"{answers} {world.mails}"


def test_a_wrong_code_switches_nothing_on_and_does_not_spoil_the_right_one(world: World, bob: Person):
    token = signed_in(world, bob)
    secret = _enrol(world, token)
    answer = _prove(world, token, not_shown(world, secret))
    assert (answer.status, answer.error) == (401, "wrong_code")
    assert factors_of(world, token)["totp"] is False
    assert _prove(world, token, shown(world, secret)).status == 200


def test_the_code_that_switched_the_app_on_opens_nothing(world: World, bob: Person):
    token = signed_in(world, bob)
    secret = _enrol(world, token)
    first = shown(world, secret)
    _prove(world, token, first)
    world.wait(SECOND)
    assert _sign_in(world, bob, first).error == "wrong_code"
    world.wait(policy.TOTP_STEP)
    assert _sign_in(world, bob, shown(world, secret)).body["session"]["factors"] == ["password", "totp"]


def test_each_code_opens_one_session(world: World, bob: Person):
    secret = with_app(world, signed_in(world, bob))
    code = shown(world, secret)
    challenges = [world.challenge(bob) for _ in range(2)]
    assert [world.verify(challenge_id, code).status for challenge_id in challenges] == [200, 401]
    world.wait(policy.TOTP_STEP)
    assert world.verify(challenges[1], shown(world, secret)).status == 200


def test_no_step_is_gone_back_to(world: World, bob: Person):
    secret = with_app(world, signed_in(world, bob))
    world.wait(policy.TOTP_STEP)
    assert _sign_in(world, bob, shown(world, secret)).status == 200
    assert _sign_in(world, bob, shown(world, secret, steps=-1)).status == 401


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
def test_the_clock_of_an_app_may_be_wrong_by_one_step(world: World, bob: Person, steps: int, status: int):
    secret = with_app(world, signed_in(world, bob))
    world.wait(5 * policy.TOTP_STEP)
    assert _sign_in(world, bob, shown(world, secret, steps=steps)).status == status


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (1, 200), (2, 401)])
def test_that_is_so_from_its_first_code_on(world: World, bob: Person, steps: int, status: int):
    token = signed_in(world, bob)
    assert _prove(world, token, shown(world, _enrol(world, token), steps=steps)).status == status


@pytest.mark.parametrize("spelling", ["{} {}", "{}-{}", " {}{} "])
def test_a_code_may_be_typed_as_an_app_shows_it(world: World, bob: Person, spelling: str):
    token = signed_in(world, bob)
    code = shown(world, _enrol(world, token))
    assert _prove(world, token, spelling.format(code[:3], code[3:])).status == 200


@pytest.mark.parametrize("code", ["", "12345", "1234567", "ABCD-EFGH-JKMN-PQRS-TVWX-YZ01", 123456, None])
def test_what_is_no_code_is_refused_and_costs_no_try(world: World, bob: Person, code: str):
    token = signed_in(world, bob)
    secret = _enrol(world, token)
    for _ in range(policy.FREE_CODE_ATTEMPTS + 1):
        answer = _prove(world, token, code)
        assert (answer.status, answer.body["errors"][0]["path"]) == (422, "body.code")
    assert _prove(world, token, shown(world, secret)).status == 200


def test_a_secret_waits_a_quarter_of_an_hour_for_its_first_code(world: World, bob: Person):
    token = signed_in(world, bob)
    secret = _enrol(world, token)
    world.wait(policy.ENROLMENT_LIFETIME - SECOND)
    token = _confirmed(world, token, bob)
    assert _prove(world, token, not_shown(world, secret)).error == "wrong_code"
    world.wait(SECOND)
    answer = _prove(world, token, shown(world, secret))
    assert (answer.status, answer.error) == (410, "enrolment_closed")
    assert factors_of(world, token)["totp"] is False


def test_the_newest_secret_counts(world: World, bob: Person):
    token = signed_in(world, bob)
    older, newer = _enrol(world, token), _enrol(world, token)
    world.wait(timedelta(minutes=1))
    if shown(world, older) not in [shown(world, newer, steps=steps) for steps in (-1, 0, 1)]:
        assert _prove(world, token, shown(world, older)).error == "wrong_code"
    assert _prove(world, token, shown(world, newer)).status == 200


def test_where_no_app_waits_no_code_is_right(world: World, bob: Person):
    token = signed_in(world, bob)
    assert (_prove(world, token, "123456").status, _prove(world, token, "123456").error) == (410, "enrolment_closed")
    secret = with_app(world, token)
    assert _prove(world, token, shown(world, secret)).error == "enrolment_closed"


def test_the_app_of_somebody_else_proves_nothing(world: World, bob: Person):
    token = signed_in(world, bob)
    mallory = signed_in(world, world.add("mallory", phone=None))
    secret, other = _enrol(world, token), _enrol(world, mallory)
    if shown(world, other) not in [shown(world, secret, steps=steps) for steps in (-1, 0, 1)]:
        assert _prove(world, token, shown(world, other)).status == 401
    assert factors_of(world, token)["totp"] is False


def test_wrong_codes_of_a_new_app_count_together_with_those_of_sign_ins(world: World):
    token = signed_in(world)
    secret = _enrol(world, token)
    for _ in range(policy.FREE_CODE_ATTEMPTS):
        assert _prove(world, token, not_shown(world, secret)).status == 401
    for refused in (_prove(world, token, shown(world, secret)), world.sign_in()):
        assert (refused.status, refused.error, refused.retry_after) == (429, "too_many_codes", 30)
    world.wait(timedelta(seconds=30))
    assert _prove(world, token, shown(world, secret)).status == 200


def test_another_app_takes_the_place_of_the_first_once_it_has_shown_that_it_works(world: World, bob: Person):
    token = signed_in(world, bob)
    first = with_app(world, token)
    second = _enrol(world, token)
    assert _sign_in(world, bob, shown(world, first)).status == 200
    world.wait(policy.TOTP_STEP)
    assert _prove(world, token, shown(world, second)).status == 200
    world.wait(policy.TOTP_STEP)
    if shown(world, first) not in [shown(world, second, steps=steps) for steps in (0, 1)]:
        assert _sign_in(world, bob, shown(world, first)).status == 401
    assert _sign_in(world, bob, shown(world, second)).status == 200


def test_an_app_that_is_switched_off_is_not_asked_for_any_more(world: World, bob: Person):
    token = signed_in(world, bob)
    with_app(world, token)
    answer = ask(world, token, "DELETE", PATH)
    assert (answer.status, answer.text) == (204, "")
    assert factors_of(world, token)["totp"] is False
    world.wait(SECOND)
    assert "session" in world.sign_in(bob).body


def test_the_codes_of_an_app_that_was_switched_off_open_nothing(world: World):
    token = signed_in(world)
    secret = with_app(world, token)
    ask(world, token, "DELETE", PATH)
    world.wait(policy.TOTP_STEP)
    challenge = world.sign_in(factor="totp").body["challenge"]
    assert (challenge["channel"], challenge["factors"]) == ("sms", ["sms"])
    answer = world.post(
        "/verify-code", {"challenge_id": challenge["id"], "code": shown(world, secret), "factor": "totp"}
    )
    assert (answer.status, answer.error) == (400, "factor_unavailable")


def test_switching_an_app_off_needs_a_code_given_just_now(world: World, bob: Person):
    token = signed_in(world, bob)
    secret = with_app(world, token)
    world.wait(policy.CONFIRMED_FOR)
    assert ask(world, token, "DELETE", PATH).error == "insufficient_user_authentication"
    assert _sign_in(world, bob, shown(world, secret)).status == 200


def test_what_is_off_cannot_be_switched_off(world: World, bob: Person):
    answer = ask(world, signed_in(world, bob), "DELETE", PATH)
    assert (answer.status, answer.error) == (404, "not_found")
