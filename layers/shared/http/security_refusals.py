"""Which refusals are told as audit events, and by what: the line in the log, or the row that counted the attempt."""

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
}
"""Nearest ancestor counts. None: not from the log. Everything else is a mistake of the caller, or a state."""


def marks(refusal: Refusal, user_agent: str) -> dict[str, Any]:
    """Return what the line in the log about *refusal* says besides, so that it is told; nothing for no security reason.

    A browser is named by what we know of it: a User-Agent may say anything, and the log keeps no such text.
    """
    told = event_of(type(refusal))
    if isinstance(refusal, WrongPassword) and is_caller_known():
        told = Refused.PROOF_FAILED
    return {"audit_event": told, "device": browsers.named(user_agent)} if told else {}


def event_of(refusal: type[Refusal]) -> Refused | None:
    return next(TOLD[kind] for kind in refusal.__mro__ if kind in TOLD)
