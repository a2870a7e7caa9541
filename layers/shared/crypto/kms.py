"""The only door to KMS. It encrypts what is stored and must be read again: the secrets of authenticator apps.

KMS rotates its key by itself and decrypts with every older version, so that nothing has to be encrypted again.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared import clients, settings
from shared.errors import Unavailable
from shared.observability import logger, reason_of

type Answer = dict[str, Any]

BAD_BLOB_ERRORS = ("InvalidCiphertextException", "IncorrectKeyException")
"""KMS's error codes for a blob that was altered, or was encrypted for another user or with another key."""


def encrypt(secret: str, *, user_id: str) -> str:
    """Return *secret* encrypted, in base64. Only `decrypt` for the same user can read it. Raises Unavailable."""
    answer = _call_kms(_kms().encrypt, user_id, Plaintext=secret.encode())
    return b64encode(answer["CiphertextBlob"]).decode()


def decrypt(blob: str, *, user_id: str) -> str:
    """Return the secret in *blob*, which was encrypted for *user_id*. Raises Unavailable.

    Raises botocore's ClientError if the blob cannot be decrypted. That is no wrong code of a user: somebody altered the
    row or moved it to another user, so the error must reach the alarm.
    """
    answer = _call_kms(_kms().decrypt, user_id, CiphertextBlob=b64decode(blob))
    return str(answer["Plaintext"], "utf-8")


def _call_kms(ask: Callable[..., Answer], user_id: str, **what: bytes) -> Answer:
    """Call KMS for a blob of *user_id*. Raises Unavailable, or ClientError if its code is in BAD_BLOB_ERRORS."""
    # Binds the blob to its user. It stands in CloudTrail in plain text, so it must not hold a secret.
    context = {"user_id": user_id, "purpose": "totp"}
    try:
        return ask(KeyId=settings.FACTORS_KEY, EncryptionContext=context, **what)
    except (BotoCoreError, ClientError) as failure:
        if reason_of(failure) in BAD_BLOB_ERRORS:
            raise
        logger.warning("kms_failed", reason=reason_of(failure))
        raise Unavailable from failure


@cache
def _kms() -> Any:
    return clients.session(clients.KEYS).client("kms", config=clients.KEYS.config)
