"""Leaving a post: what one holds is handed over first, and what one could see one sees no more (HN-BM-06). Deputies from day to day, on record."""

from datetime import date, timedelta

import pytest
from django.test import Client

from huiyin.cases import holdings
from huiyin.cases.access import visible_to
from huiyin.cases.actions import record
from huiyin.cases.models import Case, Wall
from huiyin.notices.models import Outbox
from huiyin.notices.rendering import words_without_case
from huiyin.org import actions, queries
from huiyin.org.actions import BadAct
from huiyin.org.models import AdminEvent, Officer
from huiyin.worker import jobs
from tests.cases.office import a_case, officer

pytestmark = pytest.mark.django_db
TODAY = queries.today


def in_hand(*officers):
    """A case that the county has, with these officers named."""
    case = a_case()
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    record(case, "received", by=officer("intake_officer", "county_a"))
    people = [f"p{one.person_id}" for one in officers]
    record(
        case, "officers_assigned", by=officer("unit_head", "county_a"), facts={"officers": people, "duty": "handling"}
    )
    return case


def hand_over(case, one, other):
    facts = {"from_officer": f"p{one.person_id}", "to_officer": f"p{other.person_id}"}
    record(case, "handed_over", by=officer("unit_head", "county_a"), facts=facts)


@pytest.mark.clause("HN-BM-06a", "HN-BM-06c")
def test_a_post_ends_when_everything_was_handed_over_and_then_nothing_of_it_is_seen():
    o1, o2 = officer("handler", "county_a", 1), officer("handler", "county_a", 2)
    cases = [in_hand(o1) for _number in range(3)]
    record(cases[2], "taken_out", by=o1, facts={"carrier": "paper", "until": TODAY() + timedelta(5)})
    for case in cases[:2]:
        hand_over(case, o1, o2)
    with pytest.raises(BadAct) as bad:
        actions.end_posting(o1, until=TODAY())
    assert "1 件" in str(bad.value)
    assert "1 份" in str(bad.value)
    assert cases[2].number in str(bad.value)
    hand_over(cases[2], o1, o2)
    assert [(one.case.pk, one.out) for one in holdings.of(o2)][-1] == (cases[2].pk, 1), (
        "the material went with the case"
    )
    actions.end_posting(o1, until=TODAY() - timedelta(1))
    elsewhere = actions.appoint(o1.person, "handler", "county_b", since=TODAY())
    assert not visible_to(elsewhere).filter(pk__in=[c.pk for c in cases]).exists()
    assert visible_to(o2).filter(pk__in=[c.pk for c in cases]).count() == 3
    client = Client()
    client.force_login(o1.person)
    assert client.get(f"/cases/~{cases[0].pk}/").status_code == 404


def test_naming_somebody_else_is_enough_and_a_closed_case_holds_nobody():
    o1, o2 = officer("handler", "county_a", 1), officer("handler", "county_a", 2)
    case = in_hand(o1)
    assert [one.case.pk for one in holdings.of(o1)] == [case.pk]
    record(
        case,
        "officers_assigned",
        by=officer("unit_head", "county_a"),
        facts={"officers": [f"p{o2.person_id}"], "duty": "handling"},
    )
    assert holdings.of(o1) == []
    assert [one.case.pk for one in holdings.of(o2)] == [case.pk]
    actions.end_posting(o1, until=TODAY())


@pytest.mark.clause("HN-BM-06a")
def test_the_head_is_told_when_a_posting_ends_by_its_date_and_still_holds_a_case():
    one = officer("handler", "county_a")
    in_hand(one)
    Officer.objects.filter(pk=one.pk).update(until=TODAY() + timedelta(8))
    assert jobs._leaving() == 0, "more than a week to go"
    told = Outbox.objects.filter(topic__startswith="posting_")
    for until, topic in ((TODAY() + timedelta(7), "posting_ends"), (TODAY() - timedelta(1), "posting_over")):
        Officer.objects.filter(pk=one.pk).update(until=until)
        jobs._leaving(), jobs._leaving()
        rows = told.filter(topic__startswith=topic)
        assert sorted(row.to for row in rows) == ["director@county_a", "leader@county_a", "unit_head@county_a"]
        words = words_without_case(rows[0])
        assert one.person.display_name in words.subject
        assert "1件没有移交" in words.subject
        assert f"{until.day}日" in words.text
    record(Case.objects.get(), "officers_assigned", by=officer("unit_head", "county_a"), facts={
        "officers": [f"p{officer('handler', 'county_a', 2).person_id}"], "duty": "handling",
    })  # fmt: skip
    told.delete()
    assert jobs._leaving() == 0


def test_a_head_learns_of_no_case_that_he_may_not_find_by_a_number():
    one = officer("handler", "county_a")
    case = in_hand(one)
    Officer.objects.filter(pk=one.pk).update(until=TODAY() + timedelta(3))
    Wall.objects.create(case_id=case.pk, person=officer("unit_head", "county_a").person.key)
    jobs._leaving()
    told = Outbox.objects.filter(topic__startswith="posting_")
    assert sorted(row.to for row in told) == ["director@county_a", "leader@county_a"]


def test_an_account_is_switched_off_at_once_whatever_it_holds_and_that_is_told(entrance_with):
    entrance_with(second_factor=frozenset())
    one = officer("handler", "county_a")
    case = in_hand(one)
    client = Client()
    client.force_login(one.person)
    assert client.get(f"/cases/~{case.pk}/").status_code == 200
    keeper = Client()
    keeper.force_login(queries.holders("administrator", "province").get().person)
    told = keeper.post(f"/manage/people/{one.person_id}/switch/", {"on": "no"}, follow=True).content.decode()
    assert "账号已停用，马上生效" in told
    assert f"此人手上还有 1 件在办案件、0 份带出的材料没有移交：{case.number}" in told
    assert client.get(f"/cases/~{case.pk}/").url.startswith("/login/")


def test_a_deputy_acts_from_day_to_day_and_the_log_says_in_whose_place():
    head = officer("unit_head", "county_a")
    person = actions.create_person("new.person", "新人")
    today = TODAY()
    posting = actions.appoint(person, "unit_head", "county_a", since=today, until=today + timedelta(9), deputy_for=head)
    body = AdminEvent.objects.order_by("-seq").first().body
    assert f'"deputy_for":{head.pk}' in body
    assert [o.pk for o in queries.postings(person, today + timedelta(9))] == [posting.pk]
    assert queries.postings(person, today + timedelta(10)) == []
    case = in_hand(officer("handler", "county_a"))
    assert visible_to(posting).filter(pk=case.pk).exists()
    assert queries.actor_of(posting).deputy
    assert isinstance(posting.until, date)
