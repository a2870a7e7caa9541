"""The sender name of a message: one that is approved and that the user may use, or no message at all."""

from dataclasses import replace

import pytest

from shared import policy
from shared.domain.sender_names import UNNAMED, SenderName
from shared.domain.shares import Share
from shared.domain.users import User
from shared.errors import SenderNotAllowed
from shared.sending import sender_choice
from shared.storage import engine, sender_names
from shared.storage.engine import commit
from tests.support.calls import overheard
from tests.support.world import NOON, World

ANN = User("A" * 10, "A" * 16, "ann", True, NOON, senders=Share("none"))
"""An owner: no share limits what she may use."""

CLERK = replace(ANN, owner=False, login="clerk", senders=Share("selected", ("Shop", "Late")))
NOBODY = replace(CLERK, senders=Share("none"))


@pytest.fixture(autouse=True)
def _names(world: World) -> None:
    """Ann's account has two approved names, Shop and Bank; Late is not approved. Eve's account has one."""
    for sender, active in (("Shop", True), ("Bank", True), ("Late", False)):
        commit(*sender_names.adding(SenderName(ANN.account_id, sender, active, NOON)))
    commit(*sender_names.adding(SenderName("E" * 10, "Evil", True, NOON)))


def make_default(sender: str) -> None:
    commit(*sender_names.making_default(ANN.account_id, sender))


def is_refused(user: User, wanted: str) -> bool:
    try:
        sender_choice.chosen(user, wanted)
    except SenderNotAllowed:
        return True
    return False


@pytest.mark.parametrize(("user", "allowed"), [(ANN, {"Shop", "Bank"}), (CLERK, {"Shop"}), (NOBODY, set())])
def test_a_name_must_be_the_accounts_approved_and_shared_with_the_user(user: User, allowed: set[str]):
    asked = ("Shop", "Bank", "Late", "Evil", "Nobody", "shop")
    assert {sender for sender in asked if not is_refused(user, sender)} == allowed
    assert {sender_choice.chosen(user, sender) for sender in allowed} == allowed


@pytest.mark.parametrize("user", [ANN, CLERK, NOBODY])
@pytest.mark.parametrize("sender", policy.SENDERS_FOR_EVERYBODY)
def test_everybody_may_use_the_platforms_names_and_none_is_read_for_it(user: User, sender: str):
    with overheard() as made:
        assert sender_choice.chosen(user, sender) == sender
    assert (made, sender_choice.keys(user, sender)) == ([], [])


@pytest.mark.parametrize(
    ("user", "default", "sender"),
    [
        (ANN, None, UNNAMED),
        (ANN, "Bank", "Bank"),
        (CLERK, None, UNNAMED),
        (CLERK, "Shop", "Shop"),
        (CLERK, "Bank", UNNAMED),
        (NOBODY, "Shop", UNNAMED),
    ],
)
def test_without_a_name_it_is_the_default_if_the_user_may_use_it(user: User, default: str | None, sender: str):
    if default:
        make_default(default)
    assert sender_choice.chosen(user, None) == sender


def test_a_name_of_the_platforms_can_be_everybodys_default():
    commit(*sender_names.adding(SenderName(ANN.account_id, "INFOSMS", True, NOON)))
    make_default("INFOSMS")
    assert sender_choice.chosen(NOBODY, None) == "INFOSMS"


@pytest.mark.parametrize("wanted", [None, "Shop"])
def test_a_choice_is_one_round_trip(wanted: str | None):
    with overheard() as made:
        sender_choice.chosen(CLERK, wanted)
    assert [str(call) for call in made] == ["BatchGetItem sendernames"]


@pytest.mark.parametrize(
    ("user", "wanted"),
    [(ANN, ""), (ANN, "*"), (ANN, " Shop"), (ANN, "x" * 12), (CLERK, "Bank"), (NOBODY, "Shop")],
    ids=["nothing", "the row of the default", "a blank", "too long", "not shared", "nothing shared"],
)
def test_a_malformed_name_and_one_that_is_not_shared_are_refused_without_a_read(user: User, wanted: str):
    with overheard() as made, pytest.raises(SenderNotAllowed):
        sender_choice.chosen(user, wanted)
    with pytest.raises(SenderNotAllowed):
        sender_choice.keys(user, wanted)
    assert made == []


@pytest.mark.parametrize("wanted", [None, "Shop", "Test"])
def test_who_reads_other_rows_as_well_chooses_the_same(wanted: str | None):
    make_default("Shop")
    keys = sender_choice.keys(CLERK, wanted)
    assert sender_choice.among(CLERK, wanted, engine.fetch(*keys) if keys else []) == (wanted or "Shop")


@pytest.mark.parametrize(("user", "allowed"), [(ANN, "Shop Bank Test"), (CLERK, "Shop Test"), (NOBODY, "Test")])
def test_a_subuser_may_use_what_is_shared_with_them_and_an_owner_everything(user: User, allowed: str):
    assert [one for one in ("Shop", "Bank", "Test") if sender_choice.may_use(user, one)] == allowed.split()
