"""Single sign-on against a provider on this machine: who comes in, who does not, and what a false token gains."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from oidc_provider_mock import User, run_server_in_thread

from huiyin.accounts.models import SignOn
from huiyin.entrance import SingleSignOn
from huiyin.org import actions as org
from huiyin.org.models import AdminEvent
from tests.accounts import provider as local

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running():
    with local.running() as found:
        yield found


@pytest.fixture
def provider(running, entrance_with):
    entrance_with(
        single_sign_on=SingleSignOn(running.issuer, local.CLIENT, local.SECRET, "preferred_username", "省统一认证")
    )
    running.fault, running.claims, running.codes = None, {}, {}
    return running


def sign_on(provider, client, **claims):
    """The whole way there and back. Returns the last answer."""
    provider.claims = claims
    there = client.get("/login/sso/?next=/cases/")
    assert there.status_code == 302
    return client.get("/login/sso/back/", provider.authorise(there.url))


def test_who_has_an_account_comes_in_and_is_bound_to_the_subject(provider, known):
    one, client = known("handler", "county_a"), Client()
    assert "用省统一认证登录" in client.get("/login/").content.decode()
    answer = sign_on(provider, client, sub="s-1", preferred_username=one.person.username)
    assert answer.url == "/cases/"
    assert client.get("/work/").status_code == 200
    assert SignOn.objects.get().subject == "s-1"
    names = list(AdminEvent.objects.order_by("seq").values_list("name", flat=True))
    assert names[-2:] == ["single_sign_on_bound", "logged_in"]
    other = Client()
    assert sign_on(provider, other, sub="s-1", preferred_username="renamed").url == "/cases/", (
        "the subject counts, not the name"
    )


def test_a_name_given_to_somebody_else_there_opens_nothing_here(provider, known):
    one = known("handler", "county_a")
    sign_on(provider, Client(), sub="s-1", preferred_username=one.person.username)
    assert sign_on(provider, Client(), sub="s-2", preferred_username=one.person.username).url == "/login/"


def test_who_has_no_account_gets_none_and_who_is_off_stays_out(provider, known):
    one, client = known("handler", "county_a"), Client()
    assert sign_on(provider, client, sub="s-9", preferred_username="nobody.here").url == "/login/"
    assert "单点登录没有成功" in client.get("/login/").content.decode()
    org.set_active(one.person, False)
    assert sign_on(provider, client, sub="s-1", preferred_username=one.person.username).url == "/login/"
    assert not SignOn.objects.exists()


@pytest.mark.parametrize("fault", local.FAULTS)
def test_a_token_with_a_fault_lets_nobody_in(provider, known, fault):
    provider.fault = fault
    one, client = known("handler", "county_a"), Client()
    assert sign_on(provider, client, sub="s-1", preferred_username=one.person.username).url == "/login/"
    assert client.get("/work/").url.startswith("/login/")
    assert '"how":"single_sign_on"' in AdminEvent.objects.get(name="log_in_failed").body


def test_an_answer_nobody_asked_for_or_sent_twice_lets_nobody_in(provider, known):
    one, client, victim = known("handler", "county_a"), Client(), Client()
    provider.claims = {"sub": "s-1", "preferred_username": one.person.username}
    back = provider.authorise(client.get("/login/sso/").url)
    assert victim.get("/login/sso/back/", back).url == "/login/", "another browser's state"
    provider.codes[back["code"]] = parsed(client.get("/login/sso/").url)
    assert client.get("/login/sso/back/", {**back, "state": "guessed"}).url == "/login/"


def parsed(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_ours_is_asked_for_unless_the_provider_asked_for_a_second_factor(provider, known):
    one, client = known("supervisor", "city"), Client()
    sign_on(provider, client, sub="s-1", preferred_username=one.person.username)
    assert client.get("/work/").url == "/account/"
    better = Client()
    sign_on(provider, better, sub="s-1", preferred_username=one.person.username, amr=["pwd", "mfa"])
    assert better.get("/work/").status_code == 200


def test_a_provider_that_does_not_answer_is_said_so(known, entrance_with):
    entrance_with(single_sign_on=SingleSignOn("http://127.0.0.1:9", "x", "y", "preferred_username", "统一认证"))
    client = Client()
    answer = client.get("/login/sso/", follow=True)
    assert answer.redirect_chain[-1][0] == "/login/"
    assert "单点登录没有成功" in answer.content.decode()


def test_with_a_provider_of_another_maker(known, entrance_with):
    one = known("handler", "county_a")
    user = User(sub="u-1", claims={"preferred_username": one.person.username})
    with run_server_in_thread(user_claims=[user], require_nonce=True) as server:
        issuer = f"http://localhost:{server.server_port}"
        entrance_with(single_sign_on=SingleSignOn(issuer, "anything", "secret", "preferred_username", "统一认证"))
        client = Client()
        there = client.get("/login/sso/").url
        agreed = requests.post(there, data={"sub": "u-1"}, allow_redirects=False, timeout=10)
        back = urlsplit(agreed.headers["Location"])
        assert client.get(f"{back.path}?{back.query}").url == "/work/"
    assert SignOn.objects.get().subject == "u-1"
