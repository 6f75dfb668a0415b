"""Coming in: password, second factor, limits of tries, how long one stays, single sessions, passwords that others set."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.sessions.backends.base import UpdateError
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from huiyin.accounts import actions, factors, throttle
from huiyin.accounts.models import Account, Attempts, RecoveryCode, Session
from huiyin.accounts.sessions import SessionStore, digest_of
from huiyin.org import actions as org
from huiyin.org import passwords
from huiyin.org.models import AdminEvent
from huiyin.org.passwords import SeveralKinds

pytestmark = pytest.mark.django_db
PASSWORD = "drei-lange-Woerter-7"


def log_in(client, person, password=PASSWORD, **more):
    return client.post("/login/", {"username": person.username, "password": password, **more})


def code_of(seed, later=0):
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

    return TOTP(seed, 6, SHA1(), 30).generate(int(timezone.now().timestamp()) + later).decode()


def with_totp(person):
    seed = factors.new_seed()
    return seed, actions.add_totp(person, seed, code_of(seed, -30))


def names():
    return list(AdminEvent.objects.order_by("seq").values_list("name", flat=True))


# -- the password


def test_a_handler_comes_in_with_a_password_alone(known):
    client, one = Client(), known("handler", "county_a")
    assert log_in(client, one.person, next="/cases/").url == "/cases/"
    assert client.get("/work/").status_code == 200
    assert names()[-1] == "logged_in"


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/x", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site_after_the_log_in(known, to):
    assert log_in(Client(), known("handler", "county_a").person, next=to).url == "/work/"


def test_what_is_wrong_nobody_learns_from_the_answer(known, entrance_with):
    entrance_with(tries_account=3)
    one, off, reported = known("handler", "county_a"), known("handler", "county_b"), known("mediator", "county_a")
    org.set_active(off.person, False)
    actions.report_password(reported.person)
    tries = {
        "wrong": (one.person.username, "falsch"),
        "unknown": ("nobody.at.all", PASSWORD),
        "off": (off.person.username, PASSWORD),
    }
    tries["reported"] = (reported.person.username, PASSWORD)
    said = {}
    for what, (username, password) in tries.items():
        answer = Client().post("/login/", {"username": username, "password": password})
        assert answer.status_code == 422, what
        said[what] = answer.content.decode().replace(username, "")
    for _try in range(3):
        Client().post("/login/", {"username": one.person.username, "password": "falsch"})
    locked = Client().post("/login/", {"username": one.person.username, "password": PASSWORD})
    said["locked"] = locked.content.decode().replace(one.person.username, "")
    tokens = {what: text.partition('csrfmiddlewaretoken" value="')[2][:64] for what, text in said.items()}
    assert len({text.replace(tokens[what], "") for what, text in said.items()}) == 1


def test_after_many_tries_the_account_is_locked_for_everybody_and_the_log_says_so(known, entrance_with):
    entrance_with(tries_account=5)
    one = known("handler", "county_a")
    for _try in range(5):
        assert log_in(Client(), one.person, "falsch").status_code == 422
    assert log_in(Client(REMOTE_ADDR="203.0.113.9"), one.person).status_code == 422
    assert names().count("account_locked") == 1
    assert log_in(Client(), known("handler", "county_b").person).status_code == 302, "only this account"
    actions.unlock(one.person)
    assert log_in(Client(), one.person).status_code == 302


def test_the_lock_ends_by_itself(known, entrance_with):
    entrance_with(tries_account=3)
    one = known("handler", "county_a")
    for _try in range(4):
        log_in(Client(), one.person, "falsch")
    Attempts.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert log_in(Client(), one.person).status_code == 302


def test_one_address_that_tries_many_names_is_stopped_and_others_are_not(known, entrance_with):
    entrance_with(tries_address=6)
    one = known("handler", "county_a")
    for number in range(6):
        Client().post("/login/", {"username": f"name{number}", "password": "x"})
    assert log_in(Client(), one.person).status_code == 422
    assert log_in(Client(REMOTE_ADDR="198.51.100.7"), one.person).status_code == 302


def test_addresses_stand_nowhere_readable_and_are_gone_soon(known):
    log_in(Client(REMOTE_ADDR="198.51.100.7"), known("handler", "county_a").person, "falsch")
    assert Attempts.objects.count() == 3  # the account, the address, and failures of the hour
    assert not Attempts.objects.filter(key__contains="198.51").exists()
    assert not Attempts.objects.filter(key__contains="100.7").exists()
    assert max(Attempts.objects.values_list("until", flat=True)) - timezone.now() <= timedelta(hours=1)
    Attempts.objects.update(until=timezone.now() - timedelta(seconds=1))
    throttle.forget()
    assert not Attempts.objects.exists()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.7", "127.0.0.1"), (1, "198.51.100.7", "198.51.100.7"), (1, "10.9.9.9, 198.51.100.7", "198.51.100.7"),
        (2, "10.9.9.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"), (1, "", "127.0.0.1"), (1, "nonsense", "?"), (2, "198.51.100.7", "127.0.0.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), (1, "::ffff:198.51.100.7", "198.51.100.7"),
    ],
)  # fmt: skip
def test_an_address_is_believed_only_as_far_as_our_own_proxies_wrote_it(
    rf, entrance_with, proxies, forwarded, expected
):
    entrance_with(proxies=proxies)
    assert throttle.address(rf.get("/", headers={"X-Forwarded-For": forwarded} if forwarded else {})) == expected


def test_passwords_are_kept_by_argon2_in_earnest():
    from huiyin import settings as real

    assert real.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")
    hashed = Argon2PasswordHasher().encode("ein langer Satz", "salzsalz")
    assert hashed.startswith("argon2$argon2id$")


# -- the second factor


@pytest.mark.parametrize("role", ["administrator", "security_administrator", "auditor", "supervisor"])
def test_who_needs_a_second_factor_can_do_nothing_but_set_one_up(known, role):
    client = Client()
    one = known(role, "city" if role == "supervisor" else "province")
    assert log_in(client, one.person).status_code == 302
    for address in ("/work/", "/cases/", "/rules/adopted/", "/looks/", "/security/", "/inbox/"):
        assert client.get(address).url == "/account/", address
    page = client.get("/account/").content.decode()
    assert "请先启用第二道验证" in page
    client.get("/account/totp/")
    assert client.post("/account/totp/", {"code": "000000"}).status_code == 422
    seed = seed_of(client)
    assert client.post("/account/totp/", {"code": code_of(seed)}).url == "/account/"
    page = client.get("/account/").content.decode()
    assert page.count("<code>") == 10, "the recovery codes, shown once"
    assert client.get("/account/").content.decode().count("<code>") == 0
    assert client.get("/work/").status_code == 200


def seed_of(client):
    import base64

    from huiyin.web import closed

    return base64.b64decode(closed.opened(client.session["totp_seed"]))


def test_with_a_second_factor_the_password_alone_opens_nothing(known):
    one = known("supervisor", "city")
    seed, _codes = with_totp(one.person)
    client = Client()
    assert log_in(client, one.person, next="/cases/").url == "/login/second/"
    assert client.get("/work/").url.startswith("/login/")
    assert client.get("/account/").url.startswith("/login/")
    code = code_of(seed)
    wrong = "000000" if code != "000000" else "111111"
    assert client.post("/login/second/", {"code": wrong}).status_code == 422
    assert client.post("/login/second/", {"code": f"{code[:3]} {code[3:]}"}).url == "/cases/"
    assert client.get("/work/").status_code == 200
    other = Client()
    log_in(other, one.person)
    assert other.post("/login/second/", {"code": code}).status_code == 422, "no code is taken twice"


def test_a_code_cannot_be_guessed_by_trying_all(known, entrance_with):
    entrance_with(tries_account=4)
    one = known("handler", "county_a")
    seed, codes = with_totp(one.person)
    client = Client()
    log_in(client, one.person)
    for _try in range(4):
        client.post("/login/second/", {"code": "000000"})
    right = client.post("/login/second/", {"code": code_of(seed)})
    assert right.status_code == 422
    assert "试得太多" in right.content.decode()
    assert client.post("/login/second/", {"code": codes[0]}).status_code == 422


def test_a_recovery_code_stands_in_once(known):
    one = known("handler", "county_a")
    _seed, codes = with_totp(one.person)
    assert len(set(codes)) == 10
    assert not RecoveryCode.objects.filter(digest__in=codes).exists()
    for expected in (302, 422):
        client = Client()
        log_in(client, one.person)
        assert client.post("/login/second/", {"code": codes[3].lower().replace("-", " ")}).status_code == expected
    assert "recovery_code_used" in names()
    other = known("handler", "county_b")
    with_totp(other.person)
    client = Client()
    log_in(client, other.person)
    assert client.post("/login/second/", {"code": codes[4]}).status_code == 422, "it is another person's"


def test_the_seed_stands_nowhere_readable(known):
    import base64

    one = known("handler", "county_a")
    seed, _codes = with_totp(one.person)
    kept = bytes(Account.objects.get(person=one.person).totp)
    assert seed not in kept
    assert base64.b64encode(seed) not in kept
    assert base64.b32encode(seed) not in kept


def test_the_second_step_waits_five_minutes_and_no_longer(known):
    one = known("handler", "county_a")
    seed, _codes = with_totp(one.person)
    client = Client()
    log_in(client, one.person)
    session = client.session
    session["pending"] = {**session["pending"], "at": session["pending"]["at"] - 301}
    session.save()
    assert client.post("/login/second/", {"code": code_of(seed)}).url == "/login/"


@pytest.mark.parametrize(("moved", "fits"), [(-95, False), (-30, True), (0, True), (30, True), (95, False)])
def test_a_code_fits_its_half_minute_and_the_ones_beside_it(moved, fits):
    seed = b"12345678901234567890"
    at = 1111111109  # RFC 6238, appendix B: 07081804
    assert (factors.step_of(seed, "081804", at + moved) is not None) is fits


def test_a_session_that_came_in_without_it_changes_nothing_about_it(known):
    one, client = known("handler", "county_a"), Client()
    log_in(client, one.person)
    with_totp(one.person)
    for address in (
        "account/totp/",
        "account/codes/",
        "account/remove/",
        "account/passkeys/begin/",
        "account/passkeys/add/",
    ):
        assert client.post(f"/{address}", {"which": "totp"}).url == "/login/second/", address
    assert factors.of(one.person).totp


def test_a_role_that_is_none_stops_the_start(entrance_with):
    assert factors.problems() == []
    entrance_with(second_factor=frozenset({"supervisors"}))
    assert "supervisors" in factors.problems()[0]


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


# -- passwords of others, and reports


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
