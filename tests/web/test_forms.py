"""Forms are built from the vocabulary: every event has one, and what a form yields is what the core takes."""

from datetime import date, datetime

import pytest
from django.forms import ChoiceField, Select

from huiyin.core.facts import split
from huiyin.core.foretell import Ask
from huiyin.core.vocabulary import load_vocabulary
from huiyin.core.workdays import Period
from huiyin.web.forms import widgets
from huiyin.web.forms.fields import MAKERS, Offered
from huiyin.web.forms.step import BRINGS_PARTY, NEW, StepForm

WORDS = load_vocabulary()
OFFERED = Offered(
    units=[("本单位", [("city", "中心"), ("county_a", "甲县局")])], officers=[("p1", "甲"), ("p2", "乙")], parties=[("1", "投诉人"), ("2", "被诉方")],
    places=[("mall_a", "第一商场")], limits=[("X-1", "办结〔X-1〕")],
)  # fmt: skip


def form(event, data=None, **more):
    return StepForm(event, offered=OFFERED, data=data, **more)


def test_every_type_of_the_vocabulary_has_a_field():
    assert set(WORDS.raw["type"]) == set(MAKERS)


@pytest.mark.parametrize("event", list(WORDS.events))
def test_every_event_has_a_form_with_a_label_on_each_field(event):
    made = form(event)
    shown = made.as_div()
    for fact in WORDS.events[event].facts.values():
        if fact.name == "party" and event in BRINGS_PARTY:  # who is new is described, not chosen
            assert f"{NEW}name" in made.fields
            continue
        if fact.name not in ("for", "party_role"):
            assert made.fields[fact.name].required == fact.required
        assert fact.label_zh in shown
    assert "style=" not in shown


def test_what_a_form_yields_is_what_the_core_takes():
    data = {
        "to": "county_a", "dispatch_kind": "forward", "case_subject": "水壶", "opinion": "请办理", "answer_by": "2026-05-29T17:00",
        "outside_network": "false",
    }  # fmt: skip
    made = form("dispatched", data)
    assert made.is_valid(), made.errors
    facts, _ = split(WORDS, "dispatched", made.facts())
    assert facts == {
        "to": "county_a", "dispatch_kind": "forward", "case_subject": "水壶", "opinion": "请办理", "answer_by": datetime(2026, 5, 29, 17),
        "outside_network": False,
    }  # fmt: skip


def test_money_is_typed_in_yuan_and_kept_in_fen():
    made = form("settled", {"settled_fen": "199.50"})
    assert made.is_valid()
    assert made.facts() == {"settled_fen": 19950}
    assert not form("settled", {"settled_fen": "1.999"}).is_valid()


def test_a_period_needs_number_and_unit():
    made = form("extension_requested", {"length_0": "5", "length_1": "working_day"})
    assert made.is_valid()
    assert made.facts()["length"] == Period(5, "working_day")
    assert "同时填写" in str(form("extension_requested", {"length_0": "5"}).errors["length"])


@pytest.mark.parametrize("typed", ["2026-02-30", "30.02.2026", "tomorrow"])
def test_an_impossible_date_is_named_and_kept(typed):
    made = form("test_started", {"sent_on": typed})
    assert not made.is_valid()
    assert typed in str(made.errors["sent_on"])
    assert made["sent_on"].value() == typed


def test_a_date_reads_as_typed():
    made = form("test_started", {"sent_on": "2026-05-29"})
    assert made.is_valid()
    assert made.facts() == {"sent_on": date(2026, 5, 29)}


def test_a_code_that_the_list_does_not_have_is_refused():
    made = form("settled", {"at_once": "perhaps"})
    assert "at_once" in made.errors if not made.is_valid() else False


def test_few_choices_stand_in_sight_and_many_in_a_list():
    few, many = form("spot_checked").fields["check_result"], form("concluded").fields["outcome"]
    assert isinstance(few, ChoiceField)
    assert isinstance(few.widget, widgets.Choices)
    assert isinstance(many.widget, Select)


def test_a_yes_or_no_that_a_rule_asks_for_cannot_be_left_open():
    asked = form("materials_checked", asked={"untrue": [Ask(("X-1",), "须写明")]})
    assert [value for value, _ in asked.fields["untrue"].choices] == ["true", "false"]
    assert [value for value, _ in form("materials_checked").fields["untrue"].choices] == ["true", "false", ""]


def test_a_proposal_carries_the_facts_of_what_it_proposes():
    made = form(
        "proposed",
        {"for": "answer_submitted", "to": "city", "outcome": "settled", "parts": ["course"]},
        proposed="answer_submitted",
    )
    assert made.is_valid(), made.errors
    assert made.facts() == {"for": "answer_submitted", "to": "city", "outcome": "settled", "parts": ["course"]}


def test_in_a_long_form_what_nobody_asks_for_is_folded_away():
    made = form("registered", asked={"duty_officer": [Ask(("X-1",), "须记明")]}, data=None)
    assert [field.name for field in form("returned").folded()] == ["ground"], "short; but few know grounds by heart"
    long = form("party_informed")
    assert "text" in [field.name for field in long.in_sight()]
    assert "refer_to" in [field.name for field in long.folded()]
    assert "duty_officer" in [field.name for field in made.in_sight()]
