"""Every writer of the activity log is walked: each kind of event has one, and each entry can be told in full."""

import ast
import re
from collections import defaultdict
from functools import cache
from itertools import chain
from typing import Any

import pytest

from furtka.paths import FUNCTIONS, LAYERS, ROOT
from shared.domain import audit_events
from shared.domain.activity import FAILURES, Event
from shared.domain.audit_events import NONE, Refused
from shared.storage import activity
from tests.proofs import tables
from tests.proofs.flows import FLOWS
from tests.support.world import new_world

SOURCES = [
    path
    for path in chain(FUNCTIONS.rglob("*.py"), LAYERS.rglob("*.py"), (ROOT / "furtka").rglob("*.py"))
    if path.name not in ("activity.py", "audit.py", "principals.py")
]
"""Code that may write entries. The others define what an entry is, or pass on what they are given."""

NO_REQUEST = {"operator", "platform"}
"""Actors whose entries have no address and no id of a request: they sent none over HTTP."""

WITHOUT_A_DEVICE = {Event.PASSWORD_LEAKED}
"""Found after the request, by a notice that does not carry the browser."""


@cache
def _written() -> list[dict[str, Any]]:
    """Send every kind of request once, and return the entries that they leave, as rows."""
    with new_world() as world:
        for flow in FLOWS.values():
            flow.ready(world).ask()
        return tables.rows("activity")


def _names(node: ast.AST) -> set[str]:
    """Return the members of Event that the code names."""
    return {
        one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "Event"
    }


def test_each_kind_of_event_has_a_writer():
    written = {name for path in SOURCES for name in _names(ast.parse(path.read_text()))}
    assert set(Event.__members__) - written == set()
    assert {event.name for event in FAILURES} <= written


def test_each_writer_says_how_the_actor_proved_who_they_are():
    """A principal says so by itself (`Principal.noting`)."""
    silent = defaultdict(list)
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and re.fullmatch(r"audit\.(noting|counting)", ast.unparse(node.func)):
                named = {keyword.arg for keyword in node.keywords}
                if not {"actor", "proof", "origin", "now"} <= named:
                    silent[str(path)].append(node.lineno)
    assert dict(silent) == {}


def test_each_entry_of_each_request_can_be_told_in_full():
    assert len(_written()) > 100
    for row in _written():
        told = audit_events.facts(audit_events.of_entry(activity.entry_in(row)))
        expected = {"actor", "proof", "subject", "account"}
        if told["actor"] not in NO_REQUEST:
            expected |= {"address"}
            expected |= {"device", "request_id"} if told["event"] not in WITHOUT_A_DEVICE else set()
        assert {name for name in expected if told[name] == NONE} == set(), told


def test_whoever_acted_has_proved_something():
    assert {row["actor"]["S"] for row in _written() if row["proof"]["S"] == NONE} == set()


@pytest.mark.parametrize("event", [*Event, *Refused])
def test_each_kind_of_event_is_in_the_page_with_its_test(event: str):
    page = (ROOT / "docs/audit-events.md").read_text()
    (row,) = [line for line in page.partition("## Every event")[2].splitlines() if line.startswith(f"| `{event}` |")]
    assert (ROOT / row.rstrip(" |").rpartition("`")[0].rpartition("`")[2]).is_file()
