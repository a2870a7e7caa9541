"""Limits on e-mails that somebody can have sent to a mailbox which need not be theirs.

Each is counted by its kind, its recipient and who asks, so that no stranger uses up what the recipient needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared import policy
from shared.auth import networks
from shared.auth.devices import recognised
from shared.crypto import seal
from shared.domain import email_addresses
from shared.domain.backoff import Backoff, Window
from shared.domain.devices import Device
from shared.domain.identifiers import Token
from shared.domain.links import PASS, RESET, Link
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import TooManyNewPasswords, TooManyResets
from shared.storage import attempts, devices, logins
from shared.storage.engine import Write

LADDERS = {
    RESET: Backoff(policy.FREE_RESETS, policy.FIRST_RESET_WAIT, policy.LONGEST_RESET_WAIT),
    PASS: Backoff(policy.FREE_PASSES, policy.FIRST_RESET_WAIT, policy.LONGEST_RESET_WAIT),
}
"""The kinds of e-mails that anybody can ask for, and the waits of one network or known device that asks for a login."""

EMAIL_CHANGES = Backoff(policy.FREE_RESETS, policy.FIRST_RESET_WAIT, policy.LONGEST_RESET_WAIT)
GIVEN_PASSWORDS = Backoff(policy.FREE_RESETS, policy.FIRST_RESET_WAIT, policy.LONGEST_RESET_WAIT)
FROM_STRANGERS = (
    Window(policy.MAILS_FROM_STRANGERS_AN_HOUR, timedelta(hours=1)),
    Window(policy.MAILS_FROM_STRANGERS_A_DAY, timedelta(days=1)),
)
FROM_ADDRESS = (
    Window(policy.RESETS_FROM_ADDRESS_AND_HOUR, timedelta(hours=1)),
    Window(policy.RESETS_FROM_ADDRESS_AND_DAY, timedelta(days=1)),
)


@dataclass(frozen=True)
class Asker:
    """Who asks for an e-mail about *login*, as typed, whether it exists or not.

    `device` is the known device of that login that they show, `familiar` whether the login signed in from their network
    lately. Both wait for themselves alone; nobody else is told from a stranger.
    """

    login: str
    origin: Origin
    device: Device | None = None
    familiar: bool = False

    @property
    def place(self) -> str:
        """What a link keeps, so that `giving_back_reset` knows what was counted."""
        return f"{self.origin.network} {self.device.device_id}" if self.device else self.origin.network


def find(login: str, shown: Sequence[Token], *, origin: Origin, now: datetime) -> tuple[Login | None, Asker]:
    """Return the login if it exists, and who asks. It is one round trip, the same for a login that does not exist.

    *login* is canonical, *shown* are the device tokens of the browser.
    """
    found, (known, *rows) = logins.find_beside(
        login, [networks.known_key(login), *(devices.key(token.id) for token in shown)]
    )
    device = recognised(found, zip(shown, map(devices.read, rows), strict=True), now=now)
    return found, Asker(login, origin, device, networks.is_known(found, origin, known, now=now))


def recording(kind: str, asker: Asker, *, now: datetime) -> list[Write]:
    """Count a request for an e-mail of a kind of LADDERS. Refused as TooManyResets.

    It is counted for the asker, for the login's mailbox, and for the asker's network over all logins. Who is known
    waits for none of what strangers asked for; all make the same writes, so that nobody learns from them who exists.
    """
    is_known = asker.familiar or asker.device is not None
    mailbox, network = _mailbox(kind, asker.login), _network(kind, asker.origin.network)
    return [
        attempts.recording(_asker(kind, asker.login, asker.place), LADDERS[kind], TooManyResets, now=now),
        attempts.asking(mailbox, FROM_STRANGERS, TooManyResets, guarded=not is_known, now=now),
        attempts.asking(network, FROM_ADDRESS, TooManyResets, guarded=asker.device is None, now=now),
    ]


def giving_back_reset(link: Link, *, now: datetime) -> list[Write]:
    """Take back what `recording` counted for a reset, once its *link* was used; nothing if nobody asked for it."""
    if not link.detail:
        return []
    network = link.detail.partition(" ")[0]
    return [
        attempts.resetting(_asker(RESET, link.login, link.detail)),
        attempts.giving_back_newest(_mailbox(RESET, link.login), FROM_STRANGERS, now=now),
        attempts.giving_back_newest(_network(RESET, network), FROM_ADDRESS, now=now),
    ]


def recording_email_change(user: User, email: str, *, now: datetime) -> list[Write]:
    """Count a request to change the user's address to *email*, also for the account and that mailbox.

    So the users of one account together send a stranger no more than one of them. Refused as TooManyResets.
    """
    counters = _email_changes(user, email)
    return [attempts.recording(about, EMAIL_CHANGES, TooManyResets, now=now) for about in counters]


def giving_back_email_change(user: User, email: str, *, now: datetime) -> list[Write]:
    """Take back one request to change the user's address to *email*, once that is proved.

    The others stay counted: each sent a mail to somebody who had not asked for it.
    """
    return [attempts.giving_back(about, now=now) for about in _email_changes(user, email)]


def recording_given_password(subuser: User, *, now: datetime) -> list[Write]:
    """Count an e-mail about a password that was given to *subuser*, for the account and the mailbox.

    Nobody has proved that mailbox yet. Nothing is counted if the owner gets the sub-user's e-mails. Refused as
    TooManyNewPasswords.
    """
    if not subuser.own_email:
        return []
    about = f"given-password-to:{subuser.account_id}:{_fingerprint(subuser.email)}"
    return [attempts.recording(about, GIVEN_PASSWORDS, TooManyNewPasswords, now=now)]


def _asker(kind: str, login: str, place: str) -> str:
    """Return the key of a counter: a known device is counted wherever it is, everybody else by network."""
    network, _, device_id = place.partition(" ")
    return f"{kind}:{seal.login(login)}:{device_id or network}"


def _mailbox(kind: str, login: str) -> str:
    return f"{kind}:{seal.login(login)}:mailbox"


def _network(kind: str, network: str) -> str:
    return f"{kind}-from:{network}"


def _email_changes(user: User, email: str) -> tuple[str, str]:
    return f"email:{user.user_id}", f"email-to:{user.account_id}:{_fingerprint(email)}"


def _fingerprint(email: str) -> str:
    return seal.fingerprint("email", email_addresses.mailbox(email))
