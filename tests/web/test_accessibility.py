"""No barriers on any page, and nothing against its Content-Security-Policy: every page once, with languages, themes and widths mixed so that
each pair of them occurs; with HUIYIN_TEST_A11Y=all (`make a11y`) every page in every combination."""

import os
from itertools import product

import pytest
from django.conf import settings

from tests.support import axe, browser, tour

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
LANGUAGES = tuple(code for code, _label in settings.LANGUAGES)
THEMES, WIDTHS = ("light", "dark"), (1280, 390)
ALL = tuple(product(LANGUAGES, THEMES, WIDTHS))
# each language with each theme, each language with each width, each theme with each width: half of all is enough
PAIRS = tuple((a, b, c) for a, b, c in ALL if (LANGUAGES.index(a) + THEMES.index(b) + WIDTHS.index(c)) % 2 == 0)


def test_the_mix_holds_every_pair():
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert {(m[one], m[other]) for m in PAIRS} == {(m[one], m[other]) for m in ALL}


@pytest.fixture
def opened(chromium, live_server):
    """`opened(client, language, theme, width)`: a page of that visitor; each kind of window is kept for the next."""
    contexts = {}

    def page(client, language, theme, width):
        if (key := (language, theme, width)) not in contexts:
            context = chromium.new_context(
                viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce", locale="zh-CN"
            )
            context.add_init_script(browser.HEAR)
            contexts[key] = context.new_page()
            contexts[key].set_default_timeout(120_000)  # a machine that others use as well may stand still for a while
        context = contexts[key].context
        context.clear_cookies()
        session = client.cookies.get(settings.SESSION_COOKIE_NAME)
        cookies = {settings.LANGUAGE_COOKIE_NAME: language} | ({session.key: session.value} if session else {})
        context.add_cookies([{"name": n, "value": v, "url": live_server.url} for n, v in cookies.items()])
        return contexts[key]

    yield page
    for one in contexts.values():
        one.context.close()


def test_no_page_has_a_barrier(opened, live_server):
    clients, key = tour.visitors()
    stops = [stop for stop, _answer in tour.walk(clients, key)]
    everything = os.environ.get("HUIYIN_TEST_A11Y") == "all"
    found = []
    for number, stop in enumerate(stops):
        for mix in ALL if everything else (PAIRS[number % len(PAIRS)],):
            page = opened(clients[stop.who], *mix)
            page.goto(live_server.url + stop.address)
            wrong = [f"against its policy: {one}" for one in browser.violations(page)]
            wrong += axe.barriers(page) + axe.misfits(page, mix[2])
            found += [f"{stop.address} {'/'.join(map(str, mix))}: {one}" for one in wrong]
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    assert browser.violations(page)[-1].startswith("script-src"), "a violation would have been heard"
    assert len(stops) > 30
    assert not found, "\n".join(found)
