"""The rules for passwords that need no list: length, composition, context words. An account chooses the profile."""

import unicodedata
from collections.abc import Iterable

from shared import policy

CONTEXT_WORDS = ("furtka", "smsapi", "password", "haslo", "qwerty")
"""Words that attackers try first on this platform (ASVS V6.1.2)."""


def prepared(password: str) -> str:
    """Return *password* in Unicode form NFKC; nothing is trimmed, cut or case-folded (NIST SP 800-63B-4 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def misses(password: str, *, profile: str, second_factor: bool, words: Iterable[str]) -> list[str]:
    """Return the codes of the rules that *password* breaks, in the order a person would mend them.

    *words* are names that it must not contain, as the user wrote them: login, e-mail address, company. Characters,
    capitals and digits of any script count, in the prepared form.
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
    """Return how *name* may occur in a password: whole, without separators, and each of its parts."""
    plain = _plain(name).strip()
    parts = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return [form for form in (plain, "".join(parts), *parts) if len(form) >= policy.CONTEXT_WORD_MIN_CHARACTERS]


def _plain(text: str) -> str:
    """Return *text* without case and accents, so that "Żółw" and "zolw" are the same word."""
    letters = unicodedata.normalize("NFKD", text.casefold()).replace("ł", "l")  # no combining mark
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
