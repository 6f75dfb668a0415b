"""Facts that name files, on their way in: what was sent becomes a reference to the file, any other text stays the name of a paper."""

from __future__ import annotations

import re
from typing import Any, Final

from huiyin.cases.people import By, Outside
from huiyin.core.facts import BadFact
from huiyin.core.model import Sealed
from huiyin.core.vocabulary import FactType
from huiyin.evidence import queries as evidence
from huiyin.evidence.models import File
from huiyin.org.models import Officer
from huiyin.vault.models import Record
from huiyin.vault.refs import FileRef, VaultRef

ID: Final = re.compile(r"file:([0-9a-f]{32})")
"""How a file that was sent stands among facts."""


def file_id(value: object) -> str | None:
    """The id of a file that is named; none for the name of a paper."""
    found = ID.fullmatch(value) if isinstance(value, str) else None
    return found.group(1) if found else None


def owner_of(officer: Officer) -> str:
    """Whose a file is that an officer sends: it stays his in another of his posts."""
    return officer.person.key


def closed(event: str, kind: FactType | None, name: str, value: Any, by: By, case_id: int | None) -> Any:
    """A personal value as it waits to be sealed. Raises BadFact for a file that is not there, or is somebody else's."""
    items = value if isinstance(value, tuple) else (value,)
    if (
        kind is None
        or kind.type not in ("file", "files")
        or not any(file_id(i) or isinstance(i, Sealed) for i in items)
    ):
        return VaultRef.fresh(list(value) if isinstance(value, tuple) else value)
    refs = _refs(event, name, [id for i in items if (id := file_id(i))], by, case_id)
    found = [i if isinstance(i, Sealed) else refs[id] if (id := file_id(i)) else VaultRef.fresh(i) for i in items]
    return tuple(dict.fromkeys(found)) if isinstance(value, tuple) else found[0]


def _refs(event: str, fact: str, ids: list[str], by: By, case_id: int | None) -> dict[str, FileRef]:
    """Files by id: those that were sent, those that the case has already, and those that this very request brought when it was sent before."""
    waiting = evidence.staged(ids)
    there = evidence.files(id for id in ids if id not in waiting)
    sealed = evidence.sealed_staged(waiting.values())
    own = dict(Record.objects.filter(pk__in=list(there)).values_list("ref", "commitment")) if there else {}
    found: dict[str, FileRef] = {}
    for id in ids:
        row: Any = waiting.get(id) or there.get(id)
        known = isinstance(row, File) and row.case_id == case_id and not isinstance(by, Outside)
        if row is None or (id in waiting and id not in sealed) or not (known or _is_own(row.owner, by)):
            raise BadFact(event, fact, "unknown_file", "file")
        found[id] = FileRef(id, own[id]) if known else _waiting(id, sealed[id].value() if id in sealed else {})
    return found


def _waiting(id: str, value: dict[str, str]) -> FileRef:
    """A file that is the case's once the event is allowed. One without a value was used before: writing refuses it, unless the request is
    one that is answered and not repeated."""
    ref = FileRef(id)
    ref.value, ref.pending = value, True
    return ref


def _is_own(owner: str, by: By) -> bool:
    """An officer's files are his alone. What a visitor sent is known to his visit alone: its id is as good as a key."""
    if isinstance(by, Officer):
        return owner == owner_of(by)
    return isinstance(by, Outside) and not re.fullmatch(r"p[0-9]+", owner)


__all__ = ["ID", "closed", "file_id", "owner_of"]
