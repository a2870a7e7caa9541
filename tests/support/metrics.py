"""The metrics that a function printed."""

import json


def unforeseen(printed: str) -> int:
    """How many mistakes of ours it counted."""
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return int(sum(sum(line["Unforeseen"]) for line in lines if "Unforeseen" in line and "_aws" in line))
