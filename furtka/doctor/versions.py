"""Whether what was deployed last is what everybody calls."""

from collections.abc import Iterator

from furtka.doctor.findings import Finding, fault, ok
from furtka.doctor.patient import Patient

VERSIONS = "versions"

ALIAS = "live"
IN_THE_TEMPLATE = f"Alias{ALIAS}"
"""How SAM's transform calls the alias of a function, after the function's name."""

HELD_BY_A_VERSION = ("CodeSha256", "Layers", "Environment", "Architectures", "MemorySize", "Timeout", "Role")


def look_at_versions(patient: Patient) -> Iterator[Finding]:
    """SAM publishes a version only if the package changed: `sam deploy` with another parameter alone publishes none."""
    if patient.stack is None:
        return
    there = patient.stack.resources
    functions = {name: there[name] for name in there if f"{name}{IN_THE_TEMPLATE}" in there}
    behind = [name for name, physical in functions.items() if _is_behind(patient, physical)]
    if behind:
        means = f"{', '.join(sorted(behind))}: called with the code or settings of an earlier deployment"
        yield fault(VERSIONS, means, f"make deploy STACK={patient.stack.name}")
    elif functions:
        yield ok(VERSIONS, f"all {len(functions)} functions are called as they were deployed last")


def _is_behind(patient: Patient, function: str) -> bool:
    last = patient.ask("lambda", "get_function_configuration", FunctionName=function)
    called = patient.ask("lambda", "get_function_configuration", FunctionName=function, Qualifier=ALIAS)
    return any(last.get(held) != called.get(held) for held in HELD_BY_A_VERSION)
