"""The rules' own wording at the desk: what to ask next, how to greet and to end, how a refusal is put, and what must not be said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _

from huiyin import languages
from huiyin.cases import scripts
from huiyin.core import phrases
from huiyin.core.context import Ctx
from huiyin.core.entries import Phrase
from huiyin.core.facts import is_set
from huiyin.core.model import SYSTEM, Event
from huiyin.core.phrases import Flaw
from huiyin.core.readiness import SAME, looked_at
from huiyin.core.rules import Ground, Procedure
from huiyin.core.vocabulary import FactType
from huiyin.languages import load_vocabulary
from huiyin.org import contacts, ownwords
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.web import words
from huiyin.web.casefile import CaseFile

OPENING: Final = ("greeting", "introduction", "calm", "ask_need", "ask_name")
LEAVING: Final = ("thanks", "closing")
AROUND: Final = 10  # characters shown on either side of a phrase that is flagged
LET_GO: Final = "let_go"  # warnings that somebody saw and lets stand
AT_ONCE: Final = ("refused", "deferred")  # what may follow registering in the same act


@dataclass(frozen=True)
class Said:
    """One sentence to say. `when`: on what occasion."""

    text: str
    when: str
    says: str
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question that is still open. `anchor`: id of the field that it fills."""

    text: str
    clauses: tuple[str, ...]
    optional: bool
    anchor: str


@dataclass(frozen=True)
class Refusing:
    """A ground that what is typed supports. `value`: the step and the ground, for a choice; none where the step cannot follow at once."""

    step: str
    says: str
    clauses: tuple[str, ...]
    lines: list[Said]
    value: str = ""
    chosen: bool = False
    watch: str = ""  # the address that looks through what is written, where the rules forbid wording in it

    @property
    def text(self) -> str:
        """What would be written to the party."""
        return "\n".join(line.text for line in self.lines)


@dataclass
class Script:
    """All that stands beside the form."""

    opening: list[Said] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    asked: int = 0  # questions that belong to this matter
    refusals: list[Refusing] = field(default_factory=list)
    other: list[Said] = field(default_factory=list)
    leaving: list[Said] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """How many questions need not be put any more."""
        return self.asked - len(self.questions)

    @property
    def refusing(self) -> bool:
        """Is one of the grounds chosen?"""
        return any(one.chosen for one in self.refusals)

    def __bool__(self) -> bool:
        return bool(self.opening or self.asked or self.refusals or self.other or self.leaving)


# -- beside the form of the desk


def at_intake(procedure: Procedure, officer: Officer, form: Any, ctx: Ctx | None) -> Script | None:
    """Questions, lines and refusals for what is typed so far (`ctx`). None where the rules say nothing, or a value cannot be read yet."""
    if not (procedure.script or procedure.lines or procedure.refusal_words or _has_grounds(procedure)):
        return None
    if ctx is None:
        return None
    bare = scripts.taking_down(procedure, officer.unit_id, by=officer, facts={"kind": procedure.kinds[0]}, parties=())
    known = {**slots(officer), **typed(form)}
    lines = [(p, _said(p, known)) for p in phrases.offered(procedure, ctx) if p.on is None]
    every = phrases.script(procedure, ctx)
    return Script(
        [s for p, s in lines if s and p.moment in OPENING], [_question(q, form) for q in every if q.missing], len(every),
        _refusals(procedure, ctx, bare, known, form.data.get("refuse", "") if form.is_bound else ""),
        [s for p, s in lines if s and p.moment not in (*OPENING, *LEAVING)], [s for p, s in lines if s and p.moment in LEAVING],
    )  # fmt: skip


def _has_grounds(procedure: Procedure) -> bool:
    """Are there grounds of refusal that facts may support?"""
    return any(
        one.only_if is not None
        for name in phrases.REFUSING
        for found in procedure.grounds.get(name, {}).values()
        for one in found
    )


def _question(found: phrases.Question, form: Any) -> Question:
    role, _dot, name = found.missing[0].partition(".")
    wanted = f"{SAME.get(role, role)}.{name}" if name and found.missing[0] not in form.fields else found.missing[0]
    anchor = form[wanted].auto_id if wanted in form.fields else ""
    return Question(ownwords.worded(ownwords.of(found.phrase)), found.phrase.clauses, found.phrase.optional, anchor)


def _refusals(
    procedure: Procedure, ctx: Ctx, bare: Ctx | None, known: Mapping[str, str], chosen: str
) -> list[Refusing]:
    """Grounds that what is typed supports. One that holds as long as nothing is said is none: the question is still open."""
    found = []
    still_open = {id(one.ground) for one in phrases.refusals(procedure, bare)} if bare is not None else set()
    for one in phrases.refusals(procedure, ctx):
        if id(one.ground) in still_open and not _denied(one.ground, ctx):
            continue
        event = next((e for e in phrases.REFUSING if e in one.ground.events), "")
        value = f"{event}|{one.ground.code}" if event in AT_ONCE else ""
        lines = [s for p in one.phrases if (s := _said(p, known))]
        lines = lines if one.phrases else [_plainly(event, one.ground)]
        found.append(
            Refusing(
                words.event_label(event),
                one.ground.says,
                one.ground.clauses,
                lines,
                value,
                bool(value) and value == chosen,
                _address(procedure, event, "refuse_text") if phrases.watches(procedure, event) else "",
            )
        )
    return found


def _plainly(event: str, ground: Ground) -> Said:
    """The sentence to say where the rules have no wording of their own."""
    with languages.in_source():  # it may be kept as what the person was told
        told = {"step": words.event_label(event), "says": ground.says}
        return Said(_("您反映的事情，按规定要“%(step)s”，理由是：%(says)s。") % told, "", ground.says, ground.clauses)


def _denied(ground: Ground, ctx: Ctx) -> bool:
    """Was a fact that the ground reads said not to be so?"""
    if ground.only_if is None:
        return False
    names = {*ground.only_if.facts, *looked_at(ground.raw.get("only_if"), load_vocabulary())}
    return any(ctx.fact(name) is False for name in names)


def _said(phrase: Phrase, known: Mapping[str, str]) -> Said | None:
    """The sentence, or nothing where something is not known that it names."""
    text, missing = phrases.filled(ownwords.of(phrase), known)
    if missing or not text:
        return None
    when = load_vocabulary().label("moment", phrase.moment) if phrase.moment else ""
    return Said(text, when, phrase.says, phrase.clauses)


def slots(officer: Officer) -> dict[str, str]:
    """What a sentence may name beside facts. An officer is called at the telephone of the unit."""
    own = contacts.reached(officer.unit_id)
    return {
        "unit": officer.unit.label, "officer": officer.person.display_name, "today": words.date_text(org.today()), "officer.phone": own.phone,
        "unit.phone": own.phone, "unit.address": own.address, "unit.postcode": own.postcode, "unit.website": own.website,
        "unit.mailbox": own.mailbox,
    }  # fmt: skip


def _others(file: CaseFile, officer: Officer) -> dict[str, str]:
    """Who else has to do with the case: the unit that has it, and the colleague who handles it, with the day on which he is back when
    somebody deputises for him until then."""
    routing = file.view.routing_at()
    found: dict[str, str] = {}
    holder = routing.lead or routing.holder or file.case.unit
    if holder and holder != officer.unit_id:
        found |= {"receiver": words.unit_label(holder), "receiver.phone": contacts.reached(holder).phone}
    colleague = next((c for p in file.handlers() if p != officer.person.key and (c := contacts.colleague(p))), None)
    if colleague is not None:
        back = colleague.back_on
        found |= {"colleague": colleague.name, "colleague.phone": contacts.reached(colleague.unit).phone}
        found |= {"colleague.back_on": words.date_text(back)} if back else {}
    return found


def typed(form: Any) -> dict[str, str]:
    """Facts as they are typed, in words; only to be shown to who typed them."""
    if not form.is_bound:
        return {}
    found: dict[str, str] = {}
    for name, kind in form.kinds.items():
        value = getattr(form, "cleaned_data", {}).get(name)
        if is_set(value):
            found[name] = _worded(kind, value)
    return found


def _worded(kind: FactType | None, value: Any) -> str:
    """A value within a sentence: days without the day of the week."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return words.date_text(value)
    return words.value_text(kind, tuple(value) if isinstance(value, list) else value)


class RefuseForm(forms.Form):
    """Refusing or deferring in the same act as registering, on a ground that the facts support."""

    refuse = forms.CharField(required=False, max_length=120)
    refuse_text = forms.CharField(required=False, max_length=20_000)

    def step(self) -> tuple[str, dict[str, Any]] | None:
        """The event and its facts, if one was chosen."""
        event, _bar, ground = self.cleaned_data.get("refuse", "").partition("|")
        if event not in AT_ONCE or not ground:
            return None
        facts: dict[str, Any] = {"ground": [ground], "text": self.cleaned_data.get("refuse_text", "").strip() or None}
        known = load_vocabulary().events[event].facts
        return event, {name: value for name, value in facts.items() if name in known}


# -- beside the form of a step


def beside(file: CaseFile, officer: Officer, event: str) -> tuple[list[Said], dict[str, Any]]:
    """Lines for this act, and what its form may begin with: the ground that the facts support and its wording."""
    procedure = file.procedure
    if not (procedure.lines or procedure.refusal_words):
        return [], {}
    act = Event(file.view.next_seq, event, file.now, file.now, org.actor_of(officer))
    ctx = Ctx(file.view, act, act.seq, procedure=procedure, calendar=file.calendar, now=file.now, world=file.world)
    known = {**slots(officer), **_others(file, officer), **_of_case(file)}
    lines = [s for p in phrases.offered(procedure, ctx, event=act) if _belongs(p, event) and (s := _said(p, known))]
    found = [one for one in phrases.refusals(procedure, ctx) if event in one.ground.events]
    first = found[0] if found else None
    if first is None:
        return lines, {}
    said = [s for p in first.phrases if (s := _said(p, known))]
    return [*said, *lines], {
        "ground": [first.ground.code],
        **({"text": "\n".join(s.text for s in said)} if said else {}),
    }


MOMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "refused": ("refused", "out_of_scope"), "deferred": ("deferred", "materials"), "transferred_out": ("transferred", "out_of_scope"),
    "replied": ("result",), "stage_replied": ("progress",), "materials_requested": ("materials", "evidence"), "called_back": ("opinion", "thanks"),
    "party_informed": ("accepted", "dispatched", "transferred", "out_of_scope", "progress"), "promised": ("on_site",),
}  # fmt: skip


def _belongs(phrase: Phrase, event: str) -> bool:
    """A line of this act, by what the rule says or by the occasion."""
    return event in phrase.on.names if phrase.on is not None else phrase.moment in MOMENTS.get(event, ())


def _of_case(file: CaseFile) -> dict[str, str]:
    """Facts of the case as this officer reads them; what is masked for him stands in no sentence."""
    plain = file.view.case_facts()
    kinds = load_vocabulary().case_facts
    dated = {n: _worded(kinds.get(n), v) for n, v in plain.items() if isinstance(v, date)}
    return {**{f.name: f.text for f in file.facts() if f.name and not f.ref}, **dated, "number": file.case.number or ""}


# -- what must not be said


@dataclass(frozen=True)
class Flag:
    """One phrase in a text that should not be there, with what stands around it."""

    before: str
    said: str
    after: str
    says: str
    clauses: tuple[str, ...]
    advice: str
    instead: tuple[str, ...]
    stops: bool
    phrase: str
    let_go: bool


def flags(
    procedure: Procedure, event: str, text: str, let_go: Iterable[str] = (), file: CaseFile | None = None
) -> list[Flag]:
    """What is flagged in a text of this act, each place once. `let_go`: warnings that were seen and stand. `file`: the case it belongs to;
    a phrase that the rules forbid in other cases alone is left out."""
    gone, found, places = set(let_go), [], set()
    ctx = _acting(file, event) if file is not None else None
    for flaw in phrases.forbidden(procedure, text, event):
        if (flaw.start, flaw.end) not in places and _may_be_meant(flaw.entry, event, ctx):
            places.add((flaw.start, flaw.end))
            found.append(_flag(flaw, text, gone, procedure))
    return found


def _acting(file: CaseFile, event: str) -> Ctx:
    """The case as it is while this act is being written down: nothing of the act itself is known yet."""
    by = org.actor_of(file.by) if isinstance(file.by, Officer) else SYSTEM
    act = Event(file.view.next_seq, event, file.now, file.now, by)
    return Ctx(
        file.view, act, act.seq, procedure=file.procedure, calendar=file.calendar, now=file.now, world=file.world
    )


def _may_be_meant(entry: Phrase, event: str, ctx: Ctx | None) -> bool:
    """Could the phrase be forbidden here? What is still being typed may make its condition true; without a case nothing is known at all."""
    if entry.when is None or ctx is None or entry.applies(ctx):
        return True
    return bool(entry.when.facts & set(load_vocabulary().events[event].facts))


def _flag(flaw: Flaw, text: str, gone: set[str], procedure: Procedure) -> Flag:
    instead = (ownwords.of(p).text for name in flaw.entry.instead for p in phrases.named(procedure, name))
    return Flag(
        text[max(0, flaw.start - AROUND) : flaw.start], text[flaw.start : flaw.end], text[flaw.end : flaw.end + AROUND], flaw.says, flaw.clauses,
        flaw.advice, tuple(dict.fromkeys(instead)), flaw.stops, flaw.phrase, flaw.phrase in gone and not flaw.stops,
    )  # fmt: skip


def watch(
    form: forms.Form,
    procedure: Procedure,
    event: str,
    names: Mapping[str, str] | None = None,
    file: CaseFile | None = None,
) -> None:
    """Texts of this form are looked through while they are typed, where the rules forbid wording in texts of the act. `names`: facts by the
    fields that fill them, where they have other names. `file`: the case they are written in."""
    if not phrases.watches(procedure, event):
        return
    kinds = load_vocabulary().events[event].facts
    sent = form.data.getlist(LET_GO) if form.is_bound and hasattr(form.data, "getlist") else []
    for name, bound in form.fields.items():
        fact = (names or {}).get(name, name)
        if (
            fact not in kinds
            or kinds[fact].type not in ("text", "texts")
            or not isinstance(bound.widget, forms.Textarea)
        ):
            continue
        box = form[name]
        bound.widget.attrs |= {
            "hx-post": _address(procedure, event, box.html_name, file), "hx-trigger": "input changed delay:700ms", "hx-swap": "innerHTML",
            "hx-target": f"#{box.auto_id}_flags", "hx-include": f"#{box.auto_id}_flags", "aria-describedby": f"{box.auto_id}_flags",
            "hx-params": f"{box.html_name},{LET_GO},csrfmiddlewaretoken", "hx-encoding": "application/x-www-form-urlencoded",
        }  # fmt: skip
        bound.watched = flags(procedure, event, str(box.value() or ""), sent, file) if form.is_bound else []  # type: ignore[attr-defined]


def _address(procedure: Procedure, event: str, field: str, file: CaseFile | None = None) -> str:
    """Where a text is looked through."""
    of_case = f"&case={quote(file.key)}" if file is not None else ""
    return f"{reverse('wording')}?procedure={procedure.hash}&event={event}&field={field}{of_case}"


def unseen(form: forms.Form) -> bool:
    """Does a text hold a warning that nobody let go? What may not go out at all is refused by the rules themselves."""
    return any(not flag.stops and not flag.let_go for f in form.fields.values() for flag in getattr(f, "watched", ()))
