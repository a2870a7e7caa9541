"""Settings that differ by stage, from environment variables that template.yaml sets; read once at the start."""

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
KEPT_VALUES_TABLE = os.environ["KEPT_VALUES_TABLE"]
ACTIVITY_TABLE = os.environ["ACTIVITY_TABLE"]
REMINDERS_TABLE = os.environ["REMINDERS_TABLE"]
TOKENS_TABLE = os.environ["TOKENS_TABLE"]
ACCESS_TOKENS_TABLE = os.environ["ACCESS_TOKENS_TABLE"]
WALLETS_TABLE = os.environ["WALLETS_TABLE"]
SHIPMENTS_TABLE = os.environ["SHIPMENTS_TABLE"]
SENDER_NAMES_TABLE = os.environ["SENDER_NAMES_TABLE"]
PROVED_NUMBERS_TABLE = os.environ["PROVED_NUMBERS_TABLE"]
CONTACTS_TABLE = os.environ["CONTACTS_TABLE"]
GROUPS_TABLE = os.environ["GROUPS_TABLE"]
CARRIERS_TABLE = os.environ["CARRIERS_TABLE"]
DELIVERIES_TABLE = os.environ["DELIVERIES_TABLE"]

CODES_QUEUE_URL = os.environ["CODES_QUEUE_URL"]
NOTICES_QUEUE_URL = os.environ["NOTICES_QUEUE_URL"]
MESSAGES_QUEUE_URL = os.environ["MESSAGES_QUEUE_URL"]
REPORTS_QUEUE_URL = os.environ["REPORTS_QUEUE_URL"]
AUDIT_BUS = os.environ["AUDIT_BUS"]
"""The event bus by which audit events leave; empty in functions that put none on it."""

AUDIT_DEAD_LETTERS_URL = os.environ["AUDIT_DEAD_LETTERS_URL"]
"""The queue of what could not be told as an audit event; empty in functions that tell none."""

SEALING_KEYS_SECRET = os.environ["SEALING_KEYS_SECRET"]

NAMING_KEY_SECRET = os.environ["NAMING_KEY_SECRET"]
"""The key that names rows about input of strangers. It does not rotate."""

ORIGIN_SECRETS = os.environ["ORIGIN_SECRETS"]
"""The secret with which CloudFront shows that it brought a request; empty: requests come straight to API Gateway."""

FACTORS_KEY = os.environ["FACTORS_KEY"]
"""The KMS key that encrypts the secrets of authenticator apps."""

BREACHED_PASSWORDS_URL = os.environ["BREACHED_PASSWORDS_URL"]
"""Address of the range API of breached passwords (k-anonymity, by hash prefix); empty: passwords are not checked."""

API_URL = os.environ["API_URL"]
"""Where this stack answers, for the carrier to call; empty in functions that need not know it."""

CANARY_SECRET = os.environ["CANARY_SECRET"]
"""The secret with what the canary signs in with; empty in all other functions."""

PANEL_ORIGIN = os.environ["PANEL_ORIGIN"]
"""Address of the customer panel, perhaps with a path: links lead below it, and its scheme, host and port are the only
origin that may use cookies. Empty: nobody has set it yet, so no link can be sent.
"""

MAIL_FROM = os.environ["MAIL_FROM"]

MAIL_CONFIGURATION_SET = os.environ["MAIL_CONFIGURATION_SET"]
"""The configuration set of SES through which it tells what became of e-mails; empty in functions that send none."""

SUPPORT_ADDRESS = os.environ["SUPPORT_ADDRESS"]
"""Where the people of a suspended account can write to; empty: they are told no address."""

SMS_PROVIDER = os.environ["SMS_PROVIDER"]
"""Who sends SMS: `sns`, `sms-voice` (both AWS) or `smsapi`. See docs/carriers.md."""

SMS_SENDER = os.environ["SMS_SENDER"]
"""With `sms-voice`: the sender name, number or pool that our own messages come from; empty: AWS takes one."""

SMS_MAX_PRICE = os.environ["SMS_MAX_PRICE"]
"""With `sms-voice`: what one part of a message may cost at most, in USD; empty: whatever it costs."""

SMS_CONFIGURATION_SET = os.environ["SMS_CONFIGURATION_SET"]
"""With `sms-voice`: the configuration set through which AWS tells what became of messages."""

SMS_PER_SECOND = int(os.environ["SMS_PER_SECOND"])
"""How many SMS a second the carrier takes from us."""

MESSAGES_AT_ONCE = int(os.environ["MESSAGES_AT_ONCE"])
"""How many invocations of `notify` send customers' messages at the same time, at most."""

SMSAPI_URL = os.environ["SMSAPI_URL"]
SMSAPI_TOKEN_SECRET = os.environ["SMSAPI_TOKEN_SECRET"]

PRICES_SECRET = os.environ["PRICES_SECRET"]
"""Prices of one part of an SMS in points, by country, as `PL=0.16 DE=0.5`. Other countries cannot be sent to."""

ENROLMENT_COUNTRIES = os.environ["ENROLMENT_COUNTRIES"]
"""ISO 3166 codes, with blanks between, of the countries besides home whose numbers can be enrolled as second factors.
A country without a price is not among them.
"""

WATCHED_COUNTRIES = os.environ["WATCHED_COUNTRIES"]
"""ISO 3166 codes, with blanks between, of the countries whose conversion of codes has a metric of its own."""

HOME_COUNTRY = os.environ["HOME_COUNTRY"]
"""ISO 3166 code of the home country, which every account may send to."""
