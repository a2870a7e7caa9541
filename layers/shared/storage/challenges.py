"""The challenges table. A guarded write counts each attempt before it is known whether it is right.

The key of a row is a digest of the challenge's id, so that whoever reads the table cannot answer a challenge.
"""

from dataclasses import replace
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
from shared.crypto import seal
from shared.domain.challenges import Challenge
from shared.domain.instants import NEVER
from shared.errors import ChallengeAnswered, ChallengeClosed, ChallengeSpent, Refusal, ResendTooSoon
from shared.storage import engine
from shared.storage.mapping import DurationAttribute, record, row
from shared.storage.message_budgets import SharedIsOver


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
    shares = UnicodeAttribute(null=True)
    phone_unproved = UnicodeAttribute(null=True)
    expected = BooleanAttribute(default=False)  # this and the next are missing in older rows
    email_at = UTCDateTimeAttribute(default=NEVER)
    forget_at = TTLAttribute()


IS_OPEN = (ChallengeItem.answered == False) & (ChallengeItem.tries_left > 0)  # noqa: E712 - for DynamoDB


SHARED = ("channel", "sealed_code", "expires_at", "resend_at", "tries_left", "answered")
"""What a challenge has of the earlier one whose code it shares."""


def find_with(challenge_id: str, *keys: engine.Key) -> tuple[Challenge | None, list[Model | None]]:
    """Return a challenge and the rows under *keys*, in one round trip; in two if it shares the code of another."""
    item, *others = engine.fetch(engine.Key(ChallengeItem, _digest(challenge_id)), *keys)
    found = record(Challenge, item)
    challenge = replace(found, challenge_id=challenge_id) if found else None
    return _with_shared(challenge) if challenge and challenge.shares else challenge, others


def is_answered(code_row: str) -> bool:
    """Whether the challenge in the row *code_row* was answered. One that is gone was not."""
    item = engine.fetch_one(engine.Key(ChallengeItem, code_row))
    return isinstance(item, ChallengeItem) and item.answered


def code_row(challenge: Challenge) -> str:
    """Return the key of the row that has the challenge's code and attempts."""
    return challenge.shares or _digest(challenge.challenge_id)


def adding(challenge: Challenge) -> engine.Write:
    forget_at = challenge.created_at + policy.CHALLENGE_LIFETIME + policy.FORGET_AFTER
    kept = replace(challenge, challenge_id=_digest(challenge.challenge_id))
    return engine.add(row(ChallengeItem, kept, forget_at=forget_at))


def sharing(challenge: Challenge, *, now: datetime) -> engine.Write:
    """Require that the challenge whose code *challenge* shares is open, and was earned by the same password.

    Refused as SharedIsOver if not.
    """
    same = (ChallengeItem.phone == challenge.phone) & (ChallengeItem.credentials_at == challenge.credentials_at)
    return engine.check(
        engine.Key(ChallengeItem, code_row(challenge)),
        guard=IS_OPEN & same & (ChallengeItem.expires_at > now),
        refused=lambda _: SharedIsOver(),
    )


def recording_attempt(challenge: Challenge) -> engine.Write:
    """Count one attempt. Refused as ChallengeAnswered, ChallengeSpent or ChallengeClosed if it is not open."""
    return engine.change(
        ChallengeItem(code_row(challenge)),
        [ChallengeItem.tries_left.add(-1)],
        guard=IS_OPEN,
        refused=_closed_refusal,
    )


def answering(challenge: Challenge) -> engine.Write:
    """Mark the challenge as answered, so that a code works once.

    Refused as `recording_attempt` is if it was answered meanwhile, or if a newer code was sent.
    """
    return engine.change(
        ChallengeItem(code_row(challenge)),
        [ChallengeItem.answered.set(True)],
        guard=(ChallengeItem.answered == False) & (ChallengeItem.sealed_code == challenge.sealed_code),  # noqa: E712
        refused=_closed_refusal,
    )


def resending(before: Challenge, after: Challenge) -> engine.Write:
    """Replace the code. Refused as ResendTooSoon if another request replaced it first, or as `recording_attempt` is."""
    return engine.change(
        ChallengeItem(code_row(before)),
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
        ChallengeItem(code_row(challenge)),
        [ChallengeItem.resend_at.set(at)],
        guard=ChallengeItem.sealed_code == challenge.sealed_code,
    )


def _digest(challenge_id: str) -> str:
    """Return the key of a challenge's row. Its id has 131 random bits, so a digest without a key cannot be guessed.

    A key would have to be rotated with the others, and every rotation would lose the open challenges.
    """
    return seal.digest("challenge", challenge_id)


def _with_shared(challenge: Challenge) -> Challenge | None:
    """Return *challenge* with the code and the attempts of the earlier one that it shares them with."""
    (item,) = engine.fetch(engine.Key(ChallengeItem, code_row(challenge)))
    return replace(challenge, **{name: getattr(item, name) for name in SHARED}) if item else None


def _closed_refusal(row: engine.Raw) -> Refusal:
    if row.get("answered", {}).get("BOOL"):
        return ChallengeAnswered()
    return ChallengeSpent() if row.get("tries_left", {}).get("N") == "0" else ChallengeClosed()


def _resend_refusal(row: engine.Raw) -> Refusal:
    still_open = not row.get("answered", {}).get("BOOL") and row.get("tries_left", {}).get("N") != "0"
    return ResendTooSoon(retry_after=policy.RESEND_AFTER) if row and still_open else _closed_refusal(row)
