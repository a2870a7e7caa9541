"""docs/tokens.md says to scanners and programmers what the code does."""

import re

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.domain.activity import Event
from shared.domain.identifiers import BASE62, TOKEN_PATTERN
from tests.support.template import ROOT

PAGE = (ROOT / "docs/tokens.md").read_text()
USER = "A" * identifiers.USER_CHARACTERS


def fenced(language: str) -> str:
    (block,) = re.findall(f"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(block)


def test_the_published_expression_is_the_one_that_the_code_reads_with():
    assert fenced("regex") == f"{TOKEN_PATTERN}\n"


@pytest.mark.parametrize("kind", identifiers.KINDS)
def test_the_published_checksum_tells_what_is_ours(kind: str):
    page: dict[str, object] = {}
    exec(fenced("python"), page)  # noqa: S102 - what readers will copy is what is tried
    is_ours = page["is_ours"]
    assert callable(is_ours)
    for _ in range(50):
        token = (
            randomness.access_token(randomness.record_id(USER)) if kind == "access" else randomness.token(kind, USER)
        )
        text = identifiers.write(token)
        assert is_ours(text)
        for other in (
            text[:-1] + BASE62[BASE62.index(text[-1]) - 1],
            text.replace("furtka_", "furtkA_"),
            text[:-7] + text[-6:],
        ):
            assert not is_ours(other)


def test_the_numbers_on_the_page_are_those_of_the_policy():
    hours, minutes = (
        policy.ROTATION_OVERLAP.total_seconds() / 3600,
        policy.LONGEST_ROTATION_OVERLAP.total_seconds() / 60,
    )
    steps = policy.TOKEN_EXPIRY_TOLD_DAYS
    for said in (
        f"up to {policy.TOKENS_PER_USER} tokens",
        f"up to {policy.TOKEN_SOURCES} addresses",
        f"for {hours:.0f} hours, or for `overlap_minutes` from 0 to {minutes:.0f}",
        f"{steps[0]}, {steps[1]} and {steps[2]} days before",
        f"listed for {policy.TOKEN_KEPT_AFTER_EXPIRY.days} days more",
        f"after {policy.FREE_FORGERIES} of them",
        f"| id | {identifiers.RECORD_CHARACTERS}, of an access token {identifiers.ACCESS_CHARACTERS} |",
        f"| secret | {identifiers.SECRET_CHARACTERS} |",
        f"| checksum | {identifiers.CHECKSUM_CHARACTERS} |",
    ):
        assert said in PAGE


def test_the_events_on_the_page_are_those_of_the_log():
    said = set(re.findall("`(authn_token_[a-z]+)`", PAGE))
    ours = (Event.API_TOKEN_CREATED, Event.API_TOKEN_CHANGED, Event.API_TOKEN_ROTATED, Event.API_TOKEN_DELETED)
    assert said == {event.value for event in ours}
