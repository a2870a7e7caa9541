"""Links in e-mails: one works from its e-mail alone, until its time, and every bad one is refused in the same way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared import policy
from shared.auth import email_links
from shared.auth.email_links import IssuedLink
from shared.crypto import randomness
from shared.domain import identifiers
from shared.domain.links import Link
from shared.domain.logins import Login
from shared.domain.users import User
from shared.errors import LinkClosed
from shared.storage import links, logins, users
from shared.storage.engine import commit
from tests.proofs import tables
from tests.support.calls import overheard
from tests.support.world import World

KINDS = sorted(email_links.LIFETIMES)
SECOND = timedelta(seconds=1)


@pytest.fixture
def ann(world: World) -> Login:
    """Her login. Her password changed an hour ago."""
    found = logins.find("ann")
    assert found
    return replace(found, credentials_at=world.now - timedelta(hours=1))


def issued(kind: str, holder: User | Login, world: World, detail: str = "") -> IssuedLink:
    """A link that was issued just now and is stored."""
    link = email_links.issue(kind, holder, detail=detail, now=world.now)
    commit(link.adding)
    return link


def opened(text: str, world: World, *, kind: str = "reset", later: timedelta = timedelta(0)) -> Link:
    return email_links.open_link(text, kind=kind, now=world.now + later)


def test_each_kind_lasts_as_long_as_policy_says():
    assert email_links.LIFETIMES == {
        "invitation": policy.INVITATION_LIFETIME,
        "reset": policy.RESET_LIFETIME,
        "pass": policy.PASS_LIFETIME,
        "email": policy.EMAIL_LIFETIME,
        "notme": policy.NOT_ME_LIFETIME,
        "undo": policy.UNDO_LIFETIME,
        "recovery": policy.RECOVERY_HELD_FOR,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_is_open_until_its_lifetime_ends(world: World, ann: Login, kind: str):
    link, lifetime = issued(kind, ann, world), email_links.LIFETIMES[kind]
    assert link.expires_at == world.now + lifetime
    assert opened(link.token, world, kind=kind, later=lifetime - SECOND).link_id == link.id
    for later in (lifetime, lifetime + SECOND):
        with pytest.raises(LinkClosed):
            opened(link.token, world, kind=kind, later=later)


def test_a_link_knows_whose_it_is_what_it_is_about_and_with_which_credentials_it_was_made(world: World, ann: Login):
    found = opened(issued("email", ann, world, "new@example.com").token, world, kind="email")
    assert (found.login, found.detail, found.credentials_at) == ("ann", "new@example.com", ann.credentials_at)
    assert (found.created_at, found.used) == (world.now, False)


def test_a_user_gets_the_same_link_as_their_login(world: World, ann: Login):
    user, _ = users.find(ann.user_id)
    assert user
    found = opened(issued("reset", replace(user, credentials_at=world.now), world).token, world)
    assert (found.login, found.detail, found.credentials_at) == ("ann", "", world.now)


def test_a_link_works_only_once_it_is_stored(world: World, ann: Login):
    link = email_links.issue("reset", ann, now=world.now)
    with pytest.raises(LinkClosed):
        opened(link.token, world)
    commit(link.adding)
    assert opened(link.token, world).link_id == link.id


def test_a_used_link_is_closed(world: World, ann: Login):
    link = issued("reset", ann, world)
    commit(links.using(opened(link.token, world)))
    with pytest.raises(LinkClosed):
        opened(link.token, world)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "reset"])
def test_a_link_opens_nothing_that_another_kind_opens(world: World, ann: Login, kind: str):
    link = issued(kind, ann, world)
    with overheard() as made, pytest.raises(LinkClosed):
        opened(link.token, world, kind="reset")
    assert made == []


def test_the_id_of_a_link_with_another_secret_is_closed(world: World, ann: Login):
    link = issued("reset", ann, world)
    forged = replace(randomness.token("reset", ann.user_id), id=link.id)
    with overheard() as made, pytest.raises(LinkClosed):
        opened(identifiers.write(forged), world)
    assert len(made) == 1


def test_an_unknown_link_is_closed_after_one_read(world: World, ann: Login):
    with overheard() as made, pytest.raises(LinkClosed):
        opened(identifiers.write(randomness.token("reset", ann.user_id)), world)
    assert len(made) == 1


@pytest.mark.parametrize("change", [lambda _: "", lambda _: "garbage", lambda text: text[:-1], lambda text: text + "x"])
def test_a_malformed_token_is_closed_without_a_read(world: World, ann: Login, change: Callable[[str], str]):
    link = issued("reset", ann, world)
    with overheard() as made, pytest.raises(LinkClosed):
        opened(change(link.token), world)
    assert made == []


def test_a_log_line_shows_neither_the_secret_of_a_link_nor_what_it_is_about_and_no_row_shows_the_secret(
    world: World, ann: Login
):
    link = issued("email", ann, world, "new@example.com")
    secret = identifiers.read(link.token, kind="email")
    assert secret
    assert link.id in repr(link)
    assert "new@example.com" not in repr(link)
    for text in (repr(link), str(tables.rows("links"))):
        assert secret.secret not in text
