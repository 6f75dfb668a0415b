"""How units are reached by day, and how long their telephones could not be."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from huiyin.org import actions, contacts, log, telephones
from huiyin.org.actions import BadAct
from huiyin.org.models import AdminEvent
from tests.cases.office import officer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_world")]
OLD, NEW = "0990-1231500", "0990-1231511"


def at(text):
    return timezone.make_aware(datetime.fromisoformat(text))


def changed():
    contacts.set_contact("city", phone=OLD, address="示例市人民路1号", since=date(2025, 1, 1))
    contacts.set_contact("city", phone=NEW, address="示例市人民路1号", since=date(2025, 3, 12))


@pytest.mark.clause("CD-03b")
def test_a_changed_telephone_counts_from_its_day_and_the_old_one_stays_readable():
    changed()
    assert contacts.reached("city", date(2025, 3, 11)).phone == OLD
    assert contacts.reached("city", date(2025, 3, 13)).phone == NEW
    assert not contacts.reached("city", date(2024, 12, 31))
    assert [row.phone for row in contacts.history("city")] == [NEW, OLD]
    assert AdminEvent.objects.filter(name="unit_contact_set").count() == 2
    assert log.broken() == []


def test_a_section_without_a_telephone_is_reached_through_its_bureau_and_a_bureau_not_through_the_one_above():
    changed()
    assert contacts.reached("section_c1", date(2025, 3, 13)).phone == NEW
    assert not contacts.reached("county_a", date(2025, 3, 13))


def test_a_row_that_was_replaced_on_its_own_day_never_took_effect():
    changed()
    contacts.set_contact("city", phone="12315", since=date(2025, 3, 12))
    assert [row.phone for row in contacts.history("city")] == ["12315", OLD]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"phone": "没有"}, "phone"), ({}, "phone"), ({"phone": OLD, "postcode": "12"}, "postcode"),
        ({"phone": OLD, "website": "shifan.example"}, "website"), ({"phone": OLD, "hours": "长" * 200}, "hours"),
    ],
)  # fmt: skip
def test_what_cannot_be_called_is_no_telephone(given, field):
    with pytest.raises(BadAct) as bad:
        contacts.set_contact("city", since=date(2025, 1, 1), **given)
    assert bad.value.field == field


def test_an_earlier_day_than_the_last_change_is_refused():
    changed()
    with pytest.raises(BadAct):
        contacts.set_contact("city", phone=OLD, since=date(2025, 2, 1))


def test_only_the_system_administrator_changes_how_a_unit_is_reached():
    with pytest.raises(PermissionDenied):
        contacts.set_contact("city", phone=OLD, since=date(2025, 1, 1), by=officer("handler", "city"))


@pytest.mark.clause("HN-FW-02b")
def test_an_outage_of_72_minutes_in_september_is_99_83_per_cent():
    contacts.set_contact("city", phone=OLD, since=date(2025, 1, 1))
    row = telephones.report_outage(
        "city", OLD, since=at("2025-09-10T09:00:00"), why="线路检修", by=officer("intake_officer", "city")
    )
    telephones.end_outage(row, until=at("2025-09-10T10:12:00"), by=officer("unit_head", "city"))
    found = telephones.availability("city", OLD, "2025-09", at("2025-10-09T08:00:00"))
    assert (found.minutes, found.down, found.times, found.rate) == (43_200, 72, 1, Decimal("99.83"))
    assert not found.low
    assert telephones.lines("province", "2025-09") == [("city", OLD)]
    assert [e.name for e in AdminEvent.objects.order_by("seq") if e.name.startswith("outage")] == [
        "outage_reported",
        "outage_ended",
    ]


def test_what_overlaps_counts_once_what_is_void_not_at_all_and_a_month_that_runs_up_to_now():
    for since, until in (
        ("2025-09-30T23:00:00", "2025-10-01T01:00:00"),
        ("2025-10-01T00:30:00", "2025-10-01T02:00:00"),
    ):
        telephones.report_outage("city", OLD, since=at(since), until=at(until), why="停电")
    void = telephones.report_outage("city", OLD, since=at("2025-10-02T00:00:00"), why="误录")
    telephones.void_outage(void, reason="不是本机")
    october = telephones.availability("city", OLD, "2025-10", at("2025-10-02T00:00:00"))
    assert (october.minutes, october.down) == (1440, 120)
    assert telephones.availability("city", OLD, "2025-09", at("2025-10-02T00:00:00")).down == 60
    assert october.low


def test_the_head_is_warned_while_it_lasts_and_when_the_month_is_poor():
    head, handler = officer("unit_head", "city"), officer("handler", "city")
    contacts.set_contact("city", phone=OLD, since=date(2025, 1, 1))
    now = at("2025-10-31T12:00:00")
    assert telephones.warnings(head, now) == []
    row = telephones.report_outage("city", OLD, since=at("2025-10-31T11:50:00"), why="停电")
    assert [(w.phone, w.low) for w in telephones.warnings(head, now)] == [(OLD, False)]
    assert telephones.warnings(handler, now) == []
    telephones.end_outage(row, until=at("2025-10-31T11:55:00"))
    assert telephones.warnings(head, now) == []
    telephones.report_outage("city", OLD, since=at("2025-10-01T00:00:00"), until=at("2025-10-01T12:00:00"), why="改号")
    assert [w.low for w in telephones.warnings(head, now)] == [True]


def test_a_sibling_unit_reports_no_outage_of_ours_and_the_future_has_none():
    with pytest.raises(PermissionDenied):
        telephones.report_outage(
            "county_a", OLD, since=at("2025-09-10T09:00:00"), why="x", by=officer("handler", "county_b")
        )
    with pytest.raises(BadAct):
        telephones.report_outage("county_a", OLD, since=at("2999-01-01T00:00:00"), why="x")
    row = telephones.report_outage("county_a", OLD, since=at("2025-09-10T09:00:00"), why="停电")
    with pytest.raises(BadAct):
        telephones.end_outage(row, until=at("2025-09-10T08:00:00"))


def test_what_still_lasts_is_on_the_list_however_much_came_after_it(monkeypatch):
    monkeypatch.setattr(telephones, "LISTED", 2)
    lasting = telephones.report_outage("county_a", OLD, since=at("2025-09-01T09:00:00"), why="停电")
    for day in (2, 3, 4):
        begun, ended = at(f"2025-09-0{day}T09:00:00"), at(f"2025-09-0{day}T10:00:00")
        last = telephones.report_outage("county_a", OLD, since=begun, until=ended, why="停电")
    assert telephones.outages("province") == [lasting, last]


def test_no_two_units_of_one_area_get_one_name_by_renaming_either():
    actions.create_unit("one", "第一科", "section", since=date(2025, 1, 1), area="990100")
    actions.create_unit("two", "第二科", "section", since=date(2025, 1, 1), area="990100")
    with pytest.raises(BadAct) as bad:
        actions.change_unit("two", label="第一科")
    assert bad.value.field == "label"
    actions.change_unit("two", label="第二科", area="990121")
