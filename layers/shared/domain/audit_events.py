"""Audit events, which leave for other systems (a SIEM): one fixed schema, and what is no event without a field."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from shared import policy
from shared.domain.activity import LINK, PLATFORM, PROOFS, ActivityEntry, Event
from shared.domain.failure_marks import MANY
from shared.domain.identifiers import TAKEN_OUT, account_of

NONE = "none"
"""Stands in a field for what there is not, such as the device of an operator: a field is never empty or missing."""

SCHEMA_VERSION = 1
"""The version of the schema. It is raised if a field is renamed, removed or means something else."""

LEAKED_SECRET, AWS = "leaked_secret", "aws_credentials"
API_TOKEN, CLIENT_SECRET, ACCESS_TOKEN, API_PASSWORD = "api_token", "client_secret", "access_token", "api_password"

PROOF_WORDS = frozenset(
    (*PROOFS, LINK, LEAKED_SECRET, AWS, PLATFORM, API_TOKEN, CLIENT_SECRET, ACCESS_TOKEN, API_PASSWORD, NONE)
)
"""The words that say how an actor proved who they are: what they gave, in the order in which they gave it."""

OUTCOMES = ("success", "started", "failure")

LONGEST_TEXT = 512
"""Characters of a field at most. The longest is a User-Agent, which the service cuts."""


class Refused(StrEnum):
    """Events about refusals that no activity log has, also of mailboxes that take no e-mail.

    Names are those of OWASP's Logging Vocabulary where it has one.

    The refusals of wrong passwords and codes have the names that the activity log gives them, see `Event`.
    """

    SECRET_FORGED = "authn_token_forged"  # noqa: S105 - a name
    """Well-formed tokens from one network were unknown: somebody makes them up."""

    API_PASSWORD_FAILED = "authn_api_password_fail"  # noqa: S105 - a name
    """API passwords from one network were wrong, or right ones were not accepted."""

    PROOF_FAILED = "authn_proof_fail"
    """A wrong password or code was given by somebody who is signed in, or with a link that undoes a change."""

    TOKEN_REFUSED = "authn_token_refused"  # noqa: S105 - a name
    """A token or session was malformed, expired, disabled, suspended or over."""

    LINK_REFUSED = "authn_link_refused"
    """A link or a challenge was unknown, used or expired."""

    ACCESS_DENIED = "authz_fail"  # OWASP's
    """Somebody asked for what they may not do: a scope, a role, an address, a step-up, a suspended account."""

    RATE_LIMITED = "excess_rate_limit_exceeded"  # OWASP's
    """A request was refused because too many came before it."""

    CROSS_SITE = "malicious_cors"  # OWASP's
    """A page of another origin tried to use a browser's cookie."""

    CARRIER_REFUSED = "authn_carrier_fail"
    """Somebody called the address for the carrier's reports, with a wrong secret."""

    MAILBOX_REFUSED = "user_mailbox_fail"
    """E-mails to a user's address came back for good, or somebody who reads that mailbox called one spam."""


COUNTED_REASONS = {
    Event.LOGIN_FAILED: "password_refused",
    Event.CODES_FAILED: "wrong_code",
    Refused.API_PASSWORD_FAILED: "api_password_refused",
    Refused.SECRET_FORGED: "unknown_token",
}
"""The `reason` of events that are told from the rows that count attempts."""


class IncompleteEvent(ValueError):
    """A field is missing or says nothing: the schema refuses it. The text names the field and never its value."""


@dataclass(frozen=True, kw_only=True)
class AuditEvent:
    """Who did what to whom, when and from where, how they had proved who they are, and what came of it.

    No field has a default, and an empty one raises IncompleteEvent: NONE is written where there is nothing to tell.
    FIELDS says what each field means.
    """

    id: str
    time: datetime
    event: str
    actor: str
    proof: str
    subject: str
    account: str
    address: str
    device: str
    outcome: str
    reason: str
    request_id: str
    about: str
    times: int

    def __post_init__(self) -> None:
        texts = {name: value for name, value in vars(self).items() if name not in ("time", "times")}
        for name, value in texts.items():
            if not (isinstance(value, str) and 1 <= len(value) <= LONGEST_TEXT):
                raise IncompleteEvent(name)
        said = {
            "time": self.time.tzinfo is not None,
            "event": self.event in WORDS,
            "proof": PROOF_WORDS.issuperset(self.proof.split()),
            "outcome": self.outcome in OUTCOMES,
            "times": self.times >= 1,
        }
        if wrong := [name for name, is_right in said.items() if not is_right]:
            raise IncompleteEvent(wrong[0])


WORDS = frozenset((*Event, *Refused))
"""Every kind of event."""

FIELDS = {
    "version": "The version of the schema.",
    "id": "Names the event. An event that is told twice has the same id twice.",
    "time": "When it happened (UTC), the last time where `times` is several.",
    "event": "The kind of event, which is also the `detail-type`.",
    "actor": "Who acted: a login, `token:` and the id of an API client's token, `operator`, `link`, `finder` or"
    " `platform`; `none` for strangers.",
    "proof": "How the actor proved who they are: words with blanks between; `none` for strangers.",
    "subject": "Whom it concerns: a user's id; `login:` and a keyed hash for a login that does not exist; `many`; or"
    " `none`.",
    "account": "The id of the subject's account, or `none`.",
    "address": "The IP address, or the network of several; `many`; or `none`.",
    "device": f"What the client calls itself (User-Agent): at most {policy.MAX_USER_AGENT_CHARACTERS} characters that"
    f" anybody can choose, with `{TAKEN_OUT}` for each token of ours in one piece; of refusals"
    " browser and system alone; or `none`.",
    "outcome": "Whether it was done, waits for another proof (`started`), or was refused.",
    "reason": "Why, or what exactly, in words of the service; never what somebody typed.",
    "request_id": "The id of the request in the log, of the last where `times` is several; or `none`.",
    "about": "The id of the session, token or other record that was acted on, or `none`.",
    "times": "How often it happened, if several are one event.",
}
"""What each field of `facts` means."""


def of_entry(entry: ActivityEntry) -> AuditEvent:
    """Return the event of an entry of the activity log. Raises IncompleteEvent."""
    return AuditEvent(
        id=entry.entry_id,
        time=entry.last_at or entry.at,
        event=entry.event,
        actor=entry.actor,
        proof=entry.proof,
        subject=entry.user_id,
        account=entry.account_id,
        address=entry.address or NONE,
        device=entry.device or NONE,
        outcome=entry.outcome,
        reason=entry.detail or NONE,
        request_id=entry.request_id or NONE,
        about=entry.about or NONE,
        times=1,
    )


def account_of_subject(subject: str) -> str:
    """Return the account of a user's id; NONE for any other subject."""
    return NONE if ":" in subject or subject in (NONE, MANY) else account_of(subject)


def facts(event: AuditEvent) -> dict[str, Any]:
    """Return the event as it is told, with the version of the schema. Times are UTC with a Z (ASVS V16.2.2)."""
    at = event.time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    return {"version": SCHEMA_VERSION, **vars(event), "time": at}
