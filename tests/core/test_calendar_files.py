"""Reading calendar files: what is shipped, and every way a file can be wrong."""

from datetime import date
from pathlib import Path

import pytest

from huiyin.core.calendar_files import SHIPPED, CalendarFileError, load, load_overlay, load_year
from huiyin.core.workdays import MakeUp, Rest

YEAR = """
year       = 2030
title      = "示例通知"
number     = "示例〔2029〕1号"
known_from = 2029-11-05
rest = [
  { name = "元旦", first = 2029-12-30, last = 2030-01-01 },
  { name = "国庆节", first = 2030-10-01, last = 2030-10-07 },
]
makeup = [
  { day = 2029-12-29, for = "元旦" },
  { day = 2030-09-29, for = "国庆节" },
]

[sources]
dates      = "the notice"
number     = "the notice"
known_from = "the notice"
"""

SOURCES = YEAR[YEAR.index("[sources]") :]

AMENDMENT = """
[[amendment]]
title      = "示例调整"
known_from = 2030-03-01
replaces   = ["国庆节"]
rest       = [{ name = "国庆节", first = 2030-10-01, last = 2030-10-08 }]

[amendment.sources]
dates      = "the change"
known_from = "the change"
"""

OVERLAY = """
code  = "hall"
label = "示例政务大厅"
kind  = "office"
known_from = 2030-01-02
rest   = [{ name = "设备检修", first = 2030-06-03, last = 2030-06-04 }]
worked = [{ day = 2030-06-08, name = "设备检修" }]
"""


def write(folder: Path, text: str, name: str = "2030.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str, text: str = YEAR) -> str:
    assert old in text
    return text.replace(old, new, 1)


# what is shipped


def test_every_year_from_2004_to_2026_is_shipped() -> None:
    calendar = load()
    assert [notice.year for notice in calendar.notices if not notice.amends] == list(range(2004, 2027))
    assert [notice.year for notice in calendar.notices if notice.amends] == [2015, 2019, 2020]
    assert calendar.known_until == 2026


def test_every_number_and_date_of_publication_names_its_source() -> None:
    for notice in load().notices:
        sources = dict(notice.sources)
        assert sources["dates"], notice.title
        assert bool(sources.get("number")) is (notice.number is not None), notice.title
        assert bool(sources.get("known_from")) is (notice.known_from is not None), notice.title


def test_a_notice_is_published_before_its_first_day() -> None:
    for notice in load().notices:
        assert notice.known_on < min(block.last for block in notice.rest), notice.title


# reading


def test_a_file_is_read_as_it_stands(tmp_path: Path) -> None:
    base, amendment = load_year(write(tmp_path, YEAR + AMENDMENT))
    assert base.rest[0] == Rest("元旦", date(2029, 12, 30), date(2030, 1, 1))
    assert base.makeup[0] == MakeUp(date(2029, 12, 29), "元旦")
    assert (base.number, base.known_from, base.amends) == ("示例〔2029〕1号", date(2029, 11, 5), False)
    assert (amendment.number, amendment.replaces, amendment.amends) == (None, ("国庆节",), True)
    calendar = load(tmp_path)
    assert calendar.is_rest(date(2030, 10, 8))
    assert not calendar.is_working(date(2030, 9, 29))  # the amendment names no make-up day for the holiday it replaces
    assert calendar.as_known(date(2030, 2, 28)).is_working(date(2030, 10, 8))


def test_a_folder_of_the_offices_own_adds_and_replaces_years(tmp_path: Path) -> None:
    write(tmp_path, YEAR)
    write(tmp_path, YEAR.split("makeup")[0].replace("2030", "2026").replace("2029", "2025") + SOURCES, "2026.toml")
    calendar = load(extra=[tmp_path])
    assert calendar.known_until == 2030
    assert calendar.is_known(date(2026, 5, 1))
    assert not calendar.is_known(date(2028, 5, 1))
    assert calendar.is_working(date(2026, 5, 1))  # this file has no Labour Day
    assert calendar.is_rest(date(2025, 5, 1))


def test_a_year_between_known_years_stays_provisional(tmp_path: Path) -> None:
    write(tmp_path, YEAR)
    calendar = load(extra=[tmp_path])
    assert calendar.knows(date(2030, 1, 1), date(2030, 12, 31))
    assert not calendar.knows(date(2026, 12, 31), date(2030, 1, 1))


def test_an_overlay_is_read(tmp_path: Path) -> None:
    overlay = load_overlay(write(tmp_path, OVERLAY, "hall.toml"))
    assert (overlay.code, overlay.kind, overlay.known_from) == ("hall", "office", date(2030, 1, 2))
    write(tmp_path / ".", YEAR)
    (tmp_path / "hall.toml").unlink()
    calendar = load(tmp_path).with_overlay(overlay)
    assert calendar.is_rest(date(2030, 6, 3))
    assert calendar.is_working(date(2030, 6, 8))  # a Saturday


def test_an_overlay_may_only_rest_or_only_work(tmp_path: Path) -> None:
    rest, worked = OVERLAY.index("rest "), OVERLAY.index("worked ")
    assert load_overlay(write(tmp_path, OVERLAY[:worked], "hall.toml")).worked == ()
    assert load_overlay(write(tmp_path, OVERLAY[:rest] + OVERLAY[worked:], "hall.toml")).rest == ()


# refusing

WRONG = [
    (changed("title      =", "titel      ="), "unknown key 'titel'"),
    (changed('title      = "示例通知"\n', ""), "title is missing"),
    (changed('title      = "示例通知"', 'title      = " "'), "title must be a text"),
    (changed("year       = 2030", "year       = 2031"), "year must be 2030"),
    (changed("known_from = 2029-11-05", 'known_from = "2029-11-05"'), "known_from must be a date"),
    (changed("known_from = 2029-11-05", "known_from = 2029-11-05T08:00:00"), "known_from must be a date"),
    (changed("known_from = 2029-11-05", "known_from = 2031-11-05"), "known_from 2031-11-05 is neither"),
    (changed('number     = "the notice"\n', ""), "number is missing"),
    (changed('dates      = "the notice"\n', ""), "dates is missing"),
    (changed("[sources]", "[source]"), "unknown key 'source'"),
    (changed('known_from = "the notice"', 'known_from = "the notice"\nyear = "x"'), "unknown key 'year'"),
    (changed("last = 2030-01-01", "last = 2029-12-29"), r"rest 1 \(元旦\).*before it begins"),
    (changed("last = 2030-10-07", "last = 2030-11-07"), r"rest 2 \(国庆节\).*longer than"),
    (changed("first = 2029-12-30", "first = 2029-12-20"), "2029-12-20 is not in 2030"),
    (changed("last = 2030-10-07", "last = 2031-10-07"), "2031-10-07 is not in 2030"),
    (changed("first = 2030-10-01", "first = 2030-10-32"), "not valid TOML"),
    (changed("first = 2030-10-01", 'first = "1 October"'), "first must be a date"),
    (changed(", last = 2030-10-07 }", " }"), "last is missing"),
    (changed('name = "国庆节"', 'name = "元旦"'), "元旦 stands twice"),
    (
        changed(
            'name = "国庆节", first = 2030-10-01, last = 2030-10-07',
            'name = "国庆节", first = 2029-12-31, last = 2030-01-02',
        ),
        "国庆节: overlaps 元旦 on 2029-12-31",
    ),
    (changed("day = 2030-09-29", "day = 2030-09-30"), "国庆节: 2030-09-30 is a weekday"),
    (changed("day = 2030-09-29", "day = 2030-10-05"), "make-up day 2030-10-05 lies in the block 国庆节"),
    (changed("day = 2030-09-29", "day = 2029-12-29"), "2029-12-29 stands twice"),
    (
        changed('day = 2030-09-29, for = "国庆节"', 'day = 2030-09-29, for = "中秋节"'),
        "for 中秋节, which is not in rest",
    ),
    (
        changed('day = 2030-09-29, for = "国庆节"', 'day = 2030-09-29, for = "国庆节", why = "x"'),
        "makeup 2: unknown key 'why'",
    ),
    (changed("makeup = [", "makeup = 3\nextra = ["), "unknown key 'extra'"),
    ('year = 2030\ntitle = "x"\nrest = 3\n[sources]\ndates = "x"', "rest must be a list of tables"),
    ('year = 2030\ntitle = "x"\nrest = []\n[sources]\ndates = "x"', "without a rest block"),
    ('year = 2030\ntitle = "x"\nrest = []', "must say where the days come from"),
    (YEAR + changed("known_from = 2030-03-01\n", "", AMENDMENT), "amendment 1: known_from is missing"),
    (YEAR + changed("known_from = 2030-03-01", "known_from = 2029-11-01", AMENDMENT), "before what it amends"),
    (
        YEAR + changed('replaces   = ["国庆节"]', 'replaces   = ["中秋节"]', AMENDMENT),
        "replaces 中秋节, which 2030 does not have",
    ),
    (YEAR + changed('replaces   = ["国庆节"]', 'replaces   = "国庆节"', AMENDMENT), "replaces must be a list"),
    (YEAR + changed('replaces   = ["国庆节"]\n', "", AMENDMENT), "国庆节: overlaps 国庆节"),
    (YEAR + changed("replaces ", "year = 2030\nreplaces ", AMENDMENT), "amendment 1: unknown key 'year'"),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    write(tmp_path, text)
    with pytest.raises(CalendarFileError, match=says) as caught:
        load(tmp_path)
    assert str(caught.value).startswith("2030.toml")


def test_a_block_that_meets_one_of_another_year_is_refused(tmp_path: Path) -> None:
    year_end = 'last = 2030-10-07 },\n  { name = "岁末", first = 2030-12-28, last = 2030-12-31'
    write(tmp_path, changed("last = 2030-10-07", year_end))
    following = 'year = 2031\ntitle = "x"\nrest = [{ name = "元旦", first = 2030-12-31, last = 2031-01-02 }]\n'
    write(tmp_path, following + '[sources]\ndates = "x"', "2031.toml")
    with pytest.raises(CalendarFileError, match=r"2031\.toml: 元旦: overlaps 岁末 on 2030-12-31"):
        load(tmp_path)


def test_a_file_that_is_no_year_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path, YEAR, "holidays.toml")
    with pytest.raises(CalendarFileError, match="named after its year"):
        load(tmp_path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "2030.toml").write_bytes("year = 2030 # 节".encode("gb18030"))
    with pytest.raises(CalendarFileError, match="not UTF-8"):
        load(tmp_path)
    with pytest.raises(CalendarFileError, match="cannot be read"):
        load_year(tmp_path / "2031.toml")


def test_an_empty_or_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalendarFileError, match="no year file"):
        load(tmp_path)
    with pytest.raises(CalendarFileError, match="no such folder"):
        load(tmp_path / "gone")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('kind  = "office"', 'kind  = "shop"', "'region' or 'office'"),
        ('kind  = "office"\n', "", "kind is missing"),
        ("code ", "colour ", "unknown key 'colour'"),
        ("last = 2030-06-04", "last = 2030-06-01", "before it begins"),
    ],
)
def test_a_wrong_overlay_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(CalendarFileError, match=says):
        load_overlay(write(tmp_path, changed(old, new, OVERLAY), "hall.toml"))


def test_an_overlay_that_changes_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalendarFileError, match="changes nothing"):
        load_overlay(write(tmp_path, 'code = "x"\nlabel = "x"\nkind = "region"', "x.toml"))


def test_the_shipped_folder_holds_year_files_only() -> None:
    assert {path.suffix for path in SHIPPED.iterdir()} == {".toml"}
