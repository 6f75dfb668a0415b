"""Sample registers of the demonstration: a campaign under way with its lines, and service stations. All names are invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from huiyin.cases import clock
from huiyin.org.models import Officer
from huiyin.registers import actions, books
from huiyin.registers.models import Entry

CAMPAIGN: Final = ("BS", "campaign")
UNITS: Final = ("section_c1", "county_a", "county_b", "station_a1")
# number, name, categories, lead, supporting units
LINES: Final = (
    (1, "食品", ["goods:food"], "section_c1", ["county_a", "county_b"]),
    (2, "酒类卷烟", ["goods:liquor", "goods:tobacco"], "county_a", ["section_c1"]),
    (4, "农资", ["goods:farm_supplies"], "county_b", ["county_a"]),
    (7, "移动通信", ["goods:phone", "goods:phone_parts"], "section_c1", ["county_a"]),
)
PLACES: Final[tuple[tuple[str, str, list[str]], ...]] = (
    ("城关副食品商店", "副食品商店", ["housing"]), ("东方超市", "超市", ["factory"]), ("为民小作坊", "小作坊", []),
    ("顺达批发部", "批发市场", ["factory"]),
    ("新街小卖部", "副食品商店", ["housing"]),
)  # fmt: skip
STATIONS: Final = (("第一商场", "mall", 400), ("东乡市场", "market", 300), ("县城超市", "supermarket", 40))


def made() -> bool:
    """Is there a campaign already?"""
    return Entry.objects.filter(rule_set=CAMPAIGN[0], register=CAMPAIGN[1]).exists()


def make() -> None:
    """A campaign of the city that began two months ago, and stations of the county; the entries are dated as they would have been made."""
    today = clock.now().date()
    if CAMPAIGN in books.registers():
        _campaign(today - timedelta(days=60), today)
    if ("YQ", "station") in books.registers():
        _stations(today)


def _officer(role: str, unit: str) -> Officer:
    return Officer.objects.filter(role=role, unit_id=unit).select_related("person", "unit").order_by("pk")[0]


def _enter(key: books.Key, given: Mapping[str, Any], who: str, day: date, under: Entry | None = None) -> Entry:
    with clock.at(datetime.combine(day, time(9, 30))):
        return actions.enter(key, given, by=_officer(*who.split("@")), under=under).entry


def _campaign(begins: date, today: date) -> None:
    head, ends = "unit_head@city", begins + timedelta(days=300)
    campaign = _enter(CAMPAIGN, {
        "title": f"{begins.year}年“打假、维权、反欺诈”专项行动", "issued": begins, "begins": begins, "ends": ends, "area": "990100",
        "basis": "上级部署的专项行动方案", "units": list(UNITS), "organise_by": begins + timedelta(days=30),
        "contact": _officer("handler", "campaign_office").person.key, "telephone": "0000-5550190",
    }, head, begins)  # fmt: skip
    block = _enter(("BS", "block"), {"title": "打假治劣", "place_no": 1}, head, begins, campaign)
    lines = {
        no: _enter(("BS", "line"), {
            "no": no, "title": title, "begins": begins, "ends": ends, "goods": goods, "lead": lead, "support": support, "target_no": 60,
        }, head, begins, block)
        for no, title, goods, lead, support in LINES
    }  # fmt: skip
    with clock.at(datetime.combine(begins, time(10))):
        actions.act(campaign, "put_in_force", by=_officer("unit_head", "city"))
    for unit in ("section_c1", "county_a"):
        chief = "unit_head" if unit == "section_c1" else "director"
        given = {
            n: _officer(r, unit).person.key
            for n, r in (("first_responsible", chief), ("in_charge", "unit_head"), ("contact", "handler"))
        }
        _enter(
            ("BS", "organisation"), {"unit": unit, **given}, f"unit_head@{unit}", begins + timedelta(days=10), campaign
        )
    _work(lines[1], lines[2], begins, today)


def _work(food: Entry, liquor: Entry, begins: date, today: date) -> None:
    """Places, inspections, samples, plans of two lines."""
    by = "handler@county_a"
    two = [_officer("handler", "county_a").person.key, _officer("enforcement_officer", "section_a1").person.key]
    for index, (title, sort, near) in enumerate(PLACES):
        place = _enter(
            ("BS", "place"), {"title": title, "sort": sort, "near": near}, by, begins + timedelta(days=3), liquor
        )
        if index < 3:
            day = begins + timedelta(days=12 + index)
            _enter(("BS", "inspection"), {"day": day, "officers": two, "finding": "票据齐全"}, by, day, place)
    for after, product, origin, result in (
        (20, "挂面", "elsewhere", "fail"),
        (20, "腊肉", "local", "pass"),
        (34, "食用油", "elsewhere", "pass"),
    ):
        on = begins + timedelta(days=after)
        _enter(
            ("BS", "sample"),
            {"title": product, "origin": origin, "laboratory": "市检验所", "result": result, "day": on},
            by,
            on,
            food,
        )
    for title, planned, done in (("肉制品厂", 40, 41), ("糕点厂", 45, None), ("乳品厂", 75, None)):
        given = {"title": title, "test_on": begins + timedelta(days=planned)}
        given |= {"tested_on": begins + timedelta(days=done), "result": "pass"} if done else {}
        _enter(("BS", "key_enterprise"), given, by, min(begins + timedelta(days=42), today), food)
    for after, number in ((15, 14), (40, 8)):
        on = begins + timedelta(days=after)
        _enter(("BS", "measure"), {"title": "酒类诚信贴标", "day": on, "number": number}, by, on, liquor)


def _stations(today: date) -> None:
    head, year = "unit_head@county_a", today.year
    given: dict[str, Any] = {
        "title": f"{year}年建站目标",
        "begins": date(year, 1, 1),
        "ends": date(year, 12, 31),
        "target_no": 6,
    }
    _enter(("YQ", "station_period"), given, head, date(year, 1, 5) if today > date(year, 1, 5) else today)
    officer = _officer("handler", "county_a").person.key
    for number, (title, kind, age) in enumerate(STATIONS, 1):
        day = today - timedelta(days=age)
        given = {
            "title": title, "kind": kind, "address": f"甲县城关{number}路", "contact": f"王某{number}", "telephone": f"1380000000{number}",
            "staff": 2, "set_up": day, "officer": officer, "area": "990121001",
        }  # fmt: skip
        station = _enter(("YQ", "station"), given, head, day)
        visited = today - timedelta(days=30 * number)
        if visited > day:
            told = {"day": visited, "kind": "guidance", "officer": officer, "finding": "台账齐全"}
            _enter(("YQ", "visit"), told, "handler@county_a", visited, station)
        taken = {"day": today - timedelta(days=number), "what": "taken", "number": 3}
        _enter(("YQ", "record"), taken, "handler@county_a", today, station)
