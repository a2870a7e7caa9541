"""`make deploy` on the emulator of AWS, and the road of docs/deploy.md: first sign-in, upgrade, end, taking over."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from furtka.cli import MISUSED
from furtka.paths import ROOT
from tests.e2e import deployment, ministack_gaps
from tests.e2e.deployment import MAIL_FROM, OURS, WITHIN, Stack
from tests.e2e.emulator import REGION, Emulator
from tests.e2e.people import PASSWORD, Person

NAME = "furtka-page"
PAGE = (ROOT / "docs/deploy.md").read_text()
ALSO = " ".join(f"{name}={value}" for name, value in OURS.items() if name not in ("PanelOrigin", "MailFrom"))
"""What has to be switched off for the emulator."""

MAKE = ["make", "--silent", "-o", ".venv/.installed", "deploy"]  # what `make e2e` runs from is set up


def shell(section: str) -> list[str]:
    """The lines of the page's commands in a section."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def run(cloud: Emulator, command: list[str], *, typed: str = "", **more: str) -> str:
    """What a command said, in the environment of an operator of this account."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=cloud.environment | {"PYTHONPATH": str(ROOT)} | more,
        input=typed,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}\n{cloud.tail()}"
    return done.stdout


def furtka(cloud: Emulator, *words: str, typed: str = "") -> str:
    return run(cloud, [sys.executable, "-m", "furtka", *words], typed=typed)


def refused(cloud: Emulator, *words: str) -> str:
    """What the command line says where it does not do it."""
    done = subprocess.run(
        [sys.executable, "-m", "furtka", *words],
        cwd=ROOT,
        env=cloud.environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert done.returncode == MISUSED, done.stdout + done.stderr
    return done.stderr


def make_deploy(cloud: Emulator, built: Path, *typed: str, more: str = "") -> str:
    """MAIL is a variable of most shells: what it says there is not our address."""
    words = [f"STACK={NAME}", f"REGION={REGION}", f"PARAMETERS={ALSO} {more}", f"ARGS=--built {built.parent}"]
    return run(cloud, [*MAKE, *words, *typed], MAIL=f"{os.sep}var/mail/me")


def told(cloud: Emulator) -> dict[str, Any]:
    return dict(cloud.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0])


def given(cloud: Emulator) -> Mapping[str, str]:
    return {one["ParameterKey"]: one["ParameterValue"] for one in told(cloud)["Parameters"]}


@pytest.fixture(scope="module")
def deployed(cloud: Emulator, built: Path) -> Stack:
    """The first line of the page."""
    said = make_deploy(cloud, built, f"MAIL=Furtka <{MAIL_FROM}>")
    cloud.client("ses").verify_email_identity(EmailAddress=MAIL_FROM)
    stack = deployment._deployed(cloud, NAME)
    ministack_gaps.fill(cloud, NAME, stack.resources)
    assert f"{NAME} answers at {stack.outputs['Url']}" in said
    return stack


def test_one_line_deploys_and_tells_the_stack_its_own_address(cloud: Emulator, deployed: Stack):
    assert given(cloud)["MailFrom"] == f"Furtka <{MAIL_FROM}>"
    assert given(cloud)["PanelOrigin"] == deployed.outputs["Url"]
    assert deployed.outputs["Url"].endswith("/live")
    told_to_functions = cloud.client("lambda").get_function_configuration(
        FunctionName=deployed.outputs["LoginFunction"]
    )
    assert told_to_functions["Environment"]["Variables"]["PANEL_ORIGIN"] == deployed.outputs["Url"]


def test_the_page_leads_to_the_first_sign_in(cloud: Emulator, deployed: Stack):
    create, *lines = shell("The first sign-in")
    asks = [line for line in lines if line.startswith("curl ") and "/verify-code" not in line]
    furtka(cloud, *create.replace("furtka-dev", NAME).split()[1:])
    letter = Person(deployed, login="anna").letter("Set the password of your login")
    (token,) = re.findall(re.escape(f"{deployed.outputs['Url']}/invitation#token=") + r"(\w+)", letter)
    known = {"url": deployed.url, "token": token, "password": PASSWORD}
    for ask in asks:
        answer = run(cloud, ["sh", "-c", f"{ask} --fail"], **known)
        if "session" in answer and "/login" in ask:
            known["session"] = json.loads(answer)["session"]["token"]
    assert json.loads(answer)["login"] == "anna"


def test_the_same_line_again_changes_nothing_and_an_upgrade_keeps_what_is_not_said(
    cloud: Emulator, deployed: Stack, built: Path
):
    before = given(cloud)
    make_deploy(cloud, built)
    assert given(cloud) == before
    make_deploy(cloud, built, more="HomeCountry=DE 'Prices=DE=0.5 PL=0.2'")
    assert given(cloud) == {**before, "HomeCountry": "DE", "Prices": "DE=0.5 PL=0.2"}


def test_a_deployment_that_would_lose_a_table_is_refused_by_the_stacks_policy(cloud: Emulator, deployed: Stack):
    text = cloud.client("cloudformation").get_stack_policy(StackName=NAME)["StackPolicyBody"]
    assert "LogicalResourceId/LoginsTable" in text


def test_doctor_finds_the_stack_and_says_what_it_could_not_see(cloud: Emulator, deployed: Stack):
    done = subprocess.run(
        [sys.executable, "-m", "furtka", "doctor", "--stack", NAME, "--region", REGION, "--json"],
        cwd=ROOT,
        env=cloud.environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    found = {one["check"]: one["level"] for one in json.loads(done.stdout)["findings"]}
    assert (found["stack"], found["stack policy"], found["panel"]) == ("ok", "ok", "ok")


def test_what_a_deleted_stack_kept_is_taken_over_with_its_accounts(
    cloud: Emulator, deployed: Stack, built: Path, tmp_path: Path
):
    formation = cloud.client("cloudformation")
    formation.delete_stack(StackName=NAME)
    formation.get_waiter("stack_delete_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})
    assert deployed.resources["LoginsTable"] in furtka(cloud, "leftovers", "--stack", NAME, "--region", REGION)
    furtka(cloud, "leftovers", "--stack", NAME, "--region", REGION, "--take-over", str(tmp_path))
    names = {"StackName": NAME, "ChangeSetName": "take-over"}
    template = json.loads((tmp_path / "template.json").read_text())
    taken = json.loads((tmp_path / "resources.json").read_text())
    secret = "AWS::SecretsManager::Secret"  # the emulator imports none, so here the new stack gets new ones
    template["Resources"] = {name: one for name, one in template["Resources"].items() if one["Type"] != secret}
    taken = [one for one in taken if one["ResourceType"] != secret]
    formation.create_change_set(
        **names, ChangeSetType="IMPORT", TemplateBody=json.dumps(template), ResourcesToImport=taken
    )
    formation.get_waiter("change_set_create_complete").wait(**names, WaiterConfig={"Delay": 1})
    formation.execute_change_set(**names)
    formation.get_waiter("stack_import_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})
    make_deploy(cloud, built, f"MAIL={MAIL_FROM}")
    again = deployment._deployed(cloud, NAME)
    ministack_gaps.fill(cloud, NAME, again.resources)
    assert again.resources["LoginsTable"] == deployed.resources["LoginsTable"]
    assert Person(again, login="anna").signs_in().status == 200
    assert "Table" not in furtka(cloud, "leftovers", "--stack", NAME, "--region", REGION)


def broken(built: Path, folder: Path) -> Path:
    """A built template with an alarm in it that ministack cannot make, after all tables, keys and secrets are there."""
    for path in built.parent.iterdir():
        if path != built:
            (folder / path.name).symlink_to(path)
    document = yaml.safe_load(built.read_text())
    kept = [name for name, one in document["Resources"].items() if one.get("DeletionPolicy", "Delete") != "Delete"]
    broken = {"Type": "AWS::CloudWatch::Alarm", "DependsOn": kept, "Properties": {"Metrics": [{"Id": "a"}]}}
    document["Resources"]["Broken"] = broken
    (folder / "template.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    return folder


def test_a_first_deployment_that_fails_leaves_empty_tables_and_their_key_which_are_removed(
    cloud: Emulator, built: Path, tmp_path: Path
):
    name = ["--stack", "furtka-broken", "--region", REGION]
    first = [
        "deploy",
        *name,
        "--mail",
        MAIL_FROM,
        "--built",
        str(broken(built, tmp_path)),
        "--parameter",
        *ALSO.split(),
    ]
    assert "`sam deploy` ended with status 1" in refused(cloud, *first)
    assert "it can only be deleted; `furtka leftovers --stack furtka-broken`" in refused(cloud, *first)
    left = {line.split()[0] for line in furtka(cloud, "leftovers", *name).splitlines()}
    assert {"Key", "LoginsTable", "ActivityTable"} <= left
    assert not left & {"FactorsKey", "SealingKeys", "NamingKey", "SessionsTable"}
    furtka(cloud, "leftovers", *name, "--remove", typed="furtka-broken\n")
    cloud.client("cloudformation").delete_stack(StackName="furtka-broken")
    assert furtka(cloud, "leftovers", *name).startswith("furtka-broken left nothing")
