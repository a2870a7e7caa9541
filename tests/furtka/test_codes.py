"""`furtka accounts codes` in this process: how SMS Authenticator's codes are for an account."""

from datetime import timedelta

import pytest

from furtka.cli import main
from shared import policy
from tests.account.ip_lists import account_at
from tests.support.factors import SECOND, ask, signed_in
from tests.support.world import World


def run(*words: str) -> int:
    return main(["accounts", "codes", "--login", "ann", *words])


def test_an_operator_says_how_long_codes_are_and_how_long_they_live(world: World, capsys: pytest.CaptureFixture[str]):
    assert run("--digits", "8", "--minutes", "3") == 0
    account = account_at(world.ann)
    assert (account.code_digits, account.code_lifetime) == (8, timedelta(minutes=3))
    assert "codes have 8 digits and expire after 3 minutes" in capsys.readouterr().out


def test_without_words_codes_are_again_as_for_everybody(world: World):
    run("--digits", "8", "--minutes", "3")
    assert run() == 0
    account = account_at(world.ann)
    assert (account.code_digits, account.code_lifetime) == (policy.CODE_DIGITS, policy.CODE_LIFETIME)


@pytest.mark.parametrize(("name", "amount"), [("digits", "11"), ("digits", "3"), ("minutes", "0"), ("minutes", "11")])
def test_what_policy_does_not_allow_is_refused(
    world: World, capsys: pytest.CaptureFixture[str], name: str, amount: str
):
    before = account_at(world.ann)
    assert run(f"--{name}", amount) == 2
    assert "4 to 10 digits" in capsys.readouterr().err
    assert account_at(world.ann) == before


def test_nobody_has_codes_without_a_login(world: World, capsys: pytest.CaptureFixture[str]):
    assert main(["accounts", "codes", "--login", "nobody"]) == 2
    assert "there is no login nobody" in capsys.readouterr().err


def test_the_log_says_that_an_operator_did_it(world: World):
    run("--digits", "8")
    world.wait(SECOND)
    log = ask(world, signed_in(world), "GET", "/account/activity", query={"event": "account_codes_changed"}).body
    assert [entry["actor"] for entry in log["entries"]] == ["operator"]
