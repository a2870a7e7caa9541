"""What AWS tells became of e-mails and SMS: from the topic through the queue to whom it concerns."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.delivery import carrier_reports
from tests.e2e.deployment import Stack
from tests.e2e.people import ARRIVED_WITHIN, Person
from tests.e2e.test_messages import Shop, shop  # noqa: F401 - a fixture
from tests.support.delivery_events import of_mail, of_sms


def tell(stack: Stack, event: str) -> None:
    """Publish as SES would, or End User Messaging."""
    stack.emulator.client("sns").publish(TopicArn=stack.resources["DeliveryEventsTopic"], Message=event)


def soon(look: Callable[[], Any]) -> Any:
    give_up = time.monotonic() + ARRIVED_WITHIN
    while not (seen := look()):
        if time.monotonic() > give_up:
            pytest.fail(f"not within {ARRIVED_WITHIN} s")
        time.sleep(0.2)
    return seen


def test_a_mailbox_that_bounces_is_shown_to_its_user(stack: Stack, owner: Person):
    token = owner.opens_session()
    user_id = owner.may(token, "GET", "/session")["session"]["user_id"]

    def trouble() -> Any:
        return owner.may(token, "GET", "/account/email")["mail_trouble"]

    assert trouble() is None
    now = datetime.now(UTC)
    tell(stack, of_mail("Bounce", owner.email, user_id, sent_at=now))
    assert soon(trouble)["reason"] == "bounced"
    tell(stack, of_mail("Delivery", owner.email, user_id, sent_at=now + timedelta(seconds=1)))
    assert soon(lambda: trouble() is None)


def test_a_message_gets_the_state_that_aws_tells(stack: Stack, shop: Shop):  # noqa: F811
    message = shop.sends(shop.person)
    assert soon(lambda: shop.status(message) == "SENT")
    user_id = shop.person.may(shop.session, "GET", "/session")["session"]["user_id"]
    name = carrier_reports.name_of(user_id[:10], message["id"])
    tell(stack, of_sms("TEXT_DELIVERED", name, at=datetime.now(UTC)))
    assert soon(lambda: shop.status(message) == "DELIVERED")
