"""Ladders: what a confirmed breach offers by how many there were, over all cases, in their windows and on separate tracks."""

from __future__ import annotations

import pytest

from huiyin.core.errors import RuleError
from tests.core.mini import holds, rule_set

LADDER = """
[[ladder]]
name   = "promise"
counts = { event = "breach_confirmed", where = { sort = "service" }, same = "officer", window = { setting = "breach_window" } }
steps  = [
  { n = 1, offers = ["criticism", "admonition"], requires = ["apologised"], clause = "T-1" },
  { n = 2, offers = ["circular"], lighter_needs = "reason", clause = "T-2" },
  { n = 3, and_more = true, offers = ["efficiency_warning", "transfer_from_post"], clause = "T-3" },
]
clause = "T-1"
says   = "违诺按次数追责"
[[ladder]]
name   = "integrity"
counts = { event = "breach_confirmed", where = { sort = "integrity" }, same = "officer" }
steps  = [{ n = 1, and_more = true, offers = ["efficiency_warning", "party_discipline"], needs = ["reason"] }]
clause = "T-4"
says   = "违反廉政承诺"
[[setting]]
name    = "breach_window"
type    = "period"
default = { n = 1, unit = "year" }
clause  = "T-1"
says    = "累计期间由本单位定"
"""
WHO = 'officer = "handler@county_a"'


def breach(at: str, sort: str = "service", who: str = WHO, more: str = "") -> str:
    return f"""{{ event = "breach_recorded", at = {at}T09:00:00, by = "supervisor@city", sort = "{sort}", {who} {more} }},
{{ event = "breach_confirmed", at = {at}T10:00:00, by = "unit_head@county_a" {more} }},"""


def sanction(what: str, at: str = "2025-10-20", more: str = "") -> str:
    return f'{{ event = "sanction_decided", at = {at}T11:00:00, by = "leader@county_a", sanction = "{what}" {more} }},'


def other(*days: str, who: str = WHO, sort: str = "service") -> str:
    """Earlier cases in which such breaches were confirmed on these days."""
    cases = [
        f"""case_{i} = {{ events = [
  {{ event = "registered", at = {day}T08:00:00, by = "intake_officer@county_a" }},
  {{ event = "breach_recorded", at = {day}T09:00:00, by = "supervisor@city", sort = "{sort}", {who} }},
  {{ event = "breach_confirmed", at = {day}T10:00:00, by = "unit_head@county_a" }},
] }}"""
        for i, day in enumerate(days)
    ]
    return "\n[cases]\n" + "\n".join(cases)


def test_the_first_breach_offers_the_first_step_and_no_other():
    holds(
        LADDER,
        breach("2025-10-20"),
        'sanctions = ["criticism", "admonition"]\nno_sanctions = ["circular", "efficiency_warning"]',
    )
    holds(LADDER, breach("2025-10-20") + sanction("circular"), 'refused = "T-1"')
    holds(LADDER, breach("2025-10-20") + sanction("criticism"), 'sanctions = ["criticism"]')


def test_a_decision_that_names_the_record_answers_what_confirms_it():
    labelled = breach("2025-10-20").replace('service",', 'service", label = "b",', 1)
    holds(LADDER, labelled + sanction("circular", more=', re = "b"'), 'refused = "T-1"')
    holds(LADDER, labelled + sanction("criticism", more=', re = "b"'), 'sanctions = ["criticism"]')


def test_breaches_of_the_same_officer_in_other_cases_count_within_the_window():
    holds(LADDER, breach("2025-10-20"), 'sanctions = ["circular"]\nno_sanctions = ["criticism"]' + other("2025-03-10"))
    holds(LADDER, breach("2025-10-20"), 'sanctions = ["efficiency_warning"]' + other("2025-03-10", "2025-05-12"))
    holds(
        LADDER,
        breach("2025-10-20"),
        'sanctions = ["efficiency_warning"]' + other("2025-03-10", "2025-05-12", "2025-06-12"),
    )
    holds(LADDER, breach("2025-10-20"), 'sanctions = ["criticism"]' + other("2024-10-19"))  # more than a year ago
    holds(
        LADDER,
        breach("2025-10-20"),
        'sanctions = ["circular"]\nsettings = { breach_window = { n = 2, unit = "year" } }' + other("2024-10-19"),
    )


def test_another_officer_and_another_sort_are_another_count():
    holds(
        LADDER,
        breach("2025-10-20"),
        'sanctions = ["criticism"]' + other("2025-03-10", who='officer = "handler@county_b"'),
    )
    holds(LADDER, breach("2025-10-20"), 'sanctions = ["criticism"]' + other("2025-03-10", sort="integrity"))
    holds(LADDER, breach("2025-10-20", "integrity"), 'sanctions = ["party_discipline"]\nno_sanctions = ["criticism"]')
    holds(LADDER, breach("2025-10-20", "attitude"), "no_sanctions = true")


def test_two_breaches_in_one_case_are_two():
    holds(LADDER, breach("2025-10-20") + breach("2025-10-21"), 'sanctions = ["circular"]')


def test_a_lighter_decision_needs_its_reason_where_the_step_allows_one():
    second = other("2025-03-10")
    for what in ("criticism", "none"):
        holds(LADDER, breach("2025-10-20") + sanction(what), 'refused = "T-2"' + second)
        holds(LADDER, breach("2025-10-20") + sanction(what, more=', reason = "情节轻微"'), "not_late = []" + second)
    holds(LADDER, breach("2025-10-20") + sanction("pay_cut", more=', reason = "x"'), 'refused = "T-2"' + second)
    third = other("2025-03-10", "2025-05-12")
    holds(LADDER, breach("2025-10-20") + sanction("criticism", more=', reason = "x"'), 'refused = "T-3"' + third)


def test_a_step_may_ask_for_facts_of_the_decision():
    holds(LADDER, breach("2025-10-20", "integrity") + sanction("party_discipline"), 'refused = "T-4"')
    holds(
        LADDER,
        breach("2025-10-20", "integrity") + sanction("party_discipline", more=', reason = "较重"'),
        "not_late = []",
    )


def test_the_case_is_not_closed_before_what_the_step_requires():
    closing = '{ event = "concluded", at = 2025-10-21T09:00:00, by = "handler@county_a", outcome = "solved" },'
    holds(LADDER, breach("2025-10-20") + closing, 'refused = "T-1"')
    holds(LADDER, breach("2025-10-20"), 'bars = "concluded"\nas = "handler@county_a"')
    sorry = '{ event = "apologised", at = 2025-10-20T12:00:00, by = "unit_head@county_a", to = "complainant" },'
    holds(LADDER, breach("2025-10-20") + sorry + closing, 'stage = "conclusion"')


def test_a_breach_of_nobody_cannot_be_confirmed():
    holds(LADDER, breach("2025-10-20", who='text = "x"'), 'refused = "T-1"')


def test_the_calendar_year_can_be_the_window_by_a_setting():
    rules = LADDER.replace('window = { setting = "breach_window" }', 'year = { setting = "breach_year" }') + (
        '[[setting]]\nname = "breach_year"\ntype = "text"\ndefault = "rolling"\nclause = "T-1"\nsays = "自然年度或滚动一年"\n'
    )
    before = other("2024-12-30")
    holds(rules, breach("2025-10-20"), 'sanctions = ["circular"]' + before)
    holds(rules, breach("2025-10-20"), 'sanctions = ["criticism"]\nsettings = { breach_year = "calendar" }' + before)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("n = 2", "n = 3", "each n once"),
        ('"circular"', '"flogging"', "flogging"),
        ('"apologised"', '"bowed"', "bowed"),
        ('lighter_needs = "reason"', 'lighter_needs = "mood"', "mood"),
        ('same = "officer", window', 'same = "planet", window', "planet"),
        ('sort = "service"', 'sort = "noise"', "noise"),
        (
            'and_more = true, offers = ["efficiency_warning", "transfer',
            'more = true, offers = ["efficiency_warning", "transfer',
            "unknown key",
        ),
    ],
)
def test_a_mistake_in_a_ladder_is_named(old, new, says):
    with pytest.raises(RuleError, match=says):
        rule_set(LADDER.replace(old, new))
