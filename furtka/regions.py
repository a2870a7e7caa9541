"""Which regions AWS has: those that the SDK knows, and what may be one that is newer than the SDK."""

import re

import boto3

from furtka.complaint import nearest

LIKE_ONE = r"[a-z]{2,5}(-[a-z]{2,5})?-(central|(north|south)(east|west)?|east|west)-[0-9]{1,2}"
"""Where it is, perhaps which part of AWS, a point of the compass, and a number: so they are all named."""


def known(session: boto3.Session) -> set[str]:
    """Return the regions that the SDK knows, in every part of AWS. Nothing is asked for that."""
    parts = session.get_available_partitions()
    return {region for part in parts for region in session.get_available_regions("cloudformation", part)}


def is_like_one(region: str) -> bool:
    """Whether AWS may have made a region of this name since the SDK was released."""
    return bool(re.fullmatch(LIKE_ONE, region))


def guess(session: boto3.Session, region: str) -> str:
    """Return which regions may be meant, as the end of a sentence."""
    return nearest(region, sorted(known(session)))
