"""Is the register of what was destroyed what the log of administration and the cases say? Part of `huiyin verify`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from huiyin.cases.models import Event
from huiyin.cases.verifying import Finding, Report
from huiyin.org.models import AdminEvent
from huiyin.retention.actions import entry_facts
from huiyin.retention.models import Destroyed

PAGE = 500


def verify(report: Report) -> None:
    """Add what does not hold: entries other than the log says, missing or too many; disposals of cases without an entry."""
    for no, what in _differences():
        report.add(Finding("disposal", where=f"entry {no}: {what}" if no else what))


def _differences() -> Iterator[tuple[int, str]]:
    told = AdminEvent.objects.filter(name="case_disposed").order_by("seq")
    expected = 1
    for event in told.iterator(chunk_size=PAGE):
        facts = json.loads(event.body)["facts"]
        entry = Destroyed.objects.filter(pk=facts["no"]).first()
        if facts["no"] != expected:
            yield facts["no"], "out of order"
        expected = facts["no"] + 1
        if entry is None:
            yield facts["no"], "missing"
        elif {k: v for k, v in entry_facts(entry).items() if v is not None} != facts or entry.admin_seq != event.seq:
            yield facts["no"], "differs"
    for entry in Destroyed.objects.filter(no__gte=expected).order_by("no").iterator(chunk_size=PAGE):
        yield entry.no, "the log does not know of it"
    yield from _without_entry()


def _without_entry() -> Iterator[tuple[int, str]]:
    disposed = Event.objects.filter(name="disposed").order_by("case_id", "seq").values_list("case_id", "seq")
    known = set(Destroyed.objects.values_list("case_id", "seq"))
    for case_id, seq in disposed.iterator(chunk_size=PAGE):
        if (case_id, seq) not in known:
            yield 0, f"case #{case_id} was disposed of without an entry"
    there = set(disposed)
    yield from (
        (no, "no such event")
        for no, case, seq in Destroyed.objects.values_list("no", "case_id", "seq")
        if (case, seq) not in there
    )
