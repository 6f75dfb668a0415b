"""What the palette leads to: cases by number, units of the viewer, pages. What is typed there is sent in the body and kept nowhere."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.cases import boards, extracts, queries
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.models import Case
from huiyin.core.facts import UNWRITABLE
from huiyin.org import powers
from huiyin.org.models import Officer
from huiyin.retention.queries import READERS as KEEPERS
from huiyin.web import words
from huiyin.web.casefile import number_key
from huiyin.web.views.admin import PARTS

CASES: Final = 6
UNITS: Final = 5
TELLING: Final = 8  # characters of a number that leave few cases
SHORTEST: Final = 2  # characters of a number with which looking makes sense


def _everybody(officer: Officer) -> bool:
    return True


def _not_the_systems(officer: Officer) -> bool:
    """Whoever may ask to see an identity, agree to it or look over it; the system administrator has no part in cases."""
    return officer.role != powers.SYSTEM


def _keeps(officer: Officer) -> bool:
    return officer.role in powers.SEPARATE


PAGES: Final[tuple[tuple[str, str | Promise, str, Callable[[Officer], bool]], ...]] = (
    ("work", gettext_lazy("我的待办"), "", _everybody), ("next_case", gettext_lazy("下一件待办"), "", _everybody),
    ("register", gettext_lazy("登记新件"), "", _everybody), ("recordings", gettext_lazy("录音留言"), "", _everybody),
    ("inbox", gettext_lazy("收件箱"), "", _everybody), ("cases", gettext_lazy("案件"), "", _everybody),
    ("search", gettext_lazy("查找案件"), "", _everybody), ("exports", gettext_lazy("导出的表格"), "", _everybody),
    ("identity", gettext_lazy("查看身份信息的申请"), "", _not_the_systems),
    ("board", gettext_lazy("看板"), "", _everybody), ("wall", gettext_lazy("大屏"), "", _everybody),
    ("links", gettext_lazy("重复和关联案件"), "", _everybody),
    ("departments", gettext_lazy("各部门未结、已结"), "", lambda officer: officer.role in extracts.READERS),
    ("credit", gettext_lazy("信用资料"), "", lambda officer: officer.role in extracts.EXTRACTORS),
    ("archive", gettext_lazy("保管和销毁"), "", lambda officer: officer.role in KEEPERS),
    ("open_ends", gettext_lazy("还没确定承办人的"), "?sort=unassigned", _everybody),
    ("open_ends", gettext_lazy("还没签收的"), "?sort=unsigned", _everybody), ("open_ends", gettext_lazy("等待审批的"), "?sort=decision", _everybody),
    ("registers", gettext_lazy("台账"), "", _everybody), ("rota", gettext_lazy("值班表"), "", _everybody),
    ("on_duty", gettext_lazy("现在谁值班"), "", _everybody), ("lines", gettext_lazy("投诉电话"), "", _everybody),
    ("directory", gettext_lazy("部门目录"), "", _everybody), ("rules", gettext_lazy("规则"), "", _everybody),
    ("rules_try_any", gettext_lazy("试走程序"), "", _everybody), ("manage", gettext_lazy("管理"), "", _keeps),
    ("account", gettext_lazy("我的账号"), "", _everybody), ("password", gettext_lazy("更改密码"), "", _everybody),
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
    return [*_cases(officer, text), *_pages(officer, text), *_units(officer, text)]


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


def _pages(officer: Officer, text: str) -> Iterable[Place]:
    wanted = text.casefold()
    here = [(name, str(label), more) for name, label, more, may in PAGES if may(officer)]
    parts = [(part.name, str(part.label), "") for part in PARTS if text and officer.role in part.keepers]
    found = dict.fromkeys(
        (reverse(name) + more, label) for name, label, more in (*here, *parts) if wanted in label.casefold()
    )
    return [Place(href, label) for href, label in found]


def _units(officer: Officer, text: str) -> Iterable[Place]:
    if not text:
        return []
    named = [(unit, words.unit_label(unit)) for unit in boards.units_of(officer)]
    found = sorted(((label.find(text), len(label), label, unit) for unit, label in named if text in label))[:UNITS]
    address = reverse("board_list")
    return [Place(f"{address}?what=red&unit={unit}", label, _("逾期时限")) for _at, _long, label, unit in found]
