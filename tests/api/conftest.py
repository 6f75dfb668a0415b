"""Clients of the API in the sample world."""

import pytest


@pytest.fixture
def office(sample_world):
    from tests.api.clients import Office

    return Office()


@pytest.fixture
def anybody(sample_world):
    from tests.api.clients import Api

    return Api()
