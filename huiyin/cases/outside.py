"""Numbers that outside systems know a case by: each outside item is taken over once, and what is a mirror of such a system says so."""

from __future__ import annotations

from dataclasses import dataclass

from huiyin.cases.access import visible_to
from huiyin.cases.copies import external_pairs
from huiyin.cases.models import Case, ExternalRef
from huiyin.cases.people import By
from huiyin.cases.planning import Act
from huiyin.core.facts import BadFact
from huiyin.core.history import History
from huiyin.org import systems
from huiyin.org.models import Officer


def refuse_taken(act: Act, by: By) -> None:
    """Raises BadFact when another case holds an outside number that this act brings in; with that case's number for whoever may find it."""
    new = [e for e in act.new if "external_no" in e.case_facts]
    for system, no in external_pairs(new) if new else ():
        case_id = (
            ExternalRef.objects.filter(system=system, no=no).exclude(case_id=act.case_id).values_list("case_id", flat=True).first()
        )  # fmt: skip
        if case_id is None:
            continue
        seen = visible_to(by).filter(pk=case_id) if isinstance(by, Officer) else Case.objects.none()
        found = seen.first()
        if found is None:
            raise BadFact(new[0].name, "external_no", "taken_over_elsewhere", "text", no)
        raise BadFact(new[0].name, "external_no", "taken_over", "text", found.number or f"#{found.pk}")


@dataclass(frozen=True, slots=True)
class Outside:
    """A number of an outside system. `mirrored`: what stands there counts, and the steps here are a copy."""

    system: str
    label: str
    no: str
    mirrored: bool


def outside_of(view: History) -> list[Outside]:
    """The outside numbers of a case, as they were given; whether it is a mirror as it stands now."""
    mirrored = view.case_fact("mirrored") is True
    pairs = external_pairs(view.effective)
    return [Outside(system, systems.label(system), no, mirrored and _counts(system, pairs)) for system, no in pairs]


def _counts(system: str, pairs: list[tuple[str, str]]) -> bool:
    """Of several outside systems those of record count; where none is, all that are named."""
    of_record = {name for name, _ in pairs if systems.is_of_record(name)}
    return system in of_record or not of_record
