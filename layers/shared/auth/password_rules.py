"""All that can be said against a new password, in one place: its form, its fame, its past and its leaks."""

from collections.abc import Iterable, Sequence

from shared import policy
from shared.auth import breached_passwords, common_passwords
from shared.crypto import password_hash
from shared.domain.accounts import Account
from shared.domain.passwords import misses


def weaknesses(
    password: str, *, account: Account, second_factor: bool, words: Iterable[str], before: Sequence[str]
) -> list[str]:
    """Codes of what is wrong with *password*, in the order a person would mend it; none for a good one.

    *words* are the user's login and e-mail address, *before* the hashes of his present passwords, the login's and its
    programs', and of those before. Slow hashes and the network are asked only about a password that everything
    cheaper lets pass, one by one.
    """
    words = [*words, account.company]
    found = misses(password, profile=account.profile, second_factor=second_factor, words=words)
    if common_passwords.is_common(password):
        found.append("too_common")
    return found or _past(password, before)


def _past(password: str, before: Sequence[str]) -> list[str]:
    remembered = before[: policy.PASSWORDS_REMEMBERED + 2]  # and the present ones
    if any(password_hash.is_password(hashed, password) for hashed in remembered):
        return ["used_before"]
    return ["breached"] if breached_passwords.is_breached(password) else []
