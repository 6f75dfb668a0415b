"""Units, settings, keys, and the chained log that tells of every act."""

import json
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from huiyin.core.workdays import Period
from huiyin.org import actions, log, queries
from huiyin.org.actions import BadAct
from huiyin.org.models import AdminEvent, Person, Unit
from huiyin.vault import chain, db, keys
from tests.org import rules_folder

pytestmark = pytest.mark.usefixtures("sample_world")
DAY = date(2025, 1, 1)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("id", {"id": "County C"}), ("id", {"id": "city"}), ("level", {"level": "planet"}), ("functions", {"functions": ["magic"]}),
        ("label", {"label": " "}), ("unit", {"parent": "nowhere"}), ("hours", {"hours": {"days": "working_day", "open": [["17:00", "08:00"]]}}),
        ("hours", {"hours": {"days": "never"}}), ("until", {"until": date(2024, 1, 1)}),
    ],
)  # fmt: skip
def test_a_unit_that_cannot_be_is_refused_by_field(field, given):
    before = AdminEvent.objects.count()
    with pytest.raises(BadAct) as bad:
        actions.create_unit(**{"id": "county_c", "label": "丙县局", "level": "county", "since": DAY, **given})
    assert bad.value.field == field
    assert AdminEvent.objects.count() == before


def test_a_unit_does_not_stand_above_itself():
    with pytest.raises(BadAct) as bad:
        actions.change_unit("city", parent="station_a1")
    assert bad.value.field == "parent"
    actions.change_unit("station_a1", parent="county_b")
    assert queries.tree().above("station_a1") == ("county_b", "city", "province")


def test_a_unit_closes_after_its_people_and_units_have_left():
    with pytest.raises(BadAct):
        actions.close_unit("section_a2", until=date(2025, 6, 30))
    for posting in Unit.objects.get(id="section_a2").officers.all():
        actions.end_posting(posting, until=date(2025, 6, 30))
    actions.close_unit("section_a2", until=date(2025, 6, 30))
    assert "section_a2" in queries.tree(on=date(2025, 6, 30))
    assert "section_a2" not in queries.tree(on=date(2025, 7, 1))
    with pytest.raises(BadAct):
        actions.close_unit("city", until=date(2025, 6, 30))


# -- settings


@pytest.fixture
def rules(tmp_path, settings):
    from huiyin.org import procedures

    settings.RULES = rules_folder.write(tmp_path)
    procedures.library.cache_clear()
    yield
    procedures.library.cache_clear()


def test_a_setting_holds_for_the_unit_and_those_below_it_from_its_day(rules):
    actions.set_setting("limit_of", 5, since=DAY)
    actions.set_setting("limit_of", 7, unit="county_a", since=date(2025, 6, 1))
    actions.set_setting("limit_of", 9, unit="county_a", since=date(2025, 9, 1))

    def value(unit: str, on: date) -> int:
        return queries.world_for(unit, on=on).setting("limit_of", unit, 3)

    assert value("city", date(2024, 12, 31)) == 3
    assert value("city", date(2025, 7, 1)) == 5
    assert [value("station_a1", date(2025, month, 1)) for month in (5, 6, 8, 9)] == [5, 7, 7, 9]
    assert value("county_b", date(2025, 9, 1)) == 5


def test_a_period_is_a_number_and_a_unit_of_time(rules):
    actions.set_setting("warn_before", {"n": 5, "unit": "day"}, since=DAY)
    found = queries.world_for("city", on=DAY).setting("warn_before", "city", Period(2, "working_day"))
    assert found == {"n": 5, "unit": "day"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("warn_before", 5), ("warn_before", {"n": 5, "unit": "moon"}), ("warn_before", {"n": -1, "unit": "day"})),
        *(("limit_of", "5"), ("limit_of", True), ("nothing", 1)),
    ],
)
def test_a_setting_that_no_rule_has_or_of_the_wrong_type_is_refused(rules, name, value):
    with pytest.raises(BadAct):
        actions.set_setting(name, value, since=DAY)


# -- the log


def test_every_act_is_in_the_log_with_its_actor():
    administrator = queries.holders("administrator", "province").get()
    security = queries.holders("security_administrator", "province").get()
    before = AdminEvent.objects.count()
    person = actions.create_person("new.person", "张三丰", by=administrator)
    posting = actions.appoint(person, "handler", "county_a", since=DAY, by=security)
    actions.end_posting(posting, until=date(2025, 3, 1), by=administrator)
    actions.change_unit("county_a", label="甲县市场监管局", by=administrator)
    rows = list(AdminEvent.objects.order_by("seq")[before:])
    assert [row.name for row in rows] == ["person_created", "officer_appointed", "posting_ended", "unit_changed"]
    acted = [f"p{administrator.person_id}", f"p{security.person_id}", *[f"p{administrator.person_id}"] * 2]
    assert [row.actor_person for row in rows] == acted
    body = json.loads(rows[1].body)
    assert body["actor"] == {"role": "security_administrator", "unit": "province", "person": f"p{security.person_id}"}
    assert body["facts"] == {
        "officer": posting.pk,
        "person": person.key,
        "role": "handler",
        "unit": "county_a",
        "since": "2025-01-01",
    }
    assert body["recorded"].endswith("+08:00")
    assert rows[1].body == chain.canonical(body)


def test_the_log_names_nobody():
    person = actions.create_person("zhang.sanfeng", "张三丰")
    actions.appoint(person, "handler", "county_a", since=DAY)
    texts = "".join(AdminEvent.objects.values_list("body", flat=True))
    assert "张三丰" not in texts
    assert "zhang" not in texts


def test_the_chain_of_the_sample_world_holds(ring):
    assert AdminEvent.objects.count() > 100
    assert log.broken() == []
    assert log.broken(key=ring.chain) == []
    assert log.broken(key=b"0" * 32) == list(AdminEvent.objects.values_list("seq", flat=True).order_by("seq"))


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("UPDATE org_adminevent SET body = replace(body, 'city', 'county_b') WHERE seq = 2", 2),
        ("DELETE FROM org_adminevent WHERE seq = 5", 6),
        ("UPDATE org_adminevent SET hash = (SELECT hash FROM org_adminevent WHERE seq = 3) WHERE seq = 2", 2),
    ],
)
def test_an_altered_or_missing_event_is_named(statement, first):
    with pytest.raises(IntegrityError), transaction.atomic():
        _run(statement)
    assert log.broken() == []
    with db.unprotected():
        _run(statement)
    assert log.broken()[0] == first


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_act_that_cannot_be_logged_is_not_done(monkeypatch):
    before = AdminEvent.objects.count()
    monkeypatch.setattr(Person, "key", 1.5)
    with pytest.raises(chain.BadBody):
        actions.create_person("somebody", "某人")
    assert AdminEvent.objects.count() == before
    assert not Person.objects.filter(username="somebody").exists()


def test_the_log_never_runs_backwards(monkeypatch):
    last = AdminEvent.objects.latest("seq")

    class Past(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2001, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(log, "datetime", Past)
    assert log.write("trial", {}).recorded == last.recorded


def test_rotating_keys_is_an_act(tmp_path, settings, ring):
    settings.KEYS = tmp_path / "keys"
    keys._in_use.remove(ring)
    try:
        log.write("trial", {})
        assert actions.rotate_keys() == 0
    finally:
        keys._in_use.append(ring)
    assert AdminEvent.objects.latest("seq").name == "keys_rotated"
