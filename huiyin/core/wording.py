"""Rules in words: conditions and patterns as a Chinese reader would say them, on the tables as they stand in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from huiyin.core.labels import Labels, as_list
from huiyin.core.vocabulary import FactType

SHORT = ("kind", "channel", "source", "complexity")


class Words(Labels):
    """Says parts of rules."""

    # -- patterns

    def patterns(self, raw: Any) -> str:
        if isinstance(raw, Mapping) and set(raw) == {"all"}:
            return self._("，并且").join(self.pattern(r) for r in raw["all"])
        return self.any_of(self.pattern(r) for r in as_list(raw))

    def pattern(self, raw: Any) -> str:
        if isinstance(raw, str):
            return self.event(raw)
        if "limit_passed" in raw:
            return self._("时限 %s 届满未办") % "、".join(as_list(raw["limit_passed"]))
        if "group" in raw:
            said = self._("“%s”类的任一记录") % self.vocabulary.label("group", raw["group"])
            names: list[str] = sorted(self.vocabulary.groups.get(raw["group"], ()))
        else:
            names = as_list(raw["event"])
            said = self.events(names)
        more = [self.where(names, k, v) for k, v in raw.get("where", {}).items()]
        if "to" in raw:
            more.append(self._("送往或告知%s") % self.places(raw["to"]))
        if "by" in raw:
            more.append(self._("由%s记录") % self.roles(raw["by"]))
        if "re" in raw:
            answers = [self._("起算事项") if r == "from" else self.event(r) for r in as_list(raw["re"])]
            more.append(self._("针对%s") % self.any_of(answers))
        if "each" in raw:
            whom = [self._("或").join(self.place(one) for one in as_list(t)) for t in as_list(raw["each"])]
            more.append(self._("逐一对%s") % "、".join(whom))
        if "times" in raw:
            times = raw["times"]
            more.append(self._("满 %s 次") % (self.value(None, times) if isinstance(times, Mapping) else times))
        if raw.get("days"):
            more.append(self._("各在不同的日子"))
        if "unanswered" in raw:
            more.append(self._("还没有被%s答复") % self.any_of(self.event(n) for n in as_list(raw["unanswered"])))
        if "after_event" in raw:
            more.append(self._("在最近一次%s之后") % self.patterns(raw["after_event"]))
        if "before_event" in raw:
            more.append(self._("在%s之前") % self.patterns(raw["before_event"]))
        if raw.get("only"):
            more.append(self._("限此方式"))
        return f"{said}（{'；'.join(more)}）" if more else said

    def where(self, events: Iterable[str], name: str, spec: Any) -> str:
        kind = self.fact_type(name, events)
        if isinstance(spec, Mapping):
            return self.compared(self.fact_label(kind, name), kind, spec)
        return self.compared(self.fact_label(kind, name), kind, {"in" if isinstance(spec, list) else "is": spec})

    def fact_label(self, kind: FactType | None, name: str) -> str:
        return kind.label_zh if kind is not None and "." not in name else self.fact(name)

    # -- conditions

    def condition(self, raw: Mapping[str, Any], inner: bool = False) -> str:
        """A condition as one phrase; joined ones inside another stand in brackets."""
        for join, word in (("all", self._("，且")), ("any", self._("，或")), ("none", self._("，或"))):
            if join in raw:
                parts = [self.condition(r, inner=True) for r in as_list(raw[join])]
                said = word.join(parts)
                if join == "none":
                    return self._("均不符合：（%s）") % said
                return f"（{said}）" if inner and len(parts) > 1 else said
        for leaf, say in self._leaves().items():
            if leaf in raw:
                return say(dict(raw))
        return str(dict(raw))

    def _leaves(self) -> dict[str, Callable[[dict[str, Any]], str]]:
        return {
            "place": self._place, "world": self._world, "fact": self._fact, "marked": self._marked, "seen": self._seen,
            "unseen": self._unseen, "date": self._date, "elapsed": self._elapsed, "consent": self._consent,
            "reason_given": lambda raw: self._fact({"fact": "reason", "set": bool(raw["reason_given"])}),
            "event_has": self._event_has, **dict.fromkeys(SHORT, self._short),
        }  # fmt: skip

    def _fact(self, raw: dict[str, Any]) -> str:
        name, of = raw.pop("fact"), raw.pop("of", None)
        label = self.fact(name) if of is None else self._of(name, of)
        return self.compared(label, self.fact_type(name, [of] if of else ()), raw or {"set": True})

    def _of(self, name: str, event: str) -> str:
        """A fact of the newest earlier event of that name."""
        kind = self.fact_type(name, [event])
        return self._("最近一次%(event)s的%(fact)s") % {"event": self.event(event), "fact": self.fact_label(kind, name)}

    def _short(self, raw: dict[str, Any]) -> str:
        name = next(s for s in SHORT if s in raw)
        return self._fact({"fact": name, "in": as_list(raw[name])})

    def compared(self, label: str, kind: FactType | None, spec: Mapping[str, Any]) -> str:
        """A fact and what it is compared with."""
        return self._("，且").join(self._compared(label, kind, op, operand) for op, operand in spec.items())

    def _compared(self, label: str, kind: FactType | None, operator: str, operand: Any) -> str:
        if operand == "set" or operator == "set":
            there = operator != "is_not" and operand is not False
            return (self._("已填“%s”") if there else self._("未填“%s”")) % label
        said = {
            "is": self._("“%(fact)s”为%(value)s"), "in": self._("“%(fact)s”为%(value)s"), "is_not": self._("“%(fact)s”不是%(value)s"),
            "lt": self._("“%(fact)s”小于（早于）%(value)s"), "le": self._("“%(fact)s”不超过（不晚于）%(value)s"),
            "gt": self._("“%(fact)s”大于（晚于）%(value)s"), "ge": self._("“%(fact)s”不少于（不早于）%(value)s"),
            "has": self._("“%(fact)s”写有%(value)s"), "leads": self._("“%(fact)s”的第一人就是%(value)s的第一人"),
        }[operator]  # fmt: skip
        return said % {"fact": label, "value": self.any_of(self.value(kind, v) for v in as_list(operand))}

    def value(self, kind: FactType | None, value: Any) -> str:
        """A value as people read it: labels of codes, yes and no, places, lengths."""
        if isinstance(value, bool):
            return self._("是") if value else self._("否")
        if isinstance(value, Mapping):
            if "fact" in value:
                return self._("“%s”") % (
                    self._of(value["fact"], value["of"]) if "of" in value else self.fact(value["fact"])
                )
            if "setting" in value:
                return self._("本单位设定（%s）") % str(value["setting"])
            if "world" in value:
                return self._asked(str(value["world"]), {k: v for k, v in value.items() if k != "world"})
            if "limit" in value:
                return self._("时限 %s 的届满时间") % str(value["limit"])
            return self.period(value) if {"n", "unit"} <= set(value) else str(dict(value))
        if isinstance(value, date):
            return value.isoformat()
        if kind is None or not isinstance(value, str):
            return str(value)
        if kind.type in ("code", "codes"):
            return self.vocabulary.label(kind.values or "", value)
        if kind.type in ("unit", "units"):
            return self.place(value)
        if kind.type in ("party", "parties"):
            return self.role_label(value)
        if kind.type in ("officer", "officers"):
            return self.role(value)
        return self.event(value) if kind.type == "event_name" else value

    def _marked(self, raw: dict[str, Any]) -> str:
        labels = {**self.vocabulary.values["mark"], **self.vocabulary.values["red_line"]}
        return self._("标记为%s") % self.any_of(labels.get(m, m) for m in as_list(raw["marked"]))

    def _within(self, raw: Mapping[str, Any]) -> str:
        return {"round": self._("本轮"), "hop": self._("本次流转中")}.get(raw.get("scope", "case"), "")

    def _seen(self, raw: dict[str, Any]) -> str:
        return self._within(raw) + self._("已有%s") % self.patterns(raw["seen"])

    def _unseen(self, raw: dict[str, Any]) -> str:
        return self._within(raw) + self._("没有%s") % self.patterns(raw["unseen"])

    def _place(self, raw: dict[str, Any]) -> str:
        given = next(k for k in ("is", "is_not", "in") if k in raw)
        terms = as_list(raw[given])
        if all(isinstance(t, str) and t.startswith("function:") and "@" not in t for t in terms):
            said = self._("%(left)s没有“%(right)s”职能") if given == "is_not" else self._("%(left)s有“%(right)s”职能")
            return said % {"left": self.place(raw["place"]), "right": self.places(terms)}
        said = self._("%(left)s不是%(right)s") if given == "is_not" else self._("%(left)s是%(right)s")
        return said % {"left": self.place(raw["place"]), "right": self.places(terms)}

    def _unit_is(self, raw: Mapping[str, Any]) -> str:
        """What a unit is asked to be: its function, its level, whose it is."""
        said = {
            "function": self._("%(unit)s有“%(what)s”职能"), "level": self._("%(unit)s为%(what)s"), "below": self._("%(unit)s属于%(what)s所辖"),
        }  # fmt: skip
        labels = {
            "function": lambda v: self.vocabulary.functions.get(v, str(v)),
            "level": lambda v: self.vocabulary.label("level", v),
            "below": self.place,
        }
        unit = self.place(raw.get("unit", "here"))
        return self._("，且").join(
            said[key] % {"unit": unit, "what": self.any_of(say(v) for v in as_list(raw[key]))}
            for key, say in labels.items()
            if key in raw
        )

    def _world(self, raw: dict[str, Any]) -> str:
        name = raw.pop("world")
        if name == "unit_is" and not {"is", "is_not", "set"} & set(raw):
            return self._unit_is(raw)
        compare: dict[str, Any] = {
            k: raw.pop(k) for k in ("is", "is_not", "in", "has", "lt", "le", "gt", "ge", "set") if k in raw
        }
        asked = self._asked(name, raw)
        return self.compared(asked, None, compare) if compare else self._("“%s”为是") % asked

    def _asked(self, name: str, args: Mapping[str, Any]) -> str:
        details = [f"{self._argument(k)}{self._argument_value(k, v)}" for k, v in args.items()]
        return self._questions().get(name, name) + (f"（{'，'.join(details)}）" if details else "")

    def _questions(self) -> dict[str, str]:
        _ = self._
        return {
            "in_office_hours": _("在办公时间内"), "is_working_day": _("是工作日"), "inside_area": _("在划定区域内"),
            "has_competence": _("有管辖权"), "competent_units": _("有管辖权的单位"), "unit_is": _("单位属性"), "on_duty": _("当班人员"),
            "deputy_acts": _("由代理人代行"), "has_qualification": _("具备资格"), "works_at": _("在该单位任职"), "has_role_holder": _("已指定专人"),
            "is_party_unit": _("是当事人所在单位"), "earlier_case_of": _("此前的同类事项"), "count_of": _("累计次数"),
            "competent_body": _("其他有权处理的部门"), "channel_published": _("渠道已公布"), "next_series_number": _("下一个编号"),
            "setting": _("本单位设定"),
        }  # fmt: skip

    def _argument(self, name: str) -> str:
        _ = self._
        return {
            "at": _("时间："), "unit": _("单位："), "area": _("区域："), "of": _("对象："), "kind": _("类别："), "function": _("职能："),
            "level": _("层级："), "role": _("角色："), "officer": _("人员："), "qualification": _("资格："), "same": _("相同："),
            "at_least": _("至少："),
            "within": _("期间："), "window": _("期间："), "state": _("状态："), "event": _("事项："), "name": _("名称："),
        }.get(name, f"{name}：")  # fmt: skip

    def _argument_value(self, name: str, value: Any) -> str:
        if isinstance(value, Mapping) and "newest" in value:
            return self._("最近一次%(event)s所填的%(fact)s") % {
                "event": self.event(value["newest"]), "fact": self.fact(value["fact"]),
            }  # fmt: skip
        if isinstance(value, Mapping):
            return (
                self.length(value)
                if name in ("within", "window")
                else self.value(None, value)
                if "fact" in value
                else self.patterns(value)
            )
        if name in ("unit",):
            return self.place(value)
        if name == "function":
            return self.vocabulary.functions.get(value, str(value))
        if name in ("role", "qualification"):
            return self.role_label(value)
        if name == "event":
            return self.events(value)
        if name == "kind":
            return self.vocabulary.label("kind", value)
        if name == "same":
            return "、".join(self.fact(v) for v in as_list(value))
        return {
            "occurred": self._("发生时"), "recorded": self._("登录时"), "ended": self._("已结束"), "open": self._("未结束"),
            "settled": self._("已和解"), "any": self._("不限"),
        }.get(value, str(value))  # fmt: skip

    def _date(self, raw: dict[str, Any]) -> str:
        parts = []
        for key, said in (("before", self._("%(left)s早于%(right)s")), ("after", self._("%(left)s晚于%(right)s"))):
            if key in raw:
                parts.append(said % {"left": self._day(raw["date"]), "right": self._day(raw[key])})
        return self._("，且").join(parts)

    def _day(self, raw: Any) -> str:
        if isinstance(raw, str):
            return self._("%s之日") % self.event(raw) if raw in self.vocabulary.events else self.fact(raw)
        if isinstance(raw, Mapping) and "fact" in raw:
            return self._of(raw["fact"], raw["of"])
        if isinstance(raw, Mapping):
            return self._("时限 %s 的末日") % str(raw["limit"])
        return str(raw.isoformat()) if isinstance(raw, date) else str(raw)

    def _elapsed(self, raw: dict[str, Any]) -> str:
        spec = raw["elapsed"]
        return self._("自%(first)s至%(last)s超过%(length)s") % {
            "first": self._day(spec.get("from_fact") or spec.get("from")),
            "last": self._day(spec.get("to_fact") or spec.get("to")),
            "length": self.length(spec["over"]),
        }

    def _consent(self, raw: dict[str, Any]) -> str:
        given = raw.get("from", "complainant")
        who = (
            self.fact(given["fact"]) if isinstance(given, Mapping) else "、".join(self.place(r) for r in as_list(given))
        )
        return self._("%(who)s已同意%(what)s") % {
            "who": who, "what": self.vocabulary.label("consent_scope", raw["consent"]),
        }  # fmt: skip

    def _event_has(self, raw: dict[str, Any]) -> str:
        return self._("，且").join(self.where((), k, v) for k, v in raw["event_has"].items())
