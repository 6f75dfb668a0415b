"""Every test has a folder of files of its own; tests that use the database work in the sample world."""

import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """The folder of the files."""
    settings.FILES = tmp_path / "files"
    return settings.FILES


@pytest.fixture(autouse=True)
def world(request):
    """The sample world, where the test uses a database at all."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("sample_world")
