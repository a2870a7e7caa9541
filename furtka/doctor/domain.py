"""Checks of the address: the certificate, the name in DNS, where links lead, and that the default address is off."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from furtka.doctor.findings import Finding, fault, ok, option, warning
from furtka.doctor.patient import NotThere, Patient

CERTIFICATE, NAME, PANEL, DEFAULT = "certificate", "domain name", "panel", "default address"
SOON = timedelta(days=30)
"""ACM renews 60 days before the end: whoever is later than this has a renewal that fails."""


def look_at_certificate(patient: Patient) -> Iterator[Finding]:
    """The certificate of DomainName: there, issued, in this region, for this name, and for a while."""
    domain, arn = patient.parameter("DomainName"), patient.parameter("CertificateArn")
    if not domain:
        yield option(
            CERTIFICATE,
            "there is no domain name: the address changes with the stack, and OAuth clients do not find the metadata",
            'make deploy PARAMETERS="DomainName=… CertificateArn=…"',
        )
        return
    request = f"aws acm request-certificate --region {patient.region} --validation-method DNS --domain-name {domain}"
    if not arn:
        yield fault(CERTIFICATE, f"{domain} has no certificate", f"{request}, and CertificateArn=…")
        return
    if arn.split(":")[3:4] != [patient.region]:
        yield fault(CERTIFICATE, f"the certificate is not of {patient.region}, where API Gateway looks for it", request)
        return
    try:
        told = patient.ask("acm", "describe_certificate", CertificateArn=arn)["Certificate"]
    except NotThere:
        yield fault(CERTIFICATE, "there is no such certificate", request)
        return
    yield from _judged(told, domain, request)


def _judged(told: dict[str, Any], domain: str, request: str) -> Iterator[Finding]:
    if told["Status"] != "ISSUED":
        lists = f"aws acm describe-certificate --certificate-arn {told['CertificateArn']} lists the record for DNS"
        yield fault(CERTIFICATE, f"the certificate is {told['Status']}", lists)
    elif not any(_covers(name, domain) for name in (told["DomainName"], *told.get("SubjectAlternativeNames", []))):
        yield fault(CERTIFICATE, f"the certificate is not for {domain}", request)
    elif (left := told["NotAfter"] - datetime.now(UTC)) < SOON:
        do = (
            "import it anew"
            if told.get("Type") == "IMPORTED"
            else "leave the validation record in DNS: ACM renews by it"
        )
        yield (fault if left < timedelta() else warning)(CERTIFICATE, f"it ends on {told['NotAfter']:%Y-%m-%d}", do)
    else:
        yield ok(CERTIFICATE, f"it is for {domain}, until {told['NotAfter']:%Y-%m-%d}")


def _covers(name: str, domain: str) -> bool:
    """Whether a name of a certificate covers *domain*. A star stands for one label (RFC 6125 6.4.3)."""
    return name == domain or (name.startswith("*.") and domain.partition(".")[2] == name[2:])


def look_at_name(patient: Patient) -> Iterator[Finding]:
    """Whether DNS knows the domain name."""
    domain = patient.parameter("DomainName")
    if not domain:
        return
    target = patient.stack.outputs.get("DomainTarget", "the output DomainTarget") if patient.stack else "the stack"
    try:
        resolve(domain)
    except OSError:
        do = f"an alias or CNAME record from {domain} to {target}; or HostedZoneId=…, and the stack makes it"
        yield fault(NAME, f"DNS does not know {domain}", do)
    else:
        yield ok(NAME, f"DNS knows {domain}")


def resolve(domain: str) -> None:
    """Raise OSError if DNS has no address for *domain*."""
    socket.getaddrinfo(domain, 443)


def look_at_panel(patient: Patient) -> Iterator[Finding]:
    """Where links lead: nowhere before PanelOrigin is set, and for browsers it must be the API's own origin."""
    origin, domain = patient.parameter("PanelOrigin"), patient.parameter("DomainName")
    panel = origin or (f"https://{domain}" if domain else "")
    url = patient.stack.outputs.get("Url", "") if patient.stack else ""
    if not panel:
        yield fault(PANEL, "PanelOrigin is not set: no mail with a link leaves", "make deploy sets it")
    elif domain and ".execute-api." in panel:
        yield fault(
            PANEL, "links lead to the default address, which the domain name switches off", "make deploy PANEL="
        )
    elif urlsplit(panel).hostname not in (domain, urlsplit(url).hostname):
        means = (
            f"the panel is at {panel}, the API at {domain or url}: browsers' sign-ins are refused (cross_site_request)"
        )
        yield warning(PANEL, means, "serve both at one origin, or make deploy PANEL= for the API's own")
    else:
        yield ok(PANEL, f"links lead to {panel}")


def look_at_default_address(patient: Patient) -> Iterator[Finding]:
    """The address that API Gateway gives every API. A firewall and a list at the domain name do not see who uses it."""
    if not patient.parameter("DomainName") or patient.stack is None:
        return
    api = patient.stack.resources.get("Api", "")
    if patient.ask("apigateway", "get_rest_api", restApiId=api).get("disableExecuteApiEndpoint"):
        yield ok(DEFAULT, "the default address is switched off")
    else:
        yield fault(
            DEFAULT,
            "the default address still answers beside the domain name",
            f"aws apigateway update-rest-api --rest-api-id {api} "
            "--patch-operations op=replace,path=/disableExecuteApiEndpoint,value=true, "
            f"and aws apigateway create-deployment --rest-api-id {api} --stage-name live",
        )
