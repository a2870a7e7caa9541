"""Instants as every release of SMSAPI's clients reads them."""

from datetime import datetime
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema

Instant = Annotated[
    datetime,
    PlainSerializer(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}+00:00", return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""UTC to the second, with an offset: Python's client before 2.4.0 cannot read `Z`, nor any a fraction.

Our own routes write `Z`, which needs no percent-encoding where an instant is put into a query.
"""
