"""Conditions that look back: at facts of an earlier event, and at how often something was done, on how many days."""

from __future__ import annotations

import pytest

from huiyin.core.errors import RuleError
from tests.core.mini import holds, rule_set

SOLVER = """
[[gate]]
event  = "task_given"
holds  = { any = [{ fact = "to", in = { fact = "units", of = "responsibility_decided" } }, { fact = "text", set = true }] }
clause = "T-1"
says   = "由认定有责任的部门解决，另交的写明理由"
[[gate]]
event  = "plan_made"
when   = { fact = "cause", of = "responsibility_decided", is = "company" }
holds  = { fact = "officers", in = { fact = "officers", of = "responsibility_decided" } }
clause = "T-2"
says   = "公司原因的，由责任人员制定计划"
"""
DECIDED = """
{ event = "responsibility_decided", at = 2025-09-16T09:00:00, by = "unit_head@county_a", units = ["county_b"], cause = "unclear" },
{ event = "responsibility_decided", at = 2025-09-16T10:00:00, by = "unit_head@county_a", units = ["section_a1"], cause = "company",
  officers = ["handler@section_a1"] },
""".replace(",\n  officers", ", officers")
TASK = '{{ event = "task_given", at = 2025-09-16T11:00:00, by = "unit_head@county_a", to = "{}" }},'
PLAN = '{{ event = "plan_made", at = 2025-09-16T11:00:00, by = "unit_head@county_a", officers = ["{}"] }},'


def test_a_fact_of_the_newest_earlier_event_is_compared_with():
    holds(SOLVER, DECIDED + TASK.format("section_a1"), "not_late = []")
    holds(SOLVER, DECIDED + TASK.format("county_b"), 'refused = "T-1"')  # the earlier decision no longer counts
    holds(SOLVER, TASK.format("county_b"), 'refused = "T-1"')


def test_a_condition_may_read_such_a_fact_itself():
    holds(SOLVER, DECIDED + PLAN.format("handler@section_a1"), "not_late = []")
    holds(SOLVER, DECIDED + PLAN.format("handler@county_b"), 'refused = "T-2"')
    holds(SOLVER, PLAN.format("handler@county_b"), "not_late = []")


TRIES = """
[[gate]]
event  = { event = "concluded", where = { outcome = "unreachable" } }
holds  = { seen = { event = "contacted", where = { reached = false }, times = { setting = "attempts" }, days = true } }
clause = "T-3"
says   = "在不同的日子联系不上满规定次数的，方可按无法联系办结"
[[setting]]
name    = "attempts"
type    = "int"
default = 3
clause  = "T-3"
says    = "联系次数由本单位定"
"""
GONE = '{ event = "concluded", at = 2025-09-20T09:00:00, by = "handler@county_a", outcome = "unreachable" },'


def tries(*at: str) -> str:
    return "".join(f'{{ event = "contacted", at = {a}, by = "handler@county_a", reached = false }},' for a in at)


def test_attempts_count_once_a_day_and_as_often_as_the_office_has_set():
    three = tries("2025-09-16T09:00:00", "2025-09-17T09:00:00", "2025-09-18T09:00:00")
    holds(TRIES, three + GONE, 'stage = "conclusion"')
    holds(TRIES, tries("2025-09-16T09:00:00", "2025-09-16T15:00:00", "2025-09-17T09:00:00") + GONE, 'refused = "T-3"')
    holds(TRIES, three + GONE, 'refused = "T-3"\nsettings = { attempts = 4 }')


def test_a_limit_may_ask_for_so_many():
    limit = """
[[limit]]
name   = "try"
from   = "received"
to     = { event = "contacted", times = 2, days = true }
within = { n = 3, unit = "day" }
clause = "T-4"
says   = "三日内联系两次"
"""
    holds(limit, tries("2025-09-16T09:00:00", "2025-09-16T15:00:00"), 'running = ["T-4"]')
    holds(limit, tries("2025-09-16T09:00:00", "2025-09-17T15:00:00"), 'met = ["T-4"]')


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('of = "responsibility_decided" } }, {', 'of = "sneezed" } }, {', "sneezed"),
        ('{ fact = "units", of', '{ fact = "colours", of', "colours"),
        ('fact = "cause", of = "responsibility_decided"', 'fact = "due", of = "responsibility_decided"', "due"),
    ],
)
def test_a_mistake_is_named(old, new, says):
    with pytest.raises(RuleError, match=says):
        rule_set(SOLVER.replace(old, new))


def test_times_is_a_number_or_a_setting():
    with pytest.raises(RuleError, match="times is a number"):
        rule_set(TRIES.replace('{ setting = "attempts" }', "{ n = 3 }"))
