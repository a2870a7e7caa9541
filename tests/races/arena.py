"""Harness: many callers at the same instant, on AWS's own engine, and what is in the tables afterwards."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import batched, count
from random import Random
from threading import Barrier
from time import sleep
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from moto.backends import get_backend

from login.flow import sign_in
from shared import policy, settings
from shared.auth.second_factor import Attempt
from shared.auth.session_opening import Admission
from shared.auth.sessions import Person, by_session
from shared.crypto import kms, randomness, seal
from shared.delivery import notices
from shared.delivery.notices import CodeSent, Letter, Notice
from shared.domain import identifiers
from shared.domain.accounts import Account
from shared.domain.challenges import LOGIN, Challenge
from shared.domain.identifiers import Token, account_of
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.recovery import RecoveryCodes
from shared.domain.sessions import A_MOMENT, Session
from shared.domain.totp import Authenticator, Enrolment
from shared.domain.users import User
from shared.errors import ChallengeClosed, NotSignedIn, Refusal, WrongCode, WrongPassword
from shared.storage import accounts, challenges, engine, factors, logins, sessions, users
from shared.storage.engine import Write
from tests.races.wire import Wire
from tests.support.template import resources, table_name
from verify_code.flow import find_attempt, verify_code

MANY = 200
FEW = 30
A_BATCH = 25  # rows that DynamoDB takes without a transaction
A_FEW = 8  # threads, where nothing is to meet: with more they are only in each other's way
AT_ONCE = 50  # threads; each takes another caller's place as soon as it is done
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BEFORE, LATER = NOON - timedelta(seconds=20), NOON + timedelta(seconds=30)
A_RACE = timedelta(milliseconds=40)
HOME = Origin("198.51.100.7", "Check/1.0")
PASSWORD, CODE, WRONG = "Correct-Horse-7", "271828", "314159"

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2id with the least that it takes: what is promised here is how many are hashed, not how slowly."""

CHEAP_HASH = CHEAP.hash(PASSWORD)

APP = pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
"""What everybody's app shows: with this secret no two steps near NOON have the same code."""

HAVE_LOOKED = 0.2  # of those who answer: what they hold may be old when their turn comes
ALIKE = (ChallengeClosed, WrongCode, WrongPassword)
KEYS = {
    table_name(logical): properties["KeySchema"][0]["AttributeName"]
    for logical, properties in resources("AWS::DynamoDB::Table").items()
}

SEEDS = range(int(os.environ.get("SEEDS", "20")))
"""How often each race is run, each time in another order; `.ci/run` takes fewer, to stay within its time."""


def seed_name(seed: int) -> str:
    return f"seed{seed}"


SOME_SEEDS = pytest.mark.parametrize("arena", SEEDS[::3], ids=seed_name, indirect=True)
"""For the dearer races, about what cheaper ones hold with every seed, so that all of them take four minutes."""

ONE_SEED = pytest.mark.parametrize("arena", SEEDS[:1], ids=seed_name, indirect=True)
"""Where nobody outruns anybody: with another seed it would be the same once more."""

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

    def instant(self) -> datetime:
        """When a request of a race came. They are stamped at the gateway, and which is done first is another matter."""
        return NOON + self.chance.randrange(A_RACE // A_MOMENT) * A_MOMENT

    def person(self, **facts: Any) -> Login:
        """Somebody new, with a phone and a password."""
        someone = replace(self.nobody(), **facts)
        user = User(
            account_id=someone.account_id,
            user_id=someone.user_id,
            login=someone.login,
            enabled=True,
            created_at=NOON,
            email=someone.email,
            phone=someone.phone,
            has_totp=someone.has_totp,
        )
        engine.commit(logins.adding(someone), users.adding(user), accounts.adding(Account(someone.account_id)))
        return someone

    def nobody(self) -> Login:
        """Somebody who is in no table."""
        account_id = randomness.account_id()
        user_id = randomness.user_id(account_id)
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
        self._put(settings.CHALLENGES_TABLE, map(challenges.adding, made))
        return made

    def sessions(self, person: Login, number: int, *, at: datetime = BEFORE) -> list[Token]:
        """Sessions of *person*, however many: none of them was counted, so that none crowds out another."""
        tokens = [randomness.token("session", person.user_id) for _ in range(number)]
        self._put(settings.SESSIONS_TABLE, [sessions.adding(_session(person, token, at)) for token in tokens])
        return tokens

    def looks(
        self, challenge: Challenge, factor: str = "sms", held: Authenticator | RecoveryCodes | None = None
    ) -> Callable[[], Attempt]:
        """How a caller knows *challenge*: he looks when it is his turn, or has looked before all others came."""
        if self.chance.random() < HAVE_LOOKED:
            return lambda: attempt_at(challenge, factor, held)
        return partial(find_attempt, challenge.challenge_id, factor, now=challenge.created_at)

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

    def _put(self, table: str, writes: Iterable[Write]) -> None:
        for some in batched(writes, A_BATCH, strict=False):
            puts = [{"PutRequest": {"Item": write.arguments["Item"]}} for write in some]
            assert not self.wire.dispatch("BatchWriteItem", {"RequestItems": {table: puts}})["UnprocessedItems"]


def codes_to(person: Login) -> list[CodeSent]:
    """What waits on the queue for his phone."""
    return [notice for notice in of(CodeSent, _waiting()) if notice.phone == person.phone]


def code_for(challenge: Challenge) -> str:
    """The code that waits on the queue for it."""
    return next(code.code for code in of(CodeSent, _waiting()) if challenge.challenge_id in code.id)


def letters_to[Kind: Letter](kind: type[Kind], person: Login) -> list[Kind]:
    """What waits on the queue for his mailbox."""
    return [letter for letter in of(kind, _waiting()) if letter.login == person.login]


def enrolment_of(user_id: str) -> Enrolment:
    """APP, which waits for its first code."""
    return Enrolment(user_id, kms.encrypt(APP.secret, user_id=user_id), NOON + policy.ENROLMENT_LIFETIME)


def give_app(user_id: str) -> Authenticator:
    """APP is the user's, and he has not used it lately."""
    enrolment = enrolment_of(user_id)
    engine.commit(factors.enrolling(enrolment))
    engine.commit(*factors.confirming(enrolment, step=APP.timecode(NOON) - 2, now=NOON))
    return Authenticator(user_id, enrolment.secret_blob, APP.timecode(NOON) - 2, NOON)


def give_codes(user_id: str, codes: list[str]) -> RecoveryCodes:
    """From now on it is these recovery codes that work."""
    digests = frozenset(seal.digest("recovery", user_id, code) for code in codes)
    made = RecoveryCodes(user_id, digests, len(codes), NOON)
    engine.commit(factors.making_codes(made))
    return made


def log_in(
    person: Login,
    password: str = PASSWORD,
    *,
    device: Token | None = None,
    origin: Origin = HOME,
    now: datetime = NOON,
) -> Challenge | Admission:
    """POST /login, as its door does it."""
    outcome, _ = sign_in(person.login, password, transport="bearer", device=device, origin=origin, now=now)
    return outcome


def caller(token: Token, *, now: datetime = NOON) -> Person:
    """Who comes with a session's token, as every door finds out."""
    return by_session(identifiers.write(token), origin=HOME, now=now)


def let_in(tokens: Sequence[Token], *, now: datetime = LATER) -> list[Token]:
    """Those of *tokens* whose sessions are honoured; unless asked for otherwise, when all is over."""
    with ThreadPoolExecutor(A_FEW) as threads:
        honoured = threads.map(partial(_is_let_in, now=now), tokens)
        return [token for token, yes in zip(tokens, honoured, strict=True) if yes]


def attempt_at(challenge: Challenge, factor: str = "sms", held: Authenticator | RecoveryCodes | None = None) -> Attempt:
    """How somebody knows *challenge* who has looked."""
    return Attempt(challenge, factor, held, Account(account_of(challenge.challenge_id)))


def answer(look: Callable[[], Attempt], code: str, *, now: datetime = NOON) -> Admission:
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
    challenge_id = randomness.challenge_id(person.user_id)
    return Challenge(
        challenge_id=challenge_id,
        purpose=LOGIN,
        login=person.login,
        email=person.email,
        phone=person.phone,
        language=person.language,
        channel=person.factors[0],
        factors=" ".join(person.factors),
        sealed_code=seal.code(challenge_id, CODE),
        created_at=NOON,
        expires_at=NOON + policy.CODE_LIFETIME,
        resend_at=NOON + policy.RESEND_AFTER,
        tries_left=policy.ATTEMPTS_PER_CHALLENGE,
        answered=False,
        idle=person.idle,
        transport="bearer",
        device_known=False,
    )


def _session(person: Login, token: Token, at: datetime) -> Session:
    return Session(
        user_id=person.user_id,
        session_id=token.id,
        sealed_secret=seal.token(token),
        created_at=at,
        proved_at=at,
        confirmed_at=at,
        used_at=at,
        ends_at=at + policy.SESSION_LIFETIME,
        idle=person.idle,
        transport="bearer",
        factors="password sms",
        address=HOME.address,
        user_agent=HOME.user_agent,
    )


def _is_let_in(token: Token, *, now: datetime) -> bool:
    try:
        caller(token, now=now)
    except NotSignedIn:
        return False
    return True


def _waiting() -> list[Notice]:
    """Looked up inside moto, since asking it takes longer than a race."""
    waiting = get_backend("sqs")["123456789012"]["eu-central-1"].queues["notices"].messages
    return [notices.read(message.body) for message in waiting]


def _answer[Answer](caller: Callable[[], Answer], late: float) -> Answer | Refusal:
    sleep(late)
    try:
        return caller()
    except Refusal as refusal:
        return refusal
