"""The form of one event with what is said around it: what the rules say of it now, whom it answers, what recording it will bring about."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from huiyin.cases import leaving, reasons, trying
from huiyin.cases.intake import Step
from huiyin.cases.sent_files import file_id
from huiyin.core import leaks
from huiyin.core.answers import must_answer
from huiyin.core.facts import BadFact
from huiyin.core.foretell import Foreseen
from huiyin.core.model import Event, Refused, Sealed
from huiyin.core.offers import SYSTEM_ONLY
from huiyin.languages import load_vocabulary
from huiyin.org.models import Officer
from huiyin.vault import actions as vault
from huiyin.vault.refs import FileRef
from huiyin.web import choices, consequences, problems, scripts, settling, visits, words
from huiyin.web.casefile import CaseFile
from huiyin.web.casepage import Card
from huiyin.web.consequences import Part
from huiyin.web.forms.fields import Options
from huiyin.web.forms.step import StepForm, facts_of
from huiyin.web.problems import Line, Problem

DECISIONS = ("approved", "rejected")


@dataclass
class StepPage:
    """What the template shows. `about`: the rules' own words; `follows`: what recording brings about; `tried`: they were worked out from
    what is typed, not from an empty form."""

    title: str
    form: Any
    action: str = ""
    button: str = ""
    about: list[Line] = field(default_factory=list)
    about_colour: str = ""
    follows: list[Part] = field(default_factory=list)
    later: list[Part] = field(default_factory=list)
    approvers: str = ""
    tried: bool = False
    requests: list[dict[str, Any]] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    may_tell: bool = True  # an empty form is enough to say what follows
    correction: Any = None
    lines: list[scripts.Said] = field(default_factory=list)  # how the rules put it into words
    looked_through: bool = False  # its words leave the house, and must not tell who sent the matter in
    may_let_go: bool = False  # they do, and an officer may decide that they go all the same


def build(
    file: CaseFile, officer: Officer, event: str, proposed: str | None, sent: QueryDict | None, re: str = ""
) -> StepPage:
    """The page of one event. `sent`: what was typed; `re`: the number of the event it should answer, from the address."""
    look = file.foresee(proposed or event)
    answers = [] if proposed is not None else file.answers(event)
    lines, begins = scripts.beside(file, officer, proposed or event)
    form = StepForm(
        event, offered=_offered(file, officer, event, proposed, look), asked=_asked(look, proposed), proposed=proposed, answers=_told(file, answers),
        answers_something=must_answer(event), current=file.current(),
        initial={**begins, **settling.begins(file, proposed or event), **_initial(file, look, proposed, re, answers)}, data=sent,
    )  # fmt: skip
    scripts.watch(form, file.procedure, proposed or event, file=file)
    title = words.event_label(event) + (_("：%s") % words.event_label(proposed) if proposed else "")
    page = StepPage(title, form, reverse("step", args=[file.key, event]), _("记录“%s”") % words.event_label(event))
    page.lines = lines
    page.looked_through = leaving.watches(leaving.Guard.of(file), proposed or event)
    if event == "proposed" and proposed is None:
        known = set(file.procedure.approvals) or set(file.procedure.steps) or set(load_vocabulary().events)
        page.choices = sorted(
            known - SYSTEM_ONLY - {"proposed", "registered"}, key=list(load_vocabulary().events).index
        )
        return page
    if event in DECISIONS:
        page.requests = [file.request_row(request) for request in answers]
    elif look.of is not None and event != "proposed":
        page.about.append(Line(_("拟办已经批准。不填的项目用批准的内容。")))
    page.about += _standing(file, event, proposed or event, proposed)
    closed = any(o.event == event and not o.open for o in file.steps)
    page.about_colour = "amber" if closed and proposed is None else ""
    _foretell(file, page, event, proposed, look)
    return page


def _asked(look: Foreseen, proposed: str | None) -> dict[str, Any]:
    own = load_vocabulary().events[proposed].facts if proposed is not None else None
    return {n: a for n, a in look.asks.items() if own is None or n in own}


def _offered(file: CaseFile, officer: Officer, event: str, proposed: str | None, look: Foreseen) -> Any:
    facts = list(facts_of(load_vocabulary(), event, proposed, _asked(look, proposed)))
    related = [(r.number, r.label) for r in file.related()] if any(f.type == "case_ref" for f in facts) else []
    found = choices.offered(
        proposed or event, facts, procedure=file.procedure, view=file.view, tree=file.world.tree, here=officer.unit_id,
        names=file.party_labels(), dues=file.dues, cases=related,
    )  # fmt: skip
    bases = choices.bases(file.procedure, look.asks.get("basis", ()))
    return replace(found, of={**found.of, "basis": bases}) if bases else found


def _told(file: CaseFile, answers: list[Event]) -> Options:
    """Events as choices: what it was, when, by whom."""
    return [(str(e.seq), file.event_line(e)) for e in answers]


def _standing(file: CaseFile, event: str, own: str, proposed: str | None) -> list[Line]:
    """What the rules say of this step now: its own sentence, or why it is not open."""
    offer = next((o for o in file.steps if o.event == event), None)
    if offer is None:
        return [Line(_("这一步按规则不由您的岗位办理；提交会被退回，并说明依据。"))]
    if offer.open or proposed is not None:
        found = next((o for o in file.steps if o.event == own), offer)
        return problems.of_offer(found, file.procedure) if found.open else []
    return problems.of_offer(offer, file.procedure)


# -- what the form begins with


def _initial(file: CaseFile, look: Foreseen, proposed: str | None, re: str, answers: list[Event]) -> dict[str, Any]:
    initial: dict[str, Any] = {"shown_seq": file.view.next_seq - 1, "key": visits.new_key()}
    if proposed is None:
        named = re if re in {str(e.seq) for e in answers} else ""
        initial["re"] = named or ",".join(map(str, look.re))
    else:
        initial["for"] = proposed
    facts = dict(look.usual)
    if look.event == "classified":
        facts |= {n: v for n, v in file.current().items() if not isinstance(v, Sealed)}
    if look.of is not None and look.event not in DECISIONS:
        facts |= {n: v for n, v in look.of.facts.items() if not isinstance(v, Sealed) and n != "for"}
    kinds = {**load_vocabulary().case_facts, **load_vocabulary().events[look.event].facts}
    for name, value in facts.items():
        kind = kinds.get(name)
        if kind is not None and kind.type in ("party", "parties"):
            value = _numbers(file, value)
        initial[name] = list(value) if isinstance(value, tuple) else value
    return initial


def _numbers(file: CaseFile, value: Any) -> Any:
    """Parties by number where a role is meant."""
    if isinstance(value, tuple):
        return [no for v in value for no in sorted(file.view.party_ids(v))]
    return min(file.view.party_ids(value), default=value)


# -- what recording it brings about


def _foretell(file: CaseFile, page: StepPage, event: str, proposed: str | None, look: Foreseen) -> None:
    """As far as an empty form can tell: as if it were recorded now, with the facts that go without saying. What nobody can guess (which
    document, which mark) must be filled in first."""
    given = {"for": proposed} if proposed is not None else _known(look)
    page.may_tell = not _wanting(event, given)
    if page.may_tell:
        page.follows = file.consequences(event, given, look.re)
    if proposed is not None:
        page.later = file.consequences(proposed, _known(look)) if not _wanting(proposed, _known(look)) else []
        page.approvers = words.listed(words.who_label(term, file.procedure) for term in look.approvers)


def _wanting(event: str, given: dict[str, Any]) -> bool:
    """Does the event say nothing as long as the form is empty? A dispatch does: whoever gets it, the same limits begin."""
    required = (f.name for f in load_vocabulary().events[event].facts.values() if f.required)
    return event != "dispatched" and any(name not in given for name in required)


def begins_with(file: CaseFile, card: Card) -> dict[str, Any]:
    """Facts with which the form of a card begins: those that go without saying, or what is proposed."""
    return {"for": card.event} if card.propose else _known(file.foresee(card.event))


def wanting(file: CaseFile, card: Card) -> bool:
    """Does nobody know what the card will bring about as long as its form is empty?"""
    return _wanting(card.opens, begins_with(file, card))


def _known(look: Foreseen) -> dict[str, Any]:
    of = look.of.facts if look.of is not None and look.event not in DECISIONS else {}
    return {**look.usual, **{n: v for n, v in of.items() if n != "for"}}


def completed(file: CaseFile, event: str, form: StepForm) -> dict[str, Any]:
    """The facts for `record`. A proposal was approved word for word: what the form leaves open comes from it."""
    facts, seen = form.facts(), file.foresee(event)
    if seen.of is None or event in DECISIONS:
        return facts
    known = {f.name for f in form.facts_asked}
    approved = {n: v for n, v in seen.of.facts.items() if n in known and n not in facts}
    sealed = vault.open_many(v for v in approved.values() if isinstance(v, Sealed) and not isinstance(v, FileRef))
    return {**{n: sealed.get(v.ref, v) if isinstance(v, Sealed) else v for n, v in approved.items()}, **facts}


def try_out(file: CaseFile, page: StepPage, step: Step) -> Problem | None:
    """What this very act would bring about, told on the page; if it would be refused, why. Nothing is recorded."""
    try:
        act = trying.try_out(file.case, step)
    except Refused as refused:
        told = problems.of_refusal(refused, step.event, file.procedure)
        mark(page, step, told)
        title = _("照现在填写的，还不能记录“%s”") % words.event_label(step.event)
        return replace(told, title=title, colour="amber")
    except BadFact as bad:
        return problems.of_bad_fact(bad)
    page.follows = consequences.parts(trying.effects_of(act), file.names)
    page.tried = True
    return None


def step_of(officer: Officer, event: str, facts: dict[str, Any], form: StepForm, happened: datetime | None) -> Step:
    """The act as it was typed."""
    sent = form.cleaned_data
    return Step(
        event, officer, facts, form.parties(), happened, sent["re"], sent["late_reason"] or None, let_go=sent["pass_on"]
    )  # fmt: skip


@dataclass(frozen=True)
class Telling:
    """A place in a text that tells of somebody who must stay unknown, with what stands around it."""

    before: str
    said: str
    after: str
    label: str


def mark(page: StepPage, step: Step, problem: Problem) -> None:
    """Show the places that stopped it under the texts in which they stand; the names of files are in sight already."""
    page.may_let_go = page.may_let_go or problem.may_let_go
    for place in problem.marks:
        value = step.facts.get(place["fact"])
        text = value[place["index"]] if isinstance(value, list | tuple) else value
        bound = page.form.fields.get(place["fact"])
        if bound is None or not isinstance(text, str) or file_id(text) is not None:
            continue
        before, said, after = leaks.around(text, leaks.Mark(place["start"], place["end"], place["kind"]))
        before = before if place["start"] == len(before) else f"…{before}"
        after = after if place["end"] + len(after) == len(text) else f"{after}…"
        bound.telling = [
            *getattr(bound, "telling", ()),
            Telling(before, said, after, reasons.leak_label(place["kind"])),
        ]
