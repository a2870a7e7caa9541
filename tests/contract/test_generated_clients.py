"""Clients that two generators make of docs/openapi.json: they build, and their types know the routes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.conftest import HERE, INSTALLED, Tool
from tests.support.template import ROOT

BIN = Path(sys.executable).parent
STRICT = ("--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext")

IMPORT_ALL = """
import importlib, pkgutil, furtka_client
for module in pkgutil.walk_packages(furtka_client.__path__, "furtka_client."):
    importlib.import_module(module.name)
"""


def _python(*command: object, at: Path) -> None:
    """With this environment's ruff on the PATH, which the generator formats with."""
    env = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(at)}
    run = subprocess.run(list(map(str, command)), cwd=at, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package `furtka_client`, made by openapi-python-client without a warning."""
    folder = tmp_path_factory.mktemp("python")
    where = ("--path", ROOT / "docs/openapi.json", "--output-path", folder / "furtka_client")
    _python(BIN / "openapi-python-client", "generate", *where, "--meta", "none", "--fail-on-warning", at=folder)
    return folder


def test_every_module_of_a_client_in_python_can_be_imported(generated: Path):
    _python(sys.executable, "-W", "error", "-c", IMPORT_ALL, at=generated)


def test_a_client_in_python_is_typed(generated: Path):
    shutil.copy(HERE / "use_client.py", generated)
    _python(BIN / "mypy", "--config-file", HERE / "mypy.ini", "furtka_client", "use_client.py", at=generated)


def test_a_client_in_typescript_is_typed(tool: Tool, tmp_path: Path):
    (tmp_path / "node_modules").symlink_to(INSTALLED / "node_modules")
    shutil.copy(HERE / "use_client.ts", tmp_path)
    made = tool("openapi-typescript", ROOT / "docs/openapi.json", "--output", tmp_path / "contract.d.ts")
    assert made.returncode == 0, made.stderr
    checked = tool("tsc", *STRICT, "use_client.ts", at=tmp_path)
    assert checked.returncode == 0, checked.stdout
