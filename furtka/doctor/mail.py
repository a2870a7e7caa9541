"""Checks of e-mail: whether SES lets us write to everybody, and in whose name."""

from collections.abc import Iterator
from email.utils import parseaddr
from typing import Any

from furtka.doctor.findings import Finding, fault, ok, warning
from furtka.doctor.patient import NotThere, Patient

ACCOUNT, IDENTITY = "mail account", "mail identity"
GRADES = {"PROBATION": warning, "SHUTDOWN": fault}


def look_at_account(patient: Patient) -> Iterator[Finding]:
    """SES as a whole, in this region: its sandbox, and whether it stopped us."""
    account = patient.ask("sesv2", "get_account")
    if account.get("ProductionAccessEnabled"):
        yield ok(ACCOUNT, "SES is out of its sandbox")
    else:
        yield fault(
            ACCOUNT,
            "SES is in its sandbox: mail reaches verified addresses only, at most 200 a day, so no invitation arrives",
            "SES console, Account dashboard, Request production access; AWS answers within a day or two",
        )
    if not account.get("SendingEnabled", True):
        yield fault(ACCOUNT, "sending is paused", "aws sesv2 put-account-sending-attributes --sending-enabled")
    grade = account.get("EnforcementStatus", "HEALTHY")
    if grade in GRADES:
        do = "SES console, Reputation metrics; answer the case that AWS opened"
        yield GRADES[grade](ACCOUNT, f"AWS has put sending under {grade}: too many bounces or complaints", do)


def look_at_identity(patient: Patient) -> Iterator[Finding]:
    """The address, or its domain, that mail comes from."""
    address = parseaddr(patient.parameter("MailFrom"))[1]
    if not address:
        yield fault(IDENTITY, "MailFrom is not known yet", "make deploy MAIL=…, or furtka doctor --mail …")
        return
    domain = address.rpartition("@")[2]
    found = {name: identity for name in (domain, address) if (identity := _identity(patient, name))}
    verified = [name for name, identity in found.items() if identity.get("VerifiedForSendingStatus")]
    if not verified:
        yield _not_verified(domain, found)
        return
    yield ok(IDENTITY, f"{verified[0]} is verified")
    yield from _signed(domain, found.get(domain, {}))
    yield from _default_sets(patient, found)


def _identity(patient: Patient, name: str) -> dict[str, Any] | None:
    try:
        return patient.ask("sesv2", "get_email_identity", EmailIdentity=name)
    except NotThere:
        return None


def _not_verified(domain: str, found: dict[str, Any]) -> Finding:
    if domain in found:
        means = f"{domain} waits to be verified: its DKIM records are not in DNS yet"
        return fault(IDENTITY, means, f"aws sesv2 get-email-identity --email-identity {domain} lists the three CNAMEs")
    means = f"SES does not know {domain}: it refuses all mail"
    return fault(IDENTITY, means, f"aws sesv2 create-email-identity --email-identity {domain}, and its CNAMEs in DNS")


def _signed(domain: str, identity: dict[str, Any]) -> Iterator[Finding]:
    dkim = identity.get("DkimAttributes", {})
    if dkim.get("SigningEnabled") and dkim.get("Status") == "SUCCESS":
        yield ok("mail signature", f"mail is signed for {domain} (DKIM)")
    else:
        means = f"mail is not signed for {domain} (DKIM): large mailboxes reject it, or put it into spam"
        yield warning(
            "mail signature",
            means,
            f"aws sesv2 create-email-identity --email-identity {domain}, its three CNAMEs in DNS, and a DMARC record",
        )


def _default_sets(patient: Patient, found: dict[str, Any]) -> Iterator[Finding]:
    """A default configuration set of the identity: SES then asks for a right to it as well (aws-cdk issue 34402)."""
    sets = [(name, told["ConfigurationSetName"]) for name, told in found.items() if told.get("ConfigurationSetName")]
    if sets and "AWS::SES::ConfigurationSet" not in patient.kinds:
        name, configuration = sets[0]
        yield fault(
            "mail configuration",
            f"{name} has the default configuration set {configuration}, which the functions may not use",
            f"aws sesv2 put-email-identity-configuration-set-attributes --email-identity {name}",
        )
