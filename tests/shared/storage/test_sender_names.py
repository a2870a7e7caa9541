"""The sender names table: the default is always an active name, whatever happens at the same moment."""

import pytest

from shared import policy
from shared.domain.sender_names import SenderName
from shared.errors import Outrun, SenderExists, SenderInactive, SenderQuotaReached, SenderUnknown
from shared.storage import sender_names
from shared.storage.engine import commit
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

ACCOUNT = "A" * 10


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


def added(sender: str = "Shop", *, active: bool = True, default: bool = False) -> SenderName:
    name = SenderName(ACCOUNT, sender, active, NOON)
    commit(*sender_names.adding(name))
    if default:
        commit(*sender_names.making_default(ACCOUNT, sender))
    return name


def switch(*, active: bool, default: str | None = None) -> None:
    commit(*sender_names.switching(ACCOUNT, "Shop", active=active, default=default))


def test_names_are_read_as_they_were_written_with_the_default():
    assert sender_names.of_account(ACCOUNT) == ([], None)
    shop, bank = added(default=True), added("Bank", active=False)
    assert sender_names.of_account(ACCOUNT) == ([bank, shop], "Shop")
    assert sender_names.find(ACCOUNT, "Bank") == (bank, "Shop")
    assert sender_names.find(ACCOUNT, "Other") == (None, "Shop")


def test_a_name_is_there_once_and_no_more_than_fit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "SENDER_NAMES", 2)
    shop, _ = added(), added("Bank")
    assert refusal(*sender_names.adding(shop)) is SenderExists
    third = SenderName(ACCOUNT, "Third", True, NOON)
    assert refusal(*sender_names.adding(third)) is SenderQuotaReached
    commit(*sender_names.removing(ACCOUNT, "Bank", default=None))
    commit(*sender_names.adding(third))


def test_only_an_active_name_becomes_the_default():
    assert refusal(*sender_names.making_default(ACCOUNT, "Shop")) is SenderUnknown
    added(active=False)
    assert refusal(*sender_names.making_default(ACCOUNT, "Shop")) is SenderInactive
    switch(active=True)
    commit(*sender_names.making_default(ACCOUNT, "Shop"))
    assert sender_names.of_account(ACCOUNT)[1] == "Shop"


def test_what_is_gone_is_neither_switched_nor_removed():
    for write in (
        sender_names.switching(ACCOUNT, "Shop", active=True, default=None),
        sender_names.switching(ACCOUNT, "Shop", active=False, default=None),
        sender_names.removing(ACCOUNT, "Shop", default=None),
    ):
        assert refusal(*write) is SenderUnknown


def test_a_name_that_becomes_the_default_meanwhile_is_not_removed_or_switched_off():
    added(default=True)
    assert refusal(*sender_names.removing(ACCOUNT, "Shop", default=None)) is Outrun
    assert refusal(*sender_names.switching(ACCOUNT, "Shop", active=False, default=None)) is Outrun


def test_a_default_that_changes_meanwhile_is_not_taken_away():
    added(default=True)
    added("Bank", default=True)
    assert refusal(*sender_names.removing(ACCOUNT, "Shop", default="Shop")) is Outrun
    assert refusal(*sender_names.switching(ACCOUNT, "Shop", active=False, default="Shop")) is Outrun
    commit(*sender_names.removing(ACCOUNT, "Shop", default="Bank"))
    assert sender_names.of_account(ACCOUNT)[1] == "Bank"


def test_a_default_that_is_switched_on_once_more_stays_the_default():
    added(default=True)
    switch(active=True, default="Shop")
    assert sender_names.of_account(ACCOUNT)[1] == "Shop"


def test_with_the_name_the_default_goes():
    added(default=True)
    switch(active=False, default="Shop")
    assert sender_names.of_account(ACCOUNT)[1] is None
    switch(active=True)
    commit(*sender_names.making_default(ACCOUNT, "Shop"))
    commit(*sender_names.removing(ACCOUNT, "Shop", default="Shop"))
    assert sender_names.of_account(ACCOUNT) == ([], None)
