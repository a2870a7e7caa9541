"""The challenges table. A guarded write counts each attempt before it is known whether it is right."""

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
from shared.domain.instants import NEVER
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
    device_seen_at = UTCDateTimeAttribute(default=NEVER)
    forget_at = TTLAttribute()


IS_OPEN = (ChallengeItem.answered == False) & (ChallengeItem.tries_left > 0)  # noqa: E712 - for DynamoDB


def find_with(challenge_id: str, *keys: engine.Key) -> tuple[Challenge | None, list[Model | None]]:
    """Return a challenge and the rows under *keys*, in one round trip."""
    item, *others = engine.fetch(engine.Key(ChallengeItem, challenge_id), *keys)
    return record(Challenge, item), others


def adding(challenge: Challenge) -> engine.Write:
    forget_at = challenge.created_at + policy.CHALLENGE_LIFETIME + policy.FORGET_AFTER
    return engine.add(row(ChallengeItem, challenge, forget_at=forget_at))


def recording_attempt(challenge: Challenge) -> engine.Write:
    """Count one attempt. Refused as ChallengeAnswered, ChallengeSpent or ChallengeClosed if it is not open."""
    return engine.change(
        ChallengeItem(challenge.challenge_id),
        [ChallengeItem.tries_left.add(-1)],
        guard=IS_OPEN,
        refused=_closed_refusal,
    )


def answering(challenge: Challenge) -> engine.Write:
    """Mark the challenge as answered, so that a code works once.

    Refused as `recording_attempt` is if it was answered meanwhile, or if a newer code was sent.
    """
    return engine.change(
        ChallengeItem(challenge.challenge_id),
        [ChallengeItem.answered.set(True)],
        guard=(ChallengeItem.answered == False) & (ChallengeItem.sealed_code == challenge.sealed_code),  # noqa: E712
        refused=_closed_refusal,
    )


def resending(before: Challenge, after: Challenge) -> engine.Write:
    """Replace the code. Refused as ResendTooSoon if another request replaced it first, or as `recording_attempt` is."""
    return engine.change(
        ChallengeItem(before.challenge_id),
        [
            ChallengeItem.sealed_code.set(after.sealed_code),
            ChallengeItem.channel.set(after.channel),
            ChallengeItem.expires_at.set(after.expires_at),
            ChallengeItem.resend_at.set(after.resend_at),
        ],
        guard=IS_OPEN & (ChallengeItem.sealed_code == before.sealed_code),
        refused=_resend_refusal,
    )


def allowing_resend(challenge: Challenge, *, at: datetime) -> engine.Write:
    """Allow a resend from *at* on, as the last code may never arrive. Refused as Outrun if a newer one was sent."""
    return engine.change(
        ChallengeItem(challenge.challenge_id),
        [ChallengeItem.resend_at.set(at)],
        guard=ChallengeItem.sealed_code == challenge.sealed_code,
    )


def _closed_refusal(row: engine.Raw) -> Refusal:
    if row.get("answered", {}).get("BOOL"):
        return ChallengeAnswered()
    return ChallengeSpent() if row.get("tries_left", {}).get("N") == "0" else ChallengeClosed()


def _resend_refusal(row: engine.Raw) -> Refusal:
    still_open = not row.get("answered", {}).get("BOOL") and row.get("tries_left", {}).get("N") != "0"
    return ResendTooSoon(retry_after=policy.RESEND_AFTER) if row and still_open else _closed_refusal(row)
