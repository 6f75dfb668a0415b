"""Input that was spoilt on purpose: rules files, tables to be imported with their maps, and bodies of the log.

Each target takes a `random.Random`, makes one spoilt input from a real one, and reads it. What it may end in is a result or the reader's own
error, with the place in it; anything else that is raised is a defect. The same seed gives the same input.
"""

from __future__ import annotations

import io
import json
import random
import re
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from huiyin.cases import bodies, verifying
from huiyin.core import calendar_files, categories, outside_systems, retention
from huiyin.core.compose import Library, compile_procedure, load_library
from huiyin.core.day_table import CalendarError
from huiyin.core.errors import RuleError
from huiyin.core.load import load_rule_set
from huiyin.core.toml_files import read
from huiyin.core.vocabulary import RULES, load_vocabulary
from huiyin.imports import mapping
from huiyin.imports.errors import FileError, MapError, Reject
from huiyin.imports.sources import open_table
from huiyin.notices import texts
from huiyin.search import words
from huiyin.vault import chain
from tests.support.walks import walked

LITERALS: Final = (
    '""', '"x"', '"\\u0000"', "0", "-1", "7", "99999999999999999999", "1.5", "inf", "nan", "true", "false", "[]", "[[]]", "{}", "[1]", '["x"]',
    '["", ""]', '{ a = "x" }', "{ n = 5, unit = \"working_day\" }", "{ n = -5, unit = \"day\" }", "{ n = 999999999, unit = \"year\" }",
    "{ n = 5 }", "2026-02-01", "2026-02-01T09:00:00", "09:00:00", "0001-01-01", "9999-12-31", '{ event = "registered" }', '{ event = 3 }',
    '{ all = [] }', '{ not = { all = [ { any = [] } ] } }', '{ fact = "kind", is = "complaint" }', '{ fact = 3 }', '"registered"', '"concluded"',
    '"intake_officer@registrar"', '"a@b@c"', '"handler@"', '[{ event = "accepted" }]', "[" * 60 + "]" * 60, '"' + "长" * 5000 + '"',
)  # fmt: skip
SIGNS: Final = "\"'=[]{},.#\\\n\t\0x0长\U0001f600@:-"
STRANGE: Final = (
    None, "", "x", "\x00", "长" * 3000, 0, -1, 2**63, 10**400, 1.5, float("nan"), True, [], {}, [[]], {"": ""}, "2026-02-30",
    "9999-12-31T23:59:59+08:00",
    "true", {"$date": "x"}, {"$moment": 3}, {"vault": "x"}, "\ud800",
)  # fmt: skip
WHOLE: Final = (
    0.2  # share of rule sets that are compiled with the others of their procedure, which takes a hundred times as long
)
LOG_ERRORS: Final = (*verifying.UNREADABLE, bodies.UnknownFormat)
MINUTES: Final = re.compile(r"^(\s*[\w\"-]+\s*=\s*)(.+)$")
STRING: Final = re.compile(r'"[^"\n]*"')
NUMBER: Final = re.compile(r"\b\d+\b")


class Defect(AssertionError):
    """Something other than a result or the reader's own error."""


# -- spoiling


def spoilt_text(chance: random.Random, text: str) -> str:
    """A TOML text with one to four things wrong: mostly still TOML, so that it comes past the parser."""
    lines = text.split("\n")
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(lines))
        line, how = lines[place], chance.randrange(9)
        if how <= 2 and (found := MINUTES.match(line)):
            lines[place] = found[1] + chance.choice(LITERALS)
        elif how <= 4 and STRING.search(line):
            other = chance.choice(STRING.findall(text))
            lines[place] = STRING.sub(lambda m, other=other: other if chance.random() < 0.5 else m[0], line)
        elif how == 5:
            lines[place] = NUMBER.sub(lambda m: chance.choice(("0", "-1", "99999999", m[0] + "0")), line)
        elif how == 6:
            del lines[place : place + chance.randint(1, 3)]
            lines = lines or [""]
        elif how == 7:
            lines.insert(chance.randrange(len(lines)), line)
        else:
            at = chance.randrange(len(line) + 1)
            lines[place] = line[:at] + chance.choice(SIGNS) + line[at + chance.randint(0, 2) :]
    return "\n".join(lines)


def spoilt_bytes(chance: random.Random, data: bytes) -> bytes:
    """Bytes changed, left out, put in, or cut off."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, how = chance.randrange(len(found) + 1), chance.randrange(5)
        if how == 0:
            found[at : at + 1] = bytes([chance.randrange(256)])
        elif how == 1:
            del found[at : at + chance.randint(1, 40)]
        elif how == 2:
            found[at:at] = chance.choice(
                (b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"=", b"'", "长".encode("gb18030"), b"9" * 400)
            )
        elif how == 3:
            found[at:at] = found[max(0, at - 200) : at]
        elif chance.random() < 0.2:
            del found[at:]
    return bytes(found)


def spoilt_value(chance: random.Random, value: Any) -> Any:
    """A JSON value with one thing in it changed, left out or put in."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        found, name = dict(value), chance.choice(sorted(value))
        how = chance.randrange(4)
        if how == 0:
            del found[name]
        elif how == 1:
            found[chance.choice(("x", "v", "for", "", name + "x"))] = found.pop(name)
        else:
            found[name] = spoilt_value(chance, found[name])
        return found
    if isinstance(value, list) and value and chance.random() < 0.7:
        at = chance.randrange(len(value))
        return [*value[:at], spoilt_value(chance, value[at]), *value[at + 1 :]]
    return chance.choice(STRANGE)


# -- rules files


@cache
def library() -> Library:
    """The shipped rules, read once."""
    return load_library()


@cache
def rule_files() -> tuple[Path, ...]:
    """Every shipped file that holds rules or stands beside them."""
    return tuple(sorted(path for path in RULES.rglob("*.toml") if path.name != "vocabulary.toml"))


def rules(chance: random.Random) -> str:
    """A rules file, a calendar, a scheme of categories, words of notices. Returns the text that was read."""
    path = chance.choice(rule_files())
    return read_rules(path, spoilt_text(chance, _text(path)), whole=chance.random() < WHOLE)


@lru_cache(maxsize=200)
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def read_rules(path: Path, text: str, *, whole: bool) -> str:
    """Read this text as that file. Raises Defect unless it can be used or is refused with its place. `whole`: compile a procedure with it."""
    with tempfile.TemporaryDirectory(prefix="huiyin-fuzz-") as folder:
        there = Path(folder) / path.parent.name / path.name
        there.parent.mkdir()
        there.write_text(text, encoding="utf-8", errors="surrogatepass")
        try:
            _load(path, there, whole)
        except (RuleError, CalendarError) as error:
            told = f"{getattr(error, 'file', '')} {error} {getattr(error, 'path', '')}"
            if path.stem.partition("@")[0] not in told:
                raise Defect(f"no place: {error!r}") from error
    return text


def _load(path: Path, there: Path, whole: bool) -> None:
    words_, parent = load_vocabulary(), path.parent.name
    if parent == "calendar":
        calendar_files.load_year(there)
    elif parent == "categories":
        categories.load_scheme(there, words_)
    elif path.name == "systems.toml":
        outside_systems.load(there.parent)
    elif path.name == "retention.toml":
        retention.load(words_, there.parent)
    elif path.name == "notices.toml":
        texts.load([there.parent] if path.parent == RULES else [there.parent.parent], words_)
    elif path.name == "procedures.toml":
        load_procedures(there)
    else:
        found = load_rule_set(
            read(there), words_, "common.toml" if path.name == "common.toml" else f"{parent}/{path.name}"
        )
        if whole:
            _compile(found)


def load_procedures(there: Path) -> None:
    """The procedures of a body, with the rule sets that are shipped."""
    from huiyin.core.compose import _add_procedures

    shipped = library()
    own = Library(shipped.vocabulary, shipped.common)
    own.sets = shipped.sets
    _add_procedures(own, read(there), f"{there.parent.name}/{there.name}")


def _compile(changed: Any) -> None:
    """One procedure that has this rule set, with the changed one in its place."""
    shipped = library()
    for id, entry in shipped.procedures.items():
        sets = shipped.procedure(id).rule_sets
        if any(one.code == changed.code for one in sets):
            chosen = [changed if one.code == changed.code else one for one in sets]
            compile_procedure(entry, chosen, shipped.vocabulary)
            return


# -- tables to be imported


MAP: Final = """
enter     = "imported"
procedure = "trial/complaint"
occurred  = { column = "time" }

[external]
system = "old"
no     = "{no}"

[facts]
kind       = "complaint"
channel    = { column = "channel", table = { "电话" = "phone", "网站" = "web" } }
what       = "{what}"
amount_fen = { column = "sum", money = "yuan" }

[[party]]
role = "complainant"
name = "{who}"
"""
TABLE: Final = "no,time,channel,what,who,sum\n" + "".join(
    f"{n},2026-05-0{n} 10:00:00,电话,水壶漏水 {n},王某某,{n}9.9{n}\n" for n in range(1, 10)
)


def imports(chance: random.Random) -> str:
    """A map, a CSV or a workbook. Returns what was read."""
    kind = chance.choice(("map", "shipped map", "csv", "csv", "xlsx", "xlsx inside"))
    with tempfile.TemporaryDirectory(prefix="huiyin-fuzz-") as folder:
        chart, table = Path(folder, "map.toml"), Path(folder, "cases.xlsx" if "xlsx" in kind else "cases.csv")
        chart.write_text(_spoilt_map(chance, kind), encoding="utf-8", errors="surrogatepass")
        table.write_bytes(_spoilt_table(chance, kind))
        try:
            read_table(chart, table)
        except (MapError, FileError) as error:
            if isinstance(error, MapError) and not error.file:
                raise Defect(f"no place: {error!r}") from error
        return f"{kind}\n{chart.read_bytes()!r}\n{table.read_bytes()!r}"


def _spoilt_map(chance: random.Random, kind: str) -> str:
    if kind == "map":
        return spoilt_text(chance, MAP)
    if kind == "shipped map":
        return spoilt_text(chance, _text(chance.choice(sorted(mapping.SHIPPED.glob("*.toml")))))
    return MAP


def _spoilt_table(chance: random.Random, kind: str) -> bytes:
    if kind == "csv":
        return spoilt_bytes(chance, TABLE.encode(chance.choice(("utf-8", "utf-8", "gb18030", "utf-16"))))
    if kind == "xlsx":
        return spoilt_bytes(chance, workbook())
    if kind != "xlsx inside":
        return TABLE.encode()
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as given, zipfile.ZipFile(made, "w") as zip_:
        chosen = chance.choice(given.namelist())
        for name in given.namelist():
            data = given.read(name)
            zip_.writestr(name, spoilt_bytes(chance, data) if name == chosen else data)
    return made.getvalue()


@cache
def workbook() -> bytes:
    """The table as a workbook."""
    from openpyxl import Workbook

    book, made = Workbook(), io.BytesIO()
    for line in TABLE.splitlines():
        book.active.append(line.split(","))
    book.save(made)
    return made.getvalue()


def read_table(chart: Path, table: Path) -> int:
    """Every row as it would be registered. Raises MapError, FileError."""
    known = mapping.load(chart)
    rows = 0
    for record in open_table(table, encoding=known.encoding, delimiter=known.delimiter, sheet=known.sheet).rows:
        rows += 1
        try:
            known.entry(record)
        except Reject:
            continue
    return rows


# -- bodies of the log


KEY: Final = b"k" * 32


@cache
def logs() -> tuple[tuple[tuple[int, str], ...], ...]:
    """Logs of some walks through real procedures, in the form of the database."""
    shipped, calendar = library(), calendar_files.load()
    found = []
    for number, name in enumerate(("jiangmen/complaint", "henan/complaint", "national/complaint", "nanxi/complaint")):
        if name not in shipped.procedures:
            continue
        walk = walked(shipped.procedure(name), shipped.vocabulary, calendar, number, steps=40)
        found.append(tuple((e.seq, _body(e)) for e in walk.view.events))
    return tuple(found)


def _body(event: Any) -> str:
    """Without what only the vault can write; the walk's people and files stand as plain texts."""
    pin = bodies.Pin("p", "0" * 64) if event.seq == 1 else None
    plain = [p for p in event.parties.values() if not p.has]
    from dataclasses import replace

    return bodies.text_of(replace(event, parties={p.id: p for p in plain}), bodies.Extra(pin=pin))


def decoder(chance: random.Random) -> str:
    """A body that was written by somebody else. Returns it."""
    rows = chance.choice(logs())
    at = chance.randrange(len(rows))
    text = rows[at][1]
    if chance.random() < 0.3:
        text = spoilt_bytes(chance, text.encode()).decode("utf-8", "surrogateescape")
    elif chance.random() < 0.05:
        text = "[" * 100_000
    else:
        raw = json.loads(text)
        for _ in range(chance.randint(1, 3)):
            raw = spoilt_value(chance, raw) if isinstance(raw, dict) else raw
        text = json.dumps(raw, ensure_ascii=False)
    with suppress(*LOG_ERRORS):
        bodies.read_all([*rows[:at], (rows[at][0], text), *rows[at + 1 :]])
    return text


def ledger(chance: random.Random) -> str:
    """Rows of one case in the database, altered: `verify` must name something, and never break. Returns what was done."""
    rows = stored(chance.choice(logs()))
    changed, done = list(rows), []
    for _ in range(chance.randint(1, 3)):
        done.append(_alter(chance, changed))
        if not changed:
            break
    head = [(1, rows[-1][1], rows[-1][3])]
    found = verifying.look(1, changed, head, [], KEY)
    if changed != rows and not found:
        raise Defect(f"altered and not found: {done}")
    if changed == rows and found:
        raise Defect(f"not altered and yet found: {found}")
    return " ".join(done)


def _alter(chance: random.Random, rows: list[tuple[Any, ...]]) -> str:
    how = chance.choice(("body", "hash", "column", "delete", "swap", "cut", "copy"))
    at = chance.randrange(len(rows))
    row = rows[at]
    if how == "body":
        text = chance.choice(
            (
                "",
                "{}",
                "x",
                "null",
                "[1]",
                row[2].replace("1", "2", 1),
                spoilt_bytes(chance, row[2].encode()).decode("utf-8", "replace"),
            )
        )
        rows[at] = (*row[:2], text, *row[3:])
    elif how == "hash":
        rows[at] = (*row[:3], chance.choice(("", "zz", "0" * 64, row[3][::-1])), *row[4:])
    elif how == "column":
        place = chance.choice((4, 7, 8, 9))
        rows[at] = (*row[:place], f"{row[place]}x", *row[place + 1 :])
    elif how == "delete":
        del rows[at]
    elif how == "swap" and len(rows) > 1:
        other = chance.randrange(len(rows))
        a, b = rows[at], rows[other]
        rows[at], rows[other] = (*a[:2], *b[2:]), (*b[:2], *a[2:])
    elif how == "cut":
        del rows[at:]
    elif how == "copy":
        rows.append((row[0], rows[-1][1] + 1, *row[2:]))
    return f"{how} {at}"


@cache
def _stored(number: int) -> tuple[tuple[Any, ...], ...]:
    from huiyin.moments import stored as utc

    prev, found = chain.genesis("case:1"), []
    log = bodies.read_all(logs()[number])
    for (seq, text), event in zip(logs()[number], log.events, strict=True):
        prev = chain.link(prev, seq, text, key=KEY)
        found.append((
            1, seq, text, prev, event.name, utc(event.occurred), utc(event.recorded), event.actor.role, event.actor.unit or "", event.actor.person,
            event.round, event.late_reason is not None,
        ))  # fmt: skip
    return tuple(found)


def stored(rows: Sequence[tuple[int, str]]) -> list[tuple[Any, ...]]:
    """A log with its hashes and columns, as `verify` reads it."""
    return list(_stored(logs().index(tuple(rows))))


# -- words to be found again


def text(chance: random.Random) -> str:
    """Any text at all goes into the index of words. Returns it."""
    alphabet = "水壶漏 \n。，,.;:!?'\"()0123456789abcXYZé-_/\\@#$%\u0000\u200b\U0001f600ﬁ①㎏Ⅻ\u3000"
    made = "".join(chance.choice(alphabet) for _ in range(chance.choice((0, 1, 2, 5, 40, 400))))
    grams = [gram for row in words._chunks(words.units(words.without_numbers(words.readable(made)))) for gram in row]
    if any(not gram for gram in grams):
        raise Defect("an empty token")
    return made


TARGETS: Final[dict[str, Callable[[random.Random], str]]] = {
    "rules": rules, "imports": imports, "decoder": decoder, "ledger": ledger, "text": text,
}  # fmt: skip


def attempt(target: str, seed: str) -> str | None:
    """One input. None when all is well, else what was raised, with where."""
    import traceback

    try:
        TARGETS[target](random.Random(f"{target} {seed}"))
    except Exception as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "/huiyin/" in f.filename]
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno} {frames[-1].name}" if frames else ""
        return f"{type(error).__name__} at {where}: {str(error)[:200]}"
    return None


__all__ = ["TARGETS", "Defect", "attempt"]
