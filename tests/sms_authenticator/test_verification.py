"""POST /mfa/codes/verifications: a code is right once, a guess is paid for, and nobody learns more than that."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from shared import policy, settings
from shared.crypto import seal
from shared.storage import engine, mfa_codes
from sms_authenticator.flow import about
from tests.sms_authenticator.mfa import (
    CODE,
    NUMBER,
    OTHER_NUMBER,
    VERIFICATIONS,
    WRONG,
    Shop,
    decide,
    put_code,
    shop,
    wrong_this_hour,
)
from tests.support.programs import access_token, basic, with_api_password
from tests.support.tokens import colleague, make
from tests.support.world import World

MULTIPART = (
    '--x\r\nContent-Disposition: form-data; name="phone_number"\r\n\r\n48600100200\r\n'
    f'--x\r\nContent-Disposition: form-data; name="code"\r\n\r\n{CODE}\r\n--x--\r\n'
)
FREE, FIRST_WAIT, _ = policy.MFA_ATTEMPTS_OF_LONGER
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def ann(world: World) -> Shop:
    """A program of ann's, which has just sent CODE to NUMBER."""
    its = shop(world)
    put_code(its.person.user_id, now=world.now)
    return its


def test_the_right_code_is_answered_with_nothing_but_204(ann: Shop):
    answer = ann.verify()
    assert (answer.status, answer.text) == (204, "")


def test_a_code_is_right_once(ann: Shop):
    assert [ann.verify().status for _ in range(3)] == [204, 404, 404]


def test_a_wrong_code_is_not_found(ann: Shop):
    answer = ann.verify(WRONG)
    assert answer.status == 404
    assert answer.body == {"message": "Not found", "error": "not_found", "developer_description": None, "errors": None}


def test_after_a_wrong_code_the_right_one_still_counts(ann: Shop):
    assert [ann.verify(WRONG).status, ann.verify().status] == [404, 204]


def test_a_number_that_never_got_a_code_answers_as_a_wrong_code_does(ann: Shop):
    wrong, unknown = ann.verify(WRONG), ann.verify(WRONG, OTHER_NUMBER)
    assert (wrong.status, wrong.text, wrong.headers) == (unknown.status, unknown.text, unknown.headers)


def test_asking_about_numbers_that_never_got_a_code_leaves_no_rows_behind(ann: Shop):
    ann.verify(WRONG, OTHER_NUMBER)
    assert _row(ann, OTHER_NUMBER) is None


def test_another_account_has_its_own_code_for_the_same_number(world: World, ann: Shop):
    bob = shop(world, world.add("bob"))
    put_code(bob.person.user_id, code=WRONG, now=world.now)
    assert [bob.verify(CODE).status, bob.verify(WRONG).status, ann.verify(CODE).status] == [404, 204, 204]


def test_a_code_is_good_for_no_other_number(world: World, ann: Shop):
    put_code(ann.person.user_id, number=OTHER_NUMBER, code=WRONG, now=world.now)
    assert ann.verify(CODE, OTHER_NUMBER).status == 404


def test_only_the_newest_code_counts(world: World, ann: Shop):
    put_code(ann.person.user_id, code=WRONG, now=world.now)
    assert [ann.verify(CODE).status, ann.verify(WRONG).status] == [404, 204]


@pytest.mark.parametrize("owner_sent", [False, True])
def test_a_code_belongs_to_the_user_who_sent_it_and_no_other_of_the_account_uses_it_up(world: World, owner_sent: bool):
    one, other = world.ann, colleague(world, world.ann)
    sender, stranger = (shop(world, one), shop(world, other)) if owner_sent else (shop(world, other), shop(world, one))
    put_code(sender.person.user_id, now=world.now)
    assert [stranger.verify().status for _ in range(FREE + 1)] == [404] * (FREE + 1)
    assert sender.verify().status == 204


def test_tries_at_ones_own_code_of_a_number_slow_down_nobody_elses(world: World, ann: Shop):
    sibling = shop(world, colleague(world, world.ann))
    put_code(sibling.person.user_id, now=world.now)
    assert [sibling.verify(WRONG).status for _ in range(FREE + 1)] == [404] * FREE + [429]
    assert ann.verify().status == 204


def test_every_program_of_a_user_checks_the_codes_of_that_user(world: World, ann: Shop):
    assert shop(world).verify().status == 204


# --- Time -------------------------------------------------------------------------------------------------


def test_until_its_last_moment_a_code_is_good(world: World, ann: Shop):
    world.wait(policy.CODE_LIFETIME - timedelta(milliseconds=1))
    assert ann.verify().status == 204


def test_the_right_code_too_late_is_told_so_with_a_body_that_every_client_can_read(world: World, ann: Shop):
    world.wait(policy.CODE_LIFETIME)
    answer = ann.verify()
    assert answer.status == 408
    assert (answer.error, answer.body["message"]) == ("code_expired", "The code has expired.")


def test_a_wrong_code_too_late_is_not_found(world: World, ann: Shop):
    world.wait(policy.CODE_LIFETIME)
    assert ann.verify(WRONG).status == 404


# --- Tries ------------------------------------------------------------------------------------------------


def test_after_the_free_tries_not_even_the_right_code_is_looked_at(ann: Shop):
    assert {ann.verify(WRONG).status for _ in range(FREE)} == {404}
    refused = ann.verify()
    assert (refused.status, refused.error) == (429, "too_many_codes")
    assert refused.retry_after == FIRST_WAIT.total_seconds()


def test_whoever_waits_may_try_again_and_then_waits_twice_as_long(world: World, ann: Shop):
    for _ in range(FREE):
        ann.verify(WRONG)
    world.wait(FIRST_WAIT)
    assert [ann.verify(WRONG).status, ann.verify().retry_after] == [404, 2 * FIRST_WAIT.total_seconds()]


def test_a_new_code_gives_no_tries_back(world: World, ann: Shop):
    for _ in range(FREE):
        ann.verify(WRONG)
    put_code(ann.person.user_id, now=world.now)
    assert ann.verify().status == 429


def test_a_proved_number_has_all_its_tries_again_with_the_next_code(world: World, ann: Shop):
    for _ in range(FREE - 1):
        ann.verify(WRONG)
    assert ann.verify().status == 204
    put_code(ann.person.user_id, now=world.now)
    assert [ann.verify(WRONG).status for _ in range(FREE + 1)] == [404] * FREE + [429]


def test_a_code_that_comes_too_late_forgives_nothing(world: World, ann: Shop):
    for _ in range(FREE):
        ann.verify(WRONG)
    world.wait(policy.CODE_LIFETIME)
    assert [ann.verify().status for _ in range(2)] == [408, 408]
    put_code(ann.person.user_id, now=world.now)
    assert [ann.verify(WRONG).status, ann.verify().status] == [404, 429]


def test_tries_that_cannot_be_right_are_not_counted(world: World, ann: Shop):
    """No code was sent, it has another length, another code is meant, it has expired, or it was proved."""
    for _ in range(3 * FREE):
        ann.verify(WRONG, OTHER_NUMBER)
        ann.verify(WRONG + "0")
        ann.verify(WRONG, id="x")
    assert ann.held().failures == 0
    world.wait(policy.CODE_LIFETIME)
    assert {ann.verify(WRONG).status for _ in range(FREE + 1)} == {404}
    put_code(ann.person.user_id, now=world.now)
    assert ann.verify().status == 204
    assert {ann.verify(WRONG).status for _ in range(FREE + 1)} == {404}
    put_code(ann.person.user_id, now=world.now)
    assert [ann.verify(WRONG).status for _ in range(FREE)] + [ann.verify().status] == [404] * FREE + [429]
    assert wrong_this_hour(world.ann) == FREE


def test_wrong_codes_are_forgotten_after_a_while(world: World, ann: Shop):
    for _ in range(FREE):
        ann.verify(WRONG)
    world.wait(policy.MFA_ATTEMPTS_REMEMBERED_FOR)
    put_code(ann.person.user_id, now=world.now)
    assert [ann.verify(WRONG).status for _ in range(FREE)] == [404] * FREE


def test_tries_at_one_number_leave_others_alone(world: World, ann: Shop):
    for _ in range(FREE + 1):
        ann.verify(WRONG)
    put_code(ann.person.user_id, number=OTHER_NUMBER, now=world.now)
    assert ann.verify(CODE, OTHER_NUMBER).status == 204


@pytest.mark.parametrize("digits", sorted(policy.MFA_ATTEMPTS))
def test_short_codes_have_fewer_tries_and_longer_waits_whatever_the_account_decides_meanwhile(
    world: World, ann: Shop, digits: int
):
    decide(world.ann, digits=digits)
    put_code(ann.person.user_id, code=CODE[:digits], now=world.now)
    free, first, _ = policy.MFA_ATTEMPTS[digits]
    decide(world.ann, digits=10)
    statuses = [ann.verify(WRONG[:digits]).status for _ in range(free)]
    assert (statuses, ann.verify(CODE[:digits]).retry_after) == ([404] * free, first.total_seconds())


def test_a_right_code_whose_answer_got_lost_on_the_way_from_the_table_is_still_right(
    monkeypatch: pytest.MonkeyPatch, ann: Shop
):
    """The SDK asks again where it got no answer: its second request finds what its first one wrote."""
    dispatch = engine._connection.dispatch

    def twice(operation: str, arguments: engine.Raw) -> engine.Raw:
        if operation == "UpdateItem" and arguments["TableName"] == settings.PROVED_NUMBERS_TABLE:
            dispatch(operation, arguments)
        return dispatch(operation, arguments)

    monkeypatch.setattr(engine._connection, "dispatch", twice)
    assert ann.verify().status == 204


# --- What is sent -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["271 828", "271-828", " 271828 ", "２７１８２８", "271\u00a0828"], ids=ascii)
def test_what_comes_with_copying_is_forgiven(ann: Shop, code: str):
    assert ann.verify(code).status == 204


@pytest.mark.parametrize("number", ["+48600100200", "48600100200", "600100200", "0048600100200", "+48 600-100-200"])
def test_a_number_may_be_written_in_any_way(ann: Shop, number: str):
    assert ann.verify(CODE, number).status == 204


def test_an_empty_code_is_refused_in_the_words_that_clients_look_for(ann: Shop):
    for missing in ({"code": ""}, {"code": " - "}, {"code": None}, {}):
        answer = ann.post(VERIFICATIONS, {"phone_number": NUMBER, **missing})
        assert (answer.status, answer.error) == (400, "invalid_request_data")
        assert answer.body["message"] == answer.body["errors"][0]["message"] == "MFA code cannot be empty"


@pytest.mark.parametrize("code", ["invalid", "123", "12345678901", "12345a", "١٢٣٤٥٦"], ids=ascii)
def test_what_no_code_looks_like_is_refused_in_the_words_that_clients_look_for(ann: Shop, code: str):
    answer = ann.verify(code)
    assert (answer.status, answer.error) == (400, "invalid_request_data")
    assert answer.body["message"] == answer.body["errors"][0]["message"] == "MFA code has invalid format"


@pytest.mark.parametrize("number", ["48327201201", "+48327201201", "123", "x", ""])
def test_a_number_that_is_no_mobile_is_refused_in_the_words_that_clients_look_for(ann: Shop, number: str):
    answer = ann.verify(CODE, number)
    assert (answer.status, answer.error) == (400, "invalid_request_data")
    told = answer.body["errors"][0]
    assert answer.body["message"] == told["message"] == "The value is not valid mobile number."
    assert (told["error"], told["path"]) == ("invalid_request_data", "phone_number")


def test_garbage_costs_no_try(ann: Shop):
    for garbage in ("", "invalid"):
        ann.verify(garbage)
    assert ann.held().failures == 0


def test_all_four_encodings_are_taken(world: World, ann: Shop):
    form = urlencode({"phone_number": "48600100200", "code": CODE, "format": "json"})
    bodies = {
        "application/x-www-form-urlencoded": form,
        "application/json": {"phone_number": NUMBER, "code": int(CODE)},
        "multipart/form-data; boundary=x": MULTIPART,
    }
    for content_type, body in bodies.items():
        put_code(ann.person.user_id, now=world.now)
        assert ann.post(VERIFICATIONS, body, headers={"Content-Type": content_type}).status == 204


def test_the_id_of_a_code_may_be_told_and_must_be_right_then(world: World, ann: Shop):
    older, newer = ann.held().code_id, put_code(ann.person.user_id, now=world.now).code_id
    assert [ann.verify(id=older).status, ann.verify(id="x").status, ann.verify(id=newer).status] == [404, 404, 204]


def test_a_wrong_id_is_no_way_to_try_codes_for_nothing(ann: Shop):
    ann.verify(id="x")
    assert ann.held().last_guess == ""


# --- Who asks ---------------------------------------------------------------------------------------------


def test_without_a_token_nobody_gets_in(world: World, ann: Shop):
    answer = world.post(VERIFICATIONS, {"phone_number": NUMBER, "code": CODE})
    assert answer.status == 401
    assert ann.verify().status == 204


def test_a_session_is_no_token(world: World, ann: Shop):
    token = world.session()["session"]["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert world.post(VERIFICATIONS, {"phone_number": NUMBER, "code": CODE}, headers=headers).status == 401


def test_a_token_without_the_scope_may_not(world: World, ann: Shop):
    answer = shop(world, scopes="sms contacts").verify()
    assert (answer.status, answer.error) == (403, "insufficient_scope")
    assert ann.verify().status == 204


def test_an_access_token_of_a_client_may(world: World, ann: Shop):
    client = make(world.ann.user_id, "client", now=world.now, scopes="sms_authenticator")
    secret = access_token(world, client.token, "sms_authenticator")
    assert Shop(world, world.ann, secret).verify().status == 204


def test_a_program_with_a_password_may_where_the_account_takes_those(world: World, ann: Shop):
    with_api_password(world, world.ann)
    headers = {"Authorization": basic(world.ann.login)}
    assert world.post(VERIFICATIONS, {"phone_number": NUMBER, "code": CODE}, headers=headers).status == 204


# --- What is kept -----------------------------------------------------------------------------------------


def test_neither_code_nor_guess_nor_number_lies_in_the_table_as_it_is(ann: Shop):
    ann.verify(WRONG)
    kept = str(_row(ann, NUMBER))
    assert CODE not in kept
    assert WRONG not in kept
    assert NUMBER.removeprefix("+48") not in kept


def test_nothing_secret_is_told_by_how_a_row_looks_in_a_log(ann: Shop):
    ann.verify(WRONG)
    held = ann.held()
    assert held.sealed_code not in repr(held)
    assert held.last_guess not in repr(held)


def test_what_is_sealed_for_one_user_or_number_is_worthless_for_another(world: World, ann: Shop):
    user_id, sibling = world.ann.user_id, colleague(world, world.ann).user_id
    sealed = {
        seal.number_code(user_id, NUMBER, CODE),
        seal.number_code(user_id, OTHER_NUMBER, CODE),
        seal.number_code(sibling, NUMBER, CODE),
        seal.number_code(world.add("bob").user_id, NUMBER, CODE),
        seal.code(user_id, NUMBER + CODE),
    }
    assert len(sealed) == 5


def _row(ann: Shop, number: str) -> object:
    return engine.fetch_one(mfa_codes.key(about(ann.person.user_id, number)))
