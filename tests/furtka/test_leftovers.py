"""`furtka leftovers`: what a stack left that failed or was deleted, and nothing that any stack still runs."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from furtka import leftovers, parameters
from furtka.cli import main
from tests.support.pretend_aws import REGION, PretendAws
from tests.support.template import resources, template

OLD = f"arn:aws:cloudformation:{REGION}:123456789012:stack/furtka-prod/old"
COMMAND = ["leftovers", "--stack", "furtka-prod", "--region", REGION]
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
TABLE = "furtka-prod-LoginsTable-1"


def kept(name: str, physical: str, status: str = "DELETE_SKIPPED") -> dict[str, Any]:
    return {
        "LogicalResourceId": name,
        "PhysicalResourceId": physical,
        "ResourceType": template()["Resources"][name]["Type"],
        "ResourceStatus": status,
        "StackId": OLD,
        "StackName": "furtka-prod",
        "EventId": f"{name}-{status}",
        "Timestamp": SOME_DAY,
    }


def stack(status: str, stack_id: str = OLD, name: str = "furtka-prod") -> dict[str, Any]:
    return {"StackId": stack_id, "StackName": name, "StackStatus": status, "CreationTime": SOME_DAY}


class Account:
    """An AWS in which a stack of ours is over, with what it left."""

    def __init__(self, aws: PretendAws) -> None:
        self.formation = aws
        self.dynamodb, self.kms, self.secrets = map(boto3.client, ("dynamodb", "kms", "secretsmanager"))
        self.key = self.kms.create_key()["KeyMetadata"]["KeyId"]
        self.secret = self.secrets.create_secret(Name="sealing", SecretString="{}")["ARN"]
        self.dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "login", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "login", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=True,
        )
        left = [kept("Key", self.key), kept("SealingKeys", self.secret), kept("LoginsTable", TABLE)]
        gone = [kept("SessionsTable", "furtka-prod-SessionsTable-1", "DELETE_COMPLETE")]
        self.is_over("DELETE_COMPLETE", [*left, *gone])

    def is_over(self, status: str, left: list[dict[str, Any]]) -> None:
        self.formation.answers = {
            "cloudformation.ListStacks": {"StackSummaries": [stack(status), stack("CREATE_COMPLETE", "x", "other")]},
            "cloudformation.DescribeStackEvents": {"StackEvents": left},
            "cloudformation.DescribeStackResources": "ValidationError: Stack for x does not exist",
        }

    def is_held_by(self, status: str) -> None:
        """A stack has all of it."""
        held = {
            "ResourceType": "x",
            "LogicalResourceId": "x",
            "Timestamp": SOME_DAY,
            "ResourceStatus": "IMPORT_COMPLETE",
        }
        self.formation.answers |= {
            "cloudformation.DescribeStackResources": {"StackResources": [{**held, "StackId": "new"}]},
            "cloudformation.DescribeStacks": {"Stacks": [stack(status, "new")]},
        }

    def tables(self) -> list[str]:
        return list(self.dynamodb.list_tables()["TableNames"])

    def key_state(self) -> str:
        return str(self.kms.describe_key(KeyId=self.key)["KeyMetadata"]["KeyState"])


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with mock_aws():
        aws, new_session = PretendAws(), boto3.Session

        def session(**how: Any) -> boto3.Session:
            made = new_session(**how)
            made.events.register("before-call.cloudformation", lambda model, **_: aws.answer(model))
            return made

        monkeypatch.setattr(leftovers.boto3, "Session", session)
        yield Account(aws)


def typed(text: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_: str) -> str:
        if text is None:
            raise EOFError
        return text

    monkeypatch.setattr("builtins.input", answer)


def test_it_lists_what_is_still_there_and_changes_nothing(account: Account, capsys: pytest.CaptureFixture[str]):
    assert main(COMMAND) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == ["Key", "SealingKeys", "LoginsTable"]
    assert said[2].endswith(f"{TABLE}  (table, about 0 rows, protected)")
    assert (account.tables(), account.key_state()) == ([TABLE], "Enabled")


def test_a_place_that_nothing_can_be_written_to_is_said(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "file").touch()
    assert main([*COMMAND, "--take-over", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err == f"furtka: nothing can be written to {tmp_path}/file: File exists\n"


def test_a_first_deployment_that_failed_leaves_too(account: Account, capsys: pytest.CaptureFixture[str]):
    account.is_over("ROLLBACK_COMPLETE", [kept("LoginsTable", TABLE)])
    assert main(COMMAND) == 0
    assert TABLE in capsys.readouterr().out


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS"])
def test_what_a_stack_runs_is_no_leftover(status: str, account: Account, capsys: pytest.CaptureFixture[str]):
    account.is_over(status, [kept("LoginsTable", TABLE)])
    assert main([*COMMAND, "--remove"]) == 0
    said = capsys.readouterr().out
    assert said == f"furtka-prod is still there in {REGION} ({status}): what it holds is in use, and no leftover.\n"
    assert account.tables() == [TABLE]


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "DELETE_COMPLETE"])
def test_what_somebody_elses_stack_of_that_name_holds_or_left_is_theirs(
    status: str, account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    theirs = [kept("LoginsTable", TABLE) | {"LogicalResourceId": "Orders"}, kept("Key", account.key)]
    account.is_over(status, theirs)
    typed("furtka-prod", monkeypatch)
    assert main([*COMMAND, "--remove"]) == 2
    assert f"the stack furtka-prod (in {REGION}) is not Furtka's" in capsys.readouterr().err
    assert (account.tables(), account.key_state()) == ([TABLE], "Enabled")


@pytest.mark.parametrize(("status", "held"), [("IMPORT_COMPLETE", True), ("DELETE_COMPLETE", False)])
def test_what_another_stack_took_over_is_no_leftover_until_that_is_over(
    status: str, held: bool, account: Account, capsys: pytest.CaptureFixture[str]
):
    account.is_held_by(status)
    assert main(COMMAND) == 0
    assert (TABLE not in capsys.readouterr().out) == held


def test_whoever_types_the_name_again_removes_all_of_it(account: Account, monkeypatch: pytest.MonkeyPatch):
    typed("furtka-prod", monkeypatch)
    assert main([*COMMAND, "--remove"]) == 0
    assert (account.tables(), account.key_state()) == ([], "PendingDeletion")
    assert account.secrets.describe_secret(SecretId=account.secret)["DeletedDate"]


def test_what_was_removed_is_no_leftover_any_more(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    typed("furtka-prod", monkeypatch)
    main([*COMMAND, "--remove"])
    capsys.readouterr()
    assert main([*COMMAND, "--remove"]) == 0
    assert "left nothing" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["y", "", "furtka-pro", None])
def test_whoever_types_anything_else_removes_nothing(
    text: str | None, account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    typed(text, monkeypatch)
    assert main([*COMMAND, "--remove"]) == 2
    assert "nothing was changed" in capsys.readouterr().err
    assert (account.tables(), account.key_state()) == ([TABLE], "Enabled")


def test_tables_are_removed_before_the_key_without_which_they_cannot_be_changed():
    assert list(leftovers.KINDS)[-3:] == ["AWS::DynamoDB::Table", "AWS::SecretsManager::Secret", "AWS::KMS::Key"]


def test_what_takes_it_over_is_our_own_template_with_nothing_else_in_it(account: Account, tmp_path: Path):
    assert main([*COMMAND, "--take-over", str(tmp_path / "kept")]) == 0
    made = json.loads((tmp_path / "kept/template.json").read_text())
    ours = template()["Resources"]
    assert made["Resources"] == {name: ours[name] for name in ("Key", "SealingKeys", "LoginsTable")}
    assert "Transform" not in made
    assert json.loads((tmp_path / "kept/resources.json").read_text()) == [
        {"ResourceType": "AWS::KMS::Key", "LogicalResourceId": "Key", "ResourceIdentifier": {"KeyId": account.key}},
        {
            "ResourceType": "AWS::SecretsManager::Secret",
            "LogicalResourceId": "SealingKeys",
            "ResourceIdentifier": {"Id": account.secret},
        },
        {
            "ResourceType": "AWS::DynamoDB::Table",
            "LogicalResourceId": "LoginsTable",
            "ResourceIdentifier": {"TableName": TABLE},
        },
    ]


def test_tables_without_their_key_are_not_taken_over(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    account.is_over("DELETE_COMPLETE", [kept("LoginsTable", TABLE)])
    assert main([*COMMAND, "--take-over", str(tmp_path)]) == 2
    assert "the key of the tables is not among the leftovers" in capsys.readouterr().err


def test_of_two_stacks_of_a_name_somebody_has_to_choose(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    other = account.kms.create_key()["KeyMetadata"]["KeyId"]
    account.is_over("DELETE_COMPLETE", [kept("Key", account.key), kept("Key", other), kept("LoginsTable", TABLE)])
    assert main([*COMMAND, "--take-over", str(tmp_path)]) == 2
    assert "there are several of Key" in capsys.readouterr().err


def test_what_two_attempts_tell_of_is_listed_once(account: Account, capsys: pytest.CaptureFixture[str]):
    account.is_over("DELETE_COMPLETE", [kept("LoginsTable", TABLE), kept("LoginsTable", TABLE)])
    assert main(COMMAND) == 0
    assert capsys.readouterr().out.count(TABLE) == 1


def test_the_vault_of_backups_stays_where_it_is_since_its_name_is_of_the_stack_that_is_gone(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    look = replace(leftovers.KINDS[leftovers.VAULT], look=lambda _, name: f"vault {name}")
    monkeypatch.setitem(leftovers.KINDS, leftovers.VAULT, look)
    account.is_over("DELETE_COMPLETE", [kept("Key", account.key), kept("BackupVault", "furtka-prod-1")])
    assert main([*COMMAND, "--take-over", str(tmp_path)]) == 0
    assert set(json.loads((tmp_path / "template.json").read_text())["Resources"]) == {"Key"}


def test_two_stacks_of_a_name_after_each_other_have_vaults_of_different_names():
    """The first one leaves its vault, and AWS makes no second one of a name."""
    assert "AWS::StackId" in json.dumps(template()["Resources"]["BackupVault"]["Properties"]["BackupVaultName"])


def test_everything_that_the_template_keeps_can_be_taken_over():
    """An import needs a policy, may have no parameter that is not given, and nothing beside what it takes in."""
    keeping = {
        name: one for name, one in template()["Resources"].items() if one.get("DeletionPolicy", "Delete") != "Delete"
    }
    assert {one["Type"] for one in keeping.values()} <= set(leftovers.KINDS)
    found = [leftovers.Leftover(name, one["Type"], name, "") for name, one in keeping.items()]
    made = json.dumps(leftovers.import_template(found))
    assert not [name for name in parameters.declared() if f'"Ref": "{name}"' in made]
    others = set(template()["Resources"]) - set(keeping)
    assert not [name for name in others if f'"Ref": "{name}"' in made or f'"Fn::GetAtt": ["{name}"' in made]


def test_a_first_deployment_that_fails_leaves_tables_and_their_key_and_nothing_else():
    """Protected tables cannot be removed by a rollback, and one whose key is gone can hardly be changed at all."""
    declared = template()["Resources"]
    stays = {name for name, one in declared.items() if one.get("DeletionPolicy") == "Retain"}
    protected = {name for name, one in resources("AWS::DynamoDB::Table").items() if one["DeletionProtectionEnabled"]}
    assert stays == protected | {"Key", "BackupVault"}
    assert {name for name, one in declared.items() if one.get("DeletionPolicy") == "RetainExceptOnCreate"} == {
        *("FactorsKey", "SealingKeys", "NamingKey"),
    }


def test_layers_and_versions_are_removed_and_not_taken_over(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    functions = boto3.client("lambda")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as made:
        made.writestr("x.py", "")
    layer = functions.publish_layer_version(LayerName="shared", Content={"ZipFile": package.getvalue()})
    gone = f"arn:aws:lambda:{REGION}:123456789012:function:furtka-prod-LoginFunction-1:1"
    left = [
        {
            **kept("Key", layer["LayerVersionArn"]),
            "ResourceType": "AWS::Lambda::LayerVersion",
            "LogicalResourceId": "a",
        },
        {**kept("Key", gone), "ResourceType": "AWS::Lambda::Version", "LogicalResourceId": "b"},
    ]
    account.is_over("DELETE_COMPLETE", [*left, kept("Key", account.key), kept("LoginsTable", TABLE)])
    assert main([*COMMAND, "--take-over", str(tmp_path)]) == 0
    assert set(json.loads((tmp_path / "template.json").read_text())["Resources"]) == {"Key", "LoginsTable"}
    assert gone not in capsys.readouterr().out
    typed("furtka-prod", monkeypatch)
    assert main([*COMMAND, "--remove"]) == 0
    assert functions.list_layer_versions(LayerName="shared")["LayerVersions"] == []
