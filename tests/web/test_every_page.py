"""What holds for every page of the site: few queries, few bytes, whole and named."""

import gzip
import re
from html.parser import HTMLParser
from itertools import pairwise

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


def faults(stop, answer, queries):
    """What is wrong with one page, a line each."""
    page, most = Page(answer.content.decode()), PUBLIC_BYTES if stop.public else STAFF_BYTES
    heavy, twice = weight(answer), sorted({i for i in page.ids if page.ids.count(i) > 1})
    if queries > QUERIES:
        yield f"{queries} queries"
    if heavy > most:
        yield f"{heavy} bytes"
    if page.headings.count(1) != 1:
        yield f"{page.headings.count(1)} headings of the first level"
    if not page.lang:
        yield "no language"
    if twice:
        yield f"an id twice: {', '.join(twice)}"
    yield from (f"a heading of level {b} after {a}" for a, b in pairwise(page.headings) if b > a + 1)


def test_every_page_is_within_its_budget_and_well_made():
    clients, key = tour.visitors()
    met, wrong = {}, []
    for stop, _answer in tour.walk(clients, key):
        with CaptureQueriesContext(connection) as queries:
            answer = clients[stop.who].get(stop.address)
        if answer.status_code == 200:  # some pages show themselves once
            met[stop.name] = stop
            wrong += [f"{stop.address}: {fault}" for fault in faults(stop, answer, len(queries))]
    assert not wrong, "\n".join(wrong)
    # the tour came to everybody's pages
    assert {"start", "guided_screen", "receipt", "tracked"} <= {name for name, stop in met.items() if stop.public}
    assert {"work", "board", "cases", "case", "step", "register", "inbox", "styleguide", "manage"} <= set(met)
    assert met["adopted"] == Stop("adopted", "/rules/adopted/", "administrator@province")


def test_a_page_is_sent_whole_in_every_language(client):
    for language, _label in settings.LANGUAGES:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        answer = client.get("/rules/")
        assert int(answer["Content-Length"]) == len(answer.content), language
        assert answer.content.rstrip().endswith(b"</html>")
