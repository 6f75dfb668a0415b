"""The register of what was destroyed, once more beside the ring of keys: a line of JSON a case. A restored backup may be older than a disposal;
from this list the event and the entry that are missing in it are written again (D3)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from huiyin.durable import append_lines
from huiyin.retention.models import Destroyed

FILE: Final = "disposed.jsonl"
FIELDS: Final = tuple(f.name for f in Destroyed._meta.concrete_fields if f.name not in ("seq", "admin_seq", "again"))


def note(rows: Iterable[Destroyed]) -> None:
    """Add entries to the list, written through."""
    append_lines(_path(), [json.dumps(line_of(row), ensure_ascii=False, sort_keys=True) for row in rows])


def line_of(row: Destroyed) -> dict[str, Any]:
    """An entry as the list has it: plain values."""
    plain = {name: getattr(row, name) for name in FIELDS}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in plain.items()}


def noted() -> dict[int, dict[str, Any]]:
    """The entries of the list by the id of the case. A last line that a crash cut short is passed over: its entry is added again."""
    path, found = _path(), dict[int, dict[str, Any]]()
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            one = json.loads(line)
        except ValueError:
            continue
        found[one["case_id"]] = one
    return found


def _path() -> Path:
    return Path(settings.KEYS) / FILE


def at_start() -> list[str]:
    """Nothing speaks against a start; what a crash kept from the list is added to it."""
    known = noted()
    missing = [row for row in Destroyed.objects.order_by("no").iterator(chunk_size=500) if row.case_id not in known]
    if missing:
        path = _path()
        if path.exists() and not path.read_bytes().endswith(b"\n"):
            with path.open("ab") as file:
                file.write(b"\n")
        note(missing)
    return []
