"""What becomes of a text before it is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages import wording
from shared.domain import messages

FILLED = [
    ("[%1%]-[%2%]-[%1%]", {"1": "a", "2": "b"}, "a-b-a"),
    ("[%1%][%5%][%%][%1]", {"1": "[%1%]"}, "[%1%][%5%][%%][%1]"),
    ("nothing", {"1": "a"}, "nothing"),
    ("[%3%]", {}, "[%3%]"),
]


@pytest.mark.parametrize(("text", "words", "expected"), FILLED)
def test_words_are_put_in_once(text: str, words: dict[str, str], expected: str):
    assert wording.filled(text, words) == expected


PLAIN = {
    "żółw": "zólw".replace("ó", "o"),
    "Ł–—…": "L--...",
    "\u00a0": " ",
    "äöü é": "äöü é",
    "語": "語",
    "😀": "😀",
}


@pytest.mark.parametrize("text", PLAIN)
def test_letters_that_cost_more_are_made_plain(text: str):
    assert wording.plain(text) == PLAIN[text]


@given(st.text(max_size=50))
def test_to_make_a_text_plain_costs_no_more_letters_of_the_dear_kind(text: str):
    made = wording.plain(text)
    assert sum(not messages.is_plain(sign) for sign in made) <= sum(not messages.is_plain(sign) for sign in text)
    assert wording.plain(made) == made
