"""POST /ip-lists/break-glass: an owner whose own lists keep them out opens them, and everybody hears of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from furtka import accounts as operators
from shared import policy
from shared.crypto import password_hash
from shared.domain.identifiers import account_of
from shared.domain.ip_lists import IpList
from shared.storage import accounts, engine, logins
from shared.storage.attempts import AttemptItem
from shared.storage.engine import commit
from tests.account.ip_lists import ABROAD, OFFICE, account_at, colleague, decide_meanwhile, save, show, sources
from tests.proofs import tables
from tests.support.calls import Answer, AwsCall, Proceed, intercepted, overheard
from tests.support.events import HOME, Reply
from tests.support.factors import SECOND, ask, signed_in, token_of, with_app, with_codes
from tests.support.world import PASSWORD, Person, World

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


def _is_refused(answer: Reply) -> bool:
    return (answer.status, answer.error) == (401, "invalid_credentials")


def _wrong_codes(world: World, times: int) -> list[Reply]:
    """So many wrong codes with the right password, each from a network of its own."""
    return [_break(world, MADE_UP, address=f"203.0.113.{place}") for place in range(times)]


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
    assert _is_refused(_break(world, codes[0]))
    assert _is_on(world) == (True, True)


def test_a_wrong_code_is_paid_for_and_breaks_nothing(world: World, codes: list[str]):
    for answer in _wrong_codes(world, policy.FREE_CODE_ATTEMPTS):
        assert _is_refused(answer)
    assert _is_refused(_break(world, codes[0]))
    assert _is_on(world) == (True, True)
    world.wait(policy.FIRST_WAIT)
    assert _break(world, codes[0]).status == 204


def test_wrong_codes_count_together_with_those_of_a_sign_in(world: World, codes: list[str]):
    _wrong_codes(world, policy.FREE_CODE_ATTEMPTS)
    answer = world.sign_in()
    assert (answer.status, answer.error) == (429, "too_many_codes")


def test_a_right_code_forgives_the_wrong_ones_before_it(world: World, codes: list[str]):
    _wrong_codes(world, policy.FREE_CODE_ATTEMPTS - 1)
    assert _break(world, codes[0]).status == 204
    _wrong_codes(world, policy.FREE_CODE_ATTEMPTS - 1)
    assert _break(world, codes[1]).status == 204


def test_a_code_by_message_breaks_no_glass(world: World, codes: list[str]):
    world.challenge()
    answer = _break(world, world.code())
    assert (answer.status, answer.error) == (422, "invalid_request")


def test_who_has_no_recovery_codes_breaks_no_glass(world: World, token: str):
    save(world, token, HOME)
    assert _is_refused(_break(world, MADE_UP))
    assert account_at(world.ann).panel.on


def test_a_sub_users_code_is_no_good_and_is_not_spent(world: World, codes: list[str], token: str):
    save(world, token, HOME, enabled=False)
    clerk = colleague(world, world.ann, "clerk")
    theirs = signed_in(world, clerk)
    with_app(world, theirs)
    their_code, *_ = with_codes(world, theirs)
    answer = _break(world, their_code, login="clerk")
    assert _is_refused(answer)
    assert account_at(world.ann).api.on
    assert _alarms(world) == []
    challenge = world.challenge(clerk, factor="recovery_code")
    assert world.verify(challenge, their_code).status == 200


def test_a_sub_users_code_is_no_good_with_the_owners_password(world: World, codes: list[str], token: str):
    save(world, token, HOME, enabled=False)
    theirs = signed_in(world, colleague(world, world.ann, "clerk"))
    with_app(world, theirs)
    their_code, *_ = with_codes(world, theirs)
    assert _is_refused(_break(world, their_code))
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
        "BatchGetItem factors users accounts strikes",
        "TransactWriteItems strikes strikes",
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


def test_all_three_right_forgive_the_wrong_passwords_before_it(world: World, codes: list[str]):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS - 1):
        _break(world, codes[0], password="Wrong-Horse-7")
    assert _break(world, codes[0]).status == 204
    assert _break(world, codes[0], password="Wrong-Horse-7").error == "invalid_credentials"


def test_who_was_switched_off_breaks_no_glass(world: World, codes: list[str]):
    operators.switch("ann", enabled=False, now=world.now)
    assert _break(world, codes[0]).error == "invalid_credentials"
    assert _is_on(world) == (True, True)


# --- One answer -------------------------------------------------------------------------------------------


def _wrong_password(world: World, person: Person) -> dict[str, str]:
    return {"password": "Wrong-Horse-7"}


def _unknown_login(world: World, person: Person) -> dict[str, str]:
    return {"login": "nobody"}


def _wrong_code(world: World, person: Person) -> dict[str, str]:
    return {}


def _no_codes(world: World, person: Person) -> dict[str, str]:
    return {"login": world.add("new", phone=None).login}


def _sub_user(world: World, person: Person) -> dict[str, str]:
    return {"login": colleague(world, person, "clerk").login}


def _sub_user_with_codes(world: World, person: Person) -> dict[str, str]:
    account = account_at(person)
    commit(accounts.setting_lists(account, panel=IpList()))
    theirs = signed_in(world, colleague(world, person, "clerk"))
    with_app(world, theirs)
    their_code, *_ = with_codes(world, theirs)
    return {"login": "clerk", "recovery_code": their_code}


def _codes_wait(world: World, person: Person) -> dict[str, str]:
    _tried(world, person, policy.FREE_CODE_ATTEMPTS)
    return {}


def _codes_are_locked(world: World, person: Person) -> dict[str, str]:
    _tried(world, person, policy.MAX_CODE_ATTEMPTS)
    return {}


def _password_is_held(world: World, person: Person) -> dict[str, str]:
    commit(logins.changing(person.login, password_from=world.now + policy.PASSWORD_HELD_FOR))
    return {}


def _account_is_suspended(world: World, person: Person) -> dict[str, str]:
    commit(accounts.suspending(account_of(person.user_id), on=True))
    return {}


def _tried(world: World, person: Person, times: int) -> None:
    """So many wrong codes were typed just now."""
    item = AttemptItem(f"code:{person.user_id}")
    commit(engine.change(item, [AttemptItem.failures.set(times), AttemptItem.last_at.set(world.now)]))


RIGHT_PASSWORDS = [
    _wrong_code,
    _no_codes,
    _sub_user,
    _sub_user_with_codes,
    _codes_wait,
    _codes_are_locked,
    _password_is_held,
    _account_is_suspended,
]


@pytest.mark.parametrize("kind", [_unknown_login, *RIGHT_PASSWORDS])
def test_the_answer_and_the_round_trips_are_those_of_a_wrong_password(
    world: World, codes: list[str], kind: Callable[[World, Person], dict[str, str]]
):
    _break(world, MADE_UP)  # its user is told of what follows at most once an hour
    more = kind(world, world.ann)
    seen = []
    for asked in ({"password": "Wrong-Horse-7"}, more, more):
        with overheard() as calls:
            answer = _break(world, MADE_UP, **asked)
        seen.append((answer, len([call for call in calls if call.service == "dynamodb"])))
    assert seen == [seen[0]] * 3
    assert _is_refused(seen[0][0])
    assert "login, password and recovery code must all be right" in seen[0][0].body["message"].lower()


def test_what_follows_a_wrong_code_in_the_same_hour_is_done_in_the_same_calls(world: World, codes: list[str]):
    _break(world, MADE_UP)
    seen = []
    for password in ("Wrong-Horse-7", PASSWORD):
        with overheard() as calls:
            _break(world, MADE_UP, password=password)
        seen.append([f"{call.service} {set(call.tables)}" for call in calls])
    assert seen[0] == seen[1]


@pytest.mark.parametrize("kind", [_wrong_password, _unknown_login, *RIGHT_PASSWORDS])
def test_all_wait_after_as_many_attempts(
    world: World, codes: list[str], kind: Callable[[World, Person], dict[str, str]]
):
    more = kind(world, world.ann)
    answers = [_break(world, MADE_UP, **more) for _ in range(policy.FREE_PASSWORD_ATTEMPTS + 1)]
    assert [answer.status for answer in answers] == [401] * policy.FREE_PASSWORD_ATTEMPTS + [429]
    assert (answers[-1].error, answers[-1].retry_after) == ("too_many_attempts", 30)


def test_a_right_password_with_a_wrong_code_forgives_no_wrong_password(world: World, codes: list[str]):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS - 1):
        _break(world, MADE_UP, password="Wrong-Horse-7")
    assert _is_refused(_break(world, MADE_UP))
    assert _break(world, MADE_UP).status == 429


def test_it_counts_against_the_network_as_a_wrong_password_does(world: World, codes: list[str]):
    for number in range(policy.FREE_FAILURES_FROM_NETWORK):
        login = world.add(f"new-{number}", phone=None).login
        assert _is_refused(_break(world, MADE_UP, login=login))
    assert _break(world, codes[0]).status == 429
    assert _break(world, codes[0], address=HOME).status == 204


def test_nothing_is_counted_against_codes_of_one_who_cannot_use_them_here(world: World, codes: list[str]):
    more = _sub_user_with_codes(world, world.ann)
    new = _no_codes(world, world.ann)
    counted = str(tables.rows("strikes"))
    for asked in (more, new):
        assert _is_refused(_break(world, MADE_UP, **asked))
    written = [row for row in tables.rows("strikes") if row["about"]["S"].startswith("code:")]
    assert all(str(row) in counted for row in written)


def test_that_the_account_is_suspended_is_told_to_who_proves_everything(world: World, codes: list[str]):
    _account_is_suspended(world, world.ann)
    assert _is_refused(_break(world, MADE_UP))
    answer = _break(world, codes[0])
    assert (answer.status, answer.error) == (403, "account_suspended")


# --- Its trace --------------------------------------------------------------------------------------------

REFUSED = "Somebody tried to switch off the lists of addresses"


def _warnings(world: World) -> list[tuple[str, str]]:
    return [(address, text) for address, subject, text in world.mails if subject == REFUSED]


def _entries(login: str = "ann") -> list[tuple[str, str, str]]:
    """(address, outcome, detail) of each entry about such a refusal in the log of *login*."""
    found = logins.find(login)
    logged = [row for row in tables.rows("activity") if row["event"]["S"] == "authn_login_refused"]
    assert found
    assert {row["user_id"]["S"] for row in logged} <= {found.user_id}
    return [(row["address"]["S"], row["outcome"]["S"], row["detail"]["S"]) for row in logged]


@pytest.mark.parametrize("kind", RIGHT_PASSWORDS)
def test_whose_right_password_was_refused_hears_of_it_and_from_where(
    world: World, codes: list[str], kind: Callable[[World, Person], dict[str, str]]
):
    more = kind(world, world.ann)
    login = more.get("login", "ann")
    _break(world, MADE_UP, **more)
    ((address, text),) = _warnings(world)
    assert address == f"{login}@example.com"
    assert f"From: {ABROAD}" in text
    assert "set a new password" in text
    assert _entries(login) == [(ABROAD, "failure", "break_glass")]


def test_the_user_reads_it_in_their_activity(world: World, codes: list[str]):
    _break(world, MADE_UP)
    told = ask(world, signed_in(world), "GET", "/account/activity", query={"event": "authn_login_refused"})
    ((entry),) = told.body["entries"]
    assert (entry["actor"], entry["address"], entry["detail"]) == ("ann", ABROAD, "break_glass")


def test_however_often_it_is_repeated_it_is_told_once_an_hour(world: World, codes: list[str]):
    for hour in range(1, 4):
        for place in range(4):
            _break(world, MADE_UP, address=f"192.0.2.{10 * hour + place}")
            world.wait(timedelta(minutes=14))
        assert (len(_warnings(world)), len(_entries())) == (hour, hour)
        world.wait(timedelta(minutes=4))


def test_it_is_told_again_after_days_of_quiet_in_the_same_round_trips(world: World, codes: list[str]):
    _break(world, MADE_UP)
    world.wait(timedelta(days=3))
    with overheard() as calls:
        _break(world, MADE_UP)
    assert len([call for call in calls if call.service == "dynamodb"]) == 4
    assert (len(_warnings(world)), len(_entries())) == (2, 2)


def test_of_two_at_once_one_tells(world: World, codes: list[str]):
    other: list[Reply] = []

    def meanwhile(call: AwsCall, proceed: Proceed) -> Answer:
        if "activity" in call.tables and not other:
            other.append(Reply(0, {}, ""))
            other.append(_break(world, MADE_UP, address="192.0.2.77"))
        return proceed()

    with intercepted(meanwhile):
        answer = _break(world, MADE_UP)
    assert _is_refused(answer)
    assert other[1] == answer
    assert (len(_warnings(world)), len(_entries())) == (1, 1)


@pytest.mark.parametrize("kind", [_wrong_password, _unknown_login])
def test_of_a_wrong_password_nobody_is_told(
    world: World, codes: list[str], kind: Callable[[World, Person], dict[str, str]]
):
    heard = len(world.mails)
    _break(world, MADE_UP, **kind(world, world.ann))
    assert (len(world.mails), _entries()) == (heard, [])


def test_that_the_last_code_locked_codes_is_told_at_once(world: World, codes: list[str]):
    _tried(world, world.ann, policy.MAX_CODE_ATTEMPTS - 1)
    world.wait(policy.LONGEST_WAIT)
    assert _is_refused(_break(world, MADE_UP))
    assert "Codes for your login are locked" in [subject for _, subject, _ in world.mails]
    assert world.sign_in(address=OFFICE).error in ("address_not_allowed", "codes_locked")


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
        "UpdateItem",
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
    assert _is_refused(answer)
    assert _is_on(world) == (True, True)


@pytest.mark.parametrize("field", ["login", "password", "recovery_code"])
def test_all_three_must_be_given(world: World, codes: list[str], field: str):
    body = {"login": "ann", "password": PASSWORD, "recovery_code": codes[0]}
    del body[field]
    answer = world.post(PATH, body, address=ABROAD)
    assert (answer.status, answer.body["errors"][0]["path"]) == (422, f"body.{field}")


def test_a_stranger_cannot_find_out_whether_codes_are_locked(world: World, codes: list[str]):
    _wrong_codes(world, policy.FREE_CODE_ATTEMPTS)
    assert _break(world, codes[0], password="Wrong-Horse-7") == _break(world, codes[0])


def test_the_owner_is_never_out_for_longer_than_the_longest_wait(world: World, codes: list[str]):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE + 5):
        _break(world, codes[0], password="Wrong-Horse-7")
    world.wait(max(policy.LONGEST_WAIT_FROM_ANYWHERE, timedelta(seconds=30)))
    assert _break(world, codes[0], address="203.0.113.77").status == 204
