"""The form of each step: what it says beforehand, whom it answers, what it offers to choose from; corrections; what the case page puts first."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huiyin.cases import actions, clock
from huiyin.cases.models import Case, Event
from huiyin.core.offers import SYSTEM_ONLY
from huiyin.core.vocabulary import load_vocabulary
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer, procedure
from tests.web.test_case_page import address, registered, sent

pytestmark = pytest.mark.django_db
MOST = 25  # queries of any page of the desk
EVENTS = [name for name in load_vocabulary().events if name not in SYSTEM_ONLY and name != "registered"]
OWN_PAGES = {"split"}  # has a page of its own
APPROVAL = """
[[approval]]
event  = "concluded"
by     = ["unit_head@here"]
clause = "TRY-20"
says   = "办结须经负责人批准"
"""


def body(answer):
    return answer.content.decode()


def at(hour, day=11):
    return clock.at(datetime(2026, 5, day, hour))


@pytest.fixture
def case():
    return a_case()


@pytest.fixture
def given(case):
    """The same, sent to the county and received there."""
    with at(10):
        actions.record(
            case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a", "opinion": "请办"}
        )
    with at(11):
        actions.record(case, "received", by=officer("intake_officer", "county_a"))
    return case


# -- every form


@pytest.mark.parametrize(
    "role",
    [
        "intake_officer",
        pytest.param("unit_head", marks=pytest.mark.once),
        pytest.param("handler", marks=pytest.mark.once),
    ],
)
@pytest.mark.parametrize("state", ["registered", "received"])
def test_every_form_opens_for_whoever_looks(desk, state, role):
    case = registered("jiangmen/complaint", "county_a" if state == "registered" else "city")
    client = desk(role, "county_a")
    if state == "received":
        sent(case)
    for event in EVENTS:
        answer = client.get(address(case, event))
        assert answer.status_code == 200, event
        assert ('id="step-title"' in body(answer)) == (event not in OWN_PAGES), event


@pytest.mark.parametrize(
    "event", ["dispatched", "document_made", "replied", "amended", "annulled", "classified", "approved"]
)
def test_no_form_asks_more_queries_than_a_page_may(desk, given, event):
    client = desk("intake_officer", "county_a")
    client.get(address(given, event))
    with CaptureQueriesContext(connection) as asked:
        client.get(address(given, event))
    assert len(asked) <= MOST


# -- what follows, before it is recorded


def test_a_form_says_which_limits_begin_and_end_and_who_is_told(desk, case):
    with at(10):
        page = body(desk("intake_officer", "city").get(address(case, "accepted")))
    assert "五个工作日内决定是否受理：完成" in page
    assert "投诉人：受理后告知投诉人" in page
    assert "进入“受理”阶段" in page


def test_looking_first_tells_what_would_follow_and_records_nothing(desk, case):
    client = desk("intake_officer", "city")
    answer = client.post(address(case, "dispatched"), {"to": "county_a", "opinion": "请办理", "look": "1"})
    page = body(answer)
    assert answer.status_code == 200
    assert "照这样记录以后" in page
    assert "转办时提醒接收单位" in page
    assert "请办理" in page
    assert Event.objects.filter(case=case).count() == 1


def test_looking_first_at_what_would_be_refused_says_so_with_the_article(desk, case):
    answer = desk("intake_officer", "city").post(address(case, "refused"), {"look": "1"})
    page = body(answer)
    assert answer.status_code == 409
    assert "照现在填写的，还不能记录“不予受理”" in page
    assert "TRY-04" in page
    assert Event.objects.filter(case=case).count() == 1


def test_what_needs_no_facts_is_one_click_with_what_follows_beside_it(desk, case):
    with at(10):
        actions.record(
            case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a", "opinion": "请办"}
        )
        page = body(desk("intake_officer", "county_a").get(address(case)))
    form = re.search(r'<form method="post" action="(/cases/[^"]+/received/)".*?</form>', page, re.S)
    assert "直接签收" in form[0]
    assert "2026年5月20日" in form[0]
    hidden = dict(re.findall(r'name="(re|shown_seq|key)" value="([^"]*)"', form[0]))
    with at(11):
        assert desk("intake_officer", "county_a").post(form[1], hidden).status_code == 302
    assert Event.objects.filter(case=case, name="received").exists()


def test_a_receipt_is_not_offered_when_there_is_nothing_to_sign_for(desk, given):
    assert f"{address(given)}received/" not in body(desk("intake_officer", "county_a").get(address(given)))


# -- decisions


def test_requests_stand_first_with_what_they_ask_and_each_is_decided_by_itself(desk):
    case = a_case(rules=procedure(APPROVAL))
    with at(10):
        actions.record(
            case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a", "opinion": "请办"}
        )
    handler = officer("handler", "county_a")
    with at(11):
        actions.record(case, "received", by=officer("intake_officer", "county_a"))
        first = actions.record(
            case, "proposed", by=handler, facts={"for": "concluded", "outcome": "settled", "text": "已和解"}
        )[-1]
        second = actions.record(case, "proposed", by=handler, facts={"for": "concluded", "outcome": "explained"})[-1]
        head = desk("unit_head", "county_a")
        page = body(head.get(address(case)))
    assert "等您决定" in page
    assert "达成和解协议" in page
    assert page.count('action="' + address(case, "approved")) == 2
    form = body(head.get(f"{address(case, 'approved')}?re={first.seq}"))
    assert "决定哪一项" in form
    assert re.search(rf'value="{first.seq}"[^>]* checked', form)
    with at(12):
        assert head.post(address(case, "rejected"), {"re": str(first.seq), "reason": "再查"}).status_code == 302
        assert head.post(address(case, "approved"), {"re": str(second.seq)}).status_code == 302
    decided = {e.name: e.body for e in Event.objects.filter(case=case, name__in=["approved", "rejected"])}
    assert f'"re":[{second.seq}]' in decided["approved"]
    assert f'"re":[{first.seq}]' in decided["rejected"]


# -- what may be chosen


def offered(page, name):
    select = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.S)[0]
    return set(re.findall(r'<option value="([^"]+)"', select))


def test_units_that_make_no_sense_are_not_offered(desk, given):
    client = desk("intake_officer", "county_a")
    assert not any(u.startswith("external:") for u in offered(body(client.get(address(given, "dispatched"))), "to"))
    assert all(u.startswith("external:") for u in offered(body(client.get(address(given, "transferred_out"))), "to"))
    back = body(client.get(address(given, "returned")))
    assert offered(back, "to") == {"city"}


def test_a_new_party_is_described_not_chosen(desk, case):
    client = desk("intake_officer", "city")
    page = body(client.get(address(case, "party_added")))
    assert 'name="new.name"' in page
    assert 'name="party"' not in page
    sent_ = {"party_role": "witness", "new.name": "赵小华", "new.phone": "13800000003"}
    assert client.post(address(case, "party_added"), sent_).status_code == 302
    shown = body(client.get(address(case)))
    assert "证人" in shown
    assert "赵小华" not in shown


def test_a_new_classification_records_what_is_new_and_nothing_else(desk, case):
    client = desk("intake_officer", "city")
    data = {"kind": "complaint", "complexity": "complex", "amount_fen": "199", "reason": "涉及多店"}
    assert client.post(address(case, "classified"), data).status_code == 302
    text = Event.objects.get(case=case, name="classified").body
    assert '"complexity":"complex"' in text
    assert "amount_fen" not in text
    assert '"kind"' not in text


# -- corrections


def test_a_correction_goes_from_the_event_to_the_fact_and_shows_both_versions(desk, given):
    client = desk("intake_officer", "city")
    assert "要更正哪一步" in body(client.get(address(given, "amended")))
    facts = body(client.get(f"{address(given, 'amended')}?of=2"))
    assert "要更正哪一项" in facts
    form = body(client.get(f"{address(given, 'amended')}?of=2&field=to"))
    assert "甲县局" in form
    assert "签收" in form  # what rests on it
    data = {"of": "2", "field": "to", "now_is": "county_b", "reason": "选错单位"}
    look = client.post(address(given, "amended"), {**data, "look": "1"})
    assert "照这样记录以后" in body(look)
    with at(12):
        assert client.post(address(given, "amended"), data).status_code == 302
        page = body(client.get(address(given)))
    assert "有更正" in page
    assert "更正以后，请核对" in page
    told = Event.objects.get(case=given, name="amended").body
    assert '"was":"county_a"' in told
    assert '"now_is":"county_b"' in told


def test_a_correction_of_a_personal_text_keeps_both_in_the_vault(desk, given):
    client = desk("intake_officer", "city")
    form = body(client.get(f"{address(given, 'amended')}?of=2&field=opinion"))
    assert "现在的记录" in form
    data = {"of": "2", "field": "opinion", "now_is": "请于五日内办理", "reason": "写漏了"}
    assert client.post(address(given, "amended"), data).status_code == 302
    told = Event.objects.get(case=given, name="amended").body
    assert "请于五日内办理" not in told
    assert re.search(r'"was":\{[^}]*"vault"', told)


def test_annulling_lists_what_rests_on_it_and_asks_why(desk, given):
    client = desk("intake_officer", "city")
    form = body(client.get(f"{address(given, 'annulled')}?of=2"))
    assert "下列 1 步是依它办的" in form
    assert "签收" in form
    answer = client.post(address(given, "annulled"), {"of": "2", "reason": ""})
    assert answer.status_code == 409
    assert client.get(f"{address(given, 'annulled')}?of=99").status_code == 404
    assert client.get(f"{address(given, 'amended')}?of=2&field=number").status_code == 404


# -- the rest of the case page, and the boards


def test_the_case_page_shows_the_way_of_the_case_and_the_cases_that_belong_to_it(desk, given):
    other = a_case()
    facts = {"with": other.number, "relation": "same_matter"}
    with at(12):
        actions.record(given, "linked", by=officer("intake_officer", "city"), facts=facts)
    page = body(desk("intake_officer", "city").get(address(given)))
    assert "关联案件" in page
    assert address(other) in page
    assert "流转" in page
    assert "同一事项" in page
    assert address(other) not in body(desk("intake_officer", "county_a").get(address(given)))


def test_the_board_stands_by_unit_and_leads_to_the_cases(desk):
    old = a_case(datetime.now().replace(microsecond=0) - timedelta(days=40))
    client = desk("leader", "city")
    page = body(client.get("/board/"))
    assert "统计于" in page
    assert "/board/list/?what=red&amp;unit=city" in page
    found = body(client.get("/board/list/?what=red&unit=city"))
    assert address(old) in found
    assert "TRY-01" in found
    assert desk("leader", "county_b").get("/board/list/?what=red&unit=city").status_code == 404


def test_what_repeats_stands_beside_what_it_repeats(desk, case):
    other = a_case(MONDAY + timedelta(hours=1))
    with at(12):
        actions.record(
            other, "linked", by=officer("intake_officer", "city"), facts={"with": case.number, "relation": "repeat"}
        )
    page = body(desk("intake_officer", "city").get("/links/"))
    assert page.index(address(other)) < page.index(address(case))
    assert "重复投诉" in page
    assert address(case) not in body(desk("intake_officer", "county_b").get("/links/"))


@pytest.mark.parametrize(
    "path", ["/work/?of=unit", "/work/open/?sort=unassigned", "/board/", "/board/list/?what=red", "/links/", "/cases/"]
)
def test_no_list_asks_more_queries_than_a_page_may_however_much_there_is(desk, path):
    for n in range(6):
        a_case(MONDAY + timedelta(minutes=n), facts=FACTS, parties=PARTIES)
    client = desk("leader", "city")
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    assert len(asked) <= MOST
    assert Case.objects.count() == 6
