"""Parts of the case page: what a step will bring about, the timeline in parts, both sides, who sees the case, the viewer of evidence."""

import re

import pytest

from huiyin.cases import seeing
from huiyin.cases.actions import record
from huiyin.web import casepage
from huiyin.web.casefile import CaseFile
from tests.cases.office import FACTS, PARTIES, a_case, officer
from tests.web.test_case_page import address, body, registered, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return sent(registered("jiangmen/complaint", "city"))


def test_each_step_says_beforehand_what_it_will_bring_about(desk, case):
    fresh = registered("jiangmen/complaint", "city")
    page = body(desk("intake_officer", "city").get(f"/cases/~{fresh.pk}/"))
    card = re.search(r'<a href="[^"]*/respondent_notified/".*?</a>', page, re.S)[0]
    assert "进入“办理”阶段" in card
    file = CaseFile(case, officer("handler", "county_a"))
    cards = casepage.steps(file.steps, file.dues, file.case.stage).first
    assert len(cards) <= casepage.SO_MANY
    assert all(len(one.will) <= casepage.MOST_TOLD for one in cards)


def test_the_timeline_is_shown_in_parts(desk, case):
    record(case, "note_added", by=officer("handler", "county_a"), facts={"text": "已电话沟通"})
    client = desk("handler", "county_a")
    whole, way = body(client.get(address(case))), body(client.get(f"{address(case)}?events=way"))
    assert "已电话沟通" in whole
    assert "已电话沟通" not in way
    assert "已电话沟通" in body(client.get(f"{address(case)}?events=said"))
    for part in ("way", "watched", "people", "nothing"):
        page = body(client.get(f"{address(case)}?events={part}"))
        assert page.count('class="event"') <= whole.count('class="event"')
    assert "系统按规则记录" not in body(client.get(f"{address(case)}?events=people")).partition('id="events"')[2]


def test_what_both_sides_said_stands_side_by_side_and_masked(desk, case):
    client = desk("handler", "county_a")
    assert "双方说法" not in body(client.get(address(case)))
    facts = {"party": "2", "method": "written", "text": "商品没有问题，可以联系13800138001"}
    record(case, "respondent_answered", by=officer("handler", "county_a"), facts=facts)
    page = body(client.get(address(case)))
    sides = page.partition('id="sides"')[2].partition("</section>")[0]
    left, _between, right = sides.partition("被反映的一方")
    assert "水壶用了两天就漏水" in left
    assert "商品没有问题" in right
    assert "水壶用了两天" not in right
    assert "13800138001" not in page


def test_who_sees_the_case_is_told_with_the_reason(desk, case):
    page = body(desk("handler", "county_a").get(address(case)))
    told = page.partition('id="sharing"')[2].partition("</section>")[0]
    assert "甲县局" in told
    assert "现在有这一件" in told
    assert "承办岗位只有：" in told
    found = seeing.of(case)
    assert found.units[0].unit == "county_a"
    assert found.units[0].named
    assert "province" in found.above
    assert found.walled == 0


def test_of_a_report_nobody_above_is_told_to_see_it_and_walls_are_a_number():
    about = officer("handler", "county_a", 2).person.key
    parties = [{**PARTIES[0], "role": "reporter"}, {**PARTIES[1], "officer": about}]
    report = a_case(facts={**FACTS, "kind": "report"}, parties=parties)
    found = seeing.of(report)
    assert found.above == ()
    assert found.walled == 1
    assert about not in found.people


def test_the_viewer_of_a_case_without_files_says_so(desk, case):
    assert "没有您可以查看的材料" in body(desk("handler", "county_a").get(f"{address(case)}files/"))
    assert desk("handler", "county_b").get(f"{address(case)}files/").status_code == 404
