"""The official clients' own encodings of sms.do, to the letter: each gets the answer that it can read."""

from urllib.parse import quote, urlencode

import pytest

from tests.messages.conftest import FORM, Shop
from tests.support.events import Reply
from tests.support.sending import ANN_CALLS, BOB_CALLS
from tests.support.world import World

ANN, BOB = ANN_CALLS.lstrip("+"), BOB_CALLS.lstrip("+")
JSON = "application/json"
EDGE = "----boundary7MA4YWxk"


def _post(shop: Shop, body: object, content_type: str, **more: object) -> Reply:
    return shop.world.post("/sms.do", body, headers={**shop.bearer, "Content-Type": content_type}, **more)


def _multipart(**fields: str) -> str:
    parts = [
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return "".join(parts) + f"--{EDGE}--\r\n"


def _python(shop: Shop) -> Reply:
    return _post(shop, urlencode({"to": f"{ANN},{BOB}", "message": "hello", "idx": "a|b", "format": "json"}), FORM)


def _php(shop: Shop) -> Reply:
    fields = {
        "message": "hello",
        "to": f"{ANN},{BOB}",
        "idx[0]": "a",
        "idx[1]": "b",
        "format": "json",
        "encoding": "utf-8",
    }
    return _post(shop, urlencode(fields), FORM)


def _javascript(shop: Shop) -> Reply:
    fields = {"to": f"{ANN},{BOB}", "message": "hello", "format": "json", "encoding": "utf-8", "details": True}
    return _post(shop, {**fields, "idx": ["a", "b"]}, JSON)


def _java(shop: Shop) -> Reply:
    fields = {"to": f"{ANN},{BOB}", "message": "hello", "format": "json", "idx": "a|b", "details": "1", "test": "0"}
    return _post(shop, "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items()), FORM)


def _c_sharp(shop: Shop) -> Reply:
    body = _multipart(format="json", to=f"{ANN},{BOB}", message="hello", idx="a|b", encoding="UTF-8", details="1")
    return _post(shop, body, f"multipart/form-data; boundary={EDGE}")


CLIENTS = {"C#": _c_sharp, "Java": _java, "JavaScript": _javascript, "PHP": _php, "Python": _python}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_message_to_two(shop: Shop, client: str):
    answer = CLIENTS[client](shop)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == ["application/json; charset=utf-8"]
    body = answer.body
    assert (body["count"], "error" in body) == (2, False)
    assert [(item["number"], item["idx"], item["error"], item["points"]) for item in body["list"]] == [
        (ANN, "a", None, 0.16),
        (BOB, "b", None, 0.16),
    ]
    assert sorted(shop.world.sms) == [(ANN_CALLS, "hello"), (BOB_CALLS, "hello")]


def test_go_sends_json_and_asks_for_json_in_the_query_and_its_idx_is_a_number(shop: Shop):
    answer = _post(shop, {"to": ANN, "message": "hello", "idx": 7, "partner_id": True}, JSON, query={"format": "json"})
    (item,) = answer.body["list"]
    assert (item["idx"], item["error"]) == ("7", None)


def test_bash_says_nothing_of_a_format_and_prints_what_it_gets(shop: Shop):
    answer = _post(shop, urlencode({"to": ANN, "message": "hello", "encoding": "utf8"}), FORM)
    assert answer.text.startswith("OK:")


def test_python_takes_several_back_with_the_name_repeated(shop: Shop):
    at = str(int(shop.world.now.timestamp()) + 3600)
    ids = [item["id"] for item in shop.sms(to=f"{ANN},{BOB}", date=at)["list"]]
    body = urlencode([("sch_del", ids[0]), ("sch_del", ids[1]), ("format", "json")])
    assert _post(shop, body, FORM).body == {"count": 2, "list": [{"id": one} for one in ids]}


def test_a_client_without_rights_reads_its_number_under_200(world: World):
    for headers in ({}, {"Authorization": f"Bearer {'0' * 40}"}):
        answer = world.post("/sms.do", {"to": ANN, "format": "json"}, headers=headers)
        assert (answer.status, answer.body["error"]) == (200, 101)


GARBAGE = {
    "a form in JSON's clothes": ("to=1", JSON),
    "an array": ("[]", JSON),
    "brackets that contradict": ("to=1&to[a]=2", FORM),
    "no UTF-8": ("message=%ff&to=1", FORM),
    "another type": ("x", "text/xml"),
}


@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_is_refused_under_200_and_costs_nothing(shop: Shop, what: str):
    body, content_type = GARBAGE[what]
    answer = _post(shop, body, content_type, query={"format": "json"})
    assert answer.status == 200
    assert answer.text.startswith("ERROR:") or answer.body["error"] > 0
    assert shop.points == 10


def test_half_of_a_letter_is_refused_as_broken_json_and_costs_nothing(shop: Shop):
    answer = _post(shop, {"to": ANN, "message": "hello \ud83d"}, JSON, query={"format": "json"})
    assert (answer.status, answer.body) == (200, {"error": 8, "message": "message: This is not valid Unicode."})
    assert shop.points == 10


ODD = {
    "deep": {"to": {"a": 1}},
    "flag": {"test": "perhaps"},
    "idx within": {"idx": [["a"]]},
    "objects": {"sch_del": [{}]},
    "truth for a text": {"message": True},
}


@pytest.mark.parametrize("what", ODD)
def test_values_of_another_kind_are_refused_by_number(shop: Shop, what: str):
    answer = _post(shop, {"to": ANN, "message": "hello", "format": "json", **ODD[what]}, JSON)
    assert answer.status == 200
    assert answer.body["error"] > 0
    assert shop.world.sms == []


WITHIN = {
    "an object": ({"{name}": {"a": "b"}}, JSON),
    "an array of objects": ({"{name}": [{"a": "b"}]}, JSON),
    "an array of arrays": ({"{name}": [["a"]]}, JSON),
    "an object of a form": ("{name}[a]=b", FORM),
    "an object within an array of a form": ("{name}[0][a]=b", FORM),
}


@pytest.mark.parametrize(("name", "number"), [("idx", 27), ("param1", 8), ("param4", 8)])
@pytest.mark.parametrize("what", WITHIN)
def test_an_object_where_a_text_belongs_is_refused_with_its_field_and_costs_nothing(
    shop: Shop, what: str, name: str, number: int
):
    given, content_type = WITHIN[what]
    if isinstance(given, str):
        body: object = f"to={ANN}&message=hello+[%251%25]&format=json&{given.replace('{name}', name)}"
    else:
        body = {"to": ANN, "message": "hello [%1%]", "format": "json", name: given["{name}"]}
    answer = _post(shop, body, content_type)
    assert (answer.status, answer.body["error"]) == (200, number), answer
    assert number == 27 or name in answer.body["message"]  # 27 is said of nothing else
    assert (shop.world.sms, shop.points) == ([], 10)
