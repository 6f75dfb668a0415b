"""A complaint and a report under the Henan rules, in a real browser: from the person's telephone to the archive, with three wrong turns in each that
the page refuses with the article. The site's clock is set on as the days go by."""

import pytest
from playwright.sync_api import expect

from tests.web.journeys import Clock, enquire_about, look_it_up, only, penalty, person
from tests.web.visitors import Citizen

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
PARTS = ["course", "facts", "opinion"]


@pytest.fixture
def office(office):
    only("henan")
    return office


@pytest.mark.clause("HN-CL-05", "HN-FL-04a", "HN-FL-02a")
def test_a_complaint_from_the_telephone_to_the_archive(office, phone, live_server, monkeypatch):
    clock = Clock(monkeypatch, "2026-05-11T09:00")
    office.number, code = Citizen(phone, live_server.url).complain(enquire_about("kettle"), unit="city")
    intake, both = "intake.city", [person("handler", "county_a"), person("handler", "county_a", 2)]

    office.do(intake, "document_made", document="registration_form", doc_no="登2026-17")
    office.refused(intake, "refused", "HN-FWEI-B", ground=[], text="不想受理")  # without a ground
    office.refused(
        intake, "dispatched", "HN-FL-01b", to="county_a", dispatch_kind="forward", opinion="请办理"
    )  # not accepted yet
    office.do(intake, "classified", complainant_kind="consumer", goods_use="living", reason="电话核实")
    office.do(intake, "accepted", basis="HN-FWEI-A1", text="符合受理条件")
    office.do(intake, "party_informed", to="1", about="acceptance", method="phone", text="已受理，请保持电话畅通")
    office.do(intake, "party_informed", to="1", about="keep_evidence", method="phone", text="请保存好证据和实物")
    office.do(
        intake,
        "dispatched",
        to="county_a",
        dispatch_kind="forward",
        case_subject="电热水壶质量",
        opinion="请办理",
        basis="HN-CL-03",
    )
    office.do(intake, "document_made", document="dispatch_slip", doc_no="转办2026-17")
    office.do(intake, "party_informed", to="1", about="dispatch", method="phone", text="已转甲县局")
    office.at_once("intake.county_a", "received")
    # passing it on to a third unit instead of giving it back
    office.refused(
        "intake.county_a",
        "dispatched",
        "HN-FL-0",
        to="city",
        dispatch_kind="forward",
        case_subject="水壶",
        opinion="请乙县办",
    )
    office.do("head.county_a", "officers_assigned", officers=both, duty="handling")
    handler = "handler.county_a"
    office.do(handler, "contacted", party="1", method="phone", reached=True, text="了解情况")
    clock.on(days=1)
    office.do(
        handler,
        "evidence_added",
        party="1",
        material=["goods"],
        sort="original",
        items=["发票", "水壶"],
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
        text="核对商店名称电话",
        files=["笔录"],
    )
    office.do(handler, "document_made", document="mediation_notice", doc_no="调2026-17", officers=both)
    office.do(handler, "served", document="mediation_notice", to="2", method="in_person")
    office.do(handler, "document_made", document="proof_of_service", doc_no="送2026-17", signed_by="2")
    office.do(handler, "respondent_answered", party="2", method="written", text="认可在保修期内", files=["答辩书"])
    office.do(handler, "findings_made", finding="founded", text="性能故障，责任在商店")
    office.do(
        handler, "appointment_set", purpose="hearing", starts_at=clock.later(days=3), place="mall_a", officers=both
    )
    office.do(handler, "party_informed", to=["1", "2"], about="hearing", method="phone", text="三天后调解")
    clock.on(days=3)
    office.do(
        handler,
        "mediated",
        mode="on_site",
        officers=both,
        parties=["1", "2"],
        place="mall_a",
        session="1",
        text="同意退款",
        files=["笔录"],
    )
    office.do(
        handler, "document_made", document="mediation_record", doc_no="笔录2026-17", signed_by=["1", "2"], officers=both
    )
    office.do(handler, "settled", text="退货，退款199元", settled_fen="199")
    office.do(
        handler,
        "document_made",
        document="mediation_agreement",
        doc_no="调书2026-17",
        signed_by=["1", "2"],
        officers=both,
    )
    office.do(handler, "served", document="mediation_agreement", to=["1", "2"], method="in_person")
    office.do(handler, "performed", party="2", full=True)
    office.do(handler, "concluded", outcome="settled", finding="founded", recovered_fen="199", text="商店退货退款")
    office.refused(
        "intake.county_a", "returned", "HN-FL-04a", reason="现在才想到不归本局管"
    )  # long after the working day for it
    office.do(handler, "document_made", document="result_notice", doc_no="结2026-17", parts=PARTS)
    office.do(handler, "replied", to="1", method="phone", parts=PARTS, text="退款已到账，本件办结")
    office.do(handler, "reported_back", to=["city"], method="system", outcome="settled", text="已退款")
    clock.on(days=3)
    office.do(
        "callback.city", "called_back", party="1", method="phone", reached=True, satisfaction="satisfied", text="满意"
    )
    page = office.do(
        "archive.county_a", "archived", doc_no="2026-17", files=["登记表", "转办单", "调解书", "处理结果告知书"]
    )
    expect(page.locator(".case-head")).to_contain_text("归档")
    look_it_up(phone, live_server.url, office.number, code)


@pytest.mark.clause("HN-CL-18", "HN-CL-19a", "HN-CL-20b")
def test_a_report_from_the_telephone_to_the_archive(office, phone, live_server, monkeypatch):
    clock = Clock(monkeypatch, "2026-05-11T09:00")
    office.number, code = Citizen(phone, live_server.url).complain(enquire_about("liquor"), door="举报", unit="city")
    intake, both = (
        "intake.city",
        [person("enforcement_officer", "county_a"), person("enforcement_officer", "county_a", 2)],
    )

    office.do(intake, "document_made", document="registration_form", doc_no="登2026-18")
    office.refused(intake, "refused", "HN-FWEI-B", ground=[], text="不想受理")
    office.do(intake, "accepted", basis="HN-FWEI-A2", text="符合受理条件")
    office.do(intake, "party_informed", to="1", about="acceptance", method="phone", text="已受理，请保持电话畅通")
    office.do(
        intake,
        "dispatched",
        to="county_a",
        dispatch_kind="forward",
        case_subject="销售假冒白酒",
        opinion="请按管辖办理",
        basis="HN-CL-03",
    )
    office.do(intake, "document_made", document="dispatch_slip", doc_no="转办2026-18")
    office.do(intake, "party_informed", to="1", about="dispatch", method="phone", text="已转甲县局")
    office.at_once("intake.county_a", "received")
    office.do("head.county_a", "officers_assigned", officers=both, duty="investigation")
    inspector = "inspector.county_a"
    office.do(inspector, "contacted", party="1", method="phone", reached=True, text="核实线索")
    clock.on(days=1)
    office.do(
        inspector,
        "checked",
        check_kind="site",
        officers=both,
        party="2",
        place="mall_a",
        signed=True,
        text="核查线索",
        files=["现场检查笔录"],
    )
    office.do(inspector, "document_made", document="filing_form", doc_no="立2026-9", officers=both)
    office.refused(
        inspector, "filed", "HN-CL-1", text="涉嫌销售侵犯注册商标专用权的商品"
    )  # without the head's approval
    office.do(inspector, "proposed", proposed="filed", text="涉嫌销售侵犯注册商标专用权的商品")
    office.do("leader.county_a", "approved", text="同意立案")
    office.do(inspector, "filed", text="涉嫌销售侵犯注册商标专用权的商品")
    office.do("head.county_a", "officers_assigned", officers=both, duty="enforcement")
    penalty(office, inspector, both, clock)
    office.refused("intake.county_a", "returned", "HN-FL-04a", reason="现在才想到不归本局管")
    office.do(inspector, "document_made", document="result_notice", doc_no="结2026-18", parts=PARTS)
    office.do(inspector, "replied", to="1", method="phone", parts=PARTS, text="已立案处罚，谢谢您的举报")
    office.do(inspector, "reported_back", to=["city"], method="system", outcome="penalised", text="已处罚")
    clock.on(days=3)
    office.do(
        "callback.city", "called_back", party="1", method="phone", reached=True, satisfaction="satisfied", text="满意"
    )
    page = office.do("archive.county_a", "archived", doc_no="2026-18", files=["登记表", "立案审批表", "行政处罚决定书"])
    expect(page.locator(".case-head")).to_contain_text("归档")
    look_it_up(phone, live_server.url, office.number, code, "谢谢您的举报")
