"""The case page put together: what can be done now, in the order in which it matters; what cannot, and why; limits and how they were counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.core.model import Due
from huiyin.core.offers import Offer
from huiyin.core.rules import Procedure
from huiyin.core.workdays import Calendar
from huiyin.web import words
from huiyin.web.counting import Line, explained, rule_text

ALWAYS: Final = frozenset({"note_added", "amended", "annulled"})  # never the next step, however open
NEVER: Final = frozenset({"registered", "recording_voided"})  # over once the case is there: not worth a reason
SO_MANY: Final = 9  # cards in sight


@dataclass(frozen=True)
class Card:
    """One event that may be recorded now. `due`: the limit it would meet."""

    event: str
    label: str
    says: str = ""
    clauses: tuple[str, ...] = ()
    due: Due | None = None
    propose: bool = False  # must be proposed first: the card opens the proposal
    urgent: bool = False  # waits for this decision, or meets a running limit

    @property
    def opens(self) -> str:
        """The event whose form the card opens."""
        return "proposed" if self.propose else self.event

    @property
    def query(self) -> str:
        """What of it, in the address."""
        return f"?for={self.event}" if self.propose else ""


@dataclass
class Steps:
    """Everything that an officer could do with the case, sorted."""

    first: list[Card] = field(default_factory=list)
    more: list[tuple[str, list[Card]]] = field(default_factory=list)
    blocked: list[Offer] = field(default_factory=list)


def steps(procedure: Procedure, offers: Sequence[Offer], dues: Sequence[Due]) -> Steps:
    """First what waits for a decision, then what meets a running limit by its date, then the other steps of the procedure; the rest by
    group. `blocked`: steps of this officer's that the rules do not allow yet."""
    running = sorted((d for d in dues if d.open and d.end is not None and not d.window), key=lambda d: d.end.sort_key)
    stage_of = words.vocabulary().stage_of
    ranked: list[tuple[tuple[int, int, int], Card]] = []
    rest: dict[str, list[Card]] = {}
    blocked: list[Offer] = []
    order = {name: at for at, name in enumerate(words.vocabulary().events)}
    for offer in offers:
        own = bool(offer.clauses)
        due = next((d for d in running if offer.event in d.limit.to.names), None)
        if not offer.open:
            if offer.code == "not_approved":
                card = _card(offer, due, propose=True)
                ranked.append(((2, running.index(due) if due else 99, order[offer.event]), card))
            elif (own or offer.event in stage_of) and offer.event not in NEVER:
                blocked.append(offer)
            continue
        card = _card(offer, due)
        if offer.event in ("approved", "rejected"):
            ranked.append(((0, 0, order[offer.event]), replace(card, urgent=True)))
        elif due is not None:
            ranked.append(((1, running.index(due), order[offer.event]), replace(card, urgent=True)))
        elif own and offer.event not in ALWAYS:
            ranked.append(((3 if offer.event in stage_of else 4, 0, order[offer.event]), card))
        else:
            rest.setdefault(words.vocabulary().events[offer.event].group, []).append(card)
    ranked.sort(key=lambda found: found[0])
    for _rank, card in ranked[SO_MANY:]:
        rest.setdefault(words.vocabulary().events[card.event].group, []).append(card)
    groups = [
        (words.vocabulary().label("group", g), cards)
        for g in words.vocabulary().values["group"]
        if (cards := rest.get(g))
    ]
    return Steps([card for _rank, card in ranked[:SO_MANY]], groups, blocked)


def _card(offer: Offer, due: Due | None, propose: bool = False) -> Card:
    label = words.event_label(offer.event)
    says = due.says if due else (offer.says[0] if offer.says else "")
    return Card(
        offer.event,
        _("拟办：%s") % label if propose else label,
        says,
        due.clauses if due else offer.clauses[:3],
        due,
        propose,
    )


# -- limits

STATES: Final = {
    "paused": ("grey", gettext_lazy("中止")), "lifted": ("grey", gettext_lazy("不再约束")),
    "overridden": ("grey", gettext_lazy("另有期限")), "met": ("green", gettext_lazy("按期")), "closed": ("grey", gettext_lazy("已结束")),
    "restarted": ("grey", gettext_lazy("重新计算")),
}  # fmt: skip


@dataclass(frozen=True)
class LimitRow:
    """One limit for the page."""

    due: Due
    colour: str
    state_label: str
    owed: str
    rule: str
    lines: list[Line]


def limit_rows(
    dues: Sequence[Due], calendar: Calendar, now: datetime, *, open_only: bool = False, inside: bool = True
) -> list[LimitRow]:
    """Running limits by their end, then the others, newest first. `inside`: say who in the unit owes it, not the unit alone."""
    shown = [d for d in dues if d.open or not open_only]
    shown.sort(key=lambda d: (not d.open, d.end.sort_key if d.open and d.end else datetime.max, -d.opened_by))
    return [_limit_row(d, calendar, now, inside) for d in shown]


def _limit_row(due: Due, calendar: Calendar, now: datetime, inside: bool) -> LimitRow:
    colour, label = light(due, now.date())
    owed = _("由%s负责") % owed_label(due, inside) if due.owed_by and due.open else ""
    return LimitRow(due, colour, label, owed, rule_text(due), explained(due, calendar))


def owed_label(due: Due, inside: bool = True) -> str:
    """Who owes it: the unit, and inside also the role."""
    role, _at, unit = (due.owed_by or "").partition("@")
    return f"{words.unit_label(unit)}{words.role_label(role)}" if inside or not unit else words.unit_label(unit)


def light(due: Due, today: date) -> tuple[str, str]:
    """Colour and words of the traffic light: red is late, amber is due by the next working day, green has time."""
    if due.late:
        return "red", _("已逾期") if due.open else _("逾期完成")
    if due.state != "running" or due.end is None:
        colour, label = STATES.get(due.state, ("grey", ""))
        return colour, str(label)
    if due.act_by is not None and due.act_by <= today:
        return "amber", _("今天须办")
    last = due.end.day or due.end.sort_key.date()
    left = (last - today).days
    if left == 0:
        return "amber", _("今天到期")
    return ("amber", _("还有%d天") % left) if left <= 2 else ("green", _("还有%d天") % left)
