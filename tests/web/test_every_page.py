"""What holds for every page of the site: few queries, few bytes, whole and named."""

import gzip
import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support import tour
from tests.support.tour import Stop

pytestmark = pytest.mark.django_db
QUERIES = 25
PUBLIC_BYTES, STAFF_BYTES = (
    70_000,
    200_000,
)  # of a first view, compressed: the page, its styles, its scripts, its drawings


class Page(HTMLParser):
    """What a page asks for, and what it says of itself."""

    def __init__(self, text):
        super().__init__()
        self.asks, self.headings, self.lang, self.title, self.ids = set(), [], "", "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        if tag == "html":
            self.lang = found.get("lang", "")
        if tag == "link" and found.get("rel") in ("stylesheet", "icon", "manifest"):
            self.asks.add(found["href"])
        if tag in ("script", "img") and found.get("src"):
            self.asks.add(found["src"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))


def weight(answer):
    """Bytes of a first view: everything that the page asks for of our own files, compressed as they are sent."""
    total = len(gzip.compress(answer.content, 6))
    for address in Page(answer.content.decode()).asks:
        if address.startswith("/static/"):
            with open(finders.find(address.removeprefix("/static/").partition("?")[0]), "rb") as file:
                total += len(gzip.compress(file.read(), 6))
    return total


@pytest.fixture
def walked():
    """Every page of the site, with its answer and the queries it took."""
    clients, key = tour.visitors()
    found = []
    for stop, _answer in tour.walk(clients, key):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = clients[stop.who].get(stop.address)
        if answer.status_code == 200:
            found.append((stop, answer, len(queries)))
    return found


def test_every_page_is_within_its_budget_and_well_made(walked):
    wrong = []
    for stop, answer, queries in walked:
        page, most = Page(answer.content.decode()), PUBLIC_BYTES if stop.public else STAFF_BYTES
        wrong += [f"{stop.address}: {queries} queries"] if queries > QUERIES else []
        wrong += [f"{stop.address}: {weight(answer)} bytes"] if weight(answer) > most else []
        wrong += (
            [f"{stop.address}: {page.headings.count(1)} headings of the first level"]
            if page.headings.count(1) != 1
            else []
        )
        wrong += [f"{stop.address}: no language"] if not page.lang else []
        wrong += [
            f"{stop.address}: an id twice: {one}" for one in sorted({i for i in page.ids if page.ids.count(i) > 1})
        ]
        steps = zip(page.headings, page.headings[1:], strict=False)
        wrong += [f"{stop.address}: a heading of level {b} after {a}" for a, b in steps if b > a + 1]
    assert not wrong, "\n".join(wrong)


def test_the_tour_meets_the_pages_of_everybody(walked):
    by_name = {stop.name: stop for stop, _answer, _queries in walked}
    assert {"start", "guided_screen", "receipt", "tracked"} <= {name for name, stop in by_name.items() if stop.public}
    assert {"work", "board", "cases", "case", "step", "register", "inbox", "adopted", "styleguide"} <= set(by_name)
    assert by_name["adopted"] == Stop("adopted", "/rules/adopted/", "administrator@province")


def test_a_page_is_sent_whole_in_every_language(client):
    for language, _label in settings.LANGUAGES:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        answer = client.get("/rules/")
        assert int(answer["Content-Length"]) == len(answer.content), language
        assert answer.content.rstrip().endswith(b"</html>")
