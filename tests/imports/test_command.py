"""`huiyin import` says what it did, and what is wrong with what it was asked."""

import argparse

import pytest

from huiyin.cases.models import Case
from huiyin.commands import Stop, import_
from tests.cases import office
from tests.imports.test_run import HEADING, MAP, row

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _world(world):
    office.procedure()


def main(*arguments):
    """The command without the check of the database, which would close the connection of the test."""
    parser = argparse.ArgumentParser()
    import_.add_arguments(parser)
    return import_.take_over(parser.parse_args([*arguments, "--processes", "1"]))


def refused(*arguments):
    with pytest.raises(Stop) as caught:
        main(*arguments)
    return str(caught.value)


def files(tmp_path, rows, enter="imported"):
    (tmp_path / "map.toml").write_text(MAP.format(enter=enter), encoding="utf-8")
    (tmp_path / "cases.csv").write_text(HEADING + rows, encoding="utf-8")
    return [str(tmp_path / "cases.csv"), "--map", str(tmp_path / "map.toml")]


def test_it_counts_what_it_did(tmp_path, capsys):
    assert main(*files(tmp_path, row(1) + row(2)), "--unit", "city") == 0
    assert "共 2 行：登记 2 件，已在库 0 件，退回 0 行" in capsys.readouterr().out


def test_it_ends_with_1_and_names_the_file_of_rejected_rows(tmp_path, capsys):
    assert main(*files(tmp_path, row(1) + row(2, channel="口信")), "--unit", "city") == 1
    said = capsys.readouterr().out
    assert "退回 1 行" in said
    assert str(tmp_path / "cases.rejected.csv") in said


def test_new_cases_are_registered_by_the_officer_named(tmp_path, capsys):
    asked = files(tmp_path, row(1), enter="registered")
    assert main(*asked, "--unit", "city", "--by", "intake.city") == 0
    assert Case.objects.get().unit == "city"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "没有写登记单位"),
        (["--unit", "nowhere"], "没有单位“nowhere”"),
        (["--unit", "city"], "须写明登记人"),
        (["--unit", "city", "--by", "nobody"], "没有任职"),
        (["--unit", "city", "--by", "intake.county_a"], "没有任职"),
    ],
)
def test_what_is_missing_is_said(tmp_path, arguments, says):
    assert says in refused(*files(tmp_path, row(1), enter="registered"), *arguments)


def test_a_file_or_map_that_is_not_there_is_said(tmp_path):
    file, *more = files(tmp_path, row(1))
    assert "没有文件" in refused(str(tmp_path / "none.csv"), *more, "--unit", "city")
    assert "随附的映射有：" in refused(file, "--map", "nothing", "--unit", "city")
