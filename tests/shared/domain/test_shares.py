"""Shares: all, nothing, or what was selected."""

from shared.domain.shares import Share


def test_a_share_holds_what_it_says():
    assert Share("all").holds("Shop")
    assert not Share("none", ("Shop",)).holds("Shop")
    assert Share("selected", ("Shop",)).holds("Shop")
    assert not Share("selected", ("Shop",)).holds("Other")
