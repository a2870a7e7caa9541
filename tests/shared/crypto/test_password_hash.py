"""The slow hash of passwords."""

import pytest
from argon2 import PasswordHasher, Type

from shared import policy
from shared.crypto import password_hash
from shared.crypto.password_hash import hash_md5, hash_password, is_outdated, is_password

HASHED = hash_password("Correct-Horse-7")


def test_the_right_password_is_recognised_and_no_other():
    assert is_password(HASHED, "Correct-Horse-7")
    assert not is_password(HASHED, "correct-horse-7")
    assert not is_password(HASHED, "Correct-Horse-7 ")


def test_a_hash_says_how_it_was_made_as_asvs_asks():
    settings = f"m={policy.ARGON2_MEMORY_KIB},t={policy.ARGON2_PASSES},p={policy.ARGON2_LANES}"
    assert HASHED.startswith(f"$argon2id$v=19${settings}$")
    assert (policy.ARGON2_MEMORY_KIB, policy.ARGON2_PASSES) == (19 * 1024, 2)


def test_two_hashes_of_one_password_differ():
    assert hash_password("Correct-Horse-7") != HASHED


def test_where_there_is_no_hash_every_password_is_wrong_at_the_same_cost():
    assert (
        password_hash.NOBODYS_HASH.rpartition("$")[0].rpartition("$")[0] == HASHED.rpartition("$")[0].rpartition("$")[0]
    )
    assert not is_password(None, "nobody")


@pytest.mark.parametrize(
    "broken",
    ["", "x", "$argon2id$", HASHED[:-5], "$2b$12$abcdefghijklmnopqrstuv"],
    ids=["empty", "garbage", "no parameters", "cut off", "bcrypt"],
)
def test_a_broken_hash_lets_nobody_in(broken: str):
    assert not is_password(broken, "Correct-Horse-7")


def test_every_character_of_a_long_password_counts():
    long = "Aa1" + "x" * 253
    hashed = hash_password(long)
    assert is_password(hashed, long)
    assert not is_password(hashed, long[:-1] + "y")


def test_one_password_in_two_unicode_forms_is_one_password():
    assert is_password(hash_password("Zaz\u00f3\u0142\u0107"), "Zazo\u0301\u0142c\u0301")


def test_a_hash_that_policy_asks_for_is_not_outdated():
    assert not is_outdated(HASHED)
    assert not is_outdated(password_hash.NOBODYS_HASH)


@pytest.mark.parametrize(
    "older",
    [
        PasswordHasher(time_cost=1, memory_cost=19 * 1024, parallelism=1),
        PasswordHasher(time_cost=2, memory_cost=8 * 1024, parallelism=1),
        PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=2),
        PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.I),
        PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, salt_len=8),
        PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=16),
    ],
    ids=["fewer passes", "less memory", "more lanes", "another kind", "a shorter salt", "a shorter hash"],
)
def test_a_hash_from_before_policy_moved_on_still_counts_and_is_outdated(older: PasswordHasher):
    hashed = older.hash("Correct-Horse-7")
    assert is_password(hashed, "Correct-Horse-7")
    assert is_outdated(hashed)


def test_renewing_a_hash_brings_it_up_to_policy():
    renewed = hash_password("Correct-Horse-7")
    assert is_password(renewed, "Correct-Horse-7")
    assert not is_outdated(renewed)


def test_passwords_that_differ_in_their_last_character_only_are_two():
    long = "Correct-Horse-7" + "x" * 240
    assert not is_password(hash_password(long + "a"), long + "b")


# --- What older clients send in place of a password -------------------------------------------------------

MD5 = "ebf2ab53747a2240becb504eecd6d767"
"""Of Correct-Horse-7."""

MARKS = [password_hash.OF_MD5, password_hash.API_OF_MD5]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("md5", [MD5, MD5.upper()])
def test_of_an_md5_the_password_itself_is_recognised_and_no_other(mark: str, md5: str):
    hashed = hash_md5(md5, mark)
    assert is_password(hashed, "Correct-Horse-7")
    assert not is_password(hashed, "correct-horse-7")
    assert MD5 not in hashed.lower()


@pytest.mark.parametrize("mark", MARKS)
def test_the_md5_itself_is_no_password(mark: str):
    assert not is_password(hash_md5(MD5, mark), MD5)
    assert not is_password(hash_md5(MD5, mark), MD5.upper())
    assert not is_password(HASHED, MD5)


@pytest.mark.parametrize("mark", MARKS)
def test_a_hash_of_an_md5_is_as_slow_as_any(mark: str):
    hashed = hash_md5(MD5, mark)
    assert (
        hashed.removeprefix(mark).rpartition("$")[0].rpartition("$")[0] == HASHED.rpartition("$")[0].rpartition("$")[0]
    )
    assert not is_outdated(hashed)


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_alone_lets_nobody_in(mark: str):
    assert not is_password(mark, "")
    assert not is_password(mark + MD5, MD5)
