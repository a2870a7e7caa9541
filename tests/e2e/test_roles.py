"""The roles of template.yaml: ministack refuses what they do not allow, so they allow what signing in needs."""

from pathlib import Path

import pytest

from tests.e2e import deployment, people
from tests.e2e.deployment import Stack
from tests.e2e.emulator import Emulator
from tests.e2e.people import Person


@pytest.fixture(scope="module")
def poorer_stack(cloud: Emulator, built: Path) -> Stack:
    """The template, but for one permission: whoever answers /login may add no challenge and no session."""
    template = deployment.lacking(built, "LoginFunction", "dynamodb:PutItem")
    return deployment.deploy(cloud, template, "furtka-poorer")


def test_with_the_roles_of_the_template_a_sign_in_succeeds(owner: Person):
    assert owner.opens_session()


def test_with_one_permission_less_it_fails_and_the_log_says_why(poorer_stack: Stack):
    answer = people.member(poorer_stack).signs_in()
    assert (answer.status, answer.body["error"]) == (503, "unavailable")
    assert "AccessDenied" in poorer_stack.logs()
