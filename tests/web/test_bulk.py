"""Lists that are acted on: one act over several cases with a result for each, filters kept under a name, the palette, the next to-do."""

import csv
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huiyin.cases import saved
from huiyin.cases.actions import record
from huiyin.cases.models import Event, SavedFilter
from huiyin.dues.models import Due
from huiyin.org.models import Person
from huiyin.web import bulk
from tests.cases.office import FACTS, a_case, officer
from tests.web.test_case_page import registered

pytestmark = pytest.mark.django_db
BACK = {"back": "work"}


def body(answer):
    return answer.content.decode()


def dispatched(to="county_a"):
    case = registered("jiangmen/complaint", "city")
    facts = {"to": to, "dispatch_kind": "forward", "case_subject": "水壶", "opinion": "请办理"}
    record(case, "dispatched", by=officer("intake_officer", "city"), facts=facts)
    return case


def names(case):
    return list(Event.objects.filter(case=case).order_by("seq").values_list("name", flat=True))


# -- several at a time


def test_several_are_received_at_once_each_by_an_event_of_its_own(desk):
    one, two = dispatched(), dispatched()
    sent = {**BACK, "does": "received", "case": [one.pk, two.pk], "key": "b1"}
    client = desk("intake_officer", "county_a")
    page = body(client.post("/work/several/", sent))
    assert "办成 2 件，没有办成 0 件" in page
    assert names(one)[-1] == names(two)[-1] == "received"
    client.post("/work/several/", sent)  # sent twice, carried out once
    assert names(one).count("received") == 1


def test_what_rules_refuse_in_one_case_is_told_there_and_holds_up_no_other(desk):
    mine, not_sent = dispatched(), registered("jiangmen/complaint", "county_a")
    page = body(
        desk("intake_officer", "county_a").post(
            "/work/several/", {**BACK, "does": "received", "case": [not_sent.pk, mine.pk]}
        )
    )
    assert "办成 1 件，没有办成 1 件" in page
    assert "没有办成的" in page
    assert names(mine)[-1] == "received"
    assert "received" not in names(not_sent)


def test_assigning_asks_whom_and_names_them_in_every_case(desk):
    cases = [dispatched(), dispatched()]
    for case in cases:
        record(case, "received", by=officer("intake_officer", "county_a"))
    client, ids = desk("unit_head", "county_a"), [case.pk for case in cases]
    page = body(client.post("/work/several/", {**BACK, "does": "officers_assigned", "case": ids}))
    who = officer("handler", "county_a").person.key
    assert f'value="{who}"' in page
    empty = client.post("/work/several/", {**BACK, "does": "officers_assigned", "case": ids, "go": "1"})
    assert empty.status_code == 422
    page = body(
        client.post("/work/several/", {**BACK, "does": "officers_assigned", "case": ids, "go": "1", "officers": who})
    )
    assert "办成 2 件" in page
    assert all(names(case)[-1] == "officers_assigned" for case in cases)


def test_urging_says_the_same_to_the_unit_of_each(desk):
    case = dispatched()
    record(case, "received", by=officer("intake_officer", "county_a"))
    sent = {**BACK, "does": "urged", "case": case.pk, "go": "1", "text": "请按期办理"}
    assert "办成 1 件" in body(desk("supervisor", "city").post("/work/several/", sent))
    assert "urged" in names(case)


def test_cases_that_one_may_not_find_and_acts_that_are_none_are_not_there(desk):
    case = dispatched()
    client = desk("handler", "county_b")
    assert client.post("/work/several/", {**BACK, "does": "received", "case": case.pk}).url == "/work/"
    assert client.post("/work/several/", {**BACK, "does": "urged", "case": case.pk}).status_code == 404
    assert client.post("/work/several/", {**BACK, "does": "concluded", "case": case.pk}).status_code == 404
    assert "received" not in names(case)


def test_no_more_than_sixty_are_acted_on_at_a_time():
    case, clerk = dispatched(), officer("intake_officer", "city")
    given = [*(str(case.pk + n) for n in range(1, 61)), str(case.pk)]
    assert bulk.chosen(clerk, given[1:]) == [case]
    assert bulk.chosen(clerk, given) == []


def test_the_table_holds_what_the_list_shows_and_nobody_in_it(desk):
    case = dispatched()
    answer = desk("intake_officer", "city").post("/work/several/", {**BACK, "does": "export", "case": case.pk})
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(StringIO(body(answer).lstrip("\ufeff"))))
    assert rows[1][0] == case.number
    assert rows[1][1] == "投诉"
    assert "李四方" not in body(answer)
    assert "138" not in "".join(rows[1])


# -- filters that are kept


def test_a_filter_is_kept_under_a_name_shown_and_given_up(desk):
    client = desk("intake_officer", "city")
    sent = {"page": "cases", "name": "在办投诉", "query": "kind=complaint&state=open&number=2026&before=7"}
    assert client.post("/work/filters/", sent).url == "/cases/?kind=complaint&state=open"
    page = body(client.get("/cases/"))
    assert 'href="/cases/?kind=complaint&amp;state=open"' in page
    row = SavedFilter.objects.get()
    assert desk("handler", "county_b").post(f"/work/filters/{row.pk}/delete/").status_code == 404
    assert "在办投诉" not in body(desk("handler", "county_b").get("/cases/"))
    assert desk("intake_officer", "city").post(f"/work/filters/{row.pk}/delete/", {"page": "cases"}).url == "/cases/"
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    ("name", "query", "says"), [("", "kind=report", "起个名字"), ("一", "kind=nothing", "没有筛选条件")]
)
def test_a_filter_without_name_or_condition_is_not_kept(desk, name, query, says):
    client = desk("intake_officer", "city")
    assert says in body(client.post("/work/filters/", {"page": "work", "name": name, "query": query}, follow=True))
    assert not SavedFilter.objects.exists()


def test_the_twenty_first_filter_is_refused_and_the_same_name_gets_the_new_filter():
    owner = Person.objects.first().key
    for n in range(saved.MOST):
        saved.keep(owner, "work", f"筛选{n}", "light=red")
    with pytest.raises(saved.NotKept, match="too_many"):
        saved.keep(owner, "work", "又一个", "light=red")
    assert saved.keep(owner, "work", "筛选0", "light=amber").query == "light=amber"
    assert len(saved.of(owner, "work")) == saved.MOST


def test_the_to_dos_are_narrowed_to_a_kind(desk):
    a_case()
    client = desk("intake_officer", "city")
    assert "TRY-01" in body(client.get("/work/?kind=complaint"))
    assert "TRY-01" not in body(client.get("/work/?kind=enquiry"))


# -- the palette, and the next one


def test_the_palette_leads_to_a_case_a_unit_and_a_page(desk):
    case = dispatched()
    client = desk("intake_officer", "city")
    assert f'data-href="/cases/{case.number}/"' in body(client.post("/palette/", {"q": case.number[:6]}))
    assert "甲县局" in body(client.post("/palette/", {"q": "甲县局"}))
    assert 'data-href="/inbox/"' in body(client.post("/palette/", {"q": "收件"}))
    assert "没有找到" in body(client.post("/palette/", {"q": "没有这样的东西"}))
    assert case.number not in body(desk("handler", "county_b").post("/palette/", {"q": case.number}))
    assert client.get("/palette/").status_code == 405


def test_the_palette_names_the_pages_that_the_officer_may_open(desk):
    def leads(role, unit, text):
        return re.findall(r'data-href="([^"]+)"', body(desk(role, unit).post("/palette/", {"q": text})))

    assert leads("leader", "city", "身份") == ["/identity/"]
    assert leads("administrator", "province", "身份") == []
    assert leads("administrator", "province", "放假") == ["/manage/calendar/"]
    assert leads("handler", "county_a", "放假") == []
    assert leads("handler", "county_a", "信用") == []
    for role, unit in (
        ("director", "city"),
        ("archivist", "city"),
        ("administrator", "province"),
        ("auditor", "province"),
    ):
        for address in leads(role, unit, ""):
            assert desk(role, unit).get(address).status_code in (200, 302), (role, address)


def test_the_palette_asks_few_queries(desk):
    dispatched()
    client = desk("intake_officer", "city")
    client.post("/palette/", {"q": "2026"})
    with CaptureQueriesContext(connection) as asked:
        client.post("/palette/", {"q": "2026"})
    assert len(asked) <= 10


def test_the_next_to_do_is_the_one_after_this(desk):
    one, two = a_case(), a_case()
    client = desk("intake_officer", "city")
    first = client.get("/work/next/").url
    after = client.get(f"/work/next/?after={one.pk}").url
    assert one.number != two.number
    assert one.number in first
    assert two.number in after
    assert desk("intake_officer", "county_b").get("/work/next/").url == "/work/"


def owes_more(case, later):
    """One more limit of the case, so much later than its first."""
    due = Due.objects.filter(subject_id=case.pk, late_at__isnull=False).first()
    due.pk, due.key, due.late_at = None, f"{due.key}2", due.late_at + later
    due.save()


def test_the_walk_over_the_to_dos_comes_to_each_case_once_and_then_begins_again(desk):
    cases = [a_case() for _ in range(3)]
    for case in cases[:2]:  # one, two, three, and one and two once more: no going to and fro
        owes_more(case, timedelta(hours=1))
    client = desk("intake_officer", "city")
    here, walked = cases[0], []
    for _ in cases:
        at = client.get(f"/work/next/?after={here.pk}").url
        here = next(case for case in cases if case.number in at)
        walked.append(here.pk)
    assert walked == [cases[1].pk, cases[2].pk, cases[0].pk]


def test_a_case_that_was_worked_upon_does_not_lead_the_walk_back_to_the_beginning(desk):
    cases = [a_case() for _ in range(4)]
    client = desk("intake_officer", "city")
    assert cases[2].number in client.get(f"/work/next/?after={cases[1].pk}").url
    Due.objects.filter(subject_id=cases[2].pk).update(state="met")  # nothing is owed in it any more
    assert cases[3].number in client.get(f"/work/next/?after={cases[2].pk}").url


def test_a_row_of_the_list_says_what_the_case_is_about_and_all_that_it_owes_at_one_time(desk):
    owes_more(a_case(), timedelta(0))
    page = body(desk("intake_officer", "city").get("/work/"))
    assert page.count(FACTS["subject"]) == 1
    assert page.count('name="case"') == 1
    assert page.count('class="also-due') == 1
