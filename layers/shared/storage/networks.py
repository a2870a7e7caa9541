"""The strikes table: failed sign-ins by the place they came from, and the networks that a login signed in from."""

from datetime import datetime
from itertools import islice

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from shared import policy, settings
from shared.domain.failed_sign_ins import FailedShare, FailedSignIns
from shared.storage import engine
from shared.storage.mapping import RawItem

SHARE, LAST_AT = "share_", "last_at_"
"""How attributes of FailuresItem begin: `share_<hour>_<network>_<login>` and `last_at_<network>`."""

REMOVED_AT_ONCE = 100
"""Shares that one write removes because they are over: DynamoDB limits the length of an expression."""


class FailuresItem(RawItem):
    """Failures from one site. Each attribute is one share of them, so that one write without a guard counts."""

    class Meta:
        table_name = settings.STRIKES_TABLE

    about = UnicodeAttribute(hash_key=True)
    forget_at = TTLAttribute()


class NetworksItem(RawItem):
    """Networks that a login signed in from: each has one of NETWORKS, which holds its name and the time."""

    class Meta:
        table_name = settings.STRIKES_TABLE

    about = UnicodeAttribute(hash_key=True)
    forget_at = TTLAttribute()


NETWORKS = [UnicodeAttribute(attr_name=f"network_{place}") for place in range(policy.NETWORKS_REMEMBERED)]


def failures_key(about: str) -> engine.Key:
    return engine.Key(FailuresItem, about)


def networks_key(about: str) -> engine.Key:
    return engine.Key(NetworksItem, about)


def failures_in(row: engine.Row) -> FailedSignIns:
    """Return what *row*, found under `failures_key`, counts; nothing for no row."""
    if not isinstance(row, FailuresItem):
        return FailedSignIns()
    failures = {_share(name): int(value["N"]) for name, value in row.raw.items() if name.startswith(SHARE)}
    last_at = {
        name.removeprefix(LAST_AT): datetime.fromisoformat(value["S"])
        for name, value in row.raw.items()
        if name.startswith(LAST_AT)
    }
    return FailedSignIns(failures, last_at)


def failing(about: str, share: FailedShare, before: FailedSignIns, *, now: datetime) -> engine.Write:
    """Count a failed sign-in. Never refused. Shares of *before* that are over are removed."""
    # No guard and no transaction: of failures at once each is counted, and none waits for another.
    over = islice(before.over(now=now), REMOVED_AT_ONCE)
    return engine.change(
        FailuresItem(about),
        [
            _counted(share).add(1),
            UTCDateTimeAttribute(attr_name=LAST_AT + share.network).set(now),
            FailuresItem.forget_at.set(now + policy.ATTEMPTS_FORGOTTEN_AFTER),
            *[_counted(one).remove() for one in over if one != share],
        ],
    )


def forgiving(about: str, shares: list[FailedShare], *, now: datetime) -> engine.Write:
    """Take the failures of *shares* back. Never refused."""
    kept = FailuresItem.forget_at.set(now + policy.ATTEMPTS_FORGOTTEN_AFTER)
    return engine.change(FailuresItem(about), [*[_counted(share).remove() for share in shares], kept])


def networks_in(row: engine.Row) -> dict[str, datetime]:
    """Return when the login of *row*, found under `networks_key`, last signed in from each network."""
    if not isinstance(row, NetworksItem):
        return {}
    written = [row.raw[place.attr_name]["S"] for place in NETWORKS if place.attr_name in row.raw]
    return {name: datetime.fromisoformat(at) for name, _, at in (text.partition(" ") for text in written)}


def remembering(about: str, network: str, place: int, *, now: datetime) -> engine.Write:
    """Record that a login signed in from *network*, in *place* of NETWORKS. Never refused."""
    # The place follows from the network, so that nothing has to be read first and there are never more.
    seen = NETWORKS[place].set(f"{network} {now.isoformat()}")
    return engine.change(NetworksItem(about), [seen, NetworksItem.forget_at.set(now + policy.NETWORK_REMEMBERED_FOR)])


def _counted(share: FailedShare) -> NumberAttribute:
    return NumberAttribute(attr_name=f"{SHARE}{share.hour}_{share.network}_{share.login}")


def _share(name: str) -> FailedShare:
    hour, network, login = name.removeprefix(SHARE).split("_", 2)
    return FailedShare(int(hour), network, login)
