"""What AWS tells of e-mails and SMS: whose mailbox bounces is shown, messages get new states, and nobody is fooled."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto.backends import get_backend

from furtka import accounts as operator
from notify import delivery_event_flow, delivery_events
from shared import policy
from shared.delivery import carrier_reports, sms
from shared.delivery.carrier_events import STATES, read
from shared.domain.email_addresses import with_ascii_domain
from shared.domain.identifiers import account_of
from shared.domain.messages import ACCEPTED, DELIVERED, EXPIRED, REJECTED, STATUSES, UNDELIVERED
from shared.errors import Unavailable
from shared.observability import metrics
from shared.storage import accounts, mailboxes, users
from shared.storage.engine import commit
from tests.messages.conftest import Shop, program
from tests.support.calls import FAULTS, failing, overheard
from tests.support.delivery_events import of_mail, of_sms
from tests.support.events import Context, records
from tests.support.factors import signed_in
from tests.support.metrics import unforeseen
from tests.support.sending import give_points, subuser
from tests.support.template import statements
from tests.support.world import ACCOUNT, NOON, Person, World, new_world

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
NEW = "ann@new.example.com"


@pytest.fixture
def aws() -> Iterator[None]:
    """Instead of the one of this folder, in which there is nobody."""
    yield
    metrics.clear_metrics()


@pytest.fixture
def world(aws: None) -> Iterator[World]:
    with new_world() as found:
        yield found


def take(world: World, *bodies: str) -> list[int]:
    """Hand a batch to the function; the places of those that stay on the queue come back."""
    event = records(list(bodies), at=world.now, queue="events")
    failures = delivery_events.lambda_handler(event, Context(15_000))["batchItemFailures"]  # type: ignore[arg-type]
    return [int(failure["itemIdentifier"].removeprefix("message-")) for failure in failures]


def told(world: World, what: str, person: Person, address: str = "", *, sent: timedelta = -SECOND, **about: Any) -> str:
    """Return the event of an e-mail that was sent to *person* so long ago."""
    at = about.pop("at", world.now)
    return of_mail(what, address or person.email, person.user_id, sent_at=world.now + sent, at=at, **about)


def shown(world: World, person: Person) -> Any:
    """Return what the person is told of their own mailbox."""
    token = signed_in(world, person)
    return world.call("GET", "/account/email", headers={"Authorization": f"Bearer {token}"}).body["mail_trouble"]


def reason(world: World, person: Person) -> str | None:
    user, _ = users.find(person.user_id)
    assert user
    trouble = user.mailbox_trouble
    return trouble.worst[0] if trouble and trouble.worst else None


# --- Mailboxes ----------------------------------------------------------------------------------------------


def test_an_e_mail_says_whose_mailbox_it_goes_to_and_nothing_else(world: World):
    world.session(headers={"User-Agent": "Other/1.0"})
    with overheard() as calls:
        world.deliver()
    sent = [call.arguments for call in calls if call.operation == "SendEmail"]
    assert sent
    assert {str(one["EmailTags"]) for one in sent} == {str([{"Name": "reader", "Value": world.ann.user_id}])}


@pytest.mark.parametrize(("what", "why"), [("Bounce", "bounced"), ("Complaint", "complained")])
def test_whose_mailbox_bounces_or_complains_is_shown_that(world: World, what: str, why: str):
    assert shown(world, world.ann) is None
    assert take(world, told(world, what, world.ann)) == []
    assert shown(world, world.ann) == {"reason": why, "at": f"{world.now:%Y-%m-%dT%H:%M:%SZ}"}


def test_the_owner_is_shown_it_of_sub_users_with_an_address_of_their_own(world: World):
    owner = program(world, world.ann.user_id)
    own = subuser(world.ann.user_id, now=world.now, email="own@example.com")
    shared = subuser(world.ann.user_id, now=world.now, email=world.ann.email, own_email=False)
    for one in (own, shared):
        body = of_mail("Bounce", one.email, one.user_id, sent_at=world.now)
        assert take(world, body) == []
    listed = {one["id"]: one["mail_trouble"] for one in owner.rest("GET", "/subusers").body["collection"]}
    assert listed[own.user_id]["reason"] == "bounced"
    assert listed[shared.user_id] is None
    assert reason(world, world.ann) == "bounced", "it is the owner's mailbox that the other one's e-mails go to"


def test_operators_see_every_such_mailbox(world: World, capsys: Any):
    world.add("bob")
    take(world, told(world, "Bounce", world.ann))
    assert operator.in_mail_trouble() == [("ann", account_of(world.ann.user_id), "bounced", world.now)]


NOTHING_NEW = {
    "that may arrive yet": {"what": "Bounce", "bounceType": "Transient", "bounceSubType": "MailboxFull"},
    "that nobody understands": {"what": "Bounce", "bounceType": "Undetermined"},
    "that is taken back": {"what": "Complaint", "complaintFeedbackType": "not-spam"},
    "that arrived": {"what": "Delivery"},
    "that was not sent": {"what": "Reject"},
    "that was opened": {"what": "Open"},
}


@pytest.mark.parametrize("about", NOTHING_NEW.values(), ids=NOTHING_NEW.keys())
def test_an_e_mail_is_no_trouble_of_its_mailbox(world: World, about: dict[str, str]):
    assert take(world, told(world, person=world.ann, **about)) == []  # type: ignore[arg-type]
    assert reason(world, world.ann) is None


def test_an_address_of_before_or_of_others_marks_nobody(world: World):
    """A new address may not be theirs at all before it is proved, and an old one is theirs no more."""
    bob = world.add("bob")
    take(world, told(world, "Bounce", world.ann, NEW), told(world, "Bounce", world.ann, bob.email))
    assert (reason(world, world.ann), reason(world, bob)) == (None, None)


@pytest.mark.parametrize("user_id", ["", "x", "A" * 16, "é" * 16])
def test_who_is_not_known_is_passed_over(world: World, user_id: str):
    assert take(world, of_mail("Bounce", world.ann.email, user_id, sent_at=world.now)) == []
    assert reason(world, world.ann) is None


def test_the_address_is_compared_in_the_form_in_which_it_was_sent_to(world: World):
    eve = world.add("eve", email="Eve@zażółć.example")
    take(world, told(world, "Bounce", eve, "eve@zazolc.example"))
    assert reason(world, eve) is None
    take(world, told(world, "Bounce", eve, with_ascii_domain(eve.email).lower()))
    assert reason(world, eve) == "bounced"


# --- When it ends -------------------------------------------------------------------------------------------


def test_a_later_e_mail_that_arrives_ends_a_bounce_and_an_earlier_one_does_not(world: World):
    take(world, told(world, "Bounce", world.ann))
    take(world, told(world, "Delivery", world.ann, sent=-2 * SECOND))
    assert reason(world, world.ann) == "bounced"
    world.wait(DAY)
    take(world, told(world, "Delivery", world.ann))
    assert reason(world, world.ann) is None


def test_what_arrives_ends_no_complaint(world: World):
    take(world, told(world, "Complaint", world.ann))
    world.wait(DAY)
    take(world, told(world, "Delivery", world.ann))
    assert reason(world, world.ann) == "complained"


@pytest.mark.parametrize("address", [NEW, "ann@example.com"])
def test_another_address_and_the_same_one_confirmed_again_end_all_trouble(world: World, address: str):
    take(world, told(world, "Bounce", world.ann), told(world, "Complaint", world.ann))
    token = signed_in(world, world.ann)
    bearer = {"Authorization": f"Bearer {token}"}
    assert world.post("/account/email", {"email": address}, headers=bearer).status == 204
    assert reason(world, world.ann) == "bounced", "nothing is proved yet"
    assert world.post("/email/confirm", {"token": world.link("email")}).status == 204
    assert reason(world, world.ann) is None


@pytest.mark.parametrize("address", [NEW, "ann@example.com"])
def test_an_event_of_before_that_does_not_count_after_it(world: World, address: str):
    late = told(world, "Bounce", world.ann)
    world.wait(SECOND)
    changed = {"email": address, "email_at": world.now}
    commit(users.changing(world.ann.user_id, by=None, **changed))
    world.wait(SECOND)
    assert take(world, late) == []
    assert reason(world, world.ann) is None


def test_an_address_that_changes_at_that_moment_is_not_marked_by_what_the_old_one_did(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    noting = mailboxes.noting

    def after_a_change(*before: Any) -> Any:
        commit(users.changing(world.ann.user_id, by=None, email=NEW, email_at=world.now))
        return noting(*before)

    monkeypatch.setattr(mailboxes, "noting", after_a_change)
    assert take(world, told(world, "Bounce", world.ann)) == []
    assert reason(world, world.ann) is None


def test_events_that_come_twice_write_once(world: World):
    body = told(world, "Bounce", world.ann)
    take(world, body)
    with overheard() as calls:
        take(world, body, body)
    assert [str(call) for call in calls] == ["GetItem users"] * 2


def test_an_e_mail_that_arrives_costs_one_read(world: World):
    with overheard() as calls:
        take(world, told(world, "Delivery", world.ann))
    assert [str(call) for call in calls] == ["GetItem users"]


def test_security_mails_are_sent_all_the_same(world: World):
    take(world, told(world, "Bounce", world.ann))
    world.post("/password-reset", {"login": "ann"})
    assert world.link("reset")


def test_a_clock_that_is_ahead_makes_no_trouble_that_never_ends(world: World):
    take(world, told(world, "Bounce", world.ann, at=world.now + 9 * DAY, sent=9 * DAY))
    world.wait(DAY)
    take(world, told(world, "Delivery", world.ann))
    assert reason(world, world.ann) is None


# --- SMS ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(world: World) -> Shop:
    give_points(account_of(world.ann.user_id), 1_000_000)
    return program(world, world.ann.user_id)


def _sent(shop: Shop, **more: object) -> str:
    message_id = str(shop.sms(**more)["list"][0]["id"])
    assert shop.world.deliver() == []
    return message_id


def _event(shop: Shop, message_id: str, kind: str, **more: Any) -> str:
    return of_sms(kind, carrier_reports.name_of(shop.account_id, message_id), at=shop.world.now, **more)


def _status(shop: Shop, message_id: str) -> str:
    return str(shop.legacy("/sms.do", status=message_id)["list"][0]["status"])


KINDS = {
    "TEXT_DELIVERED": DELIVERED,
    "TEXT_SUCCESSFUL": ACCEPTED,
    "TEXT_INVALID": UNDELIVERED,
    "TEXT_UNREACHABLE": UNDELIVERED,
    "TEXT_CARRIER_UNREACHABLE": UNDELIVERED,
    "TEXT_INVALID_MESSAGE": REJECTED,
    "TEXT_BLOCKED": REJECTED,
    "TEXT_CARRIER_BLOCKED": REJECTED,
    "TEXT_PROTECT_BLOCKED": REJECTED,
    "TEXT_SPAM": REJECTED,
    "TEXT_TTL_EXPIRED": EXPIRED,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_gets_the_state_that_aws_tells(shop: Shop, kind: str):
    message_id = _sent(shop)
    assert take(shop.world, _event(shop, message_id, kind)) == []
    assert _status(shop, message_id) == STATUSES[KINDS[kind]]


def test_the_customers_server_is_told_of_the_state(shop: Shop):
    message = _sent(shop, notify_url="https://shop.example/report")
    assert take(shop.world, _event(shop, message, "TEXT_DELIVERED")) == []
    queued = get_backend("sqs")[ACCOUNT]["eu-central-1"].queues["reports"].messages
    assert [json.loads(one.body)["state"] for one in queued][-1] == "DELIVERED"


def test_every_kind_that_is_read_is_promised_here():
    assert STATES == KINDS


@pytest.mark.parametrize("kind", ["TEXT_QUEUED", "TEXT_PENDING", "TEXT_UNKNOWN", "TEXT_NEW", "VOICE_COMPLETED"])
def test_what_says_nothing_new_changes_nothing(shop: Shop, kind: str):
    message_id = _sent(shop)
    assert take(shop.world, _event(shop, message_id, kind)) == []
    assert _status(shop, message_id) == "SENT"


def test_a_state_moves_forward_only(shop: Shop):
    message_id = _sent(shop)
    kinds = ["TEXT_DELIVERED", "TEXT_SUCCESSFUL", "TEXT_UNREACHABLE", "TEXT_DELIVERED"]
    assert take(shop.world, *[_event(shop, message_id, kind) for kind in kinds]) == []
    assert _status(shop, message_id) == "DELIVERED"


def test_a_failure_that_is_not_final_is_none(shop: Shop):
    message_id = _sent(shop)
    assert take(shop.world, _event(shop, message_id, "TEXT_CARRIER_UNREACHABLE", isFinal=False)) == []
    assert _status(shop, message_id) == "SENT"


def test_an_event_that_comes_before_we_know_that_aws_took_it_waits_on_the_queue(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    message_id, early = str(shop.sms()["list"][0]["id"]), []
    event = _event(shop, message_id, "TEXT_DELIVERED")

    def sending(*_: Any, **__: Any) -> bool:
        with pytest.raises(Unavailable):
            delivery_event_flow.take(read(event), now=shop.world.now)  # type: ignore[arg-type]
        early.append(True)
        return True

    monkeypatch.setattr(sms, "send", sending)
    shop.world.deliver()
    assert early == [True]
    assert take(shop.world, event) == []
    assert _status(shop, message_id) == "DELIVERED"


@pytest.mark.parametrize("name", ["", "x", "x.y", "AAAAAAAAAA.0123456789abcdef01234500", "a" * 5000])
def test_a_message_that_is_not_known_is_passed_over(world: World, name: str):
    assert take(world, of_sms("TEXT_DELIVERED", name, at=world.now)) == []


def test_a_message_that_was_never_sent_is_not_delivered_whatever_is_told(shop: Shop):
    message_id = str(shop.sms(date=int((shop.world.now + DAY).timestamp()))["list"][0]["id"])
    assert take(shop.world, _event(shop, message_id, "TEXT_DELIVERED")) == []
    assert _status(shop, message_id) == "QUEUE"


# --- The queue ------------------------------------------------------------------------------------------------


def test_its_role_grants_what_it_does_and_nothing_else(world: World, shop: Shop):
    clerk = subuser(world.ann.user_id, now=world.now, email=world.ann.email, own_email=False)
    message_id = _sent(shop, notify_url="https://shop.example/report")
    with overheard() as calls:
        take(world, told(world, "Bounce", world.ann), of_mail("Delivery", clerk.email, clerk.user_id, sent_at=NOON))
        take(world, _event(shop, message_id, "TEXT_DELIVERED"))
    used = {(f"dynamodb:{one.operation}", table) for one in calls if one.service == "dynamodb" for table in one.tables}
    used |= {("sqs:SendMessage", "reports") for one in calls if one.service == "sqs"}
    granted = set()
    for one in statements("DeliveryEventsFunction"):
        name = one["Resource"]["Fn::GetAtt"][0].removesuffix("Table").removesuffix("Queue").lower()
        actions = one["Action"] if isinstance(one["Action"], list) else [one["Action"]]
        granted |= {(action, name) for action in actions}
    assert used == granted


GARBAGE = [
    "",
    "no JSON",
    "[]",
    "{}",
    "[" * 100_000,
    '{"eventType": 7}',
    '{"eventType": "Bounce"}',
    '{"eventType": "Bounce", "bounce": {"bounceType": "Permanent", "timestamp": "2026-12-01T12:00:00Z"}}',
    '{"eventType": "TEXT_DELIVERED", "eventTimestamp": "soon"}',
    '{"eventType": "TEXT_DELIVERED", "eventTimestamp": 1e300}',
    '{"eventType": "TEXT_DELIVERED", "eventTimestamp": 1, "context": {"message": 7}}',
    '{"eventType": "TEXT_DELIVERED", "eventTimestamp": 1, "context": []}',
]


@pytest.mark.parametrize("body", GARBAGE)
def test_what_cannot_be_read_holds_nobody_up_and_is_counted_as_what_it_is(world: World, body: str, capsys: Any):
    assert take(world, body, told(world, "Bounce", world.ann)) == [0]
    assert reason(world, world.ann) == "bounced"
    printed = capsys.readouterr().out
    assert "DeliveryEventsUnreadable" in printed
    assert not unforeseen(printed)


def test_a_mistake_of_ours_is_counted_and_leaves_only_its_own_event_on_the_queue(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: Any
):
    def broken(_: object) -> None:
        raise RuntimeError("ann.canary@example.com")

    monkeypatch.setattr(delivery_event_flow, "_take_sms", lambda *_, **__: broken(0))
    assert take(world, of_sms("TEXT_DELIVERED", "x", at=world.now), told(world, "Bounce", world.ann)) == [0]
    assert unforeseen(capsys.readouterr().out)


def test_without_the_tables_an_event_stays_on_the_queue(world: World, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    def down(_: str) -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(mailboxes, "reader", down)
        assert take(world, told(world, "Bounce", world.ann)) == [0]
    assert not unforeseen(capsys.readouterr().out)
    assert take(world, told(world, "Bounce", world.ann)) == []
    assert reason(world, world.ann) == "bounced"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", range(2))
def test_whichever_call_fails_the_mailbox_is_noted_in_the_end(world: World, place: int, fault: str):
    body = told(world, "Bounce", world.ann)
    with failing(place, FAULTS[fault]):
        left = take(world, body)
    if left:  # the queue brings it again
        assert take(world, body) == []
    assert reason(world, world.ann) == "bounced"


@pytest.mark.parametrize("fault", FAULTS)
def test_whichever_call_fails_the_message_gets_its_state_in_the_end(shop: Shop, fault: str):
    message_id = _sent(shop)
    body = _event(shop, message_id, "TEXT_DELIVERED")
    with failing(0, FAULTS[fault]):
        left = take(shop.world, body)
    if left:
        assert take(shop.world, body) == []
    assert _status(shop, message_id) == "DELIVERED"


def _counted(printed: str) -> set[str]:
    lines = [json.loads(line) for line in printed.splitlines() if '"_aws"' in line]
    return {one["Name"] for line in lines for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}


@pytest.mark.parametrize(
    ("what", "metric"), [("Bounce", "MailBounced"), ("Complaint", "MailComplained"), ("Reject", "MailRejected")]
)
def test_what_became_of_e_mails_is_counted(world: World, what: str, metric: str, capsys: Any):
    take(world, told(world, what, world.ann))
    assert metric in _counted(capsys.readouterr().out)


def test_what_became_of_sms_is_counted_also_of_codes_which_have_no_name(world: World, capsys: Any):
    take(world, of_sms("TEXT_DELIVERED", "", at=world.now))
    assert {"SmsDelivered", "CarrierReports"} <= _counted(capsys.readouterr().out)
    take(world, of_sms("TEXT_TTL_EXPIRED", "", at=world.now), of_sms("TEXT_QUEUED", "", at=world.now))
    counted = _counted(capsys.readouterr().out)
    assert "SmsUndelivered" in counted
    assert "SmsDelivered" not in counted


def test_neither_address_nor_number_nor_body_is_in_a_log(world: World, shop: Shop, log: io.StringIO, capsys: Any):
    eve = world.add("eve", email="eve.canary@example.com")
    bodies = [told(world, what, eve) for what in ("Bounce", "Complaint", "Delivery", "Reject")]
    bodies += [_event(shop, _sent(shop), "TEXT_BLOCKED"), '{"eventType": "eve.canary@example.com"', "eve.canary"]
    assert take(world, *bodies) == [5, 6]
    said = log.getvalue() + capsys.readouterr().out
    assert '"mail_trouble"' in said
    assert not [one for one in ("canary", "+48600100201", "48600100201", "abuse") if one in said]


def test_a_suspended_account_and_a_disabled_user_are_noted_too(world: World):
    """An operator who resumes it is to know that nobody there gets e-mails."""
    commit(accounts.suspending(account_of(world.ann.user_id), on=True))
    take(world, told(world, "Bounce", world.ann))
    assert reason(world, world.ann) == "bounced"


def test_reset_by_a_stranger_tells_nothing_of_a_mailbox(world: World):
    before = world.post("/password-reset", {"login": "ann"})
    take(world, told(world, "Bounce", world.ann))
    world.wait(policy.RESET_LIFETIME)
    after = world.post("/password-reset", {"login": "ann"})
    assert (after.status, after.text) == (before.status, before.text)
