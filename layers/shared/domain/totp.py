"""Codes of an authenticator app (TOTP, RFC 6238): what the app is told, and which of its codes is right."""

from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from urllib.parse import quote, urlencode

from pyotp import TOTP

from shared import policy

ISSUER = "Furtka"


@dataclass(frozen=True)
class Authenticator:
    """A user's app. The step whose code he used last is written down, so that no code is good twice."""

    user_id: str
    secret_blob: str = field(repr=False)
    last_step: int
    since: datetime


@dataclass(frozen=True)
class Enrolment:
    """An app that was told its secret, and has not shown yet that it works."""

    user_id: str
    secret_blob: str = field(repr=False)
    expires_at: datetime

    def is_open(self, *, now: datetime) -> bool:
        return now < self.expires_at


def provisioning_uri(secret: str, *, login: str) -> str:
    """What an app reads from the QR code, in Google's "Key URI format", defaults spelled out for apps that have others.

    The login is for people's eyes alone. It is cut where it needs more bytes than the longest ASCII login, so that
    whatever its alphabet becomes in a URI still fits into a QR code.
    """
    shown = login.encode()[: policy.MAX_LOGIN_CHARACTERS].decode(errors="ignore")
    facts = {
        "secret": secret,
        "issuer": ISSUER,
        "algorithm": "SHA1",
        "digits": policy.CODE_DIGITS,
        "period": int(policy.TOTP_STEP.total_seconds()),
    }
    return f"otpauth://totp/{ISSUER}:{quote(shown, safe='')}?{urlencode(facts)}"


def matching_step(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """The time step that *code* is right for; None where there is none later than step *after* (0: any).

    Steps up to `policy.TOTP_TOLERANCE` before and after the present one are taken. In the rare case that two of them
    have the same code it is the later, so that who writes this step down has used up the code for both.
    """
    app = TOTP(secret, digits=policy.CODE_DIGITS, interval=int(policy.TOTP_STEP.total_seconds()))
    present = app.timecode(now)
    steps = range(present - policy.TOTP_TOLERANCE, present + policy.TOTP_TOLERANCE + 1)
    return max((step for step in steps if step > after and _is_same(app.generate_otp(step), code)), default=None)


def _is_same(right: str, code: str) -> bool:
    return code.isascii() and compare_digest(right, code)  # in constant time (ASVS V11.2.4)
