"""Contacts, as the SMSAPI clients write and read them."""

from datetime import timedelta

import pytest

from shared import policy
from tests.contacts.company import FORM, PHONE, Asker, made

MINUTE = timedelta(minutes=1)
EVERYTHING = {
    "phone_number": PHONE,
    "email": "ola@example.com",
    "first_name": "Ola",
    "last_name": "Nowak",
    "gender": "female",
    "birthday_date": "1990-01-31",
    "description": "Two\nlines",
    "city": "Łódź",
    "source": "shop",
    "idx": "7",
    "shoe size": "39",
}


def names(answered: object) -> list[str]:
    return [contact["first_name"] for contact in answered["collection"]]  # type: ignore[index]


def test_a_contact_is_told_as_it_was_sent(ann: Asker):
    answer = ann.post("/contacts", **EVERYTHING)
    told = answer.body
    ours = {"id": told["id"], "date_created": "2026-11-23T12:00:00Z", "date_updated": "2026-11-23T12:00:00Z"}
    ours = {name: told[name] for name in ours}
    assert (answer.status, told) == (201, {**EVERYTHING, **ours, "groups": []})
    assert ann.get(f"/contacts/{told['id']}").body == told


def test_what_is_not_known_is_left_out(ann: Asker):
    told = ann.post("/contacts", phone_number=PHONE).body
    assert set(told) == {"id", "phone_number", "gender", "date_created", "date_updated", "groups"}
    assert (told["gender"], told["groups"]) == ("undefined", [])


def test_an_instant_has_no_fraction_and_a_zone(ann: Asker):
    ann.world.wait(timedelta(milliseconds=123))
    told = ann.post("/contacts", phone_number=PHONE).body
    assert told["date_created"] == told["date_updated"] == f"{ann.world.now:%Y-%m-%dT%H:%M:%S+00:00}"


@pytest.mark.parametrize("typed", sorted(["+48600100200", "48600100200", "600 100 200", "0048600100200"]))
def test_a_number_is_told_as_digits_however_it_was_typed(ann: Asker, typed: str):
    assert ann.post("/contacts", phone_number=typed).body["phone_number"] == PHONE


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("phone_number=600100200&first_name=Ola&shoe=39&format=json", FORM),
        ('{"phone_number": 600100200, "first_name": "Ola", "shoe": 39, "city": null}', {}),
        (
            '--b\r\nContent-Disposition: form-data; name="phone_number"\r\n\r\n600100200\r\n'
            '--b\r\nContent-Disposition: form-data; name="first_name"\r\n\r\nOla\r\n'
            '--b\r\nContent-Disposition: form-data; name="shoe"\r\n\r\n39\r\n--b--\r\n',
            {"Content-Type": "multipart/form-data; boundary=b"},
        ),
    ],
    ids=["form", "json", "multipart"],
)
def test_every_encoding_says_the_same(ann: Asker, body: str, headers: dict[str, str]):
    told = ann.ask("POST", "/contacts", body, headers=headers).body
    assert (told["phone_number"], told["first_name"], told["shoe"]) == (PHONE, "Ola", "39")
    assert "format" not in told
    assert "city" not in told


def test_an_email_is_enough(ann: Asker):
    assert ann.post("/contacts", email="ola@example.com").status == 201


WRONG = {
    "neither phone nor e-mail": {"first_name": "Ola"},
    "empty phone": {"phone_number": ""},
    "letters": {"phone_number": "ola"},
    "e-mail": {"email": "ola"},
    "gender": {"phone_number": PHONE, "gender": "x"},
    "birthday": {"phone_number": PHONE, "birthday_date": "1990-02-31"},
    "birthday in words": {"phone_number": PHONE, "birthday_date": "yesterday"},
    "long": {"phone_number": PHONE, "first_name": "x" * (policy.CONTACT_VALUE_CHARACTERS + 1)},
    "bell": {"phone_number": PHONE, "first_name": "\a"},
    "no number": {"phone_number": "4832720120"},
    "name of a field": {"phone_number": PHONE, "<script>": "x"},
    "nested field": {"phone_number": PHONE, "shoe": {"size": "39"}},
    "too many fields": {"phone_number": PHONE} | {f"f{place}": "x" for place in range(policy.CONTACT_FIELDS + 1)},
}


@pytest.mark.parametrize("wrong", sorted(WRONG))
def test_what_is_not_of_its_form_is_refused_as_the_clients_read_it(ann: Asker, wrong: str):
    answer = ann.post("/contacts", **WRONG[wrong])
    assert (answer.status, answer.error) == (400, "invalid_request_data")
    assert isinstance(answer.body["errors"], list)
    assert ann.get("/contacts").body["size"] == 0


@pytest.mark.parametrize("typed", sorted(["48327201201", "327201201", "+49 30 901820", "4915112345678"]))
def test_any_number_that_is_one_may_be_kept_a_landline_too(ann: Asker, typed: str):
    told = ann.post("/contacts", phone_number=typed).body
    assert ann.get("/contacts", phone_number=typed).body["collection"] == [told]


def test_the_name_of_a_field_that_may_not_be_is_named(ann: Asker):
    for name, told in (
        ("_ulubiony kolor", "_ulubiony kolor"),
        ("<b>", "?b?"),
        ("1st name", "??? ????"),
        ("Age!", "????"),
    ):
        answer = ann.post("/contacts", phone_number=PHONE, **{name: "x"})
        assert (answer.status, [one["path"] for one in answer.body["errors"]]) == (400, [told])


def test_what_json_knows_as_a_number_or_as_true_is_kept_as_text(ann: Asker):
    told = ann.post("/contacts", phone_number=PHONE, age=39, weight=61.5, member=True, blocked=False, city=True).body
    assert [told[name] for name in ("age", "weight", "member", "blocked", "city")] == [
        *("39", "61.5", "true", "false", "true")
    ]


def test_a_field_of_ones_own_has_a_name_of_so_many_characters_and_no_more(ann: Asker):
    longest = "x" * policy.CONTACT_FIELD_CHARACTERS
    assert ann.post("/contacts", phone_number=PHONE, **{longest: "39"}).body[longest] == "39"
    answer = ann.post("/contacts", phone_number="600100201", **{f"{longest}x": "39"})
    assert (answer.status, answer.error) == (400, "invalid_request_data")


def test_what_was_wrong_is_not_repeated(ann: Asker):
    assert "canary" not in ann.post("/contacts", phone_number="canary", email="canary", shoe="canary\a").text


def test_no_secret_becomes_a_field(ann: Asker):
    told = ann.post("/contacts", phone_number=PHONE, access_token="furtka_api_x", id="1", groups="2").body
    assert "access_token" not in told
    assert (told["id"] != "1", told["groups"]) == (True, [])


def test_a_number_is_there_once(ann: Asker):
    ann.contact()
    answer = ann.post("/contacts", phone_number="+48 600-100-200", first_name="Other")
    assert (answer.status, answer.error) == (409, "contact_exists")
    assert ann.get("/contacts").body["size"] == 1


def test_a_number_is_free_again_when_its_contact_is_gone_or_has_another(ann: Asker):
    first = ann.contact()
    assert ann.put(f"/contacts/{first}", phone_number="600100201").status == 200
    second = ann.contact()
    assert ann.put(f"/contacts/{second}", phone_number="600100201").status == 409
    assert ann.delete(f"/contacts/{first}").status == 204
    assert ann.put(f"/contacts/{second}", phone_number="600100201").status == 200
    assert ann.numbers() == ["48600100201"]


def test_an_email_may_be_there_twice(ann: Asker):
    assert [ann.post("/contacts", email="a@example.com").status for _ in range(2)] == [201, 201]


def test_only_what_is_sent_changes(ann: Asker):
    contact_id = made(ann.post("/contacts", **EVERYTHING))
    ann.world.wait(MINUTE)
    told = ann.put(f"/contacts/{contact_id}", first_name="Ela", city="", **{"shoe size": ""}).body
    kept = {name: value for name, value in EVERYTHING.items() if name not in ("city", "shoe size")}
    assert {name: told[name] for name in kept} == {**kept, "first_name": "Ela"}
    assert not {"city", "shoe size"} & set(told)
    assert told["date_updated"] == f"{ann.world.now:%Y-%m-%dT%H:%M:%S+00:00}" > told["date_created"]
    assert ann.get(f"/contacts/{contact_id}").body == told


def test_a_change_that_is_none_leaves_the_time(ann: Asker):
    contact_id = made(ann.post("/contacts", **EVERYTHING))
    ann.world.wait(MINUTE)
    told = ann.put(f"/contacts/{contact_id}", **EVERYTHING).body
    assert told["date_updated"] == told["date_created"]


def test_the_last_way_to_reach_somebody_stays(ann: Asker):
    contact_id = ann.contact()
    assert ann.put(f"/contacts/{contact_id}", phone_number="").status == 400
    assert ann.put(f"/contacts/{contact_id}", phone_number="", email="a@example.com").status == 200


def test_what_is_deleted_is_gone(ann: Asker):
    contact_id = ann.contact()
    assert ann.delete(f"/contacts/{contact_id}").status == 204
    for answer in (
        ann.get(f"/contacts/{contact_id}"),
        ann.delete(f"/contacts/{contact_id}"),
        ann.put(f"/contacts/{contact_id}", city="x"),
    ):
        assert (answer.status, answer.error, answer.body["message"]) == (404, "not_found", "Cannot find contact")


@pytest.mark.parametrize("garbage", sorted(["0", "x" * 28, "ledger", "groups%20", "ą"]))
def test_garbage_is_no_contact(ann: Asker, garbage: str):
    assert ann.get(f"/contacts/{garbage}").status == 404


def test_the_rows_that_are_none_are_not_shown(ann: Asker):
    contact_id = ann.contact()
    account_id = contact_id[:10]
    for row in ("ledger", f"number:{'0' * 21}"):
        assert ann.get(f"/contacts/{row}").status == 404
    assert account_id not in ann.get("/contacts/ledger").text


# --- Lists ------------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(ann: Asker) -> Asker:
    """With seven contacts, each a minute younger than the one before."""
    people = ("Ela", "Ola", "Ala", "Ula", "Iga", "Ewa", "Ada")
    for place, name in enumerate(people):
        ann.contact(f"60010020{place}", first_name=name, last_name="Nowak" if place % 2 else "Kos", city="Łódź")
        ann.world.wait(MINUTE)
    return ann


def test_a_page_has_five_contacts_unless_asked_otherwise(crowd: Asker):
    first = crowd.get("/contacts").body
    assert (first["size"], names(first)) == (7, ["Ela", "Ola", "Ala", "Ula", "Iga"])
    assert names(crowd.get("/contacts", offset="5").body) == ["Ewa", "Ada"]
    assert names(crowd.get("/contacts", offset="2", limit="2").body) == ["Ala", "Ula"]
    assert names(crowd.get("/contacts", offset="7", limit="100").body) == []


@pytest.mark.parametrize("parameter", sorted(["order_by", "orderBy"]))
def test_an_order_has_either_name(crowd: Asker, parameter: str):
    assert names(crowd.get("/contacts", **{parameter: "first_name"}).body) == ["Ada", "Ala", "Ela", "Ewa", "Iga"]


def test_the_last_changed_comes_last(crowd: Asker):
    first = crowd.get("/contacts").body["collection"][0]["id"]
    crowd.put(f"/contacts/{first}", city="Gdynia")
    assert names(crowd.get("/contacts", order_by="date_updated", limit="7").body)[-1] == "Ela"


FILTERS = {
    "q=ul": {"Ula"},
    "q=600100203": {"Ula"},
    "q=%2B48600100203": {"Ula"},
    "q=gdynia": set(),
    "first_name=Ola&first_name=Ala": {"Ola", "Ala"},
    "first_name=ola,ala": {"Ola", "Ala"},
    "first_name[]=Ola&first_name[]=Ala": {"Ola", "Ala"},
    "first_name=Ol": set(),
    "last_name=Nowak&q=u": {"Ula"},
    "phone_number=%2B48600100200": {"Ela"},
    "phone_number=600100200,48600100201": {"Ela", "Ola"},
    "phone_number=nobody": set(),
    "gender=female": set(),
    "gender=undefined&first_name=Ada": {"Ada"},
    "group_id=x": set(),
    "email=nobody@example.com": set(),
    "birthday_date=1990-01-31": set(),
}


@pytest.mark.parametrize("query", sorted(FILTERS))
def test_a_filter_takes_what_it_says_in_every_clients_spelling(crowd: Asker, query: str):
    found = crowd.ask("GET", "/contacts", query + "&limit=7", headers=FORM).body
    assert set(names(found)) == FILTERS[query]
    assert found["size"] == len(FILTERS[query])


@pytest.mark.parametrize("name", sorted(["first_name", "phone_number", "group_id", "gender", "email"]))
def test_a_filter_without_a_value_takes_nobody(crowd: Asker, name: str):
    assert crowd.get("/contacts", **{name: ""}).body["size"] == 0


@pytest.mark.parametrize("name", sorted(["id", "idx", "city", "source", "description"]))
def test_what_nothing_is_filtered_by_is_refused_and_not_passed_over(crowd: Asker, name: str):
    answer = crowd.get("/contacts", **{name: "x"})
    assert (answer.status, answer.error) == (400, "invalid_request_data")


@pytest.mark.parametrize(
    "wrong", sorted([("limit", "0"), ("limit", "101"), ("limit", "x"), ("offset", "-1"), ("order_by", "shoe")])
)
def test_a_page_that_cannot_be_is_refused(ann: Asker, wrong: tuple[str, str]):
    assert ann.get("/contacts", **dict([wrong])).status == 400


# --- All of them, and no more than so many ----------------------------------------------------------------


def test_all_are_deleted_at_once_and_their_numbers_are_free(ann: Asker):
    numbers = [f"4860010020{place}" for place in range(5)]
    for number in numbers:
        ann.contact(number)
    ann.post("/contacts", email="a@example.com")
    answer = ann.delete("/contacts")
    assert (answer.status, answer.text) == (202, "")
    assert ann.get("/contacts").body == {"size": 0, "collection": []}
    for number in numbers:
        ann.contact(number)


@pytest.mark.parametrize("method", sorted(["DELETE", "PUT"]))
@pytest.mark.parametrize(
    "path",
    sorted(["/contacts/", "/contacts//", "/contacts/groups/", "/contacts/groups/{group}/members/", "/tokens/"]),
)
def test_an_empty_id_is_none_and_not_all_of_them(ann: Asker, method: str, path: str):
    group = ann.group("VIP", ann.contact(first_name="Ola"))
    answer = ann.ask(method, path.format(group=group), {"first_name": "Ola"})
    assert answer.status == 404
    assert ann.get("/contacts", group_id=group).body["size"] == 1


def test_an_account_has_no_more_than_so_many(ann: Asker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "CONTACTS_PER_ACCOUNT", 2)
    first = ann.contact()
    ann.contact("600100201")
    answer = ann.post("/contacts", phone_number="600100202")
    assert (answer.status, answer.error) == (409, "too_many_contacts")
    ann.delete(f"/contacts/{first}")
    ann.contact("600100202")
    assert ann.post("/contacts", phone_number="600100203").status == 409
    ann.delete("/contacts")
    ann.contact()


def test_the_log_says_that_all_were_deleted_and_nothing_of_anybody(ann: Asker, capsys: pytest.CaptureFixture[str]):
    ann.contact(first_name="Canary", email="canary@example.com")
    ann.put(f"/contacts/{ann.get('/contacts').body['collection'][0]['id']}", last_name="Canary")
    ann.get("/contacts", q="Canary")
    ann.delete("/contacts")
    out = "".join(capsys.readouterr())
    assert PHONE not in out
    assert "anary" not in out


def test_what_contacts_are_not_asked_for_is_refused(ann: Asker):
    answer = ann.ask("PUT", "/contacts/groups")
    assert (answer.status, answer.headers["Allow"]) == (405, ["GET, POST"])


@pytest.mark.parametrize("name", ["phone_number", "frist_name", "group_id", "foo"])
def test_what_might_be_a_filter_of_what_is_deleted_deletes_nothing(ann: Asker, name: str):
    contact_id = ann.contact()
    for path in ("/contacts", f"/contacts/{contact_id}"):
        for answer in (ann.ask("DELETE", path, query={name: "x"}), ann.delete(path, **{name: "x"})):
            assert (answer.status, answer.body["errors"][0]["path"]) == (400, name)
    assert ann.numbers() == [PHONE]


@pytest.mark.parametrize("path", ["/contacts", "/contacts/groups"])
def test_a_filter_that_is_not_known_is_refused_with_its_name(ann: Asker, path: str):
    answer = ann.get(path, lastname="Nowak")
    assert (answer.status, answer.body["errors"][0]["path"]) == (400, "lastname")


def test_a_misspelt_filter_moves_and_removes_no_member(ann: Asker):
    contact_id = ann.contact()
    group_id = ann.group("VIP", contact_id)
    path = f"/contacts/groups/{group_id}"
    for ask in (ann.delete, ann.put, ann.post):
        answer = ask(f"{path}/members", phone_number=PHONE, lastname="Nowak")
        assert (answer.status, answer.body["errors"][0]["path"]) == (400, "lastname")
    assert ann.get(f"{path}/members/{contact_id}").status == 200
    assert ann.delete(path, deletecontacts=True).status == 400
    assert ann.get(path).status == 200
