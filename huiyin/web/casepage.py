"""The case page put together: what can be done now, in the order in which it matters; what cannot, and why; limits and how they were counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.core.answers import must_answer
from huiyin.core.model import Due
from huiyin.core.offers import Offer
from huiyin.core.workdays import Calendar
from huiyin.web import words
from huiyin.web.caserows import TimelineRow
from huiyin.web.consequences import Part
from huiyin.web.counting import Line, explained, rule_text

ALWAYS: Final = frozenset({"note_added", "amended", "annulled"})  # never the next step, however open
NEVER: Final = frozenset({"registered", "recording_voided"})  # over once the case is there: not worth a reason
SELDOM: Final = frozenset({"reopened", "sent_back", "recalled", "returned", "deferred"})  # steps back
NEAR: Final = 2  # stages ahead that count as next
REST: Final = 5  # of a rank: not among the cards
SO_MANY: Final = 9  # cards in sight
MOST_TOLD: Final = 3  # sorts of consequences on a card
AT_ONCE: Final = frozenset(
    {"received", "answer_passed", "resumed"}
)  # complete without any fact, unless a rule asks for one


@dataclass
class Card:
    """One event that may be recorded now. `due`: the limit it would meet; `at_once`: it says everything without a form; `re`: the event it
    answers; `follows`: what recording it brings about."""

    event: str
    label: str
    says: str = ""
    clauses: tuple[str, ...] = ()
    due: Due | None = None
    propose: bool = False  # must be proposed first: the card opens the proposal
    urgent: bool = False  # waits for this decision, or is the first that meets a running limit
    at_once: bool = False
    re: tuple[int, ...] = ()
    follows: Sequence[Part] = ()

    @property
    def will(self) -> list[tuple[str, str, str, int]]:
        """The first of what follows, short enough for the card: (sort, what, by when, how many there are of the sort). What the card says anyway
        of its own limit is left out."""
        own = self.due.says if self.due else None
        parts = [(p.label, [x for x in p.lines if own is None or not x.says.startswith(own)]) for p in self.follows]
        return [(label, found[0].says, found[0].when, len(found)) for label, found in parts if found][:MOST_TOLD]

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


def steps(offers: Sequence[Offer], dues: Sequence[Due], stage: str, granted: frozenset[str] = frozenset()) -> Steps:
    """First what waits for a decision, then what meets a running limit by its date, then what must be proposed, then what moves the case
    on from its stage, then the other steps that the rules speak of; the rest by group. `blocked`: steps of this officer's that the rules
    do not allow yet; `granted`: events that were approved and wait to be recorded."""
    running = sorted((d for d in dues if d.open and d.end is not None and not d.window), key=lambda d: d.end.sort_key)
    vocabulary = words.vocabulary()
    order = {name: at for at, name in enumerate(vocabulary.events)}
    ranked: list[tuple[tuple[int, int, int], Card]] = []
    blocked: list[Offer] = []
    for offer in offers:
        if offer.open and must_answer(offer.event) and not offer.re:
            continue  # there is nothing it could answer
        due = next((d for d in running if offer.event in d.limit.to.names), None)
        by_due = running.index(due) if due else len(running)
        if not offer.open and offer.code == "not_approved":
            ranked.append(((2, by_due, order[offer.event]), _card(offer, due, propose=True)))
        elif not offer.open:
            blocked += [offer] if _is_told_of(offer) else []
        else:
            rank = 0 if offer.event in granted else _rank(offer, due, stage)
            ranked.append(((rank, by_due, order[offer.event]), replace(_card(offer, due), urgent=rank < 2)))
    ranked.sort(key=lambda found: found[0])
    _one_of_each(card for _place, card in ranked)
    first = [card for (rank, _due, _order), card in ranked if rank < REST][:SO_MANY]
    rest: dict[str, list[Card]] = {}
    for _place, card in sorted(ranked, key=lambda found: found[0][2]):
        if card not in first:
            rest.setdefault(vocabulary.events[card.event].group, []).append(card)
    groups = [(vocabulary.label("group", g), rest[g]) for g in vocabulary.values["group"] if g in rest]
    return Steps(first, groups, blocked)


def _one_of_each(cards: Iterable[Card]) -> None:
    """Of the steps that would all meet one limit the first alone stands out; were all of them loud, none would be."""
    seen: set[int] = set()
    for card in cards:
        if card.urgent and card.due is not None:
            card.urgent = id(card.due) not in seen
            seen.add(id(card.due))


def _rank(offer: Offer, due: Due | None, stage: str) -> int:
    """0 a decision or a signature that is waited for, 1 meets a limit, 3 moves the case on, 4 the rules speak of it, REST anything else."""
    if offer.event in ("approved", "rejected"):
        return 0
    if offer.event == "received" and offer.re:  # it lies there and nobody has signed for it
        return 0
    stages = list(words.vocabulary().values["stage"])
    leads_to = words.vocabulary().stage_of.get(offer.event)
    ahead = stages.index(leads_to) - stages.index(stage) if leads_to is not None else 0
    if (
        due is not None and ahead <= NEAR
    ):  # a case that was just sent is not concluded next, though that too would meet the limit
        return 1
    if leads_to is not None and offer.event not in SELDOM and 0 <= ahead <= NEAR and leads_to != stages[-1]:
        return 3
    return 4 if (offer.clauses or due) and offer.event not in ALWAYS else REST


def _is_told_of(offer: Offer) -> bool:
    """Is it worth saying why it is not open? Steps of the rules, and those that move a case on."""
    return (bool(offer.clauses) or offer.event in words.vocabulary().stage_of) and offer.event not in NEVER


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
        at_once=offer.open and offer.event in AT_ONCE and not offer.needs,
        re=offer.re,
    )


# -- the timeline, in parts

FILTERS: Final[dict[str, str | Promise]] = {
    "": gettext_lazy("全部"), "way": gettext_lazy("办理步骤"), "said": gettext_lazy("写下的话"), "watched": gettext_lazy("督办和纠错"),
    "people": gettext_lazy("不看系统记录"),
}  # fmt: skip
WATCHING: Final = frozenset({"supervision", "correction"})  # groups of events


def filtered(rows: Sequence[TimelineRow], wanted: str) -> list[TimelineRow]:
    """Rows of one sort: steps that move the case on, what was written, supervision and corrections, or all that people recorded."""
    vocabulary = words.vocabulary()
    checks = {
        "way": lambda r: r.name in vocabulary.stage_of,
        "said": lambda r: bool(r.texts),
        "watched": lambda r: vocabulary.events[r.name].group in WATCHING,
        "people": lambda r: not r.system,
    }
    return [row for row in rows if wanted not in checks or checks[wanted](row)]


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
