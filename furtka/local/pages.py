"""The pages below /_local/, which only the local stack has: outbox, demo account, clock, carriers, schedules."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, make_response, render_template_string, request

from furtka.complaint import Complaint
from furtka.local.carriers import BECAME
from furtka.local.runner import EventTooLarge, FunctionFailed

if TYPE_CHECKING:
    from furtka.local.stack import Stack

LOOPBACK = {"127.0.0.1", "localhost", "::1"}

OUTBOX_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="3"><title>Outbox</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
  article { border: 1px solid #bbb; border-radius: .5rem; padding: .5rem 1rem; margin: 1rem 0 }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .5rem 0 }
  small { color: #555 }
</style>
<h1>Outbox</h1>
<p>Every SMS and e-mail that left this stack, newest first. None reached anybody.</p>
{% for message in messages | reverse %}
<article>
  <small>{{ "SMS" if message.kind == "sms" else "E-mail" }} to {{ message.to }}, {{ message.at }}</small>
  {% if message.subject %}<h2>{{ message.subject }}</h2>{% endif %}
  <pre>{{ message.text }}</pre>
</article>
{% else %}
<p>Nothing yet.</p>
{% endfor %}
"""


def pages(stack: "Stack") -> Blueprint:
    """Return the pages of *stack*."""
    local = Blueprint("local", __name__, url_prefix="/_local")
    local.before_request(_refuse_foreign_pages)

    @local.get("/outbox")
    def outbox() -> Response | str:
        messages = stack.outbox.messages()
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            return render_template_string(OUTBOX_PAGE, messages=messages)
        return jsonify(messages)

    @local.get("/events")
    def events() -> Response:
        return jsonify(stack.bus.events())

    @local.get("/demo")
    def demo() -> Response:
        return jsonify(stack.demo or _error(404, "This stack has no demo account."))

    @local.get("/environment")
    def environment() -> Response:
        return jsonify(stack.environment())

    @local.get("/functions")
    def functions() -> Response:
        return jsonify(stack.functions)

    _add_controls(local, stack)
    return local


def _add_controls(local: Blueprint, stack: "Stack") -> None:
    """Add the pages that change something: the clock, the carrier, what became of an e-mail, and running a schedule."""

    @local.get("/clock")
    def clock() -> Response:
        return jsonify(now=stack.clock.now().isoformat(), ahead_seconds=stack.clock.ahead.total_seconds())

    @local.post("/clock")
    def advance() -> Response:
        stack.clock.advance(timedelta(seconds=_seconds(request.get_json(silent=True))))
        return clock()

    @local.post("/carrier")
    def carrier() -> Response:
        stack.outbox.carrier_down = _is_down(request.get_json(silent=True))
        return jsonify(down=stack.outbox.carrier_down)

    @local.post("/mail")
    def mail() -> tuple[str, int]:
        address, became = _mail(request.get_json(silent=True))
        if stack.carriers is None or not stack.carriers.mail_became(address, became):
            _error(404, "No e-mail went to this address, or the stack does not read what became of e-mails.")
        return "", 204

    @local.post("/fire/<name>")
    def fire(name: str) -> tuple[str, int]:
        try:
            stack.timer.fire(name)
        except Complaint as complaint:
            _error(404, str(complaint))
        except (FunctionFailed, EventTooLarge) as failure:
            _error(502, f"{name} was fired, but its function failed: {failure}")
        return "", 204


def _seconds(wanted: Any) -> float:
    seconds = wanted.get("advance_seconds") if isinstance(wanted, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 10**9:
        _error(400, "advance_seconds must be a number of seconds from 0 on; the clock only moves forward.")
    return seconds


def _mail(wanted: Any) -> tuple[str, str]:
    wanted = wanted if isinstance(wanted, dict) else {}
    address, became = wanted.get("to"), wanted.get("became")
    if not isinstance(address, str) or became not in BECAME:
        _error(400, f"to must be the address of an e-mail, and became one of {', '.join(BECAME)}.")
    return address, became


def _is_down(wanted: Any) -> bool:
    down = wanted.get("down") if isinstance(wanted, dict) else None
    if not isinstance(down, bool):
        _error(400, "down must be true (the carrier refuses every SMS) or false (it accepts them).")
    return down


def _refuse_foreign_pages() -> None:
    """Refuse requests made by foreign web pages: they could read the secrets here or move the clock."""
    # Another host name that resolves to this machine (DNS rebinding), or a form of another origin (CSRF).
    origin = request.headers.get("Origin")
    if _host(f"//{request.host}") not in LOOPBACK or (origin and _host(origin) not in LOOPBACK):
        _error(403, "This page is for this machine only.")


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _error(status: int, message: str) -> NoReturn:
    """Answer with an error of ours. As a complete response it is not replaced by one of the gateway's own."""
    abort(make_response(jsonify(message=message), status))
