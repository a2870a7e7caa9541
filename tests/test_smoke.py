"""The list of smokes, which `.ci/run` goes through, and the Makefile name the same commands."""

from tests import smoke


def test_every_command_of_the_makefile_is_smoked():
    assert smoke.unknown() == []


def test_what_the_continuous_integration_runs_whole_is_run_by_it():
    for target, way in smoke.SMOKES.items():
        if isinstance(way, smoke.Whole):
            way(target)
