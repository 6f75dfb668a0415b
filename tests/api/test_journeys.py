"""Two complaints through the API, from registration to archive, with three wrong turns in each that are refused with the article."""

import pytest

pytestmark = pytest.mark.django_db

KETTLE = {
    "kind": "complaint", "channel": "phone", "source": "direct", "real_name": True, "respondent_known": True, "within_duties": True,
    "within_area": True, "facts_clear": True, "subject": "电热水壶质量", "what": "电热水壶用了两天就不通电，商店不肯退换",
    "when": "9月13日上午", "where": "甲县第一商场", "who": "甲县商店营业员", "why": "商店称已拆封，不承担责任", "reasons": "保修期内出现故障",
    "demand": "退款199元", "evidence": "发票、实物", "goods": "电热水壶", "place": "mall_a", "amount_fen": 19900, "goods_use": "living",
    "proof_given": True, "summary": "电热水壶质量纠纷",
}  # fmt: skip
PARTIES = [
    {"role": "complainant", "complainant_kind": "consumer", "name": "王小明", "phone": "13812345678", "address": "甲县城关一号", "postcode": "450001",
     "area": "990121001"},
    {
        "role": "respondent", "respondent_kind": "business", "name": "甲县商店", "phone": "0990-1000001", "address": "甲县城关商场路五号",
        "area": "990121001",
    },
]  # fmt: skip


def register(office, procedure, **more):
    intake = office.person("intake_officer@city")
    facts = {
        **KETTLE,
        "first_contact": intake,
        "answered_by": intake,
        "duty_officer": office.person("duty_officer@city"),
        **more,
    }
    answer = office.as_("intake_officer@city").post(
        "/cases", {"procedure": procedure, "facts": facts, "parties": PARTIES}
    )
    assert answer.status_code == 201, answer.content.decode()
    office.number = answer.json()["number"]
    return answer.json()


def events_of(office, who="intake_officer@city"):
    return [e["name"] for e in office.as_(who).get(f"/cases/{office.number}/events").json()["items"]]


@pytest.mark.clause("JM-00c", "JM-2c", "JM-4-7a")
def test_a_jiangmen_complaint_to_the_archive(office, anybody):
    handler, city, parts = "handler@county_a", "intake_officer@city", ["course", "facts", "opinion"]
    code = register(office, "jiangmen/complaint")["code"]
    office.do(city, "party_informed", to=["1"], about="acceptance", method="phone", text="登记即受理")
    office.refused(city, "dispatched", "JM-00c", to="external:other_department", opinion="请其他部门办理")
    office.do(
        city, "dispatched", to="county_a", dispatch_kind="forward", case_subject="电热水壶", opinion="请甲县局办理"
    )
    office.do("intake_officer@county_a", "received")
    office.do("unit_head@county_a", "officers_assigned", officers=[office.person(handler)], duty="handling")
    office.do(handler, "contacted", party="1", method="phone", reached=True, text="了解经过")
    told = office.refused(handler, "concluded", "JM-2c", outcome="settled", text="商店退货退款")
    assert told["detail"]
    office.do(handler, "promised", due="2099-09-30T17:00:00", to=["1"], text="九月底前退款")
    office.refused(handler, "extended", "JM-4-7a", limit="JM-4-7a", until="2099-10-15T17:00:00", reason="商店盘点")
    office.do(
        handler,
        "checked",
        check_kind="site",
        officers=[office.person(handler)],
        party="2",
        place="mall_a",
        text="查看实物",
    )
    office.do(
        handler,
        "mediated",
        mode="on_site",
        officers=[office.person(handler)],
        parties=["1", "2"],
        place="mall_a",
        session=1,
        text="同意退款",
    )
    office.do(handler, "settled", text="退货，退款199元", settled_fen=19900, at_once=True)
    office.do(handler, "performed", party="2", full=True)
    answer = {"outcome": "settled", "opinion": "已退货退款", "parts": parts, "to": "city"}
    office.do(handler, "proposed", **{"for": "answer_submitted"}, **answer)
    office.do("unit_head@county_a", "approved", text="核对无误")
    office.do("leader@county_a", "approved", text="同意报送")
    office.do(handler, "answer_submitted", **answer)
    office.do("supervisor@city", "answer_passed", text="回复事实清楚")
    office.do(handler, "replied", to=["1"], method="phone", parts=parts, text="退款已到账，本件办结")
    office.do(handler, "concluded", outcome="settled", finding="founded", recovered_fen=19900, text="商店退货退款")
    office.do(handler, "reported_back", to=["city"], method="system", outcome="settled", text="办理结果")
    office.do(
        "caller_back@city",
        "called_back",
        party="1",
        method="phone",
        reached=True,
        satisfaction="satisfied",
        text="满意",
    )
    office.do("archivist@county_a", "archived", doc_no="2026-0117", files=["登记表", "回复"])
    assert office.as_(city).get(f"/cases/{office.number}").json()["stage"] == {"code": "archive", "label": "归档"}
    tracked = anybody.get(f"/public/cases/{office.number}", code=code).json()
    assert tracked["stage"]["code"] == "archive"
    assert "退款已到账，本件办结" in str(tracked["events"])


@pytest.mark.clause("HN-FL-02a", "HN-FL-05d", "HN-FL-05b")
def test_a_henan_complaint_to_the_archive(office):
    handler, city = "handler@county_a", "intake_officer@city"
    both = [office.person(handler), office.person("handler@county_a#2")]
    register(office, "henan/complaint", material=["proof_of_purchase", "goods"])
    office.do(city, "document_made", document="registration_form", doc_no="登2026-1")
    office.do(city, "accepted", basis="HN-FWEI-A1", text="符合受理条件")
    office.do(city, "party_informed", to=["1"], about="acceptance", method="phone", text="已受理")
    office.do(city, "party_informed", to=["1"], about="keep_evidence", method="phone", text="请保存好证据和实物")
    dispatch = {"dispatch_kind": "forward", "case_subject": "电热水壶", "opinion": "请办理"}
    office.refused(city, "dispatched", "HN-FL-02a", to="county_b", **dispatch)
    office.do(city, "dispatched", to="county_a", basis="HN-CL-03", **dispatch)
    office.do(city, "document_made", document="dispatch_slip", doc_no="转办2026-1")
    office.do(city, "party_informed", to=["1"], about="dispatch", method="phone", text="已转甲县局")
    office.do("intake_officer@county_a", "received")
    office.do("unit_head@county_a", "officers_assigned", officers=both, duty="handling")
    office.do(handler, "contacted", party="1", method="phone", reached=True, text="了解情况")
    office.do(
        handler, "extension_requested", length={"n": 5, "unit": "working_day"}, limit="HN-FL-05a", reason="送检需要时间"
    )
    office.refused("unit_head@county_a", "approved", "HN-FL-05b", text="同意")
    office.do("unit_head@city", "approved", text="同意延长五个工作日")
    office.do(
        handler,
        "evidence_added",
        party="1",
        material=["proof_of_purchase", "goods"],
        sort="original",
        items=["发票", "实物"],
        files=["发票"],
    )
    office.do(
        handler,
        "checked",
        check_kind="site",
        officers=both,
        party="2",
        place="mall_a",
        signed=True,
        text="查看销售记录",
        files=["笔录"],
    )
    office.do(handler, "document_made", document="mediation_notice", doc_no="调2026-1", officers=both)
    office.do(handler, "served", document="mediation_notice", to=["2"], method="in_person")
    office.do(handler, "document_made", document="proof_of_service", doc_no="送2026-1", signed_by=["2"])
    office.do(handler, "respondent_answered", party="2", method="written", text="认可在保修期内", files=["答辩书"])
    office.do(
        handler, "evidence_added", party="2", material=["defence"], sort="original", items=["答辩书"], files=["答辩书"]
    )
    office.do(handler, "findings_made", finding="founded", text="质量问题，责任在商店")
    office.do(
        handler, "appointment_set", purpose="hearing", starts_at="2099-09-15T15:00:00", place="mall_a", officers=both
    )
    office.do(handler, "party_informed", to=["1", "2"], about="hearing", method="phone", text="定于九月调解")
    office.do(
        handler,
        "mediated",
        mode="on_site",
        officers=both,
        parties=["1", "2"],
        place="mall_a",
        session=1,
        text="双方同意退款",
        files=["调解笔录"],
    )
    office.do(
        handler, "document_made", document="mediation_record", doc_no="笔录2026-1", signed_by=["1", "2"], officers=both
    )
    office.do(handler, "settled", text="退货，退款199元", settled_fen=19900)
    office.do(
        handler,
        "document_made",
        document="mediation_agreement",
        doc_no="调书2026-1",
        signed_by=["1", "2"],
        officers=both,
    )
    office.do(handler, "served", document="mediation_agreement", to=["1", "2"], method="in_person")
    office.do(handler, "performed", party="2", full=True)
    office.do(handler, "concluded", outcome="settled", finding="founded", recovered_fen=19900, text="商店退货退款")
    office.refused("archivist@county_a", "archived", "HN-FL-05d", doc_no="2026-1", files=["登记表"])
    parts = ["course", "facts", "opinion"]
    office.do(handler, "document_made", document="result_notice", doc_no="结2026-1", parts=parts)
    office.do(handler, "replied", to=["1"], method="phone", parts=parts, text="告知处理结果")
    office.do(handler, "reported_back", to=["city"], method="system", outcome="settled", text="已办结")
    office.do(
        "caller_back@city",
        "called_back",
        party="1",
        method="phone",
        reached=True,
        satisfaction="satisfied",
        text="满意",
    )
    office.do("archivist@county_a", "archived", doc_no="2026-1", files=["登记表", "转办单", "调解笔录", "协议书"])
    assert events_of(office)[-1] == "archived"
