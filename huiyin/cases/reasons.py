"""Why something was not recorded, in words: what it means, the rules' own sentences with their articles, what to do next.

One place for pages, the API and the commands. The codes are those of the core's Refused and BadFact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.core.facts import UNWRITABLE, BadFact
from huiyin.core.model import Refused
from huiyin.core.rules import Procedure
from huiyin.core.wording import Words
from huiyin.languages import load_vocabulary

Text = str | Promise

# code -> what it means, and what to do; %(…)s are filled from the refusal's data
MEANS: Final[dict[str, tuple[Text, Text]]] = {
    "in_the_future": (gettext_lazy("填写的发生时间晚于现在。"), gettext_lazy("请核对发生时间。")),
    "late_without_reason": (
        gettext_lazy("事情发生已久，现在才录入。"),
        gettext_lazy("请在“补录原因”里写明为什么现在才录入。"),
    ),
    "answers_nothing": (gettext_lazy("所回应的那一步已不存在。"), gettext_lazy("请回到案件页重新打开这一步。")),
    "before_what_it_answers": (gettext_lazy("发生时间早于它所回应的那一步。"), gettext_lazy("请核对发生时间。")),
    "recused": (gettext_lazy("您已回避本案。"), ""),
    "about_the_officer": (gettext_lazy("本案反映的是您本人，您不能参与办理。"), ""),
    "about_the_unit": (gettext_lazy("本案反映的是您所在的单位，不能由本单位人员办理。"), ""),
    "handed_over": (gettext_lazy("您已经把本案移交给别人，不再参与办理。"), ""),
    "walled_officer_named": (
        gettext_lazy("所指定的人员就是本案反映的人、与其同一单位，或者已经回避本案。"),
        gettext_lazy("请另行指定人员。"),
    ),
    "barred": (gettext_lazy("规则不允许在这种情况下这样办。"), ""),
    "case_ended": (gettext_lazy("案件已经结束。"), gettext_lazy("如有新情况，可以重新受理。")),
    "case_erased": (
        gettext_lazy("本案的内容已按规定销毁，不能再记录新的内容。"),
        gettext_lazy("如有新情况，请另行登记。"),
    ),
    "already_registered": (gettext_lazy("案件已经登记过。"), ""),
    "not_open": (gettext_lazy("还没有到这一步。"), gettext_lazy("须先完成：%(after)s。")),
    "too_late": (gettext_lazy("这一步规定的时间已过。"), ""),
    "nothing_to_approve": (gettext_lazy("没有等待审批的事项。"), gettext_lazy("须先有拟办或申请。")),
    "already_decided": (gettext_lazy("这一事项已经审批过。"), gettext_lazy("请回到案件页查看结果。")),
    "not_the_one": (gettext_lazy("这一步不由您的岗位办理。"), gettext_lazy("可以办理的是：%(roles)s。")),
    "not_the_approver": (gettext_lazy("这一事项不由您批准。"), gettext_lazy("有权批准的是：%(roles)s。")),
    "facts_missing": (gettext_lazy("还缺：%(missing)s。"), gettext_lazy("请补填后再提交。")),
    "gate": (gettext_lazy("办理这一步的条件还不具备。"), gettext_lazy("请先办好上面所列的事项，再办这一步。")),
    "ground": (gettext_lazy("所选理由不适用于这种情况。"), gettext_lazy("请另选理由，或改办其他步骤。")),
    "audience": (
        gettext_lazy("按规定，这些内容不得交给所选的单位或人员。"),
        gettext_lazy("请去掉不得转交的材料，或先拟办一份经批准的摘要。"),
    ),
    "sanction_not_offered": (
        gettext_lazy("按次数，规则没有给出这种责任措施。"),
        gettext_lazy("请选择规则列出的措施。"),
    ),
    "ladder_requires": (gettext_lazy("责任追究规定的事项还没有办完。"), gettext_lazy("请先办好上面所列的事项。")),
    "amount": (
        gettext_lazy("金额与规则算出的不一致。"),
        gettext_lazy("请按规则算出的金额填写；几人分担的，合计应等于该金额。"),
    ),
    "wording": (gettext_lazy("文字中有规定不得使用的说法。"), gettext_lazy("请按上面所列的说明改写后再发出。")),
    "identity": (
        gettext_lazy("没有发出：%(facts)s里写有应当保密的举报人、投诉人的信息。"),
        gettext_lazy(
            "请把标出的地方改掉或删去，再提交。系统只查文字和文件的名称：手写、录音、图片和文件里面的内容查不出来，请自己再看一遍。"
        ),
    ),
    "not_proposed": (
        gettext_lazy("这一步须先拟办、经批准后才能办理。"),
        gettext_lazy("请先“拟办”，由%(approvers)s批准。"),
    ),
    "not_approved": (gettext_lazy("拟办还没有全部批准。"), gettext_lazy("还须批准的是：%(approvers)s。")),
    "before_approval": (gettext_lazy("这一步的时间早于批准的时间。"), gettext_lazy("请核对时间；经批准后才能办理。")),
    "not_as_approved": (
        gettext_lazy("填写的内容与批准的不一致：%(facts)s。"),
        gettext_lazy("请按批准的内容办理，或重新拟办。"),
    ),
    "no_procedure_for_kind": (
        gettext_lazy("本单位没有办理这类事项的程序。"),
        gettext_lazy("请改选类别，或移送有权办理的单位。"),
    ),
    "no_extension": (gettext_lazy("规则没有允许这一时限延期。"), ""),
    "extended_before": (gettext_lazy("这一时限的延期次数已用完。"), ""),
    "wrong_length": (gettext_lazy("延长的时间与规定的长度不同。"), gettext_lazy("请改为规定的长度。")),
    "length_missing": (gettext_lazy("没有写明延长多久。"), gettext_lazy("请填写延长的时间。")),
    "too_long": (gettext_lazy("延长的时间超过规定。"), gettext_lazy("请改短。")),
    "too_long_in_all": (gettext_lazy("连同以前的延期，超过规定的总长。"), gettext_lazy("请改短。")),
}
FAULTS: Final[dict[str, Text]] = {
    "unknown_code": gettext_lazy("“%(label)s”里没有“%(value)s”这个选项。"),
    "needed": gettext_lazy("请填写“%(label)s”，否则无从办理。"),
    "unknown_fact": gettext_lazy("这一步没有“%(label)s”这一项。"),
    "unknown_event": gettext_lazy("没有“%(value)s”这样的步骤。"),
    "unknown_role": gettext_lazy("“%(value)s”不是当事人的身份。"),
    "unknown_unit": gettext_lazy("“%(label)s”：没有“%(value)s”这个单位。"),
    "unknown_party": gettext_lazy("“%(label)s”：案件中没有“%(value)s”这个当事人。"),
    "unknown_officer": gettext_lazy("“%(label)s”：没有“%(value)s”这个人员。"),
    "no_identifier": gettext_lazy("“%(label)s”只能填代码，不能填“%(value)s”这样的文字。"),
    "no_credit_code": gettext_lazy("“%(label)s”应为18位统一社会信用代码（或15位注册号），不能填身份证号等其他号码。"),
    "wrong_credit_code": gettext_lazy("“%(label)s”有一位不对：校验码不符，请对照营业执照核对。"),
    "no_category": gettext_lazy("“%(label)s”：分类表里没有“%(value)s”，或者它在那一天不使用。"),
    "no_authority": gettext_lazy("“%(label)s”：部门目录里没有“%(value)s”。"),
    "taken_over": gettext_lazy("“%(label)s”：这一件已经登记过，编号是%(value)s。"),
    "taken_over_elsewhere": gettext_lazy("“%(label)s”：这一件已经由别的单位登记过。"),
    "too_few": gettext_lazy("共同投诉至少要有两件。"),
    "other_kind": gettext_lazy("%(value)s 与本件不是同一类事项，不能合并为共同投诉。"),
    "no_phone": gettext_lazy("“%(label)s”不是完整的电话号码：手机11位；固定电话带区号，如 0371-65551234。"),
    "no_postcode": gettext_lazy("“%(label)s”应为6位数字，如 450000。"),
    "no_such_field": gettext_lazy("所更正的那一步没有“%(value)s”这一项，或者它不能更正。"),
    "no_such_event": gettext_lazy("请写明更正的是案件的哪一步。"),
    "unknown_case": gettext_lazy("“%(label)s”：没有“%(value)s”这个案件。"),
    "ambiguous_case": gettext_lazy("“%(label)s”：编号“%(value)s”不止一个案件，请写成 #序号。"),
    "not_yours_to_name": gettext_lazy("“%(label)s”只能由工作人员填写。"),
    "bad_characters": gettext_lazy("“%(label)s”含有不能保存的字符。"),
    "impossible_date": gettext_lazy("“%(label)s”不是可能的日期：%(value)s。"),
    "too_large": gettext_lazy("“%(label)s”的数字太大。"),
    "no_procedure": gettext_lazy("本单位没有办理这类事项（%(value)s）的程序。"),
    "unknown_file": gettext_lazy("“%(label)s”：没有这个文件，或者它不是您传的。请重新选择文件。"),
    "file_used": gettext_lazy("“%(label)s”：这个文件已经提交过，或放置太久已被清除。请重新选择文件。"),
    "unknown_version": gettext_lazy("没有这个版本的程序。"),
    "wrong_type": gettext_lazy("“%(label)s”填写的内容格式不对，应为%(expected)s。"),
}
SHOWN: Final = 40  # characters of a wrong value that are repeated


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence with the clauses it rests on."""

    says: str
    clauses: tuple[str, ...] = ()


def of_refusal(refused: Refused, event: str, procedure: Procedure | None = None) -> tuple[str, str, list[Reason]]:
    """What a refusal means, what to do next (may be empty), and the rules' own sentences."""
    means, advice = MEANS.get(refused.code, (_("规则不允许这样办。"), ""))
    words = _words(procedure)
    data: Mapping[str, Any] = refused.data
    who = words.roles(list(data.get("roles") or data.get("approvers") or ()))
    filled = {
        "missing": _listed(_fact(words, event, n) for n in data.get("missing", ())),
        "facts": _listed(_fact(words, event, n) for n in data.get("facts", ())),
        "after": _listed(words.event(n) for n in data.get("after", ())) or _("前面的步骤"),
        "roles": who or _("有权办理的人"),
        "approvers": who or _("有权批准的人"),
    }
    next_step = str(advice) % filled
    if data.get("hint"):
        next_step = _("可以改办：%s。") % _listed(words.event(h) for h in data["hint"])
    return str(means) % filled, next_step, _reasons(refused, procedure)


def _reasons(refused: Refused, procedure: Procedure | None) -> list[Reason]:
    """Each of the rules' sentences with its own clauses; clauses without a sentence stand with the last one."""
    owners = [e for e in procedure.entries() if set(e.clauses) & set(refused.clauses)] if procedure else []
    found, placed = [], set[str]()
    for says in refused.says:
        own = tuple(dict.fromkeys(c for e in owners if e.says == says for c in e.clauses if c in refused.clauses))
        placed.update(own)
        found.append(Reason(says, own))
    rest = tuple(c for c in refused.clauses if c not in placed)
    if rest and found:
        found[-1] = Reason(found[-1].says, (*found[-1].clauses, *rest))
    elif rest:
        found.append(Reason(_("依据："), rest))
    return found


def leak_label(kind: str) -> str:
    """What a place in a text gives away."""
    return {
        "name": _("姓名"), "called": _("称呼"), "pinyin": _("姓名的拼音"), "phone": _("电话"), "id_number": _("证件号码"),
        "birth_date": _("出生日期"), "email": _("电子邮箱"), "account": _("微信等帐号"), "address": _("住址"),
    }[kind]  # fmt: skip


def let_go_label(reason: str) -> str:
    """Why words that tell of a complainant went all the same."""
    return {
        "agreed": _("本人同意让对方知道"), "needed": _("调解、核实必须让对方知道是谁"), "known": _("对方已经知道是谁"),
        "somebody_else": _("写的是另一个人或另一件事，只是相同"),
    }.get(reason, reason)  # fmt: skip


def of_leak(event: str, place: Mapping[str, Any]) -> str:
    """Where a text tells of somebody who must stay unknown, in a sentence without its words."""
    told = {"label": _fact(_words(None), event, place["fact"]), "kind": leak_label(place["kind"])}
    told |= {"at": place["start"] + 1, "count": place["end"] - place["start"]}
    return _("“%(label)s”第 %(at)d 字起的 %(count)d 个字：%(kind)s") % told


def of_bad_fact(bad: BadFact) -> str:
    """What is wrong with one value, in a sentence."""
    words = _words(None)
    value = "" if bad.value is None else UNWRITABLE.sub("□", str(bad.value))
    value = value if len(value) <= SHOWN else value[:SHOWN] + "…"
    form = FAULTS.get(bad.code, FAULTS["wrong_type"])
    return str(form) % {
        "label": _fact(words, bad.event, bad.fact),
        "value": value,
        "expected": type_label(bad.expected),
    }


def type_label(name: str) -> str:
    """A type of facts as people call it."""
    return {
        "bool": _("是或否"), "int": _("整数"), "money_fen": _("以分计的整数"), "date": _("日期，如 2026-05-29"),
        "moment": _("时间，如 2026-05-29T09:30:00"), "period": _("期限，如 5 个工作日"), "text": _("文字"), "texts": _("文字的列表"),
        "unit": _("单位"), "units": _("单位的列表"), "officer": _("人员"), "officers": _("人员的列表"), "party": _("当事人"),
        "parties": _("当事人的列表"), "code": _("选项代码"), "codes": _("选项代码的列表"),
    }.get(name, _("文字"))  # fmt: skip


def in_one_line(refused: Refused, event: str, procedure: Procedure | None = None) -> str:
    """A refusal as it stands in a list of rejected rows: meaning, sentences, articles."""
    means, _next, reasons = of_refusal(refused, event, procedure)
    said = "".join(f"{r.says}（{'、'.join(r.clauses)}）" if r.clauses else r.says for r in reasons)
    return f"{means}{said}"


def _words(procedure: Procedure | None) -> Words:
    return Words(load_vocabulary(), _, procedure.titles if procedure else None)


def _fact(words: Words, event: str | None, name: str) -> str:
    if name in ("occurred", "late_reason"):
        return _("发生时间") if name == "occurred" else _("补录原因")
    kind = words.fact_type(name, [event] if event in words.vocabulary.events else [])  # type: ignore[list-item]
    return words.fact_label(kind, name)


def _listed(items: Iterable[str]) -> str:
    return _("、").join(dict.fromkeys(items))
