"""What an owner decided lies in one row: lists are swapped for what was seen, and a sign-in insists on them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from shared import policy
from shared.domain.accounts import Account
from shared.domain.ip_lists import IpList
from shared.domain.provenance import Rescue
from shared.errors import Outrun, Refusal, SubuserQuotaReached
from shared.storage import accounts
from shared.storage.accounts import AdmitsNotEverybody
from shared.storage.engine import Write, commit, fetch
from shared.storage.password_history import remembering
from tests.shared.storage.refusals import refusal
from tests.support.world import World

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
BOB = "B" * 10

ON = IpList(on=True, sources="192.0.2.7 2001:db8::/32", changed_at=NOON)
OFF = IpList(sources="192.0.2.7", changed_at=NOON + timedelta(milliseconds=1))
TRIED = ON.proposing(on=True, sources="10.0.0.0-255", on_trial=True, now=LATER)
GATES = {"as ever": IpList(), "on": ON, "off": OFF, "tried": TRIED}


def added(**facts: object) -> Account:
    account = replace(Account(BOB), **facts)
    commit(accounts.adding(account))
    return account


def found() -> Account:
    account = accounts.find(BOB)
    assert account
    return account


def row_from_before_there_were_lists() -> None:
    facts = {"account_id": BOB, "company": "Bob's", "profile": "nist", "change": "off"}
    item = {name: {"S": value} for name, value in facts.items()}
    durations = {"change_every": {"N": "2592000"}, "longest_idle": {"N": "3600"}}
    boto3.client("dynamodb").put_item(TableName="test-accounts", Item=item | durations)


def refused(write: Write) -> Refusal:
    """Among other writes, as a check can only be."""
    with pytest.raises(Refusal) as refusal:
        commit(write, remembering("someone", [], replaced=None))
    return refusal.value


def test_an_account_is_read_as_it_was_written(world: World):
    account = added(panel=ON, api=TRIED, api_for_subusers=False, legacy_api=True, company="Bob's")
    assert found() == account == accounts.read(*fetch(accounts.key(BOB)))


@pytest.mark.parametrize("name", sorted(GATES))
def test_a_gate_is_read_as_it_was_written(world: World, name: str):
    added(panel=GATES[name])
    assert found().panel == GATES[name]


def test_a_row_from_before_there_were_lists_lets_everybody_in(world: World):
    row_from_before_there_were_lists()
    account = found()
    assert (account.company, account.panel, account.api) == ("Bob's", IpList(), IpList())
    assert (account.api_for_subusers, account.legacy_api) == (True, False)


def test_where_there_is_no_account_none_is_found(world: World):
    assert accounts.find(BOB) is None


def test_deciding_about_passwords_leaves_the_lists_alone(world: World):
    seen = added()
    commit(accounts.setting_lists(seen, panel=ON, api=TRIED, api_for_subusers=False))
    commit(accounts.deciding(replace(seen, profile="nist", legacy_api=True)))
    after = found()
    assert (after.profile, after.panel, after.api) == ("nist", ON, TRIED)
    assert (after.api_for_subusers, after.legacy_api) == (False, False)


def test_setting_the_lists_leaves_the_rest_alone(world: World):
    seen = added()
    commit(accounts.deciding(replace(seen, profile="nist")))
    commit(accounts.setting_lists(seen, panel=ON))
    assert found() == replace(seen, profile="nist", panel=ON)


@pytest.mark.parametrize("name", sorted(GATES))
def test_a_list_is_swapped_for_the_one_that_was_seen(world: World, name: str):
    seen = added(panel=GATES[name])
    commit(accounts.setting_lists(seen, panel=replace(ON, sources="203.0.113.9")))
    assert found().panel.sources == "203.0.113.9"


def test_of_two_that_saw_the_same_lists_one_wins_whole(world: World):
    seen = added()
    commit(accounts.setting_lists(seen, panel=ON))
    with pytest.raises(Outrun):
        commit(accounts.setting_lists(seen, panel=OFF))
    with pytest.raises(Outrun):
        commit(accounts.setting_lists(seen, api=OFF))
    assert found() == replace(seen, panel=ON)


def test_a_list_is_swapped_in_a_row_from_before_there_were_lists(world: World):
    row_from_before_there_were_lists()
    commit(accounts.setting_lists(found(), panel=ON))
    assert found().panel == ON


NOWHERE: dict[str, Write] = {
    "lists": accounts.setting_lists(Account(BOB), panel=ON),
    "decisions": accounts.deciding(Account(BOB)),
    "legacy API on": accounts.switching_legacy(Account(BOB), legacy_api=True),
    "legacy API off": accounts.switching_legacy(Account(BOB), legacy_api=False),
    "countries": accounts.allowing_abroad(BOB, "DE"),
    "codes": accounts.setting_codes(BOB, digits=4, lifetime=timedelta(minutes=1)),
    "one sub-user less": accounts.discounting_subuser(BOB),
}


@pytest.mark.parametrize("what", sorted(NOWHERE))
def test_an_account_that_is_not_there_is_not_made_by_a_decision_about_it(world: World, what: str):
    assert refusal(NOWHERE[what]) is Outrun


def test_an_account_that_is_not_there_has_no_room_for_sub_users(world: World):
    assert refusal(accounts.counting_subuser(BOB)) is SubuserQuotaReached


def test_an_account_is_added_once(world: World):
    added()
    assert refusal(accounts.adding(Account(BOB, company="Eve's"))) is Outrun


def test_so_many_sub_users_fit_and_who_goes_makes_room(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "SUBUSERS_PER_ACCOUNT", 2)
    added()
    for _ in range(2):
        commit(accounts.counting_subuser(BOB))
    assert refusal(accounts.counting_subuser(BOB)) is SubuserQuotaReached
    commit(accounts.discounting_subuser(BOB))
    commit(accounts.counting_subuser(BOB))


def test_programs_show_passwords_only_behind_the_list_that_was_seen(world: World):
    seen = added(api=ON)
    commit(accounts.setting_lists(seen, api=OFF))
    assert refusal(accounts.switching_legacy(seen, legacy_api=True)) is Outrun
    commit(accounts.switching_legacy(replace(seen, api=OFF), legacy_api=True))
    assert found().legacy_api
    commit(accounts.switching_legacy(found(), legacy_api=False))
    assert not found().legacy_api


def test_what_a_rescue_puts_back_is_replaced_only_as_it_was_seen(world: World):
    seen = added()
    commit(accounts.switching_legacy(seen, changes_by_get=True))
    assert refusal(accounts.switching_legacy(seen, legacy_api=False)) is Outrun
    commit(accounts.setting_notify_url(seen, "https://one.example/"))
    assert refusal(accounts.setting_notify_url(seen, "https://other.example/")) is Outrun
    assert refusal(accounts.rescuing(seen, Rescue("someone", NOON, LATER))) is Outrun
    commit(accounts.rescuing(found(), Rescue("someone", NOON, LATER), changes_by_get=False, notify_url=""))
    assert (found().changes_by_get, found().notify_url) == (False, "")


@pytest.mark.parametrize("name", ["as ever", "off"])
def test_where_the_list_is_off_everybody_is_admitted(world: World, name: str):
    added(panel=GATES[name], api=ON)
    commit(accounts.admitting_everybody(BOB), remembering("someone", [], replaced=None))


def test_in_a_row_from_before_there_were_lists_everybody_is_admitted(world: World):
    row_from_before_there_were_lists()
    commit(accounts.admitting_everybody(BOB), remembering("someone", [], replaced=None))


@pytest.mark.parametrize("name", ["on", "tried"])
def test_where_the_list_is_on_the_refusal_brings_the_account_along(world: World, name: str):
    account = added(panel=GATES[name])
    refusal = refused(accounts.admitting_everybody(BOB))
    assert isinstance(refusal, AdmitsNotEverybody)
    assert refusal.account == account


@pytest.mark.parametrize("name", sorted(GATES))
def test_the_list_that_was_looked_at_is_insisted_on(world: World, name: str):
    seen = added(panel=GATES[name])
    commit(accounts.still_admitting(seen), remembering("someone", [], replaced=None))
    commit(accounts.setting_lists(seen, panel=replace(ON, sources="203.0.113.9")))
    assert isinstance(refused(accounts.still_admitting(seen)), Outrun)
