"""Pages of lists: cursors, which mark where the next one begins and grant no access, and the parameters of a query."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Set

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic_core import PydanticCustomError

from shared.http import bodies
from shared.http.bodies import Event


def written(place: str) -> str:
    """Return the cursor of *place*, in base64 without padding."""
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read(cursor: str) -> str:
    """Return the place of *cursor*, text of a caller: whether it has the form of a place is for the list to check."""
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise PydanticCustomError("not_a_cursor", "not a cursor") from None


def must_say_no_more(event: Event, parameters: Set[str] = frozenset()) -> None:
    """Raise as `must_know` does, and for any property of a body: it might be meant to narrow what is removed."""
    must_know(event, parameters)
    if others := sorted(bodies.json_object(event) if event.get("body") else {}):
        raise RequestValidationError([{"type": "extra_forbidden", "loc": ("body", name)} for name in others])


def must_know(event: Event, parameters: Set[str]) -> None:
    """Raise RequestValidationError for a parameter in the query that is none: a misspelt filter must not return all."""
    unknown = sorted((event.get("queryStringParameters") or {}).keys() - parameters)
    if unknown:
        raise RequestValidationError([{"type": "extra_forbidden", "loc": ("query", name)} for name in unknown])
