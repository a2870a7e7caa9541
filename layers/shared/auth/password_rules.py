"""The rules for new passwords in one place: length and characters, common passwords, password history, breaches."""

from collections.abc import Iterable, Sequence

from shared import policy
from shared.auth import breached_passwords, common_passwords
from shared.crypto import password_hash
from shared.domain.accounts import Account
from shared.domain.passwords import misses


def weaknesses(
    password: str, *, account: Account, second_factor: bool, words: Iterable[str], before: Sequence[str]
) -> list[str]:
    """Return codes of the rules that *password* breaks, in the order a person would correct them; none if it is good.

    *words* are the user's login and e-mail address, which it must not contain. *before* are the hashes that it is
    checked against: the user's present password, their API password, and older ones, newest first.
    """
    # Slow hashes and the network come last, and only for a password that passed every cheaper rule.
    found = cheap_weaknesses(password, account=account, second_factor=second_factor, words=words)
    return found or _history_and_breaches(password, before)


def cheap_weaknesses(password: str, *, account: Account, second_factor: bool, words: Iterable[str]) -> list[str]:
    """Return the first of `weaknesses`: those that are found without a slow hash."""
    words = [*words, account.company]
    found = misses(password, profile=account.profile, second_factor=second_factor, words=words)
    if common_passwords.is_common(password):
        found.append("too_common")
    return found


def _history_and_breaches(password: str, before: Sequence[str]) -> list[str]:
    """Return "used_before" if one of the hashes is of *password*, else "breached" if it is on the list of breaches."""
    remembered = before[: policy.PASSWORDS_REMEMBERED + 2]  # two more: the present password and the API password
    if any(password_hash.is_password(hashed, password) for hashed in remembered):
        return ["used_before"]
    return ["breached"] if breached_passwords.is_breached(password) else []
