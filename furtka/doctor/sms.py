"""Checks of SMS: whether the carrier takes messages, for how much a month, and to which countries."""

from collections.abc import Iterator

from furtka.doctor.findings import Finding, fault, ok, option, warning
from furtka.doctor.patient import NotThere, Patient

ACCOUNT, SPEND, NAMES, COUNTRIES, TOKEN = "sms account", "sms spend", "sms senders", "sms countries", "carrier token"
CONSOLE = "AWS End User Messaging SMS console"
LITTLE = 50
"""Dollars a month, some 1,200 SMS to Poland: below that a small customer's day can use it up."""

NEED_A_NUMBER = {"US", "PR", "GU", "VI", "CA", "CN"}
"""No sender name is shown there. Since 2023-08-31 the United States and territories want a number of one's own."""

NEED_REGISTRATION = {
    *("AU", "BY", "EG", "FI", "GB", "ID", "IE", "IN", "JO", "KE", "KW", "KZ"),
    *("LK", "PH", "QA", "RU", "SA", "SG", "TH", "TR", "AE", "VN", "ZM", "ES"),
}
"""Where AWS registers sender names ("Registration forms" of its guide), and ES, in its table of countries."""


def look_at_account(patient: Patient) -> Iterator[Finding]:
    """The sandbox of SMS, in which they reach only numbers that were verified."""
    if _is_with_smsapi(patient):
        return
    if _is_in_sandbox(patient):
        yield fault(
            ACCOUNT,
            "SMS are in the sandbox: they reach verified numbers only, so no code arrives",
            f"{CONSOLE}, Overview, Request production access",
        )
    else:
        yield ok(ACCOUNT, "SMS are out of the sandbox")


def _is_in_sandbox(patient: Patient) -> bool:
    if patient.parameter("SmsProvider") == "sns":
        return bool(patient.ask("sns", "get_sms_sandbox_account_status")["IsInSandbox"])
    told = patient.ask("pinpoint-sms-voice-v2", "describe_account_attributes")["AccountAttributes"]
    return {one["Name"]: one["Value"] for one in told}.get("ACCOUNT_TIER") != "PRODUCTION"


def look_at_spend(patient: Patient) -> Iterator[Finding]:
    """The limit of a month, in dollars: beyond it nothing leaves, and SNS goes on saying that it does."""
    if _is_with_smsapi(patient):
        return
    limit, most = _limits(patient)
    watched = patient.parameter("SmsMonthlySpendUSD")
    if patient.stack and watched not in ("", str(limit)):
        means = f"the alarms of the SMS spend are set for {watched} USD a month, the limit is {limit}"
        yield warning(SPEND, means, f"make deploy PARAMETERS=SmsMonthlySpendUSD={limit}")
    if limit >= LITTLE:
        yield ok(SPEND, f"SMS for {limit} USD a month may leave")
        return
    means = f"SMS stop at {limit} USD a month" + (
        ", without a word: SNS still answers as if they left" if _is_sns(patient) else ""
    )
    raise_it = f"aws sns set-sms-attributes --attributes MonthlySpendLimit={most}"
    if not _is_sns(patient):
        raise_it = f"aws pinpoint-sms-voice-v2 set-text-message-spend-limit-override --monthly-limit {most}"
    ask_first = f"{CONSOLE}, Overview, or AWS Support, service quota of the SMS spend"
    yield (fault if limit <= 1 else warning)(SPEND, means, raise_it if most > limit else ask_first)


def _limits(patient: Patient) -> tuple[int, int]:
    """Return the limit that holds, and the most that it can be set to without asking AWS."""
    told = patient.ask("pinpoint-sms-voice-v2", "describe_spend_limits")["SpendLimits"]
    text = {one["Name"]: one for one in told}.get("TEXT_MESSAGE_MONTHLY_SPEND_LIMIT", {})
    enforced, most = int(text.get("EnforcedLimit", 1)), int(text.get("MaxLimit", 1))
    if not _is_sns(patient):
        return enforced, most
    attributes = patient.ask("sns", "get_sms_attributes", attributes=["MonthlySpendLimit"])["attributes"]
    return int(float(attributes.get("MonthlySpendLimit", enforced))), most


def look_at_senders(patient: Patient) -> Iterator[Finding]:
    """The countries of the price table that want a number of one's own, or a registered sender name."""
    if _is_with_smsapi(patient):
        return
    wants_number = [country for country in patient.countries if country in NEED_A_NUMBER]
    wants_name = [country for country in patient.countries if country in NEED_REGISTRATION]
    numbers = _with_numbers(patient) if wants_number else set()
    names = _with_names(patient) if wants_name else set()
    for country in wants_number:
        if country not in numbers:
            yield warning(
                NAMES,
                f"SMS to {country} do not arrive: it needs a number of your own",
                f"{CONSOLE}, Phone numbers, Request originator; or take {country} out of Prices",
            )
    for country in wants_name:
        if country not in names | numbers:
            yield warning(
                NAMES,
                f"SMS to {country} may not arrive, or under another name: no sender name is registered there",
                f"{CONSOLE}, Registrations, Create registration; or take {country} out of Prices",
            )
    if {*wants_number} <= numbers and {*wants_name} <= names | numbers:
        yield ok(NAMES, "every country of the price table has the sender that it asks for")


def _with_numbers(patient: Patient) -> set[str]:
    told = patient.listed("pinpoint-sms-voice-v2", "describe_phone_numbers", "PhoneNumbers")
    return {one["IsoCountryCode"] for one in told if one["Status"] == "ACTIVE"}


def _with_names(patient: Patient) -> set[str]:
    told = patient.listed("pinpoint-sms-voice-v2", "describe_sender_ids", "SenderIds")
    return {one["IsoCountryCode"] for one in told if one.get("Registered")}


def look_at_protection(patient: Patient) -> Iterator[Finding]:
    """The countries that AWS itself lets messages go to: a second lock against whoever pumps SMS to far countries."""
    if patient.parameter("SmsProvider") != "sms-voice":
        return
    chosen = patient.parameter("SmsProtection")
    if not chosen:
        yield option(COUNTRIES, "AWS lets SMS go to every country", "SmsProtection=…, docs/carriers.md")
        return
    try:
        patient.ask("pinpoint-sms-voice-v2", "describe_protect_configurations", ProtectConfigurationIds=[chosen])
    except NotThere:
        means = f"there is no protect configuration {chosen}: AWS refuses every SMS"
        yield fault(COUNTRIES, means, "aws pinpoint-sms-voice-v2 describe-protect-configurations lists them")
    else:
        yield ok(COUNTRIES, f"SMS go where the protect configuration {chosen} lets them")


def look_at_token(patient: Patient) -> Iterator[Finding]:
    """The secret of another carrier, which the stack makes with a random value in it."""
    if not _is_with_smsapi(patient):
        return
    secret = patient.stack.resources.get("SmsapiToken", "") if patient.stack else ""
    fill = f"aws secretsmanager put-secret-value --region {patient.region} --secret-id {secret or '…'} --secret-string file://token"
    if not secret:
        yield warning(TOKEN, "the carrier's token has to be put into a secret that the stack will make", fill)
        return
    try:
        told = patient.ask("secretsmanager", "describe_secret", SecretId=secret)
    except NotThere:
        yield fault(TOKEN, "the secret of the carrier's token is gone", "make deploy, and then fill it again")
        return
    stages = {stage for each in told.get("VersionIdsToStages", {}).values() for stage in each}
    if "AWSPREVIOUS" in stages:
        yield ok(TOKEN, "somebody has put the carrier's token into its secret")
    else:
        yield fault(TOKEN, "the secret of the carrier's token has the random value that it was made with", fill)


def _is_sns(patient: Patient) -> bool:
    return patient.parameter("SmsProvider") == "sns"


def _is_with_smsapi(patient: Patient) -> bool:
    return patient.parameter("SmsProvider") == "smsapi"
