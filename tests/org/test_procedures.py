"""A case runs for decades by the text it began under: stored by its hash, never changed, and never silently another (D10)."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from huiyin import checks
from huiyin.org import actions, procedures, sample
from huiyin.org.actions import BadAct
from huiyin.org.models import AdminEvent, CompiledProcedure
from huiyin.org.procedures import RulesChanged, UnknownProcedure
from huiyin.vault import db
from tests.org import rules_folder

pytestmark = pytest.mark.django_db
TRIAL = "trial/complaint"


@pytest.fixture
def folder(tmp_path, settings) -> Path:
    """An office's own rules, as HUIYIN_RULES names them."""
    settings.RULES = rules_folder.write(tmp_path)
    yield tmp_path
    procedures.library.cache_clear()


@pytest.fixture(autouse=True)
def _fresh_library(folder):
    procedures.library.cache_clear()


def current():
    procedures.library.cache_clear()
    return procedures.library().procedure(TRIAL)


@pytest.fixture
def city(db):
    actions.create_unit("city", "市中心", "city", since=sample.SINCE)
    actions.create_unit("county_a", "甲县局", "county", since=sample.SINCE, parent="city")


def test_a_stored_procedure_compiles_to_the_same_procedure():
    found = procedures.store(current())
    procedures._compiled.clear()
    again = procedures.procedure_for(found.hash)
    assert again.hash == current().hash == found.hash
    assert [entry.clauses for entry in again.entries()] == [entry.clauses for entry in current().entries()]
    assert again.settings["warn_before"].default == current().settings["warn_before"].default
    assert procedures.procedure_for(found.hash) is again


def test_storing_twice_is_storing_once():
    assert procedures.store(current()) == procedures.store(current())
    assert CompiledProcedure.objects.count() == 1


def test_a_stored_text_is_never_changed():
    row = procedures.store(current())
    for statement in ("UPDATE org_compiledprocedure SET source = '{}'", "DELETE FROM org_compiledprocedure"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert CompiledProcedure.objects.get().source == row.source


def test_an_altered_text_is_noticed_before_a_case_runs_by_it():
    row = procedures.store(current())
    body = json.loads(row.source)
    body["procedure"]["label"] = "改过"
    procedures._compiled.clear()
    with db.unprotected():
        CompiledProcedure.objects.update(source=json.dumps(body))
    with pytest.raises(UnknownProcedure, match="altered"):
        procedures.procedure_for(row.hash)
    with pytest.raises(UnknownProcedure, match="no procedure"):
        procedures.procedure_for("0" * 64)


def test_other_words_with_the_same_version_stop_the_start(folder):
    procedures.store(current())
    assert procedures.problems() == []
    rules_folder.write(folder, says="登记并告知")
    (problem,) = procedures.problems()
    assert TRIAL in problem
    assert "TRY@2012-01-01/1" in problem
    assert "edition" in problem
    assert problem in checks.start_problems()
    with pytest.raises(RulesChanged):
        procedures.store(current())


def test_with_a_raised_edition_the_start_goes_on_and_both_texts_stand(folder):
    old = procedures.store(current())
    rules_folder.write(folder, says="登记并告知", edition=2)
    assert procedures.problems() == []
    new = procedures.store(current())
    assert new.hash != old.hash
    assert procedures.procedure_for(old.hash).steps["registered"][0].says == "登记"
    assert procedures.procedure_for(new.hash).steps["registered"][0].says == "登记并告知"


def test_a_rule_that_nobody_adopted_may_change_freely(folder):
    rules_folder.write(folder, says="登记并告知")
    assert procedures.problems() == []


def test_an_older_version_that_changed_stops_the_start_too(folder):
    procedures.store(current())
    rules_folder.write(folder, in_force="2012-01-01", says="改了旧的", name="TRY@2012-01-01.toml")
    rules_folder.write(folder, in_force="2020-01-01", says="新的")
    assert "TRY@2012-01-01/1" in procedures.problems()[0]


def test_rules_that_cannot_be_read_stop_the_start(folder):
    (folder / "trial" / "TRY.toml").write_text("code = 'TRY'\nnonsense = 1\n", encoding="utf-8")
    assert "规则文件有错" in procedures.problems()[0]


def test_a_unit_works_by_what_it_or_a_unit_above_adopted(city):
    row = actions.adopt("city", TRIAL, since=date(2012, 1, 1))
    (found,) = procedures.adopted("county_a", "complaint", date(2025, 1, 1))
    assert (found.procedure, found.hash, found.unit, found.label) == (TRIAL, row.compiled_id, "city", "试行投诉")
    assert procedures.adopted("county_a", "report", date(2025, 1, 1)) == []
    assert procedures.adopted("county_a", on=date(2011, 12, 31)) == []
    assert procedures.adopted("nowhere") == []


def test_a_new_version_is_adopted_from_a_day_and_the_old_one_ends(city, folder):
    first = actions.adopt("city", TRIAL, since=date(2012, 1, 1))
    rules_folder.write(folder, in_force="2012-01-01", name="TRY@2012-01-01.toml")
    rules_folder.write(folder, in_force="2026-01-01", says="新的")
    procedures.library.cache_clear()
    second = actions.adopt("city", TRIAL, since=date(2026, 1, 1))
    assert first.compiled_id != second.compiled_id
    assert [a.hash for a in procedures.adopted("city", "complaint", date(2025, 12, 31))] == [first.compiled_id]
    assert [a.hash for a in procedures.adopted("city", "complaint", date(2026, 1, 1))] == [second.compiled_id]
    with pytest.raises(BadAct):
        actions.adopt("city", TRIAL, since=date(2020, 1, 1))
    assert procedures.problems() == []


def test_an_adoption_of_the_same_day_takes_the_place_of_the_earlier(city, folder):
    actions.adopt("city", TRIAL, since=date(2012, 1, 1))
    rules_folder.write(folder, edition=2, says="新的")
    procedures.library.cache_clear()
    second = actions.adopt("city", TRIAL, since=date(2012, 1, 1))
    assert [a.hash for a in procedures.adopted("city", on=date(2012, 1, 1))] == [second.compiled_id]


def test_an_adoption_can_end(city):
    row = actions.adopt("city", TRIAL, since=date(2012, 1, 1))
    actions.end_adoption(row, until=date(2025, 12, 31))
    assert procedures.adopted("county_a", on=date(2026, 1, 1)) == []
    assert AdminEvent.objects.latest("seq").name == "adoption_ended"


def test_adopting_what_is_not_there_is_refused(city):
    with pytest.raises(BadAct):
        actions.adopt("city", "trial/nothing", since=date(2012, 1, 1))
    with pytest.raises(BadAct):
        actions.adopt("nowhere", TRIAL, since=date(2012, 1, 1))


def test_the_nearest_adopter_comes_first_and_sample_bodies_have_their_own(folder, settings):
    settings.RULES = None
    procedures.library.cache_clear()
    sample.make()
    found = procedures.adopted("county_a", "complaint", date(2025, 9, 15))
    order = [a.unit for a in found]
    assert order == sorted(order, key=["county_a", "city", "province"].index)
    assert {"jiangmen/complaint", "henan/complaint"} <= {a.procedure for a in found}
    assert next(a.unit for a in found if a.procedure == "jiangmen/complaint") == "city"
    assert next(a.unit for a in found if a.procedure == "henan/complaint") == "province"
    assert {a.procedure for a in procedures.adopted("province", "complaint", date(2025, 9, 15))} == {"henan/complaint"}
