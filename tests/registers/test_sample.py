"""The registers of the demonstration."""

import pytest

from huiyin.commands import _sample_registers
from huiyin.org import log
from huiyin.registers import copies, queries
from huiyin.registers.models import Entry
from tests.cases.office import officer

pytestmark = pytest.mark.django_db


def test_the_sample_campaign_and_stations_are_there_once_and_follow_from_the_log():
    assert not _sample_registers.made()
    _sample_registers.make()
    assert _sample_registers.made()
    campaign = Entry.objects.get(register="campaign")
    found = queries.opened(officer("unit_head", "city"), campaign.pk)
    assert found.item.state == "in_force"
    assert {c.figure.name: c.value for c in queries.figures(found)}["lines"] == 4
    late = {(o.due.owed_unit, o.due.clauses) for o in queries.overdue(officer("unit_head", "city")) if o.late}
    assert ("county_b", "BS-4-1b") in late
    assert ("county_a", "BS-2-1-01f") in late
    assert Entry.objects.filter(register="station").count() == 3
    assert copies.differences() == []
    assert log.broken() == []
