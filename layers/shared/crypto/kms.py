"""The only door to KMS: secrets of authenticator apps, which must be read again, lie in the tables encrypted by it.

KMS rotates its key by itself, and opens what any older key has closed: nothing has to be encrypted anew.
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

NOT_OURS = ("InvalidCiphertextException", "IncorrectKeyException")
"""What KMS says of a blob that was changed, or that belongs to another user or key."""


def encrypt(secret: str, *, user_id: str) -> str:
    """A blob, in base64, that only `decrypt` for the same user reads. Raises Unavailable."""
    answer = _answer(_kms().encrypt, user_id, Plaintext=secret.encode())
    return b64encode(answer["CiphertextBlob"]).decode()


def decrypt(blob: str, *, user_id: str) -> str:
    """What was encrypted for *user_id*. Raises Unavailable.

    A blob that does not open is no wrong code, but a row of ours that somebody changed or moved to another user: then
    KMS's own error is let through, to crash and to ring the alarm.
    """
    answer = _answer(_kms().decrypt, user_id, CiphertextBlob=b64decode(blob))
    return str(answer["Plaintext"], "utf-8")


def _answer(ask: Callable[..., Answer], user_id: str, **what: bytes) -> Answer:
    """The context binds a blob to its user, and is written to AWS's trail as it is: it holds no secret."""
    context = {"user_id": user_id, "purpose": "totp"}
    try:
        return ask(KeyId=settings.FACTORS_KEY, EncryptionContext=context, **what)
    except (BotoCoreError, ClientError) as failure:
        if reason_of(failure) in NOT_OURS:
            raise
        logger.warning("kms_failed", reason=reason_of(failure))
        raise Unavailable from failure


@cache
def _kms() -> Any:
    return clients.session().client("kms", config=clients.KEYS)
