"""Sign-ins, however many come at once: what they cost and how many passwords are judged is exact."""

from functools import partial
from itertools import count

from factors.flow import ask_phone
from login.flow import confirm
from shared import policy, settings
from shared.auth import attempt_limits, devices, message_limits
from shared.auth.session_opening import NewSession
from shared.crypto import seal
from shared.domain.challenges import Challenge
from shared.domain.identifiers import Token
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import (
    ChallengeClosed,
    Outrun,
    PhoneInUse,
    TooManyChallenges,
    TooManyEnrolments,
    TooManyMessages,
    TooManyPasswords,
    WrongPassword,
)
from shared.storage import attempts, message_budgets
from shared.storage.engine import commit, fetch
from shared.storage.failure_marks import marks_in
from tests.races.arena import (
    A_FEW,
    AT_ONCE,
    BEFORE,
    HOME,
    NOON,
    PASSWORD,
    Arena,
    answer,
    caller,
    code_for,
    codes_counted,
    codes_to,
    log_in,
    messages_to,
    of,
    places,
    tally,
)

FAMILY = 5
_numbers = count(1)


def test_right_passwords_send_as_many_codes_as_a_pot_has_and_each_is_counted(arena: Arena):
    ann = arena.person()
    seen = tally(arena.race(*[partial(log_in, ann, origin=place) for place in places(arena.crowd)]))
    allowed = policy.SMS_PER_NUMBER_AND_HOUR
    assert seen[Challenge] == allowed
    assert set(seen) <= {Challenge, TooManyMessages, TooManyPasswords}
    assert len(codes_to(ann)) == messages_to(arena, ann) == allowed


def test_of_many_sign_ins_of_one_browser_one_sends_a_code_which_answers_one_of_them(arena: Arena):
    ann = arena.person()
    answers = arena.race(*[partial(log_in, ann)] * arena.crowd)
    seen, asked = tally(answers), of(Challenge, answers)
    assert 1 <= len(asked) <= policy.CHALLENGES_AT_ONCE
    assert set(seen) <= {Challenge, TooManyChallenges, TooManyPasswords, Outrun}
    assert len(codes_to(ann)) == messages_to(arena, ann) == 1
    code = code_for(asked[0])
    again = tally(arena.race(*[partial(answer, arena.looks(challenge), code) for challenge in asked]))
    assert again[NewSession] == arena.rows(settings.SESSIONS_TABLE, ann.user_id) == 1
    assert set(again) <= {NewSession, ChallengeClosed}


def test_users_who_share_a_number_take_no_code_from_each_other(arena: Arena):
    ann = arena.person()
    family = [ann, *[arena.person(phone=ann.phone) for _ in range(FAMILY - 1)]]
    callers = [partial(log_in, person, origin=place) for place in places(arena.crowd // FAMILY) for person in family]
    seen = tally(arena.race(*callers))
    assert set(seen) <= {Challenge, TooManyMessages, TooManyPasswords}
    assert [messages_to(arena, person) for person in family] == [policy.SMS_PER_NUMBER_AND_HOUR] * FAMILY
    assert len(codes_to(ann)) == seen[Challenge] == FAMILY * policy.SMS_PER_NUMBER_AND_HOUR


def test_purposes_at_once_have_what_each_has_alone(arena: Arena):
    ann = arena.person()
    [device], [token] = known_devices(ann, 1), arena.sessions(ann, 1)
    some = places(arena.crowd // 3)
    arena.race(
        *[partial(log_in, ann, origin=place) for place in some],
        *[partial(log_in, ann, device=device, origin=place) for place in some],
        *[partial(confirm, caller(token), PASSWORD, factor=None, origin=place, now=NOON) for place in some],
    )
    allowed = policy.SMS_PER_NUMBER_AND_HOUR
    for purpose in ("unknown-device", "known-device", "confirmation"):
        assert 1 <= codes_counted(arena, ann, purpose) <= allowed
    assert codes_counted(arena, ann, "unknown-device") == allowed
    assert len(codes_to(ann)) <= 3 * allowed


def test_strangers_who_enrol_a_number_get_it_three_codes_and_its_owner_theirs(arena: Arena):
    ann = arena.person()
    strangers = [arena.person(phone=None) for _ in range(A_FEW)]
    tokens = [arena.sessions(stranger, 1)[0] for stranger in strangers]
    orders = [
        partial(ask_phone, caller(token), str(ann.phone), origin=place, now=NOON)
        for token, place in zip(tokens, places(A_FEW), strict=True)
    ]
    own = [Origin(f"198.51.100.{place}", "Firefox") for place in range(policy.SMS_PER_NUMBER_AND_HOUR)]
    answers = arena.race(*orders, *[partial(log_in, ann, origin=place) for place in own])
    assert tally(answers)[Challenge] == policy.ENROLMENT_SMS_PER_NUMBER_AND_DAY + policy.SMS_PER_NUMBER_AND_HOUR
    assert messages_to(arena, ann) == policy.SMS_PER_NUMBER_AND_HOUR
    number = message_limits.fingerprint(str(ann.phone))
    counted = arena.count(settings.BUDGETS_TABLE, f"enrolments:number:{number}:{NOON:%Y-%m-%d}", "messages")
    assert counted == policy.ENROLMENT_SMS_PER_NUMBER_AND_DAY


def test_one_user_who_orders_many_codes_gets_the_free_ones_and_keeps_their_sign_ins(arena: Arena):
    ann = arena.person()
    [token] = arena.sessions(ann, 1)
    numbers = [str(arena.nobody().phone) for _ in range(arena.crowd)]
    orders = [partial(ask_phone, caller(token), number, origin=HOME, now=NOON) for number in numbers]
    commit(attempts.resetting(f"enrolment-from:{HOME.network}"))  # the engine outlives a race
    seen = tally(arena.race(*orders))
    assert 1 <= seen[Challenge] <= policy.FREE_ENROLMENTS
    assert set(seen) <= {Challenge, TooManyEnrolments, Outrun}
    assert isinstance(log_in(ann), Challenge)


def test_no_more_users_of_an_account_hold_a_number_than_may(arena: Arena):
    account_id, number = arena.nobody().account_id, message_limits.fingerprint(str(arena.nobody().phone))
    users = [f"{account_id}{place:06}" for place in range(arena.crowd)]
    taking = [partial(commit, message_budgets.holding(account_id, number, user_id)) for user_id in users]
    assert tally(arena.race(*taking)) == {
        type(None): policy.NUMBER_HOLDERS,
        PhoneInUse: arena.crowd - policy.NUMBER_HOLDERS,
    }


def test_a_number_that_is_given_back_meanwhile_has_no_more_holders_than_may(arena: Arena):
    account_id, number = arena.nobody().account_id, message_limits.fingerprint(str(arena.nobody().phone))
    users = [f"{account_id}{place:06}" for place in range(arena.crowd)]
    for user_id in users:
        commit(message_budgets.releasing(account_id, number, user_id))  # nobody has it yet
    held, others = users[: policy.NUMBER_HOLDERS], users[policy.NUMBER_HOLDERS :]
    for user_id in held:
        commit(message_budgets.holding(account_id, number, user_id))
    giving = [partial(commit, message_budgets.releasing(account_id, number, user_id)) for user_id in held]
    taking = [partial(commit, message_budgets.holding(account_id, number, user_id)) for user_id in others]
    answers = arena.race(*giving, *taking)
    holders = arena.row(settings.BUDGETS_TABLE, f"holders:{account_id}:{number}").get("users", {"SS": []})["SS"]
    assert len(holders) == tally(answers)[type(None)] - len(giving) <= policy.NUMBER_HOLDERS


def test_of_many_wrong_passwords_only_the_free_ones_are_judged(arena: Arena):
    ann = arena.chance.choice([arena.person(), arena.nobody()])
    seen = tally(arena.race(*[partial(log_in, ann, "Wrong-Horse-7")] * arena.crowd))
    allowed = policy.FREE_PASSWORD_ATTEMPTS
    assert seen == {WrongPassword: allowed, TooManyPasswords: arena.crowd - allowed}
    assert failures(arena, ann, HOME.network) == failures(arena, ann, "anywhere") == allowed


def test_many_addresses_do_not_get_more_wrong_passwords_judged_than_anybody_may_try(arena: Arena):
    ann = arena.person()
    places = [Origin(f"203.0.113.{place}", "Check/1.0") for place in range(arena.crowd)]
    seen = tally(arena.race(*[partial(log_in, ann, "Wrong-Horse-7", origin=place) for place in places]))
    allowed = policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE
    assert seen == {WrongPassword: allowed, TooManyPasswords: arena.crowd - allowed}
    assert failures(arena, ann, "anywhere") == allowed


def known_devices(person: Login, number: int) -> list[Token]:
    """Remember devices of *person*, as their sign-ins do."""
    made = [devices.remembering(person.user_id, HOME, now=BEFORE) for _ in range(number)]
    commit(*[adding for _, (adding, _) in made])
    return [token for token, _ in made]


def test_of_failures_over_many_logins_none_is_lost_and_few_more_are_judged_than_one_place_may_have(arena: Arena):
    place = somewhere(arena)
    people = [arena.chance.choice([arena.nobody(), arena.person()]) for _ in range(arena.crowd)]
    seen = tally(arena.race(*[partial(log_in, one, "Wrong-Horse-7", origin=place) for one in people]))
    assert set(seen) <= {WrongPassword, TooManyPasswords}
    assert failures_from(arena, place) == seen[WrongPassword]
    free = min(policy.FREE_FAILURES_FROM_NETWORK, arena.crowd)
    assert free <= seen[WrongPassword] <= free + AT_ONCE


def test_who_signs_in_among_failures_is_let_in_and_takes_back_only_their_own(arena: Arena):
    place = somewhere(arena)
    ann, others = arena.person(phone=None), [arena.nobody() for _ in range(policy.FREE_FAILURES_FROM_NETWORK // 2)]
    wrong = arena.race(*[partial(log_in, ann, "Wrong-Horse-7", origin=place)] * 3)
    assert tally(wrong) == {WrongPassword: 3}
    answers = arena.race(
        partial(log_in, ann, origin=place), *[partial(log_in, one, "Wrong-Horse-7", origin=place) for one in others]
    )
    assert tally(answers) == {NewSession: 1, WrongPassword: len(others)}
    assert failures_from(arena, place) == len(others)


def test_each_failure_around_a_right_password_is_shown_and_the_right_one_is_not(arena: Arena):
    ann = arena.person(phone=None)
    wrong = [partial(log_in, ann, "Wrong-Horse-7")] * (policy.FREE_PASSWORD_ATTEMPTS - 1)
    seen = tally(arena.race(partial(log_in, ann), *wrong))
    assert seen == {NewSession: 1, WrongPassword: len(wrong)}
    passwords, _ = fetch(*attempt_limits.failure_keys(ann.login, ann.user_id))
    shown = marks_in(passwords).shown(since=BEFORE, now=NOON)
    assert [(mark.network, count) for mark, _, count in shown] == [(HOME.network, len(wrong))]


def test_from_a_known_network_people_sign_in_whatever_else_fails_there(arena: Arena):
    place = somewhere(arena)
    family = [arena.person(phone=None) for _ in range(FAMILY)]
    for one in family:
        log_in(one, origin=place)
    wrong = [partial(log_in, arena.nobody(), "Wrong-Horse-7", origin=place) for _ in range(arena.crowd)]
    seen = tally(arena.race(*[partial(log_in, one, origin=place) for one in family], *wrong))
    assert seen[NewSession] == FAMILY
    assert failures_from(arena, place) == seen[WrongPassword]


def somewhere(arena: Arena) -> Origin:
    """An address that nothing came from in another race."""
    return Origin(f"10.{next(_numbers)}.0.{arena.chance.randrange(256)}", "Check/1.0")


def failures_from(arena: Arena, place: Origin) -> int:
    row = arena.row(settings.STRIKES_TABLE, f"password-failed-from:{place.site}")
    return sum(int(value["N"]) for name, value in row.items() if name.startswith("share_"))


def messages_for_account_of(arena: Arena, person: Login) -> int:
    return arena.count(settings.BUDGETS_TABLE, f"account:{person.account_id}:{NOON:%Y-%m-%d}", "messages")


def failures(arena: Arena, person: Login, place: str) -> int:
    """How many wrong passwords are held against a login, from *place*."""
    name = "password:" + seal.login(person.login)
    return arena.count(settings.STRIKES_TABLE, f"{name}:{place}", "failures")
