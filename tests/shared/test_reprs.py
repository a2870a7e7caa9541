"""What an object says of itself may end in a log or a traceback: no secret, no address and no words of a customer."""

import importlib
import pkgutil
from dataclasses import fields, is_dataclass

import pytest

import shared
import shared.auth
import shared.crypto
import shared.delivery
import shared.domain
import shared.sending
import shared.storage

HIDDEN = frozenset(
    (
        *("password", "api_password", "password_hash", "api_password_hash", "before", "codes", "secret_blob"),
        *("secret", "sealed_secret", "sealed_before", "sealed_code", "last_guess", "salt", "code", "held"),
        *("email", "phone", "number", "numbers", "submitted", "text", "recipients", "facts", "directory"),
        *("writes", "notices", "panel", "api"),
    )
)
"""Names of what nobody is to read. `writes` and `notices` hold all of it."""

HARMLESS = {("ApiClient", "held"), ("HeldSecret", "secret"), ("Search", "before")} | {
    *(("Failing", "before"), ("OperatorChanges", "email"), ("OperatorChanges", "phone")),
}
"""Objects that hide what is in them themselves, the id of an entry, counts of failures, and times of changes."""

ROOMS = (shared, shared.auth, shared.crypto, shared.delivery, shared.domain, shared.sending, shared.storage)
DATACLASSES = sorted(
    {
        kind
        for room in ROOMS
        for found in pkgutil.iter_modules(room.__path__, f"{room.__name__}.")
        if not found.ispkg
        for kind in vars(importlib.import_module(found.name)).values()
        if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == found.name
    },
    key=lambda kind: (kind.__module__, kind.__name__),
)


def test_there_are_some():
    assert len(DATACLASSES) > 60


@pytest.mark.parametrize("kind", DATACLASSES)
def test_what_nobody_is_to_read_is_in_no_repr(kind: type):
    shown = {one.name for one in fields(kind) if one.repr and one.name in HIDDEN}
    assert {name for name in shown if (kind.__name__, name) not in HARMLESS} == set()
