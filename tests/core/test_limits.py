"""Limits: opening, instances, ends, moves. Dates: 28 September 2025 is worked, 1-8 October are off, Saturday 11 October is worked."""

from huiyin.core.dues import dues
from huiyin.core.history import History
from tests.core.mini import USUAL, calendar, holds, stage

CONCLUDE = """
[[limit]]
name = "conclude"
target = "conclude"
from = "received"
per = "hop"
to = ["concluded", "returned"]
within = { n = 7, unit = "working_day" }
clause = "A"
says = "七个工作日"
"""
END = '{ event = "concluded", at = 2025-09-25T10:00:00, by = "handler@county_a", outcome = "settled" },'


def test_a_hop_limit_counts_from_arrival_and_ends_at_midnight():
    holds(CONCLUDE, "", 'now = 2025-09-24T23:59:59\ndue = { A = 2025-09-24 }\nrunning = ["A"]\nnot_late = ["A"]')
    holds(CONCLUDE, "", 'now = 2025-09-25T00:00:00\nlate = ["A"]')


def test_a_limit_met_late_stays_late():
    holds(CONCLUDE, END, 'late = ["A"]')


def test_a_returned_hop_closes_and_the_next_begins_anew():
    again = """
    { event = "returned", at = 2025-09-16T09:00:00, by = "intake_officer@county_a", reason = "不属管辖" },
    { event = "dispatched", at = 2025-09-16T10:00:00, by = "intake_officer@city", to = "county_b" },
    { event = "received", at = 2025-09-17T09:00:00, by = "intake_officer@county_b" },"""
    holds(
        CONCLUDE, again, 'due = { A = 2025-09-26 }\nmet = ["A"]\nrunning = ["A"]\nowed_by = { A = "handler@county_b" }'
    )


def test_passing_on_closes_the_hop_of_the_one_who_passes_on():
    chain = """
    { event = "registered", at = 2025-09-15T09:00:00, by = "intake_officer@province" },
    { event = "dispatched", at = 2025-09-15T10:00:00, by = "intake_officer@province", to = "city" },
    { event = "received", at = 2025-09-15T11:00:00, by = "intake_officer@city" },
    { event = "dispatched", at = 2025-09-16T10:00:00, by = "intake_officer@city", to = "county_a" },
    { event = "received", at = 2025-09-17T11:00:00, by = "intake_officer@county_a" },"""
    play = stage(CONCLUDE, "", before=chain)
    states = [(d.state, d.owed_by) for d in dues(play.main.procedure, play.main.view, calendar(), play.now())]
    assert states == [("closed", "handler@city"), ("running", "handler@county_a")]
    assert play.main.view.routing_at().first_dispatcher == "province"


def test_an_event_at_a_section_belongs_to_the_hop_of_its_bureau():
    inside = """
    { event = "dispatched", at = 2025-09-15T12:00:00, by = "intake_officer@county_a", to = "section_a1", dispatch_kind = "within" },
    { event = "received", at = 2025-09-15T13:00:00, by = "intake_officer@section_a1" },
    { event = "concluded", at = 2025-09-22T10:00:00, by = "handler@section_a1", outcome = "settled" },"""
    holds(CONCLUDE, inside, 'met = ["A"]\nnot_late = ["A"]')


def test_a_withdrawn_case_owes_nothing_more_and_was_not_late():
    gone = '{ event = "withdrawn", at = 2025-09-16T10:00:00, by = "complainant" },'
    holds(CONCLUDE, gone, 'now = 2025-11-01T09:00:00\nnot_late = ["A"]\nstage = "ended"')


def test_annulling_the_opening_event_takes_its_limit_away():
    void = (
        '{ event = "annulled", at = 2025-09-16T10:00:00, by = "intake_officer@city", event_no = 3, reason = "误录" },'
    )
    holds(CONCLUDE, void, 'not_owed = ["A"]')


def test_amending_the_moment_of_an_event_moves_what_counts_from_it():
    later = (
        '{ event = "amended", at = 2025-09-17T10:00:00, by = "intake_officer@city", event_no = 3, field = "at", '
        'was = "2025-09-15T11:00:00", now_is = "2025-09-16T11:00:00", reason = "签收时间录错" },'
    )
    holds(CONCLUDE, later, "due = { A = 2025-09-25 }")


def test_an_unrelated_event_never_moves_a_date():
    play = stage(
        CONCLUDE + OVERRIDE,
        '{ event = "sent_back", at = 2025-09-22T10:00:00, by = "supervisor@city", reason = "不全" },',
    )
    view, now = play.main.view, play.now()
    before = [(d.name, d.opened_by, d.end, d.state) for d in dues(play.main.procedure, view, calendar(), now)]
    more = stage(
        CONCLUDE + OVERRIDE,
        """{ event = "sent_back", at = 2025-09-22T10:00:00, by = "supervisor@city", reason = "不全" },
        { event = "note_added", at = 2025-09-22T10:00:00, by = "handler@county_a", text = "备注" },
        { event = "messaged", at = 2025-09-22T10:00:00, by = "handler@county_a", to = ["city"], text = "联系" },
        { event = "contacted", at = 2025-09-22T10:00:00, by = "handler@county_a", party = "complainant", reached = false },""",
    )
    after = [(d.name, d.opened_by, d.end, d.state) for d in dues(more.main.procedure, more.main.view, calendar(), now)]
    assert before == after


OVERRIDE = """
[[limit]]
name = "rework"
target = "conclude"
governs = "overrides"
from = "sent_back"
restart = "sent_back"
to = "concluded"
within = { n = 3, unit = "working_day" }
clause = "R"
says = "发回三日"
"""


def test_an_overriding_limit_replaces_the_other_while_it_runs():
    back = '{ event = "sent_back", at = 2025-09-24T10:00:00, by = "supervisor@city", reason = "不全" },'
    holds(
        CONCLUDE + OVERRIDE,
        back,
        """now = 2025-09-26T10:00:00\ndue = { R = 2025-09-28, A = 2025-09-24 }
      not_late = ["A", "R"]\neffective = { conclude = "R" }""",
    )
    again = back + '{ event = "sent_back", at = 2025-09-28T15:00:00, by = "supervisor@city", reason = "仍不全" },'
    holds(CONCLUDE + OVERRIDE, again, 'due = { R = 2025-10-09 }\nnot_late = ["R"]')


def test_closed_while_overridden_it_is_met_if_the_one_that_overrides_is():
    back = '{ event = "sent_back", at = 2025-09-24T10:00:00, by = "supervisor@city", reason = "不全" },'
    good = back + '{ event = "concluded", at = 2025-09-28T10:00:00, by = "handler@county_a", outcome = "settled" },'
    holds(CONCLUDE + OVERRIDE, good, 'not_late = ["A", "R"]\nmet = ["A", "R"]')
    bad = back + '{ event = "concluded", at = 2025-09-29T10:00:00, by = "handler@county_a", outcome = "settled" },'
    holds(CONCLUDE + OVERRIDE, bad, 'late = ["R", "A"]')


def test_a_limit_already_late_is_not_mended_by_one_that_overrides_afterwards():
    back = '{ event = "sent_back", at = 2025-09-26T10:00:00, by = "supervisor@city", reason = "不全" },'
    holds(CONCLUDE + OVERRIDE, back, 'late = ["A"]')


EARLIEST = """
[[limit]]
name = "urged"
target = "conclude"
governs = "earliest"
from = "urged"
per = "urged"
to = "concluded"
within = { n = 7, unit = "working_day" }
clause = "U"
says = "催办"
[[limit]]
name = "answer"
from = "urged"
per = "urged"
to = { event = "progress_noted", re = "from", to = "urger" }
within = { n = 1, unit = "working_day" }
clause = "P"
says = "反馈进展"
"""


def test_an_urging_never_gives_more_time():
    late = '{ event = "urged", at = 2025-09-22T09:00:00, by = "supervisor@city", text = "请抓紧" },'
    holds(CONCLUDE + EARLIEST, late, 'due = { U = 2025-09-30 }\neffective = { conclude = "A" }')


def test_every_urging_is_answered_by_progress_that_names_it():
    two = """
    { event = "urged", at = 2025-09-16T09:00:00, by = "supervisor@city", label = "first" },
    { event = "urged", at = 2025-09-17T09:00:00, by = "supervisor@city", label = "second" },
    { event = "progress_noted", at = 2025-09-17T10:00:00, by = "handler@county_a", re = "first", to = "city" },"""
    holds(
        CONCLUDE + EARLIEST, two, 'now = 2025-09-18T08:00:00\ndue = { P = [2025-09-18] }\nmet = ["P"]\nrunning = ["P"]'
    )
    wrong = '{ event = "urged", at = 2025-09-16T09:00:00, by = "supervisor@city", label = "u" },' + (
        '{ event = "progress_noted", at = 2025-09-17T10:00:00, by = "handler@county_a", re = "u", to = "county_b" },'
    )
    holds(CONCLUDE + EARLIEST, wrong, 'running = ["P"]')


def test_an_event_to_several_units_opens_one_instance_for_each():
    both = """
    { event = "joint_assigned", at = 2025-09-15T12:00:00, by = "intake_officer@city", lead = "county_a", assist = ["county_b"] },
    { event = "urged", at = 2025-09-16T09:00:00, by = "supervisor@city", to = ["county_a", "county_b"], label = "u" },
    { event = "progress_noted", at = 2025-09-17T10:00:00, by = "handler@county_b", re = "u", to = "city" },"""
    play = stage(EARLIEST, both)
    found = {
        d.unit: d.state for d in dues(play.main.procedure, play.main.view, calendar(), play.now()) if d.name == "answer"
    }
    assert found == {"county_a": "running", "county_b": "met"}


TWO_MONTHS = """
[[limit]]
name = "mediate"
from = "received"
to = "settled"
within = { n = 60, unit = "day" }
roll = "holiday_block"
pause = [{ from = "test_started", to = "test_ended", re = "from", from_fact = "sent_on", to_fact = "report_on" }]
clause = "M"
says = "六十日，检测时间除外"
"""
SENT = '{ event = "test_started", at = 2025-09-20T09:00:00, by = "handler@county_a", sent_on = 2025-09-20, body = "检测站" },'


def test_a_pause_adds_the_difference_of_its_dates():
    back = SENT + '{ event = "test_ended", at = 2025-10-04T09:00:00, by = "handler@county_a", report_on = 2025-10-04 },'
    holds(TWO_MONTHS, back, "due = { M = 2025-11-28 }")


def test_while_a_test_runs_the_limit_is_paused_and_not_late():
    holds(TWO_MONTHS, SENT, 'now = 2026-03-01T09:00:00\npaused = ["M"]\nnot_late = ["M"]')


def test_overlapping_pauses_count_once():
    both = """
    { event = "test_started", at = 2025-09-20T09:00:00, by = "handler@county_a", sent_on = 2025-09-20, label = "one" },
    { event = "test_started", at = 2025-09-22T09:00:00, by = "handler@county_a", sent_on = 2025-09-22, label = "two" },
    { event = "test_ended", at = 2025-09-30T09:00:00, by = "handler@county_a", re = "one", report_on = 2025-09-30 },
    { event = "test_ended", at = 2025-10-04T09:00:00, by = "handler@county_a", re = "two", report_on = 2025-10-04 },"""
    holds(TWO_MONTHS, both, "due = { M = 2025-11-28 }")


EACH = """
[[limit]]
name = "tell"
from = "mediation_ended"
to = { event = "party_informed", where = { about = "mediation_ended" }, each = ["complainant", "respondent"] }
within = { n = 7, unit = "working_day" }
clause = "T"
says = "七日内告知双方"
"""
STOPPED = '{ event = "mediation_ended", at = 2025-09-16T09:00:00, by = "handler@county_a", text = "不成" },'
TOLD = '{{ event = "party_informed", at = {at}, by = "handler@county_a", to = ["{who}"], about = "mediation_ended" }},'


def test_each_party_must_be_told():
    one = STOPPED + TOLD.format(at="2025-09-17T09:00:00", who="complainant")
    holds(EACH, one, 'running = ["T"]')
    both = one + TOLD.format(at="2025-09-18T09:00:00", who="respondent")
    holds(EACH, both, 'met = ["T"]')


DEFER = (
    CONCLUDE
    + """
[[deferral]]
of = ["A"]
on = "stage_replied"
until = { fact = "expected" }
clause = "S"
says = "阶段性回复"
"""
)


def test_a_stage_reply_in_time_moves_lateness_and_one_too_late_does_not():
    said = '{{ event = "stage_replied", at = {at}, by = "handler@county_a", expected = 2025-10-20, progress = "检测中", reason = "复杂" }},'
    good = said.format(at="2025-09-24T10:00:00")
    holds(DEFER, good, 'now = 2025-10-20T10:00:00\ndue = { A = 2025-10-20, S = 2025-10-20 }\nnot_late = ["A"]')
    holds(
        DEFER,
        said.format(at="2025-09-25T10:00:00"),
        'now = 2025-09-26T10:00:00\ndue = { A = 2025-09-24 }\nlate = ["A"]',
    )


ALL = """
[[limit]]
name   = "prepared"
from   = "received"
to     = { all = ["checked", { event = "respondent_notified", times = 2 }] }
within = { n = 3, unit = "day" }
clause = "A"
says   = "三日内核实并两次通知"
"""


def test_a_limit_that_asks_for_all_is_met_with_the_last_of_them():
    checked = '{ event = "checked", at = 2025-09-16T10:00:00, by = "handler@county_a", text = "看过" },'
    told = (
        '{{ event = "respondent_notified", at = 2025-09-{day}T11:00:00, by = "handler@county_a", method = "phone" }},'
    )
    holds(ALL, checked, 'running = ["A"]')
    holds(ALL, checked + told.format(day=17), 'running = ["A"]')
    holds(ALL, checked + told.format(day=17) + told.format(day=18), 'met = ["A"]')
    holds(ALL, checked + told.format(day=17) + told.format(day=19), 'late = ["A"]')


def test_lifted_ends_when_its_condition_ends():
    lifted = CONCLUDE + 'lifted = { marked = "urgent" }\n'
    rules = lifted.replace('says = "七个工作日"\nlifted', 'says = "七个工作日"\nlifted')
    mark = '{ event = "marked", at = 2025-09-16T09:00:00, by = "supervisor@city", mark = "urgent", reason = "危险" },'
    holds(rules, mark, 'now = 2025-10-20T09:00:00\nlifted = ["A"]\nnot_late = ["A"]')
    off = mark + '{ event = "unmarked", at = 2025-09-17T09:00:00, by = "supervisor@city", mark = "urgent" },'
    holds(rules, off, 'now = 2025-10-20T09:00:00\nlate = ["A"]')


def test_a_chance_is_late_only_if_the_act_comes_late():
    window = """
    [[limit]]
    name = "give_back"
    from = "received"
    per = "hop"
    to = "returned"
    within = { n = 1, unit = "working_day" }
    window = true
    clause = "W"
    says = "一个工作日内可退回"
    """
    holds(window, "", 'now = 2025-10-20T09:00:00\nnot_late = ["W"]')
    late = '{ event = "returned", at = 2025-09-17T09:00:00, by = "intake_officer@county_a", reason = "不属管辖" },'
    holds(window, late, 'late = ["W"]')


def test_a_year_without_notice_gives_a_provisional_date():
    before = USUAL.replace("2025-09-15", "2026-12-28")
    holds(CONCLUDE, "", 'provisional = ["A"]\ndue = { A = 2027-01-06 }', before=before)
    holds(CONCLUDE, "", 'firm = ["A"]')


def test_reopening_closes_the_round_and_what_was_late_stays_named():
    rounds = CONCLUDE.replace('per = "hop"', 'scope = "round"').replace('"received"', '["received", "reopened"]')
    again = (
        END.replace("09-25", "09-26")
        + """
    { event = "called_back", at = 2025-09-28T09:00:00, by = "caller_back@city", party = "complainant", satisfaction = "dissatisfied" },
    { event = "reopened", at = 2025-09-28T09:00:00, by = "supervisor@city", reason = "不满意" },"""
    )
    holds(
        rounds,
        again,
        'round = 2\ndue = { A = 2025-10-14 }\nlate = ["A"]\nrunning = ["A"]\nmarks = ["overdue", "dissatisfied"]',
    )


def test_history_with_one_more_event_equals_history_built_anew():
    play = stage(CONCLUDE, END)
    anew = History(play.main.view.events, play.main.view.vocabulary)
    assert anew.routing == play.main.view.routing
    assert anew.hops == play.main.view.hops
    assert anew.hop_of == play.main.view.hop_of


def test_closed_before_its_own_end_it_is_not_late_though_the_one_that_overrides_was():
    back = '{ event = "sent_back", at = 2025-09-16T10:00:00, by = "supervisor@city", reason = "不全" },'
    done = back + '{ event = "concluded", at = 2025-09-22T10:00:00, by = "handler@county_a", outcome = "settled" },'
    holds(CONCLUDE + OVERRIDE, done, 'late = ["R"]\nnot_late = ["A"]')


RECLASSED = """
[[limit]]
name = "complex"
from = "classified"
since = "received"
when = { complexity = "complex" }
to = "concluded"
within = { n = 10, unit = "working_day" }
clause = "R"
says = "改定为复杂的，十个工作日，自签收之日算"
"""


def test_a_limit_opened_later_may_count_from_an_earlier_event():
    later = '{ event = "classified", at = 2025-09-18T09:00:00, by = "unit_head@county_a", complexity = "complex" },'
    holds(RECLASSED, later, "due = { R = 2025-09-28 }")
    holds(RECLASSED, later.replace('"complex"', '"ordinary"'), 'not_owed = ["R"]')
