"""Sessions and links, however many use them at once: written down once, used once, and ended for good."""

from datetime import timedelta
from functools import partial
from time import sleep

import pytest

from login.invitation_flow import accept_invitation
from shared import chance, hashing, policy, seal
from shared.admission import Admission
from shared.domain import identifiers
from shared.domain.identifiers import Token
from shared.domain.invitations import Invitation
from shared.domain.logins import Login
from shared.errors import ChallengeClosed, InvitationClosed, NotSignedIn, TooManyCodes
from shared.gatekeeper import Caller, who_is_calling
from shared.storage import invitations, logins, users
from shared.storage.engine import commit
from tests.races.arena import CODE, NOON, Arena, answer, of, tally

VERIFICATIONS = 50
A_RACE_LASTS = 0.2  # seconds, about


def test_of_many_who_use_an_invitation_one_sets_the_password(arena: Arena):
    ann = arena.person(password_hash=None)
    link = identifiers.write(invite(ann))
    passwords = [f"Rzeka-{place:03}-Most" for place in range(arena.crowd)]

    def accept(password: str) -> str:
        accept_invitation(link, password, now=NOON)
        return password

    answers = arena.race(*[partial(accept, password) for password in passwords])
    assert tally(answers) == {str: 1, InvitationClosed: arena.crowd - 1}
    after = logins.find(ann.login)
    assert after
    assert hashing.is_password(after.password_hash, of(str, answers)[0])


def test_a_session_that_many_requests_use_is_written_down_once(arena: Arena):
    token = identifiers.write(signed_in(arena).token)
    now = NOON + policy.SESSION_TOUCHED_EVERY
    arena.wire.answered.clear()
    answers = arena.race(*[partial(who_is_calling, token, now=now)] * arena.crowd)
    assert tally(answers) == {Caller: arena.crowd}
    assert arena.wire.answered.count(("UpdateItem", 200)) == 1


def test_after_everything_was_ended_no_proof_from_before_is_honoured(arena: Arena):
    ann = arena.person()
    early, late, *places = arena.challenges(ann, VERIFICATIONS)
    opened = [answer(arena.looks(early), CODE)]
    now = NOON + timedelta(seconds=1)
    wait = arena.chance.random() * A_RACE_LASTS

    def end() -> None:
        sleep(wait)  # so that with some seeds sessions are opened first
        commit(users.ending_everything(ann.user_id, now=now))

    answers = arena.race(end, *[partial(answer, arena.looks(challenge), CODE) for challenge in places])
    assert set(tally(answers)) <= {type(None), Admission, ChallengeClosed, TooManyCodes}
    for admitted in [*opened, *of(Admission, answers)]:
        with pytest.raises(NotSignedIn):
            who_is_calling(identifiers.write(admitted.token), now=now)
    with pytest.raises((ChallengeClosed, TooManyCodes)):
        answer(arena.looks(late), CODE, now=now)


def invite(person: Login) -> Token:
    token = chance.token("invitation", person.user_id)
    commit(invitations.adding(Invitation(token.id, person.login, seal.token(token), NOON + policy.INVITATION_LIFETIME)))
    return token


def signed_in(arena: Arena) -> Admission:
    return answer(arena.looks(arena.challenge(arena.person())), CODE)
