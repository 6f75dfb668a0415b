"""How long one stays: idleness, age, number of sessions; and when one must show again who one is."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.utils import timezone

from huiyin.accounts import actions
from huiyin.accounts.models import Session
from huiyin.accounts.sessions import SessionStore, digest_of
from tests.accounts.coming_in import PASSWORD, code_of, log_in, names, with_totp

pytestmark = pytest.mark.django_db


# -- how long one stays


@pytest.mark.clause("HN-BM-05a")
def test_left_alone_past_the_limit_one_must_log_in_again(known, entrance_with):
    entrance_with(idle=timedelta(minutes=10))
    client = Client()
    log_in(client, known("handler", "county_a").person)
    assert client.get("/work/").status_code == 200
    row = Session.objects.filter(person__isnull=False)
    row.update(seen=timezone.now() - timedelta(minutes=9, seconds=50))
    assert client.get("/work/").status_code == 200
    assert timezone.now() - row.get().seen < timedelta(minutes=1), "whoever works stays"
    row.update(seen=timezone.now() - timedelta(minutes=11))
    answer = client.get("/cases/")
    assert answer.url == "/login/?ended=idle&next=%2Fcases%2F"
    assert "离开了一段时间" in client.get(answer.url).content.decode()
    assert client.get("/work/").url.startswith("/login/")
    part = Client()
    log_in(part, known("handler", "county_a").person)
    Session.objects.filter(person__isnull=False).update(seen=timezone.now() - timedelta(minutes=11))
    assert part.get("/work/", headers={"HX-Request": "true"}).headers["HX-Redirect"].startswith("/login/?ended=idle")


def test_a_part_of_a_page_is_never_answered_with_the_page_of_the_log_in(known, entrance_with):
    """What was typed into a step stays where it is: the page says that the log-in is over. A link goes to the log-in as a whole."""
    part = {"HX-Request": "true"}
    nobody = Client()
    assert nobody.get("/work/", headers=part).headers["HX-Redirect"] == "/login/?next=%2Fwork%2F"
    assert nobody.post("/work/several/", {}, headers=part).status_code == 401
    assert nobody.post("/work/several/", {}).url.startswith("/login/")
    entrance_with(idle=timedelta(minutes=10))
    somebody = Client()
    log_in(somebody, known("handler", "county_a").person)
    Session.objects.filter(person__isnull=False).update(seen=timezone.now() - timedelta(hours=1))
    assert somebody.post("/work/several/", {}, headers=part).status_code == 401


def test_no_session_lasts_longer_than_the_longest_however_busy(known):
    client = Client()
    log_in(client, known("handler", "county_a").person)
    row = Session.objects.get(person__isnull=False)
    assert row.expire_date - row.since <= timedelta(hours=12)
    session = client.session
    session["anything"] = 1
    session.save()
    assert Session.objects.get(pk=row.pk).expire_date == row.expire_date, "work does not move the end"
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/work/").url.startswith("/login/")


@pytest.mark.clause("HN-BM-07a")
def test_a_second_log_in_ends_the_first_which_says_so_and_it_is_logged(known):
    seat1, seat5, one = Client(), Client(), known("handler", "county_a")
    log_in(seat1, one.person)
    log_in(seat5, one.person)
    assert seat5.get("/work/").status_code == 200
    told = seat1.get("/work/")
    assert told.url.startswith("/login/?ended=elsewhere")
    assert "在另一处登录" in seat1.get(told.url).content.decode()
    assert names()[-2:] == ["logged_in", "session_ended"]


def test_where_more_are_allowed_the_oldest_ends_and_one_ends_the_others_oneself(known, entrance_with):
    entrance_with(sessions=2)
    one, clients = known("handler", "county_a"), [Client(), Client(), Client()]
    for number, client in enumerate(clients):
        log_in(client, one.person)
        mine = Session.objects.filter(session_key=digest_of(client.cookies["sessionid"].value))
        mine.update(since=timezone.now() - timedelta(minutes=10 - number))
    assert [client.get("/work/").status_code for client in clients] == [302, 200, 200]
    assert clients[2].post("/account/sessions/end/", {}).status_code == 302
    assert [client.get("/work/").status_code for client in clients[1:]] == [302, 200]


def test_a_session_ended_while_a_page_was_made_stays_ended(known):
    client, one = Client(), known("handler", "county_a")
    log_in(client, one.person)
    running = SessionStore(
        client.cookies["sessionid"].value
    )  # a request that has read its session and goes on to write it
    running["anything"] = 1
    actions.end_sessions(one.person)
    running.save()
    assert client.get("/work/").url.startswith("/login/")
    assert Session.objects.filter(person=one.person.pk).count() == 0


def test_a_session_that_was_deleted_while_a_page_was_made_is_not_made_again(db):
    running = SessionStore()
    running["anything"] = 1
    running.save()
    Session.objects.all().delete()
    running["anything"] = 2
    with pytest.raises(UpdateError):
        running.save()
    assert not Session.objects.exists()


def test_a_copy_of_the_database_opens_no_session(known):
    client = Client()
    log_in(client, known("handler", "county_a").person)
    row = Session.objects.get(person__isnull=False)
    assert row.session_key != client.cookies["sessionid"].value
    thief = Client()
    thief.cookies["sessionid"] = row.session_key
    assert thief.get("/work/").url.startswith("/login/")


def test_the_key_of_a_session_changes_with_the_log_in(known):
    client, one = Client(), known("handler", "county_a")
    client.get("/submit/complaint/matter/")
    client.post("/submit/complaint/matter/", {"what": "x"})
    before = client.cookies["sessionid"].value
    log_in(client, one.person)
    assert client.cookies["sessionid"].value != before
    fixed = Client()
    fixed.cookies["sessionid"] = "a" * 32
    log_in(fixed, one.person)
    assert fixed.cookies["sessionid"].value != "a" * 32


def test_cookies_are_for_this_site_and_no_script():
    from huiyin import settings as real

    assert real.SESSION_COOKIE_HTTPONLY
    assert real.SESSION_COOKIE_SAMESITE == "Lax"
    asked = (
        "from huiyin import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE)"
    )
    for https, said in (("1", "__Host-session __Host-csrf True"), ("0", "sessionid csrftoken False")):
        told = {**os.environ, "HUIYIN_HTTPS": https}
        done = subprocess.run([sys.executable, "-c", asked], env=told, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == said


# -- showing again who one is


@pytest.mark.parametrize(
    ("address", "role", "unit"),
    [
        ("/rules/adopted/", "administrator", "province"),
        ("/rules/move/", "administrator", "province"),
        ("/security/", "security_administrator", "province"),
        ("/account/totp/", "handler", "county_a"),
    ],
)
def test_before_dangerous_acts_one_shows_again_who_one_is(known, entrance_with, address, role, unit):
    entrance_with(second_factor=frozenset())
    client, one = Client(), known(role, unit)
    log_in(client, one.person)
    assert client.get(address).status_code == 200, "just logged in"
    session = client.session
    session["since"] -= 16 * 60
    session.save()
    asked = client.get(address)
    assert asked.url == f"/login/again/?next={address.replace('/', '%2F')}"
    assert client.post(asked.url, {"secret": "falsch"}).status_code == 422
    assert client.post("/login/again/", {"secret": PASSWORD, "next": address}).url == address
    assert client.get(address).status_code == 200


def test_a_code_of_the_app_proves_as_well(known):
    one = known("supervisor", "city")
    seed, _codes = with_totp(one.person)
    client = Client()
    log_in(client, one.person)
    client.post("/login/second/", {"code": code_of(seed)})
    session = client.session
    session["since"] -= 3600
    session.save()
    assert client.post("/login/again/", {"secret": code_of(seed)}).status_code == 422, "it was taken at the log-in"
    assert client.post("/login/again/", {"secret": code_of(seed, 30), "next": "/cases/"}).url == "/cases/"
