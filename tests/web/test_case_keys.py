"""Several units may use one number: whoever follows a link still comes to the case itself, and not to a list to choose from."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huiyin.cases.models import Case
from huiyin.web.casekeys import asked_once, number_key
from tests.web.test_case_page import registered, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def twins():
    """Two cases of one number that the county finds, and one of a number of its own."""
    first, second, third = (sent(registered("jiangmen/complaint", "city")) for _ in range(3))
    Case.objects.filter(pk=second.pk).update(number=first.number)
    return [Case.objects.get(pk=one.pk) for one in (first, second, third)]


def test_links_of_lists_lead_to_the_case_itself(twins, desk):
    first, second, third = twins
    client = desk("handler", "county_a")
    for page in ("/work/?of=unit", "/cases/", "/inbox/"):
        text = client.get(page).content.decode()
        assert f"/cases/{first.number}/" not in text, page
        assert f"/cases/~{first.pk}/" in text, page
        assert f"/cases/~{second.pk}/" in text, page
        assert f"/cases/{third.number}/" in text, page
    assert client.get(f"/work/next/?after={first.pk}").url.startswith("/cases/")
    assert client.get(f"/cases/{first.number}/").url == f"/cases/?number={first.number}"  # typed by hand


def test_the_numbers_of_a_page_are_looked_up_once(twins):
    with asked_once(), CaptureQueriesContext(connection) as asked:
        assert [number_key(one, twins) for one in twins] == [f"~{twins[0].pk}", f"~{twins[1].pk}", twins[2].number]
    assert len(asked) == 1


def test_a_case_without_a_number_or_with_a_slash_stands_by_its_id(twins):
    twins[0].number, twins[1].number = None, "2026/1"
    assert [number_key(one) for one in twins[:2]] == [f"~{twins[0].pk}", f"~{twins[1].pk}"]
