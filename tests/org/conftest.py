"""Every test of the organisation works with the session's ring of keys."""

import pytest


@pytest.fixture(autouse=True)
def ring(session_ring):
    return session_ring
