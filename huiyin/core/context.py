"""One evaluation: which event is looked at, what stood then, and the answers of the world.

Relative places and questions to the world are answered from `seen` of the event; only while that event is being decided is the world
itself asked, and the answer kept. So nothing that changes later in the world moves what was decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from huiyin.core.history import History, Routing
from huiyin.core.model import Event
from huiyin.core.workdays import Calendar, Period
from huiyin.core.world import World

FROM_HISTORY = frozenset({
    "handling_unit", "registrar", "lead", "assist", "involved", "sender", "receiver", "first_dispatcher", "last_dispatcher",
    "first_receiver", "assigner", "urger", "giver", "task_to", "here", "handling_units", "returner",
})  # fmt: skip
MISSING: Any = object()


class Ctx:
    """Evaluation of rules at one event. `upto` bounds the history; `before` bounds the routing that places are taken from."""

    __slots__ = (
        "acting",
        "answers",
        "before",
        "calendar",
        "event",
        "hop",
        "now",
        "opening",
        "procedure",
        "upto",
        "view",
        "world",
    )

    def __init__(
        self,
        view: History,
        event: Event | None,
        upto: int,
        *,
        before: int | None = None,
        procedure: Any = None,
        calendar: Calendar | None = None,
        now: datetime | None = None,
        world: World | None = None,
        opening: Event | None = None,
        hop: int | None = None,
        acting: str | None = None,
    ) -> None:
        self.acting = acting or (event.actor.person if event is not None else None)
        self.view = view
        self.event = event
        self.upto = upto
        self.before = upto if before is None else before
        self.procedure = procedure
        self.calendar = calendar
        self.now = now
        self.world = world
        self.opening = opening
        self.hop = hop
        self.answers: dict[str, Any] = {}

    def at(self, event: Event) -> Ctx:
        """The same evaluation looking at another (past) event: its places are those it had, the world is not asked again."""
        if event is self.event:
            return self
        return Ctx(
            self.view, event, event.seq, before=event.seq - 1, procedure=self.procedure, calendar=self.calendar,
            now=self.now, opening=self.opening, hop=self.hop, acting=self.acting,
        )  # fmt: skip

    # -- facts

    def fact(self, name: str) -> Any:
        """Fact of the event being decided, else of the case (newest wins), else what follows from other facts; none when not there."""
        role, dot, own = name.partition(".")
        if dot:
            return self.party_fact(role, own)
        event = self.event
        if event is not None:
            if name in event.facts:
                return event.facts[name]
            if name in event.case_facts:
                return event.case_facts[name]
        value = self.view.case_fact(name, self.upto)
        return value if value is not None else self._derived(name)

    def fact_of(self, name: str, event: str) -> Any:
        """Fact of the newest event of that name before the one that is being decided, else none."""
        found = [e for e in self.view.by_name.get(event, ()) if e.seq <= self.upto and e is not self.event]
        return found[-1].facts.get(name) if found else None

    def party_fact(self, role: str, name: str) -> Any:
        event = self.event
        party = None
        if event is not None and event.parties:
            party = event.parties.get(role) or next(
                (p for p in event.parties.values() if p.role == role or {p.role, role} == {"reporter", "complainant"}),
                None,
            )
            named = event.case_facts.get("complainant" if role == "reporter" else role)
            party = event.parties.get(named, party) if named else party
        party = party or self.view.party(role)
        if party is None:
            return None
        return True if name in party.has else party.facts.get(name)

    def _derived(self, name: str) -> Any:
        """Facts of a case that have a default: as its party, as its channel, as its procedure."""
        if name in ("complainant_kind", "respondent_kind"):
            return self.party_fact(name.partition("_")[0], name)
        if name == "respondent_known":
            kind = self.fact("respondent_kind")
            return None if kind is None else kind != "unknown"
        if name == "source":
            return "direct"
        if name == "kind":
            return self.procedure.kinds[0] if self.procedure else None
        if name == "form":
            channel = self.fact("channel")
            written = self.view.vocabulary.wide("channel", "written")
            return None if channel is None else ("written" if channel in written else "oral")
        if name == "case_secrecy":
            return {"report": "report", "staff_complaint": "staff"}.get(self.fact("kind"), "ordinary")
        if name == "cross_place":
            places = self.places("respondent_place")
            registrar = self.routing().registrar or self.here()
            return None if not places else places[0] != registrar
        if name in self.view.vocabulary.values["mark"]:
            return self.view.marked(name, self.upto) or False
        return None

    def marked(self, name: str) -> bool:
        if self.event is not None and self.event.case_facts.get(name) is True:
            return True
        return self.view.marked(name, self.upto)

    # -- places

    def routing(self) -> Routing:
        return self.view.routing_at(self.before)

    def here(self) -> str | None:
        """Unit of the one who acts; for outside roles and the system the unit that has the case."""
        if self.event is not None and self.event.actor.unit:
            return self.event.actor.unit
        if self.event is not None and self.event.name == "registered":
            return self.event.facts.get("to")
        return self.handling_unit()

    def handling_unit(self) -> str | None:
        routing = self.routing()
        return routing.lead or routing.holder or routing.registrar

    def places(self, term: str) -> tuple[str, ...]:
        """Units that a relative place leads to at this event; an empty tuple when it leads nowhere."""
        term = term.removeprefix("each:")
        if term in FROM_HISTORY:
            return self._from_history(term)
        if self.event is None and self.world is None:
            return ()
        found = self.ask("place:" + term, {"place": term})
        if found is None:
            return ()
        return (found,) if isinstance(found, str) else tuple(found)

    def _from_history(self, term: str) -> tuple[str, ...]:
        routing = self.routing()
        if term == "here":
            return _one(self.here())
        if term == "handling_unit":
            return _one(self.handling_unit())
        if term == "lead":
            return _one(routing.lead or self.handling_unit())
        if term in ("sender", "receiver") and self.hop is not None:
            hop = self.view.hops[self.hop]
            return _one(hop.sender if term == "sender" else hop.receiver)
        if term == "registrar":
            if routing.registrar is None and self.event is not None and self.event.name == "registered":
                return _one(self.here())
            return _one(routing.registrar)
        if term == "assigner":
            return _one(routing.assigner or routing.first_dispatcher)
        if term in ("urger", "giver", "task_to"):
            return self._answered(term)
        if term == "returner":
            return self._returners()
        if term == "involved":
            return tuple(sorted(routing.involved)) or _one(self.handling_unit())
        if term == "assist":
            return routing.assist
        return _one(getattr(routing, term))

    def _returners(self) -> tuple[str, ...]:
        """Units that sent the case back, as the units it had been sent to."""
        hops = self.view.hops
        back = [h.receiver for h in hops if h.by == "returned" and h.closed is not None and h.closed <= self.before]
        return tuple(dict.fromkeys(back))

    def _answered(self, term: str) -> tuple[str, ...]:
        """Units of the urging, order or task that `re` names (or the limit began with), else of the newest."""
        names = {"urger": ("urged", "supervised"), "giver": ("instructed", "task_given"), "task_to": ("task_given",)}[
            term
        ]
        event = self.event
        source: Event | None = None
        for seq in event.re if event is not None else ():
            named = self.view.by_seq.get(seq)
            source = named if named is not None and named.name in names else source
        if source is None and self.opening is not None and self.opening.name in names:
            source = self.opening
        if source is None:
            candidates = [e for n in names for e in self.view.by_name.get(n, ()) if e.seq <= self.upto]
            source = max(candidates, key=lambda e: e.seq, default=None)
        if source is None:
            return ()
        if term == "task_to":
            return _one(source.facts.get("to"))
        return _one(source.actor.unit or self.view.routing_at(source.seq).holder)

    # -- the world

    def ask(self, question: str, args: Mapping[str, Any], override: str | None = None) -> Any:
        """Answer of the world for this event: as it was seen, or, while it is being decided, asked now and kept."""
        seen = self.event.seen if self.event is not None else {}
        if override is not None and override in seen:
            return seen[override]
        if question in seen:
            return seen[question]
        if question in self.answers:
            return self.answers[question]
        if self.world is None:
            return None
        answer = answer_of(self, question, args)
        self.answers[question] = answer
        return answer

    def moment_of(self, which: str) -> datetime:
        event = self.event
        if event is None:
            assert self.now is not None
            return self.now
        if which == "recorded":
            return event.recorded
        if which in ("occurred", ""):
            return event.occurred
        value = self.fact(which)
        return as_moment(value) if isinstance(value, date) else event.occurred


def _one(unit: str | None) -> tuple[str, ...]:
    return (unit,) if unit else ()


def as_moment(value: date | datetime) -> datetime:
    """A bare date means the end of that day."""
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day) + timedelta(days=1)


def as_date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def answer_of(ctx: Ctx, question: str, args: Mapping[str, Any]) -> Any:
    """Ask the world itself. Only called while the event is being decided."""
    world = ctx.world
    assert world is not None
    if question.startswith("place:"):
        return _place(ctx, world, args["place"])
    name = args.get("world", question)
    unit = _unit_arg(ctx, args.get("unit", "here"))
    if name == "in_office_hours":
        assert ctx.calendar is not None
        return world.in_office_hours(unit, ctx.moment_of(args.get("at", "occurred")), ctx.calendar)
    if name == "is_working_day":
        assert ctx.calendar is not None
        return ctx.calendar.is_working(ctx.moment_of(args.get("at", "occurred")).date())
    if name == "inside_area":
        return world.inside_area(ctx.fact(args.get("of", "place")), args["area"], unit)
    if name == "has_competence":
        return any(world.has_competence(unit, area) for area in routed_areas(ctx) or (None,))
    if name == "competent_units":
        found = [u for area in routed_areas(ctx) or (None,) for u in world.competent_units(area)]
        return list(dict.fromkeys(found))
    if name == "unit_is":
        units = _unit_args(ctx, args.get("unit", "here"))
        return bool(units) and all(_unit_is(ctx, world, one, args) for one in units)
    if name == "on_duty":
        return list(world.on_duty(args.get("role", "duty_officer"), unit, ctx.moment_of(args.get("at", "occurred"))))
    if name == "deputy_acts":
        return ctx.event is not None and ctx.event.actor.deputy
    if name == "has_qualification":
        return _qualified(ctx, world, args)
    if name == "works_at":
        people = _named_officers(ctx, args)
        return bool(people) and all(world.works_at(p, unit) for p in people)
    if name == "has_role_holder":
        return world.has_role_holder(args["role"], unit)
    if name == "is_party_unit":
        return _is_party_unit(ctx, world, unit, args.get("of", "respondent"))
    if name in ("earlier_case_of", "count_of"):
        return world.cases(name, settled(ctx, args, unit), subject(ctx))
    if name == "competent_body":
        area, _ = world.area_of_place(ctx.fact(args.get("area", "place")))
        return world.competent_body(ctx.fact(args.get("subject", "category")), area)
    if name == "channel_published":
        return world.channel_published(ctx.fact(args.get("channel", "channel")), unit)
    if name == "setting":
        return setting(ctx, args["name"], unit)
    if name == "next_series_number":
        return None  # given by the counter as the last step before writing, never before
    raise KeyError(name)


def settled(ctx: Ctx, args: Mapping[str, Any], unit: str | None) -> Mapping[str, Any]:
    """The arguments of a question with the values of the settings they name (a window that the office sets)."""
    given = {k: v["setting"] for k, v in args.items() if isinstance(v, Mapping) and set(v) == {"setting"}}
    return {**args, **{k: setting(ctx, name, unit) for k, name in given.items()}} if given else args


def setting(ctx: Ctx, name: str, unit: str | None) -> Any:
    assert ctx.world is not None
    declared = ctx.procedure.settings.get(name) if ctx.procedure else None
    value = ctx.world.setting(name, unit, declared.default if declared else None)
    if isinstance(value, Mapping):
        return {"n": int(value["n"]), "unit": str(value["unit"])}
    return {"n": value.n, "unit": value.unit} if isinstance(value, Period) else value


def _unit_is(ctx: Ctx, world: World, unit: str, args: Mapping[str, Any]) -> bool:
    """Has the unit that function, that level, is it that unit or below it?"""
    found = world.tree.units.get(unit)
    if found is None or args.get("function", "") not in (found.functions | {""}):
        return False
    if "below" in args:
        top = _unit_arg(ctx, args["below"])
        if top is None or unit not in (top, *world.tree.below(top)):
            return False
    return args.get("level") in (None, found.level)


def _unit_args(ctx: Ctx, raw: Any) -> tuple[str, ...]:
    """All units that an argument names: of a fact every one, of a place the first."""
    value = ctx.fact(raw["fact"]) if isinstance(raw, Mapping) else _unit_arg(ctx, raw)
    return value if isinstance(value, tuple) else (value,) if value else ()


def _unit_arg(ctx: Ctx, raw: Any) -> str | None:
    if isinstance(raw, Mapping):
        value = ctx.fact(raw["fact"])
        first = value[0] if isinstance(value, tuple) and value else value
        return str(first) if first else None
    found = ctx.places(raw)
    return found[0] if found else None


def _qualified(ctx: Ctx, world: World, args: Mapping[str, Any]) -> bool:
    """Have the officers of the fact (of this event, or of the newest event named) that qualification: all, or at least so many?"""
    people = _named_officers(ctx, args)
    having = [p for p in people if world.has_qualification(p, args["qualification"])]
    return bool(people) and len(having) >= args.get("at_least", len(people))


def _named_officers(ctx: Ctx, args: Mapping[str, Any]) -> set[str]:
    named = args.get("officer")
    if isinstance(named, Mapping):
        source = ctx.view.newest(named["newest"])
        value = source.facts.get(named["fact"]) if source is not None else None
    else:
        value = ctx.fact(named) if named else (ctx.event.actor.person if ctx.event else None)
    return set(value) if isinstance(value, tuple) else {value} if value else set()


def _is_party_unit(ctx: Ctx, world: World, unit: str | None, role: str) -> bool:
    about = ctx.party_fact(role, "unit")
    return bool(unit and about) and (
        unit == about or unit in world.tree.below(about) or about in world.tree.below(unit)
    )


def subject(ctx: Ctx) -> dict[str, Any]:
    """What questions over other cases compare: ids of the parties and plain facts; the shell turns parties into blind indexes."""
    event = ctx.event
    parties = {**ctx.view.parties, **(event.parties if event else {})}
    return {
        "complainant": ctx.fact("complainant"),
        "respondent": ctx.fact("respondent"),
        "category": ctx.fact("category"),
        "happened_on": ctx.fact("happened_on"),
        "officer": ctx.fact("officer"),
        "unit": ctx.fact("unit") or ctx.here(),
        "parties": parties,
        "at": event.occurred if event else ctx.now,
        "event": event.name if event else None,
    }


def routed_area(ctx: Ctx) -> str | None:
    """Area of the respondent by its [[route]]: the first that is known."""
    return next(iter(routed_areas(ctx)), None)


def routed_areas(ctx: Ctx) -> tuple[str, ...]:
    """Areas whose bodies are competent, by the [[route]] that applies: the first that is known, or every one of them (`all`)."""
    route = ctx.procedure.route_for(ctx) if ctx.procedure is not None else None
    found = [a for a in (_area(ctx, name) for name in (route.areas if route else ("area",))) if a]
    return tuple(found) if route is not None and route.all else tuple(found[:1])


def _area(ctx: Ctx, name: str) -> str | None:
    assert ctx.world is not None
    if name == "scene":
        return ctx.world.area_of_place(ctx.fact("place"))[0]
    if name == "platform":
        platform = ctx.party_fact("respondent", "platform")
        parties = {**ctx.view.parties, **(ctx.event.parties if ctx.event is not None else {})}
        known = parties[platform].facts.get("home_area") if platform in parties else None
        return known or (ctx.world.home_of(platform) if platform else None)
    area = ctx.party_fact("respondent", name)
    return str(area) if area else None


def _place(ctx: Ctx, world: World, term: str) -> Any:
    tree = world.tree
    name, _, start = term.partition("@")
    here = (ctx.places(start) or (None,))[0] if start else ctx.here()
    if name.startswith("function:"):
        return tree.nearest_with(name[9:], here)
    if name == "respondent_place":
        area = routed_area(ctx)
        return tree.local_body(area, here)
    if name == "respondent_local":
        return tree.local_body(routed_area(ctx), None)
    if name == "residence_place":
        area = ctx.party_fact("complainant", "area")
        return tree.local_body(area, here)
    if name == "scene_place":
        area, _ = world.area_of_place(ctx.fact("place"))
        return tree.local_body(area, here)
    if name == "parent":
        return (tree.above(here) or (None,))[0]
    if name == "superior":
        up = tree.above(ctx.handling_unit())
        return up[0] if up else "external:upper"
    if name == "superiors":
        return list(tree.above(ctx.handling_unit()))
    if name == "below":
        return list(tree.below(here))
    if name == "skipped":
        return _skipped(ctx, tree)
    if name.startswith("unit_of:"):
        return ctx.party_fact(name[8:], "unit")
    if name.startswith("parent_of:"):
        return (tree.above(ctx.party_fact(name[10:], "unit")) or (None,))[0]
    return name if name in tree else None


def _skipped(ctx: Ctx, tree: Any) -> list[str]:
    event = ctx.event
    if event is not None and event.name == "dispatched" and event.actor.unit:
        return list(tree.between(event.actor.unit, event.facts.get("to", "")))
    source = event if event is not None and event.name == "instructed" else None
    if source is None:
        ids = event.re if event is not None else ()
        source = next((e for s in ids if (e := ctx.view.by_seq.get(s)) and e.name == "instructed"), None)
        source = source or ctx.view.newest("instructed")
    if source is None or source.actor.unit is None:
        return []
    found: list[str] = []
    for unit in source.facts.get("to", ()):
        found += [u for u in tree.between(source.actor.unit, unit) if u not in found]
    return found
