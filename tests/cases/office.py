"""An office for the tests of cases: the sample world, and one small procedure of its own whose rules these tests know."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from huiyin.cases import clock
from huiyin.cases.actions import register
from huiyin.cases.models import Case
from huiyin.core.compose import compile_procedure, source_of
from huiyin.core.load import load_rule_set
from huiyin.core.rules import Procedure
from huiyin.core.toml_files import read
from huiyin.core.vocabulary import RULES, load_vocabulary
from huiyin.org import procedures
from huiyin.org.models import Adoption, CompiledProcedure, Officer, Stamp

TEXT = """
code     = "TRY"
title    = "试行办法"
source   = "tests"
in_force = 2012-01-01
edition  = 1

[[limit]]
name   = "accept"
from   = "registered"
to     = ["accepted", "refused"]
within = { n = 5, unit = "working_day" }
clause = "TRY-01"
says   = "五个工作日内决定是否受理"

[[limit]]
name   = "conclude"
target = "conclude"
from   = "received"
per    = "hop"
to     = ["concluded", "returned"]
within = { n = 7, unit = "working_day" }
clause = "TRY-02"
says   = "收到后七个工作日内办结"

[[limit]]
name    = "task"
from    = "task_given"
per     = "task_given"
to      = { event = "task_done", re = "from" }
within  = { n = 24, unit = "hour" }
owed_by = "handler@task_to"
clause  = "TRY-03"
says    = "协办任务二十四小时内完成"

[[step]]
event  = "refused"
after  = ["registered"]
by     = ["intake_officer@registrar"]
needs  = ["text"]
clause = "TRY-04"
says   = "不予受理须说明理由"

[[notice]]
on     = "accepted"
to     = "complainant"
about  = "acceptance"
clause = "TRY-05"
says   = "受理后告知投诉人"

[[notice]]
on     = "dispatched"
to     = "intake_officer@function:intake"
clause = "TRY-06"
says   = "转办时提醒接收单位"

[[reaction]]
on     = { event = "lead_found" }
then   = [{ event = "split", on = "new", procedure = "trial/complaint", relation = "lead", kind_of_case = "complaint" }]
clause = "TRY-07"
says   = "发现线索的另立一案"

[[reaction]]
on     = { limit_passed = "TRY-02" }
then   = [{ event = "breach_recorded", sort = "overdue" }]
clause = "TRY-08"
says   = "逾期的记入"
"""
NUMBERING = """
[[numbering]]
series = "case"
per    = ["year", "kind"]
format = "T{year}-{kind}-{seq:04}"
clause = "TRY-09"
says   = "统一编号"
"""
ENTRY = {
    "id": "trial/complaint",
    "label": "试行投诉",
    "kinds": ["complaint", "report", "staff_complaint"],
    "rule_sets": ["TRY"],
    "intake": "city",
}
MONDAY = datetime(2026, 5, 11, 9, 0, 0)
FACTS = {
    "channel": "phone",
    "subject": "买到的水壶漏水",
    "what": "水壶用了两天就漏水",
    "demand": "退款",
    "amount_fen": 19900,
}
PARTIES = [
    {
        "role": "complainant",
        "name": "李四方",
        "phone": "13800138000",
        "address": "示范省示范市甲县城关一路1号",
        "area": "990121001",
    },
    {
        "role": "respondent",
        "name": "甲县商店",
        "credit_code": "91990121MA9A000375",
        "area": "990121001",
        "respondent_kind": "business",
    },
]


@lru_cache
def compiled(more: str = "") -> tuple[Procedure, str]:
    words = load_vocabulary()
    sets = [
        load_rule_set(read(RULES / "common.toml"), words, "common.toml"),
        load_rule_set(tomllib.loads(TEXT + more), words, "TRY.toml"),
    ]
    procedure = compile_procedure(ENTRY, sets, words)
    return procedure, source_of(ENTRY, sets)


def procedure(more: str = "", in_force: date = date(2012, 1, 1)) -> Procedure:
    """The small procedure, stored and adopted by the city."""
    found, source = compiled(more)
    row, new = CompiledProcedure.objects.get_or_create(
        hash=found.hash,
        defaults={
            "procedure_id": found.id, "label": found.label, "kinds": list(found.kinds), "in_force": in_force,
            "versions": f"TRY/{found.hash[:8]}", "source": source, "stored_at": "2026-01-01T00:00:00Z",
        },
    )  # fmt: skip
    if new:
        Adoption.objects.create(unit_id="city", procedure_id=found.id, since=date(2012, 1, 1), compiled=row)
        Stamp.objects.update(value=found.hash[:32])
    return procedures.procedure_for(found.hash)


def officer(role: str, unit: str, number: int = 1) -> Officer:
    """The first, second ... holder of a role at a unit of the sample world."""
    return Officer.objects.filter(role=role, unit_id=unit).select_related("person", "unit").order_by("pk")[number - 1]


def a_case(at: datetime = MONDAY, *, rules: Procedure | None = None, **more: Any) -> Case:
    """A complaint taken by telephone at the city centre."""
    given = {"by": officer("intake_officer", "city"), "facts": FACTS, "parties": PARTIES} | more
    unit = given.pop("unit", "city")
    with clock.at(at):
        return register(rules or procedure(), unit, **given)
