"""What a condition may ask beside equality: words in a text, and where the officers named work."""

import pytest

from huiyin.core.errors import RuleError
from tests.core.mini import holds, rule_set

LAW = """
[[limit]]
name   = "tell"
from   = "dispatched"
when   = { fact = "basis", has = ["广告法", "价格法"] }
to     = "replied"
within = { n = 7, unit = "working_day" }
clause = "TEST-1"
says   = "依法律告知"
"""

OFFICERS = """
[[gate]]
name   = "own"
event  = "officers_assigned"
holds  = { world = "works_at", officer = "officers", unit = "here" }
clause = "TEST-1"
says   = "承办人是本单位的人员"
"""


@pytest.mark.parametrize("basis", ["广告法第五十三条", "《中华人民共和国广告法》53", "依价格法"])
def test_a_text_that_names_one_of_the_words(basis):
    sent = f'{{ event = "dispatched", at = 2025-09-15T12:00:00, by = "intake_officer@county_a", to = "station_a1", basis = "{basis}" }}'
    holds(LAW, sent, 'running = ["TEST-1"]')


@pytest.mark.parametrize("given", ['basis = "食品安全法"', 'basis = "广告"', 'reason = "广告法"'])
def test_a_text_without_them_or_none_at_all(given):
    sent = f'{{ event = "dispatched", at = 2025-09-15T12:00:00, by = "intake_officer@county_a", to = "station_a1", {given} }}'
    holds(LAW, sent, 'not_owed = ["TEST-1"]')


@pytest.mark.parametrize(
    "when", ['{ fact = "amount_fen", has = "1" }', '{ fact = "basis", has = 5 }', '{ fact = "what", has = "过期" }']
)
def test_words_are_looked_for_in_plain_texts_only(when):
    with pytest.raises(RuleError) as told:
        rule_set(LAW.replace('{ fact = "basis", has = ["广告法", "价格法"] }', when))
    assert told.value.key == "when"


def named(*officers: str) -> str:
    listed = ", ".join(f'"{o}"' for o in officers)
    return (
        f'{{ event = "officers_assigned", at = 2025-09-15T12:00:00, by = "unit_head@county_a", officers = [{listed}] }}'
    )


@pytest.mark.parametrize(
    "officers", [["handler@county_a", "handler@county_a#2"], ["handler@section_a1", "handler@station_a2"]]
)
def test_officers_of_the_bureau_its_sections_and_stations(officers):
    holds(OFFICERS, named(*officers), 'stage = "handling"')


@pytest.mark.parametrize(
    "officers", [["handler@county_b"], ["handler@county_a", "handler@station_b1"], ["handler@city"]]
)
def test_one_officer_of_another_bureau_is_enough(officers):
    holds(OFFICERS, named(*officers), 'refused = ["TEST-1"]')
