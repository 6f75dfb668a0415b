"""Two short stories for the sample world, played through the same functions as a page: one by the Jiangmen rules, one by the Henan rules.

Both stop where somebody has to act next: `handler.county_a` on the first, `intake.county_a` on the second.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from huiyin.cases import actions, calendars, clock
from huiyin.cases.models import Case
from huiyin.org import queries
from huiyin.org.models import Officer


def made() -> bool:
    """Is there any case at all? Then nothing is added."""
    return Case.objects.exists()


def make() -> None:
    """Play both stories on the last days worked before today."""
    jiangmen(_workday_before(clock.now(), 3))
    henan(_workday_before(clock.now(), 1))


def _workday_before(now: datetime, n: int) -> datetime:
    """Midnight of the n-th day worked before today."""
    day, calendar = now.date(), calendars.current()
    for _ in range(n):
        day = calendar.last_working_on_or_before(day - timedelta(days=1))
    return datetime.combine(day, time())


def jiangmen(day: datetime) -> Case:
    """A hotline complaint about a kettle: registered by the centre, sent to the county, which has spoken with the consumer."""
    intake, county = _officer("intake_officer", "city"), _officer("intake_officer", "county_a")
    head, handler = _officer("unit_head", "county_a"), _officer("handler", "county_a")
    facts: dict[str, Any] = {
        "kind": "complaint", "channel": "phone", "source": "hotline", "sender": "示范市12345政务服务热线", "external_system": "12345",
        "external_no": f"12345-{day:%Y%m%d}-017", "sender_no": f"12345-{day:%Y%m%d}-017", "sender_date": day.date(),
        "summary": "电热水壶不通电，要求退款", "subject": "电热水壶质量", "what": "买来的电热水壶用了两天就不通电，商店不肯退换",
        "where": "甲县第一商场", "who": "甲县商店营业员", "when": "前天上午十时", "why": "商店说已经拆封，不承担三包责任", "demand": "退款199元",
        "goods": "电热水壶", "goods_use": "living", "amount_fen": 19900, "place": "mall_a",
    } | KNOWN  # fmt: skip
    with clock.at(day + timedelta(hours=9, minutes=20)):
        case = actions.register(
            "jiangmen/complaint", "city", by=intake, facts=facts, parties=[consumer("消费者甲", "13800000001"), SHOP]
        )
        actions.record(case, "party_informed", by=intake, facts=_told("acceptance", "登记即受理，告知编号和受理时间"))
    _then(
        case,
        day,
        "10:00",
        intake,
        "dispatched",
        to="county_a",
        dispatch_kind="forward",
        case_subject="电热水壶质量纠纷",
        opinion="请甲县局办理",
    )
    _then(case, day, "10:40", county, "received")
    _then(case, day, "11:00", head, "officers_assigned", officers=[handler.person.key], duty="handling")
    _then(
        case, day, "14:30", handler, "contacted", party="1", method="phone", reached=True, text="了解购买和损坏的经过"
    )
    return case


def henan(day: datetime) -> Case:
    """A complaint by telephone about a jacket: accepted by the centre and sent to the county, which has not signed for it yet."""
    intake, duty = _officer("intake_officer", "city"), _officer("duty_officer", "city")
    me = intake.person.key
    facts: dict[str, Any] = {
        "kind": "complaint", "channel": "phone", "source": "direct", "within_area": True, "facts_clear": True,
        "summary": "羽绒服开线，要求修理或更换", "subject": "羽绒服质量", "what": "买来的羽绒服第一次穿着就多处开线，商店只肯自费修理",
        "where": "甲县第一商场", "who": "甲县商店营业员", "when": "上周六购买", "why": "商店称是穿着不当", "reasons": "商品在保修期内出现质量问题",
        "demand": "免费修理或更换", "evidence": "发票、实物", "goods": "羽绒服", "goods_use": "living", "amount_fen": 68000, "place": "mall_a",
        "proof_given": True, "first_contact": me, "answered_by": me, "duty_officer": duty.person.key,
        "material": ["proof_of_purchase", "goods"],
    } | KNOWN  # fmt: skip
    with clock.at(day + timedelta(hours=9, minutes=5)):
        case = actions.register(
            "henan/complaint", "city", by=intake, facts=facts, parties=[consumer("消费者乙", "13800000002"), SHOP]
        )
    _then(case, day, "09:12", intake, "document_made", document="registration_form", doc_no="登2025-017")
    _then(case, day, "10:00", intake, "accepted", basis="HN-FWEI-A1", text="符合受理条件")
    with clock.at(_at(day, "10:10")):
        actions.record(case, "party_informed", by=intake, facts=_told("acceptance", "已受理，请保持电话畅通"))
        actions.record(case, "party_informed", by=intake, facts=_told("keep_evidence", "请保存好证据和实物"))
    _then(
        case, day, "10:30", intake, "dispatched", to="county_a", dispatch_kind="forward", case_subject="羽绒服质量纠纷",
        opinion="请按管辖办理", basis="HN-CL-03",
    )  # fmt: skip
    _then(case, day, "10:30", intake, "document_made", document="dispatch_slip", doc_no="转办2025-017")
    with clock.at(_at(day, "10:40")):
        actions.record(case, "party_informed", by=intake, facts=_told("dispatch", "已转甲县局，承办人会联系您"))
    return case


KNOWN: dict[str, Any] = {"real_name": True, "respondent_known": True, "within_duties": True}
SHOP: Mapping[str, Any] = {
    "role": "respondent", "respondent_kind": "business", "natural_person": False, "name": "甲县商店", "phone": "0990-65550001",
    "address": "甲县城关示范路一号", "credit_code": "91990121MA9A000375", "area": "990121001", "home_area": "990121001",
}  # fmt: skip


def consumer(name: str, phone: str) -> dict[str, Any]:
    """An invented consumer of the county."""
    return {
        "role": "complainant", "complainant_kind": "consumer", "natural_person": True, "name": name, "phone": phone,
        "address": "甲县城关示范路二号", "area": "990121001", "postcode": "990121",
    }  # fmt: skip


def _told(about: str, text: str) -> dict[str, Any]:
    return {"to": ["complainant"], "about": about, "method": "phone", "text": text}


def _officer(role: str, unit: str) -> Officer:
    return queries.holders(role, unit).order_by("pk")[0]


def _at(day: datetime, hour: str) -> datetime:
    return datetime.combine(day.date(), time.fromisoformat(hour))


def _then(case: Case, day: datetime, hour: str, by: Officer, event: str, /, **facts: Any) -> None:
    with clock.at(_at(day, hour)):
        actions.record(case, event, by=by, facts=facts)
