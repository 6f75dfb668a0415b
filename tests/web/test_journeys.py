"""Two complaints in a real browser, from the person to the archive, with three wrong turns in each that the page refuses with the article."""

import pytest
from playwright.sync_api import expect

from huiyin.org import queries
from tests.web.visitors import Citizen, fill_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KETTLE = [
    {
        "within_duties": True, "what": "买的电热水壶用了两天就不通电，商店不肯退换", "when": "9月13日上午十时", "where": "甲县第一商场",
        "who": "甲县商店营业员", "why": "商店称已拆封，不承担三包责任",
    },
    {"respondent_known": True, "respondent-name": "甲县商店", "respondent-area": "990121001"},
    {"demand": "退款199元", "amount_fen": "199", "goods": "电热水壶"},
    {"complainant-name": "王小明", "complainant-phone": "13812345678"},
]  # fmt: skip


def person(role, unit, number=1):
    """How an officer stands in the fields that name people."""
    return queries.holders(role, unit).order_by("pk")[number - 1].person.key


@pytest.mark.clause("JM-3-2a", "JM-2c", "JM-4-7a")
def test_a_jiangmen_complaint_from_the_public_form_to_the_archive(office, phone, live_server):
    citizen = Citizen(phone, live_server.url)
    office.number, code = citizen.complain(KETTLE)
    handler = person("handler", "county_a")

    office.do("intake.city", "party_informed", to="1", about="acceptance", method="web", text="登记即受理，已告知编号")
    office.refused("intake.city", "refused", "JM-3-2a", text="不属于本单位管")
    office.do(
        "intake.city",
        "dispatched",
        to="county_a",
        dispatch_kind="forward",
        case_subject="电热水壶质量纠纷",
        opinion="请甲县局办理",
    )
    office.at_once("intake.county_a", "received")
    office.do("head.county_a", "officers_assigned", officers=handler, duty="handling")
    office.do("handler.county_a", "contacted", party="1", method="phone", reached=True, text="了解购买和损坏经过")
    office.refused("handler.county_a", "concluded", "JM-2c", outcome="settled", text="商店退货退款")
    office.do("handler.county_a", "promised", due="2099-09-30T17:00", to="1", text="九月底前退款")
    office.refused(
        "handler.county_a", "extended", "JM-4-7a", limit="JM-4-7a", until="2099-10-15T17:00", reason="商店盘点"
    )
    office.do(
        "handler.county_a",
        "checked",
        check_kind="site",
        officers=handler,
        party="2",
        place="mall_a",
        text="查看实物和销售记录",
    )
    office.do(
        "handler.county_a",
        "mediated",
        mode="on_site",
        officers=handler,
        parties=["1", "2"],
        place="mall_a",
        session="1",
        text="同意退货退款",
    )
    office.do("handler.county_a", "settled", text="退货，退款199元", settled_fen="199", at_once=True)
    office.do("handler.county_a", "performed", party="2", full=True)
    parts = ["course", "facts", "opinion"]
    office.do(
        "handler.county_a",
        "proposed",
        proposed="answer_submitted",
        to="city",
        outcome="settled",
        opinion="已退货退款，建议办结",
        parts=parts,
    )
    waiting = office.page_of("head.county_a")
    waiting.goto(f"{live_server.url}/work/")
    expect(waiting.locator("#awaiting + ul")).to_contain_text("拟办：报送回复")
    office.do("head.county_a", "approved", text="核对无误")
    office.do("leader.county_a", "approved", text="同意报送")
    office.do("handler.county_a", "answer_submitted")
    office.do("supervisor.city", "answer_passed", text="回复事实清楚")
    office.do("handler.county_a", "replied", to="1", method="phone", parts=parts, text="退款已到账，本件办结")
    office.do(
        "handler.county_a", "concluded", outcome="settled", finding="founded", recovered_fen="199", text="商店退货退款"
    )
    office.do("handler.county_a", "reported_back", to=["city"], method="system", outcome="settled", text="办理结果")
    office.do(
        "callback.city", "called_back", party="1", method="phone", reached=True, satisfaction="satisfied", text="满意"
    )
    page = office.do("archive.county_a", "archived", doc_no="2026-0117", files=["登记表", "回复", "结果"])
    expect(page.locator(".case-head")).to_contain_text("归档")

    phone.goto(f"{live_server.url}/track/#{office.number}~{code}")
    phone.get_by_role("button", name="查询").click()
    expect(phone.locator(".timeline")).to_contain_text("退款已到账，本件办结")
    expect(phone.locator(".case-head")).to_contain_text("归档")


COAT = {
    "channel": "phone", "source": "direct", "complainant.name": "李小红", "complainant.phone": "13900002222", "complainant.address": "甲县城关二号",
    "complainant.postcode": "450001",
    "complainant.area": "990121001", "complainant.complainant_kind": "consumer", "respondent.name": "甲县商店",
    "respondent.respondent_kind": "business",
    "respondent.phone": "0990-1000001", "respondent.address": "甲县城关商场路五号", "respondent.area": "990121001", "summary": "羽绒服开线，要求更换",
    "what": "羽绒服第一次穿着就多处开线", "when": "上周六购买", "where": "甲县第一商场", "who": "甲县商店营业员", "why": "商店称穿着不当",
    "reasons": "保修期内出现质量问题", "subject": "羽绒服质量", "demand": "更换", "evidence": "发票、实物", "goods": "羽绒服", "place": "mall_a",
    "amount_fen": "680", "real_name": True, "respondent_known": True, "within_duties": True, "within_area": True, "facts_clear": True,
    "goods_use": "living", "proof_given": True, "material": ["proof_of_purchase", "goods"],
}  # fmt: skip


@pytest.mark.clause("HN-FL-01b", "HN-FL-02a", "HN-FL-05b")
def test_a_henan_complaint_from_the_desk_to_the_archive(office, live_server):
    one, two = person("handler", "county_a"), person("handler", "county_a", 2)
    intake = person("intake_officer", "city")
    desk = office.page_of("intake.city")
    desk.goto(f"{live_server.url}/cases/new/")
    desk.get_by_role("link", name="河南12315申诉").click()
    answers = {**COAT, "first_contact": intake, "answered_by": intake, "duty_officer": person("duty_officer", "city")}
    fill_all(desk.locator("main form"), {**answers, "occurred": "2099-01-01T09:00"})
    desk.get_by_role("button", name="登记", exact=True).click()
    expect(desk.locator(".notice.red").first).to_contain_text("晚于现在")
    expect(desk.locator("[name='what']")).to_have_value(COAT["what"])
    fill_all(desk.locator("main form"), {"occurred": ""})
    desk.get_by_role("button", name="登记", exact=True).click()
    expect(desk.locator(".notice.green")).to_contain_text("查询码")
    office.number = desk.locator("h1").inner_text()

    office.do("intake.city", "document_made", document="registration_form", doc_no="登2026-1")
    office.refused("intake.city", "dispatched", "HN-FL-01b", to="county_a", dispatch_kind="forward", opinion="请办理")
    office.do("intake.city", "accepted", basis="HN-FWEI-A1", text="符合受理条件")
    office.do(
        "intake.city", "party_informed", to="1", about="acceptance", method="phone", text="已受理，请保持电话畅通"
    )
    office.do("intake.city", "party_informed", to="1", about="keep_evidence", method="phone", text="请保存好证据和实物")
    office.refused(
        "intake.city",
        "dispatched",
        "HN-FL-02a",
        to="county_b",
        dispatch_kind="forward",
        case_subject="羽绒服质量",
        opinion="请办理",
    )
    office.do(
        "intake.city",
        "dispatched",
        to="county_a",
        dispatch_kind="forward",
        case_subject="羽绒服质量",
        opinion="请办理",
        basis="HN-CL-03",
    )
    office.do("intake.city", "document_made", document="dispatch_slip", doc_no="转办2026-1")
    office.do("intake.city", "party_informed", to="1", about="dispatch", method="phone", text="已转甲县局")
    office.do("intake.county_a", "received")
    office.do("head.county_a", "officers_assigned", officers=[one, two], duty="handling")
    office.do("handler.county_a", "contacted", party="1", method="phone", reached=True, text="了解情况")
    office.do("handler.county_a", "extension_requested", length_0="5", length_1="working_day", reason="送检需要时间")
    office.refused("head.county_a", "approved", "HN-FL-05b", text="同意")
    office.do("head.city", "approved", text="同意延长五个工作日")
    office.do(
        "handler.county_a",
        "evidence_added",
        party="1",
        material=["proof_of_purchase", "goods"],
        sort="original",
        items=["发票", "羽绒服"],
        files=["发票"],
    )
    office.do(
        "handler.county_a",
        "checked",
        check_kind="site",
        officers=[one, two],
        party="2",
        place="mall_a",
        signed=True,
        text="查看销售记录",
        files=["笔录"],
    )
    office.do("handler.county_a", "document_made", document="mediation_notice", doc_no="调2026-1", officers=[one, two])
    office.do("handler.county_a", "served", document="mediation_notice", to="2", method="in_person")
    office.do("handler.county_a", "document_made", document="proof_of_service", doc_no="送2026-1", signed_by="2")
    office.do(
        "handler.county_a", "respondent_answered", party="2", method="written", text="认可在保修期内", files=["答辩书"]
    )
    office.do("handler.county_a", "findings_made", finding="founded", text="质量问题，责任在商店")
    office.do(
        "handler.county_a",
        "appointment_set",
        purpose="hearing",
        starts_at="2099-01-05T15:00",
        place="mall_a",
        officers=[one, two],
    )
    office.do("handler.county_a", "party_informed", to=["1", "2"], about="hearing", method="phone", text="一月五日调解")
    office.do(
        "handler.county_a",
        "mediated",
        mode="on_site",
        officers=[one, two],
        parties=["1", "2"],
        place="mall_a",
        session="1",
        text="同意更换",
        files=["调解笔录"],
    )
    office.do(
        "handler.county_a",
        "document_made",
        document="mediation_record",
        doc_no="笔录2026-1",
        signed_by=["1", "2"],
        officers=[one, two],
    )
    office.do("handler.county_a", "settled", text="更换新品", settled_fen="680")
    office.do(
        "handler.county_a",
        "document_made",
        document="mediation_agreement",
        doc_no="调书2026-1",
        signed_by=["1", "2"],
        officers=[one, two],
    )
    office.do("handler.county_a", "served", document="mediation_agreement", to=["1", "2"], method="in_person")
    office.do("handler.county_a", "performed", party="2", full=True)
    office.do(
        "handler.county_a", "concluded", outcome="settled", finding="founded", recovered_fen="680", text="商店已更换"
    )
    office.do(
        "handler.county_a",
        "document_made",
        document="result_notice",
        doc_no="结2026-1",
        parts=["course", "facts", "opinion"],
    )
    office.refused("archive.county_a", "archived", "HN-FL-05d", doc_no="2026-1")
    office.do(
        "handler.county_a", "replied", to="1", method="phone", parts=["course", "facts", "opinion"], text="告知处理结果"
    )
    office.do("handler.county_a", "reported_back", to=["city"], method="system", outcome="settled", text="已更换")
    office.do(
        "callback.city", "called_back", party="1", method="phone", reached=True, satisfaction="satisfied", text="满意"
    )
    page = office.do(
        "archive.county_a", "archived", doc_no="2026-1", files=["登记表", "转办单", "调解书", "处理结果告知书"]
    )
    expect(page.locator(".case-head")).to_contain_text("归档")
