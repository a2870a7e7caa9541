"""The door to what the platform has and this stack has not: MMS, voice, HLR, push, lists and templates."""

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from shared.errors import NotAvailable
from shared.http.openapi import wire_refusals

router = APIGatewayRouter()  # type: ignore[no-untyped-call] # Powertools has no types here

ABSENT = {
    "/mms.do": ("GET", "POST"),
    "/vms.do": ("GET", "POST"),
    "/hlr.do": ("GET", "POST"),
    "/short_url/links": ("GET", "POST"),
    "/push": ("POST",),
    "/blacklist/phone_numbers": ("DELETE", "GET", "POST"),
    "/sms/templates": ("GET",),
}


def refuse() -> None:
    """Not available on this account, whoever asks."""
    raise NotAvailable


for _path, _methods in ABSENT.items():
    router.route(_path, method=list(_methods), responses=wire_refusals(_path, NotAvailable))(refuse)
