"""The calendar: every day against two independent packages, versions, overlays, office hours."""

from datetime import date, datetime, time, timedelta
from functools import cache

import chinese_calendar
import holidays
import pytest

from huiyin.core.calendar_files import load
from huiyin.core.workdays import Calendar, CalendarError, End, MakeUp, Notice, OfficeHours, Overlay, Period, Rest

FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)
WORKED_BY_THE_NOTICE = date(2005, 12, 31)  # see huiyin/rules/calendar/2006.toml


@cache
def shipped() -> Calendar:
    return load()


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


LIANGSHAN = Overlay(  # part of the prefecture's arrangement of 2011
    code="liangshan",
    label="凉山彝族自治州",
    rest=(
        Rest("火把节", date(2011, 7, 24), date(2011, 7, 30)),
        Rest("国庆节、州庆", date(2011, 10, 1), date(2011, 10, 8)),
    ),
    worked=(MakeUp(date(2011, 7, 31), "火把节"),),
)
CLOSED = Overlay(
    "hall",
    "政务大厅",
    rest=(Rest("设备检修", date(2026, 6, 3), date(2026, 6, 4)),),
    kind="office",
    known_from=date(2026, 5, 1),
)


# day by day


def test_every_day_agrees_with_chinesecalendar() -> None:
    differing = [day for day in days(FIRST, LAST) if shipped().is_working(day) != chinese_calendar.is_workday(day)]
    assert differing == [WORKED_BY_THE_NOTICE]


def test_every_day_agrees_with_holidays() -> None:
    china = holidays.country_holidays("CN", years=range(FIRST.year, LAST.year + 1))
    assert [day for day in days(FIRST, LAST) if shipped().is_working(day) != china.is_working_day(day)] == []


def test_holidays_that_chinesecalendar_names_lie_in_a_block() -> None:
    named = [day for day in days(FIRST, LAST) if chinese_calendar.get_holiday_detail(day)[1] is not None]
    off = [day for day in named if not chinese_calendar.is_workday(day)]
    assert len(off) > 500
    assert [day for day in off if shipped().block_of(day) is None] == []


def test_each_year_has_as_many_holidays_as_the_law_gives() -> None:
    """2004-2007 three long holidays and New Year; from 2008 also Qingming, Dragon Boat and Mid-Autumn (which may share a block)."""
    for year in range(2004, 2027):
        named = "、".join(block.name for block in shipped().blocks(year)).split("、")
        expected = {"元旦", "春节", "劳动节", "国庆节"} | ({"清明节", "端午节", "中秋节"} if year >= 2008 else set())
        assert set(named) - {"抗战胜利70周年纪念日"} == expected, year


def test_blocks_are_the_published_spans() -> None:
    spans = {block.name: (block.first, block.last) for block in shipped().blocks(2024)}
    assert spans["元旦"] == (date(2023, 12, 30), date(2024, 1, 1))  # joined to the weekend
    assert spans["端午节"] == (date(2024, 6, 8), date(2024, 6, 10))
    assert spans["春节"] == (date(2024, 2, 10), date(2024, 2, 17))
    assert [block.name for block in shipped().blocks(2025)][-1] == "国庆节、中秋节"


def test_a_day_has_the_name_it_is_off_or_worked_for() -> None:
    calendar = shipped()
    assert calendar.name_of(date(2025, 10, 6)) == "国庆节、中秋节"
    assert calendar.name_of(date(2025, 9, 28)) == "makeup"
    assert calendar.kind_of(date(2025, 9, 28)) == ("makeup", "国庆节、中秋节")
    assert calendar.name_of(date(2025, 10, 9)) is None
    assert calendar.kind_of(date(2025, 9, 27)) == ("weekend", None)
    assert calendar.kind_of(datetime(2015, 9, 4, 10)) == ("holiday", "抗战胜利70周年纪念日")


def test_working_days_between_leaves_the_first_day_out() -> None:
    calendar = shipped()
    assert calendar.working_days_between(date(2025, 9, 26), date(2025, 10, 9)) == 4  # 28, 29, 30 September, 9 October
    assert calendar.working_days_between(date(2025, 9, 28), date(2025, 9, 28)) == 0
    assert calendar.working_days_between(date(2025, 10, 9), date(2025, 9, 26)) == -4


def test_the_working_day_before_and_after() -> None:
    calendar = shipped()
    assert calendar.last_working_on_or_before(date(2025, 10, 8)) == date(2025, 9, 30)
    assert calendar.last_working_on_or_before(date(2025, 10, 11)) == date(2025, 10, 11)  # a worked Saturday
    assert calendar.next_working_on_or_after(date(2025, 10, 1)) == date(2025, 10, 9)
    assert calendar.next_working_on_or_after(date(2025, 10, 9)) == date(2025, 10, 9)


def test_a_year_without_notice_works_monday_to_friday_and_says_so() -> None:
    calendar = shipped()
    assert not calendar.is_known(date(2027, 1, 1))
    assert calendar.is_working(date(2027, 1, 1))
    assert calendar.is_rest(date(2027, 1, 2))
    assert calendar.is_known(date(2026, 12, 31))
    assert calendar.known_until == 2026


def test_far_years_are_counted_though_not_known() -> None:
    calendar = shipped()
    assert calendar.next_working_on_or_after(date(9999, 12, 31)) == date(9999, 12, 31)  # a Friday
    assert calendar.last_working_on_or_before(date(1900, 1, 7)) == date(1900, 1, 5)
    assert calendar.working_days_between(date(2100, 1, 1), date(2100, 1, 8)) == 5
    assert calendar.add(date(1990, 6, 1), Period(5, "working_day")) == End(None, date(1990, 6, 8), True)
    assert calendar.add(date(3000, 1, 3), Period(1, "day"), roll="rest_day") == End(None, date(3000, 1, 6), True)


def test_counting_beyond_the_known_years_is_counting_plain_weeks() -> None:
    calendar, plain = shipped(), Calendar()
    for first in (date(1985, 12, 28), date(2045, 3, 1)):
        for day in days(first, first + timedelta(days=20)):
            assert calendar.nth_working(day, 9) == plain.nth_working(day, 9)
            assert calendar.rolled(day, "rest_day") == plain.rolled(day, "rest_day")
            assert calendar.rolled(day, "holiday_block") == day
            assert calendar.last_working_on_or_before(day).weekday() < 5
    across = calendar.working_days_between(date(1999, 12, 31), date(2040, 12, 31))
    assert across == sum(calendar.is_working(day) for day in days(date(2000, 1, 1), date(2040, 12, 31)))
    assert calendar.nth_working(date(1999, 12, 31), across) == date(2040, 12, 31)


@pytest.mark.parametrize("day", [date(1989, 12, 31), date(2201, 1, 1)])
def test_days_off_in_far_years_are_refused(day: date) -> None:
    with pytest.raises(CalendarError, match="1990 to 2200"):
        Rest("节", day, day)
    with pytest.raises(CalendarError, match="1990 to 2200"):
        MakeUp(day, "节")


# versions


def test_labour_day_2019_before_and_after_the_amendment() -> None:
    before, after = shipped().as_known(date(2019, 3, 21)), shipped().as_known(date(2019, 3, 22))
    day = datetime(2019, 4, 26, 10)
    assert before.add(day, Period(7, "working_day")).day == date(2019, 5, 8)  # only 1 May off
    assert after.add(day, Period(3, "working_day")).day == date(2019, 4, 30)
    assert before.add(day, Period(3, "working_day")).day == date(2019, 5, 2)
    assert before.is_working(date(2019, 5, 2))
    assert before.is_rest(date(2019, 4, 28))
    assert after.is_rest(date(2019, 5, 2))
    assert after.is_working(date(2019, 4, 28))


def test_spring_festival_2020_before_and_after_it_was_prolonged() -> None:
    day = datetime(2020, 1, 22, 9)
    assert shipped().as_known(datetime(2020, 1, 26, 23)).add(day, Period(2, "working_day")).day == date(2020, 1, 31)
    assert shipped().as_known(datetime(2020, 1, 27, 0)).add(day, Period(2, "working_day")).day == date(2020, 2, 3)


def test_the_anniversary_of_2015_was_added_in_may() -> None:
    assert shipped().as_known(date(2015, 5, 12)).is_working(date(2015, 9, 3))
    assert shipped().as_known(date(2015, 5, 13)).is_rest(date(2015, 9, 3))
    assert shipped().as_known(date(2015, 5, 13)).is_working(date(2015, 9, 6))


def test_before_its_notice_a_year_is_provisional() -> None:
    view = shipped().as_known(date(2025, 11, 3))
    assert view.known_until == 2025
    assert view.add(datetime(2025, 12, 30, 9), Period(3, "working_day")).provisional
    firm = shipped().as_known(date(2025, 11, 4)).add(datetime(2025, 12, 30, 9), Period(3, "working_day"))
    assert (firm.day, firm.provisional) == (date(2026, 1, 5), False)


def test_a_notice_may_change_the_last_days_of_the_year_before() -> None:
    assert shipped().as_known(date(2018, 12, 5)).is_rest(date(2018, 12, 29))
    assert shipped().as_known(date(2018, 12, 6)).is_working(date(2018, 12, 29))


def test_a_notice_without_date_is_known_as_its_year_begins() -> None:
    assert shipped().as_known(date(2003, 12, 30)).known_until == 0
    assert shipped().as_known(date(2003, 12, 31)).known_until == 2004


def test_versions_have_ids_and_are_found_again() -> None:
    calendar = shipped()
    assert calendar.as_known(LAST) is calendar
    assert calendar.as_known(date(2019, 3, 1)) is calendar.as_known(date(2019, 3, 2))
    versions = [version for _, version in calendar.changes()]
    assert len(set(versions)) == len(versions) == 26  # 23 notices and three amendments, each on a day of its own
    assert versions[-1] == calendar.version
    old = calendar.as_known(date(2019, 3, 1))
    assert calendar.find_version(old.version) is old
    assert calendar.find_version("2019-03-01") is old
    with pytest.raises(KeyError):
        calendar.find_version("2019-00000000")


def test_calendars_that_say_the_same_are_equal() -> None:
    assert load() == shipped()
    assert hash(load()) == hash(shipped())
    assert shipped() != shipped().as_known(date(2020, 1, 1))
    assert Calendar(shipped().notices[:-1]) != shipped()


# overlays


def test_a_region_has_days_of_its_own() -> None:
    region = shipped().with_overlay(LIANGSHAN)
    friday = datetime(2011, 7, 22, 9)
    assert region.add(friday, Period(1, "working_day")).day == date(2011, 7, 31)  # a Sunday, worked there
    assert shipped().add(friday, Period(1, "working_day")).day == date(2011, 7, 25)
    assert region.name_of(date(2011, 7, 25)) == "火把节"
    assert region.is_rest(date(2011, 10, 8))  # a make-up day elsewhere
    assert shipped().is_working(date(2011, 10, 8))
    assert region.version != shipped().version


def test_a_regions_holiday_is_a_block_and_an_offices_closing_is_none() -> None:
    region, office = shipped().with_overlay(LIANGSHAN), shipped().with_overlay(CLOSED)
    at = datetime(2011, 7, 20, 9)
    assert region.add(at, Period(7, "day"), roll="holiday_block").day == date(2011, 7, 31)
    at = datetime(2026, 5, 27, 9)
    assert office.add(at, Period(7, "day"), roll="holiday_block").day == date(2026, 6, 3)
    assert office.add(at, Period(7, "day"), roll="rest_day").day == date(2026, 6, 5)
    assert office.add(at, Period(5, "working_day")).day == date(2026, 6, 3) + timedelta(days=2)
    assert office.kind_of(date(2026, 6, 3)) == ("closed", "设备检修")
    assert office.block_of(date(2026, 6, 3)) is None


def test_an_overlay_is_not_known_before_its_day() -> None:
    office = shipped().with_overlay(CLOSED)
    assert office.as_known(date(2026, 4, 30)).is_working(date(2026, 6, 3))
    assert office.as_known(date(2026, 5, 1)).is_rest(date(2026, 6, 3))
    region = shipped().with_overlay(LIANGSHAN)
    assert region.as_known(date(2009, 1, 1)).is_rest(date(2011, 7, 25))  # without a date it always holds


def test_an_overlay_that_undoes_a_holiday_stays_sound_before_the_notice() -> None:
    duty = Overlay("duty", "值班点", worked=(MakeUp(date(2026, 10, 1), "值班"),), kind="office")
    office = shipped().with_overlay(duty)
    assert office.is_working(date(2026, 10, 1))
    assert office.as_known(date(2025, 1, 1)).is_working(date(2026, 10, 1))


def test_overlays_pile_up_and_the_last_wins() -> None:
    reopened = Overlay("open", "大厅加班", worked=(MakeUp(date(2026, 6, 3), "加班"),), kind="office")
    office = shipped().with_overlay(CLOSED).with_overlay(reopened)
    assert office.is_working(date(2026, 6, 3))
    assert office.is_rest(date(2026, 6, 4))
    assert office.version.endswith("+hall+open")


@pytest.mark.parametrize(
    ("overlay", "says"),
    [
        (Overlay("x", "某地", worked=(MakeUp(date(2026, 6, 3), "节"),)), "worked already"),
        (
            Overlay(
                "x",
                "某地",
                (Rest("节", date(2026, 6, 3), date(2026, 6, 4)), Rest("日", date(2026, 6, 4), date(2026, 6, 5))),
            ),
            "off twice",
        ),
        (
            Overlay("x", "某地", (Rest("节", date(2026, 6, 3), date(2026, 6, 3)),), (MakeUp(date(2026, 6, 3), "节"),)),
            "both off and worked",
        ),
    ],
)
def test_an_overlay_that_contradicts_itself_is_refused(overlay: Overlay, says: str) -> None:
    with pytest.raises(CalendarError, match=says):
        shipped().with_overlay(overlay)


def test_a_long_closing_is_counted_over() -> None:
    closed = Overlay("fire", "灾后重建", (Rest("停业", date(2026, 3, 2), date(2029, 6, 1)),), kind="office")
    assert shipped().with_overlay(closed).next_working_on_or_after(date(2026, 3, 2)) == date(2029, 6, 4)
    assert shipped().with_overlay(closed).add(date(2026, 2, 27), Period(2, "working_day")).day == date(2029, 6, 4)


def test_notices_that_contradict_each_other_are_refused() -> None:
    base = Notice(2030, "通知", (Rest("元旦", date(2030, 1, 1), date(2030, 1, 3)),))
    amendment = Notice(2030, "调整", (), known_from=date(2030, 2, 1), amends=True, replaces=("国庆节",))
    with pytest.raises(CalendarError, match="does not have"):
        Calendar([base, amendment])
    with pytest.raises(CalendarError, match="no notice"):
        Calendar([amendment])
    with pytest.raises(CalendarError, match="not an amendment"):
        Calendar([base, base])


# office hours

OFFICE = OfficeHours.of("working_day", [["08:30", "12:00"], ["14:00", "17:30"]])


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2025, 9, 28, 10, 0), True),  # a worked Sunday
        (datetime(2025, 10, 4, 10, 0), False),  # a holiday
        (datetime(2025, 9, 29, 8, 29, 59), False),
        (datetime(2025, 9, 29, 8, 30), True),
        (datetime(2025, 9, 29, 12, 0), False),
        (datetime(2025, 9, 29, 17, 29, 59), True),
        (datetime(2025, 9, 29, 17, 30), False),
    ],
)
def test_an_office_is_open_in_its_hours(moment: datetime, is_open: bool) -> None:
    assert shipped().in_hours(OFFICE, moment) is is_open


def test_a_duty_room_is_always_open() -> None:
    always = OfficeHours.of("all", [["00:00", "24:00"]])
    assert always.open == ((time(0), time.max),)
    assert shipped().in_hours(always, datetime(2025, 10, 4, 23, 59, 59, 999999))
    assert shipped().in_hours(always, datetime(2025, 10, 4))


def test_an_office_that_closes_counts_its_own_days() -> None:
    office = shipped().with_overlay(CLOSED)
    assert not office.in_hours(OFFICE, datetime(2026, 6, 3, 9))
    assert shipped().in_hours(OFFICE, datetime(2026, 6, 3, 9))


@pytest.mark.parametrize(
    "spans", [[["17:30", "08:30"]], [["08:30", "08:30"]], [["8.30", "17:30"]], [["08:30", "25:00"]]]
)
def test_hours_that_make_no_sense_are_refused(spans: list[list[str]]) -> None:
    with pytest.raises(CalendarError):
        OfficeHours.of("all", spans)


def test_hours_on_unknown_days_are_refused() -> None:
    with pytest.raises(CalendarError, match="weekends"):
        OfficeHours.of("weekends", [["08:30", "17:30"]])  # type: ignore[arg-type]
