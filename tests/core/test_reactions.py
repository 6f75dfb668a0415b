"""What follows on linked cases, and approvals that every unit involved must give."""

from __future__ import annotations

import pytest

from huiyin.core.errors import RuleError
from tests.core.mini import USUAL, holds, rule_set

LINKED = """
[[reaction]]
on     = { event = "concluded", where = { finding = "founded" } }
then   = { event = "breach_recorded", on = "linked", relation = ["about_handling"], sort = "handling_fault", unit = "here" }
clause = "T-1"
says   = "查实的，在原件上记录失责"
"""
OTHER = """
[cases.review]
events = [
  { event = "registered", at = 2025-09-16T09:00:00, by = "intake_officer@city" },
  { event = "linked", at = 2025-09-16T09:30:00, by = "intake_officer@city", with = "main", relation = "%s" },
]
"""
DONE = '{{ event = "concluded", on = "review", at = 2025-09-17T09:00:00, by = "handler@city", outcome = "answered", finding = "{}" }},'


def test_an_event_is_written_on_the_case_it_is_linked_to():
    holds(LINKED, DONE.format("founded"), 'written = ["breach_recorded"]' + OTHER % "about_handling")


@pytest.mark.parametrize(("finding", "relation"), [("unfounded", "about_handling"), ("founded", "same_matter")])
def test_not_where_the_reaction_does_not_hold_or_the_link_is_of_another_kind(finding, relation):
    from tests.core.mini import play

    result = play(LINKED, DONE.format(finding), 'written = ["breach_recorded"]' + OTHER % relation)
    assert result.found == {"written": []}, result.error


def test_nothing_is_written_where_the_other_case_does_not_allow_it():
    from tests.core.mini import play

    barred = (
        LINKED
        + '[[bar]]\nevent = "breach_recorded"\nunless = { seen = "archived" }\nclause = "T-2"\nsays = "归档后才记"\n'
    )
    result = play(barred, DONE.format("founded"), 'written = ["breach_recorded"]' + OTHER % "about_handling")
    assert result.found == {"written": []}, result.error


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"about_handling"', '"cousin"', "cousin"),
        ('{ event = "concluded", where = { finding = "founded" } }', '{ limit_passed = "x" }', "own case"),
    ],
)
def test_a_mistake_in_a_linked_reaction_is_named(old, new, says):
    with pytest.raises(RuleError, match=says):
        rule_set(LINKED.replace(old, new))


# approvals of each unit

AGREED = """
[[approval]]
event  = "limit_agreed"
by     = "unit_head@each:involved"
clause = "T-3"
says   = "联办时限由各部门共同商定"
"""
JOINT = """
{ event = "joint_assigned", at = 2025-09-15T12:00:00, by = "unit_head@city", lead = "county_a", assist = ["county_b"] },
{ event = "proposed", at = 2025-09-15T13:00:00, by = "handler@county_a", for = "limit_agreed", due = 2025-09-28T17:00:00 },
{ event = "approved", at = 2025-09-15T14:00:00, by = "unit_head@county_a" },
"""
SECOND = '{ event = "approved", at = 2025-09-15T15:00:00, by = "unit_head@county_b" },'
HELD = '{ event = "limit_agreed", at = 2025-09-15T16:00:00, by = "handler@county_a", due = 2025-09-28T17:00:00 },'


def test_every_unit_involved_must_approve():
    holds(AGREED, JOINT + HELD, 'refused = "T-3"', USUAL)
    holds(AGREED, JOINT + SECOND + HELD, "not_late = []", USUAL)


def test_one_unit_cannot_approve_twice_nor_alone():
    again = '{ event = "approved", at = 2025-09-15T15:00:00, by = "unit_head@county_a#2" },'
    holds(AGREED, JOINT + again, 'refused = "T-3"', USUAL)
    direct = (
        '{ event = "limit_agreed", at = 2025-09-15T16:00:00, by = "unit_head@county_a", due = 2025-09-28T17:00:00 },'
    )
    holds(AGREED, JOINT.split('{ event = "proposed"')[0] + direct, 'refused = "T-3"', USUAL)
