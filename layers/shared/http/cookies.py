"""The two cookies of a browser. The prefix `__Host-` ties them to this host (ASVS V3.3.1 to V3.3.4)."""

from datetime import timedelta

from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from shared import policy

SESSION = "__Host-furtka-session"
DEVICE = "__Host-furtka-device"


def session(token: str) -> Cookie:
    """Return the session's cookie. A browser keeps it for the longest time that a session may last.

    A session can end before that, when it is idle or its user logs out; only the server knows.
    """
    return _cookie(SESSION, token, lasts=policy.SESSION_LIFETIME)


def device(token: str) -> Cookie:
    """Return the cookie that makes this device known at the next sign-in."""
    return _cookie(DEVICE, token, lasts=policy.DEVICE_REMEMBERED_FOR)


def no_session() -> Cookie:
    """Return a cookie that makes a browser delete the session's."""
    return _cookie(SESSION, "", lasts=timedelta(0))


def _cookie(name: str, value: str, *, lasts: timedelta) -> Cookie:
    return Cookie(
        name=name,
        value=value,
        path="/",
        secure=True,
        http_only=True,
        same_site=SameSite.STRICT_MODE,
        max_age=int(lasts.total_seconds()),
    )
