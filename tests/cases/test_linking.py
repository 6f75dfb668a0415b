"""Acts that reach other cases: named, begun, corrected."""

from datetime import date, timedelta

import pytest

from huiyin.cases import clock
from huiyin.cases.actions import record, record_passed, record_steps
from huiyin.cases.intake import Step
from huiyin.cases.models import Case, Event, ExternalRef, Link, Party
from huiyin.cases.queries import corrected, open_case
from huiyin.cases.rebuilding import case_ids, differences
from huiyin.core.facts import BadFact
from huiyin.core.model import SYSTEM
from huiyin.dues.models import Due
from huiyin.vault import actions as vault
from huiyin.vault.models import DataKey
from tests.cases.office import FACTS, MONDAY, NUMBERING, PARTIES, a_case, officer, procedure


def at(hour: int, minute: int = 0, day: int = 0):
    return clock.at(MONDAY.replace(hour=hour, minute=minute) + timedelta(days=day))


def test_a_link_is_entered_in_both_cases():
    first, second = a_case(), a_case()
    with at(10):
        rows = record(
            first, "linked", by=officer("intake_officer", "city"), facts={"with": second.number, "relation": "same_matter"}
        )  # fmt: skip
    assert [row.case_id for row in rows] == [first.pk]
    assert set(Link.objects.values_list("case_id", "other_id", "relation")) == {
        (first.pk, second.pk, "same_matter"), (second.pk, first.pk, "same_matter"),
    }  # fmt: skip
    other = Event.objects.get(case=second, name="linked")
    assert (other.actor_role, other.actor_unit) == ("system", "city")


def test_a_merged_case_ends_and_the_other_says_so():
    first, second = a_case(), a_case()
    with at(10):
        record(first, "merged", by=officer("intake_officer", "city"), facts={"into": second.number})
    assert Case.objects.get(pk=first.pk).ended
    assert not Case.objects.get(pk=second.pk).ended
    assert Link.objects.get(case_id=second.pk).relation == "merged"


@pytest.mark.parametrize("number", ["2026009999", "#999"])
def test_a_case_that_is_not_there_cannot_be_named(number):
    case = a_case()
    with pytest.raises(BadFact) as error, at(10):
        record(case, "linked", by=officer("intake_officer", "city"), facts={"with": number, "relation": "repeat"})
    assert error.value.code == "unknown_case"


def test_a_case_that_one_may_not_see_cannot_be_named():
    mine = a_case(unit="county_a", by=officer("intake_officer", "county_a"))
    hidden = a_case()
    facts = {"with": f"#{hidden.pk}", "relation": "repeat"}
    with pytest.raises(BadFact) as error, at(10):
        record(mine, "linked", by=officer("intake_officer", "county_a"), facts=facts)
    assert error.value.code == "unknown_case"


def test_an_event_may_begin_a_case_with_parties_and_facts_under_its_own_keys():
    case = a_case()
    with at(10):
        facts = {"to": "city", "dispatch_kind": "self"}
        record(case, "dispatched", by=officer("intake_officer", "city"), facts=facts)
        record(case, "lead_found", by=officer("handler", "city"), facts={"text": "另有售假线索"})
    lead = Case.objects.exclude(pk=case.pk).get()
    assert (lead.number, lead.unit, lead.kind) == ("2026000002", "city", "complaint")
    assert [e.name for e in Event.objects.filter(case=lead).order_by("seq")] == ["registered", "linked"]
    opened = open_case(lead)
    ref = opened.view.case_fact("what")
    assert vault.open_many([ref])[ref.ref] == FACTS["what"]
    assert DataKey.objects.filter(case_id=lead.pk).count() == DataKey.objects.filter(case_id=case.pk).count()
    names = {no: vault.open_many([refs["name"]])[refs["name"].ref] for no, refs in opened.log.identity.items()}
    assert names == {"1": PARTIES[0]["name"], "2": PARTIES[1]["name"]}
    assert Link.objects.get(case_id=case.pk, other_id=lead.pk).relation == "lead"
    assert Link.objects.get(case_id=lead.pk).other_id == case.pk


def test_when_the_second_case_refuses_nothing_is_written():
    first, second = a_case(), a_case()
    with at(10):
        record(
            second, "party_added", by=officer("intake_officer", "city"), parties=[{"role": "witness", "name": "王五"}]
        )
    by = officer("intake_officer", "city")
    steps = [Step("merged", by, {"into": second.number}), Step("accepted", by, {"colour": "red"})]
    with at(10, 5), pytest.raises(BadFact):
        record_steps(first, steps)
    assert not Link.objects.exists()
    assert Event.objects.filter(case=second).count() == 2


def test_several_events_of_one_act_are_decided_one_on_the_other():
    case = a_case()
    by = officer("intake_officer", "city")
    with at(10):
        rows = record_steps(case, [Step("accepted", by), Step("dispatched", by, {"to": "county_a"})])
    assert [row.name for row in rows] == ["accepted", "dispatched"]


def test_a_party_added_later_is_the_one_the_event_means():
    case = a_case()
    with at(10):
        record(
            case, "party_added", by=officer("intake_officer", "city"), facts={"party_role": "witness"},
            parties=[{"role": "witness", "name": "王五", "phone": "13700137000"}],
        )  # fmt: skip
    row = Party.objects.get(case_id=case.pk, no="3")
    assert (row.role, set(row.identity), row.present) == ("witness", {"name", "phone"}, True)
    assert open_case(case).view.by_name["party_added"][0].facts["party"] == "3"


def test_a_party_told_more_keeps_what_was_known():
    case = a_case()
    with at(10):
        record(
            case, "materials_supplied", by=officer("intake_officer", "city"), facts={"party": "1"}, parties={"1": {"email": "li@example.org"}}
        )  # fmt: skip
    row = Party.objects.get(case_id=case.pk, no="1")
    assert set(row.identity) == {"name", "phone", "address", "email"}
    assert row.facts == {"area": "990121001"}
    opened = vault.open_many(row.identity.values())
    assert opened[row.identity["phone"]] == PARTIES[0]["phone"]


def test_an_amendment_moves_what_rests_on_it_and_says_so():
    case = a_case()
    assert Due.objects.get(name="accept").due_day.isoformat() == "2026-05-18"
    with at(10):
        record(
            case, "amended", by=officer("unit_head", "city"), re=[1],
            facts={"field": "at", "now_is": "2026-05-08T17:00:00", "was": "2026-05-11T09:00:00", "reason": "来信日期录错"},
        )  # fmt: skip
    assert Due.objects.get(name="accept").due_day.isoformat() == "2026-05-14"  # Saturday 9 May is worked
    amended = open_case(case).view.by_name["amended"][0]
    assert amended.seen["moved"] == [{"limit": "accept", "was": "2026-05-18", "now": "2026-05-14"}]


def test_an_annulled_registration_keeps_its_number_as_void():
    case = a_case()
    with at(10):
        record(case, "annulled", by=officer("unit_head", "city"), re=[1], facts={"reason": "重复登记"})
    found = Case.objects.get()
    assert (found.number, found.void, found.ended) == ("2026000001", True, True)
    assert not Due.objects.exists()
    assert a_case().number == "2026000002"


def test_what_rests_on_a_corrected_event_is_listed():
    case = a_case()
    with at(10):
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    with at(11):
        record(case, "received", by=officer("intake_officer", "county_a"))
    assert [e.name for e in corrected(open_case(case), 2)] == ["received"]


def test_an_outside_number_is_taken_over_once():
    facts = FACTS | {"external_system": "platform_12315", "external_no": "X-1"}
    first = a_case(facts=facts)
    with pytest.raises(BadFact) as error:
        a_case(facts=facts)
    assert (error.value.code, error.value.value) == ("taken_over", first.number)
    assert ExternalRef.objects.count() == Case.objects.count() == 1


def test_a_passed_limit_is_written_once():
    case = a_case()
    with at(10):
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    with at(11):
        record(case, "received", by=officer("intake_officer", "county_a"))
    with at(9, day=8):
        assert record_passed(case) == []
    with at(9, day=10):
        (row,) = record_passed(case)
        assert (row.name, row.actor_role) == ("breach_recorded", "system")
        assert record_passed(case) == []


def test_the_rules_of_a_case_move_only_by_an_event():
    case = a_case()
    newer = procedure(NUMBERING, in_force=date(2026, 1, 1))
    assert case.procedure_hash != newer.hash
    with at(10):
        facts = {"reason": "新办法施行", "version": date(2026, 1, 1)}
        record(case, "rebased", by=SYSTEM, facts=facts)
    assert Case.objects.get().procedure_hash == newer.hash
    assert open_case(Case.objects.get()).log.pin.hash == newer.hash
    assert list(differences(case_ids())) == []
