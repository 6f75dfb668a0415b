"""Corrections: who may take back what, and what followed by itself falls or is written with them."""

import pytest

from tests.core.mini import USUAL, holds, stage

RULES = """
[[limit]]
name = "conclude"
target = "conclude"
from = "received"
to = "concluded"
within = { n = 7, unit = "working_day" }
clause = "A"
says = "七个工作日内办结"
[[limit]]
name = "urgent"
from = { event = "marked", where = { mark = "urgent" } }
to = "concluded"
within = { fact = "due" }
clause = "U"
says = "紧急的按指定时间"
[[step]]
event = "marked"
after = "registered"
by = ["supervisor@function:centre"]
clause = "U"
says = "中心标记"
[[reaction]]
on = { event = "called_back", where = { satisfaction = "dissatisfied" } }
then = [{ event = "reopened" }, { event = "breach_recorded", sort = "dissatisfied", unit = "handling_unit", clause = "B" }]
clause = "B"
says = "不满意的重新办理并追究"
[[reaction]]
on = { limit_passed = "A" }
then = [{ event = "breach_recorded", sort = "overdue", unit = "handling_unit", clause = "A" }]
clause = "L"
says = "逾期即记"
[[extension]]
of = ["A"]
exactly = { n = 5, unit = "working_day" }
approved_by = ["unit_head@sender"]
clause = "E"
says = "经转办单位同意，延长五个工作日"
"""
DONE = """
{ event = "concluded", at = 2025-09-17T09:00:00, by = "handler@county_a", outcome = "solved", text = "x" },
{ event = "called_back", at = 2025-09-18T09:00:00, by = "caller_back@city", satisfaction = "%s", label = "c" },
"""
MARK = '{ event = "marked", at = 2025-09-15T12:00:00, by = "supervisor@city", mark = "urgent", due = 2025-09-16, label = "m" },'


def annul(of: str, by: str, at: str = "2025-09-19T09:00:00") -> str:
    return f'{{ event = "annulled", at = {at}, by = "{by}", re = "{of}", reason = "误录" }},'


def amend(of: str, by: str, field: str, now_is: str, at: str = "2025-09-19T09:00:00") -> str:
    return f'{{ event = "amended", at = {at}, by = "{by}", re = "{of}", field = "{field}", now_is = {now_is}, reason = "误录" }},'


@pytest.mark.parametrize("by", ["handler@county_a", "unit_head@county_a", "intake_officer@county_b"])
def test_what_another_unit_decided_is_not_taken_back(by: str):
    holds(RULES, MARK + annul("m", by), "refused = true\nrunning = ['U']")
    holds(RULES, MARK + amend("m", by, "due", "2025-10-31"), "refused = true\ndue = { U = 2025-09-16 }")


def test_who_may_not_take_it_back_sees_the_clause_it_rests_on():
    holds(RULES, MARK + annul("m", "handler@county_a"), 'refused = ["U"]')
    holds(RULES, MARK + annul("m", "supervisor@city"), "not_owed = ['U']")


def test_what_somebody_recorded_he_sets_right_himself():
    holds(RULES, DONE % "basically" + amend("c", "caller_back@city", "satisfaction", '"satisfied"'), "round = 1")
    other = "caller_back@city#2"
    holds(RULES, DONE % "basically" + amend("c", other, "satisfaction", '"satisfied"'), "refused = true")


def test_who_recorded_something_is_offered_to_correct_it():
    told = DONE % "basically"
    holds(RULES, told, 'as = "caller_back@city"\noffers = ["amended", "annulled"]')
    holds(RULES, told, 'as = "caller_back@city#2"\nbars = ["amended", "annulled"]')


def test_facts_of_the_case_are_set_right_by_who_has_it():
    before = USUAL.replace(
        'by = "intake_officer@city" },', 'by = "intake_officer@city", channel = "phone", label = "r" },', 1
    )
    played = stage(RULES, amend("r", "handler@county_a", "channel", '"visit"'), before)
    assert played.main.view.case_facts()["channel"] == "visit"
    holds(RULES, amend("r", "handler@county_a", "at", "2025-09-14T09:00:00"), "refused = true", before)


def test_what_followed_by_itself_falls_with_it():
    taken = DONE % "dissatisfied"
    holds(RULES, taken, 'round = 2\nwritten = ["reopened", "breach_recorded"]')
    played = stage(RULES, taken + annul("c", "caller_back@city"))
    assert not {"reopened", "breach_recorded"} & set(played.main.view.by_name)
    assert played.main.view.round == 1


def test_what_somebody_acted_upon_stays():
    acted = DONE % "dissatisfied" + (
        '{ event = "contacted", at = 2025-09-18T15:00:00, by = "handler@county_a", party = "complainant", reached = true },'
    )
    view = stage(RULES, acted + annul("c", "caller_back@city")).main.view
    assert "reopened" in view.by_name
    assert "breach_recorded" not in view.by_name


def test_a_corrected_fact_takes_away_or_brings_what_follows_from_it():
    good = amend("c", "caller_back@city", "satisfaction", '"satisfied"')
    bad = amend("c", "caller_back@city", "satisfaction", '"dissatisfied"')
    holds(RULES, DONE % "dissatisfied" + good, "round = 1")
    holds(RULES, DONE % "satisfied" + bad, 'round = 2\nwritten = ["reopened", "breach_recorded"]')
    view = stage(RULES, DONE % "dissatisfied" + amend("c", "caller_back@city", "text", '"又说一遍"')).main.view
    assert len(view.by_name["breach_recorded"]) == 1


def test_an_annulment_annulled_brings_back_what_fell():
    back = annul("c", "caller_back@city").replace("},", ', label = "n" },') + annul("n", "caller_back@city")
    view = stage(RULES, DONE % "dissatisfied" + back).main.view
    assert (view.round, len(view.by_name["breach_recorded"])) == (2, 1)


def test_an_approval_annulled_takes_the_extension_with_it():
    granted = """
    { event = "extension_requested", at = 2025-09-16T09:00:00, by = "handler@county_a", reason = "x", label = "q" },
    { event = "approved", at = 2025-09-16T10:00:00, by = "unit_head@city", re = "q", label = "ok" },
    """
    holds(RULES, granted, "due = { A = 2025-09-30 }")
    holds(RULES, granted + annul("ok", "unit_head@city"), "due = { A = 2025-09-24 }")


def test_a_receipt_annulled_takes_the_fault_of_its_limit_with_it():
    before = USUAL.replace('by = "intake_officer@county_a" },', 'by = "intake_officer@county_a", label = "r" },')
    late = annul("r", "intake_officer@county_a", "2025-10-09T09:00:00")
    assert "breach_recorded" not in stage(RULES, late, before).main.view.by_name


def test_a_self_dispatch_annulled_takes_its_receipt_with_it():
    own = """
    { event = "registered", at = 2025-09-15T09:00:00, by = "intake_officer@city" },
    { event = "dispatched", at = 2025-09-15T10:00:00, by = "intake_officer@city", to = "city", dispatch_kind = "self", label = "d" },
    """
    holds(RULES, annul("d", "intake_officer@city"), "not_owed = ['A']", own)


def test_a_corrected_time_is_one_the_event_can_have_had():
    before = USUAL.replace('by = "intake_officer@county_a" },', 'by = "intake_officer@county_a", label = "r" },')
    for wrong in ("2025-09-15T09:30:00", "2025-09-20T09:00:00"):  # before the dispatch; after the correction itself
        holds(RULES, amend("r", "intake_officer@county_a", "at", wrong), "refused = true", before)
    holds(RULES, amend("r", "intake_officer@county_a", "at", "2025-09-16T09:00:00"), "due = { A = 2025-09-25 }", before)
