"""Limits on our own codes by SMS: each user has pots of their own, and numbers that are not proved have more limits.

A pot belongs to a user, a number and a purpose (`Challenge.pot`). Nobody else can use it up, delay it or learn of it:
not another account, nor another user of the same account, nor an enrolment of the same number elsewhere.
"""

from datetime import datetime

from shared import policy
from shared.crypto import seal
from shared.domain.backoff import Backoff
from shared.domain.challenges import GIVEN, GIVEN_BEFORE, NEW, Challenge
from shared.domain.identifiers import account_of, user_of
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import TooManyEnrolments
from shared.storage import attempts, challenges, message_budgets
from shared.storage.engine import Write
from shared.storage.message_budgets import Asking

ENROLMENTS = Backoff(policy.FREE_ENROLMENTS, policy.FIRST_ENROLMENT_WAIT, policy.LONGEST_ENROLMENT_WAIT)
ENROLMENTS_FROM_NETWORK = Backoff(
    policy.FREE_ENROLMENTS_FROM_NETWORK, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE
)


def browser_of(origin: Origin) -> str:
    """Return a fingerprint of the browser, system and network that a request came from."""
    return seal.fingerprint("browser", f"{origin.network} {origin.user_agent}")


def charging(challenge: Challenge, asking: Asking, *, now: datetime) -> list[Write]:
    """Count the first SMS with a code of *challenge*. Refused as TooManyMessages, AskedJustNow or UsedBefore.

    A code to a number that its user has proved is counted for that user and purpose alone.
    """
    row, user_id = challenges.code_row(challenge), user_of(challenge.challenge_id)
    counted = [message_budgets.charging(_pot(challenge), asking, row=row, now=now)]
    if challenge.phone_unproved == GIVEN:
        counted.append(message_budgets.using_given(user_id, _number(challenge), now=now))
    return [*counted, *_charging_unproved(challenge, now=now)]


def charging_resend(challenge: Challenge, *, now: datetime) -> list[Write]:
    """Count another SMS with a code of *challenge*. Refused as TooManyMessages."""
    return [message_budgets.charging(_pot(challenge), now=now), *_charging_unproved(challenge, now=now)]


def proving(challenge: Challenge, *, now: datetime) -> list[Write]:
    """Record that the challenge's number is proved by a right code, if an operator gave it."""
    if challenge.phone_unproved not in (GIVEN, GIVEN_BEFORE):
        return []
    # Not in the login's row: the function that checks codes has no rights to it.
    return [message_budgets.proving_given(user_of(challenge.challenge_id), _number(challenge), now=now)]


def forgetting_asked(challenge: Challenge) -> Write:
    """Let no sign-in share the code of *challenge*, as it was not sent. Refused as Outrun if a newer one was."""
    return message_budgets.forgetting_asked(_pot(challenge), challenges.code_row(challenge))


def beginning(challenge: Challenge, *, now: datetime) -> Write:
    """Count a challenge, whatever its factor. Refused as TooManyChallenges if too many were begun for its purpose."""
    about = f"challenges:{user_of(challenge.challenge_id)}:{challenge.pot}"
    return message_budgets.beginning_challenge(about, now=now)


def enrolling(user: User, phone: str, origin: Origin, *, now: datetime) -> list[Write]:
    """Count an order of a code to *phone*, which the user may not have proved yet.

    Refused as TooManyEnrolments or PhoneInUse. To the user's own number an order costs its message alone.
    """
    if phone == user.phone:
        return []
    number = fingerprint(phone)
    waiting = [(f"enrolment:{user.user_id}", ENROLMENTS), (f"enrolment-from:{origin.network}", ENROLMENTS_FROM_NETWORK)]
    return [
        message_budgets.may_hold(user.account_id, number, user.user_id),
        message_budgets.trying_number(user.user_id, number, now=now),
        *[attempts.recording(about, backoff, TooManyEnrolments, now=now) for about, backoff in waiting],
    ]


def holding(user: User, phone: str | None) -> list[Write]:
    """Record that *phone* is the user's only number from now on; None for none. Refused as PhoneInUse."""
    held = [message_budgets.holding(user.account_id, fingerprint(phone), user.user_id)] if phone else []
    if user.phone is None or user.phone == phone:
        return held
    return [*held, message_budgets.releasing(user.account_id, fingerprint(user.phone), user.user_id)]


def holding_again(user: User, phone: str | None) -> list[Write]:
    """Record that *phone*, which the user had before, is their only number again; None for none. Never refused."""
    if user.phone == phone:
        return []
    back = [message_budgets.holding_again(user.account_id, fingerprint(phone), user.user_id)] if phone else []
    if user.phone is None:
        return back
    return [*back, message_budgets.releasing(user.account_id, fingerprint(user.phone), user.user_id)]


def fingerprint(phone: str) -> str:
    """Return the name of *phone*, in E.164 form, in the keys of counters."""
    return seal.fingerprint("phone", phone)


def _charging_unproved(challenge: Challenge, *, now: datetime) -> list[Write]:
    """Count an SMS to a number that is not proved. An operator's number counts as proved for its first sign-in."""
    if challenge.phone_unproved not in (GIVEN_BEFORE, NEW):
        return []
    counted = [message_budgets.charging_new_number(_number(challenge), now=now)]
    if challenge.phone_unproved == NEW:
        account_id = account_of(challenge.challenge_id)
        counted.append(message_budgets.charging_account(account_id, now=now))
    return counted


def _pot(challenge: Challenge) -> str:
    return f"codes:{user_of(challenge.challenge_id)}:{challenge.pot}:{_number(challenge)}"


def _number(challenge: Challenge) -> str:
    return fingerprint(str(challenge.phone))
