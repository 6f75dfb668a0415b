"""Every test of retention works in the sample world, with folders of its own for keys and files."""

import pytest


@pytest.fixture(autouse=True)
def world(request, tmp_path, settings):
    """The sample world, where the test uses a database at all."""
    settings.KEYS, settings.FILES = tmp_path / "keys", tmp_path / "files"
    settings.KEYS.mkdir()
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("sample_world")
