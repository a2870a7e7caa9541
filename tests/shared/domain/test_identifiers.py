"""Tokens: how they are written, found by scanners, and told from garbage."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto import randomness
from shared.domain import identifiers
from shared.domain.identifiers import BASE62, TOKEN_PATTERN

USER = "A" * identifiers.USER_CHARACTERS
CLIENT = "C" * identifiers.RECORD_CHARACTERS


@pytest.mark.parametrize("kind", identifiers.KINDS)
def test_a_token_reads_back_as_itself_and_as_no_other_kind(kind: str):
    token = randomness.access_token(CLIENT) if kind == "access" else randomness.token(kind, USER)
    text = identifiers.write(token)
    assert [identifiers.read(text, kind=other) == token for other in identifiers.KINDS] == [
        other == kind for other in identifiers.KINDS
    ]


@pytest.mark.parametrize("kind", identifiers.KINDS)
def test_a_token_is_found_whole_in_any_text_by_the_published_expression(kind: str):
    text = identifiers.write(randomness.access_token(CLIENT) if kind == "access" else randomness.token(kind, USER))
    for around in (f"Authorization: Bearer {text}\nHost: x", f"key={text}&x=1", f'"{text}"', text):
        found = re.search(TOKEN_PATTERN, around)
        assert found
        assert found[0] == text


@pytest.mark.parametrize("kind", identifiers.KINDS)
def test_no_secret_stays_in_a_text_from_which_secrets_are_taken_nor_a_part_of_one(kind: str):
    token = identifiers.write(randomness.access_token(CLIENT) if kind == "access" else randomness.token(kind, USER))
    for shown in (token, token[:-1], token[:60], token + "7", token.upper()):
        assert identifiers.without_secrets(f"Shop/1 ({shown}; {shown}) x") == "Shop/1 ([secret]; [secret]) x"


@pytest.mark.parametrize("kind", identifiers.KINDS)
def test_nor_does_one_whose_beginning_was_changed(kind: str):
    token = identifiers.write(randomness.access_token(CLIENT) if kind == "access" else randomness.token(kind, USER))
    for shown in (
        token.replace("_", "%5F"),
        token[1:],
        token.replace("_", " "),
        token.replace("furtka", "f-u-r-t-k-a"),
    ):
        assert identifiers.read(token, kind=kind).secret not in identifiers.without_secrets(f"Shop/1 ({shown})")


def test_a_text_without_a_secret_stays_as_it_is():
    assert identifiers.without_secrets("furtka/1.0 furtka_shop_api curl") == "furtka/1.0 furtka_shop_api curl"


def test_a_token_is_one_word_for_a_double_click():
    assert re.fullmatch(r"\w+", identifiers.write(randomness.token("device", USER)))


def test_a_token_holds_128_bits_of_chance_or_more():
    assert len(BASE62) ** identifiers.SECRET_CHARACTERS > 2**128


def test_an_id_begins_with_its_owners():
    token = randomness.token("session", USER)
    assert token.user_id == identifiers.user_of(token.id) == USER
    assert token.account_id == identifiers.account_of(USER)


def test_no_secret_stands_in_a_tokens_repr():
    token = randomness.token("session", USER)
    assert token.secret not in repr(token)


@given(st.text(max_size=200))
def test_garbage_is_no_token(text: str):
    assert identifiers.read(text, kind="session") is None


@given(st.integers(min_value=0), st.sampled_from(string.printable))
def test_a_token_with_one_character_changed_is_no_token(place: int, character: str):
    text = identifiers.write(identifiers.Token("session", "0" * 28, "1" * 43))
    place %= len(text)
    changed = text[:place] + character + text[place + 1 :]
    assert (identifiers.read(changed, kind="session") is None) == (changed != text)


@pytest.mark.parametrize("kind", identifiers.KINDS)
def test_a_token_with_an_id_as_long_as_that_of_another_kind_is_no_token(kind: str):
    other = identifiers.RECORD_CHARACTERS if kind == "access" else identifiers.ACCESS_CHARACTERS
    assert identifiers.read(identifiers.write(identifiers.Token(kind, "0" * other, "1" * 43)), kind=kind) is None


def test_the_checksum_is_crc32_as_everyone_computes_it():
    digits = [BASE62.index(digit) for digit in identifiers.checksum("123456789")]
    assert sum(digit * 62**place for place, digit in enumerate(reversed(digits))) == 0xCBF43926  # CRC-32/ISO-HDLC


@pytest.mark.parametrize("text", ["", "0" * 37, "0" * 39, "ż" * 38, "-" * 38, "٣" * 38])
def test_what_is_no_challenge_id_is_refused_by_its_looks(text: str):
    assert not identifiers.is_challenge_id(text)


def test_a_challenge_id_is_a_challenge_id():
    assert identifiers.is_challenge_id(randomness.challenge_id(USER))
