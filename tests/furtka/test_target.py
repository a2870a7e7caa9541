"""`--stack` and `--url`: every operator's command finds its stack in the same way, and says so when it finds none."""

import pytest

from furtka.cli import main
from tests.support import ports

COMMANDS = (["accounts", "enable", "--login", "ann"], ["keys", "status"])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_says_where_no_stack_answers(command: list[str], capsys: pytest.CaptureFixture[str]):
    with ports.ours() as port:
        url = f"http://127.0.0.1:{port}"
        assert main([*command, "--url", url]) == 2
    said = capsys.readouterr().err
    assert f"no stack answers at {url}" in said
    assert "--url" in said


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_is_for_one_stack_only(command: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main([*command, "--url", "http://127.0.0.1:3000", "--stack", "furtka"])
    assert "not allowed with argument" in capsys.readouterr().err
