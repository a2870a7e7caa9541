"""The links table: each link is good once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.links import Link
from shared.errors import LinkClosed, Outrun
from shared.storage import links
from shared.storage.engine import commit
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

LINK = Link("link-1", "ann", "sealed", NOON, NOON + timedelta(hours=1), detail="new@example.com")


@pytest.fixture(autouse=True)
def _added(world: World) -> None:
    commit(links.adding(LINK))


def test_a_link_is_read_as_it_was_written():
    assert links.find("link-1") == LINK
    assert links.find("link-2") is None


def test_a_link_is_used_once():
    commit(links.using(LINK))
    assert refusal(links.using(LINK)) is LinkClosed
    assert links.find("link-1") == replace(LINK, used=True)


def test_a_link_that_is_not_there_is_not_used():
    assert refusal(links.using(replace(LINK, link_id="link-2"))) is LinkClosed


def test_a_link_is_added_once():
    assert refusal(links.adding(replace(LINK, login="bob"))) is Outrun
