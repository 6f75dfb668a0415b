"""Every test of the pages works in the sample world; officers log in by role and unit, the public needs nothing."""

import pytest


@pytest.fixture(autouse=True)
def pages(request):
    """The sample world, where the test uses a database at all."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("sample_world")


@pytest.fixture
def desk(client, db):
    """`desk("handler", "county_a")`: the client, logged in as that officer."""

    from tests.cases.office import officer

    def log_in(role, unit, number=1):
        client.force_login(officer(role, unit, number).person)
        return client

    return log_in
