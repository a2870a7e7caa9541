"""The door of /profile and /profile/prices."""

from typing import Literal

from pydantic import BaseModel

from shared.domain import countries, points
from shared.http.dependencies import Now, Principal
from shared.http.routing import Routes
from shared.http.smsapi.parameters import Filters
from shared.sending import payments, price_list

routes = Routes()

PATH = "/profile"
PRICES = f"{PATH}/prices"

EVERY_NETWORK = "all networks"
"""The name of a price's network: prices are by country, and PHP's clients expect a name."""

SENT_HERE = ("pro", "sms")
"""The kinds of message that this service sends. Both are an ordinary SMS."""


class ProfileResponse(BaseModel):
    """The caller, and how many points they may spend.

    `email` is empty for a sub-user without an address of their own, whose e-mails the owner gets. `phone_number` is
    always empty, since it may be a second factor.
    """

    id: str
    name: str
    email: str
    username: str
    phone_number: str
    payment_type: Literal["prepaid"]
    user_type: Literal["native", "subuser"]
    points: float


class ListPricesRequest(Filters):
    """Which prices to list."""

    type: Literal["pro", "eco", "sms", "2way", "vms", "hlr", "mms"] = "pro"


class PriceAmount(BaseModel):
    """The price of one part of a message."""

    amount: float
    currency: Literal["points"]


class PriceCountry(BaseModel):
    """A country. `mcc` is its mobile country code, or 0 if it is unknown."""

    name: str
    mcc: int


class PriceNetwork(BaseModel):
    """The networks that the price is for: all of the country, for which `mnc` is 0."""

    name: str
    mnc: int


class CountryPrice(BaseModel):
    """The price of one part of a message to a country."""

    type: str
    price: PriceAmount
    country: PriceCountry
    network: PriceNetwork
    changed_at: None


class PricesResponse(BaseModel):
    """Prices by country. No message can be sent to a country that is not listed."""

    size: int
    collection: list[CountryPrice]


@routes.get(PATH)
def get_profile(principal: Principal, now: Now) -> ProfileResponse:
    """Get the profile of the caller, and how many points they may spend."""
    user = principal.user
    return ProfileResponse(
        id=user.user_id,
        name=principal.account.company or user.login,
        email=user.email if user.own_email else "",
        username=user.login,
        phone_number="",
        payment_type="prepaid",
        user_type="native" if user.owner else "subuser",
        points=points.told(payments.available(user, now=now)),
    )


@routes.get(PRICES)
def get_prices(principal: Principal, request: ListPricesRequest) -> PricesResponse:  # noqa: ARG001 - declared so that only customers may ask
    """List prices: what one part of a message costs, by country."""
    table = price_list.current() if request.type in SENT_HERE else {}
    listed = [_price(request.type, country, points.told(table[country])) for country in sorted(table)]
    return PricesResponse(size=len(listed), collection=listed)


def _price(kind: str, code: str, amount: float) -> CountryPrice:
    name, mcc = countries.told(code)
    return CountryPrice(
        type=kind,
        price=PriceAmount(amount=amount, currency="points"),
        country=PriceCountry(name=name, mcc=mcc),
        network=PriceNetwork(name=EVERY_NETWORK, mnc=0),
        changed_at=None,
    )
