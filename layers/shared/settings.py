"""What differs by stage: the names that template.yaml hands over, read once when a function starts."""

import os

LOGINS_TABLE = os.environ["LOGINS_TABLE"]
USERS_TABLE = os.environ["USERS_TABLE"]
SESSIONS_TABLE = os.environ["SESSIONS_TABLE"]
CHALLENGES_TABLE = os.environ["CHALLENGES_TABLE"]
DEVICES_TABLE = os.environ["DEVICES_TABLE"]
STRIKES_TABLE = os.environ["STRIKES_TABLE"]
BUDGETS_TABLE = os.environ["BUDGETS_TABLE"]
LINKS_TABLE = os.environ["LINKS_TABLE"]
ACCOUNTS_TABLE = os.environ["ACCOUNTS_TABLE"]
ADDRESS_LISTS_TABLE = os.environ["ADDRESS_LISTS_TABLE"]
FACTORS_TABLE = os.environ["FACTORS_TABLE"]
PASSWORDS_TABLE = os.environ["PASSWORDS_TABLE"]
ACTIVITY_TABLE = os.environ["ACTIVITY_TABLE"]
REMINDERS_TABLE = os.environ["REMINDERS_TABLE"]
TOKENS_TABLE = os.environ["TOKENS_TABLE"]
ACCESS_TOKENS_TABLE = os.environ["ACCESS_TOKENS_TABLE"]
CARRIERS_TABLE = os.environ["CARRIERS_TABLE"]
DELIVERIES_TABLE = os.environ["DELIVERIES_TABLE"]

NOTICES_QUEUE_URL = os.environ["NOTICES_QUEUE_URL"]
SEALING_KEYS_SECRET = os.environ["SEALING_KEYS_SECRET"]

FACTORS_KEY = os.environ["FACTORS_KEY"]
"""The KMS key that encrypts the secrets of authenticator apps."""

BREACHED_PASSWORDS_URL = os.environ["BREACHED_PASSWORDS_URL"]
"""Where hashes of breached passwords are asked for by their first five digits; empty: nowhere."""

PANEL_ORIGIN = os.environ["PANEL_ORIGIN"]
"""Scheme, host and port of the customer panel: links lead there, and cookies are only good from there."""

MAIL_FROM = os.environ["MAIL_FROM"]

SMS_PROVIDER = os.environ["SMS_PROVIDER"]
"""`sns` or `smsapi`."""

SMSAPI_URL = os.environ["SMSAPI_URL"]
SMSAPI_TOKEN_SECRET = os.environ["SMSAPI_TOKEN_SECRET"]
