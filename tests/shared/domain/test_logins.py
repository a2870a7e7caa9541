"""Logins that may be created: none reads as a link, as a telephone number or as a sentence in an e-mail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import policy
from shared.domain import activity, audit_events, failure_marks
from shared.domain.logins import RESERVED, canonical, fault, fault_of_subuser


@pytest.mark.parametrize(
    "login",
    [
        *("demo", "jan.kowalski", "shop_eu-2", "r+d", "o'brien", "o'brien@example.org", "jan.nowak@shop.example.com"),
        *("x" * policy.MAX_LOGIN_CHARACTERS, "shop2026", "a-1.2.3", "anna@dept"),
    ],
)
def test_a_login_may_be_made_of_what_an_address_may(login: str):
    assert fault(login) is None


@pytest.mark.parametrize(
    "login",
    [
        "",
        "anna maria",
        "a b<script>",
        "a\tb",
        "a\u202eb",
        "a\u200bb",
        "anna:nowak",
        "jan/kowalski",
        "żółw",
        "..",
        "@",
        "a\n",
    ],
)
def test_a_login_is_not_made_of_anything_else(login: str):
    assert fault(login) == "string_pattern_mismatch"


@pytest.mark.parametrize(
    "login",
    [
        *("evil.com", "www.evil", "visit-evil.com-now", "evil.com_now", "panel.example.com", "evil.pl", "a.berlin.b"),
        *("call.us@evil.com@x", "www.evil.com@mail.example.org", "evil.com+x@mail.example.org", "10.0.0.1"),
        *("xn--e1afmkfd", "evil.museum"),
    ],
)
def test_a_login_does_not_read_as_a_host(login: str):
    assert fault(login) == "reads_as_host"


@pytest.mark.parametrize(
    "login", ["call-+48700123456", "48.7001.234", "7-0-0-1-2-3-4", "7001234", "call-700_123_4@example.com", "7'001+234"]
)
def test_a_login_does_not_read_as_a_telephone_number(login: str):
    assert fault(login) == "reads_as_number"


@pytest.mark.parametrize(
    "word",
    [activity.OPERATOR, activity.LINK, activity.FINDER, activity.PLATFORM, audit_events.NONE, failure_marks.MANY],
)
def test_nobody_acts_under_a_word_by_which_the_logs_name_no_login(word: str):
    assert fault(canonical(f" {word.upper()} ")) == "reserved"
    assert fault(f"{word}-of-acme") is None


def test_no_other_word_is_kept_from_anybody():
    named = {
        activity.OPERATOR,
        activity.LINK,
        activity.FINDER,
        activity.PLATFORM,
        audit_events.NONE,
        failure_marks.MANY,
    }
    assert named == RESERVED


def test_a_login_has_at_most_as_many_characters_as_an_address():
    assert fault("x" * (policy.MAX_LOGIN_CHARACTERS + 1)) == "string_too_long"


@pytest.mark.parametrize(("characters", "found"), [(32, None), (33, "string_too_long")])
def test_a_sub_users_name_has_no_room_for_a_sentence(characters: int, found: str | None):
    assert fault_of_subuser("x" * characters) == found
    assert fault_of_subuser(f"{'x' * characters}@example.com") == found


def test_a_sub_users_address_has_room_for_its_domain():
    domain = "a" * (policy.SUBUSER_ADDRESS_MAX_CHARACTERS - len("mia@") - len(".example")) + ".example"
    assert fault_of_subuser(f"mia@{domain}") is None
    assert fault_of_subuser(f"mia@b{domain}") == "string_too_long"


@given(st.text(max_size=40))
def test_whatever_may_be_created_is_canonical(login: str):
    if fault(login) is None:
        assert canonical(login) == login
