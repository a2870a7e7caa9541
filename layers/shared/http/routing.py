"""The routes of a door: path, status and the refusals of its flow. `route_rules` says who may call them."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from shared.errors import Refusal
from shared.http import dependencies
from shared.http.bodies import Event
from shared.http.route_rules import RULES, pattern_of

type Function = Callable[..., Any]


@dataclass(frozen=True)
class Route:
    """One method of one path, written as in the template, the table and the contract: `/tokens/{token_id}`.

    `success` describes the answer to a granted request, and `response_model` is its model if the function itself
    writes the body. `later` is the model of a 202, for what has an effect only later. `refuses` are the refusals of the
    flow: those that depend on who calls follow from `route_rules`, those of the request itself from its method.
    """

    method: str
    path: str
    function: Function
    status: int
    success: str
    response_model: type[BaseModel] | None
    refuses: tuple[type[Refusal], ...]
    later: type[BaseModel] | None = None

    @property
    def name(self) -> str:
        """The key of the route in `RULES`."""
        return f"{self.method} {self.path}"

    @property
    def answers(self) -> bool:
        """Whether the route answers at all: its rule is in `RULES`, and the function asks who calls if it has to."""
        rule = RULES.get(self.name)
        return rule is not None and (rule.is_public or self._caller is not None)

    def with_caller(self, event: Event) -> Event:
        """Return *event* with who calls, if the function asks. Raises the refusal of whom the rule does not let in."""
        return event | {"caller": self._caller(event)} if self._caller else event

    @cached_property
    def _caller(self) -> Callable[[Event], Any] | None:
        return dependencies.how_caller_is_known(self.function)

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
        """Add the routes of other doors of the same function."""
        for other in others:
            self.declared.extend(other)

    def methods_at(self, path: str) -> set[str]:
        """Return the methods that *path* accepts, or an empty set if there is no such path.

        A route that does not answer is left out, so that it fails closed. A path without a variable comes before one
        with a variable, as in API Gateway.
        """
        return {route.method for route in self._at(path)}

    def find(self, method: str, path: str) -> Route:
        """Return the route of a request; *method* is one of `methods_at`."""
        return next(route for route in self._at(path) if route.method == method)

    def _at(self, path: str) -> list[Route]:
        known = [route for route in self if route.answers]
        exact = [route for route in known if route.path == path]
        return exact or [route for route in known if route.pattern.fullmatch(path)]

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
        success: str = "",
        response_model: type[BaseModel] | None = None,
        refuses: Collection[type[Refusal]] = (),
        later: type[BaseModel] | None = None,
    ) -> Callable[[F], F]:
        """Declare the decorated function as a route. See `Route` for the parameters."""

        def declare(function: F) -> F:
            self.declared.append(Route(method, path, function, status, success, response_model, tuple(refuses), later))
            return function

        return declare
