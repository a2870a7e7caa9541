"""What may be switched on: parameters that are off by default, since a fresh account refuses them or pays for them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from furtka import parameters
from furtka.doctor import account
from furtka.doctor.findings import Check, Finding, ok, option
from furtka.doctor.patient import Patient


@dataclass(frozen=True)
class Switch:
    """A parameter that is off by default: what it gives, and what an account must have before it is on."""

    parameter: str
    gives: str
    needs: str = "nothing of the account"
    is_ready: Callable[[Patient], bool] = lambda _: True


def _may_reserve(patient: Patient) -> bool:
    return account.can_reserve(patient, 0)


SWITCHES: tuple[Switch, ...] = ()


def _look(switch: Switch, patient: Patient) -> Iterator[Finding]:
    name, off = switch.parameter, str(parameters.declared()[switch.parameter]["Default"])
    value = patient.parameters.get(name, off)
    if value != off:
        yield ok(name, f"on ({value})")
    elif switch.is_ready(patient):
        yield option(name, f"off; it gives {switch.gives}", f"make deploy PARAMETERS={name}=…")
    else:
        yield option(name, f"off; it would give {switch.gives}, and needs {switch.needs}", f"first {switch.needs}")


CHECKS = tuple(Check(switch.parameter, partial(_look, switch)) for switch in SWITCHES)
