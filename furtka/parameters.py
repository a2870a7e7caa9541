"""The parameters of template.yaml: what a stage of samconfig.toml sets, and what CloudFormation would refuse."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from samcli.yamlhelper import yaml_parse

from furtka.arguments import once
from furtka.complaint import Complaint, all_of, nearest
from furtka.paths import ROOT

PAIR = r"(?P<name>[A-Za-z0-9]+)=(?P<quote>[\"']?)(?P<value>.*)(?P=quote)"

ROOM_FOR_CODES = 10
"""How many invocations of `notify` are left for codes and e-mail while customers' messages are sent at full speed."""

TEMPLATE, STAGES = ROOT / "template.yaml", ROOT / "samconfig.toml"


@cache
def template() -> dict[str, Any]:
    """Return template.yaml, its short forms (`!Ref`) in long form."""
    return dict(yaml_parse(TEMPLATE.read_text()))


def declared() -> dict[str, dict[str, Any]]:
    """Return what the template says of each parameter, by name."""
    return dict(template()["Parameters"])


def defaults() -> dict[str, str]:
    """Return the default of each parameter that has one, as CloudFormation hands it on."""
    return {name: str(about["Default"]) for name, about in declared().items() if "Default" in about}


@cache
def stages() -> dict[str, Any]:
    """Return the stages of samconfig.toml, by name."""
    return {name: table for name, table in tomllib.loads(STAGES.read_text()).items() if isinstance(table, dict)}


def of_stage(stage: str) -> dict[str, str]:
    """Return the parameters that *stage* sets. Raises Complaint if there is no such stage."""
    if stage not in stages():
        raise Complaint(f"there is no stage {stage} in {STAGES.name}, only {' and '.join(stages())}")
    return read(stages()[stage]["deploy"]["parameters"].get("parameter_overrides", []))


def read(pairs: Sequence[str]) -> dict[str, str]:
    """Return `Name=value` pairs, the value perhaps in quotes, as sam needs it. Raises Complaint for what is no pair."""
    found = [(pair, re.fullmatch(PAIR, pair, re.DOTALL)) for pair in pairs]
    wrong = [pair for pair, match in found if not match]
    if wrong:
        raise Complaint(f"{wrong[0]!r} is no parameter: write it as Name=value")
    return once([(match["name"], match["value"]) for _, match in found if match])


def given(stage: str, pairs: Sequence[str], options: Mapping[str, str | None]) -> dict[str, str]:
    """Return what a command line gives: the parameters of its stage, its pairs, and its options by parameter.

    The command line counts more than the stage. Raises Complaint if it says two things of one parameter.
    """
    typed = [(name, value) for name, value in options.items() if value is not None]
    return {**of_stage(stage), **once([*typed, *read(pairs).items()])}


def must_be_taken(given: Mapping[str, str]) -> None:
    """Raise Complaint, with everything that is wrong, if the template knows no such parameter or no such value."""
    _must_be_nothing([*_unknown(given), *_unfit(given)])


def must_be_complete(known: Mapping[str, str]) -> None:
    """Raise Complaint if a parameter without a default is not known, or one that another needs (`Rules`)."""
    _must_be_nothing(lacking(known))


def lacking(known: Mapping[str, str]) -> list[str]:
    """Return what a stack with these parameters alone would be refused for."""
    values = {**defaults(), **known}
    return [*_missing(known), *_broken_rules(values), *without_room_for_codes(values)]


def must_agree(given: Mapping[str, str]) -> None:
    """Raise Complaint if what was given contradicts itself, whatever a stack that is there may add to it."""
    rules = (rule for rule in template().get("Rules", {}).values() if _named(rule) <= given.keys())
    room = without_room_for_codes(given) if {"NotifyConcurrency", "MessagesAtOnce"} <= given.keys() else []
    _must_be_nothing([*(one for rule in rules for one in _broken(rule, given)), *room])


def must_be_of(region: str, given: Mapping[str, str]) -> None:
    """Raise Complaint if what was given lies in another region than the stack's, where API Gateway looks for it."""
    of = given.get("CertificateArn", "").split(":")[3:4]
    if of and of != [region]:
        raise Complaint(f"CertificateArn is of {of[0]}: API Gateway looks for the certificate in {region}")


def without_room_for_codes(values: Mapping[str, str]) -> list[str]:
    """Return what is wrong if customers' messages can take all that NotifyConcurrency reserves.

    `Rules` of a template compare words, and no numbers.
    """
    share, messages = (int(float(values.get(name) or 0)) for name in ("NotifyConcurrency", "MessagesAtOnce"))
    if not 0 < share < messages + ROOM_FOR_CODES:
        return []
    needs = f"{messages + ROOM_FOR_CODES}, {ROOM_FOR_CODES} more than MessagesAtOnce={messages}, or 0"
    return [f"NotifyConcurrency={share} leaves no room for codes: at least {needs}"]


def _must_be_nothing(wrong: Sequence[str]) -> None:
    if wrong:
        raise all_of(wrong)


def _unknown(given: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(set(given) - set(declared())):
        yield f"the template has no parameter {name}{nearest(name, declared())}"


def _missing(known: Mapping[str, str]) -> Iterator[str]:
    for name, about in declared().items():
        if "Default" not in about and name not in known:
            yield f"the parameter {name} is missing ({about['Description']})"


def _unfit(given: Mapping[str, str]) -> Iterator[str]:
    for name, value in given.items():
        if name in declared() and not _fits(value, declared()[name]):
            yield f"{name}={value} is not allowed: {_allowed(declared()[name])}"


def _fits(value: str, about: Mapping[str, Any]) -> bool:
    if "AllowedValues" in about:
        return value in map(str, about["AllowedValues"])
    if about["Type"] == "Number":
        low, high = about.get("MinValue", -float("inf")), about.get("MaxValue", float("inf"))
        return bool(re.fullmatch("-?[0-9]+([.][0-9]+)?", value)) and low <= float(value) <= high
    return bool(re.fullmatch(about.get("AllowedPattern", ".*"), value))


def _allowed(about: Mapping[str, Any]) -> str:
    if "AllowedValues" in about:
        return f"one of {', '.join(map(str, about['AllowedValues']))}"
    return str(about.get("ConstraintDescription") or about["Description"])


def _broken_rules(values: Mapping[str, str]) -> Iterator[str]:
    """Yield what CloudFormation would say. A parameter that is missing counts as empty."""
    for rule in template().get("Rules", {}).values():
        yield from _broken(rule, values)


def _broken(rule: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[str]:
    if _holds(rule.get("RuleCondition", True), values):
        broken = (one for one in rule["Assertions"] if not _holds(one["Assert"], values))
        yield from (str(one["AssertDescription"]) for one in broken)


def _named(part: Any) -> set[str]:
    """Return the parameters that a part of a rule names."""
    if isinstance(part, dict):
        return {str(part["Ref"])} if "Ref" in part else _named(list(part.values()))
    return set().union(*map(_named, part)) if isinstance(part, list) else set()


def _holds(expression: Any, values: Mapping[str, str]) -> Any:
    """Evaluate an expression of `Rules`. Raises KeyError for a function that our template does not use there."""
    if not isinstance(expression, dict):
        return expression if isinstance(expression, bool) else str(expression)
    ((function, given),) = expression.items()
    if function == "Ref":
        return values.get(given, "")
    parts = [_holds(part, values) for part in given]
    return {
        "Fn::Equals": parts[0] == parts[-1],
        "Fn::Not": not parts[0],
        "Fn::And": all(parts),
        "Fn::Or": any(parts),
    }[function]
