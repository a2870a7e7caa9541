"""Canaries: secrets that sing when they get out. None is heard in a log, a metric, an error, a mail or a table."""

import io
import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from typing import Any

import pytest

import account.handler
import notify.handler
from shared import policy, secret_store, settings
from shared.crypto import password_hash, randomness
from shared.delivery import notices, queue
from shared.delivery.letters import AccountInvited
from shared.delivery.notices import PasswordUsed
from shared.domain import identifiers, recovery
from shared.domain.identifiers import Token
from shared.observability import logger
from tests.proofs import moments, tables, turns, waiting
from tests.proofs.flows import FLOWS
from tests.proofs.moments import Moment
from tests.proofs.turns import NEW_PASSWORD, WRONG_PASSWORD
from tests.support import calls, events, programs
from tests.support.audit import desk
from tests.support.calls import FAULTS, failing, intercepted, overheard
from tests.support.events import Call, Context, Reply
from tests.support.tokens import given
from tests.support.world import ORIGIN_SECRET, PASSWORD, ROUTES, World, door

SEALING_KEY = "k" * 64
CHALLENGE = "CanaryAccountIdCanaryChallengeSang0042"
HASHES = [sha1(one.encode(), usedforsecurity=False).hexdigest()[5:] for one in (PASSWORD, NEW_PASSWORD)]
"""Their SHA-1 but for the five digits by which a list of leaked passwords is asked."""

SINGING = [
    *(PASSWORD, WRONG_PASSWORD, NEW_PASSWORD, *HASHES),
    *("Canary-1-Sang", "furtka_session_CanarySang", CHALLENGE, SEALING_KEY),
]
"""Passwords right, wrong and new, things typed where they do not belong, and the key of all seals."""

INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}")
"""As rows hold it: six digits stand behind its seconds, and now and then they are a code's."""


@dataclass
class Cage:
    """Every secret there is, and everything that got out."""

    log: pytest.LogCaptureFixture
    printed: pytest.CaptureFixture[str]
    codes: list[str] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    apps: list[str] = field(default_factory=list)
    sheets: list[list[str]] = field(default_factory=list)
    challenges: list[str] = field(default_factory=list)

    def songs(self, text: str, *, apart: tuple[str, ...] = ()) -> set[str]:
        """The secrets in *text*, in whatever case. Those of the kinds in *apart* belong there."""
        secrets = [*SINGING, *(token.secret for token in self.tokens if token.kind not in apart)]
        secrets += [secret for secret in self.apps if "app" not in apart]
        # Behind the user's id, with which a challenge's begins: that is no secret.
        ids = [challenge_id[identifiers.USER_CHARACTERS :] for challenge_id in self.challenges]
        secrets += [secret for secret in ids if "challenge" not in apart]
        written = [(code, recovery.written(code)) for sheet in self.sheets for code in sheet]
        secrets += [form for forms in written for form in forms if "recovery code" not in apart]
        found = {secret for secret in secrets if secret.casefold() in text.casefold()}
        if "code" not in apart:
            told = INSTANT.sub("", text)
            found |= {code for code in self.codes if re.search(rf"(?<![0-9A-Za-z]){code}(?![0-9A-Za-z])", told)}
        return found

    def secrets_of(self, kind: str) -> set[str]:
        return {token.secret for token in self.tokens if token.kind == kind}

    def output(self) -> str:
        """Every log line with all that it carries, and everything printed, as metrics are."""
        told = "\n".join(_line(record) for record in self.log.records)
        self.log.clear()
        return told + "".join(self.printed.readouterr())


CLOCKS = ("created", "msecs", "relativeCreated", "thread", "process")
"""What logging itself counts in every record: a fraction of a second has six digits too, and now and then a code's."""


def _line(record: logging.LogRecord) -> str:
    trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
    carried = {name: value for name, value in vars(record).items() if name not in CLOCKS}
    return f"{record.getMessage()} {carried} {trace}"


class _Printed(io.TextIOBase):
    """Whatever standard output is at the moment: pytest puts another one in its place for each phase of a test."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


@pytest.fixture
def cage(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Iterator[Cage]:
    """Our own logger tells all that it can; any other what it tells in Lambda."""
    cage = Cage(caplog, capsys)
    monkeypatch.setattr(randomness, "code", _noting(randomness.code, cage.codes))
    monkeypatch.setattr(randomness, "token", _noting(randomness.token, cage.tokens))
    monkeypatch.setattr(randomness, "access_token", _noting(randomness.access_token, cage.tokens))
    monkeypatch.setattr(randomness, "totp_secret", _noting(randomness.totp_secret, cage.apps))
    monkeypatch.setattr(randomness, "recovery_codes", _noting(randomness.recovery_codes, cage.sheets))
    monkeypatch.setattr(randomness, "challenge_id", _noting(randomness.challenge_id, cage.challenges))
    for handler in logging.getLogger(logger.name).handlers:  # as Lambda gets the lines, with the keys of the request
        if isinstance(handler, logging.StreamHandler):
            monkeypatch.setattr(handler, "stream", _Printed())
    caplog.set_level(logging.WARNING)
    caplog.set_level(logging.DEBUG, logger=logger.name)
    yield cage
    monkeypatch.undo()


def _noting[**P, Secret](make: Callable[P, Secret], made: list[Secret]) -> Callable[P, Secret]:
    def instead(*args: P.args, **kwargs: P.kwargs) -> Secret:
        made.append(make(*args, **kwargs))
        return made[-1]

    return instead


def crash(_: calls.AwsCall, __: calls.Proceed) -> calls.Answer:
    raise RuntimeError("a mistake of ours")


def _told(exception: BaseException) -> str:
    """All that Lambda, or anybody who catches *exception*, could write down."""
    chain: list[BaseException] = []
    cause: BaseException | None = exception
    while cause and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    words = [f"{cause} {cause!r}" for cause in chain]
    return "".join([*traceback.format_exception(exception), *words])


def _answer_or_crash(ask: Callable[[], Reply]) -> str:
    try:
        return repr(ask())
    except Exception as crashed:  # noqa: BLE001 - whatever it is, it must not sing
        return _told(crashed)


# --- Requests as they should be ---------------------------------------------------------------------------

SESSION, DEVICE = "session", "device"

CHALLENGED = (
    "POST /login: right password",
    "POST /login: right password, known device",
    "POST /login: right password, hash of yesterday",
    "POST /login: right password, looked for among leaked ones",
    "POST /login: right password, with a pass",
    "POST /login: right password, after a rescue",
    "POST /login: right password, authenticator app",
    "POST /login: right password, from within the list",
    "POST /login: right password, once more at once",
    "POST /login: right password, just after a session",
    "POST /login: right password, given number",
    "POST /login: right password, given number for the second time",
    "POST /session/confirm",
    "POST /password-reset/confirm",
    "POST /account/factors/sms",
    "POST /account/factors/sms: own number",
)
"""Answers with the id of a challenge."""

GIVES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(CHALLENGED, ("challenge",)),
    "POST /verify-code: right code, given number": (SESSION, DEVICE),
    "POST /verify-code: right code, repeated sign-in": (SESSION, DEVICE),
    "POST /login: right password, no second factor": (SESSION, DEVICE),
    "POST /login: right password, known device, no second factor": (SESSION,),
    "POST /login: right password, no second factor, too many devices": (SESSION, DEVICE),
    "POST /verify-code: right code, too many devices": (SESSION, DEVICE),
    "POST /password-reset/confirm: no second factor, too many devices": (SESSION, DEVICE),
    "POST /verify-code: right code": (SESSION, DEVICE),
    "POST /verify-code: right code, known device": (SESSION,),
    "POST /verify-code: code of an app": (SESSION, DEVICE),
    "POST /verify-code: right code, confirmation": (SESSION,),
    "POST /verify-code: recovery code": (SESSION, DEVICE),
    "POST /session/confirm: no second factor": (SESSION,),
    "POST /account/password": (SESSION,),
    "POST /password-reset/confirm: no second factor": (SESSION, DEVICE),
    "POST /account/factors/totp": ("app",),
    "POST /account/factors/recovery-codes": ("recovery code",),
    "POST /tokens": ("api",),
    "POST /tokens: by a program": ("api",),
    "POST /tokens/{token_id}/rotate": ("api",),
    "POST /tokens/{token_id}/rotate: by a program": ("api",),
    "POST /tokens: access token": ("api",),
    "POST /oauth/token": ("access",),
    "POST /oauth/token: five minutes after the last use": ("access",),
    "POST /oauth/token: client with a limit": ("access",),
    "POST /mfa/codes": ("code",),
    "POST /mfa/codes: after an order that ended halfway": ("code",),
    "POST /mfa/codes: with a key": ("code",),
    "POST /mfa/codes: with the same key": ("code",),
    "POST /mfa/codes: by a sub-user": ("code",),
    "POST /login: given password": (SESSION, DEVICE),
    "POST /account/password: given password": (SESSION,),
}
"""What belongs into these answers, and nowhere else."""


@pytest.mark.parametrize("flow", FLOWS)
def test_nothing_sings_when_all_goes_well(world: World, cage: Cage, flow: str):
    turn = FLOWS[flow].ready(world)
    answer = turn.ask()
    assert answer.outcome == FLOWS[flow].status
    assert cage.songs(repr(answer), apart=GIVES.get(flow, ())) == set()
    world.deliver()
    assert cage.songs(cage.output()) == set()


@pytest.mark.parametrize("flow", moments.ALL_CALLS)
def test_nothing_sings_when_something_breaks(world: World, cage: Cage, flow: str):
    moment = Moment(world, flow)
    crashes = 0
    for place in range(moment.length):
        for accident in (crash, *FAULTS.values()):
            turn = moment.come_back()
            with failing(place, accident):
                answer = _answer_or_crash(turn.ask)
            granted = answer.startswith(("Reply(status=20", "Reply(status=<HTTPStatus.OK"))  # only news got lost
            assert cage.songs(answer, apart=GIVES.get(flow, ()) if granted else ()) == set()
            crashes += any(said in answer for said in ("internal_error", "ERROR:999", '"error":999'))
    assert crashes > 0
    assert cage.songs(cage.output()) == set()


def test_nothing_sings_when_a_notice_cannot_be_delivered(world: World, cage: Cage):
    for place in range(3):
        for accident in (crash, *FAULTS.values()):
            bodies = _all_notices(world)
            for body in bodies:
                with failing(place, accident):
                    answer = notify.handler.lambda_handler(events.records([body], at=world.now), Context(60_000))
                assert cage.songs(json.dumps(answer)) == set()
    assert cage.songs(cage.output()) == set()


def _all_notices(world: World) -> list[str]:
    """A code, mails about a half sign-in and a new device, and an invitation, as they lie on the queue."""
    person = turns.newcomer(world)
    world.sign_in(person)
    world.sign_in(turns.newcomer(world, phone=None))
    world.wait(policy.CHALLENGE_LIFETIME)
    token = turns.linked(world, person, "invitation")
    queue.put(AccountInvited(f"invited:{token[15:43]}", person.email, "en", person.login, token, world.now))
    return waiting.taken()


# --- Requests as they should not be -----------------------------------------------------------------------

FIELDS = (
    *("login", "password", "transport", "device_token", "challenge_id", "code", "token"),
    *("current_password", "factor", "phone", "email", "idle_minutes"),
    *("password_profile", "password_change", "password_change_days", "longest_idle_minutes"),
    *("second_factor_required_from", "check_breached_passwords"),
    *("name", "kind", "description", "scopes", "expiration_date", "ip_list", "rate_limit", "active", "overlap_minutes"),
    *("enabled", "entries", "source", "note", "dry_run", "recovery_code"),
    *("grant_type", "scope", "client_id", "client_secret", "token_type_hint"),
    *("phone_number", "content", "from", "to", "message", "idx", "date", "status", "sch_del", "format", "sender"),
    *("credentials", "points", "permissions", "hours", "access", "senders", "add_user", "pass", "pass_api", "add"),
    *("group", "group_id", "username", "city", "access_token"),
)

SECRET_TEXTS = ["Canary-1-Sang", "furtka_session_CanarySang", "736455", CHALLENGE]


def _misplaced(secret: str) -> Iterator[Any]:
    """Bodies with a secret in every place where one can be."""
    yield secret
    yield json.dumps(secret)
    yield f'{{"password": "{secret}"'
    yield f'{{"password": "{secret}", "password": "{secret}"}}'
    yield f'{{"password": {secret}}}'
    yield [secret]
    for value in ({secret: secret}, [secret], {"a": [{"b": secret}]}, f"{secret}\ud800", secret * 500, f"\0{secret}"):
        yield dict.fromkeys(FIELDS, value)
    yield dict.fromkeys(FIELDS, secret)
    yield dict.fromkeys(FIELDS, 1) | {secret: secret}
    for name in FIELDS:
        yield {name: secret}


def _carried(secret: str) -> Iterator[dict[str, str]]:
    """Headers with a secret in every place where one can be."""
    yield {}
    yield {"Authorization": f"Bearer {secret}"}
    yield {"Authorization": secret}
    yield {"Authorization": f"Basic {secret}"}
    yield {"Cookie": f"__Host-furtka-session={secret}; __Host-furtka-device={secret}; {secret}"}
    yield {"Content-Type": secret}
    yield {"User-Agent": secret}
    yield {"Origin": secret, "Sec-Fetch-Site": secret}
    yield {secret: secret, "X-Correlation-Id": secret}


@pytest.mark.parametrize("secret", SECRET_TEXTS)
@pytest.mark.parametrize("route", sorted(ROUTES))
def test_nothing_sings_wherever_it_is_typed(world: World, cage: Cage, route: str, secret: str):
    cage.codes.append("736455")
    method, path = route.split()
    requests = [(body, {}) for body in _misplaced(secret)] + [({}, headers) for headers in _carried(secret)]
    for body, headers in requests:
        answer = world.call(method, path, body, headers=headers)
        assert answer.status < 500
        assert cage.songs(repr(answer)) == set(), (body, headers)
    assert cage.songs(repr(world.call("PATCH", path, {secret: secret}))) == set()
    assert cage.songs(cage.output()) == set()


def _living(world: World) -> list[str]:
    """A session token, an API token, the token of a link, a code and the id of its challenge, all good now."""
    session = world.session()["session"]["token"]
    link = turns.linked(world, world.ann, "reset")
    world.wait(policy.RESEND_AFTER)
    challenge_id = world.challenge()
    return [session, given(world), link, challenge_id, world.code()]


def _typed(route: str, secret: str, now: datetime) -> Iterator[Call]:
    """Requests of that route with the secret in a path, a query, a header or a field."""
    method, path = route.split()
    named = re.sub("{.*?}", secret, path)
    for wrong in (named, f"{named}/", f"{path}/{secret}", f"/{secret}{path}", f"/{secret}", f"//{secret}?{secret}"):
        yield Call(method, wrong, now, {} if method != "GET" else None)
        yield Call("PATCH", wrong, now)
    yield Call(method, named, now, query={secret: secret, "access_token": secret, "format": "json"})
    yield Call(method, named, now, query={"username": secret, "password": secret, "token": secret})
    for headers in _carried(secret):
        yield Call(method, named, now, {}, headers=headers)
    yield Call(method, named, now, dict.fromkeys(FIELDS, secret))
    yield Call(method, named, now, {secret: secret})
    yield Call(method, named, now, f"{secret}={secret}", headers={"Content-Type": "application/x-www-form-urlencoded"})


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_no_living_secret_sings_in_a_path_a_query_a_header_or_a_field(world: World, cage: Cage, route: str):
    secrets = _living(world)
    cage.output()
    for secret in secrets:
        for call in _typed(route, secret, world.now):
            assert door(route.split()[1])(call.event, Context())["statusCode"] < 500
        assert secret not in cage.output(), secret


def test_a_log_line_has_the_path_of_the_route_and_the_word_unknown_for_others(world: World, cage: Cage):
    for path, logged in (("/account/sessions/Canary-1-Sang", "/account/sessions/{session_id}"), ("/Canary", "unknown")):
        cage.output()
        account.handler.lambda_handler(Call("DELETE", path, world.now).event, Context())
        assert f'"path":"{logged}"' in cage.output()


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_the_secret_by_which_cloudfront_is_known_sings_nowhere(
    world: World, cage: Cage, route: str, monkeypatch: pytest.MonkeyPatch
):
    secret = ORIGIN_SECRET
    monkeypatch.setattr(settings, "ORIGIN_SECRETS", "origin-secrets")
    secret_store.provider().clear_cache()
    method, path = route.split()
    for viewer in ("203.0.113.9:1", secret, ""):
        for name, shown in (("X-Origin-Secret", secret), ("x-origin-secret", secret[:-1]), ("Authorization", secret)):
            headers = {name: shown, "CloudFront-Viewer-Address": viewer}
            for sent in (path, f"/api{path}", f"/{secret}"):
                answer = world.call(method, sent, {}, headers=headers)
                assert secret[:-1] not in repr(answer)
    assert secret[:-1] not in cage.output()


def test_a_token_in_a_user_agent_is_kept_nowhere_and_told_to_nobody(world: World, cage: Cage):
    alive = [one for one in _living(world) if one.startswith("furtka_")]
    headers = {"User-Agent": f"Mozilla/5.0 {'x' * 100} {' '.join(alive)}"}
    with desk() as audit, overheard() as calls:
        for login in ("ann", "nobody"):
            world.post("/login", {"login": login, "password": WRONG_PASSWORD}, headers=headers)
        session = {"Authorization": f"Bearer {alive[0]}"}
        world.call("GET", "/tokens", headers=headers | session, address="203.0.113.9")
        world.post("/account/password", {"current_password": "x", "password": "y"}, headers=headers | session)
        bob = world.add("bob", phone=None)
        assert world.sign_in(bob, headers=headers).status == 200
        programs.is_let_in(world, f"Bearer {alive[1]}", agent=headers["User-Agent"])
        world.deliver()
        audit.tell_changes()
        audit.tell_counts(at=world.now)
        audit.tell_log(at=world.now)
        told = json.dumps(audit.told())
    kept = json.dumps([tables.rows(name) for name in tables.names()])
    sent = repr([call.arguments for call in calls if call.service in ("sesv2", "sns", "sqs", "events")])
    assert "[secret]" in told
    assert "[secret]" in kept
    for secret in (part for token in alive for part in (token, token[-49:])):
        assert [place for place in (told, kept, sent, cage.output()) if secret in place] == []


def test_a_password_typed_as_a_login_is_kept_nowhere(world: World, cage: Cage):
    for _ in range(7):
        world.sign_in(login=PASSWORD, password=PASSWORD)
    assert cage.songs(json.dumps([tables.rows(name) for name in tables.names()])) == set()
    assert cage.songs(cage.output()) == set()


# --- Where secrets rest, and where they go ----------------------------------------------------------------


def test_no_table_holds_a_secret_as_it_is(world: World, cage: Cage):
    for flow in FLOWS.values():
        flow.ready(world).ask()
    world.deliver()
    world.sign_in()
    with intercepted(refuse_to_publish):
        world.deliver()
    assert {name for name in tables.names() if tables.rows(name)} == set(tables.names())
    assert {token.kind for token in cage.tokens} == set(identifiers.KINDS)
    for name in tables.names():
        assert cage.songs(json.dumps(tables.rows(name))) == set(), name


def refuse_to_publish(call: calls.AwsCall, proceed: calls.Proceed) -> calls.Answer:
    """The carrier is down, which is written down."""
    return calls.refuse("ServiceUnavailable")(call, proceed) if call.operation == "Publish" else proceed()


def test_the_queue_holds_a_code_or_a_link_and_no_other_secret(world: World, cage: Cage):
    bodies = {type(notices.read(body)).__name__: body for body in _all_notices(world)}
    assert cage.songs(bodies["CodeSent"]) == set(cage.codes)
    assert cage.songs(bodies["AccountInvited"]) == cage.secrets_of("invitation")
    assert cage.songs(bodies["NewDeviceSeen"]) == cage.secrets_of("notme")
    assert cage.songs(bodies["PasswordGiven"]) == set()


def test_a_password_that_is_looked_for_leaves_neither_itself_nor_its_hash_nor_the_rest_of_it_on_the_queue(
    world: World, cage: Cage
):
    FLOWS["POST /login: right password, looked for among leaked ones"].ready(world).ask()
    bodies = [body for body in waiting.taken() if type(notices.read(body)) is PasswordUsed]
    assert [cage.songs(body) for body in bodies] == [set()]


def test_a_code_goes_into_its_sms_and_a_link_into_its_mail(world: World, cage: Cage):
    person = turns.newcomer(world, password_hash=password_hash.hash_password(PASSWORD))
    world.session(person)
    world.wait(policy.RESEND_AFTER)
    token = turns.linked(world, person, "invitation")
    queue.put(AccountInvited("invited", person.email, "pl", person.login, token, world.now))
    world.sign_in(person)
    world.deliver()
    world.wait(policy.CHALLENGE_LIFETIME)
    sms = [cage.songs(text) for _, text in world.sms]
    mails = [cage.songs(subject + text) for _, subject, text in world.mails]
    assert sms == [{code} for code in cage.codes]
    assert sorted(map(len, mails)) == [1, 1, 1]
    assert set.union(*mails) == cage.secrets_of("invitation") | cage.secrets_of("notme")


def test_the_cage_is_not_deaf(world: World, cage: Cage, capsys: pytest.CaptureFixture[str]):
    world.challenge()
    print(f"metric {cage.codes[0]}")
    logging.getLogger(logger.name).debug("debug", extra={"password": PASSWORD.upper()})
    try:
        raise ValueError(NEW_PASSWORD)
    except ValueError:
        logging.getLogger("botocore").exception("failed")
    assert cage.songs(cage.output()) == {cage.codes[0], PASSWORD, NEW_PASSWORD}
    logger.append_keys(path=WRONG_PASSWORD)
    logger.info("served")
    assert cage.songs(cage.output()) == {WRONG_PASSWORD}
