"""HN-FW where an example cannot ask: moments of receipt, how late a feedback is, what a refusal told."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.clauses.test_HN_CL import due, played, taken_in

CLOSED = """
{ event = "respondent_answered", at = 2025-09-29T15:00:00, by = "handler@county_a", party = "respondent" },
{ event = "concluded", at = 2025-09-29T16:00:00, by = "handler@county_a", outcome = "solved", text = "已退款" },
"""


@pytest.mark.clause("HN-FW-01a", "HN-FW-01b")
def test_a_call_in_the_night_keeps_the_moment_of_its_receipt():
    day = '{ event = "registered", at = 2025-09-29T10:00:00, by = "intake_officer@city" },'
    night = """
    { event = "recording_left", at = 2025-10-01T03:00:00, by = "system", phone = "13800000001", file = "录音" },
    { event = "registered", at = 2025-10-09T08:40:00, by = "intake_officer@city" },
    """
    first = [played("complaint", calls, channel="phone").main.view.events[0] for calls in (day, night)]
    assert [e.occurred for e in first] == [datetime(2025, 9, 29, 10), datetime(2025, 10, 1, 3)]
    assert first[1].facts.keys() >= {"file", "phone"}


@pytest.mark.clause("HN-FW-06a")
def test_told_a_day_after_the_limit_is_one_working_day_late():
    told = (
        '{ event = "replied", at = 2025-10-10T09:00:00, by = "handler@county_a", method = "phone", text = "已退款" },'
    )
    play = played("complaint", taken_in("HN-FWEI-A1") + CLOSED + told)
    found = due(play, "fw_tell_complainant", datetime(2025, 10, 11, 9))
    assert (found.late, found.end.day, found.closed_at.date()) == (True, date(2025, 10, 9), date(2025, 10, 10))
    assert play.calendar.working_days_between(found.end.day, found.closed_at.date()) == 1


@pytest.mark.clause("HN-FW-03c")
def test_the_department_goes_with_the_notice_of_the_refusal():
    away = """
    { event = "registered", at = 2025-09-29T10:00:00, by = "intake_officer@city" },
    { event = "refused", at = 2025-09-29T11:00:00, by = "intake_officer@city", ground = ["HN-CL-09b"], text = "物业收费", basis = "暂行办法",
      refer_to = "甲县住房建设局 0990-1234567" },
    """.replace(",\n      ", ", ")
    notices = [n for _, n in played("complaint", away, within_duties=False).notices if "HN-FW-03c" in n.clauses]
    assert [(n.to, n.about, n.contents) for n in notices] == [("complainant", "other_body", ("refer_to",))]


@pytest.mark.clause("HN-FW-04b")
def test_a_request_to_stand_aside_moves_no_limit():
    asked = """
    { event = "recusal_requested", at = 2025-09-29T14:00:00, by = "respondent", officer = "handler@county_a", reason = "亲属" },
    { event = "recusal_decided", at = 2025-09-30T14:00:00, by = "leader@county_a", officer = "handler@county_a", granted = true },
    """
    now = datetime(2025, 9, 30, 18)
    before, after = (
        due(played("complaint", taken_in("HN-FWEI-A1") + more), "fl_conclude", now) for more in ("", asked)
    )
    assert before.end.day == after.end.day == date(2025, 10, 15)
