"""Every number that protects an account, with its unit and its reason. The same in every stage."""

from datetime import timedelta

# --- Requests ---------------------------------------------------------------------------------------------

MAX_BODY_BYTES = 64 * 1024
"""The largest body that is read (ASVS V15.2.2). The largest honest one is a full IP list with its notes."""

MAX_PARAMETERS = 128
"""Fields that a form may have: more than any client of the platform sends."""

MAX_PARAMETER_DEPTH = 3
"""Brackets that may follow a name in a form, as in `a[b][c][d]`: more than any client of the platform sends."""

MAX_JSON_DEPTH = 8
"""Arrays and objects that may stand in each other in a body: twice what our deepest body has."""

MAX_NUMBER_CHARACTERS = 24
"""Characters of a number, in a body or in a text. It is refused unread above: Python needs seconds for 900,000 digits.
The longest honest one is a fraction as JSON writes it. So few digits also fit Python's decimals without rounding.
"""

MAX_NUMBER_MAGNITUDE = 15
"""Digits before the decimal point that a number may have, however it is written (`1E+900000`)."""

MAX_TIME_CHARACTERS = 40
"""Characters of a date or an instant. The longest honest one, with microseconds and a zone, has 32."""

FIELD_ERRORS_TOLD = 50
"""Wrong fields that one answer names: a small body with thousands of them must not be answered with megabytes."""

REQUEST_LASTS = timedelta(seconds=30)
"""No request takes longer: the gateway gives up after 29 seconds, and template.yaml ends our functions before that."""

MAX_USER_AGENT_CHARACTERS = 200
"""How much of the User-Agent header is stored with a session and a device. Anybody can write anything into it."""

MAX_LOGIN_CHARACTERS = 254
"""A login may be an e-mail address, and an e-mail address has at most 254 characters (RFC 5321)."""

LOGIN_DIGITS_IN_A_ROW = 6
"""Digits of a new login that may follow each other, with or without signs between them. Mail programs make numbers of
seven digits and more a link that dials.
"""

MAX_PHONE_CHARACTERS = 32
"""The longest E.164 number has 15 digits; the rest is room for spaces, dashes and brackets."""
# --- Passwords --------------------------------------------------------------------------------------------

PASSWORD_MIN_CHARACTERS = 8
"""The platform's published rule, and the minimum of ASVS V6.2.1."""

PASSWORD_MAX_CHARACTERS = 256
"""Well above the 64 that ASVS V6.2.9 requires. It bounds what a stranger can make us hash."""

CONTEXT_WORD_MIN_CHARACTERS = 4
"""Names shorter than this are not looked for in a password: they occur by chance in too many good ones."""

ARGON2_MEMORY_KIB = 19 * 1024
"""Memory of one Argon2id hash (ASVS 5.0 appendix C)."""

ARGON2_PASSES = 2
"""Passes of Argon2id over that memory (ASVS 5.0 appendix C)."""

ARGON2_LANES = 1
"""Parallel lanes of Argon2id (ASVS 5.0 appendix C). One, because a small Lambda function has one core."""

PASSWORD_MIN_CHARACTERS_NIST = 15
"""The profile `nist` asks for length and has no composition rules (NIST SP 800-63B-4 3.1.1.2)."""

PASSWORD_MIN_CHARACTERS_NIST_WITH_SECOND_FACTOR = 8
"""The same profile, for a user who has a second factor (NIST SP 800-63B-4 3.1.1.2)."""

PASSWORDS_REMEMBERED = 24
"""A user's earlier passwords that are refused as a new one. Each costs one slow hash, so their number is bounded."""

PASSWORD_CHANGED_EVERY = timedelta(days=30)
"""How often passwords must be changed, where an account asks for it and has not chosen another period."""

PASSWORD_CHANGE_DAYS = (30, 60, 90)
"""The periods an account may choose from."""

FREE_NEW_PASSWORDS = 10
"""New passwords of one user that are checked before waits begin, good or bad ones. Each may cost a slow hash for every
remembered password: so a session or link costs some 900 of them on its first day, and without a limit no end of them.
"""

BREACHES_ANSWER_WITHIN = timedelta(seconds=1)
"""How long the service of breached passwords may take. After that the password is accepted without its answer."""

BREACH_ASKED_EVERY = timedelta(days=1)
"""How often a password is looked for among leaked ones after a sign-in: lists grow by the month, and each question
costs a message of the queue.
"""
# --- Wrong passwords --------------------------------------------------------------------------------------

FREE_PASSWORD_ATTEMPTS = 5
"""Wrong passwords for one login from one address (or known device) before waits begin: room for typing errors."""

FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE = 20
"""Wrong passwords for one login from all unknown devices together, so that many addresses give no more guesses."""

FIRST_WAIT = timedelta(seconds=30)
"""The first wait after too many attempts. Each further one is twice as long (NIST SP 800-63B-4 3.2.2)."""

LONGEST_WAIT = timedelta(hours=1)
"""Waits grow no longer than this, and never become a lock (NIST SP 800-63B-4 3.2.2)."""

LONGEST_WAIT_FROM_ANYWHERE = timedelta(minutes=15)
"""Shorter, because a stranger can cause this wait: at most 96 guesses a day, and the owner is never out for long."""

ATTEMPTS_FORGOTTEN_AFTER = timedelta(days=1)
"""A count of wrong passwords is over this long after the last attempt. The longest wait is over by then."""

FAILURES_SHOWN_FOR = timedelta(days=30)
"""How long users see failed sign-ins and wrong codes in their activity, also after a right one: a month's holiday."""

NETWORKS_SHOWN_AN_HOUR = 20
"""Networks of failed attempts that are shown apart in one hour; further ones together. A person reads no more."""

FAILURE_MARKS = 100
"""Networks and hours of failed attempts that one count remembers, the newest: some 10 KB, read with each sign-in."""

FREE_FAILURES_FROM_NETWORK = 30
"""Failed sign-ins of unknown devices from one IPv4 address or IPv6 /64 in a day, over all logins, before waits begin.

So one password cannot be tried for many logins. An office of some hundred people stays below it, since a right
password takes back the failures of its login; above it, known devices and known networks still sign in. A guesser gets
some 125 on the first day from one address, and some 95 on each further one.
"""

FREE_FAILURES_FROM_SITE = 120
"""The same for an IPv6 /48, of which one customer can have all 65,536 networks: four times as many, since some
providers give a /48 to several customers.
"""

FAILURES_SHARED_OUT = 400
"""Logins and hours that failures from one place are counted apart for, so that a right password can take its own back.
More failures count for the place alone: so its row stays below 20 KB.
"""

NETWORK_REMEMBERED_FOR = timedelta(days=90)
"""How long after a sign-in its network is known for that login: a quarter, so that holidays do not make home unknown.
A known network is never a factor: it only lets an attempt through that strangers would otherwise hold up.
"""

NETWORKS_REMEMBERED = 32
"""Networks that are known for one login at most: home, office, phone, and their changes in a quarter."""

PASS_LIFETIME = timedelta(minutes=30)
"""Lifetime of the one-use pass by e-mail, as of a link to set a new password. It lets one attempt through the waits
that strangers cause, and proves nothing.
"""

FREE_PASSES = 3
"""Passes that one network, or one known device, may ask for one login in a row before waits begin."""
# --- Codes ------------------------------------------------------------------------------------------------

CODE_DIGITS = 6
"""19.9 bits, the minimum that ASVS V6.5.4 accepts. It is safe because attempts are few."""

CODE_LIFETIME = timedelta(minutes=5)
"""Half of what ASVS V6.5.5 allows, and enough for a slow carrier."""

CHALLENGE_LIFETIME = timedelta(minutes=15)
"""A challenge ends then, however often its code was sent again, so that the proof of the password cannot get old."""

ATTEMPTS_PER_CHALLENGE = 5
"""Codes that may be tried for one challenge. Of 200,000 challenges, one is passed by guessing."""

FREE_CODE_ATTEMPTS = 10
"""Wrong codes in a row of one user before waits begin. New challenges and resends do not reset the count."""

MAX_CODE_ATTEMPTS = 100
"""Wrong codes in a row that lock codes until the user accepts a new invitation (NIST SP 800-63B-4 3.2.2)."""

RESEND_AFTER = timedelta(seconds=30)
"""Time between two codes of a challenge. Most messages arrive sooner; a faster resend only makes late ones arrive out
of order. A sign-in that is repeated by the same browser within this time is sent no code: the last one answers it too.
"""

SHORTEST_CODE_LIFETIME = timedelta(seconds=60)
"""A code that could not live this long is not sent again: it would expire before a slow message is read."""

CHALLENGES_AT_ONCE = 20
"""Challenges of one user that may be begun in the time that one lives, for each purpose: known devices, unknown
devices, resets and step-up are counted apart, so that a thief with the password leaves their owner all the others.
"""

SMS_PER_NUMBER_AND_HOUR = 5
"""Codes of one user to one number for one purpose in any 60 minutes. Sign-ins from known devices, from unknown ones,
resets, step-up and enrolment are five purposes: nobody can use up what another user, or another purpose, needs.
"""

SMS_PER_NUMBER_AND_DAY = 15
"""Codes of one user to one number for one purpose in any 24 hours. There is no such limit for an account, which one of
its users could use up for all the others.
"""
# --- New phone numbers ------------------------------------------------------------------------------------

ENROLMENT_SMS_PER_NUMBER_AND_DAY = 3
"""Codes to one number that is not proved, in a UTC day and over all accounts, so that nobody's phone is flooded. It
refuses no code to a number that its user has proved.
"""

ENROLMENT_SMS_PER_ACCOUNT_AND_DAY = 200
"""Codes to new numbers in a UTC day, of all users of one account: it bounds the damage of SMS pumping."""

ENROLMENT_NUMBERS_PER_DAY = 5
"""Different new numbers that one user may try in a UTC day: more than a person has."""

FREE_ENROLMENTS = 3
"""Codes to new numbers that one user may order in a row before waits begin."""

FIRST_ENROLMENT_WAIT = timedelta(minutes=5)
"""The first wait after those orders. Each further one is twice as long."""

LONGEST_ENROLMENT_WAIT = timedelta(hours=1)
"""Those waits grow no longer than this."""

FREE_ENROLMENTS_FROM_NETWORK = 50
"""Codes to new numbers that may be ordered from one network before waits begin: a whole office may enrol in a day."""

NUMBER_HOLDERS = 3
"""Users of one account who may have the same number, as a family or a shared desk has. More would be a way to multiply
the codes that a number gets.
"""
# --- Points and messages of customers ---------------------------------------------------------------------

RECIPIENTS_AT_ONCE = 40
"""Recipients whose messages are counted and sent together, and the most of a request with `idx` or parameters. All its
rows (counts, idx, shipment) fit one transaction of DynamoDB: 100 writes.
"""

RECIPIENTS_OF_ORDER = 10_000
"""Recipients of one request without `idx` and parameters: what the platform's customers send in one call."""

RECIPIENTS_OF_TEST = 10
"""Recipients of one request of a program that can only try sending (scope `sms:test`). Trying is free, so whoever finds
its token must not be able to buy the work of a large order with it; ten are enough to see prices and invalid numbers.
"""

INVALID_NUMBERS_BYTES = 1024 * 1024
"""Bytes that an answer spends on naming invalid numbers, each as JSON writes it in ASCII, of the 6 MB that a function's
answer may have. Ten thousand such as somebody mistypes take a quarter of it.
"""

MAX_ORDER_BYTES = 1024 * 1024
"""The largest body of a request to send, on its route alone and read only once the caller is known. 10,000 numbers
take 160 KB, and three times as much where a program encodes each comma.
"""

MAX_SHIPMENT_BYTES = 150 * 1024
"""Bytes of the texts, numbers and idx that are stored together. DynamoDB takes rows of 400 KB, but a hundred of them
(MESSAGES_ASKED_AT_ONCE) are read at once, and one read has at most 16 MB.
"""

COUNTRIES_AT_ONCE = 15
"""Countries that the recipients of one request may be in: each is counted by the one write that takes the points."""

MESSAGE_PARTS = 10
"""Parts that a message may have: 1,530 characters, which a phone can join and SNS accepts at once."""

MAX_IDX_CHARACTERS = 255
"""Length of an idx: the platform's own limit (its code 27)."""

SENDERS_FOR_EVERYBODY = ("Test", "INFOSMS")
"""Sender names of the platform. Every account has them, and an owner cannot withhold them from a sub-user."""

MESSAGES_ASKED_AT_ONCE = 100
"""Messages whose status one request may ask for, or that it may remove: one batch of reads."""

SMS_REPEATS = 10
"""Messages of one user to one number in any minute: the platform's published rule (its code 52), for each user apart,
so that none blocks another.
"""

SMS_REPEATS_WITHIN = timedelta(seconds=60)
"""The time over which those messages are counted."""

SMS_ABROAD_PER_DAY = 100
"""Messages of one account to one foreign country in a UTC day, until an operator sets another number for the account.
It bounds what a thief can spend with a stolen token.
"""

SMS_ABROAD_PER_DAY_AT_MOST = 1_000_000
"""The largest number that an operator may set: more than a carrier takes from us in a day."""

SUBUSER_SHARE_ABROAD = 2
"""One sub-user may send one in so many of them: half, so that no sub-user alone closes a country for the others."""

HOLD_ENDS_AFTER = timedelta(minutes=5)
"""How long an order's hold on points may be of a request that still runs. No function runs longer than a minute, so
whoever left an older hold is dead, and what it held comes back unless its order was stored.
"""

HOLDS_CLEARED_AT_ONCE = 40
"""Settled holds that one order takes out of a wallet's row, and old ones that it settles. So the row stays small."""

IDX_KEPT_FOR = timedelta(hours=24)
"""How long an idx that a user used is refused to that user, in requests that ask for the check."""

SCHEDULED_AHEAD = timedelta(days=92)
"""How far ahead a message may be scheduled: three months, as on the platform (its code 50)."""

MESSAGE_CLAIMED_FOR = timedelta(minutes=1)
"""How long a claim of a message lasts: as long as `notify` may run, so that no second one sends it meanwhile."""

SHIPMENT_GIVEN_UP_AFTER = timedelta(minutes=30)
"""A message that has not left by then never will, and its points are returned. The queue has tried it ten
times by then, or the carrier was busy all the time.
"""

SHIPMENT_WAITS_AT_MOST = timedelta(hours=23)
"""A message is not given up before that while its queue is so long that it may be in there still. The queue itself
keeps a message for a day.
"""

QUEUE_IS_BEHIND = timedelta(minutes=1)
"""A queue of messages is behind if it holds more than the carrier takes in that time. One that is not has tried all
that it was given SHIPMENT_GIVEN_UP_AFTER ago.
"""

LARGE_ORDER_LOOKED_AT_AFTER = timedelta(minutes=2)
"""When the pass of each minute puts the next step of a large order on the queue again, if no step was done since. Where
the queue is only slow, the second step does nothing.
"""

LARGE_ORDER_GIVEN_UP_AFTER = timedelta(days=1)
"""Messages of a large order that were not queued so long after their time never are, and their points are returned."""

SHIPMENT_KEPT_FOR = timedelta(days=15)
"""How long the status of a message can be read. Longer than a queue keeps anything (14 days); then numbers and texts
are removed.
"""

MESSAGES_PAGE = 50
"""Messages on a page of their list, unless the caller asks for another length."""

MESSAGES_LONGEST_PAGE = 100
"""The most messages on a page of their list: a page of the longest texts stays below a megabyte."""

SHIPMENTS_LISTED_AT_ONCE = 25
"""Orders that one page reads, or that one request withdraws: a transaction each, within the function's time."""

WITHDRAWAL_NEEDS = timedelta(seconds=5)
"""Time that one more order is withdrawn in, with a repetition. With less, a request tells what it did, and where the
next one goes on.
"""

SHIPMENTS_SEARCHED_AT_ONCE = 1000
"""Rows of the index that one page of the list looks through for what it is to show."""

SHIPMENTS_PAGE = 100
"""Rows that the pass of each minute reads at a time."""

SHIPMENT_SHARDS = 4
"""Shards of the index of shipments that are due, so that no partition gets hot."""
# --- Second factors ---------------------------------------------------------------------------------------

TOTP_SECRET_BYTES = 20
"""160 bits, as RFC 4226 (R6) recommends: 32 characters in base 32, without padding."""

TOTP_STEP = timedelta(seconds=30)
"""How long an authenticator app shows a code (RFC 6238 5.2)."""

TOTP_TOLERANCE = 1
"""Steps before and after the present one whose codes are accepted, each once, because clocks differ (RFC 6238 5.2)."""

ENROLMENT_LIFETIME = timedelta(minutes=15)
"""How long the secret of a new authenticator app waits for its first code."""

RECOVERY_CODES = 10
"""Recovery codes in a set."""

RECOVERY_CODE_CHARACTERS = 24
"""120 bits in base 32. From 112 bits on ASVS V6.5.2 asks for no slow hash."""

CARRIER_TROUBLE_TOLD_FOR = timedelta(minutes=5)
"""How long sign-ins are told that SMS may be late, after a message that the carrier did not accept."""
# --- Codes that customers send to their own users (SMS Authenticator) -------------------------------------

MFA_CODE_DIGITS = (4, 10)
"""The fewest and the most digits that an account may choose. Without a choice it is CODE_DIGITS."""

MFA_CODE_LIFETIME = (timedelta(minutes=1), timedelta(minutes=10))
"""The shortest and the longest lifetime that an account may choose. The longest is the limit of ASVS V6.5.5."""

MFA_ATTEMPTS = {4: (3, timedelta(minutes=5), timedelta(hours=24)), 5: (5, timedelta(minutes=1), timedelta(hours=6))}
"""For codes of 4 and of 5 digits: wrong codes in a row for one number before waits begin, the first wait, the longest.

Such codes have fewer than the 20 bits that ASVS V6.5.4 asks for, so attempts are fewer: on the first day of guessing
four digits are hit once in 1,000, six digits once in 24,000. Waits never become a lock, because a stranger can cause
them on a customer's page.
"""

MFA_ATTEMPTS_OF_LONGER = (FREE_CODE_ATTEMPTS, FIRST_WAIT, LONGEST_WAIT)
"""The same for codes of 6 digits and more."""

MFA_ATTEMPTS_REMEMBERED_FOR = timedelta(days=2)
"""Wrong codes for a number are forgotten this long after the last one. The longest wait is over by then."""

MFA_RESEND_AFTER = timedelta(seconds=30)
"""Time between two codes of one user to one number, as RESEND_AFTER."""

MFA_SMS_PER_NUMBER_AND_HOUR = 5
"""Codes of one user to one number in any 60 minutes. No account or sub-user can use up what another may send there."""

MFA_SMS_PER_NUMBER_AND_DAY = 15
"""Codes of one user to one number in any 24 hours."""

MFA_WRONG_PER_USER_AND_HOUR = {4: 10, 5: 100}
"""For codes of 4 and of 5 digits: wrong tries at living codes of one user, over all numbers and in one hour of the
clock, above which each number has half its tries, and the account's owner is told.

10,000 codes of four digits divided by 10 tries an hour is one lucky guess in 1,000 hours; so is 100,000 by 100 and, for
six digits, 1,000,000 by 1,000. It refuses nothing by itself, since strangers could close a customer's page with it. A
try at a code that was never sent, has expired or was proved cannot succeed, and is not counted. A sub-user has counts
of their own, so that nobody's tries become fewer by a sibling's.
"""

MFA_WRONG_PER_USER_AND_HOUR_OF_LONGER = 1000
"""The same for codes of 6 digits and more. People mistype fewer, as long as a user sends fewer than some 10,000 codes
an hour.
"""

MFA_STRICT_FOR = timedelta(hours=1)
"""How long after such an hour each number has half its tries: so they stay halved while guessing goes on."""

MFA_GUESSING_TOLD_EVERY = timedelta(days=1)
"""The owner of an account is told of such guessing at most this often, for each of its users."""

MFA_KEY_REMEMBERED_FOR = timedelta(hours=24)
"""How long the same Idempotency-Key gets the same answer."""

MFA_KEY_CHARACTERS = 255
"""Length of an Idempotency-Key."""
# --- Step-up ----------------------------------------------------------------------------------------------

CONFIRMED_FOR = timedelta(minutes=10)
"""How long after password and second factor were given sensitive settings may be changed (ASVS V7.5.1)."""
# --- Sessions ---------------------------------------------------------------------------------------------

SESSION_IDLE = timedelta(hours=1)
"""An unused session ends after this time, unless its user chose another (NIST SP 800-63B-4 2.2.3)."""

SESSION_IDLE_MINUTES = (5, 15, 30, 60, 120, 480, 1440)
"""What a user may choose from. Whoever chooses more than an hour deviates from NIST SP 800-63B-4 2.2.3."""

SESSION_LIFETIME = timedelta(hours=24)
"""A session ends after this time, however much it is used (NIST SP 800-63B-4 2.2.3)."""

SESSION_TOUCHED_EVERY = timedelta(minutes=1)
"""The last use of a session is written at most this often. The idle timeout counts from the written value
(`domain/sessions.py`).
"""

SESSIONS_AT_ONCE = 20
"""Open sessions of one user. One more ends the oldest (ASVS V7.1.2)."""

ENDINGS_OF_OTHERS_AN_HOUR = 3
"""How often the sessions of one user may end all others in any 60 minutes. It cancels sign-ins under way too, so a
thief with a session could otherwise keep the owner from ever completing one.
"""

ENDINGS_OF_OTHERS_A_DAY = 10
"""The same in any 24 hours."""
SESSIONS_READ = 200
"""Rows of sessions that are read to list or count those of one user. They stay for two days, so that only a program has
more.
"""

DEVICES_OF_A_BROWSER = 5
"""Users who signed in with one browser and whom it keeps a device token for, the last ones: each sign-in reads a row
for each of them.
"""

DEVICES_OF_A_USER = 50
"""Known devices of one user: a list that a person can still read. A program that never shows its token fills it."""

DEVICES_DROPPED_AT_ONCE = 10
"""Of a full list so many devices are dropped that were seen on one day only, those first that were seen longest ago. So
most sign-ins from a new device need not count the list.
"""

NEW_DEVICES_AN_HOUR = 10
"""Sessions of one user that are opened from unknown devices in any hour. Each is told by an e-mail of its own, so this
is also how many of those a thief with the password can cause. Known devices pass.
"""

HALF_SIGN_INS_TOLD_AN_HOUR = 5
"""Networks and browsers of one user whose right passwords that opened nothing get an e-mail of their own in an hour of
the clock. One more tells of all others, so that nobody who knows the password floods the mailbox.
"""

REFUSALS_NOTED_AN_HOUR = 20
"""Entries of refused right passwords of one user in an hour of the clock, as of failed sign-ins."""

DEVICE_REMEMBERED_FOR = timedelta(days=365)
"""How long after a sign-in a device is known. It is never a factor: a known device only stops the e-mail."""
# --- IP lists ---------------------------------------------------------------------------------------------

LIST_ENTRIES = 200
"""Entries of one list. Every request reads the lists of its account: a full list of IPv6 addresses makes that row some
8 KB larger, and each read of it two units dearer.
"""

MAX_SOURCE_CHARACTERS = 64
"""Length of an entry as typed. The longest, IPv4 in IPv6 in full with a prefix, has 49; the rest is for spaces."""

LIST_NOTE_CHARACTERS = 80
"""Length of the note that an owner may write beside an entry."""

LIST_TRIAL = timedelta(minutes=10)
"""A panel list that refuses whoever saves it is rolled back after this time unless confirmed from an address in it."""

LIST_LOOKS_BACK = 100
"""Entries of the activity log that a new list is compared with, to show whom it would have refused."""

LIST_LOOKS_AT_USERS = 100
"""Users whose sessions a new list is compared with, those who were active last first: each costs a read."""

GLASS_REFUSAL_TOLD_EVERY = timedelta(hours=1)
"""How often users are told, by e-mail and in their activity, that their right password was refused where lists are
turned off: a thief who repeats it floods neither.
"""

LISTS_KEPT_READ = 256
"""Parsed lists that a running function keeps, so that a list is not parsed again for each request."""
# --- Links in e-mails -------------------------------------------------------------------------------------

INVITATION_LIFETIME = timedelta(days=3)
"""Lifetime of the link that sets the first password: long enough for a weekend; it works once (ASVS V6.4.1)."""

INVITED_FOR = timedelta(hours=1)
"""Whoever signs in within this time, in the network in which they accepted an invitation, is told of no new device."""

RESET_LIFETIME = timedelta(minutes=30)
"""Lifetime of the link that sets a new password. It works once."""

FREE_RESETS = 3
"""Links that one network, or one known device, may ask for one login in a row before waits begin. Also orders to change
an e-mail address, of one user, and of all users of an account to one mailbox.
"""

FIRST_RESET_WAIT = timedelta(minutes=5)
"""The first wait after those links. Each further one is twice as long."""

LONGEST_RESET_WAIT = timedelta(hours=1)
"""Those waits grow no longer than this."""

MAILS_FROM_STRANGERS_AN_HOUR = 10
"""Links, and passes counted apart from them, that one login is sent in any 60 minutes on requests from unknown devices
in networks that it did not sign in from lately, so that nobody's mailbox is flooded. What others ask for is counted in,
but they do not wait for it: strangers cannot use up what the owner needs.
"""

MAILS_FROM_STRANGERS_A_DAY = 20
"""The same in any 24 hours."""

RESETS_FROM_ADDRESS_AND_HOUR = 20
"""Links that one address may ask for in any 60 minutes, for any logins. One that was used does not count, and a known
device does not wait for it.
"""

RESETS_FROM_ADDRESS_AND_DAY = 60
"""The same in any 24 hours: an office of some thousand people stays below it."""

EMAIL_LIFETIME = timedelta(hours=24)
"""Lifetime of the link that proves a new e-mail address. It works once."""

NOT_ME_LIFETIME = timedelta(days=7)
"""Lifetime of the link "it wasn't me" in the e-mail about a new device: it still works after a week's absence."""

UNDO_LIFETIME = timedelta(hours=72)
"""Lifetime of the link in the e-mail about a new address or phone: long enough for a weekend. It works once."""

FREE_UNDO_ATTEMPTS = 5
"""Wrong proofs for one such link before waits begin: room for typing errors."""

PASSWORD_HELD_FOR = timedelta(hours=24)
"""How long no password works after "it was not me" switched off the only second factor: it may be its owner's, so
everybody who was ever reached is told and has time to object.
"""

RECOVERY_HELD_FOR = timedelta(hours=72)
"""How long a recovery by operators waits, and how far apart they change two of address, phone and factors: the user is
told at every address and phone, and a weekend is time enough to cancel it.
"""

RESCUES_APART = 3
"""Reports "it was not me" of one user that are kept apart. Older ones become one, which covers the time between too."""
# --- API tokens -------------------------------------------------------------------------------------------

TOKENS_PER_USER = 100
"""Tokens and OAuth clients of one user, expired and disabled ones included: a list that a person can still read."""

TOKEN_USE_NOTED_EVERY = timedelta(minutes=5)
"""The last use of a token is written at most this often: a busy token would be a hot row."""

TOKEN_EXPIRY_TOLD_DAYS = (30, 7, 1)
"""When a token's user is told of its coming end, before it, so that none stops unexpectedly (ASVS V6.4.5)."""

EXPIRIES_LOOKED_AT_EVERY = timedelta(days=1)
"""How often expiring tokens are looked for. An e-mail comes up to this much earlier than it must, and never later."""

TOKEN_KEPT_AFTER_EXPIRY = timedelta(days=30)
"""How long an expired token is still listed."""

CHANGES_TOLD_AN_HOUR = 10
"""E-mails about changes of tokens, and about those of sub-users, that one user's doings cause in one mailbox within an
hour. One more tells that there were others: a program can make changes by the hundred."""

SHARED_RATES = 10
"""Rate limits of other tokens that a request may count for, beside its own: each is a row in one transaction.

A token that has the rate limit of the program that made it adds none."""

ROTATION_OVERLAP = timedelta(hours=24)
"""How long the old secret of a rotated token still works, unless the request asks for another time."""

LONGEST_ROTATION_OVERLAP = timedelta(days=7)
"""The longest such time that a request may ask for."""

ACCESS_TOKEN_LIFETIME = timedelta(hours=1)
"""Lifetime of an access token of an OAuth client. It ends sooner if its client ends."""

ACCESS_TOKENS_AN_HOUR = 500
"""Access tokens that a client can get in an hour of the clock. Each lives an hour, so that no more than twice as many
are ever valid; a program needs one for each of its processes."""

ACCESS_TOKENS_PAGE = 20
"""Access tokens in one answer, unless the request asks for another number."""

ACCESS_TOKENS_LONGEST_PAGE = 100
"""The most access tokens in one answer."""

ACCESS_TOKENS_READS = 10
"""Clients whose access tokens one answer reads, each in a round trip. The next page goes on from there."""

TOKENS_PAGE = 100
"""Tokens in one answer at most, unless the request asks for fewer: all that a user can have."""

MAX_CURSOR_CHARACTERS = 128
"""The longest cursor that is read: those of lists are shorter."""

TOKENS_PAGE_BYTES = 1_000_000
"""Bytes of one answer that lists tokens: Lambda carries six times as much."""

MOST_REQUESTS_A_MINUTE = 60_000
"""The highest rate limit that a token can be given. Above it the gateway's own limits apply first."""

MAX_TOKEN_NAME_CHARACTERS = 64
"""Length of a token's name. It appears in e-mails."""

MAX_TOKEN_DESCRIPTION_CHARACTERS = 256
"""Length of a token's description."""

TOKEN_SOURCES = 50
"""Entries of a token's own IP list: it is read with each request."""

MAX_FOUND_CHARACTERS = 512
"""Length of a leaked secret as it is handed in: several times the longest secret."""

FREE_FORGERIES = 20
"""Well-formed secrets in a row that nobody holds, from one address, before further ones are refused without a read.

A right secret is always accepted, so that a mistake of one user locks out nobody else at the same address.
"""
# --- API passwords ----------------------------------------------------------------------------------------

FREE_API_PASSWORD_ATTEMPTS = 20
"""Wrong API passwords for one login from one address before waits begin.

More than for a person: an attempt is counted before it is checked, and a program sends many at once.
"""

FREE_API_PASSWORD_ATTEMPTS_FROM_ANYWHERE = 50
"""Wrong API passwords for one login from all addresses together."""

API_PASSWORDS_KNOWN = 1000
"""Right API passwords that a running function remembers, so that a busy program pays for the slow hash once."""
# --- Messages that are sent -------------------------------------------------------------------------------

GROUPS_AT_ONCE = 5
"""Groups that one request may name: each is looked up separately."""

EXPIRES_SOONEST = timedelta(minutes=15)
"""The earliest time after sending at which a message may expire: the platform's published range."""

EXPIRES_LATEST = timedelta(hours=72)
"""The latest such time."""
# --- Sender names -----------------------------------------------------------------------------------------

SENDER_NAMES = 100
"""Sender names of one account. An operator looks at each, and one answer lists them all."""
# --- Sub-users --------------------------------------------------------------------------------------------

SUBUSER_ROWS_REMOVED_AT_ONCE = 25
"""Rows of a deleted sub-user that one transaction removes, far below the 100 writes that DynamoDB takes."""

SUBUSERS_CONFIRMED_AT_ONCE = 40
"""Sub-users whom one transaction confirms: each is two of the 100 writes that DynamoDB takes."""

SUBUSERS_PER_ACCOUNT = 100
"""Sub-users of one account: a list that a person can still read, and that one round trip reads."""

GIVEN_PASSWORD_LIFETIME = timedelta(days=3)
"""How long a password that an owner gives a sub-user works, as an invitation does. It works once (ASVS V6.4.1)."""

SUBUSER_NAME_MIN_CHARACTERS = 3
"""Length of a sub-user's name as `user.do` accepts it, without the owner's login in front."""

SUBUSER_NAME_MAX_CHARACTERS = 32
"""The same, at most, and without the domain of an e-mail address: no room for a sentence that deceives whoever reads it
in an e-mail.
"""

SUBUSER_ADDRESS_MAX_CHARACTERS = 64
"""Length of a sub-user's name that is an e-mail address, with its domain."""

SUBUSER_DESCRIPTION_CHARACTERS = 255
"""Length of a sub-user's description. Every request of the sub-user reads it."""

SHARED_SENDERS = 100
"""Sender names that can be shared with a sub-user one by one."""

SENDER_CHARACTERS = 16
"""Length of the longest sender name: a number of 16 digits."""

MOST_POINTS = 100_000_000
"""The most points that a sub-user can be given. Below that, every amount is shown exactly."""

FREE_NAMES = 200
"""Taken logins that an account may try for its sub-users before waits begin; a day without one resets the count.

The refusal of a taken login tells of another account. Twice the sub-users that an account may have.
"""
# --- Activity ---------------------------------------------------------------------------------------------

ACTIVITY_KEPT_FOR = timedelta(days=365)
"""How long an entry of the activity log is kept: long enough for a yearly audit (ASVS V14.2.7)."""

ACTIVITY_PAGE = 20
"""Entries in one answer, unless the request asks for another number."""

ACTIVITY_LONGEST_PAGE = 100
"""The most entries in one answer."""

ACTIVITY_READS = 5
"""Reads in series that one search for a rare event may cost. The next page goes on from there."""

ACTIVITY_ROWS_A_READ = 200
"""Rows of each of those reads."""
# --- Audit events -----------------------------------------------------------------------------------------

REFUSALS_TOLD_A_MINUTE = 1000
"""How many logins and networks with refused attempts the audit events of a minute tell apart, for each shard of the
stream, and those of a batch of lines of the log for strangers and for each account. Those beyond become one event with
their number: a stranger's loop costs 1.5 dollars a day at most for each shard.
"""

LONGEST_REQUEST = timedelta(seconds=15)
"""How long a request can be under way: as long as the functions of the API run at most. An attempt in the last so many
seconds of a minute is looked up before it is told, since it may turn out to have been right.
"""

# --- Contacts ---------------------------------------------------------------------------------------------

CONTACTS_PER_ACCOUNT = 10_000
"""Contacts of one account. A search that no row answers reads all of them, at most CONTACT_BYTES each: 40 MB."""

CONTACTS_PER_SUBUSER = 2_000
"""Contacts that exist and that one sub-user made, so that one of them cannot fill the whole account."""

CONTACTS_WITH_ONE_NUMBER = 20
"""Contacts of one number that sub-users made who do not see each other's."""

CONTACT_BYTES = 4096
"""Size of a contact's fields, in UTF-8. As many as fit into one page are far below the 6 MB that Lambda answers."""

CONTACTS_PAGE = 5
"""Contacts in one answer, as on the platform, unless the request asks for another number."""

CONTACTS_LONGEST_PAGE = 100
"""The most contacts in one answer."""

CONTACTS_ANSWER_BYTES = 4_000_000
"""Size of an answer about contacts or groups: Lambda carries 6 MB, and API Gateway 10 MB."""

CONTACT_WRITES_AT_ONCE = 90
"""Rows that one transaction about contacts writes, besides those that say who may: DynamoDB accepts 100."""

CONTACTS_CHANGED_AT_ONCE = 200
"""Contacts that a request itself moves or deletes. More are a task, and the answer is 202."""

CONTACT_TASK_IDS = 5_000
"""Ids of contacts in one row of a task: 29 bytes each, and a row of DynamoDB holds 400 KB."""

CONTACT_TASKS_DOOMED = 20
"""Deleted groups of one account whose contacts may still be waiting to be deleted with them."""

CONTACT_TASK_STEP_NEEDS = timedelta(seconds=10)
"""Time that must be left of the schedule's function for another step of a task: one is a few round trips."""

CONTACT_ROWS_SWEPT_AT_ONCE = 300
"""Rows of deleted contacts that are read at a time to be removed, 100 in each call."""

CONTACT_FIELDS = 20
"""Custom fields of a contact, besides those of the platform."""

CONTACT_FIELD_CHARACTERS = 64
"""Length of a custom field's name."""

CONTACT_VALUE_CHARACTERS = 255
"""Length of a custom field's value."""

NUMBERS_READ_SINGLY = 5
"""Numbers of a filter that are looked up one by one. For more it costs less to read all contacts."""

CONTACTS_READ_BY_ID = 1000
"""Contacts of a filter that are looked up by their ids. For more it costs less to read all contacts."""

FILTER_VALUES = 100
"""Values of one filter: more than a person looks for at once."""

GROUPS_PER_ACCOUNT = 200
"""Groups of one account: a list that a person can still read, and that one round trip reads."""

GROUPS_PER_CONTACT = 20
"""Groups that one contact is in: each is two more writes in the transaction that changes it."""

GROUP_NAME_CHARACTERS = 64
"""Length of a group's name."""

GROUP_TEXT_CHARACTERS = 255
"""Length of a group's other texts."""

LONGEST_GROUP_EXPIRY = 3650
"""The largest `contact_expire_after` of a group, in days. It is stored and shown; it removes no contact."""
# --- Reminders --------------------------------------------------------------------------------------------

REMINDERS_PAGE = 100
"""Rows that the daily pass reads at a time."""

FACTOR_REMINDED_BEFORE = (timedelta(days=7), timedelta(days=1))
"""How long before an account requires a second factor those who have none are reminded, the earliest first."""

REMINDER_SHARDS = 4
"""Shards of the index of reminders that are due, so that no partition gets hot."""
# --- Keys and tables --------------------------------------------------------------------------------------

KEYS_KEPT_FOR = timedelta(minutes=5)
"""How long a running function caches the sealing keys and the naming key."""

KEYS_KNOWN_AFTER = timedelta(minutes=6)
"""When every function knows a sealing key that was added: KEYS_KEPT_FOR and a minute. Only then may it seal, and the
one before is retired no sooner than as long after that.
"""

ORIGIN_SECRET_CHARACTERS = 32
"""The fewest characters of a secret by which CloudFront is known; a shorter one, or none, lets nobody in."""

STORE_CONNECTS_WITHIN = timedelta(seconds=1)
"""How long a connection to the tables or the secret store may take before the call is repeated."""

STORE_ANSWERS_WITHIN = timedelta(seconds=2)
"""How long their answer may take before the call is repeated. Usually it takes milliseconds."""

STORE_ATTEMPTS = 3
"""How often such a call is made before the caller is told to come back."""

STORE_BUSY_ATTEMPTS = 8
"""How often the tables are asked, with growing random pauses, while they say that they are busy or that two
transactions met. The pauses add up to 6 seconds at most.
"""

ANSWER_NEEDS = timedelta(seconds=2)
"""No call is made whose answer could come later than this before the function is stopped: the time to say 503. The
functions of the API run for 15 seconds at most, well within the gateway's 29.
"""

RACE_ATTEMPTS = 5
"""How often a request decides again after another one changed the same thing first. Then the caller is told so."""
# --- Housekeeping -----------------------------------------------------------------------------------------

FORGET_AFTER = timedelta(days=1)
"""Expired rows stay this long for whoever investigates an incident. Then DynamoDB's TTL removes them."""
# --- Notices ----------------------------------------------------------------------------------------------

NOTICE_REMEMBERED_FOR = timedelta(days=15)
"""How long a notice is known as sent: longer than a queue keeps a message (14 days)."""

CONNECT_WITHIN = timedelta(seconds=1)
"""How long a connection to the carrier, to SES or to the queue may take."""

ANSWER_WITHIN = timedelta(seconds=5)
"""How long their answer may take: well beyond the usual."""

CODE_PAUSES = (timedelta(seconds=1), timedelta(seconds=8))
"""How long a code waits at first, and at most, after the carrier said that messages come too fast. Each pause is up to
twice as long as the one before. Somebody waits for it: three tries fit into five seconds.
"""

MESSAGE_PAUSES = (timedelta(seconds=5), timedelta(seconds=60))
"""The same for all else: nobody waits, and whoever steps back leaves the carrier to codes."""

RECEIPTS_WHILE_BUSY = 5
"""A notice that a busy carrier refused at this receipt or a later one is queued anew, so that its receipts count from
one: being told to wait must not lead to the dead letters. The queues allow twice as many, so that a notice that waited
still has five tries (template.yaml, maxReceiveCount).
"""

MESSAGES_PERCENT = 80
"""How many percent of what the carrier takes in a second (parameter SmsPerSecond) customers' messages may use. The rest
is left to codes, four a second of SNS's 20: they must find the carrier free however many messages wait.
"""

MESSAGES_REST = timedelta(seconds=1)
"""How long an invocation sends no customer's message after the carrier refused one for coming too fast."""

SENDING_NEEDS = timedelta(seconds=15)
"""No notice is begun with less time of the invocation left: twice the two above, and the note that it was sent."""

SMS_LIFETIMES = (timedelta(seconds=5), timedelta(hours=72))
"""The shortest and the longest lifetime of a message that AWS End User Messaging takes."""

CARRIER_TOKEN_KEPT_FOR = timedelta(minutes=1)
"""How long the carrier's token is cached, so that a changed one is in use before a code expires."""

# --- Delivery reports that customers' servers are sent ----------------------------------------------------

NOTIFY_URL_CHARACTERS = 500
"""The longest URL for delivery reports: room for a secret of the customer's, and for five reports behind it within what
servers take in a request line (8 KB).
"""

REPORTS_AT_ONCE = 5
"""The number of reports in one request, as SMSAPI sends them: its clients split each value at the commas."""

REPORT_ANSWERED_WITHIN = timedelta(seconds=5)
"""How long a customer's server may take for a request, from the first packet to the last byte that is read."""

REPORT_ANSWER_BYTES = 4096
"""How much of an answer is read: it is to be `OK`."""

REPORT_RETRIES = (
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)
"""How long a report that was not confirmed waits for its next try; the last of them repeats. A server that is being
restarted is asked soon, one that is gone every four hours.
"""

CARRIER_REPORT_CHARACTERS = 1000
"""The longest value in a report of the carrier: five names of messages, several times over."""

REPORT_GIVEN_UP_AFTER = timedelta(days=1)
"""How long a report is tried. After that the state of a message can still be asked for (`sms.do` with `status`)."""

# --- The canary -------------------------------------------------------------------------------------------

CANARY_REQUESTS_A_MINUTE = 6
"""The rate limit of the canary's token. It sends one request in five minutes; AWS may run a schedule twice, and an
operator by hand.
"""

CANARY_CODE_CHARACTERS = 40
"""Letters of a refusal's code that the canary writes into its log: longer than any code, too short for a secret."""
