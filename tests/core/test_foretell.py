"""What the form of an event says beforehand: who asks for which fact, what it begins and meets, what it carries out."""

from datetime import datetime

import pytest

from huiyin.core.foretell import demanded, foresee
from huiyin.core.sample import sample_actor
from tests.core.mini import calendar, library, stage
from tests.core.test_limits import CONCLUDE


@pytest.mark.parametrize(
    ("holds", "facts"),
    [
        ({"fact": "outcome", "is": "set"}, ("outcome",)),
        ({"fact": "outcome", "set": True}, ("outcome",)),
        ({"all": [{"fact": "account", "is": "set"}, {"fact": "text", "set": True}]}, ("account", "text")),
        ({"fact": "within_duties", "is": True}, ()),
        ({"any": [{"fact": "reason", "is": "set"}, {"seen": "replied"}]}, ()),
        (None, ()),
    ],
)
def test_a_condition_demands_the_facts_that_it_wants_set(holds, facts):
    assert demanded(holds) == facts


RULES = (
    CONCLUDE
    + """
[[step]]
event = "concluded"
after = ["received"]
by = ["handler@here"]
needs = ["finding"]
clause = "STEP"
says = "写明认定"
[[gate]]
name = "has_outcome"
event = "concluded"
holds = { fact = "outcome", is = "set" }
clause = "GATE"
says = "写明结果"
[[approval]]
event = "concluded"
by = ["leader@here"]
clause = "LEADER"
says = "领导批准"
"""
)
PROPOSED = (
    '{ event = "proposed", at = 2025-09-17T09:00:00, by = "handler@county_a", for = "concluded", outcome = "settled" },'
)
APPROVED = '{ event = "approved", at = 2025-09-17T10:00:00, by = "leader@county_a" },'


def look(event, by, events=""):
    main = stage(RULES, events).main
    lib = library(RULES)
    actor = sample_actor(lib.vocabulary, by, main.world, main.view.parties)
    return foresee(
        lib.procedure("henan/complaint"),
        main.view,
        event,
        actor=actor,
        world=main.world,
        calendar=calendar(),
        now=datetime(2025, 9, 18, 9),
    )


def test_a_form_knows_who_asks_for_what_and_which_limit_it_meets():
    seen = look("concluded", "handler@county_a")
    assert {fact: [ask.clauses for ask in asks] for fact, asks in seen.asks.items()} == {
        "finding": [("STEP",)],
        "outcome": [("GATE",)],
    }
    assert [limit.clauses for limit in seen.meets] == [("A",)]
    assert seen.approvers == ("leader@here",)
    assert seen.of is None


def test_what_a_dispatch_begins_is_told_beforehand():
    assert look("replied", "handler@county_a").usual == {"to": ("complainant",)}
    assert [limit.clauses for limit in look("received", "intake_officer@county_a").begins] == [("A",)]


def test_an_approver_sees_the_proposal_and_the_handler_what_was_approved():
    asked = look("approved", "leader@county_a", PROPOSED)
    assert asked.of is not None
    assert asked.of.facts["for"] == "concluded"
    assert look("concluded", "handler@county_a", PROPOSED).of is None
    assert look("concluded", "handler@county_a", PROPOSED + APPROVED).of.facts["outcome"] == "settled"
