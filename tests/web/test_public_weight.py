"""What the public's pages weigh on the first view, what they ask the database, and what they say of the rules."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huiyin.cases import respondents
from huiyin.cases.models import IdempotencyKey
from huiyin.org import contacts
from huiyin.org.queries import today
from huiyin.web import reception
from tests.cases.office import FACTS, PARTIES, procedure
from tests.web.journeys import only
from tests.web.public_form import ALL, fill
from tests.web.test_case_page import registered
from tests.web.test_public import receipt, send

pytestmark = pytest.mark.django_db
MOST_BYTES, MOST_QUERIES = 70_000, 25
PAGES = (
    "/", "/say/", "/submit/complaint/duty/", "/submit/complaint/target/", "/submit/complaint/evidence/", "/submit/complaint/check/",
    "/submit/complaint/later/", "/receipt/", "/track/", "/track/case/", "/track/case/supply/", "/track/case/offer/", "/respond/",
    "/respond/case/", "/respond/case/answer/", "/how/", "/privacy/", "/kiosk/", "/who/?q=物业费",
)  # fmt: skip


@pytest.fixture
def everywhere(client):
    """A browser with a receipt, a case in view, a respondent's code and a draft."""
    fill(client)
    send(client)
    number, code = receipt(client)
    client.post("/track/", {"number": number, "code": code})
    client.post("/respond/", {"code": respondents.issue(registered("jiangmen/complaint", "city"), "2")})
    fill(client, {**ALL, "what": "又一件"})
    return client


def compressed(page):
    """Bytes of a page with its styles, scripts and drawings, each compressed as the server sends it."""
    parts = [page.encode()]
    for address in set(re.findall(r'(?:href|src)="/static/([^"?]+)', page)):
        parts.append(Path(finders.find(address)).read_bytes())
    return sum(len(gzip.compress(part, 6)) for part in parts)


def test_every_public_page_is_light_and_asks_little(everywhere):
    heavy, curious = {}, {}
    for address in PAGES[:-2] + PAGES[-1:] + ("/kiosk/",):  # the kiosk last: it forgets the rest
        everywhere.get(address)
        with CaptureQueriesContext(connection) as asked:
            answer = everywhere.get(address)
        assert answer.status_code == 200, address
        if (size := compressed(answer.content.decode())) > MOST_BYTES:
            heavy[address] = size
        if len(asked) > MOST_QUERIES:
            curious[address] = len(asked)
    assert (heavy, curious) == ({}, {})


def test_how_we_work_is_told_by_the_adopted_rules_with_their_articles(client):
    only("national")
    contacts.set_contact(
        reception.units("complaint")[0].unit,
        since=today(),
        phone="0371-65551234",
        address="示范路1号",
        hours="工作日8:30—12:00",
    )
    page = client.get("/how/").content.decode()
    assert "自受理之日起六十日内达成协议或者终止调解" in page
    assert "NAT-" in page
    assert "超过三年" in page  # a ground for not taking it in
    assert not re.search(r"<dt>[^<]*[a-z_]{4,}", page)  # no name of a rules file where people read a time
    assert "0371-65551234" in page
    assert "工作日8:30—12:00" in page


def test_an_unnamed_report_over_the_api_leaves_no_trace_of_where_it_came_from():
    sent = {
        "unit": "city",
        "procedure": procedure().id,
        "facts": {**FACTS, "kind": "report", "real_name": False, "channel": "web"},
        "parties": [{"role": "reporter"}, PARTIES[1]],
    }
    for key, address in (("k1", "203.0.113.7"), ("k2", "198.51.100.8")):
        answer = Client(REMOTE_ADDR=address).post(
            "/api/public/cases", sent, content_type="application/json", headers={"Idempotency-Key": key}
        )
        assert answer.status_code == 201, answer.content.decode()
    first, second = IdempotencyKey.objects.order_by("key")
    assert (first.key, second.key) == ("k1", "k2")
    assert first.who == second.who, "whoever sends it from wherever is nobody"


def test_the_log_of_the_web_server_says_of_no_page_of_the_public_where_somebody_came_from():
    """The formats in deploy/: what reaches the log instead of the address, for every page on which an unnamed reporter may be."""
    conf = (Path(__file__).parents[2] / "deploy" / "nginx" / "huiyin.conf").read_text(encoding="utf-8")
    masked = re.findall(r"^\s+~(\S+) -;", conf, flags=re.M)
    assert "$remote_addr [" not in conf
    for address in (
        "/submit/report/check/",
        "/receipt/",
        "/track/",
        "/track/case/supply/",
        "/respond/case/",
        "/api/public/cases",
    ):
        assert any(re.match(pattern, address) for pattern in masked), address
