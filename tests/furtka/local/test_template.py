"""What is wrong with a template is said before anything is started."""

from pathlib import Path

import pytest

from furtka.complaint import Complaint
from furtka.local.template import Template
from tests.support.template import ROOT

from .conftest import TOY

# SAM's own tools call what they and their libraries are about to drop
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

GIVEN = {"PanelOrigin": "http://127.0.0.1:3000", "MailFrom": "furtka@example.com"}


def read(tmp_path, text):
    (tmp_path / "template.yaml").write_text(text)
    for folder in ("functions", "layers"):
        (tmp_path / folder).symlink_to(TOY.parent / folder)
    template = Template(tmp_path / "template.yaml", GIVEN)
    return list(template.functions()), template.routes(), template.gateway_responses()


def edited(old, new):
    assert old in TOY.read_text()
    return TOY.read_text().replace(old, new)


@pytest.mark.parametrize("text", ["a: [", "\x00", "", "just text", "Resources: 1", "Resources: {}", "- a list"])
def test_a_template_that_is_none_is_said(tmp_path, text):
    with pytest.raises(Complaint, match="template"):
        read(tmp_path, text)


def test_a_template_that_is_a_folder_is_said(tmp_path):
    with pytest.raises(Complaint, match="can't be read"):
        Template(tmp_path, GIVEN)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Greting", "the template has no parameter Greting: perhaps Greeting"),
        ("Foo", "the template has no parameter Foo"),
        ("Needed", "the template has no parameter Needed: perhaps NeededScope"),
    ],
)
def test_a_parameter_that_no_template_has_is_said_with_those_that_are_like_it(typed, said):
    other = ROOT / "examples/protected-api/template.yaml"
    with pytest.raises(Complaint) as complaint:
        Template(TOY, GIVEN).must_know(["Extra", typed], [other])
    assert str(complaint.value) == said


def test_a_parameter_may_be_of_the_template_that_is_served_beside_it():
    toy, other = Template(TOY, GIVEN), ROOT / "examples/protected-api/template.yaml"
    toy.must_know(["Extra", "NeededScope"], [other])
    with pytest.raises(Complaint, match="no parameter NeededScope"):
        toy.must_know(["NeededScope"], [])


def test_a_template_without_a_route_is_said(tmp_path):
    with pytest.raises(Complaint, match="no route"):
        read(tmp_path, "Resources: { Q: { Type: AWS::SQS::Queue } }")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (", Default: hello", "", "the template's parameter Greeting has no value: pass --parameter Greeting=..."),
        ("Handler: toy.door\n", "Description: none\n", "the template's function DoorFunction has no Handler"),
        ("CodeUri: functions/", "CodeUri: elsewhere/", "a folder that does not exist: elsewhere/"),
        ("[!Ref Layer]", "[some-other-layer]", "a layer that the template does not declare"),
        ("Path: /second, ", "", "not valid"),
        (
            "Type: Api, Properties: { RestApiId: !Ref Api, Path: /second,",
            "Type: HttpApi, Properties: { Path: /second,",
            "only REST APIs can be served here",
        ),
    ],
)
def test_what_a_template_lacks_is_said(tmp_path, old, new, said):
    with pytest.raises(Complaint) as complaint:
        read(tmp_path, edited(old, new))
    assert said in str(complaint.value)
    assert "\n" not in str(complaint.value)


def test_what_is_not_known_on_a_laptop_is_said():
    with pytest.raises(Complaint, match="not known here"):
        Template(Path(TOY), GIVEN).value({"Fn::GetAtt": ["DeadLetters", "Size"]})


def test_a_property_without_a_value_is_left_out_wherever_it_stands():
    template = Template(TOY, GIVEN)
    nothing = {"Ref": "AWS::NoValue"}
    perhaps = {"Fn::If": ["HasExtra", "extra", nothing]}
    assert template.value({"kept": ["one", nothing, perhaps], "gone": nothing, "too": perhaps}) == {"kept": ["one"]}
    assert template.value(perhaps) is None


@pytest.mark.parametrize(
    ("declared", "value", "said"),
    [
        ("AllowedValues: [sns, smsapi]", "carrierpigeon", "it is one of sns, smsapi"),
        ("AllowedPattern: '[A-Z]{2}'", "poland", "it must match"),
        ("AllowedPattern: '[A-Z]{2}', ConstraintDescription: two letters", "poland", "two letters"),
    ],
)
def test_a_parameter_that_aws_would_not_take_is_said(tmp_path, declared, value, said):
    text = TOY.read_text().replace("Parameters:\n", f"Parameters:\n  Picky: {{ Type: String, {declared} }}\n", 1)
    (tmp_path / "template.yaml").write_text(text)
    with pytest.raises(Complaint, match=f"Picky can't be '{value}': {said}"):
        Template(tmp_path / "template.yaml", {**GIVEN, "Picky": value})
