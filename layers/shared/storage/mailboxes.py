"""What is noted in the users table about mailboxes: that e-mails to them bounce, or are called spam."""

from collections.abc import Iterator
from typing import cast

from pynamodb.expressions.condition import Condition

from shared.domain.mail_trouble import MailTrouble
from shared.domain.users import User
from shared.storage import engine, users
from shared.storage.mapping import facts_set
from shared.storage.users import UserItem


def reader(user_id: str) -> User | None:
    """Return the user whose mailbox it is: the account's owner for a sub-user without an address of their own."""
    user = users.read(engine.fetch_one(users.key(user_id)))
    if user is None or user.own_email:
        return user
    return next((one for one in users.of_account(user.account_id) if one.owner), None)


def noting(before: User, trouble: MailTrouble | None) -> engine.Write:
    """Write the trouble with the user's address. Refused as Outrun if address or trouble changed since *before*."""
    noted = UserItem.mail_trouble
    same = noted == before.mail_trouble if before.mail_trouble else noted.does_not_exist()
    guard = cast(Condition, (UserItem.email == before.email) & users.has_email_at(before.email_at) & same)
    item = UserItem(before.account_id, before.user_id)
    return engine.change(item, facts_set(UserItem, {"mail_trouble": trouble}), guard=guard)


def in_trouble() -> Iterator[User]:
    """Yield all users, of any account, whose present address is in trouble. For operators: it reads the whole table."""
    for rows in engine.scan(UserItem):
        for raw in rows:
            if UserItem.mail_trouble.attr_name in raw:
                user = users.read(UserItem.from_raw_data(raw))
                if user and user.mailbox_trouble:
                    yield user
