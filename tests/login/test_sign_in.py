"""POST /login as programs and people meet it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.storage import devices
from shared.storage.engine import commit
from tests.support.calls import preceded
from tests.support.pots import use_up
from tests.support.world import FROM_PANEL, NOON, Person, World


def _stamp(after: timedelta) -> str:
    return f"{NOON + after:%Y-%m-%dT%H:%M:%SZ}"


def test_a_right_password_earns_a_challenge_and_the_code_goes_to_the_phone(world: World):
    answer = world.sign_in()
    assert answer.status == 200
    assert answer.body["challenge"] == {
        "id": answer.body["challenge"]["id"],
        "channel": "sms",
        "factors": ["sms"],
        "sms_delayed": False,
        "phone": "+48******200",
        "expires_at": _stamp(policy.CODE_LIFETIME),
        "resend_at": _stamp(policy.RESEND_AFTER),
    }
    assert [number for number, _ in world.sms] == [world.ann.phone]


def test_a_login_is_the_same_however_it_is_spelled(world: World):
    assert world.post("/login", {"login": " ＡＮＮ ", "password": world.ann.password}).status == 200


def test_a_wrong_password_gets_no_code(world: World):
    answer = world.post("/login", {"login": "ann", "password": "Wrong-Horse-7"})
    assert (answer.status, answer.error) == (401, "invalid_credentials")
    assert answer.headers["WWW-Authenticate"] == ['Bearer realm="furtka"']
    assert world.sms == []


def test_an_account_without_a_phone_gets_its_session_at_once(world: World):
    bob = world.add("bob", phone=None)
    answer = world.sign_in(bob)
    assert answer.body["session"]["factors"] == ["password"]
    assert world.me(answer.body["session"]["token"]).body["login"] == "bob"


def test_a_login_that_has_no_password_yet_lets_nobody_in(world: World):
    eve = world.add("eve", password_hash=None)
    assert world.sign_in(eve).status == 401


def test_wrong_passwords_make_the_next_try_wait_and_then_longer(world: World):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        assert _wrong(world).status == 401
    first = _wrong(world)
    assert (first.status, first.error, first.retry_after) == (429, "too_many_attempts", 30)
    world.wait(timedelta(seconds=30))
    assert _wrong(world).status == 401
    assert _wrong(world).retry_after == 60


def test_waiting_is_refused_to_the_second_and_even_for_the_right_password(world: World):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        _wrong(world)
    world.wait(timedelta(seconds=29))
    assert world.sign_in().retry_after == 1
    world.wait(timedelta(seconds=1))
    assert world.sign_in().status == 200


def test_waits_grow_to_an_hour_and_never_become_a_lock(world: World):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        _wrong(world)
    waits = []
    for _ in range(12):
        waits.append(_wrong(world).retry_after)
        world.wait(timedelta(seconds=waits[-1]))
        _wrong(world)
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600, 3600]
    world.wait(policy.LONGEST_WAIT)
    assert world.sign_in().status == 200


def test_a_right_password_forgives_the_wrong_ones_before_it(world: World):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS - 1):
        _wrong(world)
    world.sign_in()
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        assert _wrong(world).status == 401


def test_another_address_is_not_slowed_by_the_first_one(world: World):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        _wrong(world)
    assert world.sign_in().status == 429
    assert world.sign_in(address="203.0.113.9").status == 200


def test_an_ipv6_customer_is_one_address_however_many_they_have(world: World):
    for place in range(policy.FREE_PASSWORD_ATTEMPTS):
        _wrong(world, address=f"2001:db8::{place:x}")
    assert _wrong(world, address="2001:db8::ffff").status == 429
    assert _wrong(world, address="2001:db8:0:1::1").status == 401


def test_many_addresses_together_slow_a_login_too(world: World):
    for place in range(policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE):
        assert _wrong(world, address=f"203.0.113.{place}").status == 401
    assert _wrong(world, address="192.0.2.1").retry_after == 30


def test_strangers_cannot_lock_out_a_device_that_is_known(world: World):
    known = world.session()["device_token"]
    for place in range(policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE):
        _wrong(world, address=f"203.0.113.{place}")
    assert world.sign_in(address="192.0.2.1").status == 429
    assert world.sign_in(device_token=known).status == 200


def test_a_device_of_somebody_else_is_no_way_around_the_waits(world: World):
    mine = world.session(world.add("mallory", phone="+48600100299"))["device_token"]
    for place in range(policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE):
        _wrong(world, address=f"203.0.113.{place}")
    assert world.sign_in(device_token=mine, address="192.0.2.1").status == 429


def test_a_new_device_is_told_to_the_owner_when_it_is_in(world: World):
    headers = {"User-Agent": "Firefox/140.0"}
    world.verify(world.challenge(headers=headers), world.code(), headers=headers)
    ((address, subject, text),) = world.mails
    assert (address, subject) == ("ann@example.com", "A sign-in from a new device")
    assert "198.51.100.7" in text
    assert "Firefox" in text


def test_a_wrong_password_from_a_new_device_mails_nobody(world: World):
    _wrong(world)
    assert world.mails == []


def test_a_known_device_mails_nobody_again(world: World):
    known = world.session()["device_token"]
    heard = len(world.mails)
    world.sign_in(device_token=known, headers={"User-Agent": "Something else"}, address="203.0.113.1")
    assert len(world.mails) == heard


def test_a_known_device_stays_known_over_many_sign_ins(world: World):
    known = world.session()["device_token"]
    for _ in range(5):
        world.wait(timedelta(hours=12))
        assert world.session(device_token=known)["device_token"] is None
    assert len(world.mails) == 1


def test_a_forged_device_token_is_unknown(world: World):
    known = world.session()["device_token"]
    forged = known[:-10] + ("A" if known[-10] != "A" else "B") + known[-9:]
    world.session(device_token=forged)
    assert len(world.mails) == 2


def test_a_device_is_not_known_by_its_id_without_its_secret(world: World):
    """The id of a device is shown in the panel, and anybody can work out a checksum."""
    known = identifiers.read(world.session()["device_token"], kind="device")
    assert known
    forged = identifiers.write(replace(known, secret=randomness.token("device", known.user_id).secret))
    assert world.session(device_token=forged)
    assert len(world.mails) == 2


def test_a_device_token_that_was_made_up_is_no_way_around_the_waits(world: World):
    known = identifiers.read(world.session()["device_token"], kind="device")
    assert known
    forged = identifiers.write(replace(known, secret=randomness.token("device", known.user_id).secret))
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        _wrong(world)
    assert world.sign_in(device_token=forged).status == 429


def test_a_device_that_is_forgotten_while_its_user_signs_in_is_unknown_from_then_on(world: World):
    known = str(world.session()["device_token"])
    device = identifiers.read(known, kind="device")
    assert device
    with preceded("TransactWriteItems", lambda: commit(devices.forgetting(device.id))):
        assert world.sign_in(device_token=known).error == "outrun"
    assert devices.of_user(world.ann.user_id)[0] == []
    world.session(device_token=known)
    assert len(world.mails) == 2


def test_a_device_is_forgotten_after_a_year_without_a_sign_in(world: World):
    known = world.session()["device_token"]
    world.wait(policy.DEVICE_REMEMBERED_FOR)
    world.session(device_token=known)
    assert len(world.mails) == 2


def test_a_number_gets_five_codes_in_any_hour(world: World):
    for _ in range(policy.SMS_PER_NUMBER_AND_HOUR):
        assert world.sign_in().status == 200
        assert world.sms
        world.wait(timedelta(minutes=10))
    refused = world.sign_in()
    assert (refused.status, refused.error, refused.retry_after) == (429, "sms_limit_reached", 600)
    world.wait(timedelta(seconds=599))
    assert world.sign_in().retry_after == 1
    world.wait(timedelta(seconds=1))
    assert world.sign_in().status == 200
    assert len(world.sms) == 6


def test_a_number_gets_fifteen_codes_in_any_day(world: World):
    for _ in range(policy.SMS_PER_NUMBER_AND_DAY):
        assert world.sign_in().status == 200
        world.wait(timedelta(minutes=15))
    assert world.sign_in().retry_after == (timedelta(days=1) - 15 * timedelta(minutes=15)).total_seconds()


def test_a_right_password_is_never_counted_as_a_wrong_one_when_messages_are_used_up(world: World):
    use_up(world, world.ann, "unknown-device")
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS + 2):
        assert world.sign_in().error == "sms_limit_reached"


def test_a_browser_gets_cookies_that_no_script_can_read_and_no_token(world: World):
    challenge_id = world.challenge(transport="cookie", headers=FROM_PANEL)
    opened = world.verify(challenge_id, world.code(), headers=FROM_PANEL)
    assert set(opened.body) == {"session"}
    assert "token" not in opened.body["session"]
    for name in ("__Host-furtka-session", "__Host-furtka-device"):
        line = opened.cookie(name)
        assert {"Path=/", "HttpOnly", "Secure", "SameSite=Strict"} <= set(line.split("; "))
        assert "Domain" not in line


def test_a_browsers_session_works_by_its_cookie(world: World):
    cookies = _browser(world)
    assert world.call("GET", "/session", headers={"Cookie": cookies}).body["login"] == "ann"


def test_a_browser_that_comes_back_is_known_by_its_cookie(world: World):
    cookies = _browser(world)
    world.challenge(transport="cookie", headers=FROM_PANEL | {"Cookie": cookies})
    assert len(world.mails) == 1


@dataclass
class Browser:
    """A browser that keeps the cookie of its device as long as it was told to."""

    world: World
    value: str = ""
    until: datetime = NOON

    def sign_in(self, person: Person) -> None:
        headers = FROM_PANEL | {"Cookie": f"__Host-furtka-device={self.value if self.world.now < self.until else ''}"}
        answer = self.world.sign_in(person, transport="cookie", headers=headers)
        if "challenge" in answer.body:
            code = self.world.code()
            answer = self.world.verify(answer.body["challenge"]["id"], code, headers=headers)
        assert answer.status == 200
        first, *rest = answer.cookie("__Host-furtka-device").split("; ")
        self.value = first.partition("=")[2]
        seconds = next(int(one.partition("=")[2]) for one in rest if one.startswith("Max-Age="))
        self.until = self.world.now + timedelta(seconds=seconds)


@pytest.mark.parametrize("phone", ["+48600100211", None])
def test_a_browser_that_signs_in_now_and_then_is_never_a_new_device_again(world: World, phone: str | None):
    bob, browser = world.add("bob", phone=phone), Browser(world)
    for _ in range(8):
        browser.sign_in(bob)
        world.wait(timedelta(days=180))
    assert [subject for _, subject, _ in world.mails] == ["A sign-in from a new device"]


def test_one_browser_knows_several_logins(world: World):
    people = [world.add(name, phone=None) for name in ("bob", "cleo", "dan")]
    browser = Browser(world)
    for _ in range(3):
        for person in people:
            browser.sign_in(person)
            world.wait(timedelta(hours=1))
    assert sorted(address for address, _, _ in world.mails) == sorted(person.email for person in people)


def test_a_browser_forgets_the_login_that_it_has_not_seen_for_longest(world: World):
    people = [world.add(f"bob{place}", phone=None) for place in range(policy.DEVICES_OF_A_BROWSER + 1)]
    browser = Browser(world)
    for person in [*people, people[-1], people[1], people[0]]:
        browser.sign_in(person)
    mailed = [address for address, _, _ in world.mails]
    assert {person.email: mailed.count(person.email) for person in people} == {
        person.email: 2 if person == people[0] else 1 for person in people
    }


def test_a_device_of_another_user_in_the_cookie_makes_nobody_known(world: World):
    bob, mallory = world.add("bob", phone=None), world.add("mallory", phone=None)
    browser = Browser(world)
    browser.sign_in(mallory)
    heard = len(world.mails)
    browser.sign_in(bob)
    assert [address for address, _, _ in world.mails[heard:]] == [bob.email]


def test_the_device_token_in_the_body_comes_before_the_cookie(world: World):
    bob = world.add("bob", phone=None)
    token = world.sign_in(bob).body["device_token"]
    for known, cookie in ((token, "x"), ("x", token)):
        heard = len(world.mails)
        world.sign_in(bob, device_token=known, headers={"Cookie": f"__Host-furtka-device={cookie}"})
        assert len(world.mails) - heard == (known != token)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_a_cookie_is_given_only_to_the_panels_own_page(world: World, headers: dict[str, str]):
    answer = world.sign_in(transport="cookie", headers=headers)
    assert (answer.status, answer.error) == (403, "cross_site_request")


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}])
def test_a_code_for_a_browser_is_taken_only_from_its_page(world: World, headers: dict[str, str]):
    challenge_id = world.challenge(transport="cookie", headers=FROM_PANEL)
    assert world.verify(challenge_id, world.code(), headers=headers).status == 403
    assert world.verify(challenge_id, world.code(), headers=FROM_PANEL).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_foreign_page_cannot_use_the_api_even_without_cookies(world: World, headers: dict[str, str]):
    answer = world.sign_in(headers=headers)
    assert (answer.status, answer.error) == (403, "cross_site_request")


def _wrong(world: World, **more: str):
    return world.post("/login", {"login": "ann", "password": "Wrong-Horse-7"}, **more)


def _browser(world: World) -> str:
    """The Cookie header of a browser that has signed in."""
    challenge_id = world.challenge(transport="cookie", headers=FROM_PANEL)
    opened = world.verify(challenge_id, world.code(), headers=FROM_PANEL)
    return "; ".join(line.partition(";")[0] for line in opened.headers["Set-Cookie"])
