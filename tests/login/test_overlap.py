"""A sign-in that was judged by credentials which changed meanwhile opens nothing, whichever of the two came first."""

from datetime import timedelta

from passwords.flow import change_password
from shared import policy
from shared.auth.session_opening import NewSession
from shared.auth.sessions import by_session
from shared.domain import identifiers
from shared.domain.origins import Origin
from tests.support.calls import Answer, AwsCall, Proceed, intercepted
from tests.support.events import Reply
from tests.support.world import PASSWORD, Person, World

SECOND = timedelta(seconds=1)
NEW_PASSWORD = "Tulip-Wagon-42"


def _token(world: World, person: Person) -> str:
    opened = world.session(person) if person.phone else world.sign_in(person).body
    return str(opened["session"]["token"])


def _sign_in_while_the_password_changes(world: World, person: Person) -> tuple[Reply, str]:
    """The change came in a second before the sign-in, and is written down just after the sign-in has looked.

    Returns the answer to the sign-in, and the token of the one who changed it.
    """
    origin = Origin("198.51.100.8", "Check/1.0")
    caller = by_session(_token(world, person), origin=origin, now=world.now)
    asked_at = world.now
    waiting = [lambda: change_password(caller, PASSWORD, NEW_PASSWORD, origin=origin, now=asked_at)]
    changed: list[NewSession] = []

    def meanwhile(call: AwsCall, proceed: Proceed) -> Answer:
        answer = proceed()
        if "logins" in call.tables and waiting:
            changed.append(waiting.pop()())
        return answer

    world.wait(SECOND)
    with intercepted(meanwhile):
        answer = world.sign_in(person)
    return answer, identifiers.write(changed[0].token)


def test_a_session_is_not_opened_by_a_password_that_was_changed_meanwhile(world: World):
    bob = world.add("bob", phone=None)
    answer, mine = _sign_in_while_the_password_changes(world, bob)
    assert (answer.status, answer.error) == (409, "outrun")
    assert world.me(mine).status == 200


def test_a_sign_in_that_meets_a_log_out_everywhere_is_told_to_try_again_and_was_no_wrong_password(world: World):
    bob = world.add("bob", phone=None)
    token = _token(world, bob)
    headers = {"Authorization": f"Bearer {token}"}
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS - 1):
        assert world.sign_in(bob, password="Wrong-Pass-1").status == 401

    def log_out_everywhere(call: AwsCall, proceed: Proceed) -> Answer:
        if "sessions" in call.tables and call.operation == "TransactWriteItems" and waiting:
            assert waiting.pop()().status == 204
        return proceed()

    waiting = [lambda: world.post("/account/logout-everywhere", headers=headers)]
    with intercepted(log_out_everywhere):
        answer = world.sign_in(bob)
    assert (answer.status, answer.error) == (409, "outrun")
    world.wait(SECOND)
    assert world.sign_in(bob, password="Wrong-Pass-1").status == 401
    assert world.sign_in(bob).status == 200


def test_a_challenge_put_for_a_password_that_was_changed_meanwhile_opens_nothing(world: World):
    answer, mine = _sign_in_while_the_password_changes(world, world.ann)
    verified = world.verify(answer.body["challenge"]["id"], world.code())
    assert (verified.status, verified.error) == (410, "challenge_closed")
    assert world.me(mine).status == 200


def test_a_session_opened_while_a_second_factor_is_switched_on_does_not_go_on(world: World):
    bob = world.add("bob", phone=None)
    mine = _token(world, bob)
    headers = {"Authorization": f"Bearer {mine}"}
    asked = world.post("/account/factors/sms", {"phone": "+48600100300"}, headers=headers)
    proof = {"challenge_id": asked.body["challenge"]["id"], "code": world.code()}
    world.wait(SECOND)
    thief = _token(world, bob)
    world.now -= SECOND  # the proof came in before the thief did, and is written down after them
    assert world.post("/account/factors/sms/confirm", proof, headers=headers).status == 200
    world.now += SECOND
    assert (world.me(thief).status, world.me(mine).status) == (401, 200)
