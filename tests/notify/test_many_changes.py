"""E-mails about tokens and sub-users: a few an hour of one cause, then one that tells of all others."""

from datetime import timedelta

from shared import policy
from tests.support.tokens import colleague, make
from tests.support.world import World
from tests.tokens.asking import ask, made

MANY = "Many API tokens were changed"


def subjects(world: World) -> list[str]:
    return [subject for _, subject, _ in world.mails]


def test_a_program_fills_no_mailbox_and_its_user_is_told_that_there_was_more(world: World):
    program = make(world.ann.user_id, now=world.now).secret
    for _ in range(policy.CHANGES_TOLD_AN_HOUR):
        child = made(world, program, scopes="sms tokens")
        assert ask(world, child["access_token"], "DELETE", f"/tokens/{child['id']}").status == 204
        made(world, program)
    assert len(subjects(world)) == policy.CHANGES_TOLD_AN_HOUR + 1
    assert subjects(world).count(MANY) == 1
    world.wait(timedelta(hours=1))
    made(world, program)
    assert subjects(world)[-1] == "An API token was made"


def test_what_others_do_is_told_all_the_same(world: World):
    program = make(world.ann.user_id, now=world.now).secret
    for _ in range(policy.CHANGES_TOLD_AN_HOUR + 2):
        made(world, program)
    bob = colleague(world, world.ann)
    theirs = make(bob.user_id, now=world.now)
    assert ask(world, program, "DELETE", f"/tokens/{theirs.id}").status == 204
    assert subjects(world)[-1] == "An API token was deleted"
    assert world.post("/tokens/found", {"token": program}).status == 204
    assert subjects(world)[-1] == "The secret of an API token was found"
