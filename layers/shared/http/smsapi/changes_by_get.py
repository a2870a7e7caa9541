"""Changes by GET on `*.do`, as SMSAPI's old clients make them: refused unless the account allows them."""

from shared.auth.api_clients import ApiClient
from shared.errors import CrossSite, PostNeeded
from shared.http.bodies import Event

BROWSERS = ("origin", "purpose", "sec-fetch-", "sec-purpose", "x-moz", "x-purpose")
"""How names of headers begin that browsers send. A page, a preview or a prefetch must change nothing by a GET, for
which a browser may have kept a login and a password."""


def must_be_allowed(client: ApiClient, event: Event) -> None:
    """Raise PostNeeded unless the account allows changes by GET, and CrossSite if a browser makes one."""
    if not client.account.changes_by_get:
        raise PostNeeded
    if any(name.lower().startswith(BROWSERS) for name in event.get("headers") or {}):
        raise CrossSite
