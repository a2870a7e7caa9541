"""The evaluator of alarms against the examples of CloudWatch's guide (metric math, evaluation of an alarm)."""

import ast
from typing import Any

import pytest

from tests.support.alarms import Alarm, Metric, Metrics, Series, _Math

M1 = Metric("Any", "m1")


def _series(*values: float | None) -> Series:
    return {place: value for place, value in enumerate(values) if value is not None}


def _value(expression: str, **known: Series) -> Any:
    return _Math(known, range(5)).value(ast.parse(expression.replace(" AND ", " and "), mode="eval").body)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1 < m2", _series(0, 0, 1, 0)),
        ("m1 >= 30", _series(1, 0, 0, 0)),
        ("(m1 > 15) AND (m2 > 15)", _series(1, 0, 0, 0)),
    ],
)
def test_comparisons_are_those_of_the_guide(expression: str, expected: Series):
    found = _value(expression, m1=_series(30, 20, 0, 0), m2=_series(20, None, 20, None))
    assert found == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(m1, m2, m3)", _series(30, 0, 20)),
        ("IF(m1, 5, m3)", _series(5, 5, 20)),
        ("IF(m1, m2, 5)", _series(30, 0, 5, 5)),
    ],
)
def test_choices_are_those_of_the_guide(expression: str, expected: Series):
    known = {"m1": _series(1, 1, 0, 0, None), "m2": _series(30, None, 0, 0, 30), "m3": _series(0, 0, 20, None, 20)}
    assert _value(expression, **known) == expected


def test_in_arithmetic_what_is_missing_is_zero_and_a_division_by_zero_drops_the_point():
    assert _value("m1 + m2", m1=_series(1, None), m2=_series(2, 3)) == _series(3, 3)
    assert _value("m1 / m2", m1=_series(1, 1, 1), m2=_series(2, 0, None)) == _series(0.5)
    assert _value("TIME_SERIES(0) + m1", m1=_series(None, 2)) == _series(0, 2, 0, 0, 0)


def _alarm(**more: Any) -> Alarm:
    usual = {"Namespace": "Any", "MetricName": "m1", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 3}
    return Alarm(usual | {"Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"} | more)


@pytest.mark.parametrize(
    ("missing", "needed", "values", "rings"),
    [
        ("notBreaching", 3, (1, 1, 1), True),
        ("notBreaching", 3, (1, None, 1), False),
        ("notBreaching", 2, (1, None, 1), True),
        ("breaching", 3, (1, None, 1), True),
        ("breaching", 3, (None, None, None), True),
        ("ignore", 1, (None, None, None), False),
        ("notBreaching", 1, (0, 0, 0), False),
    ],
)
def test_so_many_of_so_many_periods_make_it_ring(
    missing: str, needed: int, values: tuple[float | None, ...], rings: bool
):
    found = Metrics()
    for place, value in enumerate(values):
        if value is not None:
            found.add(M1, 60 * place, value)
    assert _alarm(TreatMissingData=missing, DatapointsToAlarm=needed).rings(found, at=180) is rings


@pytest.mark.parametrize(
    ("statistic", "expected"), [("Sum", 10), ("Average", 2.5), ("Minimum", 1), ("Maximum", 4), ("p50", 2), ("p90", 4)]
)
def test_a_period_has_the_statistic_of_its_values(statistic: str, expected: float):
    found = Metrics()
    for value in (4, 1, 3, 2):
        found.add(M1, 30, value)
    found.add(M1, 60, 100)
    assert found.series(M1, statistic, 60)[0] == expected


def test_what_is_not_evaluated_here_is_not_passed_over():
    with pytest.raises(ValueError, match="SEARCH"):
        _value("SEARCH(1)")
