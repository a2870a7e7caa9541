"""What can't be a region of AWS is refused before AWS is asked; one that is newer than the SDK can be used."""

import boto3
import pytest

from furtka import aws, regions
from furtka.cli import main
from tests.furtka.test_aws import every_command

NEWER = ("eu-central-7", "nz-north-1", "us-gov-central-1", "eusc-fr-west-1")


@every_command
def test_what_is_no_region_is_said_whoever_is_signed_in(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert main([*command, "--region", "eu-centrall-1"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("furtka: eu-centrall-1 is no region of AWS: perhaps eu-central-1 or ")


@pytest.mark.parametrize("name", ["eu-central", "eu_central-1", "EU-CENTRAL-1", "frankfurt", "eu-central-1a", "eu--1"])
def test_what_is_named_otherwise_is_no_region(name: str):
    with pytest.raises(aws.CannotAsk, match="is no region of AWS"):
        aws.session(name, command="")


@pytest.mark.parametrize("name", NEWER)
def test_a_region_that_may_be_newer_than_the_sdk_is_used_and_pointed_at(name: str, capsys: pytest.CaptureFixture[str]):
    assert aws.session(name, command="").region_name == name
    said = capsys.readouterr().err
    assert said.startswith(f"furtka: the SDK does not know {name}")
    assert said.endswith("it is taken for a newer region\n")


def test_every_region_that_the_sdk_knows_is_used_without_a_word(capsys: pytest.CaptureFixture[str]):
    known = regions.known(boto3.Session())
    assert {"eu-central-1", "us-gov-west-1", "cn-north-1"} <= known
    for name in sorted(known):
        aws.session(name, command="")
        assert regions.is_like_one(name), "a newer one could be named so"
    assert capsys.readouterr().err == ""
