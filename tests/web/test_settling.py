"""Terms that both sides want, before the officer who writes the agreement down."""

import re

import pytest
from django.test import Client

from huiyin.cases import respondents
from huiyin.cases.queries import open_case
from tests.cases.office import a_case

pytestmark = pytest.mark.django_db


def body(answer):
    return answer.content.decode()


def offered(case, text, answer="yes"):
    """The respondent offers, the complainant answers."""
    shop, person = Client(), Client()
    shop.post("/respond/", {"code": respondents.issue(case, "2")})
    person.post("/track/", {"number": case.number, "code": case.code})
    shop.post("/respond/case/offer/", {"text": text, "settled_fen": "199", "key": f"o{case.pk}"})
    seq = re.search(r"/track/case/offer/(\d+)/", body(person.get("/track/case/")))[1]
    assert person.post(f"/track/case/offer/{seq}/", {"agreed": answer, "key": f"a{case.pk}"}).status_code == 302


def test_the_officer_is_offered_the_agreement_with_the_terms_filled_in(desk):
    case = a_case()
    offered(case, "退款199元，水壶寄回")
    client = desk("intake_officer", "city")
    page = body(client.get(f"/cases/~{case.pk}/"))
    assert "双方都同意和解方案" in page
    assert "退款199元，水壶寄回" in page.partition('id="terms"')[2].partition("</section>")[0]
    form = body(client.get(f"/cases/~{case.pk}/settled/"))
    assert re.search(r'<textarea[^>]*name="text"[^>]*>\s*退款199元，水壶寄回</textarea>', form)
    assert re.search(r'name="settled_fen"[^>]*value="199(\.00)?"|value="199(\.00)?"[^>]*name="settled_fen"', form)
    shown = re.search(r'name="shown_seq" value="(\d+)"', form)[1]
    sent = {"text": "退款199元，水壶寄回，运费由商店承担", "settled_fen": "199", "shown_seq": shown, "key": "s1"}
    assert client.post(f"/cases/~{case.pk}/settled/", sent).status_code == 302
    assert open_case(case).view.newest("settled").facts["settled_fen"] == 19900
    page = body(client.get(f"/cases/~{case.pk}/"))
    assert "双方都同意和解方案" not in page  # it is written down


def test_a_no_offers_nothing_and_masked_words_are_not_put_into_the_agreement(desk):
    refused, closed = a_case(), a_case()
    offered(refused, "退款", answer="no")
    offered(closed, "退款，打电话13800000001约时间")
    client = desk("intake_officer", "city")
    assert "双方都同意和解方案" not in body(client.get(f"/cases/~{refused.pk}/"))
    form = body(client.get(f"/cases/~{closed.pk}/settled/"))
    text = re.search(r'<textarea[^>]*name="text"[^>]*>(.*?)</textarea>', form, re.S)[1]
    assert text.strip() == ""
    assert "13800000001" not in form
