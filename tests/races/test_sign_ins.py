"""Sign-ins, however many come at once: what they cost and how many passwords are judged is exact."""

from functools import partial

from shared import policy, settings
from shared.crypto import seal
from shared.domain.challenges import Challenge
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import TooManyMessages, TooManyPasswords, WrongPassword
from tests.races.arena import HOME, NOON, Arena, codes_to, log_in, messages_to, tally

FAMILY = 5


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


def messages_for_account_of(arena: Arena, person: Login) -> int:
    return arena.count(settings.BUDGETS_TABLE, f"account:{person.account_id}:{NOON:%Y-%m-%d}", "messages")


def failures(arena: Arena, person: Login, place: str) -> int:
    """How many wrong passwords are held against a login, from *place*."""
    name = "password:" + seal.fingerprint("login", person.login)
    return arena.count(settings.STRIKES_TABLE, f"{name}:{place}", "failures")
