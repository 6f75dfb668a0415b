"""The public's pages: the guided form that loses nothing, the receipt, the page of the person's own case."""

import re
from urllib.parse import unquote

import pytest
from django.contrib.sessions.models import Session

from huiyin.cases.models import Case, Draft, Event
from huiyin.vault.models import Record
from tests.cases.office import officer

pytestmark = pytest.mark.django_db

MATTER = {
    "within_duties": "true", "what": "水壶两天就不通电，电话13812345678", "when": "9月13日", "where": "甲县第一商场", "who": "营业员",
    "why": "说已拆封",
}  # fmt: skip
TARGET = {"respondent_known": "true", "respondent-name": "甲县商店", "respondent-area": "990121001"}
WISH = {"demand": "退款199元", "amount_fen": "199"}
YOU = {"complainant-name": "王小明", "complainant-phone": "13812345678"}


def post(client, screen, answers, kind="complaint"):
    return client.post(f"/submit/{kind}/{screen}/", answers)


def fill(client):
    for screen, answers in (("matter", MATTER), ("target", TARGET), ("wish", WISH), ("you", YOU)):
        assert post(client, screen, answers).status_code == 302


def send(client, **more):
    return client.post("/submit/complaint/check/", {"unit": "city", "key": "k1", **more})


def receipt(client):
    """Number and code as the page shows them."""
    page = client.get("/receipt/").content.decode()
    return re.search(r'id="number">([^<]+)<', page)[1], re.search(r'id="code">([^<]+)<', page)[1]


def test_the_start_page_has_four_doors(client):
    page = client.get("/").content.decode()
    assert all(word in page for word in ("投诉", "举报", "咨询", "查询进度"))
    assert "<style" not in page
    assert "htmx.min" not in page


def test_each_step_leads_to_the_next_and_the_check_shows_all_answers(client):
    assert client.get("/submit/complaint/").url == "/submit/complaint/matter/"
    assert post(client, "matter", MATTER).url == "/submit/complaint/target/"
    assert post(client, "target", TARGET).url == "/submit/complaint/wish/"
    assert post(client, "wish", WISH).url == "/submit/complaint/you/"
    assert post(client, "you", YOU).url == "/submit/complaint/check/"
    page = client.get("/submit/complaint/check/").content.decode()
    assert all(word in page for word in ("退款199元", "199.00元", "甲县商店", "甲县城关", "王小明"))


def test_an_error_keeps_what_was_typed_and_names_what_is_missing(client):
    answer = post(client, "matter", {**MATTER, "why": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请填写这一项" in page
    assert MATTER["what"] in page
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
    assert post(client, "target", {"respondent-name": "甲县商", "back": "1"}).url == "/submit/complaint/matter/"
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
    assert client.get("/submit/complaint/").url == "/submit/complaint/matter/"


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
    for screen, answers in (
        ("matter", {**MATTER, "within_duties": "false"}),
        ("target", TARGET),
        ("wish", WISH),
        ("you", YOU),
    ):
        post(client, screen, answers)
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
    report = {**MATTER}
    assert post(client, "matter", report, "report").status_code == 302
    assert post(client, "target", {**TARGET, "evidence": "照片"}, "report").status_code == 302
    assert post(client, "you", {"real_name": "false", "reporter-name": "不该留下"}, "report").status_code == 302
    assert client.post("/submit/report/check/", {"unit": "city", "key": "r1"}).url == "/receipt/"
    case = Case.objects.get()
    assert (case.kind, case.secrecy) == ("report", "report")
    identity = Record.objects.filter(case_id=case.pk, kind="identity", name="name")
    assert identity.count() == 1  # of the respondent


def test_an_enquiry_is_asked_what_the_rules_ask_beyond_it(client):
    question = {"what": "网购七天内退货运费由谁承担"}
    missing = post(client, "matter", question, "enquiry")
    assert missing.status_code == 422
    assert "什么时候" in missing.content.decode()
    assert post(client, "matter", {**MATTER, **question}, "enquiry").url == "/submit/enquiry/you/"
    assert post(client, "you", YOU, "enquiry").url == "/submit/enquiry/check/"
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
