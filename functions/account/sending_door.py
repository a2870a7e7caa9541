"""The door of the switch that stops the messages and codes of an account's programs."""

from pydantic import BaseModel, StrictBool

from account import switch_sending_flow
from shared.errors import Outrun
from shared.http.dependencies import From, Now, Person
from shared.http.fields import Strict
from shared.http.routing import Routes

routes = Routes()


class SendingResponse(BaseModel):
    """Whether messages of the account, and codes of SMS Authenticator, are sent. Codes for a sign-in always are."""

    enabled: bool


class SetSendingRequest(Strict):
    """Whether to send messages of the account, and codes of SMS Authenticator."""

    enabled: StrictBool


@routes.get("/account/sending")
def get_sending(person: Person) -> SendingResponse:
    """Get whether messages of the account, and codes of SMS Authenticator, are sent."""
    return SendingResponse(enabled=not person.account.sending_off)


@routes.put("/account/sending", refuses=[Outrun])
def put_sending(person: Person, request: SetSendingRequest, origin: From, now: Now) -> SendingResponse:
    """Stop all messages of the account and codes of SMS Authenticator at once, or let them leave again.

    Only the owner may do this. What is due while it is off is not sent, and its points come back. Codes for a sign-in
    are always sent.
    """
    switch_sending_flow.switch(person, on=request.enabled, origin=origin, now=now)
    return SendingResponse(enabled=request.enabled)
