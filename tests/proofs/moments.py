"""The moment before a request, to which one can come back as often as there are ways to fail."""

from dataclasses import dataclass

from shared import seal
from tests.proofs import tables
from tests.proofs.flows import FLOWS
from tests.proofs.turns import Turn
from tests.support.calls import overheard
from tests.support.world import World

SAME_CALLS = {
    "POST /login: right password, too many messages": "POST /login: right password, codes locked",
    "POST /password-reset: unknown login": "POST /password-reset",
    "GET /account/activity: the whole account": "GET /account/activity",
    "POST /login: unknown login": "POST /login: wrong password",
    "POST /login: disabled login": "POST /login: wrong password",
    "POST /login: too many wrong passwords": "POST /login: wrong password",
    "GET /session": "GET /session: a minute after the last use",
    "POST /ip-lists/break-glass: wrong password": "POST /ip-lists/break-glass",
    "PUT /account/ip-lists/{name}: on trial": "PUT /account/ip-lists/{name}",
    "GET /tokens: by a program without the scope": "GET /tokens: by a program",
    "GET /tokens: by a program that is elsewhere": "GET /tokens: by a program",
    "GET /tokens: token switched off": "GET /tokens: by a program",
    "POST /tokens: by a program that may do less": "POST /tokens: by a program",
}
"""Flows that make no other calls than another one."""

NO_CALLS = {"GET /.well-known/oauth-authorization-server"}

ALL_CALLS = [flow for flow in FLOWS if flow not in SAME_CALLS and flow not in NO_CALLS]
"""Flows that together make every call there is."""


@dataclass
class Moment:
    """Somebody is about to send a request, to a function that has yet to read its keys. He can be brought back here."""

    world: World
    flow: str

    def __post_init__(self) -> None:
        tables.empty()
        self.turn = FLOWS[self.flow].ready(self.world)
        self.world.deliver()
        self._rows, self._now = tables.kept(), self.world.now
        self.calls = self._calls()

    def come_back(self) -> Turn:
        tables.put_back(self._rows)
        self.world.now = self._now
        seal._provider().clear_cache()
        return self.turn

    @property
    def length(self) -> int:
        return len(self.calls)

    def _calls(self) -> list[str]:
        with overheard() as made:
            assert self.come_back().ask().status == FLOWS[self.flow].status
        return [str(call) for call in made]
