"""CloudWatch's evaluation of an alarm of template.yaml: metrics in, whether it rings out.

As the user guide describes it ("Using metric math", "Evaluating an alarm"): in arithmetic a missing value is 0, a
division by zero drops the point, IF has no point where its condition has none.
"""

import ast
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv
from typing import Any

from tests.support.template import template

STACK = "furtka-test"
"""The name of the stack: what the functions under test have as POWERTOOLS_SERVICE_NAME."""

type Series = dict[int, float]
"""Values by the number of their period."""


@dataclass(frozen=True)
class Metric:
    """What CloudWatch knows a metric by."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()


@dataclass
class Metrics:
    """What was measured: (second, value) of each metric."""

    values: dict[Metric, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, metric: Metric, second: float, value: float) -> None:
        self.values[metric].append((second, value))

    def series(self, metric: Metric, statistic: str, period: int) -> Series:
        """Return the statistic of each period that has values."""
        sampled: dict[int, list[float]] = defaultdict(list)
        for second, value in self.values.get(metric, []):
            sampled[int(second // period)].append(value)
        return {number: _statistic(statistic)(sample) for number, sample in sampled.items()}


def embedded(printed: str) -> list[tuple[Metric, str, float]]:
    """Return (metric, unit, value) of all that was printed in CloudWatch's embedded metric format."""
    found = []
    for line in printed.splitlines():
        record = json.loads(line) if line.startswith("{") and '"_aws"' in line else {"_aws": {"CloudWatchMetrics": []}}
        for directive in record["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, record[name]) for name in names)
                for about in directive["Metrics"]:
                    values = record[about["Name"]]
                    metric = Metric(directive["Namespace"], about["Name"], dimensions)
                    found += [
                        (metric, about["Unit"], value) for value in (values if isinstance(values, list) else [values])
                    ]
    return found


def _statistic(name: str) -> Callable[[list[float]], float]:
    if name.startswith("p"):
        return lambda sample: sorted(sample)[math.ceil(float(name[1:]) / 100 * len(sample)) - 1]
    return {"Sum": sum, "Average": lambda s: sum(s) / len(s), "Minimum": min, "Maximum": max}[name]  # type: ignore[return-value]


def resolved(value: Any) -> Any:  # noqa: PLR0911 - a line for each function
    """Return *value* of the template with its intrinsic functions replaced; a resource is known by its logical name."""
    if isinstance(value, list):
        return [resolved(one) for one in value]
    if not isinstance(value, dict):
        return value
    match next(iter(value.items()), None):
        case ("Ref", name):
            return _reference(name)
        case ("Fn::GetAtt", [name, *_]):
            return name
        case ("Fn::Sub", [text, beside]):
            named = {name: str(resolved(one)) for name, one in beside.items()}
            return re.sub(r"\$\{([^}]+)\}", lambda found: named.get(found[1]) or str(_reference(found[1])), text)
        case ("Fn::Sub", text):
            return re.sub(r"\$\{([^}]+)\}", lambda found: str(_reference(found[1])), text)
        case ("Fn::Select", [place, of]):
            return resolved(of)[place]
        case ("Fn::Split", [by, text]):
            return resolved(text).split(by)
        case ("Fn::FindInMap", [name, *keys]):
            first, second = map(resolved, keys)
            return template()["Mappings"][name][first][second]
    return {key: resolved(one) for key, one in value.items()}


def _reference(name: str) -> Any:
    if name == "AWS::StackName":
        return STACK
    parameter = template()["Parameters"].get(name, {})
    return parameter.get("Default", name.partition(".")[0])  # of an attribute the resource's name


@dataclass(frozen=True)
class Alarm:
    """An alarm with its intrinsic functions resolved."""

    properties: dict[str, Any]

    @classmethod
    def named(cls, name: str) -> "Alarm":
        return cls(resolved(template()["Resources"][name]["Properties"]))

    @property
    def metrics(self) -> dict[str, tuple[Metric, str, int]]:
        """(metric, statistic, period) by the id that the expression has for it; "watched" of an alarm without one."""
        if "Metrics" not in self.properties:
            statistic = self.properties.get("Statistic") or self.properties["ExtendedStatistic"]
            return {"watched": (_metric(self.properties), statistic, self.properties["Period"])}
        stats = {part["Id"]: part["MetricStat"] for part in self.properties["Metrics"] if "MetricStat" in part}
        return {name: (_metric(stat["Metric"]), stat["Stat"], stat["Period"]) for name, stat in stats.items()}

    @property
    def expression(self) -> str:
        parts: list[dict[str, Any]] = self.properties.get("Metrics", [])
        return next((part["Expression"] for part in parts if "Expression" in part), "watched")

    @property
    def period(self) -> int:
        (period,) = {period for _, _, period in self.metrics.values()}
        return period

    def rings(self, measured: Metrics, *, at: float) -> bool:
        """Whether the alarm is in the state ALARM at the second *at*."""
        last = int(at // self.period)
        evaluated = range(last - self.properties["EvaluationPeriods"], last)
        known = {name: measured.series(metric, stat, period) for name, (metric, stat, period) in self.metrics.items()}
        watched = _Math(known, evaluated).value(ast.parse(self.expression.replace(" AND ", " and "), mode="eval").body)
        breaching = sum(self._breaches(watched.get(number)) for number in evaluated)
        return breaching >= self.properties.get("DatapointsToAlarm", len(evaluated))

    def _breaches(self, value: float | None) -> bool:
        if value is None:
            return bool(self.properties["TreatMissingData"] == "breaching")
        compare = {
            "GreaterThanThreshold": gt,
            "GreaterThanOrEqualToThreshold": ge,
            "LessThanThreshold": lt,
            "LessThanOrEqualToThreshold": le,
        }[self.properties["ComparisonOperator"]]
        return bool(compare(value, self.properties["Threshold"]))


def _metric(properties: dict[str, Any]) -> Metric:
    named = frozenset((one["Name"], one["Value"]) for one in properties.get("Dimensions", []))
    return Metric(properties["Namespace"], properties["MetricName"], named)


OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    **{ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.Div: truediv},
    **{ast.Gt: gt, ast.GtE: ge, ast.Lt: lt, ast.LtE: le, ast.Eq: eq, ast.NotEq: ne},
    ast.And: lambda one, other: bool(one) and bool(other),
}


@dataclass(frozen=True)
class _Math:
    """Metric math over the series *known*, by id."""

    known: dict[str, Series]
    periods: Iterable[int]

    def value(self, node: ast.expr) -> Any:  # noqa: PLR0911 - a line for each kind
        """Return the series, or the number, that an expression stands for."""
        match node:
            case ast.Constant(value=number):
                return number
            case ast.Name(id=name):
                return self.known[name]
            case ast.BinOp(left=left, op=operator, right=right):
                return self._both(type(operator), left, right)
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self._both(type(operator), left, right)
            case ast.BoolOp(op=operator, values=[left, right]):
                return self._both(type(operator), left, right)
            case ast.Call(func=ast.Name(id="IF"), args=[condition, yes, no]):
                return self._if(self.value(condition), self.value(yes), self.value(no))
            case ast.Call(func=ast.Name(id="TIME_SERIES"), args=[number]):
                return dict.fromkeys(self.periods, self.value(number))
        raise ValueError(f"not evaluated here: {ast.unparse(node)}")

    def _both(self, operator: type[ast.AST], left: ast.expr, right: ast.expr) -> Any:
        one, other = self.value(left), self.value(right)
        points = {number for side in (one, other) if isinstance(side, dict) for number in side}
        found = {}
        for number in points:
            values = [side.get(number, 0) if isinstance(side, dict) else side for side in (one, other)]
            if operator is not ast.Div or values[1]:
                found[number] = float(OPERATORS[operator](*values))
        return found if isinstance(one, dict) or isinstance(other, dict) else OPERATORS[operator](one, other)

    @staticmethod
    def _if(condition: Series, yes: Any, no: Any) -> Series:
        found = {}
        for number, holds in condition.items():
            side = yes if holds else no
            if not isinstance(side, dict):
                found[number] = side
            elif holds or number in side:
                found[number] = side.get(number, 0)
        return found
