"""POST /ip-lists/break-glass: an owner whose own lists keep them out opens them, and everybody hears of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from furtka import accounts as operators
from shared import policy
from shared.crypto import password_hash
from tests.account.ip_lists import ABROAD, OFFICE, account_at, colleague, decide_meanwhile, save, show, sources
from tests.support.calls import Answer, AwsCall, Proceed, intercepted, overheard
from tests.support.events import HOME, Reply
from tests.support.factors import SECOND, ask, signed_in, token_of, with_app, with_codes
from tests.support.world import PASSWORD, World

PATH = "/ip-lists/break-glass"
MADE_UP = "0123-4567-89AB-CDEF-GHJK-MNPQ"


@pytest.fixture
def token(world: World) -> str:
    """Of ann's session, opened at home."""
    return signed_in(world)


@pytest.fixture
def codes(world: World, token: str) -> list[str]:
    """Ann's recovery codes. Both her lists are on, and hold nothing but her office."""
    codes = with_codes(world, token)
    assert save(world, token, HOME).status == 200
    assert save(world, token, OFFICE, name="api").status == 200
    world.wait(SECOND)
    return codes


def _break(world: World, code: str, *, address: str = ABROAD, **more: object) -> Reply:
    body = {"login": "ann", "password": PASSWORD, "recovery_code": code} | more
    return world.post(PATH, body, address=address)


def _is_on(world: World) -> tuple[bool, bool]:
    account = account_at(world.ann)
    return account.panel.in_force(now=world.now).on, account.api.in_force(now=world.now).on


def _alarms(world: World) -> list[str]:
    """Who was told that the lists are off."""
    return sorted(
        address for address, subject, _ in world.mails if subject == "The lists of addresses were switched off"
    )


# --- What it does -----------------------------------------------------------------------------------------


def test_whoever_is_kept_out_gets_in_again(world: World, codes: list[str]):
    kept_out = world.sign_in(address=ABROAD)
    assert (kept_out.status, kept_out.error) == (403, "address_not_allowed")
    assert _break(world, codes[0]).status == 204
    assert _is_on(world) == (False, False)
    world.wait(SECOND)
    challenge = world.challenge(address=ABROAD)
    assert world.verify(challenge, world.code(), address=ABROAD).status == 200


def test_the_entries_stay_to_be_corrected_and_switched_on_again(world: World, codes: list[str]):
    _break(world, codes[0])
    world.wait(SECOND)
    shown = show(world, signed_in(world))
    assert (sources(shown["panel"]), sources(shown["api"])) == ([HOME], [OFFICE])
    assert (shown["panel"]["enabled"], shown["api"]["enabled"]) == (False, False)


def test_it_opens_no_session_and_the_sign_in_after_it_asks_for_the_second_factor(world: World, codes: list[str]):
    answer = _break(world, codes[0])
    assert (answer.text, answer.headers.get("Set-Cookie")) == ("", None)
    assert "challenge" in world.sign_in(address=ABROAD).body


def test_sessions_that_live_go_on(world: World, codes: list[str], token: str):
    _break(world, codes[0])
    assert world.me(token).status == 200


def test_a_trial_that_is_opened_does_not_roll_back_to_a_list(world: World, codes: list[str], token: str):
    save(world, token, OFFICE)
    assert _break(world, codes[0]).status == 204
    for _ in range(2):
        assert _is_on(world) == (False, False)
        world.wait(policy.LIST_TRIAL)


def test_where_both_lists_are_off_it_is_told_all_the_same(world: World, token: str):
    code, *_ = with_codes(world, token)
    assert _break(world, code).status == 204
    assert _alarms(world) == ["ann@example.com"]


@pytest.mark.parametrize("spelled", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code}\n"])
def test_case_blanks_and_dashes_of_the_code_are_forgiven(world: World, codes: list[str], spelled: Callable[[str], str]):
    assert _break(world, spelled(codes[0])).status == 204


# --- The code ---------------------------------------------------------------------------------------------


def test_a_code_breaks_the_glass_once(world: World, codes: list[str]):
    assert [_break(world, codes[0]).status for _ in range(2)] == [204, 401]
    signing_in = world.verify(world.challenge(factor="recovery_code"), codes[0])
    assert (signing_in.status, signing_in.error) == (401, "wrong_code")
    assert _break(world, codes[1]).status == 204


def test_a_code_that_was_used_to_sign_in_breaks_no_glass(world: World, codes: list[str]):
    assert world.verify(world.challenge(factor="recovery_code"), codes[0]).status == 200
    assert _break(world, codes[0]).error == "wrong_code"
    assert _is_on(world) == (True, True)


def test_a_wrong_code_is_paid_for_and_breaks_nothing(world: World, codes: list[str]):
    for _ in range(policy.FREE_CODE_ATTEMPTS):
        answer = _break(world, MADE_UP)
        assert (answer.status, answer.error) == (401, "wrong_code")
    answer = _break(world, codes[0])
    assert (answer.status, answer.error, answer.retry_after) == (429, "too_many_codes", 30)
    assert _is_on(world) == (True, True)
    world.wait(policy.FIRST_WAIT)
    assert _break(world, codes[0]).status == 204


def test_wrong_codes_count_together_with_those_of_a_sign_in(world: World, codes: list[str]):
    for _ in range(policy.FREE_CODE_ATTEMPTS):
        _break(world, MADE_UP)
    answer = world.sign_in()
    assert (answer.status, answer.error) == (429, "too_many_codes")


def test_a_right_code_forgives_the_wrong_ones_before_it(world: World, codes: list[str]):
    for _ in range(policy.FREE_CODE_ATTEMPTS - 1):
        _break(world, MADE_UP)
    assert _break(world, codes[0]).status == 204
    assert [_break(world, MADE_UP).error for _ in range(2)] == ["wrong_code"] * 2


def test_a_code_by_message_breaks_no_glass(world: World, codes: list[str]):
    world.challenge()
    answer = _break(world, world.code())
    assert (answer.status, answer.error) == (422, "invalid_request")


def test_who_has_no_recovery_codes_breaks_no_glass(world: World, token: str):
    save(world, token, HOME)
    assert _break(world, MADE_UP).error == "wrong_code"
    assert account_at(world.ann).panel.on


def test_a_sub_users_code_is_no_good_and_is_not_spent(world: World, codes: list[str], token: str):
    save(world, token, HOME, enabled=False)
    clerk = colleague(world, world.ann, "clerk")
    theirs = signed_in(world, clerk)
    with_app(world, theirs)
    their_code, *_ = with_codes(world, theirs)
    answer = _break(world, their_code, login="clerk")
    assert (answer.status, answer.error) == (403, "owner_only")
    assert account_at(world.ann).api.on
    assert _alarms(world) == []
    challenge = world.challenge(clerk, factor="recovery_code")
    assert world.verify(challenge, their_code).status == 200


def test_a_sub_users_code_is_no_good_with_the_owners_password(world: World, codes: list[str], token: str):
    save(world, token, HOME, enabled=False)
    theirs = signed_in(world, colleague(world, world.ann, "clerk"))
    with_app(world, theirs)
    their_code, *_ = with_codes(world, theirs)
    assert _break(world, their_code).error == "wrong_code"
    assert account_at(world.ann).api.on


# --- The password -----------------------------------------------------------------------------------------


def test_without_the_right_password_nothing_is_told_and_all_cost_the_same(world: World, codes: list[str]):
    operators.create(login="new", email="new@example.com", phone=None, language="en", now=world.now)
    world.add("gone", enabled=False)
    seen = []
    for more in ({"password": "Wrong-Horse-7"}, {"login": "nobody"}, {"login": "gone"}, {"login": "new"}):
        with overheard() as calls:
            answer = _break(world, codes[0], **more)
        seen.append((answer, [str(call) for call in calls]))
    assert all(one == seen[0] for one in seen)
    answer, calls = seen[0]
    assert (answer.status, answer.error) == (401, "invalid_credentials")
    assert calls == [
        "BatchGetItem logins strikes",
        "TransactWriteItems strikes strikes",
        "UpdateItem strikes",
    ]


def test_without_the_right_password_one_hash_is_made(world: World, codes: list[str], monkeypatch: pytest.MonkeyPatch):
    hashed: list[str | None] = []
    real = password_hash.is_password
    monkeypatch.setattr(password_hash, "is_password", lambda known, typed: hashed.append(known) or real(known, typed))
    for more in ({"password": "Wrong-Horse-7"}, {"login": "nobody"}):
        _break(world, codes[0], **more)
    assert len(hashed) == 2
    assert hashed[1] is None


def test_wrong_passwords_are_those_of_a_sign_in(world: World, codes: list[str]):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        assert _break(world, codes[0], address=HOME, password="Wrong-Horse-7").error == "invalid_credentials"
    refused = [_break(world, codes[0], address=HOME), world.sign_in()]
    assert [(answer.status, answer.error) for answer in refused] == [(429, "too_many_attempts")] * 2
    assert _is_on(world) == (True, True)
    assert _break(world, codes[0]).status == 204


def test_a_right_password_forgives_the_wrong_ones_before_it(world: World, codes: list[str]):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS - 1):
        _break(world, codes[0], password="Wrong-Horse-7")
    assert _break(world, codes[0]).status == 204
    assert _break(world, codes[0], password="Wrong-Horse-7").error == "invalid_credentials"


def test_who_was_switched_off_breaks_no_glass(world: World, codes: list[str]):
    operators.switch("ann", enabled=False, now=world.now)
    assert _break(world, codes[0]).error == "invalid_credentials"
    assert _is_on(world) == (True, True)


# --- The alarm --------------------------------------------------------------------------------------------


def test_everybody_who_may_sign_in_is_told(world: World, codes: list[str]):
    crowd = [colleague(world, world.ann, f"clerk-{place:02}") for place in range(11)]
    colleague(world, world.ann, "gone", enabled=False)
    world.add("stranger")
    with overheard() as calls:
        assert _break(world, codes[0]).status == 204
    assert [call.operation for call in calls if call.service == "sqs"] == [
        "SendMessageBatch",
        "SendMessageBatch",
        "SendMessage",
    ]
    assert _alarms(world) == sorted(person.email for person in (world.ann, *crowd))


def test_the_owner_is_told_that_a_code_is_spent_and_how_many_are_left(world: World, codes: list[str]):
    _break(world, codes[0])
    (text,) = [text for _, subject, text in world.mails if subject == "A recovery code was used"]
    assert "Codes left: 9." in text
    assert f"From: {ABROAD}" in text


def test_the_activity_log_says_who_it_was_and_from_where(world: World, codes: list[str]):
    _break(world, codes[0])
    world.wait(SECOND)
    log = ask(world, signed_in(world), "GET", "/account/activity").body["entries"]
    seen = {entry["event"]: entry for entry in log if entry["address"] == ABROAD}
    assert set(seen) == {"account_ip_lists_opened", "authn_recovery_code_used"}
    opened = seen["account_ip_lists_opened"]
    assert (opened["actor"], opened["detail"], opened["outcome"]) == ("ann", "recovery_code", "success")


def test_it_takes_so_many_round_trips(world: World, codes: list[str]):
    with overheard() as calls:
        _break(world, codes[0])
    assert [call.operation for call in calls if call.service == "dynamodb"] == [
        "BatchGetItem",
        "TransactWriteItems",
        "BatchGetItem",
        "TransactWriteItems",
        "Query",
        "TransactWriteItems",
    ]


# --- Meanwhile --------------------------------------------------------------------------------------------


def _meanwhile(world: World, code: str, what: Callable[[], object]) -> Reply:
    """*what* happens after everything is read and before anything is opened."""
    done: list[object] = []

    def meanwhile(call: AwsCall, proceed: Proceed) -> Answer:
        if "accounts" in call.tables and call.operation == "TransactWriteItems" and not done:
            done.append(None)
            what()
        return proceed()

    with intercepted(meanwhile):
        return _break(world, code)


def test_where_a_list_is_changed_meanwhile_nothing_is_done_and_no_code_is_spent(world: World, codes: list[str]):
    answer = _meanwhile(world, codes[0], lambda: decide_meanwhile(world, world.ann, HOME, OFFICE))
    assert (answer.status, answer.error) == (409, "outrun")
    assert _is_on(world) == (True, True)
    assert _alarms(world) == []
    assert _break(world, codes[0]).status == 204


def test_where_the_password_is_changed_meanwhile_nothing_is_done(world: World, codes: list[str], token: str):
    chosen = {"current_password": PASSWORD, "password": "Tulip-Wagon-42"}
    answer = _meanwhile(world, codes[0], lambda: ask(world, token, "POST", "/account/password", chosen))
    assert (answer.status, answer.error) == (409, "outrun")
    assert _is_on(world) == (True, True)


def test_a_code_that_is_spent_meanwhile_is_wrong(world: World, codes: list[str]):
    challenge = world.challenge(factor="recovery_code")
    answer = _meanwhile(world, codes[0], lambda: token_of(world.verify(challenge, codes[0])))
    assert (answer.status, answer.error) == (401, "wrong_code")
    assert _is_on(world) == (True, True)


@pytest.mark.parametrize("field", ["login", "password", "recovery_code"])
def test_all_three_must_be_given(world: World, codes: list[str], field: str):
    body = {"login": "ann", "password": PASSWORD, "recovery_code": codes[0]}
    del body[field]
    answer = world.post(PATH, body, address=ABROAD)
    assert (answer.status, answer.body["errors"][0]["path"]) == (422, f"body.{field}")


def test_a_stranger_cannot_find_out_whether_codes_are_locked(world: World, codes: list[str]):
    for _ in range(policy.FREE_CODE_ATTEMPTS):
        _break(world, MADE_UP)
    assert _break(world, codes[0], password="Wrong-Horse-7").error == "invalid_credentials"


def test_the_owner_is_never_out_for_longer_than_the_longest_wait(world: World, codes: list[str]):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE + 5):
        _break(world, codes[0], password="Wrong-Horse-7")
    world.wait(max(policy.LONGEST_WAIT_FROM_ANYWHERE, timedelta(seconds=30)))
    assert _break(world, codes[0], address="203.0.113.77").status == 204
