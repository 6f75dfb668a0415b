"""From a hot spot of the figures to a campaign that holds its cases as the cause (XX)."""

from datetime import datetime

import pytest
from django.test import Client

from huiyin.cases import clock
from huiyin.registers import actions, queries
from huiyin.registers.models import Entry
from tests.cases.office import FACTS, a_case, officer

pytestmark = pytest.mark.django_db
FIRST = {**FACTS, "category": ["services:prepaid"]}


def cases(month, number):
    return [a_case(datetime(2015, month, day + 1, 9), facts=FIRST) for day in range(number)]


@pytest.mark.clause("XX-01g")
def test_twelve_complaints_against_three_become_a_campaign_that_holds_them():
    cases(4, 3)
    may = cases(5, 12)
    a_case(datetime(2015, 5, 20, 9), facts={**FACTS, "category": ["goods:kettle"]})
    with clock.at(datetime(2015, 6, 1, 9)):
        spot = queries.hotspots("city", "2015-05", factor=2, least=5)
        assert [(h.category, h.number, h.before) for h in spot] == [("services:prepaid", 12, 3)]
        assert queries.hotspots("county_b", "2015-05") == []
        client = Client()
        client.force_login(officer("unit_head", "city").person)
        page = client.get("/registers/XX-campaign/hotspots/").content.decode()
        assert "hotspot=services%3Aprepaid&amp;month=2015-05" in page
        address = "/registers/XX-campaign/new/?hotspot=services:prepaid&month=2015-05"
        assert "该月 12 件（上月 3 件）" in client.get(address).content.decode()
        client.post(address, {"title": "预付卡", "begins": "2015-06-01", "goods": ["services:prepaid"]})
        entry = Entry.objects.get()
        assert entry.values["causes"] == [case.pk for case in may]
    with clock.at(datetime(2015, 6, 10, 9)):
        inspection = a_case(datetime(2015, 6, 10, 9))
        actions.assign(entry, "results", inspection, by=officer("unit_head", "city"))
        found = queries.opened(officer("unit_head", "city"), entry.pk)
        assert {c.figure.name: c.value for c in queries.figures(found)} == {"causes": 12, "results": 1}
