"""A map: what the columns of a file mean. Read strictly, like a rules file: an unknown word is an error that names file, entry and key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.core.errors import WRONG_FORM
from huiyin.core.facts import is_set
from huiyin.core.vocabulary import FactType, Vocabulary, load_vocabulary
from huiyin.imports.errors import MapError, Reject
from huiyin.imports.sources import Record
from huiyin.imports.values import ROW_HASH, ROW_NUMBER, Row, Spec, Specs

SHIPPED: Final = Path(__file__).parent / "maps"
TOP: Final = frozenset({
    "name", "note", "encoding", "delimiter", "sheet", "enter", "unit", "procedure", "occurred", "external", "facts", "party", "event",
})  # fmt: skip
REGISTERED, IMPORTED = "registered", "imported"
LONGEST_TEXT: Final = 1_000_000  # characters of one value
LONGEST_SYSTEM, LONGEST_NO = 40, 120
TEXT: Final = FactType("", "text", None, "plain", False, "")


@dataclass(frozen=True, slots=True)
class Past:
    """A later event of a case that is taken over as history."""

    name: str
    at: Spec
    facts: Mapping[str, Spec]
    when: Mapping[str, frozenset[str] | None]  # column -> what may stand there; none: anything but nothing

    def happened(self, row: Row) -> bool:
        """Does the row tell of it?"""
        for column, wanted in self.when.items():
            told = str(row.get(column) or "").strip()
            if not told or (wanted is not None and told not in wanted):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as it is to be registered. `occurred` is local; none: the moment of taking over."""

    number: int
    external_no: str
    procedure: str | None
    occurred: datetime | None
    facts: dict[str, Any]
    parties: list[dict[str, Any]]
    past: list[tuple[str, datetime, dict[str, Any]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Map:
    """A map that was read and checked. `procedures` by kind, with "" for all others."""

    name: str
    file: str
    encoding: str
    delimiter: str
    sheet: str | None
    enter: str
    unit: str | None
    system: str
    no: Spec
    procedures: Mapping[str, str]
    occurred: Spec | None
    facts: Mapping[str, Spec]
    parties: Sequence[tuple[str, Mapping[str, Spec]]]
    past: Sequence[Past]

    def columns(self) -> set[str]:
        """Columns that the file must have."""
        specs = [self.no, *self.facts.values(), *(s for _role, table in self.parties for s in table.values())]
        specs += [s for past in self.past for s in (past.at, *past.facts.values())]
        specs += [self.occurred] if self.occurred else []
        asked = {c for s in specs for c in (*s.columns, s.plus_days) if c} | {
            c for past in self.past for c in past.when
        }
        return asked - {ROW_NUMBER, ROW_HASH}

    def entry(self, record: Record) -> Entry:
        """What a row asks to be registered. Raises Reject."""
        if record.problem:
            raise Reject(record.problem)
        row = record.cells
        no = str(self.no.value(row) or "").strip()
        if not no:
            raise Reject(_("没有外部编号，无法辨认是否已经导入"))
        if len(no) > LONGEST_NO:
            raise Reject(_("外部编号超过 %s 个字符") % LONGEST_NO)
        facts = _table(self.facts, row)
        parties = [{"role": role, **_table(table, row)} for role, table in self.parties]
        return Entry(
            record.number,
            no,
            self._procedure(facts),
            self._moment(self.occurred, row),
            facts,
            parties,
            self._history(row),
        )

    def _procedure(self, facts: Mapping[str, Any]) -> str | None:
        kind = facts.get("kind")
        found = self.procedures.get(str(kind)) or self.procedures.get("")
        if found is None and self.procedures:
            raise Reject(_("映射文件没有为事项类别“%s”指定程序") % (kind or _("未填")))
        return found

    def _moment(self, spec: Spec | None, row: Row) -> datetime | None:
        value = spec.value(row) if spec else None
        return datetime(value.year, value.month, value.day) if type(value) is date else value

    def _history(self, row: Row) -> list[tuple[str, datetime, dict[str, Any]]]:
        found = []
        for past in self.past:
            at = self._moment(past.at, row) if past.happened(row) else None
            if at is not None:
                found.append((past.name, at, _table(past.facts, row)))
        return found


def _table(specs: Mapping[str, Spec], row: Row) -> dict[str, Any]:
    """The values that are there. Raises Reject for one that is too long or holds what no database keeps."""
    found = {}
    for name, spec in specs.items():
        value = spec.value(row)
        if not is_set(value):
            continue
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise spec.reject(value, _("超过 %s 个字符") % LONGEST_TEXT)
        found[name] = value
    return found


# -- reading


def find(name: str) -> Path:
    """A map by its path, or a shipped one by its name. Raises MapError."""
    path = Path(name)
    if path.is_file():
        return path
    shipped = SHIPPED / (path.name if path.suffix == ".toml" else f"{path.name}.toml")
    if path.parent == Path() and shipped.is_file():
        return shipped
    known = "、".join(sorted(p.stem for p in SHIPPED.glob("*.toml")))
    raise MapError(_("没有这个文件；随附的映射有：%s") % known, file=str(path))


def load(path: Path, vocabulary: Vocabulary | None = None) -> Map:
    """Read a map. Raises MapError naming file, entry and key."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MapError(_("不是正确的 TOML：%s") % error, file=path.name) from error
    try:
        return Reader(raw, path, vocabulary or load_vocabulary()).map()
    except MapError:
        raise
    except WRONG_FORM as error:  # a number where a table should stand, and the like
        raise MapError(_("写法不对：%s") % error, file=path.name) from error


class Reader:
    """Reads one map."""

    def __init__(self, raw: dict[str, Any], path: Path, vocabulary: Vocabulary) -> None:
        self.raw = raw
        self.file = path.name
        self.stem = path.stem
        self.vocabulary = vocabulary
        self.specs = Specs(vocabulary, path.name)

    def fail(self, message: str, entry: str = "", key: str = "") -> MapError:
        return MapError(message, file=self.file, entry=entry, key=key)

    def map(self) -> Map:
        self._only(self.raw, TOP, "")
        enter = self.raw.get("enter", REGISTERED)
        if enter not in (REGISTERED, IMPORTED):
            raise self.fail(_("应为 registered（按登记办理，受条件约束）或 imported（接收历史事项）"), "", "enter")
        past = self._past()
        if past and enter != IMPORTED:
            raise self.fail(_('只有 enter = "imported" 的映射可以带后续事项'), "[[event]]")
        system, no = self._external()
        return Map(
            name=str(self.raw.get("name", self.stem)), file=self.file, encoding=self._text("encoding", "utf-8"),
            delimiter=self._delimiter(), sheet=self._text("sheet", None), enter=enter, unit=self._text("unit", None), system=system, no=no,
            procedures=self._procedures(), occurred=self._occurred(), facts=self._facts("registered", self.raw.get("facts", {}), "[facts]"),
            parties=self._parties(), past=past,
        )  # fmt: skip

    def _only(self, raw: Mapping[str, Any], known: frozenset[str] | set[str], entry: str) -> None:
        unknown = sorted(set(raw) - set(known))
        if unknown:
            raise self.fail(_("不认识的键；可用：%s") % "、".join(sorted(known)), entry, ", ".join(unknown))

    def _text(self, key: str, default: Any) -> Any:
        value = self.raw.get(key, default)
        if value is not None and (not isinstance(value, str) or not value):
            raise self.fail(_("应为文字"), "", key)
        return value

    def _delimiter(self) -> str:
        value = str(self._text("delimiter", ","))
        if len(value) != 1:
            raise self.fail(_("应为一个字符"), "", "delimiter")
        return value

    def _external(self) -> tuple[str, Spec]:
        raw = self.raw.get("external")
        if not isinstance(raw, Mapping):
            raise self.fail(_("须写明 [external]：system（来源系统）和 no（其编号），再次导入时据此辨认"), "[external]")
        self._only(raw, {"system", "no"}, "[external]")
        system = raw.get("system")
        if not isinstance(system, str) or not 0 < len(system) <= LONGEST_SYSTEM:
            raise self.fail(_("应为不超过 %s 个字符的文字") % LONGEST_SYSTEM, "[external]", "system")
        if "no" not in raw:
            raise self.fail(_("没有写；没有编号的文件可以写 {#hash}"), "[external]", "no")
        kind = FactType("external_no", "text", None, "plain", False, self.vocabulary.case_facts["external_no"].label_zh)
        spec = self.specs.spec(raw["no"], kind, "[external]", "no")
        if not spec.columns:
            raise self.fail(_("须取自某一列，不能每行相同"), "[external]", "no")
        return system, spec

    def _procedures(self) -> Mapping[str, str]:
        raw = self.raw.get("procedure", {})
        table = {"": raw} if isinstance(raw, str) else raw
        if not isinstance(table, Mapping) or not all(isinstance(v, str) for v in table.values()):
            raise self.fail(_("应为一个程序，或按事项类别写成表"), "", "procedure")
        for kind, id in table.items():
            if kind and kind not in self.vocabulary.values["kind"]:
                raise self.fail(
                    _("不认识的事项类别；可用：%s") % "、".join(self.vocabulary.values["kind"]), "procedure", kind
                )
            if id not in self.vocabulary.procedures and "/" not in id:
                raise self.fail(_("“%s”不是程序的名称") % id, "procedure", kind)
        return table

    def _occurred(self) -> Spec | None:
        if "occurred" not in self.raw:
            return None
        kind = FactType("occurred", "moment", None, "plain", False, _("发生时间"))
        return self.specs.spec(self.raw["occurred"], kind, "", "occurred")

    def _facts(self, event: str, raw: Any, entry: str) -> dict[str, Spec]:
        if not isinstance(raw, Mapping):
            raise self.fail(_("应为表"), entry)
        found = {}
        for name, value in raw.items():
            kind = self.vocabulary.events[event].facts.get(name)
            if kind is None and event == "registered":
                kind = self.vocabulary.case_facts.get(name)
            if kind is None or name in ("external_system", "external_no", "number", "complainant", "respondent"):
                raise self.fail(
                    _("“%(event)s”没有这个事项") % {"event": self.vocabulary.events[event].label_zh}, entry, name
                )
            found[name] = self.specs.spec(value, kind, entry, name)
        return found

    def _parties(self) -> list[tuple[str, dict[str, Spec]]]:
        found = []
        for number, raw in enumerate(self._list("party"), 1):
            entry = f"[[party]] {number}"
            role = raw.get("role")
            if role not in self.vocabulary.outside:
                raise self.fail(_("应为其中之一：%s") % "、".join(sorted(self.vocabulary.outside)), entry, "role")
            table = {}
            for name, value in raw.items():
                if name == "role":
                    continue
                kind = self.vocabulary.party_facts.get(name)
                if kind is None:
                    raise self.fail(_("当事人没有这个事项"), entry, name)
                table[name] = self.specs.spec(value, kind, entry, name)
            found.append((role, table))
        return found

    def _past(self) -> list[Past]:
        found = []
        for number, raw in enumerate(self._list("event"), 1):
            entry = f"[[event]] {number}"
            self._only(raw, {"event", "at", "when", "facts"}, entry)
            name = str(raw.get("event"))
            if name not in self.vocabulary.events or name in ("imported", "registered"):
                raise self.fail(_("不认识的事件“%s”") % name, entry, "event")
            if "at" not in raw:
                raise self.fail(_("没有写发生时间取自哪一列"), entry, "at")
            kind = FactType("at", "moment", None, "plain", False, _("%s的时间") % self.vocabulary.events[name].label_zh)
            at = self.specs.spec(raw["at"], kind, entry, "at")
            found.append(Past(name, at, self._facts(name, raw.get("facts", {}), entry), self._when(raw, entry)))
        return found

    def _when(self, raw: Mapping[str, Any], entry: str) -> dict[str, frozenset[str] | None]:
        """Columns that decide whether it happened: true, or what may stand there."""
        table = raw.get("when", {})
        fits = isinstance(table, Mapping) and all(
            value is True or (isinstance(value, list) and value and all(isinstance(one, str) for one in value))
            for value in table.values()
        )
        if not fits:
            raise self.fail(_('when 应写成 { "列" = true }（有内容），或 { "列" = ["值", …] }'), entry, "when")
        return {column: None if value is True else frozenset(value) for column, value in table.items()}

    def _list(self, key: str) -> list[dict[str, Any]]:
        raw = self.raw.get(key, [])
        if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
            raise self.fail(_("应写成 [[%s]]") % key, f"[[{key}]]")
        return raw
