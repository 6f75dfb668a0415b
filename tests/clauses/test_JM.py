"""Rows of JM that a worked example cannot show whole: versions by date, who is named, times between units."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from huiyin.core.compose import Library, load_library
from huiyin.core.contacts import answers, average
from huiyin.core.dues import dues
from huiyin.core.examples import Play, run
from huiyin.core.load import load_rule_set
from huiyin.core.telling import notices
from tests.support.shipped import calendar, library, read_examples

EXAMPLES = Path(__file__).with_name("JM.toml")


def example(name: str) -> dict[str, Any]:
    """The worked example with that beginning of its name."""
    return next(raw for raw in read_examples(EXAMPLES) if raw["name"].startswith(name))


def played(raw: dict[str, Any]) -> Play:
    play = Play(raw, library(), calendar())
    play.run()
    return play


def in_force_from(day: date) -> Library:
    """The rules as if the plan had taken effect on that day."""
    library = load_library()
    before, plan = library.sets["JM"]
    moved = load_rule_set({**plan.raw, "in_force": day}, library.vocabulary, plan.file)
    library.sets["JM"] = [before, moved]
    library.cache.clear()
    return library


def on(day: int, hour: int, name: str, by: str, **facts: Any) -> dict[str, Any]:
    return {"event": name, "at": datetime(2025, 9, day, hour), "by": by, **facts}


@pytest.mark.clause("JM-3-5c")
@pytest.mark.parametrize(("day", "due"), [(25, date(2025, 10, 22)), (26, date(2025, 10, 16))])
def test_a_change_of_a_limit_is_a_file_with_a_date(day, due):
    events = [
        on(day, 9, "registered", "intake_officer@city"),
        on(day, 10, "dispatched", "intake_officer@city", to="county_a"),
        on(day, 11, "received", "intake_officer@county_a"),
    ]
    case = example("a telephone complaint of that day")["case"]
    raw = {"procedure": "jiangmen/complaint", "case": case, "events": events, "due": {"JM-3-5c": due}}
    result = run(raw, in_force_from(date(2025, 9, 26)), calendar())
    assert result.passed, result.error or (result.expected, result.found)


@pytest.mark.clause("JM-3-1f")
def test_matters_of_july_follow_the_version_they_began_under():
    library = in_force_from(date(2015, 8, 1))
    closing = example("concluding without the examination")
    assert run(closing, library, calendar()).passed
    july = {
        **closing,
        "events": [{**e, "at": e["at"].replace(month=7)} for e in closing["events"]],
        "stage": "conclusion",
    }
    del july["refused"]
    result = run(july, library, calendar())
    assert result.passed, result.error or (result.expected, result.found)


@pytest.mark.clause("JM-3-2b")
@pytest.mark.parametrize("element", ["when", "where", "who", "what", "why"])
def test_the_missing_element_is_named(element):
    play = played(example(f"by telephone without {element} "))
    assert play.refusal is not None
    assert play.refusal.data["missing"] == (element,)


@pytest.mark.clause("JM-3-1e")
def test_both_records_have_one_time():
    view = played(example("told on Saturday 10:00")).main.view
    told, recorded = view.newest("neighbour_informed"), view.newest("centre_informed")
    assert told.occurred == recorded.occurred == datetime(2015, 5, 23, 10)
    assert (told.facts["to"], recorded.facts["to"]) == ("county_a", "city")
    assert recorded.facts["method"] == "qq"


@pytest.mark.clause("JM-3-1h")
def test_the_time_to_an_answer_is_known_for_each_unit():
    raw = example("a WeChat contact answered")
    first = raw["events"][-2]
    late = {**first, "label": "n", "at": datetime(2015, 6, 3, 9)}
    reply = {**raw["events"][-1], "re": "n", "at": datetime(2015, 6, 3, 10, 30)}
    second_word = {**reply, "at": datetime(2015, 6, 3, 16)}
    own_word = {**first, "re": "n", "at": datetime(2015, 6, 3, 16, 30)}
    del own_word["label"]
    found = answers(played(raw).main.view)
    assert average(found) == {"county_b": timedelta(minutes=30)}
    more = answers(played({**raw, "events": [*raw["events"], late, reply, second_word, own_word]}).main.view)
    assert average(more) == {"county_b": timedelta(minutes=60)}


@pytest.mark.clause("JM-3-5e")
def test_each_sending_back_counts_as_a_rework():
    view = played(example("sent back again on 8 May")).main.view
    assert len([e for e in view.by_name["sent_back"] if e.round == 1]) == 2


@pytest.mark.clause("JM-4-2a")
def test_a_refusal_says_whose_step_is_open():
    assert played(example("sent to the centre without")).refusal.data["approvers"] == (
        "unit_head@here",
        "leader@here",
    )
    assert played(example("the leader's word is missing")).refusal.data["approvers"] == ("leader@here",)


@pytest.mark.clause("JM-4-2b")
@pytest.mark.parametrize(
    ("name", "sort"),
    [("dissatisfied on 22 June", "dissatisfied"), ("overdue, open", "overdue"), ("the same seen from", "repeated")],
)
def test_every_red_line_names_the_three_layers(name, sort):
    raw = example(name)
    other = {"event": "officers_assigned", "by": "unit_head@county_a", "officers": ["handler@county_a#2"]}
    index = next(i for i, e in enumerate(raw["events"]) if e["event"] == "contacted")
    before = raw["events"][index]["at"]
    events = [*raw["events"][: index + 1], {**other, "at": before}, *raw["events"][index + 1 :]]
    view = played({**raw, "events": events}).main.view
    found = view.by_name["breach_recorded"]
    assert {e.facts["sort"] for e in found} == {sort}
    assert [e.facts["officer"] for e in found] == ["handler@county_a#2", "unit_head@county_a", "leader@county_a"]
    assert {e.facts["unit"] for e in found} == {"county_a"}


@pytest.mark.clause("JM-4-2b")
def test_the_first_answer_stays_readable():
    view = played(example("dissatisfied on 22 June")).main.view
    assert view.round == 2
    assert view.first("replied").round == 1
    assert view.first("answer_submitted").facts["opinion"]


@pytest.mark.clause("JM-4-4c")
def test_the_order_is_not_stored_without_the_notice():
    play = played(example("two passed over"))
    order = play.main.view.newest("instructed")
    found = [n for n in notices(play.main.procedure, play.main.view, order, play.main.world) if "JM-4-4c" in n.clauses]
    assert {n.to for n in found} == {"county_a", "station_a1"}
    assert all(n.with_act for n in found)


@pytest.mark.clause("JM-4-7a")
def test_the_days_past_the_promise_are_counted():
    play = played(example("prescribed 12 June"))
    promise = next(d for d in dues(play.main.procedure, play.main.view, calendar(), play.now()) if d.name == "promised")
    assert (promise.closed_at.date() - promise.end.day).days == 2
    entry = play.main.view.newest("breach_recorded")
    assert (entry.facts["clause"], entry.facts["sort"], entry.facts["officer"]) == (
        "JM-4-7a",
        "not_in_time",
        "handler@county_a",
    )
