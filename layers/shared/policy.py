"""Every number that protects an account, with its unit and its reason. The same in every stage."""

from datetime import timedelta

# --- Requests ---------------------------------------------------------------------------------------------

MAX_BODY_BYTES = 64 * 1024
"""The largest honest body is an IP list with 200 entries and their notes; more is refused unread (ASVS V15.2.2)."""

MAX_PARAMETERS = 128
MAX_PARAMETER_DEPTH = 3
"""Fields of a form, and brackets behind a name: more than any client of the platform sends."""

REQUEST_LASTS = timedelta(seconds=30)
"""No request lasts longer: the gateway gives up after 29 seconds, and template.yaml ends our functions before that."""

MAX_USER_AGENT_CHARACTERS = 200
"""As much of a program's own name as is kept with its session and device: anybody can make it say anything."""

MAX_LOGIN_CHARACTERS = 254
"""A login may be an e-mail address, and those end at 254 characters (RFC 5321)."""

MAX_PHONE_CHARACTERS = 32
"""The longest E.164 number has 15 digits; the rest is room for blanks, dashes and brackets."""
# --- Passwords --------------------------------------------------------------------------------------------

PASSWORD_MIN_CHARACTERS = 8
"""The platform's published rule; ASVS V6.2.1 has the same floor."""

PASSWORD_MAX_CHARACTERS = 256
"""Well above the 64 that ASVS V6.2.9 asks for, and a bound on what a stranger can make us hash."""

ARGON2_MEMORY_KIB = 19 * 1024
ARGON2_PASSES = 2
ARGON2_LANES = 1
"""ASVS 5.0 appendix C: argon2id with 19 MiB, t=2, p=1. One lane, since a small Lambda has one core."""

PASSWORD_MIN_CHARACTERS_NIST = 15
PASSWORD_MIN_CHARACTERS_NIST_WITH_SECOND_FACTOR = 8
"""The profile `nist`: length in place of composition rules (NIST SP 800-63B-4 3.1.1.2)."""

PASSWORDS_REMEMBERED = 24
"""A user's older passwords, none of which is taken again. Each costs one slow hash, so they must have an end."""

PASSWORD_CHANGED_EVERY = timedelta(days=30)
PASSWORD_CHANGE_DAYS = (30, 60, 90)
"""Where an account asks for a change from time to time, and what it may choose from, in days."""

BREACHES_ANSWER_WITHIN = timedelta(seconds=1)
"""How long the list of breached passwords may take before a password is taken without asking it."""
# --- Wrong passwords --------------------------------------------------------------------------------------

FREE_PASSWORD_ATTEMPTS = 5
"""Wrong passwords for one login from one address (or known device) before waits begin: room for typing errors."""

FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE = 20
"""The same from all unknown addresses together, so that many addresses do not multiply the guesses."""

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
"""Waits double from the first to the longest (NIST SP 800-63B-4 3.2.2). They never become a lock."""

LONGEST_WAIT_FROM_ANYWHERE = timedelta(minutes=15)
"""Shorter, since a stranger can cause this one: at most 96 guesses a day, and the owner is never out for long."""

ATTEMPTS_FORGOTTEN_AFTER = timedelta(days=1)
"""Counts of wrong passwords are removed when this has passed since the last try; the longest wait is over by then."""
# --- Codes ------------------------------------------------------------------------------------------------

CODE_DIGITS = 6
"""19.9 bits, the floor that ASVS V6.5.4 accepts; safe because tries are few."""

CODE_LIFETIME = timedelta(minutes=5)
"""Half of what ASVS V6.5.5 allows: enough for a slow carrier."""

CHALLENGE_LIFETIME = timedelta(minutes=15)
"""However often its code is sent again, a challenge ends: the password's proof must not get old."""

ATTEMPTS_PER_CHALLENGE = 5
"""Together with the account's count: a guess succeeds once in 200,000 challenges."""

FREE_CODE_ATTEMPTS = 10
"""Wrong codes in a row per user, whatever the number of challenges and resends, before waits begin."""

MAX_CODE_ATTEMPTS = 100
"""Wrong codes in a row after which codes are closed until the owner acts (NIST SP 800-63B-4 3.2.2)."""

RESEND_AFTER = timedelta(seconds=30)
"""Most messages arrive sooner; earlier resends only make late ones arrive out of order."""

SMS_PER_NUMBER_AND_HOUR = 5
SMS_PER_NUMBER_AND_DAY = 15
"""In any 60 minutes and any 24 hours, counted per number across accounts: nobody's phone is flooded."""

SMS_PER_ACCOUNT_AND_DAY = 200
"""Code messages that one account's sign-ins may cost in a UTC day: the bound on the damage of SMS pumping."""
# --- Points and messages of customers ---------------------------------------------------------------------

RECIPIENTS_AT_ONCE = 40
COUNTRIES_AT_ONCE = 15
"""Of one request: with its wallets, counts and idx rows it is one transaction, and those end at 100 writes."""

MESSAGE_PARTS = 10
"""Parts that a message may have: 1,530 characters, as much as a phone puts together and as SNS takes at once."""

MAX_IDX_CHARACTERS = 255
"""The platform's own bound (its code 27)."""

SENDERS_FOR_EVERYBODY = ("Test", "INFOSMS")
"""Sender names that belong to the platform: every account has them, and no owner can keep them from a sub-user."""

MESSAGES_ASKED_AT_ONCE = 100
"""Messages whose fate one request may ask for, or that it may remove: a batch of reads ends there."""

SMS_REPEATS = 10
SMS_REPEATS_WITHIN = timedelta(seconds=60)
"""Messages of one account to one number in any minute: the platform's published rule (its code 52)."""

SMS_ABROAD_PER_DAY = 100
"""Messages of one account to one country abroad in a UTC day: what a stolen token can cost at most (lesson B4)."""

IDX_KEPT_FOR = timedelta(hours=24)
"""For so long the same idx is refused, where it is to be checked."""

SCHEDULED_AHEAD = timedelta(days=92)
"""How long a message may wait to be sent: three months, as with the platform (its code 50)."""

MESSAGE_CLAIMED_FOR = timedelta(minutes=1)
"""Who sends a message has so long: as long as `notify` may take, so that nobody else sends it meanwhile."""

SHIPMENT_GIVEN_UP_AFTER = timedelta(minutes=30)
"""What has not left by then never will, and its points are given back. Five tries of the queue take five minutes."""

SHIPMENT_KEPT_FOR = timedelta(days=15)
"""How long can be asked what became of a message: longer than any queue keeps one (14 days), then numbers and text go.
"""

SHIPMENTS_PAGE = 100
SHIPMENT_SHARDS = 4
"""Rows that the pass of each minute reads at a time, and parts of their index, so that no part of it gets hot."""

# --- Second factors ---------------------------------------------------------------------------------------

TOTP_SECRET_BYTES = 20
"""160 bits, as RFC 4226 (R6) recommends: 32 characters in base 32, a length that needs no padding."""

TOTP_STEP = timedelta(seconds=30)
TOTP_TOLERANCE = 1
"""Steps before and after the present one that are taken, each once: clocks differ (RFC 6238 5.2)."""

ENROLMENT_LIFETIME = timedelta(minutes=15)
"""How long the secret of a new authenticator app waits for its first code."""

RECOVERY_CODES = 10
RECOVERY_CODE_CHARACTERS = 24
"""In base 32: 120 bits. Above the 112 from which ASVS V6.5.2 asks for no slow hash."""

CARRIER_TROUBLE_TOLD_FOR = timedelta(minutes=5)
"""After a message that the carrier did not take, sign-ins are told for so long that SMS may be late."""
# --- Codes that customers send to their own users (SMS Authenticator) -------------------------------------

MFA_CODE_DIGITS = (4, 10)
"""The fewest and the most digits that an account may choose; without a choice it is CODE_DIGITS."""

MFA_CODE_LIFETIME = (timedelta(minutes=1), timedelta(minutes=10))
"""The shortest and the longest life that it may choose; the longest is the limit of ASVS V6.5.5."""

MFA_ATTEMPTS = {4: (3, timedelta(minutes=5), timedelta(hours=24)), 5: (5, timedelta(minutes=1), timedelta(hours=6))}
MFA_ATTEMPTS_OF_LONGER = (FREE_CODE_ATTEMPTS, FIRST_WAIT, LONGEST_WAIT)
"""Wrong codes in a row for a number before waits begin, the first wait and the longest, by the digits of a code.

Below the 20 bits that ASVS V6.5.4 asks for (six digits) tries must be fewer: four digits are hit once in 1000 first
days of guessing, six once in 24,000. Waits never become a lock: a stranger can cause them on a customer's page
(lesson B16).
"""

MFA_ATTEMPTS_REMEMBERED_FOR = timedelta(days=2)
"""Wrong codes for a number are forgotten when this has passed since the last; the longest wait is over by then."""

MFA_RESEND_AFTER = timedelta(seconds=30)
"""As RESEND_AFTER, between two codes of one account to one number."""

MFA_SMS_PER_NUMBER_AND_HOUR = 5
MFA_SMS_PER_NUMBER_AND_DAY = 15
"""In any 60 minutes and any 24 hours, per number and account: no account can use up what another may send there."""

MFA_WRONG_PER_ACCOUNT_AND_HOUR = 1000
"""Wrong codes of an account, whatever the numbers, before its codes are closed for the rest of the hour.

Of so many guesses at six digits one is right in a thousand hours. Far more than people mistype, as long as an account
sends fewer than some 10,000 codes an hour.
"""

MFA_KEY_REMEMBERED_FOR = timedelta(hours=24)
MFA_KEY_CHARACTERS = 255
"""How long an Idempotency-Key gets the same answer, and how long it may be."""
# --- Step-up ----------------------------------------------------------------------------------------------

CONFIRMED_FOR = timedelta(minutes=10)
"""How long after password and second factor were given sensitive settings may be changed (ASVS V7.5.1)."""
# --- Sessions ---------------------------------------------------------------------------------------------

SESSION_IDLE = timedelta(hours=1)
"""Without use a session ends after this time, unless its user chose another (NIST SP 800-63B-4 2.2.3)."""

SESSION_IDLE_MINUTES = (5, 15, 30, 60, 120, 480, 1440)
"""What a user may choose from, in minutes. More than an hour is a deviation from NIST 2.2.3 that he decides on."""

SESSION_LIFETIME = timedelta(hours=24)
"""A session ends after this time whatever its use (NIST SP 800-63B-4 2.2.3)."""

SESSION_TOUCHED_EVERY = timedelta(minutes=1)
"""Use is written down at most this often; the idle limit counts from what is written, see `domain.sessions`."""

SESSIONS_AT_ONCE = 20
"""Living sessions of one user. Where one more is opened, the oldest ends (ASVS V7.1.2)."""

DEVICE_REMEMBERED_FOR = timedelta(days=365)
"""A device that signed in within this time is known. It is never a factor: it only stills the e-mail."""
# --- IP lists ---------------------------------------------------------------------------------------------

LIST_ENTRIES = 200
"""Entries of one list. Every request reads the lists of its account, so they must have an end."""

MAX_SOURCE_CHARACTERS = 64
"""The longest entry there is, an IPv4 address within IPv6 in full with its prefix, has 49; the rest is for blanks."""

LIST_NOTE_CHARACTERS = 80
"""What an owner may write beside an entry: whose address it is."""

LIST_TRIAL = timedelta(minutes=10)
"""A list that refuses the one who saves it rolls back after this time, unless he confirms it from an address in it."""

LIST_LOOKS_BACK = 100
"""Entries of the activity log that a list is held against before it is saved: whom would it have refused?"""

LIST_LOOKS_AT_USERS = 100
"""Users whose sessions it is held against as well, those that did something last first: each costs a read."""

LISTS_KEPT_READ = 256
"""Lists that a function keeps as it has read them, so that one is not read anew for each request."""
# --- Links in e-mails -------------------------------------------------------------------------------------

INVITATION_LIFETIME = timedelta(days=3)
"""The link to set the first password: long enough for a weekend, good once (ASVS V6.4.1)."""

RESET_LIFETIME = timedelta(minutes=30)
"""The link to set a new password, good once."""

FREE_RESETS = 3
FIRST_RESET_WAIT = timedelta(minutes=5)
LONGEST_RESET_WAIT = timedelta(hours=1)
"""Such links in a row for one login, and the waits after them: nobody's mailbox is flooded (lesson B23)."""

FREE_RESETS_FROM_ADDRESS = 20
"""Such links in a row that one address may ask for, whatever the logins."""

EMAIL_LIFETIME = timedelta(hours=24)
"""The link that proves a new e-mail address, good once."""

NOT_ME_LIFETIME = timedelta(days=7)
"""The link "it wasn't me" in the e-mail about a new device: it still works after a week's absence."""
# --- API tokens -------------------------------------------------------------------------------------------

TOKENS_PER_USER = 100
"""Tokens and clients of one user, those expired or switched off included: a list that a person can still read."""

TOKEN_USE_NOTED_EVERY = timedelta(minutes=5)
"""The last use of a token is written down at most this often: a busy one would be a hot row (lesson B43)."""

TOKEN_EXPIRY_TOLD_DAYS = (30, 7, 1)
"""Days before its end on which a token's user is told, so that none dies in the night (ASVS V6.4.5)."""

EXPIRIES_LOOKED_AT_EVERY = timedelta(days=1)
"""How often the schedule looks. Who is told at least so many days before is told by up to one look more."""

TOKEN_KEPT_AFTER_EXPIRY = timedelta(days=30)
"""An expired token is still listed, as expired, for so long."""

ROTATION_OVERLAP = timedelta(hours=24)
LONGEST_ROTATION_OVERLAP = timedelta(days=7)
"""How long the old secret works beside the new one, unless asked for otherwise, and at most."""

ACCESS_TOKEN_LIFETIME = timedelta(hours=1)
"""A token that a client gets for its secret; its client's end ends it sooner."""

MOST_REQUESTS_A_MINUTE = 60_000
"""The highest limit that a token can be given; above it the gateway's own limits come first."""

MAX_TOKEN_NAME_CHARACTERS = 64
MAX_TOKEN_DESCRIPTION_CHARACTERS = 256
"""Words for people. The name stands in e-mails."""

TOKEN_SOURCES = 50
"""Entries in a token's own list of addresses: it is read with each request."""

MAX_FOUND_CHARACTERS = 512
"""Room for the longest secret, three times over: what leaked is handed in as it was found."""

FREE_FORGERIES = 20
"""Well-formed secrets in a row that nobody holds, from one address, before such are refused unseen.

A right secret is always taken, so that nobody's mistake locks out those behind the same address (lesson B16).
"""
# --- API passwords ----------------------------------------------------------------------------------------

FREE_API_PASSWORD_ATTEMPTS = 20
FREE_API_PASSWORD_ATTEMPTS_FROM_ANYWHERE = 50
"""Wrong passwords of programs before waits begin, from one address and from all together.

More than a person has: a try is paid for before it is looked at, and a program sends many at once.
"""

API_PASSWORDS_KNOWN = 1000
"""Right ones that a function keeps in mind, so that a busy program pays for the slow hash once (lesson B41)."""
# --- Messages that are sent -------------------------------------------------------------------------------

GROUPS_AT_ONCE = 5
"""Groups that one request may name: each is looked up by itself."""

EXPIRES_SOONEST = timedelta(minutes=15)
EXPIRES_LATEST = timedelta(hours=72)
"""After it is sent a message may expire in that time: the platform's published range."""
# --- Sender names -----------------------------------------------------------------------------------------

SENDER_NAMES = 100
"""Of one account: an operator looks at each, and they are listed in one answer."""
# --- Sub-users --------------------------------------------------------------------------------------------

SUBUSERS_PER_ACCOUNT = 100
"""A list that a person can still read, and that one round trip brings."""

GIVEN_PASSWORD_LIFETIME = timedelta(days=3)
"""A password that an owner gives a sub-user works so long, for one sign-in (ASVS V6.4.1). As an invitation."""

SUBUSER_NAME_MIN_CHARACTERS = 3
SUBUSER_NAME_MAX_CHARACTERS = 32
"""The name of a sub-user as `user.do` takes it, without what is put before it."""

SUBUSER_DESCRIPTION_CHARACTERS = 255
"""Words for people: every request of the sub-user reads them."""

SHARED_SENDERS = 100
SENDER_CHARACTERS = 16
"""Names that are shared one by one with a sub-user, and the longest there is: a number of 16 digits."""

MOST_POINTS = 100_000_000
"""The most that a sub-user can be given. Below it every amount is told exactly as it is."""

FREE_NAMES = 200
"""Logins that an account may try for its sub-users, a day's pause apart: whether one is taken tells of others.

Twice as many as it may have.
"""
# --- Activity ---------------------------------------------------------------------------------------------

ACTIVITY_KEPT_FOR = timedelta(days=365)
"""Then an entry is removed: long enough for a yearly audit (ASVS V14.2.7)."""

ACTIVITY_PAGE = 20
ACTIVITY_LONGEST_PAGE = 100
"""Entries in one answer, unless asked for otherwise, and at most."""

ACTIVITY_READS = 5
ACTIVITY_ROWS_A_READ = 200
"""What a search for a rare event may cost: so many reads in series, of so many rows. The rest is for the next page."""
# --- Contacts ---------------------------------------------------------------------------------------------

CONTACTS_PER_ACCOUNT = 10_000
"""A list is sorted and searched in memory, and to delete all of them is one request: both must have an end."""

CONTACTS_PAGE = 5
CONTACTS_LONGEST_PAGE = 100
"""Contacts in one answer, as the platform has it, unless asked for otherwise; and at most."""

CONTACTS_AT_A_TIME = 45
"""Contacts that one transaction changes or removes: two rows each, and DynamoDB takes 100."""

CONTACT_FIELDS = 20
CONTACT_FIELD_CHARACTERS = 64
CONTACT_VALUE_CHARACTERS = 255
"""Fields of a customer's own beside those of the platform, the length of a name, and of what may be said."""

FILTER_VALUES = 100
"""Values of one filter: more than any person looks for at once."""

GROUPS_PER_ACCOUNT = 200
GROUP_NAME_CHARACTERS = 64
GROUP_TEXT_CHARACTERS = 255
GROUPS_BYTES = 300 * 1024
"""What is written of all groups and their permissions lies in one row, and DynamoDB's end at 400 KB."""

LONGEST_GROUP_EXPIRY = 3650
"""Days."""
# --- Reminders --------------------------------------------------------------------------------------------

REMINDERS_PAGE = 100
"""Rows that the daily pass reads at a time."""

REMINDER_SHARDS = 4
"""Parts of the index of who is due, so that no part of it gets hot."""
# --- Keys and tables --------------------------------------------------------------------------------------

KEYS_KEPT_FOR = timedelta(minutes=5)
"""A new sealing key is in use everywhere after this time; old ones stay valid, so that nobody notices."""

STORE_CONNECTS_WITHIN = timedelta(seconds=1)
STORE_ANSWERS_WITHIN = timedelta(seconds=2)
"""How long the tables and the secret store may take before a call is repeated: far beyond their usual milliseconds."""

STORE_ATTEMPTS = 3
"""How often such a call is made in all before the caller is told to come back."""

RACE_ATTEMPTS = 5
"""How often a request decides anew if another one changed the same thing first, before the caller is told so."""
# --- Housekeeping -----------------------------------------------------------------------------------------

FORGET_AFTER = timedelta(days=1)
"""Expired rows stay this long for those who look into an incident, then DynamoDB's TTL removes them."""
# --- Notices ----------------------------------------------------------------------------------------------

NOTICE_REMEMBERED_FOR = timedelta(days=15)
"""How long a notice sent is known as sent: longer than any queue keeps a message (14 days)."""

CONNECT_WITHIN = timedelta(seconds=1)
ANSWER_WITHIN = timedelta(seconds=5)
"""How long a carrier, a mailer or the queue may take: well beyond what they usually need."""

SENDING_NEEDS = timedelta(seconds=15)
"""No notice is begun with less of the invocation left: twice the two above, and a note that it went out."""

CARRIER_TOKEN_KEPT_FOR = timedelta(minutes=1)
"""The carrier's token is read anew this often, so that a changed one counts before a code has expired."""

DEVICE_MAX_CHARACTERS = 120
"""As much of a browser's own words as goes into an e-mail: anybody can make them say anything."""
