"""Least privilege of functions without a route: what they do in these journeys is what their roles grant, and no more.

Each journey is a test that stands elsewhere. It is run once more, and the calls of the function are written down.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.proofs.test_rights import ENTRIES, FUNCTIONS, Rights, _granted
from tests.support.template import ROOT

JOURNEYS: dict[str, list[str]] = {
    "tests/account/test_required_factor.py": ["test_whoever_enabled_one_or_is_suspended_is_not_reminded"],
    "tests/canary/test_canary.py": ["test_it_signs_in_with_its_app_and_tries_to_send"],
    "tests/contacts/test_tasks.py": ["test_the_role_grants_what_tasks_need_and_nothing_else"],
    "tests/login/test_half_sign_ins.py": ["test_the_link_about_many_places_rescues_as_well"],
    "tests/login/test_leaked_password.py": ["test_a_notice_that_comes_twice_tells_once"],
    "tests/messages/test_delivery_reports.py": [
        "test_a_message_that_is_stopped_is_reported_as_such",
        "test_a_message_that_is_stopped_is_reported_too",
    ],
    "tests/messages/test_sms.py": ["test_it_goes_under_the_name_that_is_asked_for"],
    "tests/messages/test_sms_groups.py": ["test_everybody_in_it_gets_it"],
    "tests/messages/test_taken_away.py": [
        "test_a_token_that_expired_or_was_rotated_has_not_been_taken_away",
        "test_the_idx_of_what_did_not_leave_may_be_used_again",
        "test_what_a_sub_user_may_not_do_any_more_does_not_leave_and_their_points_come_back",
        "test_what_did_not_leave_counts_as_no_repeat",
    ],
    "tests/notify/test_delivery_events.py": [],
    "tests/notify/test_expiries.py": ["test_neither_pass_fails_because_of_the_other"],
    "tests/notify/test_large_orders.py": ["test_an_order_whose_step_was_lost_goes_on"],
    "tests/notify/test_notify.py": [
        "test_a_code_goes_by_end_user_messaging_where_that_is_the_carrier",
        "test_smsapis_trouble_is_told_of_and_a_numbers_is_not",
        "test_where_a_refusal_comes_without_the_row_the_row_is_read",
    ],
    "tests/notify/test_put_off.py": [
        "test_a_customers_message_that_came_too_fast_waits_too",
        "test_an_email_that_came_too_fast_waits_too",
        "test_where_the_queue_does_not_answer_the_message_stays_on_it",
    ],
    "tests/reports/test_reports.py": ["test_a_report_is_given_up_after_a_day"],
}
"""Tests by file; all of the file where none is named."""

ELSEWHERE = {
    "AuditFunction": "tests/audit/test_handler.py",
    "AuthorizerFunction": "tests/authorizer/test_rights.py",
}
BACKGROUND = sorted(set(ENTRIES.values()) - set(FUNCTIONS.values()) - set(ELSEWHERE))


@pytest.mark.parametrize("function", BACKGROUND)
def test_a_role_grants_what_its_journeys_need_and_nothing_else(function: str):
    assert _used()[function] == _granted(function)


def test_every_other_function_is_proved_elsewhere():
    assert [path for path in ELSEWHERE.values() if not (ROOT / path).is_file()] == []


def _used() -> dict[str, Rights]:
    failed, lines = _heard()
    assert not failed, failed
    used: dict[str, Rights] = defaultdict(set)
    for entry, action, resource in map(json.loads, lines):
        used[ENTRIES[entry]].add((action, resource))
    return used


@cache
def _heard() -> tuple[str, list[str]]:
    """Run the journeys once. Return why they failed, and lines of entry point, action and resource of each call."""
    with TemporaryDirectory() as folder:
        heard = Path(folder) / "heard"
        tests = [f"{path}::{test}" for path, named in JOURNEYS.items() for test in named]
        tests += [path for path, named in JOURNEYS.items() if not named]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "tests.support.heard_rights", "--heard", heard, "-q", *tests],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout if done.returncode else "", heard.read_text().splitlines()
