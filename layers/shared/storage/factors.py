"""The factors table: a user's authenticator app, an app being enrolled, and recovery codes, in a row each."""

from dataclasses import replace
from datetime import datetime

from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.accounts import Account
from shared.domain.identifiers import account_of
from shared.domain.recovery import RecoveryCodes
from shared.domain.totp import Authenticator, Enrolment
from shared.domain.users import User
from shared.errors import WrongCode
from shared.storage import accounts, engine, users
from shared.storage.mapping import record, row

TOTP, NEW_TOTP, RECOVERY = "totp", "totp-new", "recovery"


class AuthenticatorItem(Model):
    class Meta:
        table_name = settings.FACTORS_TABLE

    user_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(range_key=True, default=TOTP)
    secret_blob = UnicodeAttribute()
    last_step = NumberAttribute()
    since = UTCDateTimeAttribute()


class EnrolmentItem(Model):
    class Meta:
        table_name = settings.FACTORS_TABLE

    user_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(range_key=True, default=NEW_TOTP)
    secret_blob = UnicodeAttribute()
    expires_at = UTCDateTimeAttribute()
    forget_at = TTLAttribute()


class RecoveryCodesItem(Model):
    class Meta:
        table_name = settings.FACTORS_TABLE

    user_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(range_key=True, default=RECOVERY)
    codes = UnicodeSetAttribute()
    of = NumberAttribute()
    since = UTCDateTimeAttribute()


def totp_key(user_id: str) -> engine.Key:
    return engine.Key(AuthenticatorItem, user_id, TOTP)


def enrolment_key(user_id: str) -> engine.Key:
    return engine.Key(EnrolmentItem, user_id, NEW_TOTP)


def recovery_key(user_id: str) -> engine.Key:
    return engine.Key(RecoveryCodesItem, user_id, RECOVERY)


def authenticator(item: Model | None) -> Authenticator | None:
    return record(Authenticator, item)


def enrolment(item: Model | None) -> Enrolment | None:
    return record(Enrolment, item)


def recovery_codes(item: Model | None) -> RecoveryCodes | None:
    """Return the codes in the row. Once the last one is used there is no set: DynamoDB keeps no empty sets."""
    found = record(RecoveryCodes, item)
    return found and replace(found, codes=frozenset(found.codes or ()))


def find_enrolment(user_id: str, beside: engine.Key) -> tuple[Enrolment | None, Authenticator | None, engine.Row]:
    """Return the app that a user is enrolling, the one they have, and the row under *beside*, in one round trip."""
    new, present, other = engine.fetch(enrolment_key(user_id), totp_key(user_id), beside)
    return enrolment(new), authenticator(present), other


def of_user(user_id: str) -> tuple[Authenticator | None, RecoveryCodes | None]:
    """Return a user's app and recovery codes, in one round trip."""
    app, codes = engine.fetch(totp_key(user_id), recovery_key(user_id))
    return authenticator(app), recovery_codes(codes)


def codes_with_holder(
    user_id: str, *beside: engine.Key
) -> tuple[RecoveryCodes | None, User | None, Account | None, list[engine.Row]]:
    """Return a user's recovery codes, the user, their account, and the rows under *beside*, in one round trip."""
    keys = [recovery_key(user_id), users.key(user_id), accounts.key(account_of(user_id)), *beside]
    codes, user, account, *others = engine.fetch(*keys)
    return recovery_codes(codes), record(User, user), accounts.read(account), others


def enrolling(enrolment: Enrolment) -> engine.Write:
    """Write down an app that waits for its first code, in the place of any that waited before."""
    return engine.put(row(EnrolmentItem, enrolment, forget_at=enrolment.expires_at + policy.FORGET_AFTER))


def confirming(enrolment: Enrolment, *, step: int, now: datetime) -> list[engine.Write]:
    """Turn an enrolment into the user's app, in the place of any older one. *step* is the time step of its first code.

    Refused as Outrun if another request confirmed it meanwhile, or began a newer enrolment.
    """
    app = Authenticator(enrolment.user_id, enrolment.secret_blob, last_step=step, since=now)
    return [
        engine.remove(EnrolmentItem(app.user_id), guard=EnrolmentItem.secret_blob == enrolment.secret_blob),
        engine.put(row(AuthenticatorItem, app)),
    ]


def accepting_step(authenticator: Authenticator, *, step: int) -> engine.Write:
    """Use up *step* and all steps before it, so that a code works once (RFC 6238 5.2).

    Refused as WrongCode if another request has used the step, or if the app was replaced meanwhile.
    """
    return engine.change(
        AuthenticatorItem(authenticator.user_id),
        [AuthenticatorItem.last_step.set(step)],
        guard=(AuthenticatorItem.last_step < step) & (AuthenticatorItem.secret_blob == authenticator.secret_blob),
        refused=lambda _: WrongCode(),
    )


def restoring_totp(app: Authenticator) -> engine.Write:
    """Write down an app again that was removed or replaced."""
    return engine.put(row(AuthenticatorItem, app))


def removing_totp(user_id: str) -> engine.Write:
    return engine.remove(AuthenticatorItem(user_id))


def making_codes(codes: RecoveryCodes) -> engine.Write:
    """Write down a new list of recovery codes, in the place of any older one."""
    return engine.put(row(RecoveryCodesItem, codes))


def using_code(user_id: str, digest: str) -> engine.Write:
    """Take one recovery code off the list. Refused as WrongCode if it is not on the list any more."""
    return engine.change(
        RecoveryCodesItem(user_id),
        [RecoveryCodesItem.codes.delete({digest})],
        guard=RecoveryCodesItem.codes.contains(digest),
        refused=lambda _: WrongCode(),
    )


def removing_codes(user_id: str) -> engine.Write:
    return engine.remove(RecoveryCodesItem(user_id))


def removing_everything(user_id: str) -> list[engine.Write]:
    """Remove a user's app, enrolment and recovery codes."""
    return [removing_totp(user_id), engine.remove(EnrolmentItem(user_id)), removing_codes(user_id)]
