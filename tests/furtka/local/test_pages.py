"""What is under /_local/, and who may see it."""

from datetime import datetime, timedelta

import pytest


def test_the_outbox_shows_every_message_in_the_order_in_which_it_left(toy):
    toy.door("messages")
    sms, email = toy.get("/_local/outbox").json()[-2:]
    assert (sms["kind"], sms["to"], sms["text"]) == ("sms", "+48500100200", "first")
    assert (email["kind"], email["to"], email["subject"]) == ("email", "someone@example.com", "Second")
    assert email["id"] == sms["id"] + 1
    assert datetime.fromisoformat(sms["at"]) <= datetime.fromisoformat(email["at"])


def test_a_browser_gets_the_outbox_as_a_page_that_runs_nothing_of_a_message(toy):
    toy.door("messages")
    page = toy.get("/_local/outbox", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert "the &lt;b&gt;second&lt;/b&gt;" in page.text


@pytest.mark.parametrize("host", ["furtka.attacker.example", "127.0.0.1.attacker.example", "[::1", ""])
def test_a_name_that_only_leads_here_sees_nothing(toy, host):
    answer = toy.get("/_local/outbox", headers={"Host": host})
    assert answer.status_code in {400, 403}
    assert "text" not in answer.text


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", "http://["])
def test_another_sites_page_moves_nothing(toy, origin):
    answer = toy.post("/_local/clock", json={"advance_seconds": 1}, headers={"Origin": origin})
    assert answer.status_code == 403


def test_the_clock_that_requests_get_can_be_moved_forward(toy):
    before = datetime.fromisoformat(toy.get("/_local/clock").json()["now"])
    toy.advance(3600)
    after = toy.door("echo").json()["requestContext"]["requestTimeEpoch"] / 1000
    shown = datetime.fromisoformat(toy.get("/_local/clock").json()["now"])
    assert (before + timedelta(hours=1)).timestamp() - 0.001 <= after <= shown.timestamp()


@pytest.mark.parametrize("wanted", [{"advance_seconds": wanted} for wanted in (-1, "1", True)] + [{}, []])
def test_the_clock_takes_a_number_and_never_goes_back(toy, wanted):
    answer = toy.post("/_local/clock", json=wanted)
    assert answer.status_code == 400
    assert "forward" in answer.json()["message"]


def test_a_carrier_that_is_down_takes_no_message_until_it_is_up_again(toy):
    sent = len(toy.texts())
    assert toy.post("/_local/carrier", json={"down": True}).json() == {"down": True}
    assert toy.door("messages").status_code == 502
    assert toy.post("/_local/carrier", json={"down": False}).json() == {"down": False}
    assert toy.door("messages").ok
    assert len(toy.texts()) == sent + 2


@pytest.mark.parametrize("wanted", [{"down": "yes"}, {"down": 1}, {}, []])
def test_a_carrier_is_down_or_it_is_not(toy, wanted):
    answer = toy.post("/_local/carrier", json=wanted)
    assert answer.status_code == 400
    assert "down must be true" in answer.json()["message"]


def test_a_stack_without_a_seed_says_that_it_has_no_demo_account(toy):
    answer = toy.get("/_local/demo")
    assert answer.status_code == 404
    assert answer.json() == {"message": "This stack has no demo account."}
