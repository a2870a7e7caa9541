"""Passwords that everybody uses."""

import subprocess
import sys
from pathlib import Path

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from shared.auth import common_passwords
from shared.auth.common_passwords import is_common
from shared.domain.passwords import misses

LAYER = Path(__file__).parents[3] / "layers"
COMMON = FREQUENCY_LISTS["passwords"]


@pytest.mark.parametrize("password", ["password1", "Password1", "PASSWORD1", "pASSwORD1", "Ｐａｓｓｗｏｒｄ１"])
def test_a_common_password_is_common_however_it_is_written(password: str):
    assert is_common(password)


@pytest.mark.parametrize("password", ["", "password1 ", " password1", "Correct-Horse-7", "Trzy-Sowy-4-Razy"])
def test_what_is_not_on_the_list_word_for_word_is_not_common(password: str):
    assert not is_common(password)


def test_the_list_has_ten_thousand_entries_or_more():
    assert len(common_passwords._common()) == len(COMMON) == 30_000


def test_every_entry_is_refused_in_small_and_in_capital_letters():
    assert all(is_common(password) and is_common(password.upper()) for password in COMMON)


def test_three_thousand_entries_or_more_would_pass_the_platforms_rule_but_for_the_list():
    """ASVS V6.2.4: the list must reach into what the other rules let through."""
    passing = [word for word in COMMON if not misses(word.upper(), profile="smsapi", second_factor=False, words=())]
    assert len(passing) >= 3000
    assert all(len(word) >= 8 and any(letter.isdecimal() for letter in word) for word in passing)


def test_who_sets_no_password_does_not_pay_for_the_list():
    """A process of its own, since here others have asked already."""
    script = "import sys, shared.auth.password_rules; sys.exit(any('zxcvbn' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], cwd=LAYER, check=False).returncode == 0
