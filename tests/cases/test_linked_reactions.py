"""What the rules of a case write on the cases linked to it, in the same act."""

from datetime import timedelta

from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.cases.models import Event
from huiyin.cases.queries import open_case
from tests.cases.office import MONDAY, a_case, officer, procedure

HOUR = timedelta(hours=1)
RULES = """
[[reaction]]
on     = { event = "findings_made", where = { finding = "founded" } }
then   = { event = "breach_recorded", on = "linked", relation = "about_handling", sort = "handling_fault" }
clause = "TRY-30"
says   = "查实的，在原件上记录失责"
"""


def test_it_is_written_on_the_linked_case_with_its_clause_and_only_there():
    rules = procedure(RULES)
    first, review, other = (a_case(rules=rules) for _ in range(3))
    by = officer("intake_officer", "city")
    for hour, case, relation in ((1, first, "about_handling"), (2, other, "same_matter")):
        with clock.at(MONDAY + hour * HOUR):
            record(review, "linked", by=by, facts={"with": case.number, "relation": relation})
    with clock.at(MONDAY + 3 * HOUR):
        record(review, "findings_made", by=officer("handler", "city"), facts={"finding": "founded"})
    written = Event.objects.get(name="breach_recorded")
    assert written.case_id == first.pk
    event = open_case(first).view.events[-1]
    assert (event.name, event.clauses, event.actor.role) == ("breach_recorded", ("TRY-30",), "system")


def test_without_such_rules_other_cases_are_left_alone():
    first, review = a_case(), a_case()
    with clock.at(MONDAY + HOUR):
        record(
            review,
            "linked",
            by=officer("intake_officer", "city"),
            facts={"with": first.number, "relation": "about_handling"},
        )
        record(review, "findings_made", by=officer("handler", "city"), facts={"finding": "founded"})
    assert not Event.objects.filter(name="breach_recorded").exists()
