"""All that is said against a new password: each reason by its own name, and nothing costly without need."""

import unicodedata
from collections.abc import Callable

import pytest

from shared import policy
from shared.auth import breached_passwords, common_passwords
from shared.auth.password_rules import weaknesses
from shared.crypto import password_hash
from shared.crypto.password_hash import hash_password
from shared.domain.accounts import Account

SMSAPI = Account("A" * 10, company="Wędlinex Sp. z o.o.")
NIST = Account("A" * 10, profile="nist")
GOOD = "Correct-Horse-7"
OLD, OLDER = "Zażółć-gęślą-1", "Trzy-Sowy-4-Razy"
HASHES = [hash_password(OLD), hash_password(OLDER)]


def found(password: str, *, account: Account = SMSAPI, second_factor: bool = False, before=()) -> list[str]:
    words = ["jan.kowalski", "jan@poczta.example"]
    return weaknesses(password, account=account, second_factor=second_factor, words=words, before=before)


@pytest.fixture
def breached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that the list of breached ones is asked about. It knows them all."""
    asked: list[str] = []
    monkeypatch.setattr(breached_passwords, "is_breached", lambda password: not asked.append(password))
    return asked


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Every hash that a password is compared with, and how it is compared as ever."""
    hashes: list[str | None] = []
    compare: Callable[[str | None, str], bool] = password_hash.is_password

    def noting(hashed: str | None, password: str) -> bool:
        hashes.append(hashed)
        return compare(hashed, password)

    monkeypatch.setattr(password_hash, "is_password", noting)
    return hashes


def test_nothing_is_said_against_a_good_password():
    assert found(GOOD, before=HASHES) == []


@pytest.mark.parametrize(
    ("password", "reasons"),
    [
        ("Ab-3456", ["too_short"]),
        ("ab-34567", ["no_capital"]),
        ("Ab-cdefg", ["no_digit"]),
        ("Kowalski-17", ["contains_known_word"]),
        ("My-Poczta-17", ["contains_known_word"]),
        ("Wędlinex-17", ["contains_known_word"]),
        ("wedlinex", ["no_capital", "no_digit", "contains_known_word"]),
        ("Baseball1", ["too_common"]),
        ("BASEBALL1", ["too_common"]),
        ("123456", ["too_short", "no_capital", "too_common"]),
        ("Password1", ["contains_known_word", "too_common"]),
        ("PASSWORD1", ["contains_known_word", "too_common"]),
        (OLD, ["used_before"]),
        (OLDER, ["used_before"]),
    ],
)
def test_each_weakness_has_a_reason_of_its_own(password: str, reasons: list[str]):
    assert found(password, before=HASHES) == reasons


def test_a_password_that_leaked_is_told_so(breached: list[str]):
    assert found(GOOD) == ["breached"]
    assert breached == [GOOD]


@pytest.mark.parametrize(
    ("password", "second_factor", "reasons"),
    [
        ("four wide rivers", False, []),
        ("rivers 4", False, ["too_short"]),
        ("rivers 4", True, []),
        ("baseball1", True, ["too_common"]),
        ("1Qaz2wsx3edc4rfv", False, ["too_common"]),
    ],
)
def test_the_accounts_profile_decides(password: str, second_factor: bool, reasons: list[str]):
    assert found(password, account=NIST, second_factor=second_factor) == reasons


@pytest.mark.parametrize("account", [SMSAPI, NIST], ids=["smsapi", "nist"])
def test_both_profiles_refuse_what_was_used_before(account: Account):
    long = "Correct-Horse-7 and a cart"
    assert found(long, account=account, before=[*HASHES, hash_password(long)]) == ["used_before"]


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_an_old_password_is_found_however_a_keyboard_encodes_it(form: str):
    assert found(unicodedata.normalize(form, OLD), before=HASHES) == ["used_before"]


@pytest.mark.parametrize("password", [f"{OLD} ", f" {OLD}", OLD.swapcase(), f"{OLD}1"])
def test_a_password_that_only_resembles_an_old_one_is_another(password: str):
    assert found(password, before=HASHES) == []


def test_a_long_password_is_compared_to_its_last_character():
    long = GOOD + "x" * (policy.PASSWORD_MAX_CHARACTERS - len(GOOD) - 1)
    before = [hash_password(f"{long}a")]
    assert found(f"{long}a", before=before) == ["used_before"]
    assert found(f"{long}b", before=before) == []


def test_both_present_passwords_and_all_that_are_remembered_are_compared(compared: list[str | None]):
    """The login's, and the one that its programs show."""
    before = [HASHES[1]] * (policy.PASSWORDS_REMEMBERED + 1) + [HASHES[0]]
    assert found(OLD, before=before) == ["used_before"]
    assert len(compared) == policy.PASSWORDS_REMEMBERED + 2


def test_no_more_are_compared_however_many_there_are(compared: list[str | None]):
    before = [HASHES[1]] * (policy.PASSWORDS_REMEMBERED + 2) + [HASHES[0]] * 10
    assert found(OLD, before=before) == []
    assert len(compared) == policy.PASSWORDS_REMEMBERED + 2


@pytest.mark.parametrize("password", ["", "ab-34567", "Kowalski-17", "Baseball1"])
def test_what_is_cheaply_refused_costs_no_hash_and_no_question(
    password: str, compared: list[str | None], breached: list[str]
):
    assert found(password, before=HASHES)
    assert compared == breached == []


def test_a_password_from_before_costs_no_question(compared: list[str | None], breached: list[str]):
    assert found(OLD, before=HASHES) == ["used_before"]
    assert compared == HASHES[:1]
    assert breached == []


def test_the_list_of_common_passwords_is_asked_about_every_password(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(common_passwords, "is_common", lambda _: True)
    assert found("four", account=NIST) == ["too_short", "too_common"]
