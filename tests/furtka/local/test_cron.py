"""EventBridge's expressions, as its documentation reads them."""

from datetime import datetime

import pytest

from furtka.complaint import Complaint
from furtka.local.cron import Expression


def after(instant, text, zone="UTC"):
    found = Expression.read(text, zone).after(datetime.fromisoformat(instant))
    return found and found.isoformat()


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("rate(1 minute)", "2026-11-22T10:31:30+00:00"),
        ("rate(5 days)", "2026-11-27T10:30:30+00:00"),
        ("cron(0 12 * * ? *)", "2026-11-22T12:00:00+00:00"),
        ("cron(30 10 * * ? *)", "2026-11-23T10:30:00+00:00"),
        ("cron(0/15 * * * ? *)", "2026-11-22T10:45:00+00:00"),
        ("cron(15 8 ? * MON-FRI *)", "2026-11-23T08:15:00+00:00"),
        ("cron(0 0 ? * 1 *)", "2026-11-29T00:00:00+00:00"),
        ("cron(0 8 1 JAN,jul ? *)", "2027-01-01T08:00:00+00:00"),
        ("cron(0 8 29 2 ? *)", "2028-02-29T08:00:00+00:00"),
        ("cron(0 8 * * ? 2025)", None),
    ],
)
def test_a_schedule_is_due_when_its_expression_says(text, due):
    assert after("2026-11-22T10:30:30+00:00", text) == due


def test_a_schedule_follows_the_clocks_of_its_own_country():
    assert after("2026-10-24T10:00:00+00:00", "cron(0 9 * * ? *)", "Europe/Warsaw") == "2026-10-25T09:00:00+01:00"


@pytest.mark.parametrize(
    "text",
    ["", "rate(0 days)", "cron(0 12 * *)", "cron(60 * * * ? *)", "cron(0 0 L * ? *)", "cron(5-1 * * * ? *)"],
)
def test_an_expression_that_can_not_be_followed_is_refused_at_once(text):
    with pytest.raises(Complaint, match="can't be followed"):
        Expression.read(text, "UTC")


def test_a_zone_that_does_not_exist_is_refused_at_once():
    with pytest.raises(Complaint, match="Europe/Atlantis"):
        Expression.read("rate(1 day)", "Europe/Atlantis")
