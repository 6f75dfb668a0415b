"""The sample world of the vocabulary: units, places and people for worked examples, demonstrations and tests. All names are invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from huiyin.core import identifiers
from huiyin.core.counting import MONTH_UNITS, add_months
from huiyin.core.model import Actor, Event, Party
from huiyin.core.vocabulary import Vocabulary
from huiyin.core.workdays import OfficeHours
from huiyin.core.world import Unit, UnitTree, World


def office_hours(raw: Mapping[str, Any]) -> OfficeHours:
    spans = tuple((_time(a), _time(b)) for a, b in raw["open"])
    return OfficeHours(days=raw["days"], open=spans)


def _time(text: str) -> time:
    return time.max if text == "24:00" else time.fromisoformat(text)


def sample_units(vocabulary: Vocabulary) -> list[Unit]:
    hours = {name: office_hours(raw) for name, raw in vocabulary.raw["hours"].items()}
    return [
        Unit(
            id,
            raw["label_zh"],
            raw["level"],
            raw.get("parent"),
            frozenset(raw["functions"]),
            raw.get("area", ""),
            hours[raw["hours"]],
        )
        for id, raw in vocabulary.raw["world_unit"].items()
    ]


class SampleWorld(World):
    """The sample world as one body sees it, with what an example says of other cases and settings."""

    def __init__(self, vocabulary: Vocabulary, body: str, settings: Mapping[str, Any] | None = None) -> None:
        root = vocabulary.bodies[body]["played_by"] if body in vocabulary.bodies else None
        places = {k: (v["area"], tuple(v["areas"])) for k, v in vocabulary.raw["world_place"].items()}
        super().__init__(UnitTree(sample_units(vocabulary), root), settings=settings, place_areas=places)
        self.homes = {k: v.get("home_area") for k, v in vocabulary.raw["respondent"].items()}
        self.earlier: list[Mapping[str, Any]] = []  # what happened in the other cases of the example
        self.own: Mapping[str, Any] | None = None  # ... and in the case itself so far

    def home_of(self, party: str) -> str | None:
        return self.homes.get(party)

    def cases(self, question: str, args: Mapping[str, Any], subject: Mapping[str, Any]) -> Any:
        if question == "earlier_case_of":
            return self._earlier(args, subject)
        return self._count(args, subject)

    def _earlier(self, args: Mapping[str, Any], subject: Mapping[str, Any]) -> str | None:
        since = within_start(subject["at"], args.get("within"))
        for case in reversed(self.earlier):
            if case["at"] > subject["at"] or (since is not None and case["at"] < since):
                continue
            state = args.get("state", "any")
            if state != "any" and state not in case["states"]:
                continue
            if all(_agree(name, case, subject) for name in args.get("same", ["complainant", "respondent"])):
                return str(case["label"])
        return None

    def _count(self, args: Mapping[str, Any], subject: Mapping[str, Any]) -> int:
        """So many such events over all cases, the one that is being decided included."""
        since = within_start(subject["at"], args.get("window"))
        if args.get("year") == "calendar":
            since = datetime(subject["at"].year, 1, 1)
        names = args.get("same", "complainant")
        names = names if isinstance(names, list) else [names]
        pattern = args.get("event")
        wanted: Mapping[str, Any] = pattern if isinstance(pattern, Mapping) else {"event": pattern or "registered"}
        count = 1 if subject.get("event") in (None, wanted["event"]) else 0
        if subject.get("complainant") == "claimant_a" and names == ["complainant"]:
            count += 12
        cases = [*self.earlier, self.own] if self.own is not None and wanted["event"] != "registered" else self.earlier
        for case in cases:
            for event in case["events"]:
                if (
                    event.name == wanted["event"]
                    and (since is None or since <= event.occurred)
                    and event.occurred <= subject["at"]
                ):
                    count += _is_same(event, case, names, subject) and _fits(event, wanted.get("where", {}))
        return count


def within_start(at: datetime, period: Any) -> datetime | None:
    """Beginning of the window that ends at `at`; whole days, months and years back."""
    if not isinstance(period, Mapping):
        return None
    n, unit = int(period["n"]), period["unit"]
    if unit in MONTH_UNITS:
        return datetime.combine(add_months(at.date(), -n * MONTH_UNITS[unit]), at.time())
    return at - timedelta(days=n * {"week": 7}.get(unit, 1))


def _is_same(event: Event, case: Mapping[str, Any], names: list[str], subject: Mapping[str, Any]) -> bool:
    """Does the event agree in these points? Officer and unit are those of the event, the others those of its case."""
    for name in names:
        theirs = event.facts.get(name) if name in ("officer", "unit") else case.get(name)
        if name == "unit" and theirs is None:
            theirs = event.actor.unit
        if not _same(theirs, subject.get(name)):
            return False
    return True


def _fits(event: Event, where: Mapping[str, Any]) -> bool:
    for name, wanted in where.items():
        value = event.facts.get(name)
        accepted = wanted if isinstance(wanted, list) else [wanted]
        if not any(v in accepted for v in (value if isinstance(value, tuple) else (value,))):
            return False
    return True


def _agree(name: str, case: Mapping[str, Any], subject: Mapping[str, Any]) -> bool:
    """Do both name the same? A category that neither names does not tell them apart; nor are two alike of whom nobody knows who they are."""
    if name == "category" and not case.get(name) and not subject.get(name):
        return True
    return subject.get(name) not in ("unknown", "reporter_anonymous") and _same(case.get(name), subject.get(name))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return bool(set(a) & set(b))
    return a is not None and a == b


def sample_party(vocabulary: Vocabulary, id: str, role: str, given: Mapping[str, Any] | None = None) -> Party:
    """A sample party, with what an example gives merged over it. Named parties carry name, telephone, address and postcode."""
    table = vocabulary.raw["complainant"].get(id) or vocabulary.raw["respondent"].get(id) or {}
    raw: dict[str, Any] = {k: v for k, v in table.items() if k not in ("label_zh", "note")}
    if id not in ("reporter_anonymous", "unknown"):
        raw |= {
            "name": table.get("label_zh", id),
            "phone": "13800000000",
            "address": "示范路一号",
            "postcode": "990000",
        }
    raw |= {k: v for k, v in (given or {}).items() if k not in ("label_zh", "note")}
    facts = {k: v for k, v in raw.items() if k in vocabulary.party_facts and vocabulary.party_facts[k].plain}
    has = frozenset(
        k
        for k, v in raw.items()
        if k in vocabulary.party_facts
        and not vocabulary.party_facts[k].plain
        and v
        and (k != "postcode" or identifiers.is_postcode(str(v)))  # four digits are no postcode: as if none were given
    )
    return Party(id, str(raw.get("party_role", role)), facts, has)


def sample_actor(vocabulary: Vocabulary, text: str, world: World, parties: Mapping[str, Party]) -> Actor:
    """`role@unit`, `role@unit#2`, `role@function:x`, an outside role, a party id, or system. Raises ValueError."""
    if text == "system":
        return Actor("system", None, "system")
    role, at, place = text.partition("@")
    if not at:
        if role in parties:
            return Actor(parties[role].role, None, role, role)
        if role not in vocabulary.outside:
            raise ValueError(f"{text!r} is neither role@unit, nor an outside role, nor a party of the example")
        wanted = {"complainant", "reporter"} if role in ("complainant", "reporter") else {role}
        party = next((p.id for p in parties.values() if p.role in wanted), None)
        return Actor(role, None, party or role, party)
    if role not in vocabulary.roles or vocabulary.roles[role]["side"] != "inside":
        raise ValueError(f"unknown role {role!r}")
    unit, _, number = place.partition("#")
    if unit.startswith("function:"):
        name, _, start = unit[9:].partition("@")
        unit = world.tree.nearest_with(name, start or world.tree.root) or unit
    if unit not in world.tree:
        raise ValueError(f"unknown unit {unit!r}")
    person = f"{role}@{unit}" + (f"#{number}" if number else "")
    return Actor(role, unit, person)
