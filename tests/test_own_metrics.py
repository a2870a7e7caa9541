"""Each alarm rings for what it is there for, and stays silent in ordinary traffic: metrics that our own code prints.

The code runs as Lambda runs it, its metrics are read from what it prints, and the alarm of the template judges them.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from unittest.mock import patch

import pytest

from authorizer.handler import lambda_handler as authorizer
from notify import delivery_event_flow, handler, warn_expiry_flow
from shared import settings
from shared.delivery import carrier_reports, conversion, notices, queue, reports, sms_voice
from shared.delivery.carrier_events import SmsEvent
from shared.delivery.notices import CodeSent
from shared.delivery.reports import DeliveryReport
from shared.domain.identifiers import account_of
from shared.domain.messages import DELIVERED, UNDELIVERED
from shared.observability import metrics
from shared.storage import reminders, shipments, tokens
from tests.proofs import messages_flows, mfa_flows
from tests.shared.delivery import samples
from tests.support import events
from tests.support.alarms import STACK, Alarm, Metric, Metrics, embedded
from tests.support.calls import Answer, AwsCall, Proceed, intercepted, refuse
from tests.support.events import Context, authorizer_event
from tests.support.template import resources
from tests.support.world import World
from tests.test_alarms_ring import CASES, NOW

type Cause = Callable[[World], object]


def _while_refusing(operation: str) -> AbstractContextManager[None]:
    """Every call to AWS by that name is refused, as one that comes too fast."""

    def stumble(call: AwsCall, proceed: Proceed) -> Answer:
        return refuse("Throttling")(call, proceed) if call.operation == operation else proceed()

    return intercepted(stumble)


# --- What happens --------------------------------------------------------------------------------------------


def _nothing(_: World) -> None:
    pass


def _mistake(world: World) -> None:
    with patch("login.flow.logins.find_at_arrival", side_effect=RuntimeError):
        assert world.sign_in().status == 500


def _lost_news(_: World) -> None:
    with _while_refusing("SendMessage"):
        queue.tell(samples.DEVICE)


def _lost_report(world: World) -> None:
    with _while_refusing("SendMessageBatch"):
        reports.put(DeliveryReport("https://shop.example", "m-1", "SENT", world.now, "ann", 0.16, "Test"))


def _code(world: World, phone: str = "+48600100200", place: int = 0) -> CodeSent:
    return CodeSent(f"n-{place}", phone, "en", "123456", world.now + timedelta(minutes=5))


def _take(world: World, notice: CodeSent, *, waited: timedelta = timedelta(0)) -> None:
    """Let `notify` take a notice that was queued so long ago."""
    event = events.records([notices.write(notice)], at=world.now, sent=world.now - waited, queue="codes")
    handler.lambda_handler(event, Context(60_000))  # type: ignore[arg-type]


def _busy_carrier(world: World) -> None:
    with _while_refusing("Publish"):
        _take(world, _code(world))


def _broken_reminder(_: World) -> None:
    assert reminders._readable({"user_id": {"S": "u"}}) is None


def _broken_expiry(world: World) -> None:
    with patch.object(tokens, "find_with_holder", side_effect=ValueError):
        assert warn_expiry_flow._Expiries(world.now).look(["t"]) == []


def _broken_shipment(_: World) -> None:
    assert shipments._understood({"account_id": {"S": "a"}, "shipment_id": {"S": "s"}}) is None


def _signed_in(world: World) -> None:
    token = world.session()["session"]["token"]
    assert world.me(token).status == 200


def _wrong_password(world: World) -> None:
    assert world.post("/login", {"login": "ann", "password": "Wrong-Horse-7"}).status == 401


def _garbage(world: World) -> None:
    assert world.call("GET", "/session", headers={"Authorization": "Bearer garbage"}).status == 401


def _garbage_for_a_program(world: World) -> None:
    assert world.call("GET", "/profile", headers={"Authorization": "Bearer furtka_api_x"}).status == 401


def _refused_by_the_authorizer(world: World) -> None:
    with suppress(Exception):
        authorizer(authorizer_event("Bearer garbage", at=world.now), Context())  # type: ignore[arg-type]


def _late_code(world: World) -> None:
    _take(world, _code(world), waited=timedelta(seconds=45))


def _quick_code(world: World) -> None:
    _take(world, _code(world), waited=timedelta(seconds=1))


def _reported(status: str) -> Cause:
    """A carrier reports that state of a message."""

    def report(world: World) -> None:
        person = messages_flows.customer(world)
        sent = messages_flows.FLOWS["POST /sms.do"].ready(world)
        message_id = sent.ask().body["list"][0]["id"]
        world.deliver()
        name = carrier_reports.name_of(account_of(sent.person.user_id if sent.person else person.user_id), message_id)
        path = carrier_reports.url().removeprefix(settings.API_URL)
        assert world.call("GET", path, query={"idx": name, "status": status}).status == 200

    return report


def _sent_and_given_back(share: float, number: str = "+48500000") -> Cause:
    """Codes of a hundred sign-ins in a country, of which that share is given back."""

    def pumped(world: World) -> None:
        for place in range(100):
            _take(world, _code(world, f"{number}{place:03}", place))
            if place < 100 * share:
                conversion.verified(f"{number}{place:03}")

    return pumped


def _limit_reached(_: World) -> None:
    error = {"Error": {"Code": "ServiceQuotaExceededException"}, "Reason": sms_voice._SPEND_LIMIT}
    assert sms_voice._refused_for_good(error) is None


def _told_by_aws(state: str, *, final: bool = True) -> Cause:
    """AWS tells what became of a code of a sign-in."""

    def tell(world: World) -> None:
        event = SmsEvent(name="", state=state, is_final=final, at=world.now)
        delivery_event_flow.take(event, now=world.now)

    return tell


@dataclass(frozen=True)
class Happens:
    """What happens so many times in each period that an alarm looks at."""

    cause: Cause
    times: int = 1


OWN: dict[str, tuple[Happens, Happens]] = {
    "UnforeseenAlarm": (Happens(_mistake), Happens(_signed_in, 1000)),
    "NoticesLostAlarm": (Happens(_lost_news), Happens(_signed_in, 1000)),
    "ReportsLostAlarm": (Happens(_lost_report), Happens(_signed_in, 1000)),
    "CarrierBusyAlarm": (Happens(_busy_carrier), Happens(_quick_code, 1000)),
    "RemindersBrokenAlarm": (Happens(_broken_reminder), Happens(_nothing)),
    "ExpiriesBrokenAlarm": (Happens(_broken_expiry), Happens(_nothing)),
    "ShipmentsBrokenAlarm": (Happens(_broken_shipment), Happens(_nothing)),
    "WrongPasswordsAlarm": (Happens(_wrong_password, 201), Happens(_wrong_password, 60)),
    "ForgedTokensAlarm": (Happens(_garbage, 501), Happens(_garbage, 100)),
    "CodesSlowAlarm": (Happens(_late_code), Happens(_quick_code)),
    "SmsUndeliveredAlarm": (Happens(_reported("405"), 60), Happens(_reported("404"), 60)),
    "SmsLimitReachedAlarm": (Happens(_limit_reached), Happens(_signed_in, 1000)),
    "CodesUnusedAlarm": (Happens(_sent_and_given_back(0.1)), Happens(_sent_and_given_back(0.8))),
}
"""What makes each alarm ring, and what is ordinary. AuthorizerErrorsAlarm reads Lambda's metrics too, see below."""


def _measured(
    alarm: Alarm, happens: Happens, world: World, capsys: pytest.CaptureFixture[str]
) -> tuple[Metrics, list[tuple[Metric, str, float]]]:
    """Return what CloudWatch has when that happens in each period, and what the code printed of one of them."""
    metrics.clear_metrics()
    capsys.readouterr()
    happens.cause(world)
    if metrics.metric_set:
        metrics.flush_metrics()
    printed, found = embedded(capsys.readouterr().out), Metrics()
    for back in range(1, alarm.properties["EvaluationPeriods"] + 1):
        for metric, _, value in printed * happens.times:
            found.add(metric, NOW - back * alarm.period, value)
    return found, printed


@pytest.mark.parametrize("name", OWN)
def test_it_rings_for_what_it_is_there_for(name: str, world: World, capsys: pytest.CaptureFixture[str]):
    alarm = Alarm.named(name)
    found, _ = _measured(alarm, OWN[name][0], world, capsys)
    assert alarm.rings(found, at=NOW)


@pytest.mark.parametrize("name", OWN)
def test_it_is_silent_in_ordinary_traffic(name: str, world: World, capsys: pytest.CaptureFixture[str]):
    alarm = Alarm.named(name)
    found, _ = _measured(alarm, OWN[name][1], world, capsys)
    assert not alarm.rings(found, at=NOW)
    assert not alarm.rings(Metrics(), at=NOW)


def test_sms_that_aws_tells_of_count_as_well(world: World, capsys: pytest.CaptureFixture[str]):
    alarm = Alarm.named("SmsUndeliveredAlarm")
    for state, rings in ((UNDELIVERED, True), (DELIVERED, False)):
        found, _ = _measured(alarm, Happens(_told_by_aws(state), 60), world, capsys)
        assert alarm.rings(found, at=NOW) is rings


def test_every_alarm_is_made_to_ring_by_a_test():
    elsewhere = {"AuthorizerErrorsAlarm", "CanaryAlarm", *NEW_VERSIONS}  # below, and in tests/canary
    assert set(CASES) | set(OWN) | elsewhere == set(resources("AWS::CloudWatch::Alarm"))


NEW_VERSIONS = {"NewVersionUnforeseenAlarm", "NewVersionOtherUnforeseenAlarm", "NewNotifyVersionAlarm"}
PARTS = [(name, part) for name in sorted(NEW_VERSIONS) for part in Alarm.named(name).metrics if part != "fails"]


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_a_mistake_in_a_new_version_rings_and_one_in_the_old_does_not(
    name: str, part: str, world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    alarm = Alarm.named(name)
    wanted = dict(alarm.metrics[part][0].dimensions)
    for version, rings in ((wanted["version"], True), ("an older one", False)):
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", wanted["function"])
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", version)
        found, _ = _measured(alarm, Happens(_mistake), world, capsys)
        assert alarm.rings(found, at=NOW) is rings


def test_a_version_of_notify_that_crashes_rings():
    alarm = Alarm.named("NewNotifyVersionAlarm")
    found = Metrics()
    found.add(alarm.metrics["fails"][0], NOW - alarm.period, 1)
    assert alarm.rings(found, at=NOW)


def test_what_the_authorizer_refuses_is_no_error_of_it(world: World, capsys: pytest.CaptureFixture[str]):
    """Its 401 is an exception, which Lambda counts as an error."""
    alarm = Alarm.named("AuthorizerErrorsAlarm")
    errors, _, period = alarm.metrics["errors"]
    refused, _ = _measured(alarm, Happens(_refused_by_the_authorizer, 100), world, capsys)
    for back in range(1, 4):
        for _ in range(100):
            refused.add(errors, NOW - back * period, 1)
    assert not alarm.rings(refused, at=NOW)
    for back in range(1, 4):
        for _ in range(6):  # it crashed as well
            refused.add(errors, NOW - back * period, 1)
    assert alarm.rings(refused, at=NOW)


@pytest.mark.parametrize("cause", [_garbage, _garbage_for_a_program, _refused_by_the_authorizer])
def test_a_forged_token_is_counted_wherever_it_is_shown(cause: Cause, world: World, capsys: pytest.CaptureFixture[str]):
    _, printed = _measured(Alarm.named("ForgedTokensAlarm"), Happens(cause), world, capsys)
    wanted = Metric("Furtka", "ForgedTokens", frozenset({("service", STACK)}))
    assert [value for metric, _, value in printed if metric == wanted] == [1]


def test_a_forged_token_that_is_garbage_is_counted_without_a_round_trip(world: World):
    from tests.support.calls import overheard  # noqa: PLC0415

    with overheard() as calls:
        _garbage(world)
    assert calls == []


def test_a_session_that_is_over_is_no_forged_token(world: World, capsys: pytest.CaptureFixture[str]):
    token = world.session()["session"]["token"]
    world.wait(timedelta(days=1))
    capsys.readouterr()
    assert world.me(token).status == 401
    assert "ForgedTokens" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("phone", "country"),
    [("+48600100200", "PL"), ("+447400123456", "GB"), ("+33612345678", "other"), ("+8816123456", "other")],
)
def test_codes_are_counted_by_few_countries(phone: str, country: str, capsys: pytest.CaptureFixture[str]):
    """Each value of a dimension is a metric that is paid for."""
    conversion.sent(phone)
    conversion.verified(phone)
    counted = {metric.name: dict(metric.dimensions) for metric, _, _ in embedded(capsys.readouterr().out)}
    assert counted == {name: {"service": STACK, "country": country} for name in ("CodesSent", "CodesVerified")}


@pytest.mark.parametrize("number", ["+48500000", "+4915112345", "+44740012", "+38050123", "+336123456"])
def test_codes_that_nobody_gives_back_ring_in_whatever_country(
    number: str, world: World, capsys: pytest.CaptureFixture[str]
):
    alarm = Alarm.named("CodesUnusedAlarm")
    found, _ = _measured(alarm, Happens(_sent_and_given_back(0.0, number)), world, capsys)
    assert alarm.rings(found, at=NOW)


def test_a_code_of_a_sign_in_is_counted_as_sent_and_as_given_back(world: World, capsys: pytest.CaptureFixture[str]):
    challenge = world.challenge()
    code = world.code()
    assert world.verify(challenge, code).status == 200
    assert _totals(capsys) == {"CodesSent": 1, "CodesVerified": 1}


def test_so_is_a_code_for_a_customers_own_user(world: World, capsys: pytest.CaptureFixture[str]):
    turn = mfa_flows.FLOWS["POST /mfa/codes"].ready(world)
    assert turn.ask().status == 201
    world.deliver()
    assert _totals(capsys) == {"CodesSent": 1, "CodesVerified": 0}
    turn = mfa_flows.FLOWS["POST /mfa/codes/verifications"].ready(world)
    world.deliver()
    capsys.readouterr()
    assert turn.ask().status == 204
    assert _totals(capsys) == {"CodesSent": 0, "CodesVerified": 1}


def _totals(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    found = embedded(capsys.readouterr().out)
    return {
        name: sum(value for metric, _, value in found if metric.name == name) for name in ("CodesSent", "CodesVerified")
    }
