"""Every test of the webhooks works in the sample world."""

from dataclasses import replace

import pytest


@pytest.fixture(autouse=True)
def world(request):
    """The sample world, where the test uses a database at all."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("sample_world")


@pytest.fixture
def inside(settings):
    """Addresses on this machine are allowed, short waits."""
    settings.SENDING = replace(settings.SENDING, hooks_private=True, seconds=2, retry_most=60, hook_days=3)


@pytest.fixture(autouse=True)
def nothing_remembered():
    """The worlds of two tests may bear the same stamp."""
    from huiyin.hooks import actions

    actions.forget()
    yield
    actions.forget()
