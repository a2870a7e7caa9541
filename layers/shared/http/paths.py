"""The path of a request within the API, without what the gateway leaves before it and at its end."""

from shared.http.bodies import Event
from shared.http.route_rules import BASE, below_root


def path_of(event: Event) -> str:
    """Return the path of *event* as `route_rules` knows it, without a slash at its end, which PHP clients add to lists.

    With DELETE and PUT the slash stays, and no route has it: a client that puts an empty id behind the path of a list
    must not delete the list.
    """
    path = below_root(_below_base_path(event["path"], event["resource"]))
    return path if event["httpMethod"] in ("DELETE", "PUT") else path.rstrip("/") or "/"


def _below_base_path(path: str, resource: str) -> str:
    """Return *path* without the base path of the custom domain, which `path` keeps and `resource` does not have.

    Below BASE there are also resources of SMSAPI's API: at those, BASE is a base path only where it is there twice.
    """
    below = path.removeprefix(BASE)
    is_api = resource.startswith(f"{BASE}/") and not below.startswith(f"{BASE}/")
    return path if is_api or not (below == "" or below.startswith("/")) else below or "/"
