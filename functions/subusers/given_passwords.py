"""Passwords that an owner gives a sub-user: how they are stored, and which are good enough."""

from shared.auth import common_passwords, password_rules
from shared.crypto import password_hash
from shared.domain.accounts import Account
from shared.domain.subusers import Secrets
from shared.domain.users import User
from shared.errors import WeakGivenPassword


def hash_of_password(secrets: Secrets) -> str | None:
    """Return the hash of the password to sign in with, if one is given."""
    return _hashed(secrets.password, secrets, password_hash.OF_MD5)


def hash_of_api_password(secrets: Secrets) -> str | None:
    """Return the hash of the password that programs show, if one is given."""
    return _hashed(secrets.api_password, secrets, password_hash.API_OF_MD5)


def must_be_strong(secrets: Secrets, user: User, account: Account, *, second_factor: bool) -> None:
    """Raise WeakGivenPassword if a password breaks the account's rules, or if both are the same.

    Little can be seen in an MD5: a given password signs in only once, and `api_clients` judges an API password when it
    is shown.
    """
    if secrets.api_password and secrets.api_password == secrets.password:
        raise WeakGivenPassword(["used_before"], "api_password")
    if secrets.md5:
        if secrets.api_password and common_passwords.is_md5_of_common(secrets.api_password):
            raise WeakGivenPassword(["too_common"], "api_password")
        return
    words = [user.login, user.email]
    for field, text in (("password", secrets.password), ("api_password", secrets.api_password)):
        if text and (
            missed := password_rules.weaknesses(
                text,
                account=account,
                second_factor=second_factor and field == "password",  # a program is asked for no second factor
                words=words,
                before=[],  # not checked against the sub-user's passwords, or the owner could learn them by trying
            )
        ):
            raise WeakGivenPassword(missed, field)


def _hashed(text: str | None, secrets: Secrets, mark: str) -> str | None:
    """Hash a password; *mark* is stored with the hash of an MD5 and says what may prove it."""
    if text is None:
        return None
    return password_hash.hash_md5(text, mark) if secrets.md5 else password_hash.hash_password(text)
