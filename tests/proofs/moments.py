"""The moment before a request, to which one can come back as often as there are ways to fail."""

from dataclasses import dataclass

from shared import secret_store
from tests.proofs import tables
from tests.proofs.flows import FLOWS
from tests.proofs.turns import Turn
from tests.support.calls import overheard
from tests.support.world import World

SAME_CALLS = {
    "POST /password-reset: unknown login": "POST /password-reset",
    "POST /login/pass: unknown login": "POST /login/pass",
    "GET /account/activity: the whole account": "GET /account/activity",
    "POST /login: unknown login": "POST /login: wrong password",
    "POST /login: disabled login": "POST /login: wrong password",
    "POST /login: too many wrong passwords": "POST /login: wrong password",
    "GET /session": "GET /session: a minute after the last use",
    "PUT /account/ip-lists/{name}: on trial": "PUT /account/ip-lists/{name}",
    "GET /tokens: by a program without the scope": "GET /tokens: by a program",
    "GET /tokens: by a program that is elsewhere": "GET /tokens: by a program",
    "GET /tokens: token switched off": "GET /tokens: by a program",
    "POST /tokens: by a program that may do less": "POST /tokens: by a program",
    "POST /sms.do: abroad": "POST /sms.do",
    "POST /sms.do: with an idx for once": "POST /sms.do: to two numbers",
    "POST /sms.do: under a sender name of the account": "POST /sms.do",
    "GET /contacts/groups/{group_id}": "GET /contacts/groups",
    "PUT /contacts/groups/{group_id}/members": "POST /contacts/groups/{group_id}/members",
    "DELETE /contacts/groups/{group_id}/members": "POST /contacts/groups/{group_id}/members",
    "POST /mfa/codes: with the same key": "POST /mfa/codes",
    "POST /mfa/codes: no points": "POST /mfa/codes",
    "POST /mfa/codes/verifications: wrong code": "POST /mfa/codes/verifications: one wrong code too many",
    "POST /mfa/codes/verifications: never sent": "POST /mfa/codes/verifications: one wrong code too many",
    "POST /mfa/codes/verifications: used": "POST /mfa/codes/verifications: one wrong code too many",
    "POST /mfa/codes/verifications: first use in five minutes": "POST /mfa/codes/verifications: too late",
    "POST /sms.do: for later": "POST /sms.do",
    "POST /sender.do: delete": "DELETE /sms/sendernames/{sender}",
    "POST /subusers: login taken": "POST /subusers: by a program",
    "POST /login: given password, used": "POST /login: given password",
    "GET /contacts": "DELETE /contacts/groups/{group_id}: with its contacts",
    "GET /contacts: by a sub-user": "DELETE /contacts/groups/{group_id}: with its contacts",
    "GET /contacts/groups: by a sub-user": "DELETE /contacts/groups/{group_id}: with its contacts",
    "POST /contacts/groups": "PUT /contacts/groups/{group_id}",
    "POST /contacts/{contact_id}/groups": "POST /contacts/groups/{group_id}/members",
    "PUT /contacts/{contact_id}/groups/{group_id}": "POST /contacts/groups/{group_id}/members",
    "DELETE /contacts/{contact_id}/groups/{group_id}": "POST /contacts/groups/{group_id}/members",
    "PUT /contacts/groups/{group_id}/members/{contact_id}": "POST /contacts/groups/{group_id}/members",
    "DELETE /contacts/groups/{group_id}/members/{contact_id}": "POST /contacts/groups/{group_id}/members",
    "GET /contacts/groups/{group_id}/permissions": "GET /contacts/groups",
    "POST /contacts/groups/{group_id}/permissions/{username}": "POST /contacts/groups/{group_id}/permissions",
    "PUT /contacts/groups/{group_id}/permissions/{username}": "POST /contacts/groups/{group_id}/permissions",
    "DELETE /contacts/groups/{group_id}/permissions/{username}": "POST /contacts/groups/{group_id}/permissions",
    "POST /mfa/codes: too soon": "POST /mfa/codes",
    "POST /mfa/codes/verifications": "POST /mfa/codes/verifications: one wrong code too many",
    "POST /mfa/codes/verifications: too often": "POST /mfa/codes/verifications: one wrong code too many",
    "POST /sms.do: a test": "POST /sms.do: to a group",
    "POST /sms.do: status": "POST /sms.do: removal",
    "GET /sms.do": "POST /sms.do: removal",
    "GET /sms/sendernames/{sender}": "POST /sms.do: to a group",
    "POST /sms/sendernames": "DELETE /sms/sendernames/{sender}",
    "POST /sms/sendernames/{sender}/commands/make_default": "DELETE /sms/sendernames/{sender}",
    "GET /sender.do": "GET /sms/sendernames",
    "POST /sender.do": "DELETE /sms/sendernames/{sender}",
    "POST /sender.do: default": "DELETE /sms/sendernames/{sender}",
    "GET /subusers/{user_id}": "DELETE /subusers/{user_id}",
    "PUT /subusers/{user_id}: nothing new": "DELETE /subusers/{user_id}",
    "GET /subusers/{user_id}/shares": "DELETE /subusers/{user_id}",
    "GET /subusers/{user_id}/shares/sendernames": "DELETE /subusers/{user_id}",
    "GET /subusers/{user_id}/shares/templates": "DELETE /subusers/{user_id}",
    "PUT /subusers/{user_id}/shares/templates": "DELETE /subusers/{user_id}",
    "GET /contacts/{contact_id}": "PUT /contacts/{contact_id}",
    "GET /contacts/{contact_id}: that a sub-user may not see": "PUT /contacts/{contact_id}",
    "GET /contacts/{contact_id}/groups": "PUT /contacts/{contact_id}",
    "GET /contacts/{contact_id}/groups/{group_id}": "PUT /contacts/{contact_id}",
    "GET /contacts/groups/{group_id}/members/{contact_id}": "PUT /contacts/{contact_id}",
    "GET /contacts/groups/{group_id}/permissions: by a sub-user": "GET /contacts/groups",
    "POST /contacts/groups/{group_id}/permissions: for nobody": "POST /contacts/groups/{group_id}/permissions",
    "GET /contacts/groups/{group_id}/permissions/{username}": "POST /contacts/groups/{group_id}/permissions",
    "POST /mfa/codes: no mobile": "POST /mfa/codes",
    "POST /mfa/codes/verifications: no code": "POST /mfa/codes",
    "GET /sms/sendernames/statement": "POST /sms.do: to a group",
    "POST /sms/sendernames: no name": "POST /sms.do: to a group",
    "GET /profile/prices": "POST /sms.do: to a group",
    "GET /ping": "POST /sms.do: to a group",
    "POST /subusers: weak password": "PUT /user.do",
    "GET /subusers: by a sub-user": "PUT /user.do",
    "GET /subusers/{user_id}: nobody": "PUT /user.do",
    "GET /contacts: without the scope": "DELETE /contacts/groups/{group_id}: with its contacts",
    "DELETE /contacts: by a sub-user": "DELETE /contacts/groups/{group_id}: with its contacts",
    "POST /sms.do: under a name that nobody has": "POST /sms.do",
    "POST /sms.do: without points": "POST /sms.do",
    "POST /sms.do: without the scope": "POST /sms.do",
    "POST /sms.do: to a wrong number": "POST /sms.do",
    "POST /sms.do: removal of what has left": "POST /sms.do: removal",
}
"""Flows that make no other calls than another one."""

NO_CALLS = {"GET /.well-known/oauth-authorization-server", "GET /ping: garbage", "HEAD /ping"}

KEPT_IN_MIND = {
    "GET /contacts: with a password",
    "POST /contacts: with a password",
    "GET /ping: login and password",
    "POST /sms/sendernames: with a password",
    "POST /mfa/codes/verifications: by a password",
}
"""A password that was right once is not asked about again: the second time such a flow makes other calls.

That its proof fails cleanly is promised in tests/authorizer/test_passwords.py.
"""

ALL_CALLS = [flow for flow in FLOWS if flow not in SAME_CALLS and flow not in NO_CALLS and flow not in KEPT_IN_MIND]
"""Flows that together make every call there is."""


@dataclass
class Moment:
    """Somebody is about to send a request, to a function that has yet to read its keys. It can be brought back here."""

    world: World
    flow: str

    def __post_init__(self) -> None:
        tables.empty()
        self.turn = FLOWS[self.flow].ready(self.world)
        self.world.deliver()
        self._rows, self._now = tables.kept(), self.world.now
        self.calls = self._calls()

    def come_back(self) -> Turn:
        tables.put_back(self._rows)
        self.world.now = self._now
        secret_store.provider().clear_cache()
        return self.turn

    @property
    def length(self) -> int:
        return len(self.calls)

    def _calls(self) -> list[str]:
        with overheard() as made:
            assert self.come_back().ask().outcome == FLOWS[self.flow].status
        return [str(call) for call in made]
