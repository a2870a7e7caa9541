"""What people who are signed in may ask for, each with a body that it would take."""

from typing import Any

from tests.support.world import PASSWORD

SENSITIVE: dict[str, Any] = {
    "DELETE /account/factors/sms": None,
    "DELETE /account/factors/totp": None,
    "POST /account/email": {"email": "ann@example.org"},
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
    "PUT /account/policy": {
        "password_profile": "smsapi",
        "password_change": "off",
        "password_change_days": 30,
        "longest_idle_minutes": 60,
    },
}
"""What changes how somebody gets in."""

HARMLESS: dict[str, Any] = {
    "DELETE /account/api-password": None,
    "DELETE /account/devices/{device_id}": None,
    "DELETE /account/sessions/{session_id}": None,
    "DELETE /tokens/{token_id}": None,
    "GET /account/activity": None,
    "GET /account/devices": None,
    "GET /account/factors": None,
    "GET /account/ip-lists": None,
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
}
"""What shows something, or takes rights away."""

OPEN_TO_OVERDUE = {"GET /session", "POST /account/password", "POST /logout", "POST /session/confirm"}
"""What may still be asked for where the password is overdue."""
