"""A complaint that is made again: the two cases know each other, and the first is handled anew under its number (JM-4-2b)."""

import pytest

from huiyin.cases.models import Case, Event, Link
from tests.clauses.test_JM import example
from tests.support.recorded import Recorded
from tests.support.shipped import library


def recorded(name: str) -> Recorded:
    case = Recorded(example(name), library())
    case.run()
    return case


def names(case: Recorded, label: str) -> list[str]:
    return list(Event.objects.filter(case_id=case.cases[label]).order_by("seq").values_list("name", flat=True))


@pytest.mark.django_db
@pytest.mark.clause("JM-4-2b")
def test_the_first_is_handled_anew_and_both_are_linked(sample_world):
    case = recorded("complained of again")
    assert names(case, "") == ["registered", "accepted", "linked"]
    assert names(case, "first")[-5:] == ["linked", "breach_recorded", "breach_recorded", "breach_recorded", "reopened"]
    first = Case.objects.get(pk=case.cases["first"])
    assert first.round == 2
    link = Link.objects.get(case_id=first.pk)
    assert (link.other_id, link.relation) == (case.cases[""], "repeated")


@pytest.mark.django_db
def test_another_matter_is_left_alone(sample_world):
    case = recorded("another shop, or another matter")
    assert "linked" not in names(case, "again")
    assert "reopened" not in names(case, "")
