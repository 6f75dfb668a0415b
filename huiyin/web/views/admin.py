"""Administration: where it begins, and what its pages share. Every act is one of the acts of the floors below, with its entry in the log of
administration; the pages only ask and show.

The system administrator keeps what there is (units, areas, calendars, words), the security administrator who may do what (postings, passwords,
tokens): huiyin.org.powers. Both for their own unit and those below it: huiyin.org.reach.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from huiyin.org import powers, queries
from huiyin.org.actions import BadAct
from huiyin.org.models import AdminEvent, Officer
from huiyin.registers import books
from huiyin.web import words
from huiyin.web.forms.fields import Options
from huiyin.web.people import DeskRequest, for_officers, freshly

P = ParamSpec("P")
KEEPERS: Final = frozenset({powers.SYSTEM, powers.SECURITY})
LATELY: Final = 15  # entries of the log on the first page
SHOWN: Final = 600  # units to choose from


@dataclass(frozen=True)
class Part:
    """One part of administration: its page, its name, what for, and who keeps it."""

    name: str
    label: str | Promise
    says: str | Promise
    keepers: frozenset[str]


SYSTEM: Final = frozenset({powers.SYSTEM})
SECURITY: Final = frozenset({powers.SECURITY})
AUDIT: Final = frozenset({powers.AUDIT})
PARTS: Final = (
    Part(
        "admin_units", gettext_lazy("单位"), gettext_lazy("名称、上级、职能、办公时间、联系方式；新设和撤销。"), KEEPERS
    ),
    Part(
        "admin_people",
        gettext_lazy("人员和任职"),
        gettext_lazy("谁能登录，在哪个单位担任什么角色，到哪一天。"),
        KEEPERS,
    ),
    Part("admin_areas", gettext_lazy("地区"), gettext_lazy("行政区划的代码和名称，决定由哪个单位管辖。"), SYSTEM),
    Part(
        "admin_calendar", gettext_lazy("放假安排"), gettext_lazy("每年的放假通知；启用之前先看哪些期限会变动。"), SYSTEM
    ),
    Part("adopted", gettext_lazy("采用的程序"), gettext_lazy("各单位按哪些规定办理，从哪一天起。"), SYSTEM),
    Part("rule_settings", gettext_lazy("规则的设定"), gettext_lazy("规定里留给本单位定的事项。"), SYSTEM),
    Part(
        "admin_wording",
        gettext_lazy("规范用语"),
        gettext_lazy("接听、询问、告知时规定要说的话，可以改成本单位的说法；和不能说的话。"),
        SYSTEM,
    ),
    Part(
        "admin_texts",
        gettext_lazy("告知的文字"),
        gettext_lazy("短信、邮件、通知里怎样写，可以改成本单位的说法。"),
        SYSTEM,
    ),
    Part("directory", gettext_lazy("部门目录"), gettext_lazy("不归本机关的事，归哪个部门、怎样联系。"), SYSTEM),
    Part(
        "security", gettext_lazy("账号安全"), gettext_lazy("重设密码和第二道验证，解除锁定，退出登录，停用。"), SECURITY
    ),
    Part("looks", gettext_lazy("查看日志"), gettext_lazy("谁打开了哪个案件、文件和列表，查找和导出了什么。"), AUDIT),
    Part(
        "admin_acts",
        gettext_lazy("管理日志"),
        gettext_lazy("管理员办理的事、登录和锁定，前后相连，改动看得出来。"),
        AUDIT,
    ),
    Part("admin_tokens", gettext_lazy("接口令牌"), gettext_lazy("别的系统凭令牌登记、查询、办理。"), SECURITY),
    Part("admin_hooks", gettext_lazy("事件推送"), gettext_lazy("案件有进展时告诉别的系统。"), KEEPERS),
)


def for_keepers(
    *roles: str,
) -> Callable[
    [Callable[Concatenate[DeskRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """The page of these administrators (all, when none is named); anybody else is told that he is none."""
    wanted = frozenset(roles) or KEEPERS

    def decorate(
        view: Callable[Concatenate[DeskRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @never_cache
        @for_officers
        @wraps(view)
        def inner(request: DeskRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.officer.role not in wanted:
                raise PermissionDenied
            return freshly(view)(request, *args, **kwargs)

        return inner

    return decorate


def page(request: DeskRequest, template: str, part: str, told: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page of administration with the list of its parts beside it."""
    parts = [p for p in PARTS if request.officer.role in p.keepers]
    return render(request, template, {"here": "manage", "parts": parts, "part": part, **told}, status=status)


def tried(form: forms.Form, act: Callable[[], Any]) -> Any:
    """Do the act; what it finds wrong is said at the field it names. The act's result, or None."""
    try:
        return act() or True
    except ValidationError as wrong:
        named = hasattr(wrong, "error_dict")
        for field, errors in wrong.error_dict.items() if named else {"password": wrong.error_list}.items():
            form.add_error(field if field in form.fields else None, errors)
    except BadAct as bad:
        form.add_error(bad.field if bad.field in form.fields else None, str(bad))
    return None


def reach_units(by: Officer) -> list[str]:
    """Units he keeps, as they stand today: his own first."""
    return [by.unit_id, *queries.tree().below(by.unit_id)]


def unit_options(by: Officer) -> Options:
    """His units with their names, indented by how deep they lie."""
    tree, own = queries.tree(), by.unit_id
    depth = {own: 0}
    found = []
    for unit in sorted(reach_units(by), key=lambda u: _line(u)):
        line = tree.above(unit)
        depth[unit] = line.index(own) + 1 if own in line else 0
        found.append((unit, "　" * depth[unit] + words.unit_label(unit)))
    return found[:SHOWN]


def _line(unit: str) -> list[str]:
    return [*reversed(queries.tree().above(unit)), unit]


# -- where it begins


@require_GET
@for_keepers(powers.SYSTEM, powers.SECURITY, powers.AUDIT)
def start(request: DeskRequest) -> HttpResponse:
    """The parts, and what was done lately in reach."""
    units = set(reach_units(request.officer)) | {""}
    # who logs in when is the auditor's to read
    acts = AdminEvent.objects.exclude(name__in=OF_ACCOUNTS).order_by("-seq")
    lately = [e for e in acts[: LATELY * 4] if e.actor_unit in units]
    return page(request, "web/admin/start.html", "", {"lately": told_events(lately[:LATELY])})


REGISTER: Final = "register"
OF_ACCOUNTS: Final[dict[str, str | Promise]] = {
    "logged_in": gettext_lazy("登录"), "log_in_failed": gettext_lazy("登录没有成功"), "factor_failed": gettext_lazy("第二道验证没有通过"),
    "account_locked": gettext_lazy("试得太多，锁定一刻钟"), "account_unlocked": gettext_lazy("解除锁定"),
    "factor_added": gettext_lazy("启用第二道验证"), "factor_removed": gettext_lazy("删除第二道验证"),
    "factors_reset": gettext_lazy("清除第二道验证"), "recovery_codes_made": gettext_lazy("换发恢复码"),
    "recovery_code_used": gettext_lazy("用恢复码登录"), "password_reported": gettext_lazy("报告密码泄露，账号锁住"),
    "session_ended": gettext_lazy("退出别处的登录"), "single_sign_on_bound": gettext_lazy("绑定单点登录"),
}  # fmt: skip
SAID: Final[dict[str, str | Promise]] = OF_ACCOUNTS | {
    "unit_created": gettext_lazy("新设单位"), "unit_changed": gettext_lazy("修改单位"), "unit_closed": gettext_lazy("撤销单位"),
    "unit_contact_set": gettext_lazy("修改联系方式"), "area_set": gettext_lazy("登记地区"), "areas_set": gettext_lazy("登记多个地区"),
    "place_set": gettext_lazy("登记地点"), "person_created": gettext_lazy("新增人员"), "person_renamed": gettext_lazy("更改姓名"),
    "password_set": gettext_lazy("重设密码"), "own_password_changed": gettext_lazy("本人更改密码"),
    "person_switched_on": gettext_lazy("启用账号"), "person_switched_off": gettext_lazy("停用账号"),
    "officer_appointed": gettext_lazy("任职"), "posting_ended": gettext_lazy("结束任职"), "authority_set": gettext_lazy("登记部门"),
    "authority_checked": gettext_lazy("核对部门电话"), "authority_closed": gettext_lazy("停用部门"),
    "procedure_adopted": gettext_lazy("采用程序"), "adoption_ended": gettext_lazy("停用程序"), "setting_changed": gettext_lazy("修改设定"),
    "keys_rotated": gettext_lazy("更换密钥"), "token_created": gettext_lazy("发放令牌"), "token_revoked": gettext_lazy("收回令牌"),
    "hook_created": gettext_lazy("建立推送"), "hook_ended": gettext_lazy("终止推送"), "hook_resumed": gettext_lazy("恢复推送"),
    "hook_stopped": gettext_lazy("推送停用"), "calendar_loaded": gettext_lazy("启用日历"), "calendar_notice_put": gettext_lazy("录入放假安排"),
    "notice_text_put": gettext_lazy("修改告知文字"), "notice_text_dropped": gettext_lazy("恢复随附的告知文字"),
    "phrase_put": gettext_lazy("修改规范用语的说法"), "phrase_dropped": gettext_lazy("恢复规定的说法"),
    "sample_world_made": gettext_lazy("建立示范单位"), REGISTER: gettext_lazy("台账"),
    "cases_moved": gettext_lazy("移交案件"), "screen_created": gettext_lazy("建立大屏"), "screen_ended": gettext_lazy("停用大屏"),
    "disposal_proposed": gettext_lazy("提出销毁"), "disposal_reviewed": gettext_lazy("审核销毁"),
    "disposal_left_out": gettext_lazy("暂不销毁"), "case_disposed": gettext_lazy("销毁案件内容"),
    "outage_ended": gettext_lazy("登记电话恢复"), "outage_voided": gettext_lazy("作废电话中断记录"), "roster_approved": gettext_lazy("批准排班"),
}  # fmt: skip
VERBS: Final[dict[str, str | Promise]] = {
    "enter": gettext_lazy("登记"), "change": gettext_lazy("更正或补充"), "annul": gettext_lazy("作废"),
}  # fmt: skip
ABOUT: Final = (
    "unit",
    "role",
    "person",
    "area",
    "code",
    "authority",
    "procedure",
    "setting",
    "token",
    "hook",
    "since",
    "until",
    "year",
    "text",
)


def told_events(events: Sequence[AdminEvent]) -> list[dict[str, Any]]:
    """Entries of the log for a list: when, who, what, about what. The log knows people by number alone; their names stand on the page."""
    facts = [json.loads(event.body)["facts"] for event in events]
    keys = {event.actor_person for event in events} | {str(one.get("person", "")) for one in facts}
    names = {key: person.display_name for key, person in queries.people(keys).items()}
    return [
        {
            "at": event.recorded, "label": SAID.get(event.name, event.name), "about": list(about(event.name, one, names)),
            "who": _who(event, names),
        }
        for event, one in zip(events, facts, strict=True)
    ]  # fmt: skip


def _who(event: AdminEvent, names: Mapping[str, str]) -> str:
    if event.actor_role == "system":
        return _("系统")
    if event.actor_role == "any":  # of his own account
        return names.get(event.actor_person, _("本人"))
    told = {"role": words.role_label(event.actor_role), "person": names.get(event.actor_person, event.actor_person)}
    return _("%(role)s %(person)s") % told


def about(name: str, facts: dict[str, Any], names: Mapping[str, str] | None = None) -> Iterator[str]:
    """What an entry of the log is about, in words; of an act on a register which one, and what was done. `names`: of people, by their keys."""
    if name == REGISTER:
        code, _dot, register = str(facts.get("register", "")).partition(".")
        known = books.registers().get((code, register))
        step = known.step(str(facts.get("verb"))) if known else None
        yield known.label if known else f"{code}.{register}"
        yield str(VERBS.get(str(facts.get("verb")), step.label if step else facts.get("verb", "")))
    for key in ABOUT:
        if key in facts:
            yield _told(key, facts[key], names or {})


def _told(key: str, value: Any, names: Mapping[str, str]) -> str:
    if key in ("since", "until"):
        day = words.date_text(date.fromisoformat(value)) if value else ""
        return (_("自%s起") if key == "since" else _("到%s止")) % day if day else ""
    said = str(value)
    if key == "unit":
        return words.unit_label(said)
    if key == "role":
        return words.role_label(said)
    return names.get(said, said) if key == "person" else said


def history_of(name: str, value: Any, most: int = 20) -> list[dict[str, Any]]:
    """Entries of the log whose facts say this, the newest first."""
    written = f'"{name}":{json.dumps(value, ensure_ascii=False)}'
    return told_events(list(AdminEvent.objects.filter(body__contains=written).order_by("-seq")[:most]))
