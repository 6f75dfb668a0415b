"""Rows of a procedure's sheet for what stands beside the steps of a case: audiences, wording, ladders, amounts, duties, figures, keeping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from huiyin.core import entries as e
from huiyin.core import rules
from huiyin.core.labels import as_list
from huiyin.core.phrases import SLOT
from huiyin.core.register_sheet import register_row
from huiyin.core.rules import Procedure
from huiyin.core.wording import Words

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One entry: a title, its clauses, our own words for them, and labelled lines of detail."""

    title: str
    clauses: tuple[str, ...]
    says: str
    lines: Lines = ()
    confirmed: bool = True
    file: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter of the sheet. `key` is the section of the rules file it shows."""

    key: str
    title: str
    rows: tuple[Row, ...]


MakeRow = Callable[[rules.Entry, str, Iterable[tuple[str, str]]], Row]


def beside(procedure: Procedure, words: Words, row: MakeRow) -> list[Part]:
    """The chapters, in the order of a reader's interest; `row` makes a row of an entry, its title and its lines."""
    return Beside(procedure, words, row).parts()


class Beside:
    """Says the entries of one procedure that stand beside its steps."""

    def __init__(self, procedure: Procedure, words: Words, row: MakeRow) -> None:
        self.p, self.w, self._, self._row = procedure, words, words._, row

    def parts(self) -> list[Part]:
        _, p = self._, self.p
        refusals = {id(x): x for found in p.refusal_words.values() for x in found}
        return [
            Part("audience", _("不得接触的人"), tuple(map(self._audience, p.audiences))),
            Part("asks", _("问话"), tuple(map(self._question, p.script))),
            Part("phrase", _("用语"), tuple(map(self._line, (*p.lines, *refusals.values())))),
            Part("forbidden", _("不得使用的说法"), tuple(map(self._forbidden, p.forbidden))),
            Part("ladder", _("按次数追责"), tuple(map(self._ladder, p.ladders))),
            Part("amount", _("金额"), tuple(map(self._amount, p.amounts))),
            Part("duty", _("定期任务"), tuple(map(self._duty, p.duties))),
            Part("measure", _("指标"), tuple(map(self._measure, p.measures))),
            Part("publication", _("公开"), tuple(map(self._publication, p.publications))),
            Part("retention", _("保存"), tuple(map(self._retention, p.retentions))),
            Part("roster", _("值班"), tuple(map(self._roster, p.rosters))),
            Part("register", _("台账"), tuple(register_row(x, self.w, self._row) for x in p.registers)),
        ]

    def _audience(self, x: rules.Audience) -> Row:
        _, of = self._, x.of
        parts = [_("整个案件")] if of.get("case") is True else []
        if "from" in of:
            forms = "、".join(self.w.vocabulary.label("evidence_sort", s) for s in as_list(of.get("sort", [])))
            whose = "、".join(self.w.role_label(r) for r in as_list(of["from"]))
            parts.append(_("%s提交的材料") % whose + (f"（{forms}）" if forms else ""))
        if "event" in of:
            parts.append(_("%s的内容") % self.w.events(of["event"]))
        parts += [self._fact(f) for f in as_list(of.get("fact", []))]
        lines = [
            (_("不得给"), self._who(x.never)), (_("只限"), self._who(x.only)),
            (_("只限记录人和其中写明的"), "、".join(map(self.w.fact, x.named))), (_("也不得经由"), self._who(x.even_through)),
            (_("可以给"), _("经批准的摘要") if x.allows else ""), (_("每次看明文由谁同意"), self.w.roles(x.approved_by) if x.approved_by else ""),
        ]  # fmt: skip
        return self._row(x, "；".join(parts), lines)

    def _fact(self, name: str) -> str:
        role, _dot, own = name.partition(".")
        return self._("%s的全部信息") % self.w.role_label(role) if own == "*" else self.w.fact(name)

    def _who(self, terms: Iterable[str]) -> str:
        return "、".join(
            self.w.role(t) if "@" in t and not t.startswith("function:") else self.w.place(t) for t in terms
        )

    # -- wording

    def _question(self, x: e.Phrase) -> Row:
        lines = [
            (self._("填写"), "、".join(self.w.fact(f) for f in x.asks)),
            (self._("可以不答"), self._("是") if x.optional else ""),
        ]
        return self._row(x, self._with_slots(x.text), lines)

    def _line(self, x: e.Phrase) -> Row:
        _ = self._
        hours = f"{x.hours[0]:%H:%M}–{x.hours[1]:%H:%M}" if x.hours else ""
        lines = [
            (_("场合"), self.w.vocabulary.label("moment", x.moment) if x.moment else _("不予受理等")), (_("时间"), hours),
            (_("理由"), "、".join(x.ground)), (_("用于"), self.w.patterns(x.raw["on"]) if x.on is not None else ""),
        ]  # fmt: skip
        return self._row(x, self._with_slots(x.text), lines)

    def _with_slots(self, text: str) -> str:
        """What is filled in when the line is said, by its name."""
        return SLOT.sub(lambda m: f"〔{self._slot(m[1])}〕", text)

    def _slot(self, name: str) -> str:
        _ = self._
        known = {
            "unit": _("本单位"), "unit.phone": _("本单位电话"), "unit.address": _("本单位地址"), "unit.postcode": _("本单位邮编"),
            "unit.website": _("本单位网址"), "unit.mailbox": _("本单位邮箱"), "officer": _("本人"), "officer.phone": _("本人电话"),
            "colleague": _("同事"), "colleague.back_on": _("同事返回的日期"), "colleague.phone": _("同事电话"), "number": _("编号"),
            "today": _("今天的日期"), "receiver": _("承办单位"), "receiver.phone": _("承办单位电话"),
        }  # fmt: skip
        return known.get(name) or self.w.fact(name)

    def _forbidden(self, x: e.Phrase) -> Row:
        _ = self._
        how = _("只提醒") if x.warn else _("整段只有这一句时拒绝，否则提醒") if x.whole else _("不得发出")
        lines = [
            (_("处理"), how), (_("用于"), self.w.patterns(x.raw["on"]) if x.on is not None else ""), (_("说明"), x.advice),
            (_("改用"), "、".join(x.instead)),
        ]  # fmt: skip
        return self._row(x, "、".join(x.forbidden), lines)

    # -- sanctions and money

    def _ladder(self, x: e.Ladder) -> Row:
        _, counts = self._, x.raw["counts"]
        window = self.w.length(counts["window"]) if "window" in counts else ""
        year = counts.get("year")
        named = {"calendar": _("自然年度内"), "rolling": _("任意一年内")}
        said = _("按本单位设定的年度") if isinstance(year, Mapping) else named.get(year, "")
        lines = [
            (_("累计"), self.w.patterns({k: counts[k] for k in ("event", "where") if k in counts})),
            (_("按"), {"officer": _("同一人员"), "unit": _("同一单位")}[x.same]),
            (_("期间"), "，".join(filter(None, [window, said]))),
            *((self._nth(s), self._step(s)) for s in x.steps),
        ]
        return self._row(x, x.name, lines)

    def _nth(self, step: e.Rung) -> str:
        return (self._("第 %s 次起") if step.and_more else self._("第 %s 次")) % step.n

    def _step(self, step: e.Rung) -> str:
        _ = self._
        said = "、".join(self.w.vocabulary.label("sanction", s) for s in step.offers)
        if step.lighter_needs:
            said += _("；从轻须填“%s”") % self.w.fact(step.lighter_needs)
        if step.needs:
            said += _("；须填%s") % "、".join(self.w.fact(f) for f in step.needs)
        if step.requires:
            said += _("；办结前须%s") % "、".join(self.w.event(n) for n in step.requires)
        return said + f" [{', '.join(step.clauses)}]"

    def _amount(self, x: e.Amount) -> Row:
        _ = self._
        rounds = {
            "fen_half_up": _("四舍五入到分"), "fen_down": _("舍去不足一分的"), "fen_up": _("不足一分的进为一分"),
            "yuan_half_up": _("四舍五入到元"), "yuan_down": _("舍去不足一元的"), "yuan_up": _("不足一元的进为一元"),
        }  # fmt: skip
        fixed = _("按本单位设定（%s）") % x.setting if x.setting else self._yuan(x.fixed)
        lines = [
            (_("依据"), "、".join(self.w.fact(f) for f in x.of)), (_("分段"), "；".join(self._band(b) for b in x.bands)),
            (_("数额"), fixed), (_("不少于"), self._yuan(x.at_least)), (_("不超过"), self._yuan(x.at_most)),
            (_("取整"), rounds[x.round]), (_("几人分担"), _("合计等于该数额") if x.adds_up else ""),
            (_("须相符"), "；".join(self._check(c) for c in as_list(x.raw.get("checks", [])))),
        ]  # fmt: skip
        return self._row(x, x.name, lines)

    def _yuan(self, value: Any) -> str:
        return "" if value is None else self._("%s 元") % value

    def _band(self, band: e.Band) -> str:
        percent = f"{(band.rate * 100).normalize():f}%"
        if band.up_to is None:
            return self._("其余部分 %s") % percent
        return self._("%(sum)s 元以内的部分 %(rate)s") % {"sum": band.up_to, "rate": percent}

    def _check(self, raw: Mapping[str, Any]) -> str:
        said = self.w.patterns({k: raw[k] for k in ("event", "where") if k in raw})
        fact = raw["fact"] if self.w.fact_type(raw["fact"]) else f"{raw['fact']}_fen"
        return f"{said}：{self.w.fact(fact)}" + (f" × {self.w.fact(raw['times'])}" if "times" in raw else "")

    # -- duties, figures, publishing, keeping

    def _duty(self, x: e.Duty) -> Row:
        _ = self._
        lines = [
            (_("期间"), self._span(x.period)), (_("期限"), self._due(x)), (_("由谁"), self.w.roles(x.by)), (_("报送"), self._who(x.to)),
            (_("次数"), _("%s 次") % x.times if x.times > 1 else ""), (_("内容"), "、".join(x.contents)),
        ]  # fmt: skip
        return self._row(x, x.name or x.says, lines)

    def _every(self, every: str | None) -> str:
        _ = self._
        return {
            "day": _("每日"), "week": _("每周"), "month": _("每月"), "quarter": _("每季度"), "half_year": _("每半年"), "year": _("每年"),
        }.get(every or "", "")  # fmt: skip

    def _span(self, span: e.Span) -> str:
        if span.every is not None:
            return self._every(span.every)
        if span.holidays:
            return "、".join(span.holidays)
        first, last = (self._day(d) for d in (span.begins, span.ends))
        return self._("%(first)s至%(last)s") % {"first": first, "last": last}

    def _day(self, day: tuple[int, int] | None) -> str:
        return self._("%(month)s月%(day)s日") % {"month": day[0], "day": day[1]} if day else ""

    def _due(self, x: e.Duty) -> str:
        _, due = self._, x.due
        if due.within is not None:
            said = _("期间结束后 %s内") % self.w.period({k: x.raw["due"][k] for k in ("n", "unit")})
        elif due.on is not None:
            said = _("%s前") % self._day(due.on)
        elif due.day is not None:
            said = _("期间最后一个月的 %s 日前") % due.day
        else:
            said = _("期间最后一日前")
        roll = self.w.vocabulary.rolls[due.roll] if due.roll != "none" else ""
        clock = f"{due.time:%H:%M}" if due.time else ""
        return "，".join(filter(None, [said, _("%s以前") % clock if due.before else clock, roll]))

    def _measure(self, x: e.Measure) -> Row:
        _, raw = self._, x.raw
        span = [self.w.patterns(p) for p in raw.get("between", [])]
        lines = [
            (_("计数"), self.w.patterns(raw["counts"]) if "counts" in raw else ""),
            (_("占"), self.w.patterns(raw["share_of"]) if "share_of" in raw else ""),
            (_("用时"), _("%(first)s至%(last)s") % {"first": span[0], "last": span[1]} if span else ""),
            (_("分组"), "、".join(self._group(g) for g in x.per)), (_("期间"), self._every(x.period)),
            (_("目标"), self.w.compared(x.name, None, x.target) if x.target else ""),
        ]  # fmt: skip
        return self._row(x, x.name, lines)

    def _group(self, name: str) -> str:
        _ = self._
        own = {"unit": _("单位"), "officer": _("人员"), "procedure": _("程序"), "area": _("地区")}
        return own.get(name) or self.w.fact(name)

    def _publication(self, x: e.Publication) -> Row:
        _, raw = self._, x.raw
        lines = [
            (_("因"), self.w.patterns(raw["on"]) if "on" in raw else ""), (_("期间"), self._every(x.period)),
            (_("期限"), self.w.length(raw["within"]) if "within" in raw else ""), (_("何处"), "、".join(x.where)),
            (_("内容"), "、".join(x.contents)), (_("不得含有"), "、".join(self.w.fact(f) for f in x.without)),
            (_("由谁"), self.w.roles(x.by) if x.by else ""), (_("由谁批准"), self.w.roles(x.approved_by) if x.approved_by else ""),
            (_("公开多久"), self.w.length(raw["shown_for"]) if "shown_for" in raw else ""),
        ]  # fmt: skip
        return self._row(x, x.what, lines)

    def _retention(self, x: e.Retention) -> Row:
        _, raw = self._, x.raw
        kept = {
            "case": _("案卷"), "files": _("文件"), "recordings": _("录音录像"), "documents": _("文书"), "notices": _("通知"),
            "statistics": _("统计资料"),
        }  # fmt: skip
        then = {"destroy": _("销毁"), "hand_over": _("移交"), "review": _("鉴定")}
        lines = [
            (_("自"), self.w.patterns(raw["from"]) if "from" in raw else ""),
            (_("保存"), self.w.length(raw["keep"]) if x.keep is not None else _("永久")),
            (_("期满"), then[x.then] if x.keep is not None else ""), (_("由谁"), self.w.roles(x.by) if x.by else ""),
            (_("由谁批准"), self.w.roles(x.approved_by) if x.approved_by else ""),
        ]  # fmt: skip
        return self._row(x, kept[x.of], lines)

    # -- rosters

    def _roster(self, x: e.Roster) -> Row:
        _, known = self._, self.w.vocabulary
        role, at = x.leader_is or ("", "")
        least, most = x.members or (0, None)
        members = (
            _("%s 人以上") % least if most is None else _("%(least)s 至 %(most)s 人") % {"least": least, "most": most}
        )
        cover = {"day": _("每一天"), "working_day": _("每个工作日")}
        lines = [
            (_("值班领导"), _("%s 人") % x.leaders if x.leaders else ""),
            (_("值班领导须是"), f"{known.functions[at]}{self.w.role_label(role)}" if at else ""),
            (_("值班员"), members if least else ""), (_("须排满"), cover.get(x.cover or "", "")),
            (_("交接"), _("双方确认以后才算下班") if x.handover else ""), (_("在编人员"), _("不少于 %s 人") % x.staff if x.staff else ""),
            (_("专设岗位"), _("%(role)s恰好 %(n)s 人") % {"role": self.w.role_label(x.post[0]), "n": x.post[1]} if x.post else ""),
        ]  # fmt: skip
        return self._row(x, "、".join(str(known.functions[f]) for f in x.at), lines)
