"""Are the registers what their log says? Part of `huiyin verify`; the chain itself is that of the log of administration, verified there."""

from __future__ import annotations

from collections.abc import Iterator

from huiyin.cases.verifying import Finding, Report
from huiyin.registers import books, copies
from huiyin.registers.models import Entry
from huiyin.vault.models import Record
from huiyin.vault.verify import faults


def verify(report: Report) -> None:
    """Add what does not hold: entries other than their events, closed values that do not open or lie elsewhere than the log says."""
    for pk in copies.differences():
        report.add(Finding("register", where=f"entry {pk}"))
    ids = list(Entry.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        for fault in faults([-pk for pk in some]):
            report.add(Finding("text", where=f"entry {-fault.case_id}: {fault.what}"))
    for pk, ref in _unfit():
        report.add(Finding("text", where=f"entry {pk}: record {ref}"))


def _unfit() -> Iterator[tuple[int, str]]:
    """References of the log whose record is missing or has another commitment."""
    named = {}
    for row in Entry.objects.order_by("pk"):
        register = books.registers().get((row.rule_set, row.register))
        for name, value in row.values.items():
            if register is not None and name in register.fields and register.fields[name].personal:
                named[value["vault"]] = (row.pk, value["c"])
    there = dict(Record.objects.filter(case_id__lt=0).values_list("ref", "commitment"))
    yield from ((pk, ref) for ref, (pk, commitment) in named.items() if there.get(ref) != commitment)
