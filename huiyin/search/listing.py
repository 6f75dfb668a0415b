"""Cases as rows of a table to take away: what a list shows, and of people only what is masked, as far as the viewer may know it at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import Min
from django.utils.translation import gettext as _

from huiyin.cases import access, clock, takeouts
from huiyin.cases.intake import ON_THE_REPORTERS_SIDE
from huiyin.cases.leaving import Guard
from huiyin.cases.models import ORDINARY, AccessEntry, Case, Event, Party
from huiyin.cases.queries import open_several
from huiyin.core.audience import NOTHING
from huiyin.dues.models import CASE, RUNNING, Due
from huiyin.languages import load_vocabulary
from huiyin.moments import local, stored
from huiyin.org import categories
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.search import shown
from huiyin.vault import actions as vault
from huiyin.vault.errors import Damaged, UnknownRef
from huiyin.vault.masking import mask

SENDERS: Final = ("complainant", "reporter")
SHORT: Final = 40  # signs of what a case is about in a list on the screen
Cell = str | int


def header() -> list[str]:
    """The names of the columns."""
    return [
        _("编号"), _("类别"), _("渠道"), _("分类"), _("阶段"), _("轮次"), _("标记"), _("登记单位"), _("承办单位"), _("提出时间"),
        _("最近变动"), _("是否办完"), _("最早的到期时间"), _("是否逾期"), _("投诉举报人（已遮盖）"), _("电话（已遮盖）"), _("被诉方（已遮盖）"),
        _("事由（号码已遮盖）"),
    ]  # fmt: skip


def rows(officer: Officer, cases: Sequence[Case]) -> list[list[Cell]]:
    """A row for each case, in their order. A handful of queries for all of them together. Of a secret case whose rules want an approval before
    anything of it is taken out, what it is about leaves only with one (HN-BM-05b)."""
    held = {case.pk for case in takeouts.held_back(officer, cases)}
    of_people = _people(officer, [case for case in cases if case.pk not in held])
    of_people |= dict.fromkeys(held, ("", "", "", _("（保密，未经批准不得带出）")))
    late = _due(cases)
    now = stored(clock.now())
    units = org.labels({u for case in cases for u in (case.unit, case.handling_unit)})
    return [
        [
            *_plain(case, units), *_dues(late.get(case.pk), now), *of_people.get(case.pk, ("", "", "", "")),
        ]
        for case in cases
    ]  # fmt: skip


def _plain(case: Case, units: Mapping[str, str]) -> list[Cell]:
    words, trees = load_vocabulary(), categories.trees()
    named = (trees.get(one) for one in case.category.split())
    return [
        case.number or f"#{case.pk}", words.label("kind", case.kind), words.label("channel", case.channel) if case.channel else "",
        "、".join(one.label for one in named if one is not None), words.label("stage", case.stage), case.round,
        "、".join(words.label("mark", one) for one in case.marks.split()), units.get(case.unit, case.unit),
        units.get(case.handling_unit, case.handling_unit), f"{local(case.began):%Y-%m-%d %H:%M}", f"{local(case.updated):%Y-%m-%d %H:%M}",
        _("是") if case.ended or case.archived else _("否"),
    ]  # fmt: skip


def _due(cases: Sequence[Case]) -> dict[int, datetime]:
    found = Due.objects.filter(
        subject_kind=CASE, subject_id__in=[c.pk for c in cases], state=RUNNING, late_at__isnull=False, window=False
    )
    return dict(found.order_by().values_list("subject_id").annotate(first=Min("late_at")))


def _dues(late_at: datetime | None, now: datetime) -> tuple[str, str]:
    if late_at is None:
        return "", ""
    return f"{local(late_at):%Y-%m-%d %H:%M}", _("是") if late_at <= now else _("否")


def subjects(officer: Officer, cases: Sequence[Case]) -> dict[int, str]:
    """What each case is about in a few words, numbers masked, for a list on the screen: only of those whose texts the viewer may read. Where
    nobody gave it a subject, the beginning of what happened."""
    sights = _sights(officer, cases)
    readable = [pk for pk, sight in sights.items() if sight is not None and sight.texts]
    wanted: dict[int, dict[str, str]] = {}
    for case_id, ref in _subjects(readable, ("subject", "summary", "what")):
        wanted.setdefault(case_id, {"subject": ref})
    texts = _opened(own["subject"] for own in wanted.values())
    told = {
        pk: mask("subject", text) for pk, own in wanted.items() if isinstance(text := texts.get(own["subject"]), str)
    }
    told |= _free([case for case in cases if case.pk in wanted], sights, wanted, texts)
    return {pk: text if len(text) <= SHORT else f"{text[:SHORT]}……" for pk, text in told.items()}


# -- people


def _people(officer: Officer, cases: Sequence[Case]) -> dict[int, tuple[str, str, str, str]]:
    """Case -> sender, telephone, respondent, subject; empty where the viewer may not know it."""
    sights = _sights(officer, cases)
    wanted: dict[int, dict[str, str]] = {case.pk: {} for case in cases}
    for case_id, role, present, identity in Party.objects.filter(case_id__in=list(wanted)).order_by("case_id", "id").values_list(
        "case_id", "role", "present", "identity"
    ):  # fmt: skip
        sight, own = sights[case_id], wanted[case_id]
        side = "sender" if role in SENDERS else "respondent" if role == "respondent" else ""
        if not present or not side or sight is None or (role in ON_THE_REPORTERS_SIDE and not sight.identity):
            continue
        for name in ("name", "phone"):
            if name in identity:
                own.setdefault(f"{side}.{name}", identity[name])
    readable = [pk for pk, sight in sights.items() if sight is not None and sight.texts]
    for case_id, ref in _subjects(readable):
        wanted[case_id].setdefault("subject", ref)
    texts = _opened(ref for own in wanted.values() for ref in own.values())
    said = _free([case for case in cases if case.pk in readable], sights, wanted, texts)

    def masked(own: Mapping[str, str], name: str) -> str:
        value = texts.get(own.get(name, ""))
        return mask(name, value) if isinstance(value, str) else ""

    names = ("sender.name", "sender.phone", "respondent.name")
    return {
        pk: (*(masked(own, name) for name in names), said[pk] if pk in said else masked(own, "subject"))  # type: ignore[misc]
        for pk, own in wanted.items()
    }


def _free(
    cases: Sequence[Case], sights: Mapping[int, access.Sight | None], wanted: Mapping[int, Mapping[str, str]], texts: Mapping[str, Any]
) -> dict[int, str]:  # fmt: skip
    """What those cases are about whose sender the viewer may not know, without whatever tells of him; nothing where that cannot be looked through."""
    unknowing = [c for c in cases if c.secrecy != ORDINARY and (s := sights[c.pk]) is not None and not s.identity]
    found = {}
    for opened in open_several(unknowing):
        value = texts.get(wanted[opened.case.pk].get("subject", ""))
        try:
            found[opened.case.pk] = mask("subject", Guard.of(opened).covered(value)) if isinstance(value, str) else ""
        except (Damaged, UnknownRef):
            found[opened.case.pk] = ""
    return found


def _sights(officer: Officer, cases: Sequence[Case]) -> dict[int, access.Sight | None]:
    """What may be read of each; nothing where a rule keeps something from this person."""
    who = access.viewer(officer)
    secret = [case.pk for case in cases if case.secrecy != ORDINARY]
    entries: dict[int, list[AccessEntry]] = {pk: [] for pk in secret}
    for entry in AccessEntry.objects.filter(case_id__in=secret) if secret else ():
        entries[entry.case_id].append(entry)
    kept = shown.kept_of(officer, cases)
    found: dict[int, access.Sight | None] = {}
    for case in cases:
        free = case.pk not in kept or kept[case.pk].withheld == NOTHING
        found[case.pk] = access.sight(who, case, entries.get(case.pk, ())) if free else None
    return found


def _subjects(cases: Sequence[int], names: Sequence[str] = ("subject",)) -> Iterable[tuple[int, str]]:
    """(case, reference) of the first of these facts that came with the registration."""
    bodies = Event.objects.filter(case_id__in=cases, name="registered").values_list("case_id", "body")
    for case_id, body in bodies if cases else ():
        raw = json.loads(body)
        facts = {**raw.get("facts", {}), **raw.get("case", {})}
        sealed = (facts.get(name) for name in names)
        if first := next((one["vault"] for one in sealed if isinstance(one, dict) and "vault" in one), None):
            yield case_id, first


def _opened(refs: Iterable[str]) -> dict[str, Any]:
    wanted = list(refs)
    try:
        return vault.open_many(wanted) if wanted else {}
    except (Damaged, UnknownRef):
        return {}  # `huiyin verify` says which; a list goes on without
