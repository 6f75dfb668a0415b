"""The form of an event for decades: what may stand in a body, and that all of it comes back."""

import json
import time
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from huiyin.cases import bodies
from huiyin.cases.bodies import Extra, Pin, read_all, text_of
from huiyin.core.model import Actor, Event, OpenCase, Party
from huiyin.core.vocabulary import load_vocabulary
from huiyin.core.workdays import Period
from huiyin.vault.chain import BadBody
from huiyin.vault.refs import VaultRef

NOON = datetime(2026, 5, 11, 12, 0, 0)
BY = Actor("handler", "county_a", "p7", None, True)
REF = VaultRef("ab" * 16, "cd" * 32)


def event(name="concluded", **more):
    return Event(3, name, NOON, NOON, BY, **more)


def back(found, extra=bodies.NOTHING):
    return read_all([(found.seq, text_of(found, extra))]).events[0]


def test_the_text_of_a_body_is_this_and_stays_this():
    found = event(facts={"outcome": "settled", "on_spot": True, "recovered_fen": 19900, "text": REF}, re=(1, 2))
    assert text_of(found) == (
        '{"by":{"deputy":"true","person":"p7","role":"handler","unit":"county_a"},"facts":{"on_spot":"true","outcome":"settled",'
        '"recovered_fen":19900,"text":{"c":"' + "cd" * 32 + '","vault":"' + "ab" * 16 + '"}},"name":"concluded",'
        '"occurred":"2026-05-11T12:00:00+08:00","re":[1,2],"recorded":"2026-05-11T12:00:00+08:00","round":1,"v":1}'
    )


def test_a_body_of_today_is_read_in_any_later_year():
    old = (
        '{"by":{"party":"1","person":"1","role":"complainant"},"case":{"category":["g:101","p:3"],"happened_on":"2026-05-01","real_name":"false",'
        '"shelf_life":{"n":3,"unit":"month"}},"facts":{"to":"city"},"name":"registered","occurred":"2026-05-11T12:00:00+08:00",'
        '"parties":{"1":{"facts":{"minor":"true"},"has":{"name":{"c":"00","vault":"11"}},"role":"complainant"}},"pin":{"code":"99",'
        '"hash":"77","procedure":"p/q","unit":"city"},"recorded":"2026-05-11T12:00:05+08:00","round":1,"seen":{"count_of":3,"hop":"true",'
        '"place:below":["a","b"],"setting:x":{"$date":"2026-01-02"}},"series":{"key":"s","no":4},"v":1,"via":"web"}'
    ).replace('"real_name"', '"number":"N4","real_name"')
    log = read_all([(1, old)])
    (found,) = log.events
    assert found.actor == Actor("complainant", None, "1", "1")
    assert found.case_facts == {
        "category": ("g:101", "p:3"), "happened_on": date(2026, 5, 1), "real_name": False, "shelf_life": Period(3, "month"), "number": "N4",
    }  # fmt: skip
    assert found.parties == {"1": Party("1", "complainant", {"minor": True}, frozenset({"name"}))}
    assert found.seen == {"count_of": 3, "hop": True, "place:below": ["a", "b"], "setting:x": date(2026, 1, 2)}
    assert (found.occurred, found.recorded) == (NOON, NOON.replace(second=5))
    assert log.pin == Pin("p/q", "77", "99", "city")
    assert (log.series, log.number, log.code, log.unit) == (("s", 4), "N4", "99", "city")
    assert log.identity["1"]["name"] == VaultRef("11")


def test_everything_comes_back():
    words = load_vocabulary()
    found = event(
        "dispatched",
        facts={"to": "county_a", "dispatch_kind": "assign", "answer_by": NOON, "outside_network": False, "opinion": REF},
        seen={"hop": True, "place:skipped": ["a"], "x": {"n": 1, "unit": "day"}, "when": NOON, "none": None}, re=(2,), round=2,
        late_reason=REF, opens=OpenCase("p/q", "split", "complaint"), clauses=("TRY-01", "TRY-02"),
    )  # fmt: skip
    again = back(found, Extra(opened=9, via="api"))
    assert again == Event(**{
        **{f: getattr(found, f) for f in found.__dataclass_fields__},
        "seen": {k: v for k, v in found.seen.items() if v is not None},
    })  # fmt: skip
    log = read_all([(3, text_of(found, Extra(opened=9, via="api")))], words)
    assert log.opened == {3: 9}


def test_a_bare_date_stays_a_date_where_a_moment_may_stand():
    assert back(event("stage_replied", facts={"expected": date(2026, 6, 1)})).facts == {"expected": date(2026, 6, 1)}


def test_the_facts_of_a_proposal_are_those_of_what_it_proposes():
    found = event("proposed", facts={"for": "extended", "length": Period(5, "working_day")})
    assert back(found).facts["length"] == Period(5, "working_day")


@pytest.mark.parametrize("value", [1.5, {1, 2}, object(), NOON.time(), b"x"])
def test_what_cannot_be_kept_exactly_does_not_enter(value):
    with pytest.raises(BadBody):
        text_of(event(facts={"outcome": value}))


def test_a_personal_value_that_was_not_sealed_does_not_enter():
    with pytest.raises(BadBody, match="not sealed"):
        text_of(event(facts={"text": VaultRef.fresh("李四方")}))
    with pytest.raises(BadBody, match="sealed and what is there"):
        text_of(event(parties={"1": Party("1", "complainant", {}, frozenset({"name"}))}))


def test_an_answer_that_would_read_as_a_truth_value_does_not_enter():
    with pytest.raises(BadBody):
        text_of(event(seen={"competent_body": "true"}))


def test_what_says_nothing_is_left_out():
    assert set(json.loads(text_of(event(facts={"text": "", "files": (), "basis": None})))) == {
        "v", "name", "occurred", "recorded", "by", "round", "re",
    } - {"re"}  # fmt: skip


def test_a_format_of_the_future_is_refused():
    with pytest.raises(bodies.UnknownFormat):
        read_all([(1, text_of(event()).replace('"v":1', '"v":2'))])


WORDS = some.text(some.characters(exclude_categories=["Cs"]), max_size=20)
LEAVES = some.one_of(
    some.booleans(), some.integers(-(2**53) + 1, 2**53 - 1), WORDS.filter(lambda t: t not in bodies.TRUTH), some.dates(),
    some.datetimes(min_value=datetime(1949, 10, 1)).map(lambda m: m.replace(microsecond=0)),
)  # fmt: skip
KEYS = WORDS.filter(lambda k: k and not k.startswith("$"))
ANSWERS = some.recursive(
    LEAVES, lambda deeper: some.lists(deeper, max_size=4) | some.dictionaries(KEYS, deeper, max_size=4), max_leaves=8
)


@given(some.dictionaries(KEYS, ANSWERS, max_size=5))
def test_any_answer_of_the_world_comes_back(seen):
    found = event(seen=seen)
    again = back(found)
    assert again.seen == seen
    assert text_of(again) == text_of(found)


def test_a_case_of_thirty_events_is_read_in_under_a_millisecond():
    facts = {"to": "county_a", "dispatch_kind": "assign", "opinion": REF, "outside_network": False}
    rows = [
        (n, text_of(event("dispatched", facts=facts, seen={"hop": True, "above": ["city", "province"]})))
        for n in range(1, 31)
    ]
    best = 1.0
    for _ in range(20):
        began = time.perf_counter()
        read_all(rows)
        best = min(best, time.perf_counter() - began)
    assert best < 0.001, f"{best * 1000:.2f} ms"
