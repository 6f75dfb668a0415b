"""Cases that belong together, as an officer may see them: those of one case, and the newest repeats. One may not see is not there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, Q

from huiyin.cases.access import visible_to
from huiyin.cases.models import ORDINARY, Case, Link
from huiyin.core.model import Event
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org.models import Officer

SAY_SO: Final = frozenset({"linked", "split"})
MOST: Final = 50  # related cases of one case that a page shows


@dataclass(frozen=True, slots=True)
class Related:
    """Another case and what it is to this one (a code of the value list `relation`)."""

    case: Case
    relation: str


def of_case(officer: Officer, case: Case) -> list[Related]:
    """Cases that this one names or that name it, the newest first; each once. Two queries."""
    found: dict[int, str] = {}
    rows = Link.objects.filter(Q(case_id=case.pk) | Q(other_id=case.pk)).order_by("pk")
    for one, other, relation in rows.values_list("case_id", "other_id", "relation")[: 4 * MOST]:
        found.setdefault(other if one == case.pk else one, relation if one == case.pk else inverse(relation))
    if not found:
        return []
    seen = visible_to(officer).filter(pk__in=list(found)).order_by("-pk")[:MOST]
    return [Related(one, found[one.pk]) for one in seen]


def not_told(officer: Officer, events: Iterable[Event]) -> frozenset[int]:
    """Numbers of the events of a case that say no more than that it belongs to a report or the like which this officer may not find. Whoever knows
    who complained would know from them who reported."""
    named = {
        e.seq: {pk for name, ids in e.seen.items() if name.startswith("case:") for pk in ids}
        for e in events
        if e.name in SAY_SO
    }
    wanted = set[int]().union(*named.values())
    if not wanted:
        return frozenset()
    finds = visible_to(officer).filter(pk=OuterRef("pk"))
    secret = Case.objects.filter(~Exists(finds), pk__in=wanted).exclude(secrecy=ORDINARY)
    hidden = set(secret.values_list("pk", flat=True))
    return frozenset(seq for seq, ids in named.items() if ids and ids <= hidden)


def inverse(relation: str) -> str:
    """What the other case is, said from here."""
    table: dict[str, str] = load_vocabulary().raw["value"]["relation"].get("inverse", {})
    back = {there: here for here, there in table.items()}
    return table.get(relation) or back.get(relation, relation)
