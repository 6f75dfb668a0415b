"""A sentence below a field, where its label alone would leave an officer asking: what to write, in which form, what happens when it is left open."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HINTS: Final[Mapping[str, str | Promise]] = {
    "answer_by": _("对方须在这一时间之前答复。"),
    "basis": _("写明所依据的文件和条款。"),
    "refer_to": _("写部门名称和联系电话。"),
    "case_subject": _("一句话，如“电热水壶质量纠纷”。"),
    "doc_no": _("文书或档案的编号。"),
    "outside_network": _("通过电话、传真等系统以外的方式办理的，选“是”并说明原因。"),
    "reached": _("没有联系上也要记录。"),
    "powers": _("每行一项，如“代为接受调解”。"),
    "items": _("每行一项。"),
    "sent_on": _("不填就是发生当日。"),
    "report_on": _("检测报告的日期；不填就是发生当日。"),
    "account": _("用本单位哪个公开账号答复。"),
    "month": _("如 2026-05。"),
    "instalments": _("分几期履行。"),
    "other_ways": _("已告诉对方还可以找谁、怎样解决的，选“是”。"),
    "officers": _("可以选几位；这一次选的就是全部名单。"),
    "field": "",
}
OF_EVENT: Final[Mapping[tuple[str, str], str | Promise]] = {
    ("dispatched", "to"): _("移送本系统以外的机关，请用“移送”。"),
    ("dispatched", "dispatch_kind"): _("自己办理选“自办”；转给本单位科室、所站选“内部交由科室或中队”。"),
    ("checked", "officers"): "",
    ("meeting_held", "officers"): "",
    ("mediated", "officers"): "",
    ("mediated", "session"): _("第一次写 1。"),
    ("mediated", "simple"): _("当场调解、没有书面通知的，选“是”。"),
    ("document_made", "officers"): "",
    ("document_made", "signed_by"): _("在文书上签字或盖章的当事人。"),
    ("appointment_set", "officers"): "",
    ("arrived", "officers"): "",
    ("plan_made", "officers"): "",
    ("responsibility_decided", "officers"): "",
    ("settled", "at_once"): _("当场就履行了的，选“是”。"),
    ("settled", "waived"): _("双方都同意只记笔录的，选“是”。"),
    ("performed", "full"): _("只履行了一部分的，选“否”。"),
    ("extension_requested", "limit"): _("不选就是办结的时限。"),
    ("extension_requested", "length"): _("规则定了长度的，不填就是那个长度。"),
    ("extension_requested", "until"): _("延长到某一天的，填这一项，不填“延长多久”。"),
    ("extended", "limit"): _("批准申请的，不用选。"),
    ("extended", "length"): _("批准申请的，按申请的长度，不用填。"),
    ("extended", "until"): _("延长到某一天的，填这一项，不填“延长多久”。"),
    ("returned", "to"): _("不选就是转来的单位。"),
    ("marked", "due"): _("这项标记有自己的期限时填写。"),
    ("archived", "files"): _("按顺序写出归入卷内的文件，每行一份。"),
    ("split", "cases"): _("已经另行登记的案件编号，每行一个。"),
    ("concluded", "reason"): _("规定时间内没有解决、暂时无法解决的，写明原因。"),
    ("promised", "due"): _("到这一时间还没有办到，会算逾期。"),
    ("limit_agreed", "due"): _("到这一时间还没有办到，会算逾期。"),
    ("reward_decided", "reward_fen"): _("单位：元。不给予奖励的不填。"),
    ("party_added", "party_role"): _("新当事人在本案中的身份。"),
}


def hint(event: str, fact: str) -> str | Promise | None:
    """What stands below the field; none: nothing has to be said."""
    found = OF_EVENT.get((event, fact), HINTS.get(fact))
    return found or None
