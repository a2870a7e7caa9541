"""The routes for people who are signed in and for API clients, each with a valid body."""

from typing import Any

from tests.support.world import PASSWORD

SENSITIVE: dict[str, Any] = {
    "DELETE /account/factors/sms": None,
    "DELETE /account/factors/totp": None,
    "POST /account/email": {"email": "ann@example.org"},
    "POST /account/suspended/{record_id}/confirm": None,
    "POST /account/factors/recovery-codes": None,
    "POST /account/factors/sms": {"phone": "+48600100201"},
    "POST /account/factors/sms/confirm": {"challenge_id": "0" * 38, "code": "123456"},
    "POST /account/factors/totp": None,
    "POST /account/factors/totp/confirm": {"code": "123456"},
    "POST /account/password": {"current_password": PASSWORD, "password": "Tulip-Wagon-42"},
    "POST /account/ip-lists/{name}/confirm": None,
    "POST /tokens": {"name": "Cron", "scopes": ["tokens"]},
    "POST /tokens/{token_id}/rotate": None,
    "PUT /account/api-password": {"password": "Quiet-Harbour-93-Lamps"},
    "PUT /account/ip-lists/{name}": {"enabled": True, "entries": [{"source": "192.0.2.0/24"}]},
    "PUT /account/legacy-api": {"enabled": True},
    "PUT /account/delivery-reports": {"notify_url": "https://shop.example/report"},
    "PUT /account/policy": {
        "password_profile": "smsapi",
        "password_change": "off",
        "password_change_days": 30,
        "longest_idle_minutes": 60,
    },
    "DELETE /contacts": None,
    "DELETE /subusers/{user_id}": None,
    "POST /contacts/groups/{group_id}/permissions": {"username": "bob", "read": True},
    "POST /contacts/groups/{group_id}/permissions/{username}": {"read": True},
    "POST /subusers": {"credentials": {"username": "till", "password": "Sunday-Ferry-31"}},
    "PUT /contacts/groups/{group_id}/permissions/{username}": {"read": True},
    "PUT /subusers/{user_id}": {"description": "Till 2"},
    "PUT /subusers/{user_id}/shares/sendernames": {"access": "none"},
    "PUT /subusers/{user_id}/shares/templates": {"access": "none"},
}
"""Routes that change who can sign in or call: they need a recent confirmation (step-up)."""

HARMLESS: dict[str, Any] = {
    "DELETE /account/api-password": None,
    "DELETE /account/devices/{device_id}": None,
    "DELETE /account/email": None,
    "GET /account/email": None,
    "GET /account/suspended": None,
    "GET /account/recovery": None,
    "DELETE /account/recovery": None,
    "DELETE /account/sessions/{session_id}": None,
    "DELETE /tokens/{token_id}": None,
    "GET /account/activity": None,
    "GET /account/devices": None,
    "GET /account/factors": None,
    "GET /account/factors/missing": None,
    "GET /account/ip-lists": None,
    "GET /account/delivery-reports": None,
    "GET /account/legacy-api": None,
    "GET /account/policy": None,
    "GET /account/sessions": None,
    "GET /session": None,
    "GET /tokens": None,
    "GET /tokens/{token_id}": None,
    "PATCH /tokens/{token_id}": {"active": False},
    "POST /account/logout-everywhere": None,
    "POST /account/logout-others": None,
    "POST /logout": None,
    "POST /session/confirm": {"password": PASSWORD},
    "PUT /account/session-length": {"idle_minutes": 5},
    "DELETE /contacts/groups/{group_id}": None,
    "DELETE /contacts/groups/{group_id}/members": {"q": "601"},
    "DELETE /contacts/groups/{group_id}/members/{contact_id}": None,
    "DELETE /contacts/groups/{group_id}/permissions/{username}": None,
    "DELETE /contacts/{contact_id}": None,
    "DELETE /contacts/{contact_id}/groups/{group_id}": None,
    "DELETE /sms/sendernames/{sender}": None,
    "GET /contacts": None,
    "GET /contacts/groups": None,
    "GET /contacts/groups/{group_id}": None,
    "GET /contacts/groups/{group_id}/members/{contact_id}": None,
    "GET /contacts/groups/{group_id}/permissions": None,
    "GET /contacts/groups/{group_id}/permissions/{username}": None,
    "GET /contacts/{contact_id}": None,
    "GET /contacts/{contact_id}/groups": None,
    "GET /contacts/{contact_id}/groups/{group_id}": None,
    "GET /profile": None,
    "GET /profile/prices": None,
    "GET /sms/sendernames": None,
    "GET /sms/sendernames/statement": None,
    "GET /sms/sendernames/{sender}": None,
    "GET /subusers": None,
    "GET /subusers/{user_id}": None,
    "GET /subusers/{user_id}/shares": None,
    "GET /subusers/{user_id}/shares/sendernames": None,
    "GET /subusers/{user_id}/shares/templates": None,
    "POST /contacts": {"phone_number": "+48600100200"},
    "POST /contacts/groups": {"name": "VIP"},
    "POST /contacts/groups/{group_id}/members": {"q": "601"},
    "POST /contacts/{contact_id}/groups": {"0": "0000000000000000000000000000"},
    "POST /sms/sendernames": {"sender": "Shop"},
    "POST /sms/sendernames/{sender}/commands/make_default": None,
    "PUT /contacts/groups/{group_id}": {"name": "VIP"},
    "PUT /contacts/groups/{group_id}/members": {"q": "601"},
    "PUT /contacts/groups/{group_id}/members/{contact_id}": None,
    "PUT /contacts/{contact_id}": {"city": "Gdynia"},
    "PUT /contacts/{contact_id}/groups/{group_id}": None,
}
"""Routes that show something, take rights away, or are a customer's daily work."""

FOR_PROGRAMS: dict[str, Any] = {
    "POST /mfa/codes": {"phone_number": "+48600100200"},
    "POST /mfa/codes/verifications": {"phone_number": "+48600100200", "code": "123456"},
}
"""Routes for API clients only."""

OPEN_TO_OVERDUE = {"GET /session", "POST /account/password", "POST /logout", "POST /session/confirm"}
"""Routes that a session may still use when the password is overdue."""

OPEN_WITHOUT_FACTOR = OPEN_TO_OVERDUE | {
    "GET /account/factors",
    "POST /account/factors/sms",
    "POST /account/factors/sms/confirm",
    "POST /account/factors/totp",
    "POST /account/factors/totp/confirm",
}
"""Routes that a session may still use when the account requires a second factor and its user has none."""
