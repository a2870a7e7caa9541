"""The factors table: a user's authenticator app, the one he is about to add, and his recovery codes, a row each."""

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
    """Where the last one was used there is no set: DynamoDB keeps no empty ones."""
    found = record(RecoveryCodes, item)
    return found and replace(found, codes=frozenset(found.codes or ()))


def keys_for(factor: str | None, user_id: str) -> list[engine.Key]:
    """What must be read to judge *factor*. An SMS needs none of this; where no factor is named it may be an app's."""
    match factor:
        case "sms":
            return []
        case "recovery_code":
            return [recovery_key(user_id)]
    return [totp_key(user_id)]


def held(factor: str, rows: list[Model | None]) -> Authenticator | RecoveryCodes | None:
    """What the rows under `keys_for` hold of *factor*."""
    match factor, rows:
        case "totp", [AuthenticatorItem() as item]:
            return authenticator(item)
        case "recovery_code", [RecoveryCodesItem() as item]:
            return recovery_codes(item)
    return None


def find_enrolment(user_id: str) -> Enrolment | None:
    return enrolment(engine.fetch_one(enrolment_key(user_id)))


def of_user(user_id: str) -> tuple[Authenticator | None, RecoveryCodes | None]:
    """Both in one round trip."""
    app, codes = engine.fetch(totp_key(user_id), recovery_key(user_id))
    return authenticator(app), recovery_codes(codes)


def codes_with_holder(user_id: str) -> tuple[RecoveryCodes | None, User | None, Account | None]:
    """All in one round trip: his recovery codes, and what they may be good for."""
    codes, user, account = engine.fetch(recovery_key(user_id), users.key(user_id), accounts.key(account_of(user_id)))
    return recovery_codes(codes), record(User, user), accounts.read(account)


def enrolling(enrolment: Enrolment) -> engine.Write:
    """A new app waits for its first code, and none that waited before it does any longer."""
    return engine.put(row(EnrolmentItem, enrolment, forget_at=enrolment.expires_at + policy.FORGET_AFTER))


def confirming(enrolment: Enrolment, *, step: int, now: datetime) -> list[engine.Write]:
    """The app that waited is the user's from now on, in place of any older one; *step* showed that it works.

    Refused as Outrun where the same was done meanwhile, or a newer app waits: the code was right, but too late.
    """
    app = Authenticator(enrolment.user_id, enrolment.secret_blob, last_step=step, since=now)
    return [
        engine.remove(EnrolmentItem(app.user_id), guard=EnrolmentItem.secret_blob == enrolment.secret_blob),
        engine.put(row(AuthenticatorItem, app)),
    ]


def accepting_step(authenticator: Authenticator, *, step: int) -> engine.Write:
    """Uses up *step* and all before it: of many who give its code one comes first. Refused as WrongCode.

    The others are refused, and so is he whose app was replaced meanwhile.
    """
    return engine.change(
        AuthenticatorItem(authenticator.user_id),
        [AuthenticatorItem.last_step.set(step)],
        guard=(AuthenticatorItem.last_step < step) & (AuthenticatorItem.secret_blob == authenticator.secret_blob),
        refused=lambda _: WrongCode(),
    )


def removing_totp(user_id: str) -> engine.Write:
    return engine.remove(AuthenticatorItem(user_id))


def making_codes(codes: RecoveryCodes) -> engine.Write:
    """A new list, and no code of an older one works any longer."""
    return engine.put(row(RecoveryCodesItem, codes))


def using_code(user_id: str, digest: str) -> engine.Write:
    """Takes one code off the list: of many who give it one comes first. Refused as WrongCode."""
    return engine.change(
        RecoveryCodesItem(user_id),
        [RecoveryCodesItem.codes.delete({digest})],
        guard=RecoveryCodesItem.codes.contains(digest),
        refused=lambda _: WrongCode(),
    )


def removing_codes(user_id: str) -> engine.Write:
    return engine.remove(RecoveryCodesItem(user_id))


def removing_everything(user_id: str) -> list[engine.Write]:
    """The app, one that waits for its first code, and the recovery codes."""
    return [removing_totp(user_id), engine.remove(EnrolmentItem(user_id)), removing_codes(user_id)]
