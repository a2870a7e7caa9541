"""How guarded writes are refused: by which reason, and with nothing written."""

import pytest

from shared.errors import Refusal
from shared.storage.engine import Write, commit
from tests.proofs import tables


def refusal(*writes: Write) -> type[Refusal]:
    """Return the reason; fail where the writes are done, or a part of them."""
    before = everything()
    with pytest.raises(Refusal) as refused:
        commit(*writes)
    assert everything() == before
    return type(refused.value)


def everything() -> dict[str, list[dict[str, object]]]:
    return {name: tables.rows(name) for name in tables.names()}
