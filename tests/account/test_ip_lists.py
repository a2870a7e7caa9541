"""GET and PUT /account/ip-lists, and the confirmation: an owner decides from where, and is not locked out."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import boto3
import pytest

from furtka import accounts as operators
from shared import policy, settings
from shared.domain.identifiers import account_of
from tests.account.ip_lists import (
    ABROAD,
    OFFICE,
    PATH,
    account_at,
    colleague,
    confirm,
    decide_meanwhile,
    save,
    show,
    sources,
)
from tests.support.calls import Answer, AwsCall, Proceed, intercepted, overheard
from tests.support.events import HOME
from tests.support.factors import SECOND, ask, signed_in
from tests.support.world import Person, World

NONE = {"enabled": False, "entries": [], "trial_until": None, "changed_at": None, "apply_to_subusers": None}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bob(world: World) -> Person:
    """The owner of an account, without a second factor."""
    return world.add("bob", phone=None)


@pytest.fixture
def token(world: World, bob: Person) -> str:
    """Of their session, opened at home."""
    return signed_in(world, bob)


def _at(world: World) -> str:
    return f"{world.now:%Y-%m-%dT%H:%M:%SZ}"


def _misses(world: World, token: str, *typed: str, **more: object) -> dict[str, str]:
    """What is wrong with a list that is refused, by where it is."""
    answer = save(world, token, *typed, **more)
    assert (answer.status, answer.error) == (422, "invalid_request")
    return {miss["path"]: miss["error"] for miss in answer.body["errors"]}


def _events(world: World, token: str) -> list[tuple[str, str]]:
    """(event, detail) of what the owner did to their lists, newest first."""
    found = ask(world, token, "GET", "/account/activity").body["entries"]
    return [(entry["event"], entry["detail"]) for entry in found if entry["event"].startswith("account_ip_list")]


def _letters(world: World, person: Person) -> list[str]:
    """The subjects of what they were told about addresses."""
    return [subject for address, subject, _ in world.mails if address == person.email and "addresses" in subject]


# --- What is shown ----------------------------------------------------------------------------------------


def test_at_first_both_lists_are_off_and_empty(world: World, token: str):
    assert show(world, token) == {
        "panel": NONE,
        "api": NONE | {"apply_to_subusers": True},
        "your_address": HOME,
        "admits_you": True,
    }


def test_the_owner_is_told_their_address_as_they_would_write_it(world: World, token: str):
    shown = show(world, token, address=f"::ffff:{HOME}")
    assert (shown["your_address"], shown["admits_you"]) == (HOME, True)


def test_an_entry_is_shown_in_one_spelling_with_its_note_who_added_it_and_when(world: World, token: str, bob: Person):
    entries = [
        {"source": HOME},
        {"source": " ::ffff:10.0.0.0/120", "note": "Biuro w Łodzi"},
        {"source": "2001:DB8::/32", "note": "VPN"},
        {"source": "192.0.2.0-255"},
    ]
    answer = ask(world, token, "PUT", f"{PATH}/panel", {"enabled": True, "entries": entries})
    assert answer.status == 200, answer
    added = {"added_by": "bob", "added_at": _at(world)}
    shown = show(world, token)["panel"]
    assert shown["entries"] == [
        {"source": HOME, "note": "", **added},
        {"source": "10.0.0.0/24", "note": "Biuro w Łodzi", **added},
        {"source": "2001:db8::/32", "note": "VPN", **added},
        {"source": "192.0.2.0-255", "note": "", **added},
    ]
    assert (shown["enabled"], shown["changed_at"], shown["trial_until"]) == (True, _at(world), None)
    assert {name: answer.body[name] for name in shown} == shown


def test_an_entry_that_was_there_before_keeps_who_and_when_and_takes_a_new_note(world: World, token: str):
    save(world, token, HOME, OFFICE)
    first = _at(world)
    world.wait(MINUTE)
    entries = [{"source": ABROAD}, {"source": f"{HOME}/32", "note": "home"}]
    answer = ask(world, token, "PUT", f"{PATH}/panel", {"enabled": True, "entries": entries})
    assert answer.body["entries"] == [
        {"source": ABROAD, "note": "", "added_by": "bob", "added_at": _at(world)},
        {"source": HOME, "note": "home", "added_by": "bob", "added_at": first},
    ]


def test_a_list_that_is_switched_off_keeps_its_entries_and_admits_everybody(world: World, token: str):
    save(world, token, HOME)
    answer = save(world, token, OFFICE, enabled=False)
    assert (answer.body["saved"], answer.body["refuses_you"], answer.body["would_refuse"]) == (True, False, [])
    shown = show(world, token)
    assert (shown["panel"]["enabled"], sources(shown["panel"]), shown["admits_you"]) == (False, [OFFICE], True)


def test_the_lists_do_not_touch_each_other(world: World, token: str):
    save(world, token, HOME)
    save(world, token, OFFICE, name="api")
    shown = show(world, token)
    assert (sources(shown["panel"]), sources(shown["api"])) == ([HOME], [OFFICE])


def test_what_else_the_owner_decides_leaves_the_lists_alone(world: World, token: str, bob: Person):
    save(world, token, HOME)
    before = account_at(bob).panel
    policies = {
        "password_profile": "nist",
        "password_change": "off",
        "password_change_days": 30,
        "longest_idle_minutes": 60,
    }
    assert ask(world, token, "PUT", "/account/policy", policies).status == 200
    assert account_at(bob).panel == before


# --- What is refused whole --------------------------------------------------------------------------------


def test_a_malformed_entry_refuses_the_whole_list_and_is_named_by_its_place(world: World, token: str, bob: Person):
    save(world, token, HOME)
    before = account_at(bob)
    world.wait(SECOND)
    assert _misses(world, token, HOME, "10.0.0.1/8", "0.0.0.0/0", "secret") == {
        "body.entries.1.source": "host_bits_set",
        "body.entries.2.source": "everybody",
        "body.entries.3.source": "not_an_address",
    }
    assert account_at(bob) == before
    assert sources(show(world, token)["panel"]) == [HOME]


@pytest.mark.parametrize("name", ["api", "panel"])
@pytest.mark.parametrize("everybody", ["0.0.0.0/0", "192.0.2.7/0", "::/0", "::ffff:0:0/96"])
def test_no_entry_lets_everybody_in(world: World, token: str, everybody: str, name: str):
    assert _misses(world, token, everybody, name=name) == {"body.entries.0.source": "everybody"}


@pytest.mark.parametrize("name", ["api", "panel"])
@pytest.mark.parametrize("halves", [["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"], ["2000::/3"]])
def test_no_entries_let_everybody_in_together(world: World, token: str, halves: list[str], name: str):
    assert _misses(world, token, *halves, name=name) == {"body.entries": "everybody"}


def test_what_was_typed_is_not_repeated_in_the_refusal(world: World, token: str):
    answer = save(world, token, "canary-7")
    assert answer.status == 422
    assert "canary" not in answer.text
    (miss,) = answer.body["errors"]
    assert "192.0.2.0/24, " in miss["message"]


@pytest.mark.parametrize("again", [HOME, f"{HOME}/32", f"::ffff:{HOME}", f"{HOME}-7"])
def test_addresses_that_are_there_already_are_refused_however_they_are_written(world: World, token: str, again: str):
    assert _misses(world, token, HOME, again) == {"body.entries.1.source": "duplicate"}


def test_a_range_and_a_network_of_the_same_addresses_are_one_entry(world: World, token: str):
    assert _misses(world, token, "10.0.0.0/24", "10.0.0.0-255") == {"body.entries.1.source": "duplicate"}


@pytest.mark.parametrize("name", ["api", "panel"])
def test_a_list_without_entries_is_not_switched_on(world: World, token: str, name: str):
    assert _misses(world, token, name=name) == {"body.entries": "empty"}


def test_a_list_without_entries_may_be_saved_while_it_is_off(world: World, token: str):
    assert save(world, token, enabled=False).status == 200


def test_a_list_has_so_many_entries_and_not_one_more(world: World, token: str, bob: Person):
    many = [f"2001:db8:{place:x}:aaaa:bbbb:cccc:dddd:eeee" for place in range(policy.LIST_ENTRIES)]
    full = [{"source": source, "note": "ż" * policy.LIST_NOTE_CHARACTERS} for source in many]
    assert len(full) == 200
    body = json.dumps({"enabled": True, "entries": full}, ensure_ascii=False)
    assert ask(world, token, "PUT", f"{PATH}/panel", body, address=many[-1]).status == 200
    assert len(account_at(bob).panel.sources.split()) == policy.LIST_ENTRIES
    answer = save(world, token, *many, OFFICE, address=many[-1])
    assert (answer.status, answer.body["errors"][0]["path"]) == (422, "body.entries")


@pytest.mark.parametrize(
    "body",
    [
        {"entries": []},
        {"enabled": False},
        {"enabled": "no", "entries": []},
        {"enabled": 0, "entries": []},
        {"enabled": False, "entries": {}},
        {"enabled": False, "entries": [HOME]},
        {"enabled": False, "entries": [{"source": 7}]},
        {"enabled": False, "entries": [{"note": "home"}]},
        {"enabled": False, "entries": [{"source": HOME, "note": "x" * (policy.LIST_NOTE_CHARACTERS + 1)}]},
        {"enabled": False, "entries": [{"source": HOME, "added_by": "eve"}]},
        {"enabled": False, "entries": [], "trial_until": None},
        {"enabled": False, "entries": [], "dry_run": "no"},
        {"enabled": False, "entries": [], "apply_to_subusers": False},
    ],
)
def test_a_body_of_another_form_is_refused(world: World, token: str, body: object, bob: Person):
    answer = ask(world, token, "PUT", f"{PATH}/panel", body)
    assert (answer.status, answer.error) == (422, "invalid_request")
    assert account_at(bob).panel.sources == ""


def test_there_are_two_lists_and_no_third(world: World, token: str):
    for answer in (save(world, token, HOME, name="smtp"), confirm(world, token, name="smtp")):
        assert (answer.status, answer.error) == (404, "not_found")


# --- Who may ----------------------------------------------------------------------------------------------


def test_only_the_owner_sees_and_changes_the_lists(world: World, bob: Person, token: str):
    save(world, token, HOME)
    theirs = signed_in(world, colleague(world, bob, "clerk"))
    answers = [ask(world, theirs, "GET", PATH), save(world, theirs, HOME, OFFICE), confirm(world, theirs)]
    assert [(answer.status, answer.error) for answer in answers] == [(403, "owner_only")] * 3
    assert sources(show(world, token)["panel"]) == [HOME]


def test_a_list_is_saved_and_confirmed_with_fresh_proofs_and_seen_without(world: World, token: str):
    world.wait(policy.CONFIRMED_FOR)
    for answer in (save(world, token, HOME), confirm(world, token)):
        assert (answer.status, answer.error) == (401, "insufficient_user_authentication")
    assert show(world, token)["panel"] == NONE


def test_without_a_session_nothing_is_told(world: World):
    answers = [
        world.call("GET", PATH),
        world.call("PUT", f"{PATH}/panel", {"enabled": False, "entries": []}),
        world.post(f"{PATH}/panel/confirm"),
    ]
    assert [answer.status for answer in answers] == [401] * 3


# --- The trial --------------------------------------------------------------------------------------------


def test_a_list_that_refuses_its_owner_is_only_tried_and_rolls_back_by_itself(world: World, token: str):
    save(world, token, HOME, "10.0.0.0/8")
    before = show(world, token)["panel"]
    world.wait(MINUTE)
    tried = save(world, token, OFFICE)
    until = world.now + policy.LIST_TRIAL
    assert (tried.status, tried.body["saved"], tried.body["refuses_you"]) == (200, True, True)
    assert tried.body["trial_until"] == f"{until:%Y-%m-%dT%H:%M:%SZ}"
    inside = show(world, token, address=OFFICE)
    assert (sources(inside["panel"]), inside["panel"]["trial_until"]) == ([OFFICE], tried.body["trial_until"])
    assert inside["admits_you"]
    world.wait(policy.LIST_TRIAL)
    after = show(world, token)
    assert after["panel"] == before | {"changed_at": tried.body["trial_until"]}
    assert sources(after["panel"]) == [HOME, "10.0.0.0/8"]


def test_a_list_that_holds_its_owner_counts_for_good_at_once(world: World, token: str):
    saved = save(world, token, HOME).body
    assert (saved["trial_until"], saved["refuses_you"]) == (None, False)
    world.wait(policy.LIST_TRIAL)
    assert sources(show(world, token)["panel"]) == [HOME]


def test_a_trial_that_is_confirmed_from_inside_counts_for_good(world: World, token: str):
    save(world, token, OFFICE)
    world.wait(policy.LIST_TRIAL - SECOND)
    confirmed = confirm(world, token, address=OFFICE)
    assert confirmed.status == 200
    assert (sources(confirmed.body), confirmed.body["trial_until"]) == ([OFFICE], None)
    world.wait(2 * SECOND)
    shown = show(world, token, address=OFFICE)
    assert shown["panel"] == confirmed.body


def test_a_trial_is_not_confirmed_from_outside(world: World, token: str, bob: Person):
    save(world, token, OFFICE)
    answer = confirm(world, token)
    assert (answer.status, answer.error) == (403, "address_not_allowed")
    assert account_at(bob).panel.trial_until


def test_a_trial_is_not_confirmed_after_its_end(world: World, token: str, bob: Person):
    save(world, token, OFFICE)
    world.wait(policy.LIST_TRIAL)
    answer = confirm(world, signed_in(world, bob))
    assert (answer.status, answer.error) == (409, "trial_over")
    assert not show(world, token)["panel"]["enabled"]


@pytest.mark.parametrize("name", ["api", "panel"])
def test_where_nothing_is_tried_there_is_nothing_to_confirm(world: World, token: str, name: str):
    save(world, token, HOME, name=name)
    answer = confirm(world, token, name=name)
    assert (answer.status, answer.error) == (409, "trial_over")


def test_a_trial_is_confirmed_once(world: World, token: str):
    save(world, token, OFFICE)
    answers = [confirm(world, token, address=OFFICE) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 409]


def test_a_trial_that_follows_a_trial_goes_back_to_what_was_decided_for_good(world: World, token: str):
    save(world, token, HOME)
    save(world, token, OFFICE)
    world.wait(MINUTE)
    second = save(world, token, ABROAD, address=OFFICE)
    assert second.body["refuses_you"]
    world.wait(policy.LIST_TRIAL)
    assert sources(show(world, token)["panel"]) == [HOME]


def test_entries_come_back_from_a_trial_with_their_notes(world: World, token: str):
    entries = [{"source": HOME, "note": "home"}, {"source": "10.0.0.0/8", "note": "VPN"}]
    ask(world, token, "PUT", f"{PATH}/panel", {"enabled": True, "entries": entries})
    before = show(world, token)["panel"]["entries"]
    world.wait(MINUTE)
    save(world, token, OFFICE)
    save(world, token, ABROAD, address=OFFICE)
    world.wait(policy.LIST_TRIAL)
    assert show(world, token)["panel"]["entries"] == before


def test_a_list_for_the_api_is_never_tried_since_it_keeps_nobody_out_of_the_panel(world: World, token: str):
    answer = save(world, token, OFFICE, name="api")
    assert (answer.body["refuses_you"], answer.body["trial_until"]) == (True, None)
    world.wait(policy.LIST_TRIAL)
    shown = show(world, token)
    assert (sources(shown["api"]), shown["api"]["enabled"], shown["admits_you"]) == ([OFFICE], True, True)


# --- Sub-users --------------------------------------------------------------------------------------------


def test_the_list_for_the_api_holds_for_sub_users_unless_the_owner_says_otherwise(
    world: World, token: str, bob: Person
):
    assert save(world, token, HOME, name="api", apply_to_subusers=False).body["apply_to_subusers"] is False
    assert account_at(bob).api_for_subusers is False
    assert save(world, token, HOME, OFFICE, name="api").body["apply_to_subusers"] is False
    assert show(world, token)["api"]["apply_to_subusers"] is False
    assert save(world, token, HOME, name="api", apply_to_subusers=True).body["apply_to_subusers"] is True


# --- What it would have refused ---------------------------------------------------------------------------


def test_a_dry_run_tells_and_saves_nothing(world: World, token: str, bob: Person):
    before, told = account_at(bob), len(world.mails)
    with overheard() as calls:
        answer = save(world, token, OFFICE, dry_run=True)
    assert (answer.status, answer.body["saved"], answer.body["refuses_you"]) == (200, False, True)
    assert sources(answer.body) == [OFFICE]
    assert [(seen["address"], seen["login"]) for seen in answer.body["would_refuse"]] == [(HOME, "bob")]
    assert {call.operation for call in calls} <= {"BatchGetItem", "Query"}
    assert account_at(bob) == before
    assert show(world, token)["panel"] == NONE
    assert len(world.mails) == told
    assert _events(world, token) == []


def test_a_dry_run_refuses_what_a_save_refuses(world: World, token: str):
    assert _misses(world, token, "10.0.0.1/8", dry_run=True) == {"body.entries.0.source": "host_bits_set"}


def test_who_would_have_been_refused_is_told_once_an_address_the_newest_first(world: World, token: str, bob: Person):
    clerk = colleague(world, bob, "clerk")
    world.wait(MINUTE)
    signed_in(world, clerk, address=ABROAD)
    world.wait(MINUTE)
    theirs = signed_in(world, clerk, address=OFFICE)
    world.wait(MINUTE)
    ask(world, theirs, "PUT", "/account/session-length", {"idle_minutes": 60}, address=OFFICE)
    last = _at(world)
    world.wait(MINUTE)
    signed_in(world, bob, address=f"::ffff:{HOME}")
    seen = save(world, token, HOME, dry_run=True).body["would_refuse"]
    assert [(one["login"], one["address"]) for one in seen] == [("clerk", OFFICE), ("clerk", ABROAD)]
    assert seen[0] == {"login": "clerk", "address": OFFICE, "at": last, "token_id": None, "token_name": None}


def test_a_session_that_lives_counts_though_what_was_done_since_fills_the_log(
    world: World, token: str, bob: Person, monkeypatch: pytest.MonkeyPatch
):
    signed_in(world, colleague(world, bob, "clerk"), address=ABROAD)
    monkeypatch.setattr(policy, "LIST_LOOKS_BACK", 1)
    world.wait(SECOND)
    assert ask(world, token, "PUT", "/account/session-length", {"idle_minutes": 60}).status == 200
    seen = save(world, token, HOME, dry_run=True).body["would_refuse"]
    assert [(one["login"], one["address"]) for one in seen] == [("clerk", ABROAD)]


def test_a_session_that_has_ended_does_not_count(
    world: World, token: str, bob: Person, monkeypatch: pytest.MonkeyPatch
):
    theirs = signed_in(world, colleague(world, bob, "clerk"), address=ABROAD)
    ask(world, theirs, "POST", "/logout", address=ABROAD)
    monkeypatch.setattr(policy, "LIST_LOOKS_BACK", 1)
    world.wait(SECOND)
    assert ask(world, token, "PUT", "/account/session-length", {"idle_minutes": 60}).status == 200
    assert save(world, token, HOME, dry_run=True).body["would_refuse"] == []


def test_so_many_users_sessions_are_read_and_no_more(
    world: World, token: str, bob: Person, monkeypatch: pytest.MonkeyPatch
):
    for place in range(4):
        colleague(world, bob, f"clerk-{place}")
    monkeypatch.setattr(policy, "LIST_LOOKS_AT_USERS", 2)
    with overheard() as calls:
        save(world, token, HOME, dry_run=True)
    assert [call.tables for call in calls].count(["sessions"]) == 2


def test_an_operators_hand_comes_from_no_address(world: World, token: str, bob: Person):
    operators.invite("bob", now=world.now)
    assert save(world, token, HOME, dry_run=True).body["would_refuse"] == []


# --- Who is told ------------------------------------------------------------------------------------------


def test_every_change_is_written_down_and_told(world: World, token: str, bob: Person):
    for change in (
        lambda: save(world, token, HOME),
        lambda: save(world, token, OFFICE),
        lambda: confirm(world, token, address=OFFICE),
        lambda: save(world, token, OFFICE, enabled=False, address=OFFICE),
        lambda: save(world, token, OFFICE, name="api"),
    ):
        assert change().status == 200
        world.wait(SECOND)
    assert _events(world, token) == [
        ("account_ip_list_changed", "api on"),
        ("account_ip_list_changed", "panel off"),
        ("account_ip_list_confirmed", "panel"),
        ("account_ip_list_changed", "panel trial"),
        ("account_ip_list_changed", "panel on"),
    ]
    assert _letters(world, bob) == [
        "The addresses for the panel were changed",
        "New addresses for the panel are on trial",
        "The addresses for the panel were confirmed",
        "The addresses for the panel were changed",
        "The addresses for the API were changed",
    ]


def test_what_is_refused_is_not_told(world: World, token: str, bob: Person):
    save(world, token, "secret")
    confirm(world, token)
    assert _events(world, token) == []
    assert _letters(world, bob) == []


# --- Two at once ------------------------------------------------------------------------------------------


@contextmanager
def _meanwhile(what: Callable[[], None]) -> Iterator[None]:
    """*what* happens after everything is read and before anything is written."""
    waiting = [what]

    def meanwhile(call: AwsCall, proceed: Proceed) -> Answer:
        if "accounts" in call.tables and call.operation == "TransactWriteItems" and waiting:
            waiting.pop()()
        return proceed()

    with intercepted(meanwhile):
        yield


@pytest.mark.parametrize("name", ["api", "panel"])
def test_of_two_saves_at_once_one_wins_whole(world: World, token: str, bob: Person, name: str):
    with _meanwhile(lambda: decide_meanwhile(world, bob, HOME, OFFICE, name=name)):
        answer = save(world, token, HOME, ABROAD)
    assert (answer.status, answer.error) == (409, "outrun")
    shown = show(world, token)
    assert sources(shown[name]) == [HOME, OFFICE]
    assert sources(shown["api" if name == "panel" else "panel"]) == []
    assert _events(world, token) == []
    assert _letters(world, bob) == []


def test_a_confirmation_that_comes_after_another_list_confirms_nothing(world: World, token: str, bob: Person):
    save(world, token, OFFICE)
    with _meanwhile(lambda: decide_meanwhile(world, bob, HOME)):
        answer = confirm(world, token, address=OFFICE)
    assert (answer.status, answer.error) == (409, "outrun")
    assert sources(show(world, token)["panel"]) == [HOME]


def test_an_account_without_lists_from_before_there_were_any_gets_them(world: World, token: str, bob: Person):
    names = {"#panel": "panel", "#api": "api", "#subusers": "api_for_subusers", "#legacy": "legacy_api"}
    boto3.client("dynamodb").update_item(
        TableName=settings.ACCOUNTS_TABLE,
        Key={"account_id": {"S": account_of(bob.user_id)}},
        UpdateExpression="REMOVE #panel, #api, #subusers, #legacy",
        ExpressionAttributeNames=names,
    )
    assert show(world, token)["panel"] == NONE
    assert save(world, token, HOME).status == 200
    assert sources(show(world, token)["panel"]) == [HOME]
