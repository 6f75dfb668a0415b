"""What the palette leads to: cases by number, units of the viewer, pages. What is typed there is sent in the body and kept nowhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.cases import boards, queries
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.models import Case
from huiyin.core.facts import UNWRITABLE
from huiyin.org.models import Officer
from huiyin.web import words
from huiyin.web.casefile import number_key

CASES: Final = 6
UNITS: Final = 5
TELLING: Final = 8  # characters of a number that leave few cases
SHORTEST: Final = 2  # characters of a number with which looking makes sense
PAGES: Final[tuple[tuple[str, str | Promise, str], ...]] = (
    ("work", gettext_lazy("我的待办"), ""), ("next_case", gettext_lazy("下一件待办"), ""), ("register", gettext_lazy("登记新件"), ""),
    ("recordings", gettext_lazy("录音留言"), ""), ("inbox", gettext_lazy("收件箱"), ""), ("cases", gettext_lazy("案件"), ""),
    ("board", gettext_lazy("看板"), ""), ("links", gettext_lazy("重复和关联案件"), ""),
    ("open_ends", gettext_lazy("还没确定承办人的"), "?sort=unassigned"), ("open_ends", gettext_lazy("还没签收的"), "?sort=unsigned"),
    ("open_ends", gettext_lazy("等待审批的"), "?sort=decision"), ("directory", gettext_lazy("部门目录"), ""), ("rules", gettext_lazy("规则"), ""),
    ("rules_try_any", gettext_lazy("试走程序"), ""), ("password", gettext_lazy("更改密码"), ""),
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One thing to jump to."""

    href: str
    label: str
    beside: str = ""
    case: bool = False


def places(officer: Officer, text: str) -> list[Place]:
    """Where what was typed may lead, the surest first."""
    text = UNWRITABLE.sub("", text).strip()[:60]
    return [*_cases(officer, text), *_pages(text), *_units(officer, text)]


def _cases(officer: Officer, text: str) -> Iterable[Place]:
    if len(text) < SHORTEST or not any(one.isdigit() for one in text):
        return []
    found = _numbered(officer, text)
    if not found:
        try:
            found = [queries.by_number(officer, text)]
        except NoSuchCase:
            found = []
    return [_case(case, found) for case in found]


def _numbered(officer: Officer, text: str) -> list[Case]:
    """Cases whose number begins so. A beginning that most numbers have is looked for among the newest cases alone."""
    if len(text) >= TELLING:
        return boards.cases(officer, None, CASES, number=text)
    newest = Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return boards.cases(officer, None, CASES, since=max(newest - boards.SPAN, 0), over=Q(number__startswith=text))


def _case(case: Case, among: Iterable[Case]) -> Place:
    beside = _("%(kind)s，%(stage)s，%(unit)s") % {
        "kind": words.kind_label(case.kind), "stage": words.stage_label(case.stage), "unit": words.unit_label(case.handling_unit),
    }  # fmt: skip
    return Place(reverse("case", args=[number_key(case, among)]), str(case), beside, True)


def _pages(text: str) -> Iterable[Place]:
    wanted = text.casefold()
    return [Place(reverse(name) + more, str(label)) for name, label, more in PAGES if wanted in str(label).casefold()]


def _units(officer: Officer, text: str) -> Iterable[Place]:
    if not text:
        return []
    named = [(unit, words.unit_label(unit)) for unit in boards.units_of(officer)]
    found = sorted(((label.find(text), len(label), label, unit) for unit, label in named if text in label))[:UNITS]
    address = reverse("board_list")
    return [Place(f"{address}?what=red&unit={unit}", label, _("逾期时限")) for _at, _long, label, unit in found]
