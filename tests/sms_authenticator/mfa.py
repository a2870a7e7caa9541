"""Codes that customers send to their own users: sent as storage writes them, asked for as clients ask."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared import policy
from shared.crypto import randomness, seal
from shared.domain import points
from shared.domain.identifiers import account_of
from shared.domain.mfa_codes import MfaCode
from shared.domain.points import Points
from shared.storage import accounts, mfa_codes, users, wallets
from shared.storage.engine import commit
from sms_authenticator.flow import about
from tests.proofs import tables
from tests.support.events import Reply
from tests.support.tokens import given
from tests.support.world import Person, World

NUMBER, OTHER_NUMBER, CODE, WRONG = "+48600100200", "+48600100201", "271828", "314159"
CODES, VERIFICATIONS = "/mfa/codes", "/mfa/codes/verifications"
PRICE = points.read("0.16")
"""Of one part home, see tests/conftest.py."""


@dataclass(frozen=True)
class Shop:
    """A customer's program with a token of its own."""

    world: World
    person: Person
    secret: str

    @property
    def account_id(self) -> str:
        return account_of(self.person.user_id)

    def post(self, path: str, body: object, **more: Any) -> Reply:
        headers = {"Authorization": f"Bearer {self.secret}", **more.pop("headers", {})}
        return self.world.post(path, body, headers=headers, **more)

    def send(self, number: str = NUMBER, *, key: str | None = None, **more: Any) -> Reply:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.post(CODES, {"phone_number": number, **more}, headers=headers)

    @property
    def balance(self) -> Points:
        return wallets.balance(self.account_id)

    def verify(self, code: str = CODE, number: str = NUMBER, **more: Any) -> Reply:
        return self.post(VERIFICATIONS, {"phone_number": number, "code": code, **more})

    def held(self, number: str = NUMBER) -> MfaCode:
        found, _, _ = mfa_codes.find_with(about(self.person.user_id, number), None)
        assert found
        return found


def shop(world: World, person: Person | None = None, **facts: Any) -> Shop:
    """A program of *person*, of ann's without one. *facts* are fields of its token."""
    person = person or world.ann
    facts = {"scopes": "sms_authenticator", "used_at": world.now, **facts}
    return Shop(world, person, given(world, person, **facts))


def put_code(user_id: str, *, number: str = NUMBER, code: str = CODE, now: datetime, **facts: Any) -> MfaCode:
    """The newest code that the user sent to that number, made without a message. *facts* are fields of its row."""
    before, _, _ = mfa_codes.find_with(about(user_id, number), None)
    sealed, code_id = seal.number_code(user_id, number, code), randomness.record_id(user_id)
    after = (before or MfaCode(about(user_id, number))).with_code(
        code_id, sealed, digits=len(code), lifetime=policy.CODE_LIFETIME, now=now
    )
    after = replace(after, **facts)
    commit(mfa_codes.sending(before, after, now=now))
    return after


def decide(person: Person, *, digits: int = policy.CODE_DIGITS, lifetime: timedelta = policy.CODE_LIFETIME) -> None:
    """How the account's codes are from now on."""
    commit(accounts.setting_codes(account_of(person.user_id), digits=digits, lifetime=lifetime))


def wrong_this_hour(person: Person) -> int:
    """How many wrong codes of the person were counted in any hour."""
    rows = [row for row in tables.rows("budgets") if row["about"]["S"].startswith(f"wrong-codes:{person.user_id}:")]
    return sum(int(row["wrong"]["N"]) for row in rows)


def strict_until(person: Person) -> datetime:
    """Until when the person's codes have half their tries."""
    user, _ = users.find(person.user_id)
    assert user
    return user.codes_strict_until
