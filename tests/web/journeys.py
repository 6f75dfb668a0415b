"""What the journeys of several bodies share: what people fill in on the public form, the site's clock, an inquiry that ends with a penalty."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from huiyin.cases import clock as site_clock
from huiyin.org import queries
from huiyin.org.models import Adoption, Stamp
from tests.web.visitors import Office

SHOP = {
    "respondent_known": True, "respondent-name": "甲县商店", "respondent-address": "甲县城关商场路五号", "respondent-area": "990121001",
}  # fmt: skip
MATTERS: dict[str, list[dict[str, Any]]] = {
    "kettle": [
        {
            "within_duties": True, "what": "买的电热水壶用了两天就不通电，商店不肯退换", "when": "5月9日上午十时", "where": "甲县第一商场",
            "who": "甲县商店营业员", "why": "商店称已拆封，不承担三包责任",
        },
        SHOP,
        {"demand": "退款199元", "amount_fen": "199", "goods": "电热水壶"},
        {"complainant-name": "王小明", "complainant-phone": "13800000001", "complainant-address": "甲县城关一号"},
    ],
    "liquor": [
        {
            "within_duties": True, "what": "销售假冒注册商标的白酒", "when": "5月上旬", "where": "甲县第一商场", "who": "甲县商店",
            "why": "包装粗糙，价格明显偏低",
        },
        SHOP,
        {"real_name": True},
        {"reporter-name": "李小红", "reporter-phone": "13800000003"},
    ],
}  # fmt: skip


def enquire_about(matter: str) -> list[dict[str, Any]]:
    """The screens of the guided form, answered."""
    return MATTERS[matter]


def only(body: str) -> None:
    """The sample office works by the rules of this body alone, so that the public form takes matters in under them."""
    Adoption.objects.exclude(procedure_id__startswith=f"{body}/").delete()
    Stamp.objects.update(value=secrets.token_hex(16))


def person(role: str, unit: str, number: int = 1) -> str:
    """How an officer stands in the fields that name people."""
    return queries.holders(role, unit).order_by("pk")[number - 1].person.key


class Clock:
    """The clock of the whole site, in all its threads; it stands until it is set on."""

    def __init__(self, monkeypatch: Any, start: str) -> None:
        self.now = datetime.fromisoformat(start)
        monkeypatch.setattr(site_clock, "now", self.read)

    def read(self) -> datetime:
        """A little later each time, so that nothing happens twice in one second."""
        self.now += timedelta(seconds=1)
        return self.now.replace(microsecond=0)

    def on(self, *, days: int) -> None:
        """Ten o'clock, so many days on."""
        self.now = (self.now + timedelta(days=days)).replace(hour=10, minute=0, second=0)

    def later(self, *, days: int) -> str:
        """A moment in the form in which a field takes it."""
        return (self.now + timedelta(days=days)).strftime("%Y-%m-%dT15:00")


def penalty(office: Office, who: str, both: list[str], clock: Clock) -> None:
    """From a case that was filed to the penalty, served and concluded."""
    site: dict[str, Any] = {"officers": both, "party": "2", "signed": True}
    office.do(who, "checked", check_kind="site", place="mall_a", text="现场检查", files=["现场检查笔录"], **site)
    office.do(who, "document_made", document="inspection_record", doc_no="检2026-9", signed_by="2", officers=both)
    office.do(who, "checked", check_kind="interview", text="询问经营者", files=["询问笔录"], **site)
    office.do(who, "document_made", document="interview_record", doc_no="询2026-9", signed_by="2", officers=both)
    clock.on(days=7)
    office.do(who, "findings_made", finding="founded", text="违法事实成立")
    parts = ["course", "facts", "evidence", "responsibility", "opinion", "basis"]
    office.do(who, "document_made", document="case_report", doc_no="报2026-9", parts=parts, officers=both)
    decided = ["facts", "evidence", "opinion", "basis", "redress"]
    office.do(who, "document_made", document="penalty_decision", doc_no="罚2026-9", parts=decided, officers=both)
    office.do(who, "served", document="penalty_decision", to="2", method="in_person")
    office.do(who, "document_made", document="proof_of_service", doc_no="送2026-9", signed_by="2")
    office.do(who, "concluded", outcome="penalised", finding="founded", text="没收并罚款")


def look_it_up(phone: Page, site: str, number: str, code: str, said: str = "退款已到账，本件办结") -> None:
    """The person finds the answer on the tracking page."""
    phone.goto(f"{site}/track/#{number}~{code}")
    phone.get_by_role("button", name="查询").click()
    expect(phone.locator(".timeline")).to_contain_text(said)
    expect(phone.locator(".case-head")).to_contain_text("归档")
