"""The whole local stack: AWS services, functions and gateway, started and stopped together."""

import json
import logging
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from samcli.lib.providers.provider import Api

from furtka.local import queues, resources, streams
from furtka.local.beside import Beside
from furtka.local.bus import Bus
from furtka.local.carriers import Carriers
from furtka.local.clock import Clock
from furtka.local.cloud import REGION, Cloud
from furtka.local.outbox import Outbox
from furtka.local.pages import pages
from furtka.local.refusals import Refusals
from furtka.local.runner import Environment, Runner, as_strings
from furtka.local.schedules import Timer, schedules
from furtka.local.seed import seed
from furtka.local.server import OneLine, Server
from furtka.local.subscriptions import Log, subscriptions
from furtka.local.template import Function, Template

MAIL_FROM = "furtka@panel.example"


class Stack:
    """Serves a template on a socket that already listens. `stop` undoes `start`, also if that failed halfway.

    *tell* is called with the name of each step of the start. `demo` is the seeded account, None without one.
    `functions` are the environment variables of each function. *others* are templates that are to be served beside it:
    a parameter may be theirs.
    """

    def __init__(
        self,
        template: Path,
        listener: socket.socket,
        *,
        dynamodb: str | None = None,
        parameters: Mapping[str, str] | None = None,
        others: Sequence[Path] = (),
        tell: Callable[[str], None] | None = None,
        log: IO[str] | None = None,
    ) -> None:
        self._listener = listener
        self.port: int = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._name = f"furtka-local-{self.port}"  # two stacks may share a DynamoDB
        self.clock = Clock()
        self.outbox = Outbox(self.clock)
        self.demo: dict[str, Any] | None = None
        self.carriers: Carriers | None = None
        self._path = template
        self._typed, self._others = parameters or {}, others
        self._parameters = {**self._usual_parameters(), **self._typed}
        self._changes = streams.Changes()
        self._cloud = Cloud(dynamodb, self._changes.collect)
        self.bus = Bus()
        self._tell = tell or _ignore
        self._log = log
        self._undo = ExitStack()
        self._undo.callback(listener.close)

    def _usual_parameters(self) -> dict[str, str]:
        """Return values for parameters that most templates have."""
        return {
            "AWS::Region": REGION,
            "AWS::StackName": self._name,
            "PanelOrigin": self.url,
            "MailFrom": MAIL_FROM,
        }

    def start(self, *, seeded: bool = True) -> None:
        """Start everything, and with *seeded* create the demo account. Raises Complaint."""
        for chatty in ("werkzeug", "samcli"):
            logging.getLogger(chatty).setLevel(logging.ERROR)
        self._tell("reading the template")
        template = Template(self._path, self._parameters)
        template.must_know(self._typed, self._others)
        functions = list(template.functions())
        api = template.routes()
        self._tell("tables, queues, keys and secrets")
        self._cloud.start()
        self._undo.callback(self._cloud.stop)
        resources.create(template, self._cloud, prefix=self._name)
        self._tell("functions")
        self._start_functions(template, functions)
        self._tell_events(template)
        self._start_events(template, functions)
        self._serve(template, api)
        self.runner.ready()
        if seeded:
            self._tell("the demo account")
            environment = {**os.environ, **self.environment()}
            self.demo = seed(self.url, environment, self.outbox.messages, self.proxy_headers())
        self._tell("ready")

    def _start_functions(self, template: Template, functions: list[Function]) -> None:
        variables = {one.name: as_strings(template.value(dict(one.environment))) for one in functions}
        self.functions = {name: own | self._cloud.endpoints() for name, own in variables.items()}
        self._variables = {name: value for own in variables.values() for name, value in own.items()}
        self._paths = {str(path): None for one in functions for path in (one.code, *one.layers)}
        self.outbox.open(self._cloud, self._variables.get("MAIL_FROM"))
        self.bus.open()
        lines = Log(self._log)
        self._undo.callback(lines.close)
        self.runner = Runner(
            Environment(one, {**variables[one.name], **self._cloud.environment()}, lines.end) for one in functions
        )
        lines.subscribe(list(subscriptions(template, functions)), self.runner)
        self._undo.callback(self.runner.stop)
        self.runner.start()

    def _tell_events(self, template: Template) -> None:
        """Let what becomes of e-mails and SMS be told where the stack reads it; on AWS a topic would be in between."""
        queue = template.symbols.get("DeliveryEventsQueue")
        if not isinstance(queue, dict):
            return
        sqs = self._cloud.client("sqs")
        self.carriers = self._cloud.carriers

        def tell(event: dict[str, Any]) -> None:
            # A moment later, as on AWS: the answer that AWS took the message comes first.
            sqs.send_message(QueueUrl=queue["QueueUrl"], MessageBody=json.dumps(event), DelaySeconds=1)

        self.carriers.tell = tell

    def _start_events(self, template: Template, functions: list[Function]) -> None:
        self.timer = Timer(list(schedules(template, functions)), self.runner, self.clock)
        self._undo.callback(self.timer.stop)
        self.timer.start()
        turns = {function.name: queues.Turns() for function in functions}
        for mapping in queues.mappings(template, functions):
            poller = queues.Poller(mapping, turns[mapping.function], self._cloud, self.runner, self.clock)
            self._undo.callback(poller.stop)
            poller.start()
        for stream in streams.mappings(template, functions):
            feeder = streams.Feeder(stream, turns[stream.function], self._changes, self.runner, self.clock)
            self._undo.callback(feeder.stop)
            feeder.start()
        self.clock.when_moved(queues.deliver_sooner)

    def _serve(self, template: Template, api: Api) -> None:
        from furtka.local.gateway import Gateway  # noqa: PLC0415  # takes a second, while the functions start

        gateway = Gateway(api, self.runner, Refusals(template.gateway_responses()), self.clock, self.port)
        gateway.create(template.base_paths())
        gateway.app.register_blueprint(pages(self))
        server = Server(gateway.app, self._listener, OneLine)
        self._undo.callback(server.stop)
        server.start()

    def environment(self) -> dict[str, str]:
        """Return the environment variables with which an operator's command reaches this stack."""
        return {**self._variables, **self._cloud.environment(), "PYTHONPATH": os.pathsep.join(self._paths)}

    def proxy_headers(self) -> dict[str, str]:
        """Return what CloudFront would add to each request, where the stack is behind it; else nothing."""
        name = self._variables.get("ORIGIN_SECRETS")
        if not name:
            return {}
        held = self._cloud.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
        return {"X-Origin-Secret": json.loads(held)["current"], "CloudFront-Viewer-Address": "127.0.0.1:443"}

    def also(self, template: Path, listener: socket.socket) -> str:
        """Serve the API of another template beside this one, and return its address. Raises Complaint."""
        beside = Beside(template, listener, cloud=self._cloud, clock=self.clock, authorizers=self.runner, log=self._log)
        self._undo.callback(beside.stop)
        beside.start(self._parameters)
        return beside.url

    def stop(self) -> None:
        self._undo.close()


def _ignore(_: str) -> None:
    """Ignore a step: without --timings nothing is printed."""
