"""An annulled step in the office's database: what followed by itself falls in the same act, and the case's page says so."""

from datetime import timedelta

import pytest
from django.test import Client

from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.cases.models import Event
from huiyin.cases.queries import open_case
from tests.cases.office import MONDAY, a_case, officer, procedure

pytestmark = pytest.mark.django_db
RULES = """
[[reaction]]
on     = { event = "findings_made", where = { finding = "founded" } }
then   = [{ event = "breach_recorded", sort = "handling_fault" }, { event = "marked", mark = "typical" }]
clause = "TRY-30"
says   = "查实的，记录失责"
"""


def test_what_followed_falls_with_it(client: Client):
    case, by = a_case(rules=procedure(RULES)), officer("handler", "city")
    with clock.at(MONDAY + timedelta(hours=1)):
        (found, *_) = record(case, "findings_made", by=by, facts={"finding": "founded"})
    with clock.at(MONDAY + timedelta(hours=2)):
        record(case, "annulled", by=by, facts={"reason": "录错"}, re=[found.seq])
    view = open_case(case).view
    assert not {"findings_made", "breach_recorded", "marked"} & set(view.by_name)
    assert list(Event.objects.filter(case=case).order_by("seq").values_list("name", flat=True))[-3:] == ["annulled"] * 3
    case.refresh_from_db()
    assert "typical" not in case.marks
    client.force_login(officer("unit_head", "city").person)
    with clock.at(MONDAY + timedelta(hours=3)):
        page = client.get(f"/cases/{case.number}/", follow=True).content.decode()
    assert page.count("已作废") >= 3
