"""Files become cases: once each, in batches, what does not fit is given back with its reason."""

import csv
import json
from pathlib import Path

import pytest

from huiyin.cases import clock, queries
from huiyin.cases.models import Case, Event, ExternalRef
from huiyin.imports import mapping, runner
from huiyin.imports.errors import FileError
from huiyin.org.models import Adoption, Officer
from huiyin.vault.models import Record
from tests.cases import office

LETTERS = Path(__file__).resolve().parents[3] / "shared" / "data" / "zh" / "letters_labelled.csv"
MAP = """
enter     = "{enter}"
procedure = "trial/complaint"
occurred  = {{ column = "time" }}

[external]
system = "old"
no     = "{{no}}"

[facts]
kind    = "complaint"
channel = {{ column = "channel", table = {{ "电话" = "phone", "网站" = "web" }} }}
what    = "{{what}}"

[[party]]
role = "complainant"
name = "{{who}}"
"""
HEADING = "no,time,channel,what,who\n"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _world(world):
    office.procedure()
    with clock.at(office.MONDAY):
        yield


def job(tmp_path, rows, enter="imported", more="", **options):
    (tmp_path / "map.toml").write_text(MAP.format(enter=enter) + more, encoding="utf-8")
    (tmp_path / "cases.csv").write_text(HEADING + rows, encoding="utf-8")
    by = Officer.objects.get(role="intake_officer", unit_id="city") if enter == "registered" else None
    return runner.Job(tmp_path / "cases.csv", mapping.load(tmp_path / "map.toml"), "city", by, **options)


def rejected(job):
    with job.rejects.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def row(no, what="水壶漏水", time="2026-05-06 10:00:00", channel="电话", who="李某某"):
    return f"{no},{time},{channel},{what},{who}\n"


def test_each_row_becomes_a_case_with_a_number_of_the_series(tmp_path):
    found = runner.run(job(tmp_path, row(1) + row(2) + row(3)))
    assert (found.rows, found.registered, found.known, found.rejected) == (3, 3, 0, 0)
    assert list(Case.objects.order_by("id").values_list("series_no", flat=True)) == [1, 2, 3]
    assert set(ExternalRef.objects.values_list("system", "no")) == {("old", "1"), ("old", "2"), ("old", "3")}


def test_history_stands_at_its_own_time_behind_the_mark_of_taking_over(tmp_path):
    runner.run(job(tmp_path, row(1)))
    view = queries.history(Case.objects.get())
    assert [e.name for e in view.events] == ["imported", "registered"]
    assert view.events[1].occurred.isoformat() == "2026-05-06T10:00:00"
    assert {e.recorded for e in view.events} == {office.MONDAY}
    assert view.first("imported").facts == {"system": "old", "doc_no": "1"}


def test_limits_apply_to_history(tmp_path):
    runner.run(job(tmp_path, row(1)))
    (due,) = queries.limits(Case.objects.get())
    assert due.clauses == ("TRY-01",)
    assert due.end.day.isoformat() == "2026-05-12"  # Saturday 9 May 2026 is worked


def test_what_is_personal_is_sealed(tmp_path):
    runner.run(job(tmp_path, row(1, what="水壶漏水", who="李某某")))
    assert set(Record.objects.values_list("name", flat=True)) == {"what", "name"}
    assert not Event.objects.filter(body__contains="水壶").exists()
    assert not Event.objects.filter(body__contains="李某某").exists()


def test_the_same_file_again_registers_nothing(tmp_path):
    runner.run(job(tmp_path, row(1) + row(2)))
    found = runner.run(job(tmp_path, row(1) + row(2) + row(3)))
    assert (found.registered, found.known) == (1, 2)
    assert Case.objects.count() == 3


def test_a_number_that_stands_twice_in_a_file_is_given_back(tmp_path):
    task = job(tmp_path, row(1) + row(1))
    assert runner.run(task).rejected == 1
    assert "已经有了" in rejected(task)[0]["退回原因"]


def test_rows_that_do_not_fit_are_given_back_whole_with_row_and_reason(tmp_path):
    task = job(tmp_path, row(1) + row(2, time="2026-02-30") + row(3, channel="口信") + row(4))
    found = runner.run(task)
    assert (found.registered, found.rejected) == (2, 2)
    one, two = rejected(task)
    assert (one["no"], one["what"], one["行号"]) == ("2", "水壶漏水", "3")
    assert "“2026-02-30”：不是日期" in one["退回原因"]
    assert "“口信”：不在对照表中" in two["退回原因"]


def test_a_row_that_was_mended_in_the_rejected_file_goes_in_by_the_same_map(tmp_path):
    task = job(tmp_path, row(1, time="gestern"))
    runner.run(task)
    mended = task.rejects.read_text(encoding="utf-8").replace("gestern", "2026-05-06")
    again = tmp_path / "mended.csv"
    again.write_text(mended, encoding="utf-8")
    assert runner.run(runner.Job(again, task.map, "city")).registered == 1


def test_new_cases_are_registered_by_the_officer_and_by_the_rules(tmp_path):
    runner.run(job(tmp_path, row(1), enter="registered"))
    (event,) = Event.objects.all()
    assert (event.name, event.actor_role, event.actor_unit) == ("registered", "intake_officer", "city")


def test_what_the_rules_refuse_is_given_back_with_the_article_and_the_rest_goes_in(tmp_path):
    gate = '[[gate]]\nevent = "registered"\nholds = { fact = "what", is = "set" }\nclause = "TRY-10"\nsays = "须说明何事"\n'
    Adoption.objects.filter(procedure_id="trial/complaint").delete()
    office.procedure(gate)
    task = job(tmp_path, row(1) + row(2, what="") + row(3), enter="registered")
    found = runner.run(task)
    assert (found.registered, found.rejected) == (2, 1)
    assert "须说明何事（TRY-10）" in rejected(task)[0]["退回原因"]
    assert list(Case.objects.order_by("series_no").values_list("series_no", flat=True)) == [
        1,
        2,
    ]  # the one refused took no number


def test_a_date_in_the_future_is_given_back(tmp_path):
    task = job(tmp_path, row(1, time="2026-05-12 09:00:00"), enter="registered")
    runner.run(task)
    assert "晚于现在" in rejected(task)[0]["退回原因"]


def test_later_events_of_a_history_stand_in_the_case(tmp_path):
    more = '[[event]]\nevent = "replied"\nat = { column = "time" }\nfacts.method = "web"\nfacts.text = "{what}"\n'
    runner.run(job(tmp_path, row(1), more=more))
    assert list(Event.objects.order_by("seq").values_list("name", flat=True)) == ["imported", "registered", "replied"]


def test_it_goes_on_where_it_was_stopped(tmp_path):
    class Stopped(Exception):
        pass

    def stop(summary):
        if summary.rows == 4:
            raise Stopped

    rows = "".join(row(n) for n in range(1, 8))
    task = job(tmp_path, rows, batch=2)
    with pytest.raises(Stopped):
        runner.run(task, stop)
    assert Case.objects.count() == 4
    assert json.loads(task.state.read_text())["row"] == 5
    found = runner.run(job(tmp_path, rows, batch=2, resume=True))
    assert (found.resumed_after, found.rows, found.registered, found.known) == (5, 3, 3, 0)
    assert not task.state.exists()


def test_another_file_is_not_gone_on_with(tmp_path):
    task = job(tmp_path, row(1) + row(2), limit=1)
    runner.run(task)
    with pytest.raises(FileError, match="不能接着导入"):
        runner.run(job(tmp_path, row(1) + row(2) + row(3), resume=True))


def test_the_first_rows_alone_may_be_tried(tmp_path):
    assert runner.run(job(tmp_path, row(1) + row(2) + row(3), limit=2)).registered == 2


def test_a_column_that_is_missing_is_named(tmp_path):
    task = job(tmp_path, "")
    task.path.write_text("no,time,channel,what\n", encoding="utf-8")
    with pytest.raises(FileError, match="没有映射所用的列：who"):
        runner.run(task)


def test_a_procedure_that_nobody_has_is_said(tmp_path):
    task = job(tmp_path, row(1))
    (tmp_path / "map.toml").write_text(
        MAP.format(enter="imported").replace("trial/complaint", "trial/other"), encoding="utf-8"
    )
    task = runner.Job(task.path, mapping.load(tmp_path / "map.toml"), "city")
    assert runner.run(task).rejected == 1
    assert "本单位没有这个程序：trial/other" in rejected(task)[0]["退回原因"]


if LETTERS.is_file():

    def test_all_labelled_letters_enter(tmp_path):
        """The real letters, where this checkout has them beside it."""
        path = tmp_path / LETTERS.name
        path.write_bytes(LETTERS.read_bytes())
        found = runner.run(runner.Job(path, mapping.load(mapping.find("letters_labelled")), "city"))
        assert (found.rows, found.registered, found.rejected) == (4104, 4104, 0)
        assert Case.objects.filter(number__isnull=False).count() == 4104
        assert Case.objects.filter(category="letters:trade").count() == 533
