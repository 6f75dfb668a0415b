"""`huiyin verify` and `huiyin rebuild` know the registers."""

from datetime import datetime

import pytest

from huiyin.cases import clock
from huiyin.cases.verifying import Report, verify
from huiyin.registers import actions, verifying
from huiyin.registers.models import Entry
from huiyin.vault.models import Record
from tests.cases.office import officer
from tests.registers.test_acts import campaign, line

pytestmark = pytest.mark.django_db


def found():
    report = verify(with_copies=True)
    verifying.verify(report)
    return [(f.kind, f.where) for f in report.findings]


@pytest.fixture
def place():
    with clock.at(datetime(2026, 3, 2, 9)):
        given = {"title": "小作坊", "sort": "小作坊", "address": "城关一路1号"}
        return actions.enter(("BS", "place"), given, by=officer("handler", "county_a"), under=line(campaign())).entry


def test_what_was_changed_beside_the_log_is_named(place):
    assert found() == []
    Entry.objects.filter(pk=place.pk).update(values={**place.values, "title": "别的名称"})
    assert found() == [("register", f"entry {place.pk}")]


def test_a_closed_value_that_was_swapped_is_named(place):
    Record.objects.filter(case_id=-place.pk).update(commitment="0" * 64)
    assert {kind for kind, _where in found()} == {"text"}
    assert isinstance(Report, type)


def test_the_command_makes_the_copies_again(place, capsys, monkeypatch):
    from huiyin.commands import rebuild

    monkeypatch.setattr(rebuild, "database_ready", lambda: None)
    Entry.objects.filter(pk=place.pk).update(state="nonsense")
    import argparse

    assert rebuild.run(argparse.Namespace(case=None, only="registers")) == 0
    assert "1 条与记录不同" in capsys.readouterr().out
    assert Entry.objects.get(pk=place.pk).state == place.state
    assert found() == []
