"""A complaint and a report under the national rules of 2026, in a real browser: from the person's telephone to the archive, with three wrong turns in
each that the page refuses with the article. The site's clock is set on as the days go by."""

import pytest
from playwright.sync_api import expect

from tests.web.journeys import Clock, enquire_about, look_it_up, only, penalty, person
from tests.web.visitors import Citizen

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
PARTS = ["facts", "opinion", "redress"]


@pytest.fixture
def office(office):
    only("national")
    return office


@pytest.mark.clause("NAT-A16", "NAT-X-RETURN", "NAT-A23")
def test_a_complaint_from_the_telephone_to_the_archive(office, phone, live_server, monkeypatch):
    clock = Clock(monkeypatch, "2026-05-11T09:00")
    office.number, code = Citizen(phone, live_server.url).complain(enquire_about("kettle"), unit="county_a")
    mediator = [person("mediator", "station_a1")]

    office.do("intake.county_a", "document_made", document="registration_form", doc_no="甲市监登2026-17")
    office.do(
        "intake.county_a",
        "dispatched",
        to="station_a1",
        dispatch_kind="within",
        case_subject="水壶质量",
        opinion="请办理",
    )
    office.at_once("intake.station_a1", "received")
    handler = "handler.station_a1"
    office.refused(handler, "refused", "NAT-A16", ground=[], text="不想受理")  # without a ground
    # passing it on instead of giving it back
    office.refused(
        "intake.station_a1", "dispatched", "NAT-X-RETURN", to="county_a", dispatch_kind="forward", opinion="请县局办"
    )
    clock.on(days=1)
    office.do(handler, "materials_checked", complete=True, items=["身份信息", "被投诉人名称地址", "具体请求和事实根据"])
    office.do(handler, "accepted", text="符合受理条件")
    office.do(handler, "document_made", document="acceptance_notice", doc_no="甲市监受2026-17")
    office.do(handler, "party_informed", to="1", about="acceptance", method="sms", text="决定受理，附联系人和电话")
    office.do("head.station_a1", "officers_assigned", officers=mediator, duty="mediation")
    office.do(handler, "contacted", party="1", method="phone", reached=True, text="了解情况，询问调解意愿")
    office.do(handler, "consented", scope="mediation", party="1", method="phone")
    office.do(
        handler, "respondent_notified", party="2", method="phone", answer_by=clock.later(days=3), text="告知投诉内容"
    )
    clock.on(days=1)
    office.do(handler, "respondent_answered", party="2", method="written", text="愿意调解", files=["书面说明"])
    office.do(handler, "consented", scope="mediation", party="2", method="written", files=["书面说明"])
    office.do(
        handler, "appointment_set", purpose="hearing", starts_at=clock.later(days=5), place="mall_a", officers=mediator
    )
    office.do(handler, "document_made", document="mediation_notice", doc_no="甲市监调2026-17", officers=mediator)
    office.do(handler, "served", document="mediation_notice", to=["1", "2"], method="in_person")
    office.do(
        handler,
        "party_informed",
        to=["1", "2"],
        about="hearing",
        method="sms",
        text="五天后调解，调解员姓名，可申请回避",
    )
    clock.on(days=5)
    office.do(
        "mediator.station_a1", "mediated", mode="on_site", officers=mediator, parties=["1", "2"], place="mall_a", session="1",
        text="同意退货退款", files=["调解笔录"],
    )  # fmt: skip
    office.refused(
        "mediator.station_a1", "mediation_ended", "NAT-A23", ground=[], text="不想调解了"
    )  # without a ground
    signed = {"signed_by": ["1", "2"], "officers": mediator}
    office.do("mediator.station_a1", "document_made", document="mediation_record", doc_no="甲市监笔2026-17", **signed)
    office.do("mediator.station_a1", "settled", text="退货，退款199元", settled_fen="199")
    office.do(
        "mediator.station_a1", "document_made", document="mediation_agreement", doc_no="甲市监书2026-17", **signed
    )
    office.do("mediator.station_a1", "served", document="mediation_agreement", to=["1", "2"], method="in_person")
    clock.on(days=2)
    office.do(handler, "performed", party="2", full=True)
    office.do(handler, "concluded", outcome="settled", finding="founded", recovered_fen="199", text="达成协议并履行")
    office.do(handler, "replied", to="1", method="phone", parts=PARTS, text="退款已到账，本件办结")
    office.do(handler, "reported_back", to=["county_a"], method="system", outcome="settled", text="已履行")
    clock.on(days=3)
    office.do(
        "callback.county_a",
        "called_back",
        party="1",
        method="phone",
        reached=True,
        satisfaction="satisfied",
        text="满意",
    )
    page = office.do("archive.station_a1", "archived", doc_no="2026-17", files=["投诉登记表", "受理决定书", "调解书"])
    expect(page.locator(".case-head")).to_contain_text("归档")
    look_it_up(phone, live_server.url, office.number, code)


@pytest.mark.clause("NAT-A16", "NAT-R-CHECK", "NAT-X-RETURN")
def test_a_report_from_the_telephone_to_the_archive(office, phone, live_server, monkeypatch):
    clock = Clock(monkeypatch, "2026-05-11T09:00")
    office.number, code = Citizen(phone, live_server.url).complain(
        enquire_about("liquor"), door="举报", unit="county_a"
    )
    intake, both = (
        "intake.county_a",
        [person("enforcement_officer", "county_a"), person("enforcement_officer", "county_a", 2)],
    )
    inspector = "inspector.county_a"

    office.do(intake, "document_made", document="registration_form", doc_no="甲市监举2026-18")
    office.do(intake, "classified", notice_required_by="食品安全法第一百一十五条", reason="法律要求告知结果")
    office.refused(intake, "refused", "NAT-A16", ground=[], text="不想受理")
    office.do(
        intake, "dispatched", to="station_a1", dispatch_kind="within", case_subject="销售假冒白酒", opinion="请核查"
    )
    office.at_once("intake.station_a1", "received")
    # passing it on instead of giving it back
    office.refused(
        "intake.station_a1", "dispatched", "NAT-X-RETURN", to="county_a", dispatch_kind="forward", opinion="请县局办"
    )
    office.do("intake.station_a1", "returned", reason="应由县局执法机构核查")
    office.do(
        intake, "dispatched", to="county_a", dispatch_kind="self", case_subject="销售假冒白酒", opinion="本局核查"
    )
    office.do("head.county_a", "officers_assigned", officers=both, duty="enforcement")
    office.do(inspector, "contacted", party="1", method="phone", reached=True, text="核实线索")
    clock.on(days=1)
    site = {"officers": both, "party": "2", "signed": True}
    office.do(inspector, "checked", check_kind="site", place="mall_a", text="现场核查", files=["现场检查笔录"], **site)
    office.do(
        inspector, "document_made", document="inspection_record", doc_no="甲市监检2026-8", signed_by="2", officers=both
    )
    office.do(inspector, "document_made", document="filing_form", doc_no="甲市监立2026-9", officers=both)
    office.refused(
        inspector, "filed", "NAT-R-CHECK", text="涉嫌销售侵犯注册商标专用权的商品"
    )  # without the head's approval
    office.do(inspector, "proposed", proposed="filed", text="涉嫌销售侵犯注册商标专用权的商品")
    office.do("leader.county_a", "approved", text="同意立案")
    office.do(inspector, "filed", text="涉嫌销售侵犯注册商标专用权的商品")
    penalty(office, inspector, both, clock)
    office.do(
        inspector,
        "document_made",
        document="result_notice",
        doc_no="甲市监告2026-18",
        parts=["facts", "opinion", "basis"],
    )
    office.do(
        inspector,
        "replied",
        to="1",
        method="phone",
        parts=["facts", "opinion", "basis"],
        text="已立案处罚，谢谢您的举报",
    )
    clock.on(days=3)
    office.do(
        "callback.county_a",
        "called_back",
        party="1",
        method="phone",
        reached=True,
        satisfaction="satisfied",
        text="满意",
    )
    page = office.do(
        "archive.county_a", "archived", doc_no="2026-18", files=["举报登记表", "立案审批表", "行政处罚决定书"]
    )
    expect(page.locator(".case-head")).to_contain_text("归档")
    look_it_up(phone, live_server.url, office.number, code, "谢谢您的举报")
