"""What is wrong with a field is told by its path, a code and our own words; no value is ever repeated."""

import importlib
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from furtka.paths import ROOT
from shared.http import validation
from shared.http.fields import Email, LoginName, Strict
from shared.http.smsapi.parameters import AS_LIST, Lenient, Text
from shared.http.validation import EXPLANATIONS, UNEXPLAINED, FieldError

CANARY = "Canary-3141592653"


def stumble(value: object) -> object:
    raise PydanticCustomError("never_heard_of", "what was sent was {sent}", {"sent": value})


class Many(Strict):
    """A field of each kind, all right as they are."""

    name: Annotated[str, Field(min_length=1, max_length=4, pattern="^[a-z]*$")] = "ann"
    number: Annotated[int, Field(ge=1, le=9)] = 5
    flag: bool = True
    choice: Literal["a", "b"] = "a"
    odd: Annotated[str, BeforeValidator(stumble)] = ""


def errors_of(model: type[BaseModel], value: object) -> list[FieldError]:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(value)
    return validation.field_errors(RequestValidationError(refused.value.errors()))


def at(*loc: str | int) -> str:
    """Return the path of a missing field whose place Pydantic gives as *loc*."""
    [error] = validation.field_errors(RequestValidationError([{"type": "missing", "loc": loc}]))
    assert error.message == "This field is required."
    return error.path


@pytest.mark.parametrize(
    ("field", "value", "code", "message"),
    [
        ("name", 1, "string_type", "This must be a string."),
        ("name", "x" * 5, "string_too_long", "This is too long."),
        ("name", "", "string_too_short", "This is too short."),
        ("name", CANARY[:4], "string_pattern_mismatch", "This does not have the required form."),
        ("number", 0, "greater_than_equal", "This number is too small."),
        ("number", 10, "less_than_equal", "This number is too large."),
        ("number", CANARY, "int_parsing", "This must be a whole number."),
        ("flag", [CANARY], "bool_type", "This must be true or false."),
        ("choice", CANARY, "literal_error", "This must be 'a' or 'b'."),
        ("odd", CANARY, "never_heard_of", UNEXPLAINED),
        ("is_admin", CANARY, "extra_forbidden", "There is no such field."),
    ],
)
def test_what_is_wrong_has_a_code_and_words_of_our_own(field: str, value: object, code: str, message: str):
    assert errors_of(Many, {field: value}) == [FieldError(path=field, error=code, message=message)]


def test_each_field_that_is_wrong_is_told_and_no_other():
    told = [(one.path, one.error) for one in errors_of(Many, {"name": 1, "number": 0, "flag": True, CANARY: CANARY})]
    assert told == [("name", "string_type"), ("number", "greater_than_equal"), ("?", "extra_forbidden")]


@pytest.mark.parametrize(
    ("loc", "path"),
    [
        (("body", "login"), "body.login"),
        (("body", "entries", 3, "source"), "body.entries.3.source"),
        (("body", "x" * 32), "body." + "x" * 32),
        (("body", "x" * 33), "body.?"),
        (("body", ""), "body.?"),
        (("body", "Login"), "body.?"),
        (("body", "login1"), "body.?"),
        (("body", "123456"), "body.?"),
        (("body", "login\n"), "body.?"),
        (("body", "log in"), "body.?"),
        (("body", "lógin"), "body.?"),
        (("body", CANARY, "login"), "body.?.login"),
    ],
)
def test_a_name_is_repeated_only_if_it_could_be_one_of_ours(loc: tuple[str | int, ...], path: str):
    assert at(*loc) == path


class Lengths(BaseModel):
    text: Annotated[Text, Field(min_length=1, max_length=4)] = "text"
    login: LoginName = "ann"
    listed: Annotated[list[Text], Field(min_length=1, max_length=2), AS_LIST] = ["one"]
    array: Annotated[list[str], Field(min_length=1, max_length=2)] = ["one"]


@pytest.mark.parametrize(
    ("field", "value", "explained"),
    [
        ("text", "", "This is too short."),
        ("text", "texts", "This is too long."),
        ("text", 12345, "This is too long."),
        ("login", "", "This is too short."),
        ("login", "   ", "This is too short."),
        ("login", "\ufdfa" * 20, "This is too long."),  # of 18 letters each once they are canonical
        ("login", "x" * 255, "This is too long."),
        ("listed", "one,two,three", "There are too many items."),
        ("listed", [], "At least one item is required."),
        ("array", ["one", "two", "three"], "There are too many items."),
        ("array", [], "At least one item is required."),
    ],
)
def test_a_length_is_explained_by_what_was_sent(field: str, value: Any, explained: str):
    [error] = errors_of(Lengths, {field: value})
    assert error.message == explained


@pytest.mark.parametrize(
    ("path", "told"), [("", "body"), ("entries", "body.entries"), ("entries.3.source", "body.entries.3.source")]
)
def test_a_door_names_a_field_of_the_body_and_one_of_our_codes(path: str, told: str):
    found = validation.field_error(path, "zone_id")
    assert found == FieldError(path=told, error="zone_id", message=EXPLANATIONS["zone_id"])


def test_a_code_that_nobody_explained_is_our_mistake():
    with pytest.raises(KeyError):
        validation.field_error("entries", "never_heard_of")


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_an_explanation_is_a_sentence_that_leaves_no_gap(code: str):
    assert re.fullmatch(r"[A-Z][^{}]*\.", EXPLANATIONS[code])


def models() -> list[type[BaseModel]]:
    """Return the models of all requests."""
    for path in (ROOT / "functions").glob("*/[!_]*.py"):
        importlib.import_module(f"{path.parent.name}.{path.stem}")
    waiting, found = [Strict, Lenient], set()
    while waiting:
        known = {kind for kind in waiting.pop().__subclasses__() if kind.__module__.partition(".")[0] != "tests"}
        found |= known
        waiting += known
    return sorted(found, key=lambda kind: kind.__name__)


def of_wrong_length(about: dict[str, Any]) -> Iterator[Any]:
    """Yield values of a field that are one too long or one too short, by what the contract says of it."""
    if about.get("type") == "array" and "maxItems" in about:
        yield ["x"] * (about["maxItems"] + 1)
        yield from [[]] * about.get("minItems", 0)
    if about.get("type") == "string" and "maxLength" in about:
        yield "x" * (about["maxLength"] + 1)
        yield from [""] * min(1, about.get("minLength", 0))


ITEMS = {EXPLANATIONS["too_long"], EXPLANATIONS["too_short"]}


def test_a_text_is_never_told_that_it_has_too_many_items_nor_a_list_that_it_is_long():
    seen = 0
    for model in models():
        for name, about in model.model_json_schema().get("properties", {}).items():
            for value in of_wrong_length(about):
                told = {error.message for error in errors_of(model, {name: value}) if error.path == name}
                assert told, (model, name)
                assert not (told & ITEMS if isinstance(value, str) else told - ITEMS), (model, name, told)
                seen += 1
    assert seen > 60


@pytest.mark.parametrize(
    "typed", ["not mail", "", "ann@", "a" * 250 + "@example.com", 7, ["ann@example.com"], "a\r\nb@c.de"]
)
def test_what_is_no_email_address_is_told_so(typed: object):
    class Order(Strict):
        email: Email

    [error] = errors_of(Order, {"email": typed})
    assert (error.path, error.error) == ("email", "not_an_email")
    assert Order(email="ann@example.com").email == "ann@example.com"
