"""Taking over writes cases into the sample world."""

import pytest


@pytest.fixture
def world(sample_world):
    return sample_world
