"""Recording one event, and beginning a case."""

import json
from datetime import datetime, timedelta

import pytest

from huiyin.cases import clock, numbers
from huiyin.cases.actions import record, register
from huiyin.cases.errors import KeyReused, NoSuchCase, Stale
from huiyin.cases.models import Case, Event, IdempotencyKey
from huiyin.cases.people import Outside
from huiyin.core.compose import load_library
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.moments import local
from huiyin.vault import chain
from tests.cases.office import FACTS, MONDAY, NUMBERING, PARTIES, a_case, officer, procedure


def at(hour: int, minute: int = 0, day: int = 0):
    return clock.at(MONDAY.replace(hour=hour, minute=minute) + timedelta(days=day))


def dispatched(case: Case) -> None:
    with at(10):
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    with at(11):
        record(case, "received", by=officer("intake_officer", "county_a"))


def test_a_registration_gets_number_code_and_its_first_event():
    case = a_case()
    assert case.number == "2026000001"
    assert len(case.code) == 23
    row = Event.objects.get(case=case)
    assert (row.seq, row.name, row.actor_role, row.actor_unit) == (1, "registered", "intake_officer", "city")
    assert local(row.occurred) == MONDAY
    assert case == Case.objects.get()
    assert Case.objects.get().head_hash == row.hash == chain.link(chain.genesis(f"case:{case.pk}"), 1, row.body)


def test_the_body_holds_no_personal_data():
    case = a_case()
    text = Event.objects.get(case=case).body
    for value in (*PARTIES[0].values(), *FACTS.values(), "甲县商店"):
        if value not in ("complainant", "phone", "990121001", 19900):
            assert str(value) not in text
    body = json.loads(text)
    assert body["case"]["amount_fen"] == 19900
    assert set(body["case"]["what"]) == {"vault", "c"}
    assert set(body["parties"]["1"]["has"]) == {"name", "phone", "address"}


def test_each_event_rests_on_the_one_before():
    case = a_case()
    dispatched(case)
    prev = chain.genesis(f"case:{case.pk}")
    rows = list(Event.objects.filter(case=case).order_by("seq"))
    assert [row.seq for row in rows] == [1, 2, 3]
    for row in rows:
        assert row.hash == chain.link(prev, row.seq, row.body)
        prev = row.hash
    head = Case.objects.get()
    assert (head.head_seq, head.head_hash) == (3, prev)


def test_what_follows_is_written_in_the_same_act():
    case = a_case()
    with at(10):
        facts = {"to": "city", "dispatch_kind": "self"}
        rows = record(case, "dispatched", by=officer("intake_officer", "city"), facts=facts)
    assert [(row.seq, row.name, row.actor_role) for row in rows] == [
        (2, "dispatched", "intake_officer"), (3, "received", "system"),
    ]  # fmt: skip


def test_a_refusal_leaves_nothing_behind():
    case = a_case()
    from huiyin.vault.models import Record

    before = Record.objects.count()
    with pytest.raises(Refused) as refusal, at(10):
        record(case, "refused", by=officer("handler", "county_a"), facts={"text": "不属于本部门职责"})
    assert refusal.value.clauses == ("TRY-04",)
    assert Event.objects.count() == 1
    assert Record.objects.count() == before
    assert Case.objects.get().head_seq == 1


def test_a_refused_registration_uses_no_number():
    with pytest.raises(Refused), clock.at(MONDAY):
        register(procedure(), "county_a", by=officer("archivist", "county_a"), facts=FACTS, parties=PARTIES)
    assert a_case().number == "2026000001"


@pytest.mark.parametrize(
    ("facts", "fact", "code"),
    [
        ({"amount_fen": "199.00"}, "amount_fen", "wrong_type"),
        ({"channel": "pigeon"}, "channel", "unknown_code"),
        ({"colour": "blue"}, "colour", "unknown_fact"),
        ({"station": "no_such_unit"}, "station", "unknown_unit"),
        ({"first_contact": "p999999"}, "first_contact", "unknown_officer"),
        ({"first_contact": "张三"}, "first_contact", "unknown_officer"),
        ({"respondent": "7"}, "respondent", "unknown_party"),
        ({"bought_on": "2026-02-30"}, "bought_on", "wrong_type"),
    ],
)
def test_what_was_typed_wrong_is_named(facts, fact, code):
    with pytest.raises(BadFact) as error:
        a_case(facts=FACTS | facts)
    assert (error.value.fact, error.value.code) == (fact, code)
    assert not Case.objects.exists()


def test_an_event_in_the_future_is_refused():
    case = a_case()
    with pytest.raises(Refused) as refusal, at(10):
        record(case, "accepted", by=officer("intake_officer", "city"), occurred=MONDAY + timedelta(hours=3))
    assert refusal.value.code == "in_the_future"


def test_recorded_never_goes_back_when_the_clock_does():
    case = a_case()
    dispatched(case)
    with at(8):
        (row,) = record(case, "accepted", by=officer("handler", "county_a"))
    assert local(row.recorded) == MONDAY.replace(hour=11)
    assert local(row.occurred) == MONDAY.replace(hour=11)


def test_a_late_entry_keeps_both_times_and_its_reason_is_sealed():
    case = a_case()
    with at(17):
        (row,) = record(
            case, "accepted", by=officer("intake_officer", "city"), occurred=MONDAY.replace(hour=9, minute=30), late_reason="当时系统故障",
        )  # fmt: skip
    assert (local(row.occurred).hour, local(row.recorded).hour, row.late_entry) == (9, 17, True)
    assert "系统故障" not in row.body
    assert Event.objects.filter(late_entry=True, actor_person=row.actor_person).count() == 1


def test_a_page_that_showed_less_is_told_what_changed():
    case = a_case()
    with at(10):
        record(case, "accepted", by=officer("intake_officer", "city"))
    with pytest.raises(Stale) as stale, at(10, 5):
        record(case, "dispatched", by=officer("unit_head", "city"), facts={"to": "county_a"}, shown_seq=1)
    (change,) = stale.value.changes
    assert (change.seq, change.name, change.role, change.unit) == (2, "accepted", "intake_officer", "city")
    assert Event.objects.count() == 2


def test_a_note_in_between_does_not_matter():
    case = a_case()
    with at(10):
        record(case, "note_added", by=officer("intake_officer", "city"), facts={"text": "已电话核对"})
    with at(10, 5):
        record(case, "accepted", by=officer("intake_officer", "city"), shown_seq=1)
    assert Event.objects.filter(name="accepted").exists()


def test_the_same_request_is_carried_out_once():
    case = a_case()
    by = officer("intake_officer", "city")
    with at(10):
        first = record(case, "accepted", by=by, facts={"text": "符合条件"}, key="k1")
        again = record(case, "accepted", by=by, facts={"text": "符合条件"}, key="k1")
    assert [row.pk for row in again] == [row.pk for row in first]
    assert Event.objects.count() == 2
    with pytest.raises(KeyReused), at(10):
        record(case, "accepted", by=by, facts={"text": "另一回事"}, key="k1")


def test_a_registration_sent_twice_is_one_case():
    first, again = a_case(key="form-1"), a_case(key="form-1")
    assert (again.pk, again.number) == (first.pk, first.number)
    assert (first.code != "", again.code) == (True, "")
    assert Case.objects.count() == 1
    assert a_case().number == "2026000002"


def test_a_key_of_one_person_says_nothing_to_another():
    case = a_case()
    with at(10):
        record(case, "note_added", by=officer("intake_officer", "city"), facts={"text": "一"}, key="k")
        record(case, "note_added", by=officer("unit_head", "city"), facts={"text": "一"}, key="k")
    assert Event.objects.filter(name="note_added").count() == 2


def test_a_refused_request_may_be_sent_again_under_its_key():
    case = a_case()
    for _ in range(2):
        with pytest.raises(Refused), at(10):
            record(case, "refused", by=officer("intake_officer", "city"), key="k")
    assert not IdempotencyKey.objects.exists()


def test_keys_are_forgotten_after_seven_days():
    from huiyin.cases import idempotency

    a_case(key="old")
    with clock.at(MONDAY + timedelta(days=6)):
        assert idempotency.forget() == 0
    with clock.at(MONDAY + timedelta(days=8)):
        assert idempotency.forget() == 1


def test_the_public_registers_at_the_unit_that_was_chosen():
    case = a_case(by=Outside("complainant"), unit="county_a", facts=FACTS | {"channel": "web"})
    body = json.loads(Event.objects.get(case=case).body)
    assert case.unit == case.handling_unit == "county_a"
    assert body["by"] == {"role": "complainant", "person": "1", "party": "1"}
    assert (body["facts"]["to"], body["via"]) == ("county_a", "web")


def test_numbers_follow_the_series_of_the_rules():
    rules = procedure(NUMBERING)
    first = a_case(rules=rules)
    report = a_case(
        rules=rules, facts=FACTS | {"kind": "report"}, parties=[PARTIES[0] | {"role": "reporter"}, PARTIES[1]]
    )
    second = a_case(rules=rules, unit="county_a", by=officer("intake_officer", "county_a"))
    assert [c.number for c in (first, report, second)] == [
        "T2026-complaint-0001",
        "T2026-report-0001",
        "T2026-complaint-0002",
    ]


def test_a_unit_that_works_by_the_rules_of_two_bodies_gives_no_number_twice():
    rules = load_library()
    keys = {
        numbers.series_of(
            rules.procedure(id), unit="city", kind="complaint", channel="phone", recorded=datetime(2026, 5, 1, 9)
        ).key
        for id in ("jiangmen/complaint", "henan/complaint")
    }
    assert keys == {"case/-/city/2026"}


def test_the_year_of_a_number_is_that_of_entering():
    with clock.at(datetime(2027, 1, 1, 0, 0, 1)):
        late = register(
            procedure(), "city", by=officer("intake_officer", "city"), facts=FACTS, parties=PARTIES, occurred=datetime(2026, 12, 31, 23, 50)
        )  # fmt: skip
    assert late.number == "2027000001"
    assert a_case().number == "2026000001"


def test_a_recording_is_a_case_without_number_until_it_is_registered():
    with clock.at(MONDAY.replace(hour=20)):
        case = register(
            procedure(), "city", by=officer("duty_officer", "city"), event="recording_left", facts={"phone": "13900139000"}
        )  # fmt: skip
    assert (case.number, case.stage, case.unit) == (None, "reception", "city")
    with at(9, day=1):
        record(case, "registered", by=officer("intake_officer", "city"), facts=FACTS, parties=PARTIES)
    found = Case.objects.get()
    assert (found.number, found.stage, found.head_seq) == ("2026000001", "registration", 2)


def test_who_registers_a_recording_is_its_registrar():
    with clock.at(MONDAY.replace(hour=20)):
        by = officer("duty_officer", "city")
        case = register(procedure(), "city", by=by, event="recording_left", facts={"phone": "13900139000"})
    with at(9, day=1):
        record(case, "registered", by=officer("intake_officer", "county_a"), facts=FACTS, parties=PARTIES)
    assert (case.unit, Case.objects.get().unit, Case.objects.get().series) == (
        "city",
        "county_a",
        "case/-/county_a/2026",
    )


def test_a_case_that_is_not_there_cannot_be_written_to():
    procedure()
    with pytest.raises(NoSuchCase):
        record(12345, "accepted", by=officer("intake_officer", "city"))


def test_an_event_of_the_log_is_never_changed_or_deleted():
    from django.db import DatabaseError, connection, transaction

    a_case()
    for statement in ("UPDATE cases_event SET body = '{}'", "DELETE FROM cases_event"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Event.objects.count() == 1


@pytest.mark.parametrize("no", ["", "九", "x" * 21, "1;2", "\ud800"])
def test_a_party_has_a_number_that_can_be_kept(no):
    with pytest.raises(BadFact) as error:
        a_case(parties={no: PARTIES[0]})
    assert (error.value.fact, error.value.code) == ("parties", "unknown_party")


def test_numbers_of_outside_systems_and_keys_may_be_of_any_length():
    from huiyin.cases.models import ExternalRef

    facts = FACTS | {"external_system": "某平台" * 30, "external_no": "N" * 500}
    first = a_case(facts=facts, key="k" * 500)
    assert a_case(facts=facts, key="k" * 500).pk == first.pk
    other = a_case(facts=facts | {"external_no": "N" * 499 + "M"})
    assert len({row.no for row in ExternalRef.objects.all()}) == 2
    assert other.pk != first.pk


@pytest.mark.parametrize("text", ["#", "#1e3", "#" + "9" * 30, "#-1", "17"])
def test_what_looks_like_an_id_and_is_none_finds_nothing(text):
    assert numbers.id_of(text) is None
