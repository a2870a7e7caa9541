"""Another API of the platform beside Furtka's, whose authorizer is Furtka's: `furtka local --also FOLDER`."""

import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from furtka.local import resources
from furtka.local.clock import Clock
from furtka.local.cloud import Cloud
from furtka.local.refusals import Refusals
from furtka.local.runner import Environment, Runner, arn, as_strings
from furtka.local.server import OneLine, Server
from furtka.local.template import Template

AUTHORIZER = "AuthorizerFunction"
"""The function of Furtka's template that other APIs ask."""


class Beside:
    """Serves the API of another template on a socket that already listens. *authorizers* runs Furtka's functions."""

    def __init__(
        self,
        path: Path,
        listener: socket.socket,
        *,
        cloud: Cloud,
        clock: Clock,
        authorizers: Runner,
        log: IO[str] | None,
    ) -> None:
        self._path, self._listener = path, listener
        self._cloud, self._clock, self._authorizers, self._log = cloud, clock, authorizers, log
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._undo = ExitStack()
        self._undo.callback(listener.close)

    def start(self, parameters: Mapping[str, str]) -> None:
        """Start its functions and serve its routes. Raises Complaint."""
        template = Template(self._path, {**parameters, "AuthorizerArn": arn(AUTHORIZER)})
        functions = list(template.functions())
        resources.create(template, self._cloud, prefix=f"{parameters['AWS::StackName']}-also")
        runner = Runner(
            Environment(
                one, {**as_strings(template.value(dict(one.environment))), **self._cloud.environment()}, self._log
            )
            for one in functions
        )
        self._undo.callback(runner.stop)
        runner.start()
        self._serve(template, runner)
        runner.ready()

    def _serve(self, template: Template, runner: Runner) -> None:
        from furtka.local.gateway import Gateway  # noqa: PLC0415  # takes a second

        api = template.routes()
        api.stage_variables = template.value(api.stage_variables or {})
        refusals, port = Refusals(template.gateway_responses()), self._listener.getsockname()[1]
        gateway = Gateway(api, runner, refusals, self._clock, port, authorizers=self._authorizers)
        gateway.create()
        server = Server(gateway.app, self._listener, OneLine)
        self._undo.callback(server.stop)
        server.start()

    def stop(self) -> None:
        self._undo.close()
