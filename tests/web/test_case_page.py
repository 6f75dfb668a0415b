"""The case page: what may be done, what is masked, and what the page answers when somebody takes a wrong turn."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huiyin.cases import actions
from huiyin.cases.actions import record
from huiyin.cases.models import Event
from huiyin.org import procedures
from huiyin.vault.models import RevealLog
from tests.cases.office import FACTS, PARTIES, a_case, officer

pytestmark = pytest.mark.django_db

ELEMENTS = {
    "when": "昨天",
    "where": "甲县第一商场",
    "who": "营业员",
    "why": "说已拆封",
    "within_duties": True,
    "real_name": True,
}
CASE_PAGE, STEP_PAGE = 18, 16  # queries at most


@pytest.fixture
def case():
    """A Jiangmen complaint at the city centre, registered and so accepted."""
    return registered("jiangmen/complaint", "city")


def registered(id, unit, **more):
    adopted = next(a for a in procedures.adopted(unit) if a.procedure == id)
    facts = {**FACTS, **ELEMENTS, **more}
    return actions.register(
        procedures.procedure_for(adopted.hash), unit, by=officer("intake_officer", unit), facts=facts, parties=PARTIES
    )


def sent(case):
    """The same, dispatched to the county and received there."""
    actions.record(
        case,
        "dispatched",
        by=officer("intake_officer", "city"),
        facts={"to": "county_a", "dispatch_kind": "forward", "case_subject": "水壶", "opinion": "请办理"},
    )
    actions.record(case, "received", by=officer("intake_officer", "county_a"))
    actions.record(
        case,
        "officers_assigned",
        by=officer("unit_head", "county_a"),
        facts={"officers": [officer("handler", "county_a").person.key], "duty": "handling"},
    )
    return case


def address(case, event=""):
    return f"/cases/{case.number}/{event}/" if event else f"/cases/{case.number}/"


def body(answer):
    return answer.content.decode()


# -- what it shows


def test_the_page_shows_next_steps_limits_with_articles_and_how_they_were_counted(desk, case):
    page = body(desk("intake_officer", "city").get(address(case)))
    assert "现在可以办的" in page
    assert address(case, "dispatched") in page
    assert "JM-4-3b" in page
    assert "开始当日不计算在内" in page
    assert "系统按规则记录" in page


def test_personal_values_are_masked_on_the_server(desk, case):
    page = body(desk("intake_officer", "city").get(address(case)))
    assert "138****8000" in page
    for plain in ("13800138000", "李四方", "城关一路"):
        assert plain not in page


def test_one_value_is_shown_for_a_reason_that_is_logged(desk, case):
    client = desk("intake_officer", "city")
    ref = re.search(r'name="ref" value="([0-9a-f]{32})"', body(client.get(address(case))))[1]
    without = client.post(address(case, "reveal"), {"ref": ref, "reason": ""})
    assert without.status_code == 422
    assert not RevealLog.objects.exists()
    shown = client.post(address(case, "reveal"), {"ref": ref, "reason": "电话核实"}, headers={"HX-Request": "true"})
    assert shown.status_code == 200
    log = RevealLog.objects.get()
    assert (log.reason, log.case_id, log.person) == ("电话核实", case.pk, officer("intake_officer", "city").person.key)


def test_a_value_of_another_case_is_not_there(desk, case):
    other = registered("jiangmen/complaint", "county_b")
    client = desk("intake_officer", "county_b")
    ref = re.search(r'name="ref" value="([0-9a-f]{32})"', body(client.get(address(other))))[1]
    assert (
        desk("intake_officer", "city").post(f"/cases/~{case.pk}/reveal/", {"ref": ref, "reason": "看看"}).status_code
        == 404
    )
    assert not RevealLog.objects.exists()


def test_a_case_one_may_not_see_is_a_404_like_one_that_is_not_there(desk, case):
    client = desk("handler", "county_b")
    assert client.get(address(case)).status_code == 404
    assert client.get("/cases/9999999/").status_code == 404
    assert client.post(address(case, "note_added"), {"text": "x"}).status_code == 404
    assert body(client.get(address(case))) == body(client.get("/cases/9999999/"))


def test_a_number_that_two_units_use_leads_to_the_list(desk):
    one, two = registered("jiangmen/complaint", "city"), a_case()
    type(one).objects.filter(pk=two.pk).update(number=one.number)
    client = desk("intake_officer", "city")
    answer = client.get(address(one), follow=True)
    assert answer.redirect_chain[-1][0].startswith("/cases/?number=")
    assert f"/cases/~{one.pk}/" in body(answer)
    assert client.get(f"/cases/~{two.pk}/").status_code == 200


# -- recording


def test_a_step_is_recorded_and_the_page_says_so(desk, case):
    client = desk("intake_officer", "city")
    answer = client.post(address(case, "note_added"), {"text": "已电话沟通"}, follow=True)
    assert "已记录“备注”" in body(answer)
    assert Event.objects.filter(case=case, name="note_added").count() == 1


def test_htmx_gets_the_form_alone_and_afterwards_the_case_in_its_place(desk, case):
    client = desk("intake_officer", "city")
    part = client.get(address(case, "note_added"), headers={"HX-Request": "true"})
    assert "<html" not in body(part)
    done = client.post(address(case, "note_added"), {"text": "好"}, headers={"HX-Request": "true"})
    assert (done.status_code, done["HX-Retarget"], done["HX-Replace-Url"]) == (200, "#main", address(case))
    assert "已记录“备注”" in body(done)


def test_the_same_form_sent_twice_is_recorded_once(desk, case):
    client = desk("intake_officer", "city")
    for _ in range(2):
        assert client.post(address(case, "note_added"), {"text": "一次", "key": "k-1"}).status_code == 302
    assert Event.objects.filter(case=case, name="note_added").count() == 1


@pytest.mark.clause("JM-2c")
def test_a_refusal_shows_article_and_reason_and_keeps_what_was_typed(desk, case):
    client = desk("handler", "county_a")
    sent(case)
    answer = client.post(address(case, "concluded"), {"outcome": "settled", "text": "商店已经退款"})
    page = body(answer)
    assert answer.status_code == 409
    assert "JM-2c" in page
    assert "办结前须已答复当事人" in page
    assert "商店已经退款" in page
    assert not Event.objects.filter(case=case, name="concluded").exists()


@pytest.mark.clause("JM-00c")
def test_a_dispatch_past_the_own_competence_is_refused(desk, case):
    answer = desk("intake_officer", "city").post(
        address(case, "dispatched"), {"to": "external:other_department", "opinion": "请办"}
    )
    assert answer.status_code == 409
    assert "JM-00c" in body(answer)


def test_who_may_not_extend_is_told_by_which_article_and_who_may(desk, case):
    sent(case)
    actions.record(
        case, "promised", by=officer("handler", "county_a"), facts={"due": "2099-09-30T17:00:00", "to": ["1"]}
    )
    answer = desk("handler", "county_a").post(
        address(case, "extended"), {"limit": "JM-4-7a", "until": "2099-10-15T17:00", "reason": "盘点"}
    )
    page = body(answer)
    assert answer.status_code == 409
    assert "JM-4-7a" in page
    assert "分管" in page or "主管" in page or "负责人" in page


def test_what_the_rules_ask_for_is_marked_and_its_absence_named(desk, case):
    sent(case)
    client = desk("handler", "county_a")
    form = body(client.get(address(case, "task_given")))
    assert "JM-3-1b" in form
    answer = client.post(address(case, "task_given"), {"to": "county_b", "text": "请收取发票"})
    page = body(answer)
    assert answer.status_code == 409
    assert "还缺：答复期限" in page
    assert "请收取发票" in page


def test_a_missing_required_fact_is_said_at_its_field(desk, case):
    answer = desk("intake_officer", "city").post(address(case, "dispatched"), {"opinion": "请办"})
    assert answer.status_code == 422
    assert "请办" in body(answer)


@pytest.mark.parametrize(
    ("event", "data", "said"),
    [
        ("contacted", {"reached": "perhaps"}, "请从列出的选项里选"),
        ("dispatched", {"to": "no_such_unit"}, "no_such_unit"),
        ("appointment_set", {"starts_at": "2026-02-30T09:00"}, "请写成"),
        ("settled", {"settled_fen": "a lot"}, ""),
        ("note_added", {"text": "x", "occurred": "never"}, "请写成"),
    ],
)
def test_wrong_values_are_named_with_422(desk, case, event, data, said):
    answer = desk("intake_officer", "city").post(address(case, event), data)
    assert answer.status_code == 422
    assert said in body(answer)


def test_a_moment_in_the_future_is_refused(desk, case):
    answer = desk("intake_officer", "city").post(
        address(case, "note_added"), {"text": "明天的事", "occurred": "2099-01-01T09:00"}
    )
    assert answer.status_code == 409
    assert "晚于现在" in body(answer)
    assert "明天的事" in body(answer)


def test_a_stale_page_is_told_what_changed_and_may_be_sent_again(desk, case):
    client = desk("intake_officer", "city")
    shown = re.search(r'name="shown_seq" value="(\d+)"', body(client.get(address(case, "dispatched"))))[1]
    actions.record(
        case,
        "party_informed",
        by=officer("intake_officer", "city"),
        facts={"to": ["1"], "about": "acceptance", "method": "phone", "text": "已受理"},
    )
    data = {
        "to": "county_a",
        "dispatch_kind": "forward",
        "case_subject": "水壶",
        "opinion": "请尽快办理",
        "shown_seq": shown,
    }
    answer = client.post(address(case, "dispatched"), data)
    page = body(answer)
    assert answer.status_code == 409
    assert "案件刚刚有了变化" in page
    assert "告知当事人" in page
    assert "请尽快办理" in page
    newer = re.search(r'name="shown_seq" value="(\d+)"', page)[1]
    assert int(newer) > int(shown)
    assert client.post(address(case, "dispatched"), {**data, "shown_seq": newer}).status_code == 302


def test_ten_megabytes_are_refused_in_words(desk, case):
    answer = desk("intake_officer", "city").post(address(case, "note_added"), {"text": "长" * 3_500_000})
    assert answer.status_code == 413
    assert "内容太长" in body(answer)


@pytest.mark.parametrize("event", ["nonsense", "registered", "due_recalculated", "imported"])
def test_what_is_no_step_of_an_officer_is_not_there(desk, case, event):
    assert desk("intake_officer", "city").get(address(case, event)).status_code == 404


def test_an_approval_shows_the_proposal_and_waits_in_the_to_dos(desk, case):
    sent(case)
    facts = {
        "for": "answer_submitted",
        "to": "city",
        "outcome": "settled",
        "opinion": "已退货退款",
        "parts": ["course", "facts", "opinion"],
    }
    actions.record(case, "proposed", by=officer("handler", "county_a"), facts=facts)
    head = desk("unit_head", "county_a")
    assert "等您批准" in body(head.get("/work/"))
    page = body(head.get(address(case, "approved")))
    assert "拟办：报送回复" in page
    assert "已退货退款" in page
    assert (
        head.post(
            address(case, "approved"), {"text": "核对无误", "re": re.search(r'name="re" value="(\d+)"', page)[1]}
        ).status_code
        == 302
    )
    assert "等您批准" not in body(head.get("/work/"))
    assert desk("handler", "county_b").get(address(case, "approved")).status_code == 404


def test_what_was_approved_need_not_be_typed_again(desk, case):
    sent(case)
    facts = {
        "for": "answer_submitted",
        "to": "city",
        "outcome": "settled",
        "opinion": "已退货退款",
        "parts": ["course", "facts", "opinion"],
    }
    actions.record(case, "proposed", by=officer("handler", "county_a"), facts=facts)
    actions.record(case, "approved", by=officer("unit_head", "county_a"))
    actions.record(case, "approved", by=officer("leader", "county_a"))
    client = desk("handler", "county_a")
    first = re.search(r'class="steps-next">\s*<li[^>]*>\s*<a href="([^"]+)"', body(client.get(address(case))))
    assert first[1].endswith("/answer_submitted/")
    assert "拟办已经批准" in body(client.get(address(case, "answer_submitted")))
    assert client.post(address(case, "answer_submitted"), {}).status_code == 302
    assert "已退货退款" in body(client.get(address(case)))


def test_the_queries_of_the_page_do_not_grow_with_the_case(desk, case):
    sent(case)
    client = desk("handler", "county_a")
    client.get(address(case))
    with CaptureQueriesContext(connection) as few:
        client.get(address(case))
    for n in range(8):
        actions.record(case, "note_added", by=officer("handler", "county_a"), facts={"text": f"第{n}次"})
    with CaptureQueriesContext(connection) as many:
        client.get(address(case))
    with CaptureQueriesContext(connection) as step:
        client.get(address(case, "checked"), headers={"HX-Request": "true"})
    assert len(many) == len(few) <= CASE_PAGE
    assert len(step) <= STEP_PAGE


def test_a_long_course_shows_the_newest_entries_and_folds_the_others(desk, case):
    by = officer("intake_officer", "city")
    for n in range(45):
        record(case, "note_added", by=by, facts={"text": f"第{n}次"})
    page = body(desk("intake_officer", "city").get(address(case)))
    folded = page.partition('<details class="apart earlier"><summary>更早的 ')[2]
    assert page.count("次</span>") == 45
    assert 10 <= folded.count("次</span>") <= 20
