"""Which passwords are good enough. The profile is the platform's published rule (`smsapi`)."""

import unicodedata

from shared import policy

CONTEXT_WORDS = ("furtka", "smsapi", "password", "haslo", "qwerty")
"""Words that everyone tries first here (ASVS V6.1.2)."""

SHORTEST_CONTEXT_WORD = 4
"""Parts of a login shorter than this are in too many good passwords to refuse."""


def prepared(password: str) -> str:
    """As it was typed, in one Unicode form (NFKC, NIST SP 800-63B-4 3.1.1.2): nothing trimmed, cut or folded."""
    return unicodedata.normalize("NFKC", password)


def misses(password: str, *, login: str, email: str) -> list[str]:
    """Codes of the rules that *password* does not meet, in the order a person would mend them."""
    password = prepared(password)
    rules = {
        "too_short": len(password) < policy.PASSWORD_MIN_CHARACTERS,
        "no_capital": not any(letter.isupper() for letter in password),
        "no_digit": not any(letter.isdecimal() for letter in password),
        "contains_known_word": _contains_any(password, [*CONTEXT_WORDS, *_parts(login), *_parts(email)]),
    }
    return [code for code, missed in rules.items() if missed]


def _contains_any(password: str, words: list[str]) -> bool:
    folded = password.casefold()
    return any(word in folded for word in words)


def _parts(name: str) -> list[str]:
    """The words that a login or an e-mail address is made of."""
    words = "".join(letter if letter.isalnum() else " " for letter in name.casefold()).split()
    return [word for word in words if len(word) >= SHORTEST_CONTEXT_WORD]
