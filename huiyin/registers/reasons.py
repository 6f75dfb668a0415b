"""Why an act on a register was not let be, in words: the same for pages and other systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.core.model import Refused
from huiyin.core.register_values import BadValue
from huiyin.core.registers import Register

HEADS: Final[Mapping[str, str | Promise]] = {
    "register_role": gettext_lazy("这件事不由您办理"), "register_not_open": gettext_lazy("这里不能这样登记"),
    "register_state": gettext_lazy("现在的状态不能办这一步"), "register_missing": gettext_lazy("还有必填的内容没有填"),
    "register_reason": gettext_lazy("更正须写明理由"), "register_gate": gettext_lazy("条件还不具备，没有保存"),
    "register_no_case": gettext_lazy("没有找到这个案件"),
}  # fmt: skip


def title(refused: Refused) -> str:
    """What it comes to."""
    return str(HEADS.get(refused.code, _("没有保存")))


def missing(refused: Refused) -> str:
    """What is to be filled in, in one sentence; nothing where nothing is missing."""
    fields = refused.data.get("fields")
    return _("请填写：%s。") % "、".join(fields) if fields else ""


def of_bad_value(bad: BadValue, register: Register) -> str:
    """Which field cannot hold what was given."""
    label = register.fields[bad.field].label if bad.field in register.fields else bad.field
    return _("“%s”填写的内容不合要求。") % label
