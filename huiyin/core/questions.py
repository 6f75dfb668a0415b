"""Questions to the world: what each asks, and which units a relative place leads to.

Asked only while an event is being decided; the answers are kept in it (context.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from huiyin.core.workdays import Period
from huiyin.core.world import World

if TYPE_CHECKING:  # which asks here
    from huiyin.core.context import Ctx


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
        "case_secrecy": ctx.fact("case_secrecy"),
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
