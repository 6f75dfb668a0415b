"""Money by bands: computed in decimal numbers, rounded once, shared out to the fen, taken back."""

from __future__ import annotations

import pytest

from huiyin.core.errors import RuleError
from tests.core.mini import holds, rule_set

AMOUNTS = """
[[amount]]
name   = "staff_compensation"
of     = "loss"
bands  = [{ up_to = "10000.00", rate = "0.20" }, { rate = "0.10" }]
round  = "fen_half_up"
split  = "adds_up"
checks = [
  { event = "sanction_decided", where = { sanction = "compensation" }, fact = "sanction_fen" },
  { event = "plan_made", fact = "instalment", times = "instalments" },
]
clause = "T-1"
says   = "一万元以内部分赔两成，超出部分赔一成"
[[amount]]
name   = "commission_returned"
of     = "commission_fen"
bands  = [{ rate = "1" }]
checks = [{ event = "paid", where = { payment = "commission_returned" }, fact = "paid_fen" }]
clause = "T-2"
says   = "取消提成，已发的扣回"
[[amount]]
name   = "pay_cut"
fixed  = { setting = "pay_cut_fen" }
when   = { seen = { event = "concluded", where = { cause = "staff" } } }
clause = "T-3"
says   = "扣款由公司规定"
[[setting]]
name    = "pay_cut_fen"
type    = "int"
default = 20000
clause  = "T-3"
says    = "扣款额（分）"
"""


@pytest.mark.parametrize(
    ("loss", "fen"),
    [
        (800000, 160000),
        (1000000, 200000),
        (1000001, 200000),
        (1000005, 200001),
        (2500000, 350000),
        (0, 0),
        (1, 0),
        (3, 1),
    ],
)
def test_each_part_has_the_rate_of_its_band(loss, fen):
    holds(AMOUNTS, "", f"case = {{ loss_fen = {loss} }}\namounts = {{ staff_compensation = {fen} }}")


def decided(fen: int, who: str = "handler@county_a", day: int = 20) -> str:
    what = f'sanction = "compensation", officer = "{who}", sanction_fen = {fen}'
    return f'{{ event = "sanction_decided", at = 2025-10-{day}T09:00:00, by = "director@county_a", {what} }},'


FOUND = """{ event = "breach_recorded", at = 2025-10-19T09:00:00, by = "supervisor@county_a", officer = "handler@county_a" },
{ event = "breach_confirmed", at = 2025-10-19T10:00:00, by = "unit_head@county_a", officer = "handler@county_a" },
"""
LOSS = "case = { loss_fen = 2500000 }\n"


def test_a_sum_above_the_amount_is_refused_and_shares_add_up():
    holds(AMOUNTS, FOUND + decided(500000), LOSS + 'refused = "T-1"')
    holds(AMOUNTS, FOUND + decided(350000), LOSS + "not_late = []")
    two = decided(200000) + decided(150000, "unit_head@county_a", 21)
    holds(AMOUNTS, FOUND + two, LOSS + "not_late = []")
    holds(AMOUNTS, FOUND + two.replace("150000", "150001"), LOSS + 'refused = "T-1"')


def test_the_case_is_not_archived_before_the_shares_are_the_whole():
    end = """{ event = "concluded", at = 2025-10-21T09:00:00, by = "handler@county_a", outcome = "solved" },
{ event = "archived", at = 2025-10-22T09:00:00, by = "archivist@county_a" },"""
    holds(AMOUNTS, FOUND + decided(200000) + end, LOSS + 'refused = "T-1"')
    holds(AMOUNTS, FOUND + decided(350000) + end, LOSS + 'stage = "archive"')


def test_instalments_come_to_the_whole():
    plan = '{{ event = "plan_made", at = 2025-10-21T09:00:00, by = "unit_head@county_a", text = "分期", instalments = 5, instalment_fen = {} }},'
    holds(AMOUNTS, FOUND + decided(350000) + plan.format(60000), LOSS + 'refused = "T-1"')
    holds(AMOUNTS, FOUND + decided(350000) + plan.format(70000), LOSS + "not_late = []")


def test_a_commission_is_taken_back_whole():
    paid = '{{ event = "paid", at = 2025-10-21T09:00:00, by = "handler@county_a", payment = "commission_returned", paid_fen = {} }},'
    case = "case = { commission_fen = 60000 }\n"
    holds(AMOUNTS, "", case + "amounts = { commission_returned = 60000 }")
    holds(AMOUNTS, paid.format(59999), case + 'refused = "T-2"')
    holds(AMOUNTS, paid.format(60000), case + "not_late = []")


def test_a_fixed_sum_comes_from_a_setting():
    end = '{{ event = "concluded", at = 2025-10-21T09:00:00, by = "handler@county_a", outcome = "solved", cause = "{}" }},'
    holds(AMOUNTS, end.format("staff"), "amounts = { pay_cut = 20000 }")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('rate = "0.20"', "rate = 0.20", "in quotes"),
        ('"10000.00"', '"ten"', "in quotes"),
        ('of     = "loss"', 'of     = "pain"', "no fact of money"),
        ('{ rate = "0.10" }', '{ up_to = "5000.00", rate = "0.10" }', "bands rise"),
        ('"fen_half_up"', '"jiao"', "not known"),
        ('fact = "sanction_fen"', 'fact = "paid_fen"', "unknown fact"),
        ('bands  = [{ rate = "1" }]', 'bands  = [{ rate = "1" }]\nfixed = "1"', "either"),
    ],
)
def test_a_mistake_in_an_amount_is_named(old, new, says):
    with pytest.raises(RuleError, match=says):
        rule_set(AMOUNTS.replace(old, new))
