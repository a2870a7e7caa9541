"""`furtka accounts` in this process: what an operator says of an account is what the account knows."""

import pytest

from furtka.cli import main
from shared import policy
from shared.domain.addresses import Gate
from shared.storage import accounts
from shared.storage.engine import commit
from tests.account.ip_lists import ABROAD, OFFICE, account_at, colleague
from tests.support.factors import SECOND, ask, signed_in
from tests.support.world import World


def test_no_password_may_hold_the_name_of_the_accounts_company(world: World, capsys: pytest.CaptureFixture[str]):
    who = ["--login", "bob", "--email", "bob@example.com", "--company", "Wędlinex Sp. z o.o."]
    assert main(["accounts", "create", *who]) == 0
    assert "A link to set the password is on its way" in capsys.readouterr().out
    body = {"token": world.link("invitation"), "password": "My-Wedlinex-1"}
    answer = world.post("/invitations/accept", body)
    assert [miss["error"] for miss in answer.body["errors"]] == ["contains_known_word"]
    assert world.post("/invitations/accept", body | {"password": "Trzy-Sowy-4-Razy"}).status == 204


def test_an_account_may_be_made_without_a_company(world: World):
    assert main(["accounts", "create", "--login", "bob", "--email", "bob@example.com"]) == 0
    body = {"token": world.link("invitation"), "password": "My-Wedlinex-1"}
    assert world.post("/invitations/accept", body).status == 204


def test_an_operator_opens_the_lists_of_an_owner_who_has_no_codes_left(
    world: World, capsys: pytest.CaptureFixture[str]
):
    tried = Gate(on=True, sources=ABROAD).proposing(on=True, sources=OFFICE, on_trial=True, now=world.now)
    commit(accounts.setting_lists(account_at(world.ann), panel=tried, api=Gate(on=True, sources=OFFICE)))
    assert world.sign_in().status == 403
    assert main(["accounts", "open-lists", "--login", "Ann"]) == 0
    assert "Both IP lists are off" in capsys.readouterr().out
    assert world.sign_in().status == 200
    world.wait(policy.LIST_TRIAL)
    account = account_at(world.ann)
    assert account.panel.admits(ABROAD, now=world.now)
    assert account.api.admits(ABROAD, now=world.now)


def test_everybody_in_the_account_is_told_that_an_operator_opened_its_lists(world: World):
    colleague(world, world.ann, "clerk")
    world.add("stranger")
    main(["accounts", "open-lists", "--login", "clerk"])
    told = [address for address, subject, _ in world.mails if subject == "The lists of addresses were switched off"]
    assert sorted(told) == ["ann@example.com", "clerk@example.com"]


def test_the_log_says_that_it_was_an_operator(world: World):
    main(["accounts", "open-lists", "--login", "ann"])
    world.wait(SECOND)
    log = ask(world, signed_in(world), "GET", "/account/activity", query={"event": "account_ip_lists_opened"}).body
    assert [(entry["actor"], entry["detail"], entry["address"]) for entry in log["entries"]] == [("operator", "", "")]


def test_there_is_nothing_to_open_for_a_login_that_nobody_has(world: World, capsys: pytest.CaptureFixture[str]):
    assert main(["accounts", "open-lists", "--login", "nobody"]) == 2
    assert "there is no login nobody" in capsys.readouterr().err
