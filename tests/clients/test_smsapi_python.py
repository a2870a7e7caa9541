"""`smsapi-client`, the official client for Python, unmodified: each of its calls, granted and refused."""

import json
import time
from datetime import UTC, date, datetime, timedelta
from hashlib import md5
from itertools import count
from typing import Any

import pytest
from smsapi.client import Client, SmsApiPlClient
from smsapi.contacts.models import ContactModel, GroupModel
from smsapi.exception import EndpointException, SendException

from shared import policy
from tests.clients.customer import SENDER, Customer

NAMES = count(1)

UNAUTHORISED = (101, "Authorization failed")


def _client(customer: Customer, token: str) -> Client:
    return Client(customer.url, access_token=token)


@pytest.fixture
def smsapi(customer: Customer) -> Client:
    return _client(customer, customer.token)


@pytest.fixture
def stranger(customer: Customer) -> Client:
    return _client(customer, "0" * 40)


@pytest.fixture
def narrow(customer: Customer) -> Client:
    """Whose token may see the profile and nothing else."""
    return _client(customer, customer.another_token(scopes=["profile"]))


@pytest.fixture
def name() -> str:
    return f"clerk-{next(NAMES)}"


def _refusal(refused: pytest.ExceptionInfo[EndpointException]) -> dict[str, Any]:
    """What a REST route said: this client shows the body as its message."""
    return dict(json.loads(refused.value.message))


def test_another_base_url_is_all_that_changes(customer: Customer, number: str):
    """The named clients take no URL, but they can be given one."""
    named = SmsApiPlClient(access_token=customer.token)
    named.domain = customer.url
    assert named.sms.send(to=number, message="Moved").count == 1


# --- sms.do -----------------------------------------------------------------------------------------------


def test_a_message_is_sent_paid_for_and_described(customer: Customer, smsapi: Client, number: str):
    before, outbox = customer.points, len(customer.stack.outbox())
    sent = smsapi.sms.send(to=number, message="Your parcel has come", from_=SENDER, details=1, idx="order-1")
    assert (sent.count, sent.message, sent.length, sent.parts) == (1, "Your parcel has come", 20, 1)
    (message,) = sent.results
    assert (message.number, message.submitted_number) == (number, number)
    assert (message.status, message.idx, message.parts, message.error) == ("QUEUE", "order-1", 1, None)
    assert message.id
    assert message.points == pytest.approx(before - customer.points)
    assert abs(message.date_sent - customer.stack.now.timestamp()) < 60
    assert customer.stack.message("sms", f"+{number}", after=outbox) == "Your parcel has come"


def test_without_details_none_are_told(smsapi: Client, number: str):
    sent = smsapi.sms.send(to=number, message="Short")
    assert (sent.count, sent.message, sent.length, sent.parts) == (1, None, None, None)


def test_many_numbers_have_an_idx_and_words_each(customer: Customer, smsapi: Client, number: str):
    numbers, outbox = [number, f"49151{number[-8:]}"], len(customer.stack.outbox())
    sent = smsapi.sms.send(to=numbers, message="Dear [%1%]", param1=["Ann", "Bob"], idx=["a", "b"])
    assert [(one.number, one.idx) for one in sent.results] == list(zip(numbers, "ab", strict=True))
    texts = [customer.stack.message("sms", f"+{one}", after=outbox) for one in numbers]
    assert texts == ["Dear Ann", "Dear Bob"]


def test_a_test_is_answered_as_ever_and_neither_sent_nor_paid_for(customer: Customer, smsapi: Client, number: str):
    before, outbox = customer.points, len(customer.stack.outbox())
    sent = smsapi.sms.send(to=number, message="Only a test", test=True)
    assert (sent.count, sent.results[0].status) == (1, "QUEUE")
    assert customer.points == before
    assert not customer.stack.sent("sms", f"+{number}", after=outbox)


@pytest.mark.parametrize("idx", range(2))
def test_an_idx_that_is_checked_is_good_once_a_day(smsapi: Client, number: str, idx: int):
    def send() -> None:
        smsapi.sms.send(to=number, message="Once", idx=f"{number}-{idx}", check_idx=1)

    send()
    with pytest.raises(SendException) as refused:
        send()
    assert refused.value.code == 53


def test_options_that_do_not_matter_here_stop_nothing(smsapi: Client, number: str):
    options = {
        "encoding": "utf-8",
        "normalize": True,
        "skip_foreign": 1,
        "allow_duplicates": 0,
        "max_parts": 3,
        "partner_id": "P-1",
        "discount_group": "main",
        "notify_url": "https://example.com/reports",
    }
    assert smsapi.sms.send(to=number, message="Zażółć", **options).count == 1
    assert smsapi.sms.send_fast(to=number, message="Quick").count == 1


def test_a_flash_message_is_not_to_be_had(smsapi: Client, number: str):
    with pytest.raises(SendException) as refused:
        smsapi.sms.send_flash(to=number, message="On the screen at once")
    assert refused.value.code == 110


def test_a_wrong_number_is_named(smsapi: Client):
    with pytest.raises(SendException) as refused:
        smsapi.sms.send(to="not-a-number", message="Hello")
    assert (refused.value.code, refused.value.message) == (13, "No correct phone numbers")
    (wrong,) = refused.value.invalid_numbers
    assert (wrong.submitted_number, wrong.reason) == ("not-a-number", "Invalid phone number")


def test_a_wrong_number_beside_a_right_one_is_no_failure(smsapi: Client, number: str):
    sent = smsapi.sms.send(to=["not-a-number", number], message="Hello")
    assert [one.submitted_number for one in sent] == [number]


@pytest.mark.parametrize(
    ("order", "code", "message"),
    [
        ({"message": "Hello"}, 13, "Recipients list cannot be empty"),
        ({"to": "48500100099"}, 11, "Content is empty"),
        ({"to": "48500100099", "message": ""}, 11, "Content is empty"),
        ({"to": "48500100099", "message": "x" * 161, "max_parts": 1}, 12, None),
        ({"to": "48500100099", "message": "Hello", "from_": "Nobody"}, 14, None),
        ({"to": "33612345678", "message": "Hello"}, 112, None),
        ({"to": "48500100099", "message": "Hello", "date": "soon"}, 54, None),
        ({"to": "48500100099", "message": "Hello", "date": 4_102_444_800}, 50, None),
    ],
)
def test_why_nothing_was_sent_is_a_number(smsapi: Client, order: dict[str, Any], code: int, message: str | None):
    with pytest.raises(SendException) as refused:
        smsapi.sms.send(**order)
    assert refused.value.code == code
    assert refused.value.message == (message or refused.value.message)
    assert refused.value.message


def test_more_recipients_than_one_request_may_have_are_refused(smsapi: Client):
    numbers = [str(48_510_000_000 + place) for place in range(policy.RECIPIENTS_OF_ORDER + 1)]
    with pytest.raises(SendException) as refused:
        smsapi.sms.send(to=numbers, message="Hello")
    assert refused.value.code == 18


def test_a_campaign_to_many_is_one_request_and_is_withdrawn_by_its_ids(customer: Customer, smsapi: Client):
    before, numbers = customer.points, [str(48_510_000_000 + place) for place in range(100)]
    sent = smsapi.sms.send(to=numbers, message="Hello", date=int(time.time()) + 3600)
    assert (sent.count, [one.submitted_number for one in sent.results]) == (100, numbers)
    assert customer.points == pytest.approx(before - 16)
    smsapi.sms.remove_scheduled(id=[one.id for one in sent.results])
    assert customer.points == pytest.approx(before)


def test_the_eleventh_message_to_a_number_within_a_minute_is_refused(smsapi: Client, number: str):
    for place in range(policy.SMS_REPEATS):
        smsapi.sms.send(to=number, message=f"Again {place}")
    with pytest.raises(SendException) as refused:
        smsapi.sms.send(to=number, message="Once more")
    assert refused.value.code == 52


def test_what_costs_more_than_there_is_is_not_sent_at_all(customer: Customer, smsapi: Client):
    before, numbers = customer.points, [f"4915112345{place:03}" for place in range(policy.RECIPIENTS_AT_ONCE)]
    with pytest.raises(SendException) as refused:
        smsapi.sms.send(to=numbers, message="x" * 1500)
    assert (refused.value.code, customer.points) == (103, before)


def test_who_is_not_known_gets_101_whatever_they_ask_of_the_older_routes(stranger: Client):
    calls = [
        lambda: stranger.sms.send(to="48500100099", message="Hello"),
        lambda: stranger.sms.remove_scheduled(id="1"),
        stranger.account.balance,
        stranger.account.list_users,
        stranger.sender.list,
    ]
    for call in calls:
        with pytest.raises(EndpointException) as refused:
            call()
        assert (refused.value.code, refused.value.message) == UNAUTHORISED


def test_a_token_without_the_scope_gets_401_as_its_code(narrow: Client):
    calls = [
        lambda: narrow.sms.send(to="48500100099", message="Hello"),
        narrow.account.list_users,
        narrow.sender.list,
    ]
    for call in calls:
        with pytest.raises(EndpointException) as refused:
            call()
        assert refused.value.code == 401


def test_a_sub_user_is_told_what_stops_them(customer: Customer, name: str, number: str):
    """Their points, the names that they may send under, their hours, and what is for the owner alone."""
    poor = _client(customer, customer.employ(name, points={"from_account": 0.2}))
    assert poor.sms.send(to=number, message="Hello").count == 1
    tomorrow = f"{customer.stack.now + timedelta(days=1):%a}".lower()
    hours = {"days": [tomorrow], "begin": "08:00", "end": "16:00", "zone": "UTC"}
    idle = _client(customer, customer.employ(f"{name}-b", points={"from_account": 5}, hours=hours))
    calls = [
        (96, lambda: poor.sms.send(to=number, message="Hello")),
        (14, lambda: poor.sms.send(to=number, message="Hello", from_=SENDER)),
        (74, lambda: idle.sms.send(to=number, message="Hello")),
        (1000, lambda: poor.sender.add(name="Mine")),
    ]
    for code, call in calls:
        with pytest.raises(EndpointException) as refused:
            call()
        assert refused.value.code == code
    assert poor.account.balance().points == pytest.approx(0.04)
    assert poor.contacts.list_contacts().size == 0


def test_from_an_address_that_is_not_on_the_list_it_gets_105(customer: Customer):
    elsewhere = _client(customer, customer.another_token(scopes=["sms"], ip_list=["192.0.2.0/24"]))
    with pytest.raises(SendException) as refused:
        elsewhere.sms.send(to="48500100099", message="Hello")
    assert refused.value.code == 105


def test_a_login_and_an_api_password_are_refused_where_the_account_takes_none(customer: Customer):
    by_password = Client(customer.url, username=customer.owner.login, password="Machine-Room-12")
    with pytest.raises(SendException) as refused:
        by_password.sms.send(to="48500100099", message="Hello")
    assert (refused.value.code, refused.value.message) == UNAUTHORISED


# --- Scheduled messages -----------------------------------------------------------------------------------


def _schedule(customer: Customer, smsapi: Client, to: str | list[str], **options: Any) -> list[Any]:
    when = int((customer.stack.now + timedelta(hours=2)).timestamp())
    sent = smsapi.sms.send(to=to, message="Later", date=when, **options)
    assert [one.date_sent for one in sent.results] == [when] * sent.count
    return list(sent.results)


def test_a_scheduled_message_is_taken_back_with_its_points(customer: Customer, smsapi: Client, number: str):
    before = customer.points
    (waiting,) = _schedule(customer, smsapi, number)
    assert customer.points < before
    removed = smsapi.sms.remove_scheduled(id=waiting.id)
    assert (removed.count, [one.id for one in removed.results]) == (1, [waiting.id])
    assert customer.points == before


def test_several_are_taken_back_at_once(customer: Customer, smsapi: Client, number: str):
    """This client repeats the key for each."""
    ids = [_schedule(customer, smsapi, number)[0].id for _ in range(2)]
    removed = smsapi.sms.remove_scheduled(id=ids)
    assert (removed.count, sorted(one.id for one in removed.results)) == (2, sorted(ids))


@pytest.mark.parametrize("message_id", ["", "1", "0123456789ABCDEF01234567"])
def test_what_is_not_scheduled_cannot_be_taken_back(smsapi: Client, message_id: str):
    with pytest.raises(EndpointException) as refused:
        smsapi.sms.remove_scheduled(id=message_id or "x")
    assert (refused.value.code, refused.value.message) == (301, "Not exists ID message")


def test_what_was_sent_cannot_be_taken_back(smsapi: Client, number: str):
    sent = smsapi.sms.send(to=number, message="Gone")
    with pytest.raises(EndpointException) as refused:
        smsapi.sms.remove_scheduled(id=sent.results[0].id)
    assert (refused.value.code, refused.value.message) == (301, "Not exists ID message")


# --- SMS Authenticator ------------------------------------------------------------------------------------


def test_a_code_is_sent_told_and_right_once(customer: Customer, smsapi: Client, number: str):
    outbox = len(customer.stack.outbox())
    sent = smsapi.mfa.send_mfa(phone_number=number, content="Code: [%code%]", from_=SENDER, fast=0)
    assert (sent.phone_number, sent.from_, sent.results[0].id != "") == (number, SENDER, True)
    assert customer.stack.message("sms", f"+{number}", after=outbox) == f"Code: {sent.code}"
    assert smsapi.mfa.verify_mfa(phone_number=number, code=sent.code).results == []
    with pytest.raises(EndpointException) as refused:
        smsapi.mfa.verify_mfa(phone_number=number, code=sent.code)
    assert refused.value.code == 404


def test_a_code_may_be_given_as_a_number(smsapi: Client, number: str):
    """Unless it begins with a zero."""
    sent = smsapi.mfa.send_mfa(phone_number=number)
    code = sent.code if sent.code.startswith("0") else int(sent.code)
    assert smsapi.mfa.verify_mfa(phone_number=number, code=code).count == 0


def test_a_wrong_code_is_not_found(smsapi: Client, number: str):
    sent = smsapi.mfa.send_mfa(phone_number=number)
    wrong = "123456" if sent.code != "123456" else "123457"
    with pytest.raises(EndpointException) as refused:
        smsapi.mfa.verify_mfa(phone_number=number, code=wrong)
    assert (refused.value.code, _refusal(refused)["message"]) == (404, "Not found")


def test_a_code_that_came_too_late_is_told_by_its_status(customer: Customer, smsapi: Client, number: str):
    sent = smsapi.mfa.send_mfa(phone_number=number)
    customer.stack.let(timedelta(minutes=11))
    with pytest.raises(EndpointException) as refused:
        smsapi.mfa.verify_mfa(phone_number=number, code=sent.code)
    assert refused.value.code == 408


@pytest.mark.parametrize(
    ("code", "message"), [("", "MFA code cannot be empty"), ("invalid", "MFA code has invalid format")]
)
def test_what_is_no_code_is_told_so(smsapi: Client, number: str, code: str, message: str):
    with pytest.raises(EndpointException) as refused:
        smsapi.mfa.verify_mfa(phone_number=number, code=code)
    assert (refused.value.code, _refusal(refused)["message"]) == (400, message)


def test_a_landline_gets_no_code(smsapi: Client):
    with pytest.raises(EndpointException) as refused:
        smsapi.mfa.send_mfa(phone_number="48327201201")
    told = _refusal(refused)
    assert (refused.value.code, told["message"]) == (400, "The value is not valid mobile number.")
    assert (told["error"], told["errors"][0]["message"]) == ("invalid_request_data", told["message"])


def test_a_second_code_at_once_is_too_many(smsapi: Client, number: str):
    smsapi.mfa.send_mfa(phone_number=number)
    with pytest.raises(EndpointException) as refused:
        smsapi.mfa.send_mfa(phone_number=number)
    assert refused.value.code == 429


def test_codes_are_for_tokens_that_may(stranger: Client, narrow: Client, number: str):
    for smsapi, status in ((stranger, 401), (narrow, 403)):
        with pytest.raises(EndpointException) as refused:
            smsapi.mfa.send_mfa(phone_number=number)
        assert refused.value.code == status


# --- user.do ----------------------------------------------------------------------------------------------


def _hashed(password: str) -> str:
    return md5(password.encode()).hexdigest()  # noqa: S324 - what this client's users send


def test_the_balance_is_told_in_points_and_messages(customer: Customer, smsapi: Client):
    balance = smsapi.account.balance()
    assert balance.points == customer.points
    counts = (balance.pro_count, balance.eco_count, balance.mms_count, balance.vms_gsm_count, balance.vms_land_count)
    assert all(isinstance(one, int) for one in counts)


def test_a_sub_user_is_made_read_changed_and_listed(customer: Customer, smsapi: Client, name: str):
    """The owner's name is put before the sub-user's, who is found with it and without."""
    made = smsapi.account.create_user(
        name=name,
        password=_hashed("Kwiat-Paproci-7"),
        api_password=_hashed("Machine-Room-12"),
        limit=5,
        month_limit=2.5,
        senders=True,
        phonebook=0,
        active=True,
        info="Clerk",
    )
    assert made.username == f"{customer.owner.login}_{name}"
    assert (made.limit, made.month_limit) == (5, 2.5)
    assert (made.senders, made.phonebook, made.active, made.info) == (1, 0, 1, "Clerk")
    assert smsapi.account.user(name=made.username) == made
    changed = smsapi.account.update_user(name=made.username, month_limit=3, active=False)
    assert (changed.month_limit, changed.active, changed.limit, changed.info) == (3, 0, 5, "Clerk")
    assert changed in smsapi.account.list_users().results
    assert smsapi.account.user(name=name) == changed
    with pytest.raises(EndpointException) as refused:
        smsapi.account.user(name=name, without_prefix=1)
    assert refused.value.code == 1032


def test_without_a_prefix_the_name_is_as_it_was_given(smsapi: Client, name: str):
    made = smsapi.account.create_user(name=f"{name}-alone", password=_hashed("Kwiat-Paproci-7"), without_prefix=1)
    assert made.username == f"{name}-alone"
    assert smsapi.account.user(name=f"{name}-alone", without_prefix=1) == made


def test_a_name_is_taken_once(smsapi: Client, name: str):
    smsapi.account.create_user(name=name, password=_hashed("Kwiat-Paproci-7"))
    with pytest.raises(EndpointException) as refused:
        smsapi.account.create_user(name=name, password=_hashed("Kwiat-Paproci-7"))
    assert refused.value.code == 1115


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"name": "ab"}, 1112),
        ({"name": "no spaces"}, 1114),
        ({"password": "Kwiat-Paproci-7"}, 1123),
        ({"limit": "many"}, 1131),
        ({"month_limit": "many"}, 1141),
        ({"senders": 2}, 1150),
        ({"phonebook": 2}, 1160),
        ({"active": 2}, 1170),
    ],
)
def test_what_is_wrong_with_a_sub_user_is_a_number(smsapi: Client, name: str, order: dict[str, Any], code: int):
    with pytest.raises(EndpointException) as refused:
        smsapi.account.create_user(**{"name": name, "password": _hashed("Kwiat-Paproci-7"), **order})
    assert refused.value.code == code


def test_a_sub_user_who_is_not_there_is_1032(smsapi: Client):
    for call in (smsapi.account.user, smsapi.account.update_user):
        with pytest.raises(EndpointException) as refused:
            call(name="nobody", active=1)
        assert refused.value.code == 1032


# --- sender.do --------------------------------------------------------------------------------------------


@pytest.fixture
def sender() -> str:
    return f"Brand {next(NAMES)}"


def test_a_sender_name_is_asked_for_looked_at_and_given_back(smsapi: Client, sender: str):
    assert smsapi.sender.add(name=sender).count == 1
    found = smsapi.sender.check(name=sender)
    assert (found.sender, found.status) == (sender, "INACTIVE")
    listed = {one.sender: one for one in smsapi.sender.list()}
    assert (listed[sender].status, listed[sender].default) == ("INACTIVE", False)
    assert listed[SENDER].status == "ACTIVE"
    assert smsapi.sender.remove(name=sender).count == 1
    assert sender not in [one.sender for one in smsapi.sender.list()]


def test_a_name_that_is_approved_becomes_the_default(customer: Customer, smsapi: Client):
    assert smsapi.sender.default(name=SENDER).count == 1
    assert {one.sender for one in smsapi.sender.list() if one.default} == {SENDER}


def test_one_that_is_not_does_not(smsapi: Client, sender: str):
    smsapi.sender.add(name=sender)
    with pytest.raises(EndpointException) as refused:
        smsapi.sender.default(name=sender)
    assert (refused.value.code, refused.value.message) == (2061, "Cannot set to default not active sendername")


@pytest.mark.parametrize(("name", "code"), [("far-too-long-for-a-name", 2112), (SENDER, 2115)])
def test_what_is_wrong_with_a_sender_name_is_a_number(customer: Customer, smsapi: Client, name: str, code: int):
    with pytest.raises(EndpointException) as refused:
        smsapi.sender.add(name=name)
    assert refused.value.code == code


def test_a_sender_name_that_is_not_there_is_2031(smsapi: Client):
    for call in (smsapi.sender.remove, smsapi.sender.default, smsapi.sender.check):
        with pytest.raises(EndpointException) as refused:
            call(name="Nowhere")
        assert refused.value.code == 2031


# --- Contacts ---------------------------------------------------------------------------------------------


@pytest.fixture
def contact(smsapi: Client, number: str) -> ContactModel:
    return smsapi.contacts.create_contact(phone_number=number, first_name="Ewa", last_name=f"Nowak-{number}")


@pytest.fixture
def group(smsapi: Client) -> GroupModel:
    return smsapi.contacts.create_group(name=f"Group {next(NAMES)}", description="Friends", idx="g-1")


def _is_not_found(refused: pytest.ExceptionInfo[EndpointException], message: str) -> bool:
    told = _refusal(refused)
    return (refused.value.code, told["error"], told["message"]) == (404, "not_found", message)


def test_a_contact_is_made_read_changed_and_deleted(smsapi: Client, number: str):
    facts = {"first_name": "Ewa", "last_name": "Nowak", "email": "ewa@example.com", "gender": "female"}
    made = smsapi.contacts.create_contact(phone_number=number, birthday_date="1990-05-04", description="VIP", **facts)
    assert {name: getattr(made, name) for name in facts} == facts
    assert (made.phone_number, made.birthday_date, made.description) == (number, date(1990, 5, 4), "VIP")
    assert isinstance(made.date_created, datetime)
    assert abs(made.date_created - datetime.now(UTC)) < timedelta(days=1)
    assert smsapi.contacts.get_contact(contact_id=made.id) == made
    changed = smsapi.contacts.update_contact(contact_id=made.id, first_name="Eva")
    assert (changed.first_name, changed.last_name) == ("Eva", "Nowak")
    assert smsapi.contacts.delete_contact(contact_id=made.id) == {}
    with pytest.raises(EndpointException) as refused:
        smsapi.contacts.get_contact(contact_id=made.id)
    assert _is_not_found(refused, "Cannot find contact")


def test_contacts_are_found_by_what_is_known_of_them(smsapi: Client, contact: ContactModel, number: str):
    assert smsapi.contacts.list_contacts(phone_number=number).collection == [contact]
    assert smsapi.contacts.list_contacts(q=contact.last_name).collection == [contact]
    assert smsapi.contacts.list_contacts(last_name=["Nobody", contact.last_name]).size == 1


def test_contacts_come_in_pages_and_in_order(smsapi: Client, number: str):
    for place, name in enumerate(("Ola", "Ala", "Ela")):
        smsapi.contacts.create_contact(
            phone_number=str(int(number) + 10**6 * (place + 1)), first_name=name, email=f"{place}@{number}.example.com"
        )
    page = smsapi.contacts.list_contacts(q=f"@{number}.", limit=2, offset=1, orderBy="first_name")
    assert (page.size, [one.first_name for one in page]) == (3, ["Ela", "Ola"])


def test_a_contact_needs_a_number_or_an_address(smsapi: Client):
    with pytest.raises(EndpointException) as refused:
        smsapi.contacts.create_contact(first_name="Ewa")
    assert (refused.value.code, _refusal(refused)["error"]) == (400, "invalid_request_data")


def test_a_number_is_in_the_database_once(smsapi: Client, contact: ContactModel):
    with pytest.raises(EndpointException) as refused:
        smsapi.contacts.create_contact(phone_number=contact.phone_number)
    assert refused.value.code == 409


def test_a_group_is_made_read_changed_and_deleted(smsapi: Client, group: GroupModel, customer: Customer):
    assert (group.description, group.idx, group.created_by) == ("Friends", "g-1", customer.owner.login)
    assert smsapi.contacts.get_group(group_id=group.id).name == group.name
    changed = smsapi.contacts.update_group(group_id=group.id, name=f"{group.name} B")
    assert (changed.name, changed.description) == (f"{group.name} B", "Friends")
    assert group.id in [one.id for one in smsapi.contacts.list_groups()]
    assert smsapi.contacts.delete_group(group_id=group.id) == {}
    with pytest.raises(EndpointException) as refused:
        smsapi.contacts.get_group(group_id=group.id)
    assert _is_not_found(refused, "Group not found")


def test_two_groups_have_not_one_name(smsapi: Client, group: GroupModel):
    with pytest.raises(EndpointException) as refused:
        smsapi.contacts.create_group(name=group.name)
    assert refused.value.code == 409


def test_a_contact_is_put_into_a_group_and_taken_out(smsapi: Client, contact: ContactModel, group: GroupModel):
    which = {"group_id": group.id, "contact_id": contact.id}
    assert smsapi.contacts.pin_contact_to_group(**which).id == contact.id
    assert smsapi.contacts.contact_is_in_group(**which).id == contact.id
    assert [one.id for one in smsapi.contacts.list_contact_groups(contact_id=contact.id)] == [group.id]
    assert smsapi.contacts.get_group(group_id=group.id).contacts_count == 1
    assert smsapi.contacts.unpin_contact_from_group(**which) == {}
    with pytest.raises(EndpointException) as refused:
        smsapi.contacts.contact_is_in_group(**which)
    assert refused.value.code == 404


def test_contacts_are_taken_out_of_a_group_by_a_filter(smsapi: Client, contact: ContactModel, group: GroupModel):
    """It travels in the body of a DELETE."""
    smsapi.contacts.pin_contact_to_group(group_id=group.id, contact_id=contact.id)
    smsapi.contacts.unpin_contact_from_group_by_query(group_id=group.id, last_name=contact.last_name)
    assert smsapi.contacts.get_group(group_id=group.id).contacts_count == 0
    assert smsapi.contacts.get_contact(contact_id=contact.id).id == contact.id


def test_a_message_goes_to_everybody_in_a_group(smsapi: Client, contact: ContactModel, group: GroupModel):
    smsapi.contacts.pin_contact_to_group(group_id=group.id, contact_id=contact.id)
    sent = smsapi.sms.send_to_group(group=group.name, message="To all of you")
    assert [one.number for one in sent.results] == [contact.phone_number]


def test_a_group_without_a_number_gets_none(smsapi: Client, group: GroupModel):
    for name, code in ((group.name, 41), ("No such group", 40)):
        with pytest.raises(SendException) as refused:
            smsapi.sms.send_to_group(group=name, message="To all of you")
        assert refused.value.code == code


def test_a_sub_user_is_allowed_a_group_more_of_it_and_none(
    customer: Customer, smsapi: Client, group: GroupModel, name: str
):
    user = smsapi.account.create_user(name=name, password=_hashed("Kwiat-Paproci-7")).username
    whose = {"group_id": group.id, "username": user}
    given = smsapi.contacts.create_group_permission(**whose, read=True, write=False, send=1)
    assert (given.username, given.read, given.write, given.send) == (user, True, False, True)
    changed = smsapi.contacts.update_user_group_permission(**whose, read=0, write=1, send=False)
    assert (changed.read, changed.write, changed.send) == (False, True, False)
    assert [one.username for one in smsapi.contacts.get_group(group_id=group.id).permissions] == [user]
    assert smsapi.contacts.delete_user_group_permission(**whose) == {}
    assert smsapi.contacts.get_group(group_id=group.id).permissions == []


def test_where_this_client_misreads_permissions_it_does_so_in_peace(smsapi: Client, group: GroupModel):
    """It takes the list for one permission, and one for a list: nothing is found, and nothing breaks."""
    assert smsapi.contacts.list_group_permissions(group_id=group.id).username is None
    with pytest.raises(EndpointException) as refused:
        smsapi.contacts.list_user_group_permissions(group_id=group.id, username="nobody")
    assert refused.value.code == 404


def test_contacts_are_for_tokens_that_may(stranger: Client, narrow: Client):
    for smsapi, status in ((stranger, 401), (narrow, 403)):
        with pytest.raises(EndpointException) as refused:
            smsapi.contacts.list_contacts()
        assert refused.value.code == status
        assert _refusal(refused)["error"]


# --- What this stack has not ------------------------------------------------------------------------------


def test_what_is_not_here_is_refused_as_not_available(customer: Customer):
    smsapi = SmsApiPlClient(access_token=customer.token)
    smsapi.domain = customer.url
    calls = [
        lambda: smsapi.mms.send(to="48500100099", subject="Hello", smil="<smil/>"),
        lambda: smsapi.vms.send(to="48500100099", tts="Hello"),
        lambda: smsapi.hlr.check_number(number="48500100099"),
    ]
    for call in calls:
        with pytest.raises(EndpointException) as refused:
            call()
        assert refused.value.code == 110
    calls = [smsapi.shorturl.list_short_urls, smsapi.blacklist.list_phone_numbers]
    for call in calls:
        with pytest.raises(EndpointException) as refused:
            call()
        assert (refused.value.code, _refusal(refused)["error"]) == (403, "not_available")


def test_lists_of_fields_and_the_bin_of_contacts_are_not_here(smsapi: Client, contact: ContactModel):
    """A contact may have any field: nobody makes a list of them first. What is deleted is gone, nothing else is."""
    calls = [
        smsapi.contacts.list_custom_fields,
        lambda: smsapi.contacts.create_custom_field(name="shoe", type="text"),
        lambda: smsapi.contacts.update_custom_field(field_id="1", name="hat"),
        lambda: smsapi.contacts.delete_custom_field(field_id="1"),
        smsapi.contacts.count_contacts_in_trash,
        smsapi.contacts.restore_contacts_in_trash,
        smsapi.contacts.clean_trash,
    ]
    for call in calls:
        with pytest.raises(EndpointException) as refused:
            call()
        assert refused.value.code == 403
    assert smsapi.contacts.get_contact(contact_id=contact.id) == contact
