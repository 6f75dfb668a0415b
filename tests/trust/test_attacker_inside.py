"""An officer or administrator who wants to get round another's decision, to keep what he had to leave, or to see what is not his to see."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from huiyin.accounts import actions as accounts
from huiyin.accounts import looks, throttle
from huiyin.api.models import SCOPES
from huiyin.cases import access, clock, counters, extracts, identity
from huiyin.cases.actions import record
from huiyin.cases.queries import open_case
from huiyin.cases.timeline import timeline
from huiyin.core.access import may_find
from huiyin.core.model import Refused
from huiyin.org import actions as org
from huiyin.org import queries
from huiyin.org.actions import BadAct
from huiyin.retention import actions as retention
from huiyin.vault.models import RevealLog
from tests.api.clients import Api
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer, procedure
from tests.retention.old import LATER, archived, keeper, lines

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_world")]
TWO_STEPS = """
[[approval]]
event  = "concluded"
by     = ["unit_head@here", "leader@here"]
clause = "TRY-30"
says   = "办结经科室负责人和分管领导同意"
"""
HANDLER, HEAD, LEADER = ("handler", "county_a"), ("unit_head", "county_a"), ("leader", "county_a")
DONE = {"outcome": "settled", "text": "双方谈妥"}


@pytest.fixture(autouse=True)
def at_nine():
    with clock.at(MONDAY):
        yield


def at_county(*, rules=None, **facts):
    """A case that county A has."""
    kind = facts.get("kind", "complaint")
    role = "reporter" if kind == "report" else "complainant"
    case = a_case(rules=rules, facts={**FACTS, **facts}, parties=[{**PARTIES[0], "role": role}, PARTIES[1]])
    record(case, "accepted", by=officer("intake_officer", "city"))
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    record(case, "received", by=officer("intake_officer", "county_a"))
    return case


def refused(case, event, by, re=(), **facts):
    with pytest.raises(Refused) as found:
        record(case, event, by=by, re=re, facts=facts)
    assert found.value.stage in ("role", "approval"), found.value
    return found.value


# -- decisions of others


def proposed():
    case = at_county(rules=procedure(TWO_STEPS))
    asked = record(case, "proposed", by=officer(*HANDLER), facts={"for": "concluded", **DONE})[0].seq
    return case, asked


def test_nobody_says_that_an_approval_was_given_by_somebody_else():
    case, asked = proposed()
    given = record(case, "approved", by=officer(*HEAD), re=[asked])[0].seq
    forged = {"event_no": given, "field": "by", "now_is": "leader@county_a", "reason": "记错"}
    for one in (HANDLER, HEAD):
        refused(case, "amended", officer(*one), [given], **forged)
    refused(case, "concluded", officer(*HANDLER), **DONE)


@pytest.mark.parametrize("answer", ["approved", "rejected"])
def test_an_answer_is_taken_back_by_nobody_but_who_gave_it(answer):
    case, asked = proposed()
    facts = {"reason": "材料不足"} if answer == "rejected" else {}
    given = record(case, answer, by=officer(*HEAD), re=[asked], facts=facts)[0].seq
    refused(case, "annulled", officer(*HANDLER), [given], reason="不算")
    record(case, "annulled", by=officer(*HEAD), re=[given], facts={"reason": "看错了案件"})


def test_one_person_with_two_posts_is_one_approval():
    case, asked = proposed()
    head = officer(*HEAD)
    record(case, "approved", by=head, re=[asked])
    also = org.appoint(head.person, "leader", "county_a", since=date(2026, 5, 1))
    refused(case, "approved", also, [asked])
    record(case, "approved", by=officer(*LEADER), re=[asked])
    record(case, "concluded", by=officer(*HANDLER), facts=DONE)


def test_a_unit_does_not_take_back_what_was_said_of_its_work():
    case = at_county()
    seq = record(case, "urged", by=officer("intake_officer", "city"), facts={"to": "county_a", "text": "请抓紧"})[0].seq
    for who in (HANDLER, HEAD):
        refused(case, "annulled", officer(*who), [seq], reason="没有这回事")
        refused(
            case, "amended", officer(*who), [seq], event_no=seq, field="at", now_is="2026-05-11T08:00", reason="时间"
        )


# -- a hold


def test_a_hold_is_lifted_by_those_who_review_alone_in_whatever_way():
    case, clerk = archived(), officer("handler", "city")
    held = retention.hold(case, by=keeper(), reason="有诉讼")[0].seq
    refused(case, "unmarked", clerk, mark="legal_hold", reason="不用了")
    refused(case, "annulled", clerk, [held], reason="记错")
    refused(
        case, "amended", clerk, [held], event_no=held, field="mark", was="legal_hold", now_is="typical", reason="记错"
    )
    case.refresh_from_db()
    assert "legal_hold" in case.marks.split()
    retention.release(case, by=officer("unit_head", "city"), reason="诉讼已结束")


# -- leaving


@pytest.mark.clause("HN-BM-06a", "HN-BM-06c")
@pytest.mark.parametrize("kind", ["complaint", "report", "staff_complaint"])
def test_who_went_to_another_county_sees_nothing_of_what_he_did_before(kind):
    case, one = at_county(kind=kind), officer(*HANDLER)
    record(case, "progress_noted", by=one, facts={"text": "已联系商店"})
    assert access.one_seen(one, case.pk)
    org.end_posting(one, until=queries.today() - timedelta(1))
    elsewhere = org.appoint(one.person, "handler", "county_b", since=queries.today())
    assert not access.one_seen(elsewhere, case.pk)
    opened = open_case(case)
    assert not may_find(opened.view, queries.actor_of(elsewhere), opened.world)
    browser = Client()
    browser.force_login(one.person)
    assert browser.get(f"/cases/~{case.pk}/").status_code == 404


# -- administrators and accounts


def test_nobody_appoints_himself_or_sets_his_own_password_without_the_old_one():
    security = officer("security_administrator", "province")
    with pytest.raises(BadAct):
        org.appoint(security.person, "unit_head", "county_a", since=date(2026, 5, 1), by=security)
    with pytest.raises(BadAct):
        org.set_password(security.person, "drei-lange-Woerter-7", by=security)


def test_a_county_does_not_clear_the_second_factor_of_somebody_posted_above():
    low = org.appoint(org.create_person("sec.low", "低"), "security_administrator", "county_a", since=date(2026, 1, 1))
    high = officer("security_administrator", "province").person
    org.appoint(high, "handler", "county_a", since=date(2026, 1, 1))
    for act in (accounts.reset_factors, accounts.reset_password, accounts.unlock, accounts.end_sessions):
        with pytest.raises(PermissionDenied):
            act(high, by=low)


def test_the_old_password_cannot_be_found_out_at_an_open_desk(settings):
    from dataclasses import replace

    settings.ENTRANCE = replace(settings.ENTRANCE, tries_account=4)
    one, right = officer(*HANDLER).person, "drei-lange-Woerter-7"
    org.set_password(one, right)
    browser = Client()
    browser.force_login(one)
    new = "vier-andere-Woerter-8"
    for guess in ("a", "b", "c", "d"):
        answer = browser.post("/password/", {"old": guess, "new": new, "again": new})
        assert answer.status_code == 422
    assert browser.post("/password/", {"old": right, "new": new, "again": new}).status_code == 422
    one.refresh_from_db()
    assert one.check_password(right)
    throttle.forgive("account", one.username.casefold())
    assert browser.post("/password/", {"old": right, "new": new, "again": new}).status_code == 302


# -- figures


def test_no_figure_tells_somebody_that_there_is_a_case_about_him():
    one = officer(*HANDLER)
    before = counters._count(clock.now())
    about = {**PARTIES[1], "officer": f"p{one.person_id}", "respondent_kind": "official"}
    case = a_case(facts={**FACTS, "kind": "staff_complaint"}, parties=[PARTIES[0], about])
    record(case, "accepted", by=officer("intake_officer", "city"))
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    assert not access.one_seen(one, case.pk)
    assert counters._count(clock.now()) == before
    day = MONDAY.date()
    assert extracts.departments(["city", "county_a"], day, day) == []
    record(at_county(), "urged", by=officer("intake_officer", "city"), facts={"to": "county_a", "text": "请抓紧"})
    assert counters._count(clock.now()) != before
    assert extracts.departments(["city", "county_a"], day, day) != []


# -- deputies


def deputy_of(principal, name="deputy.one"):
    person = org.create_person(name, "代理人")
    return org.appoint(
        person, principal.role, principal.unit_id, since=date(2026, 1, 1), until=date(2099, 1, 1), deputy_for=principal
    )


def test_the_deputy_of_whom_it_is_about_does_not_find_it_either():
    head = officer(*HEAD)
    stand_in = deputy_of(head)
    about = {**PARTIES[1], "officer": head.person.key, "respondent_kind": "official"}
    case = a_case(facts={**FACTS, "kind": "staff_complaint"}, parties=[PARTIES[0], about])
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    assert not access.one_seen(head, case.pk)
    assert not access.one_seen(stand_in, case.pk)
    assert access.one_seen(officer(*LEADER), case.pk)
    assert access.one_seen(stand_in, at_county().pk)


def test_the_deputy_of_the_asker_does_not_agree_for_him():
    about = {
        "role": "respondent",
        "name": "某人",
        "respondent_kind": "official",
        "officer": f"p{officer(*HANDLER).person_id}",
    }
    case = a_case(facts={**FACTS, "kind": "staff_complaint"}, parties=[PARTIES[0], about])
    head = officer("unit_head", "city")
    stand_in = deputy_of(head)
    asked = identity.ask(open_case(case), head, "1", "需要核实")
    with pytest.raises(identity.NotMasked):
        identity.answer(stand_in, asked, grant=True)
    assert asked.pk not in [row.pk for row, _opened in identity.waiting(stand_in)]


def test_a_reviewer_and_his_deputy_are_one_review():
    case = archived()
    with clock.at(LATER):
        (line,) = lines(retention.propose([case.pk], by=keeper()))
        head = officer("unit_head", "city")
        assert retention.review([line], by=head, agrees=True) == 1
        assert retention.review([line], by=deputy_of(head), agrees=True) == 0
        assert retention.review([line], by=officer("leader", "city"), agrees=True) == 1


# -- reasons


def test_a_reason_that_is_kept_for_good_names_nobody(proven):
    case, one = at_county(kind="report"), officer(*HANDLER)
    ref = next(m.ref for m in identity.masked(open_case(case), one).values() if m.party == "1" and m.name == "phone")
    for telling in ("联系李四方核实", "打 138 0013 8000 核实", "去城关一路1号取证"):
        answer = proven(one).post(f"/cases/~{case.pk}/reveal/", {"ref": ref, "reason": telling})
        assert answer.status_code == 422
        assert "请不要写出当事人" in answer.content.decode()
        told = Api(one, SCOPES).post(f"/cases/~{case.pk}/identity", {"party": "1", "reason": telling})
        assert told.status_code == 422
    assert not RevealLog.objects.exists()
    assert proven(one).post(f"/cases/~{case.pk}/reveal/", {"ref": ref, "reason": "约定取证时间"}).status_code == 200


def test_nor_does_the_reason_for_keeping_a_case():
    case = archived()
    with clock.at(LATER):
        (line,) = lines(retention.propose([case.pk], by=keeper()))
        for act in (retention.leave_out, lambda item, **more: retention.review([item], agrees=False, **more)):
            with pytest.raises(retention.BadDisposal):
                act(line, by=officer("unit_head", "city"), reason="李四方还要用")
        assert retention.leave_out(line, by=officer("unit_head", "city"), reason="当事人还要用") == 1


# -- dates


def test_what_is_dated_back_is_marked_as_entered_later(proven):
    case, head = at_county(), officer(*HEAD)
    with clock.at(MONDAY + timedelta(days=9)):
        record(
            case,
            "progress_noted",
            by=officer(*HANDLER),
            facts={"text": "当天就办了"},
            occurred=MONDAY + timedelta(days=1),
        )
        record(case, "progress_noted", by=officer(*HANDLER), facts={"text": "今天办的"})
        rows = timeline(open_case(case), head)
        assert [row.late_entry for row in rows[-2:]] == [True, False]
        assert proven(head).get(f"/cases/~{case.pk}/").content.decode().count("补录</span>") == 1


@pytest.mark.parametrize(
    ("event", "facts", "parties"),
    [
        ("party_removed", {"party": "2", "reason": "写错"}, ()),
        ("party_added", {"party": "2"}, {"2": {"role": "respondent", "officer": "other"}}),
    ],
    ids=["removed", "replaced"],
)
def test_the_wall_stays_when_a_colleague_takes_the_name_out(event, facts, parties):
    head, other = officer(*HEAD), officer("handler", "county_b").person.key
    about = {**PARTIES[1], "officer": head.person.key, "respondent_kind": "official"}
    case = a_case(facts={**FACTS, "kind": "staff_complaint"}, parties=[PARTIES[0], about])
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    record(case, "received", by=officer("intake_officer", "county_a"))
    given = {no: {**party, "officer": other} for no, party in dict(parties).items()}
    record(case, event, by=officer(*HANDLER), facts=facts, parties=given)
    assert not access.one_seen(head, case.pk)
    opened = open_case(case)
    assert not may_find(opened.view, queries.actor_of(head), opened.world)


# -- taking out


def test_a_report_tells_to_whom_it_went_out_in_a_list(proven):
    case, plain, one = at_county(kind="report"), at_county(), officer(*HANDLER)
    browser = proven(one)
    at = browser.post("/search/", {"words": "水壶用了"}).url.partition("=")[2]
    answer = browser.post("/export/", {"s": at, "way": "now", "reason": "季度汇总"})
    taken = b"".join(answer.streaming_content).decode()
    assert case.number in taken
    (row,) = [row for row in looks.of_case(case.pk) if row.how == looks.EXPORT]
    assert (row.person, row.reason) == (one.person.key, "季度汇总")
    assert not [row for row in looks.of_case(plain.pk) if row.how == looks.EXPORT]
    assert "季度汇总" in proven(officer(*HEAD)).get(f"/cases/~{case.pk}/looks/").content.decode()
