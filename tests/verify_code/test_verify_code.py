"""POST /verify-code and its resend as programs and people meet them."""

from datetime import timedelta

import pytest

from shared import policy
from tests.proofs import tables
from tests.support.factors import ask, signed_in
from tests.support.world import World


def test_the_code_opens_a_session_that_works(world: World):
    opened = world.session()
    me = world.me(opened["session"]["token"])
    assert (me.status, me.body["login"]) == (200, "ann")
    assert opened["session"]["factors"] == ["password", "sms"]


def test_a_wrong_code_opens_nothing(world: World):
    challenge_id = world.challenge()
    answer = world.verify(challenge_id, world.wrong_code())
    assert (answer.status, answer.error) == (401, "wrong_code")


def test_a_wrong_code_does_not_spoil_the_right_one(world: World):
    challenge_id = world.challenge()
    world.verify(challenge_id, world.wrong_code())
    assert world.verify(challenge_id, world.code()).status == 200


@pytest.mark.parametrize("spelling", ["{} {}", " {}{} ", "{}-{}", "{}\u2013{}", "{}\u00a0{}\n"])
def test_blanks_and_dashes_in_a_code_are_forgiven(world: World, spelling: str):
    challenge_id = world.challenge()
    code = world.code()
    assert world.verify(challenge_id, spelling.format(code[:3], code[3:])).status == 200


def test_full_width_digits_are_forgiven(world: World):
    challenge_id = world.challenge()
    assert world.verify(challenge_id, world.code().translate({48 + d: 0xFF10 + d for d in range(10)})).status == 200


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "١٢٣٤٥٦", "12.345", "", "123456" * 6, "+12345", "1e5"])
def test_nothing_else_is_forgiven_and_costs_no_try(world: World, code: str):
    challenge_id = world.challenge()
    for _ in range(policy.ATTEMPTS_PER_CHALLENGE + 1):
        answer = world.verify(challenge_id, code)
        assert (answer.status, answer.error) == (422, "invalid_request")
        assert answer.body["errors"][0]["path"] == "body.code"
    assert world.verify(challenge_id, world.code()).status == 200


def test_a_code_is_worth_nothing_once_it_has_expired(world: World):
    challenge_id = world.challenge()
    code = world.code()
    world.wait(policy.CODE_LIFETIME - timedelta(seconds=1))
    assert world.verify(challenge_id, "000000" if code != "000000" else "000001").status == 401
    world.wait(timedelta(seconds=1))
    answer = world.verify(challenge_id, code)
    assert (answer.status, answer.error) == (410, "challenge_closed")


def test_a_code_is_good_once(world: World):
    challenge_id = world.challenge()
    assert world.verify(challenge_id, world.code()).status == 200
    answer = world.verify(challenge_id, world.code())
    assert (answer.status, answer.error) == (410, "challenge_closed")


def test_five_wrong_codes_close_a_challenge_even_for_the_right_one(world: World):
    challenge_id = world.challenge()
    for _ in range(policy.ATTEMPTS_PER_CHALLENGE):
        assert world.verify(challenge_id, world.wrong_code()).status == 401
    assert world.verify(challenge_id, world.code()).status == 410


def test_a_code_is_worth_nothing_for_another_challenge(world: World):
    world.challenge()
    first_code = world.code()
    second = world.challenge()
    if world.code() != first_code:
        assert world.verify(second, first_code).status == 401


def test_wrong_codes_count_on_over_new_challenges_and_then_wait(world: World):
    for _ in range(2):
        _spoil(world)
    answer = world.sign_in()
    assert (answer.status, answer.error, answer.retry_after) == (429, "too_many_codes", 30)


def test_waits_for_codes_are_told_before_a_message_is_spent(world: World):
    for _ in range(2):
        _spoil(world)
    heard = len(world.sms)
    world.sign_in()
    assert len(world.sms) == heard


def test_a_right_code_forgives_the_wrong_ones_before_it(world: World):
    _spoil(world)
    world.session()
    _spoil(world)
    assert world.sign_in().status == 200


def test_wrong_codes_are_locked_at_a_hundred_until_the_owner_acts(world: World):
    wrong = 0
    while wrong < policy.MAX_CODE_ATTEMPTS:
        world.wait(policy.LONGEST_WAIT + timedelta(hours=1))
        challenge_id, code = world.challenge(), world.wrong_code()
        while wrong < policy.MAX_CODE_ATTEMPTS and world.verify(challenge_id, code).status == 401:
            wrong += 1
            world.wait(timedelta(seconds=1))
    world.wait(timedelta(days=400))
    answer = world.sign_in()
    assert (answer.status, answer.error) == (403, "codes_locked")
    assert "Retry-After" not in answer.headers
    assert [subject for _, subject, _ in world.mails][-1] == "Codes for your login are locked"


def test_a_resend_brings_a_new_code_and_voids_the_old_one(world: World):
    challenge_id = world.challenge()
    old = world.code()
    world.wait(policy.RESEND_AFTER)
    answer = world.post("/verify-code/resend", {"challenge_id": challenge_id})
    assert answer.status == 200
    new = world.code()
    assert len(world.sms) == 2
    if new != old:
        assert world.verify(challenge_id, old).status == 401
    assert world.verify(challenge_id, new).status == 200


def test_a_resend_too_soon_says_how_long_to_wait(world: World):
    challenge_id = world.challenge()
    world.wait(policy.RESEND_AFTER - timedelta(seconds=1))
    answer = world.post("/verify-code/resend", {"challenge_id": challenge_id})
    assert (answer.status, answer.error, answer.retry_after) == (429, "resend_too_soon", 1)
    assert len(world.sms) == 1


def test_a_resend_gives_the_new_code_its_time_but_the_challenge_no_new_life(world: World):
    challenge_id = world.challenge()
    for _ in range(3):
        world.wait(timedelta(minutes=4, seconds=40))
        answer = world.post("/verify-code/resend", {"challenge_id": challenge_id})
        assert answer.status == 200
    ends = world.now + timedelta(minutes=1)
    assert answer.body["expires_at"] == f"{ends:%Y-%m-%dT%H:%M:%SZ}"
    code = world.code()
    world.wait(timedelta(minutes=1))
    assert world.verify(challenge_id, code).status == 410


def test_a_code_that_could_not_live_a_minute_is_not_sent_again_nor_paid_for(world: World):
    challenge_id = world.challenge()
    for _ in range(3):
        world.wait(timedelta(minutes=4, seconds=40))
        assert world.post("/verify-code/resend", {"challenge_id": challenge_id}).status == 200
        world.deliver()
    heard, counted = len(world.sms), tables.rows("budgets")
    world.wait(timedelta(seconds=1))
    answer = world.post("/verify-code/resend", {"challenge_id": challenge_id})
    assert (answer.status, answer.error) == (410, "challenge_closed")
    assert (len(world.sms), tables.rows("budgets")) == (heard, counted)
    assert world.verify(challenge_id, world.code()).status == 200


def test_a_resend_gives_no_tries_back(world: World):
    challenge_id = world.challenge()
    for _ in range(policy.ATTEMPTS_PER_CHALLENGE):
        world.verify(challenge_id, world.wrong_code())
    world.wait(policy.RESEND_AFTER)
    assert world.post("/verify-code/resend", {"challenge_id": challenge_id}).status == 410


def test_resends_count_into_the_numbers_limit(world: World):
    challenge_id = world.challenge()
    for _ in range(policy.SMS_PER_NUMBER_AND_HOUR - 1):
        world.wait(policy.RESEND_AFTER)
        assert world.post("/verify-code/resend", {"challenge_id": challenge_id}).status == 200
    world.wait(policy.RESEND_AFTER)
    answer = world.post("/verify-code/resend", {"challenge_id": challenge_id})
    assert (answer.status, answer.error) == (429, "sms_limit_reached")
    assert len(world.sms) == policy.SMS_PER_NUMBER_AND_HOUR


TEXTS = {
    "sign in": ("to sign in", lambda world: world.sign_in()),
    "confirm": (
        "to confirm a change",
        lambda world: ask(world, signed_in(world), "POST", "/session/confirm", {"password": world.ann.password}),
    ),
    "enrol": (
        "to add this phone",
        lambda world: ask(world, signed_in(world), "POST", "/account/factors/sms", {"phone": "+48600100201"}),
    ),
}


@pytest.mark.parametrize("what", TEXTS)
def test_an_sms_says_what_its_code_is_for_and_ends_in_the_origin_bound_line(world: World, what: str):
    purpose, asking = TEXTS[what]
    assert asking(world).status == 200
    text = world.sms[-1][1]
    assert text.startswith(f"Furtka code {purpose}: {world.code()} (valid ")
    assert text.splitlines()[-1].endswith(f" #{world.code()}")
    assert len(text) <= 160


@pytest.mark.parametrize("challenge_id", ["x", "0" * 38, "é" * 38, "../../etc", "0" * 64])
def test_an_unknown_challenge_looks_like_a_wrong_code(world: World, challenge_id: str):
    real = world.verify(world.challenge(), world.wrong_code())
    made_up = world.verify(challenge_id, "123456")
    assert (made_up.status, made_up.text, made_up.headers) == (real.status, real.text, real.headers)


def _spoil(world: World) -> None:
    """Use up a challenge with wrong codes."""
    challenge_id = world.challenge()
    for _ in range(policy.ATTEMPTS_PER_CHALLENGE):
        assert world.verify(challenge_id, world.wrong_code()).status == 401
