"""Every test of the cases works in the sample world with the session's ring of keys."""

import pytest


@pytest.fixture(autouse=True)
def world(sample_world):
    """The sample world, and no calendar or procedure of another test."""
