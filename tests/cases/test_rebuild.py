"""Copies follow from events, without keys."""

from datetime import timedelta

import pytest

from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.cases.models import AccessEntry, Case, CaseRound, Counter, Hop, Party
from huiyin.cases.numbers import given_before
from huiyin.cases.rebuilding import case_ids, differences, pages, rebuild, rebuild_counters
from huiyin.cases.verifying import verify
from huiyin.dues.models import Due
from huiyin.vault import keys
from tests.cases.office import MONDAY, a_case, officer


@pytest.fixture
def cases():
    """Three cases at different stages, one of them reopened and one corrected."""
    first, second, third = a_case(), a_case(), a_case()
    steps = [
        (first, "dispatched", "intake_officer", "city", {"to": "county_a"}),
        (first, "received", "intake_officer", "county_a", {}),
        (
            first,
            "officers_assigned",
            "unit_head",
            "county_a",
            {"officers": [f"p{officer('handler', 'county_a').person_id}"]},
        ),
        (first, "concluded", "handler", "county_a", {"outcome": "settled"}),
        (first, "replied", "handler", "county_a", {"text": "已退款", "method": "phone"}),
        (first, "called_back", "caller_back", "city", {"satisfaction": "dissatisfied"}),
        (first, "reopened", "unit_head", "city", {}),
        (second, "dispatched", "intake_officer", "city", {"to": "county_b"}),
        (second, "returned", "intake_officer", "county_b", {"reason": "不在本辖区"}),
        (third, "marked", "unit_head", "city", {"mark": "urgent"}),
        (third, "linked", "unit_head", "city", {"with": second.number, "relation": "repeat"}),
    ]
    for hour, (case, event, role, unit, facts) in enumerate(steps, 1):
        with clock.at(MONDAY + timedelta(hours=hour)):
            record(case, event, by=officer(role, unit), facts=facts)
    return [first, second, third]


def everything():
    from huiyin.cases.rebuilding import ALL

    return {table.model.__name__: table.stored() for table in ALL}


def test_what_recording_stored_is_what_follows_from_the_events(cases):
    assert list(differences(case_ids())) == []


def test_rebuilding_makes_lost_and_damaged_copies_again_without_any_key(cases, monkeypatch):
    before = everything()
    assert all(before[name] for name in ("Case", "Party", "Hop", "CaseRound", "AccessEntry", "Due", "Link"))
    Party.objects.all().delete()
    Hop.objects.all().delete()
    Due.objects.filter(name="accept").delete()
    AccessEntry.objects.update(how="had")
    CaseRound.objects.update(stage="reception", outcome="")
    Case.objects.update(stage="reception", handling_unit="province", number=None, code_hash="")

    def no_key(*_args):
        raise AssertionError("a key was asked for")

    for name in ("ring", "newest", "data_key"):
        monkeypatch.setattr(keys, name, no_key)
    assert rebuild(case_ids()) == 3
    assert everything() == before
    assert rebuild(case_ids()) == 0


def test_a_case_row_that_is_gone_comes_back(cases):
    from django.db import connection

    before = everything()["Case"]
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM cases_case WHERE id = %s", [cases[0].pk])
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")
    rebuild(case_ids())
    assert everything()["Case"] == before


def test_differences_name_the_copy_and_its_columns(cases):
    Case.objects.filter(pk=cases[1].pk).update(stage="archive", marks="urgent")
    Hop.objects.filter(case_id=cases[0].pk).delete()
    found = {(d.case_id, d.table, d.what, d.columns) for d in differences(case_ids())}
    assert found == {
        (cases[1].pk, "cases_case", "differs", ("marks", "stage")), (cases[0].pk, "cases_hop", "missing", ()),
    }  # fmt: skip


def test_a_stray_row_is_taken_away(cases):
    Party.objects.create(case_id=cases[0].pk, no="9", role="witness")
    assert rebuild([cases[0].pk]) == 1
    assert not Party.objects.filter(no="9").exists()


def test_counters_come_back_and_never_go_down(cases):
    series = Case.objects.first().series
    Counter.objects.filter(pk=series).delete()
    assert rebuild_counters() == 1
    assert Counter.objects.get(pk=series).value == 3
    Counter.objects.filter(pk=series).update(value=7)
    assert rebuild_counters() == 0
    assert Counter.objects.get(pk=series).value == 7


@pytest.mark.parametrize("others", [0, 1])
def test_a_registration_that_was_annulled_and_made_again_leaves_no_gap(others):
    case = a_case()
    record(case, "annulled", by=officer("unit_head", "city"), re=[1], facts={"reason": "登记错了"})
    for _ in range(others):
        a_case()
    record(case, "registered", by=officer("intake_officer", "city"), facts={"channel": "phone"})
    again = Case.objects.get(pk=case.pk)
    assert (case.number, again.number) == ("2026000001", f"202600000{2 + others}")
    assert given_before() == {case.series: {1}}
    assert verify().sound
    Counter.objects.filter(pk=case.series).update(value=0)
    assert [f.kind for f in verify().findings] == ["series"]
    assert rebuild_counters() == 1
    assert Counter.objects.get(pk=case.series).value == 2 + others
    assert verify().sound


def test_pages_go_over_all_cases(cases):
    assert [id for page in pages(size=2) for id in page] == sorted(case.pk for case in cases)


def test_rounds_tell_what_statistics_count(cases):
    first, second = CaseRound.objects.filter(case_id=cases[0].pk).order_by("round")
    assert (first.outcome, first.satisfaction, first.lateness) == ("settled", "dissatisfied", {"conclude": "met"})
    assert (first.area, first.amount_fen, first.respondent_kind, first.channel) == (
        "990121001",
        19900,
        "business",
        "phone",
    )
    assert (second.round, second.satisfaction, second.concluded, second.stage) == (2, "", None, "registration")
    returned = CaseRound.objects.get(case_id=cases[1].pk)
    assert (returned.returned, returned.handling_unit) == (1, "city")


def test_the_command_rebuilds_one_case_or_all(cases, capsys):
    from huiyin.commands import rebuild as command

    Case.objects.update(stage="archive")
    import argparse

    monkey = argparse.Namespace(case=cases[0].number, only=None)
    command.database_ready = lambda: None
    assert command.run(monkey) == 0
    assert "已重建 1 件案件，其中 1 件" in capsys.readouterr().out
    assert command.run(argparse.Namespace(case=None, only=None)) == 0
    assert "已重建 3 件案件，其中 2 件" in capsys.readouterr().out
