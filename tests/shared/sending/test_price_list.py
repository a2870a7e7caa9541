"""The prices in force: those that the operator deployed, all countries if need be."""

import boto3
import pytest

from shared import secret_store
from shared.domain import points
from shared.errors import Unavailable
from shared.sending import price_list
from tests.support.calls import FAULTS, failing, overheard
from tests.support.world import World


@pytest.fixture(autouse=True)
def fresh(world: World) -> None:
    secret_store.provider().clear_cache()


def test_they_are_read_once_and_kept():
    with overheard() as made:
        assert [sorted(price_list.current()) for _ in range(3)] == [["DE", "GB", "PL"]] * 3
    assert [call.operation for call in made] == ["GetSecretValue"]


def test_what_was_deployed_is_in_force_once_it_is_read_again():
    boto3.client("secretsmanager").put_secret_value(SecretId="prices", SecretString="PL=0.2")
    secret_store.provider().clear_cache()
    assert dict(price_list.current()) == {"PL": points.read("0.2")}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_store_that_does_not_answer_is_unavailable_and_nothing_is_sold(fault: str):
    with failing(0, FAULTS[fault]), pytest.raises(Unavailable):
        price_list.current()
