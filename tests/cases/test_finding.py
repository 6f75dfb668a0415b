"""Who is found again, one case at a time or a batch together."""

import pytest

from huiyin.cases import finding, queries
from huiyin.cases.actions import Registration, register_many
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer, procedure

AGAIN = """
[[limit]]
name   = "again"
from   = "registered"
to     = "concluded"
within = { n = 3, unit = "day" }
when   = { world = "earlier_case_of", same = ["respondent", "complainant"], is = "set" }
clause = "TRY-20"
says   = "重复投诉的三日内办结"
"""

pytestmark = pytest.mark.django_db


def parties(phone, shop="甲县商店"):
    return [{"role": "complainant", "phone": phone}, {"role": "respondent", "name": shop}]


def repeats(case):
    return "TRY-20" in {c for due in queries.limits(case) for c in due.clauses}


def test_the_same_person_about_the_same_shop_is_found(world):
    rules = procedure(AGAIN)
    a_case(rules=rules, parties=parties("13800000001"))
    assert repeats(a_case(rules=rules, parties=parties("138 0000 0001")))
    assert not repeats(a_case(rules=rules, parties=parties("13800000002")))
    assert not repeats(a_case(rules=rules, parties=parties("13800000001", "乙县商店")))


def test_a_shop_with_very_many_cases_does_not_hide_the_one(world, monkeypatch):
    monkeypatch.setattr(finding, "MOST", 2)
    rules = procedure(AGAIN)
    a_case(rules=rules, parties=parties("13800000001"))
    for number in range(2, 6):
        a_case(rules=rules, parties=parties(f"1380000000{number}"))
    assert repeats(a_case(rules=rules, parties=parties("13800000001")))


def test_a_batch_asks_for_all_its_parties_together(world, django_assert_max_num_queries):
    rules = procedure(AGAIN)
    a_case(rules=rules, parties=parties("13800000001"))
    by = officer("intake_officer", "city")
    wanted = [
        Registration(rules, "city", by, {**FACTS, "channel": "phone"}, parties(f"1380000000{number}"), MONDAY)
        for number in range(1, 9)
    ]
    with django_assert_max_num_queries(40):
        found = register_many(wanted)
    assert [repeats(case) for case in found] == [True] + [False] * 7


def test_parties_without_anything_to_find_them_by_are_nobody(world):
    rules = procedure(AGAIN)
    a_case(rules=rules, parties=[{"role": "complainant"}, {"role": "respondent"}])
    assert not repeats(a_case(rules=rules, parties=[{"role": "complainant"}, {"role": "respondent"}]))
    assert not repeats(a_case(rules=rules, parties=PARTIES))
