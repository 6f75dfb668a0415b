"""Who looked: the log of looks and of acts of administration for the auditor, and the looks at one case for the head of the unit that handles it.
Reading a log is a look, too, and stands in it."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from huiyin.accounts import looks
from huiyin.accounts.looks import Looked
from huiyin.cases.models import Case
from huiyin.core.facts import UNWRITABLE
from huiyin.languages import load_vocabulary
from huiyin.org import powers
from huiyin.org import queries as org
from huiyin.org.models import AdminEvent, Person
from huiyin.web.casefile import CaseFile
from huiyin.web.people import DeskRequest, for_officers
from huiyin.web.views import admin
from huiyin.web.views.case import on_case

HEADS: Final = frozenset({"unit_head", "leader", "director"})
WATCH: Final = frozenset({powers.AUDIT, powers.SECURITY})
HOW: Final = {
    looks.CASE: _("打开案件"), looks.FILE: _("看文件"), looks.ORIGINAL: _("下载原件"), looks.REVEAL: _("看明文"), looks.SEARCH: _("查找"),
    looks.LIST: _("看列表"), looks.ENTRY: _("打开台账"), looks.EXPORT: _("导出"), looks.LOG: _("看日志"), looks.REFUSED: _("想打开，没有权限"),
}  # fmt: skip
SHOWN: Final = 100


def for_auditors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view of the audit administrator. It reads; nothing here changes anything."""

    @never_cache
    @for_officers
    def inner(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.officer.role != powers.AUDIT:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return inner


@require_GET
@for_auditors
def listed(request: DeskRequest) -> HttpResponse:
    """Looks of the people of the auditor's unit and those below it, newest first; of one case, one person or one kind alone, where asked."""
    number, who, how = (UNWRITABLE.sub("", request.GET.get(name, "")).strip()[:60] for name in ("number", "who", "how"))
    before = _key(request)
    own = request.officer.unit_id
    units = [own, *org.tree().below(own)]
    rows: list[Looked]
    if number:
        case = Case.objects.filter(number=number).order_by("pk").first()
        reach = set(units)
        rows = [r for r in looks.of_case(case.pk, before) if r.unit in reach] if case is not None else []
    else:
        person = Person.objects.filter(username=who).first() if who else None
        key = person.key if person else "nobody" if who else ""
        rows = looks.of_units(units, before, person=key, how=how if how in HOW else "")
    looks.note(request.officer, looks.LOG, what="looks")
    return render(request, "web/looks.html", {
        "here": "looks", "rows": shown_rows(rows), "number": number, "who": who, "how": how, "kinds": HOW.items(),
        "before": rows[-1].key if len(rows) == looks.SIZE else None,
    })  # fmt: skip


@require_GET
@on_case
def of_case(request: DeskRequest, file: CaseFile) -> HttpResponse:
    """Who opened this case, and to whom what of it was shown in plain and why: for those who lead the unit that has it, and for the auditor."""
    if not may_see(request, file.case):
        raise Http404
    rows = looks.of_case(file.case.pk, _key(request))
    looks.note(request.officer, looks.LOG, case_id=file.case.pk, what="case")
    return render(request, "web/case_looks.html", {
        "here": "cases", "case": file.case, "case_key": file.key, "rows": shown_rows(rows), "reveals": shown_rows(looks.reveals(file.case.pk)),
        "before": rows[-1].key if len(rows) == looks.SIZE else None,
    })  # fmt: skip


def may_see(request: DeskRequest, case: Case) -> bool:
    """Does he lead the unit that handles the case, or watch over such logs?"""
    officer = request.officer
    return officer.role in WATCH or (officer.role in HEADS and officer.unit_id in {case.handling_unit, case.unit})


@require_GET
@for_auditors
def acts(request: DeskRequest) -> HttpResponse:
    """The log of administration, newest first: what administrators did, who came in, who was locked out."""
    before = _key(request)
    rows = AdminEvent.objects.order_by("-seq")
    own = request.officer.unit_id
    if org.tree().above(own):  # of a part of the body: what was done by its own people
        rows = rows.filter(actor_unit__in=[own, *org.tree().below(own)])
    if before is not None:
        rows = rows.filter(seq__lt=before)
    found = list(rows[:SHOWN])
    names = _names(row.actor_person for row in found)
    bodies = [json.loads(row.body) for row in found]
    told = _names(str(body["facts"].get("person", "")) for body in bodies)
    looks.note(request.officer, looks.LOG, what="acts")
    return render(request, "web/acts.html", {
        "here": "looks",
        "rows": [
            {
                "event": row, "who": _actor(row, names), "what": admin.SAID.get(row.name, row.name),
                "about": told.get(str(body["facts"].get("person", "")), ""), "facts": _facts(body["facts"]),
                "told": "　".join(filter(None, admin.about(row.name, body["facts"]))),
            }
            for row, body in zip(found, bodies, strict=True)
        ],
        "before": found[-1].seq if len(found) == SHOWN else None,
    })  # fmt: skip


def _actor(row: AdminEvent, names: dict[str, str]) -> str:
    if row.actor_role == "system":
        return str(_("系统"))
    if row.actor_role == "any":  # of one's own account
        return str(_("本人"))
    return f"{_role(row.actor_role)}{names.get(row.actor_person, row.actor_person)}"


def _facts(facts: dict[str, Any]) -> str:
    kept = {name: value for name, value in facts.items() if name != "person" and value not in (None, "", [])}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True)[1:-1]
    return text if len(text) <= 300 else f"{text[:299]}…"


def shown_rows(rows: Sequence[Looked]) -> list[dict[str, Any]]:
    """Lines of a log in words."""
    names, units = _names(row.person for row in rows), org.labels({row.unit for row in rows if row.unit})
    numbers = dict(Case.objects.filter(pk__in={r.case_id for r in rows if r.case_id}).values_list("pk", "number"))
    return [
        {
            "row": row, "who": names.get(row.person, row.person), "role": _role(row.role), "unit": units.get(row.unit, row.unit),
            "how": HOW.get(row.how, row.how), "number": numbers.get(row.case_id or 0) or (f"#{row.case_id}" if row.case_id else ""),
            "what": _fact(row.what) if row.how == looks.REVEAL else _looked_at(row.how, row.what),
        }
        for row in rows
    ]  # fmt: skip


LISTS: Final = {
    "cases": _("案件"), "recordings": _("录音留言"), "register": _("台账"), "search": _("查到的案件"), "looks": _("查看日志"), "acts": _("管理日志"),
    "case": _("谁看过这个案件"), "palette": _("跳转"), "work": _("待办"), "archive": _("保管和销毁"), "destroyed": _("销毁登记簿"),
    "identity": _("身份信息"),
}  # fmt: skip
BESIDE: Final = {
    "number": _("编号"), "kind": _("类别"), "stage": _("阶段"), "state": _("状态"), "csv": "CSV", "xlsx": "XLSX", "list": _("清单"),
}  # fmt: skip
TOLD: Final = re.compile(r"([a-z]+)\b(.*?)(?: \((\d+)\))?", re.DOTALL)


def _looked_at(how: str, what: str) -> str:
    """Which list or log it was, and how many rows, in words; what stands beside it (a register, names of filters) as it was written."""
    found = TOLD.fullmatch(what) if how in (looks.LIST, looks.EXPORT, looks.LOG) else None
    if found is None or found[1] not in LISTS:
        return what
    beside = " ".join(str(BESIDE.get(one, one)) for one in found[2].split())
    said = str(LISTS[found[1]]) + (f"（{beside}）" if beside else "")
    return str(_("%(what)s，%(n)s条") % {"what": said, "n": found[3]}) if found[3] else said


def _fact(name: str) -> str:
    """What was shown, as the vocabulary calls it."""
    known = load_vocabulary()
    kind = known.party_facts.get(name) or known.fact_type(None, name)
    return str(kind.label_zh if kind is not None else name)


def _names(keys: Any) -> dict[str, str]:
    return {key: person.display_name for key, person in org.people(keys).items()}


def _role(role: str) -> str:
    found = load_vocabulary().roles.get(role)
    return str(found["label_zh"]) if found else role


def _key(request: DeskRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None
