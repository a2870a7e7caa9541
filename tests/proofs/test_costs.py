"""The costs that the documentation states are those that the code causes."""

from tests.proofs import bill, costs
from tests.support.template import resources

LISTED = costs.Index(("owner", "at"), frozenset({"id", "owner", "at", "state"}))
HERE = {"id": {"S": "1"}, "owner": {"S": "ann"}, "at": {"N": "1"}, "state": {"S": "new"}, "more": {"S": "x" * 3000}}


def test_the_page_on_costs_is_what_the_code_does():
    assert costs.PAGE.read_text() == costs.page(), "run: make costs"


def test_every_index_of_the_template_is_paid_for():
    declared = [table.get("GlobalSecondaryIndexes", ()) for table in resources("AWS::DynamoDB::Table").values()]
    assert sum(map(len, declared)) == sum(map(len, costs.INDEXES.values())) > 4


def _written(before: costs.Row, after: costs.Row) -> int:
    return costs._index_units([(LISTED, LISTED.holds(before))], [(LISTED, LISTED.holds(after))])


def test_an_index_is_written_where_what_lies_in_it_changes_and_for_that_much():
    assert _written({}, HERE) == _written(HERE, {}) == 1, "it keeps little of a large row"
    assert _written(HERE, HERE | {"state": {"S": "old"}}) == 1
    assert _written(HERE, HERE | {"more": {"S": "y"}}) == 0
    assert _written(HERE, HERE | {"at": {"N": "2"}}) == 2, "it is taken from one place and put into another"
    assert _written({"id": HERE["id"]}, {"id": HERE["id"], "state": {"S": "new"}}) == 0, "it is not in the index"


def test_nothing_costs_more_for_being_left_off():
    plain, all_on = bill.fixed({}, 0.001, 0.001), bill.fixed(bill.ALL_ON, 0.001, 0.001)
    assert [one.what for one in plain] == [one.what for one in all_on]
    assert all(one.dollars <= other.dollars for one, other in zip(plain, all_on, strict=True))


def test_a_month_without_sign_ins_costs_what_is_there_and_each_sign_in_adds():
    none, some, many = (sum(bill.of_sign_ins(number, 0.00005, 0.000005)) for number in bill.SIGN_INS)
    assert none == 0
    assert 0 < some < many / 50, "the first traces are free"


def test_what_others_charge_begins_above_what_they_give_away():
    assert (bill.cognito(10_000), bill.cognito(10_100), bill.twilio(100)) == (0, 1.5, 5)
