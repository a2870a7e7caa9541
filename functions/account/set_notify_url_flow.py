"""Flow of the URL for delivery reports of an account: the owner sets it, and is told."""

from datetime import datetime

from shared.auth import kept_values
from shared.auth.principals import OwnRow
from shared.auth.sessions import Person
from shared.delivery import account_mail, queue
from shared.domain import notify_urls
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.storage import accounts
from shared.storage.engine import commit


def set_url(person: Person, text: str, *, origin: Origin, now: datetime) -> str:
    """Store the URL, empty for none, and return it as it is called. Without a change nothing is written.

    Raises NotifyUrlRefused, or Outrun.
    """
    url = notify_urls.read(text).text if text else ""
    if url != person.account.notify_url:
        commit(
            accounts.setting_notify_url(person.account, url),
            kept_values.keeping_notify_url(person, now=now),
            person.noting(Event.NOTIFY_URL_CHANGED, origin, now=now),
            *person.still_allowed(writing=[OwnRow.ACCOUNT]),
        )
        queue.tell(*account_mail.change_made("notify_url_changed", person.user, origin=origin, now=now))
    return url
