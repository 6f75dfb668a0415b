"""Wording of rule sets: the questions of intake and what is still to be asked, lines for each moment, refusals in words, forbidden words.

Everything is read from the procedure and from facts as they stand; nothing is written. A text to be looked through is given in plain: the
core keeps none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from huiyin.core.context import Ctx
from huiyin.core.entries import Phrase
from huiyin.core.facts import is_set
from huiyin.core.history import History
from huiyin.core.model import SYSTEM, Actor, Event, Party, Sealed
from huiyin.core.rules import Ground, Procedure
from huiyin.core.vocabulary import Vocabulary
from huiyin.core.workdays import Calendar
from huiyin.core.world import World

SLOT = re.compile(r"\{([A-Za-z_.]+)\}")
# what a line may name beside facts: filled in by whoever shows it
SLOTS = frozenset({
    "unit", "unit.phone", "unit.address", "unit.postcode", "unit.website", "unit.mailbox", "officer", "officer.phone", "colleague",
    "colleague.back_on", "colleague.phone", "number", "today", "receiver", "receiver.phone",
})  # fmt: skip
OUTGOING = frozenset({
    "party_informed", "replied", "stage_replied", "promised", "refused", "deferred", "acceptance_ended", "materials_requested",
    "respondent_notified", "filing_declined", "document_made",
})  # fmt: skip
"""Acts whose texts leave the house: where nothing else is said, forbidden words are looked for in these."""
GAP = "…"  # in a forbidden phrase: a few further characters may stand here
REFUSING = ("refused", "deferred", "acceptance_ended", "transferred_out")


# -- questions


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the script that belongs to this matter. `missing`: facts it would fill that are not there yet."""

    phrase: Phrase
    missing: tuple[str, ...]


def draft(
    procedure: Procedure,
    vocabulary: Vocabulary,
    facts: Mapping[str, Any],
    parties: Mapping[str, Party] | None = None,
    *,
    at: datetime,
    actor: Actor = SYSTEM,
    world: World | None = None,
    calendar: Calendar | None = None,
) -> Ctx:
    """A matter that is being taken down: typed facts of `registered` and of the case, as far as they are known."""
    own = vocabulary.events["registered"].facts
    event = Event(
        1, "registered", at, at, actor, {k: v for k, v in facts.items() if k in own},
        {k: v for k, v in facts.items() if k not in own}, dict(parties or {}),
    )  # fmt: skip
    return Ctx(History([], vocabulary), event, 0, procedure=procedure, calendar=calendar, now=at, world=world)


def script(procedure: Procedure, ctx: Ctx) -> list[Question]:
    """Every question that belongs to this matter, in order; those that are answered have nothing missing."""
    return [
        Question(p, tuple(f for f in p.asks if not is_set(ctx.fact(f)))) for p in procedure.script if p.applies(ctx)
    ]


def asks(procedure: Procedure, ctx: Ctx) -> list[Question]:
    """The questions that are still to be asked, in order: what is known is skipped."""
    return [q for q in script(procedure, ctx) if q.missing]


# -- lines


def offered(procedure: Procedure, ctx: Ctx, *, moment: str | None = None, event: Event | None = None) -> list[Phrase]:
    """Lines that may be said now: of one moment, or of every one. A line of certain acts is offered with such an act alone."""
    at = ctx.now
    found = []
    for phrase in procedure.lines:
        if moment is not None and phrase.moment != moment:
            continue
        if phrase.hours is not None and (at is None or not phrase.hours[0] <= at.time() < phrase.hours[1]):
            continue
        if phrase.on is not None and (event is None or not phrase.on.matches(event, ctx)):
            continue
        if phrase.applies(ctx):
            found.append(phrase)
    return found


def filled(phrase: Phrase, values: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The line with its slots filled in, and the slots for which nothing is known: such a line is not ready to be said."""
    missing = tuple(slot for slot in phrase.slots if not is_set(values.get(slot)))
    return SLOT.sub(lambda m: str(values.get(m[1], m[0])) if m[1] not in missing else m[0], phrase.text), missing


# -- refusals


@dataclass(frozen=True, slots=True)
class Refusal:
    """A ground that the facts support, the acts it may serve, and how it is put into words."""

    ground: Ground
    phrases: tuple[Phrase, ...]


def refusals(procedure: Procedure, ctx: Ctx) -> list[Refusal]:
    """Grounds of refusal, deferral or transfer whose conditions the facts fulfil: what the desk may have to say already now."""
    found: dict[int, Refusal] = {}
    for name in REFUSING:
        for grounds in procedure.grounds.get(name, {}).values():
            for ground in grounds:
                known = ground.only_if is not None and ground.applies(ctx) and ground.only_if(ctx)
                if known:
                    found[id(ground)] = Refusal(ground, tuple(wording(procedure, ground.code, ctx)))
    return list(found.values())


def wording(procedure: Procedure, ground: str, ctx: Ctx | None = None) -> list[Phrase]:
    """How a refusal on this ground (its code, or a clause of it) is put into words."""
    return [p for p in procedure.refusal_words.get(ground, ()) if ctx is None or p.applies(ctx)]


# -- forbidden words


@dataclass(frozen=True, slots=True)
class Flaw:
    """A forbidden phrase in a text: from where to where, why, and what to say instead. `stops`: the text may not go out with it."""

    start: int
    end: int
    phrase: str
    clauses: tuple[str, ...]
    says: str
    advice: str
    instead: tuple[str, ...]
    stops: bool
    entry: Phrase


def forbidden(procedure: Procedure, text: str, event: str | None = None) -> list[Flaw]:
    """Forbidden phrases in a text, in the order in which they stand there, whatever punctuation or space is between their characters.
    With `event` only those that are looked for in texts of that act."""
    entries = [p for p in procedure.forbidden if event is None or event in _looked_for_in(p)]
    if not entries:
        return []
    bare, places = _bare(text)
    found = []
    for entry in entries:
        hits = [
            (said, hit)
            for said, pattern in zip(entry.forbidden, entry.found_by, strict=True)
            for hit in pattern.finditer(bare)
            if hit.end() > hit.start()
        ]
        all_of_it = len({at for _, hit in hits for at in range(*hit.span())}) == len(bare)  # nothing beside such words
        stops = not entry.warn and (all_of_it or not entry.whole)
        for said, hit in hits:
            instead = tuple(dict.fromkeys(p.text for name in entry.instead for p in named(procedure, name)))
            found.append(Flaw(
                places[hit.start()], places[hit.end() - 1] + 1, said, entry.clauses, entry.says, entry.advice, instead, stops, entry,
            ))  # fmt: skip
    return sorted(found, key=lambda f: (f.start, f.end))


def watches(procedure: Procedure, event: str) -> bool:
    """Are forbidden phrases looked for in the texts of this act?"""
    return any(event in _looked_for_in(p) for p in procedure.forbidden)


def _looked_for_in(phrase: Phrase) -> frozenset[str]:
    return OUTGOING if phrase.on is None else phrase.on.names


def named(procedure: Procedure, name: str) -> list[Phrase]:
    """Phrases by their name or by a clause of theirs."""
    every = (*procedure.script, *procedure.lines, *(p for ps in procedure.refusal_words.values() for p in ps))
    return list({id(p): p for p in every if p.name == name or name in p.clauses}.values())


def unsaid(ctx: Ctx, event: Event) -> list[Flaw]:
    """Forbidden phrases in the texts of an act that is being decided, those that only warn among them."""
    if not ctx.procedure.forbidden or event.actor.role == "system" or not event.actor.inside:
        return []
    found: list[Flaw] = []
    kinds = ctx.view.vocabulary.events[event.name].facts
    for name, value in event.facts.items():
        for text in _texts(value) if name in kinds and kinds[name].type in ("text", "texts") else ():
            found += [f for f in forbidden(ctx.procedure, text, event.name) if _meant(f.entry, event, ctx)]
    return found


def _meant(entry: Phrase, event: Event, ctx: Ctx) -> bool:
    return (entry.on is None or entry.on.matches(event, ctx)) and entry.applies(ctx)


def _texts(value: Any) -> Iterable[str]:
    """The words of a value: sealed ones are readable only until they are sealed."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, Sealed):
        yield from _texts(value.words())


def expression(phrase: str) -> re.Pattern[str]:
    """What finds this phrase in a text without punctuation and spaces."""
    return re.compile(".{0,8}".join(re.escape(_bare(part)[0]) for part in phrase.split(GAP)))


@lru_cache(maxsize=64)
def _bare(text: str) -> tuple[str, tuple[int, ...]]:
    """The text without spaces, punctuation and signs, in one form of its characters; and where each of them stood."""
    kept: list[str] = []
    places: list[int] = []
    for index, raw in enumerate(text):
        for char in unicodedata.normalize("NFKC", raw).casefold():
            if unicodedata.category(char)[0] in "LN":
                kept.append(char)
                places.append(index)
    return "".join(kept), tuple(places)
