"""Acts on entries: written to the log of administration, found by whom they concern, owed in the one table, rebuilt from the log."""

import json
from datetime import date, datetime

import pytest
from django.db import connection

from huiyin.cases import clock
from huiyin.cases.errors import Stale
from huiyin.core.model import Refused
from huiyin.core.registers import Ask
from huiyin.dues.models import REGISTER, Due
from huiyin.org import log
from huiyin.org.models import AdminEvent
from huiyin.registers import actions, copies, queries
from huiyin.registers.models import Entry, EntryAccess, EntryCase, EntryEvent
from huiyin.vault.models import Record
from tests.cases.office import officer
from tests.web.test_case_page import registered

pytestmark = pytest.mark.django_db
CAMPAIGN = {
    "title": "12315在行动", "issued": "2026-03-01", "begins": "2026-03-01", "ends": "2026-12-31", "telephone": "0000-5550123",
    "organise_by": "2026-03-31", "units": ["county_a", "section_c1"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def march():
    with clock.at(datetime(2026, 3, 2, 9)):
        yield


def head():
    return officer("unit_head", "city")


def campaign(**more):
    return actions.enter(("BS", "campaign"), {**CAMPAIGN, **more}, by=head()).entry


def line(under, **more):
    return actions.enter(
        ("BS", "line"), {"no": 1, "title": "食品", "lead": "section_c1", **more}, by=head(), under=under
    ).entry


def test_an_act_is_an_event_of_the_log_with_its_actor_and_the_chain_holds():
    entry = campaign()
    event = AdminEvent.objects.get(seq=entry.pk)
    body = json.loads(event.body)
    assert (event.name, body["facts"]["verb"], body["facts"]["register"]) == ("register", "enter", "BS.campaign")
    assert body["actor"] == {"person": head().person.key, "role": "unit_head", "unit": "city"}
    assert log.broken() == []


def test_a_correction_asks_for_a_reason_and_is_a_new_version():
    entry = campaign()
    with pytest.raises(Refused) as refused:
        actions.act(entry, "change", {"title": "新名称"}, by=head())
    assert refused.value.code == "register_reason"
    done = actions.act(entry, "change", {"title": "新名称"}, by=head(), reason="王某要求更名")
    assert (done.entry.version, done.entry.values["title"]) == (2, "新名称")
    assert "王某" not in AdminEvent.objects.get(seq=done.entry.head).body
    assert [p.verb for p in queries.history(entry.pk)] == ["enter", "change"]


def test_nothing_is_written_when_a_gate_stands_against_it():
    entry = campaign(telephone="")
    before = AdminEvent.objects.count()
    with pytest.raises(Refused) as refused:
        actions.act(entry, "put_in_force", by=head())
    assert refused.value.clauses == ("BS-3f",)
    assert AdminEvent.objects.count() == before


def test_a_page_that_is_behind_is_told_so():
    entry = campaign()
    actions.act(entry, "change", {"area": "990100"}, by=head())
    with pytest.raises(Stale):
        actions.act(entry, "put_in_force", by=head(), head=entry.pk)


@pytest.mark.clause("BS-00b", "BS-3f")
def test_participating_units_find_the_campaign_and_a_unit_that_is_not_named_does_not():
    entry = campaign()
    under = line(entry)
    for role, unit, finds in (
        ("handler", "county_a", True),
        ("handler", "section_c1", True),
        ("handler", "county_b", False),
    ):
        found = set(queries.visible_to(officer(role, unit)).values_list("pk", flat=True))
        assert ({entry.pk, under.pk} <= found) is finds, unit
    assert queries.opened(officer("handler", "county_a"), entry.pk).item.get("telephone") == "0000-5550123"
    assert queries.opened(officer("handler", "county_b"), entry.pk) is None


@pytest.mark.clause("BS-4-1b")
def test_units_without_an_organisation_owe_it_in_the_one_table():
    entry = campaign()
    actions.act(entry, "put_in_force", by=head())
    actions.enter(("BS", "organisation"), _organisation("county_a"), by=officer("director", "county_a"), under=entry)
    owed = Due.objects.filter(subject_kind=REGISTER, subject_id=entry.pk, state="running")
    assert [(d.owed_unit, d.due_day, d.clauses) for d in owed] == [("section_c1", date(2026, 3, 31), "BS-4-1b")]
    with clock.at(datetime(2026, 4, 1, 0, 0, 1)):
        assert [(o.due.owed_unit, o.late) for o in queries.overdue(head())] == [("section_c1", True)]
        assert queries.overdue(officer("unit_head", "county_b")) == []


def _organisation(unit):
    who = {
        n: f"{officer(r, unit).person.key}"
        for n, r in (("first_responsible", "director"), ("in_charge", "leader"), ("contact", "handler"))
    }
    return {"unit": unit, **who}


@pytest.mark.clause("BS-4-1c")
def test_a_first_responsible_who_is_not_the_chief_is_refused():
    entry = campaign()
    given = {**_organisation("county_a"), "first_responsible": officer("handler", "county_a").person.key}
    with pytest.raises(Refused) as refused:
        actions.enter(("BS", "organisation"), given, by=officer("director", "county_a"), under=entry)
    assert refused.value.clauses == ("BS-4-1c",)


def test_a_failed_sample_opens_a_lead_in_the_same_act():
    under = line(campaign())
    by = officer("handler", "county_a")
    done = actions.enter(
        ("BS", "sample"),
        {"title": "面条", "origin": "elsewhere", "result": "fail", "day": "2026-03-02"},
        by=by,
        under=under,
    )
    assert [(e.register, e.parent_id, e.values["by"]) for e in done.also] == [("lead", done.entry.pk, "2026-03-02")]
    assert AdminEvent.objects.get(seq=done.also[0].pk).actor_role == "system"


def test_personal_values_are_closed_and_stand_in_no_event():
    under = line(campaign())
    given = {"title": "小作坊", "sort": "小作坊", "address": "城关一路1号王某家"}
    entry = actions.enter(("BS", "place"), given, by=officer("handler", "county_a"), under=under).entry
    assert "王某" not in AdminEvent.objects.get(seq=entry.pk).body
    assert Record.objects.get(case_id=-entry.pk).name == "address"
    assert set(entry.values["address"]) == {"vault", "c"}


def test_cases_are_linked_only_by_whom_may_find_them_and_counted_once():
    case = registered("jiangmen/complaint", "city")
    entry = line(campaign(), goods=["goods:food"])
    with pytest.raises(Refused):
        actions.assign(entry, "results", case, by=officer("unit_head", "county_b"))
    done = actions.assign(entry, "results", case, by=head())
    assert list(EntryCase.objects.values_list("entry_id", "case_id")) == [(entry.pk, case.pk)]
    found = queries.opened(head(), done.entry.top_id)
    assert {c.figure.name: c.value for c in queries.figures(found)}["results"] == 1
    assert [one.entry.pk for one in queries.entries_of(head(), case)] == [entry.pk]


@pytest.mark.clause("BS-5")
def test_the_plan_of_an_earlier_day_stays_readable():
    entry = campaign()
    for no in range(1, 11):
        line(entry, no=no)
    with clock.at(datetime(2026, 6, 1, 9)):
        actions.act(entry, "change", {"issued": "2026-06-01"}, by=head(), reason="增加一条")
        line(entry, no=11)
        found = queries.opened(head(), entry.pk)
        counted = {c.figure.name: c.value for c in queries.figures(found)}
        then = queries.as_of(found, date(2026, 3, 31))
        before = list(
            Ask(then, then.items[entry.pk], None, date(2026, 3, 31), found.ask.world).book.children(
                then.items[entry.pk], "line"
            )
        )
        assert (counted["lines"], len(before)) == (11, 10)
        assert (then.items[entry.pk].version, found.item.version) == (1, 2)


@pytest.mark.clause("BS-4-4b")
def test_an_unannounced_inspection_is_found_by_the_unit_when_it_starts():
    entry = campaign()
    member = officer("unit_head", "section_c1")
    post = {"organ": "supervision", "post": "member", "person": member.person.key, "since": "2026-03-01"}
    actions.enter(("BS", "post"), post, by=head(), under=entry)
    given = {"unit": "county_a", "day": "2026-05-17", "kind": "irregular", "by_person": member.person.key}
    done = actions.enter(("BS", "supervision"), given, by=member, under=entry).entry
    for day, finds in ((16, False), (17, True)):
        with clock.at(datetime(2026, 5, day, 9)):
            assert queries.visible_to(officer("handler", "county_a")).filter(pk=done.pk).exists() is finds
            assert queries.visible_to(member).filter(pk=done.pk).exists()


def test_an_annulled_entry_stays_readable_and_counts_nowhere():
    entry = campaign()
    one = line(entry)
    with pytest.raises(Refused):
        actions.act(one, "annul", by=head())
    actions.act(one, "annul", by=head(), reason="重复录入")
    found = queries.opened(head(), entry.pk)
    assert {c.figure.name: c.value for c in queries.figures(found)}["lines"] == 0
    assert queries.opened(head(), one.pk).item.annulled


def test_the_copies_are_made_again_from_the_log():
    entry = campaign()
    case = registered("jiangmen/complaint", "city")
    one = actions.assign(line(entry), "results", case, by=head()).entry
    actions.act(entry, "put_in_force", by=head())
    assert copies.differences() == []
    wanted = list(
        EntryAccess.objects.order_by("entry_id", "sort", "who").values_list("entry_id", "sort", "who", "since")
    )
    owed = list(Due.objects.filter(subject_kind=REGISTER).order_by("key").values_list("key", "late_at", "owed_unit"))
    Entry.objects.filter(pk=one.pk).update(state="launched", values={})
    EntryEvent.objects.filter(entry_id=entry.pk).delete()
    EntryAccess.objects.all().delete()
    Due.objects.filter(subject_kind=REGISTER).delete()
    assert copies.differences() == sorted([entry.pk, one.pk])
    assert copies.rebuild() == 2
    assert copies.differences() == []
    assert (
        list(EntryAccess.objects.order_by("entry_id", "sort", "who").values_list("entry_id", "sort", "who", "since"))
        == wanted
    )
    assert (
        list(Due.objects.filter(subject_kind=REGISTER).order_by("key").values_list("key", "late_at", "owed_unit"))
        == owed
    )


def test_the_page_of_an_entry_asks_few_questions_of_the_database(django_assert_max_num_queries):
    entry = campaign()
    for no in range(1, 11):
        line(entry, no=no)
    with django_assert_max_num_queries(14):
        found = queries.opened(head(), entry.pk)
        queries.figures(found)
        queries.children(head(), found, "line")
        queries.history(entry.pk)
    assert connection.in_atomic_block


@pytest.mark.clause("YQ-1c", "YQ-2e")
def test_a_figure_over_another_register_sees_what_hangs_under_its_entries():
    by = officer("unit_head", "county_a")
    given = {"title": "2026年", "begins": "2026-01-01", "ends": "2026-12-31", "target_no": 30}
    period = actions.enter(("YQ", "station_period"), given, by=by).entry
    station = {
        "title": "第一商场", "kind": "mall", "address": "城关一路", "contact": "王某", "telephone": "13800000001", "set_up": "2026-02-01",
        "officer": by.person.key,
    }  # fmt: skip
    busy, idle = (actions.enter(("YQ", "station"), station, by=by).entry for _ in range(2))
    actions.enter(("YQ", "record"), {"what": "taken", "number": 3}, by=officer("handler", "county_a"), under=busy)
    counted = {c.figure.name: c for c in queries.figures(queries.opened(by, period.pk))}
    assert (counted["set_up"].value, counted["set_up"].of, counted["active"].value) == (2, 30, 1)
    assert [i.id for i in counted["active"].missing] == [idle.pk]
    assert "13800000001" not in AdminEvent.objects.get(seq=busy.pk).body


def test_two_who_put_cases_into_an_entry_at_once_both_have_theirs():
    entry = campaign()
    one, two = registered("jiangmen/complaint", "city"), registered("jiangmen/complaint", "city")
    shown = [Entry.objects.get(pk=entry.pk) for _reader in range(2)]  # both pages show the entry as it was
    for row, case in zip(shown, (one, two), strict=True):
        actions.assign(row, "results", case, by=head())
    assert Entry.objects.get(pk=entry.pk).values["results"] == [one.pk, two.pk]


def test_nothing_is_entered_under_an_entry_that_was_annulled_meanwhile():
    under = campaign()
    shown = Entry.objects.get(pk=under.pk)
    actions.act(under, "annul", by=head(), reason="登错")
    with pytest.raises(Refused):
        line(shown)


def test_nothing_is_done_on_an_entry_that_one_does_not_find_or_that_was_annulled():
    entry = campaign()
    one = line(entry)
    place = {"title": "小作坊", "sort": "小作坊"}
    with pytest.raises(Refused):
        actions.enter(("BS", "place"), place, by=officer("handler", "county_b"), under=one)
    with pytest.raises(Refused):
        actions.act(one, "change", {"staff": 3}, by=officer("unit_head", "county_b"))
    annulled = actions.act(one, "annul", by=head(), reason="重复录入").entry
    with pytest.raises(Refused):
        actions.enter(("BS", "place"), place, by=officer("handler", "county_a"), under=annulled)
    assert not Entry.objects.filter(register="place").exists()
