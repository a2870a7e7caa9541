"""The door of delivery reports: which URL is called about messages that name none themselves."""

from pydantic import BaseModel, Field

from account import set_notify_url_flow
from shared import policy
from shared.errors import NotifyUrlRefused, Outrun
from shared.http.dependencies import From, Now, Person
from shared.http.fields import Strict
from shared.http.routing import Routes

routes = Routes()

PATH = "/account/delivery-reports"


class DeliveryReportsResponse(BaseModel):
    """The URL that is called when a message of the account gets a new state; null for none."""

    notify_url: str | None


class SetDeliveryReportsRequest(Strict):
    """The URL to call, with https, on port 443, without a user name and password; null for none."""

    notify_url: str | None = Field(max_length=policy.NOTIFY_URL_CHARACTERS)


@routes.get(PATH)
def get_delivery_reports(person: Person) -> DeliveryReportsResponse:
    """Get the URL that is called about the account's messages. Only the owner may do this: it may have a secret."""
    return DeliveryReportsResponse(notify_url=person.account.notify_url or None)


@routes.put(PATH, refuses=[NotifyUrlRefused, Outrun])
def put_delivery_reports(
    person: Person, request: SetDeliveryReportsRequest, origin: From, now: Now
) -> DeliveryReportsResponse:
    """Set the URL that is called about the account's messages, unless `sms.do` names another.

    Only the owner may do this. It counts for messages that are sent from now on.
    """
    url = set_notify_url_flow.set_url(person, request.notify_url or "", origin=origin, now=now)
    return DeliveryReportsResponse(notify_url=url or None)
