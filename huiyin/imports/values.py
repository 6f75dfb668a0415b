"""What a map says of one value: a constant, a template with columns, or a column with a table, formats and the like.

Everything is checked when the map is read, against the type of the fact it fills; a row can then only fail for what stands in the row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.core import facts as typed
from huiyin.core.facts import BadFact
from huiyin.core.vocabulary import FactType, Vocabulary
from huiyin.imports.errors import MapError, Reject

Row = Mapping[str, Any]
COLUMN: Final = re.compile(r"\{([^{}]+)\}")
KEYS: Final = frozenset(
    {
        "column",
        "template",
        "table",
        "contains",
        "formats",
        "plus_days",
        "money",
        "yes",
        "no",
        "split",
        "otherwise",
        "required",
    }
)
YES: Final = ("1", "是", "有", "true", "yes", "y", "√")
NO: Final = ("0", "否", "无", "false", "no", "n", "×")
REJECT: Final = "reject"
ROW_NUMBER, ROW_HASH = (
    "#row",
    "#hash",
)  # columns that every file has: the number of the row, and a digest of what stands in it
MONEY: Final = {"yuan": 100, "fen": 1}
NOTHING: Final = object()


@dataclass(frozen=True, slots=True)
class Spec:
    """How one value is made. `kind` is the type of the fact, `name` says in reasons which fact it is."""

    name: str
    kind: FactType
    columns: tuple[str, ...]
    text: Callable[[Row], Any]
    table: Mapping[str, Any] | None = None
    contains: tuple[tuple[str, Any], ...] = ()
    formats: tuple[str, ...] = ()
    plus_days: str = ""  # a column with a number of days
    factor: int = 0
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    split: str | None = None
    otherwise: Any = NOTHING
    required: bool = False
    constant: Any = field(default=NOTHING)

    def value(self, row: Row) -> Any:
        """The typed value, none when the row says nothing. Raises Reject."""
        if self.constant is not NOTHING:
            return self.constant
        raw = self.text(row)
        if raw is None or raw == "":
            return self._else(raw, _("没有内容"), needed=self.required)
        if self.table is not None:
            found = self.table.get(str(raw), NOTHING)
            return self._else(raw, _("不在对照表中"), needed=True) if found is NOTHING else found
        if self.contains:
            found = next((value for part, value in self.contains if part in str(raw)), NOTHING)
            return self._else(raw, _("没有对应的词"), needed=True) if found is NOTHING else found
        value = self._typed(raw)
        return self._later(value, row) if self.plus_days and value is not None else value

    def _later(self, value: Any, row: Row) -> Any:
        """The day so many days later, none where the row does not say how many."""
        raw = str(row.get(self.plus_days) or "").strip()
        if not raw:
            return None
        if not re.fullmatch(r"[0-9]{1,5}(\.0*)?", raw):
            return self._else(raw, _("不是天数"), needed=True)
        return value + timedelta(days=int(float(raw)))

    def _else(self, raw: Any, why: str, *, needed: bool) -> Any:
        """What stands in for a value that is not there or not known."""
        if self.otherwise is not NOTHING and self.otherwise != REJECT:
            return self.otherwise
        if needed or self.otherwise == REJECT:
            raise self.reject(raw, why)
        return None

    def reject(self, raw: Any, why: str) -> Reject:
        shown = str(raw or "")
        shown = shown if len(shown) <= 40 else shown[:40] + "…"
        return Reject(
            _("%(name)s（%(columns)s）“%(value)s”：%(why)s")
            % {"name": self.name, "columns": "、".join(self.columns), "value": shown, "why": why}
        )

    def _typed(self, raw: Any) -> Any:
        kind = self.kind.type
        if self.split is not None:
            parts = [p for p in (piece.strip() for piece in str(raw).split(self.split)) if p]
            return tuple(parts) or None
        if kind == "bool":
            return self._bool(raw)
        if kind in ("date", "moment"):
            return self._moment(raw, kind)
        if kind in ("int", "money_fen"):
            return self._number(raw)
        return str(raw)

    def _bool(self, raw: Any) -> Any:
        text = str(raw).strip().casefold()
        if text in self.yes:
            return True
        if text in self.no:
            return False
        return self._else(raw, _("不是“是”或“否”"), needed=True)

    def _moment(self, raw: Any, kind: str) -> Any:
        found = _read_moment(raw, self.formats)
        if found is None:
            return self._else(
                raw, _("不是日期，应写成 %s") % (" / ".join(self.formats) or "2026-05-29 09:30:00"), needed=True
            )
        if kind == "date":
            return found.date() if isinstance(found, datetime) else found
        return found

    def _number(self, raw: Any) -> Any:
        try:
            amount = Decimal(str(raw).replace(",", "").replace("，", "").strip().removeprefix("¥").removeprefix("￥"))
            scaled = amount * (self.factor or 1)
            if scaled == scaled.to_integral_value() and abs(scaled) < 10**15:
                return int(scaled)
        except (InvalidOperation, ValueError):
            pass
        return self._else(raw, _("不是数字") if not self.factor else _("不是金额"), needed=True)


def _read_moment(raw: Any, formats: Sequence[str]) -> datetime | date | None:
    """By the formats given; without them as ISO writes it, 2026/5/29 included. None when it is no date that exists."""
    if isinstance(raw, datetime):
        return raw.replace(microsecond=0)
    if isinstance(raw, date):
        return raw
    text = str(raw).strip()
    for form in formats:
        try:
            found = datetime.strptime(text, form)
        except ValueError:
            continue
        return found if any(code in form for code in ("%H", "%I", "%X", "%c", "%T")) else found.date()
    if formats:
        return None
    return _iso(text)


def _iso(text: str) -> datetime | date | None:
    try:
        return (
            date.fromisoformat(text)
            if len(text) == 10
            else typed.to_local(datetime.fromisoformat(text)).replace(microsecond=0)
        )
    except ValueError:
        pass
    loose = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?", text)
    if loose is None:
        return None
    numbers = [int(n) for n in loose.groups() if n is not None]
    try:
        return datetime(*numbers) if len(numbers) > 3 else date(*numbers)  # type: ignore[arg-type]
    except ValueError:
        return None


# -- compiling


class Specs:
    """Compiles the values of one map. `entry` names the table they stand in, for errors."""

    def __init__(self, vocabulary: Vocabulary, file: str) -> None:
        self.vocabulary = vocabulary
        self.file = file

    def fail(self, message: str, entry: str, key: str) -> MapError:
        return MapError(message, file=self.file, entry=entry, key=key)

    def spec(self, raw: Any, kind: FactType, entry: str, key: str) -> Spec:
        """One value of the map. Raises MapError."""
        name = kind.label_zh or key
        if not isinstance(raw, Mapping):
            return self._short(raw, kind, name, entry, key)
        unknown = set(raw) - KEYS
        if unknown:
            known = _("、").join(sorted(KEYS))
            raise self.fail(
                _("不认识的键 %(keys)s；可用：%(known)s") % {"keys": ", ".join(sorted(unknown)), "known": known},
                entry,
                key,
            )
        if ("column" in raw) == ("template" in raw):
            raise self.fail(_("column 和 template 须写且只写一个"), entry, key)
        columns, text = (
            _template(raw["template"]) if "template" in raw else _column(self._text(raw, "column", entry, key))
        )
        return Spec(
            name, kind, columns, text, table=self._table(raw, kind, entry, key), contains=self._contains(raw, kind, entry, key),
            formats=self._formats(raw, entry, key), plus_days=self._plus_days(raw, kind, entry, key),
            factor=self._factor(raw, kind, entry, key), split=self._split(raw, kind, entry, key),
            yes=self._words(raw, "yes", YES, kind, entry, key), no=self._words(raw, "no", NO, kind, entry, key),
            otherwise=self._otherwise(raw, kind, entry, key), required=self._flag(raw, "required", entry, key),
        )  # fmt: skip

    def _short(self, raw: Any, kind: FactType, name: str, entry: str, key: str) -> Spec:
        """A constant, or a text with columns in it."""
        if isinstance(raw, str) and COLUMN.search(raw):
            columns, text = _template(raw)
            return Spec(
                name, kind, columns, text, yes=frozenset(YES), no=frozenset(NO),
                factor=MONEY["yuan"] if kind.type == "money_fen" else 0, split="," if kind.type in typed.LISTS else None,
            )  # fmt: skip
        return Spec(name, kind, (), lambda row: None, constant=self.typed(raw, kind, entry, key))

    def typed(self, raw: Any, kind: FactType, entry: str, key: str) -> Any:
        """A value that stands in the map itself, checked against the type of its fact."""
        try:
            return typed.parse(kind, raw, self.vocabulary)
        except BadFact as error:
            expected = self._expected(kind)
            raise self.fail(
                _("“%(raw)s”不对，应为%(expected)s") % {"raw": raw, "expected": expected}, entry, key
            ) from error

    def _expected(self, kind: FactType) -> str:
        if kind.type in ("code", "codes") and kind.values in self.vocabulary.values:
            return _("其中之一：%s") % "、".join(self.vocabulary.values[kind.values])
        return {
            "bool": "true / false",
            "int": _("整数"),
            "money_fen": _("以分计的整数"),
            "date": _("日期"),
            "moment": _("时间"),
        }.get(kind.type, _("文字"))

    def _text(self, raw: Mapping[str, Any], name: str, entry: str, key: str) -> str:
        if not isinstance(raw[name], str) or not raw[name].strip():
            raise self.fail(_("%s 应为文字") % name, entry, key)
        return str(raw[name])

    def _flag(self, raw: Mapping[str, Any], name: str, entry: str, key: str) -> bool:
        value = raw.get(name, False)
        if not isinstance(value, bool):
            raise self.fail(_("%s 应为 true 或 false") % name, entry, key)
        return value

    def _table(self, raw: Mapping[str, Any], kind: FactType, entry: str, key: str) -> Mapping[str, Any] | None:
        if "table" not in raw:
            return None
        if not isinstance(raw["table"], Mapping) or not raw["table"]:
            raise self.fail(_('table 应写成 { "表中的值" = "代码" }'), entry, key)
        return {str(k): self.typed(v, kind, entry, key) for k, v in raw["table"].items()}

    def _contains(self, raw: Mapping[str, Any], kind: FactType, entry: str, key: str) -> tuple[tuple[str, Any], ...]:
        pairs = raw.get("contains", [])
        if not isinstance(pairs, list) or not all(
            isinstance(p, list) and len(p) == 2 and isinstance(p[0], str) for p in pairs
        ):
            raise self.fail(_('contains 应写成 [["词", "代码"], …]'), entry, key)
        return tuple((part, self.typed(value, kind, entry, key)) for part, value in pairs)

    def _formats(self, raw: Mapping[str, Any], entry: str, key: str) -> tuple[str, ...]:
        formats = raw.get("formats", [])
        if not isinstance(formats, list) or not all(isinstance(f, str) and "%" in f for f in formats):
            raise self.fail(_('formats 应写成 ["%Y-%m-%d %H:%M:%S", …]'), entry, key)
        return tuple(formats)

    def _plus_days(self, raw: Mapping[str, Any], kind: FactType, entry: str, key: str) -> str:
        name = raw.get("plus_days", "")
        if (
            not isinstance(name, str)
            or (name and kind.type not in ("date", "moment"))
            or ("plus_days" in raw and not name)
        ):
            raise self.fail(_("plus_days 只用于日期，应为写有天数的列的名称"), entry, key)
        return name

    def _factor(self, raw: Mapping[str, Any], kind: FactType, entry: str, key: str) -> int:
        unit = raw.get("money", "yuan" if kind.type == "money_fen" else None)
        if unit is None:
            return 0
        if kind.type != "money_fen" or unit not in MONEY:
            raise self.fail(_("money 只用于金额，应为 yuan 或 fen"), entry, key)
        return MONEY[unit]

    def _split(self, raw: Mapping[str, Any], kind: FactType, entry: str, key: str) -> str | None:
        given = raw.get("split", "," if kind.type in typed.LISTS else None)
        if given is not None and (not isinstance(given, str) or not given or kind.type not in typed.LISTS):
            raise self.fail(_("split 只用于可以有多个值的事项，应为分隔用的文字"), entry, key)
        return given

    def _words(
        self, raw: Mapping[str, Any], name: str, usual: Sequence[str], kind: FactType, entry: str, key: str
    ) -> frozenset[str]:
        words = raw.get(name, list(usual))
        if name in raw and (kind.type != "bool" or not isinstance(words, list)):
            raise self.fail(_("%s 只用于是否，应为文字的列表") % name, entry, key)
        return frozenset(str(word).strip().casefold() for word in words)

    def _otherwise(self, raw: Mapping[str, Any], kind: FactType, entry: str, key: str) -> Any:
        if "otherwise" not in raw:
            return NOTHING
        value = raw["otherwise"]
        if value == REJECT:
            return REJECT
        return None if value == "" else self.typed(value, kind, entry, key)


def _column(name: str) -> tuple[tuple[str, ...], Callable[[Row], Any]]:
    def text(row: Row) -> Any:
        found = row.get(name)
        return found.strip() if isinstance(found, str) else found

    return (name,), text


def _template(template: str) -> tuple[tuple[str, ...], Callable[[Row], Any]]:
    """A text with columns in braces. It says nothing when every column it names is empty."""
    columns = tuple(COLUMN.findall(template))
    if columns and template == f"{{{columns[0]}}}":
        return _column(columns[0])
    form = COLUMN.sub("%s", template.replace("%", "%%"))

    def text(row: Row) -> Any:
        values = [_shown(row.get(name)) for name in columns]
        return form % tuple(values) if any(values) or not columns else ""

    return columns, text


def _shown(value: Any) -> str:
    return "" if value is None else str(value).strip()
