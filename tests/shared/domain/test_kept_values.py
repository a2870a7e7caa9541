"""Kept values: which of several is put back."""

from datetime import timedelta

from shared.domain.kept_values import EMAIL, PHONE, KeptValue, before, left_on_purpose, oldest
from shared.domain.provenance import UNKNOWN, Rescue, of
from tests.support.world import NOON

HOUR = timedelta(hours=1)
REPORTED = Rescue("ann", NOON, NOON + 9 * HOUR)
THEIRS, MINE = of("ann", NOON), of("ann", NOON - HOUR)


def _kept(hours: int, provenance: str, kind: str = EMAIL) -> KeptValue:
    return KeptValue("ann", f"change-{hours}", kind, NOON + hours * HOUR, provenance, f"before {hours}")


def test_what_is_put_back_is_from_before_the_first_of_the_newest_covered_changes():
    kept = [_kept(3, THEIRS), _kept(1, THEIRS), _kept(2, THEIRS), _kept(-5, MINE)]
    assert before(kept, EMAIL, REPORTED) == _kept(1, THEIRS)


def test_nothing_is_put_back_over_a_later_change_from_a_known_device():
    assert before([_kept(1, THEIRS), _kept(2, MINE)], EMAIL, REPORTED) is None
    assert before([_kept(1, THEIRS), _kept(2, UNKNOWN)], EMAIL, REPORTED) is None


def test_what_follows_a_change_from_a_known_device_is_put_back_to_that_one():
    kept = [_kept(1, THEIRS), _kept(2, MINE), _kept(3, THEIRS)]
    assert before(kept, EMAIL, REPORTED) == _kept(3, THEIRS)


def test_a_change_of_another_kind_has_no_say():
    assert before([_kept(1, THEIRS), _kept(2, MINE, PHONE)], EMAIL, REPORTED) == _kept(1, THEIRS)
    assert before([_kept(1, THEIRS)], PHONE, REPORTED) is None
    assert before([], EMAIL, REPORTED) is None


def test_the_oldest_is_counted_from_a_moment_on():
    kept = [_kept(3, THEIRS), _kept(1, MINE), _kept(0, MINE), _kept(2, THEIRS, PHONE)]
    assert oldest(kept, EMAIL, since=NOON + HOUR) == _kept(1, MINE)
    assert oldest(kept, EMAIL, since=NOON + 4 * HOUR) is None


def test_an_address_was_left_on_purpose_if_a_known_device_changed_it_since():
    assert left_on_purpose([_kept(1, THEIRS), _kept(2, MINE)], EMAIL, REPORTED)
    assert not left_on_purpose([_kept(1, THEIRS), _kept(-1, MINE), _kept(2, MINE, PHONE)], EMAIL, REPORTED)


def test_what_was_kept_is_in_no_repr():
    assert "before 1" not in repr(_kept(1, THEIRS))
