"""/subusers as the official clients ask for it: made, listed, shown, changed and deleted by the account's owner."""

import json
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from shared import policy
from shared.auth import attempt_limits
from shared.domain.holds import Hold
from shared.domain.logins import RESERVED
from shared.domain.points import POINT
from shared.domain.users import User
from shared.storage import engine, logins, users, wallets
from shared.storage.engine import commit
from shared.storage.mapping import record
from tests.account.ip_lists import colleague
from tests.subusers.asking import (
    FORM,
    GIVEN,
    OWN,
    WEAK,
    ask,
    fill,
    hexed,
    made,
    order,
    owners,
    put,
    seen,
    sign_in,
    user_do,
)
from tests.support.calls import preceded
from tests.support.factors import SECOND, signed_in, with_phone
from tests.support.tokens import make
from tests.support.world import World

ROLE = ["contacts", "messages", "profile", "sms", "sms:test", "sms_authenticator", "sms_sender", "tokens"]
WEEKDAYS = {"days": ["mon", "tue", "wed", "thu", "fri"], "begin": "08:00", "end": "16:30", "zone": "Europe/Warsaw"}
NOTHING = {"from_account": 0.0, "per_month": 0.0}


def user_of(world: World, user_id: str) -> User:
    found = record(User, engine.fetch_one(users.key(user_id)))
    assert found
    return found


# --- Made -------------------------------------------------------------------------------------------------


def test_a_sub_user_is_made_and_shown_as_the_clients_know_one(world: World):
    body = order("Shop", description="Web shop", points={"from_account": 100, "per_month": 12.5})
    answer = ask(world, owners(world), "POST", "/subusers", body)
    assert answer.status == 201
    user_id = answer.body["id"]
    assert answer.body == {
        "id": user_id,
        "username": "shop",
        "active": True,
        "description": "Web shop",
        "points": {"from_account": 100.0, "per_month": 12.5},
        "permissions": ROLE,
        "hours": None,
        "mail_trouble": None,
    }
    assert seen(world, answer.body) == answer.body
    assert user_id.startswith(world.ann.user_id[:10])


def test_without_a_word_they_are_not_active_and_have_nothing(world: World):
    answer = ask(world, owners(world), "POST", "/subusers", {"credentials": {"username": "shop", "password": GIVEN}})
    assert answer.status == 201
    assert (answer.body["active"], answer.body["description"], answer.body["points"]) == (False, "", NOTHING)
    assert user_of(world, answer.body["id"]).senders.access == "none"
    assert sign_in(world).status == 401


FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "php": (
        "credentials%5Busername%5D=shop&credentials%5Bpassword%5D=Sunday-Ferry-31&active=1&description=Web+shop",
        FORM,
    ),
    "java": (
        "credentials%5Busername%5D=shop&credentials%5Bpassword%5D=Sunday-Ferry-31&active=1&description=Web+shop"
        "&points%5Bfrom_account%5D=1.5&points%5Bper_month%5D=0.0",
        FORM,
    ),
    "js": (json.dumps(order(description="Web shop", points={"from_account": 1, "per_month": 2})), {}),
    "go": (json.dumps(order(description="Web shop", points=None)), {}),
}


@pytest.mark.parametrize("client", sorted(FORMS))
def test_every_client_makes_one_in_its_own_encoding(world: World, client: str):
    body, headers = FORMS[client]
    answer = ask(world, owners(world), "POST", "/subusers", body, headers=headers)
    assert answer.status == 201, answer
    assert (answer.body["username"], answer.body["active"], answer.body["description"]) == ("shop", True, "Web shop")


def test_what_the_owner_sends_beyond_the_contract_is_kept(world: World):
    subuser = made(world, permissions=["sms", "profile"], hours=WEEKDAYS)
    assert (subuser["permissions"], subuser["hours"]) == (["profile", "sms"], WEEKDAYS)
    assert seen(world, subuser) == subuser


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no credentials": ({"credentials": None}, "credentials"),
    "no name": ({"credentials": {"password": GIVEN}}, "credentials[username]"),
    "a short name": ({"credentials": {"username": "ab", "password": GIVEN}}, "credentials[username]"),
    "a name with a colon": ({"credentials": {"username": "a:bc", "password": GIVEN}}, "credentials[username]"),
    "no password": ({"credentials": {"username": "shop"}}, "credentials[password]"),
    "neither yes nor no": ({"active": "maybe"}, "active"),
    "less than nothing": ({"points": {"from_account": -1}}, "points[from_account]"),
    "parts of ten-thousandths": ({"points": {"per_month": "0.00001"}}, "points[per_month]"),
    "no number": ({"points": {"per_month": "many"}}, "points[per_month]"),
    "neither": ({"points": {"per_month": True}}, "points[per_month]"),
    "infinity": ({"points": {"per_month": "Infinity"}}, "points[per_month]"),
    "a scope that there is not": ({"permissions": ["everything"]}, "permissions"),
    "no such zone": ({"hours": WEEKDAYS | {"zone": "Europe/Furtka"}}, "hours[zone]"),
    "no such day": ({"hours": WEEKDAYS | {"days": ["friday"]}}, "hours[days]"),
    "no such time": ({"hours": WEEKDAYS | {"end": "24:00"}}, "hours[end]"),
    "a long description": ({"description": "x" * 256}, "description"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_what_is_wrong_is_named_in_the_clients_way(world: World, case: str):
    facts, path = WRONG[case]
    answer = ask(world, owners(world), "POST", "/subusers", order() | facts)
    assert (answer.status, answer.error) == (400, "invalid_request_data")
    first = answer.body["errors"][0]
    assert (first["path"], first["value"], first["message"]) == (path, None, answer.body["message"])
    assert "allowed here" not in first["message"]


@pytest.mark.parametrize("field", ["password", "api_password"])
def test_a_weak_password_is_refused_in_the_words_that_clients_test_for(world: World, field: str):
    body = order(credentials={"username": "shop", "password": GIVEN, field: "short"})
    answer = ask(world, owners(world), "POST", "/subusers", body)
    assert (answer.status, answer.error, answer.body["message"]) == (400, "invalid_domain_logic", WEAK)
    assert answer.body["errors"][0]["path"] == f"credentials[{field}]"
    assert ask(world, owners(world), "GET", "/subusers").body["size"] == 0


@pytest.mark.parametrize("password", ["Shop-the-7-th", "Password-12345", "Ann-example-7"])
def test_a_given_password_meets_the_rules_of_the_account(world: World, password: str):
    body = order("the-shop", credentials={"username": "the-shop", "password": password})
    assert ask(world, owners(world), "POST", "/subusers", body).error == "invalid_domain_logic"


@pytest.mark.parametrize("name", ["ann", "ANN", "shop"])
def test_a_login_is_taken_once_on_the_whole_platform(world: World, name: str):
    made(world)
    answer = ask(world, owners(world), "POST", "/subusers", order(name))
    assert (answer.status, answer.error) == (409, "login_taken")


SENTENCES = {
    "a sentence with a number and a host": "your-account-is-blocked.call-+48700123456.or-visit-www.evil.example.com",
    "a host": "visit-evil.com",
    "a number": "call-700-123-456",
    "a sentence": "your-account-is-blocked-please-call-us",
    "a sentence in an address": "mia+your-account-is-blocked-call-us@example.org",
}


@pytest.mark.parametrize("name", SENTENCES.values(), ids=SENTENCES.keys())
def test_a_sub_users_name_is_no_message(world: World, name: str):
    answer = ask(world, owners(world), "POST", "/subusers", order(name))
    assert (answer.status, answer.error) == (400, "invalid_request_data")
    assert [error["path"] for error in answer.body["errors"]] == ["credentials[username]"]
    assert user_do(world, add_user=name, pass_=hexed(), without_prefix=1).body["error"] in (1113, 1114)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_sub_user_acts_as_an_operator_or_as_nobody_in_the_log(world: World, name: str):
    answer = ask(world, owners(world), "POST", "/subusers", order(name))
    assert (answer.status, [error["path"] for error in answer.body["errors"]]) == (400, ["credentials[username]"])
    assert user_do(world, add_user=name, pass_=hexed(), without_prefix=1).body["error"] == 1114
    assert user_do(world, add_user=name, pass_=hexed()).body["username"] == f"ann_{name}"


@pytest.mark.parametrize("name", ["o'brien", "jan.kowalski", "o'brien@example.org", "shop-eu-2026"])
def test_a_sub_users_name_stands_in_the_owners_mail_as_it_is(world: World, name: str):
    made(world, name)
    assert any(f"Sub-user: {name}\n" in text for address, _, text in world.mails if address == world.ann.email)


def test_nothing_that_an_owner_wrote_is_mailed_to_an_address_that_nobody_proved(world: World):
    subuser = made(world, "mia+blocked@example.org")
    assert put(world, subuser, {"credentials": {"password": "Other-Ferry-31"}}).status == 200
    assert world.post("/password-reset", {"login": "mia+blocked@example.org"}).status == 204
    world.wait(SECOND)
    assert sign_in(world, "mia+blocked@example.org", "Other-Ferry-31").status == 200
    letters = [text for address, _, text in world.mails if address == "mia+blocked@example.org"]
    assert len(letters) == 3
    assert [text for text in letters if "blocked" in text] == []


def test_an_account_has_a_hundred_sub_users_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "SUBUSERS_PER_ACCOUNT", 2)
    made(world, "one")
    two = made(world, "two")
    full = ask(world, owners(world), "POST", "/subusers", order("three"))
    assert (full.status, full.error) == (409, "too_many_subusers")
    ask(world, owners(world), "DELETE", f"/subusers/{two['id']}")
    assert made(world, "three")


def test_an_account_cannot_try_logins_without_end(world: World, monkeypatch: pytest.MonkeyPatch):
    secret = owners(world)
    monkeypatch.setattr(attempt_limits, "NAMES", replace(attempt_limits.NAMES, free=2))
    made(world)
    for _ in range(2):
        assert ask(world, secret, "POST", "/subusers", order("ann")).status == 409
    answer = ask(world, secret, "POST", "/subusers", order("bob"))
    assert (answer.status, answer.error, answer.retry_after) == (429, "too_many_attempts", 30)


def test_sub_users_that_were_made_count_for_nothing(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attempt_limits, "NAMES", replace(attempt_limits.NAMES, free=2))
    for number in range(5):
        made(world, f"clerk{number}")


# --- Listed -----------------------------------------------------------------------------------------------


def test_the_list_holds_the_accounts_own_by_their_names(world: World):
    for name in ("shop", "cron", "bob@example.com"):
        made(world, name)
    answer = ask(world, owners(world), "GET", "/subusers")
    assert (answer.status, answer.body["size"]) == (200, 3)
    assert [one["username"] for one in answer.body["collection"]] == ["bob@example.com", "cron", "shop"]


def test_an_account_without_any_has_an_empty_list(world: World):
    assert ask(world, owners(world), "GET", "/subusers").body == {"size": 0, "collection": []}


@pytest.mark.parametrize(("text", "names"), [("SH", ["shop", "the-shop"]), ("op", ["shop", "the-shop"]), ("x", [])])
def test_a_part_of_a_name_finds_it_whatever_its_case(world: World, text: str, names: list[str]):
    for name in ("shop", "the-shop", "cron"):
        made(world, name)
    found = ask(world, owners(world), "GET", "/subusers", query={"q": text}).body["collection"]
    assert [one["username"] for one in found] == names


# --- Changed ----------------------------------------------------------------------------------------------


def test_only_what_is_sent_changes(world: World):
    before = made(world, description="Web shop", points={"from_account": 5, "per_month": 6}, hours=WEEKDAYS)
    answer = put(world, before, {"description": "Another"})
    assert (answer.status, answer.body) == (200, before | {"description": "Another"})
    assert seen(world, before) == answer.body


UNCHANGED: dict[str, object] = {
    "nothing": {},
    "go, whose caller set nothing": {"credentials": None, "points": None, "description": "", "active": None},
    "empty objects": {"credentials": {}, "points": {}},
    "what is so already": {"active": True, "description": "Web shop", "points": {"from_account": "5.0"}},
}


@pytest.mark.parametrize("case", sorted(UNCHANGED))
def test_what_says_nothing_new_changes_nothing(world: World, case: str):
    before = made(world, description="Web shop", points={"from_account": 5, "per_month": 6})
    mails = len(world.mails)
    answer = put(world, before, UNCHANGED[case])
    assert (answer.status, answer.body) == (200, before)
    assert len(world.mails) == mails
    assert len(log_of(world)) == 1


def log_of(world: World) -> list[tuple[str, str]]:
    """What is written of ann's sub-users, the newest first."""
    session = world.session()["session"]["token"]
    entries = ask(world, session, "GET", "/account/activity", query={"scope": "account"}).body["entries"]
    return [(one["event"], one["detail"]) for one in entries if one["user_id"] != world.ann.user_id]


def test_each_of_the_points_changes_alone_and_both_can_become_none(world: World):
    subuser = made(world, points={"from_account": 5, "per_month": 6})
    first = put(world, subuser, {"points": {"per_month": 0}}).body
    assert first["points"] == {"from_account": 5.0, "per_month": 0.0}
    form = urlencode({"points[from_account]": "0.0"})
    second = put(world, subuser, form, headers=FORM).body
    assert second["points"] == NOTHING
    assert seen(world, subuser)["points"] == NOTHING


def spend(world: World, subuser: dict[str, Any]) -> None:
    """A point of the sub-user's, while their owner decides about them."""
    wallets.take_share(subuser["id"], Hold("an order", world.now, POINT), most_abroad=1, now=world.now)


def test_what_is_spent_while_the_owner_sets_limits_counts_against_them(world: World):
    subuser = made(world, points={"per_month": 12})
    with preceded("TransactWriteItems", lambda: spend(world, subuser)):
        answer = put(world, subuser, {"points": {"per_month": 20}})
    assert answer.body["points"] == {"from_account": 0.0, "per_month": 20.0}
    assert wallets.available(user_of(world, subuser["id"]), now=world.now) == 0
    fill(world.ann, 100)
    assert wallets.available(user_of(world, subuser["id"]), now=world.now) == 19 * POINT


def test_where_another_sets_limits_before_each_try_they_are_the_others(world: World):
    subuser, limits = made(world, points={"per_month": 12}), count(13 * POINT, POINT)

    def set_limits() -> None:
        purse = wallets.purse(subuser["id"])
        assert purse
        commit(wallets.limiting(purse, from_account=None, per_month=next(limits), now=world.now))

    with preceded("TransactWriteItems", set_limits, times=policy.RACE_ATTEMPTS):
        answer = put(world, subuser, {"points": {"per_month": 20}, "description": "Another"})
    assert (answer.status, answer.error) == (409, "outrun")
    assert seen(world, subuser)["description"] == ""


def test_an_owner_who_writes_the_rest_that_they_see_cuts_off_what_would_come_back(world: World):
    """A sub-user has scheduled messages with all their points: the owner sees 0, and writes it."""
    fill(world.ann, 100)
    subuser = made(world, points={"from_account": 0.32})
    token, at = make(subuser["id"], now=world.now).secret, int((world.now + SECOND).timestamp()) + 3600
    order = urlencode({"to": "48600100201,48600100202", "message": "hi", "date": at, "format": "json"})
    ids = [one["id"] for one in ask(world, token, "POST", "/sms.do", order, headers=FORM).body["list"]]
    put(world, subuser, {"points": seen(world, subuser)["points"]})
    removal = urlencode({"sch_del": ",".join(ids), "format": "json"})
    assert ask(world, token, "POST", "/sms.do", removal, headers=FORM).body["count"] == 2
    assert seen(world, subuser)["points"] == NOTHING
    assert user_do(world, "GET", credits=1).body == {"points": 100.0}


def test_one_whose_login_is_gone_gets_no_password(world: World):
    subuser = made(world)
    commit(engine.remove(logins.LoginItem("shop")))
    answer = put(world, subuser, {"credentials": {"password": "Monday-Train-52"}})
    assert (answer.status, answer.error) == (404, "not_found")
    assert logins.find("shop") is None


def test_null_hours_change_nothing_as_the_contract_says(world: World):
    subuser = made(world, hours=WEEKDAYS)
    assert put(world, subuser, {"hours": None}).body["hours"] == WEEKDAYS
    assert seen(world, subuser)["hours"] == WEEKDAYS
    for empty in ("", {}):
        put(world, subuser, {"hours": WEEKDAYS})
        assert put(world, subuser, {"hours": empty}).body["hours"] is None
    schema = json.loads(Path("docs/openapi.json").read_text())["components"]["schemas"]["UpdateSubuserRequest"]
    assert "null does not change" in schema["properties"]["hours"]["description"]


def test_a_blank_takes_the_description_away_and_empty_hours_the_hours(world: World):
    subuser = made(world, description="Web shop", hours=WEEKDAYS)
    answer = put(world, subuser, urlencode({"description": " ", "hours": ""}), headers=FORM)
    assert (answer.body["description"], answer.body["hours"]) == ("", None)
    assert seen(world, subuser)["hours"] is None


def test_the_name_stays_as_it_is(world: World):
    subuser = made(world)
    answer = put(world, subuser, {"credentials": {"username": "other", "password": ""}})
    assert (answer.status, answer.error) == (400, "invalid_request_data")
    assert [(one["path"], one["message"]) for one in answer.body["errors"]] == [
        ("credentials[username]", "This field was not expected."),
        ("credentials[password]", "This value should not be blank."),
    ]


@pytest.mark.parametrize(
    ("password", "reason"),
    [("StrongPassword123!", "common words"), ("Shop-shop-7", "your login"), ("Ab1", "at least 8 characters")],
)
def test_a_password_with_all_kinds_of_characters_is_refused_with_the_true_reason(
    world: World, password: str, reason: str
):
    body = order(credentials={"username": "shop", "password": password})
    answer = ask(world, owners(world), "POST", "/subusers", body)
    assert (answer.status, answer.error) == (400, "invalid_domain_logic")
    assert reason in answer.body["message"]
    assert answer.body["message"] == answer.body["errors"][0]["message"] != WEAK


def test_a_weak_password_changes_nothing(world: World):
    subuser = made(world)
    answer = put(world, subuser, {"credentials": {"password": "short"}, "active": False})
    assert (answer.status, answer.body["message"]) == (400, WEAK)
    assert seen(world, subuser)["active"] is True


def test_several_changes_are_made_together(world: World):
    subuser = made(world)
    body = {
        "credentials": {"password": "Monday-Train-52", "api_password": "Machine-Room-12"},
        "active": False,
        "permissions": ["sms"],
        "points": {"per_month": 3},
    }
    answer = put(world, subuser, body)
    assert (answer.status, answer.body["active"], answer.body["permissions"]) == (200, False, ["sms"])
    assert {event for event, _ in log_of(world)} == {
        "user_created",
        "user_updated",
        "user_disabled",
        "authn_password_given",
        "authn_api_password_set",
    }
    assert ("user_updated", "permissions points") in log_of(world)


def test_a_permission_beyond_the_role_is_refused(world: World):
    subuser = made(world)
    for permissions in (["subusers"], ["sms", "subusers"]):
        answer = put(world, subuser, {"permissions": permissions})
        assert (answer.status, answer.error) == (403, "exceeds_own_rights")
    assert seen(world, subuser)["permissions"] == ROLE


# --- Shares -----------------------------------------------------------------------------------------------


def test_sender_names_are_shared_all_some_or_none(world: World):
    subuser = made(world)
    path = f"/subusers/{subuser['id']}/shares/sendernames"
    assert ask(world, owners(world), "GET", path).body == {"access": "none", "senders": None}
    some = {"access": "selected", "senders": ["SHOP", "Info"]}
    assert ask(world, owners(world), "PUT", path, some).status == 204
    assert ask(world, owners(world), "GET", path).body == some
    assert ask(world, owners(world), "PUT", path, {"access": "all", "senders": None}).text == ""
    assert ask(world, owners(world), "GET", path).body == {"access": "all", "senders": None}


def test_templates_can_be_shared_without_harm_and_are_none(world: World):
    path = f"/subusers/{made(world)['id']}/shares/templates"
    none = {"access": "none", "templates": None}
    answer = ask(world, owners(world), "PUT", path, {"access": "all"})
    assert (answer.status, answer.body) == (200, none)
    assert ask(world, owners(world), "GET", path).body == none


def test_all_that_is_shared_is_told_together(world: World):
    answer = ask(world, owners(world), "GET", f"/subusers/{made(world)['id']}/shares")
    assert answer.body == {
        "sendernames": {"access": "none", "senders": None},
        "blacklist": {"access": "none"},
        "templates": {"access": "none", "templates": None},
    }


@pytest.mark.parametrize("body", [{"access": "some"}, {"access": "selected", "senders": ["x" * 17]}, {}])
def test_a_share_that_is_none_is_refused(world: World, body: object):
    answer = ask(world, owners(world), "PUT", f"/subusers/{made(world)['id']}/shares/sendernames", body)
    assert (answer.status, answer.error) == (400, "invalid_request_data")


# --- Told -------------------------------------------------------------------------------------------------


def test_the_owner_is_told_what_happens_and_so_is_who_has_a_mailbox(world: World):
    subuser = made(world, "bob@example.com")
    put(world, subuser, {"credentials": {"password": "Monday-Train-52", "api_password": "Machine-Room-12"}})
    put(world, subuser, {"active": False})
    ask(world, owners(world), "DELETE", f"/subusers/{subuser['id']}")
    told = [(address, subject) for address, subject, _ in world.mails]
    assert [subject for address, subject in told if address == "ann@example.com"] == [
        "A sub-user was made",
        "A sub-user was given a password",
        "A sub-user was switched off",
        "A sub-user was deleted",
    ]
    assert sorted(subject for address, subject in told if address == "bob@example.com") == [
        "A password for programs was set",
        "A password was given to you",
    ]
    assert not any(GIVEN in text or "Monday-Train-52" in text for _, _, text in world.mails)


def test_passwords_that_are_given_without_end_do_not_flood_a_mailbox(world: World):
    """Nobody has proved that it is the sub-user's."""
    bob = made(world, "bob@example.com")
    for place in range(policy.FREE_RESETS):
        world.wait(SECOND)
        assert put(world, bob, {"credentials": {"password": f"Monday-Train-5{place}"}}).status == 200
    answer = put(world, bob, {"credentials": {"password": "Monday-Train-77"}})
    assert (answer.status, answer.error, answer.retry_after) == (429, "too_many_attempts", 5 * 60)
    assert len([address for address, _, _ in world.mails if address == "bob@example.com"]) == policy.FREE_RESETS
    assert put(world, made(world, "shop"), {"credentials": {"password": "Monday-Train-77"}}).status == 200
    world.wait(policy.FIRST_RESET_WAIT)
    assert put(world, bob, {"credentials": {"password": "Monday-Train-78"}}).status == 200


def test_the_log_says_who_it_was(world: World):
    token = make(world.ann.user_id, now=world.now)
    ask(world, token.secret, "POST", "/subusers", order())
    session = world.session()["session"]["token"]
    entries = ask(world, session, "GET", "/account/activity", query={"scope": "account"}).body["entries"]
    (entry,) = [one for one in entries if one["event"] == "user_created"]
    assert entry["actor"] == f"token:{token.id}"


def test_no_password_is_answered_logged_or_kept(world: World, capsys: pytest.CaptureFixture[str]):
    subuser = made(world, credentials={"username": "shop", "password": GIVEN, "api_password": "Machine-Room-12"})
    answers = [put(world, subuser, {"credentials": {"password": OWN}}).text, str(seen(world, subuser))]
    heard = capsys.readouterr()
    for secret in (GIVEN, OWN, "Machine-Room-12"):
        assert secret not in heard.out + heard.err + str(subuser) + "".join(answers)


def test_the_number_of_a_deleted_sub_user_can_be_had_by_another(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "NUMBER_HOLDERS", 1)
    phone = {"phone": "+48600100299"}
    first, second = (colleague(world, world.ann, name) for name in ("first", "second"))
    with_phone(world, signed_in(world, first), phone["phone"])
    assert ask(world, signed_in(world, second), "POST", "/account/factors/sms", phone).error == "phone_in_use"
    assert ask(world, owners(world), "DELETE", f"/subusers/{first.user_id}").status == 204
    assert ask(world, signed_in(world, second), "POST", "/account/factors/sms", phone).status == 200
