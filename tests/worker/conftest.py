"""Every test of the worker works in the sample world."""

import pytest


@pytest.fixture(autouse=True)
def world(request):
    """The sample world, where the test uses a database at all."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("sample_world")
