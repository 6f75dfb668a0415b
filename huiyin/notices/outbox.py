"""From the notices that follow from new events to rows of the outbox, one for each recipient."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import Final

from huiyin.cases.planning import Act
from huiyin.core.consequences import notices
from huiyin.core.model import Notice
from huiyin.dues.tables import Row, text
from huiyin.moments import stored
from huiyin.notices.models import OFFICER, PARTY, QUEUED, UNIT, Outbox
from huiyin.vault import db

COLUMNS: Final = (
    "message_id", "case_id", "seq", "to_kind", "to", "about", "clauses", "says", "contents", "with_act", "state", "channel", "made",
    "lease_by", "attempts", "error",
)  # fmt: skip


def queue(acts: Sequence[Act]) -> None:
    """Write what the new events of these acts tell, in one INSERT."""
    db.insert(Outbox, COLUMNS, [row for act in acts for row in _rows(act)])


def _rows(act: Act) -> Iterator[Row]:
    told: set[tuple[object, ...]] = set()
    for event in act.new:
        for notice in notices(act.procedure, act.after, event, act.world):
            for kind, to in _recipients(act, notice):
                clauses, about = " ".join(notice.clauses)[:300], notice.about or ""
                if (event.seq, kind, to, clauses, about) in told:
                    continue
                told.add((event.seq, kind, to, clauses, about))
                yield (
                    secrets.token_hex(16), act.case_id, event.seq, kind, to, about, clauses, notice.says[:300],
                    text(list(notice.contents)), notice.with_act, QUEUED, "", stored(event.recorded), "", 0, "",
                )  # fmt: skip


def _recipients(act: Act, notice: Notice) -> list[tuple[str, str]]:
    """Every party with an outside role, one unit, or the holders of a role at a unit."""
    if notice.to in act.words.outside:
        return [(PARTY, no) for no in sorted(act.after.party_ids(notice.to))]
    if "@" in notice.to:
        return [(OFFICER, notice.to)]
    return [(PARTY if notice.to in act.after.parties else UNIT, notice.to)]
