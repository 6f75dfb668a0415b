"""Every test of the pages works in the sample world; officers log in by role and unit, the public needs nothing."""

from datetime import timedelta

import pytest


@pytest.fixture(autouse=True)
def pages(request, monkeypatch):
    """The sample world, where the test uses a database at all. That somebody is here is not written down: it would be a statement more or
    less by how quick the machine is, where statements are counted."""
    monkeypatch.setattr("huiyin.accounts.sessions.GRAIN", timedelta(hours=1))
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("sample_world")


@pytest.fixture
def office(new_page, live_server, sample_world):
    """The officers, each with a browser of his own, in the sample world."""
    from tests.web.visitors import Office

    return Office(new_page, live_server.url)


@pytest.fixture
def desk(client, db):
    """`desk("handler", "county_a")`: the client, logged in as that officer."""

    from tests.cases.office import officer

    def log_in(role, unit, number=1):
        client.force_login(officer(role, unit, number).person)
        return client

    return log_in
