"""Relative places as facts of an example: the units they are when the event is recorded."""

from tests.core.mini import USUAL, holds, play, stage

LIMIT = """
[[limit]]
name = "conclude"
from = "received"
per = "hop"
to = "concluded"
within = { n = 7, unit = "working_day" }
clause = "A"
says = "七个工作日内办结"
"""


def test_a_dispatch_may_name_the_place_of_the_respondent():
    taken = USUAL.replace("intake_officer@city", "intake_officer@county_b")
    holds(LIMIT, "", "due = { A = 2025-09-24 }", taken.replace('to = "county_a"', 'to = "respondent_place"'))


def test_units_and_officers_may_stand_by_their_place():
    events = """
    { event = "unit_informed", at = 2025-09-15T12:00:00, by = "handler@county_a", to = ["function:centre", "first_dispatcher", "county_b"] },
    { event = "officers_assigned", at = 2025-09-15T12:10:00, by = "unit_head@county_a", officers = ["handler@receiver#2", "handler@county_a"] },
    """
    view = stage(LIMIT, events).main.view
    assert view.by_name["unit_informed"][0].facts["to"] == ("city", "county_b")
    assert view.by_name["officers_assigned"][0].facts["officers"] == ("handler@county_a#2", "handler@county_a")


def test_only_what_the_complainant_thinks_makes_the_red_line():
    said = """
    { event = "called_back", at = 2025-09-15T12:00:00, by = "caller_back@city", party = "PARTY", reached = true, satisfaction = "dissatisfied" },
    """
    expect = 'marks = ["dissatisfied"]'
    holds(LIMIT, said.replace("PARTY", "complainant"), expect)
    assert play(LIMIT, said.replace("PARTY", "respondent"), expect).found == {"marks": []}
