"""Checks of the account that every stack in it shares: how many functions run at once, and where API Gateway logs."""

from collections.abc import Iterator

from furtka.doctor.findings import Finding, fault, ok, warning
from furtka.doctor.patient import Patient

FUNCTIONS, LOGS = "functions at once", "gateway logs"
USUAL = 1000
LEFT_OVER = 100
"""What AWS keeps back for functions without a reservation."""

RAISE = (
    "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
    f"--desired-value {USUAL}"
)
GIVE_A_ROLE = (
    'docs/deploy.md, "Once an account and region": a role for API Gateway, then '
    "aws apigateway update-account --patch-operations op=replace,path=/cloudwatchRoleArn,value=ARN"
)


def look_at_functions(patient: Patient) -> Iterator[Finding]:
    """How many functions run at the same time: 10 in some new accounts."""
    limits = patient.ask("lambda", "get_account_settings")["AccountLimit"]
    at_once, free = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    if at_once < USUAL:
        yield warning(FUNCTIONS, f"only {at_once} functions run at once; whoever floods one door closes all", RAISE)
    elif free <= LEFT_OVER:
        yield warning(FUNCTIONS, f"of {at_once} functions at once only {free} are not reserved; no more can be", RAISE)
    else:
        yield ok(FUNCTIONS, f"{at_once} functions run at once, {free} of them are not reserved")


def can_reserve(patient: Patient, wanted: int) -> bool:
    """Whether *wanted* functions at once can be reserved: AWS refuses a reservation that leaves less than it keeps."""
    limits = patient.ask("lambda", "get_account_settings")["AccountLimit"]
    return bool(limits["UnreservedConcurrentExecutions"] - wanted >= LEFT_OVER)


def look_at_logs(patient: Patient) -> Iterator[Finding]:
    """The role by which API Gateway writes logs: one for an account and region, and in no stack of ours.

    Deleting a stack that owns it would end the logs of every API of the account.
    """
    if has_log_role(patient):
        yield ok(LOGS, "API Gateway has a role to write logs")
    elif patient.parameter("AccessLog") in ("", "false", "off"):
        yield warning(LOGS, "API Gateway has no role to write logs, so an access log would be refused", GIVE_A_ROLE)
    else:
        yield fault(LOGS, "AccessLog is on, and API Gateway has no role to write logs", GIVE_A_ROLE)


def has_log_role(patient: Patient) -> bool:
    return bool(patient.ask("apigateway", "get_account").get("cloudwatchRoleArn"))
