"""What SMSAPI has and this service has not: said so on every method and path of its family, before anything is read."""

FAMILIES = (
    "/blacklist",
    "/callbacks",
    "/contacts/fields",
    "/contacts/trash",
    "/hlr.do",
    "/hlrsync.do",
    "/mms.do",
    "/opt_outs",
    "/phonebook.do",
    "/push",
    "/shipment",
    "/short_url",
    "/sms/templates",
    "/vms.do",
)
"""The first path of each family. Everything below it belongs to the family."""

ROUTES = {("HEAD", "/contacts"), ("DELETE", "/contacts/groups")}
"""Single methods of paths that are offered: counts in a header, and the deletion of all groups."""


def family_of(path: str) -> str | None:
    """Return the family of *path*, or None if it belongs to none."""
    return next((family for family in FAMILIES if path == family or path.startswith(f"{family}/")), None)


def is_not_offered(method: str, path: str) -> bool:
    return (method, path) in ROUTES or family_of(path) is not None
