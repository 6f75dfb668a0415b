"""Queries composed once give what Django gives, value for value, on either database and from any thread."""

from threading import Thread

import pytest
from django.db import connection

from huiyin.cases.models import Case, CaseRound, Event
from huiyin.commands.fill import fill
from huiyin.dues.models import Due
from huiyin.vault.prepared import Prepared


@pytest.fixture
def cases(sample_world):
    fill(40, processes=1, quiet=True)
    return list(Case.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.django_db
def test_rows_are_those_of_django(cases):
    """Moments, days, truth values and tables included."""
    of_dues = Prepared(
        lambda id: Due.objects.filter(subject_kind="case", subject_id=id).order_by("pk").values_list(), int
    )
    of_rounds = Prepared(lambda id: CaseRound.objects.filter(case_id=id).order_by("round").values_list(), int)
    seen = 0
    for pk in cases[:20]:
        assert of_dues.rows(pk) == list(Due.objects.filter(subject_id=pk).order_by("pk").values_list())
        assert of_rounds.rows(pk) == list(CaseRound.objects.filter(case_id=pk).order_by("round").values_list())
        seen += len(of_dues.rows(pk))
    assert seen > 20


@pytest.mark.django_db
def test_objects_are_those_of_django(cases):
    one = Prepared(lambda id, unit: Case.objects.filter(pk=id, unit=unit), int, str)
    for pk in cases[:10]:
        case = Case.objects.get(pk=pk)
        (found,) = one.objects(pk, case.unit)
        assert found == case
        assert {f.attname: getattr(found, f.attname) for f in Case._meta.fields} == {
            f.attname: getattr(case, f.attname) for f in Case._meta.fields
        }
        assert one.objects(pk, "nowhere") == []


@pytest.mark.django_db
def test_it_is_composed_once(cases):
    made = []

    def make(case_id):
        made.append(case_id)
        return Event.objects.filter(case_id=case_id).values_list("seq")

    found = Prepared(make, int)
    assert [found.rows(pk) for pk in cases[:5]]
    assert len(made) == 1


@pytest.mark.django_db(transaction=True)
def test_every_thread_uses_its_own_connection(sample_world):
    found = Prepared(lambda seq: Event.objects.filter(seq=seq).values_list("case_id"), int)
    found.rows(1)
    failed = []

    def ask():
        try:
            found.rows(1)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
