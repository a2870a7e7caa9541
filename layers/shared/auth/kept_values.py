"""Keeping what a change replaces, sealed, so that a rescue or an undo can put it back; and opening it again."""

import json
from datetime import datetime
from typing import Any

from shared.auth.principals import Principal
from shared.crypto import randomness, vault
from shared.domain.accounts import Account
from shared.domain.ip_lists import API, PANEL
from shared.domain.kept_values import (
    API_LIST,
    EMAIL,
    LEGACY_API,
    NOTIFY_URL,
    PANEL_LIST,
    PHONE,
    RECOVERY_CODES,
    TOTP,
    KeptValue,
)
from shared.domain.provenance import Provenance
from shared.domain.recovery import RecoveryCodes
from shared.domain.totp import Authenticator
from shared.domain.users import User
from shared.storage import accounts, kept_values
from shared.storage.engine import Write

LIST_KINDS = {PANEL: PANEL_LIST, API: API_LIST}
"""The kinds of the account's IP lists, by their names."""


def keeping_email(user: User, *, provenance: Provenance, now: datetime) -> Write:
    return keeping(EMAIL, email_facts(user), user.user_id, provenance=provenance, now=now)


def keeping_phone(principal: Principal, *, now: datetime) -> Write:
    return _by(principal, PHONE, principal.user.phone, now=now)


def keeping_totp(principal: Principal, app: Authenticator | None, *, now: datetime) -> Write:
    return _by(principal, TOTP, totp_facts(app), now=now)


def keeping_recovery_codes(principal: Principal, codes: RecoveryCodes | None, *, now: datetime) -> Write:
    return _by(principal, RECOVERY_CODES, codes_facts(codes), now=now)


def keeping_list(principal: Principal, name: str, *, now: datetime) -> Write:
    """Keep the account's IP list of that name, with its owner."""
    return _by(principal, LIST_KINDS[name], list_facts(principal.account, name), now=now)


def email_facts(user: User) -> dict[str, Any]:
    return {"email": user.email, "email_at": user.email_at.isoformat(), "own_email": user.own_email}


def totp_facts(app: Authenticator | None) -> dict[str, Any] | None:
    return {"blob": app.secret_blob, "last_step": app.last_step, "since": app.since.isoformat()} if app else None


def codes_facts(codes: RecoveryCodes | None) -> dict[str, Any] | None:
    return {"codes": sorted(codes.codes), "of": codes.of, "since": codes.since.isoformat()} if codes else None


def list_facts(account: Account, name: str) -> dict[str, Any]:
    """Return the fields of the account that belong to its IP list of that name, as JSON can hold them."""
    written = {name: accounts.written_list(getattr(account, name))}
    return written | ({"api_for_subusers": account.api_for_subusers} if name == API else {})


def keeping_legacy_api(principal: Principal, *, now: datetime) -> Write:
    """Keep what the account allows old programs."""
    account = principal.account
    value = {"legacy_api": account.legacy_api, "changes_by_get": account.changes_by_get}
    return _by(principal, LEGACY_API, value, now=now)


def keeping_notify_url(principal: Principal, *, now: datetime) -> Write:
    return _by(principal, NOTIFY_URL, principal.account.notify_url, now=now)


def keeping(kind: str, value: object, user_id: str, *, provenance: Provenance, now: datetime) -> Write:
    """Keep *value*, which JSON can hold, as it was before a change of that *provenance*."""
    change_id = randomness.record_id(user_id)
    sealed = vault.shut(json.dumps(value), place=_place(user_id, kind))
    return kept_values.adding(KeptValue(user_id, change_id, kind, now, provenance, sealed))


def opened(kept: KeptValue) -> Any:
    """Return the value that was kept."""
    return json.loads(vault.opened(kept.sealed, place=_place(kept.user_id, kept.kind)))


def _by(principal: Principal, kind: str, value: object, *, now: datetime) -> Write:
    return keeping(kind, value, principal.user.user_id, provenance=principal.provenance, now=now)


def _place(user_id: str, kind: str) -> str:
    return f"{user_id} {kind}"
