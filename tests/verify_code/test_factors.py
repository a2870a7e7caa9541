"""POST /verify-code by each factor: what a code is taken for, and what wrong ones cost together."""

import pytest

from shared import policy
from tests.support.events import Reply
from tests.support.factors import not_shown, shown, signed_in, token_of, with_app, with_codes
from tests.support.world import World


@pytest.fixture
def app(world: World) -> str:
    """The secret of ann's app; she has a phone too."""
    return with_app(world, signed_in(world))


def _verify(world: World, challenge_id: str, code: str, factor: str | None = None) -> Reply:
    return world.post("/verify-code", {"challenge_id": challenge_id, "code": code, "factor": factor})


def _refused(answer: Reply) -> None:
    assert (answer.status, answer.error) == (401, "wrong_code")


def test_a_code_is_taken_for_that_of_the_factor_asked_for(world: World, app: str):
    by_app, by_message = world.challenge(), world.challenge(factor="sms")
    _refused(_verify(world, by_message, shown(world, app)))
    _refused(_verify(world, by_app, world.code()))
    assert _verify(world, by_message, world.code()).body["session"]["factors"] == ["password", "sms"]
    assert _verify(world, by_app, shown(world, app)).body["session"]["factors"] == ["password", "totp"]


def test_a_factor_that_is_named_decides_what_a_code_is_taken_for(world: World, app: str):
    challenge_id = world.challenge(factor="sms")
    _refused(_verify(world, challenge_id, world.code(), "totp"))
    _refused(_verify(world, challenge_id, shown(world, app), "sms"))
    assert _verify(world, challenge_id, shown(world, app), "totp").status == 200


def test_no_code_of_a_message_is_right_before_one_was_sent(world: World, app: str):
    _refused(_verify(world, world.challenge(), "000000", "sms"))


def test_a_short_code_is_no_recovery_code(world: World):
    token = signed_in(world)
    secret = with_app(world, token)
    with_codes(world, token)
    challenge_id = world.challenge(factor="recovery_code")
    _refused(_verify(world, challenge_id, shown(world, secret)))
    _refused(_verify(world, challenge_id, shown(world, secret), "recovery_code"))
    assert _verify(world, challenge_id, shown(world, secret), "totp").status == 200


@pytest.mark.parametrize("factor", ["recovery_code", "sms", "totp", None])
def test_a_recovery_code_is_known_by_its_length(world: World, factor: str | None):
    code, *_ = with_codes(world, signed_in(world))
    opened = _verify(world, world.challenge(), code, factor)
    assert opened.body["session"]["factors"] == ["password", "recovery_code"]


@pytest.mark.parametrize("code", ["000000", "0000-0000-0000-0000-0000-0000"])
def test_a_factor_that_they_do_not_have_is_told_and_costs_no_try(world: World, code: str):
    challenge_id = world.challenge()
    for _ in range(policy.ATTEMPTS_PER_CHALLENGE + 1):
        answer = _verify(world, challenge_id, code, "totp")
        assert (answer.status, answer.error) == (400, "factor_unavailable")
    assert world.verify(challenge_id, world.code()).status == 200


@pytest.mark.parametrize("code", ["0000-0000", "0000-0000-0000-0000-0000-00UU", "1" * 25, "ABCDEF"])
def test_what_is_no_code_of_any_factor_is_refused(world: World, code: str):
    answer = _verify(world, world.challenge(), code, "recovery_code")
    assert (answer.status, answer.body["errors"][0]["path"]) == (422, "body.code")


def test_the_tries_of_a_challenge_are_shared_by_all_factors(world: World):
    token = signed_in(world)
    secret = with_app(world, token)
    with_codes(world, token)
    challenge_id = world.challenge(factor="sms")
    wrong = [(world.wrong_code(), "sms"), (not_shown(world, secret), "totp"), ("0" * 24, "recovery_code")]
    for code, factor in (wrong * 2)[: policy.ATTEMPTS_PER_CHALLENGE]:
        _refused(_verify(world, challenge_id, code, factor))
    for code, factor in [(world.code(), "sms"), (shown(world, secret), "totp")]:
        answer = _verify(world, challenge_id, code, factor)
        assert (answer.status, answer.error) == (410, "challenge_closed")


def test_wrong_codes_count_on_from_factor_to_factor_and_then_wait(world: World, app: str):
    challenges = [(world.challenge(), "totp"), (world.challenge(factor="sms"), "sms")]
    wrong = {"totp": not_shown(world, app), "sms": world.wrong_code()}
    late = world.challenge()
    for challenge_id, factor in challenges:
        for _ in range(policy.FREE_CODE_ATTEMPTS // 2):
            _refused(_verify(world, challenge_id, wrong[factor], factor))
    answer = _verify(world, late, shown(world, app))
    assert (answer.status, answer.error, answer.retry_after) == (429, "too_many_codes", 30)
    world.wait(policy.FIRST_WAIT)
    assert _verify(world, late, shown(world, app)).status == 200


def test_a_right_code_of_one_factor_forgives_the_wrong_ones_of_another(world: World, app: str):
    before, after = world.challenge(), world.challenge()
    for _ in range(policy.ATTEMPTS_PER_CHALLENGE):
        _refused(_verify(world, before, not_shown(world, app)))
    token_of(_verify(world, world.challenge(factor="sms"), world.code()))
    for _ in range(policy.ATTEMPTS_PER_CHALLENGE):
        _refused(_verify(world, after, not_shown(world, app)))
    assert world.sign_in().status == 200


def test_a_wrong_code_of_an_app_looks_like_one_of_a_message(world: World, app: str):
    by_app = _verify(world, world.challenge(), not_shown(world, app))
    by_message = _verify(world, world.challenge(factor="sms"), world.wrong_code())
    assert (by_app.status, by_app.text, by_app.headers) == (by_message.status, by_message.text, by_message.headers)


def test_a_challenge_is_answered_once_whatever_the_factor(world: World, app: str):
    challenge_id = world.challenge(factor="sms")
    assert _verify(world, challenge_id, world.code()).status == 200
    answer = _verify(world, challenge_id, shown(world, app), "totp")
    assert (answer.status, answer.error) == (410, "challenge_closed")
    assert _verify(world, world.challenge(), shown(world, app)).status == 200


def test_the_challenge_of_one_person_takes_no_code_of_another(world: World, app: str):
    bob = world.add("bob", phone=None)
    secret = with_app(world, signed_in(world, bob))
    if shown(world, secret) != shown(world, app):
        _refused(_verify(world, world.challenge(), shown(world, secret)))
