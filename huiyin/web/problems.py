"""What went wrong, said to the person: what happened, why (with the articles), what to do next. One place for all pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.cases import reasons
from huiyin.cases.errors import Stale
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.core.offers import Offer
from huiyin.core.rules import Procedure
from huiyin.web import words

Text = str | Promise


@dataclass(frozen=True)
class Line:
    """One reason with the clauses it rests on."""

    says: str
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """A message as the template shows it."""

    title: str
    lines: Sequence[Line] = ()
    advice: str = ""
    changes: Sequence[str] = ()
    colour: str = "red"
    status: int = 409
    fields: Sequence[str] = field(default_factory=tuple)  # names of facts that the message is about
    marks: Sequence[Mapping[str, Any]] = ()  # places that tell of somebody who must stay unknown
    may_let_go: bool = False  # an officer may decide that they stay


HEADS: Final[dict[str, Text]] = {
    "wall": gettext_lazy("您不能办理本案"),
    "role": gettext_lazy("这一步不由您办理"),
    "open": gettext_lazy("现在还不能办这一步"),
    "approval": gettext_lazy("这一步须先经批准"),
}


def of_refusal(refused: Refused, event: str, procedure: Procedure | None = None) -> Problem:
    """A refusal of the rules, with the clauses and the rules' own words."""
    means, advice, found = reasons.of_refusal(refused, event, procedure)
    title = HEADS.get(refused.stage)
    lines = [Line(means)] if not found or refused.code not in ("gate", "barred") else []
    lines += [Line(r.says, r.clauses) for r in found]
    lines += [Line(reasons.of_leak(event, place)) for place in refused.data.get("marks", ())]
    return Problem(
        str(title) if title else _("“%s”没有记录") % words.event_label(event), lines, advice,
        fields=tuple(refused.data.get("missing", ())), marks=tuple(refused.data.get("marks", ())),
        may_let_go=bool(refused.data.get("may_let_go")),
    )  # fmt: skip


def of_bad_fact(bad: BadFact) -> Problem:
    """A value that is not of its type, or that nobody knows."""
    said = reasons.of_bad_fact(bad)
    return Problem(
        _("有一处需要改一下"), [Line(said)], _("您填写的内容都还在，改好后再提交。"), status=422, fields=(bad.fact,)
    )


def of_offer(offer: Offer, procedure: Procedure | None = None) -> list[Line]:
    """The rules' own words on a step; on one that is not open, first why."""
    refused = Refused("open", offer.code, offer.clauses, offer.says, {"after": offer.waits_for})
    means, advice, found = reasons.of_refusal(refused, offer.event, procedure)
    told = {"not_open": advice, "gate": "", "barred": "", "not_approved": "", "": ""}.get(offer.code, means)
    return [*([Line(told)] if told else []), *(Line(r.says, r.clauses) for r in found)]


def of_stale(stale: Stale) -> Problem:
    """Somebody else acted on the case in between."""
    changes = [
        _("%(at)s，%(unit)s%(role)s记录了“%(event)s”")
        % {
            "at": words.moment_text(c.recorded),
            "unit": words.unit_label(c.unit),
            "role": words.role_label(c.role),
            "event": words.done_label(c.name),
        }
        for c in stale.changes
    ]
    return Problem(
        _("案件刚刚有了变化"), [Line(_("您打开这一页之后，别人办了下面的步骤。您填写的内容没有提交，都还在。"))],
        _("请看过变化；仍要照填写的办理，就再提交一次。"), changes, "amber",
    )  # fmt: skip


def of_wording() -> Problem:
    """A text holds wording that the rules advise against, and nobody has said that it may stay."""
    said = [Line(_("有的话最好不这样说，已在文字下面标出。内容没有提交，都还在。"))]
    return Problem(
        _("发出之前请再看一眼"), said, _("改一下；确实要这样写的，勾上“就这样写”，再提交。"), colour="amber", status=422
    )


def sent_before() -> Problem:
    """The form was sent once already, with other words."""
    said = [Line(_("这一页已经提交过一次，这次的内容与上次不同，没有再提交。"))]
    return Problem(_("已经提交过"), said, _("请重新打开这一页，核对后再办。"), colour="amber")


def busy() -> Problem:
    """Too many at once."""
    return Problem(
        _("案件正忙"),
        [Line(_("别人正在写入这个案件，您的内容没有提交，都还在。"))],
        _("请稍候几秒，再提交一次。"),
        colour="amber",
    )
