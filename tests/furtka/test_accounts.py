"""`furtka accounts` in this process: what an operator says of an account is what the account knows."""

import pytest

from furtka.cli import main
from shared import policy, settings
from shared.domain.identifiers import account_of
from shared.domain.ip_lists import IpList
from shared.domain.mail_trouble import MailTrouble
from shared.domain.sender_names import SenderName
from shared.storage import accounts, engine, logins, mailboxes, sender_names, users, wallets
from shared.storage.engine import commit
from tests.account.ip_lists import ABROAD, OFFICE, account_at, colleague
from tests.support.factors import SECOND, ask, signed_in
from tests.support.world import NOON, Person, World


def test_no_password_may_hold_the_name_of_the_accounts_company(world: World, capsys: pytest.CaptureFixture[str]):
    who = ["--login", "bob", "--email", "bob@example.com", "--company", "Wędlinex Sp. z o.o."]
    assert main(["accounts", "create", *who]) == 0
    assert "A link to set the password is on its way" in capsys.readouterr().out
    body = {"token": world.link("invitation"), "password": "My-Wedlinex-1"}
    answer = world.post("/invitations/accept", body)
    assert [miss["error"] for miss in answer.body["errors"]] == ["contains_known_word"]
    assert world.post("/invitations/accept", body | {"password": "Trzy-Sowy-4-Razy"}).status == 204


def test_an_account_may_be_made_without_a_company(world: World):
    assert main(["accounts", "create", "--login", "bob", "--email", "bob@example.com"]) == 0
    body = {"token": world.link("invitation"), "password": "My-Wedlinex-1"}
    assert world.post("/invitations/accept", body).status == 204


@pytest.mark.parametrize("login", ["o'brien@example.org", "jan.kowalski"])
def test_the_invitation_tells_the_login_as_it_signs_in(world: World, login: str):
    assert main(["accounts", "create", "--login", login, "--email", "bob@example.com"]) == 0
    assert f"the password of the login {login} here" in world.mails[-1][2]
    world.post("/invitations/accept", {"token": world.link("invitation"), "password": "Trzy-Sowy-4-Razy"})
    world.wait(SECOND)
    assert world.post("/login", {"login": login, "password": "Trzy-Sowy-4-Razy"}).status == 200


@pytest.mark.parametrize(
    "login",
    ["anna maria", "a b<script>", "a\tb", "a\u202eb", "anna:nowak", "visit-evil.com", "+48700123456", "x" * 255],
)
def test_a_login_is_not_created_that_letters_could_not_show(
    world: World, login: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["accounts", "create", "--login", login, "--email", "bob@example.com"]) == 2
    assert "A login has letters from a to z" in capsys.readouterr().err
    assert logins.find(login) is None
    assert world.mails == []


@pytest.mark.parametrize(
    ("email", "said"),
    [
        *((text, "must be an e-mail address alone") for text in ("not-an-email", "Bob <bob@example.com>", "")),
        *((text, "ASCII characters before the @") for text in ("łukasz@example.org", "ｂｏｂ@example.com")),
    ],
)
def test_an_account_is_not_created_for_an_address_that_no_letter_reaches(
    world: World, email: str, said: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["accounts", "create", "--login", "bob", "--email", email]) == 2
    assert said in capsys.readouterr().err
    assert main(["accounts", "create", "--login", "bob", "--email", "bob@żółw.pl"]) == 0
    assert [address for address, _, _ in world.mails] == ["bob@xn--w-uga1v8h.pl"]


@pytest.mark.parametrize("login", ["anna maria", "anna:nowak", "visit-evil.com", "żółw"])
def test_a_login_from_before_its_rule_keeps_signing_in(world: World, login: str):
    assert world.sign_in(world.add(login, phone=None)).status == 200


def test_an_operator_opens_the_lists_of_an_owner_who_has_no_codes_left(
    world: World, capsys: pytest.CaptureFixture[str]
):
    tried = IpList(on=True, sources=ABROAD).proposing(on=True, sources=OFFICE, on_trial=True, now=world.now)
    commit(accounts.setting_lists(account_at(world.ann), panel=tried, api=IpList(on=True, sources=OFFICE)))
    assert world.sign_in().status == 403
    assert main(["accounts", "open-lists", "--login", "Ann"]) == 0
    assert "Both IP lists are off" in capsys.readouterr().out
    assert world.sign_in().status == 200
    world.wait(policy.LIST_TRIAL)
    account = account_at(world.ann)
    assert account.panel.admits(ABROAD, now=world.now)
    assert account.api.admits(ABROAD, now=world.now)


def test_everybody_in_the_account_is_told_that_an_operator_opened_its_lists(world: World):
    colleague(world, world.ann, "clerk")
    world.add("stranger")
    main(["accounts", "open-lists", "--login", "clerk"])
    told = [address for address, subject, _ in world.mails if subject == "The lists of addresses were switched off"]
    assert sorted(told) == ["ann@example.com", "clerk@example.com"]


def test_the_log_says_that_it_was_an_operator(world: World):
    main(["accounts", "open-lists", "--login", "ann"])
    world.wait(SECOND)
    log = ask(world, signed_in(world), "GET", "/account/activity", query={"event": "account_ip_lists_opened"}).body
    assert [(entry["actor"], entry["detail"], entry["address"]) for entry in log["entries"]] == [("operator", "", "")]


def test_there_is_nothing_to_open_for_a_login_that_nobody_has(world: World, capsys: pytest.CaptureFixture[str]):
    assert main(["accounts", "open-lists", "--login", "nobody"]) == 2
    assert "there is no login nobody" in capsys.readouterr().err


def test_an_operator_approves_a_sender_name_and_takes_that_back(world: World, capsys: pytest.CaptureFixture[str]):
    account_id = account_of(world.ann.user_id)
    commit(*sender_names.adding(SenderName(account_id, "SHOP", active=False, created_at=world.now)))
    for more, said, active in (([], "can be sent under", True), (["--off"], "Nothing is sent under", False)):
        assert main(["accounts", "sender", "--login", "Ann", "SHOP", *more]) == 0
        assert said in capsys.readouterr().out
        name, _ = sender_names.find(account_id, "SHOP")
        assert name
        assert name.active is active


def test_a_sender_name_that_nobody_asked_for_is_not_approved(world: World, capsys: pytest.CaptureFixture[str]):
    assert main(["accounts", "sender", "--login", "ann", "SHOP"]) == 2
    assert "no sender name SHOP" in capsys.readouterr().err
    assert main(["accounts", "sender", "--login", "nobody", "SHOP"]) == 2
    assert "there is no login nobody" in capsys.readouterr().err


# --- Mailboxes ---------------------------------------------------------------------------------------------


def test_operators_see_whose_mailbox_bounces_in_any_account(world: World, capsys: pytest.CaptureFixture[str]):
    assert main(["accounts", "bouncing"]) == 0
    assert capsys.readouterr().out == "Every mailbox takes its e-mails, as far as SES tells.\n"
    bob, _ = world.add("bob"), world.add("eve")
    for person, trouble in (world.ann, {"bounced_at": NOON}), (bob, {"complained_at": NOON}):
        user = users.read(engine.fetch_one(users.key(person.user_id)))
        assert user
        commit(mailboxes.noting(user, MailTrouble(user.email_at, **trouble)))
    assert main(["accounts", "bouncing"]) == 0
    shown = capsys.readouterr().out
    assert [line.split()[3::2] for line in shown.splitlines()[:-1]] == [["bounced", "ann"], ["complained", "bob"]]
    assert shown.endswith("2 in all.\n")
    assert "@" not in shown, "whoever looks over the shoulder reads no address"


# --- Points and countries ---------------------------------------------------------------------------------


def run(*words: str) -> int:
    action, *rest = words
    return main(["accounts", action, "--login", "ann", *rest])


def test_an_operator_adds_points_and_is_told_how_many_there_are(world: World, capsys: pytest.CaptureFixture[str]):
    assert run("points", "100") == run("points", "0.16") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "The account has 100.16 points."
    assert wallets.balance(account_at(world.ann).account_id) == 1_001_600


@pytest.mark.parametrize("amount", ["0.00001", "-1", "NaN", "Infinity"])
def test_what_is_no_amount_of_points_is_not_added(world: World, amount: str, capsys: pytest.CaptureFixture[str]):
    assert main(["accounts", "points", "--login", "ann", "--", amount]) == 2
    assert "points" in capsys.readouterr().err
    assert wallets.balance(account_at(world.ann).account_id) == 0


def test_an_account_may_be_made_with_points(world: World, capsys: pytest.CaptureFixture[str]):
    assert main(["accounts", "create", "--login", "bob", "--email", "bob@example.com", "--points", "12.5"]) == 0
    bob = logins.find("bob")
    assert bob
    assert wallets.balance(bob.account_id) == 125_000


def test_an_operator_says_where_an_account_may_send_to(world: World, capsys: pytest.CaptureFixture[str]):
    assert run("countries", "gb, DE") == 0
    assert account_at(world.ann).abroad == "DE GB"
    assert run("countries", "") == 0
    assert account_at(world.ann).abroad == ""
    assert "may send to: none." in capsys.readouterr().out


def test_a_country_without_a_price_is_not_opened(world: World, capsys: pytest.CaptureFixture[str]):
    assert run("countries", "DE,XX") == 2
    said = capsys.readouterr().err
    assert "to XX:" in said
    assert "DE" not in said
    assert account_at(world.ann).abroad == ""


def test_an_operator_says_how_many_messages_a_day_may_go_abroad(world: World, capsys: pytest.CaptureFixture[str]):
    assert account_at(world.ann).abroad_per_day is None
    assert run("abroad", "5000") == 0
    assert account_at(world.ann).abroad_per_day == 5000
    for wrong in ("-1", "1000001"):
        assert run("abroad", "--", wrong) == 2
        assert "from 0 to 1000000" in capsys.readouterr().err
    assert account_at(world.ann).abroad_per_day == 5000


@pytest.mark.parametrize(
    ("words", "event"),
    [
        (["countries", "DE"], "account_countries_changed"),
        (["abroad", "5"], "account_countries_changed"),
        (["points", "1"], "account_points_added"),
    ],
)
def test_the_log_says_that_an_operator_did_it(world: World, words: list[str], event: str):
    run(*words)
    world.wait(SECOND)
    log = ask(world, signed_in(world), "GET", "/account/activity", query={"event": event}).body
    assert [entry["actor"] for entry in log["entries"]] == ["operator"]


# --- A phone that an operator gives -----------------------------------------------------------------------

GIVEN_PHONE = "+48600100777"


def with_given_phone(world: World) -> Person:
    """Create an account with a phone, as its owner is before their first sign-in."""
    who = ["--login", "bob", "--email", "bob@example.com", "--phone", GIVEN_PHONE]
    assert main(["accounts", "create", *who]) == 0
    body = {"token": world.link("invitation"), "password": "Trzy-Sowy-4-Razy"}
    world.wait(SECOND)
    assert world.post("/invitations/accept", body).status == 204
    world.wait(SECOND)
    found = logins.find("bob")
    assert found
    return Person("bob", found.user_id, found.email, found.phone, "Trzy-Sowy-4-Razy")


@pytest.mark.parametrize("phone", ["+881612345678", "+870773123456"])
def test_an_operator_gives_no_number_of_a_satellite_phone(world: World, phone: str, capsys: pytest.CaptureFixture[str]):
    who = ["--login", "bob", "--email", "bob@example.com", "--phone", phone]
    assert main(["accounts", "create", *who]) == 2
    assert "not a valid mobile number" in capsys.readouterr().err
    assert logins.find("bob") is None


def test_a_given_number_gets_the_codes_of_the_first_sign_in_and_is_then_bounded_until_it_is_proved(world: World):
    bob = with_given_phone(world)
    asked = []
    for _ in range(1 + policy.ENROLMENT_SMS_PER_NUMBER_AND_DAY + 1):
        asked.append(world.sign_in(bob))
        world.wait(policy.RESEND_AFTER)
    assert [answer.status for answer in asked] == [200] * (1 + policy.ENROLMENT_SMS_PER_NUMBER_AND_DAY) + [429]
    assert asked[-1].error == "sms_limit_reached"


def test_strangers_who_enrol_a_given_number_do_not_hinder_its_first_sign_in(world: World):
    bob = with_given_phone(world)
    for place in range(policy.ENROLMENT_SMS_PER_NUMBER_AND_DAY):
        token = signed_in(world, world.add(f"stranger{place}", phone=None))
        assert ask(world, token, "POST", "/account/factors/sms", {"phone": GIVEN_PHONE}).status == 200
    challenge_id = world.challenge(bob)
    world.wait(policy.RESEND_AFTER)
    assert world.post("/verify-code/resend", {"challenge_id": challenge_id}).status == 200
    assert world.verify(challenge_id, world.code()).status == 200


def test_a_given_number_is_proved_by_the_first_right_code(world: World):
    bob = with_given_phone(world)
    world.challenge(bob)
    world.wait(policy.RESEND_AFTER)
    assert world.verify(world.challenge(bob), world.code()).status == 200
    for _ in range(policy.SMS_PER_NUMBER_AND_HOUR - 2):
        world.wait(policy.RESEND_AFTER)
        assert world.sign_in(bob).status == 200


def test_the_owner_with_a_given_number_is_one_of_those_who_may_have_it(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "NUMBER_HOLDERS", 1)
    bob = with_given_phone(world)
    token = signed_in(world, colleague(world, bob, "clerk"), password=bob.password)
    assert ask(world, token, "POST", "/account/factors/sms", {"phone": GIVEN_PHONE}).error == "phone_in_use"


@pytest.mark.parametrize(
    "command", [["create", "--login", "bob", "--email", "bob@example.com"], ["invite", "--login", "anna"]]
)
def test_nobody_is_invited_before_the_stack_knows_where_a_link_would_lead(
    world: World, command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(settings, "PANEL_ORIGIN", "")
    assert main(["accounts", *command]) == 2
    assert "set PanelOrigin" in capsys.readouterr().err
    assert world.mails == []
    assert logins.find("bob") is None
