"""The budgets table: codes by SMS, each counted for one purpose of one user, new numbers, and who has a number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import cast

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.instants import NEVER
from shared.errors import Outrun, PhoneInUse, Refusal, TooManyChallenges, TooManyEnrolments, TooManyMessages
from shared.storage import engine
from shared.storage.mapping import has_room_for

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class PotItem(Model):
    """When the last codes were sent to a number for one purpose: `sent_0` is the newest. Limits hold in any hour.

    `asked_by` is the browser that began the last challenge with a code, `asked_for` the row of that challenge.
    """

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    asked_by = UnicodeAttribute(null=True)
    asked_at = UTCDateTimeAttribute(null=True)
    asked_for = UnicodeAttribute(null=True)
    forget_at = TTLAttribute()


class ChallengesItem(Model):
    """When a user's last challenges for one purpose were begun: `begun_0` is the newest."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    forget_at = TTLAttribute()


class EnrolmentsItem(Model):
    """The number of codes to new numbers on one UTC day: to one number, or of one account."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    messages = NumberAttribute()
    forget_at = TTLAttribute()


class NewNumbersItem(Model):
    """Fingerprints of the new numbers that a user has tried on one UTC day."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    numbers = UnicodeSetAttribute(null=True)
    forget_at = TTLAttribute()


class GivenNumberItem(Model):
    """The number that an operator gave a user was used for a first sign-in, and perhaps proved by it."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    used_at = UTCDateTimeAttribute(null=True)
    proved = BooleanAttribute(null=True)
    forget_at = TTLAttribute()


class HoldersItem(Model):
    """The users of an account who have one number: at most `policy.NUMBER_HOLDERS`, without a scan that grows."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    users = UnicodeSetAttribute(null=True)


SENT = [UTCDateTimeAttribute(attr_name=f"sent_{place}") for place in range(policy.SMS_PER_NUMBER_AND_DAY)]
BEGUN = [UTCDateTimeAttribute(attr_name=f"begun_{place}") for place in range(policy.CHALLENGES_AT_ONCE)]


class AskOtherwise(Outrun):
    """The challenge has to be put in another way than was tried; see `Asking.otherwise`."""


class AskedJustNow(AskOtherwise):
    """The same browser began a challenge with a code less than `policy.RESEND_AFTER` ago."""

    def __init__(self, row: str, asked_at: datetime) -> None:
        """*row* is the key of that challenge."""
        super().__init__()
        self.row = row
        self.asked_at = asked_at


class SharedIsOver(AskOtherwise):
    """The challenge whose code was to be shared is not open any more."""


class UsedBefore(AskOtherwise):
    """The number that an operator gave was used for a sign-in before, and is still not proved."""


@dataclass(frozen=True)
class Asking:
    """How a challenge is put: `by` is a fingerprint of the browser, None if each challenge gets a code of its own.

    `shares` is the earlier challenge whose code answers this one too. `again`: that one is over, so a code is sent.
    `given_before`: the number that an operator gave was used before.
    """

    by: str | None = None
    shares: AskedJustNow | None = None
    again: bool = False
    given_before: bool = False

    def otherwise(self, refusal: AskOtherwise) -> "Asking":
        """Return how to put the challenge after *refusal*."""
        match refusal:
            case AskedJustNow():
                return replace(self, shares=refusal)
            case SharedIsOver():
                return replace(self, shares=None, again=True)
        return replace(self, given_before=True)


ALONE = Asking()
"""How a challenge is put that gets a code of its own."""


def charging(pot: str, asking: Asking = ALONE, *, row: str = "", now: datetime) -> engine.Write:
    """Count a code of the *pot*, a name for user, number and purpose; *row* is the key of the challenge it is for.

    Refused as TooManyMessages at the limit of an hour or a day, as AskedJustNow if *asking* shares the last code.
    """
    hour, day = SENT[policy.SMS_PER_NUMBER_AND_HOUR - 1], SENT[policy.SMS_PER_NUMBER_AND_DAY - 1]
    guard = _is_older(hour, now - HOUR) & _is_older(day, now - DAY)
    actions = [*_shift_in(SENT, now), PotItem.forget_at.set(now + 2 * DAY)]
    if asking.by is not None:
        actions += [PotItem.asked_by.set(asking.by), PotItem.asked_at.set(now), PotItem.asked_for.set(row)]
        guard = guard if asking.again else guard & _was_not_asked_by(asking.by, now=now)
    return engine.change(PotItem(pot), actions, guard=guard, refused=lambda row: _pot_refusal(row, asking, now=now))


def forgetting_asked(pot: str, row: str) -> engine.Write:
    """Let nobody share the code of the challenge *row*, as it was not sent. Refused as Outrun if a newer one was."""
    return engine.change(
        PotItem(pot),
        [PotItem.asked_by.remove(), PotItem.asked_at.remove(), PotItem.asked_for.remove()],
        guard=PotItem.asked_for == row,
    )


def beginning_challenge(about: str, *, now: datetime) -> engine.Write:
    """Count a challenge of *about*, a name for user and purpose. Refused as TooManyChallenges at the limit."""
    oldest = BEGUN[-1]
    return engine.change(
        ChallengesItem(about),
        [*_shift_in(BEGUN, now), ChallengesItem.forget_at.set(now + policy.CHALLENGE_LIFETIME + DAY)],
        guard=_is_older(oldest, now - policy.CHALLENGE_LIFETIME),
        refused=lambda row: TooManyChallenges(retry_after=_instant_in(row, oldest) + policy.CHALLENGE_LIFETIME - now),
    )


def charging_new_number(number: str, *, now: datetime) -> engine.Write:
    """Count a code to *number*, the fingerprint of one that is not proved, over all accounts.

    Refused as TooManyMessages, until midnight, at `policy.ENROLMENT_SMS_PER_NUMBER_AND_DAY`.
    """
    return _charging_day(f"enrolments:number:{number}", policy.ENROLMENT_SMS_PER_NUMBER_AND_DAY, now=now)


def charging_account(account_id: str, *, now: datetime) -> engine.Write:
    """Count a code to a new number of the account.

    Refused as TooManyMessages, until midnight, at `policy.ENROLMENT_SMS_PER_ACCOUNT_AND_DAY`.
    """
    return _charging_day(f"enrolments:account:{account_id}", policy.ENROLMENT_SMS_PER_ACCOUNT_AND_DAY, now=now)


def trying_number(user_id: str, number: str, *, now: datetime) -> engine.Write:
    """Record that the user tries *number*, a fingerprint.

    Refused as TooManyEnrolments, until midnight, if they have tried `policy.ENROLMENT_NUMBERS_PER_DAY` others today.
    """
    numbers = NewNumbersItem.numbers
    return engine.change(
        NewNumbersItem(f"new-numbers:{user_id}:{now:%Y-%m-%d}"),
        [numbers.add({number}), NewNumbersItem.forget_at.set(_midnight(now) + DAY)],
        guard=has_room_for(numbers, number, most=policy.ENROLMENT_NUMBERS_PER_DAY),
        refused=lambda _: TooManyEnrolments(retry_after=_midnight(now) - now),
    )


def using_given(user_id: str, number: str, *, now: datetime) -> engine.Write:
    """Record a sign-in with *number*, a fingerprint of one that an operator gave.

    Refused as UsedBefore if it is not the first one and the number is not proved yet.
    """
    return engine.change(
        GivenNumberItem(f"given:{user_id}:{number}"),
        [GivenNumberItem.used_at.set(now), GivenNumberItem.forget_at.set(now + policy.ACTIVITY_KEPT_FOR)],
        guard=GivenNumberItem.about.does_not_exist() | (GivenNumberItem.proved == True),  # noqa: E712 - for DynamoDB
        refused=lambda _: UsedBefore(),
    )


def proving_given(user_id: str, number: str, *, now: datetime) -> engine.Write:
    """Record that *number*, a fingerprint of one that an operator gave, is proved. Never refused."""
    return engine.change(
        GivenNumberItem(f"given:{user_id}:{number}"),
        [GivenNumberItem.proved.set(True), GivenNumberItem.forget_at.set(now + policy.ACTIVITY_KEPT_FOR)],
    )


def holding(account_id: str, number: str, user_id: str) -> engine.Write:
    """Record that the user has *number*, a fingerprint. Refused as PhoneInUse at `policy.NUMBER_HOLDERS` others."""
    return engine.change(
        HoldersItem(_holders(account_id, number)),
        [HoldersItem.users.add({user_id})],
        guard=_has_room_for(user_id),
        refused=lambda _: PhoneInUse(),
    )


def holding_again(account_id: str, number: str, user_id: str) -> engine.Write:
    """Record that the user has *number* again, which they had before. Never refused."""
    return engine.change(HoldersItem(_holders(account_id, number)), [HoldersItem.users.add({user_id})])


def may_hold(account_id: str, number: str, user_id: str) -> engine.Write:
    """Require that the user could have *number*, so that no SMS is spent in vain. Refused as `holding` is."""
    key = engine.Key(HoldersItem, _holders(account_id, number))
    return engine.check(key, guard=_has_room_for(user_id), refused=lambda _: PhoneInUse())


def releasing(account_id: str, number: str, user_id: str) -> engine.Write:
    """Record that the user has *number*, a fingerprint, no longer. Never refused."""
    return engine.change(HoldersItem(_holders(account_id, number)), [HoldersItem.users.delete({user_id})])


def _holders(account_id: str, number: str) -> str:
    return f"holders:{account_id}:{number}"


def _has_room_for(user_id: str) -> Condition:
    return has_room_for(HoldersItem.users, user_id, most=policy.NUMBER_HOLDERS)


def _charging_day(about: str, limit: int, *, now: datetime) -> engine.Write:
    # By UTC days, so that the time to wait does not tell one user when another ordered a code to the same number.
    return engine.change(
        EnrolmentsItem(f"{about}:{now:%Y-%m-%d}"),
        [EnrolmentsItem.messages.add(1), EnrolmentsItem.forget_at.set(_midnight(now) + DAY)],
        guard=EnrolmentsItem.about.does_not_exist() | (EnrolmentsItem.messages < limit),
        refused=lambda _: TooManyMessages(retry_after=_midnight(now) - now),
    )


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.date() + DAY, time.min, UTC)


def _was_not_asked_by(by: str, *, now: datetime) -> Condition:
    long_ago = PotItem.asked_at <= now - policy.RESEND_AFTER
    return cast(Condition, PotItem.asked_by.does_not_exist() | (PotItem.asked_by != by) | long_ago)


def _is_older(attribute: UTCDateTimeAttribute, instant: datetime) -> Condition:
    return cast(Condition, attribute.does_not_exist() | (attribute <= instant))


def _shift_in(places: Sequence[UTCDateTimeAttribute], now: datetime) -> list[Action]:
    """Return updates that put *now* first in *places* and move the others back."""
    # DynamoDB reads all values of an update before it writes any.
    moved = [older.set(newer | NEVER) for newer, older in pairwise(places)]
    return [places[0].set(now), *moved]


def _pot_refusal(row: engine.Raw, asking: Asking, *, now: datetime) -> Refusal:
    pot = PotItem.from_raw_data(row)
    is_same = asking.by is not None and pot.asked_by == asking.by and not asking.again
    if is_same and pot.asked_at > now - policy.RESEND_AFTER:
        return AskedJustNow(pot.asked_for, pot.asked_at)
    hour = _instant_in(row, SENT[policy.SMS_PER_NUMBER_AND_HOUR - 1]) + HOUR
    day = _instant_in(row, SENT[policy.SMS_PER_NUMBER_AND_DAY - 1]) + DAY
    return TooManyMessages(retry_after=max(hour, day) - now)


def _instant_in(row: engine.Raw, attribute: UTCDateTimeAttribute) -> datetime:
    written: engine.Raw = row.get(attribute.attr_name, {})
    return datetime.fromisoformat(written["S"]) if written else NEVER
