"""The families of the API, and the name of each operation: generated clients call their methods so.

An operation's id never changes: clients that strangers generated would no longer compile. It is `verbNoun`: `list` and
`get` read, `create`, `update`, `replace` and `delete` write a resource, and any other verb says what happens.
"""

from dataclasses import dataclass

from shared import policy


@dataclass(frozen=True)
class Family:
    """A tag of the contract: what its routes are about, and the id of each."""

    name: str
    about: str
    operations: dict[str, str]


WHOLE = "Lists are not paged: `size` is the number of items in `collection`."
SMSAPI = "Requests and answers are SMSAPI's, see docs/migrate-from-smsapi.md."

FAMILIES = (
    Family(
        "Sign-in",
        "A password earns a challenge, a code answers it and earns a session. A program gets the session's token in "
        "the body and sends it as `Authorization: Bearer`; a browser on the panel's own pages gets `__Host-` cookies.",
        {
            "POST /login": "signIn",
            "POST /login/pass": "requestSignInPass",
            "POST /verify-code": "verifyCode",
            "POST /verify-code/resend": "resendCode",
            "GET /session": "getSession",
            "POST /session/confirm": "confirmSession",
            "POST /logout": "signOut",
        },
    ),
    Family(
        "Passwords",
        "Change a password, set one with a link from an e-mail, and take an account back from a thief.",
        {
            "POST /account/password": "changePassword",
            "POST /password-reset": "requestPasswordReset",
            "POST /password-reset/confirm": "resetPassword",
            "POST /invitations/accept": "acceptInvitation",
            "POST /not-me": "reportUnknownSignIn",
            "POST /undo": "undoChange",
            "GET /account/recovery": "getRecovery",
            "DELETE /account/recovery": "cancelRecovery",
            "POST /recovery/cancel": "cancelRecoveryByLink",
            "GET /account/suspended": "listSuspended",
            "POST /account/suspended/confirm": "confirmSubusers",
            "POST /account/suspended/{record_id}/confirm": "confirmSuspended",
        },
    ),
    Family(
        "Second factors",
        "SMS, an authenticator app and recovery codes. A factor is proved before it counts.",
        {
            "GET /account/factors": "getFactors",
            "POST /account/factors/sms": "enrolSms",
            "POST /account/factors/sms/confirm": "confirmSms",
            "DELETE /account/factors/sms": "deleteSms",
            "POST /account/factors/totp": "enrolTotp",
            "POST /account/factors/totp/confirm": "confirmTotp",
            "DELETE /account/factors/totp": "deleteTotp",
            "POST /account/factors/recovery-codes": "createRecoveryCodes",
        },
    ),
    Family(
        "Sessions and devices",
        "Where a user is signed in, and which devices are known. Neither list is paged.",
        {
            "GET /account/sessions": "listSessions",
            "DELETE /account/sessions/{session_id}": "endSession",
            "POST /account/logout-everywhere": "endAllSessions",
            "POST /account/logout-others": "endOtherSessions",
            "PUT /account/session-length": "setSessionLength",
            "GET /account/devices": "listDevices",
            "DELETE /account/devices/{device_id}": "forgetDevice",
        },
    ),
    Family(
        "Account",
        "The e-mail address, what the account requires of all its users, and the log of what happened. The log is "
        f"answered in pages of `limit` entries, {policy.ACTIVITY_PAGE} by default: send `next` of one page as `cursor` "
        "of the following one, until `next` is null.",
        {
            "GET /account/email": "getEmail",
            "POST /account/email": "requestEmailChange",
            "DELETE /account/email": "cancelEmailChange",
            "POST /email/confirm": "confirmEmailChange",
            "GET /account/factors/missing": "listMissingFactors",
            "GET /account/policy": "getPolicy",
            "PUT /account/policy": "replacePolicy",
            "GET /account/sending": "getSending",
            "PUT /account/sending": "setSending",
            "GET /account/activity": "listActivity",
        },
    ),
    Family(
        "IP lists",
        "From which addresses people may open the panel, and programs may call the API.",
        {
            "GET /account/ip-lists": "getIpLists",
            "PUT /account/ip-lists/{name}": "replaceIpList",
            "POST /account/ip-lists/{name}/confirm": "confirmIpList",
            "POST /ip-lists/break-glass": "breakGlass",
        },
    ),
    Family(
        "API passwords",
        "A login and a password for programs that cannot send a token. Off by default, see docs/legacy-api.md.",
        {
            "GET /account/legacy-api": "getLegacyApi",
            "PUT /account/legacy-api": "setLegacyApi",
            "PUT /account/api-password": "setApiPassword",
            "DELETE /account/api-password": "deleteApiPassword",
        },
    ),
    Family(
        "Delivery reports",
        "What a server of the customer's is told about messages, see docs/delivery-reports.md.",
        {
            "GET /account/delivery-reports": "getDeliveryReports",
            "PUT /account/delivery-reports": "setDeliveryReports",
            "GET /carriers/smsapi/{secret}": "takeCarrierReport",
        },
    ),
    Family(
        "API tokens",
        f"Tokens of programs and OAuth clients, see docs/tokens.md. {WHOLE}",
        {
            "GET /tokens": "listTokens",
            "POST /tokens": "createToken",
            "GET /tokens/{token_id}": "getToken",
            "PATCH /tokens/{token_id}": "updateToken",
            "DELETE /tokens/{token_id}": "deleteToken",
            "POST /tokens/{token_id}/rotate": "rotateToken",
            "GET /access-tokens": "listAccessTokens",
            "GET /tokens/{token_id}/access-tokens": "listAccessTokensOfClient",
            "DELETE /tokens/{token_id}/access-tokens": "deleteAccessTokensOfClient",
            "DELETE /tokens/{token_id}/access-tokens/{access_id}": "deleteAccessToken",
            "POST /tokens/found": "reportFoundToken",
        },
    ),
    Family(
        "OAuth",
        "Client credentials, introspection, revocation and metadata as RFC 6749, 7662, 7009 and 8414 have them, see "
        "docs/oauth.md.",
        {
            "GET /.well-known/oauth-authorization-server": "getAuthorizationServerMetadata",
            "POST /oauth/token": "issueAccessToken",
            "POST /oauth/introspect": "introspectToken",
            "POST /oauth/revoke": "revokeToken",
        },
    ),
    Family(
        "SMS Authenticator",
        f"Send codes to a customer's own users and check them. {SMSAPI}",
        {
            "POST /mfa/codes": "sendMfaCode",
            "POST /mfa/codes/verifications": "verifyMfaCode",
        },
    ),
    Family(
        "Messages",
        f"Send SMS, read their status, and remove scheduled ones. {SMSAPI}",
        {
            "GET /sms.do": "getSmsStatus",
            "POST /sms.do": "sendSms",
            "GET /messages": "listMessages",
            "DELETE /messages": "withdrawMessages",
            "DELETE /messages/{message_id}": "withdrawMessage",
        },
    ),
    Family(
        "Sender names",
        f"The names that messages are sent under. {WHOLE} {SMSAPI}",
        {
            "GET /sms/sendernames": "listSenderNames",
            "POST /sms/sendernames": "createSenderName",
            "GET /sms/sendernames/statement": "getSenderNameStatement",
            "GET /sms/sendernames/{sender}": "getSenderName",
            "DELETE /sms/sendernames/{sender}": "deleteSenderName",
            "POST /sms/sendernames/{sender}/commands/make_default": "makeSenderNameDefault",
            "GET /sender.do": "getSenderDo",
            "POST /sender.do": "postSenderDo",
        },
    ),
    Family(
        "Profile",
        f"The caller's profile and points, prices, and whether the service answers. {WHOLE} {SMSAPI}",
        {
            "GET /profile": "getProfile",
            "GET /profile/prices": "listPrices",
            "GET /ping": "ping",
            "HEAD /ping": "headPing",
        },
    ),
    Family(
        "Sub-users",
        f"The sub-users of an account, and what is shared with them. {WHOLE} {SMSAPI}",
        {
            "GET /subusers": "listSubusers",
            "POST /subusers": "createSubuser",
            "GET /subusers/{user_id}": "getSubuser",
            "PUT /subusers/{user_id}": "updateSubuser",
            "DELETE /subusers/{user_id}": "deleteSubuser",
            "GET /subusers/{user_id}/shares": "getShares",
            "GET /subusers/{user_id}/shares/sendernames": "getSenderShare",
            "PUT /subusers/{user_id}/shares/sendernames": "replaceSenderShare",
            "GET /subusers/{user_id}/shares/templates": "getTemplateShare",
            "PUT /subusers/{user_id}/shares/templates": "replaceTemplateShare",
            "GET /user.do": "getUserDo",
            "POST /user.do": "postUserDo",
            "PUT /user.do": "putUserDo",
        },
    ),
    Family(
        "Contacts",
        f"The contact database. Contacts are answered in pages of `limit`, {policy.CONTACTS_PAGE} by default, from "
        f"`offset` on: `size` counts all that fit the filter, `collection` holds one page. {SMSAPI}",
        {
            "GET /contacts": "listContacts",
            "POST /contacts": "createContact",
            "DELETE /contacts": "deleteAllContacts",
            "GET /contacts/{contact_id}": "getContact",
            "PUT /contacts/{contact_id}": "updateContact",
            "DELETE /contacts/{contact_id}": "deleteContact",
            "GET /contacts/{contact_id}/groups": "listGroupsOfContact",
            "POST /contacts/{contact_id}/groups": "addContactToGroups",
            "GET /contacts/{contact_id}/groups/{group_id}": "getGroupOfContact",
            "PUT /contacts/{contact_id}/groups/{group_id}": "addContactToGroup",
            "DELETE /contacts/{contact_id}/groups/{group_id}": "removeContactFromGroup",
        },
    ),
    Family(
        "Contact groups",
        f"Groups, who is in them, and which sub-user may read, change or send to which. {WHOLE} {SMSAPI}",
        {
            "GET /contacts/groups": "listGroups",
            "POST /contacts/groups": "createGroup",
            "GET /contacts/groups/{group_id}": "getGroup",
            "PUT /contacts/groups/{group_id}": "updateGroup",
            "DELETE /contacts/groups/{group_id}": "deleteGroup",
            "POST /contacts/groups/{group_id}/members": "addMembers",
            "PUT /contacts/groups/{group_id}/members": "moveMembers",
            "DELETE /contacts/groups/{group_id}/members": "removeMembers",
            "GET /contacts/groups/{group_id}/members/{contact_id}": "getMember",
            "PUT /contacts/groups/{group_id}/members/{contact_id}": "addMember",
            "DELETE /contacts/groups/{group_id}/members/{contact_id}": "removeMember",
            "GET /contacts/groups/{group_id}/permissions": "listPermissions",
            "POST /contacts/groups/{group_id}/permissions": "createPermission",
            "GET /contacts/groups/{group_id}/permissions/{username}": "getPermission",
            "POST /contacts/groups/{group_id}/permissions/{username}": "replacePermission",
            "PUT /contacts/groups/{group_id}/permissions/{username}": "updatePermission",
            "DELETE /contacts/groups/{group_id}/permissions/{username}": "deletePermission",
        },
    ),
)

IDS = {route: name for family in FAMILIES for route, name in family.operations.items()}
"""The id of each route's operation."""

TAGS = {route: family.name for family in FAMILIES for route in family.operations}
"""The family of each route."""


def tags() -> list[dict[str, str]]:
    """Return the families as OpenAPI lists them."""
    return [{"name": family.name, "description": family.about} for family in FAMILIES]
