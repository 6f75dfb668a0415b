"""The meter's rules: every rule on registering and on the next step, with the facts it looks at, and whether it holds for what is typed."""

from datetime import datetime

import pytest

from huiyin.core.history import History
from huiyin.core.model import Actor, Attempt, Party
from huiyin.core.readiness import ADVISED, DEMANDED, Element, asked_of, looked_at, readiness, renamed
from huiyin.core.sample import SampleWorld
from huiyin.core.vocabulary import load_vocabulary
from tests.core import mini

NOW = datetime(2026, 5, 11, 9, 0)
WORDS = load_vocabulary()
RULES = """
[[step]]
event  = "registered"
by     = ["intake_officer@here"]
needs  = ["channel"]
clause = "TRY-1"
says   = "记明渠道"

[[gate]]
event  = "registered"
when   = { kind = "complaint" }
holds  = { all = [{ fact = "demand", is = "set" }, { any = [{ fact = "complainant.phone", is = "set" }, { fact = "not_given", is = "set" }] }] }
clause = "TRY-2"
says   = "写明要求和电话"

[[hint]]
event  = "registered"
holds  = { fact = "evidence", is = "set" }
clause = "TRY-3"
says   = "最好有证据"

[[gate]]
event  = "accepted"
holds  = { fact = "within_duties", is_not = false }
clause = "TRY-4"
says   = "属于职责范围的才予受理"

[[gate]]
event  = "accepted"
holds  = { fact = "basis", is = "set" }
clause = "TRY-5"
says   = "写明依据"
"""


def look(facts, parties=None, before=("accepted",)):
    rules = mini.library(RULES).procedure("henan/complaint")
    actor = Actor("intake_officer", rules.intake, "p1")
    attempt = Attempt("registered", NOW, {}, facts, parties or {}, (), {}, None)
    return readiness(
        rules, attempt, before=before, actor=actor, world=SampleWorld(WORDS, "henan"), calendar=mini.calendar(), now=NOW, vocabulary=WORDS
    )  # fmt: skip


def by_clause(found):
    return {p.clauses[0]: p for p in found.points}


def test_every_rule_on_registering_is_a_point_and_says_what_it_looks_at():
    points = by_clause(look({"kind": "complaint"}))
    assert {c: p.sort for c, p in points.items() if c in ("TRY-1", "TRY-2", "TRY-3")} == {
        "TRY-1": DEMANDED, "TRY-2": DEMANDED, "TRY-3": ADVISED,
    }  # fmt: skip
    assert [e.fact for e in points["TRY-2"].elements] == ["demand", "complainant.phone", "not_given"]
    assert not any(p.met for c, p in points.items() if c in ("TRY-1", "TRY-2", "TRY-3"))


def test_a_point_is_met_whichever_way_its_rule_allows():
    facts = {"kind": "complaint", "channel": "phone", "demand": "x", "not_given": "电话：没有"}
    points = by_clause(look(facts))
    assert points["TRY-1"].met
    assert points["TRY-2"].met
    assert points["TRY-2"].elements[1] == Element("complainant.phone", False)
    party = {"1": Party("1", "complainant", {}, frozenset({"phone"}))}
    assert by_clause(look({"kind": "complaint", "demand": "x"}, party))["TRY-2"].met


def test_a_rule_that_does_not_apply_is_no_point():
    assert "TRY-2" not in by_clause(look({"kind": "enquiry"}))


def test_the_next_step_is_looked_at_without_what_its_own_form_will_bring():
    points = by_clause(look({"kind": "complaint", "within_duties": False}))
    assert (points["TRY-4"].event, points["TRY-4"].met) == ("accepted", False)
    assert "TRY-5" not in points
    assert by_clause(look({"kind": "complaint"}))["TRY-4"].met
    assert "TRY-4" not in by_clause(look({"kind": "complaint"}, before=()))


def test_what_the_officer_could_record_next_is_offered_with_it():
    assert "accepted" in look({"kind": "complaint", "channel": "phone"}).offers


def test_facts_by_the_role_of_who_sends_it_in():
    found = look({"kind": "complaint"})
    assert "reporter.phone" in asked_of(found.points, "reporter")
    point = next(p for p in found.points if p.clauses == ("TRY-2",))
    assert renamed(point, "reporter").elements[1].fact == "reporter.phone"
    assert found.facts()["demand"] is False


@pytest.mark.parametrize(
    ("holds", "facts"),
    [
        ({"fact": "what", "is": "set"}, ["what"]), ({"seen": "accepted"}, []), (None, []),
        ({"any": [{"fact": "what"}, {"fact": "nothing"}]}, ["what"]),
        ({"none": [{"all": [{"fact": "respondent.name"}]}]}, ["respondent.name"]),
    ],
)  # fmt: skip
def test_only_facts_of_the_case_and_its_parties_are_looked_at(holds, facts):
    assert list(looked_at(holds, WORDS)) == facts


def test_nothing_is_decided_or_kept():
    view = History([], WORDS)
    look({"kind": "complaint"})
    assert view.events == []
