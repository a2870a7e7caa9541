"""Harness: ministack, the AWS on this machine, on a loopback port of its own and with roles enforced."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3

from shared import settings
from tests.support import ports

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-ministack" / "bin" / "python"
LAUNCHER = Path(__file__).with_name("launch_ministack.py")
RUNTIME = "python3.13"
REGION = "eu-central-1"
OPERATOR = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}  # ministack's root user

TOOLS = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAM_CLI_TELEMETRY": "0",
    "SAM_CLI_POLL_DELAY": "0.2",  # seconds
}

READY_WITHIN = 120  # seconds, on a busy machine
STOPPED_WITHIN = 10  # seconds


@dataclass(frozen=True)
class Emulator:
    """An AWS account of our own, for as long as the tests run."""

    port: int
    log: Path

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """This process' own environment, but every AWS tool finds the emulator and nothing else."""
        kept = {name: value for name, value in os.environ.items() if not _is_replaced(name)}
        path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
        return kept | OPERATOR | TOOLS | {"PATH": path, "AWS_ENDPOINT_URL": self.endpoint}

    def client(self, service: str) -> Any:
        """A boto3 client that may do anything."""
        session = boto3.Session(*OPERATOR.values(), region_name=REGION)
        return session.client(service, endpoint_url=self.endpoint)

    def shows(self, what: str) -> Any:
        """What ministack tells of itself, beyond what AWS would tell."""
        return urllib3.request("GET", f"{self.endpoint}/_ministack/{what}", retries=False, timeout=60.0).json()

    def tail(self) -> str:
        return "\n".join(self.log.read_text().splitlines()[-40:])


@contextmanager
def running(directory: Path) -> Iterator[Emulator]:
    """Ministack, with all that it keeps in *directory*; it is gone at the end, whatever happened."""
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON.relative_to(ROOT)} is missing: `make e2e` makes it from requirements/ministack.txt")
    with ports.ours() as port:
        emulator = Emulator(port=port, log=directory / "ministack.log")
        process = _start(emulator, directory)
        try:
            _wait_until_ready(emulator, process)
            yield emulator
        finally:
            _stop(process)


def _start(emulator: Emulator, directory: Path) -> subprocess.Popen[bytes]:
    temporary = directory / "tmp"
    temporary.mkdir()
    command = [PYTHON, "-P", LAUNCHER, _bare_python(emulator, directory)]
    with emulator.log.open("wb") as log:
        return subprocess.Popen(
            command, env=_settings(emulator, directory, temporary), cwd=directory, stdout=log, stderr=log
        )


def _settings(emulator: Emulator, directory: Path, temporary: Path) -> dict[str, str]:
    """Functions inherit this, so it is all that they get from this machine."""
    return OPERATOR | {
        "PATH": os.defpath,
        "HOME": str(directory),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "PYTHONTZPATH": "",  # Lambda has no time zones: they come with the layer
        "AUTH": "true",
        "GATEWAY_PORT": str(emulator.port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "STATE_DIR": str(directory / "state"),
        "S3_DATA_DIR": str(directory / "s3"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PYTHONUNBUFFERED": "1",
    }


def _bare_python(emulator: Emulator, directory: Path) -> Path:
    """The interpreter that functions get: the standard library and nothing of what this machine has installed."""
    runtime = shutil.which(RUNTIME, path=emulator.environment["PATH"])
    if not runtime:
        pytest.fail(f"{RUNTIME} is missing: it is what the functions run on")
    python = directory / RUNTIME
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(runtime)} -E -S "$@"\n')
    python.chmod(0o755)
    return python


def _is_replaced(name: str) -> bool:
    """What people and other tests set for AWS or for our functions counts for nothing here."""
    return name.startswith(("AWS_", "SAM_")) or name == "PYTHONPATH" or name in vars(settings)


def _wait_until_ready(emulator: Emulator, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + READY_WITHIN
    while not _is_ready(emulator):
        if process.poll() is not None or time.monotonic() > give_up:
            pytest.fail(f"ministack did not start:\n{emulator.tail()}")
        time.sleep(0.1)


def _is_ready(emulator: Emulator) -> bool:
    try:
        return bool(emulator.shows("ready")["status"] == "completed")
    except urllib3.exceptions.HTTPError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOPPED_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
