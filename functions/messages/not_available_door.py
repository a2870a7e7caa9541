"""The door of SMSAPI's products that this service does not offer: MMS, voice, HLR, push, blacklist, templates."""

from collections.abc import Callable

from shared.errors import NotAvailable
from shared.http.routing import Routes

routes = Routes()

NOT_OFFERED = {
    "/mms.do": ("MMS", ("GET", "POST")),
    "/vms.do": ("voice messages", ("GET", "POST")),
    "/hlr.do": ("HLR look-ups", ("GET", "POST")),
    "/short_url/links": ("short links", ("GET", "POST")),
    "/push": ("push notifications", ("POST",)),
    "/blacklist/phone_numbers": ("the blacklist", ("DELETE", "GET", "POST")),
    "/sms/templates": ("templates", ("GET",)),
}


def _refusing(product: str) -> Callable[[], None]:
    """Return a route's function that refuses *product*."""

    def refuse() -> None:
        raise NotAvailable

    refuse.__doc__ = f"{product[0].upper()}{product[1:]} (not available)."
    return refuse


for _path, (_product, _methods) in NOT_OFFERED.items():
    for _method in _methods:
        routes.route(_method, _path, refuses=[NotAvailable])(_refusing(_product))
