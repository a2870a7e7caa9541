"""What the platform has and this stack has not says so, in each client's own way."""

import pytest

from messages.not_available_door import NOT_OFFERED
from shared.http.route_rules import RULES
from tests.messages.conftest import Shop

ROUTES = sorted((method, path) for path, (_, methods) in NOT_OFFERED.items() for method in methods)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_it_is_not_available_on_this_account(shop: Shop, method: str, path: str):
    answer = shop.rest(method, path, query={"format": "json"})
    if path.endswith(".do"):
        assert (answer.status, answer.body["error"]) == (200, 110)
    else:
        assert (answer.status, answer.error) == (403, "not_available")
    assert answer.body["message"] == "This service is not available on this account."


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_it_takes_no_proof(method: str, path: str):
    assert RULES[f"{method} {path}"].is_public


def test_an_older_client_reads_a_number(shop: Shop):
    assert shop.form("/mms.do", {"to": "48600100201"}).text == "ERROR:110"
