"""Correcting and annulling, step by step: which event, which of its facts, what it should be; and what rests on it and must be looked at again."""

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from huiyin.cases import queries
from huiyin.cases.intake import Step
from huiyin.core.model import Event, Sealed
from huiyin.org.models import Officer
from huiyin.vault import actions as vault
from huiyin.web import choices, visits, words
from huiyin.web.casefile import CaseFile, FactRow, TimelineRow
from huiyin.web.forms.correct import AT, CorrectForm, correctable, value_of
from huiyin.web.steppage import StepPage

ANNULLED = "annulled"


@dataclass(frozen=True)
class Pick:
    """One thing to choose: an event, or a fact of it."""

    query: str
    label: str
    text: str = ""


@dataclass
class Correction:
    """What the template shows beside the form. `was`: the event as it stands; `old`: the fact as it stands; `resting`: what depends on it."""

    pick: list[Pick] = field(default_factory=list)
    lead: str = ""
    was: TimelineRow | None = None
    old: FactRow | None = None
    resting: list[TimelineRow] = field(default_factory=list)


def build(file: CaseFile, officer: Officer, event: str, of: str, name: str, sent: QueryDict | None) -> StepPage | None:
    """The page; none when there is no such event or fact."""
    title = words.event_label(event)
    page = StepPage(title, None, reverse("step", args=[file.key, event]), _("记录“%s”") % title)
    rows = {row.seq: row for row in file.timeline()}
    if not of:
        page.correction = Correction(
            _events(file, rows), _("要更正哪一步？") if event != ANNULLED else _("要作废哪一步？")
        )
        return page
    meant = file.view.by_seq.get(int(of)) if of.isdecimal() and len(of) < 9 else None
    if meant is None or meant.seq not in rows:
        return None
    kinds = correctable(meant)
    resting = [rows[e.seq] for e in queries.corrected(file, meant.seq) if e.seq in rows]
    if event != ANNULLED and not name:
        page.correction = Correction(_facts(meant, rows), _("要更正哪一项？"), rows[meant.seq], None, resting)
        return page
    if event != ANNULLED and name != AT and name not in kinds:
        return None
    kind = kinds.get(name) if event != ANNULLED else None
    found = choices.offered(
        meant.name, [kind] if kind is not None else [], procedure=file.procedure, view=file.view, tree=file.world.tree,
        here=officer.unit_id, names=file.party_labels(), dues=file.dues,
    )  # fmt: skip
    value = value_of(meant, name) if name else None
    initial = {
        "of": meant.seq, "field": name, "shown_seq": file.view.next_seq - 1, "key": visits.new_key(),
        "now_is": None if isinstance(value, Sealed) else list(value) if isinstance(value, tuple) else value,
    }  # fmt: skip
    look = file.foresee(event)
    page.form = CorrectForm(
        meant, name if event != ANNULLED else "", kind, offered=found, asked=look.asks, data=sent, initial=initial
    )
    old = next((f for f in rows[meant.seq].facts if f.name == name), None) if name else None
    page.correction = Correction([], "", rows[meant.seq], old or _old(meant, name, kind), resting)
    if event == ANNULLED:
        page.follows = file.consequences(event, {}, (meant.seq,))
    return page


def _events(file: CaseFile, rows: dict[int, TimelineRow]) -> list[Pick]:
    found = sorted((e for e in file.view.effective if e.seq in rows), key=lambda e: -e.seq)
    return [Pick(f"?of={e.seq}", _("第%(n)d步　%(line)s") % {"n": e.seq, "line": file.event_line(e)}) for e in found]


def _facts(event: Event, rows: dict[int, TimelineRow]) -> list[Pick]:
    told = {f.name: f.text for f in rows[event.seq].facts}
    found = [Pick(f"?of={event.seq}&field={AT}", _("发生时间"), words.moment_text(event.occurred))]
    for name, kind in correctable(event).items():
        found.append(Pick(f"?of={event.seq}&field={name}", kind.label_zh, told.get(name, _("（没有填写）"))))
    return found


def _old(event: Event, name: str, kind: Any) -> FactRow | None:
    if name == AT:
        return FactRow(_("发生时间"), words.moment_text(event.occurred))
    return FactRow(kind.label_zh, _("（没有填写）")) if kind is not None else None


def step_of(file: CaseFile, officer: Officer, event: str, form: CorrectForm) -> Step:
    """The correction as it was typed, with the value that stands there now."""
    was = value_of(form.event, form.name) if form.name else None
    if isinstance(was, Sealed):
        was = vault.open_many([was])[was.ref]
        was = "、".join(map(str, was)) if isinstance(was, list) else None if was is vault.ERASED else was
    return Step(event, officer, form.facts(was), (), None, (form.event.seq,))
