"""Scanners of the template and the packages: no exception without its reason, and nothing unpinned for them to miss."""

import re
from pathlib import Path

import pytest

from furtka.paths import ROOT

EXCEPTIONS = (ROOT / ".checkov.yaml").read_text().partition("skip-check:\n")[2].splitlines()
PINS = [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "layers/requirements.txt"]


def test_each_exception_of_checkov_has_its_reason_above_it():
    for above, below in zip(EXCEPTIONS[::2], EXCEPTIONS[1::2], strict=True):
        assert re.fullmatch(r"  # \S.{20,}", above)
        assert re.fullmatch(r"  - CKV2?_AWS_[0-9]+", below)


@pytest.mark.parametrize("pins", PINS, ids=lambda path: path.name)
def test_each_package_has_one_version_and_hashes(pins: Path):
    text = pins.read_text().replace("\\\n", "")
    lines = [line for line in text.splitlines() if line.strip()]
    assert [
        line.split()[0] for line in lines if not re.match(r"\S+==\S+( ;[^#]*)? +--hash=sha256:[0-9a-f]{64}", line)
    ] == []
