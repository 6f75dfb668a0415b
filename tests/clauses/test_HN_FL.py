"""HN-FL where an example cannot ask: what is kept of a dispatch and of a return, how late something is."""

from __future__ import annotations

import tomllib
from datetime import date, datetime

import pytest

from huiyin.core.dues import dues
from huiyin.core.examples import Play
from huiyin.core.model import Event
from tests.support.shipped import calendar, library

CASE = '{ channel = "phone", subject = "电热水壶质量", what = "使用两天即不通电", demand = "退款199元" }'
TAKEN_IN = """
{ event = "registered", at = 2025-09-28T09:00:00, recorded = 2025-09-28T09:06:00, by = "intake_officer@city", summary = "电热水壶质量纠纷" },
{ event = "accepted", at = 2025-09-28T09:20:00, by = "intake_officer@city", basis = "HN-FWEI-A1", text = "符合受理条件" },
"""
SENT = '{ event = "dispatched", at = 2025-09-28T10:00:00, by = "intake_officer@city", to = "county_a", basis = "HN-CL-03" },'
BACK = '{ event = "returned", at = 2025-09-29T10:00:00, by = "handler@county_a", reason = "经营者在乙县" },'
ON = """{ event = "dispatched", at = 2025-09-29T15:00:00, by = "unit_head@city", to = "county_b", basis = "HN-CL-03", reason = "已迁至乙县" },"""


def played(events: str) -> Play:
    raw = tomllib.loads(f'procedure = "henan/complaint"\ncase = {CASE}\nevents = [{TAKEN_IN}{events}]')
    play = Play(raw, library(), calendar())
    play.run()
    return play


def entry(event: Event) -> tuple[str, str | None, str, str, date]:
    return event.name, event.actor.unit, event.actor.person, event.facts["to"], event.occurred.date()


@pytest.mark.clause("HN-FL-01a")
def test_receipt_and_registration_are_two_moments_and_both_are_kept():
    first = played("").main.view.events[0]
    assert (first.occurred, first.recorded) == (datetime(2025, 9, 28, 9), datetime(2025, 9, 28, 9, 6))


@pytest.mark.clause("HN-FL-02b")
def test_the_chain_of_a_case_can_be_read_in_order():
    chain = [e for e in played(SENT + BACK + ON).main.view.events if e.name in ("dispatched", "returned")]
    assert [entry(e) for e in chain] == [
        ("dispatched", "city", "intake_officer@city", "county_a", date(2025, 9, 28)),
        ("returned", "county_a", "handler@county_a", "city", date(2025, 9, 29)),
        ("dispatched", "city", "unit_head@city", "county_b", date(2025, 9, 29)),
    ]
    assert [e.facts.get("basis") for e in chain] == ["HN-CL-03", None, "HN-CL-03"]


@pytest.mark.clause("HN-FL-02b")
def test_an_entry_that_was_voided_is_still_there():
    void = (
        '{ event = "annulled", at = 2025-09-28T11:00:00, by = "intake_officer@city", event_no = 3, reason = "误操作" },'
    )
    view = played(SENT + void).main.view
    assert [e.name for e in view.events].count("dispatched") == 1
    assert "dispatched" not in view.by_name


@pytest.mark.clause("HN-FL-04b", "HN-FL-06")
def test_the_reason_of_a_return_goes_with_the_notice_to_the_dispatcher():
    notices = [n for _, n in played(SENT + BACK).notices if "HN-FL-04b" in n.clauses]
    assert [(n.to, n.contents) for n in notices] == [("city", ("reason",))]


@pytest.mark.clause("HN-FL-07b", "HN-FL-05a")
def test_the_delay_of_a_matter_is_counted_in_working_days():
    done = '{ event = "received", at = 2025-09-28T11:00:00, by = "intake_officer@county_a" },'
    done += '{ event = "concluded", at = 2025-10-22T10:00:00, by = "handler@county_a", outcome = "solved", on_spot = true },'
    play = played(SENT + done)
    due = next(
        d for d in dues(play.main.procedure, play.main.view, play.calendar, play.now()) if d.name == "fl_conclude"
    )
    assert (due.late, due.end.day, due.closed_at.date()) == (True, date(2025, 10, 14), date(2025, 10, 22))
    assert play.calendar.working_days_between(due.end.day, due.closed_at.date()) == 6
    assert play.calendar.working_days_between(date(2025, 9, 30), date(2025, 10, 15)) == 6
