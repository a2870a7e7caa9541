"""One of each letter, by the name of its words."""

from dataclasses import replace
from datetime import UTC, datetime

from shared import policy
from shared.delivery.letters import (
    CHANGES,
    SUBUSER_CHANGES,
    TOKEN_CHANGES,
    UNDOABLE_CHANGES,
    AccountInvited,
    ChangeMade,
    CodesGuessed,
    CodesWereLocked,
    EmailChangeAsked,
    FactorDue,
    Letter,
    NewDeviceSeen,
    NewDevicesStopped,
    PasswordDue,
    PasswordGiven,
    PasswordResetAsked,
    PasswordWasReset,
    RecoveryAsked,
    RecoveryCodeUsed,
    SignInPassAsked,
    SubuserChanged,
    TokenChanged,
    TokenExpiring,
    UndoableChangeMade,
)
from shared.delivery.notices import (
    TOLD_BY_SMS,
    CodeQueued,
    CodeSent,
    LargeOrderQueued,
    MessageQueued,
    PhoneTold,
    ShipmentQueued,
)

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOME = "198.51.100.7"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"
ANN = ("ann@example.com", "en", "ann.nowak")

MESSAGE = MessageQueued("ab" * 11 + "00", "account", "+48500100200", "Zażółć 123456", "Test", 1)
MESSAGE_CODE = CodeQueued(**vars(MESSAGE), expires_at=NOON + policy.CODE_LIFETIME)
SHIPMENT = ShipmentQueued("shipment:" + "ab" * 11, "account", "ab" * 11)
LARGE_ORDER = LargeOrderQueued("order:1:0", "A" * 10, "order:1", 0)
CODE = CodeSent("n-1", "+48500100200", "en", "123456", NOON + policy.CODE_LIFETIME)
DEVICE = NewDeviceSeen("n-2", *ANN, NOON, HOME, FIREFOX, "furtka_notme_0123456789")
PASSWORD_GIVEN = PasswordGiven(
    "n-17", *ANN, NOON, HOME, FIREFOX, "user", NOON, NOON, "place", "challenge", token="furtka_notme_0123456789"
)
SET_BY_LINK = PasswordWasReset("n-19", *ANN, NOON, HOME, "furtka_notme_0123456789")
STOPPED = NewDevicesStopped("n-18", *ANN, NOON, HOME)
INVITATION = AccountInvited("n-3", *ANN, "furtka_inv_0123456789", NOON + policy.INVITATION_LIFETIME)
LOCKED = CodesWereLocked("n-4", *ANN, NOON)
GUESSED = CodesGuessed("n-26", *ANN, "bob", NOON)
RESET = PasswordResetAsked("n-5", *ANN, "furtka_reset_0123456789", NOON + policy.RESET_LIFETIME, NOON, HOME)
EMAIL = EmailChangeAsked("n-6", *ANN, "furtka_email_0123456789", NOON + policy.EMAIL_LIFETIME)
PASS = SignInPassAsked("n-16", *ANN, "furtka_pass_0123456789", NOON + policy.PASS_LIFETIME, NOON, HOME)
CHANGE = ChangeMade("n-7", *ANN, "totp_off", NOON, HOME)
UNDOABLE = UndoableChangeMade("n-13", *ANN, "sms_off", NOON, HOME, "furtka_undo_0123456789")
WARNING = PhoneTold("n-14", "+48500100200", "en", "phone_replaced")
RECOVERY = RecoveryCodeUsed("n-8", *ANN, 9, NOON, HOME)
DUE = PasswordDue("n-9", *ANN, NOON, forced=False)
FACTOR_DUE = FactorDue("n-13", *ANN, NOON, has_one=False)
NAME, LAST_FOUR = "Sklep Żółw, prod", "2QkZ"
TOKEN = TokenChanged("n-10", *ANN, "created", NAME, LAST_FOUR, "bob", NOON, HOME)
SUBUSER = SubuserChanged("n-12", *ANN, "created", "shop", "token:89ABCDEFGHIJ", NOON, HOME)
ENDING = TokenExpiring("n-11", *ANN, NAME, LAST_FOUR, NOON)

WARNINGS = [replace(WARNING, what=what) for what in TOLD_BY_SMS]
RECOVERY_ASKED = RecoveryAsked("n-15", *ANN, NOON, NOON + policy.RECOVERY_HELD_FOR, "furtka_recovery_0123456789")
LETTERS: dict[str, Letter] = {
    "NewDeviceSeen": DEVICE,
    "PasswordGiven": PASSWORD_GIVEN,
    "PasswordGiven.many": replace(PASSWORD_GIVEN, many=True),
    "NewDevicesStopped": STOPPED,
    "PasswordWasReset": SET_BY_LINK,
    "AccountInvited": INVITATION,
    "CodesWereLocked": LOCKED,
    "CodesGuessed": GUESSED,
    "PasswordResetAsked": RESET,
    "SignInPassAsked": PASS,
    "EmailChangeAsked": EMAIL,
    **{f"ChangeMade.{change}": replace(CHANGE, change=change) for change in CHANGES},
    "RecoveryAsked": RECOVERY_ASKED,
    "RecoveryCodeUsed": RECOVERY,
    "PasswordDue": DUE,
    "PasswordDue.forced": replace(DUE, forced=True),
    **{f"UndoableChangeMade.{change}": replace(UNDOABLE, change=change) for change in UNDOABLE_CHANGES},
    "FactorDue": FACTOR_DUE,
    "FactorDue.has_one": replace(FACTOR_DUE, has_one=True),
    **{f"TokenChanged.{change}": replace(TOKEN, change=change) for change in TOKEN_CHANGES},
    "TokenExpiring": ENDING,
    **{f"SubuserChanged.{change}": replace(SUBUSER, change=change) for change in SUBUSER_CHANGES},
}
