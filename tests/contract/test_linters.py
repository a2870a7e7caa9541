"""The recommended rules of redocly, spectral and OWASP. Exceptions stand in redocly.yaml and .spectral.yaml."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import INSTALLED, Tool
from tests.support.template import ROOT

CONFIGURED = ("redocly.yaml", ".spectral.yaml")

type Spoiled = dict[str, Any]


def redocly(tool: Tool, at: Path) -> list[str]:
    """The names of the rules that are broken, once for each place."""
    run = tool("redocly", "lint", "docs/openapi.json", "--format", "json", "--max-problems", "1000", at=at)
    found = json.loads(run.stdout)
    assert found["totals"]["ignored"] == 0, "exceptions stand in redocly.yaml, with their reasons"
    return [f"{one['ruleId']} {one['location'][0]['pointer']}" for one in found["problems"]]


def spectral(tool: Tool, at: Path) -> list[str]:
    findings = at / ".furtka" / "spectral.json"
    run = tool("spectral", "lint", "docs/openapi.json", "--format", "json", "--output", findings, at=at)
    assert findings.exists(), run.stderr
    found = json.loads(findings.read_text())
    findings.unlink()
    return [f"{one['code']} #/{'/'.join(map(str, one['path']))}" for one in found]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder with the same configuration, for a document that is spoiled."""
    (tmp_path / "docs").mkdir()
    (tmp_path / ".furtka").mkdir()
    (tmp_path / ".furtka" / "contract").symlink_to(INSTALLED)
    for name in CONFIGURED:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_redocly_finds_nothing(tool: Tool):
    assert redocly(tool, ROOT) == []


def test_spectral_and_the_owasp_ruleset_find_nothing(tool: Tool):
    assert spectral(tool, ROOT) == []


def test_an_exception_excuses_what_it_names_and_nothing_else(tool: Tool, document: Spoiled, elsewhere: Path):
    operation = document["paths"]["/account/password"]["post"]
    operation["security"] = []
    document["paths"]["/login"]["post"]["responses"].pop("5XX")
    document["paths"]["/sessions"] = {"get": {"responses": {"200": {"description": "Any"}}}}
    document["components"]["schemas"]["ChangePasswordRequest"]["properties"]["password"].pop("maxLength")
    (elsewhere / "docs" / "openapi.json").write_text(json.dumps(document))
    assert {
        "owasp:api2:2023-write-restricted #/paths//account/password/post/security",
        "owasp:api8:2023-define-error-responses-500 #/paths//login/post/responses",
        "owasp:api2:2023-read-restricted #/paths//sessions/get",
        "owasp:api4:2023-string-limit #/components/schemas/ChangePasswordRequest/properties/password",
        "operation-operationId #/paths//sessions/get",
    } <= set(spectral(tool, elsewhere))
    assert "security-defined #/paths/~1sessions/get" in redocly(tool, elsewhere)
