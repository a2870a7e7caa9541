"""The set-up of races: many requests at the same instant on AWS's own engine, and what the tables hold afterwards."""

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
from shared.auth import message_limits, second_factor
from shared.auth.factors.base import Attempt
from shared.auth.session_opening import NewSession
from shared.auth.sessions import Person, by_session
from shared.crypto import kms, randomness, seal
from shared.delivery import notices
from shared.delivery.letters import Letter
from shared.delivery.notices import CodeSent, Notice
from shared.domain import identifiers
from shared.domain.accounts import Account
from shared.domain.challenges import LOGIN, NO_CODE, Challenge
from shared.domain.identifiers import Token, account_of, user_of
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.recovery import RecoveryCodes
from shared.domain.sessions import A_MOMENT, Session
from shared.domain.totp import Authenticator, Enrolment
from shared.domain.users import User
from shared.errors import ChallengeClosed, LimitReached, NoPoints, NotSignedIn, Refusal, WrongCode, WrongPassword
from shared.storage import accounts, challenges, engine, factors, logins, sessions, users
from shared.storage.engine import Write
from tests.support.template import resources, table_name
from tests.support.wire import Wire
from tests.support.world import QUEUES
from verify_code.flow import find_attempt, verify_code

MANY = 200
FEW = 30
A_BATCH = 25  # rows in a BatchWriteItem, DynamoDB's limit
A_FEW = 8  # threads, where there is no race: more would only slow each other down
AT_ONCE = int(os.environ.get("AT_ONCE", "50"))
"""Threads; each takes the next caller when it is done. With one, a race becomes a queue, in the order of its seed: what
it promises must hold then too, whoever comes first."""
NOON = datetime(datetime.now(UTC).year + 1, 11, 23, 12, 0, tzinfo=UTC)
"""In November of next year: the engine itself removes rows whose time to live is over by this machine's clock."""
TURN = NOON.replace(month=12, day=1, hour=0)
"""When the next month begins."""
BEFORE, LATER = NOON - timedelta(seconds=20), NOON + timedelta(seconds=30)
A_RACE = timedelta(milliseconds=40)
HOME = Origin("198.51.100.7", "Check/1.0")
PASSWORD, CODE, WRONG = "Correct-Horse-7", "271828", "314159"

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2id with its lowest parameters: races are about how many hashes are made, not how slow they are."""

CHEAP_HASH = CHEAP.hash(PASSWORD)

APP = pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
"""Everybody's authenticator app. With this secret no two time steps near NOON have the same code."""

HAVE_LOOKED = 0.2  # share of callers who read a row before the race: it may be out of date when they act
ALIKE = (ChallengeClosed, WrongCode, WrongPassword, LimitReached, NoPoints)
"""Refusals whose subclasses look the same to a caller."""

KEYS = {
    table_name(logical): properties["KeySchema"][0]["AttributeName"]
    for logical, properties in resources("AWS::DynamoDB::Table").items()
}

SEEDS = range(int(os.environ.get("SEEDS", "20")))
"""How often each race is run, each time in another order. `.ci/run` takes fewer, to save time."""


def seed_name(seed: int) -> str:
    return f"seed{seed}"


SOME_SEEDS = pytest.mark.parametrize("arena", SEEDS[::3], ids=seed_name, indirect=True)
"""For slow races, whose promise a faster race checks with every seed, so that all together take a few minutes."""

ONE_SEED = pytest.mark.parametrize("arena", SEEDS[:1], ids=seed_name, indirect=True)
"""For tests without a race: another seed would change nothing."""

_numbers = count(600_000_000)
"""Phone numbers, another one for each user: the engine keeps the counts of a number from test to test."""


@dataclass
class Arena:
    """The place of one race. Its seed decides the order of the requests, as far as that can be decided."""

    dynamodb: Any
    wire: Wire
    chance: Random
    crowd: int

    def race[Answer](self, *callers: Callable[[], Answer]) -> list[Answer | Refusal]:
        """Run all *callers* at once and return what each got. Any exception but a Refusal fails the test."""
        start = Barrier(min(AT_ONCE, len(callers)))
        ordered = self.chance.sample(callers, len(callers))
        late = [self.chance.choice((0, 0, 0.001, 0.003)) for _ in ordered]
        with ThreadPoolExecutor(start.parties, initializer=start.wait) as threads:
            return list(threads.map(_answer, ordered, late))

    def instant(self) -> datetime:
        """Return the time of a request of the race. The order of commits differs from that of these times."""
        return NOON + self.chance.randrange(A_RACE // A_MOMENT) * A_MOMENT

    def person(self, **facts: Any) -> Login:
        """Add a user with a phone and a password."""
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
        """Return a user who is in no table."""
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
        """Add challenges of *person* that CODE answers, without sending messages, which are limited."""
        made = [_challenge(person) for _ in range(number)]
        self._put(settings.CHALLENGES_TABLE, map(challenges.adding, made))
        return made

    def sessions(self, person: Login, number: int, *, at: datetime = BEFORE) -> list[Token]:
        """Add sessions of *person*, any number: they are not counted, so none ends another."""
        tokens = [randomness.token("session", person.user_id) for _ in range(number)]
        self._put(settings.SESSIONS_TABLE, [sessions.adding(_session(person, token, at)) for token in tokens])
        return tokens

    def looks(self, challenge: Challenge, factor: str = "sms") -> Callable[[], Attempt]:
        """Return how a caller knows *challenge*: some read it when it is their turn, some before all others came."""
        if self.chance.random() < HAVE_LOOKED:
            attempt = attempt_at(challenge, factor)
            return lambda: attempt
        return partial(find_attempt, challenge.challenge_id, factor, now=challenge.created_at)

    def rows(self, table: str, user_id: str) -> int:
        """Return how many rows of a user *table* has, without those of ended sessions and that which counts devices."""
        found = self.dynamodb.query(
            TableName=table,
            ConsistentRead=True,
            KeyConditionExpression="user_id = :user",
            FilterExpression="(attribute_not_exists(ended) OR ended = :no) AND attribute_not_exists(devices)",
            ExpressionAttributeValues={":user": {"S": user_id}, ":no": {"BOOL": False}},
        )
        return int(found["Count"])

    def row(self, table: str, about: str) -> dict[str, Any]:
        """Return a row of *table*, empty if there is none."""
        key = {KEYS[table]: {"S": about}}
        return dict(self.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {}))

    def count(self, table: str, about: str, name: str) -> int:
        """Return a counter of a row, 0 if there is none."""
        return int(self.row(table, about).get(name, {"N": "0"})["N"])

    def _put(self, table: str, writes: Iterable[Write]) -> None:
        for some in batched(writes, A_BATCH, strict=False):
            puts = [{"PutRequest": {"Item": write.arguments["Item"]}} for write in some]
            assert not self.wire.dispatch("BatchWriteItem", {"RequestItems": {table: puts}})["UnprocessedItems"]


def codes_to(person: Login) -> list[CodeSent]:
    """Return the codes on the queue for the phone of *person*."""
    return [notice for notice in of(CodeSent, _waiting()) if notice.phone == person.phone]


def code_for(challenge: Challenge) -> str:
    """Return the code on the queue for *challenge*, which may share it with an earlier one."""
    found, _ = challenges.find_with(challenge.challenge_id)
    assert found
    row = challenges.code_row(found)
    sent = of(CodeSent, _waiting())
    return next(code.code for code in sent if seal.is_code(found.sealed_code, row, code.code))


def letters_to[Kind: Letter](kind: type[Kind], person: Login) -> list[Kind]:
    """Return the e-mails of that kind on the queue for *person*."""
    return [letter for letter in of(kind, _waiting()) if letter.login == person.login]


def enrolment_of(user_id: str) -> Enrolment:
    """Return an enrolment of APP, which waits for its first code."""
    return Enrolment(user_id, kms.encrypt(APP.secret, user_id=user_id), NOON + policy.ENROLMENT_LIFETIME)


def give_app(user_id: str) -> Authenticator:
    """Make APP the user's authenticator app, with no code used lately."""
    enrolment = enrolment_of(user_id)
    engine.commit(factors.enrolling(enrolment))
    engine.commit(*factors.confirming(enrolment, step=APP.timecode(NOON) - 2, now=NOON))
    return Authenticator(user_id, enrolment.secret_blob, APP.timecode(NOON) - 2, NOON)


def give_codes(user_id: str, codes: list[str]) -> RecoveryCodes:
    """Make *codes* the user's recovery codes."""
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
) -> Challenge | NewSession:
    """Sign in as the handler of POST /login does."""
    devices = [device] if device else []
    outcome, _ = sign_in(person.login, password, transport="bearer", devices=devices, origin=origin, now=now)
    return outcome


def caller(token: Token, *, now: datetime = NOON) -> Person:
    """Return who calls with a session's token, as the handlers find out."""
    return by_session(identifiers.write(token), origin=HOME, now=now)


def let_in(tokens: Sequence[Token], *, now: datetime = LATER) -> list[Token]:
    """Return those of *tokens* whose sessions are valid, by default after the race."""
    with ThreadPoolExecutor(A_FEW) as threads:
        honoured = threads.map(partial(_is_let_in, now=now), tokens)
        return [token for token, yes in zip(tokens, honoured, strict=True) if yes]


def attempt_at(challenge: Challenge, factor: str = "sms") -> Attempt:
    """Return the attempt of a caller who has read *challenge* already, with the code that it may share."""
    challenge = (challenges.find_with(challenge.challenge_id)[0] if challenge.shares else None) or challenge
    keys = second_factor.FACTORS[factor].keys(user_of(challenge.challenge_id))
    rows = engine.fetch(*keys) if keys else []
    return Attempt(challenge, factor, rows, Account(account_of(challenge.challenge_id)))


def answer(look: Callable[[], Attempt], code: str, *, now: datetime = NOON) -> NewSession:
    """Answer a challenge as the handler of POST /verify-code does."""
    return verify_code(look(), code, origin=HOME, now=now)


def messages_to(arena: Arena, person: Login) -> int:
    """Return how many codes of the person's number are counted for sign-ins from unknown devices."""
    return codes_counted(arena, person, "unknown-device")


def codes_counted(arena: Arena, person: Login, purpose: str, phone: str | None = None) -> int:
    """Return how many codes of the person's number, or of *phone*, are counted for a purpose, see `Challenge.pot`."""
    number = message_limits.fingerprint(phone or str(person.phone))
    row = arena.row(settings.BUDGETS_TABLE, f"codes:{person.user_id}:{purpose}:{number}")
    sent = [value["S"] for name, value in row.items() if name.startswith("sent_")]
    return sum(instant.startswith(f"{NOON:%Y-%m-%d}") for instant in sent)


def of[Kind](kind: type[Kind], answers: Iterable[Any]) -> list[Kind]:
    return [answer for answer in answers if isinstance(answer, kind)]


def tally(answers: Iterable[Any]) -> Counter[type]:
    """Count *answers* by kind. Refusals that look the same to a caller are of one kind."""
    return Counter(next((kind for kind in ALIKE if isinstance(answer, kind)), type(answer)) for answer in answers)


def places(number: int) -> list[Origin]:
    """Return so many networks: a browser that repeats its sign-in on one network would share one code."""
    return [Origin(f"203.0.113.{place}", "Check/1.0") for place in range(number)]


def _challenge(person: Login) -> Challenge:
    challenge_id = randomness.challenge_id(person.user_id)
    factors = [factor.name for factor in second_factor.of(person)]
    made = Challenge(
        challenge_id=challenge_id,
        purpose=LOGIN,
        login=person.login,
        email=person.email,
        phone=person.phone,
        language=person.language,
        channel=factors[0],
        factors=" ".join(factors),
        sealed_code=NO_CODE,
        created_at=NOON,
        expires_at=NOON + policy.CODE_LIFETIME,
        resend_at=NOON + policy.RESEND_AFTER,
        tries_left=policy.ATTEMPTS_PER_CHALLENGE,
        answered=False,
        idle=person.idle,
        transport="bearer",
        device_known=False,
    )
    return replace(made, sealed_code=seal.code(challenges.code_row(made), CODE))


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
        device_seen_at=at,
    )


def _is_let_in(token: Token, *, now: datetime) -> bool:
    try:
        caller(token, now=now)
    except NotSignedIn:
        return False
    return True


def _waiting() -> list[Notice]:
    """Return the notices on the queue. They are read inside moto: a call to SQS takes longer than a race."""
    queues = get_backend("sqs")["123456789012"]["eu-central-1"].queues
    return [notices.read(message.body) for name in QUEUES for message in queues[name].messages]


def _answer[Answer](caller: Callable[[], Answer], late: float) -> Answer | Refusal:
    sleep(late)
    try:
        return caller()
    except Refusal as refusal:
        return refusal
