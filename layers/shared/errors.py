"""The ways to say no. A refusal's parent is all that a stranger gets to see; what is no `Refusal` is our mistake."""

from datetime import timedelta


class Refusal(Exception):
    """A request that is understood and not granted. `code` is stable; `message` says what to do."""

    code = "refused"
    message = "The request was refused."

    def __init__(self, *, retry_after: timedelta | None = None) -> None:
        """*retry_after* is how long waiting helps, told to the caller rounded up to whole seconds."""
        super().__init__(self.code)
        self.retry_after = retry_after


# --- The request itself -----------------------------------------------------------------------------------


class InvalidRequest(Refusal):
    """A field is missing, unknown or not of its form."""

    code = "invalid_request"
    message = "Some fields are missing, unknown or not of the form they should have. See errors."


class NotAnObject(InvalidRequest):
    """The body is JSON, but no object."""


class MalformedList(InvalidRequest):
    """An entry of an IP list is none, or it is there twice, or the list is to be on without any."""

    def __init__(self, misses: dict[str, str]) -> None:
        """*misses* are codes of what is wrong by where it is in the body, as `entries.3.source`."""
        super().__init__()
        self.misses = misses


class InvalidJson(Refusal):
    """The body is not JSON."""

    code = "invalid_json"
    message = "The body is not valid JSON."


class BodyTooLarge(Refusal):
    """The body is larger than 64 KiB."""

    code = "body_too_large"
    message = "The body is larger than 64 KiB."


class UnsupportedMediaType(Refusal):
    """The body is not declared as JSON."""

    code = "unsupported_media_type"
    message = "Send the body as application/json."


class NothingThere(Refusal):
    """What the path names does not exist, or is somebody else's."""

    code = "not_found"
    message = "There is nothing at this path."


class MethodNotAllowed(Refusal):
    """The path exists, but not for this method."""

    code = "method_not_allowed"
    message = "This path does not take this method. See the Allow header."

    def __init__(self, methods: list[str]) -> None:
        """*methods* are those that the path takes."""
        super().__init__()
        self.methods = methods


class CrossSite(Refusal):
    """A browser's request that changes something did not show that it comes from the panel itself."""

    code = "cross_site_request"
    message = "This request must come from the panel's own pages."


class InvalidForm(InvalidRequest):
    """The body is no form as RFC 6749 appendix B has it, or a parameter is given twice."""

    message = "The body is not a form, or a parameter is given twice."


class ParameterInQuery(InvalidRequest):
    """Secrets, and all parameters of OAuth, are never taken from the address: addresses are logged (RFC 6749 2.3.1)."""

    message = "Send the parameters in the body, not in the query string."


class NotAForm(UnsupportedMediaType):
    """The body is not declared as a form."""

    message = "Send the body as application/x-www-form-urlencoded."


# --- Proofs that failed -----------------------------------------------------------------------------------


class FailedProof(Refusal):
    """Somebody is not who he says he is, or not any longer."""

    code = "unauthorized"
    message = "Sign in first."


class WrongPassword(FailedProof):
    """The login and the password do not belong together."""

    code = "invalid_credentials"
    message = "The login or the password is wrong."


class UnknownLogin(WrongPassword):
    """No such login. It answers like a wrong password, so that logins cannot be probed."""


class LoginDisabled(WrongPassword):
    """A login that was switched off. It answers like a wrong password."""


class GivenPasswordOver(WrongPassword):
    """The account's owner gave it for one sign-in, and that was, or is too late. It answers like a wrong password."""


class LegacyApiOff(WrongPassword):
    """The account takes no passwords of programs, or its list for machines is off. It answers like a wrong password."""


class WrongCode(FailedProof):
    """The code is not the one that was sent last."""

    code = "wrong_code"
    message = "The code is wrong. Only the newest code counts."


class UnknownChallenge(WrongCode):
    """No such challenge. It answers like a wrong code, so that ids cannot be probed."""


class NotSignedIn(FailedProof):
    """There is no session behind the token, or it has ended."""

    code = "invalid_token"
    message = "The session is unknown or has ended. Sign in again."


class TokenRefused(NotSignedIn):
    """There is no API token behind the secret, it has expired or is switched off, or its user is not welcome."""

    message = "The token is unknown, has expired or is switched off."


class ClientRefused(FailedProof):
    """There is no OAuth client with that id and secret, or it is not welcome any more (RFC 6749 5.2)."""

    code = "invalid_client"
    message = "The client is unknown, its secret is wrong, or it has expired or is switched off."


class TwoProofs(InvalidRequest):
    """A client shows its secret in one place, the Authorization header or the body (RFC 6749 2.3)."""

    message = "Show the id and the secret of the client once: in the Authorization header or in the body."


class StepUpNeeded(FailedProof):
    """Password and second factor were given too long ago for this (RFC 9470)."""

    code = "insufficient_user_authentication"
    message = "Confirm your password first, with POST /session/confirm."


class WrongPresentPassword(WrongPassword):
    """The password that was to be changed is another one."""

    message = "The present password is wrong."


class PasswordChangeNeeded(Refusal):
    """The password is overdue and the account insists, or its owner gave it: the session can only change it."""

    code = "password_change_required"
    message = "Change your password first, with POST /account/password."


class OwnerOnly(Refusal):
    """Only the account's owner may do this."""

    code = "owner_only"
    message = "Only the owner of the account may do this."


class SessionsOnly(Refusal):
    """API tokens are not taken here, whatever their scopes."""

    code = "session_only"
    message = "This is for people who are signed in. It takes no API token."


class InsufficientScope(Refusal):
    """The token may not do this (RFC 6750 3.1)."""

    code = "insufficient_scope"
    message = "This token may not do this. See the scope that is named in WWW-Authenticate."

    def __init__(self, scope: str) -> None:
        """*scope* is what is needed."""
        super().__init__()
        self.scope = scope


class ExceedsRights(Refusal):
    """Nobody gives, or gives back, more than he has himself."""

    code = "exceeds_own_rights"
    message = (
        "You can only manage tokens that can do no more than you: scopes, and for a token life, addresses and rate."
    )


class OnlyNarrower(ExceedsRights):
    """A token that is there gets no scope that it had not."""

    message = "The scopes of a token can only become fewer. Make a new token for more."


class ExceedsOwnScopes(ExceedsRights):
    """A sub-user may do, or would be let do, what his manager may not."""

    message = "You can only manage sub-users who may do no more than you, and sub-users never manage others."


class SomebodyElsesSecret(ExceedsRights):
    """A secret is seen by the user whose it is, and by no owner of an account (ASVS V6.4.6)."""

    message = "Only the user whose token it is may see its new secret. You can switch it off or delete it."


class NotAllowedHere(Refusal):
    """The account's owner has decided otherwise."""

    code = "account_policy"
    message = "Your account does not allow this. Its owner decides."


class AddressNotAllowed(NotAllowedHere):
    """A list of the account's, or of the token's own, does not hold the address that this came from."""

    code = "address_not_allowed"
    message = "This is not allowed from your address. The owner of the account decides from which it is."


class ListNeeded(Refusal):
    """Passwords of programs are taken only from addresses on the account's list for machines."""

    code = "ip_list_needed"
    message = "Switch the account's IP list for the API on first, with at least one entry."


class EnrolmentClosed(Refusal):
    """No authenticator app waits for its first code, or it waited too long."""

    code = "enrolment_closed"
    message = "This enrolment is over. Begin again."


class ChallengeClosed(Refusal):
    """The challenge was answered, has expired, or its tries are used up."""

    code = "challenge_closed"
    message = "This sign-in is over. Sign in again."


class ChallengeAnswered(ChallengeClosed):
    """The right code was given before: a code is good once."""

    message = "This code was already used. Sign in again."


class ChallengeExpired(ChallengeClosed):
    """The code came too late."""

    message = "The code has expired. Sign in again."


class ChallengeSpent(ChallengeClosed):
    """All tries of this challenge are used up."""

    message = "Too many wrong codes for this sign-in. Sign in again."


class FactorUnavailable(Refusal):
    """The user has no such second factor."""

    code = "factor_unavailable"
    message = "You have no such second factor. See the factors of the challenge or of your account."


class FactorNeeded(Refusal):
    """Recovery codes stand in for a second factor, and there is none."""

    code = "factor_needed"
    message = "Switch a second factor on first."


class LinkClosed(Refusal):
    """The link is unknown, was used, or has expired."""

    code = "link_closed"
    message = "This link was already used or has expired. Ask for a new one."


class WeakPassword(Refusal):
    """The password does not meet the account's rules; `errors` lists each rule that it misses."""

    code = "weak_password"
    message = "Choose another password. See errors."

    def __init__(self, misses: list[str]) -> None:
        """*misses* are codes of the rules that the password does not meet."""
        super().__init__()
        self.misses = misses


class WeakGivenPassword(WeakPassword):
    """The password that an owner gives a sub-user does not meet the account's rules."""

    message = "Your password is too weak (use combination of lowercase, uppercase and numeric characters)"

    def __init__(self, misses: list[str], field: str = "password") -> None:
        """*field* is which of the credentials it is."""
        super().__init__(misses)
        self.field = field


# --- What only OAuth clients are told (RFC 6749 5.2, RFC 7009 2.2.1) ----------------------------------------


class UnsupportedGrantType(Refusal):
    """Nothing is granted here for a person's password or word (ASVS V10.4.4): only to clients for their secret."""

    code = "unsupported_grant_type"
    message = "Only client_credentials is supported."


class InvalidScope(Refusal):
    """A scope was asked for that the client has not, or there is none that it has."""

    code = "invalid_scope"
    message = "The client has not all the scopes that were asked for."


class UnauthorizedClient(Refusal):
    """The token was given to somebody else, and this client may not manage it."""

    code = "unauthorized_client"
    message = "This token is not the client's own, and the client may not manage it."


class UnsupportedTokenType(Refusal):
    """A secret of ours that is no token to be revoked here."""

    code = "unsupported_token_type"
    message = "Only access tokens and API tokens are revoked here."


# --- What the SMSAPI clients are told; `shared.wire` has their numbers -----------------------------------------


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


class TooManyParts(Refusal):
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


class TooManyRecipients(Refusal):
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


class FieldRefused(InvalidRequest):
    """One field is not as it must be, and the message says how."""

    field = ""


class CodeEmpty(FieldRefused):
    """There is no code to be checked."""

    message = "MFA code cannot be empty"
    field = "code"


class CodeMalformed(FieldRefused):
    """Something else than digits, or more or fewer than any code has."""

    message = "MFA code has invalid format"
    field = "code"


class ContentWithoutCode(FieldRefused):
    """The text does not say where the code is to stand."""

    message = "The content must contain the placeholder [%code%]."
    field = "content"


class KeyMalformed(InvalidRequest):
    """No key that can be remembered."""

    message = "An Idempotency-Key has 1 to 255 printable ASCII characters."


class KeyReused(Refusal):
    """The same Idempotency-Key came with another text or sender name for that number within a day."""

    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for another request. Use a new one for each code."


class CodeNotFound(NothingThere):
    """It is not the newest code of that number, or was used. So answers a number that never got one."""

    message = "Not found"


class CodeExpired(Refusal):
    """The right code, too late."""

    code = "code_expired"
    message = "The code has expired."


class UnknownSubuser(Refusal):
    """The account has no such sub-user."""

    code = "not_found"
    message = "Not found"


class TooManySubusers(Refusal):
    """The account has as many sub-users as an account may have."""

    code = "too_many_subusers"
    message = "The account has as many sub-users as it may have. Delete one first."


class NothingToChange(Refusal):
    """Nothing was sent that could be changed."""

    code = "nothing_to_change"
    message = "Nothing was sent that could be changed."


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


class ContactUnknown(Refusal):
    """The account has no such contact, or none that a sub-user may see."""

    code = "not_found"
    message = "Cannot find contact"


class ContactExists(Refusal):
    """The account has a contact with this number already."""

    code = "contact_exists"
    message = "A contact with this phone number exists already."


class UnreachableContact(InvalidRequest):
    """A contact has a phone or an e-mail."""

    message = "A contact needs a phone_number or an email."


class TooManyContacts(Refusal):
    """The account has as many contacts as any may have."""

    code = "too_many_contacts"
    message = "The account has as many contacts as it may have. Delete some first."


class NoSuchGroup(Refusal):
    """The account has no such group of contacts, or none that a sub-user may use."""

    code = "not_found"
    message = "Group not found"


class PermissionUnknown(Refusal):
    """The account has no such sub-user, or he was given nothing of this group."""

    code = "not_found"
    message = "Not found"


class GroupExists(Refusal):
    """The account has a group of this name already."""

    code = "group_exists"
    message = "A group of this name exists already."


class GroupNotYours(Refusal):
    """The sub-user was not given the right to change this group, or all groups of this contact."""

    code = "group_not_allowed"
    message = "You may not change the contacts of this group, or of another that the contact is in."


class GroupNeeded(InvalidRequest):
    """A sub-user has no contacts outside of the groups that he may change."""

    message = "Name a group that you may change, as group_id."


class FilterNeeded(InvalidRequest):
    """What changes many contacts at once must say which."""

    message = "Say which contacts, with at least one filter."


class TooManyGroups(Refusal):
    """The account has as many groups, or as much is written of them, as any may have."""

    code = "too_many_groups"
    message = "The account has as many groups and permissions as it may have. Delete some first."


class SenderExists(Refusal):
    """The account has this sender name already."""

    code = "sender_exists"
    message = "This sender name exists already."


class TooManySenders(Refusal):
    """The account has as many sender names as it may have."""

    code = "too_many_sender_names"
    message = "You have as many sender names as you may have. Delete one first."


# --- Limits -----------------------------------------------------------------------------------------------


class TooMany(Refusal):
    """A limit is reached; waiting helps."""

    code = "too_many_requests"
    message = "Too many requests. Wait before the next one."


class TooManyRequests(TooMany):
    """The token's own limit of requests a minute is reached."""

    code = "rate_limit_reached"
    message = "This token has used up its requests for this minute."


class NumberRepeated(TooMany):
    """Too many messages went to one number within a minute."""

    code = "number_repeated"
    message = "Too many messages to one number within a minute."


class TooManyForgeries(TooMany):
    """Too many secrets from this address that nobody holds."""

    code = "too_many_attempts"
    message = "Too many wrong tokens came from your address. Wait before the next try."


class TooManyTokens(Refusal):
    """The user has as many tokens as anybody may have."""

    code = "too_many_tokens"
    message = "You have as many tokens as you may have. Delete one first."


class TooManyNames(TooMany):
    """The account has tried too many logins for its sub-users."""

    code = "too_many_attempts"
    message = "Too many logins were tried for this account. Wait before the next one."


class TooManyPasswords(TooMany):
    """Too many wrong passwords for this login, existing or not."""

    code = "too_many_attempts"
    message = "Too many wrong passwords. Wait before the next try."


class TooManyResets(TooMany):
    """Too many links to set a new password were asked for, for this login, existing or not, or from this address."""

    code = "too_many_resets"
    message = "Too many links were asked for. Look into your mailbox, or wait before asking again."


class TooManyCodes(TooMany):
    """Too many wrong codes in a row."""

    code = "too_many_codes"
    message = "Too many wrong codes. Wait before the next try."


class CodesLocked(Refusal):
    """The most wrong codes in a row that are ever taken. Only the owner can open this again."""

    code = "codes_locked"
    message = "Codes are locked after too many wrong ones. Follow the e-mail we sent, or ask your operator."


class ResendTooSoon(TooMany):
    """The last code is too fresh to send another."""

    code = "resend_too_soon"
    message = "A code was sent just now. Wait before asking for another."


class TooManyMessages(TooMany):
    """The number or the account has got all the codes it may get for now."""

    code = "sms_limit_reached"
    message = "Too many codes were sent. Wait before asking for another."


# --- Weather ----------------------------------------------------------------------------------------------


class Outrun(Refusal):
    """Another request changed the same thing first."""

    code = "outrun"
    message = "Another request changed this first. Try again."


class TrialOver(Outrun):
    """No list of addresses waits to be confirmed: it counts already, or its trial has ended."""

    code = "trial_over"
    message = "No list is on trial: it was confirmed, or has rolled back by itself. Save it again."


class Unavailable(Refusal):
    """Something we rely on does not answer. Nothing was done, or nothing that a repeat would do twice."""

    code = "unavailable"
    message = "The service is busy. Try again in a moment."

    def __init__(self) -> None:
        super().__init__(retry_after=timedelta(seconds=1))


class LoginTaken(Refusal):
    """Somebody has this login already. Only operators see this, and owners who make a sub-user."""

    code = "login_taken"
    message = "This login exists already."


class NotMobile(Refusal):
    """The phone number is not a valid mobile number with its country code."""

    code = "not_mobile"
    message = "This is not a valid mobile number. Write it with its country code, as in +48600100200."
    field = "phone"


class InvalidNumber(NotMobile):
    """The same, in the words that the clients of SMSAPI know."""

    message = "The value is not valid mobile number."
    field = "phone_number"
