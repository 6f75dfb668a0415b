"""What the codes of retention say to people, and the register as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.languages import load_vocabulary
from huiyin.moments import local
from huiyin.retention.models import BLOCKED, DONE, LEFT_OUT, REFUSED, WAITING, Destroyed, Item

Text = str | Promise
OBSTACLES: Final[Mapping[str, Text]] = {
    "hold": gettext_lazy("已要求保留，不得销毁"),
    "not_archived": gettext_lazy("还没有归档"),
    "linked": gettext_lazy("有关联的案件还没有归档"),
    "taken_out": gettext_lazy("有材料带出未还"),
    "no_period": gettext_lazy("没有规定保管期限"),
    "permanent": gettext_lazy("永久保存"),
    "hand_over": gettext_lazy("期满应当移交，不销毁"),
    "not_over": gettext_lazy("保管期限未满"),
    "disposed": gettext_lazy("已经销毁"),
    "rules": gettext_lazy("案件适用的规定不允许销毁"),
    "changed": gettext_lazy("提出之后案件又有变动，须重新提出"),
}
STATES: Final[Mapping[str, Text]] = {
    DONE: gettext_lazy("已销毁"), LEFT_OUT: gettext_lazy("已剔除"), REFUSED: gettext_lazy("评审不同意"), BLOCKED: gettext_lazy("没有销毁"),
}  # fmt: skip


def state(item: Item) -> str:
    """How a line of a list stands."""
    if item.state != WAITING:
        return str(STATES[item.state])
    if item.agreed:
        return _("两人已同意，等待销毁")
    return _("等待第二人评审") if item.first_by else _("等待两人评审")


def why(item: Item) -> str:
    """Why it is not to be destroyed: a reason that somebody wrote, or a code in words."""
    return str(OBSTACLES.get(item.why, item.why)) if item.state == BLOCKED else item.why


def period(text: str) -> str:
    """ "10 year" in words."""
    number, _space, unit = text.partition(" ")
    names = {
        "year": _("%(n)s年"), "quarter": _("%(n)s个季度"), "month": _("%(n)s个月"), "week": _("%(n)s周"), "day": _("%(n)s日"),
    }  # fmt: skip
    return names[unit] % {"n": number} if unit in names else _("永久")


def header() -> list[str]:
    """The columns of the register."""
    return [
        _("登记号"), _("案件编号"), _("类别"), _("承办单位"), _("归档日期"), _("保管期限"), _("依据"), _("期满之日"), _("提出人"), _("评审人一"),
        _("评审人二"), _("执行"), _("销毁时间"), _("加密内容（项）"), _("文件（个）"), _("文件（字节）"), _("摘要"), _("备注"),
    ]  # fmt: skip


def cells(row: Destroyed, people: Mapping[str, str], units: Mapping[str, str]) -> list[Any]:
    """An entry of the register in the order of `header`. People and units by name where they are given, else by their keys."""
    names = [people.get(key, key) for key in (row.proposed_by, row.first_by, row.second_by, row.executed_by)]
    names[3] = _("系统") if row.executed_by == "system" else names[3]
    return [
        row.no, row.number or f"#{row.case_id}", kind(row.kind), units.get(row.unit, row.unit), row.archived, period(row.period),
        row.basis or row.label, row.until, *names, f"{local(row.at):%Y-%m-%d %H:%M:%S}", row.records, row.files, row.bytes, row.digest,
        _("恢复备份后再次销毁") if row.again else "",
    ]  # fmt: skip


def kind(code: str) -> str:
    """The name of a kind of case."""
    return str(load_vocabulary().values["kind"].get(code, code))
