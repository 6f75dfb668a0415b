"""Names in words: events, facts, roles, places and lengths of rules as a Chinese reader would call them.

The labels are the vocabulary's; the words between them go through `translate`, which the shell gives (gettext); without it they stay in Chinese.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from huiyin.core.patterns import OR
from huiyin.core.vocabulary import FactType, Vocabulary

Translate = Callable[[str], str]
PREFIXES = ("unit_of", "parent_of", "officers_of")


def same(text: str) -> str:
    """No translation: the words as they are written here."""
    return text


def as_list(raw: Any) -> list[Any]:
    return list(raw) if isinstance(raw, list | tuple) else [raw]


class Labels:
    """Says names. `titles` are a body's own names for standard roles; `lengths`: how long the limits are that others are as long as."""

    def __init__(
        self, vocabulary: Vocabulary, translate: Translate = same, titles: Mapping[str, str] | None = None,
        lengths: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.vocabulary = vocabulary
        self._ = translate
        self.titles = titles or {}
        self.lengths = lengths or {}  # of the limits of a procedure, by name

    # -- names

    def event(self, name: str) -> str:
        known = self.vocabulary.events.get(name)
        return known.label_zh if known else name

    def events(self, names: Any) -> str:
        return self.any_of(self.event(n) for n in as_list(names))

    def fact(self, name: str) -> str:
        role, dot, rest = name.partition(".")
        if dot:
            kind = self.vocabulary.party_fact(name)
            return self._("%(whose)s的%(what)s") % {
                "whose": self.role_label(role), "what": kind.label_zh if kind else rest,
            }  # fmt: skip
        kind = self.fact_type(name)
        return kind.label_zh if kind else name

    def fact_type(self, name: str, events: Iterable[str] = ()) -> FactType | None:
        if "." in name:
            return self.vocabulary.party_fact(name)
        for event in events:
            if (found := self.vocabulary.events[event].facts.get(name)) is not None:
                return found
        if name in self.vocabulary.case_facts:
            return self.vocabulary.case_facts[name]
        return next((e.facts[name] for e in self.vocabulary.events.values() if name in e.facts), None)

    def role_label(self, role: str) -> str:
        if role in self.titles:
            return self.titles[role]
        return str(self.vocabulary.roles[role]["label_zh"]) if role in self.vocabulary.roles else role

    def role(self, term: str) -> str:
        """`role@place` or an outside role; several of whom any one will do."""
        if OR in term:
            return self._("或").join(self.role(one) for one in term.split(OR))
        role, at, place = term.partition("@")
        if not at:
            return self.role_label(role)
        return self._("%(whose)s的%(what)s") % {"whose": self.place(place), "what": self.role_label(role)}

    def roles(self, terms: Any) -> str:
        """Several of them: those at one place together, which is named once."""
        by_place: dict[str, list[str]] = {}
        for term in as_list(terms):
            role, at, place = term.partition("@")
            alone = not at or OR in term
            by_place.setdefault("" if alone else place, []).append(self.role(term) if alone else self.role_label(role))
        said = [
            self._("%(whose)s的%(what)s") % {"whose": self.place(place), "what": "、".join(roles)}
            if place
            else "、".join(roles)
            for place, roles in by_place.items()
        ]
        return "；".join(said)

    def place(self, term: Any) -> str:
        """A relative place, an outside role, or a fact that holds a unit."""
        if isinstance(term, Mapping):
            return self._("“%s”所填的单位") % self.fact(term["fact"])
        each = term.startswith("each:")
        bare = term.removeprefix("each:")
        if each:
            return self._("每个%s") % self.place(bare)
        head, _, start = bare.partition("@")
        if head.startswith("function:"):
            name = self.vocabulary.functions.get(head[9:], head[9:])
            return self._("自%(start)s起最近的%(what)s") % {"start": self.place(start), "what": name} if start else name
        kind, colon, party = head.partition(":")
        if colon and kind in PREFIXES:
            said = {
                "unit_of": self._("%s所在单位"), "parent_of": self._("%s的上级单位"), "officers_of": self._("%s的工作人员"),
            }[kind]  # fmt: skip
            return said % self.place(party)
        if head in self.vocabulary.outside:
            return self.role_label(head)
        return self.vocabulary.places.get(head, str(head))

    def places(self, terms: Any) -> str:
        return self.any_of(self.role(t) if _is_role(t) else self.place(t) for t in as_list(terms))

    def any_of(self, parts: Iterable[str]) -> str:
        return self._("或").join(dict.fromkeys(parts))

    # -- lengths

    def period(self, raw: Mapping[str, Any]) -> str:
        unit = self.vocabulary.units_of_time.get(raw["unit"], raw["unit"])
        if raw["n"] == 0:
            return self._("当日")
        counted = {
            "working_day": self._("%s 个工作日"), "day": self._("%s 日"), "month": self._("%s 个月"), "year": self._("%s 年"),
            "hour": self._("%s 小时"), "minute": self._("%s 分钟"), "week": self._("%s 周"), "quarter": self._("%s 个季度"),
            "half_day": self._("%s 个半日"), "hour_excl": self._("%s 小时，起始小时不计"),
        }  # fmt: skip
        return counted.get(raw["unit"], f"%s {unit}") % str(raw["n"])

    def length(self, raw: Any) -> str:
        """A period, or where it comes from."""
        if isinstance(raw, Mapping) and len(raw) == 1:
            (kind, value), *_ = raw.items()
            if kind == "fact":
                return self._("按“%s”所填") % self.fact(value)
            if kind == "setting":
                return self._("按本单位设定（%s）") % str(value)
            if kind == "same_as" and value in self.lengths and self.lengths[value] != raw:
                return self.length(self.lengths[value])
            if kind == "same_as":
                return self._("与 %s 相同") % str(value)
            if kind == "limit":
                return self._("到时限 %s 的末日") % str(value)
            if kind == "end_of":
                return {"month": self._("到当月月底"), "quarter": self._("到当季季末"), "year": self._("到当年年底")}[
                    value
                ]
        return self.period(raw)


def _is_role(term: Any) -> bool:
    return isinstance(term, str) and "@" in term and not term.startswith("function:")
