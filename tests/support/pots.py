"""The pots that codes by SMS are counted in, to be used up without as many sign-ins."""

from shared import policy
from shared.auth import message_limits
from shared.storage import message_budgets
from shared.storage.engine import commit
from tests.support.world import Person, World


def pot(person: Person, purpose: str) -> str:
    """Return the name of the pot of *person*'s number for a purpose, see `Challenge.pot`."""
    return f"codes:{person.user_id}:{purpose}:{message_limits.fingerprint(str(person.phone))}"


def use_up(world: World, person: Person, purpose: str, *, but: int = 0) -> None:
    """Send as many codes as *person* may get in an hour for a purpose, except *but* of them."""
    for _ in range(policy.SMS_PER_NUMBER_AND_HOUR - but):
        commit(message_budgets.charging(pot(person, purpose), now=world.now))
