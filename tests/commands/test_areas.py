"""`huiyin areas`: the divisions of a country from tables, each in the one above it."""

import argparse
from pathlib import Path

import pytest

from huiyin.commands import Stop, areas
from huiyin.org import actions
from huiyin.org.models import AdminEvent, Area

DIVISIONS = Path(__file__).resolve().parents[3] / "shared" / "data" / "admin"
pytestmark = pytest.mark.django_db


def load(*paths):
    found = {}
    for path in paths:
        found |= areas.read(path)
    return actions.set_areas(found, source="test")


def table(path, *rows):
    path.write_text("code,name\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_areas_lie_in_those_above_them(sample_world, tmp_path):
    files = (
        table(tmp_path / "a.csv", "11,示范京", "1101,市辖区"),
        table(tmp_path / "b.csv", "110101001,甲街道", "110101,乙区"),
    )
    assert load(*files) == 4
    assert dict(Area.objects.filter(code__startswith="11").values_list("code", "parent_id")) == {
        "110000": None, "110100": "110000", "110101": "110100", "110101001": "110101",
    }  # fmt: skip
    assert AdminEvent.objects.filter(name="areas_set").count() == 1


def test_again_nothing_changes_and_a_new_name_is_taken(sample_world, tmp_path):
    before = Area.objects.count()
    first = table(tmp_path / "a.csv", "11,示范京", "110101001,甲街道")
    assert load(first) == 2
    assert load(first) == 0
    assert load(table(tmp_path / "b.csv", "110101001,新名街道", "1101,市辖区")) == 2
    assert Area.objects.get(code="110101001").label == "新名街道"
    assert Area.objects.count() == before + 3
    assert AdminEvent.objects.filter(name="areas_set").count() == 2


@pytest.mark.parametrize("row", ["1,一位", "110101,", "x,字母", "1101010,七位"])
def test_a_row_that_is_no_area_stops_all(sample_world, tmp_path, row, monkeypatch):
    monkeypatch.setattr(areas, "database_ready", lambda: None)
    before = Area.objects.count()
    with pytest.raises(Stop, match="第 3 行"):
        areas.run(argparse.Namespace(files=[table(tmp_path / "a.csv", "11,示范京", row)]))
    assert Area.objects.count() == before


if DIVISIONS.is_dir():

    def test_the_divisions_of_the_whole_country(sample_world, capsys, monkeypatch):
        monkeypatch.setattr(areas, "database_ready", lambda: None)
        before = Area.objects.count()
        names = ("provinces", "cities", "areas", "streets")
        areas.run(argparse.Namespace(files=[DIVISIONS / f"division_{name}.csv" for name in names]))
        count = 31 + 342 + 2978 + 41352 - 3  # three cities have no districts: one code for both
        assert str(count) in capsys.readouterr().out
        assert Area.objects.count() == before + count
        assert Area.objects.get(code="441900003").parent_id == "441900"
        assert Area.objects.get(code="110101001").parent_id == "110101"
        assert (
            Area.objects.filter(parent=None).exclude(code__startswith="99").exclude(code__startswith="98").count() == 31
        )
