"""What a rescue puts back, of what was kept: fields of user and login, the rows of factors, fields of the account."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shared.auth import kept_values
from shared.domain.kept_values import LEGACY_API, NOTIFY_URL, PHONE, RECOVERY_CODES, TOTP, KeptValue, before
from shared.domain.provenance import Rescue
from shared.domain.recovery import RecoveryCodes
from shared.domain.totp import Authenticator
from shared.storage import accounts
from shared.storage import factors as records
from shared.storage.engine import Write

USER_FIELDS = ("email", "email_at", "phone", "has_totp")
LOGIN_FIELDS = (*USER_FIELDS, "has_recovery_codes")
"""Fields of the user's and of the login's row that may be put back."""


def of_user(kept: Iterable[KeptValue], rescue: Rescue) -> dict[str, Any]:
    """Return the fields of the user's second factors to put back, by name."""
    every = list(kept)
    facts: dict[str, Any] = {}
    if phone := before(every, PHONE, rescue):
        facts["phone"] = kept_values.opened(phone)
    if app := before(every, TOTP, rescue):
        facts["has_totp"] = kept_values.opened(app) is not None
    if codes := before(every, RECOVERY_CODES, rescue):
        facts["has_recovery_codes"] = kept_values.opened(codes) is not None
    return facts


def login_fields(facts: dict[str, Any]) -> dict[str, Any]:
    """Return those of *facts* that the login's row has."""
    return {name: facts[name] for name in LOGIN_FIELDS if name in facts}


def factors(kept: Iterable[KeptValue], rescue: Rescue, user_id: str) -> list[Write]:
    """Return the writes that put back the rows of the app and of the recovery codes."""
    every = list(kept)
    app, codes = before(every, TOTP, rescue), before(every, RECOVERY_CODES, rescue)
    return [
        *([_restoring_app(kept_values.opened(app), user_id)] if app else []),
        *([_restoring_codes(kept_values.opened(codes), user_id)] if codes else []),
    ]


def of_account(kept: Iterable[KeptValue], rescue: Rescue) -> dict[str, Any]:
    """Return the fields of the account to put back, by name: IP lists, rights of old programs, the URL for reports."""
    every = list(kept)
    facts: dict[str, Any] = {}
    for name, kind in kept_values.LIST_KINDS.items():
        if ip_list := before(every, kind, rescue):
            was = kept_values.opened(ip_list)
            facts |= was | {name: accounts.read_list(was[name])}
    if legacy := before(every, LEGACY_API, rescue):
        allowed = kept_values.opened(legacy)
        facts |= allowed if isinstance(allowed, dict) else {"legacy_api": allowed}  # kept before there was a second one
    if url := before(every, NOTIFY_URL, rescue):
        facts["notify_url"] = kept_values.opened(url)
    return facts


def _restoring_app(was: dict[str, Any] | None, user_id: str) -> Write:
    if was is None:
        return records.removing_totp(user_id)
    since = datetime.fromisoformat(was["since"])
    return records.restoring_totp(Authenticator(user_id, was["blob"], last_step=int(was["last_step"]), since=since))


def _restoring_codes(was: dict[str, Any] | None, user_id: str) -> Write:
    if was is None:
        return records.removing_codes(user_id)
    since = datetime.fromisoformat(was["since"])
    return records.making_codes(RecoveryCodes(user_id, frozenset(was["codes"]), of=int(was["of"]), since=since))
