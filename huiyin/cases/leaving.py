"""What leaves towards the respondent or the outside is looked through for whoever must stay unknown: the one gate, where events are decided.

Pages, the API, imports and the worker all record through `planning.add`, and what is recorded is all that anybody outside can read: notices,
the respondent's page, shared files and documents are made from events. In reports, complaints about staff and whatever is classified, nothing
that tells of the reporter goes through, whoever writes it. In a complaint whose rules keep the complainant from the respondent an officer may
let it go for one of REASONS, which stands in the event. Webhooks carry no words at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from huiyin.cases.intake import ON_THE_REPORTERS_SIDE, SECRET_KINDS
from huiyin.cases.models import ORDINARY
from huiyin.cases.people import By, Outside
from huiyin.cases.sides import BETWEEN_THE_SIDES, author, for_whom
from huiyin.core import leaks
from huiyin.core.audience import LAST
from huiyin.core.context import Ctx
from huiyin.core.facts import BadFact
from huiyin.core.history import History
from huiyin.core.leaks import Mark
from huiyin.core.model import Event, Party, Refused, Sealed, changed
from huiyin.core.rules import Procedure
from huiyin.core.world import World
from huiyin.org.models import Officer
from huiyin.vault import actions as vault
from huiyin.vault.errors import Damaged, UnknownRef
from huiyin.vault.masking import STAR
from huiyin.vault.refs import FileRef, VaultRef

if TYPE_CHECKING:
    from huiyin.cases.queries import Opened

RESPONDENT, ELSEWHERE = "respondent", "elsewhere"
"""Who reads it: the other side, or a body outside the organisation."""
TO_THE_RESPONDENT: Final = frozenset({"respondent_notified", "demanded"})
TO_PARTIES: Final = frozenset({"party_informed", "replied", "stage_replied", "promised"})
TO_ELSEWHERE: Final = frozenset({"test_started"})
WHERE_TO: Final = ("to", "lead", "assist", "units", "department")
EXTERNAL: Final = "external:"
REASONS: Final = ("agreed", "needed", "known", "somebody_else")
"""Why something that tells of a complainant may go all the same. A closed list: what is typed freely might tell more."""
LET_GO, LET_GO_KINDS = "let_go", "let_go_kinds"  # in `seen` of the event
Identity = Mapping[str, Mapping[str, VaultRef]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What must not be told: names of facts of a party (none: all that is looked for), the rules it rests on, may it be let go for a reason."""

    facts: frozenset[str] = frozenset()
    clauses: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a value of a fact: which text or file of it (from 0), and where there."""

    fact: str
    index: int
    mark: Mark

    def plain(self) -> dict[str, Any]:
        """For those who show it; no words of the text."""
        return {
            "fact": self.fact,
            "index": self.index,
            "start": self.mark.start,
            "end": self.mark.end,
            "kind": self.mark.kind,
        }


@dataclass
class Guard:
    """One case, with what is known of its people. `identity`: by party and fact, where it lies; `fact`: facts of the case as they stand."""

    procedure: Procedure
    view: History
    identity: Identity
    fact: Callable[[str], Any]
    world: World | None = None
    parties: Mapping[str, Party] = field(default_factory=dict)  # those that the act brings, besides

    @classmethod
    def of(cls, opened: Opened) -> Guard:
        """A case as it was opened for reading."""
        known = {"kind": opened.case.kind, "case_secrecy": opened.case.secrecy}
        return cls(opened.procedure, opened.view, opened.log.identity, known.get, opened.world)

    # -- what is kept, and from whom

    @cached_property
    def highest(self) -> bool:
        """Is the one who sent it in a secret whatever anybody says?"""
        return is_secret(self.fact)

    def kept_from(self, reader: str) -> Kept | None:
        """What must not be told this reader; none where the rules keep nothing."""
        rules = [rule for rule in self.procedure.audiences if self._keeps(rule, reader)]
        if rules:
            ctx = Ctx(self.view, None, LAST, procedure=self.procedure, world=self.world)
            rules = [rule for rule in rules if rule.applies(ctx)]
        clauses = tuple(dict.fromkeys(c for rule in rules for c in rule.clauses))
        says = tuple(dict.fromkeys(rule.says for rule in rules if rule.says))
        if self.highest:
            return Kept(frozenset(), clauses, says)
        if not rules:
            return None
        every = any(_listed(rule.of.get("from")) for rule in rules)
        named = {name for rule in rules for name in _listed(rule.of.get("fact"))}
        own = {name.partition(".")[2] for name in named if name.partition(".")[0] in ON_THE_REPORTERS_SIDE}
        facts = frozenset[str]() if every or "*" in own else frozenset(own)
        return Kept(facts, clauses, says, never=False)

    def _keeps(self, rule: Any, reader: str) -> bool:
        """Does an audience rule keep what the sender's side said or is from that reader?"""
        of = rule.of
        whose = {*_listed(of.get("from")), *(str(f).partition(".")[0] for f in _listed(of.get("fact")) if "." in f)}
        if not whose & ON_THE_REPORTERS_SIDE:
            return False
        never = {term.removeprefix("each:") for term in rule.never}
        return reader == RESPONDENT and bool(never & {"respondent", "unit_of:respondent", "officers_of:respondent"})

    # -- who reads an event

    def reader(self, event: Event) -> str | None:
        """The one outside who will read the words of this event; none where it stays in the house or with the side that sent it in. A
        proposal is looked through like what it proposes."""
        name = str(event.facts.get("for")) if event.name == "proposed" else event.name
        if event.name == "amended":
            told = {self.reader(e) for seq in event.re if (e := self.view.by_seq.get(seq)) is not None}
            return next((reader for reader in (RESPONDENT, ELSEWHERE) if reader in told), None)
        if name in TO_THE_RESPONDENT:
            return RESPONDENT
        if name in TO_PARTIES or name == "served":
            return RESPONDENT if self._others(self._ids(event.facts.get("to"))) else None
        if name in BETWEEN_THE_SIDES:
            mine = self._on_the_side(author(self.view, event)) and not self.highest
            return RESPONDENT if not mine and self._others(for_whom(self.view, event)) else None
        if name in TO_ELSEWHERE:
            return ELSEWHERE
        return self._of_units(event)

    def _of_units(self, event: Event) -> str | None:
        if event.name == "registered":
            return None  # its `to` is who takes it in
        goals = {str(unit) for name in WHERE_TO for unit in _listed(event.facts.get(name))}
        theirs = {p.facts.get("unit") for p in self._all().values() if p.role == RESPONDENT}
        if goals & theirs:
            return RESPONDENT
        return ELSEWHERE if any(goal.startswith(EXTERNAL) for goal in goals) else None

    def _ids(self, to: Any) -> frozenset[str]:
        return self.view.party_ids(tuple(_listed(to))) if to else frozenset()

    def _all(self) -> Mapping[str, Party]:
        return {**self.view.parties, **self.parties}

    def _on_the_side(self, no: str) -> bool:
        party = self._all().get(no)
        return party is not None and party.role in ON_THE_REPORTERS_SIDE

    def _others(self, ids: Iterable[str]) -> bool:
        return any(not self._on_the_side(no) for no in ids)

    # -- what is looked for

    @cached_property
    def _known(self) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        parties = self._all()
        wanted = [
            (no, name, ref) for no, table in self.identity.items() if no in parties for name, ref in table.items()
        ]
        plain = _opened(ref for _no, _name, ref in wanted)
        mine, others = list[tuple[str, str]](), list[str]()
        for no, name, ref in wanted:
            value = plain.get(ref.ref)
            if isinstance(value, str):
                on_side = parties[no].role in ON_THE_REPORTERS_SIDE
                (mine.append((name, value)) if on_side else others.append(value))
        return tuple(dict.fromkeys((*mine, *self._told_of_themselves()))), tuple(sorted(others))

    def _told_of_themselves(self) -> Iterator[tuple[str, str]]:
        """Numbers and accounts that the sender gave in the words of the registration."""
        first = self.view.first("registered")
        values = (*first.facts.values(), *first.case_facts.values()) if first is not None else ()
        refs = [v for v in values if isinstance(v, VaultRef) and not isinstance(v, FileRef)]
        for value in _opened(refs).values():
            if isinstance(value, str):
                yield from leaks.told_of_oneself(value)

    def marks(self, kept: Kept, text: str) -> list[Mark]:
        """Places in a text that tell of the one who must stay unknown."""
        known, others = self._known
        if kept.facts:
            known = tuple(pair for pair in known if pair[0] in kept.facts)
        return leaks.finder(known, others).marks(text) if known else []

    def covered(self, text: str) -> str:
        """The text with stars for whatever tells of the sender: for colleagues who work on the matter and may not know whose it is."""
        for mark in self.marks(Kept(), text):
            text = text[: mark.start] + STAR * (mark.end - mark.start) + text[mark.end :]
        return text

    def tells(self, text: str) -> bool:
        """Does it tell who the sender is? For reasons that stay: where an identity is damaged nothing is looked for, `huiyin verify` names it."""
        try:
            return self.covered(text) != text
        except (Damaged, UnknownRef):
            return False

    def found(self, kept: Kept, event: Event) -> list[Found]:
        """The same in every text and file name of an event."""
        values = dict(_texts(self.view, event))
        plain = _opened(v for many in values.values() for v in many if isinstance(v, VaultRef))
        return [
            Found(fact, index, mark)
            for fact, many in values.items()
            for index, one in enumerate(many)
            for mark in self.marks(kept, _words(one, plain))
        ]


def _listed(value: Any) -> tuple[Any, ...]:
    return () if value is None else tuple(value) if isinstance(value, list | tuple) else (value,)


def _opened(refs: Iterable[VaultRef]) -> dict[str, Any]:
    """Values by ref; what waits to be sealed is at hand."""
    wanted = list(refs)
    closed = [ref.ref for ref in wanted if not ref.pending]
    found = vault.open_many(closed) if closed else {}
    return {**found, **{ref.ref: ref.value for ref in wanted if ref.pending}}


def _texts(view: History, event: Event) -> Iterator[tuple[str, list[Any]]]:
    """(fact, its texts and files) of what an event tells. Of a service: those of the documents served."""
    proposed = str(event.facts.get("for", ""))
    for name, value in (*event.facts.items(), *event.case_facts.items()):
        kind = view.vocabulary.fact_type(event.name, name)
        if kind is None and proposed in view.vocabulary.events:
            kind = view.vocabulary.fact_type(proposed, name)
        if (kind is not None and kind.type in ("text", "texts", "file", "files")) or isinstance(value, Sealed):
            yield name, [one for one in _listed(value) if isinstance(one, str | VaultRef)]
    if event.name == "served":
        made = [
            e for e in view.by_name.get("document_made", ()) if e.facts.get("document") == event.facts.get("document")
        ]
        for name in ("text", "files"):
            values = [one for e in made[-1:] for one in _listed(e.facts.get(name)) if isinstance(one, str | VaultRef)]
            if values:
                yield name, values


def _words(one: Any, plain: Mapping[str, Any]) -> str:
    """The text of a value; of a file what it is called."""
    value = plain.get(one.ref) if isinstance(one, VaultRef) else one
    if isinstance(value, Mapping):
        return str(value.get("name", ""))
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    return value if isinstance(value, str) else ""


def is_secret(fact: Callable[[str], Any]) -> bool:
    """Is the one who sent a matter in a secret, whatever anybody says? `fact`: facts of the case as they stand."""
    return fact("kind") in SECRET_KINDS or fact("case_secrecy") not in (None, ORDINARY)


# -- the gate


def check(guard: Guard, events: Sequence[Event], by: By, let_go: str = "") -> list[Event]:
    """The events as they may be written. Raises Refused with every place when one would tell what must stay unknown; BadFact for a reason
    that is none. History that is taken over is not stopped: what it says has left long ago."""
    if let_go and let_go not in REASONS:
        raise BadFact(events[-1].name if events else None, LET_GO, "unknown_code", "text", let_go)
    return [_checked(guard, event, by, let_go) for event in events]


def _checked(guard: Guard, event: Event, by: By, let_go: str) -> Event:
    reader = guard.reader(event)
    kept = guard.kept_from(reader) if reader is not None else None
    if kept is None or _is_taken_over(guard, event):
        return event
    found = guard.found(kept, event)
    if not found:
        return event
    if let_go and not kept.never and isinstance(by, Officer):
        kinds = sorted({one.mark.kind for one in found})
        return changed(event, seen={**event.seen, LET_GO: let_go, LET_GO_KINDS: kinds})
    raise Refused(
        "facts", "identity", kept.clauses, kept.says,
        {
            "marks": [one.plain() for one in found], "facts": list(dict.fromkeys(one.fact for one in found)),
            "may_let_go": not kept.never and not isinstance(by, Outside), "event": event.name,
        },
    )  # fmt: skip


def _is_taken_over(guard: Guard, event: Event) -> bool:
    imported = guard.view.first("imported")
    return imported is not None and event.occurred <= imported.recorded and event.recorded == imported.recorded


OUTGOING: Final = TO_THE_RESPONDENT | TO_PARTIES | BETWEEN_THE_SIDES
LEAVING_THE_HOUSE: Final = frozenset({"transferred_out", "entrusted", "neighbour_informed", "test_started"})


def watches(guard: Guard, event: str) -> bool:
    """May words of this act be stopped here? For saying so on its form, before it is known whom it is for."""
    reader = RESPONDENT if event in OUTGOING else ELSEWHERE if event in LEAVING_THE_HOUSE else None
    return reader is not None and guard.kept_from(reader) is not None


def was_let_go(event: Event) -> bool:
    """Did somebody decide, for a reason that stands in the event, that its words go as they are?"""
    return LET_GO in event.seen


__all__ = ["REASONS", "Found", "Guard", "Kept", "check", "was_let_go", "watches"]
