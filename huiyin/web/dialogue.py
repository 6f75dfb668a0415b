"""What the office and the person say to each other on the page of a case: questions, answers, news. All of it stands in the log of the case; an
unnamed reporter takes part by number and code alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from huiyin.cases.timeline import SENDERS
from huiyin.cases.timeline import TimelineRow as Told
from huiyin.languages import load_vocabulary
from huiyin.web import words
from huiyin.web.casefile import CaseFile

OF_THE_OFFICE: Final = frozenset({"party_informed", "materials_requested", "stage_replied", "replied", "promised"})
OF_THE_PERSON: Final = frozenset({"materials_supplied", "opinion_given", "withdrawn"})
TEXTS: Final = ("text", "items", "progress", "reason")
ASKS: Final = "materials_requested"


@dataclass(frozen=True)
class Message:
    """One of them. `open`: a question that has no answer yet."""

    seq: int
    title: str
    at: datetime
    who: str
    mine: bool
    lines: list[str]
    open: bool


def messages(file: CaseFile) -> list[Message]:
    """Everything said, oldest first."""
    answered = {seq for event in file.log.events if event.name == "materials_supplied" for seq in event.re}
    found = []
    for row in file.told:
        mine = row.name in OF_THE_PERSON and row.actor.role in SENDERS
        if not mine and (row.name not in OF_THE_OFFICE or not row.actor.inside):
            continue
        lines = _lines(row)
        if lines:
            asks = row.name == ASKS and row.seq not in answered and not _supplied_after(file, row.seq)
            found.append(Message(row.seq, row.label, row.occurred, file.who(row), mine, lines, asks))
    return found


def _supplied_after(file: CaseFile, seq: int) -> bool:
    return any(event.name == "materials_supplied" and event.seq > seq for event in file.log.events)


def _lines(row: Told) -> list[str]:
    found: list[str] = []
    for shown in row.facts:
        if shown.name in TEXTS and shown.state in ("plain", "masked") and shown.value:
            found += [str(v) for v in shown.value] if isinstance(shown.value, list) else [str(shown.value)]
        elif shown.name == "missing" and shown.value:
            found.append(_materials(shown.value))
    return found


def _materials(codes: Any) -> str:
    labels = load_vocabulary().values["material"]
    return words.listed(labels.get(str(code), str(code)) for code in (codes if isinstance(codes, list) else [codes]))
