"""The costs that the documentation states are those that the code causes."""

from tests.proofs import costs


def test_the_page_on_costs_is_what_the_code_does():
    assert costs.PAGE.read_text() == costs.page(), "run: make costs"
