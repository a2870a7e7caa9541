"""Whatever changes about second factors ends the other sessions, and is told by e-mail and in the activity."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from shared.storage import users
from shared.storage.engine import commit
from tests.support.calls import Answer, AwsCall, Proceed, intercepted
from tests.support.factors import SECOND, ask, factors_of, signed_in, with_app, with_codes, with_phone
from tests.support.world import PASSWORD, World

NEW = "+48600100201"


@dataclass(frozen=True)
class Change:
    """What its user does with a token, and how it is told: the mail's subject, and the entry's event and detail."""

    make: Callable[[World, str], object]
    subject: str
    event: str
    detail: str


def _drop(factor: str) -> Callable[[World, str], object]:
    return lambda world, token: ask(world, token, "DELETE", f"/account/factors/{factor}")


CHANGES = {
    "a list of recovery codes": Change(
        with_codes, "New recovery codes were made", "authn_recovery_codes_created", "recovery_code"
    ),
    "another app": Change(with_app, "An authenticator app was added", "authn_factor_changed", "totp"),
    "another phone": Change(
        lambda world, token: with_phone(world, token, NEW),
        "Your codes go to another phone",
        "authn_factor_changed",
        "sms",
    ),
    "no app": Change(_drop("totp"), "The authenticator app was removed", "authn_factor_disabled", "totp"),
    "no phone": Change(_drop("sms"), "Codes by SMS were switched off", "authn_factor_disabled", "sms"),
}
"""By what its user has after it; before it they have a phone and an app."""


@pytest.fixture
def mine(world: World) -> str:
    """The session of ann, who has a phone and an app."""
    token = signed_in(world)
    with_app(world, token)
    return token


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_a_change_ends_every_other_session_and_sign_in_under_way_and_keeps_mine(world: World, mine: str, change: str):
    other = signed_in(world, factor="sms")
    pending, code = world.challenge(factor="sms"), world.code()
    world.wait(SECOND)
    CHANGES[change].make(world, mine)
    assert (world.me(mine).status, world.me(other).status) == (200, 401)
    answer = world.verify(pending, code)
    assert (answer.status, answer.error) == (410, "challenge_closed")


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_a_change_is_mailed_and_in_the_activity(world: World, mine: str, change: str):
    made = CHANGES[change]
    heard = len(world.mails)
    made.make(world, mine)
    ((address, subject, text),) = world.mails[heard:]
    assert (address, subject) == ("ann@example.com", made.subject)
    assert "198.51.100.7" in text
    (entry, *_) = ask(world, mine, "GET", "/account/activity").body["entries"]
    assert (entry["event"], entry["detail"]) == (made.event, made.detail)
    assert (entry["actor"], entry["address"], entry["outcome"]) == ("ann", "198.51.100.7", "success")


@pytest.mark.parametrize(
    ("switch_on", "subject", "detail"),
    [
        (with_app, "An authenticator app was added", "totp"),
        (lambda world, token: with_phone(world, token, NEW), "Codes by SMS were switched on", "sms"),
    ],
    ids=["app", "phone"],
)
def test_a_first_factor_ends_the_sessions_that_were_opened_without_one(
    world: World, switch_on: Callable[[World, str], object], subject: str, detail: str
):
    bob = world.add("bob", phone=None)
    other, token = signed_in(world, bob), signed_in(world, bob)
    world.wait(SECOND)
    switch_on(world, token)
    assert (world.me(token).status, world.me(other).status) == (200, 401)
    assert world.mails[-1][:2] == ("bob@example.com", subject)
    (entry, *_) = ask(world, token, "GET", "/account/activity").body["entries"]
    assert (entry["event"], entry["detail"]) == ("authn_factor_enabled", detail)


def test_what_was_only_asked_for_ends_nothing_and_is_told_to_nobody(world: World, mine: str):
    other = signed_in(world, factor="sms")
    heard = len(world.mails)
    ask(world, mine, "POST", "/account/factors/totp")
    ask(world, mine, "POST", "/account/factors/sms", {"phone": NEW})
    assert world.me(other).status == 200
    assert len(world.mails) == heard


def test_my_changes_leave_other_users_alone(world: World, mine: str):
    bob = world.add("bob", phone=None)
    theirs = signed_in(world, bob)
    world.wait(SECOND)
    with_phone(world, mine, NEW)
    assert world.me(theirs).status == 200
    assert factors_of(world, theirs) == {"sms": None, "totp": False, "recovery_codes_left": 0}


REQUESTS = {
    "DELETE /account/factors/totp": None,
    "POST /account/factors/recovery-codes": None,
    "POST /account/logout-everywhere": None,
    "POST /account/logout-others": None,
    "POST /account/password": {"current_password": PASSWORD, "password": "Tulip-Wagon-42"},
}
"""What ends other sessions, and the body that it takes."""


@pytest.mark.parametrize("request_line", sorted(REQUESTS))
def test_a_session_that_is_ended_meanwhile_changes_nothing_and_wins_nothing_back(
    world: World, mine: str, request_line: str
):
    ended: list[AwsCall] = []

    def end_it(call: AwsCall, proceed: Proceed) -> Answer:
        if call.operation == "TransactWriteItems" and not ended:
            ended.append(call)
            commit(users.ending_everything(world.ann.user_id, now=world.now))
        return proceed()

    with intercepted(end_it):
        answer = ask(world, mine, *request_line.split(), REQUESTS[request_line])
    assert (answer.status, answer.error, len(ended)) == (401, "invalid_token", 1)
    assert world.me(mine).status == 401


def test_everybody_sees_their_own_factors_and_only_a_part_of_the_number(world: World, mine: str):
    seen = factors_of(world, mine)
    assert (seen["sms"]["phone"], seen["totp"], seen["recovery_codes_left"]) == ("+48******200", True, 0)
    assert str(world.ann.phone) not in str(seen)


def test_nobody_sees_or_changes_factors_without_a_session(world: World):
    answer = world.call("GET", "/account/factors")
    assert (answer.status, answer.error) == (401, "unauthorized")
    for path in ("sms", "totp"):
        assert world.call("DELETE", f"/account/factors/{path}").status == 401


def test_a_person_may_have_every_factor_and_is_asked_for_their_app_first(world: World, mine: str):
    with_codes(world, mine)
    assert world.sign_in().body["challenge"]["factors"] == ["totp", "sms", "recovery_code"]
