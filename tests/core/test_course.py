"""A case played step by step: each step tells what it brought about, and what could not be recorded and why."""

import tomllib
from datetime import date

import pytest

from huiyin.core.course import course
from huiyin.core.examples import ExampleError
from huiyin.core.model import Refused
from tests.core import mini

RULES = """
[[limit]]
name = "conclude"
target = "conclude"
from = "received"
per = "hop"
to = ["concluded", "returned"]
within = { n = 7, unit = "working_day" }
clause = "A"
says = "七个工作日办结"
[[extension]]
of = ["A"]
exactly = { n = 5, unit = "working_day" }
approved_by = ["unit_head@here"]
clause = "E"
says = "负责人批准延长五个工作日"
[[step]]
event = "concluded"
after = ["received"]
by = ["handler@here"]
needs = ["outcome"]
clause = "B"
says = "办结须写明结果"
[[notice]]
on = "received"
to = "complainant"
clause = "C"
says = "告知已经签收"
[[document]]
on = "concluded"
template = "closing_form"
clause = "D"
says = "办结须有报告"
"""


def played(events, rules=RULES):
    return course(mini.example(events), mini.library(rules), mini.calendar())


def test_every_step_tells_what_began_and_who_is_told():
    found = played("")
    assert found.stands
    assert [leg.given["event"] for leg in found.legs] == ["registered", "dispatched", "received"]
    received = found.legs[-1]
    assert [(d.clauses, d.end.day) for d in received.opened] == [(("A",), date(2025, 9, 24))]
    assert [n.clauses for n in received.notices] == [("C",)]
    assert not found.legs[0].opened


def test_an_end_and_a_moved_date_are_told():
    more = """
    { event = "extension_requested", at = 2025-09-16T09:00:00, by = "handler@county_a", limit = "A", reason = "复杂", label = "x" },
    { event = "approved", at = 2025-09-16T10:00:00, by = "unit_head@county_a", re = "x" },
    { event = "concluded", at = 2025-09-25T10:00:00, by = "handler@county_a", outcome = "settled" },"""
    found = played(more)
    assert found.stands, [leg.problem for leg in found.legs]
    [(was, now)] = found.legs[4].moved
    assert (was.end.day, now.end.day) == (date(2025, 9, 24), date(2025, 9, 30))  # Sunday the 28th is worked
    [ended] = found.legs[5].ended
    assert (ended.state, ended.late) == ("met", False)
    assert found.legs[5].documents == ("closing_form",)
    assert not [d for d in found.dues() if d.open]


def test_a_refused_step_says_why_and_the_case_goes_on_without_it():
    more = """
    { event = "concluded", at = 2025-09-16T10:00:00, by = "handler@county_a" },
    { event = "concluded", at = 2025-09-17T10:00:00, by = "handler@county_a", outcome = "settled" },"""
    found = played(more)
    assert not found.stands
    refused, done = found.legs[-2:]
    assert isinstance(refused.problem, Refused)
    assert refused.problem.clauses == ("B",)
    assert done.problem is None


def test_what_is_open_at_the_end_depends_on_who_asks():
    found = played("")
    assert "concluded" in {offer.event for offer in found.offers("handler@county_a")}
    assert "concluded" not in {offer.event for offer in found.offers("intake_officer@county_b")}
    with pytest.raises(ValueError, match="nobody"):
        found.offers("nobody@county_a")


def test_a_step_that_cannot_be_read_is_a_problem_of_that_step():
    found = played('{ event = "concluded", at = 2025-09-16T10:00:00, by = "wizard@county_a" },')
    assert isinstance(found.legs[-1].problem, ExampleError)


def test_an_example_without_a_known_procedure_cannot_be_played():
    raw = tomllib.loads('procedure = "no/where"\nevents = []')
    with pytest.raises(ExampleError):
        course(raw, mini.library(RULES), mini.calendar())
