"""Which refusals are told as audit events, and by what: the line in the log, or the row that counted the attempt."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from shared import errors
from shared.domain import browsers
from shared.domain.audit_events import Refused
from shared.errors import Refusal, WrongPassword
from shared.observability import is_caller_known

TOLD: dict[type[Refusal], Refused | None] = {
    Refusal: None,
    # Wrong passwords and codes, and made up tokens: the rows that count them tell of them, in the minute's number.
    errors.WrongPassword: None,
    errors.WrongCode: None,
    errors.UnknownToken: None,
    errors.UnknownSession: None,
    # But of a wrong proof with a link, or of somebody who is signed in (see `marks`), no row names the network.
    errors.WrongProof: Refused.PROOF_FAILED,
    # What is no proof.
    errors.NotSignedIn: Refused.TOKEN_REFUSED,
    errors.UnknownChallenge: Refused.LINK_REFUSED,
    errors.ChallengeClosed: Refused.LINK_REFUSED,
    errors.LinkClosed: Refused.LINK_REFUSED,
    # What somebody may not do.
    errors.StepUpNeeded: Refused.ACCESS_DENIED,
    errors.UserSuspended: Refused.ACCESS_DENIED,
    errors.AccountSuspended: Refused.ACCESS_DENIED,
    errors.UnconfirmedChange: Refused.ACCESS_DENIED,
    errors.OwnerOnly: Refused.ACCESS_DENIED,
    errors.SessionsOnly: Refused.ACCESS_DENIED,
    errors.InsufficientScope: Refused.ACCESS_DENIED,
    errors.ExceedsRights: Refused.ACCESS_DENIED,
    errors.NotAllowedHere: Refused.ACCESS_DENIED,
    errors.PasswordHeld: Refused.ACCESS_DENIED,
    errors.PasswordChangeNeeded: Refused.ACCESS_DENIED,
    errors.SecondFactorRequired: Refused.ACCESS_DENIED,
    errors.ClientRefused: Refused.TOKEN_REFUSED,
    errors.UnauthorizedClient: Refused.ACCESS_DENIED,
    errors.InvalidScope: Refused.ACCESS_DENIED,
    errors.SendingOff: Refused.ACCESS_DENIED,
    errors.SenderNotAllowed: Refused.ACCESS_DENIED,
    errors.GroupNotYours: Refused.ACCESS_DENIED,
    errors.NotThroughProxy: Refused.ACCESS_DENIED,
    errors.CodesLocked: Refused.RATE_LIMITED,
    errors.TooMany: Refused.RATE_LIMITED,
    errors.CrossSite: Refused.CROSS_SITE,
    errors.CarrierRefused: Refused.CARRIER_REFUSED,
}
"""Nearest ancestor counts. None: not from the log. Everything else is a mistake of the caller, or a state."""


def marks(refusal: Refusal, user_agent: str) -> dict[str, Any]:
    """Return what the line in the log says about *refusal*: its reason, and what makes it an audit event if it is one.

    A browser is named by what we know of it: a User-Agent may say anything, and the log keeps no such text.
    """
    kind = type(refusal)
    if told := event_of(kind, by_somebody=is_caller_known()):
        return {"reason": reason_of(kind), "audit_event": told, "device": browsers.named(user_agent)}
    return {"reason": kind.__name__}


def event_of(refusal: type[Refusal], *, by_somebody: bool = False) -> Refused | None:
    """Return the event that tells of it, None if the log does not. *by_somebody*: the caller is known."""
    if by_somebody and issubclass(refusal, WrongPassword):
        return Refused.PROOF_FAILED
    return next(TOLD[kind] for kind in refusal.__mro__ if kind in TOLD)


def reason_of(refusal: type[Refusal]) -> str:
    """Return the documented name of a refusal that is told: its own, or that of its ancestor in `shared.errors`.

    Other modules have refusals of their own, for what only they tell apart.
    """
    return next(kind.__name__ for kind in refusal.__mro__ if _is_documented(kind))


def reasons() -> dict[str, set[str]]:
    """Return every reason that the event of a refusal can have, by event."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for kind in filter(_is_documented, _kinds(Refusal)):
        for told in (event_of(kind), event_of(kind, by_somebody=True)):
            if told:
                found[told].add(kind.__name__)
    return found


def _kinds(of: type[Refusal]) -> Iterator[type[Refusal]]:
    yield of
    for kind in of.__subclasses__():
        yield from _kinds(kind)


def _is_documented(kind: type) -> bool:
    return kind.__module__.startswith(f"{errors.__name__}.")
