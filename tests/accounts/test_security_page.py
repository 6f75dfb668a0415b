"""The page of the security administrator: the accounts of his reach, no password but a new one once, and nothing on his own account."""

from datetime import date

import pytest
from django.test import Client

from huiyin.accounts import actions, factors
from huiyin.api import tokens
from huiyin.hooks import actions as hooks
from huiyin.org import actions as org
from huiyin.org.models import AdminEvent
from tests.accounts.coming_in import log_in, with_totp

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(entrance_with):
    """Of county A alone."""
    entrance_with(second_factor=frozenset())
    person = org.create_person("security.county", "安全员")
    return org.appoint(person, "security_administrator", "county_a", since=date(2020, 1, 1))


@pytest.fixture
def desk(administrator):
    client = Client()
    client.force_login(administrator.person)
    return client


@pytest.mark.clause("HN-BM-02b")
def test_the_accounts_of_other_counties_are_not_there_and_no_password_is(desk, known):
    own, other = known("handler", "county_a"), known("handler", "county_b")
    page = desk.get("/security/").content.decode()
    assert own.person.username in page
    assert other.person.username not in page
    assert own.person.password not in page
    found = desk.get(f"/security/?q={other.person.username}").content.decode()
    assert found.count(other.person.username) == 1, "as it was typed, and nowhere else"
    for what in ("password", "factors", "unlock", "sessions", "off", "on"):
        assert desk.post(f"/security/{other.person.pk}/{what}/").status_code == 404
    other.person.refresh_from_db()
    assert other.person.is_active


def test_what_it_does_for_somebody_is_done_and_on_record(desk, known, administrator):
    one = known("handler", "county_a")
    with_totp(one.person)
    seen = Client()
    log_in(seen, one.person)
    page = desk.post(f"/security/{one.person.pk}/password/").content.decode()
    password = page.partition("<code>")[2].partition("</code>")[0]
    assert len(password) >= 16
    assert password not in desk.get("/security/").content.decode()
    assert actions.must_change(one.person)
    assert desk.post(f"/security/{one.person.pk}/factors/").status_code == 302
    assert not factors.of(one.person).any
    client = Client()
    assert log_in(client, one.person, password).status_code == 302
    assert desk.post(f"/security/{one.person.pk}/off/").status_code == 302
    assert client.get("/password/").status_code == 302
    assert desk.post(f"/security/{one.person.pk}/on/").status_code == 302
    assert desk.post(f"/security/{one.person.pk}/nothing/").status_code == 404
    acts = (
        AdminEvent.objects.filter(actor_person=f"p{administrator.person_id}")
        .order_by("seq")
        .values_list("name", flat=True)
    )
    assert list(acts) == ["password_set", "factors_reset", "person_switched_off", "session_ended", "person_switched_on"]


def test_on_his_own_account_he_does_nothing(desk, administrator):
    for what in ("password", "factors", "unlock", "off"):
        assert desk.post(f"/security/{administrator.person_id}/{what}/").url == "/security/"
    administrator.person.refresh_from_db()
    assert administrator.person.is_active
    assert not AdminEvent.objects.filter(actor_person=f"p{administrator.person_id}").exists()


def test_whose_name_a_token_or_webhook_is_in_sees_it(known, desk, administrator):
    one = known("handler", "county_a")
    token, _text = tokens.create(one, "对接平台", by=administrator)
    hook, _secret = hooks.create(one, "推到大屏", "https://8.8.8.8/told", by=administrator)
    browser = Client()
    browser.force_login(one.person)
    assert "对接平台" in browser.get("/account/").content.decode()
    assert "推到大屏" in browser.get("/account/").content.decode()
    assert "对接平台" not in desk.get("/account/").content.decode()
    tokens.revoke(token, by=administrator)
    hooks.end(hook, by=administrator)
    page = browser.get("/account/").content.decode()
    assert "对接平台" not in page
    assert "推到大屏" not in page
