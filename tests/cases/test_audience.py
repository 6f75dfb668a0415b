"""Rules that keep something from somebody hold on the timeline, for files, and in the lists of cases."""

from datetime import timedelta

import pytest

from huiyin.cases import clock
from huiyin.cases.access import visible_to
from huiyin.cases.actions import record
from huiyin.cases.models import Case, Wall
from huiyin.cases.people import Outside
from huiyin.cases.queries import open_case
from huiyin.cases.timeline import Timeline
from huiyin.core.model import Refused
from tests.cases.office import FACTS, MONDAY, a_case, officer, procedure

HOUR = timedelta(hours=1)
RULES = """
[[audience]]
of     = { event = "endorsed", fact = ["complainant.*", "amount_fen"] }
only   = ["intake_officer@registrar", "handler@handling_unit"]
clause = "TRY-20"
says   = "身份、金额和批示只有承办人员可见"
[[audience]]
of     = { case = true }
when   = { fact = "complaint_grounds", is = "TRY-21" }
only   = ["any@registrar", "any@function:supervision_office"]
clause = "TRY-21"
says   = "廉政问题只有登记单位和监察机构可见"
[[audience]]
of     = { from = "complainant" }
never  = ["respondent", "unit_of:respondent"]
clause = "TRY-22"
says   = "材料不得转给被诉方"
[[phrase]]
forbidden = ["急什么"]
advice    = "请先安抚"
clause    = "TRY-23"
says      = "不得使用的说法"
"""


def shown(case, by):
    found = Timeline(open_case(case), by)
    texts = {(row.name, fact.name): fact.state for row in found.rows() for fact in row.facts}
    persons = {fact.name: fact.state for facts in found.parties().values() for fact in facts if fact.name == "phone"}
    return texts, persons, {fact.name: fact.state for fact in found.case()}


def test_words_identity_and_facts_are_kept_from_all_but_those_the_rule_names():
    case = a_case(rules=procedure(RULES))
    with clock.at(MONDAY + HOUR):
        record(case, "endorsed", by=officer("leader", "city"), facts={"text": "先查库存"})
    for who, state in (
        (officer("intake_officer", "city"), {"plain", "masked"}),
        (officer("leader", "city"), {"hidden"}),
    ):
        texts, persons, facts = shown(case, who)
        assert {texts["endorsed", "text"], persons["phone"], facts["amount_fen"]} <= state
        assert facts["channel"] == "plain"
    own = Timeline(open_case(case), Outside("complainant", "1")).parties()["1"]
    assert {fact.state for fact in own} == {"plain", "masked"}, "what somebody said himself is no secret from him"


def test_a_case_that_a_rule_hides_is_not_found_by_the_other_units():
    rules = procedure(RULES)
    a_case(rules=rules, facts={**FACTS, "complaint_grounds": ["TRY-21"]})
    case = Case.objects.get()
    assert visible_to(officer("intake_officer", "city")).exists()
    assert visible_to(officer("supervisor", "supervision_c")).exists()
    assert not visible_to(officer("leader", "province")).exists()
    with clock.at(MONDAY + HOUR):
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    assert not visible_to(officer("leader", "county_a")).exists()
    assert set(Wall.objects.values_list("unit", flat=True)) == {"province", "county_a"}
    case.refresh_from_db()
    assert shown(case, officer("leader", "county_a"))[0]["registered", "what"] == "hidden"


def test_without_such_a_rule_nothing_changes():
    a_case(rules=procedure(RULES))
    assert visible_to(officer("leader", "province")).exists()
    assert not Wall.objects.exists()


def test_a_text_with_forbidden_words_is_not_recorded_though_it_is_sealed():
    case = a_case(rules=procedure(RULES))
    told = {"about": "progress", "method": "phone"}
    with clock.at(MONDAY + HOUR):
        with pytest.raises(Refused) as refused:
            record(case, "party_informed", by=officer("handler", "city"), facts={**told, "text": "急什么，过几天再说"})
        assert (refused.value.code, refused.value.clauses, refused.value.data["phrases"]) == (
            "wording",
            ("TRY-23",),
            ("急什么",),
        )
        record(case, "party_informed", by=officer("handler", "city"), facts={**told, "text": "正在办理"})
