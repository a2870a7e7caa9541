"""The door to what an account has: /profile and /profile/prices."""

from typing import Literal

from pydantic import BaseModel

from shared import settings
from shared.domain import countries, points, prices
from shared.http.dependencies import Now, Principal
from shared.http.routing import Routes
from shared.http.smsapi.parameters import Lenient
from shared.storage import wallets

routes = Routes()

PATH = "/profile"
PRICES = f"{PATH}/prices"

SENT_HERE = ("pro", "sms")
"""The kinds of message that there are here: both are an ordinary SMS."""


class Profile(BaseModel):
    """Who calls, and how many points he may use. `phone_number` is empty: what guards a sign-in is not told."""

    id: str
    name: str
    email: str
    username: str
    phone_number: str
    payment_type: Literal["prepaid"]
    user_type: Literal["native", "subuser"]
    points: float


class Asked(Lenient):
    """Which prices are wanted."""

    type: Literal["pro", "eco", "sms", "2way", "vms", "hlr", "mms"] = "pro"


class Amount(BaseModel):
    """What one part of a message costs."""

    amount: float
    currency: Literal["points"]


class Country(BaseModel):
    """By its mobile country code, 0 where that is not known here."""

    name: str
    mcc: int


class Network(BaseModel):
    """Every network of a country costs the same: there is one entry, and 0 stands for all."""

    name: str
    mnc: int


class CountryPrice(BaseModel):
    """Of a country."""

    type: str
    price: Amount
    country: Country
    network: Network
    changed_at: None


class Prices(BaseModel):
    """By country. Nothing can be sent to one that is not here."""

    size: int
    collection: list[CountryPrice]


@routes.get(PATH)
def get_profile(principal: Principal, now: Now) -> Profile:
    """Who am I, and how many points may I use?"""
    user = principal.user
    return Profile(
        id=user.user_id,
        name=principal.account.company or user.login,
        email=user.email,
        username=user.login,
        phone_number="",
        payment_type="prepaid",
        user_type="native" if user.owner else "subuser",
        points=points.told(wallets.available(user, now=now)),
    )


@routes.get(PRICES)
def get_prices(principal: Principal, asked: Asked) -> Prices:  # noqa: ARG001 - it is for customers
    """What does a part of a message cost, by country?"""
    table = prices.read(settings.PRICES) if asked.type in SENT_HERE else {}
    listed = [_price(asked.type, country, points.told(table[country])) for country in sorted(table)]
    return Prices(size=len(listed), collection=listed)


def _price(kind: str, code: str, amount: float) -> CountryPrice:
    name, mcc = countries.told(code)
    return CountryPrice(
        type=kind,
        price=Amount(amount=amount, currency="points"),
        country=Country(name=name, mcc=mcc),
        network=Network(name="", mnc=0),
        changed_at=None,
    )
