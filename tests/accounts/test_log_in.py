"""Coming in: password, second factor, limits of tries."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.utils import timezone

from huiyin.accounts import actions, factors, throttle
from huiyin.accounts.models import Account, Attempts, RecoveryCode
from huiyin.org import actions as org
from tests.accounts.coming_in import PASSWORD, code_of, log_in, names, with_totp

pytestmark = pytest.mark.django_db


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
