"""What the worker tells of registers: each thing once, to whom it concerns."""

from datetime import datetime

import pytest

from huiyin.cases import clock
from huiyin.notices.models import Outbox
from huiyin.notices.rendering import words_without_case
from huiyin.registers import actions
from huiyin.worker import registers
from tests.cases.office import a_case, officer
from tests.registers.test_acts import campaign, head, line

pytestmark = pytest.mark.django_db


def told():
    return [(row.to, row.clauses) for row in Outbox.objects.filter(topic__startswith="register_").order_by("to")]


@pytest.mark.clause("BS-2-1-01e")
def test_a_missed_test_is_told_once_to_whoever_owes_it():
    with clock.at(datetime(2026, 3, 2, 9)):
        given = {"title": "饼干厂", "test_on": "2026-05-15"}
        actions.enter(("BS", "key_enterprise"), given, by=officer("handler", "county_a"), under=line(campaign()))
    with clock.at(datetime(2026, 5, 15, 23)):
        assert registers.overdue() == 0
    with clock.at(datetime(2026, 5, 16, 1)):
        assert registers.overdue() == 1
        assert registers.overdue() == 0
    assert told() == [("county_a", "BS-2-1-01e"), ("unit_head@county_a", "BS-2-1-01e")]
    words = words_without_case(Outbox.objects.filter(topic__startswith="register_late").first())
    assert "饼干厂" in words.text
    assert "2026年5月15日" in words.text


@pytest.mark.clause("BS-2-1-02c")
def test_a_month_that_doubles_is_noted_to_the_lead_of_the_line_once():
    cases = [a_case(datetime(2026, month, 10, 9)) for month, n in ((3, 2), (4, 3), (5, 9)) for _ in range(n)]
    with clock.at(datetime(2026, 5, 31, 9)):
        one = line(campaign(), title="酒类卷烟")
        for case in cases:
            one = actions.assign(one, "results", case, by=head()).entry
        assert registers.daily() == 0
    with clock.at(datetime(2026, 6, 1, 2)):
        assert registers.daily() == 1
        assert registers.daily() == 0
    assert told() == [("unit_head@section_c1", "BS-2-1-02c")]
    assert "2026-05" in words_without_case(Outbox.objects.get(topic__startswith="register_rose")).text


@pytest.mark.clause("BS-3d")
def test_a_reminder_in_the_office_s_name_reaches_the_head_of_the_unit():
    with clock.at(datetime(2026, 6, 21, 9)):
        entry, by = campaign(), officer("handler", "campaign_office")
        for sort in ("summary", "reminder"):
            given = {"sort": sort, "day": "2026-06-21", "unit": "county_a"}
            actions.enter(("BS", "office_work"), given, by=by, under=entry)
    assert told() == [("unit_head@county_a", "BS-3d")]
