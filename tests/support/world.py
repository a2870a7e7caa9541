"""Furtka as its callers see it: requests go in as AWS sends them, messages come out of an outbox."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from unittest.mock import patch

import boto3
import pyotp
from moto import mock_aws
from moto.backends import get_backend

import account.handler
import carriers.handler
import contacts.handler
import factors.handler
import login.handler
import messages.handler
import notify.handler
import oauth.handler
import passwords.handler
import sms_authenticator.handler
import subusers.handler
import tokens.handler
import unknown_paths.handler
import verify_code.handler
from furtka.local.queues import deliver_sooner
from shared import policy, settings
from shared.crypto import password_hash, randomness, seal
from shared.domain.accounts import Account
from shared.domain.logins import Login
from shared.domain.users import User
from shared.http.not_offered import family_of
from shared.http.route_rules import below_root
from shared.sending import price_list
from shared.storage import accounts, engine, logins, users
from tests.support import events
from tests.support.events import HOME, ORIGIN, Call, Context, Reply
from tests.support.template import create_tables

type Door = Callable[[dict[str, Any], Any], dict[str, Any]]

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
"""Noon of tomorrow: for the age of a code `notify` takes the later of the wall clock and the queue's time."""

PASSWORD = "Correct-Horse-7"
PASSWORD_HASH = password_hash.hash_password(PASSWORD)
"""Made once, before any test: Argon2id is slow on purpose, and a test may replace it with a faster one."""

ORIGIN_SECRET = "CanaryOfTheOriginSecret0123456789"
"""What CloudFront shows, where it is in front: `monkeypatch.setattr(settings, "ORIGIN_SECRETS", "origin-secrets")`."""

FROM_PANEL = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}

HANDLERS = {
    "LoginFunction": login.handler,
    "VerifyCodeFunction": verify_code.handler,
    "AccountFunction": account.handler,
    "PasswordsFunction": passwords.handler,
    "FactorsFunction": factors.handler,
    "TokensFunction": tokens.handler,
    "OauthFunction": oauth.handler,
    "SmsAuthenticatorFunction": sms_authenticator.handler,
    "SubusersFunction": subusers.handler,
    "MessagesFunction": messages.handler,
    "ContactsFunction": contacts.handler,
    "CarriersFunction": carriers.handler,
    "UnknownPathsFunction": unknown_paths.handler,
}
"""The modules of the functions that have routes, by their names in the template."""


ROUTES = {route.name for handler in HANDLERS.values() for route in handler.routes}
"""Every method and path of a handler."""


def door(path: str) -> Door:
    """Return the handler that API Gateway calls for *path*: any text may stand for a name in braces."""
    path = below_root(path)
    if family_of(path.rstrip("/")):
        return messages.handler.lambda_handler
    known = (
        handler.lambda_handler
        for handler in HANDLERS.values()
        if any(route.pattern.fullmatch(path.rstrip("/")) for route in handler.routes)
    )
    return next(known, unknown_paths.handler.lambda_handler)


ACCOUNT = "123456789012"
KEPT = ("dynamodb", "secretsmanager", "kms")
"""moto's services that are restored from a copy. Queues hold a lock and e-mail has two backends: they are made anew."""

QUEUES = ("codes", "notices", "messages")
"""The names of the queues that `notify` takes from, which is played without the SDK."""

REPORTS = "reports"
"""The name of the queue of delivery reports."""

GUESSES = ("000000", "000001", "123456")
"""Codes that tests use as wrong ones; they are never drawn."""

NEAR = range(-12, 13)
"""Time steps around the one in which an app gets its secret: about all that a test lets pass."""

_furniture: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True)
class Person:
    """A user with a password, an e-mail address and, perhaps, a phone."""

    login: str
    user_id: str
    email: str
    phone: str | None
    password: str = PASSWORD


@dataclass
class World:
    """One stack, with a clock that the test controls."""

    now: datetime = NOON
    ann: Person = field(init=False)
    messages: list[tuple[str, str]] = field(default_factory=list)

    def wait(self, time: timedelta) -> None:
        self.now += time
        deliver_sooner(time)  # moto keeps delayed messages back by the wall clock

    def call(self, method: str, path: str, body: object = None, **more: Any) -> Reply:
        call = Call(method, path, self.now, body, **more)
        return events.reply(door(path)(call.event, Context()))

    def post(self, path: str, body: object = None, **more: Any) -> Reply:
        return self.call("POST", path, body, **more)

    def sign_in(self, person: Person | None = None, **more: Any) -> Reply:
        """POST /login. *more* goes into the body, except `headers` and `address`."""
        person = person or self.ann
        aside = {name: more.pop(name) for name in ("headers", "address") if name in more}
        return self.post("/login", {"login": person.login, "password": person.password, **more}, **aside)

    def challenge(self, person: Person | None = None, **more: Any) -> str:
        """Sign in and return the id of the challenge."""
        return str(self.sign_in(person, **more).body["challenge"]["id"])

    def verify(self, challenge_id: str, code: str, **more: Any) -> Reply:
        return self.post("/verify-code", {"challenge_id": challenge_id, "code": code}, **more)

    def session(self, person: Person | None = None, **more: Any) -> dict[str, Any]:
        """Return the answer to a complete sign-in."""
        challenge_id = self.challenge(person, **more)
        answer = self.verify(challenge_id, self.code())
        assert answer.status == 200, answer
        return dict(answer.body)

    def me(self, token: str, **more: Any) -> Reply:
        return self.call("GET", "/session", headers={"Authorization": f"Bearer {token}"}, **more)

    def deliver(self) -> list[dict[str, str]]:
        """Let `notify` take everything from its queues, and return the messages that failed."""
        sqs = get_backend("sqs")[ACCOUNT]["eu-central-1"]
        failures: list[dict[str, str]] = []
        while waiting := [name for name in QUEUES if sqs.queues[name].messages]:
            for name in waiting:
                taken = sqs.receive_message(name, 10, wait_seconds_timeout=0, visibility_timeout=30)
                event = events.records([message.body for message in taken], at=self.now, queue=name)
                failures += notify.handler.lambda_handler(event, Context(60_000))["batchItemFailures"]  # type: ignore[arg-type]
                for message in taken:
                    sqs.delete_message(name, message.receipt_handle)
        return failures

    @property
    def sms(self) -> list[tuple[str, str]]:
        """(number, text) of every SMS that was sent, oldest first."""
        self.deliver()
        return list(get_backend("sns")["123456789012"]["eu-central-1"].sms_messages.values())

    @property
    def mails(self) -> list[tuple[str, str, str]]:
        """(address, subject, text) of every e-mail that was sent, oldest first."""
        self.deliver()
        sent = get_backend("ses")["123456789012"]["eu-central-1"].sent_messages
        return [(mail.destinations["ToAddresses"][0], mail.subject, mail.body) for mail in sent]

    def link(self, kind: str) -> str:
        """Return the token of the newest link of that kind in the e-mails."""
        return str(re.findall(f"furtka_{kind}_[0-9A-Za-z]+", " ".join(text for _, _, text in self.mails))[-1])

    def code(self) -> str:
        """Return the newest code sent by SMS, as a person reads it."""
        found = [code for _, text in self.sms for code in re.findall(r"\b[0-9]{6}\b", text)]
        return str(found[-1])

    def wrong_code(self) -> str:
        """Return a code that is not the newest one."""
        return "000000" if self.code() != "000000" else "000001"

    def add(self, name: str, *, owner: bool = True, **facts: Any) -> Person:
        """Add a user with a password, in an account of their own. *facts* are fields of the login."""
        account_id = randomness.account_id()
        user_id = randomness.user_id(account_id)
        found = Login(
            login=name,
            account_id=account_id,
            user_id=user_id,
            email=f"{name}@example.com",
            phone="+48600100200",
            language="en",
            enabled=True,
            idle=policy.SESSION_IDLE,
            password_hash=PASSWORD_HASH,
        )
        found = replace(found, **facts)
        user = User(
            account_id=account_id,
            user_id=user_id,
            login=name,
            enabled=found.enabled,
            created_at=self.now,
            email=found.email,
            phone=found.phone,
            has_totp=found.has_totp,
            password_set_at=self.now,
            owner=owner,
        )
        engine.commit(logins.adding(found), users.adding(user), accounts.adding(Account(account_id)))
        return Person(name, user_id, found.email, found.phone)


def read_secrets() -> None:
    """Let the running function have read all that it keeps of the secret store."""
    seal.fingerprint("any", "any")
    seal.seal("any")
    price_list.current()


@contextmanager
def new_world() -> Iterator[World]:
    with mock_aws():
        furnish()
        world = World()
        with _codes_that_differ(world):
            world.ann = world.add("ann")
            read_secrets()  # no test is the one that reads them
            yield world


@contextmanager
def _codes_that_differ(world: World) -> Iterator[None]:
    """Let every code drawn be another: by chance one in a million is drawn twice, and would be no wrong code."""
    drawn, code, totp_secret = {*GUESSES}, randomness.code, randomness.totp_secret

    def another_code(*digits: int) -> str:
        new = next(one for one in iter(lambda: code(*digits), None) if one not in drawn)
        drawn.add(new)
        return new

    def another_secret() -> str:
        """Return the secret of an app that shows nothing twice about now, and no code that was drawn."""
        return next(one for one in iter(totp_secret, None) if _shows_only_new(pyotp.TOTP(one)))

    def _shows_only_new(app: pyotp.TOTP) -> bool:
        shown = {app.at(world.now, counter_offset=step) for step in NEAR}
        is_new = len(shown) == len(NEAR) and shown.isdisjoint(drawn)
        drawn.update(shown if is_new else ())
        return is_new

    with patch.object(randomness, "code", another_code), patch.object(randomness, "totp_secret", another_secret):
        yield


def furnish() -> None:
    """Set up in moto what the template declares. It is built once a process, and copied after that."""
    if not _furniture:
        _build()
        kept = {name: dict(get_backend(name)[ACCOUNT]) for name in KEPT}
        _furniture.update({name: deepcopy(regions) for name, regions in kept.items()})
    for name, regions in _furniture.items():
        for region, backend in deepcopy(regions).items():
            dict.__setitem__(get_backend(name)[ACCOUNT], region, backend)
    for name in (*QUEUES, REPORTS):
        _client("sqs").create_queue(QueueName=name)
    _client("sesv2").create_email_identity(EmailIdentity="furtka@example.com")


def _build() -> None:
    create_tables(boto3.client("dynamodb"))
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="sealing-keys", SecretString=json.dumps({"1": "k" * 64}))
    secrets.create_secret(Name="naming-key", SecretString="n" * 64)
    secrets.create_secret(Name="prices", SecretString="PL=0.16 DE=0.5 GB=0.3")
    secrets.create_secret(Name="origin-secrets", SecretString=json.dumps({"current": ORIGIN_SECRET, "next": ""}))
    make_factors_key()


@cache
def _client(service: str) -> Any:
    return boto3.client(service)  # type: ignore[call-overload]


def make_factors_key() -> None:
    """Make the KMS key for authenticator apps, under the name in the environment."""
    kms = boto3.client("kms")
    kms.create_alias(AliasName=settings.FACTORS_KEY, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])


__all__ = ["FROM_PANEL", "HOME", "NOON", "ORIGIN", "PASSWORD", "Person", "World", "furnish", "new_world"]
