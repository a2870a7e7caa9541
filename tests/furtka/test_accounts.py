"""`furtka accounts` in this process: what an operator says of an account is what the account knows."""

import pytest

from furtka.cli import main
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
