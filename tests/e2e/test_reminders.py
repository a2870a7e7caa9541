"""The deployed schedule: it leads to a function that tells whoever is due, and tells them once."""

import json
from datetime import UTC, datetime, timedelta

from tests.e2e.deployment import Stack
from tests.e2e.people import Person

DUE = "Time for a new password"
NEWS = "The rules for passwords were changed"
POLICY = {
    "password_profile": "smsapi",
    "password_change": "remind",
    "password_change_days": 30,
    "longest_idle_minutes": 60,
}


def fire(stack: Stack, function: str = "RemindersFunction", *, at: datetime) -> None:
    """What the schedule of *function* does, that of the reminders each morning."""
    event = {"source": "aws.events", "time": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    name = stack.resources[f"{function}Aliaslive"]
    answer = stack.emulator.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()


def test_whoever_is_due_is_told_once_however_often_the_schedule_fires(stack: Stack, owner: Person):
    token, in_a_month = owner.opens_session(), datetime.now(UTC) + timedelta(days=31)
    owner.may(token, "PUT", "/account/policy", POLICY)
    fire(stack, at=datetime.now(UTC))
    for _ in range(2):
        fire(stack, at=in_a_month)
    assert owner.login in owner.letter(DUE)
    owner.may(token, "PUT", "/account/policy", POLICY)
    fire(stack, at=in_a_month)
    assert [subject for subject, _ in owner.letters()].count(DUE) == 1


def test_the_schedule_leads_to_the_reminders(stack: Stack):
    events = stack.emulator.client("events")
    rule = events.describe_rule(Name=stack.resources["RemindersFunctionDaily"])
    assert (rule["ScheduleExpression"], rule["State"]) == ("cron(0 7 * * ? *)", "ENABLED")
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert target["Arn"] == stack.resources["RemindersFunctionAliaslive"]
