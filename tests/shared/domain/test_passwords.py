"""What a password shows by itself: its length, its characters, and the names in it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import policy
from shared.domain.passwords import CONTEXT_WORDS, misses, prepared

POLISH_CAPITALS = "ĄĆĘŁŃÓŚŹŻ"
POLISH = "aąbcćdeęlłnńoósśzźżAĄCĆEĘLŁNŃOÓSŚZŹŻ"
FORMS = ("NFC", "NFD", "NFKC", "NFKD")


def smsapi(password: str, *words: str) -> list[str]:
    return misses(password, profile="smsapi", second_factor=False, words=words)


def nist(password: str, *words: str, second_factor: bool = False) -> list[str]:
    return misses(password, profile="nist", second_factor=second_factor, words=words)


@pytest.mark.parametrize(
    ("password", "missed"),
    [
        ("Ab3", ["too_short"]),
        ("Abcdef7", ["too_short"]),
        ("Abcdef78", []),
        ("abcdef78", ["no_capital"]),
        ("Abcdefgh", ["no_digit"]),
        ("abcdefgh", ["no_capital", "no_digit"]),
        ("", ["too_short", "no_capital", "no_digit"]),
        ("smsapi", ["too_short", "no_capital", "no_digit", "contains_known_word"]),
    ],
)
def test_the_platforms_rule_is_eight_characters_a_capital_and_a_digit(password: str, missed: list[str]):
    assert smsapi(password) == missed


@pytest.mark.parametrize("second_factor", [False, True])
def test_the_platforms_rule_is_the_same_with_a_second_factor(second_factor: bool):
    assert misses("Abcdef7", profile="smsapi", second_factor=second_factor, words=()) == ["too_short"]
    assert misses("Abcdef78", profile="smsapi", second_factor=second_factor, words=()) == []


def test_nists_rule_is_length_alone():
    assert nist("four wide river") == []
    assert nist("four wide rive") == ["too_short"]


def test_nists_rule_is_eight_characters_where_there_is_a_second_factor():
    assert nist("rivers 4", second_factor=True) == []
    assert nist("river 4", second_factor=True) == ["too_short"]


def test_the_floors_are_those_of_asvs_and_nist():
    floors = (policy.PASSWORD_MIN_CHARACTERS, policy.PASSWORD_MIN_CHARACTERS_NIST)
    assert (*floors, policy.PASSWORD_MIN_CHARACTERS_NIST_WITH_SECOND_FACTOR) == (8, 15, 8)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("capital", sorted(POLISH_CAPITALS))
def test_polish_capitals_are_capitals_however_they_are_encoded(capital: str, form: str):
    assert smsapi(unicodedata.normalize(form, f"{capital}rzewo-75")) == []


@pytest.mark.parametrize("letter", sorted(POLISH_CAPITALS.lower()))
def test_small_polish_letters_are_no_capitals(letter: str):
    assert smsapi(f"{letter}rzewo-75") == ["no_capital"]


@pytest.mark.parametrize("capital", ["Ω", "Д", "É", "Ａ", "Ⓐ"])
def test_a_capital_of_any_script_counts(capital: str):
    assert smsapi(f"{capital}rzewo-75") == []


@pytest.mark.parametrize("digit", ["7", "７", "٣", "७", "²", "①"])
def test_a_digit_of_any_script_counts(digit: str):
    assert smsapi(f"Drzewo-{digit}x") == []


@pytest.mark.parametrize("number", ["Ⅳ", "四", "IV"])
def test_a_number_that_is_not_written_in_digits_is_no_digit(number: str):
    assert smsapi(f"Drzewo-{number}x") == ["no_digit"]


def test_each_character_counts_as_one_whatever_its_bytes():
    assert nist("🔑" * 15) == []
    assert nist("🔑" * 14) == ["too_short"]
    assert smsapi("Ż1" + "o\u0301" * 6) == []
    assert smsapi("Ż1" + "o\u0301" * 5) == ["too_short"]


@given(st.text(alphabet=f"{POLISH}0123456789 -\u00a0ﬁ²", max_size=20), st.sampled_from(["NFD", "NFC"]))
def test_how_a_keyboard_encodes_a_password_makes_no_difference(password: str, form: str):
    encoded = unicodedata.normalize(form, password)
    assert smsapi(encoded, "łąkowa") == smsapi(password, "łąkowa")
    assert prepared(encoded) == prepared(password)


@pytest.mark.parametrize("password", [" Ab-34567 ", "\tAb-34567", "Ab-34567" + "x" * 248, "ab-34567", "AB-34567"])
def test_nothing_is_trimmed_cut_or_folded(password: str):
    assert prepared(password) == password


@pytest.mark.parametrize("word", CONTEXT_WORDS)
def test_words_that_everyone_tries_here_are_known(word: str):
    assert smsapi(f"Xy-{word.title()}-17") == ["contains_known_word"]
    assert nist(f"xy {word.upper()} seventeen") == ["contains_known_word"]


@pytest.mark.parametrize(
    ("password", "name"),
    [
        ("Kowalski-17", "kowalski"),
        ("xxKOWALSKIxx17", "jan.kowalski@poczta.example"),
        ("My-Poczta-17", "jan.kowalski@poczta.example"),
        ("Jan.Kowalski@Poczta.Example1", "jan.kowalski@poczta.example"),
        ("Jankos-1717", "jan.kos"),
        ("Jan.Kos-1717", "jan.kos"),
        ("Big Red Box 17", "Big Red Box"),
        ("BigRedBox-17", "Big Red Box"),
        ("Wędlinex-2026", "Wędlinex Sp. z o.o."),
        ("Wedlinex-2026", "WĘDLINEX Sp. z o.o."),
        ("ZOLW-Zolty-17", "Żółw"),
        ("Żółw-Żółty-17", "Zolw"),
        ("Ｋｏｗａｌｓｋｉ-17", "kowalski"),
        ("Łódzka-Hasło-1", ""),
    ],
)
def test_a_name_is_found_in_whole_or_in_part_with_and_without_accents(password: str, name: str):
    assert smsapi(password, "somebody-else", name) == ["contains_known_word"]


@pytest.mark.parametrize("name", ["", "   ", "ann", "a.b", "Żuk", "---", "xy@z", "pl"])
def test_what_is_shorter_than_four_characters_is_no_name(name: str):
    assert smsapi("Ann.Żuk-xy-z--- pl a b 1", name) == []


def test_a_short_part_of_a_long_name_is_no_name():
    assert smsapi("Jan-Rzeka-17", "jan.kowalski") == []


@given(
    st.text(alphabet=f"{POLISH}0123456789._-@ ", min_size=4).filter(lambda name: len(name.strip()) >= 4),
    st.sampled_from(FORMS),
    st.sampled_from([str.lower, str.upper, str.title]),
)
def test_a_password_that_holds_a_name_is_refused_however_it_is_written(name: str, form: str, case):
    password = unicodedata.normalize(form, case(f"x{name.strip()}x"))
    assert "contains_known_word" in smsapi(password, name)


@given(st.text(max_size=300), st.lists(st.text(max_size=50), max_size=4), st.sampled_from(["smsapi", "nist"]))
def test_no_text_breaks_the_rules(password: str, words: list[str], profile: str):
    assert len(misses(password, profile=profile, second_factor=True, words=words)) <= 4
