"""Two procedures, or two versions of one, side by side: which rules are others, and what that would mean for the cases that are open today."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from huiyin.cases import moving
from huiyin.cases.access import visible_to
from huiyin.cases.moving import Change
from huiyin.core.compare import Difference, Moved, differences
from huiyin.core.rules import Procedure
from huiyin.core.sheet import Row
from huiyin.web import rulebook, words
from huiyin.web.casefile import number_key
from huiyin.web.people import DeskRequest, for_officers

LOOKED: Final = 100  # open cases looked at for one page
COUNTED: Final = 10_000  # beyond that many nobody needs to know exactly
HOW: Final[dict[str, tuple[str | Promise, str]]] = {
    "earlier": (gettext_lazy("提前"), "red"), "new": (gettext_lazy("新增"), "amber"), "later": (gettext_lazy("推后"), "green"),
    "gone": (gettext_lazy("不再需要"), ""),
}  # fmt: skip
MARKS: Final[dict[str, tuple[str | Promise, str]]] = {
    "added": (gettext_lazy("新增"), "green"), "removed": (gettext_lazy("取消"), "red"), "changed": (gettext_lazy("改动"), "amber"),
}  # fmt: skip


@dataclass(frozen=True)
class Chapter:
    """Differences of one chapter."""

    title: str
    rows: list[dict[str, Any]]


@require_GET
@never_cache
@for_officers
def compare(request: DeskRequest) -> HttpResponse:
    """Choose two texts; the differences; and, a page at a time, the open cases whose dates would be others."""
    asked = {name: request.GET.get(name, "") for name in ("before", "after")}
    before, after = (rulebook.chosen(value) if value else None for value in asked.values())
    if (asked["before"] and before is None) or (asked["after"] and after is None):
        raise Http404
    told: dict[str, Any] = {
        "here": "rules", "before": before, "after": after, "groups": rulebook.choices(request.officer.unit_id),
        "asked": {"before": _choice(before), "after": _choice(after)}, "query": urlencode(asked),
    }  # fmt: skip
    if before is not None and after is not None:
        found = differences(before, after, rulebook.in_words())
        told |= {
            "chapters": chapters(found),
            "counts": counted(MARKS, (d.how for d in found)),
            "same": before.hash == after.hash,
        }
        told |= cases(request, before.id, after)
    return render(request, "web/compare.html", told)


def _choice(procedure: Procedure | None) -> str:
    """The hash, so that the list finds it again however it was named."""
    return f"{procedure.id}@{procedure.hash}" if procedure is not None else ""


def chapters(found: Iterable[Difference]) -> list[Chapter]:
    """Differences by chapter, each with its mark."""
    by: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        row: Row | None = one.after or one.before
        label, colour = MARKS[one.how]
        by.setdefault(one.part, []).append(
            {"row": row, "how": one.how, "label": label, "colour": colour, "lines": one.lines}
        )
    return [Chapter(title, rows) for title, rows in by.items()]


def counted(names: dict[str, tuple[str | Promise, str]], found: Iterable[str]) -> list[tuple[str | Promise, str, int]]:
    """(words, colour, how many) of each sort."""
    counts = Counter(found)
    return [(label, colour, counts[how]) for how, (label, colour) in names.items()]


# -- the cases that are open today


def cases(request: DeskRequest, procedure: str, after: Procedure) -> dict[str, Any]:
    """The next part of the open cases of the procedure that this officer may find."""
    key = request.GET.get("from", "")
    start = int(key) if key.isdecimal() and len(key) < 19 else 0
    seen = visible_to(request.officer)
    total = seen.filter(moving.is_open(procedure))[: COUNTED + 1].count()
    looked = moving.look_through(procedure, after, seen, start, LOOKED)
    return {
        "total": total, "many": total > COUNTED, "most": COUNTED, "looked": looked.looked, "next": looked.after, "start": start,
        "changes": [case_row(change) for change in looked.changes],
        "tally": counted(HOW, (m.how for change in looked.changes for m in change.moved)),
    }  # fmt: skip


def case_row(change: Change) -> dict[str, Any]:
    """One case and its limits that would be others."""
    return {"case": change.case, "key": number_key(change.case), "moved": [_moved(m) for m in change.moved]}


def _moved(one: Moved) -> dict[str, Any]:
    due = one.after or one.before
    assert due is not None
    label, colour = HOW[one.how]
    role, _at, unit = (due.owed_by or "").partition("@")
    owed = _("由%s办") % (words.unit_label(unit) + words.role_label(role)) if role else ""
    return {
        "label": label, "colour": colour, "says": due.says, "clauses": due.clauses, "before": one.before, "after": one.after, "owed": owed,
    }  # fmt: skip
