"""The two indexes in the words of each database: rows in, rows out, and which cases hold a phrase.

PostgreSQL: a tsvector with positions under GIN. GIN knows no order, so each row also has the token of its span of cases (#12): "the newest twenty"
asks span by span and never fetches all that a common word has. SQLite: FTS5 without content, read by rowid, which grows with the case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db import connection

from huiyin.search.models import PARTS, ClosedRow, IndexRow, OpenRow
from huiyin.search.words import CLOSED, LENGTH, OPEN
from huiyin.vault import db

SPAN: Final = 20_000  # cases in one span
AFFORDABLE: Final = {"sqlite": 1_000_000, "postgresql": 25_000}
AT_ONCE: Final = 500  # ids in one statement
_LEXEME: Final = re.compile(r"'([^']+)'(?::([0-9,]+))?")
Phrases = Sequence[Sequence[str]]  # of one term: all of them in one row


@dataclass(frozen=True, slots=True)
class Entry:
    """One row to be: its id, case and event, and its tokens in their order."""

    id: int
    case_id: int
    seq: int
    tokens: tuple[str, ...]


class Index:
    """One of the two."""

    def __init__(self, name: str, model: type[IndexRow]) -> None:
        self.name, self.model = name, model
        self.table, self.fts = model._meta.db_table, f"{model._meta.db_table}_fts"

    @property
    def affordable(self) -> int:
        """Cases that reading one page may have the index name. PostgreSQL reads a row of the table for each of them."""
        return AFFORDABLE[connection.vendor]

    # -- writing

    def add(self, entries: Sequence[Entry]) -> None:
        """Insert rows whose ids are not there yet."""
        if not entries:
            return
        if connection.vendor == "postgresql":
            rows: list[tuple[Any, ...]] = [(e.id, e.case_id, e.seq, b"", _vector(e)) for e in entries]
            db.insert(self.model, ("id", "case_id", "seq", "tokens", "words"), rows)
            return
        rows = [(e.id, e.case_id, e.seq, "".join(e.tokens).encode("ascii")) for e in entries]
        db.insert(self.model, ("id", "case_id", "seq", "tokens"), rows)
        with db.cursor_at_hand() as cursor:
            for entry in entries:
                db.execute(
                    cursor, f"INSERT INTO {self.fts} (rowid, words) VALUES (%s, %s)", [entry.id, " ".join(entry.tokens)]
                )

    def remove(self, cases: Sequence[int]) -> int:
        """Take out everything of these cases. Returns how many rows there were."""
        count = 0
        for some in _chunks(cases):
            mine = self.model._default_manager.filter(case_id__in=some)
            if connection.vendor == "sqlite":
                with connection.cursor() as cursor:
                    for pk, tokens in list(mine.values_list("id", "tokens")):
                        cursor.execute(
                            f"INSERT INTO {self.fts} ({self.fts}, rowid, words) VALUES ('delete', %s, %s)",
                            [pk, " ".join(_apart(tokens))],
                        )
            count += mine.delete()[0]
        return count

    def last_part(self, case_id: int) -> int:
        """The place of the newest row of a case; -1 without any."""
        with db.cursor_at_hand() as cursor:
            low = case_id * PARTS
            db.execute(cursor, f"SELECT max(id) FROM {self.table} WHERE id >= %s AND id < %s", [low, low + PARTS])
            last = cursor.fetchone()[0]
        return -1 if last is None else last - low

    def stored(self, cases: Sequence[int]) -> dict[int, tuple[int, int, tuple[str, ...]]]:
        """What is there of these cases: id -> case, event, tokens in order."""
        if connection.vendor == "sqlite":
            rows = self.model._default_manager.filter(case_id__in=cases).values_list("id", "case_id", "seq", "tokens")
            return {pk: (case, seq, tuple(_apart(tokens))) for pk, case, seq, tokens in rows}
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id, case_id, seq, words::text FROM {self.table} WHERE case_id = ANY(%s)", [list(cases)]
            )
            return {pk: (case, seq, _in_order(text)) for pk, case, seq, text in cursor.fetchall()}

    # -- reading

    def cases(self, terms: Sequence[Phrases], low: int, high: int) -> list[int]:
        """Cases from `low` (with it) to `high` (without it) in which every term stands, the newest first. A term stands in one row, two terms
        may stand in two. The quickest order of the terms: the most common one last."""
        with connection.cursor() as cursor:
            cursor.execute(
                *(
                    self._cases_here(terms, low, high)
                    if connection.vendor == "sqlite"
                    else self._cases_there(terms, low, high)
                )
            )
            return [row[0] for row in cursor.fetchall()]

    def _cases_here(self, terms: Sequence[Phrases], low: int, high: int) -> tuple[str, list[Any]]:
        """On SQLite: the last term is walked along, the others are held against it; INTERSECT would sort every one of them."""
        one = f"SELECT rowid / {PARTS} FROM {self.fts} WHERE {self.fts} MATCH %s AND rowid >= %s AND rowid < %s"
        given = [[_match(phrases), low * PARTS, high * PARTS] for phrases in terms]
        others = "".join(f" AND rowid / {PARTS} IN ({one})" for _ in terms[1:])
        sql = f"SELECT DISTINCT {one.removeprefix('SELECT ')}{others} ORDER BY 1 DESC"
        return sql, [*given[-1], *(value for some in given[:-1] for value in some)]

    def _cases_there(self, terms: Sequence[Phrases], low: int, high: int) -> tuple[str, list[Any]]:
        spans = _spans(low, high)
        narrowed = f"({' | '.join(spans)}) & " if spans else ""
        distinct = "DISTINCT " if len(terms) == 1 else ""  # INTERSECT sees to it by itself
        one = (
            f"SELECT {distinct}case_id FROM {self.table} WHERE words @@ %s::tsquery AND case_id >= %s AND case_id < %s"
        )
        params = [value for phrases in terms for value in (narrowed + _query(phrases), low, high)]
        return f"{' INTERSECT '.join([one] * len(terms))} ORDER BY 1 DESC", params

    def among(self, phrases: Phrases, cases: Iterable[int]) -> set[int]:
        """Those of few cases in which the term stands."""
        return {case for case, _seq in self.events(phrases, cases)}

    def events(self, phrases: Phrases, cases: Iterable[int]) -> list[tuple[int, int]]:
        """(case, event) of the rows of few cases in which the term stands, in order."""
        wanted, found = sorted(set(cases)), set[tuple[int, int]]()
        for some in _chunks(wanted):
            found.update(
                self._events_here(phrases, some) if connection.vendor == "sqlite" else self._events_there(phrases, some)
            )
        return sorted(found)

    def _events_here(self, phrases: Phrases, cases: Sequence[int]) -> Iterator[tuple[int, int]]:
        """On SQLite: the tokens are read and held against the term. Asking FTS5 row by row takes twenty times as long."""
        rows = self.model._default_manager.filter(case_id__in=cases).values_list("case_id", "seq", "tokens")
        wanted = ["".join(phrase).encode("ascii") for phrase in phrases]
        return ((case, seq) for case, seq, tokens in rows if all(_stands(one, tokens) for one in wanted))

    def _events_there(self, phrases: Phrases, cases: Sequence[int]) -> list[tuple[int, int]]:
        """On PostgreSQL: the rows of the cases first, for their words are few and those of the index may be many."""
        places = ", ".join(["%s"] * len(cases))
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH mine AS MATERIALIZED (SELECT case_id, seq, words FROM {self.table} WHERE case_id IN ({places})) "
                "SELECT case_id, seq FROM mine WHERE words @@ %s::tsquery",
                [*cases, _query(phrases)],
            )
            return list(cursor.fetchall())

    @cached_property
    def schema(self) -> Mapping[str, tuple[Sequence[str], Sequence[str]]]:
        """What Django cannot make, by database: statements forwards and back."""
        return {
            "sqlite": (
                [
                    f"CREATE VIRTUAL TABLE {self.fts} USING fts5(words, content='', tokenize='ascii')",
                ],
                [f"DROP TABLE {self.fts}"],
            ),
            "postgresql": (
                [
                    f"ALTER TABLE {self.table} ADD COLUMN words tsvector NOT NULL DEFAULT ''",
                    f"CREATE INDEX {self.table}_words ON {self.table} USING gin (words) WITH (gin_pending_list_limit = 512)",
                ],
                [f"DROP INDEX {self.table}_words", f"ALTER TABLE {self.table} DROP COLUMN words"],
            ),
        }


INDEXES: Final = {OPEN: Index(OPEN, OpenRow), CLOSED: Index(CLOSED, ClosedRow)}


def _vector(entry: Entry) -> str:
    places: dict[str, list[int]] = {}
    for at, token in enumerate(entry.tokens, 1):
        places.setdefault(token, []).append(at)
    words = " ".join(f"'{token}':{','.join(map(str, at))}" for token, at in places.items())
    return f"{words} '#{entry.case_id // SPAN}'"


def _in_order(text: str) -> tuple[str, ...]:
    """The tokens of a tsvector by their places: 'abcdefgh':1,4 'ijklmnop':2 '#12'."""
    at = [(int(n), token) for token, places in _LEXEME.findall(text) for n in places.split(",") if n]
    return tuple(token for _n, token in sorted(at))


def _apart(tokens: bytes | memoryview) -> list[str]:
    text = bytes(tokens).decode("ascii")
    return [text[at : at + LENGTH] for at in range(0, len(text), LENGTH)]


def _stands(wanted: bytes, tokens: bytes | memoryview) -> bool:
    """Do these tokens follow one another in those?"""
    there, at = bytes(tokens), -1
    while (at := there.find(wanted, at + 1)) >= 0:
        if at % LENGTH == 0:
            return True
    return False


def _match(phrases: Phrases) -> str:
    return " AND ".join(f'"{" ".join(phrase)}"' for phrase in phrases)


def _query(phrases: Phrases) -> str:
    return " & ".join(f"({' <-> '.join(repr(token) for token in phrase)})" for phrase in phrases)


def _spans(low: int, high: int) -> list[str]:
    """The tokens of the spans that cover these cases; none where they are so many that asking for all is better."""
    first, last = low // SPAN, (high - 1) // SPAN
    return [f"'#{n}'" for n in range(first, last + 1)] if last - first < 24 else []


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
