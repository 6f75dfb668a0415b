"""What an officer finds, and what he never does: access, walls, reports, names kept by rules. And that he searched is noted, without his words."""

from datetime import date

import pytest

from huiyin.cases import boards
from huiyin.cases.actions import record
from huiyin.search import finding
from huiyin.search.models import SearchLog
from huiyin.search.searching import Filters, search
from huiyin.search.shown import passages
from huiyin.vault.actions import destroy_keys
from tests.cases.office import FACTS, PARTIES, a_case, officer

pytestmark = pytest.mark.django_db
INTAKE = ("intake_officer", "city")


def found(who, typed, **filters):
    return [hit.case.pk for hit in search(officer(*who), typed, Filters(**filters)).hits]


def dispatched(case, to="county_a"):
    record(case, "dispatched", by=officer(*INTAKE), facts={"to": to})
    record(case, "received", by=officer("intake_officer", to))
    return case


def report(about=None):
    parties = [{**PARTIES[0], "role": "reporter"}, PARTIES[1] | ({"officer": about} if about else {})]
    return a_case(facts={**FACTS, "kind": "report"}, parties=parties)


@pytest.mark.parametrize(
    "typed",
    [
        "漏水", "水壶用了两天就漏水", "漏水 两天", "李四方", "13800138000", "138 0013 8000", "甲县商店",
        "91990121MA9A000375", "李四方 漏水", "13800138000 水壶",
    ],
)  # fmt: skip
def test_a_case_is_found_by_its_words_and_its_people(typed):
    case = a_case()
    a_case(facts={**FACTS, "subject": "电视机", "what": "没有声音"}, parties=[{"role": "complainant", "name": "王某"}])
    assert found(INTAKE, typed) == [case.pk]


def test_by_number_and_by_how_it_begins():
    one, other = a_case(), a_case()
    assert found(INTAKE, one.number) == [one.pk]
    assert found(INTAKE, one.number[:5]) == [other.pk, one.pk]


@pytest.mark.parametrize("typed", ["李四", "1380013800", "漏壶", "李四方 声音", "两天 声音"])
def test_half_a_name_or_other_words_find_nothing(typed):
    a_case()
    assert found(INTAKE, typed) == []


def test_one_sign_cannot_be_looked_for():
    a_case()
    assert search(officer(*INTAKE), "水", Filters()).too_short
    assert not search(officer(*INTAKE), "水", Filters()).hits


def test_pages_go_on_by_key():
    cases = [a_case() for _ in range(5)]
    first = search(officer(*INTAKE), "漏水", Filters(), size=2)
    second = search(officer(*INTAKE), "漏水", Filters(), first.before, size=2)
    last = search(officer(*INTAKE), "漏水", Filters(), second.before, size=2)
    assert [[h.case.pk for h in page.hits] for page in (first, second, last)] == [
        [cases[4].pk, cases[3].pk], [cases[2].pk, cases[1].pk], [cases[0].pk],
    ]  # fmt: skip
    assert last.before is None


def test_filters_narrow_what_is_found():
    one = a_case()
    other = a_case(facts={**FACTS, "kind": "staff_complaint", "category": []})
    assert set(found(INTAKE, "甲县商店")) <= {one.pk, other.pk}
    assert found(INTAKE, "漏水", kind="complaint") == [one.pk]
    assert found(INTAKE, "漏水", kind="praise") == []
    assert found(INTAKE, "漏水", unit="county_a") == []
    assert found(INTAKE, "漏水", since=date(2026, 5, 11), until=date(2026, 5, 11)) == [other.pk, one.pk]
    assert found(INTAKE, "漏水", since=date(2026, 5, 12)) == []
    assert found(INTAKE, "", kind="complaint") == [one.pk]


def test_a_category_holds_those_under_it():
    kettle = a_case(facts={**FACTS, "category": ["goods:kettle"]})
    several = a_case(facts={**FACTS, "category": ["services:catering", "goods:large_appliance", "goods:food"]})
    phone = a_case(facts={**FACTS, "category": ["goods:phone_parts"]})
    assert found(INTAKE, "漏水", category="goods:appliance") == [several.pk, kettle.pk]
    assert found(INTAKE, "漏水", category="goods:kettle") == [kettle.pk]
    assert found(INTAKE, "漏水", category="goods:phone") == []  # no part of a code is taken for it
    assert found(INTAKE, "漏水", category="goods:telecom") == [phone.pk]
    assert found(INTAKE, "漏水", category="goods:nothing") == []


# -- who


def test_an_officer_finds_what_he_may_find_and_nothing_else():
    case = dispatched(a_case())
    assert found(("handler", "county_a"), "漏水") == [case.pk]
    assert found(("director", "province"), "漏水") == [case.pk]
    for typed in ("漏水", "李四方", "13800138000", "甲县商店", case.number):
        assert found(("handler", "county_b"), typed) == [], typed


def test_a_wall_beats_everything():
    about = f"p{officer('handler', 'county_a', 2).person_id}"
    parties = [PARTIES[0], {**PARTIES[1], "officer": about}]
    case = dispatched(a_case(parties=parties))
    assert found(("handler", "county_a"), "漏水") == [case.pk]
    for typed in ("漏水", "李四方", case.number, "漏水 李四方"):
        assert found(("handler", "county_a", 2), typed) == [], typed


def test_a_report_is_found_by_who_handles_it_alone():
    case = dispatched(report())
    assert found(("handler", "county_a"), "漏水") == [case.pk]
    assert found(("handler", "county_a"), "李四方") == [case.pk]
    for who in (("director", "province"), ("handler", "county_b"), ("supervisor", "county_a")):
        for typed in ("漏水", "李四方", "13800138000", "李四方 漏水"):
            assert found(who, typed) == [], (who, typed)


def test_who_gave_a_report_back_finds_it_by_its_number_and_not_by_what_it_says():
    case = dispatched(report())
    record(case, "returned", by=officer("handler", "county_a"), facts={"reason": "不属本单位管辖"})
    assert found(("handler", "county_a"), case.number) == [case.pk]
    for typed in ("漏水", "李四方", "13800138000", f"{case.number} 漏水"):
        assert typed.startswith("T") or found(("handler", "county_a"), typed) == [], typed


def test_an_erased_case_is_found_by_its_number_alone():
    case = a_case()
    destroy_keys(case.pk)
    assert found(INTAKE, case.number) == [case.pk]
    for typed in ("漏水", "李四方", "13800138000"):
        assert found(INTAKE, typed) == []


# -- what is shown of it


def test_the_words_are_shown_where_they_stand():
    case = a_case(facts={**FACTS, "what": "请回电13800138000，水壶用了两天就漏水，要求退款"})
    page = search(officer(*INTAKE), "就漏水", Filters())
    (passage,) = passages(page.events, page.looked_for).values()
    assert passage.event == "registered"
    assert passage.pieces[1] == "就漏水"
    assert "".join(passage.pieces).startswith("…138****8000，水壶")
    assert case.pk == page.hits[0].case.pk


# -- that he searched


def test_every_search_is_noted_without_its_words():
    a_case()
    search(officer(*INTAKE), "李四方 13800138000", Filters(kind="complaint"))
    search(officer(*INTAKE), "李四方 13800138000", Filters())
    search(officer(*INTAKE), "", Filters(kind="complaint"))
    rows = list(SearchLog.objects.order_by("pk"))
    assert [row.filters for row in rows] == ["kind=complaint", ""]
    assert rows[0].sorts == "name number phone words"
    assert rows[0].found == 1
    assert rows[0].digest == rows[1].digest
    assert not any(word in repr(list(SearchLog.objects.values())) for word in ("李四方", "13800138000"))


def test_strange_words_are_answered():
    for typed in (
        "\0",
        "'; DROP",
        '"漏水"',
        "漏水*",
        "(漏水 OR",
        "漏水 AND 水壶 NOT",
        "' & '",
        "🙂🙂",
        "a" * 5000,
        "漏" * 5000,
        "\ud800漏水",
    ):
        search(officer(*INTAKE), typed, Filters())


@pytest.mark.parametrize("odd", [0, 1])
def test_a_page_that_may_read_no_more_goes_on_with_the_next(monkeypatch, odd):
    """Two words that never stand in one case but the oldest: each page reads little, and the pages come to it in the end, wherever a span
    begins."""
    if (a_case().pk + odd) % 2:
        a_case()
    wanted = a_case(facts={**FACTS, "what": "电视机没有声音，水壶用了两天就漏水"})
    for n in range(8):
        a_case(facts={**FACTS, "subject": "买到的东西", "what": "电视机没有声音" if n % 2 else "水壶用了两天就漏水"})
    monkeypatch.setattr(finding, "SPAN", 2)
    monkeypatch.setattr("huiyin.search.index.AFFORDABLE", {"sqlite": 2, "postgresql": 2})
    pages, before = [], None
    while True:
        found = search(officer("director", "province"), "声音 漏水", Filters(), before)
        pages.append([hit.case.pk for hit in found.hits])
        before = found.before
        if before is None:
            break
    assert pages[0] == []
    assert 2 < len(pages) < 8
    assert [pk for page in pages for pk in page] == [wanted.pk]


@pytest.mark.parametrize("before", [2**62, 2_512_671_647_272, 0, -5])
def test_a_key_that_no_page_gave_is_no_long_walk(before, monkeypatch, django_assert_max_num_queries):
    """What lies above the newest case is not looked through, whatever key somebody sends; below the oldest there is no further page."""
    monkeypatch.setattr(boards, "SPAN", 1)  # as when the newest case has a high id
    cases = [a_case().pk, a_case().pk]
    with django_assert_max_num_queries(40):
        for filters in (Filters(), Filters(state="open")):
            found = search(officer(*INTAKE), "水壶", filters, before)
            assert [hit.case.pk for hit in found.hits] == (cases[::-1] if before > 0 else [])
        page = boards.case_page(officer("director", "province"), before, 20, stage="intake")
    assert page.before is None or before > 0
