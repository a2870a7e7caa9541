"""What refusals tell their readers: docstrings stand in the contract, messages in the answers."""

import re
from datetime import timedelta

import pytest

from shared import errors, policy
from shared.errors import (
    BodyTooLarge,
    ExpiryRefused,
    IdxUsed,
    KeyMalformed,
    MessageIdsExceeded,
    PartsExceeded,
    RecipientsExceeded,
    Refusal,
    TooFarAhead,
)

REFUSALS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refusal)]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda kind: kind.__name__)
def test_a_refusal_is_explained_in_one_line_of_its_own(refusal: type[Refusal]):
    explained = vars(refusal)["__doc__"]
    assert explained.endswith(".") or explained.endswith(".)")
    assert "\n" not in explained


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda kind: kind.__name__)
def test_a_refusal_takes_nobody_for_a_man(refusal: type[Refusal]):
    assert not re.search(r"\b(he|his|him|himself)\b", f"{refusal.__doc__} {refusal.message}".casefold())


@pytest.mark.parametrize(
    ("refusal", "named"),
    [
        (BodyTooLarge, f"{policy.MAX_BODY_BYTES // 1024} KiB"),
        (RecipientsExceeded, f"{policy.RECIPIENTS_OF_ORDER:,} recipients ({policy.RECIPIENTS_AT_ONCE} "),
        (RecipientsExceeded, f"{policy.COUNTRIES_AT_ONCE} countries"),
        (MessageIdsExceeded, f"{policy.MESSAGES_ASKED_AT_ONCE} ids"),
        (PartsExceeded, f"{policy.MESSAGE_PARTS} parts"),
        (KeyMalformed, f"1 to {policy.MFA_KEY_CHARACTERS} "),
        (ExpiryRefused, f"{policy.EXPIRES_SOONEST // MINUTE} minutes to {policy.EXPIRES_LATEST // HOUR} hours"),
        (IdxUsed, f"{policy.IDX_KEPT_FOR // HOUR} hours"),
        (TooFarAhead, f"{policy.SCHEDULED_AHEAD // DAY} days"),
    ],
)
def test_a_limit_that_a_message_names_is_the_policys(refusal: type[Refusal], named: str):
    assert named in refusal.message
