"""What recording an event will bring about, in words: limits with their dates, notices, documents, what ends. Shown before it is recorded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.core.effects import Effects
from huiyin.core.model import Due, Notice
from huiyin.web import words

ENDS: Final[Mapping[str, str | Promise]] = {
    "met": gettext_lazy("完成"), "closed": gettext_lazy("不再计算"), "restarted": gettext_lazy("重新计算"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One thing that follows. `when`: by which day; `clauses`: on what it rests."""

    says: str
    clauses: tuple[str, ...] = ()
    when: str = ""


@dataclass(frozen=True)
class Part:
    """Things of one sort."""

    label: str
    lines: list[Line]


def parts(found: Effects, names: Mapping[str, str]) -> list[Part]:
    """Everything that follows, in the order in which an officer wants to know it. `names`: parties by number, masked."""
    sorts = (
        (_("本案"), [*_of_case(found)]),
        (_("完成或结束的时限"), [_ended(d) for d in found.closed if not d.window] + [_gone(d) for d in found.gone]),
        (_("开始的时限"), [_begun(d) for d in found.opened if not d.window]),
        (_("变动的时限"), [_moved(was, now) for was, now in found.moved]),
        (_("可以行使的权利"), [_begun(d) for d in found.opened if d.window]),
        (_("系统会通知"), [_told(n, names) for n in found.notices]),
        (_("还须制作的文书"), [Line(words.vocabulary().label("document", d)) for d in found.documents]),
        (_("系统同时记录"), [Line(words.done_label(e.name), e.clauses) for e in found.written]),
    )
    return [Part(str(label), _once(lines)) for label, lines in sorts if lines]


def _of_case(found: Effects) -> Iterable[Line]:
    if found.ends:
        yield Line(_("案件到此结束，不再办理。"))
    if found.stage:
        yield Line(_("进入“%s”阶段") % words.stage_label(found.stage))
    for one in found.opens:
        label = words.vocabulary().procedures.get(one.procedure, {}).get("label_zh", one.procedure)
        relation = words.vocabulary().label("relation", one.relation)
        yield Line(_("另立一案：%(procedure)s（%(relation)s）") % {"procedure": label, "relation": relation})


def _begun(due: Due) -> Line:
    role, _at, unit = (due.owed_by or "").partition("@")
    owed = _("，由%s负责") % f"{words.unit_label(unit)}{words.role_label(role)}" if role and not due.window else ""
    return Line(f"{due.says}{owed}", due.clauses, _end(due))


def _end(due: Due) -> str:
    if due.end is None:
        return ""
    return words.end_text(due.end) + (_("（暂定）") if due.provisional else "")


def _ended(due: Due) -> Line:
    said = _("逾期完成") if due.late and due.state == "met" else str(ENDS.get(due.state, _("不再约束")))
    return Line(_("%(says)s：%(how)s") % {"says": due.says, "how": said}, due.clauses)


def _gone(due: Due) -> Line:
    return Line(_("%s：不再有这一时限") % due.says, due.clauses)


def _moved(was: Due, now: Due) -> Line:
    before = _("（原为 %s）") % _end(was) if was.end is not None else ""
    return Line(f"{now.says}{before}", now.clauses, _end(now))


def _told(notice: Notice, names: Mapping[str, str]) -> Line:
    """Whom, about what."""
    to = notice.to
    if "@" in to:
        role, _at, unit = to.partition("@")
        who = f"{words.unit_label(unit)}{words.role_label(role)}"
    elif to in names:
        who = names[to]
    else:
        who = words.role_label(to) if to in words.vocabulary().outside else words.unit_label(to)
    return Line(_("%(who)s：%(says)s") % {"who": who, "says": notice.says}, notice.clauses)


def _once(lines: Iterable[Line]) -> list[Line]:
    return list(dict.fromkeys(lines))
