"""The two cookies of a browser. The prefix `__Host-` ties them to this host (ASVS V3.3.1 to V3.3.4)."""

from collections.abc import Sequence
from datetime import timedelta

from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from shared import policy
from shared.domain import identifiers
from shared.domain.identifiers import Token

SESSION = "__Host-furtka-session"
DEVICE = "__Host-furtka-device"

BETWEEN = "."
"""What stands between the tokens in the device's cookie: a sign that no token has."""


def session(token: str) -> Cookie:
    """Return the session's cookie. A browser keeps it for the longest time that a session may last.

    A session can end before that, when it is idle or its user logs out; only the server knows.
    """
    return _cookie(SESSION, token, lasts=policy.SESSION_LIFETIME)


def device(*tokens: Token) -> Cookie:
    """Return the cookie that makes this device known at the next sign-in of each user who has a token in it."""
    return _cookie(DEVICE, BETWEEN.join(map(identifiers.write, tokens)), lasts=policy.DEVICE_REMEMBERED_FOR)


def devices_in(value: str) -> list[Token]:
    """Return the device tokens in the value of the device's cookie, one for each user, and no more than a browser has.

    What is no token is left out. Older cookies have one token.
    """
    read = (identifiers.read(text, kind="device") for text in value.split(BETWEEN)[: policy.DEVICES_OF_A_BROWSER])
    kept: dict[str, Token] = {}
    for token in filter(None, read):
        kept.setdefault(token.user_id, token)
    return list(kept.values())


def devices_after(shown: Sequence[Token], user_id: str, new: Token | None) -> list[Token]:
    """Return the tokens that a browser, which has *shown* some, keeps after a sign-in: those of the last users.

    *new* is the user's new token, None if their device is known by the one that they have.
    """
    own = [new] if new else [token for token in shown if token.user_id == user_id]
    others = [token for token in shown if token.user_id != user_id]
    return [*own, *others][: policy.DEVICES_OF_A_BROWSER] if own else []


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
