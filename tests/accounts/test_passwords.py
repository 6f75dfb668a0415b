"""Passwords: those that administrators set, old and weak ones, what ends with a change; every try that failed is in the log."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from huiyin.accounts import actions
from huiyin.accounts.models import Account
from huiyin.org import actions as org
from huiyin.org import passwords
from huiyin.org.models import AdminEvent
from huiyin.org.passwords import SeveralKinds
from tests.accounts.coming_in import PASSWORD, code_of, log_in, names, with_totp

pytestmark = pytest.mark.django_db


@pytest.mark.clause("HN-BM-07b", "HN-BM-02b")
def test_a_password_that_an_administrator_set_must_be_changed_first_and_a_reported_one_opens_nothing(known):
    one = known("handler", "county_a")
    text = actions.reset_password(one.person)
    client = Client()
    assert log_in(client, one.person, text).status_code == 302
    for address in ("/work/", "/cases/", "/account/", "/rules/"):
        assert client.get(address).url == "/password/", address
    changed = {"old": text, "new": PASSWORD + "x", "again": PASSWORD + "x"}
    assert client.post("/password/", changed).status_code == 302
    assert client.get("/work/").status_code == 200
    assert client.post("/account/report/").url == "/login/"
    assert client.get("/work/").url.startswith("/login/")
    assert log_in(Client(), one.person, PASSWORD + "x").status_code == 422
    assert log_in(Client(), one.person, actions.reset_password(one.person)).status_code == 302


def test_where_passwords_grow_old_a_new_one_is_chosen_first_and_single_sign_on_is_not_stopped(known, entrance_with):
    one, client = known("handler", "county_a"), Client()
    log_in(client, one.person)
    assert Account.objects.filter(person=one.person, password_since__isnull=False).count() == 0, "nobody asked"
    entrance_with(password_age=timedelta(days=90))
    assert log_in(Client(), one.person).url == "/work/", "counts from now"
    Account.objects.filter(person=one.person).update(password_since=timezone.now() - timedelta(days=91))
    client = Client()
    log_in(client, one.person)
    assert client.get("/work/").url == "/password/"
    assert "每 90 天更换一次密码" in client.get("/password/").content.decode()
    same = client.post("/password/", {"old": PASSWORD, "new": PASSWORD, "again": PASSWORD})
    assert same.status_code == 422
    client.post("/password/", {"old": PASSWORD, "new": PASSWORD + "x", "again": PASSWORD + "x"})
    assert client.get("/work/").status_code == 200
    assert not actions.grown_old(one.person)


@pytest.mark.parametrize("weak", ["kurz-und-da", "138000000012345", "password1234"])
def test_short_common_and_all_digits_are_no_passwords(known, weak):
    one, client = known("handler", "county_a"), Client()
    log_in(client, one.person)
    assert client.post("/password/", {"old": PASSWORD, "new": weak, "again": weak}).status_code == 422
    assert "至少 12 个字符" in client.get("/password/").content.decode()


def test_kinds_of_signs_where_an_office_asks_for_them():
    asked = SeveralKinds(3)
    for good in ("Vier Woerter hier", "lang-genug-12345", "LangGenug12345", passwords.made()):
        asked.validate(good)
    for weak in ("nurkleinelettern", "kleinund12345678", "一些汉字和汉字"):
        with pytest.raises(ValidationError):
            asked.validate(weak)


def test_every_try_that_failed_is_in_the_log_and_no_name_that_is_nobodys(known, entrance_with, monkeypatch):
    one, seed = known("supervisor", "city"), with_totp(known("supervisor", "city").person)[0]
    entrance_with(tries_account=3)
    log_in(Client(), one.person, "falsch")
    Client().post("/login/", {"username": "mein-passwort-im-falschen-feld", "password": "x"})
    failed = [json.loads(row.body)["facts"] for row in AdminEvent.objects.filter(name="log_in_failed").order_by("seq")]
    assert failed == [{"person": one.person.key}, {}]
    client = Client()
    log_in(client, one.person)
    for code in ("000000", "AAAAAA-BBBBBB-CCCCC", "000000", code_of(seed), code_of(seed)):
        client.post("/login/second/", {"code": code})
    kinds = [
        json.loads(row.body)["facts"]["kind"] for row in AdminEvent.objects.filter(name="factor_failed").order_by("seq")
    ]
    assert kinds == ["totp", "recovery", "totp"]
    assert names().count("account_locked") == 1
    monkeypatch.setattr(actions, "UNKNOWN_AN_HOUR", 4)
    for _try in range(3):
        Client().post("/login/", {"username": "nobody.at.all", "password": "x"})
    assert AdminEvent.objects.filter(name="log_in_failed").count() == 4, "a flood of names does not fill the log"


def test_changing_the_password_ends_the_sessions_elsewhere(known, entrance_with):
    entrance_with(sessions=3)
    one, here, there = known("handler", "county_a"), Client(), Client()
    log_in(here, one.person)
    log_in(there, one.person)
    here.post("/password/", {"old": PASSWORD, "new": PASSWORD + "x", "again": PASSWORD + "x"})
    assert here.get("/work/").status_code == 200
    assert there.get("/work/").url.startswith("/login/")


def test_who_is_switched_off_is_out_at_once_with_session_and_token(known):
    from tests.api.clients import Api

    one = known("handler", "county_a")
    client, api = Client(), Api(one)
    log_in(client, one.person)
    assert client.get("/work/").status_code == 200
    assert api.get("/todo").status_code == 200
    org.set_active(one.person, False)
    assert client.get("/work/").status_code == 302
    assert api.get("/todo").status_code == 401
    assert log_in(Client(), one.person).status_code == 422
