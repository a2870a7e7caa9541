"""Flows of SMS Authenticator: a customer sends codes to their own users, and verifies them."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import policy
from shared.auth.api_clients import ApiClient
from shared.crypto import randomness, seal
from shared.delivery import account_mail, conversion, queue, texts
from shared.delivery.letters import CodesGuessed
from shared.delivery.notices import CodeQueued
from shared.domain.activity import Event
from shared.domain.messages import Recipient
from shared.domain.mfa_codes import Answered, MfaCode, backoff, fill_in, most_wrong
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import CodeNotFound, KeyReused, Outrun, TooManyCodes
from shared.sending import dispatch, orders, sender_choice
from shared.storage import counters, mfa_codes, users
from shared.storage.engine import commit
from shared.storage.mfa_codes import Guess


@dataclass(frozen=True)
class WantedCode:
    """A request for a code: recipient, sender name, the customer's own text, and the Idempotency-Key.

    `hidden`: whoever asks never sees the code.
    """

    to: Recipient
    sender: str | None
    content: str | None
    key: str | None
    hidden: bool = False


@dataclass(frozen=True)
class Sent:
    """A code that was queued: its id, its digits, and the sender name that was asked for."""

    code_id: str
    code: str = field(repr=False)
    sender: str | None


@dataclass(frozen=True)
class Code:
    """The digits of a new code. For a request with an Idempotency-Key they are derived from `salt` and the sealing key
    of `key_version`, so that a repeat gets the same digits although they are not stored.
    """

    digits: str = field(repr=False)
    salt: str = field(default="", repr=False)
    key_version: str = ""


def send(client: ApiClient, order: WantedCode, *, now: datetime) -> Sent:
    """Send a new code; an older one for this number is void. With an Idempotency-Key, a repeat gets the same answer.

    Raises what `orders.order` and `dispatch.send` raise, ResendTooSoon, TooManyMessages, or KeyReused if the key was
    used with another sender or text.
    """
    account, user_id, number = client.account, client.user.user_id, order.to.number
    name = about(user_id, number)
    sender_keys = sender_choice.keys(client.user, order.sender)
    before, answered, rows = mfa_codes.find_with(name, _answer_name(name, order), *sender_keys)
    sender = sender_choice.among(client.user, order.sender, rows)
    if answered and answered.holds(now=now):
        return _repeated_answer(client, order, answered, sender, now=now)
    (before or MfaCode(name)).must_allow_code(now=now)
    code = _new_code(client, order)
    text = _text(client, order, code.digits)
    shipment = orders.order(
        client.user,
        account,
        recipients=[order.to],
        text=text,
        sender=sender,
        kind="code",
        ordered_by=client.credential,
        provenance=client.password_provenance,
        now=now,
    )
    after = (before or MfaCode(name)).with_code(
        shipment.message_id(0),
        seal.number_code(user_id, number, code.digits),
        digits=len(code.digits),
        lifetime=account.code_lifetime,
        now=now,
    )
    # One transaction pays, stores the code and remembers the key: none of them happens without the others.
    remembered = _answer_to_remember(order, code, after, now=now)
    dispatch.send(
        shipment,
        *[mfa_codes.remembering(one) for one in remembered],
        mfa_codes.sending(before, after, now=now),
        code=text,
        expires_at=after.expires_at,
        undoing=[mfa_codes.voiding(before, after), *map(mfa_codes.forgetting, remembered)],
        abroad_per_day=account.abroad_per_day,
        now=now,
    )
    return Sent(after.code_id, code.digits, order.sender)


def verify(client: ApiClient, number: str, code: str, code_id: str | None, *, origin: Origin, now: datetime) -> None:
    """Accept *code* if it is the newest one that the client's user sent to *number*, and was not accepted before.

    *code_id*, if given, is the code that is meant. Raises CodeNotFound if it is wrong, CodeExpired if it is right but
    too late, TooManyCodes if this number had too many wrong ones.
    """
    user = client.user
    guess = Guess(
        lambda sealed: seal.number_code(user.user_id, number, code, like=sealed),
        digits=len(code),
        try_id=randomness.record_id(user.user_id),
        code_id=code_id,
    )
    # A code of another length can't be right, so the length of the guess says how many tries its code has.
    tries = backoff(len(code), strict=now < user.codes_strict_until)
    # One guarded write counts the attempt and stores the sealed guess; only its result tells if the code was right.
    held = mfa_codes.trying(about(user.user_id, number), guess, tries, now=now)
    if not held.is_proved:
        _count_wrong_code(client, len(code), origin, now=now)
        raise CodeNotFound
    conversion.verified(number)


def about(user_id: str, number: str) -> str:
    """Return the key of the number's row. Each user of an account has their own row for the same number."""
    return f"{user_id}:{seal.fingerprint('phone', number)}"


def _new_code(client: ApiClient, order: WantedCode) -> Code:
    """Return a random code, or with an Idempotency-Key one that can be derived again."""
    if order.key is None:
        return Code(randomness.code(client.account.code_digits))
    salt = randomness.record_id(client.user.user_id)
    digits, version = seal.code_again(salt, client.account.code_digits)
    return Code(digits, salt, version)


def _text(client: ApiClient, order: WantedCode, code: str) -> str:
    """Return the SMS: the customer's own text with the code in it, or ours."""
    if order.content is None:
        return texts.customers_sms(client.user.language, code, lifetime=client.account.code_lifetime)
    return fill_in(order.content, code)


def _answer_name(name: str, order: WantedCode) -> str | None:
    """Return the key of the row that remembers the answer, or None without an Idempotency-Key.

    It cannot be the key of a number's row: that one has no second colon, since a fingerprint contains none. Clients
    that see codes and clients that do not never get each other's answers.
    """
    if order.key is None:
        return None
    return f"{name}:{seal.fingerprint('mfa-key-hidden' if order.hidden else 'mfa-key', order.key)}"


def _request_digest(order: WantedCode) -> str:
    """Return a digest of sender and text: a repeat with the same key must have the same."""
    return seal.digest("mfa-asked", order.sender or "", order.content or "")


def _answer_to_remember(order: WantedCode, code: Code, sent: MfaCode, *, now: datetime) -> list[Answered]:
    """Return what is to be stored of the answer; nothing without an Idempotency-Key."""
    key_name = _answer_name(sent.about, order)
    if key_name is None:
        return []
    answered = Answered(
        key_name,
        _request_digest(order),
        sent.code_id,
        code.salt,
        code.key_version,
        len(code.digits),
        now,
        sent.expires_at,
    )
    return [answered]


def _repeated_answer(client: ApiClient, order: WantedCode, answered: Answered, sender: str, *, now: datetime) -> Sent:
    """Return the answer that the first request with this Idempotency-Key got. Raises KeyReused.

    The code is not charged again.
    """
    if answered.asked != _request_digest(order):
        raise KeyReused
    digits, _ = seal.code_again(answered.salt, answered.digits, version=answered.key_version)
    # The first request may have died before its message was queued, so it is queued again: its id is the same, so it is
    # sent once.
    if now < answered.expires_at:
        text = _text(client, order, digits)
        queue.put(
            CodeQueued(
                id=answered.code_id,
                account_id=client.account.account_id,
                phone=order.to.number,
                text=text,
                sender=sender,
                together=1,
                user_id=client.user.user_id,
                ordered_by=client.credential,
                expires_at=answered.expires_at,
            )
        )
    return Sent(answered.code_id, digits, order.sender)


def _count_wrong_code(client: ApiClient, digits: int, origin: Origin, *, now: datetime) -> None:
    """Count a wrong try at a living code against the user. Above the limit each of their numbers has half its tries."""
    try:
        commit(counters.counting_wrong_code(client.user.user_id, most_wrong(digits), now=now))
    except TooManyCodes as full:
        _be_strict(client, now + (full.retry_after or timedelta(0)) + policy.MFA_STRICT_FOR, origin, now=now)


def _be_strict(client: ApiClient, until: datetime, origin: Origin, *, now: datetime) -> None:
    """Halve the tries of the user's numbers until then, note it in the activity log, and tell the account's owner."""
    user = client.user
    if user.codes_strict_until >= until:
        return
    letters = _letters(user, now=now)  # before the write: if they could not be read after it, nobody would be told
    with suppress(Outrun):  # another request did it first, and told it
        commit(mfa_codes.being_strict(user.user_id, until=until), client.noting(Event.CODES_GUESSED, origin, now=now))
        queue.tell(*letters)


def _letters(user: User, *, now: datetime) -> list[CodesGuessed]:
    """Return the e-mail to the owner of the user's account. Its id lets one through in each span of the policy."""
    span = int(now.timestamp() // policy.MFA_GUESSING_TOLD_EVERY.total_seconds())
    owners = [user] if user.owner else [one for one in users.of_account(user.account_id) if one.owner]
    notice_id = f"codes-guessed:{user.user_id}:{span}"
    return [account_mail.addressed(CodesGuessed, notice_id, owner, by=user.login, at=now) for owner in owners]
