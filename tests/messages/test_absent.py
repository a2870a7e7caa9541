"""What the platform has and this stack has not says so, in each client's own way, on every method and path."""

import pytest

from shared.http.not_offered import FAMILIES, ROUTES
from tests.messages.conftest import Shop

BELOW = {
    "/blacklist": "/phone_numbers",
    "/callbacks": "/1/commands/test",
    "/contacts/fields": "/available",
    "/contacts/trash": "/restore",
    "/opt_outs": "/settings",
    "/push": "/apps",
    "/shipment": "/country_volumes",
    "/short_url": "/clicks_by_mobile_device",
    "/sms/templates": "/1",
}
PATHS = sorted({*FAMILIES, *(family + more for family, more in BELOW.items())})


@pytest.mark.parametrize("method", ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"])
def test_it_is_not_available_on_this_account(shop: Shop, method: str):
    for path in PATHS:
        answer = shop.rest(method, path, query={"format": "json"})
        if path.endswith(".do"):
            assert (answer.status, answer.body["error"]) == (200, 110), path
        else:
            assert (answer.status, answer.error) == (403, "not_available"), path
        assert answer.body["message"] == "This service is not available on this account."


def test_what_is_below_is_known_of_every_family():
    assert BELOW.keys() == {family for family in FAMILIES if not family.endswith(".do")}


@pytest.mark.parametrize(("method", "path"), sorted(ROUTES))
def test_one_method_of_a_path_that_is_there_may_be_missing(shop: Shop, method: str, path: str):
    answer = shop.rest(method, path)
    assert (answer.status, answer.error) == (403, "not_available")


def test_an_older_client_reads_a_number(shop: Shop):
    assert shop.form("/mms.do", {"to": "48600100201"}).text == "ERROR:110"
    assert shop.form("/hlrsync.do", {"number": "48600100201", "format": "json"}).body["error"] == 110


def test_what_only_begins_alike_belongs_to_no_family(shop: Shop):
    assert shop.rest("GET", "/contacts/fieldsman").status == 404
