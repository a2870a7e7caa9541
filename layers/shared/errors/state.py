"""Refusals because of a state: changed by another request, at a maximum, or unavailable."""

from datetime import timedelta

from shared.errors.base import Refusal


class TokenQuotaReached(Refusal):
    """The user has the maximum number of tokens."""

    code = "too_many_tokens"
    message = "You have the maximum number of tokens. Delete one first."


class Outrun(Refusal):
    """Another request changed the same thing first."""

    code = "outrun"
    message = "Another request changed this first. Try again."


class TrialOver(Outrun):
    """No IP list is on trial: it was confirmed, or the trial has ended."""

    code = "trial_over"
    message = "No IP list is on trial: it was confirmed, or the trial has ended. Save the list again."


class HoldNeeded(Refusal):
    """Operators changed another of address, phone and factors lately: this one has to wait."""

    code = "hold_needed"
    message = (
        "Operators change one of address, phone and factors at once, and another one only days later. "
        "Recover the login instead, which waits: accounts recover."
    )


class StillHeld(Refusal):
    """The recovery waits for its time, so that the user can cancel it."""

    code = "still_held"
    message = "The recovery has to wait, so that the user can cancel it."


class NoRecovery(Refusal):
    """No recovery of this login is pending."""

    code = "no_recovery"
    message = "No recovery of this login is pending."


class Unavailable(Refusal):
    """A dependency does not answer. The request may have been carried out: check before you create anything again."""

    code = "unavailable"
    message = "The service is busy. Try again in a moment."

    def __init__(self) -> None:
        super().__init__(retry_after=timedelta(seconds=1))
