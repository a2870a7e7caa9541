"""Whatever a thief does in any order, one rescue puts them out and their victim back in; a mailbox alone is no key.

A property of thirty requests at a time: the thief has the password and one code, and in the end also what they set
themselves: an address, a phone, an app, recovery codes, tokens, sub-users. A reader of the mailbox has every link that
was mailed to it, and no second factor. A stranger knows the login and the number, and delays nobody by more than one
wait.
"""

import re
from contextlib import ExitStack
from typing import Any

import pyotp
from argon2 import PasswordHasher
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared import policy
from shared.crypto import password_hash
from tests.support.events import Reply
from tests.support.factors import SECOND, ask
from tests.support.world import PASSWORD, Person, new_world

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
THIEF = "203.0.113.66"
THIEFS = ("stranger@evil.example", "stranger2@evil.example")
THIEFS_PHONES = ("+48600100888", "+48600100889")
PASSWORDS = ("Burglar-Sled-91", "Burglar-Sled-92", "Burglar-Sled-93")
NEW = "Trzy-Sowy-4-Razy"
LINKS = re.compile("furtka_(reset|notme|undo|email|recovery|invitation)_[0-9A-Za-z]+")


class Break:
    """A world of its own for each run, in which hashes cost nothing."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.world = self._stack.enter_context(new_world())
        self._hasher = password_hash._hasher
        password_hash._hasher = CHEAP
        self.victim = self.world.add("victim", phone="+48600100203", password_hash=CHEAP.hash(PASSWORD))

    def end(self) -> None:
        password_hash._hasher = self._hasher
        self._stack.close()

    def code_at(self, phone: str) -> str:
        """Return the newest code that was sent to that phone."""
        codes = [code for to, text in self.world.sms if to == phone for code in re.findall(r"\b[0-9]{6}\b", text)]
        return str(codes[-1]) if codes else "000000"

    def links_at(self, *emails: str) -> list[tuple[str, str]]:
        """Return (kind, token) of every link that was mailed to these addresses, oldest first."""
        texts = [text for to, _, text in self.world.mails if to in emails]
        return [(found[1], found[0]) for text in texts for found in LINKS.finditer(text)]

    def sign_in(self, person: Person, password: str, phone: str, **more: Any) -> Reply:
        """Sign in as someone who has that password and reads that phone."""
        answer = self.world.sign_in(person, password=password, **more)
        if answer.status == 200 and "challenge" in answer.body:
            aside = {"address": more["address"]} if "address" in more else {}
            return self.world.verify(answer.body["challenge"]["id"], self.code_at(phone), **aside)
        return answer


class Thief(RuleBasedStateMachine):
    """A thief with the password and one code; then one rescue."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Break()
        self.world, self.victim = self.place.world, self.place.victim
        self.known: list[str] = [PASSWORD]
        self.secrets: list[str] = []
        self.app: pyotp.TOTP | None = None

    @initialize()
    def both_sign_in(self) -> None:
        self.place.sign_in(self.victim, PASSWORD, str(self.victim.phone))
        self.world.wait(SECOND)
        opened = self.place.sign_in(self.victim, PASSWORD, str(self.victim.phone), address=THIEF)
        self.device = opened.body["device_token"]
        self.sessions = [str(opened.body["session"]["token"])]
        self.link = self.world.link("notme")
        self.world.wait(SECOND)

    def thief(self, method: str, path: str, body: object = None) -> Reply:
        answer = ask(self.world, self.sessions[-1], method, path, body, address=THIEF)
        self.world.wait(SECOND)
        return answer

    @rule(phone=st.sampled_from(THIEFS_PHONES))
    def sets_a_phone(self, phone: str) -> None:
        asked = self.thief("POST", "/account/factors/sms", {"phone": phone})
        if asked.status == 200:
            proof = {"challenge_id": asked.body["challenge"]["id"], "code": self.place.code_at(phone)}
            self.thief("POST", "/account/factors/sms/confirm", proof)

    @rule(email=st.sampled_from(THIEFS))
    def sets_an_address(self, email: str) -> None:
        if self.thief("POST", "/account/email", {"email": email}).status == 204:
            self.world.post("/email/confirm", {"token": self.world.link("email")}, address=THIEF)
            self.world.wait(SECOND)

    @rule()
    def adds_an_app(self) -> None:
        made = self.thief("POST", "/account/factors/totp")
        if made.status == 200:
            self.app = pyotp.TOTP(made.body["secret"])
            self.thief("POST", "/account/factors/totp/confirm", {"code": self.app.at(self.world.now)})

    @rule(factor=st.sampled_from(["sms", "totp"]))
    def switches_off(self, factor: str) -> None:
        self.thief("DELETE", f"/account/factors/{factor}")

    @rule()
    def makes_recovery_codes(self) -> None:
        self.thief("POST", "/account/factors/recovery-codes")

    @rule(kind=st.sampled_from(["token", "client"]))
    def makes_a_token(self, kind: str) -> None:
        body = {"name": "x", "kind": kind, "scopes": ["profile", "tokens", "subusers", "sms"]}
        made = self.thief("POST", "/tokens", body)
        if made.status == 201 and kind == "token":
            self.secrets.append(made.body["access_token"])

    @rule()
    def makes_a_token_with_a_token(self) -> None:
        if self.secrets:
            made = ask(self.world, self.secrets[-1], "POST", "/tokens", {"name": "y", "scopes": ["profile", "tokens"]})
            if made.status == 201:
                self.secrets.append(made.body["access_token"])

    @rule()
    def rotates_its_tokens(self) -> None:
        for token in self.thief("GET", "/tokens").body.get("tokens", [])[:2]:
            made = self.thief("POST", f"/tokens/{token['id']}/rotate")
            if made.status == 201 and "access_token" in made.body:
                self.secrets.append(made.body["access_token"])

    @rule(password=st.sampled_from(PASSWORDS))
    def changes_the_password(self, password: str) -> None:
        body = {"current_password": self.known[-1], "password": password}
        answer = self.thief("POST", "/account/password", body)
        if answer.status == 200:
            self.known.append(password)
            self.sessions.append(str(answer.body["session"]["token"]))

    @rule(path=st.sampled_from(["logout-others", "logout-everywhere"]))
    def ends_sessions(self, path: str) -> None:
        if path == "logout-others":
            self.thief("POST", f"/account/{path}")

    @rule(name=st.sampled_from(["panel", "api"]))
    def sets_a_list(self, name: str) -> None:
        self.thief("PUT", f"/account/ip-lists/{name}", {"enabled": True, "entries": [{"source": THIEF}]})

    @rule()
    def makes_a_sub_user(self) -> None:
        credentials = {"username": "shopper", "password": "Sunday-Ferry-31"}
        self.thief("POST", "/subusers", {"credentials": credentials, "active": True})

    @rule()
    def asks_for_a_reset(self) -> None:
        self.world.post("/password-reset", {"login": "victim"}, address=THIEF)
        for kind, token in self.place.links_at(*THIEFS)[-3:]:
            if kind == "reset":
                body = {"token": token, "password": PASSWORDS[-1]}
                if self.world.post("/password-reset/confirm", body, address=THIEF).status in (200, 202):
                    self.known.append(PASSWORDS[-1])
        self.world.wait(SECOND)

    @rule(minutes=st.integers(1, 30))
    def waits(self, minutes: int) -> None:
        self.world.wait(minutes * 60 * SECOND)

    @rule(phone=st.sampled_from((*THIEFS_PHONES, "none")))
    def signs_in_again(self, phone: str) -> None:
        more = {"address": THIEF, "device_token": self.device}
        answer = self.place.sign_in(self.victim, self.known[-1], phone, **more)
        if answer.status == 200 and "session" in answer.body:
            self.sessions.append(str(answer.body["session"]["token"]))

    def teardown(self) -> None:
        try:
            if hasattr(self, "link"):
                self._one_rescue_is_enough()
        finally:
            self.place.end()

    def _one_rescue_is_enough(self) -> None:
        world, victim = self.world, self.victim
        assert world.post("/not-me", {"token": self.link}).status == 204
        world.wait(SECOND)
        assert [world.me(token, address=THIEF).status for token in self.sessions] == [401] * len(self.sessions)
        assert {ask(world, secret, "GET", "/profile", address=THIEF).status for secret in self.secrets} <= {401}
        resets = [token for kind, token in self.place.links_at(victim.email) if kind == "reset"]
        answer = world.post("/password-reset/confirm", {"token": resets[-1], "password": NEW})
        assert answer.status == 200, answer
        opened = world.verify(answer.body["challenge"]["id"], self.place.code_at(str(victim.phone)))
        assert opened.status == 200, opened
        token = opened.body["session"]["token"]
        assert ask(world, token, "GET", "/account/email").body["email"] == victim.email
        assert ask(world, token, "GET", "/account/factors").body["totp"] is False
        world.wait(policy.LONGEST_WAIT)
        for password in {*self.known} - {NEW}:
            assert world.sign_in(victim, password=password, address=THIEF).status in (401, 429)


class MailReader(RuleBasedStateMachine):
    """Somebody who reads the mailbox of a user with a second factor, and uses every link in it."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Break()
        self.world, self.victim = self.place.world, self.place.victim
        self.in_by: Reply | None = None
        self.passwords = [PASSWORD]

    @rule()
    def the_owner_signs_in_on_a_new_device(self) -> None:
        self.place.sign_in(self.victim, self.passwords[-1], str(self.victim.phone))
        self.world.wait(SECOND)

    @rule()
    def the_owner_adds_an_app_on_a_new_device(self) -> None:
        answer = self.place.sign_in(self.victim, self.passwords[-1], str(self.victim.phone), factor="sms")
        if answer.status == 200 and "session" in answer.body:
            token = str(answer.body["session"]["token"])
            made = ask(self.world, token, "POST", "/account/factors/totp").body
            code = pyotp.TOTP(made["secret"]).at(self.world.now) if "secret" in made else "000000"
            ask(self.world, token, "POST", "/account/factors/totp/confirm", {"code": code})
        self.world.wait(SECOND)

    @rule()
    def asks_for_a_reset(self) -> None:
        self.world.post("/password-reset", {"login": "victim"}, address=THIEF)
        self.world.wait(SECOND)

    @rule(place=st.integers(0, 50), password=st.sampled_from(PASSWORDS))
    def uses_a_link(self, place: int, password: str) -> None:
        found = self.place.links_at(self.victim.email)
        if not found:
            return
        kind, token = found[place % len(found)]
        ways: dict[str, tuple[str, dict[str, Any]]] = {
            "reset": ("/password-reset/confirm", {"password": password}),
            "invitation": ("/invitations/accept", {"password": password}),
            "notme": ("/not-me", {}),
            "email": ("/email/confirm", {}),
            "recovery": ("/recovery/cancel", {}),
            "undo": ("/undo", {"password": password}),
        }
        path, body = ways[kind]
        answer = self.world.post(path, {"token": token, **body}, address=THIEF)
        if kind == "reset" and answer.status == 200:
            self.passwords.append(password)
            self._note(answer)
        self.world.wait(SECOND)

    @rule(minutes=st.integers(1, 2000))
    def waits(self, minutes: int) -> None:
        self.world.wait(minutes * 60 * SECOND)

    @rule(password=st.sampled_from(PASSWORDS))
    def signs_in(self, password: str) -> None:
        self._note(self.world.sign_in(self.victim, password=password, address=THIEF))

    def _note(self, answer: Reply) -> None:
        if answer.status == 200 and "session" in answer.body:
            self.in_by = answer

    @invariant()
    def is_never_in(self) -> None:
        assert self.in_by is None

    def teardown(self) -> None:
        self.place.end()


class Stranger(RuleBasedStateMachine):
    """Somebody who knows a login and a phone number, and has an account of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Break()
        self.world, self.victim = self.place.world, self.place.victim
        self.mine = self.world.add("mallory", phone=None, password_hash=CHEAP.hash(PASSWORD))

    @initialize()
    def the_owner_has_a_device(self) -> None:
        opened = self.place.sign_in(self.victim, PASSWORD, str(self.victim.phone))
        self.device = opened.body["device_token"]
        self.world.wait(policy.RESEND_AFTER)

    @rule(network=st.integers(1, 250), tries=st.integers(1, 12))
    def guesses(self, network: int, tries: int) -> None:
        for _ in range(tries):
            self.world.sign_in(self.victim, password="Wrong-Wrong-31", address=f"203.0.113.{network}")

    @rule(network=st.integers(1, 250))
    def asks_for_a_reset(self, network: int) -> None:
        self.world.post("/password-reset", {"login": "victim"}, address=f"203.0.113.{network}")

    @rule(network=st.integers(1, 250))
    def asks_for_a_pass(self, network: int) -> None:
        self.world.post("/login/pass", {"login": "victim"}, address=f"203.0.113.{network}")

    @rule()
    def enrols_the_victims_number(self) -> None:
        token = str(self.world.sign_in(self.mine, address="203.0.113.251").body.get("session", {}).get("token"))
        ask(self.world, token, "POST", "/account/factors/sms", {"phone": self.victim.phone})

    @rule(network=st.integers(1, 250))
    def breaks_the_glass(self, network: int) -> None:
        body = {"login": "victim", "password": "Wrong-Wrong-31", "recovery_code": "0123-4567-89AB-CDEF-GHJK-MNPQ"}
        self.world.post("/ip-lists/break-glass", body, address=f"203.0.113.{network}")

    @rule(minutes=st.integers(1, 60))
    def waits(self, minutes: int) -> None:
        self.world.wait(minutes * 60 * SECOND)

    def teardown(self) -> None:
        try:
            if hasattr(self, "device"):
                self._the_owner_is_in_after_one_wait_at_most()
        finally:
            self.place.end()

    def _the_owner_is_in_after_one_wait_at_most(self) -> None:
        phone = str(self.victim.phone)
        known = self.place.sign_in(self.victim, PASSWORD, phone, device_token=self.device)
        assert known.status == 200, known
        elsewhere = self.place.sign_in(self.victim, PASSWORD, phone, address="192.0.2.77")
        if elsewhere.status == 429:
            assert elsewhere.retry_after <= policy.LONGEST_WAIT_FROM_ANYWHERE.total_seconds()
            self.world.wait(elsewhere.retry_after * SECOND)
            elsewhere = self.place.sign_in(self.victim, PASSWORD, phone, address="192.0.2.77")
        assert elsewhere.status == 200, elsewhere


ONCE = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink what fails takes minutes
    max_examples=12,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
Thief.TestCase.settings = ONCE
MailReader.TestCase.settings = ONCE
Stranger.TestCase.settings = ONCE
TestThief = Thief.TestCase
TestMailReader = MailReader.TestCase
TestStranger = Stranger.TestCase
