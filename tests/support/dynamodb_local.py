"""DynamoDB Local, AWS's own engine: installed if it is missing, and run in memory on a free loopback port."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.support import npm, ports
from tests.support.npm import Missing

ROOT = Path(__file__).parents[2]
PINS = ROOT / "requirements" / "dynamodb-local"
HOME = ROOT / ".furtka" / "dynamodb-local"
EMULATOR = HOME / "node_modules" / "amplify-dynamodb-simulator" / "emulator"

READY_WITHIN = 120  # seconds, on a busy machine
STOPPED_WITHIN = 10  # seconds


def install() -> None:
    """Install the engine from its npm package, once a checkout, and Java if that is allowed. Raises Missing.

    The lock pins this one package by its hash, and none of its JavaScript dependencies, which are never run.
    """
    if not shutil.which("java"):
        _install_java()
    npm.install(PINS, HOME)


@contextmanager
def running() -> Iterator[str]:
    """Start an empty engine and yield its address. It is stopped at the end of the block, whatever happens."""
    install()
    with TemporaryDirectory() as directory, ports.ours() as port:
        log = Path(directory) / "log"
        process = _start(port, log)
        try:
            _wait_until_ready(process, port, log)
            yield _address(port)
        finally:
            _stop(process)


def _install_java() -> None:
    if not (shutil.which("apt-get") and os.geteuid() == 0):
        raise Missing("DynamoDB Local needs Java 17 or newer: there is no `java` on the PATH")
    _say("no Java here: installing Debian's default-jre-headless")
    _run(["apt-get", "update", "-qq"], ROOT)
    _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "default-jre-headless"], ROOT)


def _run(command: list[str], directory: Path) -> None:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Missing(f"`{' '.join(command)}` failed:\n{done.stdout}{done.stderr}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _start(port: int, log: Path) -> subprocess.Popen[bytes]:
    command = [
        "java",
        "-Xmx1g",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",  # a run is too short for further compilation to pay
        f"-Djava.library.path={EMULATOR / 'DynamoDBLocal_lib'}",
        "-cp",
        str(EMULATOR / "DynamoDBLocal.jar"),
        "org.eclipse.jetty.xml.XmlConfiguration",
        str(PINS / "server.xml"),
        f"port={port}",
    ]
    with log.open("wb") as lines:
        return subprocess.Popen(command, cwd=log.parent, stdin=subprocess.DEVNULL, stdout=lines, stderr=lines)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up = time.monotonic() + READY_WITHIN
    while not _is_ready(port):
        if process.poll() is not None or time.monotonic() > give_up:
            raise Missing(f"DynamoDB Local did not start:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.1)


def _is_ready(port: int) -> bool:
    """Whether the engine answers: its port is open before that."""
    once = Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1})
    try:
        boto3.Session().client("dynamodb", endpoint_url=_address(port), config=once).list_tables()
    except (BotoCoreError, ClientError):
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOPPED_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


if __name__ == "__main__":
    install()
