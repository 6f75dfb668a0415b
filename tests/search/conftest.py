"""Every test of the search works in the sample world. The words of SQLite lie in tables that Django does not know and does not empty."""

import pytest


@pytest.fixture(autouse=True)
def world(request):
    """The sample world, where the test uses a database at all."""
    if {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("sample_world")
