"""HN-XS where an example cannot ask: how late something was closed."""

from __future__ import annotations

import tomllib
from datetime import date, datetime

import pytest

from huiyin.core.dues import dues
from huiyin.core.examples import Play
from tests.support.shipped import calendar, library

CASE = '{ channel = "phone", subject = "电热水壶质量", what = "使用两天即不通电", demand = "退款199元" }'
TAKEN_IN = """
{ event = "registered", at = 2025-05-30T09:00:00, by = "intake_officer@county_a", summary = "电热水壶质量纠纷" },
{ event = "accepted", at = 2025-05-30T09:20:00, by = "intake_officer@county_a", basis = "HN-FWEI-A1", text = "符合受理条件" },
{ event = "dispatched", at = 2025-05-30T10:00:00, by = "intake_officer@county_a", to = "county_a", dispatch_kind = "self" },
"""
SUPERVISED = '{ event = "supervised", at = 2025-05-30T16:00:00, by = "supervisor@city", to = ["county_a"], text = "请限期办结" },'
CLOSED = (
    '{ event = "concluded", at = 2025-06-13T09:00:00, by = "handler@county_a", outcome = "solved", on_spot = true },'
)


def played(events: str = "") -> Play:
    raw = tomllib.loads(f'procedure = "henan/complaint"\ncase = {CASE}\nevents = [{TAKEN_IN}{events}]')
    play = Play(raw, library(), calendar())
    play.run()
    return play


@pytest.mark.clause("HN-XS-01")
def test_a_case_closed_late_is_late_by_two_working_days():
    play = played(SUPERVISED + CLOSED)
    found = dues(play.main.procedure, play.main.view, play.calendar, datetime(2025, 7, 1, 9))
    due = next(d for d in found if d.answers_to("HN-XS-01"))
    assert (due.state, due.late, due.end.day) == ("met", True, date(2025, 6, 11))
    assert play.calendar.working_days_between(due.end.day, due.closed_at.date()) == 2
