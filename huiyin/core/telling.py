"""What a recorded event asks for outside the log: who must be told, and which documents must be made."""

from __future__ import annotations

from collections.abc import Mapping

from huiyin.core.consequences import officers
from huiyin.core.context import Ctx
from huiyin.core.history import History
from huiyin.core.model import Event, Notice
from huiyin.core.rules import NoticeRule, Procedure
from huiyin.core.world import World


def notices(procedure: Procedure, view: History, event: Event, world: World | None = None) -> list[Notice]:
    """Notices that this recorded event sends, by the rules."""
    ctx = Ctx(view, event, event.seq, procedure=procedure, world=world)
    found: list[Notice] = []
    if event.name == "due_recalculated" and event.seen.get("owed_by"):  # whoever owes it hears of the new date
        says = view.vocabulary.events[event.name].label_zh
        found.append(Notice(event.seen["owed_by"], (event.facts["clause"],), says, "due_date", event.seq))
    for rule in procedure.notices.get(event.name, ()):
        if rule.on.matches(event, ctx) and rule.applies(ctx):
            found += [
                Notice(to, rule.clauses, rule.says, rule.about, event.seq, rule.contents, rule.mode == "with_act")
                for to in addressees(ctx, rule)
            ]
    return found


def addressees(ctx: Ctx, rule: NoticeRule) -> list[str]:
    """Parties by role, units by id, officers as role@unit; each once."""
    found: list[str] = []
    for term in rule.to:
        if isinstance(term, Mapping):
            value = ctx.fact(term["fact"])
            found += value if isinstance(value, tuple) else (value,) if value else ()
            continue
        bare = term.removeprefix("each:")
        if bare in ctx.view.vocabulary.outside:
            found += [bare] if ctx.view.party_ids(bare) else []
        elif bare == "first_contact":
            found += officers(ctx, bare)
        elif "@" in bare and not bare.startswith("function:"):
            role, _, place = bare.partition("@")
            found += [f"{role}@{u}" for u in ctx.places(place)]
        else:
            found += list(ctx.places(bare))
    return list(dict.fromkeys(found))


def documents(procedure: Procedure, view: History) -> dict[str, bool]:
    """Documents owed or made: name -> is it made?"""
    made = {e.facts["document"] for e in view.by_name.get("document_made", ())}
    found = dict.fromkeys(made, True)
    for event in view.effective:
        ctx = Ctx(view, event, event.seq, procedure=procedure)
        for rule in procedure.documents.get(event.name, ()):
            if rule.on.matches(event, ctx) and rule.applies(ctx):
                found.setdefault(rule.template, False)
    return found
