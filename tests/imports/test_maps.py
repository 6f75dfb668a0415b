"""The shipped maps over the files they were made for, where this checkout has them beside it: every row enters, with its dates and its end."""

import csv
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from huiyin.cases.models import Case, Event, ExternalRef
from huiyin.dues.models import Due
from huiyin.imports import mapping, runner
from huiyin.imports.errors import MapError
from huiyin.moments import local
from huiyin.vault import actions as vault
from huiyin.vault.models import Record

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SLICE = 120  # rows of a long file
FILES = (
    ("letters_labelled", "zh/letters_labelled.csv"), ("letters_open", "zh/letters_open.csv"),
    ("letters_with_replies", "zh/letters_with_replies.csv"), ("hotline_river", "zh/hotline_river.csv"),
    ("market_complaint_samples", "zh/market_complaint_samples.csv"), ("car_complaints", "zh/car_complaints_gbk.csv"),
    ("baltimore_311", "en/baltimore_311.csv"), ("nyc_311", "en/nyc_311_1000.csv"), ("nyc_311_rodent", "en/nyc_311_rodent.csv"),
    ("cfpb_complaints", "en/cfpb_complaints.csv"), ("cfpb_complaints", "en/cfpb_report_example/complaints.csv"),
)  # fmt: skip
TIMES = "%m/%d/%Y %I:%M:%S %p"

pytestmark = pytest.mark.django_db


@pytest.fixture
def take(tmp_path, world):
    def taken(name, file, limit=SLICE):
        path = tmp_path / Path(file).name
        path.write_bytes((DATA / file).read_bytes())
        return runner.run(runner.Job(path, mapping.load(mapping.find(name)), "city", limit=limit))

    return taken


def rows(file, limit=SLICE):
    with (DATA / file).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))[:limit]


def test_every_shipped_map_can_be_read():
    names = [path.stem for path in mapping.SHIPPED.glob("*.toml")]
    assert len(names) >= 11
    for name in names:
        assert mapping.load(mapping.find(name)).columns()


if DATA.is_dir():

    @pytest.mark.parametrize(("name", "file"), FILES, ids=[f"{name}-{Path(file).stem}" for name, file in FILES])
    def test_all_rows_enter(take, name, file):
        found = take(name, file)
        assert found.rejected == 0
        assert found.registered == found.rows == min(SLICE, found.rows) > 0
        assert Case.objects.filter(number__isnull=False).count() == found.registered
        assert Event.objects.filter(name="imported").count() == found.registered
        assert take(name, file).registered == 0  # once each

    def test_open_history_has_limits_from_its_own_days(take):
        """Gates are not applied to the past, limits are: a letter of 2019 that nobody answered is late by years."""
        take("letters_open", "zh/letters_open.csv")
        assert not Event.objects.filter(name="concluded").exists()
        running = Due.objects.filter(state="running", window=False, late_at__isnull=False)
        assert running.values("subject_id").distinct().count() == SLICE
        assert running.filter(late_at__year__lte=2020).count() > SLICE // 2

    def test_the_reply_of_the_hotline_came_so_many_days_later(take):
        take("hotline_river", "zh/hotline_river.csv")
        checked = 0
        for row in rows("zh/hotline_river.csv"):
            case = ExternalRef.objects.get(system="hotline_river", no=row["row"]).case_id
            told = Event.objects.filter(case_id=case, name="concluded").first()
            began = date.fromisoformat(row["time"])
            if row["days_to_final_reply"].strip():
                assert told is not None
                assert local(told.occurred).date() == began + timedelta(days=int(float(row["days_to_final_reply"])))
                checked += 1
            else:
                assert told is None
        assert checked > 50

    def test_baltimore_ends_when_it_ended_and_was_promised_for_a_day(take):
        take("baltimore_311", "en/baltimore_311.csv")
        closed = 0
        for row in rows("en/baltimore_311.csv"):
            case = ExternalRef.objects.get(system="baltimore_311", no=row["ServiceRequestNum"]).case_id
            events = {e.name: e for e in Event.objects.filter(case_id=case)}
            created = datetime.strptime(row["CreatedDate"], TIMES)
            assert local(events["registered"].occurred) == created
            assert ("limit_agreed" in events) == bool(row["DueDate"].strip())
            assert ("concluded" in events) == bool(row["CloseDate"].strip())
            if "concluded" in events and row["DaysOpen"].strip():
                ended = local(events["concluded"].occurred)
                assert (ended.date() - created.date()).days == int(float(row["DaysOpen"]))
                closed += 1
        assert closed > 80

    def test_the_police_of_new_york_have_eight_hours(take):
        take("nyc_311", "en/nyc_311_1000.csv")
        checked = 0
        for row in rows("en/nyc_311_1000.csv"):
            if row["Agency"] == "NYPD" and row["Due Date"].strip():
                case = ExternalRef.objects.get(system="nyc_311", no=row["Unique Key"]).case_id
                event = Event.objects.get(case_id=case, name="limit_agreed")
                due = json.loads(event.body)["facts"]["due"]
                assert datetime.fromisoformat(due[:19]) == local(event.occurred) + timedelta(hours=8)
                checked += 1
        assert checked > 5

    def test_the_old_encoding_is_read_and_the_other_is_refused(take, tmp_path):
        take("car_complaints", "zh/car_complaints_gbk.csv", limit=10)
        texts = [vault.opened(r) for r in Record.objects.filter(name="subject").select_related("key")]
        assert any("吉利" in str(text) for text in texts)

    def test_a_complaint_about_a_company_names_it(take):
        take("cfpb_complaints", "en/cfpb_complaints.csv", limit=30)
        assert Event.objects.filter(name="respondent_notified").count() == 30
        assert Record.objects.filter(name="name", key__party="2").count() == 30


# -- what these maps needed: dates so many days later, events that only some rows tell of

MAP = """
enter     = "imported"
procedure = "jiangmen/complaint"
occurred  = {{ column = "day" }}
[external]
system = "old"
no     = "{{no}}"
[facts]
what = "{{what}}"
[[event]]
event         = "concluded"
at            = {at}
when          = {when}
facts.outcome = "answered"
"""


def taken_over(tmp_path, text, at='{ column = "day", plus_days = "days" }', when="{}"):
    (tmp_path / "map.toml").write_text(MAP.format(at=at, when=when), encoding="utf-8")
    (tmp_path / "cases.csv").write_text("no,day,days,state,what\n" + text, encoding="utf-8")
    return runner.run(runner.Job(tmp_path / "cases.csv", mapping.load(tmp_path / "map.toml"), "city"))


def ends():
    return [local(e.occurred).date() for e in Event.objects.filter(name="concluded").order_by("case_id")]


def test_a_moment_may_stand_so_many_days_after_a_column(world, tmp_path):
    found = taken_over(tmp_path, "1,2026-05-06,3,,a\n2,2026-05-06,,,b\n3,2026-05-06,30.0,,c\n4,2026-05-06,soon,,d\n")
    assert (found.registered, found.rejected) == (3, 1)
    assert ends() == [date(2026, 5, 9), date(2026, 6, 5)]
    assert "不是天数" in (tmp_path / "cases.rejected.csv").read_text(encoding="utf-8")


def test_an_event_may_be_told_of_by_some_rows_only(world, tmp_path):
    text = "1,2026-05-06,1,closed,a\n2,2026-05-06,2,open,b\n3,2026-05-06,3,,c\n"
    taken_over(tmp_path, text, when='{ state = ["closed", "done"] }')
    assert ends() == [date(2026, 5, 7)]


def test_any_content_may_tell_of_it(world, tmp_path):
    taken_over(tmp_path, "1,2026-05-06,1,closed,a\n2,2026-05-06,2,open,b\n3,2026-05-06,3,,c\n", when="{ state = true }")
    assert ends() == [date(2026, 5, 7), date(2026, 5, 8)]


@pytest.mark.parametrize(("at", "when", "what"), [
    ('{ column = "day", plus_days = "" }', "{}", "plus_days"), ('{ column = "day", plus_days = 3 }', "{}", "plus_days"),
    ('{ column = "day" }', '{ state = "closed" }', "when"), ('{ column = "day" }', "{ state = [] }", "when"),
])  # fmt: skip
def test_what_a_map_says_wrongly_is_named(world, tmp_path, at, when, what):
    with pytest.raises(MapError, match=what):
        taken_over(tmp_path, "", at=at, when=when)
