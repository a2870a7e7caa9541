"""The invitations table: links that work once."""

from pynamodb.attributes import BooleanAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.invitations import Invitation
from shared.errors import InvitationClosed
from shared.storage import engine
from shared.storage.mapping import record, row


class InvitationItem(Model):
    class Meta:
        table_name = settings.INVITATIONS_TABLE

    invitation_id = UnicodeAttribute(hash_key=True)
    login = UnicodeAttribute()
    sealed_secret = UnicodeAttribute()
    expires_at = UTCDateTimeAttribute()
    used = BooleanAttribute()
    forget_at = TTLAttribute()


def find(invitation_id: str) -> Invitation | None:
    return record(Invitation, engine.fetch_one(engine.Key(InvitationItem, invitation_id)))


def adding(invitation: Invitation) -> engine.Write:
    return engine.add(row(InvitationItem, invitation, forget_at=invitation.expires_at + policy.FORGET_AFTER))


def using(invitation: Invitation) -> engine.Write:
    """Closes the link: of all that use it at once one comes first, the others are refused as InvitationClosed."""
    return engine.change(
        InvitationItem(invitation.invitation_id),
        [InvitationItem.used.set(True)],
        guard=InvitationItem.used == False,  # noqa: E712 - an expression for DynamoDB, not a comparison
        refused=lambda _: InvitationClosed(),
    )
