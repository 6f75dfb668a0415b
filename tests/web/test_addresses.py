"""Whatever stands in an address: a page, or one that says it is not there; never a defect. On both databases."""

import pytest
from django.test import Client

from huiyin.vault.models import RevealLog
from tests.api.clients import Api
from tests.cases.office import a_case, officer
from tests.web.test_case_page import registered

pytestmark = pytest.mark.django_db
LONG = "9" * 5000  # more digits than Python takes for a number
STRANGE = [
    *(f"/cases/?{name}=%00" for name in ("number", "kind", "stage", "state", "before")),
    *(f"/cases/?{name}={LONG}" for name in ("number", "kind", "stage", "before")),
    f"/cases/?before={'9' * 30}", "/cases/?before=-1", "/cases/?number=%ED%A0%80", "/cases/%00/", "/cases/%ED%A0%80/", f"/cases/{LONG}/",
    "/cases/~99999999999999999999/", "/cases/~999999999999999/", "/cases/~/", "/cases/%00/note_added/",
    *(f"/work/?after={key}" for key in ("0001-01-01~1", "9999-12-31T23:59:59-12:00~1", f"2026-01-01~{LONG}", "%00", "~", "2026-01-01~-1")),
    f"/work/?after=2026-01-01~{'9' * 40}", "/work/?light=%00", "/cases/new/?procedure=%00", "/submit/%00/", "/submit/x/check/",
]  # fmt: skip


@pytest.mark.parametrize("address", STRANGE, ids=lambda a: a[:40])
def test_strange_addresses_are_answered(address):
    client = Client()
    client.force_login(officer("intake_officer", "city").person)
    assert client.get(address).status_code in (200, 302, 404)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/cases", {"number": "\0"}),
        ("/cases", {"kind": "\0"}),
        ("/cases", {"external_system": "\0", "external_no": "1"}),
        ("/cases", {"before": LONG}),
        ("/cases/%00", {}),
        ("/cases/%00/events", {}),
        ("/public/cases/%00", {"code": "x"}),
        ("/public/cases/1", {"code": "\0"}),
        ("/public/units", {"kind": "\0"}),
        ("/todo", {"after": f"2026-01-01~{LONG}"}),
        ("/todo", {"after": f"2026-01-01~{'9' * 40}"}),
    ],
)
def test_strange_addresses_of_the_api_are_answered(path, query):
    answer = Api(officer("intake_officer", "city")).get(path, **query)
    assert answer.status_code in (200, 404, 422), answer.content.decode()


def test_the_code_is_asked_for_where_the_number_cannot_be():
    case = a_case()
    answer = Client().post("/track/", {"number": f"{case.number}\0", "code": case.code})
    assert answer.status_code == 422


def test_a_reason_for_looking_keeps_only_what_can_be_kept():
    case = registered("jiangmen/complaint", "city")
    client = Client()
    client.force_login(officer("intake_officer", "city").person)
    page = client.get(f"/cases/~{case.pk}/").content.decode()
    ref = page.partition('name="ref" value="')[2].partition('"')[0]
    assert client.post(f"/cases/~{case.pk}/reveal/", {"ref": ref, "reason": "\0\0\0"}).status_code == 422
    assert client.post(f"/cases/~{case.pk}/reveal/", {"ref": ref, "reason": "核实\0来电"}).status_code == 200
    assert RevealLog.objects.get().reason == "核实来电"
