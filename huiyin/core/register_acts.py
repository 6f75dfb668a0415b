"""Deciding about an entry of a register: who may, what is missing, which gates stand against it, what follows. Pure, like `decide`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from huiyin.core import register_values as values
from huiyin.core.model import Actor, Refused
from huiyin.core.register_terms import may
from huiyin.core.registers import ANNUL, CHANGE, ENTER, Ask, Book, Follow, Gate, Item, Register, Step, Tell, Who
from huiyin.core.world import World

NEW = 0  # id of an entry that is not written yet


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody tries: `verb` is enter, change, annul or a step. `item`: the entry (a new one has id 0, its unit and its parent)."""

    register: Register
    item: Item
    verb: str
    values: Mapping[str, Any]
    actor: Actor
    day: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The entry as it stands after the act, and the fields that changed (none: taken away). `hints`: rules that only warn."""

    item: Item
    changed: Mapping[str, Any]
    clauses: tuple[str, ...]
    hints: tuple[str, ...]
    follows: tuple[Follow, ...]
    tells: tuple[Tell, ...] = ()


def decide(act: Act, book: Book, world: World) -> Written:
    """The entry as it will stand. Raises Refused (stage open, role, facts), and BadValue for a value that a field cannot hold."""
    register, verb = act.register, act.verb
    step = register.step(verb)
    _open(act, step)
    after, changed = _applied(act, step)
    shown = Book([i for i in book.items.values() if i.id != after.id], book.cases)
    shown.add(after)
    ask = Ask(shown, after, act.actor, act.day, world)
    _role(act, step, ask)
    _facts(act, step, ask, changed)
    gates = [g for g in register.body.gates if verb in g.on and (g.when is None or g.when(ask)) and not g.holds(ask)]
    _refuse([g for g in gates if not g.hint], ask)
    follows = tuple(f for f in register.body.follows if verb in f.on and (f.when is None or f.when(ask)))
    clauses = step.clauses if step else register.clauses
    tells = tuple(t for t in register.body.tells if verb in t.on and (t.when is None or t.when(ask)))
    return Written(after, changed, clauses, tuple(g.says for g in gates if g.hint), follows, tells)


def offers(register: Register, item: Item, ask: Ask) -> list[Step]:
    """Steps this person may take now, whatever gates they will meet."""
    return [s for s in register.body.steps if not item.annulled and item.state in s.start and may(s.by, ask)]


def may_change(register: Register, ask: Ask) -> bool:
    return not ask.item.annulled and may(register.body.change, ask)


def _open(act: Act, step: Step | None) -> None:
    item = act.item
    if act.verb == ENTER:
        return
    if item.annulled or (step is None and act.verb not in (CHANGE, ANNUL)):
        raise Refused("open", "register_not_open", act.register.clauses, (act.register.says,))
    if step is not None and item.state not in step.start:
        raise Refused("open", "register_state", step.clauses, (step.says,), {"state": act.register.states[item.state]})


def _applied(act: Act, step: Step | None) -> tuple[Item, dict[str, Any]]:
    """The entry with the new values, and those that are other than before."""
    fields, item = act.register.fields, act.item
    changed: dict[str, Any] = {}
    for name, raw in act.values.items():
        if name not in fields:
            raise values.BadValue(name, f"a field of {act.register.name}")
        value = values.parse(fields[name], raw)
        if value != item.get(name):
            changed[name] = value
    if act.verb == ENTER:
        unset = [f for f in fields.values() if f.default is not None and not values.is_set(changed.get(f.name))]
        changed |= {f.name: values.parse(f, act.day if f.default == "today" else f.default) for f in unset}
    merged = {k: v for k, v in {**item.values, **changed}.items() if values.is_set(v)}
    state = act.register.first if act.verb == ENTER else step.to if step else item.state
    version = item.version + (1 if act.verb == CHANGE and changed else 0)
    after = Item(item.id, item.register, item.unit, item.day, state, merged, item.parent, act.verb == ANNUL, version)
    return after, changed


def _role(act: Act, step: Step | None, ask: Ask) -> None:
    body = act.register.body
    who: tuple[Who, ...] = body.enter if act.verb == ENTER else step.by if step else body.change
    if not may(who, ask):
        clauses, says = (step.clauses, step.says) if step else (act.register.clauses, act.register.says)
        raise Refused("role", "register_role", clauses, (says,))


def _facts(act: Act, step: Step | None, ask: Ask, changed: Mapping[str, Any]) -> None:
    item, fields = ask.item, act.register.fields
    needed = [n for n, f in fields.items() if f.required] if act.verb in (ENTER, CHANGE) else []
    missing = [n for n in (*needed, *(step.needs if step else ())) if not values.is_set(item.get(n))]
    if missing:
        clauses, says = (step.clauses, step.says) if step else (act.register.clauses, act.register.says)
        raise Refused(
            "facts",
            "register_missing",
            clauses,
            (says,),
            {"fields": [fields[n].label for n in missing], "names": missing},
        )
    corrected = act.verb == CHANGE and any(values.is_set(act.item.get(n)) for n in changed)
    if (corrected or act.verb == ANNUL) and not act.reason.strip():
        raise Refused("facts", "register_reason", act.register.clauses, (act.register.says,))


def _refuse(failed: Iterable[Gate], ask: Ask) -> None:
    failed = list(failed)
    if not failed:
        return
    named = [i for g in failed if g.names is not None for i in g.names(ask)]
    raise Refused(
        "facts", "register_gate", tuple(c for g in failed for c in g.clauses), tuple(g.says for g in failed), {"entries": [i.id for i in named]},
    )  # fmt: skip


def following(follow: Follow, ask: Ask, registers: Mapping[str, Register]) -> tuple[Item | None, dict[str, Any]]:
    """Under which entry the follow-up is entered (this one, or the nearest above that may hold it), and its values: plain ones, the day,
    or { field } of this entry."""
    register = registers[follow.register]
    over = next((i for i in (ask.item, *ask.book.above(ask.item)) if i.register in register.under), None)
    given: dict[str, Any] = {}
    for name, raw in follow.fields.items():
        if isinstance(raw, Mapping):
            given[name] = values.plain(ask.item.get(str(raw["field"])))
        else:
            given[name] = ask.item.id if raw == "self" else ask.day.isoformat() if raw == "today" else raw
    return over, given
