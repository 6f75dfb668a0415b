"""Webhooks over the API: for administrators alone, the secret once, deliveries by pages."""

from dataclasses import replace

import pytest

from huiyin.cases.actions import record
from huiyin.hooks import actions
from huiyin.hooks.models import Delivery, Subscription
from tests.api.clients import Api
from tests.cases.office import a_case, officer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered():
    """The worlds of two tests may bear the same stamp."""
    actions.forget()
    yield
    actions.forget()


@pytest.fixture
def admin(sample_world, settings):
    settings.SENDING = replace(settings.SENDING, hooks_private=True)
    from huiyin.org.models import Officer

    return Api(Officer.objects.filter(role="administrator").order_by("pk").first())


def made(admin, **more):
    body = {"name": "平台对接", "url": "http://127.0.0.1:9/x", "posting": officer("intake_officer", "city").pk, **more}
    return admin.post("/hooks", body)


def test_the_secret_is_shown_once(admin):
    answer = made(admin)
    assert answer.status_code == 201
    assert answer.json()["secret"].startswith("hs_")
    (listed,) = admin.get("/hooks").json()
    assert "secret" not in listed
    assert (listed["state"], listed["events"], listed["posting"]) == ("active", ["*"], "intake_officer@city")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"url": "http://example.invalid/x"}, "url"),
        ({"events": ["nothing"]}, "events"),
        ({"posting": 999999}, "posting"),
    ],
)
def test_what_cannot_be_is_a_422_that_names_it(admin, more, field):
    answer = made(admin, **more)
    assert answer.status_code == 422
    assert answer.json()["fact"] == field


def test_nobody_but_an_administrator(admin):
    made(admin)
    id = Subscription.objects.get().pk
    other = Api(officer("unit_head", "city"))
    assert other.get("/hooks").status_code == 403
    assert other.post("/hooks", {"name": "x", "url": "http://127.0.0.1:9/x"}).status_code == 403
    assert other.get(f"/hooks/{id}/deliveries").status_code == 403
    assert other.post(f"/hooks/{id}/resume", {}).status_code == 403
    assert other.client.delete(f"/api/hooks/{id}", headers=other.headers()).status_code == 403
    assert Subscription.objects.get().ended is None


def test_deliveries_by_pages_then_resumed_and_ended(admin):
    made(admin)
    hook = Subscription.objects.get()
    case = a_case()
    record(case, "accepted", by=officer("intake_officer", "city"))
    first = admin.get(f"/hooks/{hook.pk}/deliveries", size=1).json()
    assert [row["event"] for row in first] == ["accepted"]
    second = admin.get(f"/hooks/{hook.pk}/deliveries", size=1, before=first[0]["id"]).json()
    assert [row["event"] for row in second] == ["registered"]
    Subscription.objects.update(stopped="2026-01-01T00:00:00Z")
    assert admin.post(f"/hooks/{hook.pk}/resume", {}).json()["state"] == "active"
    assert admin.client.delete(f"/api/hooks/{hook.pk}", headers=admin.headers()).status_code == 204
    assert not Delivery.objects.filter(state="waiting").exists()
    assert admin.post(f"/hooks/{hook.pk}/resume", {}).status_code == 404
