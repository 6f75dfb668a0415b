"""What the rules of a case say of keeping it comes before the office's table."""

from datetime import date, timedelta

import pytest

from huiyin.cases import clock
from huiyin.retention import actions, queries
from huiyin.retention.actions import BadDisposal
from tests.cases import office
from tests.cases.office import MONDAY
from tests.retention.old import LATER, agreed, archived, keeper, lines, reviewers

pytestmark = pytest.mark.django_db
TEXT = """
[[retention]]
of     = "case"
from   = "archived"
keep   = {keep}
then   = "{then}"
{more}
clause = "TRY-20"
says   = "案卷保存期限"
"""


def looked(on, keep='{ n = 2, unit = "year" }', then="destroy", more=""):
    rules = office.procedure(TEXT.format(keep=keep, then=then, more=more))
    return queries.look_at_all([archived(rules=rules)], on)[0]


def test_a_rule_says_how_long_and_names_its_clause():
    held = looked(date(2028, 5, 14))
    assert (held.kept.code, held.kept.basis, held.kept.until, held.obstacles) == (
        "TRY-20",
        "TRY-20",
        date(2028, 5, 14),
        (),
    )
    assert looked(date(2028, 5, 13)).obstacles == ("not_over",)


def test_what_is_permanent_or_is_to_be_handed_over_is_never_destroyed():
    far = date(2090, 1, 1)
    assert looked(far, keep='"permanent"').obstacles == ("permanent",)
    assert looked(far, then="hand_over").obstacles == ("hand_over",)


def test_whom_a_rule_wants_to_approve_has_to_be_one_of_the_two():
    case = looked(date(2028, 6, 1), more='approved_by = ["leader@here"]').case
    head, leader = reviewers()
    other = office.officer("director", "city")
    with clock.at(MONDAY + timedelta(days=3 * 366)):
        (line,) = lines(actions.propose([case.pk], by=keeper()))
        actions.review([line], by=head, agrees=True)
        with pytest.raises(BadDisposal, match="指定的职务"):
            actions.review([line], by=other, agrees=True)
        assert actions.review([line], by=leader, agrees=True) == 1
    assert actions.agreed(5) == [line]


def test_what_the_rules_do_not_allow_keeps_nobody_else_waiting():
    bar = '[[bar]]\nevent = "disposed"\nclause = "TRY-21"\nsays = "不得销毁"'
    barred, plain = archived(rules=office.procedure(bar)), archived()
    proposal = agreed(barred, plain)
    with clock.at(LATER):
        assert actions.run() == (1, 1)
        assert actions.run() == (0, 0)
    assert list(proposal.items.order_by("pk").values_list("state", "why")) == [("blocked", "rules"), ("done", "")]
