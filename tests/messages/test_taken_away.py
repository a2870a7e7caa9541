"""What is taken away stops what waits: a message is judged when it leaves, by what its sender then has."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

import notify.shipments
from furtka import accounts as operator
from shared import policy
from shared.domain.contact_access import Permission
from shared.domain.identifiers import account_of
from shared.domain.provenance import Rescue, of
from shared.domain.sending_hours import DAYS, Hours
from shared.domain.users import User
from shared.storage import accounts, groups, tokens, users
from shared.storage.engine import commit
from tests.messages.conftest import START, Shop, clerk, program
from tests.messages.test_sms_groups import _group
from tests.proofs import tables
from tests.support import sending
from tests.support.events import Reply
from tests.support.programs import with_api_password
from tests.support.sending import ANN_CALLS, BOB_CALLS, GERMAN
from tests.support.tokens import Held, get_token, make
from tests.support.world import World

AN_HOUR = timedelta(hours=1)
START_POINTS = 10.0


type Headers = dict[str, str]
type Take = Callable[[World, Held, Headers], None]


def fire(world: World) -> None:
    notify.shipments.look(now=world.now, has_time=lambda: True)


def later(shop: Shop, by: timedelta = AN_HOUR) -> list[tuple[str, str]]:
    """What was sent by SMS when that time is over."""
    shop.world.wait(by)
    fire(shop.world)
    return shop.world.sms


def schedule(shop: Shop, **parameters: object) -> str:
    """The id of a message that leaves in an hour."""
    answer = shop.sms(**{"date": int((shop.world.now + AN_HOUR).timestamp()), **parameters})
    assert "list" in answer, answer
    return str(answer["list"][0]["id"])


def status(shop: Shop, message_id: str) -> str:
    (found,) = shop.legacy("/sms.do", status=message_id)["list"]
    return str(found["status"])


def noted() -> list[tuple[str, str]]:
    """(event, detail) of what the platform did by itself."""
    rows = tables.rows("activity")
    return [(row["event"]["S"], row["detail"]["S"]) for row in rows if row["actor"]["S"] == "platform"]


def session(world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.session()['session']['token']}"}


def _own(world: World, **facts: object) -> tuple[Shop, Held]:
    """A program of ann's, and its token."""
    held = make(world.ann.user_id, now=world.now, used_at=world.now, **facts)
    return Shop(world, world.ann.user_id, held.secret), held


@pytest.fixture
def points(world: World) -> None:
    sending.give_points(account_of(world.ann.user_id), START)
    sending.allow(account_of(world.ann.user_id), "DE")


def delete(world: World, held: Held, headers: Headers) -> None:
    assert world.call("DELETE", f"/tokens/{held.id}", headers=headers).status == 204


def switch_off(world: World, held: Held, headers: Headers) -> None:
    assert world.call("PATCH", f"/tokens/{held.id}", {"active": False}, headers=headers).status == 200


def narrow(world: World, held: Held, headers: Headers) -> None:
    assert world.call("PATCH", f"/tokens/{held.id}", {"scopes": "profile"}, headers=headers).status == 200


def find(world: World, held: Held, headers: Headers) -> None:
    assert world.post("/tokens/found", {"token": held.secret}).status == 204


def find_older(world: World, held: Held, headers: Headers) -> None:
    rotate(world, held, headers)
    find(world, held, headers)


def rescue(world: World, held: Held, headers: Headers) -> None:
    """The token came from a sign-in that ann reported."""
    tokens_ = tokens.find(held.token.account_id, held.id)
    assert tokens_
    commit(tokens.changing(tokens_, replace(tokens_, provenance=of(world.ann.user_id, world.now)), now=world.now))
    account = accounts.find(held.token.account_id)
    assert account
    commit(accounts.rescuing(account, Rescue(world.ann.user_id, world.now - AN_HOUR, world.now)))


def rotate(world: World, held: Held, headers: Headers) -> None:
    assert world.post(f"/tokens/{held.id}/rotate", headers=headers).status == 201


def expire(world: World, held: Held, headers: Headers) -> None:
    until = (world.now + timedelta(minutes=2)).isoformat()
    answer = world.call("PATCH", f"/tokens/{held.id}", {"expiration_date": until}, headers=headers)
    assert answer.status == 200, answer


@pytest.mark.usefixtures("points")
@pytest.mark.parametrize(
    ("take", "reason"),
    [
        (delete, "token_revoked"),
        (switch_off, "token_revoked"),
        (find, "token_revoked"),
        (find_older, "token_revoked"),
        (rescue, "token_revoked"),
        (narrow, "scope_removed"),
        (lambda world, *_: operator.approve("ann", "BankXY", active=False, now=world.now), "sender_not_active"),
        (lambda world, *_: operator.open_countries("ann", [], now=world.now), "country_closed"),
        (lambda world, *_: operator.suspend("ann", on=True, now=world.now), "account_suspended"),
        (lambda world, *_: operator.switch("ann", enabled=False, now=world.now), "user_off"),
        (lambda world, *_: operator.switch_sending("ann", on=False, now=world.now), "sending_off"),
    ],
)
@pytest.mark.parametrize("waits", [True, False], ids=["scheduled", "on the queue"])
def test_what_was_ordered_before_does_not_leave_and_is_given_back(
    world: World, take: Take, reason: str, *, waits: bool
):
    shop, held = _own(world)
    assert shop.rest("POST", "/sms/sendernames", {"sender": "BankXY"}).status == 201
    operator.approve("ann", "BankXY", active=True, now=world.now)
    headers = session(world)
    facts = {"from": "BankXY", "to": GERMAN[1:]}
    message = schedule(shop, **facts) if waits else str(shop.sms(**facts)["list"][0]["id"])
    assert shop.points < START_POINTS
    world.wait(timedelta(minutes=1))
    take(world, held, headers)
    sent = later(shop) if waits else world.sms
    assert "hello" not in [text for _, text in sent]
    assert shop.points == START_POINTS
    assert noted() == [("account_messages_stopped", reason)]
    if reason == "account_suspended":
        operator.suspend("ann", on=False, now=world.now)
    if reason == "user_off":
        operator.switch("ann", enabled=True, now=world.now)
    assert status(program(world, world.ann.user_id), message) == "STOP"


@pytest.mark.usefixtures("points")
@pytest.mark.parametrize("waits", [True, False], ids=["scheduled", "on the queue"])
def test_the_idx_of_what_did_not_leave_may_be_used_again(world: World, *, waits: bool):
    shop, held = _own(world)
    headers = session(world)
    facts = {"idx": "order-7", "check_idx": "1"}
    assert schedule(shop, **facts) if waits else shop.sms(**facts)["list"]
    delete(world, held, headers)
    assert (ANN_CALLS, "hello") not in (later(shop) if waits else world.sms)
    assert "list" in program(world, world.ann.user_id).sms(**facts)


@pytest.mark.usefixtures("points")
def test_what_did_not_leave_counts_as_no_repeat(world: World):
    shop, held = _own(world)
    headers, soon = session(world), policy.SMS_REPEATS_WITHIN / 2
    at = {"date": int((world.now + soon).timestamp())}
    for _ in range(policy.SMS_REPEATS):
        assert "list" in shop.sms(**at)
    assert "list" not in program(world, world.ann.user_id).sms()
    delete(world, held, headers)
    assert (ANN_CALLS, "hello") not in later(shop, soon)
    assert "list" in program(world, world.ann.user_id).sms()


@pytest.mark.usefixtures("points")
@pytest.mark.parametrize("change", [rotate, expire])
def test_a_token_that_expired_or_was_rotated_has_not_been_taken_away(world: World, change: Take):
    shop, held = _own(world)
    schedule(shop)
    change(world, held, session(world))
    assert (ANN_CALLS, "hello") in later(shop)


@pytest.mark.usefixtures("points")
def test_an_access_token_is_judged_by_its_client_and_stops_all_of_it_once_it_is_found(world: World):
    client = make(world.ann.user_id, "client", now=world.now)
    shop = Shop(world, world.ann.user_id, get_token(world, client))
    schedule(shop)
    assert (ANN_CALLS, "hello") in later(shop, policy.ACCESS_TOKEN_LIFETIME + AN_HOUR)
    shop = Shop(world, world.ann.user_id, get_token(world, client))
    schedule(shop, message="thief")
    world.wait(timedelta(minutes=1))
    assert world.post("/tokens/found", {"token": shop.secret}).status == 204
    assert "thief" not in dict(later(shop)).values()


@pytest.mark.usefixtures("points")
@pytest.mark.parametrize(
    ("taken", "leaves"), [("removed", False), ("set anew", False), ("mode off", False), ("changed", True)]
)
def test_an_api_password_is_judged_by_itself(world: World, taken: str, *, leaves: bool):
    shop = Shop(world, world.ann.user_id, "")
    basic = with_api_password(world, world.ann)
    body = {"to": "48600100201", "message": "hello", "date": int((world.now + AN_HOUR).timestamp())}
    assert "list" in shop.form("/sms.do", body | {"format": "json"}, headers={"Authorization": basic}).body
    world.wait(timedelta(minutes=1))
    headers = session(world)
    if taken in ("removed", "set anew"):
        assert world.call("DELETE", "/account/api-password", headers=headers).status == 204
    if taken in ("changed", "set anew"):
        with_api_password(world, world.ann, "Another-Room-13")
    if taken == "mode off":
        assert world.call("PUT", "/account/legacy-api", {"enabled": False}, headers=headers).status == 200
    assert ((ANN_CALLS, "hello") in later(shop)) == leaves
    assert (shop.points == START_POINTS) != leaves


# --- A token that is deleted ------------------------------------------------------------------------------


def _delete(world: World, held: Held, headers: Headers, **query: str) -> Reply:
    return world.call("DELETE", f"/tokens/{held.id}", headers=headers, query=query)


@pytest.mark.usefixtures("points")
def test_deleting_a_token_says_how_many_messages_wait_that_it_ordered(world: World, monkeypatch: pytest.MonkeyPatch):
    shop, held = _own(world)
    schedule(_own(world)[0])
    for numbers in ("48600100201,48600100202", "48600100201"):
        schedule(shop, to=numbers)
    assert shop.rest("DELETE", f"/messages/{schedule(shop)}").status == 204
    shop.sms(to="48600100202")  # it does not wait
    deleted = _delete(world, held, session(world))
    assert (deleted.status, deleted.headers["Scheduled-Messages"]) == (204, ["3"])
    monkeypatch.setattr(policy, "SHIPMENTS_SEARCHED_AT_ONCE", 1)
    more, held = _own(world)
    for minutes in (10, 20):
        schedule(more, date=int((world.now + timedelta(minutes=minutes)).timestamp()))
    assert _delete(world, held, session(world)).headers["Scheduled-Messages"] == ["1+"]


@pytest.mark.usefixtures("points")
@pytest.mark.parametrize("kind", ["api", "client"])
def test_what_a_deleted_token_scheduled_leaves_if_somebody_in_a_session_keeps_it(world: World, kind: str):
    held = make(world.ann.user_id, kind, now=world.now, used_at=world.now)
    shop = Shop(world, world.ann.user_id, get_token(world, held) if kind == "client" else held.secret)
    schedule(shop)
    paid = shop.points
    deleted = _delete(world, held, session(world), scheduled="keep")
    assert (deleted.status, deleted.headers["Scheduled-Messages"]) == (204, ["1"])
    assert shop.form("/sms.do", {"to": "48600100202", "message": "late", "format": "json"}).body["error"] == 101
    assert (ANN_CALLS, "hello") in later(shop)
    assert sending.balance(world.ann.user_id) / 10_000 == paid
    assert noted() == []


@pytest.mark.usefixtures("points")
def test_what_is_kept_is_still_judged_by_all_the_rest_and_can_be_withdrawn(world: World):
    shop, held = _own(world)
    schedule(shop)
    schedule(shop, to=BOB_CALLS[1:])
    headers = session(world)
    assert _delete(world, held, headers, scheduled="keep").status == 204
    only_bob = {"token_id": held.id, "number": BOB_CALLS[1:]}
    assert world.call("DELETE", "/messages", headers=headers, query=only_bob).body["withdrawn"] == 1
    operator.switch_sending("ann", on=False, now=world.now)
    assert "hello" not in dict(later(shop)).values()
    assert noted() == [("account_messages_stopped", "sending_off")]


@pytest.mark.usefixtures("points")
def test_no_program_keeps_what_a_token_scheduled_nor_does_a_session_without_step_up(world: World):
    shop, held = _own(world)
    schedule(shop)
    headers = session(world)
    refused = _delete(world, held, shop.bearer, scheduled="keep")
    assert (refused.status, refused.body["error"]) == (403, "session_only")
    assert "without `scheduled`" in refused.body["message"]
    world.wait(policy.CONFIRMED_FOR)
    assert _delete(world, held, headers, scheduled="keep").outcome == 401
    for query, field in ({"scheduled": "kept"}, "scheduled"), ({"schedule": "keep"}, "schedule"):
        refused = _delete(world, held, headers, **query)
        assert (refused.status, refused.body["errors"][0]["path"].rpartition(".")[2]) == (422, field)
    assert tokens.find(held.token.account_id, held.id)  # nothing was done by all of this
    assert _delete(world, held, shop.bearer).headers["Scheduled-Messages"] == ["1"]
    assert "hello" not in dict(later(shop)).values()


# --- Sub-users --------------------------------------------------------------------------------------------


def user_of(shop: Shop) -> User:
    found, _ = sending.find(shop.user_id)
    return found


def no_more_sms(boss: Shop, joe: Shop) -> None:
    assert boss.rest("PUT", f"/subusers/{joe.user_id}", {"permissions": ["profile"]}).status == 200


def gone(boss: Shop, joe: Shop) -> None:
    commit(users.removing(user_of(joe)))


def no_more_of_the_group(boss: Shop, joe: Shop) -> None:
    (group,) = groups.find(boss.account_id).groups
    before = groups.shares_of(joe.user_id)
    commit(groups.storing_shares(before, before.changed(group.group_id, Permission(read=True))))


def no_more_of_the_name(boss: Shop, joe: Shop) -> None:
    path = f"/subusers/{joe.user_id}/shares/sendernames"
    assert boss.rest("PUT", path, {"access": "none", "senders": []}).status == 204


@pytest.mark.parametrize(
    ("take", "reason"),
    [
        (no_more_sms, "scope_removed"),
        (gone, "user_off"),
        (no_more_of_the_group, "group_not_shared"),
        (no_more_of_the_name, "sender_not_active"),
    ],
)
def test_what_a_sub_user_may_not_do_any_more_does_not_leave_and_their_points_come_back(
    shop: Shop, take: Callable[[Shop, Shop], None], reason: str
):
    joe = clerk(shop)
    assert shop.rest("POST", "/sms/sendernames", {"sender": "SHOP"}).status == 201
    operator.approve("ann", "SHOP", active=True, now=shop.world.now)
    _group(shop, "VIP", ANN_CALLS, BOB_CALLS, shared={joe.user_id: Permission(send=True)})
    schedule(joe, **{"to": "", "group": "VIP", "from": "SHOP"})
    take(shop, joe)
    assert "hello" not in dict(later(shop)).values()
    assert noted() == [("account_messages_stopped", reason)]
    assert shop.points == START_POINTS
    assert reason == "user_off" or sending.purse(joe.user_id, now=shop.world.now) == (50000, 0)


OTHER_HOURS = timedelta(hours=5)


def _hours(shop: Shop, begins_in: timedelta) -> Hours:
    """Every day, an hour from then on."""
    begin = shop.world.now + begins_in
    return Hours(
        " ".join(DAYS), begin.time().replace(tzinfo=None), (begin + AN_HOUR).time().replace(tzinfo=None), "UTC"
    )


@pytest.mark.parametrize("restriction", ["follow", "nearest_available"])
def test_where_the_hours_changed_it_waits_for_the_next_if_that_was_ordered(shop: Shop, restriction: str):
    joe = clerk(shop, hours=_hours(shop, timedelta(minutes=30)))
    message = schedule(joe, time_restriction=restriction)
    commit(users.deciding(user_of(joe), hours=_hours(shop, OTHER_HOURS)))
    assert later(shop) == []
    moves = restriction == "nearest_available"
    assert (status(joe, message), shop.points) == (("QUEUE", 9.84) if moves else ("STOP", START_POINTS))
    assert later(shop, OTHER_HOURS - AN_HOUR) == ([(ANN_CALLS, "hello")] if moves else [])
    assert later(shop, timedelta(minutes=1)) == ([(ANN_CALLS, "hello")] if moves else [])


# --- Of several, and the switch ---------------------------------------------------------------------------


def test_of_several_only_those_to_a_country_that_was_closed_are_stopped(shop: Shop):
    sending.allow(shop.account_id, "DE")
    message = schedule(shop, to=f"{ANN_CALLS[1:]},{GERMAN[1:]}")
    sending.allow(shop.account_id, "")
    assert later(shop) == [(ANN_CALLS, "hello")]
    assert (status(shop, message), status(shop, message[:-2] + "01")) == ("SENT", "STOP")
    assert shop.points == 9.84


def test_the_owner_stops_all_sending_at_once_but_no_sign_in_and_lets_it_go_on(shop: Shop):
    world, headers = shop.world, session(shop.world)
    message, late = schedule(shop), schedule(shop, date=int((world.now + 3 * AN_HOUR).timestamp()))
    assert world.call("GET", "/account/sending", headers=headers).body == {"enabled": True}
    answer = world.call("PUT", "/account/sending", {"enabled": False}, headers=headers)
    assert (answer.status, answer.body) == (200, {"enabled": False})
    assert shop.sms()["error"] == 110
    code = shop.rest("POST", "/mfa/codes", {"phone_number": "48600100202"})
    assert (code.status, code.error) == (403, "sending_off")
    before = world.sms
    assert later(shop) == before
    assert status(shop, message) == "STOP"
    headers = session(world)  # whose code came by SMS
    assert world.call("PUT", "/account/sending", {"enabled": True}, headers=headers).body == {"enabled": True}
    assert status(shop, late) == "QUEUE"
    assert (ANN_CALLS, "hello") in later(shop, 2 * AN_HOUR)


def test_what_was_due_when_sending_was_switched_off_does_not_go_on_when_it_is_on_again(shop: Shop):
    before = shop.points
    message = str(shop.sms()["list"][0]["id"])
    for on in (False, True):
        operator.switch_sending("ann", on=on, now=shop.world.now)
    assert shop.world.sms == []
    assert (status(shop, message), shop.points) == ("STOP", before)
    shop.world.wait(timedelta(seconds=1))
    assert "list" in shop.sms()
    assert shop.world.sms == [(ANN_CALLS, "hello")]


def test_a_session_without_a_fresh_proof_and_a_sub_user_do_not_switch_sending(shop: Shop):
    world, headers = shop.world, session(shop.world)
    world.wait(policy.CONFIRMED_FOR)
    answer = world.call("PUT", "/account/sending", {"enabled": False}, headers=headers)
    assert answer.status == 401
    assert shop.rest("PUT", "/account/sending", {"enabled": False}).status == 403
    assert "list" in shop.sms()
