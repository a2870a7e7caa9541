"""A refusal: a stable code, a message for people, and how long to wait."""

from datetime import timedelta

import pytest

from shared.errors.base import Refusal


class Stern(Refusal):
    """A refusal with a code of its own."""

    code = "stern"
    message = "No."


class Unknown(Stern):
    """A reason that no stranger learns."""


def test_a_refusal_without_a_code_looks_like_its_parent():
    assert (Unknown().code, Unknown().message, str(Unknown())) == ("stern", "No.", "stern")


@pytest.mark.parametrize("wait", [None, timedelta(0), timedelta(seconds=1.5)])
def test_a_refusal_keeps_the_time_to_wait_as_it_was_given(wait: timedelta | None):
    assert Refusal(retry_after=wait).retry_after == wait


def test_without_a_time_to_wait_none_is_told():
    assert (Refusal().retry_after, str(Refusal())) == (None, "refused")
