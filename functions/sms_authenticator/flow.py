"""The story of SMS Authenticator: a customer's own users prove their phones, each code once."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from shared.auth.api_clients import ApiClient
from shared.crypto import randomness, seal
from shared.delivery import queue, texts
from shared.delivery.notices import CodeQueued
from shared.domain.activity import Event
from shared.domain.messages import Recipient
from shared.domain.mfa_codes import Answered, ProvedNumber, fill_in, ladder
from shared.domain.origins import Origin
from shared.errors import CodeExpired, CodeNotFound, KeyReused, Outrun, TooManyCodes
from shared.sending import dispatch, orders, sender_choice
from shared.storage import accounts, counters, mfa_codes
from shared.storage.engine import commit


@dataclass(frozen=True)
class Order:
    """A code that is wanted: to whom, under which sender name, with which text, and under which Idempotency-Key."""

    to: Recipient
    sender: str | None
    content: str | None
    key: str | None


@dataclass(frozen=True)
class Sent:
    """A code that is on its way, and what is remembered so that the same key gets it again."""

    code_id: str
    code: str = field(repr=False)
    sender: str | None


@dataclass(frozen=True)
class Code:
    """The digits. Those of an order with a key can be found again by `salt` and the key of that version."""

    digits: str = field(repr=False)
    salt: str = field(default="", repr=False)
    key_version: str = ""


def send(who: ApiClient, order: Order, *, now: datetime) -> Sent:
    """A new code is on its way, and an older one is void. Points, cool-down and code stand or fall together.

    The same key gets the same answer for a day, and no second message. Raises what `guard.order` and `guard.send` do,
    ResendTooSoon, TooManyMessages, TooManyCodes, ContentWithoutCode, KeyReused.
    """
    account, number = who.account, order.to.number
    name = about(account.account_id, number)
    sender_keys = sender_choice.keys(who.user, order.sender)
    before, answered, rows = mfa_codes.find_with(name, _about_key(name, order), *sender_keys)
    sender = sender_choice.among(who.user, order.sender, rows)
    if answered and answered.holds(now=now):
        return _again(who, order, answered, sender, now=now)
    _must_be_allowed(who, before or ProvedNumber(name), now=now)
    code = _new_code(who, order)
    text = _text(who, order, code.digits)
    shipment = orders.order(who.user, account, recipients=[order.to], text=text, sender=sender, kind="code", now=now)
    after = (before or ProvedNumber(name)).with_code(
        shipment.message_id(0),
        seal.number_code(account.account_id, number, code.digits),
        lifetime=account.code_lifetime,
        now=now,
    )
    remembered = _remembered(order, code, after, now=now)
    dispatch.send(
        shipment,
        *[mfa_codes.remembering(one) for one in remembered],
        mfa_codes.sending(before, after, now=now),
        code=text,
        expires_at=after.expires_at,
        undoing=[mfa_codes.voiding(before, after), *map(mfa_codes.forgetting, remembered)],
        now=now,
    )
    return Sent(after.code_id, code.digits, order.sender)


def verify(who: ApiClient, number: str, code: str, code_id: str | None, *, origin: Origin, now: datetime) -> None:
    """The newest code that was sent to *number* is right, once. A try is paid for before it is looked at.

    Raises CodeNotFound, CodeExpired for the right code too late, TooManyCodes.
    """
    account = who.account
    account.must_take_codes(now=now)
    try:
        held = mfa_codes.trying(
            about(account.account_id, number),
            seal.number_code(account.account_id, number, code),
            try_id=randomness.record_id(who.user.user_id),
            code_id=code_id,
            ladder=ladder(account.code_digits),
            now=now,
        )
        if not held.is_proved:
            raise CodeNotFound
    except CodeNotFound:
        _count_wrong(who, origin, now=now)
        raise
    if held.has_expired(now=now):
        raise CodeExpired


def about(account_id: str, number: str) -> str:
    """The row of a number. Every account has its own of the same number."""
    return f"{account_id}:{seal.fingerprint('phone', number)}"


def _must_be_allowed(who: ApiClient, number: ProvedNumber, *, now: datetime) -> None:
    """No message is wasted on a code that could not be tried."""
    who.account.must_take_codes(now=now)
    number.must_allow_code(ladder(who.account.code_digits), now=now)


def _new_code(who: ApiClient, order: Order) -> Code:
    if order.key is None:
        return Code(randomness.code(who.account.code_digits))
    salt = randomness.record_id(who.user.user_id)
    digits, version = seal.code_again(salt, who.account.code_digits)
    return Code(digits, salt, version)


def _text(who: ApiClient, order: Order, code: str) -> str:
    if order.content is None:
        return texts.customers_sms(who.user.language, code, lifetime=who.account.code_lifetime)
    return fill_in(order.content, code)


def _about_key(name: str, order: Order) -> str | None:
    """Where it lies what was answered. No number has such a name: there is no colon in a fingerprint."""
    return f"{name}:{seal.fingerprint('mfa-key', order.key)}" if order.key is not None else None


def _asked(order: Order) -> str:
    return seal.digest("mfa-asked", order.sender or "", order.content or "")


def _remembered(order: Order, code: Code, sent: ProvedNumber, *, now: datetime) -> list[Answered]:
    key_name = _about_key(sent.about, order)
    if key_name is None:
        return []
    answered = Answered(
        key_name, _asked(order), sent.code_id, code.salt, code.key_version, len(code.digits), now, sent.expires_at
    )
    return [answered]


def _again(who: ApiClient, order: Order, answered: Answered, sender: str, *, now: datetime) -> Sent:
    """The answer of before. Whoever gave it may have died before the message was on the queue, so it is put there.

    It has the same id, so that it goes out once.
    """
    if answered.asked != _asked(order):
        raise KeyReused
    digits, _ = seal.code_again(answered.salt, answered.digits, version=answered.key_version)
    if now < answered.expires_at:
        text = _text(who, order, digits)
        queue.put(
            CodeQueued(
                id=answered.code_id,
                account_id=who.account.account_id,
                phone=order.to.number,
                text=text,
                sender=sender,
                together=1,
                expires_at=answered.expires_at,
            )
        )
    return Sent(answered.code_id, digits, order.sender)


def _count_wrong(who: ApiClient, origin: Origin, *, now: datetime) -> None:
    """Whatever was wrong costs the same. Raises TooManyCodes where it was one too many, and closes the account's."""
    try:
        commit(counters.counting_wrong_code(who.account.account_id, now=now))
    except TooManyCodes as full:
        _close(who, full, origin, now=now)
        raise


def _close(who: ApiClient, full: TooManyCodes, origin: Origin, *, now: datetime) -> None:
    until = now + full.retry_after if full.retry_after else now
    with suppress(Outrun):  # another request closed them, and noted it
        commit(
            accounts.closing_codes(who.account.account_id, until=until),
            who.noting(Event.CODES_CLOSED, origin, now=now),
        )
