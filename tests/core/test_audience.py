"""Who may never see what: material of the complainant and the other side, leaders' words and parties, the whole case and all but a few."""

from __future__ import annotations

import pytest

from huiyin.core import audience
from huiyin.core.errors import RuleError
from tests.core.mini import holds, rule_set, stage

RULES = """
[[audience]]
of           = { from = ["complainant", "reporter"], sort = ["original", "copy"] }
never        = ["respondent", "unit_of:respondent", "officers_of:respondent"]
even_through = ["parent_of:respondent"]
allows       = "approved_summary"
clause       = "T-1"
says         = "投诉材料原件、复印件不得转给被投诉方"
[[audience]]
of     = { fact = ["complainant.*"] }
only   = ["handler@handling_unit", "intake_officer@registrar"]
clause = "T-2"
says   = "投诉人的身份只有承办人员可见"
[[audience]]
of     = { event = ["endorsed", "reported_up"] }
never  = ["complainant", "respondent"]
clause = "T-3"
says   = "领导批示不对当事人公开"
[[audience]]
of     = { case = true }
when   = { fact = "case_secrecy", is = "staff" }
only   = ["any@function:supervision_office", "intake_officer@registrar", "any@handling_unit"]
clause = "T-4"
says   = "反映廉政问题的，只有监察机构可见"
[[approval]]
event  = "dispatched"
when   = { fact = "to", is = "parent" }
by     = "leader@here"
clause = "T-5"
says   = "转交上级的摘要须经批准"
"""
CASE = 'case = { kind = "complaint", respondent = "official_agency" }\nparties = { official_agency = { unit = "county_b" } }\n'
BEFORE = """
{ event = "registered", at = 2025-09-15T09:00:00, by = "intake_officer@city", files = ["letter"], label = "letter" },
"""
PROOF = '{ event = "evidence_added", at = 2025-09-15T09:30:00, by = "intake_officer@city", sort = "copy", files = ["D1"], label = "proof" },'
FILMED = PROOF.replace('"copy"', '"electronic"')
REPORT = '{{ event = "reported_back", at = 2025-09-16T09:00:00, by = "intake_officer@city", to = "{}"{} }},'
SEND = '{{ event = "dispatched", at = 2025-09-16T09:00:00, by = "intake_officer@city", to = "{}"{} }},'


def test_the_other_side_gets_no_material_whatever_it_asks():
    for who in ("respondent", "handler@county_b", "handler@section_b1"):
        holds(RULES, PROOF, CASE + f'as = "{who}"\nhidden = ["proof", "letter"]', before=BEFORE)
    holds(RULES, PROOF, CASE + 'as = "intake_officer@city"\nshown = ["proof", "letter"]', before=BEFORE)
    holds(RULES, FILMED, CASE + 'as = "complainant"\nshown = ["proof"]', before=BEFORE)


def test_a_form_the_rule_does_not_name_is_not_kept():
    played = stage(RULES, FILMED, BEFORE)
    look = played.look()
    rule = next(a for a in look.procedure.audiences if a.clauses == ("T-1",))
    assert [e.name for e in audience.guarded(rule, look.ctx())] == ["registered"]


def test_an_act_that_would_hand_it_on_is_refused_also_through_the_unit_above():
    file = ', files = ["D1"]'
    for to in ("county_b", "section_b1"):
        holds(RULES, PROOF + REPORT.format(to, file), CASE + 'refused = "T-1"', before=BEFORE)
    holds(
        RULES, PROOF + REPORT.format("county_b", ', files = ["report"]'), CASE + 'stage = "registration"', before=BEFORE
    )
    holds(RULES, PROOF + REPORT.format("county_b", ', text = "已收到"'), CASE + 'stage = "registration"', before=BEFORE)
    holds(RULES, PROOF + SEND.format("county_b", ""), CASE + 'refused = "T-1"', before=BEFORE)
    above = CASE.replace("county_b", "section_a1")
    holds(RULES, PROOF + SEND.format("county_a", ""), above + 'refused = "T-1"', before=BEFORE)
    holds(RULES, PROOF + SEND.format("county_b", ""), above + 'stage = "dispatch"', before=BEFORE)


def test_an_approved_summary_may_go_where_the_material_may_not():
    rules = RULES.replace('{ fact = "to", is = "parent" }', '{ fact = "opinion", set = true }')
    above = CASE.replace("county_b", "section_a1")
    proposed = """{ event = "proposed", at = 2025-09-15T10:00:00, by = "intake_officer@city", for = "dispatched", to = "county_a", opinion = "摘要" },
"""
    approved = '{ event = "approved", at = 2025-09-15T11:00:00, by = "leader@city" },'
    send = SEND.format("county_a", ', opinion = "摘要"')
    holds(rules, PROOF + proposed + send, above + 'refused = "T-1"', before=BEFORE)
    holds(rules, PROOF + proposed + approved + send, above + 'stage = "dispatch"', before=BEFORE)


def test_only_those_named_get_the_identity_and_the_person_its_own():
    send = (
        SEND.format("county_a", "")
        + '{ event = "received", at = 2025-09-16T10:00:00, by = "intake_officer@county_a" },'
    )
    holds(RULES, send, CASE + 'as = "handler@county_a"\nshown = ["complainant.name", "reporter.phone"]', before=BEFORE)
    holds(RULES, send, CASE + 'as = "leader@county_a"\nhidden = ["complainant.name", "reporter.phone"]', before=BEFORE)
    holds(RULES, send, CASE + 'as = "complainant"\nshown = "complainant.name"', before=BEFORE)


def test_words_of_leaders_are_not_for_the_parties():
    word = '{ event = "endorsed", at = 2025-09-15T12:00:00, by = "leader@city", text = "先查库存", label = "word" },'
    holds(RULES, word, CASE + 'as = "complainant"\nhidden = "word"', before=BEFORE)
    holds(RULES, word, CASE + 'as = "intake_officer@city"\nshown = "word"', before=BEFORE)


def test_a_case_can_be_hidden_from_all_but_a_few():
    staff = CASE.replace('kind = "complaint"', 'kind = "complaint", case_secrecy = "staff"')
    holds(RULES, "", staff + 'as = "handler@supervision_c"\nvisible = true', before=BEFORE)
    holds(RULES, "", staff + 'as = "leader@province"\nvisible = false', before=BEFORE)
    holds(RULES, "", CASE + 'as = "leader@province"\nvisible = true', before=BEFORE)


def test_without_such_rules_nothing_is_kept():
    played = stage("", "", BEFORE)
    look = played.look()
    assert audience.withheld(look.procedure, look.view, look.actor(), look.world) is audience.NOTHING


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('of = {}\nnever = "respondent"', "says nothing"),
        ('of = { from = "nobody" }\nnever = "respondent"', "nobody"),
        ('of = { fact = "complainant.colour" }\nnever = "respondent"', "colour"),
        ('of = { event = "sneezed" }\nnever = "respondent"', "sneezed"),
        ("of = { case = true }", "never"),
        ('of = { case = true }\nnever = "respondent"\nonly = "any@here"', "never"),
        ('of = { case = true }\nnever = "county_a"', "county_a"),
        ('of = { case = true }\nnever = "respondent"\nallows = "all"', "allows"),
    ],
)
def test_a_mistake_in_an_audience_is_named(entry, says):
    with pytest.raises(RuleError, match=says):
        rule_set(f'[[audience]]\n{entry}\nclause = "T-1"\nsays = "x"')
