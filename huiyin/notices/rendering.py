"""A row of the outbox in words: which text, with which values. Personal words are opened from the vault here, when they are needed.

What one recipient gets is built from what may be told to him, not taken out of what is known: words that an officer wrote are there for the
party they are addressed to, and nothing of one side's identity is ever a value. Where a case keeps the sender's identity secret, the finished
text to anybody else is held against it once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings

from huiyin.cases import leaving
from huiyin.cases.intake import ON_THE_REPORTERS_SIDE
from huiyin.cases.queries import Opened
from huiyin.cases.sides import BETWEEN_THE_SIDES, RESPONDENT, for_whom
from huiyin.core.model import Due, Event, Sealed
from huiyin.core.vocabulary import FactType
from huiyin.notices import own, texts
from huiyin.notices.channels import segments
from huiyin.notices.models import PARTY, Outbox
from huiyin.org import contacts
from huiyin.org import queries as org
from huiyin.vault import actions as vault

TO_THE_SENDER: Final[Mapping[str, tuple[str, ...]]] = {
    "refused": ("text",),
    "deferred": ("text",),
    "acceptance_ended": ("text",),
    "filing_declined": ("text",),
    "materials_requested": ("items", "reason"),
    "mediation_ended": ("text",),
}
"""Events whose words are meant for who sent the matter in, besides those that are addressed."""
ADDRESSED: Final[Mapping[str, tuple[str, ...]]] = {
    "party_informed": ("text", "items"), "stage_replied": ("progress", "reason"), "replied": ("text",), "respondent_notified": ("text",),
    "demanded": ("text",), "settlement_offered": ("text",), "settlement_answered": ("text",),
}  # fmt: skip
"""Events with a recipient, whose words are for that recipient."""
DROP: Final = 60  # signs taken from the longest free text at a time until a short message fits


class Unsayable(Exception):
    """There is no text, or it may not be sent: the reason says which, without a value."""


@dataclass(frozen=True, slots=True)
class Words:
    """A notice as it is told. `sms`: without signature; none where the text has no short form."""

    subject: str
    text: str
    sms: str
    personal: bool  # holds words from the vault


def words_of(opened: Opened, row: Outbox, hand_out: Callable[[], str] | None = None) -> Words:
    """The words of a row. `hand_out` makes a code for the page of the respondent: asked for once, where the words to a respondent have a place
    for it and the site has an address. Raises Unsayable."""
    event = opened.view.by_seq.get(row.seq)
    if event is None:
        raise Unsayable("annulled")
    role = _role(opened, row)
    wanted = texts.Wanted(
        texts.PARTY if row.to_kind == PARTY else texts.OFFICE, "" if row.topic else event.name, row.about, frozenset(row.clauses.split()), role,
        row.topic.partition(":")[0],
    )  # fmt: skip
    book = own.book()
    found = book.find(opened.procedure.id, wanted)
    if found is None:
        raise Unsayable("no text")
    values = _topic_values(opened, row) if row.topic else _values(opened, row, event)
    private = _private(opened, row, event, role) if row.to_kind == PARTY else {}
    used = texts.slots_of(found.text + found.sms) & set(private)
    values |= private
    coded = role == RESPONDENT and bool(values.get("respond")) and "code" in _places_of(book, opened, found)
    if coded and hand_out is not None:
        values["code"] = hand_out()
        used.add("code")
    steps = [texts.fill(step, values) for step in book.next_steps(opened.procedure.id, found.next)]
    body = texts.fill(found.text, values)
    if any(steps):
        body += "\n\n" + "\n".join(f"· {step}" for step in steps if step)
    if row.to_kind == PARTY:
        body += "\n\n" + values["office"] + _reached(opened, row, event)
    done = Words(texts.fill(found.subject, values), body, _short(found, values, private), bool(used))
    _check_identity(opened, event, role, done)
    return done


def _places_of(book: texts.Book, opened: Opened, found: texts.Text) -> set[str]:
    """Every slot of a text, with those of what the person can do next."""
    return texts.slots_of(found.text + found.sms + "".join(book.next_steps(opened.procedure.id, found.next)))


def words_without_case(row: Outbox) -> Words:
    """A notice to the administrators about no case in particular. Raises Unsayable."""
    book = own.book()
    found = book.find("", texts.Wanted(texts.OFFICE, topic=row.topic.partition(":")[0]))
    if found is None:
        raise Unsayable("no text")
    values = {"says": row.says, **{name: _told(value) for name, value in row.data.items()}}
    return Words(texts.fill(found.subject, values), texts.fill(found.text, values), "", False)


def law_of(opened: Opened, clauses: Iterable[str]) -> str:
    """《12315分流(转办)制度》HN-FL-05a: the rule sets by their titles, with the clauses."""
    by_title: dict[str, list[str]] = {}
    sets = sorted(opened.procedure.rule_sets, key=lambda s: -len(s.code))
    for clause in dict.fromkeys(clauses):
        owner = next((s for s in sets if clause == s.code or clause.startswith(s.code + "-")), None)
        by_title.setdefault(owner.title if owner else "", []).append(clause)
    return "，".join((f"《{title}》" if title else "") + "、".join(found) for title, found in by_title.items())


def _reached(opened: Opened, row: Outbox, event: Event) -> str:
    """How the office that writes is reached, as it was on the day of the act: read again later, a notice says the same (CD-03b)."""
    unit = (event.actor.unit if not row.topic else "") or opened.case.unit
    said = contacts.told(contacts.reached(unit, event.recorded.date()))
    return f"（{said}）" if said else ""


# -- values


def day_text(day: date) -> str:
    """2026年6月9日."""
    return f"{day.year}年{day.month}月{day.day}日"


def moment_text(moment: datetime) -> str:
    """2026年6月9日 17:00."""
    return f"{day_text(moment.date())} {moment:%H:%M}"


def _end_text(due: Due | None) -> str:
    if due is None or due.end is None:
        return ""
    said = day_text(due.end.day) if due.end.day is not None else moment_text(due.end.moment)
    return said + ("（暂定）" if due.provisional else "")


def _role(opened: Opened, row: Outbox) -> str:
    if row.to_kind != PARTY:
        return ""
    party = opened.view.parties.get(row.to)
    if party is None:
        raise Unsayable("no such party any more")
    return party.role


def _common(opened: Opened, row: Outbox, unit: str) -> dict[str, str]:
    words, site = opened.view.vocabulary, settings.SENDING.site
    kind = words.label("kind", opened.case.kind)
    return {
        "number": opened.case.number or f"#{opened.case.pk}", "kind": kind, "law": law_of(opened, row.clauses.split()), "says": row.says,
        "site": site, "track": f"{site}/track/" if site else "",
        "respond": f"{site}/respond/" if site else "", "unit": org.labels([unit])[unit] if unit else "",
        "office": org.labels([opened.case.unit])[opened.case.unit],
    }  # fmt: skip


def _values(opened: Opened, row: Outbox, event: Event) -> dict[str, str]:
    words = opened.view.vocabulary
    values = _common(opened, row, event.actor.unit or "")
    if event.actor.unit:
        values["office"] = values["unit"]
    due = _due(opened, event, row)
    closed = [c for d in opened.limits if d.closed_by == event.seq or d is due for c in d.clauses]
    values |= {
        "event": words.events[event.name].label_zh, "date": day_text(event.occurred.date()), "time": moment_text(event.occurred),
        "about": words.label("about", row.about) if row.about else "", "due": _end_text(due), "law": values["law"] or law_of(opened, closed),
        "unit": values["unit"] or values["office"],
    }  # fmt: skip
    for name in (
        "answer_by",
        "until",
        "length",
        "starts_at",
        "expected",
        "basis",
        "outcome",
        "refer_to",
        "to",
        "document",
        "dispatch_kind",
    ):
        value = event.facts.get(name, event.facts.get("due") if name == "answer_by" else None)
        if value is not None and not isinstance(value, Sealed):
            values[name] = _plain(words.fact_type(event.name, name), value, opened)
    if "agreed" in event.facts:
        values["agreed"] = "同意" if event.facts["agreed"] else "不同意"
    values["ground"] = "；".join(_ground(opened, event, code) for code in event.facts.get("ground") or ())
    values["basis"] = (
        law_of(opened, [values["basis"]])
        if values.get("basis", "").isascii() and values.get("basis")
        else values.get("basis", "")
    )
    return values


def _ground(opened: Opened, event: Event, code: str) -> str:
    known = opened.procedure.grounds.get(event.name, {}).get(code, ())
    return f"{known[0].says}（{code}）" if known and known[0].says else code


def _plain(kind: FactType | None, value: Any, opened: Opened) -> str:
    words = opened.view.vocabulary
    if isinstance(value, tuple | list):
        return "、".join(_plain(kind, item, opened) for item in value)
    if isinstance(value, datetime):
        return moment_text(value) if (value.hour, value.minute) != (0, 0) else day_text(value.date())
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, str) and kind is not None:
        if kind.type in ("unit", "units"):
            return org.labels([value])[value]
        if kind.type in ("party", "parties"):
            return str(words.roles.get(value, {}).get("label_zh", ""))
        if kind.values:
            return words.label(kind.values, value)
    if hasattr(value, "n") and hasattr(value, "unit"):
        return f"{value.n}个{words.units_of_time.get(value.unit, value.unit).partition('(')[0]}"
    return str(value)


def _due(opened: Opened, event: Event, row: Outbox) -> Due | None:
    """The date that matters to the recipient: when the matter is to be decided on, after registering; else when it is to be concluded."""
    running = [d for d in opened.limits if d.state == "running" and d.end is not None and not d.window]
    if row.to_kind != PARTY:
        own = [d for d in running if d.opened_by == event.seq and (d.owed_by or "").endswith("@" + row.to)]
        if own:
            return min(own, key=lambda d: d.end.sort_key)
    if event.name == "registered":
        fitting = [d for d in running if d.limit is not None and any("accepted" in p.names for p in d.limit.to.items)]
    else:
        fitting = [d for d in running if d.effective and d.target == "conclude"]
    if row.to_kind == PARTY:
        fitting = [d for d in fitting if not d.late]  # nobody is promised a day that has passed
    return min(fitting, key=lambda d: d.end.sort_key, default=None)


def _topic_values(opened: Opened, row: Outbox) -> dict[str, str]:
    values = _common(opened, row, "")
    told: dict[str, str] = row.data
    values |= {name: _told(value) for name, value in told.items()}
    values["limit"] = row.says
    return values


def _told(value: Any) -> str:
    text = str(value)
    try:
        return day_text(date.fromisoformat(text)) if len(text) == 10 else moment_text(datetime.fromisoformat(text))
    except ValueError:
        return text


# -- personal words


def _private(opened: Opened, row: Outbox, event: Event, role: str) -> dict[str, str]:
    """Words of the event that are meant for this party, by slot."""
    names: tuple[str, ...] = ()
    if event.name in ADDRESSED and row.to in _recipients(opened, event):
        names = ADDRESSED[event.name]
    elif event.name in TO_THE_SENDER and role in texts.SENDERS:
        names = TO_THE_SENDER[event.name]
    sealed = {name: event.facts[name] for name in names if isinstance(event.facts.get(name), Sealed)}
    plain = vault.open_many(value.ref for value in sealed.values()) if sealed else {}
    found: dict[str, str] = {}
    for name, value in sealed.items():
        said = plain[value.ref]
        if said is vault.ERASED:
            raise Unsayable("erased")
        found[name] = "\n".join(map(str, said)) if isinstance(said, list | tuple) else str(said)
    return found


def _recipients(opened: Opened, event: Event) -> frozenset[str]:
    if event.name in BETWEEN_THE_SIDES:
        return for_whom(opened.view, event)
    to = event.facts.get("to") or event.facts.get("party")
    if to:
        return opened.view.party_ids(to)
    if event.name in ("respondent_notified", "demanded"):
        return opened.view.party_ids("respondent")
    return frozenset(no for no, party in opened.view.parties.items() if party.role in texts.SENDERS)


def _check_identity(opened: Opened, event: Event, role: str, words: Words) -> None:
    """Whoever is not on the side of who sent the matter in reads nothing of that side's identity, where it is secret. The words were looked
    through when they were recorded; by now more may be known of that person, and the text around them is the office's own."""
    if not role or role in ON_THE_REPORTERS_SIDE or leaving.was_let_go(event):
        return
    guard = leaving.Guard.of(opened)
    kept = guard.kept_from(leaving.RESPONDENT)
    if kept is not None and any(guard.marks(kept, text) for text in (words.subject, words.text, words.sms)):
        raise Unsayable("identity")


# -- short messages


def _short(found: texts.Text, values: dict[str, str], private: dict[str, str]) -> str:
    """The short form, with free words cut until it fits; none when the text has no short form or does not fit even so."""
    if not found.sms:
        return ""
    gateway = settings.SENDING.sms
    most, sign = (gateway.segments, gateway.sign) if gateway else (4, "")
    free = dict(private)
    while True:
        said = " ".join(texts.fill(found.sms, values | free).split())
        if segments(sign + said) <= most:
            return said
        longest = max(free, key=lambda name: len(free[name]), default=None)
        if longest is None or len(free[longest]) <= DROP:
            if not any(free.values()):
                return ""
            free = dict.fromkeys(free, "")
            continue
        free[longest] = free[longest][: max(len(free[longest]) - DROP, len(free[longest]) * 3 // 4)] + "…"
