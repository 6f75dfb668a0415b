"""Pages of retention: from what is over to the register, by the people who may."""

import html

import pytest

from huiyin.cases import clock
from huiyin.retention import actions
from huiyin.retention.models import Destroyed, Item
from tests.cases.office import PARTIES, officer
from tests.retention.old import LATER, archived, keeper, reviewers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def then(tmp_path, settings):
    settings.KEYS, settings.FILES = tmp_path / "keys", tmp_path / "files"
    settings.KEYS.mkdir()
    with clock.at(LATER):
        yield


def body(answer, status=200):
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


def test_from_the_list_to_the_register(client):
    case, other = archived(files=1), archived()
    head, leader = reviewers()
    client.force_login(keeper().person)
    page = body(client.get("/archive/"))
    assert case.number in page
    assert "一般案件，10年" in page
    assert "请写明理由" in body(
        client.post("/archive/hold/", {"number": other.number, "what": "hold", "reason": " "}), 422
    )
    assert (
        client.post("/archive/hold/", {"number": other.number, "what": "hold", "reason": "法院调卷"}).url == "/archive/"
    )
    page = body(client.get("/archive/"))
    assert "已要求保留，不得销毁" in page
    assert "法院调卷" not in page
    assert "现在不能提出销毁" in body(client.post("/archive/propose/", {"case": [case.pk, other.pk]}), 422)
    address = client.post("/archive/propose/", {"case": [case.pk]}).url
    assert "评审由另外两人办理" in body(client.get(address))
    item = Item.objects.get()
    assert "评审由单位负责人" in body(client.post(f"{address}review/", {"item": item.pk, "agrees": "1"}), 422)
    for one in (head, leader):
        client.force_login(one.person)
        assert "等待您评审的有 1 件" in body(client.get(address))
        assert client.post(f"{address}review/", {"item": item.pk, "agrees": "1"}).url == address
    assert "两人已同意，等待销毁" in body(client.get(address))
    assert actions.run() == (1, 0)
    assert "已销毁" in body(client.get(address))
    page = body(client.get("/archive/register/"))
    row = Destroyed.objects.get()
    assert case.number in page
    assert row.digest in page
    table = client.get("/archive/register/?as=csv").content.decode()
    assert table.splitlines()[1].startswith(f"1,{case.number},投诉,")
    for text in (page, table):
        assert not any(secret in text for secret in (PARTIES[0]["name"], PARTIES[0]["phone"], "水壶"))
    shown = body(client.get(f"/cases/~{case.pk}/"))
    assert "（已按规定销毁）" in shown
    assert PARTIES[0]["phone"][-4:] not in shown


def test_one_case_is_left_out_and_the_rest_refused(client):
    cases = [archived(), archived()]
    proposal = actions.propose([c.pk for c in cases], by=keeper())
    first, second = proposal.items.order_by("pk")
    address = f"/archive/lists/{proposal.pk}/"
    client.force_login(reviewers()[0].person)
    assert "请写明理由" in body(client.post(f"{address}leave-out/", {"item": first.pk}), 422)
    assert client.post(f"{address}leave-out/", {"item": first.pk, "reason": "还有用"}).url == address
    assert client.post(f"{address}review/", {"item": second.pk, "agrees": "0", "reason": "名单不全"}).url == address
    page = body(client.get(address))
    assert "还有用" in page
    assert "名单不全" in page


def test_who_may_not_find_the_cases_finds_no_list(client):
    proposal = actions.propose([archived(kind="report").pk], by=keeper())
    client.force_login(officer("unit_head", "county_b").person)
    assert client.get(f"/archive/lists/{proposal.pk}/").status_code == 404
    assert client.post(f"/archive/lists/{proposal.pk}/review/", {"agrees": "1"}).status_code == 404
    assert "第 " not in body(client.get("/archive/")).partition("提出销毁的各批")[2].partition("</section>")[0]
    client.force_login(officer("handler", "city").person)
    assert client.get("/archive/").status_code == 403
