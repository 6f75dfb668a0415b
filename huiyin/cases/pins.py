"""Which rules a case runs under: pinned when it begins, moved by `rebased` alone (D10)."""

from __future__ import annotations

from datetime import date, datetime

from huiyin.core.facts import BadFact
from huiyin.core.rules import Procedure
from huiyin.org import procedures
from huiyin.org.models import CompiledProcedure


def procedure_at(id: str, unit: str, moment: datetime) -> Procedure:
    """The procedure as the unit works by it on that day; where it has not adopted it, the newest that is stored. Raises UnknownProcedure."""
    for adopted in procedures.adopted(unit, on=moment.date()):
        if adopted.procedure == id:
            return procedures.procedure_for(adopted.hash)
    found = _newest(id, None)
    if found is None:
        raise procedures.UnknownProcedure(f"no unit has adopted {id}, and it is not stored")
    return procedures.procedure_for(found)


def version(id: str, in_force: date | None) -> str:
    """Hash of the stored version of a procedure that came into force that day, else of the newest. Raises BadFact."""
    found = _newest(id, in_force)
    if found is None:
        raise BadFact("rebased", "procedure" if in_force is None else "version", "unknown_version", "procedure", id)
    return found


def _newest(id: str, in_force: date | None) -> str | None:
    if "\0" in id:  # from outside; PostgreSQL takes no such text, not even to compare
        return None
    chosen = CompiledProcedure.objects.filter(procedure_id=id)
    if in_force is not None:
        chosen = chosen.filter(in_force=in_force)
    return chosen.order_by("-in_force", "-stored_at").values_list("hash", flat=True).first()
