"""Nothing a person is known by gets into a body: what stands there in plain is known, or has the form of an id, a code, a date."""

import pytest

from huiyin.cases.actions import record
from huiyin.cases.models import Case, Event
from huiyin.cases.queries import open_case
from huiyin.core.facts import BadFact
from tests.cases.office import FACTS, PARTIES, a_case, officer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_world")]
NAME = "李小明13900003333"


def bodies():
    return " ".join(Event.objects.values_list("body", flat=True))


@pytest.mark.parametrize(
    ("fact", "value", "code"),
    [
        ("officer", NAME, "unknown_officer"),
        ("officer", "p999999", "unknown_officer"),
        ("unit", NAME, "unknown_unit"),
        ("platform", NAME, "unknown_party"),
        ("area", NAME, "no_identifier"),
        ("credit_code", NAME, "no_credit_code"),
        ("credit_code", "110101199003078515", "no_credit_code"),  # a valid identity number, of nobody
        ("credit_code", "9" * 100_000, "no_credit_code"),
    ],
)
def test_a_party_is_refused_with_a_name_where_an_id_belongs(fact, value, code):
    with pytest.raises(BadFact) as found:
        a_case(parties=[PARTIES[0], {**PARTIES[1], fact: value}])
    assert (found.value.code, found.value.fact) == (code, f"respondent.{fact}")
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("fact", "value", "code"),
    [
        ("place", NAME, "no_identifier"),
        ("category", ["p:1", NAME], "no_identifier"),
        ("complaint_grounds", [NAME], "no_identifier"),
        ("number", NAME, "unknown_fact"),
        ("number", "2026000099", "unknown_fact"),
    ],
)
def test_a_case_is_refused_with_a_name_where_an_id_belongs(fact, value, code):
    with pytest.raises(BadFact) as found:
        a_case(facts={**FACTS, fact: value})
    assert (found.value.code, found.value.fact) == (code, fact)


def test_officers_units_and_codes_that_are_known_are_taken():
    person = officer("handler", "county_a").person
    a_case(
        parties=[PARTIES[0], {**PARTIES[1], "officer": person.key, "unit": "county_a"}],
        facts={**FACTS, "category": ["problems:quality"]},
    )
    assert f'"officer":"{person.key}"' in bodies()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        (NAME, "x", "no_such_field"),
        ("number", "2026000099", "no_such_field"),
        ("complainant.name", NAME, "no_such_field"),
        ("channel", NAME, "unknown_code"),
        ("category", NAME, "no_identifier"),
        ("complainant", NAME, "unknown_party"),
        ("amount_fen", NAME, "wrong_type"),
        ("happened_on", NAME, "wrong_type"),
        ("happened_on", "0001-01-01", "impossible_date"),
        ("at", NAME, "wrong_type"),
        ("at", "2026-05-08", "wrong_type"),
        ("at", "0001-01-01T00:00:00", "impossible_date"),
        ("by", NAME, "wrong_type"),
        ("by", f"handler@{NAME}", "wrong_type"),
        ("by", f"handler@city#{NAME}", "wrong_type"),
    ],
)
def test_a_correction_is_of_a_fact_and_of_its_type(field, value, code):
    case = a_case()
    for side in ("now_is", "was"):
        usual = {"now_is": "phone" if field == "channel" else value} if side == "was" else {}
        with pytest.raises(BadFact) as found:
            record(
                case, "amended", by=officer("unit_head", "city"), re=[1],
                facts={"field": field, **usual, side: value, "reason": "录错"},
            )  # fmt: skip
        assert found.value.code == code
    assert NAME not in bodies()


def test_a_correction_of_nothing_is_refused():
    case = a_case()
    with pytest.raises(BadFact, match="no_such_event"):
        record(
            case,
            "amended",
            by=officer("unit_head", "city"),
            facts={"field": "channel", "now_is": NAME, "reason": "录错"},
        )


def test_a_correction_of_a_text_is_sealed_and_one_of_a_plain_fact_counts():
    case = a_case()
    for field, value in (("what", NAME), ("amount_fen", "25000"), ("channel", "web"), ("by", "duty_officer@city")):
        record(
            case,
            "amended",
            by=officer("unit_head", "city"),
            re=[1],
            facts={"field": field, "now_is": value, "reason": "录错"},
        )
    assert NAME not in bodies()
    view = open_case(case).view
    assert (view.case_facts()["amount_fen"], view.case_facts()["channel"]) == (25000, "web")
