"""A parameter that changed goes live: the packages that `furtka deploy` deploys are other packages."""

from pathlib import Path

import pytest
from samcli.lib.utils.hash import dir_checksum

from furtka import release
from furtka.cli import main
from tests.furtka.test_deploy import AGAIN, FIRST, PretendSam, aws, sam  # noqa: F401
from tests.support.transform import of_type, transformed

PARAMETERS = {"PanelOrigin": "https://panel.example.com", "SmsPerSecond": "20"}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """What `sam build` leaves, in little."""
    for function in ("LoginFunction", "NotifyFunction"):
        (tmp_path / function).mkdir()
        (tmp_path / function / "release.txt").write_text("a1b2\n")
    (tmp_path / "SharedLayer").mkdir()
    (tmp_path / "template.yaml").write_text("")
    return tmp_path / "template.yaml"


def package(built: Path) -> str:
    """What `sam package` calls the package."""
    return dir_checksum(str(built.parent / "LoginFunction"))


def versions(built: Path) -> set[str]:
    return set(of_type(transformed(code=package(built)), "AWS::Lambda::Version"))


def test_a_parameter_with_another_value_makes_a_new_version_of_each_function(built: Path):
    release.mark(built, PARAMETERS)
    before = versions(built)
    release.mark(built, {**PARAMETERS, "SmsPerSecond": "50"})
    assert before.isdisjoint(versions(built))


def test_the_same_parameters_in_any_order_make_none(built: Path):
    release.mark(built, PARAMETERS)
    before = package(built)
    release.mark(built, dict(reversed(PARAMETERS.items())))
    assert package(built) == before


def test_a_package_says_its_sources_and_no_parameter(built: Path):
    for _ in range(2):
        release.mark(built, PARAMETERS)
    for function in ("LoginFunction", "NotifyFunction"):
        sources, given = (built.parent / function / "release.txt").read_text().split()
        assert sources == "a1b2"
        assert "panel" not in given


def test_the_second_pass_of_a_first_deployment_makes_the_panels_address_go_live(
    built: Path,
    sam: PretendSam,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    packages = _packages_that_are_deployed(built, sam, monkeypatch)
    assert main([*FIRST, "--built", str(built.parent)]) == 0
    assert len(set(packages)) == 2


def test_an_upgrade_with_nothing_new_publishes_nothing(
    built: Path,
    sam: PretendSam,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    packages = _packages_that_are_deployed(built, sam, monkeypatch)
    for command in (FIRST, AGAIN):
        assert main([*command, "--built", str(built.parent)]) == 0
    assert packages[-1] == packages[-2]


def _packages_that_are_deployed(built: Path, sam: PretendSam, monkeypatch: pytest.MonkeyPatch) -> list[str]:  # noqa: F811
    packages: list[str] = []
    deploys = sam.deploy

    def note(template: Path, stack: str, given: dict[str, str]) -> None:
        packages.append(package(built))
        deploys(template, stack, given)

    monkeypatch.setattr(sam, "deploy", note)
    return packages
