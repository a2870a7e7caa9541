"""Which passwords are good enough, as far as the password itself shows it. An account chooses the profile."""

import unicodedata
from collections.abc import Iterable

from shared import policy

CONTEXT_WORDS = ("furtka", "smsapi", "password", "haslo", "qwerty")
"""Words that everyone tries first here (ASVS V6.1.2)."""

SHORTEST_CONTEXT_WORD = 4
"""Names and parts of names shorter than this are in too many good passwords to refuse."""


def prepared(password: str) -> str:
    """As it was typed, in one Unicode form (NFKC, NIST SP 800-63B-4 3.1.1.2): nothing trimmed, cut or folded."""
    return unicodedata.normalize("NFKC", password)


def misses(password: str, *, profile: str, second_factor: bool, words: Iterable[str]) -> list[str]:
    """Codes of the rules that *password* does not meet, in the order a person would mend them.

    *words* are the names around it, as given: login, e-mail address, company. Characters, capitals and digits are
    Unicode's, in any script, and are counted in the prepared form.
    """
    password = prepared(password)
    composed = profile == "smsapi"
    rules = {
        "too_short": len(password) < _shortest(profile, second_factor=second_factor),
        "no_capital": composed and not any(letter.isupper() for letter in password),
        "no_digit": composed and not any(letter.isdecimal() for letter in password),
        "contains_known_word": _contains_any(password, words),
    }
    return [code for code, missed in rules.items() if missed]


def _shortest(profile: str, *, second_factor: bool) -> int:
    if profile == "smsapi":
        return policy.PASSWORD_MIN_CHARACTERS
    if second_factor:
        return policy.PASSWORD_MIN_CHARACTERS_NIST_WITH_SECOND_FACTOR
    return policy.PASSWORD_MIN_CHARACTERS_NIST


def _contains_any(password: str, words: Iterable[str]) -> bool:
    plain = _plain(password)
    known = {*CONTEXT_WORDS, *(form for word in words for form in _forms(word))}
    return any(word in plain for word in known)


def _forms(name: str) -> list[str]:
    """How a name may stand in a password: as it is, without what separates its parts, and each part alone."""
    plain = _plain(name).strip()
    parts = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return [form for form in (plain, "".join(parts), *parts) if len(form) >= SHORTEST_CONTEXT_WORD]


def _plain(text: str) -> str:
    """Without case and accents, since people type a name either way: "Żółw" and "zolw" are one word."""
    letters = unicodedata.normalize("NFKD", text.casefold()).replace("ł", "l")
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
