"""Browsers and tokens of people who try to see what is not theirs."""

import pytest
from django.test import Client


@pytest.fixture
def proven(db):
    """`proven(officer)`: a browser in which this officer has just come in."""

    def log_in(who):
        browser = Client()
        browser.force_login(who.person)
        browser.get("/account/")
        return browser

    return log_in
