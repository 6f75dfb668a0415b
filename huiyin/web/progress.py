"""How far a matter has come, in a few plain sentences for the person whose matter it is: what was done, what is due by when and why, what comes
next. Everything is said as the events and limits say it; what is late is called late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.cases.timeline import SENDERS
from huiyin.core.model import Due, Event
from huiyin.web import words
from huiyin.web.casefile import CaseFile
from huiyin.web.caserows import FactRow

STATIONS: Final = frozenset({
    "registered", "accepted", "refused", "deferred", "acceptance_ended", "withdrawn", "transferred_out", "dispatched", "filed",
    "filing_declined", "settled", "mediation_ended", "suspended", "resumed", "extended", "replied", "concluded", "reopened", "archived",
})  # fmt: skip
NEXT: Final[Mapping[str, Promise | str]] = {
    "registration": gettext_lazy("接下来决定是否受理。受理或者不受理，都会告诉您，并写明理由。"),
    "deferred": gettext_lazy("现在还缺材料或者情况。补齐以后继续办，编号不变。"),
    "acceptance": gettext_lazy("接下来交给承办的单位。"),
    "dispatch": gettext_lazy("已经转给承办单位，等它签收、办理。"),
    "handling": gettext_lazy("承办人正在了解情况：可能打电话给您，也可能找对方、到现场看。"),
    "answer_check": gettext_lazy("承办单位已经提出答复，正在审核，通过以后答复您。"),
    "conclusion": gettext_lazy("已经办结，接下来把结果答复您。"),
    "feedback": gettext_lazy("结果已经答复您。接下来可能有人回访，问您满不满意；不同意结果的，可以提出异议。"),
    "call_back": gettext_lazy("已经回访。有新的情况，可以再补充。"),
    "archive": gettext_lazy("已经归档。有新的情况，可以再提一件，写明这个编号。"),
    "ended": gettext_lazy("办理到此结束。有新的情况，可以再提一件，写明这个编号。"),
}


AWAITED: Final[Mapping[str, Promise | str]] = {
    "decide": gettext_lazy("决定是否受理"), "conclude": gettext_lazy("办结"), "answer": gettext_lazy("答复您"),
    "written_answer": gettext_lazy("书面答复您"), "tell_result": gettext_lazy("把结果告知您"),
}  # fmt: skip
"""Targets of limits that a person waits for."""


INNER: Final = frozenset({"party", "to", "method"})  # facts of an event that go without saying where it is addressed
MOST: Final = 4  # sentences about what is due; all limits stand further below on the page


@dataclass(frozen=True)
class Station:
    """Something that was done. `text`: the day and what it was."""

    day: str
    text: str


@dataclass(frozen=True)
class Expected:
    """What is due: until when, why, and whether that day has passed."""

    says: str
    why: str
    clauses: tuple[str, ...]
    late: bool


@dataclass(frozen=True)
class Told:
    """The whole of it."""

    done: list[Station]
    expected: list[Expected]
    next: str


@dataclass(frozen=True)
class Card:
    """One event as it stands above a form that answers it."""

    seq: int
    title: str
    at: datetime
    who: str
    short: list[FactRow]
    texts: list[FactRow]


def told(file: CaseFile) -> Told:
    """For the page of the person."""
    round = file.view.round
    done = [e for e in file.view.effective if e.name in STATIONS and e.round == round]
    stations = [Station(words.date_text(e.occurred.date()), _sentence(e)) for e in done]
    return Told(_without_repeats(stations), _expected(file), str(NEXT.get(file.case.stage, "")))


def _sentence(event: Event) -> str:
    label = words.done_label(event.name)
    to = event.facts.get("to")
    if event.name in ("dispatched", "transferred_out") and isinstance(to, str):
        return _("%(event)s：%(unit)s") % {"event": label, "unit": words.unit_label(to)}
    return label


def _without_repeats(stations: list[Station]) -> list[Station]:
    return list(dict.fromkeys(stations))


def _expected(file: CaseFile) -> list[Expected]:
    """Limits that bind now, the nearest first: what a person waits for in our words, anything else in those of the rule. Of one sentence once."""
    running = [d for d in file.dues if d.open and d.effective and not d.window and d.end is not None]
    running.sort(key=lambda d: d.end.sort_key if d.end else datetime.max)
    found = [one for due in running if (one := _one_expected(due)) is not None]
    return list({one.says: one for one in found}.values())[:MOST]


def _one_expected(due: Due) -> Expected | None:
    assert due.end is not None
    what, end = _awaited(due), words.end_text(due.end)
    role, at, _unit = (due.owed_by or "").partition("@")
    if role and not at:  # a party owes it: the other side's limits are no business of this one
        mine = role in SENDERS and due.says
        says = _("%(end)s以前，请您：%(rule)s。") % {"end": end, "rule": due.says}
        return Expected(says, "", due.clauses, due.late) if mine else None
    if what and due.late:
        says = _("应当在%(end)s以前%(what)s，现在已经超过。") % {"end": end, "what": what}
    elif what:
        says = _("%(end)s以前应当%(what)s。") % {"end": end, "what": what}
    elif due.says:
        told = {"end": end, "rule": due.says}
        says = (
            _("应当在%(end)s以前做到，现在已经超过：%(rule)s。") % told
            if due.late
            else _("%(end)s以前应当做到：%(rule)s。") % told
        )
    else:
        return None
    return Expected(says, due.says if what else "", due.clauses, due.late)


def _awaited(due: Due) -> str:
    """What the person waits for, in words; nothing for a limit that concerns the office alone."""
    if (due.target or "") in AWAITED:
        return str(AWAITED[due.target or ""])
    decides = due.limit is not None and due.limit.to.names & {"accepted", "refused"}
    return str(AWAITED["decide"]) if decides else ""


def event_card(file: CaseFile, event: Event) -> Card:
    """The event as this viewer's timeline tells it; only its name and day where it is not told."""
    row = next((one for one in file.timeline() if one.seq == event.seq), None)
    if row is None:
        return Card(event.seq, words.done_label(event.name), event.occurred, "", [], [])
    short = [fact for fact in row.short if fact.name not in INNER]
    return Card(row.seq, row.title, row.at, row.who, short, row.texts)
