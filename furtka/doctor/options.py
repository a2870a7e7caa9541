"""What may be switched on: parameters that are off by default, since a fresh account refuses them or pays for them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from furtka import parameters
from furtka.doctor import account
from furtka.doctor.findings import Check, Finding, fault, ok, option
from furtka.doctor.patient import Patient


@dataclass(frozen=True)
class Switch:
    """A parameter that is off by default: what it gives, and what an account must have before it is on."""

    parameter: str
    gives: str
    needs: str = "nothing of the account"
    is_ready: Callable[[Patient], bool] = lambda _: True


def _may_reserve(patient: Patient) -> bool:
    """Whether all that prod reserves can be reserved at once."""
    prod = parameters.of_stage("prod")
    return account.can_reserve(patient, sum(int(value) for name, value in prod.items() if name.endswith("Concurrency")))


def _reserving(parameter: str, gives: str) -> Switch:
    return Switch(parameter, gives, "more functions at once than Lambda keeps back for the others", _may_reserve)


SWITCHES = (
    Switch("SmsProvider", "by sms-voice or smsapi, what became of each message: SNS takes what it then drops"),
    Switch("Canary", "a sign-in every five minutes that rings when it fails; then furtka canary create"),
    Switch("AccessLog", "a line for each request with its route", account.GIVE_A_ROLE, account.has_log_role),
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
    name, off = switch.parameter, str(parameters.declared()[switch.parameter]["Default"])
    value = patient.parameters.get(name, off)
    if value != off and patient.stack is None and not switch.is_ready(patient):
        means = f"on ({value}), and the deployment will fail: it needs {switch.needs}"
        yield fault(name, means, f"first {switch.needs}, or {name}={off}")
    elif value != off:
        yield ok(name, f"on ({value})")
    elif switch.is_ready(patient):
        yield option(name, f"off; it gives {switch.gives}", f"make deploy PARAMETERS={name}=…")
    else:
        yield option(name, f"off; it would give {switch.gives}, and needs {switch.needs}", f"first {switch.needs}")


CHECKS = tuple(Check(switch.parameter, partial(_look, switch)) for switch in SWITCHES)
