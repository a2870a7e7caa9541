"""What every answer has besides its body: headers, and the answers that API Gateway gives in our place."""

from typing import Any

JSON, TEXT = "application/json", "text/plain"
REF = "#/components/schemas/{model}"
REFUSAL = REF.format(model="ErrorResponse")

ALWAYS = "Done, or a refusal: as JSON where `format=json` is among the parameters, else as `ERROR:` and its number."
LINES = "^(ERROR:[0-9]+|OK:.*)"
"""How a `*.do` answers: its status says nothing."""

SETS_COOKIES = frozenset(
    {
        "signIn",
        "verifyCode",
        "confirmSession",
        "changePassword",
        "resetPassword",
        "signOut",
        "endAllSessions",
    }
)
"""The operations that open, replace or end a session, which a browser holds in cookies."""


def _header(about: str, *, required: bool = True, **schema: Any) -> dict[str, Any]:
    return {"description": about, "required": required, "schema": schema}


HEADERS = {
    "RetryAfter": _header("Seconds to wait before the next try.", required=False, type="integer", minimum=1),
    "SetCookie": _header(
        "For a browser: the cookies of the session and of a new device, or their end.", required=False, type="string"
    ),
    "Challenge": _header(
        "The credentials that are accepted (RFC 6750 3), or that the session must be confirmed (RFC 9470).",
        type="string",
        examples=['Bearer realm="furtka", error="invalid_token"'],
    ),
    "ScopeChallenge": _header(
        "With `insufficient_scope`, the scope that is needed (RFC 6750 3.1).",
        required=False,
        type="string",
        examples=['Bearer realm="furtka", error="insufficient_scope", scope="contacts"'],
    ),
    "ScheduledMessages": _header(
        "How many messages wait that the token ordered. With a `+` at its end there may be more.",
        type="string",
        pattern=r"^[0-9]+\+?$",
        maxLength=10,
        examples=["12"],
    ),
    "ClientChallenge": _header(
        "How an OAuth client can authenticate.", type="string", examples=['Basic realm="furtka"']
    ),
}

SHARED = {
    "TooManyRequests": {
        "description": "`too_many_requests`: API Gateway takes no more requests at the moment.",
        "headers": {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}},
        "content": {JSON: {"schema": {"$ref": REFUSAL}}},
    },
    "ServerError": {
        "description": "`internal_error`: something failed on our side. The request may have been carried out.",
        "content": {JSON: {"schema": {"$ref": REFUSAL}}},
    },
}


def complete(path: str, operation: dict[str, Any]) -> None:
    """Add the headers and the answers that no handler declares, because they do not come from a single route."""
    answers = operation["responses"]
    if path.endswith(".do"):
        _answer_always(answers["200"])
    for status, answer in answers.items():
        if status == "204":
            answer.pop("content", None)  # a model is that of another status of the route
        if headers := _headers(path, status, operation, answer):
            answer["headers"] = {name: {"$ref": f"#/components/headers/{shared}"} for name, shared in headers.items()}
    answers.setdefault("429", {"$ref": "#/components/responses/TooManyRequests"})
    answers["5XX"] = {"$ref": "#/components/responses/ServerError"}


def _headers(path: str, status: str, operation: dict[str, Any], answer: dict[str, Any]) -> dict[str, str]:
    """The headers of an answer, each with its name among the components."""
    if status == "401":
        return {"WWW-Authenticate": "ClientChallenge" if path.startswith("/oauth/") else "Challenge"}
    if status == "403" and "`insufficient_scope`" in answer["description"]:
        return {"WWW-Authenticate": "ScopeChallenge"}
    if status in ("429", "503"):
        return {"Retry-After": "RetryAfter"}
    if status.startswith("2") and operation["operationId"] in SETS_COOKIES:
        return {"Set-Cookie": "SetCookie"}
    if status == "204" and operation["operationId"] == "deleteToken":
        return {"Scheduled-Messages": "ScheduledMessages"}
    return {}


def _answer_always(answer: dict[str, Any]) -> None:
    """Describe that a `*.do` answers both success and refusal with 200, as JSON or as text."""
    answer["description"] = ALWAYS
    yes = answer.get("content", {}).get(JSON)
    no = {"$ref": REF.format(model="LegacyErrorResponse")}
    either = {"anyOf": [yes["schema"], no]} if yes else no
    answer["content"] = {JSON: {"schema": either}, TEXT: {"schema": {"type": "string", "pattern": LINES}}}
