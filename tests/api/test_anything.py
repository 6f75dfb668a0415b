"""Whatever is sent to whatever verb: it is recorded, or a problem says why not. Never a defect."""

import random

import pytest

from huiyin.core.offers import SYSTEM_ONLY
from huiyin.core.vocabulary import load_vocabulary
from tests.api.clients import Api
from tests.api.test_journeys import KETTLE, PARTIES
from tests.cases.office import officer

pytestmark = pytest.mark.django_db

STRANGE = [
    None, "", " ", "x", "\u0000", "\ud800", "长" * 20_000, 0, -1, 7, 2**31, 2**63, 10**40, 1.5, True, False, [], {}, [None], [[]], {"n": 1},
    {"n": 10**9, "unit": "year"}, {"n": -5, "unit": "day"}, {"n": 3, "unit": "working_day"}, {"n": "3", "unit": "day"}, {"vault": "x"},
    "0001-01-01", "9999-12-31", "2026-02-30", "2026-05-29", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "2026-05-29T09:00:00+14:00",
    "2026-05-29T09:00:00Z", "complainant", "respondent", "1", "2", "99", "city", "county_a", "external:elsewhere", "#1", "#99999999999999999999",
    "p1", "p999999999999999999999", "px", "JM-3-5c", "registered", "concluded", "here", "function:centre", "mall_a", "990121001",
]  # fmt: skip
EACH = 3  # attempts on every verb


def value(chance, fact, vocabulary):
    """Mostly of the right sort, so that it comes far; sometimes anything at all."""
    if chance.random() < 0.4:
        return chance.choice(STRANGE)
    if fact.type in ("code", "codes"):
        codes = list(vocabulary.values.get(fact.values or "", {})) or ["x:1"]
        return chance.choice(codes)
    usual = {
        "bool": True, "int": 3, "money_fen": 100, "date": "2026-05-29", "moment": "2026-05-29T09:00:00", "period": {"n": 5, "unit": "day"},
        "unit": "county_a", "units": ["county_a", "city"], "officer": "p1", "officers": ["p1"], "party": "1", "parties": ["1", "2"],
        "place": "mall_a", "clause": "JM-3-5c", "event_name": "concluded",
    }  # fmt: skip
    return usual.get(fact.type, "说明")


@pytest.mark.parametrize("procedure", ["jiangmen/complaint", "henan/complaint"])
@pytest.mark.parametrize("seed", range(2))
def test_nothing_that_is_sent_breaks_anything(sample_world, procedure, seed):
    chance = random.Random(f"{procedure}{seed}")
    vocabulary = load_vocabulary()
    desks = [Api(officer(*who)) for who in (("intake_officer", "city"), ("unit_head", "city"), ("handler", "county_a"))]
    facts = {name: v for name, v in KETTLE.items() if name in vocabulary.case_facts or name == "summary"}
    made = desks[0].post("/cases", {"procedure": procedure, "facts": facts, "parties": PARTIES})
    number = made.json().get("number") or pytest.fail(made.content.decode())
    sent = 0
    for name, event in vocabulary.events.items():
        if name in SYSTEM_ONLY or name in ("registered", "withdrawn", "merged", "transferred_out", "refused"):
            continue
        for _ in range(EACH):
            given = {
                f.name: value(chance, f, vocabulary)
                for f in event.facts.values()
                if f.required or chance.random() < 0.6
            }
            body = {"facts": given}
            if chance.random() < 0.2:
                body["occurred"] = chance.choice(STRANGE)
            if chance.random() < 0.2:
                body["re"] = [chance.choice([0, 1, 2, 99, -1, 10**30])]
            if chance.random() < 0.2:
                body["late_reason"] = chance.choice(STRANGE)
            if chance.random() < 0.2:
                body["parties"] = [
                    {
                        "role": chance.choice(["witness", "agent", "x"]),
                        "name": chance.choice(STRANGE),
                        "phone": chance.choice(STRANGE),
                    }
                ]
            answer = chance.choice(desks).post(f"/cases/{number}/events/{name}", body)
            assert answer.status_code in (201, 400, 404, 409, 422), (name, body, answer.content.decode())
            sent += answer.status_code == 201
    assert sent > 10
    for desk in desks:
        for rest in ("", "/events", "/limits"):
            assert desk.get(f"/cases/{number}{rest}").status_code in (200, 404)
        assert desk.get("/todo").status_code == 200


@pytest.mark.parametrize("seed", range(3))
def test_nothing_that_is_registered_breaks_anything(sample_world, seed):
    chance = random.Random(seed)
    vocabulary = load_vocabulary()
    desk = Api(officer("intake_officer", "city"))
    for _ in range(40):
        facts = {
            n: value(chance, f, vocabulary)
            for n, f in vocabulary.case_facts.items()
            if n != "number" and chance.random() < 0.4
        }
        party = {"role": chance.choice(["complainant", "respondent"])}
        party |= {n: value(chance, f, vocabulary) for n, f in vocabulary.party_facts.items() if chance.random() < 0.4}
        body = {
            "procedure": chance.choice(["jiangmen/complaint", "jiangmen/light", "henan/report", "x"]),
            "facts": facts,
            "parties": [party],
        }
        answer = desk.post("/cases", body)
        assert answer.status_code in (201, 404, 409, 422), (body, answer.content.decode())
        public = {"unit": "city", "facts": facts, "parties": [party]}
        answer = desk.post("/public/cases", public)
        assert answer.status_code in (201, 404, 409, 422), (public, answer.content.decode())
    assert desk.get("/cases").status_code == 200
