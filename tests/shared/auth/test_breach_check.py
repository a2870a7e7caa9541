"""What a sign-in leaves behind, so that its password is looked for among leaked ones later."""

from dataclasses import replace
from hashlib import sha1

import pytest

from shared import policy, settings
from shared.auth import breach_check
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.sessions import A_MOMENT
from shared.errors import Outrun
from shared.storage import logins
from shared.storage.engine import commit
from tests.shared.storage.refusals import refusal
from tests.support.world import PASSWORD, World

ORIGIN = Origin("203.0.113.9", "Check/1.0")
DIGITS = sha1(PASSWORD.encode(), usedforsecurity=False).hexdigest().upper()


@pytest.fixture(autouse=True)
def _has_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "BREACHED_PASSWORDS_URL", "https://range.example.com")


@pytest.fixture
def owner(world: World) -> Login:
    """Somebody whose account checks."""
    commit(logins.changing("ann", checks_breaches=True))
    found = logins.find("ann")
    assert found
    return found


def test_a_notice_has_five_digits_and_a_seal_and_the_version_of_the_credentials(world: World, owner: Login):
    _, [asked] = breach_check.asking(owner, PASSWORD, ORIGIN, now=world.now)
    assert (asked.first, asked.user_id, asked.address) == (DIGITS[:5], owner.user_id, ORIGIN.address)
    assert (asked.credentials_at, asked.at) == (owner.credentials_at, world.now)
    assert asked.sealed not in repr(asked)
    assert DIGITS[5:] not in asked.sealed.upper()


def test_there_is_nothing_to_ask_where_nobody_wants_to_know_or_could_say(
    world: World, owner: Login, monkeypatch: pytest.MonkeyPatch
):
    assert breach_check.asking(replace(owner, checks_breaches=False), PASSWORD, ORIGIN, now=world.now) == ([], [])
    monkeypatch.setattr(settings, "BREACHED_PASSWORDS_URL", "")
    assert breach_check.asking(owner, PASSWORD, ORIGIN, now=world.now) == ([], [])


def test_it_is_asked_again_a_day_later_and_not_before(world: World, owner: Login):
    asked = replace(owner, breach_asked_at=world.now)
    later = world.now + policy.BREACH_ASKED_EVERY
    assert breach_check.asking(asked, PASSWORD, ORIGIN, now=later - A_MOMENT) == ([], [])
    assert len(breach_check.asking(asked, PASSWORD, ORIGIN, now=later)[1]) == 1


def test_of_two_sign_ins_at_once_one_asks(world: World, owner: Login):
    [write], _ = breach_check.asking(owner, PASSWORD, ORIGIN, now=world.now)
    commit(write)
    assert refusal(write) is Outrun
