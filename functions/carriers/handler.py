"""The door of carriers: SMSAPI calls it when a message that we gave it gets a new state."""

from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from carriers import flow
from shared import policy
from shared.delivery import carrier_reports
from shared.errors import InvalidRequest, NotFound, Unavailable
from shared.http.app import serve
from shared.http.bodies import TEXT
from shared.http.dependencies import Carrier, Now
from shared.http.routing import Routes

routes = Routes()

PATH = f"{carrier_reports.PATH}/{{secret}}"

INSTANT_DIGITS = 10

States = Annotated[str, Query(max_length=policy.CARRIER_REPORT_CHARACTERS, examples=["404"])]

Secret = Annotated[
    str,
    Path(
        description="The secret in the address that we gave to SMSAPI with the messages.",
        examples=["1.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="],
    ),
]

Values = Annotated[str, Query(max_length=policy.CARRIER_REPORT_CHARACTERS)]


@routes.get(PATH, refuses=[NotFound, InvalidRequest, Unavailable])
def get_smsapi(
    secret: Secret,  # noqa: ARG001 - for the contract: Carrier has compared it
    carrier: Carrier,  # noqa: ARG001 - whoever is not the carrier gets no further
    *,
    idx: Values,
    status: States,
    now: Now,
    donedate: Values = "",
) -> Response[str]:
    """Report what became of messages: SMSAPI as our carrier calls this.

    The path has a secret. Each parameter has the values of up to five messages with commas between them. The answer is
    `OK` for messages that are not known too, so that they are not reported again.
    """
    flow.take(_told(idx, status, donedate, now=now))
    return Response(200, TEXT, "OK")


def _told(idx: str, status: str, donedate: str, *, now: datetime) -> list[tuple[str, str, datetime]]:
    names, states, instants = idx.split(","), status.split(","), donedate.split(",")
    few = list(zip(names, states, strict=False))[: policy.REPORTS_AT_ONCE]
    return [
        (name, state, _instant(instants[place] if place < len(instants) else "", now=now))
        for place, (name, state) in enumerate(few)
    ]


def _instant(text: str, *, now: datetime) -> datetime:
    """Return the instant in *text*, seconds since 1970; *now* for anything else, and for one that is to come."""
    if text.isascii() and text.isdigit() and len(text) <= INSTANT_DIGITS:
        return min(datetime.fromtimestamp(int(text), UTC), now)
    return now


lambda_handler = serve(routes)
