"""Reading template.yaml with SAM's own tools: functions, routes, resources, and the values of their properties."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samcli.commands._utils.template import get_template_data
from samcli.commands.exceptions import UserException
from samcli.commands.validate.lib.exceptions import InvalidSamDocumentException
from samcli.lib.intrinsic_resolver.intrinsic_property_resolver import IntrinsicResolver
from samcli.lib.intrinsic_resolver.intrinsics_symbol_table import IntrinsicsSymbolTable
from samcli.lib.intrinsic_resolver.invalid_intrinsic_exception import (
    InvalidIntrinsicException,
    InvalidSymbolException,
)
from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.provider import Api
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.lib.samlib.wrapper import SamTranslatorWrapper
from samcli.local.apigw.route import Route

from furtka.complaint import Complaint, nearest

FUNCTION = "AWS::Serverless::Function"
API = "AWS::Serverless::Api"
MAPPING = "AWS::ApiGateway::BasePathMapping"
LAYER = "AWS::Serverless::LayerVersion"

type Properties = dict[str, Any]

NO_VALUE = "AWS::NoValue"
"""What stands for a property that is left out. SAM CLI's own, None, it does not take as a branch of Fn::If."""


@dataclass(frozen=True)
class Function:
    """A function of the template. `timeout` is in seconds, `memory` in megabytes; `environment` is not resolved yet."""

    name: str
    handler: str
    timeout: int
    memory: int
    code: Path
    layers: tuple[Path, ...]
    environment: Mapping[str, Any]
    events: Mapping[str, Any]


class Template:
    """A template and its resolved values. `symbols` grows as resources are created and get their physical names."""

    def __init__(self, path: Path, parameters: Mapping[str, str]) -> None:
        self.folder = path.resolve().parent
        self._raw = _read(path)
        self.symbols: dict[str, Any] = self._parameters(parameters)
        self._template = self._with_globals()
        table = IntrinsicsSymbolTable(template=self._template, logical_id_translator=self.symbols)
        self._resolver = IntrinsicResolver(template=self._template, symbol_resolver=table)

    def _parameters(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return the value of each parameter. Raises Complaint if one has none, or one that AWS would not take."""
        declared = self._raw.get("Parameters") or {}
        defaults = {name: about["Default"] for name, about in declared.items() if "Default" in about}
        values = {**IntrinsicsSymbolTable.DEFAULT_PSEUDO_PARAM_VALUES, NO_VALUE: NO_VALUE, **defaults, **given}
        missing = sorted(set(declared) - set(values))
        if missing:
            raise Complaint(f"the template's parameter {missing[0]} has no value: pass --parameter {missing[0]}=...")
        for name, about in declared.items():
            if not _is_allowed(str(values[name]), about):
                raise Complaint(
                    f"the template's parameter {name} can't be {str(values[name])[:100]!r}: {_allowed(about)}"
                )
        return values

    def must_know(self, typed: Iterable[str], others: Iterable[Path]) -> None:
        """Raise Complaint for a parameter that neither this template nor one of *others* declares."""
        own = self._raw.get("Parameters") or {}
        if unknown := set(typed) - own.keys():
            beside = [name for other in others for name in _read(other).get("Parameters") or {}]
            for name in sorted(unknown.difference(beside)):
                raise Complaint(f"the template has no parameter {name}{nearest(name, [*own, *beside])}")

    def _with_globals(self) -> Properties:
        """Return the template with its Globals merged into the resources."""
        try:
            merged: Properties = SamTranslatorWrapper(self._raw, parameter_values=self.symbols).run_plugins()
        except InvalidSamDocumentException as error:
            raise Complaint(f"the template is not valid: {_one_line(error)}") from error
        return merged

    def resources(self, kind: str) -> dict[str, Properties]:
        """Return the properties of each resource of a type, by logical id, without those whose condition is false."""
        return {
            name: resource.get("Properties") or {}
            for name, resource in self._template["Resources"].items()
            if resource.get("Type") == kind and self._is_enabled(resource)
        }

    def _is_enabled(self, resource: Properties) -> bool:
        condition = resource.get("Condition")
        return condition is None or self.value({"Fn::If": [condition, "yes", "no"]}) == "yes"

    def value(self, expression: Any) -> Any:
        """Return what an expression of the template (Ref, Fn::GetAtt, Fn::Sub...) resolves to on this machine."""
        try:
            return _without_no_value(self._resolver.intrinsic_property_resolver(expression, False))
        except (InvalidIntrinsicException, InvalidSymbolException) as error:
            raise Complaint(f"the template refers to something not known here: {_one_line(error)}") from error

    def functions(self) -> Iterator[Function]:
        """Yield each function. Raises Complaint if one has no handler, or names a folder that does not exist."""
        for name, properties in self.resources(FUNCTION).items():
            if "Handler" not in properties:
                raise Complaint(f"the template's function {name} has no Handler")
            yield Function(
                name=name,
                handler=self.value(properties["Handler"]),
                timeout=int(self.value(properties.get("Timeout", 3))),
                memory=int(self.value(properties.get("MemorySize", 128))),
                code=self._folder(properties.get("CodeUri", ".")),
                layers=tuple(self._layers(properties.get("Layers", []))),
                environment=properties.get("Environment", {}).get("Variables", {}),
                events=properties.get("Events", {}),
            )

    def _layers(self, references: list[Any]) -> Iterator[Path]:
        layers = self.resources(LAYER)
        for reference in references:
            layer = layers.get(reference.get("Ref", "")) if isinstance(reference, dict) else None
            if layer is None:
                raise Complaint("the template's functions use a layer that the template does not declare")
            yield self._folder(layer["ContentUri"])

    def _folder(self, uri: str) -> Path:
        place = (self.folder / uri).resolve()
        if not place.is_dir():
            raise Complaint(f"the template names a folder that does not exist: {uri}")
        return place

    def routes(self) -> Api:
        """Return the routes as `sam local start-api` finds them."""
        stacks, _ = SamLocalStackProvider.get_stacks(
            template_dictionary=self._raw, parameter_overrides=dict(self.symbols)
        )
        api = ApiProvider(stacks, cwd=str(self.folder)).api
        if not api.routes:
            raise Complaint("the template declares no route")
        if any(route.event_type != Route.API for route in api.routes):
            raise Complaint("the template declares an HTTP API, but only REST APIs can be served here")
        return api

    def base_paths(self) -> list[str]:
        """Return the base paths of a domain of the API. They are served here although the domain is not declared."""
        mappings = [one.get("Properties", {}) for one in self._template["Resources"].values() if one["Type"] == MAPPING]
        return [f"/{one['BasePath']}" for one in mappings if one.get("BasePath")]

    def gateway_responses(self) -> Properties:
        """Return the bodies and headers that the template gives to API Gateway's own refusals, by kind."""
        found: Properties = {}
        for properties in self.resources(API).values():
            found |= self.value(properties.get("GatewayResponses", {}))
        return found


def _is_allowed(value: str, about: Properties) -> bool:
    """Whether CloudFormation would take the value for a parameter that is declared so."""
    values = about.get("AllowedValues")
    return (not values or value in map(str, values)) and bool(
        re.fullmatch(about.get("AllowedPattern", "(?s:.*)"), value)
    )


def _allowed(about: Properties) -> str:
    """Return which values a parameter may have."""
    if values := about.get("AllowedValues"):
        return f"it is one of {', '.join(map(str, values))}"
    return str(about.get("ConstraintDescription") or f"it must match {about['AllowedPattern']}")


def _read(path: Path) -> Properties:
    try:
        template = get_template_data(str(path))
    except (UserException, OSError, UnicodeError) as error:
        raise Complaint(f"the template {path} can't be read: {_one_line(error)}") from error
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise Complaint(f"the template {path} declares no resources")
    return template


def _without_no_value(value: Any) -> Any:
    """Remove what resolved to AWS::NoValue; all of it is None."""
    if value == NO_VALUE:
        return None
    if isinstance(value, dict):
        return {key: _without_no_value(one) for key, one in value.items() if one != NO_VALUE}
    return [_without_no_value(one) for one in value if one != NO_VALUE] if isinstance(value, list) else value


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
