"""A stack of an older release is updated in place, to the configuration of production: nobody loses anything."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from furtka import parameters
from tests.e2e import deployment, people
from tests.e2e.deployment import OURS, Stack
from tests.e2e.emulator import ROOT, Emulator
from tests.e2e.people import Person, bearer
from tests.e2e.test_authorizer import EXAMPLE, asks

FROM = "441291e3bbade63f2148a2f9782faa3531c0afb4"
"""The release that is updated: the last one whose functions were called without an alias."""

NOT_ON_MINISTACK = {"GradualDeployment", "SmsProvider", "Waf"}
"""What `prod` switches on and ministack cannot make. The linter and the transform check it, see tests/build."""

STACK = "furtka-updated"


class Kept(NamedTuple):
    """Somebody who was there before the update, and what they had."""

    person: Person
    session: str
    token: str
    rows: Mapping[str, list[Any]]
    tables: Mapping[str, str]
    protected: Stack
    exported: Mapping[str, str]


def sources_of(commit: str, folder: Path) -> Path:
    """The files of *commit*. A clone without its history cannot show that it is updated from."""
    archive = folder / "sources.tar"
    done = subprocess.run(
        ["git", "archive", "--output", archive, commit], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(
            f"The release that is updated, commit {commit}, is not in the history of this clone, so nothing shows that "
            f"an update keeps every row. `git fetch --unshallow` gets it. git says: {done.stderr}"
        )
    (folder / "sources").mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", folder / "sources"], check=True)
    return folder / "sources"


def production() -> dict[str, str]:
    """The parameters that `prod` of samconfig.toml sets."""
    return {name: value for name, value in parameters.of_stage("prod").items() if name not in NOT_ON_MINISTACK}


def tables(stack: Stack) -> dict[str, str]:
    """The physical name of each table, by its logical one."""
    return {name: physical for name, physical in stack.resources.items() if name.endswith("Table")}


def rows(stack: Stack) -> dict[str, list[Any]]:
    """All rows of all tables, in some order that does not change."""
    pages = stack.emulator.client("dynamodb").get_paginator("scan")
    found = {
        name: [item for page in pages.paginate(TableName=physical) for item in page["Items"]]
        for name, physical in tables(stack).items()
    }
    return {name: sorted(items, key=repr) for name, items in found.items()}


def exports(cloud: Emulator) -> dict[str, str]:
    found = cloud.client("cloudformation").list_exports()["Exports"]
    return {one["Name"]: one["Value"] for one in found if one["Name"].startswith(f"{STACK}-")}


@pytest.fixture(scope="module")
def kept(cloud: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The older release, with somebody in it."""
    older = sources_of(FROM, tmp_path_factory.mktemp("older"))
    template = deployment.build(cloud, tmp_path_factory.mktemp("sam-older"), older / "template.yaml")
    stack = deployment.deploy(cloud, template, STACK)
    person = people.member(stack, sources=older)
    session = person.opens_session()
    made = person.sends("POST", "/tokens", {"name": "sklep", "scopes": ["sms", "tokens"]}, bearer(session))
    assert made.status == 201, made
    beside = deployment.build(cloud, tmp_path_factory.mktemp("sam-protected"), EXAMPLE)
    attached = {"AuthorizerArn": stack.outputs["AuthorizerArn"]}
    protected = deployment.deploy(cloud, beside, f"{STACK}-protected", attached)
    assert asks(protected, bearer(made.body["access_token"])).status == 200
    return Kept(
        person, session, made.body["access_token"], rows(stack), tables(stack), protected, exported=exports(cloud)
    )


@pytest.fixture(scope="module")
def updated(cloud: Emulator, built: Path, kept: Kept) -> Stack:
    """The same stack after this release was deployed over it, as production is."""
    stack = deployment.deploy(cloud, built, STACK, {**OURS, **production()})
    assert "AccessDenied" not in stack.logs()
    return stack


def moved(kept: Kept, updated: Stack) -> Person:
    """The same person before the updated stack."""
    return Person(updated, kept.person.login, kept.person.phone)


def test_no_table_is_replaced_and_no_row_is_lost_or_changed(kept: Kept, updated: Stack):
    assert kept.tables.items() <= tables(updated).items()
    now = rows(updated)
    assert any(kept.rows.values())
    for table, before in kept.rows.items():
        assert [row for row in before if row not in now[table]] == [], table


def test_who_was_signed_in_still_is_and_signs_in_again(kept: Kept, updated: Stack):
    person = moved(kept, updated)
    assert person.is_in(kept.session)
    assert person.opens_session()


def test_a_program_goes_on_with_its_token(kept: Kept, updated: Stack):
    answer = moved(kept, updated).sends("GET", "/tokens", headers=bearer(kept.token))
    assert answer.status == 200, answer


def test_an_api_that_was_attached_to_the_authorizer_goes_on_asking_it(kept: Kept, updated: Stack):
    assert kept.exported.items() <= exports(updated.emulator).items()
    assert asks(kept.protected, bearer(kept.token)).status == 200
    assert asks(kept.protected, bearer("furtka_api_garbage")).status == 401


def test_every_function_is_called_by_its_alias_and_at_its_newest_version(kept: Kept, updated: Stack):
    lambdas = updated.emulator.client("lambda")
    aliases = {name: arn for name, arn in updated.resources.items() if name.endswith("FunctionAliaslive")}
    assert aliases
    for arn in aliases.values():
        *_, function, alias = arn.split(":")
        published = [one["Version"] for one in lambdas.list_versions_by_function(FunctionName=function)["Versions"]]
        newest = max(int(version) for version in published if version != "$LATEST")
        assert lambdas.get_alias(FunctionName=function, Name=alias)["FunctionVersion"] == str(newest)


def test_the_roles_of_the_updated_stack_allow_what_people_do(kept: Kept, updated: Stack):
    person = moved(kept, updated)
    token = person.opens_session()
    assert person.sends("GET", "/account/sessions", headers=bearer(token)).status == 200
    assert person.sends("GET", "/account/activity?scope=own", headers=bearer(token)).status == 200
    assert "AccessDenied" not in updated.logs()
