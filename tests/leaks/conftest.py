"""Tests of leaks that use the database work in the sample world, with a folder of files of their own."""

import pytest


@pytest.fixture(autouse=True)
def world(request, tmp_path, settings):
    """The sample world, where the test uses a database at all."""
    settings.FILES = tmp_path / "files"
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("sample_world")
