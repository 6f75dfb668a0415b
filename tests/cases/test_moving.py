"""What other rules would mean for open cases, and moving cases to them: an event with its reason, once."""

from datetime import date, datetime

import pytest

from huiyin.cases import clock, moving
from huiyin.cases.actions import record
from huiyin.cases.models import Case, Event
from huiyin.dues.models import Due
from tests.cases.office import FACTS, a_case, officer, procedure

pytestmark = pytest.mark.usefixtures("world")
NOTICE = """
[[limit]]
name   = "tell"
from   = "registered"
to     = "party_informed"
within = { n = 3, unit = "working_day" }
clause = "TRY-20"
says   = "三个工作日内告知"
"""
AT = datetime(2026, 5, 12, 9)
REASON = "新办法施行，经研究适用于办理中的案件"


@pytest.fixture
def after():
    return procedure(NOTICE, in_force=date(2026, 5, 1))


def test_only_cases_whose_duties_would_be_others_are_listed(after):
    case, told = a_case(rules=procedure()), a_case(rules=procedure())
    with clock.at(AT):
        record(
            told,
            "party_informed",
            by=officer("intake_officer", "city"),
            facts={"about": "acceptance", "method": "phone"},
        )
        found = list(moving.what_would_change("trial/complaint", after))
    assert [change.case.pk for change in found] == [case.pk]
    [moved] = found[0].moved
    assert (moved.how, moved.after.clauses, moved.after.end.day) == ("new", ("TRY-20",), date(2026, 5, 14))
    assert list(moving.what_would_change("trial/complaint", procedure())) == []
    assert list(moving.what_would_change("trial/complaint", after, unit="county_b")) == []


def test_a_case_is_moved_by_an_event_and_owes_what_the_new_rules_say(after):
    case = a_case(rules=procedure())
    head = officer("unit_head", "city")
    with clock.at(AT):
        done = moving.move([case], after, by=head, reason=REASON)
        again = moving.move([case], after, by=head, reason=REASON)
    assert (done.moved, done.refused, again.moved, again.passed_over) == (1, [], 0, 1)
    case.refresh_from_db()
    assert case.procedure_hash == after.hash
    assert Event.objects.filter(case=case, name="rebased").count() == 1
    assert REASON not in Event.objects.get(case=case, name="rebased").body
    assert Due.objects.filter(subject_id=case.pk, name="tell").count() == 1


def test_one_that_may_not_be_moved_is_named_and_the_others_go_on(after):
    mine, theirs = a_case(rules=procedure()), a_case(rules=procedure(), facts={**FACTS, "kind": "report"})
    head = officer("unit_head", "county_b")
    with clock.at(AT):
        record(mine, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_b"})
        record(mine, "received", by=officer("intake_officer", "county_b"))
        done = moving.move([theirs, mine], after, by=head, reason=REASON)
    assert (done.moved, [case.pk for case, _error in done.refused]) == (1, [theirs.pk])
    assert Case.objects.get(pk=theirs.pk).procedure_hash == procedure().hash
