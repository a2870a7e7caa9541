"""The challenges table. Each try is paid for by a guarded write before its verdict is known."""

from datetime import datetime

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.challenges import Challenge
from shared.errors import ChallengeAnswered, ChallengeClosed, ChallengeSpent, Refusal, ResendTooSoon
from shared.storage import engine
from shared.storage.mapping import DurationAttribute, record, row


class ChallengeItem(Model):
    class Meta:
        table_name = settings.CHALLENGES_TABLE

    challenge_id = UnicodeAttribute(hash_key=True)
    purpose = UnicodeAttribute()
    login = UnicodeAttribute()
    email = UnicodeAttribute()
    phone = UnicodeAttribute(null=True)
    language = UnicodeAttribute()
    channel = UnicodeAttribute()
    factors = UnicodeAttribute()
    sealed_code = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    expires_at = UTCDateTimeAttribute()
    resend_at = UTCDateTimeAttribute()
    tries_left = NumberAttribute()
    answered = BooleanAttribute()
    idle = DurationAttribute()
    transport = UnicodeAttribute()
    device_known = BooleanAttribute()
    replaces = UnicodeAttribute(null=True)
    credentials_at = UTCDateTimeAttribute()
    forget_at = TTLAttribute()


IS_OPEN = (ChallengeItem.answered == False) & (ChallengeItem.tries_left > 0)  # noqa: E712 - for DynamoDB


def find_with(challenge_id: str, *keys: engine.Key) -> tuple[Challenge | None, list[Model | None]]:
    """The challenge and what lies under *keys*, in one round trip."""
    item, *others = engine.fetch(engine.Key(ChallengeItem, challenge_id), *keys)
    return record(Challenge, item), others


def adding(challenge: Challenge) -> engine.Write:
    forget_at = challenge.created_at + policy.CHALLENGE_LIFETIME + policy.FORGET_AFTER
    return engine.add(row(ChallengeItem, challenge, forget_at=forget_at))


def recording_attempt(challenge: Challenge) -> engine.Write:
    """Spends one try, however many ask at once. Refused as ChallengeClosed when there is none left."""
    return engine.change(
        ChallengeItem(challenge.challenge_id),
        [ChallengeItem.tries_left.add(-1)],
        guard=IS_OPEN,
        refused=_why_closed,
    )


def answering(challenge: Challenge) -> engine.Write:
    """Closes the challenge for good: of all right answers one comes first. Void if a newer code was sent meanwhile."""
    return engine.change(
        ChallengeItem(challenge.challenge_id),
        [ChallengeItem.answered.set(True)],
        guard=(ChallengeItem.answered == False) & (ChallengeItem.sealed_code == challenge.sealed_code),  # noqa: E712
        refused=_why_closed,
    )


def resending(before: Challenge, after: Challenge) -> engine.Write:
    """Replaces the code. Of all that ask at once one comes first; the others are told to wait."""
    return engine.change(
        ChallengeItem(before.challenge_id),
        [
            ChallengeItem.sealed_code.set(after.sealed_code),
            ChallengeItem.channel.set(after.channel),
            ChallengeItem.expires_at.set(after.expires_at),
            ChallengeItem.resend_at.set(after.resend_at),
        ],
        guard=IS_OPEN & (ChallengeItem.sealed_code == before.sealed_code),
        refused=_why_not_resent,
    )


def allowing_resend(challenge: Challenge, *, at: datetime) -> engine.Write:
    """The next code may be asked for from *at* on, since this one may never arrive."""
    return engine.change(
        ChallengeItem(challenge.challenge_id),
        [ChallengeItem.resend_at.set(at)],
        guard=ChallengeItem.sealed_code == challenge.sealed_code,
    )


def _why_closed(row: engine.Raw) -> Refusal:
    if row.get("answered", {}).get("BOOL"):
        return ChallengeAnswered()
    return ChallengeSpent() if row.get("tries_left", {}).get("N") == "0" else ChallengeClosed()


def _why_not_resent(row: engine.Raw) -> Refusal:
    still_open = not row.get("answered", {}).get("BOOL") and row.get("tries_left", {}).get("N") != "0"
    return ResendTooSoon(retry_after=policy.RESEND_AFTER) if row and still_open else _why_closed(row)
