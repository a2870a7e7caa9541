"""`furtka accounts suspend` and `resume`: one switch for a whole account, and everybody in it is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import authorizer.handler
import notify.reminders
import notify.shipments
from furtka.cli import main
from shared import policy
from shared.domain.identifiers import account_of
from shared.storage import reminders, users
from shared.storage.engine import commit
from tests.account.ip_lists import account_at, colleague
from tests.support import sending, tokens
from tests.support.events import Context, Reply, authorizer_event
from tests.support.factors import SECOND, ask, signed_in
from tests.support.sending import ANN_CALLS, PL
from tests.support.world import NOON, Person, World

SUSPENDED = (403, "account_suspended")
AN_HOUR = timedelta(hours=1)


def suspend(login: str = "ann") -> None:
    assert main(["accounts", "suspend", "--login", login]) == 0


def resume(login: str = "ann") -> None:
    assert main(["accounts", "resume", "--login", login]) == 0


def said(answer: Reply) -> tuple[int, str]:
    return answer.status, answer.error


def fire(handler: Any, world: World) -> None:
    """A schedule fires, as EventBridge writes its event."""
    handler({"time": f"{world.now:%Y-%m-%dT%H:%M:%SZ}"}, Context(60_000))


def subjects(world: World, person: Person) -> list[str]:
    return [subject for address, subject, _ in world.mails if address == person.email]


def test_a_suspended_account_lets_in_no_owner_no_sub_user_and_no_program_and_a_resumed_one_lets_in_all(world: World):
    clerk = colleague(world, world.ann, "clerk")
    sessions = [signed_in(world), signed_in(world, clerk)]
    programs = [tokens.given(world), tokens.given(world, clerk)]
    suspend("clerk")
    for token in (*sessions, *programs):
        assert said(ask(world, token, "GET", "/profile")) == SUSPENDED
    assert said(world.sign_in()) == said(world.sign_in(clerk)) == SUSPENDED
    resume()
    for token in (*sessions, *programs):
        assert ask(world, token, "GET", "/profile").status == 200
    assert world.sign_in().status == world.sign_in(clerk).status == 200


def test_whoever_is_refused_is_told_where_to_write_to(world: World):
    suspend()
    assert world.sign_in().body["message"] == "This account is suspended. Write to support@example.com."


def test_another_account_is_not_concerned(world: World):
    bob = world.add("bob")
    suspend()
    assert world.sign_in(bob).status == 200


def test_a_wrong_password_is_answered_as_ever(world: World):
    before = world.sign_in(password="Wrong-Horse-7")
    suspend()
    assert world.sign_in(password="Wrong-Horse-7").text == before.text


def test_enabling_a_login_does_not_lift_the_suspension_and_disabling_one_leaves_the_others(world: World):
    clerk = colleague(world, world.ann, "clerk")
    suspend()
    assert main(["accounts", "enable", "--login", "ann"]) == 0
    assert said(world.sign_in()) == SUSPENDED
    resume()
    assert main(["accounts", "disable", "--login", "ann"]) == 0
    assert world.sign_in().status == 401
    assert world.sign_in(clerk).status == 200


def test_the_authorizer_tells_another_api_why(world: World):
    shown = f"Bearer {tokens.given(world)}"
    suspend()
    answer = authorizer.handler.lambda_handler(authorizer_event(shown, at=world.now), Context())
    (statement,) = answer["policyDocument"]["Statement"]
    assert (statement["Effect"], answer["context"]["error"]) == ("Deny", "account_suspended")
    assert "support@example.com" in answer["context"]["message"]


def test_a_token_is_not_active_for_those_who_ask_about_it(world: World):
    held = tokens.make(world.ann.user_id, now=world.now)
    client = tokens.make(world.ann.user_id, "client", now=world.now)
    access = tokens.get_token(world, client)
    assert tokens.look(world, client, held.secret)["active"]
    suspend()
    assert tokens.send(world, "/oauth/introspect", {"token": access}, client).error == "unauthorized_client"
    assert said(ask(world, access, "GET", "/profile")) == SUSPENDED
    assert world.call("GET", "/ping", headers=held.bearer).body["authorized"] is False


def test_a_challenge_from_before_opens_nothing_and_no_new_code_is_sent(world: World):
    challenge_id, code = world.challenge(), world.code()
    suspend()
    assert said(world.verify(challenge_id, code)) == SUSPENDED
    world.wait(policy.RESEND_AFTER)
    assert said(world.post("/verify-code/resend", {"challenge_id": challenge_id})) == SUSPENDED
    assert len(world.sms) == 1


def test_a_code_that_waits_on_the_queue_is_not_sent(world: World):
    world.challenge()
    suspend()
    assert world.sms == []


def test_no_reset_link_is_sent_and_whoever_asks_is_answered_as_ever(world: World):
    suspend()
    assert world.post("/password-reset", {"login": "ann"}).status == 204
    assert subjects(world, world.ann) == ["Your account was suspended"]


@pytest.mark.parametrize("kind", ["reset", "notme"])
def test_a_link_from_before_does_nothing_until_the_account_is_resumed(world: World, kind: str):
    world.session()
    world.post("/password-reset", {"login": "ann"})
    body: dict[str, str] = {"token": world.link(kind)}
    path, more, done = {
        "reset": ("/password-reset/confirm", {"password": "Tulip-Wagon-42"}, 200),
        "notme": ("/not-me", {}, 204),
    }[kind]
    suspend()
    assert said(world.post(path, body | more)) == SUSPENDED
    resume()
    assert world.post(path, body | more).status == done


def test_an_operator_invites_nobody_into_a_suspended_account(world: World, capsys: pytest.CaptureFixture[str]):
    suspend()
    assert main(["accounts", "invite", "--login", "ann"]) == 2
    assert "suspended" in capsys.readouterr().err


def test_a_scheduled_message_is_given_back_at_its_time_and_one_whose_time_is_later_still_leaves(world: World):
    sending.give_points(account_of(world.ann.user_id), sending.PLENTY)
    for later in (AN_HOUR, 3 * AN_HOUR):
        sending.send(world.ann.user_id, ANN_CALLS, send_at=NOON + later, now=NOON)
    suspend()
    world.wait(AN_HOUR)
    fire(notify.shipments.lambda_handler, world)
    assert (world.sms, sending.balance(world.ann.user_id)) == ([], sending.PLENTY - PL)
    resume()
    world.wait(2 * AN_HOUR)
    fire(notify.shipments.lambda_handler, world)
    assert (len(world.sms), sending.balance(world.ann.user_id)) == (1, sending.PLENTY - PL)


def test_a_message_that_waits_on_the_queue_is_not_sent_and_its_points_come_back(world: World):
    sending.give_points(account_of(world.ann.user_id), sending.PLENTY)
    sending.send(world.ann.user_id, ANN_CALLS, now=NOON)
    suspend()
    assert world.sms == []
    world.wait(policy.SHIPMENT_GIVEN_UP_AFTER)
    fire(notify.shipments.lambda_handler, world)
    assert sending.balance(world.ann.user_id) == sending.PLENTY


def test_nobody_is_reminded_of_a_password_or_a_token_meanwhile(world: World):
    account = account_at(world.ann)
    user, _ = users.find(world.ann.user_id)
    assert user
    reminding = replace(account, change="remind", change_every=timedelta(days=30))
    commit(reminders.scheduling(user, reminding, password_set_at=user.password_set_at))
    tokens.make(world.ann.user_id, now=world.now, expires_at=world.now + timedelta(days=31))
    suspend()
    world.wait(timedelta(days=30))
    fire(notify.reminders.lambda_handler, world)
    assert subjects(world, world.ann) == ["Your account was suspended"]


def test_every_user_is_told_of_both_and_the_log_says_that_it_was_an_operator(world: World):
    clerk = colleague(world, world.ann, "clerk", language="pl")
    token = signed_in(world)
    suspend()
    resume()
    assert subjects(world, world.ann)[-2:] == ["Your account was suspended", "Your account is no longer suspended"]
    assert subjects(world, clerk) == ["Twoje konto zostało zawieszone", "Twoje konto nie jest już zawieszone"]
    world.wait(SECOND)
    entries = ask(world, token, "GET", "/account/activity").body["entries"]
    assert {("account_suspended", "operator"), ("account_resumed", "operator")} <= {
        (entry["event"], entry["actor"]) for entry in entries
    }


def test_an_operator_hears_that_there_was_nothing_to_switch(world: World, capsys: pytest.CaptureFixture[str]):
    assert main(["accounts", "resume", "--login", "ann"]) == 2
    suspend()
    assert main(["accounts", "suspend", "--login", "ann"]) == 2
    told = capsys.readouterr().err
    assert "the account is not suspended" in told
    assert "the account is suspended already" in told
    assert main(["accounts", "suspend", "--login", "nobody"]) == 2
