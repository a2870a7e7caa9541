"""Harness: many callers at the same instant, on AWS's own engine, and what is in the tables afterwards."""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from random import Random
from threading import Barrier
from time import sleep
from typing import Any

from argon2 import PasswordHasher
from moto.backends import get_backend

from login.flow import sign_in
from shared import chance, policy, seal, settings
from shared.admission import Admission
from shared.delivery import notices
from shared.delivery.notices import CodeSent
from shared.domain.challenges import Challenge
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import ChallengeClosed, Refusal, WrongCode, WrongPassword
from shared.storage import challenges, engine, logins, users
from tests.races.wire import Wire
from tests.support.template import resources, table_name
from verify_code.flow import find_challenge, verify_code

MANY = 200
FEW = 30
AT_ONCE = 50  # threads; each takes another caller's place as soon as it is done
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOME = Origin("198.51.100.7", "Check/1.0")
PASSWORD, CODE, WRONG = "Correct-Horse-7", "271828", "314159"

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2id with the least that it takes: what is promised here is how many are hashed, not how slowly."""

CHEAP_HASH = CHEAP.hash(PASSWORD)

HAVE_LOOKED = 0.2  # of those who answer: what they hold may be old when their turn comes
ALIKE = (ChallengeClosed, WrongCode, WrongPassword)
KEYS = {
    table_name(logical): properties["KeySchema"][0]["AttributeName"]
    for logical, properties in resources("AWS::DynamoDB::Table").items()
}

_numbers = count(600_000_000)
"""Everybody has a number of his own: the engine outlives a test, and so does what a number got."""


@dataclass
class Arena:
    """Where one race is run. Its seed decides who comes first, as far as that can be decided."""

    dynamodb: Any
    wire: Wire
    chance: Random
    crowd: int

    def race[Answer](self, *callers: Callable[[], Answer]) -> list[Answer | Refusal]:
        """What each of *callers* got, when all of them came at once. Anything but a refusal is a mistake of ours."""
        start = Barrier(min(AT_ONCE, len(callers)))
        ordered = self.chance.sample(callers, len(callers))
        late = [self.chance.choice((0, 0, 0.001, 0.003)) for _ in ordered]
        with ThreadPoolExecutor(start.parties, initializer=start.wait) as threads:
            return list(threads.map(_answer, ordered, late))

    def person(self, **facts: Any) -> Login:
        """Somebody new, with a phone and a password."""
        someone = replace(self.nobody(), **facts)
        user = User(someone.account_id, someone.user_id, someone.login, True, NOON)
        engine.commit(logins.adding(someone), users.adding(user))
        return someone

    def nobody(self) -> Login:
        """Somebody who is in no table."""
        account_id = chance.account_id()
        user_id = chance.user_id(account_id)
        return Login(
            login=user_id.casefold(),
            account_id=account_id,
            user_id=user_id,
            email="someone@example.com",
            phone=f"+48{next(_numbers)}",
            language="en",
            enabled=True,
            idle=policy.SESSION_IDLE,
            password_hash=CHEAP_HASH,
        )

    def challenge(self, person: Login) -> Challenge:
        return self.challenges(person, 1)[0]

    def challenges(self, person: Login, number: int) -> list[Challenge]:
        """Challenges of *person* that CODE answers, made without messages: those are limited."""
        made = [_challenge(person) for _ in range(number)]
        engine.commit(*[challenges.adding(challenge) for challenge in made])
        return made

    def looks(self, challenge: Challenge) -> Callable[[], Challenge]:
        """How a caller knows *challenge*: he looks when it is his turn, or has looked before all others came."""
        if self.chance.random() < HAVE_LOOKED:
            return lambda: challenge
        return lambda: find_challenge(challenge.challenge_id, now=challenge.created_at)

    def rows(self, table: str, user_id: str) -> int:
        """How many rows of a user *table* holds."""
        found = self.dynamodb.query(
            TableName=table,
            ConsistentRead=True,
            KeyConditionExpression="user_id = :user",
            ExpressionAttributeValues={":user": {"S": user_id}},
        )
        return int(found["Count"])

    def row(self, table: str, about: str) -> dict[str, Any]:
        """A row as it lies in *table*, empty where there is none."""
        key = {KEYS[table]: {"S": about}}
        return dict(self.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {}))

    def count(self, table: str, about: str, name: str) -> int:
        """A counter of a row, 0 where there is none."""
        return int(self.row(table, about).get(name, {"N": "0"})["N"])


def codes_to(person: Login) -> list[CodeSent]:
    """What waits on the queue for his phone. Looked up inside moto, since asking it takes longer than a race."""
    waiting = get_backend("sqs")["123456789012"]["eu-central-1"].queues["notices"].messages
    read = [notices.read(message.body) for message in waiting]
    return [notice for notice in read if isinstance(notice, CodeSent) and notice.phone == person.phone]


def log_in(person: Login, password: str = PASSWORD, *, origin: Origin = HOME, now: datetime = NOON) -> Any:
    return sign_in(person.login, password, transport="bearer", device=None, origin=origin, now=now)


def answer(look: Callable[[], Challenge], code: str, *, now: datetime = NOON) -> Admission:
    """POST /verify-code, as its door does it."""
    return verify_code(look(), code, origin=HOME, now=now)


def messages_to(arena: Arena, person: Login) -> int:
    """How many instants the row of his number holds."""
    row = arena.row(settings.BUDGETS_TABLE, "number:" + seal.fingerprint("phone", str(person.phone)))
    sent = [value["S"] for name, value in row.items() if name.startswith("sent_")]
    return sum(instant.startswith(f"{NOON:%Y-%m-%d}") for instant in sent)


def of[Kind](kind: type[Kind], answers: Iterable[Any]) -> list[Kind]:
    return [answer for answer in answers if isinstance(answer, kind)]


def tally(answers: Iterable[Any]) -> Counter[type]:
    """How many there are of each kind: of a refusal that which a stranger would see."""
    return Counter(next((kind for kind in ALIKE if isinstance(answer, kind)), type(answer)) for answer in answers)


def _challenge(person: Login) -> Challenge:
    challenge_id = chance.challenge_id(person.user_id)
    return Challenge(
        challenge_id=challenge_id,
        login=person.login,
        phone=str(person.phone),
        language=person.language,
        sealed_code=seal.code(challenge_id, CODE),
        created_at=NOON,
        expires_at=NOON + policy.CODE_LIFETIME,
        resend_at=NOON + policy.RESEND_AFTER,
        tries_left=policy.TRIES_PER_CHALLENGE,
        answered=False,
        idle=person.idle,
        transport="bearer",
        device_known=False,
    )


def _answer[Answer](caller: Callable[[], Answer], late: float) -> Answer | Refusal:
    sleep(late)
    try:
        return caller()
    except Refusal as refusal:
        return refusal
