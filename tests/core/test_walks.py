"""Generated histories: the meaning of the core is what these say it is (the-log.md D10)."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from huiyin.core.dues import dues
from huiyin.core.history import History
from tests.support.shipped import calendar, library
from tests.support.walks import Walk, walked

GOLDEN = Path(__file__).parent / "golden"
PROCEDURES = sorted(library().procedures)
SEEDS = range(4)


@lru_cache(maxsize=64)
def walk(procedure: str, seed: int) -> Walk:
    lib = library()
    return walked(lib.procedure(procedure), lib.vocabulary, calendar(), seed, steps=50)


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_what_is_closed_never_moves_again(procedure: str) -> None:
    for seed in SEEDS:
        found = walk(procedure, seed)
        events = [e for e in found.view.events if e.name not in ("amended", "annulled")]
        final = {d.opened_by: d for d in _dues(found, events)}
        for k in range(5, len(events), 9):
            for due in _dues(found, events[:k]):
                later = final.get(due.opened_by)
                if due.closed_by is not None and later is not None and later.name == due.name and not later.moved_by:
                    assert (due.end, due.late, due.closed_by) == (later.end, later.late, later.closed_by)


def _dues(found: Walk, events: list) -> list:
    view = History(events, found.vocabulary)
    now = events[-1].recorded
    return [d for d in dues(found.procedure, view, found.calendar, now) if d.governs is None and d.target is None]


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_growing_a_history_is_the_same_as_building_it(procedure: str) -> None:
    for seed in SEEDS:
        found = walk(procedure, seed)
        anew = History(found.view.events, found.vocabulary)
        assert (anew.routing, anew.hops, anew.hop_of) == (found.view.routing, found.view.hops, found.view.hop_of)


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_nothing_is_late_before_its_end_and_all_is_explained(procedure: str) -> None:
    for seed in SEEDS:
        found = walk(procedure, seed)
        for due in dues(found.procedure, found.view, found.calendar, found.now + timedelta(days=30)):
            assert due.clauses
            assert due.says
            if due.late:
                assert due.end.is_late(due.closed_at or found.now + timedelta(days=30))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda p: p.stem)
def test_the_golden_corpus_keeps_its_meaning(path: Path) -> None:
    """A difference means that the core now reads old histories otherwise: mend it, or raise the edition of the rules and make it anew."""
    from tests.support.golden import replayed

    kept = json.loads(path.read_text(encoding="utf-8"))
    assert replayed(kept) == kept["dues"]
