"""The roles of template.yaml: ministack refuses what they do not allow, so they allow what journeys need.

A right that nobody needs would not be missed. Five are taken away, each of another service and most of another
function, and each time a journey fails.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import deployment, ministack_gaps, people
from tests.e2e.deployment import Stack
from tests.e2e.emulator import Emulator
from tests.e2e.people import Answer, Person, bearer

type Step = Callable[[], Answer]

NOTICED_WITHIN = 120  # seconds, through the queue, on a machine that is busy with other tests


@pytest.fixture(scope="module")
def poorer(cloud: Emulator, built: Path) -> Stack:
    """A stack of its own, whose roles lose a permission now and then."""
    return deployment.deploy(cloud, built, "furtka-poorer")


def test_with_the_roles_of_the_template_a_sign_in_succeeds(owner: Person):
    assert owner.opens_session()


def verify(person: Person) -> Step:
    """It comes first: once the keys are read, they are kept for minutes."""
    challenge = person.challenge()
    code = person.code()
    assert person.sends("POST", "/verify-code", {}).status == 422, "it is started, which takes long, and read no key"
    return lambda: person.answers(challenge, code)


def sign_in(person: Person) -> Step:
    return person.signs_in


def enrol_app(person: Person) -> Step:
    token = person.opens_session()
    return lambda: person.sends("POST", "/account/factors/totp", headers=bearer(token))


TAKEN = [
    ("VerifyCodeFunction", "secretsmanager:GetSecretValue", verify),
    ("LoginFunction", "dynamodb:PutItem", sign_in),
    ("LoginFunction", "sqs:SendMessage", sign_in),
    ("FactorsFunction", "kms:Encrypt", enrol_app),
]


@pytest.mark.parametrize(("function", "permission", "ready"), TAKEN, ids=[permission for _, permission, _ in TAKEN])
def test_a_journey_notices_a_permission_that_is_missing(
    poorer: Stack, function: str, permission: str, ready: Callable[[Person], Step]
):
    step = ready(people.member(poorer))
    denied = poorer.logs().count("AccessDenied")
    with without(poorer, function, permission):
        answer = step()
    assert (answer.status, answer.body["error"]) == (503, "unavailable")
    assert poorer.logs().count("AccessDenied") > denied, "the log says why"
    assert ready(people.member(poorer))().status in (200, 201), "it is the permission that was missing"


def test_a_letter_that_may_not_be_sent_is_missed(poorer: Stack):
    person = people.member(poorer)
    got, denied = len(person.letters()), poorer.logs().count("AccessDenied")
    with without(poorer, "NotifyFunction", "ses:SendEmail"):
        assert person.sends("POST", "/password-reset", {"login": person.login}).status in (200, 202, 204)
        give_up = time.monotonic() + NOTICED_WITHIN
        while poorer.logs().count("AccessDenied") == denied:
            assert time.monotonic() < give_up, "nobody was refused"
            time.sleep(0.5)
        assert len(person.letters()) == got


@contextmanager
def without(stack: Stack, function: str, permission: str) -> Iterator[None]:
    """Take *permission* from the role of a function, and give it back at the end."""
    iam, role = stack.emulator.client("iam"), stack.resources[f"{function}Role"]
    policies = {name: _policy(iam, role, name) for name in iam.list_role_policies(RoleName=role)["PolicyNames"]}
    taken = {permission, ministack_gaps.AS_MINISTACK_ASKS.get(permission, {}).get("Action", permission)}
    assert any(taken & set(ministack_gaps.actions(one)) for each in policies.values() for one in each["Statement"])
    try:
        for name, policy in policies.items():
            _put(iam, role, name, policy | {"Statement": [_less(one, taken) for one in policy["Statement"]]})
        yield
    finally:
        for name, policy in policies.items():
            _put(iam, role, name, policy)


def _less(statement: dict[str, Any], taken: set[str]) -> dict[str, Any]:
    left = [action for action in ministack_gaps.actions(statement) if action not in taken]
    return statement | {"Action": left or ["sts:GetCallerIdentity"]}


def _policy(iam: Any, role: str, name: str) -> dict[str, Any]:
    return dict(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])


def _put(iam: Any, role: str, name: str, policy: dict[str, Any]) -> None:
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
