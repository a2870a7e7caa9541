"""Managing API tokens: who sees which, who may delete it, and who is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared import policy
from shared.auth import api_clients, api_tokens
from shared.auth.api_clients import ApiClient
from shared.auth.sessions import Person as SignedIn
from shared.auth.sessions import by_session
from shared.crypto import randomness
from shared.domain.activity import Event
from shared.domain.activity_search import Search
from shared.domain.origins import Origin
from shared.domain.rights import Rights
from shared.errors import ExceedsRights, NotFound, NotSignedIn, Outrun, Refusal, TokenRefused
from shared.storage import activity, users
from shared.storage.engine import commit
from shared.storage.tokens import removing
from tests.proofs import tables
from tests.support import programs, tokens
from tests.support.calls import overheard, preceded
from tests.support.sessions import open_session
from tests.support.tokens import Held
from tests.support.world import Person, World

A_MOMENT = timedelta(microseconds=1)
ORIGIN = Origin("198.51.100.7", "Check/1.0", "request-1")


@pytest.fixture
def bob(world: World) -> Person:
    """A sub-user of ann's."""
    return tokens.colleague(world, world.ann)


def signed_in(world: World, person: Person | None = None) -> SignedIn:
    person = person or world.ann
    return by_session(
        open_session(person.user_id, login=person.login, origin=ORIGIN, now=world.now), origin=ORIGIN, now=world.now
    )


def client(world: World, held: Held) -> ApiClient:
    return api_clients.by_token(held.secret, origin=ORIGIN, now=world.now)


def delete(world: World, principal: SignedIn | ApiClient, held: Held) -> None:
    api_tokens.delete(principal, held.id, origin=ORIGIN, now=world.now)


def log(person: Person, world: World) -> list[tuple[str, str, str]]:
    """Return event, actor and object of what is in the person's log about tokens."""
    entries, _ = activity.page_of_user(person.user_id, Search(), now=world.now)
    return [(entry.event, entry.actor, entry.about) for entry in entries if entry.event != Event.LOGIN]


# --- Find -------------------------------------------------------------------------------------------------


def test_a_user_finds_their_own_and_an_owner_everybodys(world: World, bob: Person):
    anns, bobs = (tokens.make(person.user_id, now=world.now) for person in (world.ann, bob))
    for person, held in ((world.ann, anns), (world.ann, bobs), (bob, bobs)):
        assert api_tokens.find(signed_in(world, person), held.id, now=world.now) == held.token


def test_what_may_not_be_seen_is_not_there_and_not_even_read(world: World, bob: Person):
    eve = world.add("eve")
    anns, carols, eves = (
        tokens.make(person.user_id, now=world.now)
        for person in (world.ann, tokens.colleague(world, world.ann, "carol"), eve)
    )
    unseen = [(bob, anns.id), (bob, carols.id), (world.ann, eves.id), (eve, anns.id)]
    malformed = [world.ann.user_id, anns.id + "x", anns.id[:-1] + "-", ""]
    asked = [
        (signed_in(world, person), about) for person, about in unseen + [(world.ann, about) for about in malformed]
    ]
    with overheard() as made:
        for principal, token_id in asked:
            with pytest.raises(NotFound):
                api_tokens.find(principal, token_id, now=world.now)
    assert made == []


def test_an_expired_token_is_found_until_it_is_not_kept_any_more_and_a_deleted_one_never(world: World):
    held, ann = tokens.make(world.ann.user_id, now=world.now, expires_at=world.now), signed_in(world)
    gone = world.now + policy.TOKEN_KEPT_AFTER_EXPIRY
    assert api_tokens.find(ann, held.id, now=gone - A_MOMENT) == held.token
    with pytest.raises(NotFound):
        api_tokens.find(ann, held.id, now=gone)
    with pytest.raises(NotFound):
        api_tokens.find(ann, randomness.record_id(world.ann.user_id), now=world.now)


# --- Delete -----------------------------------------------------------------------------------------------


def test_a_deleted_token_is_gone_at_once_with_its_access_tokens_and_in_the_log_of_its_user(world: World):
    held = tokens.make(world.ann.user_id, "client", now=world.now)
    access = programs.access_token(world, held.token)
    delete(world, signed_in(world), held)
    assert not tokens.is_there(held)
    with pytest.raises(TokenRefused):
        api_clients.by_token(access, origin=ORIGIN, now=world.now)
    assert log(world.ann, world) == [(Event.API_TOKEN_DELETED, "ann", held.id)]


def test_its_user_is_told_whoever_deleted_it(world: World, bob: Person):
    held = tokens.make(bob.user_id, now=world.now, name="Robot")
    delete(world, signed_in(world), held)
    ((address, _, text),) = world.mails
    assert address == "bob@example.com"
    assert all(told in text for told in ("Robot", held.token.last_four, "ann", ORIGIN.address))
    assert (log(bob, world), log(world.ann, world)) == ([(Event.API_TOKEN_DELETED, "ann", held.id)], [])


def test_a_token_that_outlived_its_user_is_deleted_and_nobody_is_told(world: World, bob: Person):
    held, ann = tokens.make(bob.user_id, now=world.now), signed_in(world)
    user, _ = users.find(bob.user_id)
    assert user
    commit(users.removing(user))
    delete(world, ann, held)
    assert not tokens.is_there(held)
    assert world.mails == []


def test_a_person_deletes_a_token_whatever_it_became_meanwhile_but_not_twice(world: World):
    held, other, ann = *(tokens.make(world.ann.user_id, now=world.now) for _ in range(2)), signed_in(world)
    with preceded("TransactWriteItems", lambda: tokens.change(held, enabled=False)):
        delete(world, ann, held)
    assert not tokens.is_there(held)
    with preceded("TransactWriteItems", lambda: commit(removing(other.token))), pytest.raises(NotFound):
        delete(world, ann, other)


def test_a_person_who_is_signed_out_meanwhile_deletes_nothing(world: World):
    held, ann = tokens.make(world.ann.user_id, now=world.now), signed_in(world)
    with preceded("TransactWriteItems", lambda: tables.remove_all("sessions")), pytest.raises(NotSignedIn):
        delete(world, ann, held)
    assert (tokens.is_there(held), log(world.ann, world), world.mails) == (True, [], [])


def test_a_client_deletes_itself_and_what_it_exceeds(world: World):
    manager, held = (tokens.make(world.ann.user_id, now=world.now, scopes="sms tokens") for _ in range(2))
    for one in (held, manager):
        delete(world, client(world, manager), one)
        assert not tokens.is_there(one)
    assert {actor for _, actor, _ in log(world.ann, world)} == {f"token:{manager.id}"}
    assert len(world.mails) == 2


def test_a_client_deletes_no_token_that_may_do_more_than_itself(world: World):
    manager = tokens.make(world.ann.user_id, now=world.now, scopes="sms tokens")
    held = tokens.make(world.ann.user_id, now=world.now, scopes="contacts")
    with pytest.raises(ExceedsRights):
        delete(world, client(world, manager), held)
    assert (tokens.is_there(held), log(world.ann, world), world.mails) == (True, [], [])


RACES: dict[str, tuple[Callable[[Held, Held], object], type[Refusal]]] = {
    "the token changed": (lambda _, held: tokens.change(held, scopes="contacts sms"), Outrun),
    "the client changed": (lambda manager, _: tokens.change(manager, scopes="tokens"), Outrun),
}


@pytest.mark.parametrize("what", RACES)
def test_a_client_deletes_nothing_where_rights_changed_that_it_was_judged_by(world: World, what: str):
    manager, held = (tokens.make(world.ann.user_id, now=world.now, scopes=one) for one in ("sms tokens", "sms"))
    (race, refused), principal = RACES[what], client(world, manager)
    with preceded("TransactWriteItems", lambda: race(manager, held)), pytest.raises(refused):
        delete(world, principal, held)
    assert tokens.is_there(held)


def test_a_client_that_changes_meanwhile_does_not_delete_itself(world: World):
    manager = tokens.make(world.ann.user_id, now=world.now)
    principal = client(world, manager)
    with preceded("TransactWriteItems", lambda: tokens.change(manager, scopes="sms")), pytest.raises(Outrun):
        delete(world, principal, manager)
    assert tokens.is_there(manager)


# --- Rights -----------------------------------------------------------------------------------------------


def test_each_of_several_rights_must_be_within_those_of_a_client_and_a_person_may_manage_all(world: World):
    own, more = Rights(frozenset({"sms"})), Rights(frozenset({"contacts"}))
    manager = client(world, tokens.make(world.ann.user_id, now=world.now, scopes="sms"))
    api_tokens.must_exceed(manager, own, own)
    for rights in ((own, more), (more, own)):
        with pytest.raises(ExceedsRights):
            api_tokens.must_exceed(manager, *rights)
    api_tokens.must_exceed(signed_in(world), own, more)
