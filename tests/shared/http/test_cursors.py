"""Cursors lead to the next page and back, whatever a caller writes in their place; unknown parameters are refused."""

import pytest
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from shared.http import cursors


@given(st.text())
def test_a_cursor_is_read_as_it_was_written_and_has_no_sign_that_a_query_would_escape(place: str):
    place = place.encode(errors="replace").decode()
    cursor = cursors.written(place)
    assert cursors.read(cursor) == place
    assert "=" not in cursor


@pytest.mark.parametrize("cursor", ["_", "\xe9", "_w", "gA", "\ud83d"])
def test_what_is_no_cursor_is_refused(cursor: str):
    with pytest.raises(PydanticCustomError):
        cursors.read(cursor)


def test_an_unknown_parameter_is_named():
    cursors.must_know({"queryStringParameters": None}, {"limit"})
    cursors.must_know({"queryStringParameters": {"limit": "1"}}, {"limit"})
    with pytest.raises(RequestValidationError) as refused:
        cursors.must_know({"queryStringParameters": {"limits": "1"}}, {"limit"})
    assert refused.value.errors()[0]["loc"] == ("query", "limits")
