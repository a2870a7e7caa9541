"""Recovery codes: a list on paper for the day when phone and app are gone. Each works once."""

import re

import pytest

from shared import policy
from tests.support.events import Reply
from tests.support.factors import SECOND, ask, factors_of, shown, signed_in, token_of, with_app, with_codes
from tests.support.world import World

PATH = "/account/factors/recovery-codes"


def _use(world: World, code: str) -> Reply:
    """A sign-in that asks for a recovery code."""
    return world.verify(world.challenge(factor="recovery_code"), code)


def test_ten_codes_are_shown_in_groups_that_the_eye_takes_in(world: World):
    codes = with_codes(world, signed_in(world))
    assert len(set(codes)) == policy.RECOVERY_CODES == 10
    for code in codes:
        assert re.fullmatch("([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}", code)


def test_a_code_opens_a_session_that_says_so(world: World):
    code, *_ = with_codes(world, signed_in(world))
    opened = _use(world, code)
    assert opened.body["session"]["factors"] == ["password", "recovery_code"]
    assert world.me(token_of(opened)).status == 200


def test_each_code_works_once(world: World):
    codes = with_codes(world, signed_in(world))[:2]
    assert [_use(world, code).status for code in codes] == [200, 200]
    for code in codes:
        again = _use(world, code)
        assert (again.status, again.error) == (401, "wrong_code")


@pytest.mark.parametrize("spelled", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code}\n"])
def test_case_blanks_and_dashes_are_forgiven(world: World, spelled):
    code, *_ = with_codes(world, signed_in(world))
    assert _use(world, spelled(code)).status == 200


def test_letters_that_look_like_digits_are_those_digits(world: World):
    code, *_ = with_codes(world, signed_in(world))
    assert _use(world, code.translate(str.maketrans("01", "oI"))).status == 200


def test_a_code_that_is_no_code_of_theirs_opens_nothing(world: World):
    code, *_ = with_codes(world, signed_in(world))
    other = world.add("mallory", phone="+48600100299")
    theirs, *_ = with_codes(world, signed_in(world, other))
    made_up = ("1" if code[0] != "1" else "2") + code[1:]
    assert [_use(world, wrong).error for wrong in (theirs, made_up)] == ["wrong_code", "wrong_code"]
    assert _use(world, code).status == 200


def test_how_many_are_left_is_told_whenever_they_look(world: World):
    token = signed_in(world)
    assert factors_of(world, token)["recovery_codes_left"] == 0
    codes = with_codes(world, token)
    assert factors_of(world, token)["recovery_codes_left"] == 10
    _use(world, codes[0])
    assert factors_of(world, token)["recovery_codes_left"] == 9


def test_how_many_are_left_is_told_by_mail_when_one_is_used(world: World):
    codes = with_codes(world, signed_in(world))
    for code in codes[:2]:
        _use(world, code)
    told = [text for _, subject, text in world.mails if subject == "A recovery code was used"]
    assert [left in text for left, text in zip(("left: 9.", "left: 8."), told, strict=True)] == [True, True]
    assert codes[0] not in str(world.mails)


def test_a_code_that_was_used_is_in_the_activity(world: World):
    code, *_ = with_codes(world, signed_in(world))
    token = token_of(_use(world, code))
    entries = ask(world, token, "GET", "/account/activity", query={"event": "authn_recovery_code_used"}).body["entries"]
    assert [(entry["actor"], entry["address"]) for entry in entries] == [("ann", "198.51.100.7")]


def test_a_wrong_code_mails_nobody_and_uses_none_up(world: World):
    token = signed_in(world)
    with_codes(world, token)
    _use(world, "0000-0000-0000-0000-0000-0000")
    assert factors_of(world, token)["recovery_codes_left"] == 10
    assert "A recovery code was used" not in [subject for _, subject, _ in world.mails]


def test_the_last_code_works_and_then_there_is_none(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "RECOVERY_CODES", 2)
    token = signed_in(world)
    codes = with_codes(world, token)
    assert {_use(world, code).status for code in codes} == {200}
    assert factors_of(world, token)["recovery_codes_left"] == 0
    assert _use(world, codes[-1]).error == "wrong_code"


def test_with_a_new_list_all_older_codes_are_void(world: World):
    token = signed_in(world)
    older, newer = with_codes(world, token), with_codes(world, token)
    assert factors_of(world, token)["recovery_codes_left"] == 10
    assert _use(world, older[0]).error == "wrong_code"
    assert _use(world, newer[0]).status == 200


def test_codes_are_shown_once_and_never_again(world: World):
    token = signed_in(world)
    codes = with_codes(world, token)
    answers = [world.sign_in(factor="recovery_code"), _use(world, codes[0])]
    answers += [ask(world, token, "GET", path) for path in ("/account/factors", "/account/activity", "/session")]
    assert {answer.status for answer in answers} == {200}
    assert not [code for code in codes if code in f"{answers} {world.mails} {world.sms}"]


def test_without_a_second_factor_there_is_nothing_to_stand_in_for(world: World):
    bob = world.add("bob", phone=None)
    answer = ask(world, signed_in(world, bob), "POST", PATH)
    assert (answer.status, answer.error) == (409, "factor_needed")


def test_codes_go_with_the_last_factor_that_they_stand_in_for(world: World):
    token = signed_in(world)
    codes = with_codes(world, token)
    ask(world, token, "DELETE", "/account/factors/sms")
    assert factors_of(world, token)["recovery_codes_left"] == 0
    world.wait(SECOND)
    with_app(world, signed_in(world))
    assert world.sign_in().body["challenge"]["factors"] == ["totp"]
    answer = world.verify(world.challenge(), codes[0])
    assert (answer.status, answer.error) == (400, "factor_unavailable")


def test_codes_stay_while_one_factor_is_left(world: World):
    token = signed_in(world)
    codes = with_codes(world, token)
    with_app(world, token)
    assert ask(world, token, "DELETE", "/account/factors/sms").status == 204
    world.wait(SECOND)
    assert world.sign_in().body["challenge"]["factors"] == ["totp", "recovery_code"]
    assert _use(world, codes[0]).status == 200


def test_who_lost_their_phone_gets_a_new_one_in_with_a_recovery_code(world: World):
    code, *_ = with_codes(world, signed_in(world))
    token = token_of(_use(world, code))
    secret = with_app(world, token)
    assert ask(world, token, "DELETE", "/account/factors/sms").status == 204
    world.wait(SECOND)
    assert world.verify(world.challenge(), shown(world, secret, steps=1)).status == 200


def test_a_recovery_code_confirms_a_session(world: World):
    token = signed_in(world)
    code, *_ = with_codes(world, token)
    world.wait(policy.CONFIRMED_FOR)
    again = {"password": world.ann.password, "factor": "recovery_code"}
    challenge = ask(world, token, "POST", "/session/confirm", again).body["challenge"]
    confirmed = token_of(world.verify(challenge["id"], code))
    assert ask(world, confirmed, "POST", PATH).status == 200
