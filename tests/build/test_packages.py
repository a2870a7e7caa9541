"""What `sam build` makes: packages of functions by functions/Makefile, and the layer by layers/Makefile."""

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

import pytest
from aws_lambda_builders.utils import copytree
from samcli.lib.utils.hash import dir_checksum

from furtka.paths import FUNCTIONS, LAYERS, ROOT
from tests.support.template import resources, template
from tests.support.transform import of_type, transformed

UNCHECKED_HASH = 0b01  # PEP 552: the byte code is by the source's hash, and nobody looks at the source
ELF = b"\x7fELF"
X86_64, ARM64 = 62, 183  # the ELF specification's e_machine

type Build = Callable[[], Path]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of what a build is made from."""
    place = tmp_path / "clone"
    leave_out = shutil.ignore_patterns("__pycache__")
    for folder in (FUNCTIONS, LAYERS):
        shutil.copytree(folder, place / folder.name, symlinks=True, ignore=leave_out)
    for file in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / file, place)
    return place


@pytest.fixture
def build(clone: Path, tmp_path: Path) -> Build:
    """Build a function from the clone as `sam build` does: SAM's own copy of the sources, and its call of make."""

    def built() -> Path:
        made = Path(tempfile.mkdtemp(prefix="made-", dir=tmp_path))
        with tempfile.TemporaryDirectory(dir=tmp_path) as scratch:
            copytree(str(clone / "functions"), scratch)
            _make(clone / "functions" / "Makefile", scratch, ARTIFACTS_DIR=str(made), PYTHON=sys.executable)
        return made

    return built


def _make(makefile: Path, folder: str, **environment: str) -> None:
    command = ["make", "--makefile", makefile, "build-LoginFunction"]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def versions_of(package: Path, **parameters: str) -> set[str]:
    """The versions that a deployment of *package* makes: `sam package` names it by its content."""
    return set(of_type(transformed(code=dir_checksum(str(package)), **parameters), "AWS::Lambda::Version"))


@pytest.mark.parametrize("name", sorted(resources("AWS::Serverless::Function")))
def test_each_function_is_built_by_the_makefile(name: str):
    assert template()["Resources"][name]["Metadata"] == {"BuildMethod": "makefile"}


def test_a_package_holds_the_doors_and_the_fingerprint_and_nothing_of_the_layer(build: Build):
    doors = {path.parent.name for path in FUNCTIONS.glob("*/handler.py")}
    assert {path.name for path in build().iterdir()} == doors | {"release.txt"}


def test_a_package_carries_byte_code_that_tells_nothing_of_where_it_was_built(build: Build):
    package = build()
    sources = sorted(package.rglob("*.py"))
    assert sources
    for source in sources:
        compiled = Path(cache_from_source(str(source))).read_bytes()
        assert compiled[:4] == MAGIC_NUMBER
        assert struct.unpack("<I", compiled[4:8])[0] == UNCHECKED_HASH
        assert str(package).encode() not in compiled


def test_the_same_sources_are_the_same_package_and_publish_nothing(build: Build):
    assert versions_of(build()) == versions_of(build())


@pytest.mark.parametrize(
    "what", ["layers/shared/policy.py", "layers/requirements.txt", "template.yaml", "samconfig.toml"]
)
def test_a_change_beside_the_functions_publishes_a_new_version_of_each(build: Build, clone: Path, what: str):
    before = build()
    with (clone / what).open("a") as file:
        file.write("# changed\n")
    after = build()
    assert versions_of(before).isdisjoint(versions_of(after))


def test_what_python_leaves_behind_when_it_runs_publishes_nothing(build: Build, clone: Path):
    before = build()
    for folder in ("layers/shared", "functions/login"):
        (clone / folder / "__pycache__").mkdir()
        (clone / folder / "__pycache__" / "policy.cpython-313.pyc").write_bytes(b"byte code")
    assert versions_of(build()) == versions_of(before)


def test_a_clone_without_symbolic_links_is_refused_with_the_reason(build: Build, clone: Path):
    (clone / "functions/.release/layers").unlink()
    (clone / "functions/.release/layers").write_text("../../layers")
    with pytest.raises(AssertionError, match="must be a symbolic link"):
        build()


def test_links_lead_to_what_a_release_consists_of_and_stay_inside_the_clone():
    links = {link.name: link.readlink() for link in (FUNCTIONS / ".release").iterdir()}
    assert set(links) == {"layers", "template.yaml", "samconfig.toml"}
    for name, leads_to in links.items():
        assert leads_to == Path("../..") / name


# --- The layer ---


def _compiled(site: Path, name: str, machine: int) -> None:
    place = site / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(ELF + bytes(14) + machine.to_bytes(2, "little") + bytes(44))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """What pip puts into a layer, in little."""
    for library in ("boto3", "botocore"):
        (tmp_path / "site" / library / "data" / "sqs").mkdir(parents=True)
        (tmp_path / "site" / library / "data" / "ec2").mkdir()
    _compiled(tmp_path / "site", "pydantic_core/_pydantic_core.cpython-313-x86_64-linux-gnu.so", X86_64)
    return tmp_path / "site"


def _prune(site: Path, architecture: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, LAYERS / "prune.py", site, architecture]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_layer_of_the_architecture_that_was_asked_for_loses_only_what_is_never_used(site: Path):
    assert _prune(site, "x86_64").returncode == 0
    assert [path.name for path in sorted((site / "botocore" / "data").iterdir())] == ["sqs"]
    assert list(site.rglob("*.so"))


@pytest.mark.parametrize(("asked", "machine"), [("arm64", X86_64), ("x86_64", ARM64)])
def test_a_layer_with_a_module_of_another_architecture_is_refused(site: Path, asked: str, machine: int):
    for module in site.rglob("*.so"):
        module.unlink()
    _compiled(site, "argon2/_ffi.abi3.so", machine)
    refused = _prune(site, asked)
    assert refused.returncode != 0
    assert f"The layer is to be for {asked}" in refused.stderr
    assert "argon2/_ffi.abi3.so" in refused.stderr


@pytest.mark.parametrize("architecture", template()["Parameters"]["Architecture"]["AllowedValues"])
def test_one_word_names_the_architecture_from_the_parameter_to_the_wheels(architecture: str):
    """SAM takes the Makefile from a folder that is called like the parameter's value, and shows what it would run."""
    place = template()["Resources"]["SharedLayer"]["Metadata"]["ContextPath"]
    makefile = ROOT / place["Fn::Sub"].replace("${Architecture}", architecture) / "Makefile"
    command = ["make", "--dry-run", "--makefile", makefile, "build-SharedLayer", f"PYTHON={sys.executable}"]
    shown = subprocess.run(command, cwd=LAYERS, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"manylinux\w*?_(x86_64|aarch64)", shown)) == {
        {"x86_64": "x86_64", "arm64": "aarch64"}[architecture]
    }
    assert re.search(rf"prune\.py \S+ {architecture}$", shown, re.MULTILINE)


def test_an_architecture_that_lambda_has_not_is_refused():
    command = ["make", "--dry-run", "build-SharedLayer", "ARCHITECTURE=aarch64", f"PYTHON={sys.executable}"]
    refused = subprocess.run(command, cwd=LAYERS, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "ARCHITECTURE is x86_64 or arm64, not aarch64" in refused.stderr


# --- Python ---


def _found(folder: Path, path: Path, cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = ["/bin/sh", LAYERS / "find_python.sh", folder]
    return subprocess.run(command, cwd=cwd, env={"PATH": str(path)}, capture_output=True, text=True, check=False)


def _python(place: Path, *, runs_in: Path | None = None) -> None:
    """A python3.13 that works everywhere, or as pyenv's does: only below the folder that chose it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    refuses = f'case "$(pwd -P)" in {runs_in}*) ;; *) exit 127 ;; esac\n' if runs_in else ""
    place.write_text(f'#!/bin/sh\n{refuses}exec {sys.executable} "$@"\n')
    place.chmod(0o755)


def test_the_python_of_the_clone_is_found_from_the_folder_in_which_sam_builds(tmp_path: Path):
    (tmp_path / "clone" / "layers" / "arm64").mkdir(parents=True)
    _python(tmp_path / "clone" / ".venv" / "bin" / "python")
    (tmp_path / "scratch").mkdir()
    for folder in ("layers", "layers/arm64"):
        found = _found(tmp_path / "clone" / folder, tmp_path / "nothing", tmp_path / "scratch")
        assert found.returncode == 0
        assert Path(found.stdout.strip()).exists()


def test_a_python_that_the_clone_chose_is_found_though_sam_builds_elsewhere(tmp_path: Path):
    (tmp_path / "clone" / "layers").mkdir(parents=True)
    _python(tmp_path / "bin" / "python3.13", runs_in=tmp_path / "clone")
    assert _found(tmp_path / "clone" / "layers", tmp_path / "bin", tmp_path).returncode == 0


def test_without_a_python_of_the_runtimes_version_none_is_taken(tmp_path: Path):
    (tmp_path / "layers").mkdir()
    other = tmp_path / "bin" / "python3"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\nexit 1\n")
    other.chmod(0o755)
    assert _found(tmp_path / "layers", tmp_path / "bin", tmp_path).returncode != 0
