"""The shape of rules: one class for each kind of entry, and the compiled procedure that `decide` and `dues` run on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from huiyin.core.building import Asks
from huiyin.core.conditions import Condition
from huiyin.core.context import Ctx
from huiyin.core.patterns import Patterns
from huiyin.core.workdays import Period

if TYPE_CHECKING:  # they are entries themselves
    from huiyin.core.entries import Amount, Duty, Ladder, Measure, Phrase, Publication, Retention, Roster
    from huiyin.core.registers import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every entry has: the clauses it rests on, what it says in our own words, and where it stands."""

    section: str
    clauses: tuple[str, ...]
    says: str
    name: str = ""
    file: str = ""
    confirmed: bool = True
    when: Condition | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def applies(self, ctx: Ctx) -> bool:
        return self.when is None or self.when(ctx)


@dataclass(frozen=True, slots=True)
class Until:
    """The end of a window: so long after that event the step is closed."""

    start: Patterns
    within: Length
    roll: str = "none"


@dataclass(frozen=True, slots=True)
class Length:
    """Where a length comes from: a fixed period, a fact (moment or period), a setting, another limit's length; or, without a length, the
    last day of the month, quarter or year it begins in, or the end of another limit (by name, clause or target), wherever that moves."""

    period: Period | None = None
    fact: str | None = None
    setting: str | None = None
    same_as: str | None = None
    end_of: str | None = None
    limit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Entry):
    """Which events may come: after what (`scope`: looked for in the case, its round or its hop), by whom, with which facts, until when."""

    events: frozenset[str]
    after: Patterns | None = None
    by: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    until: Until | None = None
    scope: str = "case"
    ends: bool = False
    stage: str | None = None
    deputy: bool = True
    silent: bool = False  # a default that stands only where no rule set speaks of the event


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(Entry):
    """What must hold when one of these events is recorded."""

    events: Patterns
    holds: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar(Entry):
    """What must not be done (by these), though it is open; `hint`: what may be done instead. `wall`: it forbids nothing of its own, but is
    what the body says of the wall, and is cited where that refuses such an act."""

    events: Patterns
    by: tuple[str, ...] = ()
    unless: Condition | None = None
    hint: tuple[str, ...] = ()
    wall: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint(Entry):
    """A warning beside a form; refuses nothing."""

    events: Patterns
    holds: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Time that does not count: from an event to another (`re`: the one that answers it), or between the dates of two facts."""

    start: Patterns
    end: Patterns
    re: bool = False
    from_fact: str | None = None
    to_fact: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Entry):
    """By when something is owed: `within` from `start`, or from the date in a fact, to the first of `to`; one for each hop or event with `per`.
    Limits of one target compete as `governs` says."""

    start: Patterns
    to: Patterns
    within: Length
    from_fact: str | None = None
    since: Patterns | None = (
        None  # counted from the newest of these before the opening event, which only decides that it is owed
    )
    roll: str = "none"
    per: str | None = None
    scope: str = "case"
    target: str | None = None
    governs: str | None = None
    strength: str = "hard"
    unless: Condition | None = None
    lifted: Condition | None = None
    restart: Patterns | None = None
    pause: tuple[Pause, ...] = ()
    owed_by: str | None = None
    survives: bool = False
    window: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension(Entry):
    """More time for limits `of` these clauses: how long, how often, who asks, who agrees."""

    of: tuple[str, ...]
    exactly: Length | None = None
    at_most: Length | None = None
    total_at_most: Length | None = None
    not_after: Length | None = None
    times: int | None = None
    request_by: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    in_order: bool = False
    deputy: bool = True
    once: Patterns | None = (
        None  # granted, it moves the date only once such an event is there too, recorded before the old end
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferral(Entry):
    """An event that puts off lateness to the date in its fact `until`; nobody has to agree."""

    of: tuple[str, ...]
    on: Patterns
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground(Entry):
    """A coded reason that these events may rest on, where `only_if` holds."""

    code: str
    events: frozenset[str]
    only_if: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(Entry):
    """Events that wait for the agreement of all of `by`; `binds`: the facts that must be as agreed to, every fact where it is None."""

    events: Patterns
    by: tuple[str, ...]
    binds: tuple[str, ...] | None = None
    in_order: bool = False
    scope: str = "case"
    deputy: bool = True


@dataclass(frozen=True, slots=True)
class Then:
    """One consequence: an event on this case, on cases linked to it (by one of `relations`), or at the beginning of a new one."""

    event: str
    facts: Mapping[str, Any]
    on: str = "this"
    procedure: str | None = None
    relation: str | None = None
    kind: str | None = None
    relations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction(Entry):
    """What the system records in the same act."""

    on: Patterns
    then: tuple[Then, ...]
    unless: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRule(Entry):
    """Who is told what of an event: after it, or (`mode` with_act) in the very act."""

    on: Patterns
    to: tuple[str | Mapping[str, Any], ...]
    about: str | None = None
    contents: tuple[str, ...] = ()
    mode: str = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRule(Entry):
    """A paper that is owed with an event, and what it must say."""

    on: Patterns
    template: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Entry):
    """Which area decides who is competent: the first of these that is known."""

    areas: tuple[str, ...]
    all: bool = False  # bodies at every one of them are competent, not only at the first that is known


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleTitle(Entry):
    role: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering(Entry):
    """How numbers of a series are written, and what each count runs over."""

    series: str
    per: tuple[str, ...]
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Entry):
    type: str
    default: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience(Entry):
    """Who may never see what. `of`: material from these roles in these forms, words of these events, these facts, or the whole case."""

    of: Mapping[str, Any]
    never: tuple[str, ...] = ()
    only: tuple[str, ...] = ()  # nobody but these
    named: tuple[str, ...] = ()  # facts of an event of `of`: nobody but whom they name, and who recorded it
    even_through: tuple[str, ...] = ()
    allows: str | None = None
    approved_by: tuple[str, ...] = ()  # one of these must agree each time before one of the facts is shown in plain


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One file: a rule set of one body in one version."""

    code: str
    title: str
    source: str
    in_force: date
    edition: int
    begins: tuple[str, ...]
    file: str
    entries: tuple[Entry, ...]
    asks: Asks
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Procedure:
    """A compiled procedure: rule sets of one body for some kinds of case, indexed by event name. Immutable after `finish`."""

    def __init__(
        self, id: str, label: str, kinds: tuple[str, ...], intake: str, rule_sets: tuple[RuleSet, ...], hash: str
    ) -> None:
        self.id = id
        self.label = label
        self.kinds = kinds
        self.intake = intake
        self.rule_sets = rule_sets
        self.hash = hash
        self.steps: dict[str, list[Step]] = {}
        self.defaults: dict[str, list[Step]] = {}
        self.gates: dict[str, list[Gate]] = {}
        self.bars: dict[str, list[Bar]] = {}
        self.hints: dict[str, list[Hint]] = {}
        self.approvals: dict[str, list[Approval]] = {}
        self.grounds: dict[str, dict[str, list[Ground]]] = {}
        self.limits: list[Limit] = []
        self.limits_by_start: dict[str, list[Limit]] = {}
        self.extensions: list[Extension] = []
        self.deferrals: list[Deferral] = []
        self.reactions: dict[str, list[Reaction]] = {}
        self.passed: list[Reaction] = []
        self.notices: dict[str, list[NoticeRule]] = {}
        self.documents: dict[str, list[DocumentRule]] = {}
        self.routes: list[Route] = []
        self.titles: dict[str, str] = {}
        self.numbering: dict[str, Numbering] = {}
        self.settings: dict[str, Setting] = {}
        self.audiences: list[Audience] = []
        self.script: list[Phrase] = []
        self.lines: list[Phrase] = []
        self.refusal_words: dict[str, list[Phrase]] = {}
        self.forbidden: list[Phrase] = []
        self.ladders: list[Ladder] = []
        self.amounts: list[Amount] = []
        self.duties: list[Duty] = []
        self.measures: list[Measure] = []
        self.publications: list[Publication] = []
        self.retentions: list[Retention] = []
        self.registers: list[Register] = []
        self.rosters: list[Roster] = []
        self.stages: dict[str, str] = {}
        self.ends: set[str] = set()
        self.places: dict[str, frozenset[str]] = {}
        self.questions: dict[str, dict[str, dict[str, Any]]] = {}
        self.prevails: list[Mapping[str, Any]] = []

    @property
    def version(self) -> date:
        return max((s.in_force for s in self.rule_sets), default=date.min)

    def entries(self) -> Iterable[Entry]:
        for rule_set in self.rule_sets:
            yield from rule_set.entries

    @property
    def reaches_linked(self) -> bool:
        """May an event of a case write on cases linked to it?"""
        return any(t.on == "linked" for found in self.reactions.values() for r in found for t in r.then)

    def route_for(self, ctx: Ctx) -> Route | None:
        return next((r for r in self.routes if r.applies(ctx)), None)

    def limit_named(self, name: str) -> Limit | None:
        return next((x for x in self.limits if x.name == name or name in x.clauses), None)
