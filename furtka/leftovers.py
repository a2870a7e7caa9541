"""`furtka leftovers`: what a stack left that failed or was deleted; removes it, or takes it over into a new stack."""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from furtka import arguments as words
from furtka import aws, guard, parameters, stacks
from furtka.complaint import Complaint, must_be_meant

VAULT = "AWS::Backup::BackupVault"

OVER = {"DELETE_COMPLETE", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED"}
"""States of a stack that runs nothing. Of any other state nothing is a leftover."""

DAYS_TO_REGRET = 30
"""How long AWS keeps a key or a secret that was removed, the longest that it offers."""


@dataclass(frozen=True)
class Kind:
    """A type of resource that our template keeps: how it is looked at, removed, and named for an import.

    `identifier` is empty for what is not taken over: a deployment makes it anew, or it may stay as it is.
    """

    service: str
    identifier: str
    look: Callable[[Any, str], str | None]
    remove: Callable[[Any, str], None]


@dataclass(frozen=True)
class Leftover:
    """A resource that nobody's stack holds any more. `state` says what it is like, as `12 rows, protected`."""

    logical: str
    type: str
    name: str
    state: str


def register(subparsers: Any) -> None:
    about = "List what a stack left that failed, or was deleted: tables, keys, secrets. See docs/deploy.md."
    command = subparsers.add_parser("leftovers", help="list what a stack left, or remove it", description=about)
    about = "name of the stack that failed or was deleted"
    command.add_argument("--stack", metavar="NAME", type=words.stack, required=True, help=about)
    command.add_argument("--region", help="region of AWS (default: that of your AWS configuration)")
    what = command.add_mutually_exclusive_group()
    what.add_argument("--remove", action="store_true", help="remove all of it, after the name is typed again")
    what.add_argument("--take-over", metavar="DIR", type=Path, help="write there what a new stack is made of it by")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    session = aws.session(arguments.region, command="furtka leftovers --region eu-central-1 …")
    with aws.answering("AWS does not do it"):
        found = list(leftovers(session, arguments.stack))
        alive = _alive(session, arguments.stack, found)
        print("\n".join(_listed(arguments.stack, session.region_name, found, alive)))
        if found and arguments.remove:
            must_be_meant(
                arguments.stack,
                f"\nTables are removed at once; keys and secrets can be brought back for {DAYS_TO_REGRET} days.",
            )
            remove(session, found)
        if found and arguments.take_over:
            _write(arguments.take_over, [one for one in found if one.type not in KINDS or KINDS[one.type].identifier])


def leftovers(session: boto3.Session, stack: str) -> Iterator[Leftover]:
    """Yield what stacks of this name kept and what is still there, oldest stack first. Raises Complaint."""
    formation = session.client("cloudformation")
    past = [_held(formation, one) for one in _past(session, stack)]
    ours = [held for held in past if _are_ours(held)]
    if past and not ours:
        raise _not_ours(stack, session.region_name)
    for logical, kind, name in dict.fromkeys(skipped for held in ours for skipped in _skipped(held)):
        if not _is_held(formation, name):
            state = KINDS[kind].look(_client(session, kind), name) if kind in KINDS else "to be looked at by hand"
            if state is not None:
                yield Leftover(logical, kind, name, state)


def _past(session: boto3.Session, stack: str) -> list[str]:
    """Return the ids of all stacks of the name that are over. CloudFormation knows them for 90 days."""
    named = _named(session.client("cloudformation"), stack)
    if not named:
        raise stacks.absent(session, stack, more=", and none was deleted there within 90 days")
    return [one["StackId"] for one in reversed(named) if one["StackStatus"] in OVER]


def _named(formation: Any, stack: str) -> list[dict[str, Any]]:
    return [one for one in _pages(formation, "list_stacks", "StackSummaries") if one["StackName"] == stack]


def _alive(session: boto3.Session, stack: str, found: Sequence[Leftover]) -> str | None:
    """Return the status of the stack of this name that is not over, None if there is none.

    Raises Complaint if it is somebody else's, and no stack of ours left anything before.
    """
    formation = session.client("cloudformation")
    for one in _named(formation, stack):
        if one["StackStatus"] not in OVER:
            if not found and not _are_ours(_held(formation, one["StackId"])):
                raise _not_ours(stack, session.region_name)
            return str(one["StackStatus"])
    return None


def _held(formation: Any, stack_id: str) -> list[dict[str, Any]]:
    """Return what a stack's events tell of its resources: they outlive it by 90 days, and the list may not."""
    events = _pages(formation, "describe_stack_events", "StackEvents", StackName=stack_id)
    return [event for event in events if event.get("PhysicalResourceId") != event["StackId"]]


def _skipped(held: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for event in held:
        if event.get("ResourceStatus") == "DELETE_SKIPPED" and event.get("PhysicalResourceId"):
            yield event["LogicalResourceId"], event["ResourceType"], event["PhysicalResourceId"]


def _are_ours(held: Sequence[Mapping[str, Any]]) -> bool:
    """Whether resources are of a stack of ours: what somebody else's left is theirs. One given up early has nothing."""
    return not held or bool(_own_names() & {one["LogicalResourceId"] for one in held})


def _own_names() -> set[str]:
    return set(guard.kept()) - {"Key"}  # which others may have too


def _not_ours(stack: str, region: str) -> Complaint:
    some = ", ".join(sorted(_own_names())[:3])
    return Complaint(f"the stack {stack} (in {region}) is not Furtka's: it has none of {some}, …")


def _is_held(formation: Any, name: str) -> bool:
    """Whether a stack that is not over has the resource: it was taken over."""
    try:
        told = formation.describe_stack_resources(PhysicalResourceId=name)["StackResources"]
    except ClientError as refusal:
        if "does not exist" in refusal.response["Error"]["Message"]:
            return False
        raise
    states = {formation.describe_stacks(StackName=one["StackId"])["Stacks"][0]["StackStatus"] for one in told}
    return bool(states - OVER)


def remove(session: boto3.Session, found: Sequence[Leftover]) -> None:
    """Remove the leftovers, tables first: without their key they could not be changed."""
    order = list(KINDS)
    for one in sorted((one for one in found if one.type in KINDS), key=lambda one: order.index(one.type)):
        KINDS[one.type].remove(_client(session, one.type), one.name)
        print(f"removed  {one.logical}  {one.name}", flush=True)


def _listed(stack: str, region: str, found: Sequence[Leftover], alive: str | None) -> Iterator[str]:
    if alive:
        yield f"{stack} is still there in {region} ({alive}): what it holds is in use, and no leftover."
    elif not found:
        yield f"{stack} left nothing in {region}."
    for one in found:
        yield f"{one.logical:20} {one.name}  ({one.state})"


def _write(folder: Path, found: Sequence[Leftover]) -> None:
    texts = {"template.json": import_template(found), "resources.json": imported(found)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in texts.items():
            (folder / name).write_text(json.dumps(content, indent=2) + "\n")
    except OSError as failure:
        raise Complaint(f"nothing can be written to {folder}: {failure.strerror}") from failure
    print(
        f'\n{folder}/template.json and resources.json make a stack of them: docs/deploy.md, "Taking over what was kept"'
    )


def import_template(found: Sequence[Leftover]) -> dict[str, Any]:
    """Return a template of the leftovers alone, as template.yaml has them: an import may make nothing else."""
    declared = parameters.template()["Resources"]
    gone = [one.logical for one in found if one.logical not in declared or one.type not in KINDS]
    if gone:
        raise Complaint(f"the template has no {', '.join(gone)} that could be taken over")
    # It is there, so the condition under which the template has it was met.
    taken = {
        one.logical: {key: value for key, value in declared[one.logical].items() if key != "Condition"} for one in found
    }
    _must_be_whole(taken)
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": taken}


def _must_be_whole(taken: Mapping[str, Any]) -> None:
    """Raise Complaint if a leftover refers to something that is gone, as a table to its key."""
    text = json.dumps(taken)
    if '["Key", "Arn"]' in text and "Key" not in taken:
        raise Complaint("the key of the tables is not among the leftovers: without it nobody can read them")


def imported(found: Sequence[Leftover]) -> list[dict[str, Any]]:
    """Return what CloudFormation is to take into a stack, and under which names."""
    twice = {one.logical for one in found if [other.logical for other in found].count(one.logical) > 1}
    if twice:
        raise Complaint(f"there are several of {', '.join(sorted(twice))}: remove those that are not wanted first")
    return [
        {
            "ResourceType": one.type,
            "LogicalResourceId": one.logical,
            "ResourceIdentifier": {KINDS[one.type].identifier: one.name},
        }
        for one in found
    ]


def _look_at_table(dynamodb: Any, name: str) -> str | None:
    try:
        told = dynamodb.describe_table(TableName=name)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        return None
    protected = ", protected" if told.get("DeletionProtectionEnabled") else ""
    return f"table, about {told.get('ItemCount', 0)} rows{protected}"  # AWS counts every six hours


def _remove_table(dynamodb: Any, name: str) -> None:
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    dynamodb.delete_table(TableName=name)


def _look_at_key(kms: Any, name: str) -> str | None:
    try:
        state = kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"]
    except kms.exceptions.NotFoundException:
        return None
    return None if state == "PendingDeletion" else f"key, {state}"


def _remove_key(kms: Any, name: str) -> None:
    kms.schedule_key_deletion(KeyId=name, PendingWindowInDays=DAYS_TO_REGRET)


def _look_at_secret(secrets: Any, name: str) -> str | None:
    try:
        told = secrets.describe_secret(SecretId=name)
    except secrets.exceptions.ResourceNotFoundException:
        return None
    return None if told.get("DeletedDate") else "secret"


def _remove_secret(secrets: Any, name: str) -> None:
    secrets.delete_secret(SecretId=name, RecoveryWindowInDays=DAYS_TO_REGRET)


def _look_at_vault(backup: Any, name: str) -> str | None:
    try:
        told = backup.describe_backup_vault(BackupVaultName=name)
    except backup.exceptions.ResourceNotFoundException:
        return None
    return f"vault, {told.get('NumberOfRecoveryPoints', 0)} backups"


def _remove_vault(backup: Any, name: str) -> None:
    backup.delete_backup_vault(BackupVaultName=name)  # AWS refuses it while there are backups in it


def _look_at_layer(lambda_: Any, name: str) -> str | None:
    *_, layer, version = name.split(":")
    try:
        lambda_.get_layer_version(LayerName=layer, VersionNumber=int(version))
    except lambda_.exceptions.ResourceNotFoundException:
        return None
    return "layer"


def _remove_layer(lambda_: Any, name: str) -> None:
    *_, layer, version = name.split(":")
    lambda_.delete_layer_version(LayerName=layer, VersionNumber=int(version))


def _look_at_version(lambda_: Any, name: str) -> str | None:
    try:
        lambda_.get_function_configuration(FunctionName=name)
    except lambda_.exceptions.ResourceNotFoundException:  # gone with its function
        return None
    return "version of a function"


def _remove_version(lambda_: Any, name: str) -> None:
    lambda_.delete_function(FunctionName=name)  # with its number in the name: that version alone


KINDS = {
    "AWS::Lambda::Version": Kind("lambda", "", _look_at_version, _remove_version),
    "AWS::Lambda::LayerVersion": Kind("lambda", "", _look_at_layer, _remove_layer),
    VAULT: Kind("backup", "", _look_at_vault, _remove_vault),
    "AWS::DynamoDB::Table": Kind("dynamodb", "TableName", _look_at_table, _remove_table),
    "AWS::SecretsManager::Secret": Kind("secretsmanager", "Id", _look_at_secret, _remove_secret),
    "AWS::KMS::Key": Kind("kms", "KeyId", _look_at_key, _remove_key),
}
"""In the order in which they are removed."""


def _client(session: Any, type_: str) -> Any:
    return session.client(KINDS[type_].service)


def _pages(client: Any, operation: str, key: str, **about: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**about):
        yield from page[key]
