"""Sign-ins, however many come at once: what they cost and how many passwords are judged is exact."""

from functools import partial
from itertools import count

from shared import policy, settings
from shared.auth.session_opening import NewSession
from shared.crypto import seal
from shared.domain.challenges import Challenge
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import TooManyMessages, TooManyPasswords, WrongPassword
from tests.races.arena import AT_ONCE, HOME, NOON, Arena, codes_to, log_in, messages_to, tally

FAMILY = 5
_numbers = count(1)


def test_right_passwords_send_as_many_codes_as_a_number_may_get_and_each_is_counted(arena: Arena):
    ann = arena.person()
    seen = tally(arena.race(*[partial(log_in, ann)] * arena.crowd))
    allowed = policy.SMS_PER_NUMBER_AND_HOUR
    assert seen[Challenge] == allowed
    assert set(seen) <= {Challenge, TooManyMessages, TooManyPasswords}
    assert len(codes_to(ann)) == allowed
    assert messages_to(arena, ann) == allowed
    assert messages_for_account_of(arena, ann) == allowed


def test_users_who_share_a_number_do_not_get_it_more_codes(arena: Arena):
    ann = arena.person()
    family = [ann, *[arena.person(phone=ann.phone) for _ in range(FAMILY - 1)]]
    seen = tally(arena.race(*[partial(log_in, person) for person in family * (arena.crowd // FAMILY)]))
    allowed = policy.SMS_PER_NUMBER_AND_HOUR
    assert seen[Challenge] == allowed
    assert set(seen) <= {Challenge, TooManyMessages, TooManyPasswords}
    assert len(codes_to(ann)) == messages_to(arena, ann) == allowed
    assert sum(messages_for_account_of(arena, person) for person in family) == allowed


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
    name = "password:" + seal.fingerprint("login", person.login)
    return arena.count(settings.STRIKES_TABLE, f"{name}:{place}", "failures")
