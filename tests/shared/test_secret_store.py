"""The secret store: asked once, and its silence is a refusal that tells nothing."""

import boto3
import pytest

from shared import secret_store
from shared.errors import Unavailable
from tests.support.calls import FAULTS, failing, overheard
from tests.support.world import World


@pytest.fixture(autouse=True)
def fresh(world: World) -> None:
    boto3.client("secretsmanager").create_secret(Name="one", SecretString='{"a": "b"}')
    secret_store.provider().clear_cache()


def test_a_secret_is_read_once_as_text_or_as_an_object():
    with overheard() as made:
        assert [secret_store.text("one") for _ in range(3)] == ['{"a": "b"}'] * 3
    assert [call.operation for call in made] == ["GetSecretValue"]
    with overheard() as made:
        assert [secret_store.json_object("one") for _ in range(3)] == [{"a": "b"}] * 3
        assert secret_store.json_object("one", fresh=True) == {"a": "b"}
    assert [call.operation for call in made] == ["GetSecretValue"] * 2


@pytest.mark.parametrize("fault", FAULTS)
def test_a_store_that_does_not_answer_is_unavailable(fault: str):
    with failing(0, FAULTS[fault]), pytest.raises(Unavailable):
        secret_store.text("one")


def test_the_log_says_why_a_secret_could_not_be_read(caplog: pytest.LogCaptureFixture):
    with pytest.raises(Unavailable):
        secret_store.text("another")
    assert [vars(record)["reason"] for record in caplog.records] == ["ResourceNotFoundException"]


def test_a_secret_that_is_no_json_is_unavailable_and_is_not_told():
    boto3.client("secretsmanager").put_secret_value(SecretId="one", SecretString="a secret, no JSON")
    with pytest.raises(Unavailable) as raised:
        secret_store.json_object("one")
    assert "a secret" not in str(raised.value)
