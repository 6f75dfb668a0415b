"""From new events to rows of the outbox, one for each recipient: what the rules say has to be told, and what the texts add as a courtesy."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from huiyin.cases.leaving import is_secret
from huiyin.cases.planning import Act
from huiyin.cases.sides import concerns, for_whom
from huiyin.core.model import Event, Notice
from huiyin.core.telling import notices
from huiyin.core.vocabulary import Vocabulary
from huiyin.dues.tables import Row, text
from huiyin.moments import stored
from huiyin.notices import own, texts
from huiyin.notices.models import BY_HAND, FAILED, INBOX, NOTHING, OFFICER, PARTY, QUEUED, SENT, UNIT, UNKNOWN, Outbox
from huiyin.vault import db

COLUMNS: Final = (
    "message_id", "case_id", "seq", "to_kind", "to", "topic", "about", "clauses", "says", "contents", "data", "with_act", "courtesy", "state",
    "channel", "unit", "made", "due_at", "lease_by", "attempts", "finished", "sealed", "error",
)  # fmt: skip
BY_A_MACHINE: Final = frozenset({"email", "sms", "electronic", "web", "app", "system"})
"""Ways of informing that an officer leaves to the system; by every other way he has informed the party himself."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something to be told to one recipient."""

    kind: str
    to: str
    clauses: str
    says: str
    about: str = ""
    topic: str = ""
    contents: tuple[str, ...] = ()
    data: str = "{}"
    with_act: bool = False
    courtesy: bool = False
    done_by: str = ""  # the way in which an officer told it himself


def queue(acts: Sequence[Act]) -> None:
    """Write what the new events of these acts tell, in one INSERT."""
    insert([row for act in acts for row in _rows(act)])


def insert(rows: Sequence[Row]) -> None:
    """Write rows; what was told before is passed over."""
    tail = ' ON CONFLICT (case_id, seq, to_kind, "to", clauses, about, topic) DO NOTHING'
    db.insert(Outbox, COLUMNS, rows, tail)


def forget(cases: Sequence[int]) -> None:
    """What these cases held was destroyed: what still waits is not sent, and what a gateway or mail server answered is not kept. The words that were
    sent are closed in the vault, and go with its keys."""
    rows = Outbox.objects.filter(case_id__in=list(cases))
    rows.exclude(error="").update(error="erased")
    rows.filter(state__in=(QUEUED, FAILED, UNKNOWN, BY_HAND)).update(
        state=NOTHING, error="erased", finished=timezone.now()
    )


def row_of(told: Told, case_id: int, seq: int, at: datetime) -> Row:
    """A row of the outbox. `at`: local. Officers are told by their inbox, which is there as soon as the row is."""
    inside = told.kind != PARTY
    state = SENT if inside or told.done_by else QUEUED
    made = stored(at)
    return (
        secrets.token_hex(16), case_id, seq, told.kind, told.to, told.topic, told.about, told.clauses[:300], told.says[:300],
        text(list(told.contents)), told.data, told.with_act, told.courtesy, state, INBOX if inside else told.done_by, "", made, made, "", 0,
        made if state == SENT else None, "", "",
    )  # fmt: skip


def _rows(act: Act) -> Iterator[Row]:
    if act.fresh and act.new and act.new[0].name == "imported":
        return  # what happened elsewhere, before, was told there
    by_rule = [(event, told) for event in act.new for told in _by_rule(act, event)]
    yield from (row_of(told, act.case_id, event.seq, event.recorded) for event, told in _once(by_rule))
    yield from (
        row_of(told, act.case_id, event.seq, event.recorded) for event, told in _once(_courtesies(act, by_rule))
    )


def _once(found: Sequence[tuple[Event, Told]]) -> Iterator[tuple[Event, Told]]:
    done: set[tuple[object, ...]] = set()
    for event, told in found:
        mark = (event.seq, told.kind, told.to, told.clauses[:300], told.about, told.topic)
        if mark not in done:
            done.add(mark)
            yield event, told


# -- what the rules say


def _by_rule(act: Act, event: Event) -> Iterator[Told]:
    for notice in notices(act.procedure, act.after, event, act.world):
        for kind, to in _recipients(act, notice):
            yield Told(
                kind, to, " ".join(notice.clauses), notice.says, notice.about or "", "", tuple(notice.contents), with_act=notice.with_act,
                done_by=_by_officer(event) if kind == PARTY else "",
            )  # fmt: skip


def _recipients(act: Act, notice: Notice) -> list[tuple[str, str]]:
    """Every party with an outside role, one unit, or the holders of a role at a unit."""
    if notice.to in act.words.outside:
        return [(PARTY, no) for no in sorted(act.after.party_ids(notice.to))]
    if "@" in notice.to or _is_person(notice.to):
        return [(OFFICER, notice.to)]
    return [(PARTY if notice.to in act.after.parties else UNIT, notice.to)]


def _by_officer(event: Event) -> str:
    """The way in which the officer who recorded the event told of it, when he did so himself."""
    method = event.facts.get("method")
    return method if isinstance(method, str) and method not in BY_A_MACHINE else ""


# -- what goes beside it


def _courtesies(act: Act, by_rule: Sequence[tuple[Event, Told]]) -> list[tuple[Event, Told]]:
    """What the texts say is told besides. Nobody is told the same matter twice in one act, and nobody what an officer told him himself."""
    done = {(told.kind, told.to, told.about) for _event, told in by_rule}
    heard = {(told.kind, told.to, event.seq) for event, told in by_rule}
    for event in act.new:
        if event.name == "party_informed" and _by_officer(event):
            done |= {(PARTY, no, event.facts.get("about", "")) for no in _informed(act, event)}
    found: list[tuple[Event, Told]] = []
    book = own.book()
    for event in act.new:
        for tell in book.tells(act.procedure.id, event.name):
            about = tell.about or str(event.facts.get("about") or "")
            if not tell.applies(event.facts):
                continue
            for kind, to in _to(act, event, tell.to):
                if (
                    (kind, to, about) in done
                    or (kind, to, event.seq) in heard
                    or (kind == UNIT and to == event.actor.unit)
                    or (kind == PARTY and not concerns(act.after, event, to, secret=is_secret(act.fact)))
                ):
                    continue
                done.add((kind, to, about)) if about else None
                heard.add((kind, to, event.seq))
                method = _by_officer(event) if kind == PARTY else ""
                if not method:
                    label = act.words.events[event.name].label_zh
                    found.append((event, Told(kind, to, "", label, about, courtesy=not tell.must)))
    return found


def _informed(act: Act, event: Event) -> list[str]:
    """Parties that a telling is addressed to; by default who sent the matter in."""
    to = event.facts.get("to")
    return sorted(act.after.party_ids(to)) if to else _sender(act)


def _sender(act: Act) -> list[str]:
    return sorted(no for no, party in act.after.parties.items() if party.role in texts.SENDERS)


def _to(act: Act, event: Event, terms: Sequence[str]) -> Iterator[tuple[str, str]]:
    for term in terms:
        if term == "submitter":
            yield from ((PARTY, no) for no in _sender(act))
        elif term == "addressed":
            yield from ((PARTY, no) for no in _informed(act, event))
        elif term == "other_side":
            yield from ((PARTY, no) for no in sorted(for_whom(act.after, event)))
        elif term in act.words.outside:
            yield from ((PARTY, no) for no in sorted(act.after.party_ids(term)))
        elif term == "handling_unit":
            now = act.after.routing_at()
            yield UNIT, now.lead or now.holder or now.registrar or act.unit
        elif term == "registrar":
            yield UNIT, act.unit
        elif term.startswith("fact:"):
            yield from _named(event.facts.get(term[5:]), act.words)


def _named(value: Any, words: Vocabulary) -> Iterator[tuple[str, str]]:
    """Units and officers that a fact of the event names."""
    for one in value if isinstance(value, tuple) else (value,):
        if not isinstance(one, str) or one in words.outside or one.startswith("external:"):
            continue
        yield (OFFICER, one) if _is_person(one) else (UNIT, one)


def _is_person(name: str) -> bool:
    """Is it a person as events name one: p12?"""
    return name[:1] == "p" and name[1:].isdecimal()
