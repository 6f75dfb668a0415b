"""The watch: every figure leads to its cases, acts on several of them, and a screen on a wall that shows figures and nothing of any case."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from huiyin.cases import clock, counters
from huiyin.cases.actions import record
from huiyin.cases.models import Event
from huiyin.org.models import AdminEvent
from huiyin.watch import actions
from huiyin.watch.models import Screen
from tests.cases.office import FACTS, PARTIES, a_case, officer

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 7, 1, 9)


@pytest.fixture
def late():
    """Cases that the county has let lie."""
    found = []
    for _ in range(3):
        case = a_case()
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
        record(case, "received", by=officer("intake_officer", "county_a"))
        found.append(case)
    with clock.at(LATER):
        counters.refresh_counters()
        yield found


def test_every_figure_of_the_board_leads_to_its_cases(late, desk):
    client = desk("supervisor", "city")
    page = client.get("/board/").content.decode()
    link = re.search(r'id="f-county_a-overdue" href="([^"]+)"[^>]*>3<', page)
    assert link
    listed = client.get(link[1].replace("&amp;", "&")).content.decode()
    assert all(case.number in listed for case in late)
    by = client.get("/board/?by=unsigned").content.decode()
    assert 'aria-sort="descending"' in by
    assert client.get("/board/?by=nothing").status_code == 404


def test_the_board_keeps_itself_fresh_and_can_be_stopped(late, desk):
    client = desk("supervisor", "city")
    assert 'hx-trigger="every 30s"' in client.get("/board/").content.decode()
    assert 'hx-trigger="every' not in client.get("/board/?live=0").content.decode()
    part = client.get("/board/?part=1").content.decode()
    assert "<html" not in part
    assert "逾期案件3件" in part


@pytest.mark.parametrize("event", ["urged", "supervised"])
def test_several_late_cases_are_urged_or_supervised_together(late, desk, event):
    client = desk("supervisor", "city")
    page = client.get("/board/list/?what=red&unit=county_a").content.decode()
    assert f'value="{event}"' in page
    sent = {"does": event, "back": "board", "case": [case.pk for case in late]}
    form = client.post("/work/several/", sent).content.decode()
    key = re.search(r'name="key" value="([^"]+)"', form)[1]
    done = client.post("/work/several/", {**sent, "go": "1", "key": key, "text": "请在三日内办结并回复"})
    assert done.status_code == 200
    assert Event.objects.filter(name=event, case_id__in=[case.pk for case in late]).count() == 3


def test_a_screen_is_paired_by_its_code_and_shows_figures_alone(late, client):
    screen, code = actions.create(officer("supervisor", "city"), "大厅")
    assert AdminEvent.objects.latest("seq").name == "screen_created"
    assert code.replace("-", "") not in repr(vars(Screen.objects.get()))
    wall = Client()
    assert "显示码" in wall.get("/wall/").content.decode()
    assert wall.get("/wall/?part=1").status_code == 403
    assert wall.post("/wall/", {"code": "AAAA-AAAA-AAAA-AAAA"}).status_code == 422
    assert wall.post("/wall/", {"code": code.lower()}).status_code == 302
    page = wall.get("/wall/").content.decode()
    assert re.search(r"<b>3</b><span>逾期案件", page)
    for secret in (late[0].number, PARTIES[0]["name"], PARTIES[0]["phone"], FACTS["subject"]):
        assert secret not in page
    assert wall.get("/board/").status_code == 302  # it opens nothing else
    assert wall.session.get_expiry_age() > 300 * 24 * 3600
    actions.end(officer("supervisor", "city"), screen)
    assert "请输入" in wall.get("/wall/").content.decode()


def test_a_screen_of_the_past_shows_nothing(late):
    screen, code = actions.create(officer("supervisor", "city"), "大厅")
    assert screen.until - screen.made == timedelta(days=365)
    Screen.objects.filter(pk=screen.pk).update(until=timezone.now() - timedelta(days=1))
    assert Client().post("/wall/", {"code": code}).status_code == 422


def test_an_officer_sees_the_wall_of_his_own_units(late, desk):
    assert re.search(r"<b>3</b><span>逾期案件", desk("supervisor", "city").get("/wall/").content.decode())
    assert not re.search(r"<b>3</b><span>逾期案件", desk("handler", "county_b").get("/wall/").content.decode())


def test_who_may_make_screens_and_for_which_unit(desk):
    client = desk("supervisor", "city")
    page = client.post("/board/screens/", {"name": "大厅", "unit": "county_a"}).content.decode()
    assert "只显示这一次" in page
    assert client.post("/board/screens/", {"name": " "}).status_code == 422
    assert client.post("/board/screens/", {"name": "x", "unit": "province"}).status_code == 403
    pk = Screen.objects.get().pk
    assert Client().post(f"/board/screens/{pk}/end/").status_code == 302
    assert Screen.objects.get().ended is None
    assert client.post(f"/board/screens/{pk}/end/").status_code == 302
    assert Screen.objects.get().ended is not None
    assert desk("handler", "county_a").get("/board/screens/").status_code == 403
