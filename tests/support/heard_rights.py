"""A pytest plugin that writes down which function made which calls to AWS, while tests run.

`pytest -p tests.support.heard_rights --heard FILE …` writes lines of function, action and resource to FILE. A function
is known by its entry point, which is among the callers of each of its calls.
"""

import json
import sys
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient

TESTS = Path(__file__).parents[1]

heard: set[tuple[str, ...]] = set()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--heard", type=Path, required=True, help="file for what was heard")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    from shared import policy  # noqa: PLC0415
    from tests.proofs import test_rights  # noqa: PLC0415 - needs the environment that tests/conftest.py makes
    from tests.support.calls import AwsCall  # noqa: PLC0415

    real = BaseClient._make_api_call

    def listen(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        if function := _entered(test_rights.ENTRIES):
            call = AwsCall(client.meta.service_model.service_name, operation, arguments)
            heard.update((function, *right) for right in test_rights._rights(call))
        return real(client, operation, arguments)

    always_read = patch.object(policy, "KEYS_KEPT_FOR", timedelta(0))
    with patch.object(BaseClient, "_make_api_call", listen), always_read:
        return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    session.config.getoption("--heard").write_text("".join(f"{json.dumps(one)}\n" for one in sorted(heard)))


def _entered(entries: Collection[str]) -> str:
    """Return the running function as `notify.handler`; empty if a test itself makes the call, even on the way."""
    by_us, entered = False, ""
    frame: FrameType | None = sys._getframe(2)
    while frame:
        path = Path(frame.f_code.co_filename)
        by_us = by_us or not path.is_relative_to(TESTS)
        if by_us and path.is_relative_to(TESTS):
            return entered
        if path.parent.parent.name == "functions" and f"{path.parent.name}.{path.stem}" in entries:
            entered = f"{path.parent.name}.{path.stem}"
        frame = frame.f_back
    return entered
