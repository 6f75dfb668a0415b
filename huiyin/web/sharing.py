"""Who sees a case, in words, for the officers who work on it."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.cases import seeing
from huiyin.cases.models import ORDINARY, REPORT, STAFF, STATE_SECRET
from huiyin.web import words
from huiyin.web.casefile import CaseFile

HOW: Final[dict[str, str | Promise]] = {
    "has": gettext_lazy("现在有这一件"), "had": gettext_lazy("经手过"), "returned": gettext_lazy("退回了，只保留经过和日期"),
    "assist": gettext_lazy("协办"), "task": gettext_lazy("有交办的任务"), "told": gettext_lazy("被告知"),
}  # fmt: skip
SECRECY: Final[dict[str, str | Promise]] = {
    ORDINARY: gettext_lazy("一般案件：经手的单位和它们的上级查得到。"),
    REPORT: gettext_lazy("举报：只有经手的单位查得到，上级单位查不到；举报人的身份只给正在办理的人看。"),
    STAFF: gettext_lazy("反映工作人员的问题：只有负责人、监督、登记岗位和指定的承办人查得到。"),
    STATE_SECRET: gettext_lazy("涉密：只有指定的人和经办过的人查得到。"),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One unit, why it sees the case, and who of it."""

    unit: str
    why: str
    who: str


@dataclass(frozen=True)
class Sharing:
    """What the template shows."""

    says: str
    rows: list[Row]
    people: str
    above: str
    watching: str
    walled: int


def of(file: CaseFile) -> Sharing:
    """Everybody who finds this case, in words."""
    found = seeing.of(file.case)
    rows = []
    for one in found.units:
        names = words.listed(file.names.get(key, key) for key in one.people)
        who = (
            _("承办岗位只有：%s") % names
            if one.named and names
            else _("这个单位里岗位允许的人")
            if not one.named
            else ""
        )
        rows.append(Row(words.unit_label(one.unit), str(HOW.get(one.how, "")), who))
    return Sharing(
        str(SECRECY.get(found.secrecy, "")), rows, words.listed(file.names.get(key, key) for key in found.people),
        words.listed(words.unit_label(u) for u in found.above), words.listed(words.unit_label(u) for u in found.watching), found.walled,
    )  # fmt: skip
