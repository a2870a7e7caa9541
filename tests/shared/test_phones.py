"""One canonical form of a number, wherever it was typed."""

import pytest

from shared import phones
from shared.errors import NotMobile


@pytest.mark.parametrize("typed", ["+48600100200", "0048600100200", " +48 600-100-200 ", "+48 (600) 100 200"])
def test_one_number_has_one_form(typed: str):
    assert phones.canonical(typed) == "+48600100200"


@pytest.mark.parametrize("typed", ["", "600100200", "+48327201201", "+48600", "+999600100200", "x", "+48600100200000"])
def test_what_cannot_get_an_sms_is_refused(typed: str):
    with pytest.raises(NotMobile):
        phones.canonical(typed)
