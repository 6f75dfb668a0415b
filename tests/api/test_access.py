"""Tokens, scopes and who sees what: a case one may not see is a 404."""

from datetime import timedelta

import pytest
from django.utils import timezone

from huiyin.api import tokens
from huiyin.api.models import ApiToken
from huiyin.org.models import AdminEvent
from tests.api.clients import Api
from tests.cases.office import a_case, officer

pytestmark = pytest.mark.django_db

READS = ["/cases", "/todo", "/cases/1", "/cases/1/events", "/cases/1/limits"]


@pytest.mark.parametrize("path", READS)
def test_nothing_is_read_without_a_token(anybody, path):
    answer = anybody.get(path)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:huiyin:problem:unauthorised"


@pytest.mark.parametrize("text", ["", "hy_wrong", "x" * 5000, "hy_\udce9"])
def test_a_wrong_token_opens_nothing(anybody, text):
    anybody.token = text.encode("utf-8", "replace").decode()
    assert anybody.get("/cases").status_code == 401


def test_a_token_opens_what_its_officer_may_find(office):
    case = a_case()
    assert [c["number"] for c in office.as_("intake_officer@city").get("/cases").json()["items"]] == [case.number]
    assert office.as_("intake_officer@county_b").get("/cases").json()["items"] == []


@pytest.mark.parametrize("rest", ["", "/events", "/limits"])
def test_a_case_that_one_may_not_see_is_not_there(office, rest):
    case = a_case()
    there = office.as_("intake_officer@county_b").get(f"/cases/{case.number}{rest}")
    nowhere = office.as_("intake_officer@county_b").get(f"/cases/999999{rest}")
    assert there.status_code == nowhere.status_code == 404
    assert there.content == nowhere.content


def test_recording_on_a_case_that_one_may_not_see_is_a_404(office):
    case = a_case()
    answer = office.as_("intake_officer@county_b").post(
        f"/cases/{case.number}/events/note_added", {"facts": {"text": "x"}}
    )
    assert answer.status_code == 404


def test_a_token_that_only_reads_records_nothing(sample_world):
    case = a_case()
    reader = Api(officer("intake_officer", "city"), scopes=["read"])
    assert reader.get(f"/cases/{case.number}").status_code == 200
    answer = reader.post(f"/cases/{case.number}/events/note_added", {"facts": {"text": "x"}})
    assert (answer.status_code, answer.json()["title"]) == (403, "令牌没有这项权限")
    assert reader.post("/cases", {"facts": {}}).status_code == 403


def test_a_token_ends_with_its_date_its_posting_its_person_and_when_revoked(sample_world):
    today = timezone.localdate()
    one = officer("intake_officer", "city")
    _token, text = tokens.create(one, "x", since=today - timedelta(days=2), until=today - timedelta(days=1))
    assert tokens.check(text) is None
    _token, text = tokens.create(one, "x", since=today + timedelta(days=1))
    assert tokens.check(text) is None
    token, text = tokens.create(one, "x")
    assert tokens.check(text) == token
    one.person.is_active = False
    one.person.save()
    assert tokens.check(text) is None
    one.person.is_active = True
    one.person.save()
    one.until = today - timedelta(days=1)
    one.save()
    assert tokens.check(text) is None
    one.until = None
    one.save()
    tokens.revoke(token)
    assert tokens.check(text) is None


def test_the_token_itself_is_nowhere_in_the_database(sample_world):
    _token, text = tokens.create(officer("intake_officer", "city"), "平台对接")
    assert text not in str(list(ApiToken.objects.values()))
    assert AdminEvent.objects.filter(name="token_created").exists()
    assert not AdminEvent.objects.filter(body__contains=text).exists()


def test_the_time_of_use_is_kept_to_the_minute(sample_world, django_assert_num_queries):
    token, text = tokens.create(officer("intake_officer", "city"), "x")
    tokens.check(text)
    first = ApiToken.objects.get(pk=token.pk).last_used
    tokens.check(text)
    assert ApiToken.objects.get(pk=token.pk).last_used == first


def test_a_token_with_unknown_scopes_or_no_purpose_is_not_made(sample_world):
    one = officer("intake_officer", "city")
    for wrong in ({"scopes": ["all"]}, {"scopes": []}, {"until": timezone.localdate() - timedelta(days=1)}):
        with pytest.raises(tokens.BadToken):
            tokens.create(one, "x", **wrong)
    with pytest.raises(tokens.BadToken):
        tokens.create(one, "  ")


# the command


def run(capsys, *arguments):
    import argparse

    from huiyin.commands import token

    parser = argparse.ArgumentParser()
    token.add_arguments(parser)
    args = parser.parse_args(arguments)
    code = args.answer(args)
    return code, capsys.readouterr().out


def test_the_command_makes_lists_and_revokes(sample_world, capsys):
    code, said = run(capsys, "create", "--officer", "intake.city", "--name", "平台对接", "--scopes", "read")
    text = said.splitlines()[-1]
    token = tokens.check(text)
    assert (code, token.scopes, str(token.officer)) == (0, ["read"], "intake_officer@city")
    assert "平台对接" in run(capsys, "list")[1]
    assert text not in run(capsys, "list")[1]
    run(capsys, "revoke", str(token.pk))
    assert tokens.check(text) is None
    assert "已停用" in run(capsys, "list")[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["create", "--officer", "nobody", "--name", "x"], "没有用户“nobody”"),
        (["create", "--officer", "intake.city:leader@city", "--name", "x"], "没有这个任职"),
        (["create", "--officer", "intake.city", "--name", "x", "--scopes", "all"], "不认识的权限：all"),
        (["revoke", "99999"], "没有序号为 99999 的令牌"),
    ],
)
def test_the_command_says_what_is_wrong(sample_world, capsys, arguments, says):
    from huiyin.commands import Stop

    with pytest.raises(Stop, match=says):
        run(capsys, *arguments)
