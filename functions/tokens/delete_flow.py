"""Flow of an API token or OAuth client that is deleted, and of what it scheduled."""

from datetime import datetime

from shared.auth import api_tokens
from shared.auth.principals import Principal
from shared.auth.sessions import Person
from shared.domain.origins import Origin
from shared.domain.provenance import merged
from shared.domain.standing import Kept
from shared.domain.tokens import ApiToken
from shared.errors import OnlyPeopleKeep
from shared.storage import kept_orders, shipment_lists
from shared.storage.engine import Write


def delete(principal: Principal, token_id: str, *, keep: bool, origin: Origin, now: datetime) -> tuple[int, bool]:
    """Delete a token, and return how many messages wait that it ordered, and whether these are all.

    When their time comes they are stopped, unless *keep*. Raises NotFound, ExceedsRights, or with *keep* OnlyPeopleKeep
    for an API client and StepUpNeeded for a session that is not confirmed: a token that was switched off or narrowed
    sends no more, so keeping gives it more than it has.
    """
    if keep:
        _must_be_confirmed_person(principal, now=now)
    token = api_tokens.find(principal, token_id, now=now)
    api_tokens.must_exceed(principal, token.rights)
    waiting = shipment_lists.count_waiting(token.account_id, token.token_id)
    keeping = [_keeping(token, principal, now=now)] if keep else []
    api_tokens.remove(principal, token, *keeping, origin=origin, now=now)
    return waiting


def _must_be_confirmed_person(principal: Principal, *, now: datetime) -> None:
    if not isinstance(principal, Person):
        raise OnlyPeopleKeep
    principal.must_be_fresh(now=now)


def _keeping(token: ApiToken, principal: Principal, *, now: datetime) -> Write:
    kept = Kept(token.account_id, token.token_id, merged(token.provenance, principal.provenance))
    return kept_orders.keeping(kept, now=now)
