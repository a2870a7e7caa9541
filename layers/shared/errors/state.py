"""Refusals for the state of things: overtaken by another request, full, or out of reach."""

from datetime import timedelta

from shared.errors.base import Refusal


class TokenQuotaReached(Refusal):
    """The user has as many tokens as anybody may have."""

    code = "too_many_tokens"
    message = "You have as many tokens as you may have. Delete one first."


class Outrun(Refusal):
    """Another request changed the same thing first."""

    code = "outrun"
    message = "Another request changed this first. Try again."


class TrialOver(Outrun):
    """No list of addresses waits to be confirmed: it counts already, or its trial has ended."""

    code = "trial_over"
    message = "No list is on trial: it was confirmed, or has rolled back by itself. Save it again."


class Unavailable(Refusal):
    """Something we rely on does not answer. Nothing was done, or nothing that a repeat would do twice."""

    code = "unavailable"
    message = "The service is busy. Try again in a moment."

    def __init__(self) -> None:
        super().__init__(retry_after=timedelta(seconds=1))
