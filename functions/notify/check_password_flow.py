"""Flow of leaked passwords: look for one that was used to sign in, and ask its user for another if it is found."""

from aws_lambda_powertools.metrics import MetricUnit

from shared import audit
from shared.auth import breached_passwords
from shared.auth.breached_passwords import Trace
from shared.delivery import account_mail, queue
from shared.delivery.notices import PasswordUsed
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import Outrun
from shared.observability import logger, metrics
from shared.storage import deliveries, users
from shared.storage.engine import commit


@deliveries.once
def check(notice: PasswordUsed) -> None:
    """Tell the user if the password was leaked, and let their next session do nothing but change it.

    Does nothing if the credentials were changed since. A notice that comes twice writes and tells the same.
    """
    if not breached_passwords.is_listed(notice.user_id, Trace(notice.first, notice.sealed)):
        return
    user, _ = users.find(notice.user_id)
    if user is None or not _is_noted(user, notice):
        return
    logger.info("password_leaked", user_id=user.user_id)
    metrics.add_metric("PasswordsLeaked", MetricUnit.Count, 1)
    queue.put(*account_mail.change_made("password_leaked", user, origin=_origin(notice), now=notice.at))


def _is_noted(user: User, notice: PasswordUsed) -> bool:
    """Note the leak in the user's row. Return False if their credentials were changed meanwhile."""
    noting = audit.noting(
        Event.PASSWORD_LEAKED, user.user_id, actor=user.login, proof="password", origin=_origin(notice), now=notice.at
    )
    try:
        commit(users.noting_leak(user.user_id, credentials_at=notice.credentials_at, at=notice.at), noting)
    except Outrun:
        return False
    return True


def _origin(notice: PasswordUsed) -> Origin:
    return Origin(notice.address, "")
