"""A pytest plugin that runs some tests, in a given order, against one fault: `-p tests.mutation.plugin`.

MUTATION_FAULT says which, as a path, a colon and the fault's place; MUTATION_TESTS names a JSON file of test ids.
The sources stay as they are: the fault is put in as the module is imported.
"""

import json
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from tests.mutation.faults import module_with


class _Faulty(SourceFileLoader):
    def __init__(self, name: str, path: str, place: int) -> None:
        super().__init__(name, path)
        self._place = place

    def get_code(self, _: str) -> CodeType:
        return compile(module_with(Path(self.path), self._place), self.path, "exec")


class _Finder:
    """Finds every module as ever, and the one with the fault with another loader."""

    def __init__(self, path: str, place: int) -> None:
        self._path = str(Path(path).resolve())
        self._place = place

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.origin and Path(spec.origin).resolve() == Path(self._path):
            spec.loader = _Faulty(name, self._path, self._place)
            return spec
        return None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Before anything of ours is imported. Without a fault the same tests are run, and must pass."""
    path, _, place = os.environ["MUTATION_FAULT"].rpartition(":")
    if path:
        sys.meta_path.insert(0, _Finder(path, int(place)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {test: place for place, test in enumerate(json.loads(Path(os.environ["MUTATION_TESTS"]).read_text()))}
    items[:] = sorted((item for item in items if item.nodeid in places), key=lambda item: places[item.nodeid])
