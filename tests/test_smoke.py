"""The list of smokes, which `.ci/run` goes through, and the Makefile name the same commands."""

import re

from furtka.paths import ROOT
from tests import smoke


def test_every_command_of_the_makefile_is_smoked():
    assert smoke.unknown() == []


def test_what_the_continuous_integration_runs_whole_is_run_by_it():
    for target, way in smoke.SMOKES.items():
        if isinstance(way, smoke.Whole):
            way(target)


def test_the_readme_says_what_the_continuous_integration_runs():
    (said,) = re.findall(r"`\.ci/run` does ([^.]+)\.", (ROOT / "README.md").read_text())
    whole = {target for target, way in smoke.SMOKES.items() if isinstance(way, smoke.Whole)}
    assert set(re.findall("`([a-z0-9]+)`", said)) == whole
