"""Limits as rows of the one table of what is owed."""

from datetime import UTC, date, datetime

import pytest

from huiyin.core.model import Due as CoreDue
from huiyin.core.workdays import End
from huiyin.dues import rows
from huiyin.dues.models import Due
from huiyin.dues.rows import first_late_moment, rows_of
from huiyin.dues.tables import Table

NINE = datetime(2026, 5, 11, 9, 0, 0)


def owed(name="conclude", end=None, **more):
    given = {
        "opened_by": 2,
        "start": NINE,
        "state": "running",
        "owed_by": "handler@county_a",
        "act_by": date(2026, 5, 20),
    } | more
    return CoreDue(name, ("TRY-02",), "七个工作日内办结", "conclude", None, "hard", end=end, **given)


def test_a_day_limit_is_late_from_the_next_midnight_of_the_place():
    assert first_late_moment(End(None, date(2026, 5, 20), False)) == datetime(2026, 5, 20, 16, 0, tzinfo=UTC)


def test_a_clock_limit_is_late_a_second_after_its_moment():
    end = End(datetime(2026, 5, 12, 20, 11, 0), None, False)
    assert first_late_moment(end) == datetime(2026, 5, 12, 12, 11, 1, tzinfo=UTC)


def test_without_an_end_nothing_is_late():
    assert first_late_moment(None) is None


@pytest.mark.django_db
def test_a_row_holds_what_lists_need():
    rows.refresh(
        7, rows_of(7, [owed(end=End(None, date(2026, 5, 20), True))], number="2026000007", kind="complaint"), fresh=True
    )
    row = Due.objects.get()
    assert (row.subject_kind, row.subject_id, row.number, row.kind) == ("case", 7, "2026000007", "complaint")
    assert (row.due_day, row.due_moment, row.act_by, row.provisional) == (
        date(2026, 5, 20),
        None,
        date(2026, 5, 20),
        True,
    )
    assert (row.owed_role, row.owed_unit, row.clauses, row.target) == ("handler", "county_a", "TRY-02", "conclude")
    assert row.started == datetime(2026, 5, 11, 1, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_only_what_changed_is_written(django_assert_num_queries):
    first = rows_of(7, [owed(), owed("accept", opened_by=1)], number="N", kind="complaint")
    rows.refresh(7, first, fresh=True)
    rows.refresh(8, rows_of(8, [owed()], number="M", kind="complaint"), fresh=True)
    with django_assert_num_queries(1):
        rows.refresh(7, first, fresh=False)
    keys = {row.name: row.pk for row in Due.objects.filter(subject_id=7)}
    changed = [owed(state="met", closed_by=4, closed_at=NINE, late=False), owed("accept", opened_by=1)]
    with django_assert_num_queries(2):
        rows.refresh(7, rows_of(7, changed, number="N", kind="complaint"), fresh=False)
    assert {row.name: row.state for row in Due.objects.filter(subject_id=7)} == {"conclude": "met", "accept": "running"}
    assert {row.name: row.pk for row in Due.objects.filter(subject_id=7)} == keys
    rows.refresh(7, rows_of(7, changed[:1], number="N", kind="complaint"), fresh=False)
    assert [row.name for row in Due.objects.filter(subject_id=7)] == ["conclude"]
    assert Due.objects.filter(subject_id=8).count() == 1


def test_instances_that_look_alike_keep_apart():
    found = rows_of(
        7, [owed(), owed(), owed(unit="county_a"), owed(unit="county_b"), owed(opened_by=5)], number="", kind=""
    )
    keys = [row[2] for row in found]
    assert len(set(keys)) == 5


@pytest.mark.django_db
def test_a_table_compares_tables_of_facts_by_their_words():
    from huiyin.cases.models import Party

    table = Table(Party, ("case_id", "no", "role", "facts", "identity", "present"), 2, frozenset({"facts", "identity"}))
    row = (7, "1", "complainant", '{"area":"99","minor":true}', "{}", True)
    table.insert([row])
    assert table.stored(case_id=7) == {(7, "1"): row}
    table.sync(table.stored(case_id=7), [(*row[:3], '{"area":"98"}', "{}", True)])
    assert Party.objects.get().facts == {"area": "98"}
