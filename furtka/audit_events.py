"""docs/audit-events.md, made of the events: `python -m furtka.audit_events [--check] FILE`."""

import ast
import sys
from collections.abc import Iterator
from itertools import pairwise

from furtka import generated
from furtka.paths import LAYERS, ROOT
from shared import policy
from shared.domain.activity import FAILURES, Event
from shared.domain.audit_events import FIELDS, PROOF_WORDS, Refused
from shared.http.security_refusals import TOLD

DOMAIN = LAYERS / "shared/domain"
TEXT = ROOT / "furtka/audit_events_page.txt"

COUNTED = {*FAILURES, Refused.SECRET_FORGED, Refused.API_PASSWORD_FAILED}
"""Events that are told from the rows that count attempts."""

BY_CHANGES, BY_COUNTS, BY_LOG = "the activity log", "the rows that count attempts", "the log"
TESTS = {
    BY_CHANGES: "tests/audit/test_writers.py",
    BY_COUNTS: "tests/audit/test_counts_flow.py",
    BY_LOG: "tests/audit/test_log_flow.py",
}


def page() -> str:
    return TEXT.read_text().format(
        fields="".join(f"| `{name}` | {about} |\n" for name, about in FIELDS.items()).rstrip(),
        proofs=", ".join(f"`{word}`" for word in sorted(PROOF_WORDS)),
        events="".join(_rows()).rstrip(),
        refusals="".join(_refusals()).rstrip(),
        most=policy.REFUSALS_TOLD_A_MINUTE,
    )


def _rows() -> Iterator[str]:
    """Yield a row for each event: its name, when it is told, from what, and the test that shows it."""
    whens = _docs("activity.py", "Event") | _docs("audit_events.py", "Refused")
    for event in (*Event, *Refused):
        source = BY_COUNTS if event in COUNTED else BY_LOG if event in set(Refused) else BY_CHANGES
        yield f"| `{event}` | {whens[event.name]} | {source} | `{TESTS[source]}` |\n"


def _refusals() -> Iterator[str]:
    """Yield a row for each event of the log, with the refusals that it is told of."""
    for event in Refused:
        if kinds := [kind.__name__ for kind, told in TOLD.items() if told == event]:
            yield f"| `{event}` | {', '.join(f'`{name}`' for name in kinds)} |\n"


def _docs(file: str, of: str) -> dict[str, str]:
    """Return the docstring of each member of an enumeration, on one line."""
    body = next(
        node.body
        for node in ast.parse((DOMAIN / file).read_text()).body
        if isinstance(node, ast.ClassDef) and node.name == of
    )
    docs = {}
    for member, text in pairwise(body):
        match member, text:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(about))):
                docs[name] = " ".join(about.split())
    return docs


if __name__ == "__main__":
    sys.exit(generated.main(__doc__, page, command="audit-events"))
