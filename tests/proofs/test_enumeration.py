"""Enumeration: from outside nobody can tell who exists, and every door that looks at a proof bears being knocked at."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from math import log2

import pyotp
import pytest
from argon2 import PasswordHasher

from shared import policy, secret_store
from shared.crypto import randomness
from shared.domain import identifiers
from shared.domain.identifiers import BASE62, Token
from shared.http.route_rules import RULES
from shared.storage import logins, users
from shared.storage.engine import commit
from tests.proofs import messages_flows, mfa_flows, session_flows, turns
from tests.proofs.flows import FLOWS
from tests.proofs.turns import WRONG_PASSWORD, newcomer
from tests.support.calls import AwsCall, overheard
from tests.support.events import Reply
from tests.support.world import ROUTES, Person, World, read_secrets

type Guess = Callable[..., Reply]
type Seen = tuple[Reply, list[str], int]


@pytest.fixture(autouse=True)
def hashes(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often a slow hash was computed, to make one or to compare with one. The keys were read just now."""
    secret_store.provider().clear_cache()  # else they may be too old in the middle of a test
    read_secrets()
    counted: Counter[str] = Counter()
    for name in ("hash", "verify"):
        monkeypatch.setattr(PasswordHasher, name, _counting(getattr(PasswordHasher, name), name, counted))
    return counted


def _counting(real: Callable[..., object], name: str, counted: Counter[str]) -> Callable[..., object]:
    def instead(*arguments: object) -> object:
        counted[name] += 1
        return real(*arguments)

    return instead


def _guess(world: World, person: Person, password: str = WRONG_PASSWORD) -> Guess:
    return lambda **more: world.sign_in(person, **({"password": password} | more))


KINDS: dict[str, Callable[[World], Guess]] = {
    "unknown": lambda world: _guess(world, Person("nobody", "", "", None)),
    "unknown, with somebody's password": lambda world: _guess(
        world, Person("phantom", "", "", None), world.ann.password
    ),
    "wrong password": lambda world: _guess(world, newcomer(world)),
    "wrong password, no second factor": lambda world: _guess(world, newcomer(world, phone=None)),
    "disabled": lambda world: _guess(world, newcomer(world, enabled=False)),
    "disabled, with the right password": lambda world: _guess(
        world, newcomer(world, enabled=False), world.ann.password
    ),
    "invited, without a password yet": lambda world: _guess(world, newcomer(world, password_hash=None)),
}
"""Those who can't sign in, and who must all look alike."""

OTHERS = [kind for kind in KINDS if kind != "unknown"]


def _seen(guess: Guess, hashes: Counter[str], **more: object) -> Seen:
    """Everything about an answer that somebody outside can see or measure."""
    hashes.clear()
    with overheard() as made:
        answer = guess(**more)
    return answer, [str(call) for call in made], hashes.total()


@pytest.mark.parametrize("kind", OTHERS)
def test_the_first_wrong_try_looks_the_same_whoever_it_is(world: World, hashes: Counter[str], kind: str):
    unknown = _seen(KINDS["unknown"](world), hashes)
    assert _seen(KINDS[kind](world), hashes) == unknown
    assert (unknown[0].status, unknown[0].error) == (401, "invalid_credentials")
    assert hashes.total() == 1


def test_so_does_every_try_after_it_with_all_its_waits(world: World, hashes: Counter[str]):
    histories = {
        kind: list(_history(world, ready(world), hashes, address=f"192.0.2.{place}"))
        for place, (kind, ready) in enumerate(KINDS.items())
    }
    unknown = histories["unknown"]
    assert histories == dict.fromkeys(KINDS, unknown)
    assert {answer.error for answer, _, _ in unknown} == {"invalid_credentials", "too_many_attempts"}
    assert all("Retry-After" in answer.headers for answer, _, _ in unknown if answer.status == 429)


def _history(world: World, guess: Guess, hashes: Counter[str], *, address: str) -> Iterator[Seen]:
    """Somebody who tries every 20 seconds, told to wait or not, from an address that nobody else tries from."""
    began = world.now
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS + 5):
        yield _seen(guess, hashes, address=address)
        world.wait(timedelta(seconds=20))
    world.now = began


def test_the_right_password_is_not_told_from_a_wrong_one_while_a_wait_is_on(world: World, hashes: Counter[str]):
    for name in ("nobody", world.ann.login):
        for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
            world.sign_in(login=name, password=WRONG_PASSWORD)
    unknown = _seen(world.sign_in, hashes, login="nobody")
    assert _seen(world.sign_in, hashes) == unknown
    assert _seen(world.sign_in, hashes, password=WRONG_PASSWORD) == unknown
    assert (unknown[0].status, unknown[0].retry_after) == (429, 30)
    assert unknown[2] == 0


def test_many_addresses_see_no_more_than_one(world: World, hashes: Counter[str]):
    addresses = [f"198.51.100.{place}" for place in range(policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE + 2)]
    unknown = [_seen(KINDS["unknown"](world), hashes, address=address) for address in addresses]
    ann = [_seen(_guess(world, world.ann), hashes, address=address) for address in addresses]
    assert ann == unknown
    assert [answer.status for answer, _, _ in ann[-3:]] == [401, 429, 429]


def test_a_place_from_which_too_many_failed_sees_no_difference(world: World, hashes: Counter[str]):
    somewhere = "192.0.2.200"
    for number in range(policy.FREE_FAILURES_FROM_NETWORK):
        world.sign_in(login=f"target-{number}", password=WRONG_PASSWORD, address=somewhere)
    seen = [_seen(ready(world), hashes, address=somewhere) for ready in KINDS.values()]
    right = _seen(_guess(world, newcomer(world), world.ann.password), hashes, address=somewhere)
    assert [one for one in [*seen, right] if one != seen[0]] == []
    assert (seen[0][0].status, seen[0][0].error) == (429, "too_many_attempts")
    assert (len(seen[0][1]), seen[0][2]) == (1, 0)


def test_a_device_of_ones_own_opens_no_eyes(world: World, hashes: Counter[str]):
    own = world.session(newcomer(world))["device_token"]
    unknown = _seen(KINDS["unknown"](world), hashes, device_token=own)
    assert _seen(_guess(world, world.ann), hashes, device_token=own) == unknown


def test_an_unknown_challenge_looks_like_a_wrong_code(world: World):
    challenge_id = world.challenge()
    unknown = world.verify(randomness.challenge_id(world.ann.user_id), "123456")
    assert unknown == world.verify(challenge_id, world.wrong_code())
    assert unknown == world.verify("garbage", "123456")
    assert unknown == world.post("/verify-code/resend", {"challenge_id": randomness.challenge_id(world.ann.user_id)})
    assert (unknown.status, unknown.error) == (401, "wrong_code")


RESETS: dict[str, Callable[[World], str]] = {
    "unknown": lambda _: "nobody",
    "with a second factor": lambda world: newcomer(world).login,
    "without a second factor": lambda world: newcomer(world, phone=None).login,
    "disabled": lambda world: newcomer(world, enabled=False).login,
    "invited, without a password yet": lambda world: newcomer(world, password_hash=None).login,
}


def test_who_asks_for_a_reset_does_not_learn_who_exists(world: World, hashes: Counter[str]):
    histories = {kind: list(_resets(world, login(world), hashes)) for kind, login in RESETS.items()}
    unknown = histories["unknown"]
    assert histories == dict.fromkeys(RESETS, unknown)
    assert [answer.status for answer, _, _ in unknown] == [204] * policy.FREE_RESETS + [429] * 2
    assert {hashed for _, _, hashed in unknown} == {0}


def _resets(world: World, login: str, hashes: Counter[str]) -> Iterator[Seen]:
    """Somebody who asks again and again, each login from an address of its own."""
    address = f"198.51.100.{len(login)}"
    for _ in range(policy.FREE_RESETS + 2):
        yield _seen(lambda **_: world.post("/password-reset", {"login": login}, address=address), hashes)


@pytest.mark.parametrize("path", ["/verify-code", "/verify-code/resend"])
def test_a_challenge_that_nobody_put_tells_nothing_about_a_user(world: World, hashes: Counter[str], path: str):
    users_of_all_kinds = [newcomer(world, **facts).user_id for facts in ({}, {"phone": None}, {"enabled": False})]
    ids = [
        randomness.challenge_id(user_id)
        for user_id in (*users_of_all_kinds, randomness.user_id(randomness.account_id()))
    ]
    code = {"code": "123456"} if path == "/verify-code" else {}
    seen = [_seen(lambda made=made, **_: world.post(path, {"challenge_id": made, **code}), hashes) for made in ids]
    assert seen == [seen[0]] * len(ids)
    assert (seen[0][0].status, seen[0][0].error) == (401, "wrong_code")


def test_every_session_that_is_none_is_refused_alike(world: World):
    alive, ended, cut_off = (world.session(person)["session"]["token"] for person in (world.ann, *_two(world)))
    token = identifiers.read(alive, kind="session")
    assert token
    forged = identifiers.write(Token("session", token.id, randomness.token("session", token.user_id).secret))
    unknown = identifiers.write(randomness.token("session", world.ann.user_id))
    world.call("POST", "/logout", headers={"Authorization": f"Bearer {ended}"})
    _switch_off(identifiers.read(cut_off, kind="session"), world)
    (answer,) = {repr(world.me(text)) for text in (forged, unknown, ended, cut_off, "garbage")}
    assert "401" in answer
    assert world.me(alive).status == 200


def _two(world: World) -> tuple[Person, Person]:
    return newcomer(world), newcomer(world)


def _switch_off(token: Token | None, world: World) -> None:
    assert token
    commit(users.switching(token.user_id, enabled=False, now=world.now))


def test_every_invitation_that_is_none_is_refused_alike(world: World):
    used, expired, switched_off = (session_flows.acceptance(world) for _ in range(3))
    used.ask()
    commit(logins.switching(switched_off.person.login, enabled=False, now=world.now))
    unknown = identifiers.write(randomness.token("invitation", world.ann.user_id))
    answers = [used.ask(), switched_off.ask()]
    for text in (unknown, "garbage"):
        answers.append(world.post("/invitations/accept", {"token": text, "password": turns.NEW_PASSWORD}))
    world.wait(policy.INVITATION_LIFETIME)
    answers.append(expired.ask())
    assert {repr(answer) for answer in answers} == {repr(answers[0])}
    assert (answers[0].status, answers[0].error) == (410, "link_closed")


# --- Every door -------------------------------------------------------------------------------------------


def _password_guesses(world: World) -> Callable[[], Reply]:
    return lambda: world.sign_in(password=WRONG_PASSWORD)


def _code_guesses(world: World) -> Callable[[], Reply]:
    """New challenges give no new guesses."""
    challenges = [world.challenge(address=f"203.0.113.{place}") for place in range(3)]
    wrong = world.wrong_code()
    tries = (challenge_id for challenge_id in challenges for _ in range(policy.ATTEMPTS_PER_CHALLENGE))
    return lambda: world.verify(next(tries), wrong)


def _confirmations(world: World) -> Callable[[], Reply]:
    headers = turns.signed_in(world, newcomer(world))
    return lambda: world.post("/session/confirm", {"password": WRONG_PASSWORD}, headers=headers)


def _present_passwords(world: World) -> Callable[[], Reply]:
    headers = turns.signed_in(world, newcomer(world))
    body = {"current_password": WRONG_PASSWORD, "password": turns.NEW_PASSWORD}
    return lambda: world.post("/account/password", body, headers=headers)


def _codes_of_a_new_phone(world: World) -> Callable[[], Reply]:
    """Asking again gives no new guesses."""
    headers = turns.signed_in(world, newcomer(world, phone=None))
    orders = [world.post("/account/factors/sms", {"phone": "+48600999000"}, headers=headers) for _ in range(3)]
    wrong = world.wrong_code()
    tries = (order.body["challenge"]["id"] for order in orders for _ in range(policy.ATTEMPTS_PER_CHALLENGE))
    confirm = "/account/factors/sms/confirm"
    return lambda: world.post(confirm, {"challenge_id": next(tries), "code": wrong}, headers=headers)


def _codes_of_a_new_app(world: World) -> Callable[[], Reply]:
    headers = turns.signed_in(world, newcomer(world, phone=None))
    app = pyotp.TOTP(world.post("/account/factors/totp", headers=headers).body["secret"])
    late = {"code": app.at(world.now - 10 * policy.TOTP_STEP)}
    return lambda: world.post("/account/factors/totp/confirm", late, headers=headers)


def _broken_glass(world: World) -> Callable[[], Reply]:
    body = {"login": newcomer(world).login, "password": WRONG_PASSWORD, "recovery_code": "0" * 24}
    return lambda: world.post("/ip-lists/break-glass", body)


def _codes_of_a_customers_user(world: World) -> Callable[[], Reply]:
    person = mfa_flows.customer(world)
    shown = mfa_flows.program_of(world, person)
    proof = {"phone_number": mfa_flows.number_of(person), "code": mfa_flows.WRONG}
    assert world.post("/mfa/codes", {"phone_number": person.phone}, headers=shown).status == 201
    return lambda: world.post("/mfa/codes/verifications", proof, headers=shown)


LIMITED: dict[str, tuple[Callable[[World], Callable[[], Reply]], int]] = {
    "POST /login": (_password_guesses, policy.FREE_PASSWORD_ATTEMPTS),
    "POST /verify-code": (_code_guesses, policy.FREE_CODE_ATTEMPTS),
    "POST /session/confirm": (_confirmations, policy.FREE_PASSWORD_ATTEMPTS),
    "POST /account/password": (_present_passwords, policy.FREE_PASSWORD_ATTEMPTS),
    "POST /account/factors/sms/confirm": (_codes_of_a_new_phone, policy.FREE_CODE_ATTEMPTS),
    "POST /account/factors/totp/confirm": (_codes_of_a_new_app, policy.FREE_CODE_ATTEMPTS),
    "POST /ip-lists/break-glass": (_broken_glass, policy.FREE_PASSWORD_ATTEMPTS),
    "POST /mfa/codes/verifications": (_codes_of_a_customers_user, policy.FREE_CODE_ATTEMPTS),
}
"""What a person remembers or types can be guessed: who has been wrong so many times in a row is told to wait."""

TOKEN_BITS = identifiers.SECRET_CHARACTERS * log2(len(BASE62))
CHALLENGE_BITS = (identifiers.CHALLENGE_CHARACTERS - identifiers.USER_CHARACTERS) * log2(len(BASE62))

BEHIND_A_TOKEN = " /(account|tokens|oauth|access-tokens|messages)"

UNGUESSABLE = {
    "GET /session": TOKEN_BITS,
    "POST /logout": TOKEN_BITS,
    **{route: TOKEN_BITS for route in sorted(ROUTES - LIMITED.keys()) if re.search(BEHIND_A_TOKEN, route)},
    **{route: TOKEN_BITS for route, rule in RULES.items() if rule.smsapi and rule.scope and route not in LIMITED},
    "GET /ping": TOKEN_BITS,
    "GET /carriers/smsapi/{secret}": 256,  # of an HMAC
    "HEAD /ping": TOKEN_BITS,
    "POST /invitations/accept": TOKEN_BITS,
    "POST /password-reset/confirm": TOKEN_BITS,
    "POST /not-me": TOKEN_BITS,
    "POST /undo": TOKEN_BITS,
    "POST /recovery/cancel": TOKEN_BITS,
    "POST /email/confirm": TOKEN_BITS,
    "POST /verify-code/resend": CHALLENGE_BITS,
}
"""Random bits in the only proof that the door looks at: so many need no limit."""


NO_PROOF = {"POST /password-reset", "POST /login/pass", "GET /.well-known/oauth-authorization-server"}
"""They look at no proof. How often a reset sends a mail is limited, see below."""


def test_every_route_is_limited_or_needs_no_limit():
    assert LIMITED.keys() | UNGUESSABLE.keys() | NO_PROOF == ROUTES
    assert not LIMITED.keys() & UNGUESSABLE.keys()


@pytest.mark.parametrize("route", LIMITED)
def test_who_guesses_is_told_to_wait(world: World, route: str):
    guesses, free = LIMITED[route]
    guess = guesses(world)
    assert {guess().status for _ in range(free)} == {404 if route.startswith("POST /mfa") else 401}
    answer = guess()
    assert answer.status == 429
    assert answer.retry_after > 0


@pytest.mark.parametrize("route", UNGUESSABLE)
def test_what_has_no_limit_is_too_long_to_guess(route: str):
    assert UNGUESSABLE[route] >= 128


def test_a_secret_is_as_long_as_it_claims():
    token, other = randomness.token("session", "u" * 16), randomness.token("session", "u" * 16)
    assert len(token.secret) == identifiers.SECRET_CHARACTERS
    assert token.secret != other.secret


def test_every_route_has_its_flows():
    assert {flow.partition(":")[0] for flow in FLOWS} == ROUTES


@pytest.mark.parametrize("flow", FLOWS)
def test_no_code_is_sent_that_no_budget_was_charged_for(world: World, flow: str):
    turn = FLOWS[flow].ready(world)
    with overheard() as made:
        turn.ask()
    sent = [call for call in made if call.service == "sqs" and "CodeSent" in json.dumps(call.arguments)]
    charged = [call for call in made if "codes:" in json.dumps(call.arguments, default=str)]
    assert len(sent) <= len(charged)
    assert bool(sent) == (flow in A_CODE_GOES_OUT)


CUSTOMERS = re.compile("CodeQueued|MessageQueued|ShipmentQueued")

ONCE_MORE = {"POST /mfa/codes: with the same key"}
"""The message that was paid for is put on the queue again, under the id by which it goes out once."""


@pytest.mark.parametrize("flow", sorted({**messages_flows.FLOWS, **mfa_flows.FLOWS}.keys() - ONCE_MORE))
def test_nothing_leaves_for_a_customer_whose_points_were_not_taken_before_it_was_stored(world: World, flow: str):
    turn = FLOWS[flow].ready(world)
    with overheard() as made:
        turn.ask()
    told = [_step(call) for call in made]
    for place in [place for place, step in enumerate(told) if step == "sent"]:
        assert "stored" in told[:place], told
        assert "paid" in told[: told.index("stored")], told


def _step(call: AwsCall) -> str:
    """Return what a call does for an order: takes its points, stores it, or sends it on its way."""
    if call.service == "sqs":
        return "sent" if CUSTOMERS.search(json.dumps(call.arguments)) else ""
    if call.operation == "UpdateItem" and "wallets" in call.tables:
        return "paid"
    return "stored" if {"budgets", "shipments"} <= set(call.tables) else ""


A_CODE_GOES_OUT = {
    "POST /login: right password, just after a session",
    "POST /login: right password, given number",
    "POST /login: right password, given number for the second time",
    "POST /verify-code/resend: repeated sign-in",
    "POST /account/factors/sms: own number",
    "POST /login: right password",
    "POST /login: right password, known device",
    "POST /login: right password, with a pass",
    "POST /login: right password, after a rescue",
    "POST /login: right password, looked for among leaked ones",
    "POST /login: right password, hash of yesterday",
    "POST /session/confirm",
    "POST /password-reset/confirm",
    "POST /account/factors/sms",
    "POST /verify-code/resend",
    "POST /login: right password, from within the list",
}
