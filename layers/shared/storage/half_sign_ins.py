"""The strikes table: of which places a user's half sign-ins were written down or told within an hour."""

from datetime import datetime
from typing import cast

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy, settings
from shared.errors import Refusal
from shared.storage import engine
from shared.storage.mapping import has_room_for, size_of


class AlreadyNoted(Refusal):
    """The like was written down within the hour, or so much that no more is."""


class TooManyPlaces(Refusal):
    """So many places were told of within the hour that others are told of together."""


class PlacesItem(Model):
    """What was written down, or told, of one user in one hour of the clock."""

    class Meta:
        table_name = settings.STRIKES_TABLE

    about = UnicodeAttribute(hash_key=True)
    places = UnicodeSetAttribute()
    forget_at = TTLAttribute()


def noting_once(user_id: str, what: str, *, now: datetime) -> engine.Write:
    """Record that *what* is written down for this hour. Refused as AlreadyNoted if it is, or if too much else is."""
    about, places = f"refused:{_hour(user_id, now=now)}", PlacesItem.places
    is_new = (size_of(places) < policy.REFUSALS_NOTED_AN_HOUR) & ~places.contains(what)
    has_room = cast(Condition, places.does_not_exist() | is_new)
    return engine.change(PlacesItem(about), _adding(what, now=now), guard=has_room, refused=lambda _: AlreadyNoted())


def telling(user_id: str, place: str, *, began: datetime, now: datetime) -> engine.Write:
    """Record that an e-mail tells of *place* in the hour of *began*; also again. Refused as TooManyPlaces."""
    about, places = f"half-sign-ins:{_hour(user_id, now=began)}", PlacesItem.places
    has_room = has_room_for(places, place, most=policy.HALF_SIGN_INS_TOLD_AN_HOUR)
    return engine.change(PlacesItem(about), _adding(place, now=now), guard=has_room, refused=lambda _: TooManyPlaces())


def _adding(place: str, *, now: datetime) -> list[Action]:
    return [PlacesItem.places.add({place}), PlacesItem.forget_at.set(now + policy.FORGET_AFTER)]


def _hour(user_id: str, *, now: datetime) -> str:
    return f"{user_id}:{now:%Y-%m-%dT%H}"
