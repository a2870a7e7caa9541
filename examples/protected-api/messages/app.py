"""The API behind Furtka: it asks nobody who is calling, since that stands in the context of each request."""

import json

NEEDED = "sms"

REFUSED = {
    "statusCode": 403,
    "headers": {"WWW-Authenticate": f'Bearer realm="furtka", error="insufficient_scope", scope="{NEEDED}"'},
    "body": json.dumps({"error": "insufficient_scope", "message": f"This needs the scope {NEEDED}."}),
}


def lambda_handler(event, _context):
    """Return who called, if they may send SMS."""
    caller = event["requestContext"]["authorizer"]
    if NEEDED not in caller["scopes"].split():
        return REFUSED
    return {"statusCode": 200, "body": json.dumps(caller)}
