"""The settings that are pretended where no stack is: the contract and the benchmark import handlers with them."""

import os
import subprocess
import sys

from furtka.paths import FUNCTIONS, LAYERS, ROOT

IMPORTS = """
from importlib import import_module
from sys import argv
from furtka.openapi import pretend_settings

pretend_settings()
for name in argv[1:]:
    import_module(name)
"""


def test_every_handler_can_be_imported_with_pretended_settings():
    handlers = sorted(f"{path.parent.name}.handler" for path in FUNCTIONS.glob("*/handler.py"))
    places = os.pathsep.join(map(str, (FUNCTIONS, LAYERS, ROOT)))
    environment = {"PYTHONPATH": places, "AWS_DEFAULT_REGION": "eu-central-1"}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, *handlers], env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
