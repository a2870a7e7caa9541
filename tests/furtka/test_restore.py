"""`furtka restore`: what it refuses, and that every event of the activity log was decided about.

tests/races/test_restoring.py has what it does to rows.
"""

from datetime import UTC, datetime, timedelta

import pytest

from furtka import restoring, target
from furtka.cli import main
from shared.domain.activity import Event

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOLD = "2026-03-01T11:00Z"


@pytest.fixture(autouse=True)
def voided(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The moments since which rows were voided."""
    since_when: list[datetime] = []

    def void(*, since: datetime, **_: object) -> restoring.Voided:
        since_when.append(since)
        return restoring.Voided()

    monkeypatch.setattr(target, "connect", lambda _: NOW)
    monkeypatch.setattr(restoring, "void", void)
    return since_when


def types(text: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_: str) -> str:
        if text is None:
            raise EOFError
        return text

    monkeypatch.setattr("builtins.input", answer)


def test_every_event_is_about_tokens_or_looked_at_or_left_alone_for_a_reason():
    decided = [*restoring.OF_TOKENS, *restoring.TO_LOOK_AT, *restoring.LEFT_ALONE]
    assert sorted(decided) == sorted(Event)
    assert all(restoring.LEFT_ALONE.values())


def test_a_moment_that_is_yet_to_come_is_refused_as_nothing_would_be_voided(
    voided: list[datetime], capsys: pytest.CaptureFixture[str]
):
    assert main(["restore", "void", "--since", "2030-01-01T00:00Z"]) == 2
    assert "yet to come" in capsys.readouterr().err
    assert voided == []


def test_a_moment_without_a_time_zone_is_refused(voided: list[datetime]):
    assert main(["restore", "void", "--since", "2026-03-01T11:00"]) == 2
    assert voided == []


@pytest.mark.parametrize("text", ["y", "", "furtka-dev", None])
def test_in_aws_the_name_of_the_stack_has_to_be_typed(
    text: str | None, voided: list[datetime], monkeypatch: pytest.MonkeyPatch
):
    types(text, monkeypatch)
    assert main(["restore", "void", "--since", TOLD, "--stack", "furtka-prod"]) == 2
    assert voided == []


def test_whoever_types_it_voids(voided: list[datetime], monkeypatch: pytest.MonkeyPatch):
    types("furtka-prod", monkeypatch)
    assert main(["restore", "void", "--since", TOLD, "--stack", "furtka-prod"]) == 0
    assert voided == [NOW - timedelta(hours=1)]


def test_a_stack_on_this_machine_is_voided_without_a_question(voided: list[datetime]):
    assert main(["restore", "void", "--since", TOLD]) == 0
    assert voided == [NOW - timedelta(hours=1)]
