"""What may be recorded: the order of checks, steps, gates, bars, approvals, extensions, reactions."""

from dataclasses import replace
from datetime import datetime

import pytest

from huiyin.core.compose import compile_source, procedure_source
from huiyin.core.decide import decide
from huiyin.core.dues import dues
from huiyin.core.errors import RuleError
from huiyin.core.model import Attempt, Refused
from huiyin.core.sample import sample_actor
from tests.core.mini import calendar, holds, library, play, stage
from tests.core.test_limits import CONCLUDE

ORDER = """
[[bar]]
event = "concluded"
by = "any@county_x"
clause = "BAR"
says = "不得"
[[step]]
event = "concluded"
after = ["checked"]
by = ["handler@here"]
needs = ["outcome"]
clause = "STEP"
says = "核实后办结"
[[gate]]
name = "answered"
event = "concluded"
holds = { any = [{ seen = "replied" }, { fact = "reason", is = "set" }] }
clause = "GATE"
says = "先答复"
""".replace("any@county_x", "handler@sender")
DONE = '{{ event = "concluded", at = 2025-09-17T10:00:00, by = "{by}", {facts} }},'
CHECKED = '{ event = "checked", at = 2025-09-16T10:00:00, by = "handler@county_a", text = "看过" },'


def test_the_first_failing_stage_is_the_one_cited():
    holds(ORDER, DONE.format(by="handler@city", facts='text = "办完"'), 'refused = ["BAR"]')
    holds(ORDER, DONE.format(by="handler@county_a", facts='text = "办完"'), 'refused = ["STEP"]')
    holds(ORDER, CHECKED + DONE.format(by="archivist@county_a", facts='outcome = "solved"'), 'refused = ["STEP"]')
    both = CHECKED + DONE.format(by="handler@county_a", facts='text = "没有结果"')
    holds(ORDER, both, 'refused = ["STEP", "GATE"]')


def test_a_gate_is_met_by_what_it_asks_for():
    holds(
        ORDER,
        CHECKED + DONE.format(by="handler@county_a", facts='outcome = "solved", reason = "联系不上"'),
        'stage = "conclusion"',
    )


def test_refusals_say_what_is_missing():
    found = play(ORDER, CHECKED + DONE.format(by="handler@county_a", facts='reason = "联系不上"'))
    assert not found.passed
    assert "'missing': ('outcome',)" in found.error


def test_nobody_without_the_case_acts_on_it():
    holds(
        "", '{ event = "checked", at = 2025-09-16T10:00:00, by = "handler@county_b", text = "看" },', "refused = true"
    )


def test_what_happens_in_the_future_is_refused():
    lib, world = library(CONCLUDE), stage("").main.world
    actor = sample_actor(lib.vocabulary, "intake_officer@city", world, {})
    attempt = Attempt("registered", datetime(2025, 9, 16, 9))
    with pytest.raises(Refused) as refused:
        decide(
            lib.procedure("henan/complaint"), [], attempt, actor=actor, world=world, calendar=calendar(),
            now=datetime(2025, 9, 15), vocabulary=lib.vocabulary,
        )  # fmt: skip
    assert (refused.value.stage, refused.value.code) == ("world", "in_the_future")


WINDOW = """
[[step]]
event = "return_requested"
after = ["received"]
by = ["handler@here"]
until = { from = "received", within = { n = 1, unit = "working_day" } }
clause = "W"
says = "一个工作日内"
"""


def test_a_step_that_ends_is_closed_afterwards():
    asked = '{{ event = "return_requested", at = {at}, by = "handler@county_a", reason = "不属本局" }},'
    holds(WINDOW, asked.format(at="2025-09-16T23:59:59"), 'stage = "handling"')
    holds(WINDOW, asked.format(at="2025-09-17T00:00:00"), 'refused = ["W"]')


APPROVAL = """
[[approval]]
event = "filed"
by = ["unit_head@here", "leader@here"]
in_order = true
clause = "V"
says = "两级批准"
"""
PROPOSED = '{ event = "proposed", at = 2025-09-16T09:00:00, by = "enforcement_officer@county_a", label = "p", for = "filed", text = "涉嫌违法" },'
APPROVED = '{{ event = "approved", at = 2025-09-16T{at}:00:00, by = "{by}", re = "p" }},'
FILED = '{ event = "filed", at = 2025-09-16T17:00:00, by = "enforcement_officer@county_a", text = "涉嫌违法" },'


def test_an_event_waits_for_all_its_approvals_in_their_order():
    holds(APPROVAL, FILED, 'refused = ["V"]')
    holds(APPROVAL, PROPOSED + APPROVED.format(at=10, by="leader@county_a"), 'refused = ["V"]')
    half = PROPOSED + APPROVED.format(at=10, by="unit_head@county_a")
    holds(APPROVAL, half + FILED, 'refused = ["V"]')
    holds(APPROVAL, half, 'as = "leader@county_a"\noffers = ["approved"]')
    holds(APPROVAL, half, 'as = "enforcement_officer@county_a"\nbars = ["filed"]')
    holds(
        APPROVAL,
        half + APPROVED.format(at=11, by="leader@county_a"),
        'as = "enforcement_officer@county_a"\noffers = ["filed"]',
    )


def test_an_approval_binds_the_facts_and_is_used_up():
    full = PROPOSED + APPROVED.format(at=10, by="unit_head@county_a") + APPROVED.format(at=11, by="leader@county_a")
    other = FILED.replace("涉嫌违法", "另一事由")
    holds(APPROVAL, full + other, 'refused = ["V"]')
    holds(APPROVAL, full + FILED + FILED.replace("T17", "T18"), 'refused = ["V"]')


def test_the_head_of_another_unit_cannot_approve():
    holds(APPROVAL, PROPOSED + APPROVED.format(at=10, by="unit_head@county_b"), 'refused = ["V"]')


EXTEND = (
    CONCLUDE
    + """
[[extension]]
of = ["A"]
exactly = { n = 5, unit = "working_day" }
times = 1
request_by = "handler@here"
approved_by = ["unit_head@first_dispatcher"]
clause = "X"
says = "延长五日"
"""
)
ASK = (
    '{ event = "extension_requested", at = 2025-09-22T09:00:00, by = "handler@county_a", label = "r", reason = "检测", '
    'length = { n = 5, unit = "working_day" } },'
)
YES = '{ event = "approved", at = 2025-09-23T09:00:00, by = "unit_head@city", re = "r" },'


def test_an_extension_moves_the_limit_when_granted_and_not_before():
    holds(EXTEND, ASK, "due = { A = 2025-09-24 }")
    holds(EXTEND, ASK + YES, 'due = { A = 2025-09-30, X = 2025-09-30 }\nwritten = ["extended"]')


def test_who_may_not_grant_it_is_refused_with_the_clause():
    holds(EXTEND, ASK + YES.replace("unit_head@city", "unit_head@county_a"), 'refused = ["X"]')
    alone = '{ event = "extended", at = 2025-09-23T09:00:00, by = "handler@county_a", length = { n = 5, unit = "working_day" } },'
    holds(EXTEND, alone, 'refused = ["X"]')
    holds(EXTEND, alone.replace("handler@county_a", "unit_head@city"), "due = { A = 2025-09-30 }")


def test_wrong_lengths_and_second_times_are_refused_when_asked():
    holds(EXTEND, ASK.replace("n = 5", "n = 6"), 'refused = ["X"]')
    holds(EXTEND, ASK + YES + ASK.replace("09-22", "09-24").replace('"r"', '"r2"'), 'refused = ["X"]')


def test_an_extension_granted_after_the_end_changes_nothing():
    holds(EXTEND, ASK + YES.replace("09-23", "09-25"), 'due = { A = 2025-09-24 }\nlate = ["A"]')


TWO = EXTEND.replace('["unit_head@first_dispatcher"]', '["leader@here", "unit_head@first_dispatcher"]')


def test_two_approvals_take_effect_on_the_last():
    holds(TWO, ASK + YES, "due = { A = 2025-09-24 }")
    holds(TWO, ASK + YES + YES.replace("unit_head@city", "leader@county_a"), "due = { A = 2025-09-30 }")


REACTION = """
[[reaction]]
on = "neighbour_informed"
then = [{ event = "centre_informed", to = "function:centre" }]
clause = "C"
says = "同时报备"
[[notice]]
on = "neighbour_informed"
to = ["function:centre", "complainant"]
about = "cross_place"
clause = "N"
says = "告知"
"""


def test_a_reaction_writes_in_the_same_act_and_notices_go_out():
    told = (
        '{ event = "neighbour_informed", at = 2025-09-16T09:00:00, by = "intake_officer@county_a", to = "county_b" },'
    )
    holds(
        REACTION, told,
        'written = ["centre_informed"]\nnotices = [{ to = "city", clause = "N" }, { to = "complainant", about = "cross_place" }]',
    )  # fmt: skip


PASSED = (
    CONCLUDE
    + """
[[reaction]]
on = { limit_passed = "A" }
then = [{ event = "breach_recorded", sort = "overdue", unit = "receiver", clause = "A" }]
unless = { seen = "promised" }
clause = "L"
says = "逾期即记"
"""
)


def test_a_passed_limit_is_answered_once_at_its_first_late_moment():
    played = stage(PASSED, '{ event = "note_added", at = 2025-09-30T09:00:00, by = "handler@county_a" },'
                           '{ event = "note_added", at = 2025-10-09T09:00:00, by = "handler@county_a" },')  # fmt: skip
    found = played.main.view.by_name["breach_recorded"]
    assert [(e.occurred, e.facts["unit"]) for e in found] == [(datetime(2025, 9, 25), "county_a")]


def test_what_came_due_is_written_also_where_the_last_attempt_was_refused():
    attempt = '{ event = "archived", at = 2025-09-23T09:00:00, by = "public" },'
    holds(PASSED, attempt, 'refused = true\nnow = 2025-09-25T00:00:00\nlate = ["A"]\nwritten = ["breach_recorded"]')


def test_what_was_recorded_when_it_passed_decides():
    before = '{ event = "promised", at = 2025-09-23T09:00:00, by = "handler@county_a", due = 2025-09-26 },'
    assert "breach_recorded" not in stage(PASSED, before + before.replace("09-23", "09-30")).main.view.by_name
    assert "breach_recorded" in stage(PASSED, before.replace("09-23", "09-29")).main.view.by_name


def test_reactions_in_a_circle_are_refused_when_loaded():
    circle = """
    [[reaction]]
    on = "urged"
    then = [{ event = "supervised" }]
    clause = "1"
    says = "一"
    [[reaction]]
    on = "supervised"
    then = [{ event = "urged" }]
    clause = "2"
    says = "二"
    """
    with pytest.raises(RuleError, match="circle"):
        library(circle)


CROSS = """
[[limit]]
name = "inform"
when = { place = "respondent_place", is_not = "registrar" }
from = "registered"
to = { event = "neighbour_informed", to = "respondent_place" }
within = { n = 2, unit = "day" }
clause = "D"
says = "两日内告知"
"""
AT_B = '{ event = "registered", at = 2025-09-19T16:00:00, by = "intake_officer@county_b" },'


def test_places_are_worked_out_when_the_event_is_decided_and_kept():
    holds(CROSS, "", "due = { D = 2025-09-21 }", before=AT_B)
    holds(CROSS, "", 'not_owed = ["D"]', before=AT_B.replace("county_b", "station_a1"))
    holds(CROSS, "", 'not_owed = ["D"]', before=AT_B.replace("county_b", "city"))
    played = stage(CROSS, "", before=AT_B)
    played.main.world.tree.units.clear()
    found = dues(played.main.procedure, played.main.view, calendar(), played.now())
    assert [d.name for d in found] == ["inform"]
    assert played.main.view.events[0].seen["place:respondent_place"] == "county_a"


def test_of_all_units_below_only_those_spoken_of_are_kept():
    rules = """
    [[gate]]
    name = "down"
    event = "dispatched"
    holds = { place = { fact = "to" }, is = "below" }
    clause = "B"
    says = "只交下级"
    """
    seen = stage(rules).main.view.by_name["dispatched"][0].seen
    assert seen["place:below"] == ["county_a"]


def test_a_recused_officer_has_nothing_more_to_do_with_it():
    out = '{ event = "recusal_decided", at = 2025-09-16T09:00:00, by = "unit_head@county_a", officer = "handler@county_a", granted = true },'
    act = '{ event = "checked", at = 2025-09-16T10:00:00, by = "handler@county_a", text = "看" },'
    holds("", out + act, "refused = true")
    holds("", out + act.replace("handler@county_a", "handler@county_a#2"), 'visible = false\nas = "handler@county_a"')


def test_a_procedure_stored_as_text_decides_the_same():
    lib = library(EXTEND)
    procedure = lib.procedure("henan/complaint")
    again = compile_source(procedure_source(procedure, lib), lib.vocabulary)
    assert again.hash == procedure.hash
    assert [x.clauses for x in again.extensions] == [("X",)]


def test_an_event_is_recorded_never_before_the_one_in_front_of_it():
    played = stage("", "")
    view, last = played.main.view, played.main.view.events[-1]
    actor = sample_actor(view.vocabulary, "handler@county_a", played.main.world, {})
    new = decide(
        played.main.procedure, view, Attempt("note_added", datetime(2025, 9, 14)), actor=actor, world=played.main.world,
        calendar=calendar(), now=datetime(2025, 9, 15, 10, 30),
    )  # fmt: skip
    assert new[0].recorded == last.recorded
    assert replace(new[0], seen={}).occurred == datetime(2025, 9, 14)


def test_a_correction_says_which_limits_it_moved():
    at = (
        '{ event = "amended", at = 2025-09-17T10:00:00, by = "intake_officer@city", event_no = 3, field = "at", '
        'was = "2025-09-15T11:00:00", now_is = "2025-09-16T11:00:00", reason = "录错" },'
    )
    played = stage(CONCLUDE, at)
    moved = played.main.view.events[-1].seen["moved"]
    assert [(m["limit"], m["was"][:10], m["now"][:10]) for m in moved] == [("conclude", "2025-09-24", "2025-09-25")]


def test_a_corrected_value_may_stand_bare_in_an_example():
    """The value as one would write it in a file: 2025-09-16T11:00:00 as well as "2025-09-16T11:00:00"."""
    at = (
        '{ event = "amended", at = 2025-09-17T10:00:00, by = "intake_officer@city", event_no = 3, field = "at", '
        'now_is = 2025-09-16T11:00:00, reason = "录错" },'
    )
    holds(CONCLUDE, at, "due = { A = 2025-09-25 }")


def test_a_case_of_another_kind_ends_here_and_begins_there():
    other = '{ event = "classified", at = 2025-09-16T10:00:00, by = "intake_officer@city", kind = "report", reason = "实为举报" },'
    holds(CONCLUDE, other, 'opened = [{ procedure = "henan/report", kind = "report" }]\nnow = 2025-11-01T09:00:00')
    holds(
        CONCLUDE,
        other + '{ event = "concluded", at = 2025-09-17T10:00:00, by = "handler@county_a" },',
        "refused = true",
    )


def test_entering_later_than_the_office_allows_needs_a_reason():
    late = '{{ event = "note_added", at = 2025-09-16T10:00:00, recorded = 2025-09-22T10:00:00, by = "handler@county_a"{why} }},'
    expect = 'settings = { late_entry = { n = 2, unit = "working_day" } }\n'
    holds("", late.format(why=""), expect + "refused = true")
    holds("", late.format(why=', late_reason = "外出办案"'), expect + 'stage = "handling"')


def test_a_hint_warns_and_refuses_nothing():
    from huiyin.core.decide import context
    from huiyin.core.model import Event
    from huiyin.core.offers import warnings

    rules = """
    [[hint]]
    name = "came_back"
    event = "dispatched"
    holds = { unseen = { event = "returned" } }
    clause = "H"
    says = "该单位退回过"
    """
    back = '{ event = "returned", at = 2025-09-16T09:00:00, by = "intake_officer@county_a", reason = "不属管辖" },'
    played = stage(rules, back)
    actor = sample_actor(played.vocabulary, "intake_officer@city", played.main.world, {})
    event = Event(99, "dispatched", played.now(), played.now(), actor, {"to": "county_a"})
    ctx = context(played.main.procedure, played.main.view, event, played.main.world, calendar(), played.now())
    assert [w.clauses for w in warnings(ctx, event)] == [("H",)]


@pytest.mark.parametrize("expect", ['due = ["A"]', 'opened = ["report"]', "late = 5", 'effective = "A"'])
def test_an_expectation_of_the_wrong_form_fails_and_does_not_stop_the_others(expect: str):
    result = play(CONCLUDE, "", expect)
    assert not result.passed
    assert result.expected


OWN_PEOPLE = """
[[gate]]
name = "own_people"
event = "officers_assigned"
holds = { world = "works_at", officer = "officers", unit = "here" }
clause = "O"
says = "从本单位指定"
"""


def test_a_question_about_what_the_form_will_say_closes_nothing_before():
    holds(OWN_PEOPLE, "", 'as = "unit_head@county_a"\noffers = ["officers_assigned"]\nnow = 2025-09-15T12:00:00')
    named = '{ event = "officers_assigned", at = 2025-09-15T12:00:00, by = "unit_head@county_a", officers = ["handler@county_b"] },'
    holds(OWN_PEOPLE, named, 'refused = "O"')


BY_FORM = """
[[step]]
event = "dispatched"
after = "registered"
by = ["intake_officer@registrar"]
when = { none = [{ event_has = { dispatch_kind = "within" } }] }
clause = "OUT"
says = "由登记单位分转"
[[step]]
event = "dispatched"
after = "received"
by = ["leader@receiver"]
when = { event_has = { dispatch_kind = "within" } }
clause = "IN"
says = "由领导批示承办股室"
[[approval]]
event = "return_requested"
by = "intake_officer@sender"
clause = "BACK"
says = "退回由转办单位决定"
"""


def test_what_is_open_for_some_of_what_the_form_may_say_is_offered():
    look = "now = 2025-09-15T12:00:00\n"
    holds(BY_FORM, "", look + 'as = "leader@county_a"\noffers = ["dispatched"]')
    holds(BY_FORM, "", look + 'as = "handler@county_a"\nbars = ["dispatched"]')


def test_a_request_is_open_before_anybody_granted_it():
    holds(BY_FORM, "", 'now = 2025-09-15T12:00:00\nas = "intake_officer@county_a"\noffers = ["return_requested"]')
