"""The settings that are pretended where no stack is: the contract and the benchmark import handlers with them."""

import os
import subprocess
import sys

from furtka.openapi import security
from furtka.paths import FUNCTIONS, LAYERS, ROOT
from shared.http.route_rules import RULES

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


def test_who_may_call_names_every_scope_that_a_route_takes():
    for route, rule in RULES.items():
        told = security.sentence(*route.split())
        scopes = {scope for scope in (rule.scope, rule.also) if scope}
        assert {scope for scope in scopes if f"`{scope}`" in told} == scopes, route
