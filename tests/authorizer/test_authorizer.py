"""The authorizer as API Gateway asks it, for another API of the platform."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from samcli.local.apigw.authorizers.lambda_authorizer import LambdaAuthorizer

import authorizer.handler
from authorizer.handler import lambda_handler
from shared import errors, policy
from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.domain.identifiers import Token
from shared.domain.ip_lists import IpList
from shared.domain.scopes import LEGACY_SCOPES, SCOPES
from shared.domain.tokens import written
from shared.observability import Unforeseen
from shared.storage import accounts, logins, sessions, tokens, users
from shared.storage.engine import commit
from tests.support import programs
from tests.support.calls import FAULTS, failing, overheard
from tests.support.events import HOME, METHOD_ARN, Context, authorizer_event
from tests.support.metrics import unforeseen
from tests.support.programs import ELSEWHERE, access_token, api_token, basic, bearer, with_api_password
from tests.support.world import Person, World

SECOND = timedelta(seconds=1)
WHOLE_STAGE = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/live/*/*"

type Shows = Callable[[World, Person], str]


@pytest.fixture
def bob(world: World) -> Person:
    """The owner of an account, without a second factor."""
    return world.add("bob", phone=None)


def _ask(world: World, shown: str | None, **more: Any) -> dict[str, Any]:
    return dict(lambda_handler(authorizer_event(shown, at=world.now, **more), Context()))


def _allowed(world: World, shown: str | None, **more: Any) -> dict[str, Any]:
    """The context that the API behind gets."""
    answer = _ask(world, shown, **more)
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    return dict(answer["context"])


def _denied(world: World, shown: str | None, **more: Any) -> dict[str, Any]:
    """The context that the gateway response of the API that asked gets."""
    answer = _ask(world, shown, **more)
    assert answer["policyDocument"]["Statement"] == [
        {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": WHOLE_STAGE}
    ]
    return dict(answer["context"])


def _is_unauthorized(world: World, shown: str | None, **more: Any) -> bool:
    """Whether API Gateway answers 401: it does where these very words are raised."""
    with pytest.raises(Exception) as raised:
        _ask(world, shown, **more)
    return str(raised.value) == "Unauthorized"


def _session(world: World, person: Person) -> str:
    return bearer(world.sign_in(person).body["session"]["token"])


def _token(world: World, person: Person) -> str:
    return bearer(api_token(world, person)[0])


def _access(world: World, person: Person) -> str:
    return bearer(access_token(world, api_token(world, person, kind="client")[1]))


WAYS: dict[str, Shows] = {
    "API token": _token,
    "access token": _access,
    "session": _session,
    "login and API password": with_api_password,
}

each_way = pytest.mark.parametrize("shows", WAYS.values(), ids=WAYS.keys())


# --- Let in -----------------------------------------------------------------------------------------------


def test_an_api_token_tells_whose_it_is_and_what_it_may_do(world: World, bob: Person):
    until = world.now + timedelta(days=9)
    shown, token = api_token(world, bob, scopes="sms contacts", expires_at=until, rate_limit=60)
    assert _allowed(world, bearer(shown)) == {
        "account_id": token.account_id,
        "user_id": bob.user_id,
        "login": "bob",
        "role": "owner",
        "kind": "token",
        "scopes": "contacts sms",
        "token_id": token.token_id,
        "expires_at": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        "rate_limit": 60,
    }


def test_an_access_token_tells_its_client_and_has_what_is_left_of_its_rights(world: World, bob: Person):
    _, client = api_token(world, bob, kind="client", scopes="sms contacts")
    told = _allowed(world, bearer(access_token(world, client, "sms profile")))
    assert (told["kind"], told["token_id"], told["client_id"]) == ("token", client.token_id, client.token_id)
    assert told["scopes"] == "sms"
    assert told["expires_at"] == f"{world.now + policy.ACCESS_TOKEN_LIFETIME:%Y-%m-%dT%H:%M:%SZ}"


def test_a_session_may_do_what_its_users_role_allows(world: World, bob: Person):
    opened = world.sign_in(bob).body["session"]
    token = identifiers.read(opened["token"], kind="session")
    assert token
    told = _allowed(world, bearer(opened["token"]))
    assert (told["kind"], told["token_id"], told["scopes"]) == ("session", token.id, written(frozenset(SCOPES)))
    assert told["expires_at"] == opened["idle_until"]


def test_a_password_of_programs_manages_neither_tokens_nor_people(world: World, bob: Person):
    told = _allowed(world, with_api_password(world, bob))
    assert (told["kind"], told["scopes"]) == ("password", written(LEGACY_SCOPES))
    assert not {"token_id", "client_id", "expires_at", "rate_limit"} & told.keys()


def test_a_sub_user_has_no_scope_of_owners_whatever_they_show(world: World, bob: Person):
    shown, _ = api_token(world, bob, scopes="sms subusers")
    session = _session(world, bob)
    commit(users.ending_everything(bob.user_id, now=world.now - SECOND, owner=False))
    assert (_allowed(world, bearer(shown))["role"], _allowed(world, bearer(shown))["scopes"]) == ("subuser", "sms")
    assert "subusers" not in _allowed(world, session)["scopes"].split()


@each_way
def test_a_yes_holds_for_the_whole_stage_so_that_it_may_be_kept_for_other_routes(
    world: World, bob: Person, shows: Shows
):
    answer = _ask(world, shows(world, bob))
    assert answer["principalId"] == bob.user_id
    assert answer["policyDocument"]["Version"] == "2012-10-17"
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement == {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": WHOLE_STAGE}


@each_way
def test_the_context_is_made_of_what_api_gateway_takes(world: World, bob: Person, shows: Shows):
    told = _allowed(world, shows(world, bob))
    assert {type(value) for value in told.values()} <= {str, int}
    assert all(told.values())


@pytest.mark.parametrize("header", ["Authorization", "authorization", "AUTHORIZATION"])
def test_the_headers_name_is_read_without_regard_to_case(world: World, bob: Person, header: str):
    assert _allowed(world, _token(world, bob), header=header)["login"] == "bob"


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_so_is_the_scheme(world: World, bob: Person, scheme: str):
    shown, _ = api_token(world, bob)
    assert _allowed(world, scheme + shown)["login"] == "bob"


@each_way
def test_sams_local_gateway_understands_the_answers(world: World, bob: Person, shows: Shows):
    gateway = LambdaAuthorizer("Furtka", LambdaAuthorizer.REQUEST, "authorizer", [], LambdaAuthorizer.PAYLOAD_V1)
    shown = shows(world, bob)
    assert gateway.is_valid_response(json.dumps(_ask(world, shown)), METHOD_ARN)
    denied = json.dumps(_ask(world, shown, variables={"furtka_scope": "nothing"}))
    assert not gateway.is_valid_response(denied, METHOD_ARN)


def test_an_event_that_does_not_say_when_it_was_is_judged_by_the_wall_clock(world: World, bob: Person):
    event = authorizer_event(_token(world, bob), at=world.now)
    del event["requestContext"]["requestTimeEpoch"], event["requestContext"]["requestId"]
    assert lambda_handler(event, Context())["context"]["login"] == "bob"
    now = datetime.now(UTC)
    event["headers"]["Authorization"] = bearer(api_token(world, bob, expires_at=now - SECOND)[0])
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        lambda_handler(event, Context())


# --- 401: nobody that we know -----------------------------------------------------------------------------


def _made_up(kind: str) -> str:
    """Right in all but that nobody ever made it."""
    characters = identifiers.ACCESS_CHARACTERS if kind == "access" else identifiers.RECORD_CHARACTERS
    return identifiers.write(Token(kind, "a" * characters, "b" * identifiers.SECRET_CHARACTERS))


GARBAGE = {
    "no header": None,
    "an empty header": "",
    "no token": "Bearer",
    "a blank token": "Bearer  ",
    "another scheme": "Token abc",
    "no scheme": _made_up("api"),
    "nothing like a token": "Bearer garbage",
    "a slip in it": f"Bearer {_made_up('api')[:-1]}!",
    "a wrong checksum": f"Bearer {_made_up('access')[:-6]}000000",
    "a kind that opens nothing here": f"Bearer {_made_up('device')}",
    "a client's secret": f"Bearer {_made_up('client')}",
    "not ASCII": f"Bearer {_made_up('session').replace('b', 'ｂ')}",
    "no base64": "Basic ann:secret",
    "base64 of no text": "Basic //79",
    "no colon": "Basic YW5u",
    "no login": "Basic OnNlY3JldA==",
    "no password": "Basic YW5uOg==",
    "a login too long": basic("a" * 255),
    "a login that gets too long": basic("ﷺ" * 100),
    "a password too long": basic("ann", "x" * 257),
}


@pytest.mark.parametrize("shown", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_unauthorized_and_costs_nothing(world: World, shown: str | None):
    with overheard() as made:
        assert _is_unauthorized(world, shown)
    assert made == []


def test_a_cookie_lets_nobody_in(world: World, bob: Person):
    token = world.sign_in(bob).body["session"]["token"]
    with overheard() as made:
        assert _is_unauthorized(world, f"__Host-furtka-session={token}", header="Cookie")
    assert made == []


@pytest.mark.parametrize("kind", ["api", "access", "session"])
def test_a_secret_that_nobody_holds_is_unauthorized_and_counted(world: World, kind: str):
    for _ in range(policy.FREE_FORGERIES):
        assert _is_unauthorized(world, bearer(_made_up(kind)))
    told = _denied(world, bearer(_made_up(kind)))
    assert (told["error"], told["retry_after"]) == ("too_many_attempts", 30)
    assert _is_unauthorized(world, bearer(_made_up(kind)), address=ELSEWHERE)


def test_a_right_token_gets_in_beside_somebody_who_guesses(world: World, bob: Person):
    for _ in range(policy.FREE_FORGERIES):
        assert _is_unauthorized(world, bearer(_made_up("api")))
    assert _denied(world, bearer(_made_up("api")))
    assert _allowed(world, _token(world, bob))["login"] == "bob"


@pytest.mark.parametrize("kind", ["api", "access", "session"])
def test_a_real_id_with_another_secret_is_unauthorized(world: World, bob: Person, kind: str):
    ways = {"api": _token, "access": _access, "session": _session}
    shown = ways[kind](world, bob).removeprefix("Bearer ")
    token = identifiers.read(shown, kind=kind)
    assert token
    forged = replace(token, secret=randomness.token("api", bob.user_id).secret)
    assert _is_unauthorized(world, bearer(identifiers.write(forged)))


@each_way
def test_whoever_is_switched_off_is_unauthorized_on_the_next_request(world: World, bob: Person, shows: Shows):
    shown = shows(world, bob)
    assert _allowed(world, shown)
    commit(users.switching(bob.user_id, enabled=False, now=world.now))
    assert _is_unauthorized(world, shown)


def test_a_token_that_is_switched_off_is_unauthorized_on_the_next_request(world: World, bob: Person):
    shown, token = api_token(world, bob)
    assert _allowed(world, bearer(shown))
    commit(tokens.changing(token, replace(token, enabled=False), now=world.now))
    assert _is_unauthorized(world, bearer(shown))


def test_a_token_that_is_deleted_is_unauthorized_on_the_next_request(world: World, bob: Person):
    shown, token = api_token(world, bob)
    assert _allowed(world, bearer(shown))
    commit(tokens.removing(token))
    assert _is_unauthorized(world, bearer(shown))


def test_a_token_that_is_narrowed_has_less_on_the_next_request(world: World, bob: Person):
    shown, token = api_token(world, bob, scopes="sms contacts")
    assert _allowed(world, bearer(shown))["scopes"] == "contacts sms"
    commit(tokens.changing(token, replace(token, scopes="contacts"), now=world.now))
    assert _allowed(world, bearer(shown))["scopes"] == "contacts"


def test_an_access_token_ends_with_its_client_and_with_its_hour(world: World, bob: Person):
    _, client = api_token(world, bob, kind="client")
    shown = bearer(access_token(world, client))
    world.wait(policy.ACCESS_TOKEN_LIFETIME - SECOND)
    assert _allowed(world, shown)
    world.wait(SECOND)
    assert _is_unauthorized(world, shown)
    again = bearer(access_token(world, client))
    assert _allowed(world, again)
    commit(tokens.removing(client))
    assert _is_unauthorized(world, again)


def test_a_token_expires_to_the_second(world: World, bob: Person):
    shown, _ = api_token(world, bob, expires_at=world.now + SECOND)
    assert _allowed(world, bearer(shown))
    world.wait(SECOND)
    assert _is_unauthorized(world, bearer(shown))


def test_a_session_that_has_ended_is_unauthorized(world: World, bob: Person):
    ended, idle, everywhere = (_session(world, bob) for _ in range(3))
    token = identifiers.read(ended.removeprefix("Bearer "), kind="session")
    assert token
    commit(sessions.ending_one(token.id))
    assert _is_unauthorized(world, ended)
    assert _allowed(world, everywhere)
    commit(users.ending_everything(bob.user_id, now=world.now))
    assert _is_unauthorized(world, everywhere)
    world.wait(policy.SESSION_IDLE)
    assert _is_unauthorized(world, idle)


def test_the_next_request_after_the_legacy_mode_ends_is_unauthorized(world: World, bob: Person):
    shown = with_api_password(world, bob)
    assert _allowed(world, shown)
    commit(accounts.switching_legacy(programs.account_of_person(bob), legacy_api=False))
    assert _is_unauthorized(world, shown)


def test_so_is_the_next_after_the_list_for_machines_is_switched_off(world: World, bob: Person):
    shown = with_api_password(world, bob)
    assert _allowed(world, shown)
    commit(accounts.setting_lists(programs.account_of_person(bob), api=IpList(sources=HOME)))
    assert _is_unauthorized(world, shown)


def test_so_is_the_next_after_the_password_is_removed(world: World, bob: Person):
    shown = with_api_password(world, bob)
    assert _allowed(world, shown)
    commit(logins.removing_api_password("bob"))
    assert _is_unauthorized(world, shown)


# --- 403: known, and not allowed --------------------------------------------------------------------------


def test_a_token_is_denied_from_addresses_that_are_not_on_its_own_list(world: World, bob: Person):
    shown, _ = api_token(world, bob, sources="198.51.100.0-10 2001:db8::/32")
    assert _allowed(world, bearer(shown))
    assert _denied(world, bearer(shown), address=ELSEWHERE)["error"] == "address_not_allowed"


@pytest.mark.parametrize("shows", [_token, _access, with_api_password])
def test_a_program_is_denied_from_addresses_that_are_not_on_the_accounts_list(world: World, bob: Person, shows: Shows):
    shown = shows(world, bob)
    if shows is not with_api_password:
        programs.limit_machines(world, bob)
    assert _allowed(world, shown)
    assert _denied(world, shown, address=ELSEWHERE) == {
        "error": errors.AddressNotAllowed.code,
        "message": errors.AddressNotAllowed.message,
    }


def test_a_person_is_denied_from_addresses_that_are_not_on_the_panels_list(world: World, bob: Person):
    shown = _session(world, bob)
    ip_list = IpList(on=True, sources=HOME, changed_at=world.now)
    commit(accounts.setting_lists(programs.account_of_person(bob), panel=ip_list))
    assert _allowed(world, shown)
    assert _denied(world, shown, address=ELSEWHERE)["error"] == "address_not_allowed"


def test_a_token_is_denied_once_it_has_used_up_its_minute(world: World, bob: Person):
    shown, _ = api_token(world, bob, rate_limit=2)
    for _ in range(2):
        assert _allowed(world, bearer(shown))
    told = _denied(world, bearer(shown))
    assert (told["error"], told["retry_after"]) == ("rate_limit_reached", 60)
    world.wait(timedelta(minutes=1))
    assert _allowed(world, bearer(shown))


def test_a_person_whose_password_is_overdue_is_denied(world: World, bob: Person):
    world.wait(programs.change_every_month(bob))
    assert _denied(world, _session(world, bob))["error"] == "password_change_required"


@each_way
def test_an_api_may_name_the_scopes_that_its_callers_need(world: World, bob: Person, shows: Shows):
    shown = shows(world, bob)
    assert _allowed(world, shown, variables={"furtka_scope": "sms"})
    told = _denied(world, shown, variables={"furtka_scope": "sms,nothing"})
    assert (told["error"], told["scope"]) == ("insufficient_scope", "nothing")


@pytest.mark.parametrize("variables", [None, {}, {"furtka_scope": ""}, {"furtka_scope": " , "}, {"other": "tokens"}])
def test_an_api_that_names_no_scope_decides_by_itself(world: World, bob: Person, variables: dict[str, str] | None):
    event = authorizer_event(_token(world, bob), at=world.now) | {"stageVariables": variables}
    assert lambda_handler(event, Context())["policyDocument"]["Statement"][0]["Effect"] == "Allow"


def _kinds(refusal: type[errors.Refusal]) -> list[type[errors.Refusal]]:
    return [refusal, *(one for kind in refusal.__subclasses__() for one in _kinds(kind))]


@pytest.mark.parametrize("refusal", sorted(_kinds(errors.Refusal), key=lambda refusal: refusal.__name__))
def test_a_reason_can_be_put_between_the_quotes_of_a_gateway_response(refusal: type[errors.Refusal]):
    for words in (refusal.code, refusal.message):
        assert json.dumps(words, ensure_ascii=False) == f'"{words}"'


# --- 5xx: we do not know ----------------------------------------------------------------------------------


@each_way
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_nobody_is_let_in_while_something_fails(world: World, bob: Person, shows: Shows, fault: Any):
    shown = shows(world, bob)
    world.wait(policy.TOKEN_USE_NOTED_EVERY)  # so that the use is written down, too
    seal.fingerprint("any", "any")
    with overheard() as made:
        _ask(world, shown)
    if "Basic" in shown:
        shown = with_api_password(world, bob)  # another hash, so that it is not known any more
    world.wait(policy.TOKEN_USE_NOTED_EVERY)
    for place in range(len(made)):
        with failing(place, fault), pytest.raises(errors.Unavailable):
            _ask(world, shown)


def test_a_mistake_of_ours_lets_nobody_in_either(world: World, bob: Person):
    event = authorizer_event(_token(world, bob), at=world.now)
    del event["methodArn"]
    with pytest.raises(KeyError):
        lambda_handler(event, Context())


def test_a_mistake_of_ours_is_counted_without_its_text_and_lets_nobody_in(
    world: World, bob: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def broken(*_: object, **__: object) -> None:
        raise ArithmeticError("canary")

    monkeypatch.setattr(authorizer.handler, "authenticate", broken)
    with pytest.raises(Unforeseen) as raised:
        _ask(world, _token(world, bob))
    said = capsys.readouterr().out
    assert unforeseen(said) == 1
    assert "canary" not in said + str(raised.value)


# --- What it costs, and what it tells ---------------------------------------------------------------------


def test_who_is_calling_costs_one_round_trip(world: World, bob: Person):
    shown = [_token(world, bob), _access(world, bob), _session(world, bob)]
    seal.fingerprint("any", "any")
    with overheard() as made:
        for one in shown:
            _allowed(world, one)
    assert [str(call) for call in made] == [
        "BatchGetItem tokens users accounts",
        "BatchGetItem accesstokens tokens users accounts",
        "BatchGetItem sessions users accounts",
    ]


def test_a_password_is_paid_for_once_and_then_costs_two_reads(world: World, bob: Person):
    shown = with_api_password(world, bob)
    reads = ["BatchGetItem logins strikes", "BatchGetItem users accounts"]
    seal.fingerprint("any", "any")
    with overheard() as made:
        for _ in range(3):
            _allowed(world, shown)
    tries = ["TransactWriteItems strikes strikes"] * 2
    assert [str(call) for call in made] == [*reads, *tries, *reads, *reads]


def test_the_use_of_a_token_is_written_down_at_most_once_in_five_minutes(world: World, bob: Person):
    shown, token = api_token(world, bob)
    with overheard() as made:
        for _ in range(10):
            world.wait(timedelta(minutes=1))
            _allowed(world, bearer(shown), address=ELSEWHERE)
    assert [str(call) for call in made if call.operation != "BatchGetItem"] == ["UpdateItem tokens"] * 2
    noted = tokens.find(token.account_id, token.token_id)
    assert noted
    assert (noted.used_at, noted.used_from) == (world.now, ELSEWHERE)


def test_every_refusal_is_logged_and_counted_by_its_name_and_nothing_secret_is(
    world: World, bob: Person, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
):
    shown, _ = api_token(world, bob, sources=ELSEWHERE)
    password, forged = with_api_password(world, bob), _made_up("api")
    _denied(world, bearer(shown))
    _denied(world, password, address=ELSEWHERE)
    for one in (bearer(forged), basic("bob", "Wrong-Machine-1"), "Bearer garbage"):
        assert _is_unauthorized(world, one)
    reasons = [vars(record)["reason"] for record in caplog.records]
    assert reasons == ["AddressNotAllowed", "AddressNotAllowed", "UnknownToken", "WrongPassword", "SessionForged"]
    told = "".join(capsys.readouterr()) + "".join(str(vars(record)) for record in caplog.records)
    counted = [json.loads(line) for line in told.splitlines() if line.startswith('{"_aws"')]
    assert [set(one) & {"UnknownToken", "WrongPassword"} for one in counted][2:4] == [
        {"UnknownToken"},
        {"WrongPassword"},
    ]
    secrets = (shown, forged, password.split()[1], programs.API_PASSWORD, "Wrong-Machine-1")
    assert [secret for secret in secrets if secret in told] == []
