"""The organisation in the database answers as the sample world of the core does."""

from datetime import date, datetime

import pytest

from huiyin.core import calendar_files
from huiyin.core.model import Actor
from huiyin.core.sample import SampleWorld, sample_units
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import actions, queries, sample, snapshot
from huiyin.org.models import Area, Officer, Person, PlaceArea, Unit

pytestmark = pytest.mark.usefixtures("sample_world")
NEEDED = [
    *("intake_officer", "handler", "unit_head", "leader", "director", "supervisor", "caller_back"),
    *("archivist", "duty_officer", "enforcement_officer", "mediator"),
]
OF_THE_PATHS = [
    *(("handler", "section_c1"), ("intake_officer", "section_a1"), ("mediator", "station_a1")),
    *(("archivist", "station_a1"), ("supervisor", "supervision_a"), ("administrator", "province")),
]
BODIES = {"jiangmen": "city", "henan": "province"}


def of_body(body: str):
    return queries.world_for("county_a", procedure=f"{body}/complaint"), SampleWorld(load_vocabulary(), body)


@pytest.mark.parametrize("body", BODIES)
def test_the_tree_is_that_of_the_sample_world(body):
    ours, theirs = of_body(body)
    assert ours.tree.units == theirs.tree.units
    assert ours.tree.root == theirs.tree.root == BODIES[body]
    assert {k: set(v) for k, v in ours.tree.children.items()} == {k: set(v) for k, v in theirs.tree.children.items()}
    assert ours.tree.own() == theirs.tree.own()


@pytest.mark.parametrize("body", BODIES)
def test_every_question_about_units_and_places_has_the_same_answer(body):
    ours, theirs = of_body(body)
    vocabulary, calendar = load_vocabulary(), calendar_files.load()
    moments = [
        datetime(2025, 9, 28, 9),
        datetime(2025, 10, 1, 9),
        datetime(2025, 10, 9, 17, 30),
        datetime(2025, 10, 9, 8, 30),
    ]
    for unit in vocabulary.raw["world_unit"]:
        assert ours.tree.above(unit) == theirs.tree.above(unit)
        assert set(ours.tree.below(unit)) == set(theirs.tree.below(unit))
        assert [ours.in_office_hours(unit, m, calendar) for m in moments] == [
            theirs.in_office_hours(unit, m, calendar) for m in moments
        ]
        for place in vocabulary.raw["world_place"]:
            for drawn in ("own", "promised", "county_seat", "network"):
                assert ours.inside_area(place, drawn, unit) == theirs.inside_area(place, drawn, unit)
        for area in vocabulary.raw["world_area"]:
            assert ours.has_competence(unit, area) == theirs.has_competence(unit, area)
            assert ours.tree.local_body(area, unit) == theirs.tree.local_body(area, unit)
    for area in vocabulary.raw["world_area"]:
        assert ours.competent_units(area) == theirs.competent_units(area)
    for function in vocabulary.functions:
        assert ours.tree.nearest_with(function, "station_a1") == theirs.tree.nearest_with(function, "station_a1")


def test_areas_and_places_are_those_of_the_vocabulary():
    raw = load_vocabulary().raw
    assert dict(Area.objects.values_list("code", "label")) == raw["world_area"]
    assert Area.objects.get(code="990121001").parent_id == "990121"
    assert Area.objects.get(code="990121").parent_id == "990100"
    assert PlaceArea.objects.count() == len(raw["world_place"])
    assert Unit.objects.count() == len(sample_units(load_vocabulary()))


def test_the_world_is_made_once(django_assert_max_num_queries):
    before = (Unit.objects.count(), Person.objects.count(), Officer.objects.count())
    with django_assert_max_num_queries(3):
        sample.make()
    assert (Unit.objects.count(), Person.objects.count(), Officer.objects.count()) == before
    assert sample.refresh() == []
    assert sample.made()
    assert not sample.taken()


@pytest.mark.parametrize("unit", ["province", "city", "county_a", "county_b"])
def test_every_bureau_has_who_is_needed(unit):
    ours, _ = of_body("henan")
    for role in NEEDED:
        assert ours.has_role_holder(role, unit)
        assert ours.on_duty(role, unit, datetime(2025, 10, 1, 3))
        assert ours.people(role, unit) == tuple(o.person.key for o in queries.holders(role, unit).order_by("pk"))
        assert queries.holders(role, unit).count() == (2 if role in ("handler", "enforcement_officer") else 1)


def test_people_of_the_paths_are_all_there():
    for role, unit in OF_THE_PATHS:
        assert queries.holders(role, unit).exists(), (role, unit)


def test_log_in_names_and_the_password_work(client):
    names = {login.username for login in sample.logins()}
    assert {"intake.city", "handler.county_a", "handler2.county_a", "leader.city", "admin.province"} <= names
    assert len(names) == len(sample.logins())
    assert client.login(username="intake.city", password=sample.PASSWORD)
    assert not client.login(username="intake.city", password="wrong")


def test_a_person_is_one_person_whatever_the_role():
    person = Person.objects.get(username="handler.county_a")
    second = actions.appoint(person, "mediator", "station_a1", since=date(2020, 1, 1))
    first, other = (queries.actor_of(o) for o in queries.postings(person))
    assert (first.role, first.unit, other.role, other.unit) == ("handler", "county_a", "mediator", "station_a1")
    assert first.person == other.person == f"p{person.pk}" == person.key
    ours, _ = of_body("henan")
    assert ours.same_person(person.key, queries.actor_of(second))
    assert not ours.same_person(None, first)
    assert not ours.same_person("p0", first)
    assert ours.has_qualification(person.key, "mediator")
    assert not ours.has_qualification(person.key, "enforcement_officer")
    assert ours.works_at(person.key, "section_a1")
    assert ours.works_at(person.key, "city")
    assert not ours.works_at(person.key, "county_b")
    assert not ours.works_at("p0", "county_a")


def test_the_root_is_the_unit_that_adopted_the_procedure():
    assert queries.body_of("station_a1", "jiangmen/complaint") == "city"
    assert queries.body_of("station_a1", "henan/complaint") == "province"
    assert queries.body_of("station_a1") == "province"
    assert queries.body_of("squadron_1", "henan/complaint") == "commerce_bureau"
    assert queries.body_of("external:police") == "external:police"


def test_the_organisation_is_read_once_and_again_after_an_act(django_assert_num_queries):
    queries.tree()
    with django_assert_num_queries(1):
        assert "county_c" not in queries.tree()
    actions.create_unit(
        "county_c", "丙县局", "county", since=date(2025, 1, 1), parent="city", functions=["handling"], area="990123"
    )
    assert "county_c" in queries.tree()
    assert queries.tree().above("county_c") == ("city", "province")
    assert "county_c" not in queries.tree(on=date(2024, 12, 31))


def test_trees_of_days_without_a_change_between_them_are_one_object():
    assert queries.tree("city", date(2025, 3, 1)) is queries.tree("city", date(2025, 9, 1))
    assert queries.tree("city", date(2025, 3, 1)) is not queries.tree("province", date(2025, 3, 1))


def test_an_organisation_without_a_stamp_is_never_taken_from_memory():
    from huiyin.org.models import Stamp

    Stamp.objects.all().delete()
    queries.tree()
    Unit.objects.filter(id="section_a2").update(label="改名")
    assert snapshot.current().units["section_a2"][0].label == "改名"


def test_names_of_units_and_people_for_showing():
    person = Person.objects.get(username="handler.county_a")
    assert queries.people([person.key, "system", "p0", "px"]) == {person.key: person}
    assert queries.labels(["county_a", "gone"]) == {"county_a": "甲县局", "gone": "gone"}
    assert str(person) == person.key
    assert queries.actor_of(queries.postings(person)[0]) == Actor("handler", "county_a", person.key)
