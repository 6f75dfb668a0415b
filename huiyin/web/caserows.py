"""What the page of a case is made of, in words: facts, events, parties, linked cases, the way from unit to unit."""

from dataclasses import dataclass, field
from datetime import datetime

from huiyin.cases.models import Case


@dataclass(frozen=True)
class FactRow:
    """One fact in words. `ref`: it is masked, and may be shown for a reason."""

    label: str
    text: str
    ref: str = ""
    long: bool = False  # a text somebody wrote, not a choice or a number
    name: str = ""


@dataclass(frozen=True)
class TimelineRow:
    """One event in words."""

    title: str
    at: datetime
    who: str = ""
    facts: list[FactRow] = field(default_factory=list)
    clauses: tuple[str, ...] = ()
    tags: list[str] = field(default_factory=list)
    system: bool = False
    struck: bool = False
    seq: int = 0
    round: int = 1
    name: str = ""

    @property
    def short(self) -> list[FactRow]:
        """Choices, numbers, dates."""
        return [f for f in self.facts if not f.long]

    @property
    def texts(self) -> list[FactRow]:
        """What was written."""
        return [f for f in self.facts if f.long]


@dataclass(frozen=True)
class PartyRow:
    """One party in words."""

    role: str
    facts: list[FactRow]


@dataclass(frozen=True)
class LinkRow:
    """Another case in words."""

    key: str
    number: str
    label: str
    case: Case


@dataclass(frozen=True)
class HopRow:
    """One dispatch between bureaux in words."""

    sender: str
    receiver: str
    how: str
    sent: datetime
    received: datetime | None
    ended: str
    at: datetime | None
