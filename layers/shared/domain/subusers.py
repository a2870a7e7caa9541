"""A sub-user as the account's owner sees him: who he is, what he may do, and what he may spend."""

from dataclasses import dataclass, field

from shared.domain.points import Points
from shared.domain.purses import Purse
from shared.domain.users import User


@dataclass(frozen=True)
class Subuser:
    """`purse` is as it lies in the table; None where he was never given points."""

    user: User
    purse: Purse | None


@dataclass(frozen=True)
class Limits:
    """Points that he may use, once and each month; None leaves one as it is."""

    from_account: Points | None = None
    per_month: Points | None = None


@dataclass(frozen=True)
class Secrets:
    """What an owner gives him; None for what he does not. `md5`: not as they are typed, but the MD5 of each, in hex."""

    password: str | None = field(default=None, repr=False)
    api_password: str | None = field(default=None, repr=False)
    md5: bool = False


NO_LIMITS, NO_SECRETS = Limits(), Secrets()
