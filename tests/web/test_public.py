"""The public's pages: the guided form that loses nothing, the receipt, the page of the person's own case."""

import re
from urllib.parse import unquote

import pytest

from huiyin.accounts.models import Session
from huiyin.cases import businesses
from huiyin.cases.models import Case, Draft, Event
from huiyin.vault.models import Record
from tests.cases.office import officer
from tests.web.public_form import ALL, MATTER, TARGET, fill, post

pytestmark = pytest.mark.django_db


def send(client, **more):
    return client.post("/submit/complaint/check/", {"unit": "city", "key": "k1", **more})


def receipt(client):
    """Number and code as the page shows them."""
    page = client.get("/receipt/").content.decode()
    return re.search(r'id="number">([^<]+)<', page)[1], re.search(r'id="code">([^<]+)<', page)[1]


def test_the_start_page_says_in_plain_words_what_one_may_want(client):
    page = client.get("/").content.decode()
    for words in (
        "我买了东西或服务，有纠纷",
        "我看到违法的事",
        "我想问一件事",
        "我想表扬或者提建议",
        "我提过，想看办到哪了",
    ):
        assert words in page
    assert all(word in page for word in ("投诉", "举报", "咨询", "查询进度"))
    assert "<style" not in page
    assert "htmx.min" not in page


def test_praise_and_suggestions_share_a_door_and_part_behind_it(client):
    assert client.get("/say/").status_code == 200
    assert client.get("/say/?kind=").status_code == 422
    assert client.get("/say/?kind=praise").url == "/submit/praise/"
    assert client.get("/submit/praise/").url == "/submit/praise/matter/"


def test_one_question_a_screen_each_with_the_reason_and_the_check_shows_all_answers(client):
    assert client.get("/submit/complaint/").url == "/submit/complaint/duty/"
    page = client.get("/submit/complaint/when/").content.decode()
    assert "为什么问" in page
    assert "时间决定适用哪些规定" in page
    assert 'name="where"' not in page
    passed = fill(client)
    assert passed == [
        "duty", "matter", "when", "where", "who", "why", "target", "wish", "money", "negotiated", "category", "evidence", "you", "home",
    ]  # fmt: skip
    page = client.get("/submit/complaint/check/").content.decode()
    assert all(word in page for word in ("退款199元", "199.00元", "甲县商店", "甲县城关", "王小明"))
    assert page.count("?check=1") == len(passed)


def test_a_changed_answer_leads_back_to_the_check(client):
    fill(client)
    answer = client.post("/submit/complaint/wish/?check=1", {"demand": "改为换货"})
    assert answer.url == "/submit/complaint/check/"
    assert "改为换货" in client.get("/submit/complaint/check/").content.decode()


def test_what_is_typed_is_kept_before_it_is_complete(client):
    answer = client.post("/submit/complaint/matter/", {"what": "水壶漏"}, headers={"X-Saves-Itself": "1"})
    assert answer.status_code == 204
    assert "水壶漏" in client.get("/submit/complaint/matter/").content.decode()
    assert "接着填写投诉" in client.get("/").content.decode()


def test_whoever_stops_is_told_where_it_is_kept_and_may_throw_it_away(client):
    assert client.get("/submit/complaint/later/").url == "/submit/complaint/"
    answer = client.post("/submit/complaint/matter/", {"what": "水壶漏", "later": "1"})
    assert answer.url == "/submit/complaint/later/"
    page = client.get("/submit/complaint/later/").content.decode()
    assert "这台设备的这个浏览器" in page
    assert "换一台手机或电脑" in page
    assert client.post("/submit/complaint/later/").url == "/"
    assert not Draft.objects.exists()
    assert "接着填写" not in client.get("/").content.decode()


@pytest.mark.parametrize("words", ["百货商", "城关路", "91990121MA9A0003", "商店 城关"])
def test_a_business_is_found_by_name_address_or_code_and_fills_the_answers(client, words):
    businesses.enter([("91990121MA9A000375", "甲县百货商店", "甲县城关路5号", "990121001", "business")])
    found = client.post("/submit/complaint/target/", {"business": words, "find": "1"})
    assert found.status_code == 200
    assert "甲县百货商店" in found.content.decode()
    picked = client.post("/submit/complaint/target/", {"business": words, "pick": "91990121MA9A000375"})
    page = picked.content.decode()
    assert all(f'value="{value}"' in page for value in ("甲县百货商店", "甲县城关路5号", "91990121MA9A000375"))
    assert client.get("/submit/complaint/").url == "/submit/complaint/duty/"
    assert post(client, "target", TARGET).status_code == 302


@pytest.mark.parametrize("words", ["", "甲", "9199", "无此商店", "\0"])
def test_the_register_of_businesses_cannot_be_leafed_through(client, words):
    businesses.enter([("91990121MA9A000375", "甲县百货商店", "甲县城关路5号", "990121001", "business")])
    page = client.post("/submit/complaint/target/", {"business": words, "find": "1"}).content.decode()
    assert "百货" not in page
    assert "没有查到" in page


def test_an_error_keeps_what_was_typed_and_names_what_is_missing(client):
    post(client, "matter", MATTER)
    answer = post(client, "target", {"respondent_known": "true", "respondent-address": "商场路五号"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请填写这一项" in page
    assert "商场路五号" in page
    assert MATTER["what"] in client.get("/submit/complaint/matter/").content.decode()


def test_what_was_typed_lies_nowhere_in_plain(client):
    fill(client)
    assert Draft.objects.count() == 1
    closed = b"".join(bytes(r.cipher) for r in Record.objects.all())
    session = Session.objects.get().get_decoded()
    for text in ("王小明", "13812345678", "不通电"):
        assert text.encode() not in closed
        assert text not in str(session)


def test_going_back_saves_the_step_half_filled(client):
    post(client, "matter", MATTER)
    assert post(client, "target", {"respondent-name": "甲县商", "back": "1"}).url == "/submit/complaint/why/"
    assert "甲县商" in client.get("/submit/complaint/target/").content.decode()


def test_a_question_of_another_answer_is_not_demanded(client):
    assert post(client, "target", {"respondent_known": "false"}).status_code == 302
    assert post(client, "target", {"respondent_known": "true"}).status_code == 422


@pytest.mark.clause("JM-3-2a", "JM-3-2b")
def test_sending_registers_and_the_receipt_has_number_code_and_qr(client):
    fill(client)
    assert send(client).url == "/receipt/"
    number, code = receipt(client)
    case = Case.objects.get(number=number)
    names = list(Event.objects.filter(case=case).order_by("seq").values_list("name", flat=True))
    assert names[:2] == ["registered", "accepted"]
    assert re.fullmatch(r"([2-9A-HJ-NP-Z]{5}-){3}[2-9A-HJ-NP-Z]{5}", code)
    qr = client.get("/receipt/qr.svg")
    assert qr["Content-Type"] == "image/svg+xml"
    assert b"style=" not in qr.content
    assert not Draft.objects.exists()
    assert client.get("/submit/complaint/").url == "/submit/complaint/duty/"


def test_sent_twice_it_is_registered_once(client):
    fill(client)
    send(client)
    first = client.session["tracked"]
    code = receipt(client)[1]
    fill(client)
    assert send(client).url == "/receipt/"
    assert client.session["tracked"] == first
    assert receipt(client)[1] == code
    assert Case.objects.count() == 1


def test_the_same_form_with_other_words_is_not_sent_again(client):
    fill(client)
    send(client)
    fill(client)
    post(client, "wish", {"demand": "改为换货"})
    answer = send(client)
    assert answer.status_code == 409
    assert "已经提交过" in answer.content.decode()
    assert Case.objects.count() == 1


def test_what_is_not_for_this_office_is_refused_with_the_article_and_kept(client):
    fill(client, {**ALL, "within_duties": "false"})
    answer = send(client)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "JM-3-2b" in page
    assert "属于工商职责的方可登记" in page
    assert "12345" in page
    assert MATTER["what"] in page
    assert not Case.objects.exists()


def test_an_unknown_unit_is_no_choice(client):
    fill(client)
    assert send(client, unit="nowhere").status_code == 422
    assert not Case.objects.exists()


def test_ten_megabytes_are_refused_in_words(client):
    post(client, "matter", MATTER)
    answer = post(client, "matter", {**MATTER, "what": "长" * 3_500_000})
    assert answer.status_code == 413
    assert "内容太长" in answer.content.decode()
    assert MATTER["what"] in client.get("/submit/complaint/matter/").content.decode()


def test_a_text_beyond_the_longest_is_named_at_its_field(client):
    answer = post(client, "matter", {**MATTER, "what": "长" * 20_001})
    assert answer.status_code == 422
    assert "20000" in answer.content.decode().replace(",", "")


def test_an_anonymous_report_asks_for_no_name_and_stores_none(client):
    passed = fill(client, {**ALL, "evidence": "照片", "real_name": "false", "reporter-name": "不该留下"}, "report")
    assert not {"contact", "home"} & set(passed)
    assert client.post("/submit/report/check/", {"unit": "city", "key": "r1"}).url == "/receipt/"
    case = Case.objects.get()
    assert (case.kind, case.secrecy) == ("report", "report")
    identity = Record.objects.filter(case_id=case.pk, kind="identity", name="name")
    assert identity.count() == 1  # of the respondent


def test_an_enquiry_is_asked_what_the_rules_ask_beyond_it(client):
    question = {"what": "网购七天内退货运费由谁承担"}
    assert post(client, "matter", question, "enquiry").url != "/submit/enquiry/you/"
    assert "什么时候" in client.get("/submit/enquiry/when/").content.decode()
    passed = fill(client, {**ALL, **question}, "enquiry")
    assert {"when", "where", "who", "why"} <= set(passed)
    answer = client.post("/submit/enquiry/check/", {"unit": "city", "key": "e1"})
    assert answer.status_code == 302, answer.content.decode()
    assert Case.objects.get().kind == "enquiry"


def test_unknown_forms_and_screens_are_not_there(client):
    assert client.get("/submit/petition/").status_code == 404
    assert client.get("/submit/complaint/nothing/").status_code == 404


# -- tracking


@pytest.fixture
def sent(client):
    fill(client)
    send(client)
    return receipt(client)


def test_number_and_code_open_the_case_and_show_how_the_date_was_counted(client, sent):
    client.cookies.clear()
    number, code = sent
    assert client.get("/track/case/").url == "/track/"
    assert client.post("/track/", {"number": number, "code": code.lower().replace("-", "")}).url == "/track/case/"
    page = client.get("/track/case/").content.decode()
    assert "登记" in page
    assert "受理" in page
    assert "到期" in page
    assert "JM-4-3b" in page
    assert "开始当日不计算在内" in page


def test_a_wrong_code_tells_nothing(client, sent):
    client.cookies.clear()
    number, code = sent
    wrong = client.post("/track/", {"number": number, "code": code[::-1]})
    none = client.post("/track/", {"number": "does-not-exist", "code": code})
    assert wrong.status_code == none.status_code == 404
    assert client.get("/track/case/").status_code == 302


def test_the_person_sees_no_name_of_an_officer_and_no_inner_note(client, sent, desk):
    case = Case.objects.get()
    inside = type(client)()
    inside.force_login(officer("intake_officer", "city").person)
    done = inside.post(f"/cases/{case.number}/note_added/", {"text": "内部备注：疑似职业索赔"})
    assert done.status_code == 302
    page = client.get("/track/case/").content.decode()
    assert "内部备注" not in page
    assert officer("intake_officer", "city").person.display_name not in page


@pytest.mark.clause("JM-3-2c")
def test_supplying_withdrawing_and_rating(client, sent):
    assert (
        client.post("/track/case/supply/", {"items": "发票一张", "material": ["proof_of_purchase"]}).url
        == "/track/case/"
    )
    assert "补充材料" in client.get("/track/case/").content.decode()
    assert client.post("/track/case/rate/", {"rating": "satisfied", "text": "很快"}).url == "/track/case/"
    assert client.post("/track/case/withdraw/", {"reason": ""}).status_code == 422
    assert client.post("/track/case/withdraw/", {"reason": "已和解"}).url == "/track/case/"
    names = list(Event.objects.order_by("seq").values_list("name", flat=True))
    assert names[-3:] == ["materials_supplied", "opinion_given", "withdrawn"]
    again = client.post("/track/case/withdraw/", {"reason": "再撤一次的理由"})
    assert again.status_code == 409
    assert "再撤一次的理由" in again.content.decode()


def test_the_code_never_stands_in_an_address(client, sent):
    _number, code = sent
    page = client.get("/receipt/").content.decode()
    assert all(code not in unquote(link) for link in re.findall(r'(?:href|src|action)="([^"]+)"', page))


def test_a_script_that_shows_how_much_was_sent_is_told_where_to_go(client):
    answer = client.post("/submit/complaint/matter/", {"what": "水壶"}, headers={"X-Shows-Progress": "1"})
    assert (answer.status_code, answer["X-Goes-To"]) == (204, "/submit/complaint/when/")
    wrong = client.post("/submit/complaint/matter/", {"what": ""}, headers={"X-Shows-Progress": "1"})
    assert wrong.status_code == 422


def test_who_comes_back_to_the_check_after_sending_reads_that_it_was_sent(client):
    fill(client)
    send(client)
    number, _code = receipt(client)
    page = client.get("/submit/complaint/check/").content.decode()
    assert "已经提交过了" in page
    assert number in page
    assert "这一步还没填完" not in page
    assert "已经提交过了" in send(client, key="k2").content.decode()
    assert Case.objects.filter(kind="complaint").count() == 1


def test_the_receipt_names_the_rules_whose_articles_it_cites(client):
    fill(client)
    send(client)
    page = client.get("/receipt/").content.decode()
    shown = re.findall(r'<span class="clause">([^<]+)</span>', page)
    codes = [one for one in shown if not re.search(r"\d", one)]
    assert codes
    assert all(
        any(clause.startswith(f"{code}-") for code in codes)
        for found in shown
        if found not in codes
        for clause in found.split("、")
    )
