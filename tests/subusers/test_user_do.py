"""user.do as the older clients send it: one path, an action by its parameter, exact keys, numbers for every no."""

from typing import Any
from urllib.parse import urlencode

import pytest

from shared import policy
from shared.domain.points import POINT
from shared.storage import groups
from tests.subusers.asking import FORM, GIVEN, ask, fill, hexed, made, owners, put, seen, settled, sign_in, user_do
from tests.support.events import Reply
from tests.support.factors import SECOND
from tests.support.programs import basic, is_let_in, limit_machines, with_api_password
from tests.support.tokens import given, make
from tests.support.world import World

KEYS = {"username", "limit", "month_limit", "senders", "phonebook", "active", "info"}
SHOP = {
    "username": "ann_shop",
    "limit": 0.0,
    "month_limit": 0.0,
    "senders": 0,
    "phonebook": 0,
    "active": 0,
    "info": "",
}


def add(world: World, name: str = "shop", **more: Any) -> Reply:
    return user_do(world, add_user=name, pass_=hexed(), **more)


def number(answer: Reply) -> int:
    assert answer.status == 200
    assert set(answer.body) == {"error", "message"}
    return int(answer.body["error"])


# --- The balance ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_balance_is_a_number_of_points(world: World, method: str):
    fill(world.ann, 200)
    assert user_do(world, method, credits=1).body == {"points": 200.0}


def test_with_details_there_are_counts_of_what_there_is_not(world: World):
    counts = dict.fromkeys(("proCount", "ecoCount", "mmsCount", "vmsGsmCount", "vmsLandCount"), 0)
    assert user_do(world, "GET", credits=1, details="True").body == {"points": 0.0, **counts}


def test_a_sub_user_sees_what_they_may_use_themselves(world: World):
    fill(world.ann, 200)
    subuser = made(world, points={"from_account": 30, "per_month": 12})
    token = make(subuser["id"], now=world.now, scopes="profile")
    assert user_do(world, "GET", token.secret, credits=1).body == {"points": 42.0}
    put(world, subuser, {"points": {"from_account": 500}})
    assert user_do(world, "GET", token.secret, credits=1).body == {"points": 200.0}


def test_an_api_password_shows_the_balance_and_nothing_else(world: World):
    shown = {"Authorization": with_api_password(world, world.ann)}
    answer = world.call("GET", "/user.do", headers=shown, query={"credits": "1", "format": "json"})
    assert answer.body == {"points": 0.0}
    assert world.call("GET", "/user.do", headers=shown, query={"list": "1", "format": "json"}).body["error"] == 401


# --- Made, shown, changed ---------------------------------------------------------------------------------


def test_one_is_made_under_their_owners_name_and_shown_in_exactly_these_keys(world: World):
    answer = add(world)
    assert (answer.status, answer.body) == (200, SHOP)
    assert set(answer.body) == KEYS
    assert user_do(world, "GET", get_user="ann_shop").body == SHOP
    assert user_do(world, get_user="ANN_shop").body == SHOP


def test_all_that_may_be_said_of_them_is_kept(world: World):
    said = {"limit": "100", "month_limit": "12.5", "senders": 1, "phonebook": "1", "active": "True", "info": "Web shop"}
    answer = add(world, without_prefix=1, **said)
    assert answer.body == {
        "username": "shop",
        "limit": 100.0,
        "month_limit": 12.5,
        "senders": 1,
        "phonebook": 1,
        "active": 1,
        "info": "Web shop",
    }
    assert sign_in(world).status == 200


def test_yes_and_no_are_numbers(world: World):
    told = add(world, active=1).body
    assert [type(told[name]) for name in ("senders", "phonebook", "active")] == [int, int, int]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_only_what_is_sent_changes(world: World, method: str):
    add(world, info="Web shop", limit=5)
    answer = user_do(world, method, set_user="ann_shop", active=1, month_limit=7)
    assert answer.body == SHOP | {"active": 1, "month_limit": 7.0, "limit": 5.0, "info": "Web shop"}
    assert user_do(world, set_user="ann_shop", info="").body["info"] == ""


def test_all_groups_of_contacts_are_shared_with_them_or_not(world: World):
    subuser = made(world)
    assert user_do(world, get_user="shop").body["phonebook"] == 0
    assert user_do(world, set_user="shop", phonebook=1).body["phonebook"] == 1
    assert may_see(world, subuser) is True
    assert user_do(world, get_user="shop").body["phonebook"] == 1
    assert user_do(world, set_user="shop", phonebook=0).body["phonebook"] == 0
    assert may_see(world, subuser) is False


def may_see(world: World, subuser: dict[str, Any]) -> bool:
    return groups.shares_of(subuser["id"]).everywhere


def test_with_groups_shared_they_may_see_contacts_at_all(world: World):
    subuser = made(world, permissions=["sms"])
    user_do(world, set_user="shop", phonebook=1)
    assert seen(world, subuser)["permissions"] == ["contacts", "sms"]
    weak = given(world, scopes="subusers sms")
    made(world, "cron", permissions=["sms"])
    assert number(user_do(world, secret=weak, set_user="cron", phonebook=1)) == 401


def test_of_one_who_is_deleted_no_share_is_left(world: World):
    add(world, phonebook=1, without_prefix=1)
    (listed,) = ask(world, owners(world), "GET", "/subusers").body["collection"]
    assert may_see(world, listed) is True
    ask(world, owners(world), "DELETE", f"/subusers/{listed['id']}")
    assert may_see(world, listed) is False


def test_their_programs_show_the_api_password_and_never_its_md5(world: World):
    add(world, pass_api=hexed("Machine-Room-12"), active=1, without_prefix=1)
    limit_machines(world, world.ann, legacy_api=True)
    shown = [basic("shop", one) for one in ("Machine-Room-12", hexed("Machine-Room-12"), GIVEN, hexed())]
    assert [is_let_in(world, one) for one in shown] == [True, False, False, False]
    assert sign_in(world, password="Machine-Room-12").status == 401


@pytest.mark.parametrize("weak", ["1", "machine-room-12", "Ann_Shop-2026", "Qwerty-2026-x"])
def test_an_api_password_of_which_only_the_md5_was_sent_has_to_meet_the_rules_when_it_is_shown(world: World, weak: str):
    add(world, pass_api=hexed(weak), active=1)
    limit_machines(world, world.ann, legacy_api=True)
    assert not is_let_in(world, basic("ann_shop", weak))
    assert not is_let_in(world, basic("ann_shop", hexed(weak)))


def test_a_common_api_password_is_known_by_its_md5_and_so_is_that_of_the_login(world: World):
    for md5 in (hexed("dragon"), hexed("1234").upper(), hexed()):
        assert number(user_do(world, add_user="shop", pass_=hexed(), pass_api=md5)) == 1120
    assert user_do(world, list=1).body == []


def test_a_new_password_ends_their_sessions(world: World):
    _, session = settled(world)
    assert "error" not in user_do(world, set_user="shop", pass_=hexed("Monday-Train-52")).body
    assert world.me(session).status == 401
    world.wait(SECOND)
    assert sign_in(world, password="Monday-Train-52").status == 200


def test_the_list_is_an_array_and_nothing_around_it(world: World):
    for name in ("shop", "cron"):
        add(world, name)
    for method in ("GET", "POST"):
        listed = user_do(world, method, list="True").body
        assert [one["username"] for one in listed] == ["ann_cron", "ann_shop"]
        assert all(set(one) == KEYS for one in listed)
    assert user_do(world, list=1).body == [SHOP | {"username": "ann_cron"}, SHOP]


def test_multipart_and_json_say_the_same(world: World):
    secret = owners(world)
    parts = [("add_user", "shop"), ("pass", hexed()), ("active", "1"), ("format", "json")]
    lines = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts]
    body = "".join(lines) + "--x--\r\n"
    made = ask(world, secret, "POST", "/user.do", body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert made.body["username"] == "ann_shop"
    assert ask(world, secret, "POST", "/user.do", {"get_user": "ann_shop", "format": "json"}).body == made.body


# --- Every no is a number under 200 -----------------------------------------------------------------------

WRONG: dict[str, tuple[dict[str, Any], int]] = {
    "no action": ({}, 1001),
    "another action": ({"del_user": "shop"}, 1001),
    "no name": ({"add_user": "", "pass_": hexed()}, 1111),
    "a short name": ({"add_user": "ab", "pass_": hexed()}, 1112),
    "a long name": ({"add_user": "x" * 33, "pass_": hexed()}, 1113),
    "a name with a blank": ({"add_user": "my shop", "pass_": hexed()}, 1114),
    "a login that is taken": ({"add_user": "ann", "pass_": hexed(), "without_prefix": 1}, 1115),
    "no password": ({"add_user": "shop"}, 1120),
    "a password in plain": ({"add_user": "shop", "pass_": GIVEN}, 1123),
    "an api password in plain": ({"add_user": "shop", "pass_": hexed(), "pass_api": GIVEN}, 1193),
    "a limit that is no number": ({"add_user": "shop", "pass_": hexed(), "limit": "many"}, 1131),
    "a limit below nothing": ({"add_user": "shop", "pass_": hexed(), "limit": "-1"}, 1131),
    "a month's limit that is no number": ({"add_user": "shop", "pass_": hexed(), "month_limit": "many"}, 1141),
    "senders neither 0 nor 1": ({"add_user": "shop", "pass_": hexed(), "senders": 2}, 1150),
    "phonebook neither 0 nor 1": ({"add_user": "shop", "pass_": hexed(), "phonebook": "x"}, 1160),
    "active neither 0 nor 1": ({"add_user": "shop", "pass_": hexed(), "active": "x"}, 1170),
    "a long text": ({"add_user": "shop", "pass_": hexed(), "info": "x" * 256}, 1183),
    "nobody of that name": ({"get_user": "nobody"}, 1032),
    "nobody to be changed": ({"set_user": "nobody", "active": 1}, 1032),
    "himself": ({"get_user": "ann"}, 1032),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_each_mistake_has_its_number(world: World, case: str):
    sent, expected = WRONG[case]
    assert number(user_do(world, **sent)) == expected
    assert user_do(world, list=1).body == []


def test_a_login_is_as_long_as_logins_may_be_with_what_is_put_before_it(world: World):
    owner = world.add("o" * (policy.MAX_LOGIN_CHARACTERS - len("_shop")))
    secret = given(world, owner)
    assert number(user_do(world, secret=secret, add_user="shops", pass_=hexed())) == 1113
    assert user_do(world, secret=secret, list=1).body == []
    assert user_do(world, secret=secret, add_user="shop", pass_=hexed()).body["username"] == f"{owner.login}_shop"
    assert user_do(world, secret=secret, add_user="shops", pass_=hexed(), without_prefix=1).body["username"] == "shops"


def test_the_name_alone_is_found_where_a_prefix_was_put(world: World):
    add(world)
    assert user_do(world, get_user="shop").body["username"] == "ann_shop"
    assert user_do(world, set_user="shop", info="x").body["info"] == "x"
    assert number(user_do(world, get_user="shop", without_prefix=1)) == 1032


def test_the_whole_name_comes_before_the_name_behind_the_prefix(world: World):
    add(world)
    add(world, "shop", without_prefix=1)
    assert user_do(world, get_user="shop").body["username"] == "shop"
    assert user_do(world, get_user="ann_shop").body["username"] == "ann_shop"


def test_neither_an_owner_nor_another_accounts_name_hides_ones_own(world: World):
    add(world, "bob")
    world.add("bob", phone=None)
    assert user_do(world, get_user="bob").body["username"] == "ann_bob"
    assert number(user_do(world, get_user="ann")) == 1032


def test_without_a_format_answers_are_text(world: World):
    """The Ruby gem reads the balance so."""
    add(world)
    assert user_do(world, credits=1, format="").text == "Points: 0.0"
    assert user_do(world, credits=1, details=1, format="").text == "Points: 0.0;0;0;0;0;0"
    assert user_do(world, get_user="shop", format="").text == "User: ann_shop;0.0;0.0;0;0;0;"
    assert user_do(world, list=1, format="").text == "User: ann_shop;0.0;0.0;0;0;0;"


def test_a_change_of_nothing_has_a_number_of_its_own(world: World):
    add(world)
    assert number(user_do(world, set_user="ann_shop")) == 1021


def test_one_too_many_has_a_number(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "SUBUSERS_PER_ACCOUNT", 1)
    add(world)
    assert number(add(world, "cron")) == 1010


def test_without_json_a_no_is_one_line_of_text(world: World):
    answer = ask(world, owners(world), "POST", "/user.do", urlencode({"get_user": "nobody"}), headers=FORM)
    assert (answer.status, answer.text) == (200, "ERROR:1032")
    assert answer.headers["Content-Type"][0].startswith("text/plain")


@pytest.mark.parametrize(
    ("said", "code"), [({"add_user": "shop", "pass_": hexed()}, 8), ({"set_user": "shop", "active": 0}, 8)]
)
def test_nothing_is_changed_by_a_get(world: World, said: dict[str, Any], code: int):
    """A password is not even read there: addresses are logged."""
    before = made(world)
    assert number(user_do(world, "GET", **said)) == code
    assert seen(world, before) == before
    assert len(user_do(world, list=1).body) == 1


# --- Who may ----------------------------------------------------------------------------------------------

OWNERS_OWN: dict[str, dict[str, Any]] = {
    "add": {"add_user": "mine", "pass_": hexed()},
    "set": {"set_user": "shop", "limit": 1000},
    "get": {"get_user": "shop"},
    "list": {"list": 1},
}


@pytest.mark.parametrize("action", sorted(OWNERS_OWN))
def test_a_sub_user_is_told_that_it_is_for_the_main_user(world: World, action: str):
    subuser = made(world)
    token = make(subuser["id"], now=world.now)
    assert number(user_do(world, secret=token.secret, **OWNERS_OWN[action])) == 1000


@pytest.mark.parametrize("action", sorted(OWNERS_OWN))
def test_credits_smuggles_nothing_past_its_rule(world: World, action: str):
    subuser = made(world)
    token = make(subuser["id"], now=world.now)
    assert number(user_do(world, secret=token.secret, credits=0, **OWNERS_OWN[action])) == 1001
    assert seen(world, subuser) == subuser
    assert len(user_do(world, list=1).body) == 1


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_of_two_actions_none_is_done(world: World, method: str):
    subuser = made(world)
    twice = {"credits": 1, "set_user": subuser["username"], "active": 0}
    assert number(user_do(world, method, **twice)) == 1001
    assert number(user_do(world, method, list=1, get_user=subuser["username"])) == 1001
    assert seen(world, subuser) == subuser


def test_a_token_without_the_scope_is_told_so(world: World):
    assert number(user_do(world, secret=given(world, scopes="sms"), list=1)) == 401
    assert number(user_do(world, secret=given(world, scopes="subusers"), credits=1)) == 401


def test_nobody_in_particular_is_told_so(world: World):
    assert number(user_do(world, secret="garbage", list=1)) == 101


def test_sub_users_of_another_account_are_nobody(world: World):
    made(world)
    bob = world.add("bob")
    secret = given(world, bob)
    assert number(user_do(world, secret=secret, get_user="shop")) == 1032
    assert number(user_do(world, secret=secret, set_user="shop", active=0)) == 1032
    assert user_do(world, secret=secret, list=1).body == []


def test_points_are_whole_ten_thousandths(world: World):
    assert add(world, limit="0.1").body["limit"] == 1000 / POINT
