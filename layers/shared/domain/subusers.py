"""A sub-user as the account's owner sees them: the user and their points."""

from dataclasses import dataclass, field

from shared.domain.points import Points
from shared.domain.purses import Purse
from shared.domain.users import User


@dataclass(frozen=True)
class Subuser:
    """A sub-user. `purse` is as stored, None if the sub-user was never given points."""

    user: User
    purse: Purse | None


@dataclass(frozen=True)
class Limits:
    """New limits of a sub-user's points: once, and for each month. None leaves a limit as it is."""

    from_account: Points | None = None
    per_month: Points | None = None


@dataclass(frozen=True)
class Secrets:
    """Passwords that an owner gives a sub-user; None for none. `md5`: they are MD5 digests in hex, not passwords."""

    password: str | None = field(default=None, repr=False)
    api_password: str | None = field(default=None, repr=False)
    md5: bool = False


NO_LIMITS, NO_SECRETS = Limits(), Secrets()
