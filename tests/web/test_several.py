"""Pages over several cases, and the directory of other authorities."""

import pytest

from huiyin.cases.models import Case, Event, Link
from huiyin.cases.queries import open_case
from huiyin.org.actions import check_authority
from huiyin.org.models import AdminEvent, Authority
from tests.cases.office import officer
from tests.web.test_desk import WHOLE, body, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(desk):
    return desk("intake_officer", "city")


def a_complaint(client, **more):
    assert post(client, **{**WHOLE, **more}).status_code == 302
    return Case.objects.order_by("-pk")[0]


# -- splitting a case that is there


def test_the_other_half_of_a_registered_letter_becomes_a_case_of_its_own(city):
    case = a_complaint(city, channel="letter")
    page = body(city.get(f"/cases/{case.number}/split/"))
    assert "把举报部分另立一件" in page
    missing = city.post(f"/cases/{case.number}/split/", {"other-both": "on", "other-what": ""})
    assert missing.status_code == 422
    sent = {"other-both": "on", "other-what": "出售无标志商品", "other-real_name": "false", "key": "k"}
    sent["shown_seq"] = str(Event.objects.filter(case=case).count())
    answer = city.post(f"/cases/{case.number}/split/", sent)
    report = Case.objects.get(kind="report")
    assert answer.url == f"/cases/{report.number}/"
    assert "查询码：" in body(city.get(answer.url))
    assert Link.objects.filter(case_id=case.pk, other_id=report.pk, relation="split").exists()
    again = city.post(f"/cases/{case.number}/split/", sent)
    assert again.url == answer.url
    assert Case.objects.count() == 2


def test_a_half_that_is_there_already_is_named_by_its_number(city):
    case, other = (
        a_complaint(city),
        a_complaint(city, **{"complainant.phone": "13800000005", "complainant.name": "钱某"}),
    )
    assert 'name="cases"' in body(city.get(f"/cases/{case.number}/split/?known=1"))
    answer = city.post(f"/cases/{case.number}/split/", {"cases": other.number, "reason": "同一来信"})
    assert answer.status_code == 302, body(answer)
    assert Link.objects.filter(case_id=case.pk, other_id=other.pk, relation="split").exists()


# -- joining cases


@pytest.mark.clause("HN-CL-13a")
def test_complaints_about_one_shop_are_offered_and_joined_when_everybody_agreed(city):
    people = [("王某", "13800000001"), ("李某", "13800000002"), ("赵某", "13800000003")]
    k1, k2, k3 = (a_complaint(city, **{"complainant.name": n, "complainant.phone": p}) for n, p in people)
    page = body(city.get(f"/cases/{k1.number}/join/"))
    assert k2.number in page
    assert k3.number in page
    sent = {
        "cases": [k2.number, k3.number],
        "agreed": [k1.number, k2.number],
        "method": "phone",
        "reason": "同一批水壶",
        "key": "j",
    }
    refused = city.post(f"/cases/{k1.number}/join/", sent)
    assert refused.status_code == 409
    assert f"还没有同意的：{k3.number}" in body(refused)
    assert "HN-CL-13a" in body(refused)
    answer = city.post(f"/cases/{k1.number}/join/", {**sent, "cases": [k2.number], "key": "j2"})
    assert answer.url == f"/cases/{k1.number}/"
    assert open_case(k1).view.by_name["joint_formed"][0].facts["parties"] == ("1", "3")
    assert not Case.objects.get(pk=k3.pk).ended


def test_a_case_is_added_to_the_list_by_its_number(city):
    k1 = a_complaint(city)
    other = {
        "respondent.name": "乙县商店",
        "respondent.credit_code": "91990122MA9A000614",
        "complainant.phone": "13800000002",
    }
    k2 = a_complaint(city, **other)
    assert f'value="{k2.number}"' not in body(city.get(f"/cases/{k1.number}/join/"))
    assert f'value="{k2.number}"' in body(city.post(f"/cases/{k1.number}/join/", {"find": "1", "more": k2.number}))
    assert not Event.objects.filter(name="joint_formed").exists()


# -- whose matter is it


@pytest.mark.clause("HN-FW-03c")
def test_the_public_finds_who_takes_a_matter_told_in_a_sentence(client):
    page = body(client.get("/who/", {"q": "小区物业费乱收"}))
    assert "示范市住房和城乡建设局" in page
    assert Authority.objects.get(pk="housing").telephone in page
    assert "电话是虚构的" in page
    assert "目录里没有找到" in body(client.get("/who/", {"q": "外星人"}))
    assert "我们可以受理" in body(client.get("/who/", {"q": "电热水壶"}))


@pytest.mark.clause("HN-FW-03c")
def test_refusing_as_another_bodys_matter_asks_for_an_entry_and_keeps_what_was_told(city):
    case = a_complaint(city, within_duties="false")
    form = body(city.get(f"/cases/{case.number}/refused/"))
    assert 'value="dir:housing"' in form
    without = {"text": "物业收费不归本机关管", "ground": "HN-CL-11-3", "basis": "制度第九条", "other_ways": "true"}
    assert city.post(f"/cases/{case.number}/refused/", {**without, "refer_to": "随便写的部门"}).status_code == 422
    assert city.post(f"/cases/{case.number}/refused/", {**without, "refer_to": "dir:housing"}).status_code == 302
    told = open_case(case).view.first("refused").facts["refer_to"]
    assert told.startswith("示范市住房和城乡建设局，电话0000-")


def test_administrators_keep_the_directory_and_each_act_is_logged(desk):
    admin = desk("administrator", "province")
    entry = {
        "code": "fire",
        "label": "示范市消防救援支队",
        "matters": "消防通道\n火灾隐患",
        "telephone": "0000-5550119",
    }
    assert admin.post("/directory/new/", {**entry, "telephone": "119号"}).status_code == 422
    assert admin.post("/directory/new/", entry).url == "/directory/"
    assert admin.post("/directory/fire/", {**entry, "telephone": "0000-5550120"}).url == "/directory/"
    row = Authority.objects.get(pk="fire")
    assert (row.telephone, row.matters) == ("0000-5550120", ["消防通道", "火灾隐患"])
    check_authority("fire", checked=row.since)
    assert admin.post("/directory/fire/checked/").url == "/directory/"
    assert admin.post("/directory/fire/checked/", {"close": "1"}).url == "/directory/"
    assert "0000-5550120" not in body(admin.get("/directory/"))
    assert admin.post("/directory/fire/checked/").status_code == 404
    names = list(AdminEvent.objects.filter(body__contains='"fire"').order_by("seq").values_list("name", flat=True))
    assert names == ["authority_set", "authority_set", "authority_checked", "authority_checked", "authority_closed"]


def test_nobody_else_changes_it(city):
    assert "部门目录" in body(city.get("/directory/"))
    assert "增加部门" not in body(city.get("/directory/"))
    for address in ("/directory/new/", "/directory/housing/"):
        assert city.get(address).status_code == 403
    assert city.post("/directory/housing/checked/").status_code == 403
    assert officer("intake_officer", "city").role == "intake_officer"


# -- mirrors


@pytest.mark.clause("NAT-A40")
def test_a_mirror_says_so_on_the_page_of_the_case_and_to_the_person(city, client):
    post(city, **WHOLE, external_system="12315", external_no="1410000000001")
    case = Case.objects.get()
    page = body(city.get(f"/cases/{case.number}/"))
    assert "以全国12315平台为准" in page
    assert "1410000000001" in page
