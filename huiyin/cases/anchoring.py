"""Anchors: once a day the heads of all cases under one root, in a table and a file (D5). Kept elsewhere, an anchor shows every later change
of what it covers, whoever made it (D6)."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings
from django.db import connection, transaction

from huiyin.cases import clock
from huiyin.cases.merkle import Tree, leaf
from huiyin.cases.models import Anchor, AnchorLeaf
from huiyin.durable import sync_folder
from huiyin.moments import ZONE, local, stored
from huiyin.org.models import AdminEvent
from huiyin.vault import db

FORMAT: Final = 1
CHUNK: Final = 2000
BEGINNING: Final = "0" * 64
LEAF: Final = ("case_id", "anchor_id", "seq", "hash")


@dataclass(frozen=True, slots=True)
class Sheet:
    """An anchor as its file holds it. `made` is a moment with offset; `seal` is the hash of all else."""

    v: int
    number: int
    made: str
    cases: int
    events: int
    admin_seq: int
    admin_hash: str
    root: str
    previous: str
    seal: str = ""

    def sealed(self) -> str:
        """What the seal must be."""
        told = {key: value for key, value in asdict(self).items() if key != "seal"}
        return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def text(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def sheet_of(row: Anchor) -> Sheet:
    """The anchor of a row."""
    made = local(row.made).replace(tzinfo=ZONE).isoformat(timespec="seconds")
    return Sheet(
        FORMAT, row.number, made, row.cases, row.events, row.admin_seq, row.admin_hash, row.root, row.previous, row.seal
    )


def read_file(path: Path) -> Sheet:
    """The anchor of a file. Raises ValueError for what is none."""
    try:
        return Sheet(**json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name}: not an anchor") from error


def file_of(number: int) -> Path:
    """Where the file of an anchor stands."""
    return Path(settings.ANCHORS) / f"anchor-{number:06}.json"


def anchor() -> Anchor:
    """Anchor all cases as they stand in this moment. Files that a crash left unwritten are written too."""
    with tempfile.TemporaryFile("w+", encoding="ascii") as changed:
        last = Anchor.objects.order_by("-number").first()
        admin = AdminEvent.objects.order_by("-seq").first()
        tree, events = Tree(), 0
        for case_id, seq, digest, anchored in _heads():
            tree.add(leaf(case_id, seq, digest))
            events += seq
            if anchored != seq:
                changed.write(f"{case_id} {seq} {digest}\n")
        row = _row(last, tree, events, admin)
        changed.seek(0)
        with transaction.atomic():
            row.save(force_insert=True)
            _write_leaves(row, changed)
    write_missing()
    return row


def write_missing() -> None:
    """Write the files that are not there: a crash left them unwritten, or a backup was put back on a machine that had none."""
    for found in Anchor.objects.order_by("number"):
        if not file_of(found.number).exists():
            write_file(found)


def _row(last: Anchor | None, tree: Tree, events: int, admin: AdminEvent | None) -> Anchor:
    made: datetime = stored(clock.now())
    row = Anchor(
        number=last.number + 1 if last else 1, made=made, cases=tree.count, events=events, root=tree.root(),
        admin_seq=admin.seq if admin else 0, admin_hash=admin.hash if admin else "", previous=last.seal if last else BEGINNING, seal="",
    )  # fmt: skip
    row.seal = sheet_of(row).sealed()
    return row


def _heads() -> Iterator[tuple[int, int, str, int | None]]:
    """(case, last seq, last hash, seq in the newest leaf), by case: one statement, so one snapshot of all cases."""
    sql = (
        "SELECT c.id, c.head_seq, c.head_hash, l.seq FROM cases_case c LEFT JOIN cases_anchorleaf l ON l.case_id = c.id "
        "AND l.anchor_id = (SELECT max(m.anchor_id) FROM cases_anchorleaf m WHERE m.case_id = c.id) ORDER BY c.id"
    )
    yield from _stream(sql)


def _stream(sql: str) -> Iterator[tuple[Any, ...]]:
    """Rows of one statement, few at a time in memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def _write_leaves(row: Anchor, changed: IO[str]) -> None:
    rows: list[tuple[Any, ...]] = []
    for line in changed:
        case_id, seq, digest = line.split()
        rows.append((int(case_id), row.number, int(seq), digest))
        if len(rows) == CHUNK:
            db.insert(AnchorLeaf, LEAF, rows)
            rows.clear()
    db.insert(AnchorLeaf, LEAF, rows)


def write_file(row: Anchor) -> Path:
    """Write the file of an anchor whole or not at all, through to the disk."""
    path = file_of(row.number)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(sheet_of(row).text())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)
    return path
