"""What the official clients for PHP, Java, Go, C# and bash put on the wire, to the byte: they can't be run here.

One promise for each rule of docs/migrate-from-smsapi.md and for each oddity of a client; the client is named beside it.
"""

import json
import re
from datetime import UTC, timedelta
from itertools import count
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from tests.clients.customer import SENDER, Customer

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}

JAVA = {**FORM, "Accept": "*", "User-Agent": "smsapi/java-client:3.0.1;java:17"}
PHP = {**FORM, "Content-Length": "0", "User-Agent": "smsapi/php-client:4.0.0;php:8.3.0", "X-Request-Id": "0" * 24}
GO = {**JSON, "User-Agent": "smsapi-go/1.5.0"}

NAMES = count(1)

STRANGER = "0" * 40


@pytest.fixture
def name() -> str:
    return f"quirk-{next(NAMES)}"


def _multipart(**fields: str) -> dict[str, Any]:
    """As .NET writes it: the boundary in quotes, the names without, and each part with a type of its own (C#)."""
    boundary = "6a3e8a51-6b5c-4d0f-9a3d-0f3b1d8a7c11"
    parts = "".join(
        f"--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name={name}\r\n"
        f"\r\n{value}\r\n"
        for name, value in fields.items()
    )
    headers = {"Content-Type": f'multipart/form-data; boundary="{boundary}"'}
    return {"data": f"{parts}--{boundary}--\r\n".encode(), "headers": headers}


def _go(body: object) -> dict[str, Any]:
    """JSON with a line's end behind it."""
    return {"data": json.dumps(body, separators=(",", ":")) + "\n", "headers": GO}


ENCODINGS = {
    "a form": lambda fields: {"data": fields, "headers": FORM},
    "JSON": _go,
    "multipart": lambda fields: _multipart(**fields),
}


def _sub_user(customer: Customer, name: str, **more: Any) -> dict[str, Any]:
    return customer.made("/subusers", credentials={"username": name, "password": "Kwiat-Paproci-7"}, **more)


def _contact(customer: Customer, number: str, **more: str) -> str:
    return str(customer.made("/contacts", phone_number=number, **more)["id"])


def _group(customer: Customer, name: str) -> str:
    return str(customer.made("/contacts/groups", name=name)["id"])


def _send(customer: Customer, **fields: Any) -> dict[str, Any]:
    answer = customer.post("/sms.do", data={"format": "json", **fields})
    assert "error" not in answer.json(), answer.text
    return dict(answer.json())


# --- Rule A1: whatever encoding, and whatever is said about a body that is not there ------------------------


@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
def test_a_post_is_understood_in_every_encoding(customer: Customer, number: str, encoding: str):
    answer = customer.post("/mfa/codes", **ENCODINGS[encoding]({"phone_number": number, "fast": "1"}))
    assert (answer.status_code, answer.json()["phone_number"]) == (201, number)
    fields = {"phone_number": number, "code": answer.json()["code"]}
    assert customer.post("/mfa/codes/verifications", **ENCODINGS[encoding](fields)).status_code == 204


@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
def test_a_put_is_understood_in_every_encoding(customer: Customer, number: str, encoding: str):
    path = f"/contacts/{_contact(customer, number)}"
    answer = customer.put(path, **ENCODINGS[encoding]({"first_name": "Zażółć & Co"}))
    assert (answer.status_code, answer.json()["first_name"]) == (200, "Zażółć & Co")


def test_a_multipart_without_parts_is_an_empty_form_on_every_route(customer: Customer, number: str, name: str):
    """.NET: a boundary, an empty line and the end for every PUT and POST without parameters."""
    nothing = {"data": b"--b\r\n\r\n--b--\r\n", "headers": {"Content-Type": 'multipart/form-data; boundary="b"'}}
    contact, group = _contact(customer, number), _group(customer, name)
    assert customer.put(f"/contacts/{contact}/groups/{group}", **nothing).status_code == 200
    assert customer.put(f"/contacts/{contact}", **nothing).status_code == 200
    for path, told in (("/sms.do", 13), ("/user.do", 1001), ("/sender.do", 2001)):
        assert customer.post(f"{path}?format=json", **nothing).json()["error"] == told
    for path in ("/mfa/codes", "/subusers"):
        assert customer.post(path, **nothing).json()["errors"][0]["message"] == "This field is required."


@pytest.mark.parametrize("headers", [JSON, FORM, {}])
def test_a_post_or_put_without_a_body_is_no_mistake_whatever_its_header_says(
    customer: Customer, number: str, name: str, headers: dict[str, str]
):
    """JavaScript, Go: the type of a body that they don't send."""
    contact, group = _contact(customer, number), _group(customer, name)
    assert customer.post(f"/sms/sendernames/{SENDER}/commands/make_default", headers=headers).status_code == 204
    assert customer.put(f"/contacts/{contact}/groups/{group}", headers=headers).status_code == 200
    assert customer.put(f"/contacts/groups/{group}/members/{contact}", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", [GO, JAVA, PHP])
def test_a_get_or_delete_may_say_the_type_of_a_body_that_is_not_there(
    customer: Customer, number: str, headers: dict[str, str]
):
    """Java, PHP: a form; Go, JavaScript: JSON."""
    path = f"/contacts/{_contact(customer, number)}"
    for where in (path, "/contacts", "/subusers", "/sms/sendernames", "/profile", "/ping"):
        assert customer.get(where, headers=headers).status_code == 200
    assert customer.delete(path, headers=headers).status_code == 204


def test_brackets_name_what_is_inside(customer: Customer, name: str):
    """Java, in percents: a sub-user's credentials and points."""
    body = (
        f"credentials%5Busername%5D={name}&credentials%5Bpassword%5D=Kwiat-Paproci-7&active=1&description=Clerk"
        "&points%5Bfrom_account%5D=5.0&points%5Bper_month%5D=2.5"
    )
    made = customer.post("/subusers", data=body, headers=JAVA)
    assert made.status_code == 201
    assert (made.json()["username"], made.json()["active"], made.json()["description"]) == (name, True, "Clerk")
    assert made.json()["points"] == {"from_account": 5, "per_month": 2.5}
    changed = customer.put(f"/subusers/{made.json()['id']}", data="points%5Bper_month%5D=3.0", headers=JAVA)
    assert changed.json()["points"] == {"from_account": 5, "per_month": 3}


def test_brackets_count_what_is_for_each_number(customer: Customer, number: str):
    """PHP, in bulk."""
    numbers = [number, str(int(number) + 10_000_000)]
    body = f"to={'%2C'.join(numbers)}&message=Dear+%5B%251%25%5D&format=json&idx%5B0%5D=a&idx%5B1%5D=b"
    outbox = len(customer.stack.outbox())
    answer = customer.post("/sms.do", data=f"{body}&param1%5B0%5D=Ann&param1%5B1%5D=Bob", headers=FORM).json()
    assert [(one["number"], one["idx"]) for one in answer["list"]] == list(zip(numbers, "ab", strict=True))
    assert [customer.stack.message("sms", f"+{one}", after=outbox) for one in numbers] == ["Dear Ann", "Dear Bob"]


def test_a_parameter_that_might_narrow_a_list_is_never_passed_over(customer: Customer):
    for path in (
        "/subusers?username=x",
        "/subusers?limit=1",
        "/sms/sendernames?status=ACTIVE",
        "/profile/prices?mcc=260",
    ):
        answer = customer.get(path)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request_data")
        assert answer.json()["errors"][0]["path"]


# --- Rule A15: the API is below /api too, where older clients look for it ------------------------------------


def test_the_same_api_is_below_api(customer: Customer, number: str):
    """PHP 1.x: *.do below /api, contacts at the root; JavaScript before 2.0.15: everything below /api."""
    sent = customer.post("/api/sms.do", data=f"to={number}&message=Hello&format=json&details=1", headers=FORM).json()
    assert (sent["count"], sent["message"]) == (1, "Hello")
    for path in ("/api/user.do?credits=1&format=json", "/api/sender.do?list=1&format=json"):
        assert customer.get(path).json() == customer.get(path.removeprefix("/api")).json()
    for path in ("/profile", "/profile/prices", "/ping", "/subusers", "/sms/sendernames", "/contacts/groups/"):
        assert customer.get(f"/api{path}").json() == customer.get(path).json()
    code = customer.post("/api/mfa/codes", data={"phone_number": number})
    assert code.status_code == 201
    contact = customer.post("/api/contacts", json={"phone_number": number}).json()["id"]
    assert customer.get(f"/api/contacts/{contact}").status_code == 200
    assert customer.delete("/api/contacts/").status_code == 404
    assert customer.post("/api/hlrsync.do?format=json").json()["error"] == 110
    assert customer.get("/api/contacts/fields").json()["error"] == "not_available"


def test_what_does_not_exist_does_not_exist_below_api_either(customer: Customer):
    for path in ("/api/nowhere", "/api/sms", "/api/api/nowhere"):
        assert customer.get(path).status_code == 404


# --- Rule A2: five spellings of yes and no, and null for what was not said ----------------------------------


@pytest.mark.parametrize(
    ("spelling", "meant"),
    [({"data": {"active": text}}, True) for text in ("1", "True", "true")]
    + [({"data": {"active": text}}, False) for text in ("0", "False", "false")]
    + [({"json": {"active": value}}, value) for value in (True, False)]
    + [({"json": {"active": value}}, bool(value)) for value in (1, 0)],
)
def test_yes_and_no_are_understood_in_every_spelling(
    customer: Customer, name: str, spelling: dict[str, Any], meant: bool
):
    made = _sub_user(customer, name, active=not meant)
    assert customer.put(f"/subusers/{made['id']}", **spelling).json()["active"] is meant


@pytest.mark.parametrize("spelling", ["maybe", "2", ""])
def test_what_is_neither_yes_nor_no_is_refused(customer: Customer, name: str, spelling: str):
    path = f"/subusers/{_sub_user(customer, name)['id']}"
    assert customer.put(path, data={"active": spelling}).status_code == 400


def test_null_is_the_same_as_nothing(customer: Customer, number: str):
    order = {"phone_number": number, "from": None, "content": None, "fast": None}
    assert customer.post("/mfa/codes", json=order).status_code == 201


# --- Rule A3: `format` means nothing to REST ----------------------------------------------------------------


def test_format_is_passed_over(customer: Customer, number: str):
    """Python, C#."""
    for path in ("/subusers", "/profile", "/profile/prices", "/ping", "/sms/sendernames", "/contacts/groups"):
        assert customer.get(f"{path}?format=json").status_code == 200
    made = customer.post("/contacts", **_multipart(format="json", phone_number=number))
    assert (made.status_code, "format" in made.json()) == (201, False)


# --- Rule A4: answers are JSON and say so, whatever is accepted ---------------------------------------------


@pytest.mark.parametrize("accept", ["*", "*/*", "application/json", "text/html", None])
def test_an_answer_is_json_whatever_is_accepted(customer: Customer, accept: str | None):
    """Java: an Accept that is none; Go, C#: no Accept at all."""
    for path in ("/ping", "/profile", "/subusers", "/subusers/unknown", "/user.do?credits=1&format=json", "/sms.do"):
        answer = customer.get(path, headers={"Accept": accept})
        if path != "/sms.do":
            assert "application/json" in answer.headers["Content-Type"]
        assert answer.status_code != 406


# --- Rules A5 and A6: what an error is ----------------------------------------------------------------------

LEGACY_MISTAKES: dict[str, dict[str, Any]] = {
    "a body that is no JSON": {"data": "{", "headers": JSON},
    "a body of another kind": {"data": "<sms/>", "headers": {"Content-Type": "text/xml"}},
    "a form that is none": {"data": b"\xff\xfe=%ff", "headers": FORM},
    "a multipart that is none": {"data": "--", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
    "nobody's token": {"data": {"format": "json"}, "token": STRANGER},
    "nothing": {},
    "nothing to send": {"data": {"format": "json", "to": "48500100099"}},
    "a JSON array": {"data": "[]", "headers": JSON},
}


@pytest.mark.parametrize("path", ["/sender.do", "/sms.do", "/user.do", "/mms.do"])
@pytest.mark.parametrize("mistake", sorted(LEGACY_MISTAKES))
def test_the_older_routes_say_no_with_a_number_under_200(customer: Customer, path: str, mistake: str):
    """PHP takes nothing but 200 and an integer there."""
    answer = customer.post(f"{path}?format=json", **LEGACY_MISTAKES[mistake])
    assert answer.status_code == 200
    told = answer.json()
    assert type(told["error"]) is int
    assert told["error"] > 0
    assert told["message"]


REST_MISTAKES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "400 code": ("POST", "/mfa/codes/verifications", {"json": {"phone_number": "48500100099", "code": "x"}}),
    "400 json": ("POST", "/subusers", {"data": "{", "headers": JSON}),
    "400 nothing": ("POST", "/contacts/groups", {}),
    "400 number": ("POST", "/mfa/codes", {"json": {"phone_number": "48327201201"}}),
    "400 sender": ("POST", "/sms/sendernames", {"json": {"sender": "far-too-long-for-a-name"}}),
    "400 subuser": ("POST", "/subusers", {"json": {"credentials": {"username": "weakling", "password": "weak"}}}),
    "401": ("GET", "/profile", {"token": STRANGER}),
    "403 not here": ("GET", "/sms/templates", {}),
    "404 code": ("POST", "/mfa/codes/verifications", {"json": {"phone_number": "48500100099", "code": "123456"}}),
    "404 contact": ("GET", "/contacts/unknown", {}),
    "404 group": ("GET", "/contacts/groups/unknown", {}),
    "404 sender": ("DELETE", "/sms/sendernames/Nowhere", {}),
    "404 subuser": ("GET", "/subusers/unknown", {}),
    "409 sender": ("POST", "/sms/sendernames", {"json": {"sender": SENDER}}),
    "415": ("POST", "/contacts", {"data": "<contact/>", "headers": {"Content-Type": "text/xml"}}),
}


@pytest.mark.parametrize("mistake", sorted(REST_MISTAKES))
def test_rest_says_no_with_a_tag_and_a_message(customer: Customer, mistake: str):
    """Rules A5, A8 and A9. Java looks at nothing but the body, C# goes through `errors` of every 400."""
    method, path, request = REST_MISTAKES[mistake]
    answer = customer.ask(method, path, **request)
    assert answer.status_code == int(mistake[:3])
    told = answer.json()
    assert re.fullmatch("[a-z_]+", told["error"])
    assert told["message"]
    if answer.status_code == 400:
        assert [told["message"]] == [miss["message"] for miss in told["errors"][:1]] or told["errors"] == []


def test_rest_says_by_its_tag_what_is_wrong_with_a_token(customer: Customer):
    elsewhere = customer.another_token(scopes=["profile"], ip_list=["192.0.2.0/24"])
    narrow = customer.another_token(scopes=["profile"])
    refusals = {
        (401, "invalid_token"): customer.get("/profile", token=STRANGER),
        (403, "address_not_allowed"): customer.get("/profile", token=elsewhere),
        (403, "insufficient_scope"): customer.get("/subusers", token=narrow),
    }
    assert [(one.status_code, one.json()["error"]) for one in refusals.values()] == list(refusals)


def test_even_where_nothing_is_the_answer_has_an_error(customer: Customer):
    """Java fails on an empty body."""
    for method, path in (("GET", "/nowhere"), ("PATCH", "/subusers"), ("DELETE", "/profile")):
        answer = customer.ask(method, path)
        assert not answer.ok
        assert answer.json()["error"]


# --- Rule A7 ------------------------------------------------------------------------------------------------


def test_what_was_sent_has_no_error_at_its_top(customer: Customer, number: str):
    """JavaScript takes even a null for one where there is a message."""
    sent = _send(customer, to=number, message="Hello", details="1")
    assert (sent["message"], "error" in sent) == ("Hello", False)
    assert sent["list"][0]["error"] is None


# --- Rule A10 -----------------------------------------------------------------------------------------------


def test_what_has_no_result_is_204_or_202_and_empty(customer: Customer, number: str, name: str):
    """PHP reads 200 and 201 as JSON."""
    contact, group, user = _contact(customer, number), _group(customer, name), _sub_user(customer, name)
    sender = customer.made("/sms/sendernames", sender=name)["sender"]
    customer.put(f"/contacts/groups/{group}/members/{contact}")
    done = [
        customer.post(f"/sms/sendernames/{SENDER}/commands/make_default"),
        customer.delete(f"/sms/sendernames/{sender}"),
        customer.delete(f"/contacts/groups/{group}/members/{contact}"),
        customer.delete(f"/contacts/groups/{group}"),
        customer.delete(f"/contacts/{contact}"),
        customer.delete(f"/subusers/{user['id']}"),
    ]
    assert [(one.status_code, one.content) for one in done] == [(204, b"")] * len(done)
    everything = customer.delete("/contacts")
    assert (everything.status_code, everything.content) == (202, b"")


# --- Rule A11 -----------------------------------------------------------------------------------------------


def test_an_array_is_answered_by_the_older_lists_alone(customer: Customer):
    """PHP insists on an object everywhere else."""
    for path in ("/user.do?list=1&format=json", "/sender.do?list=True&format=json"):
        assert isinstance(customer.get(path).json(), list)
    for path in ("/subusers", "/sms/sendernames", "/contacts", "/contacts/groups", "/profile/prices"):
        assert set(customer.get(path).json()) == {"size", "collection"}


# --- Rule A13 -----------------------------------------------------------------------------------------------


def test_an_instant_has_seconds_and_an_offset_and_no_fractions(customer: Customer, number: str, name: str):
    """Python fails on a fraction, and its releases before 2.4.0 on a `Z`."""
    contact, group = customer.made("/contacts", phone_number=number), customer.made("/contacts/groups", name=name)
    sender = customer.get(f"/sms/sendernames/{SENDER}").json()
    instants = [one[field] for one in (contact, group) for field in ("date_created", "date_updated")]
    for instant in (*instants, sender["created_at"]):
        assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}\+00:00", instant)


@pytest.mark.parametrize("spelling", ["seconds", "C", "RFC 3339", "milliseconds", "offset"])
def test_a_date_is_understood_in_every_spelling(customer: Customer, number: str, spelling: str):
    """Java, Python: seconds; PHP: with an offset; Go, C#: RFC 3339; JavaScript: milliseconds."""
    when = (customer.stack.now + timedelta(days=1)).astimezone(UTC).replace(microsecond=0)
    written = {
        "seconds": str(int(when.timestamp())),
        "C": when.isoformat(),
        "RFC 3339": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "milliseconds": when.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "offset": (when + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00"),
    }[spelling]
    sent = _send(customer, to=number, message="Later", date=written, date_validate="1")
    assert sent["list"][0]["date_sent"] == int(when.timestamp())
    assert customer.post("/sms.do?format=json", json={"sch_del": sent["list"][0]["id"]}).json()["count"] == 1


def test_a_date_that_is_past_means_now(customer: Customer, number: str):
    sent = _send(customer, to=number, message="Now", date="1577836800")
    assert abs(sent["list"][0]["date_sent"] - customer.stack.now.timestamp()) < 60


# --- Rules A14 and A15: paths -------------------------------------------------------------------------------


def test_a_slash_at_the_end_changes_nothing(customer: Customer):
    """PHP lists groups so, and clears the blacklist; no redirect is followed here."""
    assert customer.get("/contacts/groups/", headers=PHP).json() == customer.get("/contacts/groups").json()
    answer = customer.delete("/blacklist/phone_numbers/", headers=PHP)
    assert (answer.status_code, answer.json()["error"]) == (403, "not_available")


def test_everything_lies_at_the_root(customer: Customer):
    """Go's paths are absolute for most, relative for groups: both must lead to the same place."""
    for path in ("/subusers", "subusers", "/contacts/groups", "contacts/groups", "/sms/sendernames"):
        url = urljoin(customer.url, path)
        headers = {"Authorization": f"Bearer {customer.token}", **GO}
        assert requests.get(url, headers=headers, timeout=30, allow_redirects=False).status_code == 200


# --- Rule A16: numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["+{}", "{}", "00{}", "{local}", "+48 {spaced}"])
def test_a_number_may_have_a_sign_a_prefix_or_neither(customer: Customer, number: str, written: str):
    local = number.removeprefix("48")
    spaced = " ".join((local[:3], local[3:6], local[6:]))
    typed = written.format(number, local=local, spaced=spaced)
    (sent,) = _send(customer, to=typed, message="Hello")["list"]
    assert (sent["number"], sent["submitted_number"]) == (number, typed)
    code = customer.post("/mfa/codes", json={"phone_number": typed})
    assert code.status_code == 201
    checked = {"phone_number": number, "code": code.json()["code"]}
    assert customer.post("/mfa/codes/verifications", json=checked).status_code == 204
    assert customer.made("/contacts", phone_number=typed)["phone_number"] == number


# --- Sub-users: Go's and PHP's oddities ---------------------------------------------------------------------


def test_an_update_that_says_nothing_changes_nothing(customer: Customer, name: str):
    """Go sends null for credentials and points, and an empty description, whatever its caller set."""
    made = _sub_user(customer, name, active=True, description="Clerk", points={"from_account": 5, "per_month": 2})
    nothing = {"credentials": None, "description": "", "points": None}
    changed = customer.put(f"/subusers/{made['id']}", **_go(nothing))
    assert (changed.status_code, changed.json()) == (200, made)


def test_a_description_of_a_blank_takes_it_away(customer: Customer, name: str):
    """Since an empty one means nothing."""
    made = _sub_user(customer, name, description="Clerk")
    assert customer.put(f"/subusers/{made['id']}", **_go({"description": " "})).json()["description"] == ""


def test_points_without_a_number_change_none(customer: Customer, name: str):
    """Go leaves zeros out, and so may send no number at all."""
    made = _sub_user(customer, name, points={"from_account": 5, "per_month": 2})
    changed = customer.put(f"/subusers/{made['id']}", **_go({"credentials": {}, "description": "", "points": {}}))
    assert changed.json() == made


def test_points_may_be_set_to_zero(customer: Customer, name: str):
    """Java and PHP, which leave out what is null and nothing else."""
    made = _sub_user(customer, name, points={"from_account": 5, "per_month": 2})
    body = "points%5Bfrom_account%5D=0.0&points%5Bper_month%5D=0.0"
    changed = customer.put(f"/subusers/{made['id']}", data=body, headers=JAVA)
    assert changed.json()["points"] == {"from_account": 0, "per_month": 0}


def test_without_points_there_are_none(customer: Customer, name: str):
    """PHP drops the nulls of its points, and then there are none to be sent."""
    body = f"credentials%5Busername%5D={name}&credentials%5Bpassword%5D=Kwiat-Paproci-7"
    made = customer.post("/subusers", data=body, headers=FORM).json()
    assert (made["points"], made["active"]) == ({"from_account": 0, "per_month": 0}, False)


@pytest.mark.parametrize(
    ("credentials", "path", "message"),
    [
        ({"username": "other"}, "credentials[username]", "This field was not expected."),
        ({"password": ""}, "credentials[password]", "This value should not be blank."),
    ],
)
def test_what_is_wrong_is_named_as_a_form_names_it(
    customer: Customer, name: str, credentials: dict[str, str], path: str, message: str
):
    """As Go's fixture has it."""
    made = _sub_user(customer, name)
    refused = customer.put(f"/subusers/{made['id']}", **_go({"credentials": credentials, "points": None}))
    (miss,) = refused.json()["errors"]
    assert (refused.status_code, miss["path"], miss["message"]) == (400, path, message)


def test_sub_users_are_searched_by_a_part_of_the_name(customer: Customer, name: str):
    """Go alone; without regard to case."""
    made = _sub_user(customer, f"{name}-wanted")
    found = customer.get(f"/subusers?q={name}-WANT", headers=GO).json()
    assert (found["size"], found["collection"]) == (1, [made])


def test_shares_are_read_and_set(customer: Customer, name: str):
    """Go: sender names end in 204, templates in an object, which it reads."""
    path = f"/subusers/{_sub_user(customer, name)['id']}/shares"
    assert set(customer.get(path, headers=GO).json()) == {"sendernames", "blacklist", "templates"}
    chosen = customer.put(f"{path}/sendernames", **_go({"access": "selected", "senders": [SENDER]}))
    assert chosen.status_code == 204
    assert customer.get(f"{path}/sendernames").json() == {"access": "selected", "senders": [SENDER]}
    templates = customer.put(f"{path}/templates", **_go({"access": "none"}))
    assert (templates.status_code, templates.json()["access"]) == (200, "none")


# --- sms.do: parameters under other names and of other types ------------------------------------------------


@pytest.mark.parametrize("spelling", ["no_unicode", "nounicode"])
def test_no_unicode_is_understood_in_both_spellings(customer: Customer, spelling: str):
    """PHP makes `no_unicode` of its property."""
    body = {"format": "json", "to": "48500100099", "message": "Zażółć", spelling: "1"}
    assert customer.post("/sms.do", data=body).json()["error"] == 11


@pytest.mark.parametrize(
    ("option", "code"),
    [({"template": "Welcome"}, 104), ({"udh": "06050415811581"}, 110), ({"datacoding": "bin"}, 110)],
)
def test_what_would_make_another_message_of_it_is_refused(customer: Customer, option: dict[str, str], code: int):
    body = {"format": "json", "to": "48500100099", "message": "Hello", **option}
    assert customer.post("/sms.do", data=body).json()["error"] == code


def test_format_may_stand_in_the_query_and_the_rest_in_json(customer: Customer, number: str):
    """Go, which also has numbers for idx and expiry, and a boolean for the partner."""
    order = {"to": number, "message": "Hello", "details": True, "idx": 42, "partner_id": True, "max_parts": 3}
    expires = {"expiration_date": int(customer.stack.now.timestamp()) + 24 * 3600}
    answer = customer.post("/sms.do?format=json", **_go(order | expires)).json()
    assert (answer["count"], answer["list"][0]["idx"]) == (1, "42")


def test_a_message_is_sent_by_multipart(customer: Customer, number: str):
    """C#."""
    fields = {"format": "json", "to": number, "message": "Zażółć", "encoding": "UTF-8", "details": "1", "idx": "a"}
    answer = customer.post("/sms.do", **_multipart(**fields)).json()
    assert (answer["count"], answer["message"], answer["length"]) == (1, "Zażółć", 6)


@pytest.mark.parametrize("client", ["C#", "Go", "Java"])
def test_the_state_of_messages_is_told(customer: Customer, number: str, client: str):
    """Go asks by GET for one; Java and C# by POST, with strokes between."""
    ids = [_send(customer, to=number, message=f"Hello {place}", idx="a")["list"][0]["id"] for place in range(2)]
    answer = {
        "C#": lambda: customer.post("/sms.do", **_multipart(format="json", status="|".join(ids))),
        "Go": lambda: customer.get(f"/sms.do?format=json&status={ids[0]}", headers=GO),
        "Java": lambda: customer.post("/sms.do", data=f"format=json&status={ids[0]}%7C{ids[1]}", headers=JAVA),
    }[client]()
    states = answer.json()
    wanted = ids[:1] if client == "Go" else ids
    assert (states["count"], [one["id"] for one in states["list"]]) == (len(wanted), wanted)
    for one in states["list"]:
        assert (one["number"], one["error"], one["idx"]) == (number, None, "a")
        assert one["status"] in ("QUEUE", "SENT")


def test_scheduled_messages_are_taken_back_in_every_encoding(customer: Customer, number: str):
    """PHP, JavaScript: with commas; Go: JSON; Python: the name twice."""
    when = str(int(customer.stack.now.timestamp()) + 7200)
    ids = [_send(customer, to=number, message="Later", date=when)["list"][0]["id"] for _ in range(5)]
    removals = [
        ({"data": f"format=json&sch_del={ids[0]}%2C{ids[1]}", "headers": FORM}, 2),
        (_go({"sch_del": ids[2]}), 1),
        ({"data": f"sch_del={ids[3]}&sch_del={ids[4]}&format=json", "headers": FORM}, 2),
    ]
    for request, number_of_them in removals:
        assert customer.post("/sms.do?format=json", **request).json()["count"] == number_of_them


# --- sms.do without `format`: bash --------------------------------------------------------------------------


def test_without_a_format_the_answer_is_plain_text(customer: Customer, number: str):
    """bash, which prints it."""
    before = customer.points
    answer = customer.post("/sms.do", data=f"to={number}&message=Hello&encoding=utf8", headers=FORM)
    match = re.fullmatch(r"OK:([0-9A-Za-z-]+):([0-9.]+)", answer.text)
    assert match
    assert float(match[2]) == pytest.approx(before - customer.points)
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(("fields", "number_told"), [("to=nobody&message=Hello", 13), ("to=48500100099", 11)])
def test_without_a_format_a_refusal_is_a_word_and_a_number(customer: Customer, fields: str, number_told: int):
    """bash; Java takes what begins so for a mistake of the host."""
    answer = customer.post("/sms.do", data=fields, headers=FORM)
    assert (answer.status_code, answer.text) == (200, f"ERROR:{number_told}")
    unknown = customer.post("/sms.do", data=fields, headers=FORM, token=STRANGER)
    assert (unknown.status_code, unknown.text) == (200, "ERROR:101")


# --- Contacts -----------------------------------------------------------------------------------------------


def test_rights_are_understood_under_capitalised_names(customer: Customer, name: str):
    """Go's struct has no names for forms."""
    group, user = _group(customer, name), _sub_user(customer, name)["username"]
    path = f"/contacts/groups/{group}/permissions"
    given = customer.post(path, data=f"GroupId=&Username={user}&Write=false&Read=true&Send=true", headers=FORM)
    rights = {"group_id": group, "username": user, "read": True, "write": False, "send": True}
    assert (given.status_code, given.json()) == (201, rights)
    changed = customer.put(f"{path}/{user}", data="GroupId=&Username=&Write=true&Read=false&Send=false", headers=FORM)
    assert changed.json() == rights | {"read": False, "write": True, "send": False}


def test_whose_rights_they_are_may_stand_in_the_path(customer: Customer, name: str):
    """PHP."""
    group, user = _group(customer, name), _sub_user(customer, name)["username"]
    path = f"/contacts/groups/{group}/permissions/{user}"
    given = customer.post(path, data="read=1&write=0&send=1", headers=FORM)
    assert (given.status_code, given.json()["read"], given.json()["write"]) == (201, True, False)
    assert customer.get(path, headers=PHP).json() == given.json()
    assert customer.get(f"/contacts/groups/{group}/permissions", headers=PHP).json()["collection"] == [given.json()]


def test_a_contact_is_put_into_several_groups_by_numbered_fields(customer: Customer, number: str, name: str):
    """Go: 0, 1 and so on are the fields' names."""
    contact, groups = _contact(customer, number), [_group(customer, f"{name} {place}") for place in range(2)]
    body = "&".join(f"{place}={group}" for place, group in enumerate(groups))
    assert customer.post(f"/contacts/{contact}/groups", data=body, headers=FORM).status_code in (200, 201)
    listed = customer.get(f"/contacts/{contact}/groups").json()
    assert {one["id"] for one in listed["collection"]} == set(groups)


def test_members_are_chosen_by_a_query(customer: Customer, number: str, name: str):
    """PHP in the address, Python in the body, of a DELETE as well."""
    contact, group = _contact(customer, number), _group(customer, name)
    members = f"/contacts/groups/{group}/members"
    query, form = {"params": {"phone_number": number}}, {"data": {"phone_number": number}}
    for method, how in (("POST", query), ("PUT", query), ("POST", form), ("PUT", form)):
        assert customer.ask(method, members, **how).status_code in (202, 204)
        assert customer.get(f"{members}/{contact}").status_code == 200
        assert customer.delete(members, **how).status_code in (202, 204)
        assert customer.get(f"{members}/{contact}").status_code == 404


@pytest.mark.parametrize("where", [{"params": {"delete_contacts": "true"}}, {"data": {"delete_contacts": "1"}}])
def test_contacts_go_with_their_group_where_that_is_said(
    customer: Customer, number: str, name: str, where: dict[str, Any]
):
    """JavaScript, PHP: in the query; elsewhere in the body."""
    contact, group = _contact(customer, number), _group(customer, name)
    customer.put(f"/contacts/groups/{group}/members/{contact}")
    assert customer.delete(f"/contacts/groups/{group}", **where).status_code in (202, 204)
    assert customer.get(f"/contacts/{contact}").status_code == 404


@pytest.mark.parametrize("spelling", ["order_by", "orderBy"])
def test_an_order_is_understood_in_both_spellings(customer: Customer, number: str, spelling: str):
    """Python alone writes the second."""
    for place, first in enumerate(("Ola", "Ala")):
        _contact(customer, str(int(number) + 1_000_000 * place), first_name=first, last_name=f"O{number}{spelling}")
    found = customer.get("/contacts", params={"last_name": f"O{number}{spelling}", spelling: "first_name"}).json()
    assert [one["first_name"] for one in found["collection"]] == ["Ala", "Ola"]


def test_several_values_come_in_three_spellings(customer: Customer, number: str):
    """Python, Go: the name twice; JavaScript, Java: with commas; PHP: in brackets."""
    numbers = [number, str(int(number) + 1_000_000)]
    for one in numbers:
        _contact(customer, one)
    for query in (
        f"phone_number={numbers[0]}&phone_number={numbers[1]}",
        f"phone_number={numbers[0]}%2C{numbers[1]}",
        f"phone_number%5B0%5D={numbers[0]}&phone_number%5B1%5D={numbers[1]}",
    ):
        assert customer.get(f"/contacts?{query}").json()["size"] == 2


def test_five_contacts_are_a_page_unless_more_are_asked_for(customer: Customer, number: str):
    for place in range(6):
        _contact(customer, str(int(number) + 1_000_000 * place), last_name=f"P{number}")
    pages = [customer.get(f"/contacts?last_name=P{number}{more}").json() for more in ("", "&limit=100", "&offset=4")]
    assert [(page["size"], len(page["collection"])) for page in pages] == [(6, 5), (6, 6), (6, 2)]


def test_a_field_that_one_client_always_misspells_is_understood(customer: Customer, name: str):
    """C# writes `desciption`."""
    made = customer.post("/contacts/groups", **_multipart(format="json", name=name, desciption="Friends"))
    assert (made.status_code, made.json()["description"]) == (201, "Friends")


# --- Account ------------------------------------------------------------------------------------------------


def test_the_balance_is_asked_for_by_post_too(customer: Customer):
    """Java, C#."""
    for request in ({"data": "format=json&credits=1", "headers": JAVA}, _multipart(format="json", credits="1")):
        answer = customer.post("/user.do", **request)
        assert (answer.status_code, answer.json()["points"]) == (200, customer.points)


def test_users_are_read_and_changed_by_post_too(customer: Customer, name: str):
    """Java, C#, which always says whether the user is active: no, unless it is told otherwise."""
    password = "0cc175b9c0f1b6a831c399e269772661"
    made = customer.post("/user.do", **_multipart(format="json", add_user=name, **{"pass": password}, active="0"))
    user = made.json()["username"]
    assert made.json()["active"] == 0
    changed = customer.post("/user.do", data=f"set_user={user}&active=1&format=json", headers=JAVA).json()
    assert changed == made.json() | {"active": 1}
    assert customer.post("/user.do", **_multipart(format="json", get_user=user)).json() == changed
    assert changed in customer.post("/user.do", data="list=1&format=json", headers=JAVA).json()


def test_sender_names_are_listed_by_post_too(customer: Customer):
    """Java, C#."""
    for request in ({"data": "list=1&format=json", "headers": JAVA}, _multipart(format="json", list="1")):
        assert SENDER in [one["sender"] for one in customer.post("/sender.do", **request).json()]


def test_a_ping_says_whether_the_token_is_good_and_never_fails(customer: Customer):
    assert customer.get("/ping", headers=PHP).json() == {"authorized": True, "unavailable": []}
    answer = customer.get("/ping", headers=PHP, token=STRANGER)
    assert (answer.status_code, answer.json()["authorized"]) == (200, False)
    assert customer.ask("HEAD", "/ping").status_code == 204


def test_a_token_in_the_address_is_not_taken(customer: Customer):
    """The platform's documents advise against it: addresses are logged."""
    url = f"{customer.url}user.do?credits=1&format=json&access_token={customer.token}"
    assert requests.get(url, timeout=30).json()["error"] == 101
