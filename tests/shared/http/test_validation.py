"""What is said of a field that is too long or too short fits what was sent: a text or a list."""

from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from shared.http.smsapi.parameters import Listed, Text
from shared.http.validation import field_errors


class Sent(BaseModel):
    text: Annotated[Text, Field(min_length=1, max_length=4)] = "text"
    listed: Annotated[Listed, Field(min_length=1, max_length=2)] = ["one"]
    array: Annotated[list[str], Field(min_length=1, max_length=2)] = ["one"]


@pytest.mark.parametrize(
    ("field", "value", "explained"),
    [
        ("text", "", "This is too short."),
        ("text", "texts", "This is too long."),
        ("text", 12345, "This is too long."),
        ("listed", "one,two,three", "There are too many items."),
        ("listed", [], "At least one item is required."),
        ("array", ["one", "two", "three"], "There are too many items."),
        ("array", [], "At least one item is required."),
    ],
)
def test_a_length_is_explained_by_what_was_sent(field: str, value: Any, explained: str):
    with pytest.raises(ValidationError) as refused:
        Sent.model_validate({field: value})
    [error] = field_errors(RequestValidationError(refused.value.errors()))
    assert error.message == explained
