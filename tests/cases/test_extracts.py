"""Figures for outside a case: what departments have solved, what is known of a business. Nobody is named in them."""

import json
from datetime import date, datetime, timedelta

import pytest

from huiyin.cases import clock, extracts
from huiyin.cases.actions import record
from tests.cases.office import FACTS, PARTIES, a_case, officer

CODE = "91990121MA9A000375"
YEAR = (date(2015, 1, 1), date(2015, 12, 31))


def against(code=CODE, kind="complaint", at=datetime(2015, 3, 2, 9), unit="county_a"):
    """A case against the business, at a county."""
    parties = [PARTIES[0], {**PARTIES[1], "credit_code": code}]
    case = a_case(at, facts={**FACTS, "kind": kind}, parties=parties)
    with clock.at(at + timedelta(hours=1)):
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": unit})
        record(case, "received", by=officer("intake_officer", unit))
    return case


def concluded(case, outcome, at=datetime(2015, 3, 9, 9), unit="county_a"):
    with clock.at(at):
        record(case, "concluded", by=officer("handler", unit), facts={"outcome": outcome})
    return case


@pytest.mark.clause("XX-01j")
def test_the_credit_extract_of_a_business_counts_by_its_code_and_names_nobody():
    for outcome in ("settled", "settled", "not_settled"):
        concluded(against(), outcome)
    concluded(against(kind="report"), "founded")
    concluded(against(code="91990121MA9A00010D"), "settled")  # another business
    concluded(against(at=datetime(2016, 3, 1, 9)), "settled", datetime(2016, 3, 9, 9))  # another year
    found = extracts.credit(["city", "county_a"], CODE.lower(), *YEAR)
    assert (found.complaints, found.settled, found.failed) == (3, 2, 1)
    assert (found.reports, found.substantiated) == (1, 1)
    text = json.dumps(found.plain(), ensure_ascii=False)
    assert not any(secret in text for secret in ("李四方", "13800138000", "城关一路", "甲县商店"))
    assert extracts.credit(["county_b"], CODE, *YEAR).complaints == 0


def test_penalties_stand_with_the_number_of_the_decision_and_ended_mediation_is_counted():
    case = against()
    with clock.at(datetime(2015, 3, 3, 9)):
        record(case, "mediation_ended", by=officer("mediator", "county_a"), facts={"text": "商店拒绝调解"})
        record(
            case,
            "document_made",
            by=officer("handler", "county_a"),
            facts={"document": "penalty_decision", "doc_no": "甲市监罚〔2015〕7号"},
        )
    concluded(case, "penalised")
    found = extracts.credit(["city"], CODE, *YEAR)
    assert (found.mediation_ended, found.penalties, found.decisions) == (1, 1, ("甲市监罚〔2015〕7号",))


def test_what_is_no_code_is_said_to_be_none():
    with pytest.raises(extracts.BadCode):
        extracts.credit(["city"], "12", *YEAR)


@pytest.mark.clause("JK-SB-04-1a")
def test_open_and_solved_cases_of_each_department_as_on_a_day():
    for _n in range(9):
        concluded(against(), "settled", datetime(2015, 3, 20, 9))
    for _n in range(2):
        against()
    late = concluded(against(), "settled", datetime(2015, 4, 1, 9))  # still open at the end of March
    against(unit="county_b")
    against(at=datetime(2015, 4, 2, 9))  # not there yet
    units = extracts.units_of(officer("leader", "city"))
    march = {d.unit: (d.open, d.solved) for d in extracts.departments(units, date(2015, 3, 1), date(2015, 3, 31))}
    assert march == {"county_a": (3, 9), "county_b": (1, 0)}
    april = {d.unit: (d.open, d.solved) for d in extracts.departments(units, date(2015, 4, 1), date(2015, 4, 30))}
    assert april == {"county_a": (3, 1), "county_b": (1, 0)}
    with clock.at(datetime(2015, 4, 20, 9)):
        record(late, "reopened", by=officer("unit_head", "city"), facts={"reason": "对结果不满意"})
    again = {
        d.unit: (d.open, d.solved) for d in extracts.departments(["county_a"], date(2015, 4, 1), date(2015, 4, 30))
    }
    assert again["county_a"] == (4, 0)
