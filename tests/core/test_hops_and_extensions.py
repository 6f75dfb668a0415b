"""Limits of a hop from the dispatch itself, approvers of whom one will do, which limit an extension means, internal returns, late respondents."""

from datetime import datetime

import pytest

from tests.core.mini import holds, play, stage

ARRIVAL = """
[[limit]]
name = "take_up"
from = "dispatched"
per = "hop"
to = ["received", "returned"]
within = { n = 1, unit = "working_day" }
clause = "TAKE"
says = "一个工作日内签收或退回"
"""
DISPATCH = """
{ event = "registered", at = 2025-09-15T09:00:00, by = "intake_officer@province" },
{ event = "dispatched", at = 2025-09-15T10:00:00, by = "intake_officer@province", to = "city" },
"""
ON = '{ event = "dispatched", at = 2025-09-17T10:00:00, by = "intake_officer@city", to = "county_a" },'
TWO_LIMITS = """
[[limit]]
name = "short"
target = "conclude"
from = "received"
to = "concluded"
within = { n = 2, unit = "working_day" }
clause = "SHORT"
says = "两个工作日内办结"
[[limit]]
name = "long"
target = "conclude"
governs = "earliest"
from = "received"
to = "concluded"
within = { n = 10, unit = "working_day" }
clause = "LONG"
says = "至迟十个工作日"
[[extension]]
of = ["SHORT", "LONG"]
exactly = { n = 5, unit = "working_day" }
request_by = "handler@here"
approved_by = ["leader@here", ["unit_head@sender", "leader@sender"]]
when = { none = [{ fact = "major", is = true }] }
clause = "MORE"
says = "经分管领导和转办单位同意，延长五个工作日"
"""
ASK = '{{ event = "extension_requested", at = {at}, by = "handler@county_a", reason = "送检" }},'
OK = '{{ event = "approved", at = {at}, by = "{by}" }},'


def test_a_hop_limit_may_start_with_the_dispatch_that_opens_the_hop():
    holds(ARRIVAL, "", 'due = { TAKE = 2025-09-16 }\nnow = 2025-09-17T00:00:00\nlate = ["TAKE"]', DISPATCH)
    holds(ARRIVAL, ON, "due = { TAKE = [2025-09-18] }", DISPATCH)


def test_one_of_the_alternatives_is_enough_but_not_for_the_others():
    asked = ASK.format(at="2025-09-16T10:00:00")
    leader = OK.format(at="2025-09-16T11:00:00", by="leader@county_a")
    moved = OK.format(at="2025-09-16T12:00:00", by="leader@city")
    holds(TWO_LIMITS, asked + leader, "due = { SHORT = 2025-09-17 }")
    holds(TWO_LIMITS, asked + leader + moved, "due = { SHORT = 2025-09-24, LONG = 2025-09-28 }")
    holds(TWO_LIMITS, asked + OK.format(at="2025-09-16T12:00:00", by="supervisor@city"), 'refused = ["MORE"]')


def test_an_unnamed_request_means_a_limit_that_still_runs():
    late = ASK.format(at="2025-09-22T10:00:00") + "".join(
        OK.format(at="2025-09-22T11:00:00", by=by) for by in ("leader@county_a", "unit_head@city")
    )
    # ten working days from 15 September end on the 28th, which is worked; five more, 1 to 8 October being off, on Saturday the 11th
    holds(
        TWO_LIMITS, late, 'now = 2025-09-22T12:00:00\ndue = { SHORT = 2025-09-17, LONG = 2025-10-11 }\nlate = ["SHORT"]'
    )


def test_an_extension_that_does_not_apply_here_is_cited():
    major = '{ event = "classified", at = 2025-09-15T12:00:00, by = "unit_head@county_a", major = true },'
    holds(TWO_LIMITS, major + ASK.format(at="2025-09-16T10:00:00"), 'refused = ["MORE", "SHORT"]')


def test_a_return_inside_the_bureau_leaves_the_hop_open():
    inside = """
    { event = "dispatched", at = 2025-09-15T12:00:00, by = "intake_officer@county_a", to = "section_a1", dispatch_kind = "within" },
    { event = "received", at = 2025-09-15T13:00:00, by = "intake_officer@section_a1" },
    { event = "returned", at = 2025-09-15T14:00:00, by = "intake_officer@section_a1", to = "county_a", reason = "不属本科" },
    """
    routing = stage("", inside).main.view.routing_at()
    assert (routing.holder, routing.has, len(routing.open_hops)) == ("county_a", {"county_a"}, 1)
    out = (
        inside
        + '{ event = "returned", at = 2025-09-15T15:00:00, by = "intake_officer@county_a", reason = "不属本县" },'
    )
    routing = stage("", out).main.view.routing_at()
    assert (routing.holder, routing.open_hops) == ("city", ())


OWED = """
[[limit]]
name = "conclude"
from = "received"
per = "{per}"
to = "concluded"
within = {{ n = 7, unit = "working_day" }}
owed_by = "handler@{owner}"
clause = "A"
says = "七个工作日内办结"
"""


@pytest.mark.parametrize(("per", "owner"), [("hop", "receiver"), ("holding", "handling_unit")])
def test_what_a_bureau_owes_reaches_the_section_it_gave_the_case_to(per: str, owner: str):
    rules = OWED.format(per=per, owner=owner)
    inside = """
    { event = "dispatched", at = 2025-09-15T12:00:00, by = "intake_officer@county_a", to = "section_a1", dispatch_kind = "within" },
    """
    back = '{ event = "returned", at = 2025-09-15T14:00:00, by = "intake_officer@section_a1", to = "county_a", reason = "x" },'
    holds(rules, "", 'owed_by = { A = "handler@county_a" }')
    holds(rules, inside, 'owed_by = { A = "handler@section_a1" }')
    holds(rules, inside + back, 'owed_by = { A = "handler@county_a" }')


FIRST = """
[[limit]]
name = "explain"
from = "registered"
to = "replied"
within = { n = 1, unit = "working_day" }
owed_by = "first_contact@registrar"
clause = "A"
says = "首问责任人负责到底"
"""


@pytest.mark.parametrize("given", ["", ', first_contact = "intake_officer@city"'])
def test_what_the_first_person_asked_owes_stands_under_his_own_role(given: str):
    before = f'{{ event = "registered", at = 2025-09-15T09:00:00, by = "intake_officer@city"{given} }},'
    holds(FIRST, "", 'owed_by = { A = "intake_officer@city" }', before)
    holds(FIRST, "", 'owed_by = { A = "first_contact@city" }', before)


def test_who_was_asked_and_has_not_acted_keeps_the_name():
    before = '{ event = "registered", at = 2025-09-15T09:00:00, by = "intake_officer@city", first_contact = "liaison@city" },'
    holds(FIRST, "", 'owed_by = { A = "first_contact@city" }', before)


PLACE = """
[[gate]]
name = "at_its_place"
event = "dispatched"
holds = { world = "has_competence", unit = { fact = "to" } }
clause = "PLACE"
says = "分给经营者所在地的机关"
"""


def test_a_respondent_found_later_takes_the_place_of_the_unknown_one():
    known = """
    { event = "registered", at = 2025-09-15T09:00:00, by = "intake_officer@city" },
    { event = "party_added", at = 2025-09-15T10:00:00, by = "intake_officer@city", party = "shop_b", party_role = "respondent" },
    """
    to = '{{ event = "dispatched", at = 2025-09-15T11:00:00, by = "intake_officer@city", to = "{to}" }},'
    unknown = 'case = { respondent = "unknown" }'
    holds(PLACE, to.format(to="county_a"), unknown + '\nrefused = ["PLACE"]', known)
    assert play(PLACE, to.format(to="county_b"), unknown, known).passed


SHELF = """
[[ground]]
code = "OLD"
for = "refused"
only_if = { elapsed = { from_fact = "made_on", to = "registered", over = { fact = "shelf_life" } } }
clause = "OLD"
says = "超过保质期"
"""


def test_a_period_may_come_from_a_fact():
    before = """{{ event = "registered", at = {at}, by = "intake_officer@city", made_on = 2025-03-10, shelf_life = {{ n = 6, unit = "month" }} }},"""
    no = '{{ event = "refused", at = {at}, by = "intake_officer@city", ground = ["OLD"], text = "过期" }},'
    day = datetime(2025, 9, 10, 9).isoformat()
    holds(SHELF, no.format(at=day), 'refused = ["OLD"]', before.format(at=day))
    day = datetime(2025, 9, 11, 9).isoformat()
    holds(SHELF, no.format(at=day), 'stage = "ended"', before.format(at=day))


IDLE = """
[[limit]]
name = "idle"
from = "received"
per = "hop"
restart = { group = "handling" }
to = ["concluded", "returned"]
within = { n = 3, unit = "working_day" }
clause = "IDLE"
says = "三个工作日没有动作的提示"
"""


def test_what_ended_with_its_hop_does_not_begin_again():
    done = """
    { event = "contacted", at = 2025-09-16T10:00:00, by = "handler@county_a", party = "complainant", reached = true },
    { event = "concluded", at = 2025-09-17T10:00:00, by = "handler@county_a", outcome = "solved" },
    { event = "note_added", at = 2025-09-18T10:00:00, by = "handler@county_a", text = "已归档" },
    """
    holds(IDLE, done, 'now = 2025-10-10T09:00:00\nmet = ["IDLE"]\nnot_late = ["IDLE"]')


BACK = '{{ event = "returned", at = {at}, by = "intake_officer@{unit}", reason = "不属管辖" }},'
WARN = """
[[gate]]
name = "not_again"
event = "dispatched"
holds = { place = { fact = "to" }, is_not = "returner" }
clause = "AGAIN"
says = "退回过的单位"
"""


def test_who_got_a_case_back_may_return_it_to_its_own_sender():
    back = BACK.format(at="2025-09-18T10:00:00", unit="county_a") + BACK.format(at="2025-09-18T11:00:00", unit="city")
    routing = stage("", ON + back, DISPATCH).main.view.routing_at()
    assert (routing.holder, routing.has) == ("province", {"province"})


def test_units_that_returned_a_case_are_known():
    back = BACK.format(at="2025-09-18T10:00:00", unit="county_a")
    holds(WARN, ON + back + ON.replace("17T", "19T"), 'refused = ["AGAIN"]', DISPATCH)
    holds(WARN, ON + back + ON.replace("17T", "19T").replace("county_a", "county_b"), 'stage = "dispatch"', DISPATCH)


URGED = """
[[limit]]
name = "urged"
from = "urged"
per = "urged"
to = ["concluded", "progress_noted"]
within = { n = 2, unit = "working_day" }
clause = "URGED"
says = "两个工作日内办结或反馈"
"""
BOTH = '{ event = "urged", at = 2025-09-16T09:00:00, by = "supervisor@city", to = ["county_a", "county_b"], text = "请办理" },'


def test_progress_answers_for_its_own_unit_and_conclusion_for_all():
    progress = '{ event = "progress_noted", at = 2025-09-17T09:00:00, by = "handler@county_a", text = "已约定" },'
    holds(URGED, BOTH + progress, 'met = ["URGED"]\nrunning = ["URGED"]')
    done = '{ event = "concluded", at = 2025-09-17T09:00:00, by = "handler@county_a", outcome = "solved" },'
    holds(URGED, BOTH + done, 'now = 2025-09-26T09:00:00\nmet = ["URGED"]\nnot_late = ["URGED"]')


TOLD = """
[[limit]]
name = "conclude"
from = "received"
to = "concluded"
within = { n = 7, unit = "working_day" }
clause = "A"
says = "七个工作日办结"
[[extension]]
of = ["A"]
exactly = { n = 5, unit = "working_day" }
approved_by = ["unit_head@here"]
once = { event = "party_informed", where = { about = "extension" } }
clause = "E"
says = "批准并告知以后延长五个工作日"
"""
GRANTED = """
{ event = "extension_requested", at = 2025-09-22T09:00:00, by = "handler@county_a", limit = "A", label = "x" },
{ event = "approved", at = 2025-09-22T10:00:00, by = "unit_head@county_a", re = "x" },
"""
TELL = '{ event = "party_informed", at = %s, by = "handler@county_a", about = "extension" },'


def test_an_extension_may_wait_for_the_telling():
    holds(TOLD, GRANTED, "due = { A = 2025-09-24 }")
    holds(TOLD, GRANTED + TELL % "2025-09-24T17:00:00", "due = { E = 2025-09-30 }")
    holds(TOLD, GRANTED + TELL % "2025-09-25T09:00:00", 'due = { A = 2025-09-24 }\nlate = ["A"]')
