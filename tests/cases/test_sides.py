"""What a respondent gets of a case, and what the two sides write to each other."""

import pytest

from huiyin.cases import sides
from huiyin.cases.actions import record
from huiyin.cases.people import Outside
from huiyin.cases.queries import open_case
from huiyin.cases.timeline import Timeline
from huiyin.core.model import Refused
from tests.cases.office import PARTIES, a_case, officer

pytestmark = pytest.mark.django_db
OFFICER = ("intake_officer", "city")
SHOP, OTHER = Outside("respondent", "2"), Outside("respondent", "3")
WHO = Outside("complainant", "1")


def told(case, by):
    seen = Timeline(open_case(case), by)
    rows = [(row.name, [f.value for f in row.facts if f.state == "plain"]) for row in seen.rows()]
    return dict(rows), str(rows) + str(seen.parties())


@pytest.fixture
def case():
    """A complaint about two shops."""
    return a_case(parties=[*PARTIES, {"role": "respondent", "name": "乙县商店", "respondent_kind": "business"}])


def test_a_respondent_gets_what_is_addressed_to_it_and_nothing_of_the_other_side(case):
    clerk = officer(*OFFICER)
    record(case, "evidence_added", by=WHO, facts={"party": "1", "items": ["发票一张"]})
    record(case, "respondent_notified", by=clerk, facts={"party": "2", "text": "请说明情况，电话0371-65551234"})
    record(case, "note_added", by=clerk, facts={"text": "内部备注"})
    rows, text = told(case, SHOP)
    assert set(rows) == {"respondent_notified"}
    assert "请说明情况，电话0371-65551234" in text
    for secret in (PARTIES[0]["name"], PARTIES[0]["phone"], "发票一张", "内部备注", "漏水"):
        assert secret not in text
    assert told(case, OTHER)[0] == {}  # it was the other shop that was asked


def test_a_notice_that_names_nobody_is_for_every_respondent(case):
    record(case, "respondent_notified", by=officer(*OFFICER), facts={"text": "请说明情况"})
    assert set(told(case, SHOP)[0]) == set(told(case, OTHER)[0]) == {"respondent_notified"}
    assert "respondent_notified" not in told(case, WHO)[0]


def test_an_offer_goes_to_the_other_side_and_the_answer_comes_back(case):
    (offer,) = record(
        case, "settlement_offered", by=SHOP, facts={"party": "2", "text": "退款并道歉", "settled_fen": 19900}
    )
    view = open_case(case).view
    assert sides.for_whom(view, view.by_seq[offer.seq]) == {"1"}
    assert [e.seq for e in sides.open_offers(view, "1")] == [offer.seq]
    assert "退款并道歉" in told(case, WHO)[1]
    assert "settlement_offered" not in told(case, OTHER)[0]
    record(
        case, "settlement_answered", by=WHO, facts={"party": "1", "agreed": False, "text": "还要运费"}, re=(offer.seq,)
    )
    assert sides.open_offers(open_case(case).view, "1") == []
    assert "还要运费" in told(case, SHOP)[1]
    assert "settlement_answered" not in told(case, OTHER)[0]
    (back,) = record(case, "settlement_offered", by=WHO, facts={"party": "1", "to": ["2"], "text": "退款加运费"})
    view = open_case(case).view
    assert [e.seq for e in sides.open_offers(view, "2")] == [back.seq]
    assert sides.open_offers(view, "3") == []
    record(case, "settled", by=officer(*OFFICER), facts={"text": "退款加运费"})
    assert sides.open_offers(open_case(case).view, "2") == []


def test_what_an_officer_writes_down_for_a_party_is_that_partys(case):
    record(case, "settlement_offered", by=officer(*OFFICER), facts={"party": "2", "text": "电话里说愿意退款"})
    assert "电话里说愿意退款" in told(case, WHO)[1]
    assert "settlement_offered" not in told(case, OTHER)[0]


def test_a_report_is_no_dispute_between_two():
    case = a_case(
        facts={"kind": "report", "what": "销售过期食品"}, parties=[{**PARTIES[0], "role": "reporter"}, PARTIES[1]]
    )
    with pytest.raises(Refused):
        record(case, "settlement_offered", by=SHOP, facts={"party": "2", "text": "愿意私了"})
