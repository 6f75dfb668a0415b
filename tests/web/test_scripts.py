"""Scripts at the desk: questions in order, skipping what is known; refusals in the rules' words with their ground; what must not be said."""

import html
import re
from datetime import date, datetime

import pytest
from django.test import Client

from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.cases.models import Case, Event
from huiyin.cases.queries import open_case
from huiyin.org import actions, procedures
from tests.cases.office import a_case, officer, procedure
from tests.web.test_desk import WHOLE
from tests.web.visitors import Office

pytestmark = pytest.mark.django_db
HENAN, COMMERCE = "henan/complaint", "commerce/complaint"
WORDS = """
[[phrase]]
forbidden = ["急什么", "不归我管"]
advice    = "请先安抚"
instead   = "calm"
clause    = "TRY-30"
says      = "不得使用的说法"

[[phrase]]
forbidden = ["研究研究"]
warn      = true
clause    = "TRY-31"
says      = "不要敷衍"

[[phrase]]
name   = "calm"
moment = "calm"
text   = "您别急，请慢慢说。"
clause = "TRY-32"
says   = "先安抚"

[[phrase]]
asks   = "complainant.name"
text   = "请问您贵姓？"
clause = "TRY-33"
says   = "询问姓名"

[[phrase]]
asks     = "goods"
text     = "买的是什么？"
optional = true
clause   = "TRY-34"
says     = "询问商品"

[[phrase]]
moment = "closing"
text   = "感谢来电，再见。"
clause = "TRY-35"
says   = "结束语"

[[ground]]
for     = "refused"
code    = "TRY-36"
only_if = { fact = "within_duties", is = false }
clause  = "TRY-36"
says    = "不属于职责"

[[phrase]]
ground = "TRY-36"
text   = "您反映的{goods}不属于本单位职责，不予受理。"
clause = "TRY-36"
says   = "不属职责的用语"
"""


@pytest.fixture
def rules():
    return procedure(WORDS)


@pytest.fixture
def city(desk):
    return desk("intake_officer", "city")


def posted(client, unit):
    """Somebody new who takes in at a unit of another body of the sample world."""
    person = actions.create_person("someone", "王某")
    actions.appoint(person, "intake_officer", unit, since=date(2020, 1, 1))
    client.force_login(person)
    return client


def body(answer, status=200):
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


def look(client, id, **data):
    return body(client.post(f"/cases/new/look/?procedure={id}", {"channel": "phone", "source": "direct", **data}))


def asked(text):
    return re.findall(
        r"<li[^>]*>(?:<a href=\"#[^\"]*\">)?([^<]*[？。])", text.partition('class="questions"')[2].partition("</ol>")[0]
    )


# -- questions and lines


def test_questions_stand_in_order_and_what_is_known_is_not_asked(city, rules):
    empty = look(city, rules.id, kind="complaint")
    assert asked(empty) == ["请问您贵姓？", "买的是什么？"]
    assert 'href="#id_complainant.name"' in empty
    assert "可以不答" in empty
    more = look(city, rules.id, kind="complaint", **{"complainant.name": "王某"})
    assert asked(more) == ["买的是什么？"]
    done = look(city, rules.id, kind="complaint", goods="水壶", **{"complainant.name": "王某"})
    assert "该问的都问过了" in done
    assert "感谢来电，再见。" in done
    assert "您别急，请慢慢说。" in done


def test_without_scripts_the_questions_stand_there_at_once(city, rules):
    assert "请问您贵姓？" in body(city.get(f"/cases/new/?procedure={rules.id}"))


@pytest.mark.clause("SW-XW-01", "SW-XW-03")
def test_the_commerce_station_greets_and_asks_the_name(client):
    text = look(posted(client, "commerce_station"), COMMERCE, kind="complaint")
    assert "您好，12312举报投诉服务站，请进。" in text
    assert asked(text) == ["请问您贵姓？"]


def test_a_procedure_without_wording_shows_none(desk):
    text = look(desk("intake_officer", "county_a"), "national/complaint", kind="complaint")
    assert "问话和用语" not in text


# -- refusing on a ground that the facts support


def test_a_ground_is_offered_when_the_facts_say_so_and_not_before(city, rules):
    assert "TRY-36" not in look(city, rules.id, kind="complaint", goods="水壶")
    text = look(city, rules.id, kind="complaint", goods="水壶", within_duties="false")
    assert "可能要“不予受理”" in text
    assert "您反映的水壶不属于本单位职责，不予受理。" in text
    assert 'value="refused|TRY-36"' in text
    unsaid = look(city, rules.id, kind="complaint", within_duties="false")  # what the sentence names is not known
    assert "可能要“不予受理”" in unsaid
    assert "您反映的" not in unsaid


def test_registering_and_refusing_on_the_ground_are_one_act(city, rules):
    typed = {**WHOLE, "goods": "水壶", "within_duties": "false", "refuse": "refused|TRY-36"}
    chosen = look(city, rules.id, **typed)
    said = re.search(r'name="refuse_text"[^>]*>([^<]*)</textarea>', chosen)[1]
    assert said == "您反映的水壶不属于本单位职责，不予受理。"
    answer = city.post(
        f"/cases/new/?procedure={rules.id}", {**typed, "refuse_text": said, "refuse_for": "refused|TRY-36"}
    )
    assert answer.status_code == 302, body(answer)
    case = Case.objects.get()
    assert [e.name for e in open_case(case).log.events][-1] == "refused"
    assert open_case(case).view.last.facts["ground"] == ("TRY-36",)


@pytest.mark.clause("HN-BSL-01")
def test_henan_puts_a_lapsed_warranty_into_its_own_words(desk):
    facts = {"bought_on": "2020-01-01", "warranty_until": "2021-01-01", "still_liable": "false", "kind": "complaint"}
    text = look(desk("intake_officer", "province"), HENAN, **facts)
    assert "refused|HN-BSL-01" in text
    assert "您于2020年1月1日购买的商品，保修期至2021年1月1日，已经超过保修期" in text


def test_the_form_of_a_refusal_begins_with_the_ground_and_its_words(city, rules):
    case = a_case(
        rules=rules,
        facts={"kind": "complaint", "channel": "phone", "what": "水壶", "goods": "水壶", "within_duties": False},
    )
    text = body(city.get(f"/cases/~{case.pk}/refused/"))
    assert "您反映的水壶不属于本单位职责，不予受理。</textarea>" in text
    assert re.search(r'value="TRY-36"[^>]*checked', text)


# -- what must not be said


def write(client, rules, text, event="replied", **more):
    return client.post(f"/wording/?procedure={rules.hash}&event={event}&field=text", {"text": text, **more})


def test_forbidden_wording_is_flagged_and_explained_while_typing(city, rules):
    text = body(write(city, rules, "你急，什么！等着"))  # whatever stands between the characters
    assert "不能这样说" in text
    assert "TRY-30" in text
    assert "请先安抚" in text
    assert "可以说：“您别急，请慢慢说。”" in text
    assert 'name="let_go"' not in text
    assert body(write(city, rules, "您好，正在办理。")).strip() == ""
    assert body(write(city, rules, "急什么", event="note_added")).strip() == ""  # a note stays in the house


def test_what_is_only_advised_against_is_let_go_with_a_click(city, rules):
    assert "最好不这样说" in body(write(city, rules, "我们研究研究"))
    assert "checked" in body(write(city, rules, "我们研究研究", let_go="研究研究"))


def test_what_there_is_not_is_a_404(city, rules):
    assert write(city, rules, "急什么", event="nothing").status_code == 404
    assert city.post("/wording/?procedure=x&event=replied&field=text").status_code == 404
    assert city.get("/wording/").status_code == 405
    assert Client().post("/wording/").url.startswith("/login/")


def reply(client, case, text, **more):
    return client.post(f"/cases/~{case.pk}/replied/", {"method": "phone", "text": text, **more})


def test_it_is_looked_at_again_on_sending(desk, rules):
    case = a_case(rules=rules)
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    record(case, "received", by=officer("intake_officer", "county_a"))
    record(case, "concluded", by=officer("handler", "county_a"), facts={"outcome": "settled"})
    client = desk("handler", "county_a")
    form = body(client.get(f"/cases/~{case.pk}/replied/"))
    assert f"/wording/?procedure={rules.hash}&event=replied&field=text" in form
    stopped = body(reply(client, case, "急什么"), 409)
    assert "TRY-30" in stopped
    assert "不能这样说" in stopped
    warned = body(reply(client, case, "我们研究研究"), 422)
    assert "最好不这样说" in warned
    assert "我们研究研究</textarea>" in warned
    assert not Event.objects.filter(name="replied").exists()
    assert reply(client, case, "我们研究研究", let_go="研究研究").status_code == 302
    assert Event.objects.filter(name="replied").count() == 1


@pytest.mark.clause("WQ-CN-01a")
def test_the_rights_centre_forbids_its_own_words(client):
    adopted = next(a for a in procedures.adopted("rights_centre") if a.procedure == "rights_centre/complaint")
    text = body(write(posted(client, "rights_centre"), procedures.procedure_for(adopted.hash), "这不归我管，找别人去"))
    assert text.count("<mark>") == 2


# -- cost, and a real browser


def test_the_script_asks_the_database_little(city, rules, django_assert_max_num_queries):
    data = {"kind": "complaint", "within_duties": "false", "goods": "水壶"}
    look(city, rules.id, **data)
    with django_assert_max_num_queries(14):
        look(city, rules.id, **data)


@pytest.mark.django_db(transaction=True)
def test_a_reply_is_flagged_while_it_is_typed(live_server, new_page, rules):
    case = a_case(at=datetime(2026, 5, 11, 9), rules=rules)
    with clock.at(datetime(2026, 5, 11, 10)):
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
        record(case, "received", by=officer("intake_officer", "county_a"))
    office = Office(new_page, live_server.url)
    office.number = case.number
    page = office.form("handler.county_a", "replied")
    page.locator("textarea[name=text]").press_sequentially("急什么，等着")
    flag = page.locator(".flag.stops")
    flag.wait_for()
    assert "请先安抚" in flag.inner_text()
    page.locator("textarea[name=text]").fill("正在办理，我们研究研究")
    page.get_by_label("看过了，就这样写").check()
    page.locator("textarea[name=text]").press_sequentially("，请稍候")
    page.wait_for_timeout(1200)
    assert page.get_by_label("看过了，就这样写").is_checked()
