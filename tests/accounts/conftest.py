"""Every test of the accounts works in the sample world, with real passwords and the limits that an installation has."""

from dataclasses import replace

import pytest

from huiyin import entrance
from huiyin.environ import Environ

PASSWORD = "drei-lange-Woerter-7"


@pytest.fixture(autouse=True)
def world(request, settings):
    """The sample world; settings as of a new installation."""
    if request.node.get_closest_marker("django_db") or "live_server" in request.fixturenames:
        request.getfixturevalue("sample_world")
    settings.ENTRANCE = entrance.read(Environ({}), https=False)


@pytest.fixture
def entrance_with(settings):
    """`entrance_with(sessions=2)`: other limits for this test."""

    def change(**given):
        settings.ENTRANCE = replace(settings.ENTRANCE, **given)

    return change


@pytest.fixture
def known(db):
    """`known("handler", "county_a")`: an officer whose password is PASSWORD."""
    from django.contrib.auth.hashers import make_password

    from tests.cases.office import officer

    def found(role, unit, number=1):
        one = officer(role, unit, number)
        one.person.password = make_password(PASSWORD)
        one.person.save(update_fields=["password"])
        return one

    return found
