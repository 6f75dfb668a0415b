"""Do the sealed texts still belong to the log? Every event names the texts it rests on and commits to each: they must be there, of that case,
with that commitment, and open. Erased texts are as they should be: their rows stay, their commitments too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from huiyin.cases.models import Event
from huiyin.vault import verify as vault
from huiyin.vault.models import Record

NAMED: Final = re.compile(
    r'\{"c":"([0-9a-f]*)","(?:vault|file)":"([0-9A-Za-z]+)"\}'
)  # as a body writes it: keys sorted, no spaces
Difference = tuple[int, int | None, str]  # case, seq, what: never a value


def differences(page: Sequence[int]) -> Iterator[Difference]:
    """Texts of these cases that are not what their events say, then those that do not open. Events are read first, so that somebody who
    records meanwhile is not taken for a fault."""
    events = Event.objects.filter(case_id__in=page).order_by("case_id", "seq").values_list("case_id", "seq", "body")
    named = [
        (case, seq, ref, c) for case, seq, body in events.iterator(chunk_size=2000) for c, ref in NAMED.findall(body)
    ]
    rows = Record.objects.filter(key__case_id__in=page).values_list(
        "ref", "case_id", "commitment"
    )  # keys are found by case, records are not
    there = {ref: (case, commitment) for ref, case, commitment in rows.iterator(chunk_size=2000)}
    for case, seq, ref, commitment in named:
        if ref not in there:
            yield case, seq, f"{ref} missing"
        elif there[ref] != (case, commitment):
            yield case, seq, f"{ref} differs"
    for fault in vault.faults(page):
        yield fault.case_id, None, fault.what
