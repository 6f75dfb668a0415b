"""HN-CL where an example cannot ask: what is kept of a registration and a check, how late or how long something is, who is named."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest

from huiyin.core.dues import dues
from huiyin.core.examples import Play
from huiyin.core.model import Due
from tests.support.shipped import calendar, library

COMPLAINT = {"channel": "phone", "subject": "电热水壶质量", "what": "使用两天即不通电", "demand": "退款199元"}
REPORT = {"channel": "phone", "real_name": True, "subject": "销售假冒白酒", "what": "销售假冒注册商标的白酒"}
ENQUIRY = {"channel": "phone", "kind": "enquiry", "enquiry_kind": "general", "what": "询问退货的条件"}
CASES = {"complaint": COMPLAINT, "report": REPORT, "enquiry": ENQUIRY}
TAKEN_IN = """
{ event = "registered", at = 2025-09-26T15:00:00, recorded = 2025-09-26T15:06:00, by = "intake_officer@city" },
{ event = "accepted", at = 2025-09-26T15:20:00, by = "intake_officer@city", basis = "BASIS", text = "符合受理条件" },
{ event = "dispatched", at = 2025-09-29T09:00:00, by = "intake_officer@city", to = "county_a", basis = "HN-CL-03" },
{ event = "received", at = 2025-09-29T10:00:00, by = "intake_officer@county_a" },
"""
FILED = """
{ event = "document_made", at = 2025-10-14T09:00:00, by = "enforcement_officer@county_a", document = "filing_form" },
{ event = "filed", at = 2025-10-14T10:00:00, by = "leader@county_a", text = "涉嫌违法" },
"""


def played(kind: str, events: str, **case: Any) -> Play:
    facts = {**CASES[kind], **case}
    raw = tomllib.loads(f"events = [{events}]")
    play = Play({"procedure": f"henan/{kind}", "case": facts, **raw}, library(), calendar())
    play.run()
    return play


def taken_in(basis: str) -> str:
    return TAKEN_IN.replace("BASIS", basis)


def due(play: Play, name: str, now: datetime) -> Due:
    found = dues(play.main.procedure, play.main.view, play.calendar, now)
    return next(d for d in found if d.name == name)


@pytest.mark.clause("HN-CL-07")
def test_three_kinds_by_four_channels_are_twelve_registrations():
    register = '{ event = "registered", at = 2025-09-26T09:00:00, by = "intake_officer@county_a" },'
    counted: Counter[str] = Counter()
    for kind in CASES:
        for channel in ("phone", "letter", "web", "visit"):
            facts = played(kind, register, channel=channel).main.view.case_facts()
            counted.update([facts["kind"], facts["channel"]])
    assert counted == {"enquiry": 4, "complaint": 4, "report": 4, "phone": 3, "letter": 3, "web": 3, "visit": 3}


@pytest.mark.clause("HN-CL-08a", "HN-CL-06")
def test_each_step_keeps_its_moment_its_entry_and_its_officer():
    events = played("complaint", taken_in("HN-FWEI-A1")).main.view.events
    assert (events[0].occurred, events[0].recorded) == (datetime(2025, 9, 26, 15), datetime(2025, 9, 26, 15, 6))
    assert [(e.name, e.actor.person, e.occurred.hour) for e in events[1:3]] == [
        ("accepted", "intake_officer@city", 15),
        ("dispatched", "intake_officer@city", 9),
    ]


@pytest.mark.clause("HN-CL-08c")
def test_who_verified_the_respondent_and_when_stands_in_the_entry():
    check = """
    { event = "officers_assigned", at = 2025-09-29T10:30:00, by = "unit_head@county_a", duty = "handling", officers = ["handler@county_a",
      "handler@county_a#2"] },
    { event = "checked", at = 2025-09-29T15:00:00, by = "handler@county_a", check_kind = "documents", party = "respondent", text = "电话" },
    """.replace(",\n      ", ", ")
    view = played("complaint", taken_in("HN-FWEI-A1") + check).main.view
    checks = [e for e in view.by_name["checked"] if e.facts["party"] in view.party_ids("respondent") | {"respondent"}]
    assert [(e.actor.person, e.occurred.date()) for e in checks] == [("handler@county_a", date(2025, 9, 29))]


@pytest.mark.clause("HN-CL-13b")
def test_what_a_representative_hands_in_is_in_the_one_case_of_all_five():
    five = ["consumer_a", "consumer_b", "consumer_c", "consumer_d", "consumer_e"]
    joined = [
        f'{{ event = "party_added", at = 2025-09-29T10:00:00, by = "intake_officer@county_a", party = "{x}", party_role = "complainant" }},'
        for x in five[1:]
    ]
    joined += [
        f'{{ event = "consented", at = 2025-09-29T11:00:00, by = "handler@county_a", scope = "joint_handling", party = "{x}" }},'
        for x in five
    ]
    acts = f"""
    {{ event = "joint_formed", at = 2025-09-29T12:00:00, by = "handler@county_a", parties = {five} }},
    {{ event = "representatives_elected", at = 2025-09-29T12:30:00, by = "handler@county_a", parties = {five[:2]} }},
    {{ event = "evidence_added", at = 2025-09-29T14:00:00, by = "consumer_a", sort = "copy", items = ["合同"] }},
    """.replace("'", '"')
    view = played("complaint", taken_in("HN-FWEI-A1") + "".join(joined) + acts).main.view
    assert view.by_name["joint_formed"][0].facts["parties"] == tuple(five)
    assert view.party_ids("complainant") == set(five)
    assert view.by_name["evidence_added"][0].actor.party == "consumer_a"


@pytest.mark.clause("HN-CL-18")
def test_a_decision_of_the_next_day_is_late_by_one_working_day():
    play = played("report", taken_in("HN-FWEI-A2") + FILED)
    found = due(play, "cl_file", datetime(2025, 10, 20, 9))
    assert (found.late, found.end.day, found.closed_at.date()) == (True, date(2025, 10, 13), date(2025, 10, 14))
    assert play.calendar.working_days_between(found.end.day, found.closed_at.date()) == 1


@pytest.mark.clause("HN-CL-19c")
def test_ninety_days_from_filing_and_the_days_that_are_left():
    play = played("report", taken_in("HN-FWEI-A2") + FILED)
    found = due(play, "cl_close", datetime(2025, 12, 1, 9))
    assert (found.end.day, (found.end.day - date(2025, 12, 1)).days) == (date(2026, 1, 12), 42)


@pytest.mark.clause("HN-CL-17a", "HN-CL-24")
def test_what_is_closed_and_not_archived_says_since_when():
    heard = (
        '{ event = "respondent_answered", at = 2025-09-29T15:00:00, by = "handler@county_a", party = "respondent" },'
    )
    closed = '{ event = "concluded", at = 2025-09-30T10:00:00, by = "handler@county_a", outcome = "solved" },'
    for kind, basis, name in (("complaint", "A1", "cl_archive"), ("report", "A2", "cl_archive_report")):
        found = due(played(kind, taken_in(f"HN-FWEI-{basis}") + heard + closed), name, datetime(2025, 10, 20, 9))
        assert (found.state, found.end, (date(2025, 10, 20) - found.start.date()).days) == ("running", None, 20)
        assert found.owed_by == "archivist@county_a"


@pytest.mark.clause("HN-CL-23a")
def test_the_two_feedbacks_are_two_limits_with_one_end():
    heard = (
        '{ event = "respondent_answered", at = 2025-09-29T15:00:00, by = "handler@county_a", party = "respondent" },'
    )
    closed = '{ event = "concluded", at = 2025-09-30T10:00:00, by = "handler@county_a", outcome = "solved" },'
    back = '{ event = "reported_back", at = 2025-09-30T11:00:00, by = "handler@county_a", to = ["city"], outcome = "solved" },'
    play = played("complaint", taken_in("HN-FWEI-A1") + heard + closed + back)
    now = datetime(2025, 10, 9, 9)
    unit, person, limit = (due(play, n, now) for n in ("cl_feedback_assigner", "cl_feedback_person", "fl_conclude"))
    assert unit.end.day == person.end.day == limit.end.day == date(2025, 10, 15)
    assert (unit.state, person.state) == ("met", "running")
