"""The door to what the platform has and this stack has not: MMS, voice, HLR, push, lists and templates."""

from shared.errors import NotAvailable
from shared.http.routing import Routes

routes = Routes()

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
    for _method in _methods:
        routes.route(_method, _path, refuses=[NotAvailable])(refuse)
