"""Who may act as what, and when: dates of postings, deputies, people who left."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from huiyin.org import actions, queries
from huiyin.org.actions import BadAct
from huiyin.org.models import Officer, Person

pytestmark = pytest.mark.usefixtures("sample_world")
MAY = date(2025, 5, 1)


@pytest.fixture
def person() -> Person:
    return actions.create_person("new.person", "新人")


@pytest.fixture
def head() -> Officer:
    return queries.holders("unit_head", "county_a").get()


def held(person: Person, on: date) -> list[str]:
    return [str(o) for o in queries.postings(person, on)]


def test_a_posting_holds_from_its_first_to_its_last_day(person):
    actions.appoint(person, "handler", "county_a", since=MAY, until=date(2025, 6, 30))
    assert held(person, MAY - timedelta(1)) == []
    assert held(person, MAY) == held(person, date(2025, 6, 30)) == ["handler@county_a"]
    assert held(person, date(2025, 7, 1)) == []


def test_the_world_of_a_day_knows_who_was_posted_then(person):
    actions.appoint(person, "designated", "county_a", since=MAY, until=date(2025, 6, 30))
    assert not queries.world_for("county_a", on=MAY - timedelta(1)).has_role_holder("designated", "county_a")
    assert queries.world_for("county_a", on=MAY).has_role_holder("designated", "county_a")
    assert queries.world_for("county_a", on=MAY).has_qualification(person.key, "designated")
    assert not queries.world_for("county_a", on=date(2025, 7, 1)).has_qualification(person.key, "designated")


def test_an_ended_posting_ends_its_deputies(person, head):
    deputy = actions.appoint(person, "unit_head", "county_a", since=MAY, until=date(2025, 12, 31), deputy_for=head)
    actions.end_posting(head, until=date(2025, 8, 31))
    deputy.refresh_from_db()
    assert deputy.until == date(2025, 8, 31)
    assert held(head.person, date(2025, 9, 1)) == []


def test_a_deputy_acts_as_a_deputy(person, head):
    actions.appoint(person, "unit_head", "county_a", since=MAY, until=date(2025, 5, 31), deputy_for=head)
    (posting,) = queries.postings(person, MAY)
    actor = queries.actor_of(posting)
    assert (actor.role, actor.unit, actor.deputy) == ("unit_head", "county_a", True)
    assert not queries.actor_of(head).deputy
    assert held(person, date(2025, 6, 1)) == []


def test_own_postings_come_before_those_of_a_deputy(person, head):
    actions.appoint(person, "unit_head", "county_a", since=MAY, deputy_for=head)
    actions.appoint(person, "handler", "county_a", since=MAY)
    assert [o.deputy_for_id is None for o in queries.postings(person, MAY)] == [True, False]


def test_a_deputy_has_the_role_and_unit_of_the_principal(person, head):
    with pytest.raises(BadAct) as wrong_role:
        actions.appoint(person, "leader", "county_a", since=MAY, deputy_for=head)
    with pytest.raises(BadAct):
        actions.appoint(person, "unit_head", "county_b", since=MAY, deputy_for=head)
    with pytest.raises(BadAct):
        actions.appoint(head.person, "unit_head", "county_a", since=MAY, deputy_for=head)
    deputy = actions.appoint(person, "unit_head", "county_a", since=MAY, deputy_for=head)
    other = actions.create_person("other.person", "另一人")
    with pytest.raises(BadAct):
        actions.appoint(other, "unit_head", "county_a", since=MAY, deputy_for=deputy)
    assert wrong_role.value.field == "deputy_for"


def test_somebody_switched_off_holds_nothing(person, client):
    actions.appoint(person, "designated", "county_b", since=MAY)
    actions.set_password(person, "a-long-passphrase")
    assert client.login(username="new.person", password="a-long-passphrase")
    actions.set_active(person, False)
    client.logout()
    assert not client.login(username="new.person", password="a-long-passphrase")
    assert queries.postings(Person.objects.get(pk=person.pk), MAY) == []
    assert not queries.world_for("county_b", on=MAY).has_role_holder("designated", "county_b")
    assert not queries.holders("designated", "county_b", MAY).exists()


def test_a_posting_belongs_to_its_person(person):
    posting = actions.appoint(person, "handler", "county_a", since=MAY)
    other = Person.objects.get(username="handler.county_a")
    assert queries.officer(posting.pk, person, MAY) == posting
    assert queries.officer(posting.pk, other, MAY) is None
    assert queries.officer(posting.pk, person, MAY - timedelta(1)) is None


@pytest.mark.parametrize("role", ["any", "system", "complainant", "first_contact", "king"])
def test_not_every_role_can_be_given(person, role):
    with pytest.raises(BadAct) as bad:
        actions.appoint(person, role, "county_a", since=MAY)
    assert bad.value.field == "role"


def test_the_same_posting_is_not_given_twice_at_one_time(person):
    actions.appoint(person, "handler", "county_a", since=MAY, until=date(2025, 6, 30))
    with pytest.raises(BadAct):
        actions.appoint(person, "handler", "county_a", since=date(2025, 6, 30))
    actions.appoint(person, "handler", "county_a", since=date(2025, 7, 1))


def test_dates_the_wrong_way_round_or_outside_the_unit_are_refused(person):
    with pytest.raises(BadAct):
        actions.appoint(person, "handler", "county_a", since=MAY, until=MAY - timedelta(1))
    with pytest.raises(BadAct):
        actions.appoint(person, "handler", "county_a", since=date(1999, 12, 31))


def test_only_the_security_administrator_or_the_installation_may_appoint(person, head):
    administrator = queries.holders("administrator", "province").get()
    security = queries.holders("security_administrator", "province").get()
    for nobody in (head, administrator, queries.holders("auditor", "province").get()):
        with pytest.raises(PermissionDenied):
            actions.appoint(person, "handler", "county_a", since=MAY, by=nobody)
    assert actions.appoint(person, "handler", "county_a", since=MAY, by=security).pk


def test_a_weak_password_and_a_taken_name_are_refused(person):
    with pytest.raises(ValidationError):
        actions.create_person("somebody", "某人", password="12345678")
    with pytest.raises(BadAct):
        actions.create_person("new.person", "某人")
    with pytest.raises(BadAct):
        actions.create_person("a b", "某人")
