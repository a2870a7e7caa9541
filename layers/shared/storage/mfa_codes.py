"""The table of SMS Authenticator's codes: one guarded write counts, remembers and judges each attempt."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from pynamodb.attributes import Attribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.constants import STRING
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.backoff import Backoff
from shared.domain.challenges import NO_CODE
from shared.domain.identifiers import account_of
from shared.domain.mfa_codes import Answered, MfaCode
from shared.errors import CodeExpired, CodeNotFound, Refusal, ResendTooSoon, TooManyCodes
from shared.storage import attempts, engine
from shared.storage.mapping import CountAttribute, facts_set, record, row
from shared.storage.users import UserItem

OF_A_CODE = ("code_id", "sealed_code", "digits", "last_guess", "last_try", "expires_at", "failures", "sent")
"""The fields that a new code changes."""


class InstantsAttribute(Attribute[tuple[datetime, ...]]):
    """Times as one text, with blanks between."""

    attr_type = STRING

    def serialize(self, value: Iterable[datetime]) -> str:
        return " ".join(at.isoformat() for at in value)

    def deserialize(self, value: str) -> tuple[datetime, ...]:
        return tuple(datetime.fromisoformat(at) for at in value.split())


class MfaCodeItem(Model):
    class Meta:
        table_name = settings.PROVED_NUMBERS_TABLE

    about = UnicodeAttribute(hash_key=True)
    code_id = UnicodeAttribute()
    sealed_code = UnicodeAttribute()
    digits = CountAttribute()
    last_guess = UnicodeAttribute()
    last_try = UnicodeAttribute()
    expires_at = UTCDateTimeAttribute()
    failures = NumberAttribute()
    last_at = UTCDateTimeAttribute()
    sent = InstantsAttribute()
    forget_at = TTLAttribute()


class AnsweredItem(Model):
    """The answer to a request with an Idempotency-Key, in the same table under keys of another form."""

    class Meta:
        table_name = settings.PROVED_NUMBERS_TABLE

    about = UnicodeAttribute(hash_key=True)
    asked = UnicodeAttribute()
    code_id = UnicodeAttribute()
    salt = UnicodeAttribute()
    key_version = UnicodeAttribute()
    digits = CountAttribute()
    made_at = UTCDateTimeAttribute()
    expires_at = UTCDateTimeAttribute()
    forget_at = TTLAttribute()


class Untaken(Refusal):
    """An attempt was not accepted. `held` is the row as it is, None if there is none."""

    def __init__(self, held: MfaCode | None) -> None:
        super().__init__()
        self.held = held


def key(about: str) -> engine.Key:
    return engine.Key(MfaCodeItem, about)


def read(item: Model | None) -> MfaCode | None:
    """Return the code in *item*, a row that was fetched under `key`."""
    return record(MfaCode, item)


def find_with(
    about: str, key_about: str | None, *keys: engine.Key
) -> tuple[MfaCode | None, Answered | None, list[engine.Row]]:
    """Return the code of a number, the answer to an Idempotency-Key, and the rows under *keys*, in one round trip."""
    answer_keys = [engine.Key(AnsweredItem, key_about)] if key_about else []
    item, *others = engine.fetch(key(about), *keys, *answer_keys)
    answered = others.pop() if answer_keys else None
    return read(item), record(Answered, answered), others


@dataclass(frozen=True)
class Guess:
    """A guess at the code of a number, and how many digits it has.

    `sealed_like` returns it as a code is sealed: with the key of the seal it is given, or for an empty text with the
    newest. `try_id` is its own. `code_id`, if given, is the code that is meant.
    """

    sealed_like: Callable[[str], str] = field(repr=False)
    digits: int
    try_id: str
    code_id: str | None = None


def trying(about: str, guess: Guess, backoff: Backoff, *, now: datetime) -> MfaCode:
    """Count and remember an attempt. Return the row, whose `is_proved` tells whether it was right.

    It takes one round trip, and one more if the code was sealed with another key than the newest.

    An attempt that cannot be right leaves no trace. Raises CodeExpired if it is right but too late; CodeNotFound if no
    code was sent, the code was proved already, has expired, has another number of digits or is not the one that is
    meant; TooManyCodes during a wait.
    """
    return _trying(about, guess, guess.sealed_like(""), backoff, now=now)


def _trying(about: str, guess: Guess, sealed: str, backoff: Backoff, *, now: datetime) -> MfaCode:
    """Do what `trying` does, with the guess as it is sealed."""
    try:
        return _read_raw(engine.spend(_recording_attempt(about, guess, sealed, backoff, now=now)))
    except Untaken as untaken:
        held = untaken.held
        if held and held.last_try == guess.try_id:  # the SDK repeated a write whose answer was lost
            return held
        if held and (alike := guess.sealed_like(held.sealed_code)) != sealed:
            return _trying(about, guess, alike, backoff, now=now)  # nothing was counted
        raise _attempt_refusal(held, guess, sealed, backoff, now=now) from untaken


def sending(before: MfaCode | None, after: MfaCode, *, now: datetime) -> engine.Write:
    """Write the new code in the place of the one before. Refused as ResendTooSoon if another request was first."""
    too_soon = ResendTooSoon(retry_after=policy.MFA_RESEND_AFTER)
    forget_at = now + policy.MFA_ATTEMPTS_REMEMBERED_FOR
    if before is None:
        return engine.add(row(MfaCodeItem, after, forget_at=forget_at), refused=too_soon)
    facts = {name: getattr(after, name) for name in OF_A_CODE} | {"forget_at": forget_at}
    if after.failures == before.failures:
        del facts["failures"]  # or failures that are counted meanwhile would be lost
    return engine.change(
        MfaCodeItem(after.about),
        facts_set(MfaCodeItem, facts),
        guard=_is_code(before.code_id),
        refused=lambda _: too_soon,
    )


def voiding(before: MfaCode | None, after: MfaCode) -> engine.Write:
    """Void the code of *after*, which was not sent, and take it off `sent`. Refused as Outrun if a newer one exists."""
    facts = {"sealed_code": NO_CODE, "last_guess": NO_CODE, "sent": before.sent if before else ()}
    return engine.change(MfaCodeItem(after.about), facts_set(MfaCodeItem, facts), guard=_is_code(after.code_id))


def remembering(answered: Answered) -> engine.Write:
    """Remember the answer for its Idempotency-Key. Refused as Outrun if another request was first."""
    return engine.change(
        AnsweredItem(answered.about),
        facts_set(
            AnsweredItem,
            {name: value for name, value in vars(answered).items() if name != "about"}
            | {"forget_at": answered.made_at + policy.MFA_KEY_REMEMBERED_FOR},
        ),
        guard=AnsweredItem.about.does_not_exist()
        | (AnsweredItem.made_at <= answered.made_at - policy.MFA_KEY_REMEMBERED_FOR),
    )


def forgetting(answered: Answered) -> engine.Write:
    """Forget an answer whose code was not sent, so that its key can be used again. Refused as Outrun if replaced."""
    return engine.remove(AnsweredItem(answered.about), guard=AnsweredItem.code_id == answered.code_id)


def being_strict(user_id: str, *, until: datetime) -> engine.Write:
    """Give the codes of a user half their tries until then. Refused as Outrun if they have that long already."""
    strict = UserItem.codes_strict_until
    return engine.change(
        UserItem(account_of(user_id), user_id),
        [strict.set(until)],
        guard=UserItem.user_id.exists() & (strict.does_not_exist() | (strict < until)),
    )


def _recording_attempt(about: str, guess: Guess, sealed: str, backoff: Backoff, *, now: datetime) -> engine.Write:
    """Return the write of `trying`. Only seals of one key can be compared, so the guard demands that of the code."""
    item, key_version = MfaCodeItem, sealed.partition(".")[0]
    # Once the right code was given this guard fails for every attempt, so a code works once. It fails too where no
    # attempt can be right: such attempts cost a stranger nothing, so they must cost the customer's users nothing.
    guard = item.about.exists() & (item.last_guess != item.sealed_code)
    guard &= (item.expires_at > now) & (item.digits == guess.digits)
    guard &= item.sealed_code.startswith(f"{key_version}.")
    guard &= attempts.may_attempt(backoff, item.failures, item.last_at, now=now)
    return engine.change(
        item(about),
        [
            item.last_guess.set(sealed),
            item.last_try.set(guess.try_id),
            item.failures.add(1),
            item.last_at.set(now),
            item.forget_at.set(now + policy.MFA_ATTEMPTS_REMEMBERED_FOR),
        ],
        guard=guard & _is_code(guess.code_id) if guess.code_id else guard,
        refused=lambda raw: Untaken(_read_raw(raw) if raw else None),
    )


def _is_code(code_id: str) -> Condition:
    condition: Condition = MfaCodeItem.code_id == code_id
    return condition


def _attempt_refusal(held: MfaCode | None, guess: Guess, sealed: str, backoff: Backoff, *, now: datetime) -> Refusal:
    if held is None or held.last_guess == held.sealed_code:
        return CodeNotFound()
    if held.has_expired(now=now):
        is_meant = guess.code_id in (None, held.code_id)
        return CodeExpired() if is_meant and sealed == held.sealed_code else CodeNotFound()
    if wait := held.wait(backoff, now=now):
        return TooManyCodes(retry_after=wait)
    return CodeNotFound()


def _read_raw(raw: engine.Raw) -> MfaCode:
    held = read(MfaCodeItem.from_raw_data(raw))
    if held is None:
        raise LookupError("a row that was written is there")
    return held
