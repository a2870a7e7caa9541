"""docs/audit-events.md, made of the events: `python -m furtka.audit_events [--check] FILE`."""

import ast
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise

from furtka import generated
from furtka.paths import LAYERS, ROOT
from shared import policy
from shared.domain.activity import FAILURES, WORDS, Event
from shared.domain.audit_events import COUNTED_REASONS, FIELDS, PROOF_WORDS, Refused
from shared.domain.mail_trouble import BOUNCED, COMPLAINED
from shared.http import security_refusals

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
        proofs=_list(PROOF_WORDS),
        words=_list(WORDS),
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
    """Yield a row for each event that is not a change, with every reason that it can have."""
    every: dict[str, set[str]] = {
        **{event: {reason} for event, reason in COUNTED_REASONS.items()},
        **security_refusals.reasons(),
        Refused.MAILBOX_REFUSED: {BOUNCED, COMPLAINED},
    }
    for event in (*Event, *Refused):
        if event in every:
            yield f"| `{event}` | {_list(every[event])} |\n"


def _list(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


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
