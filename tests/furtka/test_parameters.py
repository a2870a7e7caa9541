"""The parameters of template.yaml: what is refused before anything is built, as CloudFormation would later."""

from pathlib import Path

import pytest
from samcli.cli.types import CfnParameterOverridesType

from furtka import parameters
from furtka.complaint import Complaint

CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
MAIL = {"MailFrom": "furtka@example.com"}


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("MailFrom=Furtka <a@b.pl>", "Furtka <a@b.pl>"),
        ('Prices="PL=0.16 DE=0.5"', "PL=0.16 DE=0.5"),
        ("Prices='PL=0.16'", "PL=0.16"),
        ("DomainName=", ""),
        ("SmsapiUrl=https://x/?a=b", "https://x/?a=b"),
    ],
)
def test_a_pair_is_read_to_its_end(pair: str, value: str):
    assert list(parameters.read([pair]).values()) == [value]


@pytest.mark.parametrize("pair", ["DomainName", "=x", "Domain Name=x", "--parameter", ""])
def test_what_is_no_pair_is_named(pair: str):
    with pytest.raises(Complaint, match="is no parameter"):
        parameters.read([pair])


@pytest.mark.parametrize("stage", parameters.stages())
def test_sam_reads_a_stage_as_we_do(stage: str):
    pairs = parameters.stages()[stage]["deploy"]["parameters"]["parameter_overrides"]
    assert CfnParameterOverridesType().convert(pairs, None, None) == parameters.of_stage(stage)


def test_a_stage_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(Complaint, match=r"no stage staging in samconfig\.toml, only dev and prod"):
        parameters.of_stage("staging")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"Domain": "x"}, "no parameter Domain"),
        ({"MailFrom": "nobody"}, "MailFrom=nobody is not allowed"),
        ({"Architecture": "aarch64"}, "one of x86_64, arm64"),
        ({"PanelOrigin": "https://panel.example.com/"}, "without a slash at the end"),
        ({"SmsPerSecond": "0"}, "SmsPerSecond=0"),
        ({"SmsPerSecond": "many"}, "SmsPerSecond=many"),
        ({"MessagesAtOnce": "1001"}, "MessagesAtOnce=1001"),
        ({"LogRetentionDays": "2"}, "one of 1, 30"),
    ],
)
def test_what_the_template_does_not_take_is_refused(given: dict[str, str], said: str):
    with pytest.raises(Complaint, match=said):
        parameters.must_be_taken(given)


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(Complaint) as complaint:
        parameters.must_be_taken({"Domain": "x", "MailFrom": "y", "SmsPerSecond": "z"})
    assert all(name in str(complaint.value) for name in ("Domain", "MailFrom", "SmsPerSecond"))


def test_what_has_no_default_must_be_known():
    with pytest.raises(Complaint, match="the parameter MailFrom is missing"):
        parameters.must_be_complete({})
    parameters.must_be_complete(MAIL)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"DomainName": "a.example.com"}, "DomainName needs CertificateArn"),
        ({"CertificateArn": CERTIFICATE}, "of no use without DomainName"),
        ({"HostedZoneId": "Z0123456789ABCDEFGHIJ"}, "needs DomainName"),
    ],
)
def test_parameters_that_need_each_other_are_refused_one_without_the_other(given: dict[str, str], said: str):
    with pytest.raises(Complaint, match=said):
        parameters.must_be_complete(MAIL | given)
    parameters.must_be_complete(MAIL | given | {"DomainName": "a.example.com", "CertificateArn": CERTIFICATE})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"NotifyConcurrency": "5", "MessagesAtOnce": "30"}, "at least 40, 10 more than MessagesAtOnce=30"),
        ({"TrustedProxy": "cloudfront", "HostedZoneId": "Z0"}, "leave HostedZoneId empty"),
        ({"DomainName": "", "CertificateArn": CERTIFICATE}, "of no use without DomainName"),
    ],
)
def test_what_contradicts_itself_is_refused_whatever_a_stack_may_have(given: dict[str, str], said: str):
    with pytest.raises(Complaint, match=said):
        parameters.must_agree(given)
    with pytest.raises(Complaint, match=said):
        parameters.must_be_complete(MAIL | given)


@pytest.mark.parametrize("given", [{"DomainName": "a.example.com"}, {"NotifyConcurrency": "5"}, {}])
def test_what_a_stack_may_complete_contradicts_nothing(given: dict[str, str]):
    parameters.must_agree(given)


@pytest.mark.parametrize(("share", "messages"), [("0", "30"), ("14", "4"), ("40", "30")])
def test_a_share_for_sending_has_room_for_codes_or_is_off(share: str, messages: str):
    parameters.must_be_complete(MAIL | {"NotifyConcurrency": share, "MessagesAtOnce": messages})


def test_the_room_for_codes_is_what_the_template_says():
    assert (
        f"MessagesAtOnce and {parameters.ROOM_FOR_CODES} more"
        in (parameters.declared()["NotifyConcurrency"]["Description"])
    )


def test_a_parameter_with_two_values_is_refused_and_with_the_same_twice_is_not():
    with pytest.raises(Complaint, match="Architecture is given twice, as 'arm64' and as 'x86_64'"):
        parameters.given("dev", ["Architecture=x86_64"], {"Architecture": "arm64"})
    with pytest.raises(Complaint, match="HomeCountry is given twice"):
        parameters.read(["HomeCountry=DE", "HomeCountry=PL"])
    parameters.given("dev", ["Architecture=arm64", "Architecture=arm64"], {"Architecture": "arm64", "MailFrom": None})


def test_no_stage_asks_a_question():
    """`sam deploy` without --guided asks only for a confirmation of the change set."""
    for stage in parameters.stages().values():
        settings = stage["deploy"]["parameters"]
        assert settings["confirm_changeset"] is False
        assert settings["resolve_s3"] is True
        assert settings["capabilities"] == "CAPABILITY_IAM"
        assert settings["fail_on_empty_changeset"] is False
        assert stage["build"]["parameters"]["cached"] is True


def test_no_stage_is_taken_by_a_command_that_names_none():
    assert "default" not in parameters.stages()
    assert Path(parameters.TEMPLATE).with_name("samconfig.toml") == parameters.STAGES
