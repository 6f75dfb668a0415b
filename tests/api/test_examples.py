"""Every verb is described with what it does and an example that would be taken as it stands; the lists of steps, open ends and limits answer."""

import json
import tomllib

import pytest

from huiyin.api import examples
from huiyin.cases import actions, clock
from huiyin.core import facts as typed
from huiyin.core.offers import SYSTEM_ONLY
from huiyin.core.vocabulary import load_vocabulary
from tests.api.clients import Api
from tests.cases.office import MONDAY, a_case, officer

pytestmark = pytest.mark.django_db
WORDS = load_vocabulary()
VERBS = sorted(set(WORDS.events) - SYSTEM_ONLY)


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    from django.test import Client

    with django_db_blocker.unblock():
        return Client().get("/api/openapi.json").json()


def operation(told, event):
    path = "/api/cases" if event == "registered" else f"/api/cases/{{number}}/events/{event}"
    return told["paths"][path]["post"]


@pytest.mark.parametrize("event", VERBS)
def test_every_verb_has_an_address_a_description_and_examples_of_question_and_answers(told, event):
    found = operation(told, event)
    assert found["summary"]
    assert event == "registered" or found["description"] == examples.says(event)
    sent = found["requestBody"]["content"]["application/json"]["examples"][event]["value"]
    assert sent["facts"] == json.loads(json.dumps(examples.verbs()[event]["facts"]))
    assert found["responses"]["201"]["content"]["application/json"]["examples"]
    for status in ("409", "422"):
        (problem,) = found["responses"][status]["content"]["application/problem+json"]["examples"].values()
        assert problem["value"]["status"] == int(status)


@pytest.mark.parametrize("event", VERBS)
def test_the_facts_of_every_example_are_those_of_the_vocabulary(event):
    own = examples.verbs()[event]
    facts, case = typed.split(WORDS, event, own["facts"], proposed=own["facts"].get("for"))
    assert set(facts) | set(case) == set(own["facts"])
    missing = [f.name for f in WORDS.events[event].facts.values() if f.required and f.name not in facts]
    assert missing in ([], ["party"])  # who is new comes in `parties`
    for party in own.get("parties", ()):
        assert set(party) - {"role"} <= set(WORDS.party_facts)


def test_no_example_is_of_a_verb_that_is_not_there():
    with examples.FILE.open("rb") as file:
        assert sorted(tomllib.load(file)) == VERBS


@pytest.fixture
def case(sample_world):
    return a_case()


@pytest.fixture
def desk(case):
    return Api(officer("intake_officer", "city"))


@pytest.mark.parametrize("event", VERBS)
def test_every_example_is_recorded_or_refused_by_a_rule_but_never_misunderstood(desk, case, event):
    people = [officer("handler", "city").person.key, officer("unit_head", "city").person.key]
    text = json.dumps(examples.request(event), ensure_ascii=False)
    for no, key in enumerate(("p12", "p13", "p15")):
        text = text.replace(f'"{key}"', f'"{people[no % 2]}"')
    body = json.loads(text)
    body.pop("shown_seq", None), body.pop("re", None)
    for name in ("into", "with", "cases"):
        if name in body["facts"]:
            other = a_case().number
            body["facts"][name] = [other] if name == "cases" else other
    for no in ("3", "4", "5"):
        actions.record(
            case, "party_added", by=officer("intake_officer", "city"), facts={}, parties=[{"role": "complainant", "name": f"甲{no}"}]
        )  # fmt: skip
    if event in ("amended", "annulled"):
        sent = desk.post(f"/cases/{case.number}/events/dispatched", {"facts": {"to": "county_b"}})
        body["facts"]["event_no"] = sent.json()["seq"]
    path = "/cases" if event == "registered" else f"/cases/{case.number}/events/{event}"
    if event == "registered":
        body["procedure"] = case.procedure_id
    answer = desk.post(path, body)
    assert answer.status_code in (201, 409), answer.content.decode()


# -- steps and what follows


def test_the_steps_of_a_case_name_their_facts_and_the_rules_that_ask(desk, case):
    told = desk.get(f"/cases/{case.number}/offers").json()
    assert told["seq"] == 1
    refused = next(step for step in told["items"] if step["event"] == "refused")
    text = next(fact for fact in refused["facts"] if fact["name"] == "text")
    assert (text["required"], text["clauses"], text["says"]) == (True, ["TRY-04"], ["不予受理须说明理由"])
    accepted = next(step for step in told["items"] if step["event"] == "accepted")
    assert accepted["meets"] == ["TRY-01"]
    (one,) = desk.get(f"/cases/{case.number}/offers", event="accepted").json()["items"]
    assert (one["event"], one["open"]) == ("accepted", True)


def test_an_act_is_tried_without_being_recorded(desk, case):
    told = desk.post(f"/cases/{case.number}/try/accepted", {"facts": {}}).json()
    assert [(e["clauses"], e["state"]) for e in told["closed"]] == [(["TRY-01"], "met")]
    assert told["stage"]["code"] == "acceptance"
    assert [n["clauses"] for n in told["notices"]] == [["TRY-05"]]
    assert desk.get(f"/cases/{case.number}/events").json()["seq"] == 1
    refused = desk.post(f"/cases/{case.number}/try/refused", {"facts": {}})
    assert (refused.status_code, refused.json()["clauses"]) == (409, ["TRY-04"])
    assert desk.post(f"/cases/{case.number}/try/nonsense", {"facts": {}}).status_code == 422


def test_what_is_late_open_and_linked_can_be_asked_for(desk, case):
    desk.post(f"/cases/{case.number}/events/dispatched", {"facts": {"to": "county_a", "opinion": "请办"}})
    other = a_case()
    desk.post(f"/cases/{case.number}/events/linked", {"facts": {"with": other.number, "relation": "same_matter"}})
    (one,) = desk.get(f"/cases/{other.number}/links").json()
    assert (one["number"], one["relation"]["code"]) == (case.number, "same_matter")
    county = Api(officer("intake_officer", "county_a"))
    (row,) = county.get("/open", sort="unsigned").json()["items"]
    assert (row["number"], row["sort"], row["unit"]) == (case.number, "unsigned", "county_a")
    assert county.get("/open", sort="nothing").status_code == 422
    with clock.at(MONDAY.replace(day=25)):
        late = desk.get("/overdue", light="red").json()["items"]
        assert {r["number"] for r in late} == {case.number, other.number}
        assert desk.get("/overdue", unit="county_b").json()["items"] == []
        board = desk.get("/board").json()
    figures = {line["unit"]: line["figures"] for line in board["units"]}
    assert figures["city"]["red"] == 1
    assert desk.get("/overdue", after="gestern").status_code == 422


def test_the_steps_of_a_case_cost_few_queries(desk, case, django_assert_max_num_queries):
    desk.get(f"/cases/{case.number}/offers")
    with django_assert_max_num_queries(8):
        desk.get(f"/cases/{case.number}/offers")
