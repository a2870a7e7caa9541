"""Routes as a door declares them: path, status and the refusals of its flow. Who may ask is in `route_rules`."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from shared.errors import Refusal
from shared.http.route_rules import RULES, pattern_of

type Function = Callable[..., Any]


@dataclass(frozen=True)
class Route:
    """One method of one path, written as in the template, the table and the contract: `/tokens/{token_id}`.

    `refuses` are the refusals of its flow; those of who may ask and of the request itself follow from the table.
    `yes` says what a granted request did, and `answer` is the model of an answer that is written by hand.
    """

    method: str
    path: str
    function: Function
    status: int
    yes: str
    answer: type[BaseModel] | None
    refuses: tuple[type[Refusal], ...]

    @property
    def name(self) -> str:
        """The route as `RULES` names it."""
        return f"{self.method} {self.path}"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return pattern_of(self.path)


@dataclass(frozen=True)
class Routes:
    """The routes of a door, in the order in which they are declared."""

    declared: list[Route] = field(default_factory=list)

    def __iter__(self) -> Iterator[Route]:
        return iter(self.declared)

    def include(self, *others: "Routes") -> None:
        """Take in the routes of the doors beside this one."""
        for other in others:
            self.declared.extend(other)

    def methods_at(self, path: str) -> set[str]:
        """Return the methods that *path* takes, an empty set where it leads nowhere.

        A route that the table does not name is none: it fails closed. A path of its own comes before one with a name
        in it, as in API Gateway.
        """
        ruled = [route for route in self if route.name in RULES]
        own = {route.method for route in ruled if route.path == path}
        return own or {route.method for route in ruled if route.pattern.fullmatch(path)}

    def get[F: Function](self, path: str, **facts: Any) -> Callable[[F], F]:
        return self.route("GET", path, **facts)

    def head[F: Function](self, path: str, **facts: Any) -> Callable[[F], F]:
        return self.route("HEAD", path, **facts)

    def post[F: Function](self, path: str, **facts: Any) -> Callable[[F], F]:
        return self.route("POST", path, **facts)

    def put[F: Function](self, path: str, **facts: Any) -> Callable[[F], F]:
        return self.route("PUT", path, **facts)

    def patch[F: Function](self, path: str, **facts: Any) -> Callable[[F], F]:
        return self.route("PATCH", path, **facts)

    def delete[F: Function](self, path: str, **facts: Any) -> Callable[[F], F]:
        return self.route("DELETE", path, **facts)

    def route[F: Function](
        self,
        method: str,
        path: str,
        *,
        status: int = HTTPStatus.OK,
        yes: str = "",
        answer: type[BaseModel] | None = None,
        refuses: Collection[type[Refusal]] = (),
    ) -> Callable[[F], F]:
        """Declare the decorated function as a route; see `Route` for the facts."""

        def declare(function: F) -> F:
            self.declared.append(Route(method, path, function, status, yes, answer, tuple(refuses)))
            return function

        return declare
