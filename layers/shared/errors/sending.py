"""Refusals of messages, sender names and points, in the words of SMSAPI's clients."""

from shared.errors.base import Refusal


class NotAvailable(Refusal):
    """A feature of the platform that is no business of this stack."""

    code = "not_available"
    message = "This service is not available on this account."


class UnknownAction(Refusal):
    """None of the parameters says what is to be done."""

    code = "unknown_action"
    message = "None of the parameters says what is to be done."


class UnknownSenderAction(UnknownAction):
    """The same of sender.do, which has a number of its own for it."""


class ContentEmpty(Refusal):
    """There is no text to send."""

    code = "content_empty"
    message = "Content is empty"


class NotPlain(ContentEmpty):
    """The text has letters of which a message can hold but few, and that was not wanted."""

    code = "special_characters"
    message = "The text has special characters, and nounicode was asked for."


class PartsExceeded(Refusal):
    """The text takes more parts than were allowed."""

    code = "too_many_parts"
    message = "The text takes more parts than max_parts allows."


class NoRecipients(Refusal):
    """There is nobody to send to: no number, or none that is right."""

    code = "no_recipients"
    message = "No correct phone numbers"

    def __init__(self, numbers: tuple[str, ...] = (), message: str = message) -> None:
        """*numbers* are the wrong ones, as they came."""
        super().__init__()
        self.numbers = numbers
        self.message = message


class RecipientsExceeded(Refusal):
    """More numbers, or more countries, than one request may have."""

    code = "too_many_recipients"
    message = "These are more recipients than one request may have."


class ParamsUneven(Refusal):
    """Not every recipient has words of his own, or some are left over."""

    code = "wrong_number_of_params"
    message = "There must be as many values of a param as numbers."


class IdxUneven(Refusal):
    """Not every recipient has an idx, or some are left over."""

    code = "wrong_number_of_idx"
    message = "There must be as many idx as numbers."


class GroupNotAlone(Refusal):
    """Params and idx are in the order of the numbers, and the members of a group have none."""

    code = "group_not_alone"
    message = "A group goes alone, without numbers, params and idx."


class SenderNotAllowed(Refusal):
    """The account, or its sub-user, has no such sender name, or it is not active."""

    code = "sender_not_allowed"
    message = "This sender name is not allowed."


class CountryRefused(Refusal):
    """Nothing can be sent to that country from here, or nothing more today."""

    code = "country_not_allowed"
    message = "Sending to this country is not allowed on this account, or no more today."


class AbroadRefused(CountryRefused):
    """The account may send at home only."""

    code = "abroad_not_allowed"
    message = "Sending abroad is not allowed on this account."


class GroupUnknown(Refusal):
    """The account has no such group of contacts, or the sub-user may not send to it."""

    code = "group_not_found"
    message = "There is no such group."


class GroupEmpty(Refusal):
    """Nobody in that group has a phone."""

    code = "group_empty"
    message = "The group is empty."


class TooFarAhead(Refusal):
    """Messages wait for three months at most."""

    code = "too_far_ahead"
    message = "The date is more than three months ahead."


class ExpiryRefused(Refusal):
    """A message is of use for a quarter of an hour at least and three days at most."""

    code = "expiration_date_refused"
    message = "The expiration date must be 15 minutes to 72 hours after the message is sent."


class TemplateUnknown(Refusal):
    """There are no templates here."""

    code = "template_not_found"
    message = "There is no such template."


class PostNeeded(Refusal):
    """What is in an address lies in logs, and is asked for again by whoever wants to be helpful."""

    code = "post_needed"
    message = "Send and remove messages with POST. GET tells what became of one, with status."


class IdxUsed(Refusal):
    """The same idx was used within a day."""

    code = "idx_used"
    message = "This idx was used within the last 24 hours."


class OutsideHours(Refusal):
    """The sub-user may not send at that time of the day or the week."""

    code = "outside_hours"
    message = "Sending is not allowed at this time."


class NoPoints(Refusal):
    """The account has not enough points."""

    code = "not_enough_points"
    message = "Not enough points."


class LimitReached(NoPoints):
    """The sub-user has used up what he was given."""

    code = "limit_reached"
    message = "You have reached your limit of points."


class MessageUnknown(Refusal):
    """There is no such message of this account, or it has left already."""

    code = "message_not_found"
    message = "Not exists ID message"


class SenderUnknown(Refusal):
    """The account has no such sender name."""

    code = "not_found"
    message = "Not found sender"


class SenderNotThere(SenderUnknown):
    """The same, where it was asked for and not to be changed. The clients' tests tell the two apart."""

    message = "Not found resource"


class SenderInactive(Refusal):
    """A sender name that waits to be approved cannot be the default."""

    code = "sender_not_active"
    message = "Cannot set to default not active sendername"


class SenderInvalid(Refusal):
    """No name that a message can have."""

    code = "invalid_sender"
    message = "Sendername is not valid"


class SenderExists(Refusal):
    """The account has this sender name already."""

    code = "sender_exists"
    message = "This sender name exists already."


class SenderQuotaReached(Refusal):
    """The account has as many sender names as it may have."""

    code = "too_many_sender_names"
    message = "You have as many sender names as you may have. Delete one first."
