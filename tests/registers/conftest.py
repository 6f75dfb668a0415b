"""Tests of registers work in the sample world: the city plays the body whose campaign it is, county A the one with the stations."""

import pytest


@pytest.fixture(autouse=True)
def world(request):
    """The sample world, where the test uses a database at all."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("sample_world")
