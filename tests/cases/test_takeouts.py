"""Material that leaves the office: nothing of a secret case without agreement, and what is not back is overdue."""

from datetime import date, timedelta

import pytest

from huiyin.cases import clock, takeouts
from huiyin.cases.actions import record, register
from huiyin.cases.models import Event, Link
from huiyin.core.model import Refused
from huiyin.dues.models import Due
from huiyin.org import procedures
from tests.cases.office import MONDAY, a_case, officer

ITEMS, WHY, UNTIL = ["案件表"], "向市局汇报", date(2026, 5, 20)


def henan():
    found = next(a for a in procedures.adopted("county_a") if a.procedure == "henan/report")
    return procedures.procedure_for(found.hash)


def at(day):
    return clock.at(MONDAY + timedelta(days=day))


@pytest.mark.clause("HN-BM-05b")
def test_an_export_of_secret_cases_waits_for_agreement_and_is_out_until_it_is_back():
    handler, leader = officer("handler", "county_a"), officer("leader", "county_a")
    facts = {"channel": "phone", "what": "销售过期食品", "real_name": True, "subject": "过期食品"}
    people = [
        {"role": "complainant", "name": "王某", "phone": "13800000001"},
        {"role": "respondent", "name": "示例超市", "address": "示例路1号"},
    ]
    with at(0):
        cases = [
            register(henan(), "county_a", by=officer("intake_officer", "county_a"), facts=facts, parties=people)
            for _n in range(3)
        ]
        assert takeouts.held_back(handler, cases) == cases
    wanted = {"carrier": takeouts.EXPORT, "officer": handler.person.key, "items": ITEMS, "purpose": WHY, "until": UNTIL}
    with at(1):
        with pytest.raises(Refused) as refused:
            record(cases[0], takeouts.TAKEN, by=handler, facts=wanted)
        assert refused.value.clauses == ("HN-BM-05b",)
        assert not Event.objects.filter(name="taken_out").exists()
        for case in cases:
            record(case, "proposed", by=handler, facts={"for": takeouts.TAKEN, **wanted})
            record(case, "approved", by=leader)
            record(case, takeouts.TAKEN, by=handler, facts=wanted)
        assert takeouts.held_back(handler, cases) == []
        assert takeouts.held_back(officer("handler", "county_a", 2), cases) == cases
    with at(12):
        assert [one.overdue(clock.now().date()) for one in takeouts.out([c.pk for c in cases])] == [True] * 3
        assert takeouts.held_back(handler, cases) == cases
        assert Due.objects.filter(clauses__contains="HN-BM-05b", state="running").count() == 3
        for one in takeouts.out([cases[0].pk, cases[1].pk]):
            record(one.case_id, takeouts.BACK, by=handler, re=(one.seq,))
        assert [one.case_id for one in takeouts.out([c.pk for c in cases])] == [cases[2].pk]


def test_an_ordinary_case_or_one_whose_rules_ask_for_nothing_is_not_held_back():
    case = a_case()
    assert takeouts.held_back(officer("handler", "city"), [case]) == []


@pytest.mark.clause("BS-2-1-08a")
def test_the_case_of_the_supplier_is_linked_upward_of_the_stalls():
    rules = next(a for a in procedures.adopted("campaign_office") if a.procedure == "beishan/report")
    rules = procedures.procedure_for(rules.hash)
    intake, inspector = officer("intake_officer", "city"), officer("enforcement_officer", "city")
    facts = {"channel": "phone", "what": "书摊出售盗版光盘", "campaign": "2011-打假-8"}
    with at(0):
        stall, wholesaler = (register(rules, "city", by=intake, facts=facts) for _n in range(2))
    with at(1):
        with pytest.raises(Refused):
            record(stall, "linked", by=inspector, facts={"with": wholesaler.number, "relation": "upstream"})
        traced = {"seller": "批发商Q", "buyer": "书摊", "traded_on": date(2026, 5, 1), "doc_no": "0012345"}
        record(stall, "supply_traced", by=inspector, facts=traced)
        record(stall, "linked", by=inspector, facts={"with": wholesaler.number, "relation": "upstream"})
    found = set(Link.objects.values_list("case_id", "other_id", "relation"))
    assert found == {(stall.pk, wholesaler.pk, "upstream"), (wholesaler.pk, stall.pk, "downstream")}
    assert "批发商Q" not in Event.objects.get(name="supply_traced").body
