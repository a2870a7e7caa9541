"""The command line: an option has one value; what is mistyped is answered with a sentence; help is in sentences."""

import argparse
from collections.abc import Iterator

import pytest

from furtka import arguments, cli
from furtka.cli import main
from furtka.complaint import Complaint
from furtka.local import command as local

ADDRESS = "an address begins with http:// or https://, as http://127.0.0.1:3000"
WITH_AN_ADDRESS = (
    ["accounts", "enable", "--login", "ann", "--url"],
    ["keys", "status", "--url"],
    ["canary", "create", "--email", "oncall@example.com", "--url"],
    ["canary", "create", "--email", "oncall@example.com", "--address"],
    ["restore", "void", "--since", "2026-03-01T12:00Z", "--url"],
    ["demo", "--url"],
    ["sam", "env", "--url"],
    ["sam", "events", "--url"],
    ["local", "--dynamodb"],
)


def misused(command: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return what is said of the command, without its usage."""
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == 2
    return capsys.readouterr().err.rpartition("error: ")[2].strip()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            ["deploy", "--stack=a", "--region=eu-central-1", "--options", "--region eu-west-1"],
            "--region is given twice, as 'eu-central-1' and as 'eu-west-1'",
        ),
        (["deploy", "--stack=a", "--options", "--stack b"], "--stack is given twice, as 'a' and as 'b'"),
        (["deploy", "--mail=a@b.pl", "--options=--mail=c@d.pl"], "--mail is given twice"),
        (["deploy", "--panel=https://a.pl", "--options=--panel https://b.pl"], "--panel is given twice"),
        (["deploy", "--stage=dev", "--options=--stage prod"], "--stage is given twice, as 'dev' and as 'prod'"),
        (["deploy", "--options=--arch=arm64", "--arch", "x86_64"], "--arch is given twice, as 'arm64' and as 'x86_64'"),
        (["deploy", "--options=--built a --built b"], "--built is given twice, as 'a' and as 'b'"),
        (["stop", "--stack", "furtka-dev", "--stack", "furtka-prod"], "--stack is given twice"),
        (["doctor", "--region", "eu-west-1", "--region", "eu-west-2"], "--region is given twice"),
        (["accounts", "enable", "--login", "ann", "--login", "bob"], "--login is given twice, as 'ann' and as 'bob'"),
        (["local", "--parameter", "Waf=on", "--parameter", "Waf=off", "--port", "0"], "Waf is given twice"),
        (["local", "--port", "3000", "--port", "3001"], "--port is given twice, as '3000' and as '3001'"),
    ],
)
def test_an_option_with_two_values_is_refused_since_nobody_knows_which_one_is_meant(
    command: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    assert main(command) == 2
    told = capsys.readouterr()
    assert (told.out, said in told.err) == ("", True), told.err
    assert "leave one out" in told.err


def test_the_same_value_twice_is_no_contradiction():
    twice = ["deploy", "--stack=a", "--region=eu-west-1", "--options", "--region eu-west-1 --stack a"]
    assert cli._parser().parse_args(twice).region == "eu-west-1"


@pytest.mark.parametrize("command", WITH_AN_ADDRESS, ids=lambda command: " ".join(command[:2]))
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("127.0.0.1:3462", ADDRESS),
        ("localhost:3000", ADDRESS),
        ("ftp://127.0.0.1", ADDRESS),
        ("http://", ADDRESS),
        ("http://127.0.0.1:port", ADDRESS),
        ("http://[::1", ADDRESS),
        ("http://ann:secret@127.0.0.1:3000", "an address has no user name and no password in it"),
        ("http://127.0.0.1:3000?a=b", "an address has no ? and no #"),
    ],
)
def test_what_is_no_address_is_answered_with_how_one_begins(
    command: list[str], text: str, said: str, capsys: pytest.CaptureFixture[str]
):
    assert misused([*command, text], capsys) == f"argument {command[-1]}: {said}"


def test_a_slash_at_the_end_of_an_address_is_nothing():
    assert arguments.address("http://127.0.0.1:3000/") == "http://127.0.0.1:3000"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["local", "--port", "abc"], "'abc' is no port: a port is a number between 0 and 65535"),
        (["local", "--port", "70000"], "'70000' is no port: a port is a number between 0 and 65535"),
        (["local", "--parameter", "Foo"], "'Foo' is no parameter: write it as NAME=VALUE"),
        (["accounts", "abroad", "many", "--login", "ann"], "'many' is no whole number"),
        (["accounts", "codes", "--digits", "six", "--login", "ann"], "'six' is no whole number"),
        (["accounts", "codes", "--minutes", "1.5", "--login", "ann"], "'1.5' is no whole number"),
    ],
)
def test_a_text_that_an_option_does_not_take_is_answered_with_a_sentence(
    command: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    assert misused(command, capsys).endswith(f": {said}")


FOR_A_STACK = (
    *(["accounts", "enable", "--login", "ann"], ["keys", "rotate"], ["canary", "create", "--email", "a@example.com"]),
    *(["restore", "void", "--since", "2026-03-01T12:00Z"], ["stop"], ["start"], ["leftovers", "--remove"], ["doctor"]),
)


@pytest.mark.parametrize("command", FOR_A_STACK, ids=" ".join)
@pytest.mark.parametrize("name", ["", "a b", "1st", "a_b"])
def test_a_name_that_no_stack_can_have_is_not_taken_for_none_at_all(
    command: list[str], name: str, capsys: pytest.CaptureFixture[str]
):
    said = f"argument --stack: {name!r} is no name of a stack: letters, digits and hyphens, a letter first"
    assert misused([*command, "--stack", name], capsys) == said


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["doctor", "--stack", "a", "--mail", "a@b.pl", "--stage", "prod"], "leave out --stack, or --stage and --mail"),
        (["doctor", "--stack", "a", "--parameter", "Waf=on"], "leave out --stack, or --parameter"),
        (["demo", "--password", "x"], "--password is that of --login"),
    ],
)
def test_what_an_option_would_not_count_for_is_refused(
    command: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    assert main(command) == 2
    assert said in capsys.readouterr().err


def test_a_recovery_is_finished_or_cancelled_and_not_both(capsys: pytest.CaptureFixture[str]):
    command = ["accounts", "recover", "--login", "ann", "--finish", "--cancel"]
    assert misused(command, capsys) == "argument --cancel: not allowed with argument --finish"


def test_the_port_beside_the_highest_is_none():
    with pytest.raises(Complaint, match="port 65536 can't be used: the highest is 65535"):
        local._listen(arguments.HIGHEST_PORT + 1)


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parser of each command and action."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield below
                yield from parsers(below)


EVERY = {parser.prog: parser for parser in parsers(cli._parser())}


@pytest.mark.parametrize("name", EVERY)
def test_help_says_in_a_sentence_what_a_command_does(name: str):
    about = str(EVERY[name].description)
    assert about[0].isupper()
    assert about.endswith(".")


@pytest.mark.parametrize("name", EVERY)
def test_no_type_of_an_option_is_shown_by_the_name_that_python_has_for_it(name: str):
    """What `argparse` makes of a type that only raises ValueError: "invalid int value"."""
    types = {action.type for action in EVERY[name]._actions}
    assert not types & {int, float}


def test_names_in_a_description_stay_as_they_are():
    assert arguments.Parser(description="set codes of SMS Authenticator").description == (
        "Set codes of SMS Authenticator."
    )


def test_the_help_of_deploy_has_what_belongs_together_together():
    options = [option for action in EVERY["furtka deploy"]._actions for option in action.option_strings]
    assert options[options.index("--parameter") + 1] == "--parameters"


def test_the_help_of_sending_says_both_that_it_lets_send_and_that_it_stops(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["accounts", "sending", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "Let the account's programs send, or stop what they send." in said
    assert "--off stop messages and codes until the owner or an operator lets them leave" in said
