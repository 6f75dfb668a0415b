"""`huiyin account`: whoever has the server lets somebody in again who lost the telephone, on record."""

import pytest
from django.test import Client

from huiyin import cli
from huiyin.accounts import actions, factors
from huiyin.org.models import AdminEvent
from tests.accounts.coming_in import log_in, with_totp

pytestmark = pytest.mark.django_db(transaction=True)


def run(capsys, *words):
    code = cli.main(["account", *words])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_the_only_security_administrator_who_lost_everything_is_let_in_again(known, capsys):
    one = known("security_administrator", "province")
    with_totp(one.person)
    actions.report_password(one.person)
    code, told = run(capsys, "show", one.person.username)
    assert code == 0
    for line in ("验证器：有", "恢复码：10", "报告密码泄露：有", "必须有第二道验证：有"):
        assert line in told
    assert run(capsys, "factors", one.person.username)[0] == 0
    code, told = run(capsys, "password", one.person.username)
    password = told.strip().splitlines()[-1]
    assert run(capsys, "unlock", one.person.username)[0] == 0
    client = Client()
    assert log_in(client, one.person, password).url == "/work/"
    assert client.get("/work/").url == "/password/"
    assert run(capsys, "sessions", one.person.username)[1].startswith("已退出 1 处")
    assert client.get("/password/").url.startswith("/login/")
    assert not factors.of(one.person).any
    names = set(AdminEvent.objects.values_list("name", flat=True))
    assert {"factors_reset", "password_set", "account_unlocked", "session_ended"} <= names


def test_somebody_who_is_not_there_is_named(capsys, known):
    code, told = run(capsys, "show", "nobody.here")
    assert code == 2
    assert "nobody.here" in told
