"""A procedure to be read by people: its steps, limits, gates and notices as rows, each with its clauses and our own words for them.

Pages and the command line show the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huiyin.core import rules
from huiyin.core.labels import as_list
from huiyin.core.rules import Procedure
from huiyin.core.sheet_beside import Lines, Part, Row, beside
from huiyin.core.wording import Words

__all__ = ["LimitRow", "Lines", "Part", "Row", "Sheet", "limit_rows", "sheet", "words_for"]


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One line of the table of limits."""

    clauses: tuple[str, ...]
    title: str
    start: str
    end: str
    length: str
    counting: str
    says: str
    lines: Lines
    confirmed: bool = True


def words_for(procedure: Procedure, words: Words) -> Words:
    """The same words with the body's own titles of roles, and with the lengths of its limits."""
    lengths = {limit.name: limit.raw["within"] for limit in procedure.limits if limit.name and "within" in limit.raw}
    return Words(words.vocabulary, words._, procedure.titles, lengths)


def sheet(procedure: Procedure, words: Words) -> list[Part]:
    """Everything a procedure says, chapter by chapter; chapters without a row are left out."""
    return Sheet(procedure, words_for(procedure, words)).parts()


def limit_rows(procedure: Procedure, words: Words) -> list[LimitRow]:
    """The table of limits, base limits of a target first."""
    return Sheet(procedure, words_for(procedure, words)).limits()


class Sheet:
    """Puts the entries of one procedure into rows."""

    def __init__(self, procedure: Procedure, words: Words) -> None:
        self.p = procedure
        self.w = words
        self._ = words._
        self._order = {name: i for i, name in enumerate(words.vocabulary.events)}

    def order(self, names: Iterable[str]) -> int:
        """Place of the first of these events in the vocabulary, which is the order of a case's life."""
        return min((self._order.get(n, 999) for n in names), default=999)

    def parts(self) -> list[Part]:
        _ = self._
        found = [
            Part("step", _("步骤"), self.steps()),
            Part("limit", _("时限"), tuple(self._limit_as_row(x) for x in self.limits())),
            Part("extension", _("延期"), self._rows(self.p.extensions, self._extension)),
            Part("deferral", _("阶段性答复"), self._rows(self.p.deferrals, self._deferral)),
            Part("gate", _("须满足的条件"), self._rows(_flat(self.p.gates), self._gate)),
            Part("hint", _("提示"), self._rows(_flat(self.p.hints), self._gate)),
            Part("bar", _("不得"), self._rows(_flat(self.p.bars), self._bar)),
            Part("approval", _("审批"), self._rows(_flat(self.p.approvals), self._approval)),
            Part("ground", _("理由（事由）"), self._rows(self._grounds(), self._ground)),
            Part("reaction", _("随之发生"), self._rows([*_flat(self.p.reactions), *self._passed()], self._reaction)),
            Part("notice", _("告知"), self._rows(_flat(self.p.notices), self._notice)),
            Part("document", _("文书"), self._rows(_flat(self.p.documents), self._document)),
            Part("route", _("管辖"), self._rows(self.p.routes, self._route)),
            Part("numbering", _("编号"), self._rows(self.p.numbering.values(), self._numbering)),
            Part("setting", _("由本单位设定"), self._rows(self.p.settings.values(), self._setting)),
            *beside(self.p, self.w, self._row),
            Part("default", _("规则没有另行规定的步骤"), self.defaults()),
        ]
        return [part for part in found if part.rows]

    def _rows(self, entries: Iterable[Any], say: Any) -> tuple[Row, ...]:
        return tuple(say(e) for e in sorted(_once(entries), key=lambda e: self._place_of(e)))

    def _place_of(self, entry: Any) -> int:
        events = getattr(entry, "events", None) or getattr(entry, "on", None)
        return self.order(getattr(events, "names", events) or ())

    def _row(self, entry: rules.Entry, title: str, lines: Iterable[tuple[str, str]]) -> Row:
        when = entry.raw.get("when")
        shown = [(self._("适用"), self.w.condition(when))] if when else []
        given = [*shown, *((label, text) for label, text in lines if text)]
        return Row(title, entry.clauses, entry.says, tuple(given), entry.confirmed, entry.file)

    # -- steps

    def steps(self) -> tuple[Row, ...]:
        return self._rows([s for steps in self.p.steps.values() for s in steps], self._step)

    def defaults(self) -> tuple[Row, ...]:
        """Common steps of events of which no rule set speaks."""
        found = [s for name, steps in self.p.defaults.items() if name not in self.p.steps for s in steps]
        return self._rows(found, self._step)

    def _step(self, step: rules.Step) -> Row:
        _, raw = self._, step.raw
        names = sorted(step.events, key=lambda n: self.order([n]))
        if step.section == "step" and not step.clauses:
            names = [n for n in names if n not in self.p.steps]
        lines = [
            (_("在此之后"), self.w.patterns(raw["after"]) if "after" in raw else ""),
            (_("由谁"), self.w.roles(raw["by"]) if "by" in raw else ""),
            (_("须写明"), "、".join(self._fact_of(names, n) for n in step.needs)),
            (_("范围"), self._scope(step.scope)),
            (_("办理窗口"), self._window(raw.get("until"))),
            (_("进入阶段"), self.w.vocabulary.label("stage", step.stage) if step.stage else ""),
            (_("代理人"), "" if step.deputy else _("不得由代理人代行")),
            (_("办结"), _("事项至此终结") if step.ends else ""),
        ]
        return self._row(step, "、".join(self.w.event(n) for n in names), lines)

    def _fact_of(self, events: Sequence[str], name: str) -> str:
        kind = self.w.fact_type(name, events)
        return self.w.fact_label(kind, name)

    def _scope(self, scope: str) -> str:
        return {"round": self._("在本轮内"), "hop": self._("在本次流转内")}.get(scope, "")

    def _window(self, raw: Mapping[str, Any] | None) -> str:
        if raw is None:
            return ""
        return self._("%(start)s后 %(length)s内") % {
            "start": self.w.patterns(raw["from"]), "length": self.w.length(raw["within"]),
        }  # fmt: skip

    # -- limits

    def limits(self) -> list[LimitRow]:
        ordered = sorted(self.p.limits, key=lambda x: (x.target is None, x.target or "", self.order(x.start.names)))
        return [self._limit(x) for x in ordered]

    def _limit(self, limit: rules.Limit) -> LimitRow:
        raw = limit.raw
        end = self.w.patterns(raw["to"])
        start = self.w.patterns(raw["from"])
        if limit.from_fact:
            start = self._("%(event)s所填“%(fact)s”") % {"event": start, "fact": self.w.fact(limit.from_fact)}
        if limit.since:
            start = self._("%(event)s，自%(since)s起算") % {"event": start, "since": self.w.patterns(raw["since"])}
        return LimitRow(
            limit.clauses, self._limit_title(limit), start, end, self.w.length(raw["within"]), self._counting(limit),
            limit.says, tuple((a, b) for a, b in self._limit_lines(limit) if b), limit.confirmed,
        )  # fmt: skip

    def _limit_title(self, limit: rules.Limit) -> str:
        target = self.w.vocabulary.values.get("target", {}).get(limit.target or "")
        return f"{limit.name}（{target}）" if target else limit.name

    def _counting(self, limit: rules.Limit) -> str:
        """How the length is counted, in words."""
        period = limit.within.period
        if period is None:
            return self.w.vocabulary.rolls[limit.roll] if limit.roll != "none" else ""
        if period.unit in ("minute", "hour", "hour_excl"):
            said = self._("连续计算，到时为止")
        elif period.n == 0:
            said = self._("至当日24时")
        else:
            said = self._("起算当日不计，至末日24时")
        return said + (f"，{self.w.vocabulary.rolls[limit.roll]}" if limit.roll != "none" else "")

    def _limit_lines(self, limit: rules.Limit) -> list[tuple[str, str]]:
        _, raw = self._, limit.raw
        governs = {
            "earliest": _("与同类时限比，以先到的为准"), "overrides": _("在此期间代替同类时限"), "beside": _("独立计算"),
        }  # fmt: skip
        return [
            (_("适用"), self.w.condition(raw["when"]) if "when" in raw else ""),
            (_("不适用"), self.w.condition(raw["unless"]) if "unless" in raw else ""),
            (_("解除"), self.w.condition(raw["lifted"]) if "lifted" in raw else ""),
            (_("重新起算"), self.w.patterns(raw["restart"]) if "restart" in raw else ""),
            (_("中止"), "；".join(self._pause(p) for p in as_list(raw.get("pause", [])))),
            (_("计算单位"), self._per(limit)),
            (_("并存时"), governs.get(limit.governs or "", "")),
            (_("由谁办"), self.w.role(limit.owed_by) if limit.owed_by else ""),
            (_("性质"), _("一般时限，超过只作提示") if limit.strength == "soft" else ""),
            (_("说明"), _("是一项机会，不是义务") if limit.window else ""),
            (_("终结后"), _("事项终结后仍须办理") if limit.survives else ""),
        ]

    def _per(self, limit: rules.Limit) -> str:
        if limit.per in ("hop", "holding"):
            return {"hop": self._("每次流转各算一次"), "holding": self._("每个承办单位各算一次")}[limit.per]
        if limit.per is not None:
            return self._("每次%s各算一次") % self.w.event(limit.per)
        return self._scope(limit.scope)

    def _pause(self, raw: Mapping[str, Any]) -> str:
        return self._("%(start)s至%(end)s期间") % {
            "start": self.w.patterns(raw["from"]), "end": self.w.patterns(raw["to"]),
        }  # fmt: skip

    def _limit_as_row(self, x: LimitRow) -> Row:
        _ = self._
        main = (
            (_("自"), x.start),
            (_("至"), x.end),
            (_("期限"), x.length + (f"（{x.counting}）" if x.counting else "")),
        )
        return Row(x.title, x.clauses, x.says, (*main, *x.lines), x.confirmed)

    # -- the other sections

    def _extension(self, e: rules.Extension) -> Row:
        _, raw = self._, e.raw
        sizes = [
            (_("延长"), "exactly"), (_("至多延长"), "at_most"), (_("累计至多延长"), "total_at_most"), (_("不迟于"), "not_after"),
        ]  # fmt: skip
        lines = [(label, self.w.length(raw[key])) for label, key in sizes if key in raw]
        lines += [
            (_("次数"), _("至多 %s 次") % e.times if e.times else ""),
            (_("由谁申请"), self.w.roles(e.request_by) if e.request_by else ""),
            (
                _("由谁批准"),
                self.w.roles(e.approved_by) + (_("（依次）") if e.in_order else "") if e.approved_by else "",
            ),
            (_("代理人"), "" if e.deputy else _("不得由代理人代行")),
            (_("何时生效"), _("另须%s") % self.w.patterns(raw["once"]) if e.once else ""),
        ]
        return self._row(e, _("延长 %s 的时限") % "、".join(e.of), lines)

    def _deferral(self, e: rules.Deferral) -> Row:
        lines = [
            (self._("因"), self.w.patterns(e.raw["on"])), (self._("至"), self._("“%s”所填之日") % self.w.fact(e.until)),
        ]  # fmt: skip
        return self._row(e, self._("%s 的时限暂不算逾期") % "、".join(e.of), lines)

    def _gate(self, e: rules.Gate | rules.Hint) -> Row:
        lines = [(self._("须符合"), self.w.condition(e.raw["holds"]))]
        return self._row(e, self.w.patterns(e.raw["event"]), lines)

    def _bar(self, e: rules.Bar) -> Row:
        _ = self._
        lines = [
            (_("谁"), _("本案反映的人员和单位") if e.wall else self.w.roles(e.by) if e.by else _("任何人")),
            (_("除非"), self.w.condition(e.raw["unless"]) if "unless" in e.raw else ""),
            (_("可改为"), self.w.events(e.hint) if e.hint else ""),
        ]
        return self._row(e, _("不得%s") % self.w.patterns(e.raw["event"]), lines)

    def _approval(self, e: rules.Approval) -> Row:
        _ = self._
        lines = [
            (_("由谁批准"), self.w.roles(e.by) + (_("（依次）") if e.in_order else "")),
            (_("批准的内容"), "、".join(self._fact_of(sorted(e.events.names), n) for n in e.binds or ())),
            (_("范围"), self._scope(e.scope)),
            (_("代理人"), "" if e.deputy else _("不得由代理人代行")),
        ]
        return self._row(e, self.w.patterns(e.raw["event"]), lines)

    def _grounds(self) -> list[rules.Ground]:
        return [g for by_code in self.p.grounds.values() for grounds in by_code.values() for g in grounds]

    def _ground(self, e: rules.Ground) -> Row:
        lines = [
            (self._("用于"), self.w.events(sorted(e.events))),
            (self._("仅当"), self.w.condition(e.raw["only_if"]) if "only_if" in e.raw else ""),
        ]
        return self._row(e, e.code, lines)

    def _passed(self) -> list[rules.Reaction]:
        return [r for r in self.p.passed if not r.on.names]

    def _reaction(self, e: rules.Reaction) -> Row:
        _ = self._
        lines = [
            (_("除非"), self.w.condition(e.raw["unless"]) if "unless" in e.raw else ""),
            (_("系统随即记录"), "；".join(self._then(t) for t in e.then)),
        ]
        return self._row(e, self.w.patterns(e.raw["on"]), lines)

    def _then(self, then: rules.Then) -> str:
        facts = []
        for name, value in then.facts.items():
            kind = self.w.fact_type(name, [then.event])
            said = "、".join(self.w.value(kind, v) for v in as_list(value))
            facts.append(f"{self.w.fact_label(kind, name)}：{said}")
        where = {"new": self._("（另立一件）"), "linked": self._("（关联的一件）")}.get(then.on, "")
        return self.w.event(then.event) + where + (f"（{'；'.join(facts)}）" if facts else "")

    def _notice(self, e: rules.NoticeRule) -> Row:
        _ = self._
        about = self.w.vocabulary.label("about", e.about) if e.about else ""
        lines = [
            (_("告知"), self.w.places(e.raw["to"])), (_("内容"), "、".join(filter(None, [about, *e.contents]))),
            (_("方式"), _("与该事项同时，不能告知则该事项不成立") if e.mode == "with_act" else ""),
        ]  # fmt: skip
        return self._row(e, self.w.patterns(e.raw["on"]), lines)

    def _document(self, e: rules.DocumentRule) -> Row:
        lines = [
            (self._("须制作"), self.w.vocabulary.label("document", e.template)), (self._("须具备"), "、".join(e.needs)),
        ]  # fmt: skip
        return self._row(e, self.w.patterns(e.raw["on"]), lines)

    def _route(self, e: rules.Route) -> Row:
        kinds = self.w.vocabulary.party_facts
        names = [kinds[a].label_zh if a in kinds else self._("发生地") for a in e.areas]
        said = self._("%s 的机关都有管辖权") if e.all else self._("被诉方所在地按 %s 确定")
        return self._row(e, said % "、".join(names), [])

    def _numbering(self, e: rules.Numbering) -> Row:
        return self._row(e, e.series, [(self._("分别编号"), "、".join(e.per)), (self._("格式"), e.format)])

    def _setting(self, e: rules.Setting) -> Row:
        default = e.raw.get("default")
        said = self.w.period(default) if isinstance(default, Mapping) else self.w.value(None, default)
        return self._row(e, e.name, [(self._("默认"), said if default is not None else "")])


def _flat(table: Mapping[str, Sequence[Any]]) -> list[Any]:
    return [entry for entries in table.values() for entry in entries]


def _once(entries: Iterable[Any]) -> list[Any]:
    return list({id(e): e for e in entries}.values())
