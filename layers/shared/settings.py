"""What differs by stage: the names that template.yaml hands over, read once when a function starts."""

import os

LOGINS_TABLE = os.environ["LOGINS_TABLE"]
USERS_TABLE = os.environ["USERS_TABLE"]
SESSIONS_TABLE = os.environ["SESSIONS_TABLE"]
CHALLENGES_TABLE = os.environ["CHALLENGES_TABLE"]
DEVICES_TABLE = os.environ["DEVICES_TABLE"]
STRIKES_TABLE = os.environ["STRIKES_TABLE"]
BUDGETS_TABLE = os.environ["BUDGETS_TABLE"]
INVITATIONS_TABLE = os.environ["INVITATIONS_TABLE"]
DELIVERIES_TABLE = os.environ["DELIVERIES_TABLE"]

NOTICES_QUEUE_URL = os.environ["NOTICES_QUEUE_URL"]
SEALING_KEYS_SECRET = os.environ["SEALING_KEYS_SECRET"]

PANEL_ORIGIN = os.environ["PANEL_ORIGIN"]
"""Scheme, host and port of the customer panel: links lead there, and cookies are only good from there."""

MAIL_FROM = os.environ["MAIL_FROM"]

SMS_PROVIDER = os.environ["SMS_PROVIDER"]
"""`sns` or `smsapi`."""

SMSAPI_URL = os.environ["SMSAPI_URL"]
SMSAPI_TOKEN_SECRET = os.environ["SMSAPI_TOKEN_SECRET"]
