"""Secrets that must be read again: only for the user they belong to, and only with KMS."""

import logging
from base64 import b64decode, b64encode

import boto3
import pytest
from botocore.exceptions import ClientError

from shared import settings
from shared.crypto import kms, randomness
from shared.errors import Unavailable
from tests.support.calls import FAULTS, failing, overheard
from tests.support.world import World

SECRET = randomness.totp_secret()
ANN, BOB = "A" * 16, "B" * 16


def test_a_secret_comes_out_as_it_went_in(world: World):
    assert kms.decrypt(kms.encrypt(SECRET, user_id=ANN), user_id=ANN) == SECRET


def test_a_blob_does_not_tell_the_secret_and_no_two_are_alike(world: World):
    one, other = (kms.encrypt(SECRET, user_id=ANN) for _ in range(2))
    assert one != other
    assert SECRET.encode() not in b64decode(one)


def test_each_is_one_call_under_our_key_that_names_user_and_purpose(world: World):
    with overheard() as calls:
        kms.decrypt(kms.encrypt(SECRET, user_id=ANN), user_id=ANN)
    assert [call.operation for call in calls] == ["Encrypt", "Decrypt"]
    for call in calls:
        assert call.arguments["KeyId"] == settings.FACTORS_KEY
        assert call.arguments["EncryptionContext"] == {"user_id": ANN, "purpose": "totp"}


def test_a_blob_moved_to_another_user_opens_nothing_and_is_no_mere_wrong_code(world: World):
    """An authenticator that somebody smuggled into another's row: the alarm rings."""
    blob = kms.encrypt(SECRET, user_id=ANN)
    with pytest.raises(ClientError, match="InvalidCiphertextException"):
        kms.decrypt(blob, user_id=BOB)


def test_so_does_a_blob_that_was_changed(world: World):
    changed = bytearray(b64decode(kms.encrypt(SECRET, user_id=ANN)))
    changed[-1] ^= 1
    with pytest.raises(ClientError, match="InvalidCiphertextException"):
        kms.decrypt(b64encode(changed).decode(), user_id=ANN)


def test_a_blob_made_for_another_purpose_opens_nothing(world: World):
    answer = boto3.client("kms").encrypt(
        KeyId=settings.FACTORS_KEY, Plaintext=SECRET.encode(), EncryptionContext={"user_id": ANN}
    )
    with pytest.raises(ClientError, match="InvalidCiphertextException"):
        kms.decrypt(b64encode(answer["CiphertextBlob"]).decode(), user_id=ANN)


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_where_kms_does_not_answer_the_caller_is_told_to_come_back_and_no_log_tells_the_secret(
    world: World, caplog: pytest.LogCaptureFixture, fault: str
):
    caplog.set_level(logging.WARNING)
    blob = kms.encrypt(SECRET, user_id=ANN)
    with failing(0, FAULTS[fault]), pytest.raises(Unavailable):
        kms.encrypt(SECRET, user_id=ANN)
    with failing(0, FAULTS[fault]), pytest.raises(Unavailable):
        kms.decrypt(blob, user_id=ANN)
    told = [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    assert [line.startswith("kms_failed") for line in told] == [True, True]
    assert not any(word in line for word in (SECRET, blob) for line in told)


def test_a_key_that_is_gone_opens_nothing(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "FACTORS_KEY", "alias/gone")
    with pytest.raises(Unavailable):
        kms.encrypt(SECRET, user_id=ANN)
