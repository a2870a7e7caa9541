"""Refusals that many strangers cause at once, counted so that an alarm notices. A metric costs no round trip."""

from aws_lambda_powertools.metrics import MetricUnit

from shared.errors import (
    Refusal,
    SessionForged,
    TokenForged,
    TooManyForgeries,
    TooManyPasswords,
    WrongPassword,
)
from shared.observability import metrics

COUNTED: dict[type[Refusal], str] = {
    WrongPassword: "WrongPasswords",
    TooManyPasswords: "WrongPasswords",
    TokenForged: "ForgedTokens",
    SessionForged: "ForgedTokens",
    TooManyForgeries: "ForgedTokens",
}
"""The metric of each refusal and of those below it. Who has to wait counts as well: a surge is not over by that."""


def count(refusal: Refusal) -> None:
    """Count *refusal*, or the one that it stands for, if it is one of a surge."""
    for met in (refusal, refusal.__cause__):
        for kind in type(met).__mro__:
            if kind in COUNTED:
                metrics.add_metric(COUNTED[kind], MetricUnit.Count, 1)
                return
