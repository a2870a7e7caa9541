"""Refusals about messages, sender names and points. SMSAPI's clients test for some of the messages."""

from collections.abc import Iterable
from datetime import timedelta

from shared import policy
from shared.errors.base import Refusal

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class NotAvailable(Refusal):
    """SMSAPI has this feature, Furtka does not."""

    code = "not_available"
    message = "This service is not available on this account."


class UnknownAction(Refusal):
    """No parameter names an action."""

    code = "unknown_action"
    message = "None of the parameters names an action."


class UnknownSenderAction(UnknownAction):
    """No parameter of sender.do names an action. Its number differs from that of the other paths."""


class SeveralActions(UnknownAction):
    """More than one parameter names an action."""

    message = "More than one of the parameters names an action. Send one of them."


class SeveralSenderActions(UnknownSenderAction):
    """More than one parameter of sender.do names an action."""

    message = SeveralActions.message


class ContentEmpty(Refusal):
    """The message has no text."""

    code = "content_empty"
    message = "Content is empty"


class NotPlain(ContentEmpty):
    """The text has characters outside the GSM 7-bit alphabet, and nounicode is set."""

    code = "special_characters"
    message = "The text has special characters, but nounicode is set."


class PartsExceeded(Refusal):
    """The text has more parts than a message may have, or more than max_parts or single allows."""

    code = "too_many_parts"
    message = f"The text has more than {policy.MESSAGE_PARTS} parts, or more than max_parts or single allows."
    fields = ("body.content",)


class NoRecipients(Refusal):
    """There is no recipient: no number, or no valid one."""

    code = "no_recipients"
    message = "No correct phone numbers"

    def __init__(self, numbers: tuple[str, ...] = (), message: str = message) -> None:
        """*numbers* are the invalid ones, as they were sent."""
        super().__init__()
        self.numbers = numbers
        self.message = message


class RecipientsExceeded(Refusal):
    """The request has more numbers or groups, or numbers in more countries, than are allowed."""

    code = "too_many_recipients"
    message = (
        f"One request has at most {policy.RECIPIENTS_OF_ORDER:,} recipients ({policy.RECIPIENTS_AT_ONCE} with idx or "
        f"param1 to param4), in {policy.COUNTRIES_AT_ONCE} countries, and {policy.GROUPS_AT_ONCE} groups. "
        "Send several requests."
    )


class ShipmentTooLarge(RecipientsExceeded):
    """The texts and `idx` of the recipients are too large together."""

    message = "The texts and idx of these recipients are too large together. Send several requests."


class RecipientsOfTestExceeded(RecipientsExceeded):
    """A program that can only try sending named more numbers than it may."""

    message = (
        f"A token with sms:test and without sms names at most {policy.RECIPIENTS_OF_TEST} recipients in one request. "
        "Name fewer, or use a token with sms."
    )


class MessageIdsExceeded(RecipientsExceeded):
    """The request has more ids of messages than are allowed."""

    message = f"One request has at most {policy.MESSAGES_ASKED_AT_ONCE} ids of messages. Send several requests."


class ParamsUneven(Refusal):
    """The number of values of a param differs from the number of recipients."""

    code = "wrong_number_of_params"
    message = "Send as many values of each param as numbers."


class IdxUneven(Refusal):
    """The number of idx differs from the number of recipients."""

    code = "wrong_number_of_idx"
    message = "Send as many idx as numbers."


class GroupNotAlone(Refusal):
    """A group is combined with numbers, params or idx, or with another group that the sender may not read."""

    code = "group_not_alone"
    message = "Send to a group alone, without numbers, params and idx; to several groups only if you may read them all."


class SenderNotAllowed(Refusal):
    """The sender name is unknown or not active, or the sub-user may not use it."""

    code = "sender_not_allowed"
    message = "This sender name is unknown, not active or not allowed."
    fields = ("body.from",)


class CountryRefused(Refusal):
    """No messages can be sent to this country, or no more today."""

    code = "country_not_allowed"
    message = "Sending to this country is not allowed, or its daily limit is reached."
    fields = ("body.phone_number",)


class CountriesClosed(CountryRefused):
    """The account may send to some countries abroad, but not to these. The message names them."""

    def __init__(self, countries: Iterable[str]) -> None:
        super().__init__()
        self.message = f"No messages of this account may go to {', '.join(countries)}."


class AbroadLimitReached(CountryRefused):
    """No more messages can be sent to this country today, or never so many in a day. The message names the limit."""

    def __init__(self, most: int, *, retry_after: timedelta | None = None) -> None:
        """*most* is how many messages a day may go to each country abroad."""
        super().__init__(retry_after=retry_after)
        self.message = f"The limit of {most:,} messages a day to one country abroad is reached."


class CountryUnknown(CountryRefused):
    """An operator named countries that no message is sent to. The message names them."""

    def __init__(self, countries: Iterable[str]) -> None:
        super().__init__()
        self.message = f"No message is sent to {', '.join(countries)}: this is no country's code, or has no price here."


class AbroadRefused(CountryRefused):
    """The account may send to no country abroad."""

    code = "abroad_not_allowed"
    message = "Sending abroad is not allowed on this account."


class SendingOff(Refusal):
    """The account's owner, or an operator, stopped its messages and codes."""

    code = "sending_off"
    message = "Sending is switched off on this account. Its owner can switch it on."


class GroupUnknown(Refusal):
    """The account has no such group of contacts, or the sub-user may not send to it."""

    code = "group_not_found"
    message = "There is no such group."


class GroupEmpty(Refusal):
    """No contact of the group has a phone number."""

    code = "group_empty"
    message = "The group has no contact with a phone number."


class TooFarAhead(Refusal):
    """The date is too far ahead."""

    code = "too_far_ahead"
    message = f"The date is more than {policy.SCHEDULED_AHEAD // DAY} days ahead."


class ExpiryRefused(Refusal):
    """The expiration date is too soon or too late after the sending."""

    code = "expiration_date_refused"
    message = (
        f"The expiration date must be {policy.EXPIRES_SOONEST // MINUTE} minutes to "
        f"{policy.EXPIRES_LATEST // HOUR} hours after the message is sent."
    )


class TemplateUnknown(Refusal):
    """Furtka has no templates."""

    code = "template_not_found"
    message = "There is no such template."


class PostNeeded(Refusal):
    """A GET would change something, and the account does not allow that: URLs are logged, and a GET may be repeated."""

    code = "post_needed"
    message = "Use POST to send, remove or change. Only the account's owner can allow GET for that."


class IdxUsed(Refusal):
    """The idx was used lately, and check_idx is set."""

    code = "idx_used"
    message = f"This idx was used within the last {policy.IDX_KEPT_FOR // HOUR} hours."


class OutsideHours(Refusal):
    """The sub-user may not send at this time."""

    code = "outside_hours"
    message = "Sending is not allowed at this time."


class NoPoints(Refusal):
    """The account does not have enough points."""

    code = "not_enough_points"
    message = "Not enough points."


class LimitReached(NoPoints):
    """The sub-user does not have enough points left."""

    code = "limit_reached"
    message = "You have reached your limit of points."


class MessageUnknown(Refusal):
    """The account has no such message, or it was sent already."""

    code = "message_not_found"
    message = "Not exists ID message"


class MessageLeft(Refusal):
    """The message does not wait any more."""

    code = "message_left"
    message = "The message does not wait any more: it left, or was withdrawn or stopped."


class SenderUnknown(Refusal):
    """The account has no such sender name."""

    code = "not_found"
    message = "Not found sender"
    fields = ("path.sender",)


class SenderNotThere(SenderUnknown):
    """The account has no such sender name. SMSAPI's clients expect this message for reads and another for changes."""

    message = "Not found resource"


class SenderInactive(Refusal):
    """A sender name that is not approved yet cannot be the default."""

    code = "sender_not_active"
    message = "Cannot set to default not active sendername"


class SenderInvalid(Refusal):
    """The text cannot be a sender name."""

    code = "invalid_sender"
    message = "Sendername is not valid"
    fields = ("body.sender",)


class SenderExists(Refusal):
    """The account has this sender name already."""

    code = "sender_exists"
    message = "This sender name already exists."
    fields = ("body.sender",)


class SenderQuotaReached(Refusal):
    """The account has the maximum number of sender names."""

    code = "too_many_sender_names"
    message = "You have the maximum number of sender names. Delete one first."
