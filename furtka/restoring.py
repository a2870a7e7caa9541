"""What `furtka restore` does: bring the rows of a restored table back, and void what an older moment would revive."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from botocore.exceptions import ClientError
from samcli.yamlhelper import yaml_parse

from furtka.paths import ROOT
from shared import settings
from shared.domain.activity import ActivityEntry, Event
from shared.domain.identifiers import account_of
from shared.errors import Outrun
from shared.storage import access_tokens, activity, engine, links, tokens, users

AT_ONCE = 16
"""Rows that are written at the same time."""

SHAPE = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
"""What a table is made with. The rest is set afterwards, on a table that was there too."""

VOID = "`void` ends every session, sign-in under way, link and access token, whatever they were"
COUNTED = "it changed nothing but counts, which live for hours"

OF_TOKENS = {Event.API_TOKEN_CHANGED, Event.API_TOKEN_ROTATED, Event.API_TOKEN_DELETED, Event.API_TOKEN_FOUND}
"""Events after which an older row of a token is one that somebody did away with."""

TO_LOOK_AT = {
    *(Event.PASSWORD_CHANGED, Event.PASSWORD_RESET, Event.PASSWORD_GIVEN, Event.PASSWORD_LEAKED),
    *(Event.INVITATION_ACCEPTED, Event.FACTOR_ADDED, Event.FACTOR_CHANGED, Event.FACTOR_REMOVED),
    *(Event.RECOVERY_CODES_MADE, Event.RECOVERY_CODE_USED, Event.NOT_ME, Event.CODES_LOCKED),
    *(Event.API_PASSWORD_SET, Event.API_PASSWORD_REMOVED, Event.EMAIL_CHANGED, Event.CHANGE_UNDONE),
    *(Event.RECOVERY_ASKED, Event.RECOVERY_CANCELLED, Event.RECOVERED),
    *(Event.CONFIRMED_SUSPENDED, Event.DEVICE_FORGOTTEN, Event.SESSION_LENGTH),
    *(Event.USER_CREATED, Event.USER_CHANGED, Event.USER_CONFIRMED, Event.USER_DELETED),
    *(Event.USER_DISABLED, Event.USER_ENABLED, Event.API_TOKEN_CREATED),
    *(Event.LIST_CHANGED, Event.LIST_CONFIRMED, Event.LISTS_OPENED, Event.POLICY_CHANGED),
    *(Event.LEGACY_API_ON, Event.LEGACY_API_OFF, Event.CHANGES_BY_GET, Event.CODES_CHANGED, Event.NOTIFY_URL_CHANGED),
    *(Event.ACCOUNT_SUSPENDED, Event.ACCOUNT_RESUMED, Event.SENDING_SWITCHED, Event.COUNTRIES_CHANGED),
    *(Event.SENDER_ADDED, Event.SENDER_REMOVED, Event.SENDER_DEFAULT, Event.SENDER_SWITCHED, Event.POINTS_ADDED),
    *(Event.GROUP_SHARED, Event.GROUP_DELETED, Event.CONTACTS_DELETED),
    *(Event.MESSAGES_STOPPED, Event.MESSAGES_WITHDRAWN),
}
"""Events after which an older row says something else: of a user, a login, a factor, an account, or what it sends."""

LEFT_ALONE = {
    Event.LOGIN: VOID,
    Event.LOGIN_CHALLENGED: VOID,
    Event.CONFIRMED: VOID,
    Event.SESSION_ENDED: VOID,
    Event.OTHERS_ENDED: VOID,
    Event.ALL_ENDED: VOID,
    Event.EMAIL_CHANGE_ASKED: VOID,
    Event.EMAIL_CHANGE_CANCELLED: VOID,
    Event.INVITED: VOID,
    Event.ACCESS_TOKEN_ISSUED: VOID,
    Event.ACCESS_TOKEN_REVOKED: VOID,
    Event.LOGIN_FAILED: COUNTED,
    Event.LOGIN_REFUSED: COUNTED,
    Event.CODES_FAILED: COUNTED,
    Event.CODES_GUESSED: COUNTED,
}
"""Events that nobody has to look at after a restore, each with the reason."""

type Tell = Callable[[str], None]
type Properties = dict[str, Any]


class CannotRestore(Exception):
    """A table cannot be brought back. The message says why, and what to do."""


@dataclass
class Voided:
    """What was voided, and whose state somebody has to look at."""

    users: int = 0
    links: int = 0
    access_tokens: int = 0
    tokens: list[str] = field(default_factory=list)
    to_look_at: list[ActivityEntry] = field(default_factory=list)


@cache
def _template() -> Properties:
    return dict(yaml_parse((ROOT / "template.yaml").read_text()))  # which takes seconds


def tables() -> dict[str, Properties]:
    """Return the properties of each table in the template, by its logical name."""
    declared = _template()["Resources"].items()
    return {name: one["Properties"] for name, one in declared if one["Type"] == "AWS::DynamoDB::Table"}


def setting_of(table: str) -> str:
    """Return the name of the setting that has the physical name of a table."""
    variables = _template()["Globals"]["Function"]["Environment"]["Variables"]
    return next(str(name) for name, value in variables.items() if value == {"Ref": table})


def bring_back(client: Any, table: str, restored: str, *, tell: Tell) -> int:
    """Copy the rows of the table *restored* into the stack's *table*, a logical name, and return how many were copied.

    A table that is gone is made again under its own name, in the shape of the template; a row that is there already is
    newer, and stays. TTL, point-in-time recovery and deletion protection are set, which no restore brings back.
    Raises CannotRestore.
    """
    properties, name = tables()[table], getattr(settings, setting_of(table))
    there = _described(client, restored)
    if there is None:
        raise CannotRestore(f"there is no table {restored}: restore {table} under this name first")
    if there["KeySchema"] != [dict(part) for part in properties["KeySchema"]]:
        raise CannotRestore(f"{restored} has other keys than {table}: it is the restore of another table")
    if _described(client, name) is None:
        tell(f"making {name}")
        _make(client, name, properties, there)
    tell(f"copying the rows of {restored}")
    copied, there_already = _copy(client, restored, name, properties["KeySchema"][0]["AttributeName"])
    _settle(client, name, properties)
    tell(f"{copied} rows were copied into {name}; {there_already} were there already, and stay as they are")
    tell("its indexes and settings are those of the template")
    return copied


def void(*, since: datetime, now: datetime, tell: Tell) -> Voided:
    """Void what rows of an older moment would revive, where everything from *since* on may be missing in them.

    Every session, sign-in under way, link and access token is void. A token that was changed, rotated, deleted or found
    since then is removed: the older row would make its old secret valid again. Other changes are only named, by the
    activity log. It can be repeated.
    """
    done = Voided()
    for row in _rows(users.UserItem):
        engine.commit(users.ending_everything(row["user_id"]["S"], now=now))
        done.users += 1
    tell(f"every session of {done.users} users is void")
    done.links = _remove_all(links.LinkItem)
    done.access_tokens = _remove_all(access_tokens.AccessTokenItem)
    for entry in _entries(since):
        if entry.event in OF_TOKENS and entry.about and _removed(entry.about):
            done.tokens.append(entry.about)
        if entry.event in TO_LOOK_AT:
            done.to_look_at.append(entry)
    return done


def _described(client: Any, name: str) -> Properties | None:
    try:
        return dict(client.describe_table(TableName=name)["Table"])
    except client.exceptions.ResourceNotFoundException:
        return None


def _make(client: Any, name: str, properties: Properties, like: Properties) -> None:
    """Make the table anew, encrypted with the key of the restored one."""
    wanted = {part: properties[part] for part in SHAPE if part in properties}
    if key := like.get("SSEDescription", {}).get("KMSMasterKeyArn"):
        wanted["SSESpecification"] = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    if view := properties.get("StreamSpecification"):
        wanted["StreamSpecification"] = {"StreamEnabled": True, **view}
    client.create_table(TableName=name, **wanted)
    client.get_waiter("table_exists").wait(TableName=name)


def _copy(client: Any, restored: str, name: str, key: str) -> tuple[int, int]:
    """Copy what is missing. Return how many rows were copied, and how many were there already."""

    def copy(row: Properties) -> bool:
        try:
            client.put_item(
                TableName=name,
                Item=row,
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": key},
            )
        except client.exceptions.ConditionalCheckFailedException:
            return False  # what is there is newer
        return True

    pages = client.get_paginator("scan").paginate(TableName=restored, ConsistentRead=True)
    with ThreadPoolExecutor(AT_ONCE) as copying:
        done = Counter(was_copied for page in pages for was_copied in copying.map(copy, page["Items"]))
    return done[True], done[False]


def _settle(client: Any, name: str, properties: Properties) -> None:
    """Set what a restore leaves out, and raise CannotRestore if an index is missing."""
    if lifetime := properties.get("TimeToLiveSpecification"):
        try:
            client.update_time_to_live(TableName=name, TimeToLiveSpecification=dict(lifetime))
        except ClientError as failure:
            if failure.response["Error"]["Code"] != "ValidationException":  # it is on already
                raise
    client.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification=dict(properties["PointInTimeRecoverySpecification"])
    )
    client.update_table(TableName=name, DeletionProtectionEnabled=properties["DeletionProtectionEnabled"])
    found = {one["IndexName"] for one in (_described(client, name) or {}).get("GlobalSecondaryIndexes", [])}
    if missing := {one["IndexName"] for one in properties.get("GlobalSecondaryIndexes", [])} - found:
        raise CannotRestore(f"{name} lacks the indexes {', '.join(sorted(missing))}: add them, and run this again")


def _rows(model: Any) -> Iterator[Properties]:
    for page in engine.scan(model):
        yield from page


def _remove_all(model: Any) -> int:
    keys = [getattr(model, f"_{kind}_key_attribute")() for kind in ("hash", "range")]
    removed = 0
    for row in _rows(model):
        engine.commit(engine.remove(model(*(row[key.attr_name]["S"] for key in keys if key is not None))))
        removed += 1
    return removed


def _entries(since: datetime) -> Iterator[ActivityEntry]:
    for row in _rows(activity.ActivityItem):
        entry = activity.entry_in(row)
        if (entry.last_at or entry.at) >= since:
            yield entry


def _removed(token_id: str) -> bool:
    """Remove a token that a restore has brought back. Return False if there is none, or it is newer than that."""
    found = tokens.find(account_of(token_id), token_id)
    if found is None:
        return False
    try:
        engine.commit(tokens.removing(found))
    except Outrun:
        return False
    return True
