"""Refusals for a reason of security are told: none of their kinds is forgotten, and no other is told."""

import re
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from shared import errors
from shared.auth.sessions import SessionOver
from shared.domain.audit_events import Refused
from shared.errors import Refusal
from shared.http.refusals import status_of
from shared.http.security_refusals import TOLD, event_of, marks, reason_of
from shared.storage.attempts import NewlyLocked
from tests.support.template import ROOT

OF_SECURITY = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.GONE, HTTPStatus.TOO_MANY_REQUESTS}

BY_COUNTS = {errors.WrongPassword, errors.WrongCode, errors.UnknownToken, errors.UnknownSession}
"""Told by the rows that count them: tests/audit/test_counts_flow.py."""

NOT_TOLD = {
    "FailedProof": "nobody showed anything",
    "TokenNeeded": "nobody showed anything",
    "EnrolmentClosed": "somebody took too long to enrol an app",
    "CountryRefused": "what the account may send to is no question of who sends",
    "AbroadRefused": "as above",
    "AbroadLimitReached": "as above",
    "CountriesClosed": "as above",
    "CountryUnknown": "as above",
    "NotAvailable": "a function that is not offered",
    "OutsideHours": "a sub-user's message outside of their hours",
    "UnreachableContact": "a contact without a number that can be sent to",
}
"""Refusals with such a status that are no matter of security, with the reason."""


def _kinds(of: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for kind in of.__subclasses__():
        if kind.__module__.startswith("shared.errors"):
            yield kind
            yield from _kinds(kind)


def test_every_refusal_for_a_reason_of_security_is_told_or_has_a_reason_why_not():
    doubtful = {kind for kind in _kinds() if status_of(kind) in OF_SECURITY and event_of(kind) is None}
    counted = {kind for kind in doubtful if any(one in BY_COUNTS for one in kind.__mro__)}
    assert {kind.__name__ for kind in doubtful - counted} - set(NOT_TOLD) == set()


def test_no_reason_is_given_for_what_is_not_there():
    names = {kind.__name__ for kind in _kinds()}
    assert set(NOT_TOLD) <= names


def test_what_is_told_has_a_status_that_says_so():
    assert {kind.__name__ for kind in _kinds() if event_of(kind) and status_of(kind) not in OF_SECURITY} <= {
        "InvalidScope",
        "UnauthorizedClient",
        "NoScopeLeft",
        "UnconfirmedChange",
        "CarrierRefused",
    }


@pytest.mark.parametrize("kind", [kind for kind in TOLD if TOLD[kind]])
def test_each_kind_of_event_is_one_of_refusals(kind: type[Refusal]):
    assert TOLD[kind] in set(Refused)


def test_the_log_never_has_a_user_agent_that_somebody_made_up():
    said = marks(errors.CrossSite(), "Mozilla/5.0 (Windows NT 10.0; my-Secret-Passw0rd) Firefox/130.0")
    assert said == {"reason": "CrossSite", "audit_event": Refused.CROSS_SITE, "device": "Firefox, Windows"}


def test_a_refusal_that_is_no_matter_of_security_is_not_marked():
    assert marks(errors.Outrun(), "") == {"reason": "Outrun"}


def _every(of: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Yield every refusal that there is, also those that other modules have for themselves."""
    for kind in of.__subclasses__():
        yield kind
        yield from _every(kind)


@pytest.mark.parametrize("by_somebody", [False, True])
def test_the_reason_of_every_refusal_that_is_told_is_on_the_page_beside_its_event(by_somebody: bool):
    page = (ROOT / "docs/audit-events.md").read_text()
    rows = {
        line.split("`")[1]: line.split("|")[2] for line in page.splitlines() if re.match(r"\| `\w+` \| `\w+`", line)
    }
    assert set(rows) >= set(Refused)
    for kind in set(_every()):
        if told := event_of(kind, by_somebody=by_somebody):
            assert f"`{reason_of(kind)}`" in rows[told], kind


def test_a_refusal_that_only_one_module_knows_is_told_as_what_it_is_for_others():
    assert set(_every()) > set(_kinds())
    assert reason_of(NewlyLocked) == "CodesLocked"
    assert reason_of(SessionOver) == "SessionEnded"
