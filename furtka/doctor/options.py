"""What may be switched on: parameters that are off by default, since a fresh account refuses them or pays for them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from furtka import parameters
from furtka.doctor import account
from furtka.doctor.findings import Check, Finding, fault, ok, option
from furtka.doctor.patient import Patient

ROOM = "room for codes"


@dataclass(frozen=True)
class Switch:
    """A parameter that is off by default: what it gives, and what an account must have before it is on."""

    parameter: str
    gives: str
    needs: str = "nothing of the account"
    first: str = ""
    is_ready: Callable[[Patient], bool] = lambda _: True

    @property
    def off(self) -> str:
        return str(parameters.declared()[self.parameter]["Default"])

    def value(self, patient: Patient) -> str:
        return patient.parameters.get(self.parameter, self.off)


MORE_AT_ONCE = "more functions at once than Lambda keeps back for the others"
LOG_ROLE = "a role by which API Gateway writes logs"


def _may_reserve(patient: Patient) -> bool:
    """Whether all that prod reserves can be reserved at once."""
    prod = parameters.of_stage("prod")
    return account.can_reserve(patient, sum(int(value) for name, value in prod.items() if name.endswith("Concurrency")))


def _reserving(parameter: str, gives: str) -> Switch:
    return Switch(parameter, gives, MORE_AT_ONCE, account.RAISE, _may_reserve)


SWITCHES = (
    Switch("SmsProvider", "by sms-voice or smsapi, what became of each message: SNS takes what it then drops"),
    Switch("Canary", "a sign-in every five minutes that rings when it fails; then furtka canary create"),
    Switch("AccessLog", "a line for each request with its route", LOG_ROLE, account.GIVE_A_ROLE, account.has_log_role),
    Switch("MethodMetrics", "metrics of each method of the API, for some 100 dollars a month"),
    Switch("GradualDeployment", "a new version a tenth of the requests first, and takes it back if its alarms ring"),
    Switch("Waf", "limits by address and caller before any function runs, for about 10 dollars a month"),
    _reserving("LoginConcurrency", "sign-ins a share of their own, so that guessing passwords starves nothing else"),
    _reserving("AuthorizerConcurrency", "the authorizer a share of its own"),
    _reserving("NotifyConcurrency", "the sending of codes a share of its own"),
    _reserving("ShipmentsConcurrency", "the pass of each minute a share of its own"),
    _reserving("UnknownPathsConcurrency", "requests to paths that do not exist an end to what they take from others"),
)


def _look(switch: Switch, patient: Patient) -> Iterator[Finding]:
    name, off, value = switch.parameter, switch.off, switch.value(patient)
    if value != off and patient.stack is None and not switch.is_ready(patient):
        means = f"on ({value}), and the deployment will fail: it needs {switch.needs}"
        yield fault(name, means, f"first {switch.first}; or {name}={off}")
    elif value != off:
        yield ok(name, f"on ({value})")
    elif switch.is_ready(patient):
        yield option(name, f"off; it gives {switch.gives}", f"make deploy PARAMETERS={name}=…")
    else:
        yield option(name, f"off; it would give {switch.gives}, and needs {switch.needs}", f"first {switch.first}")


def _look_at_need(switches: Sequence[Switch], patient: Patient) -> Iterator[Finding]:
    """One thing that the account lacks, with all that is switched on and needs it."""
    on = [switch for switch in switches if switch.value(patient) != switch.off]
    if on and not on[0].is_ready(patient):
        without = " ".join(f"{switch.parameter}={switch.off}" for switch in on)
        means = f"this needs {on[0].needs}"
        yield fault(", ".join(switch.parameter for switch in on), means, f"{on[0].first}; or without: {without}")


def look_at_room_for_codes(patient: Patient) -> Iterator[Finding]:
    """Whether customers' messages leave anything of what is reserved for sending."""
    for wrong in parameters.without_room_for_codes({**parameters.defaults(), **patient.parameters}):
        yield fault(ROOM, wrong, 'make deploy PARAMETERS="NotifyConcurrency=… MessagesAtOnce=…"')


_BY_NEED = {
    need: [switch for switch in SWITCHES if switch.first and switch.needs == need] for need in (LOG_ROLE, MORE_AT_ONCE)
}

NEEDS = tuple(Check(need, partial(_look_at_need, switches)) for need, switches in _BY_NEED.items())
"""What an account may lack, each with the parameters that need it."""

CHECKS = tuple(Check(switch.parameter, partial(_look, switch)) for switch in SWITCHES)
