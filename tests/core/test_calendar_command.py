"""`huiyin calendar due | check`, as an operator types it."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from huiyin.cli import main
from tests.core.test_calendar_files import YEAR

OWN = Path(__file__).with_name("vectors.csv")
SHARED = Path(__file__).parents[3] / "shared" / "data" / "workday-vectors.csv"
HEAD = "from_datetime,unit,n,expected_due,why\n"


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["calendar", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out, said.err


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as caught:
        main(["calendar", *words])
    assert caught.value.code == 2
    return capsys.readouterr().err


# due


def test_due_prints_the_end_and_each_day(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "due", "--from", "2025-09-26T15:00", "--n", 4, "--unit", "working_day", "--roll", "rest_day"
    )
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "到期：2025-10-09 周四 24:00"
    assert "      2025-09-26 周五 15:00  开始当日不计算在内" in lines
    assert "   1  2025-09-28 周日  国庆节、中秋节调休，上班" in lines
    assert "      2025-10-08 周三  国庆节、中秋节放假，不计" in lines
    assert "   4  2025-10-09 周四  工作日" in lines
    assert lines[-1] == "      2025-10-09 周四 24:00  届满"
    assert len([line for line in lines if "2025-1" in line or "2025-09-" in line]) == 1 + 1 + 13 + 1


def test_due_says_when_it_is_provisional(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "due", "--from", "2026-12-30T15:00", "--n", 2, "--unit", "working_day")
    assert out.startswith("到期（暂定）：2027-01-01 周五 24:00")
    assert "2027年的放假通知尚未载入" in out
    assert "   2  2027-01-01 周五  工作日（放假通知未公布，暂定）" in out.splitlines()


def test_due_explains_roll_extension_pause_and_clock(capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "--from",
        "2026-07-20T10:00",
        "--n",
        "60",
        "--unit",
        "day",
        "--roll",
        "holiday_block",
        "--more",
        "10",
        "day",
    ]
    _, out, _ = run(capsys, "due", *words, "--pause", "2026-08-01", "2026-08-05", "--pause", "2027-01-01", "2027-01-02")
    assert out.startswith("到期：2026-10-08 周四 24:00")
    assert "原期限至此，接着延长 10 日" in out
    assert "期限后延 4 日" in out
    assert "在届满之后开始，不影响期限" in out
    assert "末日 2026-10-02 周五 适逢国庆节放假，顺延" in out
    _, out, _ = run(capsys, "due", "--from", "2026-09-30T16:20:30", "--n", 24, "--unit", "hour_excl")
    assert out.startswith("到期：2026-10-01 周四 17:00\n")
    assert "2026-09-30 周三 16:20:30  开始的小时不计算在内" in out
    _, out, _ = run(
        capsys,
        "due",
        "--from",
        "2026-09-30T16:20:30",
        "--n",
        1,
        "--unit",
        "minute",
        "--pause",
        "2026-09-30T16:20:40",
        "2026-09-30T16:21:40",
    )
    assert out.startswith("到期：2026-09-30 周三 16:22:30\n")
    assert "期限后延 0:01:00" in out


def test_due_may_be_asked_as_of_an_earlier_day(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("due", "--from", "2019-04-26", "--n", 3, "--unit", "working_day", "--as-known")
    assert run(capsys, *words, "2019-03-21")[1].startswith("到期：2019-05-02")
    assert run(capsys, *words, "2019-03-22")[1].startswith("到期：2019-04-30")


def test_due_turns_another_zone_into_beijing_time(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "due", "--from", "2026-05-28T23:00:00Z", "--n", 1, "--unit", "hour")
    assert out.startswith("到期：2026-05-29 周五 08:00")


def test_due_counts_with_the_offices_own_notices(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIYIN_RULES", str(tmp_path))
    words = ("due", "--from", "2030-09-30", "--n", 1, "--unit", "working_day")
    assert run(capsys, *words)[1].startswith("到期（暂定）：2030-10-01")
    (tmp_path / "calendar").mkdir()
    (tmp_path / "calendar" / "2030.toml").write_text(YEAR, encoding="utf-8")
    assert run(capsys, *words)[1].startswith("到期：2030-10-08")
    (tmp_path / "calendar" / "2030.toml").write_text("year = 2030\ncolour = 1", encoding="utf-8")
    code, _, err = run(capsys, *words)
    assert code == 2
    assert "日历文件有误：2030.toml: unknown key 'colour'" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["due", "--from", "tomorrow", "--n", "1", "--unit", "day"], "“tomorrow”不是日期或时间"),
        (["due", "--from", "2026-02-30", "--n", "1", "--unit", "day"], "“2026-02-30”不是日期或时间"),
        (["due", "--from", "0001-01-01T00:00+23:00", "--n", "1", "--unit", "day"], "不是日期或时间"),
        (["due", "--from", "2026-02-03", "--n", "-1", "--unit", "day"], "“-1”不是 0 到 100000 的整数"),
        (["due", "--from", "2026-02-03", "--n", "1.5", "--unit", "day"], "“1.5”不是 0 到 100000 的整数"),
        (["due", "--from", "2026-02-03", "--n", "1", "--unit", "fortnight"], "fortnight"),
        (["due", "--from", "2026-02-03", "--n", "1", "--unit", "day", "--roll", "weekend"], "weekend"),
        (["due", "--n", "1", "--unit", "day"], "--from"),
        (["check"], "file"),
        ([], "子命令"),
    ],
)
def test_bad_arguments_are_refused_with_a_message(
    capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert says in refused(capsys, *words)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--more", "3", "fortnight"], "不认识的单位"),
        (["--more", "x", "day"], "“x”不是 0 到 100000 的整数"),
        (["--pause", "2026-03-01", "2026-02-01"], "中止的结束早于开始"),
        (["--pause", "2026-03-01", "later"], "“later”不是日期或时间"),
    ],
)
def test_what_cannot_be_counted_is_said(capsys: pytest.CaptureFixture[str], more: list[str], says: str) -> None:
    code, _, err = run(capsys, "due", "--from", "2026-02-03", "--n", 30, "--unit", "day", *more)
    assert code == 2
    assert says in err


def test_an_end_beyond_the_calendar_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "due", "--from", "9999-01-01", "--n", 2, "--unit", "year")
    assert code == 2
    assert "到期超出公元 1 年至 9999 年" in err


# check


def check(capsys: pytest.CaptureFixture[str], folder: Path, rows: str) -> tuple[int, list[str]]:
    path = folder / "vectors.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    code, out, _ = run(capsys, "check", path)
    return code, out.splitlines()


def test_our_own_vectors_agree(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", OWN)
    rows = len(OWN.read_text(encoding="utf-8").splitlines()) - 1
    assert (code, out) == (0, f"{rows} of {rows} agree\n")


@pytest.mark.skipif(not SHARED.exists(), reason="the folder with the shared vectors is not here")
def test_the_shared_vectors_agree(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", SHARED)
    assert (code, out) == (0, "48 of 48 agree\n")


def test_a_difference_is_printed_and_the_exit_code_is_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, lines = check(
        capsys,
        tmp_path,
        "2026-05-29T09:00,working_day,7,2026-06-09,right\n"
        "2026-05-29T09:00,working_day,7,2026-06-08,a day early\n"
        "2026-05-29T09:00,hour,7,2026-05-29T16:01,\n",
    )
    assert code == 1
    assert lines == [
        "第 3 行（2026-05-29T09:00 7 working_day）：文件为 2026-06-08，算得 2026-06-09",
        "      a day early",
        "第 4 行（2026-05-29T09:00 7 hour）：文件为 2026-05-29T16:01，算得 2026-05-29T16:00:00",
        "1 of 3 agree",
    ]


@pytest.mark.parametrize(
    "row",
    [
        "2026-12-25T10:00,working_day,7,2027-01-05,a provisional date is no date",
        "2026-05-29T09:00,working_day,7,ERROR_CALENDAR_MISSING,a firm date is not missing",
        "2026-05-29T09:00,hour,15,2026-05-30,a moment is not a day",
        "2026-05-29T09:00,fortnight,7,2026-06-09,unknown unit",
        "2026-05-29T09:00,working_day,seven,2026-06-09,no number",
        "29 May 2026,working_day,7,2026-06-09,no date",
        "2026-05-29T09:00,working_day,7,,nothing expected",
        "2026-05-29T09:00,working_day,7",
        "9999-05-29T09:00,year,7,9999-12-31,beyond the calendar",
    ],
)
def test_a_row_that_is_wrong_or_cannot_be_read_differs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, row: str
) -> None:
    code, lines = check(capsys, tmp_path, row + "\n")
    assert code == 1
    assert lines[0].startswith("第 2 行")
    assert lines[-1] == "0 of 1 agree"


def test_each_unit_of_the_file_has_its_own_roll(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    saturday = date(2026, 7, 4)
    start = (saturday - timedelta(days=10)).isoformat()
    rows = f"{start},calendar_day,10,2026-07-06,\n{start},calendar_day_block,10,2026-07-04,\n{start},calendar_day_noroll,10,2026-07-04,\n"
    assert check(capsys, tmp_path, rows)[1] == ["3 of 3 agree"]


def test_a_file_from_a_spreadsheet_may_begin_with_a_mark(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "vectors.csv"
    path.write_text(HEAD + "2026-05-29T09:00,working_day,7,2026-06-09,\n", encoding="utf-8-sig")
    assert run(capsys, "check", path)[:2] == (0, "1 of 1 agree\n")


def test_a_file_that_cannot_be_checked_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "vectors.csv"
    assert "读不到" in run(capsys, "check", path)[2]
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "缺少列：from_datetime、unit、n、expected_due" in run(capsys, "check", path)[2]
    path.write_text("", encoding="utf-8")
    assert "缺少列" in run(capsys, "check", path)[2]
    path.write_text(HEAD, encoding="utf-8")
    assert "没有可核对的行" in run(capsys, "check", path)[2]
    path.write_bytes((HEAD + "2026-05-29,day,1,2026-05-30,节\n").encode("gb18030"))
    code, _, err = run(capsys, "check", path)
    assert code == 2
    assert "不是 UTF-8" in err
