"""Every test of the notices works in the sample world; `sending` sets what leaves the house."""

from dataclasses import replace

import pytest

from huiyin.sending import Gateway, Mail


@pytest.fixture(autouse=True)
def world(request):
    """The sample world, where the test uses a database at all."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("sample_world")


@pytest.fixture
def sending(settings):
    """`sending(mail=port, sms=url, **more)`: the settings of sending for this test."""

    def put(mail=None, sms=None, **more):
        settings.SENDING = replace(
            settings.SENDING,
            mail=Mail("127.0.0.1", mail, "none", "12315@example.org") if mail else None,
            sms=Gateway(
                sms, b"a secret of the gateway", "【测试】", more.pop("repeatable", False), more.pop("segments", 4)
            )
            if sms
            else None,
            seconds=2,
            site="https://12345.example.org",
            **more,
        )
        return settings.SENDING

    return put
