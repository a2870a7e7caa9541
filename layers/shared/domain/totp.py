"""Codes of an authenticator app (TOTP, RFC 6238): the enrolment, and the check of a code."""

from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from urllib.parse import quote, urlencode

from pyotp import TOTP

from shared import policy

ISSUER = "Furtka"


@dataclass(frozen=True)
class Authenticator:
    """A user's authenticator app. `last_step` is the last time step that was used, so that no code works twice."""

    user_id: str
    secret_blob: str = field(repr=False)
    last_step: int
    since: datetime


@dataclass(frozen=True)
class Enrolment:
    """An app that got its secret, and has not given its first code yet."""

    user_id: str
    secret_blob: str = field(repr=False)
    expires_at: datetime

    def is_open(self, *, now: datetime) -> bool:
        return now < self.expires_at


def provisioning_uri(secret: str, *, login: str) -> str:
    """Return the text of the QR code that an app reads, in Google's "Key URI format".

    Parameters that have their default are written all the same, since apps have different defaults. The login is only
    a label, in which the format allows no colon, not even a percent-encoded one.
    """
    # Cut by bytes, so that a login in any alphabet, percent-encoded, still fits into a QR code.
    shown = login.replace(":", " ").encode()[: policy.MAX_LOGIN_CHARACTERS].decode(errors="ignore")
    facts = {
        "secret": secret,
        "issuer": ISSUER,
        "algorithm": "SHA1",
        "digits": policy.CODE_DIGITS,
        "period": int(policy.TOTP_STEP.total_seconds()),
    }
    return f"otpauth://totp/{ISSUER}:{quote(shown, safe='')}?{urlencode(facts)}"


def matching_step(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """Return the time step whose code *code* is; None if no step later than *after* has it (0: any step).

    Steps up to `policy.TOTP_TOLERANCE` before and after the present one are accepted. If two of them have the same
    code, the later is returned: recording that step uses up the code of both.
    """
    app = TOTP(secret, digits=policy.CODE_DIGITS, interval=int(policy.TOTP_STEP.total_seconds()))
    present = app.timecode(now)
    steps = range(present - policy.TOTP_TOLERANCE, present + policy.TOTP_TOLERANCE + 1)
    return max((step for step in steps if step > after and _is_same(app.generate_otp(step), code)), default=None)


def _is_same(right: str, code: str) -> bool:
    return code.isascii() and compare_digest(right, code)  # in constant time (ASVS V11.2.4)
